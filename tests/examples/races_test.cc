// The two races of the stories: found, minimal, and told by the names that their authors gave.
#include <string>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/traces/terminal.h>

namespace heddle {
namespace {

std::string trace_of(const Report& report) {
  return report.trace ? to_terminal(*report.trace, TextOptions{}) : "no trace";
}

TEST(Counter, TheLateWriteIsFoundInTheFewestEventsAndNamed) {
  const Report report = check_scenario("counter/buggy");
  EXPECT_EQ(report.verdict.property, "in_start_order(counter.counter)");
  EXPECT_EQ(report.verdict.schedule, (ScheduleText{"start users#1", "start users#2",
                                                   "start counter>journal", "deliver users#1/1"}));
  const std::string trace = trace_of(report);
  EXPECT_NE(trace.find("late write"), std::string::npos) << trace;
  EXPECT_NE(trace.find("set1"), std::string::npos) << trace;
  EXPECT_NE(trace.find("set2"), std::string::npos) << trace;
  EXPECT_NE(trace.find("counter: 2 -> 1"), std::string::npos) << trace;
}

TEST(Withdraw, TheLostUpdateIsFoundInTheFewestEventsAndNamed) {
  const Report report = check_scenario("withdraw/buggy");
  EXPECT_EQ(report.verdict.property, "atomic(bank.balance)");
  EXPECT_EQ(report.verdict.schedule.size(), 6);  // two starts, two payments, two answers
  const std::string trace = trace_of(report);
  EXPECT_NE(trace.find("stale write"), std::string::npos) << trace;
  EXPECT_NE(trace.find("bank.balance"), std::string::npos) << trace;
  EXPECT_NE(trace.find("bank.h:"), std::string::npos) << trace;
}

TEST(Withdraw, TheGuardLeaksByTheTrapOfTheCallback) {
  const Report report = check_scenario("withdraw/buggy_guard");
  EXPECT_EQ(report.verdict.property, "the guard is released");
  ASSERT_FALSE(report.verdict.schedule.empty());
  bool trapped = false;
  for (const std::string& event : report.verdict.schedule) {
    trapped = trapped || event.ends_with(" trap");
  }
  EXPECT_TRUE(trapped);
}

TEST(Withdraw, WithoutTheTrapTheGuardIsReleased) {
  const ScenarioOverrides happily{.parameters = {}, .profile = happy, .weakened = {}};
  const Verdict verdict = check_scenario("withdraw/buggy_guard", happily).verdict;
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
}

}  // namespace
}  // namespace heddle
