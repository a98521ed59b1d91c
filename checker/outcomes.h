// Outcomes: of the values in which a system can end, in how many final states each does, how it is
// reached soonest, and what of the schedule decides that it is this one.
//
// A schedule decides for a value where, after one of its steps, every continuation ends in that
// value, and before it one did not. Breadth-first, one thread, without reductions, all states kept:
// for reading, after a verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <heddle/checker/strategy.h>

namespace heddle {

/// Where a schedule goes to another value.
struct OtherOutcome {
  std::string value;
  /// Has the steps before the deciding one, then another; ends in `value` as soon as it can.
  Schedule schedule;
};

struct ReachedOutcome {
  std::string value;
  std::uint64_t final_states = 0;
  Schedule witness;  ///< the shortest
  /// The step of the witness that decides, from 1; 0: every schedule ends so, or it is not known.
  std::size_t decides = 0;
  std::optional<OtherOutcome> other;  ///< where `decides` is not 0
};

struct ReachedOutcomes {
  std::string set;
  std::vector<ReachedOutcome> outcomes;  ///< in the order of their values
};

struct AllOutcomes {
  std::vector<ReachedOutcomes> sets;  ///< as in Claims::outcome_sets
  std::uint64_t states = 0;
  std::uint64_t final_states = 0;  ///< quiescent ones
  /// Every state was looked at. Else there may be other values, and nothing is said of what
  /// decides.
  bool finished = false;
};

struct OutcomesOptions {
  std::size_t states_max = 200'000;
  /// Asked now and then: true ends the search with what there is.
  std::function<bool()> stop{};
};

/// Deterministic, unless `stop` says so at some other time. States that violate a property are gone
/// on from as all others are.
AllOutcomes all_outcomes(Kernel& kernel, const Claims& claims, const OutcomesOptions& options = {});

}  // namespace heddle
