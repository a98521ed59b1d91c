// A verdict for people and, as JSON, for programs.
//
// As text: the verdict, its scope in one sentence, what was counted, the outcome sets with a
// witness for each value, what was reached, findings and notes. A counterexample is not part of it;
// its view is traces/terminal.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <heddle/checker/verdict.h>
#include <heddle/traces/text_options.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// What one check of a scenario came to.
struct Report {
  std::string name;  ///< story/scenario
  Verdict verdict;
  /// The counterexample, replayed; its undeclared races are the findings.
  std::optional<Trace> trace{};
  /// What the scenario says that the verdict is ("violated conserved"); "" when nobody asked.
  std::string expected{};
  bool as_expected = true;
  /// What to do about the scenario's one schedule, where that is not meant; "" where nothing is
  /// amiss.
  std::string one_schedule{};
  /// What was covered was asked for and is shown.
  bool shows_coverage = false;
  /// What was required to be covered and was not, a sentence each.
  std::vector<std::string> uncovered{};
};

/// The report in lines that are ended by newlines. Long witnesses are cut to the width.
std::string to_text(const Report& report, const TextOptions& options);

/// One line a scenario, and a last one that sums them up.
std::string to_table(std::span<const Report> reports, const TextOptions& options);

/// An object with `name, verdict, property, strategy, states, transitions, depth, seconds, scope,
/// schedule, outcomes` and more; `property` is null unless one is violated, and then `schedule` is
/// the counterexample. Each outcome has a `set` when the scenario has several outcome sets.
std::string to_json(const Report& report);
/// An array of these.
std::string to_json(std::span<const Report> reports);

}  // namespace heddle
