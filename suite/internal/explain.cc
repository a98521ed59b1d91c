// explain: how a counterexample, or an outcome, comes about.
#include <string>

#include <fmt/format.h>

#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/compare.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {

int run_explain(const CommandLine& line, const Console& console) {
  const Found found = find_trace(line, console);
  TextOptions options = text_options(line, console);
  options.lines_max = 0;  // whoever asks for an explanation wants every step
  if (found.trace) {
    console.out << to_terminal(*found.trace, options);
    if (found.trace->sibling) {
      const Trace& passing = *found.trace->sibling->trace;
      console.out << "\nBeside the nearest schedule that passes\n\n"
                  << to_terminal(*found.trace, passing, compare(*found.trace, passing), "fails",
                                 "passes", options);
    }
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
