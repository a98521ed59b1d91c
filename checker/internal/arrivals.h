// Arrivals: when each thing that can happen came into being, for schedulers that serve in order.
//
// A user's call is stamped when it may start, a request when it is queued, a response when it is
// put in flight, a system task when it is queued, a timer when it is set. Time passes only when
// nothing else can happen. What comes into being in one step is ordered as the step did it:
// requests as they were sent, then responses, then what may start, by user and script position.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include <heddle/checker/internal/carried.h>
#include <heddle/checker/internal/flat_map.h>
#include <heddle/checker/internal/queued_calls.h>

namespace heddle::internal {

class Arrivals {
 public:
  using Stamp = std::uint64_t;
  static constexpr Stamp kNever = ~Stamp{0};

  explicit Arrivals(Kernel& kernel);

  /// A schedule begins.
  void begin();
  /// Stamps what is there. Call before each choice.
  void look(const CurrentState& state, std::span<const Event> enabled);

  /// The oldest obligatory event, the first of equals; `enabled.size()` when there is none.
  [[nodiscard]] std::size_t oldest() const { return oldest_; }

  /// When what the event at `index` is about came into being; kNever for one that is optional.
  [[nodiscard]] Stamp stamp(std::size_t index) const { return stamps_[index]; }

  /// The event at `index` is put behind all that is there, and behind the next `later` things that
  /// come into being.
  void put_last(const CurrentState& state, std::span<const Event> enabled, std::size_t index,
                std::uint64_t later);
  /// The event at `index` was chosen.
  void chosen(const CurrentState& state, std::span<const Event> enabled, std::size_t index);

 private:
  /// Of one call, in the schedule that runs; 0: not yet.
  struct Call {
    Stamp request = 0;
    Stamp response = 0;
  };

  Call& call(ContextId caller, CallIndex index);
  void stamp_requests(const CurrentState& state, std::span<const Event> enabled);
  void stamp_responses(std::span<const Event> enabled);
  Stamp& stamp_of(const CurrentState& state, const Event& event, std::size_t index);
  void find_oldest(std::span<const Event> enabled);

  QueuedCalls queued_;
  bool is_sorted_;  ///< queues are not in the order of arrival
  Stamp now_ = 0;
  /// Places in `calls_`, which outlive the schedule.
  FlatMap<std::size_t> places_;
  std::vector<Call> calls_;
  std::vector<std::deque<Stamp>> tasks_;  ///< by canister
  /// Of what is neither a message nor a task: stamped when it is first enabled.
  Carried<Stamp> others_;
  std::vector<Stamp> stamps_;
  std::vector<QueuedCall> new_requests_;
  std::size_t oldest_ = 0;
};

}  // namespace heddle::internal
