// Sampling: the part that random walk, PCT and the in-order schedule have in common.
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

#include <heddle/checker/random.h>
#include <heddle/checker/strategy.h>

namespace heddle {

/// Decides what happens next in one schedule after the other.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// A schedule begins, in the initial state.
  virtual void begin(Random random) = 0;
  /// Which of the events that are enabled (at least one) happens; nothing ends the schedule.
  virtual std::optional<std::size_t> choose(const StateVector& state,
                                            std::span<const Event> enabled) = 0;

  /// What the chosen event did.
  virtual void performed(const Step& /*step*/) {}
};

using SchedulerMaker = std::function<std::unique_ptr<Scheduler>(Kernel&)>;

/// How long a sampled schedule may get when CheckOptions::depth_max says nothing: a system may go
/// on for ever.
inline constexpr std::uint64_t kSampledDepthMax = 100'000;

/// Runs schedules 0 to `count` - 1.
Findings sample(const Search& search, std::uint64_t count, const SchedulerMaker& make);

/// The number of events of the longest of `count` schedules, which are no part of the sample.
std::uint64_t longest(const Search& search, std::uint64_t count, const SchedulerMaker& make);

/// Draws uniformly.
std::unique_ptr<Scheduler> make_random_walker(Kernel& kernel);

}  // namespace heddle
