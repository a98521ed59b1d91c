#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/internal/attempt.h>
#include <heddle/suite/scenario_file.h>

namespace heddle::internal {
namespace {

/// The race that explains the violation: a declared one before one that was merely found.
const Race* race_of(const Trace& trace) {
  const auto declared = std::ranges::find_if(trace.races, &Race::declared);
  if (declared != trace.races.end()) {
    return &*declared;
  }
  return trace.races.empty() ? nullptr : &trace.races.front();
}

std::string text_of(const Trace& trace) {
  std::string text = trace.why;
  for (const Race& race : trace.races) {
    text += fmt::format("{}{}", text.empty() ? "" : "\n", race.sentence);
  }
  if (!trace.repro.empty()) {
    text += fmt::format("{}{}", text.empty() ? "" : "\n", trace.repro);
  }
  return text;
}

Finding violation_of(const Attempt& attempt) {
  const Verdict& verdict = attempt.report.verdict;
  Finding finding;
  finding.rule = fmt::format("{}/{}", verdict.property_kind, verdict.property);
  finding.title = fmt::format("{} is violated in {}", verdict.property, attempt.name);
  finding.text = verdict.why;
  finding.place = attempt.place;
  if (attempt.report.trace) {
    finding.trace = &*attempt.report.trace;
    finding.text = text_of(*finding.trace);
    if (SourcePlace place = place_of(*finding.trace); place.line > 0) {
      finding.place = std::move(place);
    }
  }
  return finding;
}

}  // namespace

std::vector<Finding> findings_of(const Attempt& attempt) {
  std::vector<Finding> findings;
  if (attempt.code == kVerifiedCode) {
    return findings;
  }
  const auto add = [&](Finding::Level level, std::string rule, const std::string& what,
                       std::string text) {
    findings.push_back({level, std::move(rule), fmt::format("{} {}", attempt.name, what),
                        std::move(text), attempt.place, nullptr});
  };
  if (attempt.failed) {
    add(Finding::Level::kError, "misuse", "could not be checked", attempt.failed->text);
    return findings;
  }
  const Verdict& verdict = attempt.report.verdict;
  const bool violated = verdict.answered == Answered::kViolated;
  const bool differs = attempt.expects && !attempt.differences.empty();
  if (violated && (differs || !attempt.expects)) {
    findings.push_back(violation_of(attempt));
  } else if (differs) {
    add(Finding::Level::kError, "not-as-declared", "is not as declared",
        fmt::format("{}", fmt::join(attempt.differences, "\n")));
  } else if (attempt.code == kIncompleteCode) {
    add(Finding::Level::kWarning, "incomplete", "is INCOMPLETE",
        fmt::format("ended by: {}{}{}", verdict.bound, verdict.coverage.empty() ? "" : "; ",
                    verdict.coverage));
  }
  if (!attempt.report.one_schedule.empty()) {
    add(Finding::Level::kError, "one-schedule", "compares nothing", attempt.report.one_schedule);
  }
  if (!attempt.report.uncovered.empty()) {
    add(Finding::Level::kError, "not-covered", "does not cover what is required",
        fmt::format("{}", fmt::join(attempt.report.uncovered, "\n")));
  }
  for (const Regression& regression : attempt.regressions) {
    const bool is_shown = violated && regression.property == verdict.property;
    if (regression.state == Regression::State::kStillFails && !is_shown) {
      add(Finding::Level::kError, "regression", "fails on a stored schedule",
          fmt::format("{}: {}", regression.file, regression.sentence));
    }
  }
  return findings;
}

SourcePlace place_of(const RegisteredScenario& scenario) {
  if (names_scenario_file(scenario.name())) {
    return {scenario.name(), 1, {}};
  }
  return {scenario.place.file_name(), scenario.place.line(), {}};
}

SourcePlace place_of(const TraceStep& step) {
  if (step.await_place.line > 0) {
    return step.await_place;
  }
  for (auto access = step.accesses.rbegin(); access != step.accesses.rend(); ++access) {
    if (access->place.line > 0) {
      return access->place;
    }
  }
  for (auto send = step.sends.rbegin(); send != step.sends.rend(); ++send) {
    if (send->place.line > 0) {
      return send->place;
    }
  }
  return {};
}

SourcePlace place_of(const Trace& trace) {
  const Race* const race = race_of(trace);
  SourcePlace trapped;
  SourcePlace last;
  SourcePlace overtaken;
  for (const TraceStep& step : trace.steps) {
    if (step.number > trace.violated_step) {
      break;
    }
    if (race != nullptr && step.call == race->call && step.number < race->intruder_step &&
        step.await_place.line > 0) {
      overtaken = step.await_place;
    }
    if (!step.trap.empty()) {
      trapped = place_of(step);
    }
    if (step.await_place.line > 0) {
      last = step.await_place;
    }
  }
  for (const SourcePlace& place :
       {overtaken, race == nullptr ? SourcePlace{} : race->write_place, trapped, last}) {
    if (place.line > 0) {
      return place;
    }
  }
  return {};
}

}  // namespace heddle::internal
