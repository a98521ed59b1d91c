// Judge: one thread's evaluation of what is claimed of a system.
//
// Properties that look at one state are predicates; what they read is recorded, so that each is
// evaluated once for each distinct thing that it can see and looked up afterwards. Properties that
// look at more than one state are automata, whose memory is a leaf of the state (design: "Every
// property that looks at more than one state is a small deterministic automaton over events").
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/checker/internal/permutation.h>
#include <heddle/model/kernel.h>
#include <heddle/model/memo.h>
#include <heddle/properties/property.h>

namespace heddle {

class Representatives;

/// Something to report of one state.
struct Sighting {
  enum class Kind : std::uint8_t {
    kViolated,  ///< Claims::properties[index] does not hold
    kReached,   ///< the wanted Claims::properties[index] holds
    kOutcome,   ///< Claims::outcome_sets[index] observes `value`
  };
  Kind kind{};
  std::size_t index = 0;
  std::string value;
  friend auto operator<=>(const Sighting&, const Sighting&) = default;

  template <class Archive>
  void archive(Archive& archive) {
    archive(kind, index, value);
  }
};

class Judge {
 public:
  struct Followed {
    /// What the step changed and what it made the automata remember.
    std::span<const LeafChange> changes;
    /// The first property in Claims::properties that the step violates; the rest did not move then.
    std::optional<std::size_t> violated;
  };

  struct Judged {
    bool quiescent = false;
    /// At most one of them is kViolated: the first in Claims::properties.
    std::span<const Sighting> sightings;
  };

  /// `memo`: remember predicates by what they read. `representatives`: each state stands for all
  /// its renamings, and so does what is said of it.
  Judge(Stepper& stepper, const Claims& claims, bool memo,
        Representatives* representatives = nullptr);

  /// Moves the automata along. What is returned is valid until the next call. Throws Misuse, with
  /// the property's name, when a property does.
  Followed follow(const StateVector& before, const Step& step);

  /// Evaluates what is claimed of one state; the same for validity and errors.
  Judged judge(const StateVector& now);

  // The parts of `judge`, for those who remember verdicts in another way.

  using Consulted = std::vector<std::pair<Observation, std::uint32_t>>;

  /// The properties that are judged in every state, and whether they may be remembered by what they
  /// consult.
  [[nodiscard]] std::span<const std::size_t> always() const { return always_; }

  [[nodiscard]] std::span<const LeafPosition> memories() const { return memories_; }

  /// Evaluates anew. What was consulted is put into `consulted`.
  bool holds(std::size_t property, const StateVector& now, Consulted& consulted);
  std::uint64_t measure(std::size_t index, const StateVector& now, Consulted& consulted);

  /// With representatives: whether all renamings of a state of which this was consulted give the
  /// same answers.
  bool is_blind(const Consulted& consulted);
  /// The same of a state and its renamings: whether the property holds in all (if it is wanted, in
  /// any), and the maximum of the measure. `holds` and `value` are those of `now`.
  bool holds_renamed(std::size_t property, const StateVector& now, bool holds);
  std::uint64_t measure_renamed(std::size_t index, const StateVector& now, std::uint64_t value);

  void begin();
  void note_property(std::size_t index, bool holds);
  void note_measure(std::size_t index, std::uint64_t value);
  void judge_at_quiescence(const StateVector& now);
  Judged end(bool quiescent);

  [[nodiscard]] const Claims& claims() const { return claims_; }

  /// A renaming of this representative of which the sighting is true, the identity if it can be.
  internal::Permutation renaming_for(const Sighting& sighting, const StateVector& representative);

  /// The maxima of Claims::measures over all states judged since the last `forget_peaks`.
  [[nodiscard]] const std::vector<std::uint64_t>& peaks() const { return peaks_; }

  void forget_peaks();

 private:
  struct Automaton {
    std::size_t index;
    LeafPosition memory;
  };

  /// A result, and whether it is that of all renamings of the state.
  template <class Result>
  struct Seen {
    Result result;
    bool blind = true;
  };

  template <class Result, class Compute>
  Seen<Result> evaluate(Memo<Seen<Result>>* memo, std::size_t index, const StateVector& now,
                        const Compute& compute);
  Seen<bool> holds(std::size_t index, const StateVector& now);
  Seen<std::uint64_t> measure(std::size_t index, const StateVector& now);
  Seen<std::string> outcome(std::size_t index, const StateVector& now);
  /// `result` of `evaluate(now)`, which must be that of all renamings of calls. Throws
  /// NotSymmetric.
  template <class Result, class Evaluate>
  Result agreed(std::string_view claim, const StateVector& now, Result result,
                const Evaluate& evaluate);
  void judge_property(std::size_t index, const StateVector& now);
  void check_answers(const Property& property, const Step& step);
  bool compute_holds(const Property& property, const State& state) const;
  std::uint64_t compute_measure(const Measure& measure, const State& state) const;

  Stepper& stepper_;
  const Claims& claims_;
  bool memo_;
  Representatives* representatives_;
  std::vector<std::size_t> always_;
  std::vector<std::size_t> at_quiescence_;
  std::vector<Automaton> automata_;
  std::vector<LeafPosition> memories_;  ///< of the automata
  Memo<Seen<bool>> holds_;
  Memo<Seen<std::string>> outcomes_;
  Memo<Seen<std::uint64_t>> measures_;
  std::vector<std::uint64_t> peaks_;
  std::vector<LeafChange> changes_;
  std::vector<Sighting> sightings_;
  std::optional<std::size_t> violated_;
};

}  // namespace heddle
