// Büchi automaton: accepts exactly the runs of which a formula is true.
//
// Its states are what is still to be shown of the rest of a run. A transition reads one state of
// the run, and carries the marks of the until-formulas that it does not put off; a run is accepted
// when it is read by a way that meets every mark again and again. After Jean-Michel Couvreur,
// 'On-the-fly Verification of Linear Temporal Logic', FM 1999, without the binary decision
// diagrams: formulas are small here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <heddle/properties/formula.h>

namespace heddle::internal {

class BuchiAutomaton {
 public:
  /// Sets of predicates, by place in `predicates_in` of the formula.
  using Label = std::uint64_t;
  using Marks = std::uint32_t;
  static constexpr std::size_t kPredicatesMax = 64;
  static constexpr std::size_t kMarksMax = 32;

  struct Transition {
    Label holding = 0;  ///< these hold of the state that is read,
    Label failing = 0;  ///< and these do not
    std::uint32_t to = 0;
    Marks marks = 0;
    friend bool operator==(const Transition&, const Transition&) = default;

    [[nodiscard]] bool reads(Label label) const {
      return (label & holding) == holding && (label & failing) == 0;
    }
  };

  /// Of the formula, or of its negation. Throws Misuse for one that is too large.
  explicit BuchiAutomaton(const Formula& formula, bool negated = false);

  /// It begins in state 0.
  [[nodiscard]] std::size_t size() const { return states_.size(); }

  [[nodiscard]] const std::vector<Transition>& from(std::uint32_t state) const {
    return states_[state];
  }

  /// All of them must be met again and again.
  [[nodiscard]] Marks marks() const { return marks_; }

 private:
  std::vector<std::vector<Transition>> states_;
  Marks marks_ = 0;
};

}  // namespace heddle::internal
