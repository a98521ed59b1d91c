// Replay: a schedule in text, performed through the model with an observer attached.
//
// Contexts are named by origin in a schedule, so it means the same in every run. After a change of
// the canisters or the scenario it may fit no longer: a strict replay then says where and stops; a
// lenient one takes the nearest enabled event and goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>

namespace heddle {

enum class ReplayMode : std::uint8_t {
  kStrict,   ///< throws Misuse at the first event that is not enabled
  kLenient,  ///< goes on with the nearest enabled event, or without
};

/// Where a lenient replay left its schedule.
struct Divergence {
  std::size_t line = 0;  ///< in the schedule, from 1
  std::string wanted;
  std::string taken;                 ///< the event taken instead; empty: the line was left out
  std::vector<std::string> enabled;  ///< what was enabled there
};

/// Called after each step with the states around it and what was enabled before.
using ReplayObserver =
    std::function<void(const StateVector& before, const std::vector<Event>& enabled,
                       const Step& step, const StateVector& after)>;

struct Replayed {
  Schedule schedule;  ///< what was performed
  StateVector end;
  std::vector<Divergence> divergences;
};

/// Performs `schedule` from the initial state. A strict replay throws Misuse that names the line
/// and lists what is enabled there.
Replayed replay(Stepper& stepper, const ScheduleText& schedule, ReplayMode mode,
                const ReplayObserver& observer = {});

/// The text of each event.
ScheduleText to_text(const Kernel& kernel, const Schedule& schedule);

}  // namespace heddle
