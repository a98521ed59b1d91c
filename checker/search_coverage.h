// Coverage of an exhaustive search: what its steps have brought about (coverage.h), whatever the
// order in which it performs them.
//
// A search has no schedule at hand that a watch could follow. But a context's leaf holds all that
// the call has observed, so it says at which await the call is suspended and where it made the
// calls that are still open. Which value says what is learnt from the steps that write it, and put
// together when the search is over.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include <heddle/checker/coverage.h>
#include <heddle/checker/verdict.h>
#include <heddle/model/kernel.h>

namespace heddle {

/// One thread's watch over the steps of a search, in any order.
class StepCoverage {
 public:
  /// `effects_stay`: what steps point to outlives the step (Stepper::Options::memo).
  StepCoverage(Kernel& kernel, CoveragePoints& points, bool effects_stay);

  void performed(const StateVector& before, const Step& step);

  /// Adds what `other` has seen.
  void add(const StepCoverage& other);
  /// Of a call whose code has ended its number alone is known: a reject that comes back then counts
  /// for all calls of that number that such a code made.
  [[nodiscard]] Coverage covered() const;

 private:
  using Point = std::uint32_t;

  /// A leaf that may hold a context.
  struct Leaf {
    bool known = false;
    bool is_context = false;
    ContextId context = 0;
    CanisterId canister = 0;
  };

  /// A value of a context's leaf together with a method that ran, or with a call and its code.
  struct Noted {
    LeafValue context = 0;
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    friend auto operator<=>(const Noted&, const Noted&) = default;
  };

  void executed(const StateVector& before, const Step& step, const Execution& execution);
  void interrupted(const StateVector& before, const Execution& execution, Point method);
  const Leaf& leaf(LeafPosition position);
  bool is_suspended(LeafValue context);
  [[nodiscard]] std::map<LeafValue, std::set<std::pair<CallIndex, Point>>> open_calls() const;

  Kernel& kernel_;
  CoveragePlaces places_;
  std::vector<Leaf> leaves_;             ///< by position
  std::vector<std::uint8_t> suspended_;  ///< by value: 0 not known yet, 1 it is not, 2 it is
  std::set<Point> started_;              ///< methods whose first piece ran
  std::set<LeafValue> resumed_;
  std::set<Noted> interrupted_;  ///< with the point of a method's start
  std::set<Noted> rejected_;     ///< with a call's number and a code
  std::set<Point> called_;
  // What values of context leaves mean.
  std::map<LeafValue, Point> awaits_;
  std::map<LeafValue, std::set<std::pair<CallIndex, Point>>> made_;  ///< by the piece before
  std::set<std::pair<LeafValue, LeafValue>> became_;
};

/// What all threads of a search have covered.
class SearchCoverage {
 public:
  SearchCoverage(Kernel& kernel, bool effects_stay);

  /// For one more thread. Thread-safe.
  StepCoverage& watch();
  /// When none of them runs.
  [[nodiscard]] CoverageReport report() const;

 private:
  Kernel& kernel_;
  bool effects_stay_;
  CoveragePoints points_;
  std::mutex mutex_;
  std::deque<StepCoverage> watches_;
};

}  // namespace heddle
