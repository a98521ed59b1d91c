// Smaller: a counterexample with as little of the scenario as it needs.
//
// Users, calls of users, faults, parameters and numbers in arguments are left out or made smaller,
// one at a time, for as long as the same property fails by the same kind of race. A smaller
// scenario is another system, on which the schedule need not be possible: what is left of it is
// tried first, then the system is searched, breadth-first, with no more faults than the schedule
// has. In the end every neighbour (one thing less) was searched, and what came of it is in
// Trace::tried.
#pragma once

#include <cstddef>
#include <functional>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/registry.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

struct SmallerOptions {
  /// States stored for each smaller scenario; one that has more is not searched to its end.
  std::size_t states_max = 20'000;
  /// No search begins after this time.
  double seconds_max = 10;
  /// Asked now and then: true ends the work with what there is.
  std::function<bool()> stop{};
};

/// `found` is a counterexample in the scenario under these overrides. What is handed back fails the
/// same property; its settings say what is left out. `found` itself where there is no schedule, or
/// the schedule does not fail.
Trace made_smaller(const RegisteredScenario& scenario, const ScenarioOverrides& overrides,
                   const Trace& found, const CheckRequest& request = {},
                   const SmallerOptions& options = {});

}  // namespace heddle::internal
