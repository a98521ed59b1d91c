// Where the traces come from that replay, explain and export are about.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/smaller.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/json.h>

namespace heddle::internal {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

/// Events separated by semicolons or newlines.
ScheduleText schedule_from(std::string_view text) {
  ScheduleText schedule;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(";\n"), text.size());
    if (std::string event = trimmed(text.substr(0, end)); !event.empty()) {
      schedule.push_back(std::move(event));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return schedule;
}

/// The changes that a stored trace was made under, and over them those of the line.
ScenarioOverrides overrides_of(const StoredTrace& stored, const CommandLine& line) {
  ScenarioOverrides overrides = overrides_from(stored.settings);
  overrides.profile = line.overrides.profile;
  for (const auto& [name, value] : line.overrides.parameters) {
    overrides.parameters.insert_or_assign(name, value);
  }
  for (const auto& [fault, budget] : line.overrides.allowed) {
    overrides.allowed.insert_or_assign(fault, budget);
  }
  overrides.without.insert(line.overrides.without.begin(), line.overrides.without.end());
  for (const auto& [place, number] : line.overrides.numbers) {
    overrides.numbers.insert_or_assign(place, number);
  }
  for (const std::string& guarantee : line.overrides.weakened) {
    if (std::ranges::find(overrides.weakened, guarantee) == overrides.weakened.end()) {
      overrides.weakened.push_back(guarantee);
    }
  }
  if (!overrides.profile && !stored.profile.empty()) {
    overrides.profile = profile_from(stored.profile);
  }
  return overrides;
}

/// The witness of the outcome that the line asks for.
const ScheduleText& outcome_schedule(const CommandLine& line, const Report& report) {
  std::vector<std::string> values;
  for (const auto& [set, witnesses] : report.verdict.outcomes) {
    for (const OutcomeWitness& witness : witnesses) {
      if (witness.value == *line.outcome || set + "=" + witness.value == *line.outcome) {
        return witness.schedule;
      }
      values.push_back(witness.value);
    }
  }
  throw WrongUsage(fmt::format("{} does not end in '{}' anywhere; {}", report.name, *line.outcome,
                               values.empty()
                                   ? std::string("it has no outcome set, or met none of its values")
                                   : fmt::format("its outcomes are {}", fmt::join(values, ", "))));
}

}  // namespace

std::string read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    throw WrongUsage(fmt::format("cannot read {}", shell_word(file)));
  }
  return text.str();
}

bool names_file(const CommandLine& line) {
  const std::string& name = line.names.front();
  return !names_scenario_file(name) && Registry::instance().find(name) == nullptr &&
         std::filesystem::is_regular_file(name);
}

Again replay_file(const CommandLine& line, const std::string& file, ReplayMode mode) {
  const StoredTrace stored = read_trace(read_file(file), file);
  const bool is_file = names_scenario_file(stored.scenario);
  if (!is_file && Registry::instance().find(stored.scenario) == nullptr) {
    throw Misuse(
        fmt::format("{} is a trace of scenario '{}', which this binary does not have: was it "
                    "renamed, or is the "
                    "trace of another suite? '{} list' shows what there is",
                    file, stored.scenario, line.program));
  }
  RegisteredScenario scenario = scenario_named(stored.scenario);
  const ScenarioOverrides overrides = overrides_of(stored, line);
  PreparedScenario prepared = prepare(scenario, overrides);
  CheckRequest request;
  request.program = line.program;
  request.trace_file = file;
  request.for_page = draws_page(line);
  Verdict verdict;
  verdict.minimality = stored.minimality;
  verdict.strategy = stored.strategy;
  verdict.seed = stored.seed;
  return {replay_prepared(prepared, stored.schedule, verdict, mode, request), stored.property,
          std::move(scenario), overrides};
}

Again replay_schedule(const CommandLine& line, ReplayMode mode) {
  RegisteredScenario scenario = selected_one(line);
  const ScenarioOverrides overrides = overrides_for(line, scenario);
  PreparedScenario prepared = prepare(scenario, overrides);
  CheckRequest request;
  request.program = line.program;
  return {replay_prepared(prepared, schedule_from(*line.schedule), {}, mode, request),
          {},
          std::move(scenario),
          overrides};
}

Found find_trace(const CommandLine& line, const Console& console) {
  Found found;
  if (names_file(line)) {
    if (line.outcome) {
      throw WrongUsage(
          fmt::format("--outcome is for scenarios; {} is a trace, which ends as it ends",
                      shell_word(line.names.front())));
    }
    found.trace = replay_file(line, line.names.front(), ReplayMode::kStrict).trace;
    return found;
  }
  const RegisteredScenario scenario = selected_one(line);
  const ScenarioOverrides overrides = overrides_for(line, scenario);
  PreparedScenario prepared = prepare(scenario, overrides);
  found.report = checked(prepared, line, console);
  if (line.outcome) {
    CheckRequest request;
    request.program = line.program;
    request.for_page = draws_page(line);
    const ScheduleText schedule = outcome_schedule(line, *found.report);
    found.trace = replay_prepared(prepared, schedule, {}, ReplayMode::kStrict, request);
  } else {
    found.trace = found.report->trace;
    if (found.trace && line.shrink.value_or(line.verb == Verb::kExplain)) {
      found.trace = made_smaller(scenario, overrides, *found.trace, line);
    }
  }
  return found;
}

Trace made_smaller(const RegisteredScenario& scenario, const ScenarioOverrides& overrides,
                   const Trace& found, const CommandLine& line) {
  CheckRequest request;
  request.program = line.program;
  request.trace_file = line.trace;
  const Interrupt interrupt;
  SmallerOptions options;
  options.stop = [] { return Interrupt::flag()->load(); };
  return made_smaller(scenario, overrides, found, request, options);
}

}  // namespace heddle::internal
