// Known run: a schedule performed, with all that must be known of it to judge it as a run: where it
// comes back to, what was owed to whom, and what was done.
//
// Nothing here is shared with the search for such runs, which a run that is found is compared with.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/properties/fairness.h>
#include <heddle/properties/formula.h>

namespace heddle::internal {

class KnownRun {
 public:
  /// The events must be possible.
  KnownRun(Kernel& kernel, const Fairness& fairness, const Schedule& schedule);

  /// Whether the run that repeats the events from `repeats_from` on for ever, or ends if there are
  /// none, is one that the system has, and fair.
  [[nodiscard]] bool is_fair(std::size_t repeats_from) const;

  /// How many states the run passes before it repeats itself: the first, and one for each event.
  [[nodiscard]] std::size_t size(std::size_t repeats_from) const;

  /// Of a formula in every state.
  [[nodiscard]] HoldsAt holds_at(const Formula& formula) const;

  /// Whether no state in which the predicate holds can be reached from the end without a fault.
  /// Looks at up to some ten thousand states; if there are more, it is not.
  [[nodiscard]] bool is_hopeless(const Formula& predicate) const;

  [[nodiscard]] std::size_t events() const { return done_.size(); }

  /// Environment canisters that could answer at the end, and need not.
  [[nodiscard]] std::set<CanisterId> silent() const;

 private:
  void look();

  Kernel& kernel_;
  const Fairness& fairness_;
  mutable Stepper stepper_;
  std::vector<StateVector> states_;
  std::vector<std::set<Party>> owed_;
  std::vector<Party> done_;
};

}  // namespace heddle::internal
