#include <cctype>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using testing::conserved;
using testing::expect_equal;

CheckOptions sampling(Strategy strategy, unsigned threads = 1, std::uint64_t schedules = 300) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = threads;
  options.schedules = schedules;
  return options;
}

Claims claiming(std::shared_ptr<const Property> property) {
  Claims claims;
  claims.properties = {std::move(property)};
  return claims;
}

class Sampling : public ::testing::TestWithParam<Strategy> {};

TEST_P(Sampling, IsNeverAProof) {
  const Verdict verdict = check(testing::withdrawals(2), testing::questions_about_withdrawals(),
                                sampling(GetParam(), 2));
  EXPECT_EQ(verdict.answered, Answered::kIncomplete);
  EXPECT_EQ(verdict.bound, "sampled");
  EXPECT_EQ(verdict.coverage, "300 schedules, none failed; not a proof");
  EXPECT_EQ(verdict.schedules, 300);
  EXPECT_EQ(verdict.seed, 1);
}

TEST_P(Sampling, IsTheSameOnAnyNumberOfThreads) {
  Faults faults;
  faults.rejects = 1;
  for (const bool violated : {false, true}) {
    Claims claims = testing::questions_about_withdrawals();
    if (violated) {
      claims.properties.push_back(conserved());
    }
    const System system = testing::withdrawals(3, faults);
    const Verdict one = check(system, claims, sampling(GetParam(), 1));
    EXPECT_EQ(one.answered, violated ? Answered::kViolated : Answered::kIncomplete);
    for (const unsigned threads : {2U, 4U}) {
      expect_equal(one, check(system, claims, sampling(GetParam(), threads)));
    }
  }
}

TEST_P(Sampling, FindsTheLostUpdateAndShrinksIt) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CheckOptions options = sampling(GetParam());
    options.seed = seed;
    const Verdict verdict = check(testing::withdrawals(2), claiming(conserved()), options);
    ASSERT_EQ(verdict.answered, Answered::kViolated) << seed;
    EXPECT_EQ(verdict.minimality, "locally minimal");
    EXPECT_EQ(verdict.schedule.size(), 6);
    EXPECT_EQ(verdict.notes.back(), "schedule " + std::to_string(verdict.schedules - 1) +
                                        " of seed " + std::to_string(seed) + " failed");
  }
}

TEST_P(Sampling, FindsEveryOutcomeOfASmallSystem) {
  const Verdict exact = check(testing::withdrawals(3), testing::questions_about_withdrawals(), {});
  const Verdict sampled = check(testing::withdrawals(3), testing::questions_about_withdrawals(),
                                sampling(GetParam(), 2, 3'000));
  EXPECT_EQ(sampled.outcomes.at("balance").size(), exact.outcomes.at("balance").size());
  EXPECT_EQ(sampled.peaks, exact.peaks);
}

TEST_P(Sampling, ASystemWithoutEndIsCutOff) {
  CheckOptions options = sampling(GetParam(), 1, 10);
  options.depth_max = 50;
  const Verdict verdict = check(testing::endless(), {}, options);
  EXPECT_EQ(verdict.depth, 50);
  EXPECT_EQ(verdict.transitions, 500);
  ASSERT_EQ(verdict.notes.size(), 1);
  EXPECT_EQ(verdict.notes[0], "10 schedules were cut off at 50 events");
}

INSTANTIATE_TEST_SUITE_P(Strategies, Sampling,
                         ::testing::Values(Strategy::kRandom, Strategy::kPct, Strategy::kPos,
                                           Strategy::kUrw, Strategy::kSurw, Strategy::kDelay,
                                           Strategy::kPortfolio),
                         [](const auto& strategy) {
                           std::string name(to_string(strategy.param));
                           name[0] = static_cast<char>(std::toupper(name[0]));
                           return name;
                         });

TEST(RandomWalk, ASeedMeansTheSameForEver) {
  Claims claims = claiming(conserved());
  CheckOptions options = sampling(Strategy::kRandom);
  options.seed = 2;
  const Verdict verdict = check(testing::withdrawals(5), claims, options);
  EXPECT_EQ(verdict.schedules, 1);
  EXPECT_EQ(verdict.schedule.size(), 15);
}

TEST(InOrder, EverythingIsServedInTheOrderOfItsArrival) {
  const Verdict verdict =
      check(testing::withdrawals(2), claiming(conserved()), sampling(Strategy::kInOrder, 4));
  ASSERT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_EQ(verdict.minimality, "as found");
  EXPECT_EQ(verdict.schedule,
            (ScheduleText{"start user0#1", "start user1#1", "start bank>ledger",
                          "start bank>ledger", "deliver user0#1/1", "deliver user1#1/1"}));
}

TEST(InOrder, FaultsNeverHappenAndItIsOneSchedule) {
  Faults faults;
  faults.rejects = 3;
  faults.callback_traps = 3;
  faults.dropped_ingress = 3;
  const Verdict verdict =
      check(testing::withdrawals(3, faults), testing::questions_about_withdrawals(),
            sampling(Strategy::kInOrder));
  EXPECT_EQ(verdict.answered, Answered::kIncomplete);
  EXPECT_EQ(verdict.bound, "one_schedule");
  EXPECT_EQ(verdict.schedules, 1);
  EXPECT_EQ(verdict.transitions, 9);
  EXPECT_EQ(verdict.outcomes.at("paid").size(), 1);
}

}  // namespace
}  // namespace heddle
