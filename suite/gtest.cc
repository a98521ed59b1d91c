#include <string>

#include <fmt/format.h>

#include <heddle/suite/gtest.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/terminal.h>

namespace heddle {
namespace {

TextOptions plain_text() {
  TextOptions options;
  options.width = TextOptions::kWidthDefault;
  return options;
}

testing::AssertionResult judged(const Report& report, const Expectation& expectation) {
  std::vector<std::string> differing = differences(report.verdict, expectation);
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
  text += '\n';
  if (report.trace) {
    text += to_terminal(*report.trace, plain_text()) + '\n';
  }
  return testing::AssertionFailure() << text << to_text(report, plain_text());
}

class ScenarioTest : public testing::Test {
 public:
  explicit ScenarioTest(const RegisteredScenario& scenario) : scenario_(scenario) {}

  void TestBody() override { EXPECT_TRUE(as_declared(scenario_.name())); }

 private:
  const RegisteredScenario& scenario_;
};

}  // namespace

testing::AssertionResult as_declared(std::string_view scenario, const ScenarioOverrides& overrides,
                                     const CheckRequest& request) {
  try {
    PreparedScenario prepared = prepare(scenario_named(scenario), overrides);
    return judged(check_prepared(prepared, request), prepared.setup.expectation);
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

void register_google_tests() {
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    testing::RegisterTest(scenario->story.c_str(), scenario->scenario.c_str(), nullptr, nullptr,
                          scenario->place.file_name(), static_cast<int>(scenario->place.line()),
                          [scenario]() -> testing::Test* { return new ScenarioTest(*scenario); });
  }
}

}  // namespace heddle
