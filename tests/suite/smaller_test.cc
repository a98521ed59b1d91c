// Counterexamples with as little of the scenario as they need.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/suite/internal/smaller.h>
#include <heddle/traces/export/gtest_case.h>
#include <heddle/traces/kind.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

using Kind = TraceTried::Kind;
using Came = TraceTried::Came;

RegisteredScenario scenario_of(std::function<void(Scenario&)> describe) {
  RegisteredScenario scenario;
  scenario.story = "crowd";
  scenario.scenario = "buggy";
  scenario.describe = std::move(describe);
  return scenario;
}

/// Two payments of the many lose one of them.
void crowd(Scenario& s) {
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  for (int i = 0; i < s.param("others", 1); ++i) {
    s.user(fmt::format("other{}", i)).calls(clerk, &Clerk::confirm);
  }
  auto alice = s.user("alice");
  alice.calls(clerk, &Clerk::confirm);
  alice.calls(till, &Till::careless, Nat(30));
  s.user("bob").calls(till, &Till::careless, Nat(20));
  s.profile(happy);
  s.atomic(till, &Till::cash);
}

Trace smaller(const RegisteredScenario& scenario, const ScenarioOverrides& overrides = {},
              const heddle::internal::SmallerOptions& options = {}) {
  PreparedScenario prepared = prepare(scenario, overrides);
  const Report report = check_prepared(prepared);
  EXPECT_TRUE(report.trace);
  return heddle::internal::made_smaller(scenario, overrides, *report.trace, {}, options);
}

std::vector<std::string> tried(const Trace& trace, Came came) {
  std::vector<std::string> texts;
  for (const TraceTried& one : trace.tried) {
    if (one.came == came) {
      texts.push_back(one.what);
    }
  }
  return texts;
}

std::string setting(const Trace& trace, const std::string& name) {
  const auto found =
      std::ranges::find(trace.settings, name, &std::pair<std::string, std::string>::first);
  return found == trace.settings.end() ? std::string() : found->second;
}

TEST(Smaller, LeavesOutUsersCallsParametersAndSizesOfNumbers) {
  const Trace trace = smaller(scenario_of(crowd));
  EXPECT_EQ(setting(trace, "--without"), "alice#1,other0");
  EXPECT_EQ(setting(trace, "--number"), "alice#2.1=2,bob#1.1=1");
  EXPECT_EQ(trace.users, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_EQ(trace.steps.size(), 6U);
  EXPECT_EQ(trace.minimality, "shortest of its kind");
  const std::vector<std::string> left_out = tried(trace, Came::kLeftOut);
  for (const char* what : {"user other0: confirm()", "alice#1 confirm()", "20 in bob#1: 1 will do",
                           "30 in alice#2: 2 will do"}) {
    EXPECT_NE(std::ranges::find(left_out, what), left_out.end()) << what;
  }
  const std::vector<std::string> needed = tried(trace, Came::kNeeded);
  for (const char* what : {"user alice: careless(2)", "user bob: careless(1)"}) {
    EXPECT_NE(std::ranges::find(needed, what), needed.end()) << what;
  }
  EXPECT_TRUE(tried(trace, Came::kNotEstablished).empty());
}

TEST(Smaller, ParametersComeFirst) {
  const Trace trace = smaller(scenario_of(crowd), {.parameters = {{"others", "2"}}});
  EXPECT_EQ(setting(trace, "others"), "1");
  const std::vector<std::string> left_out = tried(trace, Came::kLeftOut);
  EXPECT_NE(std::ranges::find(left_out, "2 as others: 1 will do"), left_out.end());
}

TEST(Smaller, WhatWasLeftOutBeforeStaysLeftOut) {
  const Trace trace = smaller(scenario_of(crowd), {.without = {"other0"}});
  EXPECT_EQ(setting(trace, "--without"), "alice#1,other0");
}

TEST(Smaller, TheTraceReplaysFromItsSettings) {
  const RegisteredScenario scenario = scenario_of(crowd);
  const Trace trace = smaller(scenario);
  ScenarioOverrides overrides;
  overrides.without = {"alice#1", "other0"};
  overrides.numbers = {{"alice#2.1", "2"}, {"bob#1.1", "1"}};
  EXPECT_EQ(settings_of(overrides), trace.settings);
  PreparedScenario again = prepare(scenario, overrides);
  const Trace replayed = replay_prepared(again, trace.schedule());
  EXPECT_EQ(replayed.property, "atomic(till.cash)");
  EXPECT_EQ(kind_of(replayed), kind_of(trace));
  EXPECT_NE(trace.repro.find("--without alice#1 --without other0 --number alice#2.1=2"),
            std::string::npos)
      << trace.repro;
  const std::string test = to_gtest_case(trace);
  EXPECT_NE(test.find(R"(.without = {"alice#1", "other0"})"), std::string::npos) << test;
  EXPECT_NE(test.find(R"(.numbers = {{"alice#2.1", "2"}, {"bob#1.1", "1"}})"), std::string::npos)
      << test;
}

TEST(Smaller, FaultsThatAreNotNeededGo) {
  const RegisteredScenario scenario = scenario_of([](Scenario& s) {
    const auto clerk = s.install<Clerk>("clerk");
    const auto till = s.install<Till>("till", clerk);
    s.user("alice").calls(till, &Till::careless, Nat(10));
    s.profile(happy);
    s.faults().resubmissions = 1;
    s.always("nothing is paid", [=](const State& now) { return now[till].cash == 100; });
  });
  PreparedScenario prepared = prepare(scenario);
  const ScheduleText sent_again{"start alice#1", "resubmit alice#1", "start till>clerk",
                                "deliver alice#1/1"};
  Verdict verdict;
  verdict.answered = Answered::kViolated;
  verdict.property = "nothing is paid";
  verdict.schedule = sent_again;
  const Trace found = replay_prepared(prepared, sent_again, verdict);
  ASSERT_TRUE(std::ranges::any_of(found.steps, &TraceStep::is_fault));
  const Trace trace = heddle::internal::made_smaller(scenario, {}, found);
  EXPECT_TRUE(std::ranges::none_of(trace.steps, &TraceStep::is_fault));
  EXPECT_EQ(trace.steps.size(), 3U);
}

TEST(Smaller, AFaultThatIsNeededIsSaidToBe) {
  const RegisteredScenario scenario = scenario_of([](Scenario& s) {
    const auto clerk = s.install<Clerk>("clerk");
    const auto till = s.install<Till>("till", clerk);
    s.user("alice").calls(till, &Till::careful, Nat(10));
    s.user("bob").calls(till, &Till::careful, Nat(20));
    s.profile(happy);
    s.faults().rejects = 2;
    const auto call = s.user("alice").calls(till, &Till::careful, Nat(5));
    s.answers("alice is served", call, [](const Outcome<>& got) { return got.replied(); });
    s.without("no unexpected trap");
  });
  const Trace trace = smaller(scenario);
  const std::vector<std::string> needed = tried(trace, Came::kNeeded);
  EXPECT_NE(std::ranges::find(needed, "fault D8: a request is rejected before it executes"),
            needed.end());
  EXPECT_EQ(setting(trace, "--without"), "alice#1,bob");
}

TEST(Smaller, ACallWhoseAnswerIsAskedForStays) {
  const RegisteredScenario scenario = scenario_of([](Scenario& s) {
    const auto clerk = s.install<Clerk>("clerk");
    const auto till = s.install<Till>("till", clerk);
    const auto first = s.user("alice").calls(till, &Till::careless, Nat(30));
    const auto second = s.user("bob").calls(till, &Till::careless, Nat(20));
    s.user("carol").calls(clerk, &Clerk::confirm);
    s.profile(happy);
    s.finally("paid and noted", [=](const State& end) {
      return end.result(first) && end.result(second) && end[till].cash == 50;
    });
  });
  const Trace trace = smaller(scenario);
  EXPECT_EQ(setting(trace, "--without"), "carol");
  const std::vector<std::string> needed = tried(trace, Came::kNeeded);
  EXPECT_TRUE(std::ranges::any_of(needed, [](const std::string& text) {
    return text.starts_with("user alice:") && text.ends_with("(the property asks for its answer)");
  }));
}

TEST(Smaller, WhatAlwaysFailsWithoutAUserIsNoSmallerCounterexample) {
  // Without bob it would be 70 in every order: that is not what went wrong.
  const RegisteredScenario scenario = scenario_of([](Scenario& s) {
    const auto clerk = s.install<Clerk>("clerk");
    const auto till = s.install<Till>("till", clerk);
    s.user("alice").calls(till, &Till::careless, Nat(30));
    s.user("bob").calls(till, &Till::careless, Nat(20));
    s.profile(happy);
    s.finally("both are paid", [=](const State& end) { return end[till].cash == 50; });
  });
  const Trace trace = smaller(scenario);
  EXPECT_TRUE(trace.settings.empty());
  EXPECT_EQ(tried(trace, Came::kFailsOtherwise).size(), 4U);  // users and numbers
}

TEST(Smaller, WhatWasNotSearchedToItsEndIsNotEstablished) {
  heddle::internal::SmallerOptions options;
  options.states_max = 3;
  const Trace trace = smaller(scenario_of(crowd), {}, options);
  EXPECT_FALSE(tried(trace, Came::kNotEstablished).empty());
  EXPECT_TRUE(tried(trace, Came::kNeeded).empty() ||
              tried(trace, Came::kNeeded).front().starts_with("step"));
}

TEST(Smaller, ExplainShowsItAndCheckWhenAsked) {
  const Ran explained = heddle({"explain", "till/buggy"});
  EXPECT_TRUE(contains(explained.out, "Needed: without it, it fails in another way only"))
      << explained.out;
  EXPECT_FALSE(contains(heddle({"explain", "till/buggy", "--no-shrink"}).out, "Needed:"));
  EXPECT_FALSE(contains(heddle({"check", "till/buggy"}).out, "Needed:"));
  EXPECT_TRUE(contains(heddle({"check", "till/buggy", "--shrink"}).out, "Needed:"));
  EXPECT_TRUE(contains(heddle({"export", "till/buggy", "--shrink"}).out, "Needed:"));
}

TEST(Smaller, CallsAreLeftOutOnTheCommandLine) {
  const Ran alone = heddle({"check", "till/buggy", "--without", "user2"});
  EXPECT_TRUE(contains(alone.out, "without user2")) << alone.out;
  EXPECT_EQ(heddle({"check", "till/buggy", "--without", "nobody"}).code, 64);
  EXPECT_EQ(heddle({"check", "till/buggy", "--number", "user1#1.1"}).code, 64);
  const Ran changed =
      heddle({"replay", "till/buggy", "--number", "user1#1.1=5", "--schedule", "start user1#1"});
  EXPECT_TRUE(contains(changed.out, "careless(5)")) << changed.out;
}

}  // namespace
}  // namespace heddle::testing
