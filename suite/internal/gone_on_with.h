// What follows a schedule that stops before the system does.
#pragma once

#include <heddle/checker/replay.h>
#include <heddle/model/kernel.h>

namespace heddle::internal {

/// The schedule, which must be possible; then those events of `then` that are possible, in their
/// order; and then what is enabled first, without further faults, until nothing is or it has 1000
/// events: as far as anybody would look.
ScheduleText gone_on_with(ScheduleText schedule, Kernel& kernel, ScheduleText then = {});

}  // namespace heddle::internal
