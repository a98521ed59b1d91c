// Verdict: what a check answers. VERIFIED only for a finished search, in a scope that is stated.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/estimate.h>
#include <heddle/model/event.h>

namespace heddle {

enum class Answered : std::uint8_t { kVerified, kViolated, kIncomplete };
/// "VERIFIED", "VIOLATED", "INCOMPLETE".
std::string_view to_string(Answered answered);

/// A schedule in text, one line an event, valid in every later run of the same scenario.
using ScheduleText = std::vector<std::string>;

/// One value of an outcome set and a schedule that ends in it.
struct OutcomeWitness {
  std::string value;
  ScheduleText schedule;
};

/// What one strategy of a sample has done.
struct StrategyStatistics {
  std::string name;
  std::uint64_t schedules = 0;
  std::uint64_t covered = 0;        ///< distinct things of CoverageReport that its schedules showed
  std::uint64_t covered_first = 0;  ///< those that no schedule before had shown
  /// The number of its first schedule that failed.
  std::optional<std::uint64_t> first_hit;

  /// For checkpoints.
  template <class Archive>
  void archive(Archive& archive) {
    archive(name, schedules, covered, covered_first, first_hit);
  }
};

/// What schedules have brought about, in words: methods as "bank.withdraw", places
/// in them as "bank.withdraw at bank.h:45". All sorted.
struct CoverageReport {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::vector<std::string> methods;
  /// Pieces that ran, by the place where they begin: the method, or the await that was resumed.
  std::vector<std::string> pieces;
  /// Awaits at which calls were suspended, and calls made whose answer can be taken.
  std::vector<std::string> awaits;
  std::vector<std::string> calls;
  /// Sampled: pieces that ran one directly after the other at a canister, in different calls.
  Pairs met;
  /// Awaits, and the methods that ran at the canister while a call was suspended there.
  Pairs interrupted;
  /// Calls, and the reject codes ("code 2") that came back.
  Pairs rejects;
  // What was never seen. Of code that never ran nothing is known but its method.
  std::vector<std::string> never_run;          ///< methods
  std::vector<std::string> never_interrupted;  ///< of `awaits`
  std::vector<std::string> never_rejected;     ///< of `calls`
  /// Of `awaits`, and the methods of the same canister that ran, but never while a call was
  /// suspended there.
  Pairs never_interrupted_by;
};

struct Verdict {
  Answered answered = Answered::kIncomplete;
  /// kViolated: which property, its kind, and why it failed (values at the failing state or step).
  std::string property;
  std::string property_kind;
  std::string why;
  /// kViolated: the counterexample.
  ScheduleText schedule;
  /// kViolated, of a claim about runs: the events of the schedule from this one on, counted from 0,
  /// repeat for ever; as many as there are: nothing more happens.
  std::optional<std::uint64_t> repeats_from;
  /// kIncomplete: which bound ended the search ("max-states", "max-seconds", "max-memory",
  /// "max-depth", "interrupted", "sampled", "one_schedule"), or that a finished search was not
  /// lossless ("hash-compaction", "bitstate").
  std::string bound;
  /// kIncomplete: what was covered and, where it can be said, an estimate of the rest.
  std::string coverage;
  /// Not lossless: how states were stored, "hash compaction to 56 bits"; else empty. Never VERIFIED
  /// then.
  std::string storage;
  /// How many states are expected to have been taken for others: at least the probability that any
  /// state was missed.
  double missed_expected = 0;
  /// One sentence: users, canisters, profile, faults, limits, states, transitions, depth.
  std::string scope;
  std::string strategy;
  /// The counterexample is "shortest" (breadth-first), "locally minimal" (shrunk: no event can be
  /// left out), "shrunk" (as far as time allowed) or "as found".
  std::string minimality;
  /// Distinct states. Sampled: states passed through, each time they are.
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  /// Breadth-first: longest distance from the initial state. Others: longest schedule.
  std::uint64_t depth = 0;
  std::uint64_t quiescent = 0;  ///< quiescent states, counted as `states` are
  /// In each state at most one event was enabled, so that there is no other schedule: nothing was
  /// compared. Known of finished searches and of samples, unless a schedule failed.
  bool one_schedule = false;
  std::uint64_t schedules = 0;  ///< sampled
  std::uint64_t seed = 0;       ///< sampled
  /// Stateless (dpor): complete schedules, no two of which differ only in the order of events that
  /// commute; and schedules that were given up half-way as known, of which there should be none.
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
  /// kIncomplete, stateless: how many executions there may be in all.
  std::optional<Estimate> executions_estimated;
  /// Sampled: by strategy, in the order of their turns.
  std::vector<StrategyStatistics> strategies;
  CoverageReport covered;  ///< sampled, or asked for (CheckOptions::coverage)
  double seconds = 0;
  std::uint64_t pieces_run = 0;
  std::uint64_t pieces_recalled = 0;
  std::uint64_t memory_bytes = 0;  ///< peak of the checker's own tables
  /// Outcome sets by name; exact when the search finished.
  std::map<std::string, std::vector<OutcomeWitness>> outcomes;
  /// `sometimes` properties that were reached, with a witness each.
  std::map<std::string, ScheduleText> witnesses;
  /// Maxima of measures.
  std::map<std::string, std::uint64_t> peaks;
  /// Distinct contents by kind.
  std::map<std::string, std::uint64_t> distinct;
  /// Distinct logs by method, largest first: who remembers too much.
  std::vector<std::pair<std::string, std::uint64_t>> logs_by_method;
  /// Lines for the reader: what was switched off, what a finding says, which query wrote.
  std::vector<std::string> notes;
};

/// 0 VERIFIED, 1 VIOLATED, 2 INCOMPLETE.
int exit_code(const Verdict& verdict);

}  // namespace heddle
