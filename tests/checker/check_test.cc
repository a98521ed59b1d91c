#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using testing::always;
using testing::at_most_requests;
using testing::conserved;
using testing::expect_equal;
using testing::sometimes;
using testing::value;

CheckOptions with(Strategy strategy, unsigned threads = 1) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = threads;
  options.schedules = 300;
  return options;
}

Claims claiming(std::shared_ptr<const Property> property) {
  Claims claims;
  claims.properties = {std::move(property)};
  return claims;
}

std::set<std::string> values_of(const Verdict& verdict, const std::string& outcome) {
  std::set<std::string> values;
  for (const OutcomeWitness& witness : verdict.outcomes.at(outcome)) {
    values.insert(witness.value);
  }
  return values;
}

// One call each to one canister, whose effect tells who has run: a hypercube.
TEST(BreadthFirst, CountsOfAHypercubeAreExact) {
  for (unsigned n = 1; n <= 9; ++n) {
    const Verdict verdict = check(testing::subsets(n), {}, with(Strategy::kBreadthFirst));
    EXPECT_EQ(verdict.answered, Answered::kVerified);
    EXPECT_EQ(verdict.states, std::uint64_t{1} << n);
    EXPECT_EQ(verdict.transitions, std::uint64_t{n} << (n - 1));
    EXPECT_EQ(verdict.depth, n);
    EXPECT_EQ(verdict.quiescent, 1);
    EXPECT_EQ(exit_code(verdict), 0);
  }
}

TEST(BreadthFirst, FindsTheShortestCounterexample) {
  const Verdict verdict =
      check(testing::withdrawals(2), claiming(conserved()), with(Strategy::kBreadthFirst));
  ASSERT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_EQ(verdict.property, "conserved");
  EXPECT_EQ(verdict.property_kind, "finally");
  EXPECT_EQ(verdict.why, "conserved does not hold");
  EXPECT_EQ(verdict.minimality, "shortest");
  EXPECT_EQ(exit_code(verdict), 1);
  // Both calls start, both requests are served, both responses are delivered; the order is the
  // first in which both read before either writes.
  EXPECT_EQ(verdict.schedule,
            (ScheduleText{"start user0#1", "start user1#1", "start bank>ledger",
                          "start bank>ledger", "deliver user0#1/1", "deliver user1#1/1"}));
}

TEST(BreadthFirst, IsTheSameOnAnyNumberOfThreads) {
  for (const bool violated : {false, true}) {
    Claims claims = testing::questions_about_withdrawals();
    if (violated) {
      claims.properties.push_back(conserved());
    }
    const System system = testing::withdrawals(4, testing::some_faults());
    const Verdict one = check(system, claims, with(Strategy::kBreadthFirst, 1));
    EXPECT_EQ(one.answered, violated ? Answered::kViolated : Answered::kVerified);
    EXPECT_GT(one.states, 500);
    for (const unsigned threads : {2U, 4U}) {
      expect_equal(one, check(system, claims, with(Strategy::kBreadthFirst, threads)));
    }
  }
}

TEST(BreadthFirst, AStepThatViolatesEndsTheSearchWithItsLevel) {
  const System system = testing::withdrawals(3);
  for (const unsigned threads : {1U, 2U}) {
    const Verdict verdict =
        check(system, claiming(at_most_requests(1)), with(Strategy::kBreadthFirst, threads));
    ASSERT_EQ(verdict.answered, Answered::kViolated);
    EXPECT_EQ(verdict.why, "one request more than 1");
    EXPECT_EQ(verdict.schedule, (ScheduleText{"start user0#1", "start user1#1", "start bank>ledger",
                                              "start bank>ledger"}));
  }
}

TEST(BreadthFirst, TheInitialStateIsJudged) {
  const Verdict verdict =
      check(testing::subsets(2), claiming(always("never", [](const State&) { return false; })),
            with(Strategy::kBreadthFirst));
  EXPECT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_TRUE(verdict.schedule.empty());
  EXPECT_EQ(verdict.states, 1);
}

TEST(BreadthFirst, MemoryOfAnAutomatonIsPartOfTheState) {
  const System system = testing::withdrawals(2);
  const Verdict without = check(system, {}, with(Strategy::kBreadthFirst));
  const Verdict with_it =
      check(system, claiming(at_most_requests(100)), with(Strategy::kBreadthFirst));
  // How many requests have started follows from the rest of the state here.
  EXPECT_EQ(without.states, with_it.states);
  EXPECT_EQ(with_it.answered, Answered::kVerified);
}

TEST(DepthFirst, CountsWhatBreadthFirstCounts) {
  for (unsigned users = 1; users <= 4; ++users) {
    const System system = testing::withdrawals(users, testing::some_faults());
    const Claims claims = testing::questions_about_withdrawals();
    const Verdict breadth = check(system, claims, with(Strategy::kBreadthFirst));
    const Verdict depth = check(system, claims, with(Strategy::kDepthFirst));
    EXPECT_EQ(depth.answered, Answered::kVerified);
    EXPECT_EQ(depth.states, breadth.states);
    EXPECT_EQ(depth.transitions, breadth.transitions);
    EXPECT_EQ(depth.quiescent, breadth.quiescent);
    EXPECT_EQ(depth.peaks, breadth.peaks);
    EXPECT_EQ(values_of(depth, "balance"), values_of(breadth, "balance"));
    EXPECT_EQ(values_of(depth, "paid"), values_of(breadth, "paid"));
  }
}

TEST(DepthFirst, ItsCounterexampleIsShrunk) {
  const System system = testing::withdrawals(4);
  const Verdict deep = check(system, claiming(conserved()), with(Strategy::kDepthFirst));
  ASSERT_EQ(deep.answered, Answered::kViolated);
  EXPECT_EQ(deep.minimality, "locally minimal");
  const Verdict shortest = check(system, claiming(conserved()), with(Strategy::kBreadthFirst));
  EXPECT_EQ(deep.schedule.size(), shortest.schedule.size());
}

TEST(DepthFirst, SeveralThreadsAreSaidToBeOne) {
  const Verdict verdict = check(testing::subsets(2), {}, with(Strategy::kDepthFirst, 4));
  ASSERT_EQ(verdict.notes.size(), 1);
  EXPECT_EQ(verdict.notes[0], "depth-first search ran on one thread");
}

TEST(Check, MemoChangesNothingButTheWork) {
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    const System system = testing::withdrawals(3, testing::some_faults());
    Claims claims = testing::questions_about_withdrawals();
    CheckOptions options = with(strategy);
    const Verdict remembered = check(system, claims, options);
    options.stepper.memo = false;
    const Verdict run = check(system, claims, options);
    expect_equal(remembered, run);
    EXPECT_LT(remembered.pieces_run * 10, run.pieces_run);
    EXPECT_EQ(run.pieces_recalled, 0);
  }
}

TEST(Check, OutcomeSetsAreExactAndEachWitnessEndsInItsValue) {
  const System system = testing::withdrawals(3);
  const Verdict verdict =
      check(system, testing::questions_about_withdrawals(), with(Strategy::kBreadthFirst));
  // The balance at the end lacks at least the last writer's amount, at most all three.
  EXPECT_EQ(values_of(verdict, "balance"),
            (std::set<std::string>{"67", "77", "78", "79", "88", "89", "90"}));
  EXPECT_EQ(values_of(verdict, "paid"), (std::set<std::string>{"33"}));
  for (const OutcomeWitness& witness : verdict.outcomes.at("balance")) {
    Kernel kernel(system);
    Stepper stepper(kernel);
    const Replayed replayed = replay(stepper, witness.schedule, ReplayMode::kStrict);
    StateSource source(kernel, replayed.end);
    EXPECT_EQ(std::to_string(value(State(source, kernel, replayed.end), 0, 0)), witness.value);
    EXPECT_TRUE(stepper.quiescent(replayed.end));
  }
  EXPECT_EQ(verdict.peaks.at("calls in flight"), 3);
}

TEST(Check, WhatIsSometimesReachedHasTheShortestWitness) {
  const Verdict verdict = check(testing::withdrawals(2), testing::questions_about_withdrawals(),
                                with(Strategy::kBreadthFirst));
  EXPECT_EQ(verdict.witnesses.at("something is paid"),
            (ScheduleText{"start user0#1", "start bank>ledger"}));
}

TEST(Check, WhatIsNeverReachedIsViolatedWhenTheSearchIsFinished) {
  const Claims claims =
      claiming(sometimes("too much", [](const State& now) { return value(now, 0, 0) > 100; }));
  const System system = testing::withdrawals(2);
  const Verdict verdict = check(system, claims, with(Strategy::kBreadthFirst));
  EXPECT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_EQ(verdict.property, "too much");
  EXPECT_NE(verdict.why.find("never reached"), std::string::npos);
  CheckOptions options = with(Strategy::kBreadthFirst);
  options.states_max = 3;
  EXPECT_EQ(check(system, claims, options).answered, Answered::kIncomplete);
  EXPECT_EQ(check(system, claims, with(Strategy::kRandom)).answered, Answered::kIncomplete);
}

TEST(Check, StatesAreBounded) {
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    for (const unsigned threads : {1U, 2U}) {
      CheckOptions options = with(strategy, threads);
      options.states_max = 1'000;
      const Verdict verdict = check(testing::endless(), {}, options);
      EXPECT_EQ(verdict.answered, Answered::kIncomplete);
      EXPECT_EQ(verdict.bound, "max-states");
      EXPECT_FALSE(verdict.coverage.empty());
      EXPECT_EQ(exit_code(verdict), 2);
      EXPECT_LT(verdict.states, 1'010);
    }
  }
}

TEST(Check, DepthIsBoundedAndASearchThatEndsAtTheBoundIsFinished) {
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    CheckOptions options = with(strategy);
    options.depth_max = 3;
    const Verdict cut = check(testing::subsets(4), {}, options);
    EXPECT_EQ(cut.answered, Answered::kIncomplete);
    EXPECT_EQ(cut.bound, "max-depth");
    EXPECT_EQ(cut.depth, 3);
    options.depth_max = 4;
    EXPECT_EQ(check(testing::subsets(4), {}, options).answered, Answered::kVerified);
  }
}

TEST(Check, TimeIsBounded) {
  for (const Strategy strategy :
       {Strategy::kBreadthFirst, Strategy::kDepthFirst, Strategy::kRandom, Strategy::kPct}) {
    CheckOptions options = with(strategy, 2);
    options.seconds_max = 0.2;
    options.schedules = std::uint64_t{1} << 40U;
    const auto start = std::chrono::steady_clock::now();
    const Verdict verdict = check(testing::endless(), {}, options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(verdict.answered, Answered::kIncomplete);
    EXPECT_EQ(verdict.bound, "max-seconds");
    EXPECT_LT(took.count(), 1.2);
  }
}

TEST(Check, AnInterruptGivesTheCountsSoFar) {
  std::atomic<bool> interrupted = false;
  CheckOptions options = with(Strategy::kBreadthFirst);
  options.interrupted = &interrupted;
  std::uint64_t reported = 0;
  options.progress = [&](const Progress& progress) {
    reported = progress.states;
    interrupted = true;
  };
  const Verdict verdict = check(testing::endless(), {}, options);
  EXPECT_EQ(verdict.answered, Answered::kIncomplete);
  EXPECT_EQ(verdict.bound, "interrupted");
  EXPECT_GT(reported, 0);
  EXPECT_GE(verdict.states, reported);
}

TEST(Check, AViolationWithinAnUnfinishedLevelIsStillReported) {
  CheckOptions options = with(Strategy::kBreadthFirst);
  options.states_max = 1;
  const Verdict verdict =
      check(testing::subsets(3),
            claiming(always("nothing yet", [](const State& now) { return value(now, 0, 0) == 0; })),
            options);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
  EXPECT_EQ(verdict.schedule, ScheduleText{"start user0#1"});
}

TEST(Check, APropertyThatThrowsIsNamed) {
  const Claims claims = claiming(always("odd one", [](const State& now) -> bool {
    if (value(now, 0, 0) == 3) {
      throw std::runtime_error("three");
    }
    return true;
  }));
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst, Strategy::kDpor,
                                  Strategy::kRandom, Strategy::kPct, Strategy::kInOrder}) {
    for (const unsigned threads : {1U, 2U}) {
      try {
        check(testing::subsets(3), claims, with(strategy, threads));
        ADD_FAILURE() << "no exception from " << to_string(strategy);
      } catch (const Misuse& misuse) {
        const std::string text = misuse.what();
        const std::string start = "property \"odd one\": three\nThis was at the end of:\n  start ";
        EXPECT_EQ(text.substr(0, start.size()), start);
        if (strategy == Strategy::kBreadthFirst) {
          EXPECT_EQ(text.substr(start.size()), "user0#1\n  start user1#1");
        }
      }
    }
  }
}

TEST(Check, AStrategyHasAName) {
  for (const Strategy strategy :
       {Strategy::kBreadthFirst, Strategy::kDepthFirst, Strategy::kDpor, Strategy::kRandom,
        Strategy::kPct, Strategy::kInOrder, Strategy::kReplica}) {
    EXPECT_EQ(strategy_from(to_string(strategy)), strategy);
  }
  try {
    strategy_from("best");
    ADD_FAILURE();
  } catch (const Misuse& misuse) {
    EXPECT_STREQ(
        misuse.what(),
        "there is no strategy \"best\"; there are breadth-first, depth-first, dpor, random, "
        "pct, pos, urw, surw, "
        "delay, portfolio, in-order, replica");
  }
}

}  // namespace
}  // namespace heddle
