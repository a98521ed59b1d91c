// QueuedCalls: which calls the requests of a queue belong to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <heddle/checker/internal/flat_map.h>
#include <heddle/checker/sample.h>
#include <heddle/model/kernel.h>

namespace heddle::internal {

/// The call that a request asks for: number `index` of context `caller`.
struct QueuedCall {
  ContextId caller = 0;
  CallIndex index = 0;
};

/// Remembers what it has read, since equal queues have equal ids. For one thread.
class QueuedCalls {
 public:
  explicit QueuedCalls(Kernel& kernel)
      : kernel_(&kernel), canisters_(kernel.system().canisters.size()) {}

  /// The calls in the queue of a kStartRequest or kRejectRequest that is enabled in `state`, from
  /// its head. Stays valid.
  const std::vector<QueuedCall>& of(const CurrentState& state, const Event& event) {
    const LeafValue queue = state[position(event)];
    if (const std::uint32_t* known = numbers_.find(queue, 0)) {
      return calls_[*known];
    }
    numbers_.insert(queue, 0, static_cast<std::uint32_t>(calls_.size()));
    std::vector<QueuedCall>& calls = calls_.emplace_back();
    for (const std::uint32_t id : kernel_->list(queue)) {
      const Request request = kernel_->request(id);
      calls.push_back({request.caller, request.index});
    }
    return calls;
  }

 private:
  static constexpr LeafPosition kUnknown = ~LeafPosition{0};

  LeafPosition position(const Event& event) {
    const LeafKey key = queue_of(event);
    const std::size_t queue = (key.c * canisters_ + key.a) * canisters_ + key.b;
    if (queue >= positions_.size()) {
      positions_.resize(2 * canisters_ * canisters_, kUnknown);
    }
    if (positions_[queue] == kUnknown) {
      positions_[queue] = kernel_->position(key);
    }
    return positions_[queue];
  }

  Kernel* kernel_;
  std::size_t canisters_;
  std::vector<LeafPosition> positions_;  ///< of queues, by their ends, then of copies
  FlatMap<std::uint32_t> numbers_;       ///< by what the queue holds
  std::deque<std::vector<QueuedCall>> calls_;
};

}  // namespace heddle::internal
