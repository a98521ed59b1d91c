#include "checker/rare_bugs.h"

#include <gtest/gtest.h>

#include <heddle/checker/strategy.h>

namespace heddle {
namespace {

using testing::rare_bug;
using testing::rare_bugs;
using testing::RareBug;

/// The number of the first schedule that fails.
std::optional<std::uint64_t> first_hit(const RareBug& bug, Strategy strategy, std::uint64_t seed,
                                       std::uint64_t schedules_max) {
  CheckOptions options;
  options.strategy = strategy;
  options.seed = seed;
  options.schedules = schedules_max;
  options.threads = 1;
  const Verdict verdict = check(bug.system, bug.claims, options);
  if (verdict.answered != Answered::kViolated) {
    return std::nullopt;
  }
  return verdict.schedules - 1;
}

TEST(RareBugs, AreReachableAndNotOnEverySchedule) {
  for (const unsigned depth : {2U, 3U}) {
    for (const unsigned contexts : {2U, 3U}) {
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const RareBug bug = rare_bug(depth, contexts, seed);
        EXPECT_EQ(check(bug.system, bug.claims, {}).answered, Answered::kViolated) << bug.name();
        const Verdict unjudged = check(bug.system, {}, {});
        EXPECT_EQ(unjudged.depth, bug.events()) << bug.name();
        CheckOptions sampled;
        sampled.strategy = Strategy::kRandom;
        sampled.schedules = 100;
        Claims other;
        other.outcome_sets = {{"counter", [](const State& end) {
                                 return std::to_string(testing::value(end, 0, 0));
                               }}};
        EXPECT_GT(check(bug.system, other, sampled).outcomes.at("counter").size(), 1) << bug.name();
      }
    }
  }
}

class EachStrategy : public ::testing::TestWithParam<Strategy> {};

TEST_P(EachStrategy, FindsEachBugOfDepthTwoAndThree) {
  constexpr std::uint64_t kSchedulesMax = 3'000;
  for (const RareBug& bug : rare_bugs()) {
    if (bug.depth > 3) {
      continue;
    }
    const auto hit = first_hit(bug, GetParam(), 1, kSchedulesMax);
    EXPECT_TRUE(hit.has_value()) << to_string(GetParam()) << ": " << bug.name() << ", not in "
                                 << kSchedulesMax;
    if (hit) {
      RecordProperty(bug.name(), static_cast<int>(*hit));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, EachStrategy,
                         ::testing::Values(Strategy::kRandom, Strategy::kPct, Strategy::kPos,
                                           Strategy::kUrw, Strategy::kSurw, Strategy::kDelay,
                                           Strategy::kPortfolio),
                         [](const auto& strategy) {
                           return std::string(to_string(strategy.param));
                         });

}  // namespace
}  // namespace heddle
