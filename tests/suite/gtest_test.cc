#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <heddle/suite/gtest.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

TEST(AsDeclared, PassesWhenTheResultIsTheDeclaredOne) {
  EXPECT_TRUE(as_declared("till/buggy"));
  EXPECT_TRUE(as_declared("till/fixed_write_first"));
  EXPECT_TRUE(as_declared("till/fixed_write_first", {.parameters = {{"users", "3"}}}));
  EXPECT_TRUE(as_declared("till/sampled"));
}

TEST(AsDeclared, FailsWithWhatDiffersAndTheTrace) {
  const ::testing::AssertionResult verified = as_declared("wrong/expectation");
  EXPECT_FALSE(verified);
  EXPECT_TRUE(contains(verified.message(), "the verdict is VERIFIED, expected VIOLATED"));

  const ::testing::AssertionResult bug = as_declared("wrong/bug", {}, {.regressions = false});
  EXPECT_FALSE(bug);
  const std::string text = bug.message();
  EXPECT_TRUE(contains(text, "the verdict is VIOLATED (both are paid), expected VERIFIED")) << text;
  EXPECT_TRUE(contains(text, "VIOLATED both are paid (finally) in wrong/bug")) << text;
  EXPECT_TRUE(contains(text, "heddle replay wrong/bug --schedule")) << text;
}

TEST(AsDeclared, FailsForOneScheduleUnlessItIsDeclared) {
  EXPECT_TRUE(as_declared("alone/said"));
  const ::testing::AssertionResult unsaid = as_declared("alone/unsaid");
  EXPECT_FALSE(unsaid);
  EXPECT_TRUE(contains(unsaid.message(), "the scenario allows one schedule only"));
}

TEST(AsDeclared, FailsWithTheTextOfAMisuse) {
  EXPECT_TRUE(contains(as_declared("wrong/scenario").message(), "clerk"));
  EXPECT_TRUE(contains(as_declared("till/bugy").message(), "did you mean till/buggy?"));
}

TEST(StillFails, IsTrueOfAStoredTrace) {
  const std::string file = ::testing::TempDir() + "still_fails.json";
  ASSERT_EQ(heddle({"check", "till/buggy", "--trace", file}).code, 1);
  EXPECT_TRUE(still_fails(file));
  EXPECT_FALSE(still_fails(file + ".missing"));
}

ScheduleText counterexample() {
  return check_scenario("till/buggy").verdict.schedule;
}

TEST(NoLongerFails, IsFalseWhileAPropertyFailsAndShowsTheTrace) {
  const ::testing::AssertionResult result = no_longer_fails("till/buggy", counterexample());
  EXPECT_FALSE(result);
  EXPECT_TRUE(contains(result.message(), "both are paid")) << result.message();
  EXPECT_TRUE(contains(result.message(), "till.cash")) << result.message();
}

TEST(NoLongerFails, IsTrueOfTheFixedForm) {
  const ::testing::AssertionResult result =
      no_longer_fails("till/fixed_write_first", counterexample());
  EXPECT_TRUE(result) << result.message();
}

TEST(NoLongerFails, GoesOnWhereTheScheduleEnds) {
  EXPECT_FALSE(no_longer_fails("till/buggy", {"start user1#1", "start user2#1"}));
  EXPECT_TRUE(
      no_longer_fails("till/buggy", {"start user1#1", "start till>clerk", "deliver user1#1/1"}))
      << "one after the other both are paid";
}

TEST(NoLongerFails, LeavesOutWhatIsNotPossibleAndSaysSo) {
  ScheduleText schedule = counterexample();
  schedule.insert(schedule.begin(), "drop user1#1");
  const ::testing::AssertionResult result = no_longer_fails("till/fixed_write_first", schedule);
  EXPECT_TRUE(result);
  EXPECT_TRUE(contains(result.message(), "line 1: drop user1#1 was not enabled"))
      << result.message();
}

TEST(NoLongerFails, FailsWithTheTextOfAMisuse) {
  EXPECT_TRUE(contains(no_longer_fails("till/bugy", {}).message(), "did you mean till/buggy?"));
  EXPECT_TRUE(contains(no_longer_fails("till/buggy", {}, {.parameters = {{"size", "2"}}}).message(),
                       "size"));
}

}  // namespace
}  // namespace heddle::testing
