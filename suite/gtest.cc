#include <algorithm>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/gtest.h>
#include <heddle/suite/internal/attempt.h>
#include <heddle/suite/internal/claims_nothing.h>
#include <heddle/suite/internal/github.h>
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

/// Throws nothing: what ends it is in the attempt.
internal::Attempt attempted(std::string_view scenario, const ScenarioOverrides& overrides,
                            const CheckRequest& request) {
  internal::Attempt attempt;
  attempt.name = scenario;
  attempt.expects = true;
  try {
    const RegisteredScenario& registered = scenario_named(scenario);
    attempt.place = internal::place_of(registered);
    PreparedScenario prepared = prepare(registered, overrides);
    const internal::Regressions stored(attempt.name);
    if (request.regressions) {
      attempt.regressions = stored.replay(registered, overrides);
    }
    attempt.report = check_prepared(prepared, request);
    const Expectation& expectation = prepared.setup.expectation;
    attempt.differences = differences(attempt.report.verdict, expectation);
    if (request.regressions) {
      attempt.kept = stored.keep(attempt.report, expectation, attempt.regressions);
    }
  } catch (...) {
    attempt.failed = internal::failed_by_current_exception();
  }
  const bool passes = !attempt.failed && attempt.differences.empty() &&
                      attempt.report.one_schedule.empty() &&
                      !internal::still_fails(attempt.regressions);
  attempt.code = passes           ? internal::kVerifiedCode
                 : attempt.failed ? attempt.failed->code
                                  : internal::kViolatedCode;
  return attempt;
}

testing::AssertionResult judged(const internal::Attempt& attempt) {
  const Report& report = attempt.report;
  if (attempt.failed) {
    return testing::AssertionFailure() << attempt.name << ": " << attempt.failed->text;
  }
  if (attempt.code == internal::kVerifiedCode) {
    return testing::AssertionSuccess() << report.name << " is " << report.expected;
  }
  std::vector<std::string> sentences = attempt.differences;
  if (!report.one_schedule.empty()) {
    sentences.push_back(report.one_schedule);
  }
  for (const internal::Regression& regression : attempt.regressions) {
    if (regression.state == internal::Regression::State::kStillFails) {
      sentences.push_back(fmt::format("{} {}", regression.file, regression.sentence));
    }
  }
  if (attempt.kept) {
    sentences.push_back(*attempt.kept);
  }
  std::string text = fmt::format("{} is not as declared:\n", report.name);
  for (const std::string& sentence : sentences) {
    text += fmt::format("  {}\n", sentence);
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

  void TestBody() override {
    const internal::Attempt attempt = attempted(scenario_.name(), {}, request_);
    for (const internal::Regression& regression : attempt.regressions) {
      std::cerr << fmt::format("{}: {}\n", regression.file, regression.sentence);
    }
    if (const auto github = internal::GitHub::from_environment();
        github && attempt.code != internal::kVerifiedCode) {
      github->tell(std::span(&attempt, 1), std::cerr);
    }
    const testing::AssertionResult result = judged(attempt);
    EXPECT_TRUE(result);
  }

 private:
  const RegisteredScenario& scenario_;
  CheckRequest request_;
};

class FailingTest : public testing::Test {
 public:
  explicit FailingTest(std::string why) : why_(std::move(why)) {}

  void TestBody() override { FAIL() << why_; }

 private:
  std::string why_;
};

}  // namespace

testing::AssertionResult as_declared(std::string_view scenario, const ScenarioOverrides& overrides,
                                     const CheckRequest& request) {
  return judged(attempted(scenario, overrides, request));
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
  const std::vector<const RegisteredScenario*> suite = Registry::instance().all();
  if (const auto told = internal::claims_nothing_of(suite)) {
    testing::RegisterTest("Suite", "ClaimsSomething", nullptr, nullptr, __FILE__, __LINE__,
                          [told]() -> testing::Test* { return new FailingTest(*told); });
  }
  for (const RegisteredScenario* scenario : suite) {
    testing::RegisterTest(
        scenario->story.c_str(), scenario->scenario.c_str(), nullptr, nullptr,
        scenario->place.file_name(), static_cast<int>(scenario->place.line()),
        [scenario, request]() -> testing::Test* { return new ScenarioTest(*scenario, request); });
  }
}

}  // namespace heddle
