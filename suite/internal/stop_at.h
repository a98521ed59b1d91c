// replay --stop-at: a debugger stands in a canister's method at a chosen event.
#pragma once

#include <cstdint>

#include <heddle/suite/check_scenario.h>

namespace heddle::internal {

/// Whether a debugger has this process; false where that cannot be known.
bool is_debugged();

/// Performs `schedule`, which must be possible, up to event `number` (from 1), and raises SIGTRAP
/// once in the canister code that this event runs: in the method's await where a call is resumed;
/// right before the method's code where one is started, with `heddle_method` pointing to it. Then
/// returns. Throws WrongUsage when there is no such event, or it runs no code of a C++ canister.
void stop_at(PreparedScenario& scenario, const ScheduleText& schedule, std::uint64_t number);

}  // namespace heddle::internal
