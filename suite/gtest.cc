#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/gtest.h>
#include <heddle/suite/internal/gone_on_with.h>
#include <heddle/suite/internal/regressions.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/terminal.h>

namespace heddle {
namespace {

TextOptions plain_text() {
  TextOptions options;
  options.width = TextOptions::kWidthDefault;
  return options;
}

testing::AssertionResult judged(const Report& report, const Expectation& expectation,
                                const std::vector<internal::Regression>& regressions,
                                const std::optional<std::string>& kept) {
  std::vector<std::string> differing = differences(report.verdict, expectation);
  for (const internal::Regression& regression : regressions) {
    if (regression.state == internal::Regression::State::kStillFails) {
      differing.push_back(fmt::format("{} {}", regression.file, regression.sentence));
    }
  }
  if (!report.one_schedule.empty()) {
    differing.push_back(report.one_schedule);
  }
  if (differing.empty()) {
    return testing::AssertionSuccess() << report.name << " is " << report.expected;
  }
  std::string text = fmt::format("{} is not as declared:\n", report.name);
  for (const std::string& difference : differing) {
    text += fmt::format("  {}\n", difference);
  }
  if (kept) {
    text += fmt::format("  {}\n", *kept);
  }
  text += '\n';
  if (report.trace) {
    text += to_terminal(*report.trace, plain_text()) + '\n';
  }
  return testing::AssertionFailure() << text << to_text(report, plain_text());
}

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(const RegisteredScenario& scenario, const CheckRequest& request)
      : scenario_(scenario), request_(request) {}

  void TestBody() override { EXPECT_TRUE(as_declared(scenario_.name(), {}, request_)); }

 private:
  const RegisteredScenario& scenario_;
  CheckRequest request_;
};

}  // namespace

testing::AssertionResult as_declared(std::string_view scenario, const ScenarioOverrides& overrides,
                                     const CheckRequest& request) {
  try {
    const RegisteredScenario& registered = scenario_named(scenario);
    PreparedScenario prepared = prepare(registered, overrides);
    const internal::Regressions stored(registered.name());
    std::vector<internal::Regression> regressions;
    if (request.regressions) {
      regressions = stored.replay(registered, overrides);
    }
    for (const internal::Regression& regression : regressions) {
      std::cerr << fmt::format("{}: {}\n", regression.file, regression.sentence);
    }
    const Report report = check_prepared(prepared, request);
    const Expectation& expectation = prepared.setup.expectation;
    std::optional<std::string> kept;
    if (request.regressions) {
      kept = stored.keep(report, expectation, regressions);
    }
    return judged(report, expectation, regressions, kept);
  } catch (...) {
    return testing::AssertionFailure()
           << scenario << ": " << internal::failed_by_current_exception().text;
  }
}

testing::AssertionResult still_fails(const std::string& trace_file) {
  try {
    internal::CommandLine line;
    line.program = "heddle";
    line.verb = internal::Verb::kReplay;
    const internal::Again again = internal::replay_file(line, trace_file, ReplayMode::kStrict);
    const std::string& property = again.trace.property;
    if (!property.empty() && property == again.failed_before) {
      return testing::AssertionSuccess() << property << " is violated, as before";
    }
    return testing::AssertionFailure()
           << fmt::format("{}: \"{}\" was violated, now {}\n\n", trace_file, again.failed_before,
                          property.empty() ? "nothing is" : fmt::format("\"{}\" is", property))
           << to_terminal(again.trace, plain_text());
  } catch (...) {
    return testing::AssertionFailure() << internal::failed_by_current_exception().text;
  }
}

testing::AssertionResult no_longer_fails(std::string_view scenario, const ScheduleText& schedule,
                                         const ScenarioOverrides& overrides) {
  try {
    PreparedScenario prepared = prepare(scenario_named(scenario), overrides);
    Trace trace = replay_prepared(prepared, schedule, {}, ReplayMode::kLenient);
    const std::vector<std::string> divergences = trace.divergences;
    if (trace.property.empty()) {
      trace = replay_prepared(prepared, internal::gone_on_with(trace.schedule(), *prepared.kernel));
    }
    if (trace.property.empty()) {
      return testing::AssertionSuccess()
             << "no property of " << scenario << " fails"
             << (divergences.empty() ? "" : fmt::format("; {}", fmt::join(divergences, "; ")));
    }
    trace.divergences = divergences;
    return testing::AssertionFailure() << to_terminal(trace, plain_text());
  } catch (...) {
    return testing::AssertionFailure()
           << scenario << ": " << internal::failed_by_current_exception().text;
  }
}

void register_google_tests(const CheckRequest& request) {
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    testing::RegisterTest(
        scenario->story.c_str(), scenario->scenario.c_str(), nullptr, nullptr,
        scenario->place.file_name(), static_cast<int>(scenario->place.line()),
        [scenario, request]() -> testing::Test* { return new ScenarioTest(*scenario, request); });
  }
}

}  // namespace heddle
