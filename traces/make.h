// From a schedule to a trace: the schedule is replayed through the model with an observer attached,
// and everything that an event did is written down by name.
//
// Since a trace comes from a replay and from nothing else, it is proven replayable, and exploration
// carries no presentation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <heddle/checker/replay.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/atomicity.h>
#include <heddle/properties/property.h>
#include <heddle/properties/watch.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// What to replay, and what of a trace cannot be learnt by replaying.
struct TraceRequest {
  std::string scenario;
  std::string description{};
  std::string profile{};
  std::string repro{};  ///< the command that replays it
  std::vector<std::pair<std::string, std::string>> settings{};
  ScheduleText schedule{};
  ReplayMode mode = ReplayMode::kStrict;
  /// The verdict that the schedule is a counterexample or witness of: property, why, strategy,
  /// seed, minimality. Without one, the trace says itself which property is violated first, if any.
  const Verdict* verdict = nullptr;
  /// Variables that were declared together, for torn groups.
  std::vector<VariableGroup> groups{};
  /// What is shown beside the variables.
  std::vector<Watch> watched{};
  /// Where a property is violated: look for the critical step and for the nearest schedule that
  /// passes. Takes up to a second, of compiled canisters a few.
  bool compares = false;
  /// Also what only a page shows: each property at each step, and what comes of each alternative.
  bool for_page = false;
};

/// Replays. O(steps x enabled events). Throws Misuse as `replay` does; lenient replays list in
/// `Trace::divergences` where they left the schedule.
Trace make_trace(Kernel& kernel, const Claims& claims, const TraceRequest& request);

}  // namespace heddle
