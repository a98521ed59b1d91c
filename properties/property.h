// Property: what can be claimed of a system.
//
// A property is judged at one of four moments: in every committed state, in every quiescent state
// (nothing but faults and heartbeats can happen), after every step, or of every run as a whole. The
// third kind is a small deterministic automaton: its memory is one more leaf of the state, so that
// a search that meets a state again also meets the property's memory again, and counts are stated
// with and without it. The last kind is a formula (liveness.h), judged when all states are known.
//
// Properties are immutable and shared by all threads of a check.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/properties/fairness.h>

namespace heddle {

class Formula;
class State;

/// A step as properties see it: its event, what ran, and what was sent and answered. The values of
/// leaves (`step.changes`, `reads`, `writes`) are not for properties: a search that remembers steps
/// gives the same step for many states that differ there.
struct StepView {
  Kernel& kernel;
  const Step& step;
};

/// Users, canisters, or equal calls of a user, that change names, and with them all contexts that
/// come from these or run there. With users go their calls.
class Renaming {
 public:
  virtual ~Renaming() = default;
  [[nodiscard]] virtual std::uint32_t user(std::uint32_t user) const = 0;
  [[nodiscard]] virtual CanisterId canister(CanisterId canister) const = 0;
  [[nodiscard]] virtual ContextId context(ContextId context) const = 0;
};

class Property {
 public:
  enum class When : std::uint8_t { kEveryState, kQuiescence, kEveryStep, kEveryRun };

  virtual ~Property() = default;

  /// Unique within a scenario; what `violated("...")` and reports cite.
  [[nodiscard]] virtual std::string name() const = 0;
  /// The kind in one or two words: "always", "sometimes", "atomic", "deadlock", ...
  [[nodiscard]] virtual std::string kind() const = 0;
  [[nodiscard]] virtual When when() const = 0;

  /// `sometimes`: the search looks for a state where it holds, and its absence is the violation.
  [[nodiscard]] virtual bool is_wanted() const { return false; }

  /// Whether `holds` may be remembered by the observations that it makes through State. False for
  /// those that look at the raw vector.
  [[nodiscard]] virtual bool is_memoised() const { return true; }

  /// kEveryState, kQuiescence. Must be a function of what it reads through `now`.
  [[nodiscard]] virtual bool holds(const State& now) const;

  /// Of a property that is not memoised: it treats all users, canisters and calls alike, so `holds`
  /// is the same when they change names. (What memoised ones look at is seen.)
  [[nodiscard]] virtual bool is_symmetric() const { return false; }

  /// kEveryStep: the automaton's memory after the step, or nothing when the step violates the
  /// property. `memory` is 0 at first. Must be a function of its arguments, thread-safe.
  [[nodiscard]] virtual std::optional<LeafValue> after(LeafValue memory,
                                                       const StepView& step) const;

  /// kEveryStep: what it says of a step depends on that step and on earlier steps of the same call
  /// contexts only, and of two deliveries to a context that runs no code not on their order. Such a
  /// property is judged alike in all orders of events that commute.
  [[nodiscard]] virtual bool looks_at_one_context() const { return false; }

  /// kEveryStep: the memory when users, calls or canisters change names, if `after` treats these
  /// alike as long as its memory is renamed so. Nothing: it does not, or nobody has thought about
  /// it; then symmetry among them is no reduction.
  [[nodiscard]] virtual std::optional<LeafValue> renamed(LeafValue memory, Kernel& kernel,
                                                         const Renaming& renaming) const;

  /// kEveryStep: `renamed` has thought of canisters, too. If not, none of them changes its name.
  [[nodiscard]] virtual bool renames_canisters() const { return false; }

  /// kEveryStep: `after` looks into the values that users are answered. `renamed` then speaks only
  /// of steps in which these hold nothing that is renamed.
  [[nodiscard]] virtual bool looks_at_answers() const { return false; }

  /// kEveryRun: what must be true of every fair run. Else null.
  [[nodiscard]] virtual const Formula* formula() const { return nullptr; }

  /// Why, for a person: the values that made it fail. Called while a trace is made.
  [[nodiscard]] virtual std::string explain(const State& now) const;
  [[nodiscard]] virtual std::string explain(LeafValue memory, const StepView& step) const;
};

/// The exact set of final observations: `observe` is evaluated in every quiescent state.
struct OutcomeSet {
  std::string name;
  std::function<std::string(const State&)> observe;  ///< readable and unique text of the value
};

/// A number whose maximum over all states is reported, e.g. the peak occupancy of a pair of
/// canisters.
struct Measure {
  std::string name;
  std::function<std::uint64_t(const State&)> observe;
};

/// Everything that is claimed or asked of a system.
struct Claims {
  std::vector<std::shared_ptr<const Property>> properties;
  std::vector<OutcomeSet> outcome_sets;
  std::vector<Measure> measures;
  /// Which runs the properties of runs are about.
  Fairness fairness{};
};

}  // namespace heddle
