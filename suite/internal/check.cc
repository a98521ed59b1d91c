// check and sample: verdicts of one scenario in full, of several in a table.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/internal/attempt.h>
#include <heddle/suite/internal/claims_nothing.h>
#include <heddle/suite/internal/file_name.h>
#include <heddle/suite/internal/github.h>
#include <heddle/suite/internal/regressions.h>
#include <heddle/suite/internal/sarif.h>
#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/html.h>
#include <heddle/traces/json.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {
namespace {

using Json = nlohmann::ordered_json;

/// What is required to be covered and is not.
std::vector<std::string> uncovered(const CoverageReport& covered,
                                   const std::vector<std::string>& required) {
  std::vector<std::string> sentences;
  const auto require = [&](const std::string& kind, const std::vector<std::string>& missing,
                           std::string_view what) {
    if (std::ranges::find(required, kind) != required.end()) {
      for (const std::string& name : missing) {
        sentences.push_back(fmt::format("{} {}", name, what));
      }
    }
  };
  require("methods", covered.never_run, "never ran");
  require("awaits", covered.never_interrupted, "was never interrupted");
  require("rejects", covered.never_rejected, "never saw a reject");
  if (std::ranges::find(required, "interrupts") != required.end()) {
    for (const auto& [await, method] : covered.never_interrupted_by) {
      sentences.push_back(fmt::format("{} was never interrupted by {}", await, method));
    }
  }
  if (!required.empty() && covered.methods.empty()) {
    sentences.emplace_back("no canister code ran, or the strategy does not say what is covered");
  }
  return sentences;
}

/// Replayed, and said.
std::vector<Regression> replayed(const RegisteredScenario& scenario,
                                 const ScenarioOverrides& overrides, const CommandLine& line,
                                 const Console& console) {
  if (line.no_regressions) {
    return {};
  }
  std::vector<Regression> regressions = Regressions(scenario.name()).replay(scenario, overrides);
  for (const Regression& regression : regressions) {
    console.err << fmt::format("{}: {}: {}\n", message_prefix(line.program, line.verb),
                               regression.file, regression.sentence);
  }
  return regressions;
}

void keep(Attempt& attempt, const Expectation& expectation, const CommandLine& line,
          const Console& console) {
  if (line.no_regressions) {
    return;
  }
  attempt.kept = Regressions(attempt.name).keep(attempt.report, expectation, attempt.regressions);
  if (attempt.kept) {
    console.err << fmt::format("{}: {}\n", message_prefix(line.program, line.verb), *attempt.kept);
  }
}

Attempt attempt(const RegisteredScenario& scenario, const CommandLine& line,
                const Console& console) {
  Attempt result;
  result.name = scenario.name();
  result.place = place_of(scenario);
  result.expects = line.expect;
  try {
    const ScenarioOverrides overrides = overrides_for(line, scenario, true);
    PreparedScenario prepared = prepare(scenario, overrides);
    result.regressions = replayed(scenario, overrides, line, console);
    result.report = checked(prepared, line, console);
    result.report.shows_coverage = line.options.coverage;
    result.report.uncovered = uncovered(result.report.verdict.covered, line.require_coverage);
    result.differences = differences(result.report.verdict, prepared.setup.expectation);
    keep(result, prepared.setup.expectation, line, console);
    if (result.report.trace && line.shrink.value_or(false)) {
      result.report.trace = made_smaller(scenario, overrides, *result.report.trace, line);
    }
    if (!line.expect) {
      // Nobody asked: an unexpected verdict is then no fault of the run.
      result.report.expected.clear();
      result.report.as_expected = true;
    }
  } catch (...) {
    result.failed = failed_by_current_exception();
  }
  return result;
}

int code_of(const Attempt& attempt, const CommandLine& line) {
  if (attempt.failed) {
    return attempt.failed->code;
  }
  if (!attempt.report.uncovered.empty() || !attempt.report.one_schedule.empty() ||
      still_fails(attempt.regressions)) {
    return kViolatedCode;
  }
  if (line.expect) {
    return attempt.differences.empty() ? kVerifiedCode : kViolatedCode;
  }
  const Verdict& verdict = attempt.report.verdict;
  // What was asked of `sample` was done; the verdict's word stays INCOMPLETE.
  const bool sampled = verdict.bound == "sampled" || verdict.bound == "one_schedule";
  if (line.verb == Verb::kSample && verdict.answered == Answered::kIncomplete && sampled) {
    return kVerifiedCode;
  }
  return exit_code(verdict);
}

std::string_view word(const Failed& failed) {
  switch (failed.code) {
    case kUsageCode:
      return "WRONG USAGE";
    case kMisuseCode:
      return "MISUSE";
    default:
      return "INTERNAL ERROR";
  }
}

Json json_of(const Attempt& attempt) {
  if (attempt.failed) {
    return Json{{"name", attempt.name},
                {"verdict", word(*attempt.failed)},
                {"error", attempt.failed->text}};
  }
  return Json::parse(to_json(attempt.report));
}

void write_json(const std::vector<Attempt>& attempts, const CommandLine& line,
                const Console& console) {
  Json json = Json::array();
  for (const Attempt& attempt : attempts) {
    json.push_back(json_of(attempt));
  }
  const Json& document = attempts.size() == 1 ? json.front() : json;
  const std::string text = document.dump(2) + "\n";
  if (*line.json == "-") {
    console.out << text;
  } else {
    write_file(*line.json, text);
  }
}

void write_trace(const Attempt& attempt, const CommandLine& line, const Console& console) {
  if (attempt.failed) {
    return;
  }
  if (attempt.report.trace) {
    write_file(*line.trace, to_json(*attempt.report.trace));
  } else {
    console.err << fmt::format("{}: there is no counterexample, so {} was not written\n",
                               message_prefix(line.program, line.verb), shell_word(*line.trace));
  }
}

/// A page for each violated scenario, in a folder.
void write_pages(const std::vector<Attempt>& attempts, const CommandLine& line,
                 const Console& console) {
  std::error_code failed;
  std::filesystem::create_directories(*line.html, failed);
  for (const Attempt& attempt : attempts) {
    if (attempt.report.trace) {
      const std::string file = fmt::format("{}/{}.html", *line.html, file_name(attempt.name));
      write_file(file, to_html(*attempt.report.trace));
      console.err << fmt::format("{}: wrote {}\n", message_prefix(line.program, line.verb), file);
    }
  }
}

/// What is asked for besides the text.
void write_documents(const std::vector<Attempt>& attempts, const CommandLine& line,
                     const Console& console) {
  if (line.json) {
    write_json(attempts, line, console);
  }
  if (line.trace) {
    write_trace(attempts.front(), line, console);
  }
  if (line.html) {
    write_pages(attempts, line, console);
  }
  if (line.sarif) {
    write_file(*line.sarif, to_sarif(attempts));
  }
  if (const auto github = GitHub::from_environment()) {
    github->tell(attempts, console.err);
  }
}

void show_expectation(const Attempt& attempt, std::ostream& out) {
  if (attempt.differences.empty()) {
    out << fmt::format("As expected: {}\n", attempt.report.expected);
    return;
  }
  out << "NOT as expected:\n";
  for (const std::string& difference : attempt.differences) {
    out << fmt::format("  {}\n", difference);
  }
}

void show_one(const Attempt& attempt, const CommandLine& line, const Console& console) {
  if (attempt.failed) {
    return;
  }
  const TextOptions options = text_options(line, console);
  if (attempt.report.trace) {
    console.out << to_terminal(*attempt.report.trace, options) << '\n';
  }
  console.out << to_text(attempt.report, options);
  if (line.expect) {
    show_expectation(attempt, console.out);
  }
}

/// Below the table: what it has no room for.
void show_rest(const std::vector<Attempt>& attempts, const CommandLine& line,
               const Console& console) {
  std::string shown;
  for (const Attempt& attempt : attempts) {
    if (!attempt.report.one_schedule.empty()) {
      console.out << fmt::format("{}: {}\n", attempt.name, attempt.report.one_schedule);
    }
    for (const std::string& sentence : attempt.report.uncovered) {
      console.out << fmt::format("{}: not covered: {}\n", attempt.name, sentence);
    }
    for (const std::string& difference : attempt.differences) {
      if (line.expect) {
        console.out << fmt::format("{}: {}\n", attempt.name, difference);
      }
    }
    const bool wanted = line.expect ? !attempt.differences.empty() : true;
    if (shown.empty() && wanted && attempt.report.trace) {
      shown = attempt.name;
    }
  }
  if (!shown.empty()) {
    console.out << fmt::format("To see a counterexample: {} explain {}{}\n", line.program,
                               shell_word(shown), to_flags(line.overrides));
  }
}

void show_several(const std::vector<Attempt>& attempts, const CommandLine& line,
                  const Console& console) {
  std::vector<Report> reports;
  for (const Attempt& attempt : attempts) {
    if (!attempt.failed) {
      reports.push_back(attempt.report);
    }
  }
  if (!reports.empty()) {
    console.out << to_table(reports, text_options(line, console));
  }
  show_rest(attempts, line, console);
}

/// A parameter that none of the scenarios has is a mistake; one that some have is for these.
void check_parameters(const std::vector<RegisteredScenario>& scenarios, const CommandLine& line) {
  if (line.overrides.parameters.empty()) {
    return;
  }
  if (scenarios.size() == 1) {
    overrides_for(line, scenarios.front());
    return;
  }
  std::set<std::string> known;
  std::set<std::string> taken;
  for (const RegisteredScenario& scenario : scenarios) {
    const auto parameters = prepare(scenario).setup.parameters;
    for (const auto& [name, value] : parameters) {
      known.insert(name);
    }
    for (const auto& [name, value] : line.overrides.parameters) {
      if (takes(scenario, parameters, name)) {
        taken.insert(name);
      }
    }
  }
  for (const auto& [name, value] : line.overrides.parameters) {
    if (!taken.contains(name)) {
      throw WrongUsage(fmt::format(
          "--set {}={}: none of these {} scenarios has such a parameter; {}", name, value,
          scenarios.size(),
          known.empty() ? "they have none" : fmt::format("there are {}", fmt::join(known, ", "))));
    }
  }
}

}  // namespace

int run_check(const CommandLine& line, const Console& console) {
  const auto scenarios = selected(line);
  if (line.grow) {
    return run_grow(line, console);
  }
  if (line.trace && scenarios.size() > 1) {
    throw WrongUsage(fmt::format(
        "--trace {} holds one counterexample, but the pattern matches {} scenarios; name one",
        shell_word(*line.trace), scenarios.size()));
  }
  if (!line.options.checkpoint.file.empty() && scenarios.size() > 1) {
    throw WrongUsage(fmt::format(
        "--checkpoint {} holds one search, but the pattern matches {} scenarios; name one, or "
        "leave it out: then each has a file of its own",
        shell_word(line.options.checkpoint.file), scenarios.size()));
  }
  check_parameters(scenarios, line);
  std::vector<Attempt> attempts;
  std::vector<int> codes;
  for (const RegisteredScenario& scenario : scenarios) {
    attempts.push_back(attempt(scenario, line, console));
    Attempt& last = attempts.back();
    last.code = code_of(last, line);
    codes.push_back(last.code);
    if (last.failed) {
      console.err << fmt::format("{}: {}: {}\n", last.name, word(*last.failed), last.failed->text);
    }
    // Ctrl-C means all of it, not the scenario that happened to run.
    if (last.report.verdict.bound == "interrupted") {
      break;
    }
  }
  std::vector<const RegisteredScenario*> checked_scenarios;
  for (const RegisteredScenario& scenario : scenarios) {
    checked_scenarios.push_back(&scenario);
  }
  if (const auto told = claims_nothing_of(checked_scenarios)) {
    console.err << fmt::format("{}: {}\n", message_prefix(line.program, line.verb), *told);
    codes.push_back(kViolatedCode);
  }
  write_documents(attempts, line, console);
  if (line.json != "-") {
    if (scenarios.size() == 1) {
      show_one(attempts.front(), line, console);
    } else {
      show_several(attempts, line, console);
    }
  }
  return worst(codes);
}

}  // namespace heddle::internal
