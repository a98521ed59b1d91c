#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/sample.h>
#include <heddle/model/view.h>
#include <heddle/simulation/round_simulation.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/make.h>

namespace heddle {
namespace {

/// Longest schedule that is given as an argument of a command; systems limit one to 128 KiB.
constexpr std::size_t kArgumentMax = 100'000;

std::string joined(const ScheduleText& schedule) {
  return fmt::format("{}", fmt::join(schedule, "; "));
}

/// The command that shows this schedule again.
std::string replay_command(const PreparedScenario& scenario, const ScheduleText& schedule,
                           const CheckRequest& request) {
  const std::string program = shell_word(request.program);
  if (request.trace_file) {
    return fmt::format("{} replay {}", program, shell_word(*request.trace_file));
  }
  const std::string flags = to_flags(scenario.overrides);
  const std::string text = joined(schedule);
  if (text.size() > kArgumentMax) {
    return fmt::format("{0} check {1}{2} --trace trace.json; {0} replay trace.json", program,
                       shell_word(scenario.name), flags);
  }
  return fmt::format("{} replay {}{} --schedule {}", program, shell_word(scenario.name), flags,
                     shell_word(text));
}

/// What one replica makes of the system that has all canisters on one subnet: at most so many
/// events as a sampled schedule has.
std::vector<std::string> replica_schedule(Kernel& kernel) {
  SimulationOptions options;
  options.keep_events = true;
  options.events_max = kSampledDepthMax;
  std::vector<std::string> schedule;
  for (SimulatedEvent& event : simulate(kernel, {}, *network_named("local"), options).events) {
    schedule.push_back(std::move(event.event));
  }
  return schedule;
}

CheckOptions options_of(const PreparedScenario& scenario, const CheckRequest& request) {
  CheckOptions options = request.options;
  const Procedure& procedure = scenario.setup.procedure;
  options.schedules = CheckOptions{}.schedules;
  switch (procedure.kind) {
    case Procedure::Kind::kExhaustive:
      options.strategy = Strategy::kBreadthFirst;
      break;
    case Procedure::Kind::kSampled:
      options.strategy = Strategy::kPortfolio;
      options.schedules = procedure.schedules;
      break;
    case Procedure::Kind::kOneSchedule:
      options.strategy =
          scenario.setup.profile == Profile::kReplica ? Strategy::kReplica : Strategy::kInOrder;
      break;
  }
  options.strategy = request.strategy.value_or(options.strategy);
  options.schedules = request.schedules.value_or(options.schedules);
  if (options.strategy == Strategy::kReplica) {
    options.given = replica_schedule(*scenario.kernel);
  }
  return options;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string in_braces(const std::set<std::string>& values) {
  return fmt::format("{{{}}}", fmt::join(values, ", "));
}

/// What a search that was not ended by a violation says of an outcome set.
std::optional<std::string> outcome_difference(const std::string& name,
                                              const std::set<std::string>& expected,
                                              const Verdict& verdict) {
  const auto found = verdict.outcomes.find(name);
  if (found == verdict.outcomes.end()) {
    return fmt::format("there is no outcome set \"{}\"", name);
  }
  std::set<std::string> seen;
  for (const OutcomeWitness& outcome : found->second) {
    seen.insert(outcome.value);
  }
  const bool ended = verdict.answered == Answered::kViolated;
  const bool same = ended
                        ? std::includes(expected.begin(), expected.end(), seen.begin(), seen.end())
                        : seen == expected;
  if (same) {
    return std::nullopt;
  }
  return fmt::format("{} is {}, expected {}", name, in_braces(seen), in_braces(expected));
}

/// Why the users of a system leave no choice.
std::string cause_of_one_schedule(const System& system) {
  std::size_t calls = 0;
  std::vector<User> users;
  for (User user : system.users) {
    std::erase_if(user.calls, [](const UserCall& call) { return call.left_out; });
    calls += user.calls.size();
    if (!user.calls.empty()) {
      users.push_back(std::move(user));
    }
  }
  if (calls == 0) {
    return "no user calls anything";
  }
  const User& first = users.front();
  if (calls == 1) {
    return fmt::format("{} makes the only call, and whatever is called there is awaited at once",
                       first.name);
  }
  if (users.size() == 1 && first.order != ScriptOrder::kAny) {
    return fmt::format(
        "{} is the only user, whose calls {}, and whatever is called there is "
        "awaited at once",
        first.name, first.order == ScriptOrder::kThen ? "wait for each other" : "keep their order");
  }
  return "the calls of the users never meet, and whatever is called there is awaited at once";
}

/// What an author is told whose scenario was not meant to allow one schedule only.
std::string told_of_one_schedule(const System& system, const Verdict& verdict) {
  return fmt::format(
      "the scenario allows one schedule only, of {} {}, so no interleavings were compared. Likely "
      "because {}. Add a call that can run meanwhile (s.user(\"bob\").calls(...)), or make calls "
      "before the first of them is awaited; if it is meant, say s.one_schedule()",
      verdict.depth, verdict.depth == 1 ? "event" : "events", cause_of_one_schedule(system));
}

}  // namespace

PreparedScenario prepare(const std::string& name, const std::string& description,
                         const std::function<void(Scenario&)>& describe,
                         const ScenarioOverrides& overrides) {
  try {
    Scenario described(name, overrides);
    describe(described);
    PreparedScenario prepared{name, description, overrides, described.build(), nullptr};
    prepared.kernel = std::make_unique<Kernel>(prepared.setup.system);
    return prepared;
  } catch (const Misuse& misuse) {
    const std::string text = misuse.what();
    const bool is_named = text.find(name) != std::string::npos;
    throw Misuse(is_named ? text : fmt::format("scenario {}: {}", name, text), misuse.site());
  }
}

PreparedScenario prepare(const RegisteredScenario& scenario, const ScenarioOverrides& overrides) {
  return prepare(scenario.name(), scenario.description, scenario.describe, overrides);
}

Report check_prepared(PreparedScenario& scenario, const CheckRequest& request) {
  Report report;
  report.name = scenario.name;
  report.verdict = check(*scenario.kernel, scenario.setup.claims, options_of(scenario, request));
  Verdict& verdict = report.verdict;
  verdict.scope = fmt::format("{}; {}", scenario.setup.scope, verdict.scope);
  report.expected = to_text(scenario.setup.expectation);
  report.as_expected = differences(verdict, scenario.setup.expectation).empty();
  if (verdict.one_schedule && !scenario.setup.one_schedule) {
    report.one_schedule = told_of_one_schedule(scenario.setup.system, verdict);
  }
  // A wanted state that was never reached has no schedule that shows it.
  const bool never_reached = verdict.schedule.empty() && verdict.property_kind == "sometimes";
  if (verdict.answered == Answered::kViolated && !never_reached) {
    report.trace =
        replay_prepared(scenario, verdict.schedule, verdict, ReplayMode::kStrict, request);
  }
  return report;
}

RegisteredScenario scenario_named(std::string_view name) {
  if (const RegisteredScenario* scenario = Registry::instance().find(name)) {
    return *scenario;
  }
  if (names_scenario_file(name)) {
    return read_scenario_file(std::string(name));
  }
  std::vector<std::string> names;
  for (const RegisteredScenario* known : Registry::instance().all()) {
    names.push_back(known->name());
  }
  const std::vector<std::string> near = internal::nearest(name, names);
  throw Misuse(
      fmt::format("there is no scenario \"{}\"{}", name,
                  near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "))));
}

Report check_scenario(std::string_view name, const ScenarioOverrides& overrides,
                      const CheckRequest& request) {
  PreparedScenario prepared = prepare(scenario_named(name), overrides);
  return check_prepared(prepared, request);
}

Trace replay_prepared(PreparedScenario& scenario, const ScheduleText& schedule,
                      const Verdict& about, ReplayMode mode, const CheckRequest& request) {
  TraceRequest wanted;
  wanted.scenario = scenario.name;
  wanted.description = scenario.description;
  wanted.profile = to_string(scenario.setup.profile);
  wanted.settings = settings_of(scenario.overrides);
  wanted.schedule = schedule;
  wanted.mode = mode;
  wanted.groups = scenario.setup.groups;
  wanted.watched = scenario.setup.watched;
  wanted.compares = request.compares;
  wanted.for_page = request.for_page;
  wanted.verdict = about.answered == Answered::kViolated ? &about : nullptr;
  Trace trace = make_trace(*scenario.kernel, scenario.setup.claims, wanted);
  trace.strategy = about.strategy;
  trace.seed = about.seed;
  trace.minimality = about.minimality;
  if (request.replayable) {
    trace.repro = replay_command(scenario, trace.schedule(), request);
  }
  return trace;
}

std::vector<std::pair<std::string, std::string>> settings_of(const ScenarioOverrides& overrides) {
  std::vector<std::pair<std::string, std::string>> settings(overrides.parameters.begin(),
                                                            overrides.parameters.end());
  if (!overrides.weakened.empty()) {
    settings.emplace_back(kWeakenSetting, fmt::format("{}", fmt::join(overrides.weakened, ",")));
  }
  std::vector<std::string> allowed;
  for (const auto& [fault, budget] : overrides.allowed) {
    allowed.push_back(fmt::format("{}={}", fault, budget));
  }
  if (!allowed.empty()) {
    settings.emplace_back(kAllowSetting, fmt::format("{}", fmt::join(allowed, ",")));
  }
  if (!overrides.without.empty()) {
    settings.emplace_back(kWithoutSetting, fmt::format("{}", fmt::join(overrides.without, ",")));
  }
  std::vector<std::string> numbers;
  for (const auto& [place, number] : overrides.numbers) {
    numbers.push_back(fmt::format("{}={}", place, number));
  }
  if (!numbers.empty()) {
    settings.emplace_back(kNumberSetting, fmt::format("{}", fmt::join(numbers, ",")));
  }
  return settings;
}

ScenarioOverrides overrides_from(const std::vector<std::pair<std::string, std::string>>& settings) {
  ScenarioOverrides overrides;
  for (const auto& [name, value] : settings) {
    if (name == kWeakenSetting) {
      overrides.weakened = split(value, ',');
    } else if (name == kAllowSetting) {
      for (const std::string& fault : split(value, ',')) {
        const std::size_t equals = std::min(fault.find('='), fault.size());
        int budget = 0;
        std::from_chars(fault.data() + std::min(equals + 1, fault.size()),
                        fault.data() + fault.size(), budget);
        overrides.allowed.try_emplace(fault.substr(0, equals), budget);
      }
    } else if (name == kWithoutSetting) {
      for (const std::string& who : split(value, ',')) {
        overrides.without.insert(who);
      }
    } else if (name == kNumberSetting) {
      for (const std::string& number : split(value, ',')) {
        const std::size_t equals = std::min(number.find('='), number.size());
        overrides.numbers.try_emplace(number.substr(0, equals),
                                      number.substr(std::min(equals + 1, number.size())));
      }
    } else {
      overrides.parameters.try_emplace(name, value);
    }
  }
  return overrides;
}

std::string to_text(const Expectation& expectation) {
  std::string text(to_string(expectation.verdict));
  if (!expectation.property.empty()) {
    text += " " + expectation.property;
  }
  for (const auto& [name, values] : expectation.outcomes) {
    text += fmt::format(", {}: {}", name, in_braces(values));
  }
  return text;
}

std::vector<std::string> differences(const Verdict& verdict, const Expectation& expectation) {
  std::vector<std::string> found;
  const std::string got(to_string(verdict.answered));
  const std::string wanted(to_string(expectation.verdict));
  if (got != wanted) {
    const std::string what = verdict.property.empty() ? verdict.bound : verdict.property;
    found.push_back(fmt::format(
        "the verdict is {}{}, expected {}{}", got, what.empty() ? "" : fmt::format(" ({})", what),
        wanted, expectation.property.empty() ? "" : fmt::format(" ({})", expectation.property)));
  } else if (!expectation.property.empty() && verdict.property != expectation.property) {
    found.push_back(fmt::format("the violated property is \"{}\", expected \"{}\"",
                                verdict.property, expectation.property));
  }
  for (const auto& [name, values] : expectation.outcomes) {
    if (const auto difference = outcome_difference(name, values, verdict)) {
      found.push_back(*difference);
    }
  }
  return found;
}

std::string_view to_string(Form form) {
  switch (form) {
    case Form::kBuggy:
      return "buggy";
    case Form::kFixed:
      return "fixed";
    case Form::kNeutral:
      break;
  }
  return "neutral";
}

Form form_of(const RegisteredScenario& scenario, const Setup& setup) {
  if (setup.form != Form::kNeutral) {
    return setup.form;
  }
  const std::string_view name = scenario.scenario;
  return name.starts_with("buggy")   ? Form::kBuggy
         : name.starts_with("fixed") ? Form::kFixed
                                     : Form::kNeutral;
}

std::string to_flags(const ScenarioOverrides& overrides) {
  std::string flags;
  if (overrides.profile) {
    flags += fmt::format(" --profile {}", to_string(*overrides.profile));
  }
  for (const auto& [name, value] : overrides.parameters) {
    flags += fmt::format(" --set {}", shell_word(name + "=" + value));
  }
  for (const std::string& guarantee : overrides.weakened) {
    flags += fmt::format(" --weaken {}", shell_word(guarantee));
  }
  for (const auto& [fault, budget] : overrides.allowed) {
    flags += fmt::format(" --allow {}={}", fault, budget);
  }
  for (const std::string& who : overrides.without) {
    flags += fmt::format(" --without {}", shell_word(who));
  }
  for (const auto& [place, number] : overrides.numbers) {
    flags += fmt::format(" --number {}", shell_word(place + "=" + number));
  }
  return flags;
}

std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./=:,+@%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  // A comment begins with # at the start of a word only.
  const auto is_plain_inside = [&](unsigned char c) { return is_plain(c) || c == '#'; };
  if (!text.empty() && is_plain(static_cast<unsigned char>(text.front())) &&
      std::all_of(text.begin(), text.end(), is_plain_inside)) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace heddle
