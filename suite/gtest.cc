#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/replay.h>
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

/// The events of `trace`, and then the first of what must happen until nothing must, or for as long
/// as anybody would look.
ScheduleText gone_on_with(const Trace& trace, Kernel& kernel) {
  constexpr std::size_t kEventsMax = 1000;
  ScheduleText schedule = trace.schedule();
  Stepper stepper(kernel);
  StateVector state = replay(stepper, schedule, ReplayMode::kStrict).end;
  std::vector<Event> enabled;
  while (schedule.size() < kEventsMax) {
    stepper.enabled(state, enabled);
    const auto event =
        std::ranges::find_if(enabled, [](const Event& e) { return !e.is_optional(); });
    if (event == enabled.end()) {
      break;
    }
    schedule.push_back(kernel.to_text(*event));
    Stepper::apply(state, stepper.step(state, *event));
  }
  return schedule;
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

testing::AssertionResult no_longer_fails(std::string_view scenario, const ScheduleText& schedule,
                                         const ScenarioOverrides& overrides) {
  try {
    PreparedScenario prepared = prepare(scenario_named(scenario), overrides);
    Trace trace = replay_prepared(prepared, schedule, {}, ReplayMode::kLenient);
    const std::vector<std::string> divergences = trace.divergences;
    if (trace.property.empty()) {
      trace = replay_prepared(prepared, gone_on_with(trace, *prepared.kernel));
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

void register_google_tests() {
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    testing::RegisterTest(scenario->story.c_str(), scenario->scenario.c_str(), nullptr, nullptr,
                          scenario->place.file_name(), static_cast<int>(scenario->place.line()),
                          [scenario]() -> testing::Test* { return new ScenarioTest(*scenario); });
  }
}

}  // namespace heddle
