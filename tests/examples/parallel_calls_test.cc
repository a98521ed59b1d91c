// The limit on calls in flight, over all schedules and for many sizes: N3.
#include <algorithm>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace heddle {
namespace {

ScenarioOverrides sizes(int calls, int limit) {
  return {.parameters = {{"calls", std::to_string(calls)}, {"limit", std::to_string(limit)}},
          .profile = {},
          .weakened = {}};
}

TEST(N3, ParallelCallsReturnTheMinimumOfNAndTheLimit) {
  for (int calls = 0; calls <= 5; ++calls) {
    for (int limit = 1; limit <= 4; ++limit) {
      EXPECT_TRUE(as_declared("parallel_calls/parallel", sizes(calls, limit)));
      const Verdict verdict =
          check_scenario("parallel_calls/parallel", sizes(calls, limit)).verdict;
      EXPECT_EQ(verdict.peaks.at("in flight caller > callee"),
                static_cast<std::uint64_t>(std::min(calls, limit)));
    }
  }
}

TEST(N3, TheRunsOfTheSampleEndAsItSays) {
  for (const std::string run :
       {"sequential_100", "parallel_100", "sequential_2000", "parallel_2000"}) {
    const Report in_order = check_scenario("parallel_calls/" + run);
    EXPECT_EQ(in_order.verdict.answered, Answered::kIncomplete) << in_order.verdict.why;
    EXPECT_EQ(in_order.verdict.bound, "one_schedule");
    EXPECT_EQ(in_order.verdict.quiescent, 1);
    const Report sampled = check_scenario("parallel_calls/" + run + "_sampled");
    EXPECT_EQ(sampled.verdict.answered, Answered::kIncomplete) << sampled.verdict.why;
    EXPECT_EQ(sampled.verdict.bound, "sampled");
  }
}

TEST(N3, TwoParallelCallsNeverHaveMoreThanTheLimitInFlight) {
  const Verdict verdict = check_scenario("parallel_calls/two_callers").verdict;
  EXPECT_EQ(verdict.peaks.at("in flight caller > callee"), 3);
}

TEST(N3, FailureUnderLoadNeedsAsManyUsersAsSlotsAndOneMore) {
  // The counterexample is all three users' starts: the third finds two calls in flight.
  const Verdict verdict = check_scenario("parallel_calls/buggy_load").verdict;
  ASSERT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_GE(std::ranges::count_if(
                verdict.schedule,
                [](const std::string& event) { return event.find('#') != std::string::npos; }),
            3);
}

}  // namespace
}  // namespace heddle
