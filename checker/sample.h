// Sampling: the part that all strategies have in common which draw schedules.
//
// What schedule i does depends on (seed, i) alone. Schedules are run in rounds by all threads and
// taken in by number, so that the failure with the lowest number is reported, with the counts of
// the schedules up to it, on any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <heddle/checker/random.h>
#include <heddle/checker/strategy.h>

namespace heddle {

class Transitions;

/// The state in which a scheduler chooses. Its leaves are read when they are asked for.
class CurrentState {
 public:
  explicit CurrentState(Transitions& transitions) : transitions_(&transitions) {}

  /// Of a schedule that is performed outside of a sample.
  explicit CurrentState(const StateVector& state) : state_(&state) {}

  /// What a leaf holds.
  [[nodiscard]] LeafValue operator[](LeafPosition position) const;

 private:
  Transitions* transitions_ = nullptr;
  const StateVector* state_ = nullptr;  ///< instead of `transitions_`
};

/// Decides what happens next in one schedule after the other.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// A schedule begins, in the initial state.
  virtual void begin(Random random) = 0;
  /// Which of the events that are enabled (at least one) happens; nothing ends the schedule.
  virtual std::optional<std::size_t> choose(const CurrentState& now,
                                            std::span<const Event> enabled) = 0;
};

/// Makes the scheduler of one thread.
using SchedulerMaker = std::function<std::unique_ptr<Scheduler>(Kernel&)>;

/// How long a sampled schedule may get when CheckOptions::depth_max says nothing: a system may go
/// on for ever.
inline constexpr std::uint64_t kSampledDepthMax = 100'000;

/// One strategy of a sample.
struct Part {
  Strategy strategy{};
  SchedulerMaker make;
};

/// Runs schedules 0 to `count` - 1. Of several parts each has its turns, the more the more it
/// shows that is new.
Findings sample(const Search& search, std::uint64_t count, const std::vector<Part>& parts);

/// Schedules that are no part of the sample and are not judged: what a strategy must know of a
/// system before it begins. Ends early when they have had `events_max` events together (0: no
/// bound) or the budget is used up. Returns how many events each had.
std::vector<std::uint64_t> pilot(const Search& search, std::uint64_t count,
                                 std::uint64_t events_max, Scheduler& scheduler);

// The strategies, for those that take turns.

namespace internal {

struct Census;

}  // namespace internal

std::unique_ptr<Scheduler> make_random_walker(Kernel& kernel);
std::unique_ptr<Scheduler> make_partial_order_sampler(Kernel& kernel);
std::unique_ptr<Scheduler> make_in_order(Kernel& kernel);
SchedulerMaker pct_maker(const Search& search);
SchedulerMaker urw_maker(std::shared_ptr<const internal::Census> census);
SchedulerMaker surw_maker(std::shared_ptr<const internal::Census> census);
SchedulerMaker delay_maker(const Search& search);

}  // namespace heddle
