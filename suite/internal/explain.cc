// explain: how a counterexample, or an outcome, comes about.
#include <string>

#include <fmt/format.h>

#include <heddle/checker/counterexamples.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/compare.h>
#include <heddle/traces/kind.h>
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

}  // namespace

int run_explain(const CommandLine& line, const Console& console) {
  TextOptions options = text_options(line, console);
  options.lines_max = 0;  // whoever asks for an explanation wants every step
  if (line.counterexamples) {
    return explain_several(line, console, options);
  }
  const Found found = find_trace(line, console);
  if (found.trace) {
    show(*found.trace, options, console.out);
    return line.outcome || found.trace->property.empty() ? kVerifiedCode : kViolatedCode;
  }
  console.out << to_text(*found.report, options);
  const Verdict& verdict = found.report->verdict;
  if (verdict.answered != Answered::kViolated) {
    console.out << "\nThere is no counterexample to explain.\n";
  }
  for (const auto& [set, outcomes] : verdict.outcomes) {
    if (!outcomes.empty()) {
      console.out << fmt::format(
          "To see how an outcome comes about: {} explain {}{} --outcome {}\n", line.program,
          shell_word(found.report->name), to_flags(line.overrides),
          shell_word(outcomes.front().value));
      break;
    }
  }
  return exit_code(verdict);
}

}  // namespace heddle::internal
