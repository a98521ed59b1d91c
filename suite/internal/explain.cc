// explain: how a counterexample, or an outcome, comes about.
#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include <heddle/checker/counterexamples.h>
#include <heddle/checker/outcomes.h>
#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/compare.h>
#include <heddle/traces/json.h>
#include <heddle/traces/kind.h>
#include <heddle/traces/outcomes.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {
namespace {

void show(const Trace& trace, const TextOptions& options, std::ostream& out) {
  out << to_terminal(trace, options);
  if (trace.sibling) {
    const Trace& passing = *trace.sibling->trace;
    out << "\nBeside the nearest schedule that passes\n\n"
        << to_terminal(trace, passing, compare(trace, passing), "fails", "passes", options);
  }
}

/// The trace of a counterexample that is one of several.
Trace trace_of(PreparedScenario& scenario, const CommandLine& line, const Failure& failure,
               bool compares) {
  const Property& property = *scenario.setup.claims.properties[failure.property];
  Verdict verdict;
  verdict.answered = Answered::kViolated;
  verdict.property = property.name();
  verdict.property_kind = property.kind();
  verdict.schedule = to_text(*scenario.kernel, failure.schedule);
  verdict.minimality = "shortest of its kind";
  CheckRequest request;
  request.program = line.program;
  request.compares = compares;
  return replay_prepared(scenario, verdict.schedule, verdict, ReplayMode::kStrict, request);
}

int explain_several(const CommandLine& line, const Console& console, const TextOptions& options) {
  if (names_file(line)) {
    throw WrongUsage(
        fmt::format("{} is a trace, one counterexample; --counterexamples goes with a "
                    "scenario's name",
                    shell_word(line.names.front())));
  }
  const RegisteredScenario registered = selected_one(line);
  PreparedScenario scenario = prepare(registered, overrides_for(line, registered));
  CounterexamplesOptions wanted;
  wanted.count_max = *line.counterexamples;
  const Counterexamples several = counterexamples(
      *scenario.kernel, scenario.setup.claims,
      [&](const Failure& failure) { return kind_of(trace_of(scenario, line, failure, false)); },
      wanted);
  std::string list;
  for (std::size_t i = 0; i < several.found.size(); ++i) {
    const Counterexample& one = several.found[i];
    list += fmt::format("{:>3}  {}, {} events{}{}\n", i + 1,
                        scenario.setup.claims.properties[one.failure.property]->name(),
                        one.failure.schedule.size(), one.kind.empty() ? "" : ": ", one.kind);
    console.out << fmt::format("Counterexample {} of {}\n\n", i + 1, several.found.size());
    show(trace_of(scenario, line, one.failure, true), options, console.out);
    console.out << '\n';
  }
  const bool enough = several.found.size() >= wanted.count_max;
  console.out << fmt::format("{} of {}, one for each property and kind of race{}\n{}",
                             several.found.size(), scenario.name,
                             several.finished ? "; there are no others"
                             : enough         ? "; there may be more"
                                              : "; the search for others was not finished",
                             list);
  return several.found.empty() ? (several.finished ? kVerifiedCode : kIncompleteCode)
                               : kViolatedCode;
}

/// The value alone where no other set has it, else with its set.
std::string outcome_name(const AllOutcomes& all, const std::string& set, const std::string& value) {
  std::size_t count = 0;
  for (const ReachedOutcomes& reached : all.sets) {
    count += static_cast<std::size_t>(
        std::ranges::count(reached.outcomes, value, &ReachedOutcome::value));
  }
  return count == 1 ? value : fmt::format("{}={}", set, value);
}

/// What a scenario can end in, for a person.
OutcomesReport outcomes_of(const CommandLine& line, const RegisteredScenario& registered) {
  PreparedScenario scenario = prepare(registered, overrides_for(line, registered));
  const Interrupt interrupt;
  OutcomesOptions options;
  options.stop = [] { return Interrupt::flag()->load(); };
  const AllOutcomes all = all_outcomes(*scenario.kernel, scenario.setup.claims, options);
  CheckRequest request;
  request.program = line.program;
  request.compares = false;
  const auto trace_of_schedule = [&](const Schedule& schedule) {
    return replay_prepared(scenario, to_text(*scenario.kernel, schedule), {}, ReplayMode::kStrict,
                           request);
  };
  OutcomesReport report;
  report.scenario = scenario.name;
  report.description = scenario.description;
  report.profile = to_string(scenario.setup.profile);
  report.states = all.states;
  report.final_states = all.final_states;
  report.finished = all.finished;
  for (const ReachedOutcomes& reached : all.sets) {
    ToldOutcomes& set = report.sets.emplace_back();
    set.set = reached.set;
    const auto declared = scenario.setup.expectation.outcomes.find(reached.set);
    set.is_declared = declared != scenario.setup.expectation.outcomes.end();
    std::set<std::string> missing = set.is_declared ? declared->second : std::set<std::string>();
    for (const ReachedOutcome& one : reached.outcomes) {
      ToldOutcome& outcome = set.outcomes.emplace_back();
      outcome.value = one.value;
      outcome.final_states = one.final_states;
      outcome.is_expected = !set.is_declared || declared->second.contains(one.value);
      outcome.witness = trace_of_schedule(one.witness);
      outcome.decides = one.decides;
      if (one.other) {
        outcome.other = trace_of_schedule(one.other->schedule);
        outcome.otherwise = one.other->value;
      }
      outcome.command = fmt::format("{} explain {}{} --outcome {}", shell_word(line.program),
                                    shell_word(scenario.name), to_flags(scenario.overrides),
                                    shell_word(outcome_name(all, reached.set, one.value)));
      missing.erase(one.value);
    }
    set.never_reached.assign(missing.begin(), missing.end());
  }
  return report;
}

int explain_outcomes(const CommandLine& line, const Console& console, const TextOptions& options) {
  if (names_file(line)) {
    throw WrongUsage(
        fmt::format("{} is a trace, one schedule; --outcomes goes with a scenario's name",
                    shell_word(line.names.front())));
  }
  const OutcomesReport report = outcomes_of(line, selected_one(line));
  if (report.sets.empty()) {
    throw WrongUsage(
        fmt::format("{} has no outcome set; s.outcomes(\"name\", ...) makes one, [[outcomes]] in a "
                    "scenario file",
                    report.scenario));
  }
  console.out << to_terminal(report, options);
  const bool as_declared = std::ranges::all_of(report.sets, [](const ToldOutcomes& set) {
    return set.never_reached.empty() &&
           std::ranges::all_of(set.outcomes, &ToldOutcome::is_expected);
  });
  return !as_declared ? kViolatedCode : report.finished ? kVerifiedCode : kIncompleteCode;
}

}  // namespace

int run_explain(const CommandLine& line, const Console& console) {
  TextOptions options = text_options(line, console);
  options.lines_max = 0;  // whoever asks for an explanation wants every step
  if (line.counterexamples) {
    return explain_several(line, console, options);
  }
  if (line.outcomes) {
    return explain_outcomes(line, console, options);
  }
  const Found found = find_trace(line, console);
  if (found.trace) {
    if (line.trace) {
      write_file(*line.trace, to_json(*found.trace));
    }
    show(*found.trace, options, console.out);
    return line.outcome || found.trace->property.empty() ? kVerifiedCode : kViolatedCode;
  }
  const Verdict& verdict = found.report->verdict;
  Report shown = *found.report;
  shown.verdict.outcomes.clear();  // they are told below
  console.out << to_text(shown, options);
  if (verdict.answered != Answered::kViolated && verdict.outcomes.empty()) {
    console.out << "\nThere is no counterexample to explain.\n";
  }
  if (!verdict.outcomes.empty()) {
    console.out << '\n' << to_terminal(outcomes_of(line, selected_one(line)), options);
  }
  return exit_code(verdict);
}

}  // namespace heddle::internal
