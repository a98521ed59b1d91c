// QueuedCalls: which calls the requests of a queue belong to.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

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
  explicit QueuedCalls(Kernel& kernel) : kernel_(&kernel) {}

  /// The calls in the queue of a kStartRequest or kRejectRequest that is enabled in `state`, from
  /// its head. Stays valid.
  const std::vector<QueuedCall>& of(const StateVector& state, const Event& event) {
    const std::uint32_t pair = std::uint32_t{event.from} << 16U | event.to;
    const auto [at, new_queue] = positions_.try_emplace(pair, 0);
    if (new_queue) {
      at->second = kernel_->position({LeafKind::kQueue, event.from, event.to, 0});
    }
    const LeafValue queue = state[at->second];
    const auto [known, fresh] = calls_.try_emplace(queue);
    if (fresh) {
      for (const std::uint32_t id : kernel_->list(queue)) {
        const Request request = kernel_->request(id);
        known->second.push_back({request.caller, request.index});
      }
    }
    return known->second;
  }

 private:
  Kernel* kernel_;
  std::unordered_map<std::uint32_t, LeafPosition> positions_;
  std::unordered_map<LeafValue, std::vector<QueuedCall>> calls_;
};

}  // namespace heddle::internal
