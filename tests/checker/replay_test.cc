#include <algorithm>

#include <gtest/gtest.h>

#include <heddle/checker/replay.h>
#include <heddle/checker/shrink.h>

#include "checker/systems.h"

namespace heddle {
namespace {

const ScheduleText kOneAfterTheOther{"start user0#1", "start bank>ledger", "deliver user0#1/1",
                                     "start user1#1", "start bank>ledger", "deliver user1#1/1"};

TEST(Replay, PerformsTheScheduleAndShowsEachStep) {
  Kernel kernel(testing::withdrawals(2));
  Stepper stepper(kernel);
  std::vector<std::string> shown;
  const Replayed replayed =
      replay(stepper, kOneAfterTheOther, ReplayMode::kStrict,
             [&](const StateVector& before, const std::vector<Event>& enabled, const Step& step,
                 const StateVector& after) {
               EXPECT_NE(before, after);
               EXPECT_NE(std::ranges::find(enabled, step.event), enabled.end());
               shown.push_back(kernel.to_text(step.event));
             });
  EXPECT_EQ(shown, kOneAfterTheOther);
  EXPECT_EQ(to_text(kernel, replayed.schedule), kOneAfterTheOther);
  EXPECT_TRUE(stepper.quiescent(replayed.end));
  EXPECT_TRUE(replayed.divergences.empty());
}

TEST(Replay, StrictFailsAtTheFirstEventThatIsNotEnabled) {
  Kernel kernel(testing::withdrawals(2));
  Stepper stepper(kernel);
  ScheduleText schedule = kOneAfterTheOther;
  schedule[2] = "deliver user1#1/1";
  try {
    replay(stepper, schedule, ReplayMode::kStrict);
    ADD_FAILURE();
  } catch (const Misuse& misuse) {
    const std::string text = misuse.what();
    EXPECT_NE(text.find("schedule line 3: \"deliver user1#1/1\" is not enabled here. Enabled: "
                        "start user1#1, deliver user0#1/1."),
              std::string::npos)
        << text;
  }
}

TEST(Replay, StrictSaysWhenALineIsNoEvent) {
  Kernel kernel(testing::withdrawals(1));
  Stepper stepper(kernel);
  try {
    replay(stepper, {"dance user0#1"}, ReplayMode::kStrict);
    ADD_FAILURE();
  } catch (const Misuse& misuse) {
    EXPECT_NE(std::string(misuse.what()).find("dance"), std::string::npos);
  }
}

TEST(Replay, LenientTakesTheNearestEventAndSaysWhere) {
  Kernel kernel(testing::withdrawals(2));
  Stepper stepper(kernel);
  ScheduleText schedule = kOneAfterTheOther;
  schedule[2] = "deliver user0#1/2";
  schedule.insert(schedule.begin() + 4, "heartbeat bank");
  const Replayed replayed = replay(stepper, schedule, ReplayMode::kLenient);
  EXPECT_EQ(to_text(kernel, replayed.schedule), kOneAfterTheOther);
  ASSERT_EQ(replayed.divergences.size(), 2);
  EXPECT_EQ(replayed.divergences[0].line, 3);
  EXPECT_EQ(replayed.divergences[0].wanted, "deliver user0#1/2");
  EXPECT_EQ(replayed.divergences[0].taken, "deliver user0#1/1");
  EXPECT_EQ(replayed.divergences[1].line, 5);
  EXPECT_EQ(replayed.divergences[1].taken, "");
  EXPECT_FALSE(replayed.divergences[1].enabled.empty());
}

Failure failing(Kernel& kernel, const ScheduleText& text) {
  Failure failure;
  for (const std::string& line : text) {
    failure.schedule.push_back(kernel.from_text(line));
  }
  return failure;
}

TEST(Shrink, LeavesOutFaultsFirstAndThenWhatDoesNotMatter) {
  Faults faults;
  faults.rejects = 1;
  Kernel kernel(testing::withdrawals(3, faults));
  Claims claims;
  claims.properties = {testing::always(
      "never 90", [](const State& now) { return testing::value(now, 0, 0) != 90; })};
  // user0's amount is 10; all else is in the way.
  const Failure failure = failing(
      kernel, {"start user2#1", "reject bank>ledger@1", "start user1#1", "start user0#1",
               "start bank>ledger", "start bank>ledger", "deliver user1#1/1", "deliver user0#1/1"});
  const Shrunk shrunk = shrink(kernel, claims, failure);
  EXPECT_TRUE(shrunk.locally_minimal);
  EXPECT_EQ(to_text(kernel, shrunk.schedule),
            (ScheduleText{"start user0#1", "start bank>ledger", "deliver user0#1/1"}));
}

TEST(Shrink, AnEnvironmentCanisterAnswersWhereItsSilenceDoesNotMatter) {
  Faults faults;
  faults.environment_silence = 1;
  heddle::System system = testing::withdrawals(2, faults);
  system.canisters[1].environment = true;
  system.canisters[1].answers[0] = {{EnvironmentAnswer::Kind::kReply, ""}};
  Kernel kernel(system);
  Claims claims;
  claims.properties = {testing::at_most_requests(1)};
  const Failure failure = failing(kernel, {"start user0#1", "start bank>ledger silent",
                                           "start user1#1", "start bank>ledger answer 1"});
  EXPECT_EQ(to_text(kernel, shrink(kernel, claims, failure).schedule),
            (ScheduleText{"start user0#1", "start bank>ledger answer 1", "start user1#1",
                          "start bank>ledger answer 1"}));
}

TEST(Shrink, AResultIsLocallyMinimal) {
  Kernel kernel(testing::withdrawals(4));
  Claims claims;
  const Failure failure =
      failing(kernel, {"start user0#1", "start user3#1", "start user1#1", "start bank>ledger",
                       "start bank>ledger", "start bank>ledger", "deliver user0#1/1",
                       "deliver user3#1/1", "deliver user1#1/1"});
  claims.properties = {testing::always("lost", [](const State& now) {
    return !(testing::value(now, 1, 0) >= 21 && testing::value(now, 0, 0) > 85);
  })};
  const Shrunk shrunk = shrink(kernel, claims, failure);
  EXPECT_TRUE(shrunk.locally_minimal);
  Stepper stepper(kernel);
  Judge judge(stepper, claims, true);
  const auto fails = [&](const Schedule& schedule) {
    StateVector state = kernel.initial();
    std::vector<Event> enabled;
    for (const Event& event : schedule) {
      stepper.enabled(state, enabled);
      if (std::ranges::find(enabled, event) != enabled.end()) {
        Stepper::apply(state, stepper.step(state, event));
        if (!judge.judge(state).sightings.empty()) {
          return true;
        }
      }
    }
    return false;
  };
  EXPECT_TRUE(fails(shrunk.schedule));
  for (std::size_t i = 0; i < shrunk.schedule.size(); ++i) {
    Schedule without = shrunk.schedule;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(fails(without)) << i;
  }
}

TEST(Shrink, WhatIsNotFinishedFailsAllTheSame) {
  Kernel kernel(testing::subsets(8));
  Claims claims;
  claims.properties = {testing::always(
      "never 128", [](const State& now) { return testing::value(now, 0, 0) < 128; })};
  ScheduleText text;
  for (int user = 0; user < 8; ++user) {
    text.push_back("start user" + std::to_string(user) + "#1");
  }
  ShrinkOptions options;
  int candidates = 0;
  options.stop = [&] { return ++candidates > 1; };
  const Shrunk shrunk = shrink(kernel, claims, failing(kernel, text), options);
  EXPECT_FALSE(shrunk.locally_minimal);
  EXPECT_EQ(shrunk.schedule.size(), 4);  // the first half could go
  EXPECT_EQ(to_text(kernel, shrunk.schedule).back(), "start user7#1");
  EXPECT_EQ(shrink(kernel, claims, failing(kernel, text)).schedule.size(), 1);
}

TEST(Shrink, ReordersTowardsFewerSwitches) {
  Kernel kernel(testing::subsets(3));
  Claims claims;
  claims.properties = {
      testing::always("never 7", [](const State& now) { return testing::value(now, 0, 0) != 7; })};
  const Failure failure = failing(kernel, {"start user2#1", "start user0#1", "start user1#1"});
  EXPECT_EQ(shrink(kernel, claims, failure).schedule.size(), 3);

  Kernel bank(testing::withdrawals(2));
  claims.properties = {testing::always(
      "not both paid", [](const State& now) { return testing::value(now, 1, 0) != 21; })};
  const Failure mixed =
      failing(bank, {"start user0#1", "start user1#1", "start bank>ledger", "start bank>ledger"});
  EXPECT_EQ(
      to_text(bank, shrink(bank, claims, mixed).schedule),
      (ScheduleText{"start user0#1", "start bank>ledger", "start user1#1", "start bank>ledger"}));
}

}  // namespace
}  // namespace heddle
