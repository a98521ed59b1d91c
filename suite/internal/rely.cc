// rely: what do you rely on? The scenario again with each guarantee given up and each fault
// allowed, one at a time, and which properties fail then.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/counterexamples.h>
#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>

namespace heddle::internal {
namespace {

/// One change of the environment, and what came of it.
struct Row {
  std::string given_up;
  std::string what;
  std::string verdict;
  std::string fails;
  int code = kVerifiedCode;
  bool has_bounded_waits = false;
};

/// Asked for only where canisters are stopped or upgraded at all.
bool is_of_lifecycle(const FaultName& fault) {
  return fault.budget == &Faults::stops || fault.budget == &Faults::upgrades ||
         fault.budget == &Faults::open_upgrades || fault.budget == &Faults::uninstalls ||
         fault.budget == &Faults::snapshots;
}

std::string counted_events(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "event" : "events");
}

/// The properties that fail, with the length of the shortest schedule for each.
std::string failing_properties(PreparedScenario& scenario, const Verdict& verdict) {
  const auto any = [](const Failure&) { return std::string(); };
  const Counterexamples all = counterexamples(*scenario.kernel, scenario.setup.claims, any);
  std::vector<std::string> names;
  bool has_first = false;
  for (const Counterexample& one : all.found) {
    const std::string name = scenario.setup.claims.properties[one.failure.property]->name();
    has_first = has_first || name == verdict.property;
    names.push_back(fmt::format("{} ({})", name, counted_events(one.failure.schedule.size())));
  }
  if (!has_first) {
    names.insert(names.begin(),
                 fmt::format("{} ({})", verdict.property, counted_events(verdict.schedule.size())));
  }
  return fmt::format("{}{}", fmt::join(names, ", "), all.finished ? "" : ", perhaps others");
}

/// What a search found that violated nothing: outcomes that are not those declared, or nothing.
std::string other_outcomes(const Verdict& verdict, const Expectation& expectation) {
  Expectation of_outcomes;
  of_outcomes.outcomes = expectation.outcomes;
  const std::vector<std::string> found = differences(verdict, of_outcomes);
  return found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, "; "));
}

/// Throws Misuse where the scenario cannot be checked so.
Row tried(const RegisteredScenario& registered, const ScenarioOverrides& overrides,
          const CommandLine& line, const Console& console) {
  Row row;
  PreparedScenario scenario = prepare(registered, overrides);
  const Report report = checked(scenario, line, console);
  const Verdict& verdict = report.verdict;
  row.verdict = to_string(verdict.answered);
  row.code = exit_code(verdict);
  row.has_bounded_waits = verdict.scope.find("bounded-wait") != std::string::npos;
  if (verdict.answered == Answered::kViolated) {
    row.fails = failing_properties(scenario, verdict);
  } else if (verdict.answered == Answered::kIncomplete) {
    row.fails = fmt::format("nothing so far ({})", verdict.bound);
  } else {
    row.fails = other_outcomes(verdict, scenario.setup.expectation);
  }
  return row;
}

std::vector<Row> rows_of(const RegisteredScenario& registered, const CommandLine& line,
                         const Console& console) {
  const ScenarioOverrides base = overrides_for(line, registered, true);
  std::vector<Row> rows;
  const auto add = [&](std::string_view name, std::string_view what,
                       const ScenarioOverrides& overrides) {
    Row row;
    try {
      row = tried(registered, overrides, line, console);
    } catch (const Misuse& misuse) {
      if (rows.empty()) {
        throw;  // the scenario as it stands
      }
      const std::string_view why = misuse.what();
      row.verdict = "stopped";
      row.fails = why.substr(0, why.find('\n'));
    }
    row.given_up = name;
    row.what = what;
    rows.push_back(std::move(row));
  };
  add("-", "as it stands", base);
  for (const GuaranteeName& guarantee : guarantee_names()) {
    if (std::ranges::find(base.weakened, guarantee.name) == base.weakened.end()) {
      ScenarioOverrides weaker = base;
      weaker.weakened.emplace_back(guarantee.name);
      add(guarantee.name, guarantee.what, weaker);
    }
  }
  const System system = prepare(registered, base).setup.system;
  const bool is_managed = system.is_managed();
  for (const FaultName& fault : fault_names()) {
    if (!can_happen(system, fault) || (is_of_lifecycle(fault) && !is_managed) ||
        (fault.budget == &Faults::expiries && !rows.front().has_bounded_waits)) {
      continue;
    }
    ScenarioOverrides harsher = base;
    const int before = system.faults.*fault.budget;
    harsher.allowed[std::string(fault.name)] = before + 1;
    add(fmt::format("{} {}", fault.rule, fault.name),
        before == 0 ? std::string(fault.what)
                    : fmt::format("{}, {} times instead of {}", fault.what, before + 1, before),
        harsher);
  }
  return rows;
}

}  // namespace

int run_rely(const CommandLine& line, const Console& console) {
  std::vector<int> codes;
  for (const RegisteredScenario& scenario : selected(line)) {
    const std::vector<Row> rows = rows_of(scenario, line, console);
    Table table({{"given up"}, {"which is"}, {"verdict"}, {"what fails then"}});
    for (const Row& row : rows) {
      table.add({row.given_up, row.what, row.verdict, row.fails});
    }
    console.out << fmt::format("{}{}\n{}\n", codes.empty() ? "" : "\n", scenario.name(),
                               table.to_text(text_width(text_options(line, console))));
    // Only the system as it stands is claimed to hold; the rest is asked.
    codes.push_back(rows.front().code);
  }
  return worst(codes);
}

}  // namespace heddle::internal
