#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/internal/turns.h>

#include "checker/systems.h"

namespace heddle {
namespace {

CheckOptions sampling(Strategy strategy, std::uint64_t schedules) {
  CheckOptions options;
  options.strategy = strategy;
  options.schedules = schedules;
  return options;
}

/// A bank's withdraw up to its call of the ledger, and from there on.
constexpr std::string_view kAfterCall = "bank.withdraw at ";

TEST(Coverage, OneCallAloneMeetsNobody) {
  const CoverageReport covered =
      check(testing::withdrawals(1), {}, sampling(Strategy::kRandom, 10)).covered;
  EXPECT_EQ(covered.methods, (std::vector<std::string>{"bank.withdraw", "ledger.pay"}));
  ASSERT_EQ(covered.pieces.size(), 3);
  EXPECT_EQ(covered.pieces[0], "bank.withdraw");
  EXPECT_TRUE(covered.pieces[1].starts_with(kAfterCall)) << covered.pieces[1];
  EXPECT_EQ(covered.pieces[2], "ledger.pay");
  EXPECT_TRUE(covered.met.empty());
  EXPECT_TRUE(covered.interrupted.empty());
  EXPECT_TRUE(covered.rejects.empty());
}

TEST(Coverage, TwoCallsMeetInEveryWayAndInterruptEachOther) {
  const CoverageReport covered =
      check(testing::withdrawals(2), {}, sampling(Strategy::kRandom, 300)).covered;
  // Start after start, start after end, end after start, end after end; and twice the ledger.
  EXPECT_EQ(covered.met.size(), 5);
  ASSERT_EQ(covered.interrupted.size(), 1);
  EXPECT_TRUE(covered.interrupted[0].first.starts_with(kAfterCall));
  EXPECT_EQ(covered.interrupted[0].second, "bank.withdraw");
}

TEST(Coverage, InOrderTheCallsNeverMeetInTheOtherOrder) {
  const CoverageReport covered =
      check(testing::withdrawals(2), {}, sampling(Strategy::kInOrder, 1)).covered;
  // Both start, both pay, both end.
  EXPECT_EQ(covered.met.size(), 4);
}

TEST(Coverage, ARejectIsSeenAtItsCall) {
  Faults faults;
  faults.rejects = 1;
  const CoverageReport covered =
      check(testing::withdrawals(1, faults), {}, sampling(Strategy::kRandom, 50)).covered;
  ASSERT_EQ(covered.rejects.size(), 1);
  EXPECT_TRUE(covered.rejects[0].first.starts_with(kAfterCall));
  EXPECT_EQ(covered.rejects[0].second, "code 2");
}

CheckOptions exhaustive(Strategy strategy) {
  CheckOptions options;
  options.strategy = strategy;
  options.coverage = true;
  return options;
}

/// All but what met, which only schedules tell.
void expect_same_code(const CoverageReport& left, const CoverageReport& right) {
  EXPECT_EQ(left.methods, right.methods);
  EXPECT_EQ(left.pieces, right.pieces);
  EXPECT_EQ(left.awaits, right.awaits);
  EXPECT_EQ(left.calls, right.calls);
  EXPECT_EQ(left.interrupted, right.interrupted);
  EXPECT_EQ(left.rejects, right.rejects);
  EXPECT_EQ(left.never_run, right.never_run);
  EXPECT_EQ(left.never_interrupted, right.never_interrupted);
  EXPECT_EQ(left.never_rejected, right.never_rejected);
}

TEST(Coverage, OfAnExhaustiveSearchIsThatOfAllItsSchedules) {
  Faults faults;
  faults.rejects = 1;
  faults.callback_traps = 1;
  for (const unsigned users : {1U, 2U, 3U}) {
    const CoverageReport sampled =
        check(testing::withdrawals(users, faults), {}, sampling(Strategy::kRandom, 1'000)).covered;
    EXPECT_FALSE(sampled.rejects.empty());
    EXPECT_EQ(sampled.interrupted.empty(), users == 1);
    for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
      CheckOptions options = exhaustive(strategy);
      for (const unsigned threads : {1U, 2U, 4U}) {
        options.threads = threads;
        expect_same_code(check(testing::withdrawals(users, faults), {}, options).covered, sampled);
      }
      options.stepper.memo = false;
      expect_same_code(check(testing::withdrawals(users, faults), {}, options).covered, sampled);
    }
  }
}

TEST(Coverage, OfASearchIsCollectedOnlyWhenAskedFor) {
  CheckOptions options = exhaustive(Strategy::kBreadthFirst);
  const Verdict with = check(testing::withdrawals(2), {}, options);
  options.coverage = false;
  const Verdict without = check(testing::withdrawals(2), {}, options);
  EXPECT_FALSE(with.covered.methods.empty());
  EXPECT_TRUE(without.covered.methods.empty());
  EXPECT_EQ(with.states, without.states);
  EXPECT_EQ(with.transitions, without.transitions);
  EXPECT_EQ(with.depth, without.depth);
}

TEST(Coverage, PutsReductionsOffAndSaysSo) {
  CheckOptions options = exhaustive(Strategy::kBreadthFirst);
  const Verdict unreduced = check(testing::withdrawals(3), {}, options);
  options.reduction = {true, true};
  const Verdict verdict = check(testing::withdrawals(3), {}, options);
  EXPECT_EQ(verdict.states, unreduced.states);
  EXPECT_EQ(verdict.notes.size(), 2);
}

TEST(Coverage, SaysWhatWasNeverSeen) {
  System system = testing::withdrawals(1);
  const auto idle =
      std::make_shared<testing::Functions>(std::vector<std::pair<std::string, std::uint64_t>>{});
  idle->method("rest", [](View& view) { testing::reply(view); });
  testing::install(system, "idle", idle);
  const CoverageReport covered = check(system, {}, exhaustive(Strategy::kBreadthFirst)).covered;
  EXPECT_EQ(covered.never_run, (std::vector<std::string>{"idle.rest"}));
  ASSERT_EQ(covered.never_interrupted.size(), 1);
  EXPECT_TRUE(covered.never_interrupted[0].starts_with(kAfterCall));
  ASSERT_EQ(covered.never_rejected.size(), 1);
  EXPECT_TRUE(covered.never_rejected[0].starts_with(kAfterCall));
}

TEST(Coverage, IsTheSameOnAnyNumberOfThreadsAndWithoutTheMemo) {
  CheckOptions options = sampling(Strategy::kPortfolio, 2'500);
  options.threads = 1;
  const Verdict one = check(testing::withdrawals(3), {}, options);
  for (const unsigned threads : {2U, 4U}) {
    options.threads = threads;
    testing::expect_equal(one, check(testing::withdrawals(3), {}, options));
  }
  options.stepper.memo = false;
  testing::expect_equal(one, check(testing::withdrawals(3), {}, options));
  std::uint64_t first = 0;
  std::uint64_t schedules = 0;
  for (const StrategyStatistics& strategy : one.strategies) {
    first += strategy.covered_first;
    schedules += strategy.schedules;
  }
  EXPECT_EQ(schedules, 2'500);
  EXPECT_EQ(first, one.covered.pieces.size() + one.covered.met.size() +
                       one.covered.interrupted.size() + one.covered.rejects.size());
}

TEST(Turns, AreEqualAtFirstAndInterleaved) {
  const internal::Turns turns(6);
  std::vector<std::uint64_t> counts(6);
  for (std::uint64_t schedule = 0; schedule < internal::Turns::kRound; ++schedule) {
    EXPECT_EQ(turns.part(schedule), schedule % 6);
    ++counts[turns.part(schedule)];
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{171, 171, 171, 171, 170, 170}));
}

TEST(Turns, GoToWhoShowsNewThingsButNobodyLosesAll) {
  internal::Turns turns(4);
  turns.next_round(std::vector<std::uint64_t>{0, 30, 10, 0});
  const auto counts_of = [&] {
    std::vector<std::uint64_t> counts(4);
    for (std::uint64_t schedule = 0; schedule < internal::Turns::kRound; ++schedule) {
      ++counts[turns.part(schedule)];
    }
    return counts;
  };
  // Half of all shared equally, the other half 3 to 1.
  EXPECT_EQ(counts_of(), (std::vector<std::uint64_t>{128, 512, 256, 128}));
  for (int round = 0; round < 40; ++round) {
    turns.next_round(std::vector<std::uint64_t>{0, 0, 0, 0});
  }
  EXPECT_EQ(counts_of(), (std::vector<std::uint64_t>{256, 256, 256, 256}));
}

}  // namespace
}  // namespace heddle
