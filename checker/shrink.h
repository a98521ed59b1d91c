// Shrink: a failing schedule made short enough to read.
//
// Events are left out, faults first, and what then is no longer enabled goes with them; then events
// are moved together so that the schedule changes less often from one user's call to another's.
// Each candidate is performed again, so what is handed back fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include <heddle/checker/strategy.h>

namespace heddle {

struct Shrunk {
  Schedule schedule;
  /// No event can be left out (with what depends on it) without losing the failure. False when the
  /// work became too much before that was established.
  bool locally_minimal = false;
};

struct ShrinkOptions {
  /// Steps performed, and events enumerated before them. A few seconds.
  std::uint64_t work_max = 10'000'000;
  /// Asked before each candidate: true ends the work with what there is.
  std::function<bool()> stop;
};

/// `failure` must fail. Deterministic, unless `stop` says so at some other time.
Shrunk shrink(Kernel& kernel, const Claims& claims, const Failure& failure,
              const ShrinkOptions& options = {});

/// What fails of `schedule` in this system, of whichever it was made: the events of it that are
/// enabled when their turn comes, and where the property is judged at the end those that must
/// follow, up to the failure. Nothing when the property holds. `property`: in Claims::properties.
std::optional<Schedule> failing_part(Kernel& kernel, const Claims& claims, std::size_t property,
                                     const Schedule& schedule);

}  // namespace heddle
