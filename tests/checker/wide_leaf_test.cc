// A variable with very many values is learnt by value: the same is found as without a memo,
// whatever hangs on the value, and little is kept of each value.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/internal/value_table.h>
#include <heddle/checker/judge.h>
#include <heddle/checker/packing.h>
#include <heddle/checker/transitions.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using internal::ValueTable;

constexpr std::uint64_t kValues = 10'007;

/// Each user folds a number of his into variable 0, so that nearly every order of calls leaves
/// another value. What else is done hangs on the value: variable 1 is written, or looked at and
/// written (where it has other values for other users), or a call is sent, or nothing.
System folding(unsigned users) {
  System system;
  auto program = std::make_shared<testing::Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"folded", 1}, {"other", 0}});
  program->method("fold", [](View& view) {
    const std::uint64_t argument = testing::argument(view);
    const std::uint64_t before = testing::read(view, 0);
    testing::write(view, 0, (before * 31 + argument) % kValues);
    if (before % 7 == 1) {
      testing::write(view, 1, argument);
    } else if (before % 7 == 2 && testing::read(view, 1) % 2 == 0) {
      testing::add(view, 1, 1);
    } else if (before % 7 == 3 && !testing::call(view, 0, 1, before % 3)) {
      return;
    }
    testing::reply(view, before % 2);
  });
  program->method("note", [](View& view) {
    testing::add(view, 1, testing::argument(view));
    testing::reply(view);
  });
  testing::install(system, "store", program);
  for (unsigned i = 0; i < users; ++i) {
    testing::user(system, "user" + std::to_string(i), {testing::calls(0, 0, 3 * i + 2)});
  }
  return system;
}

Verdict checked(const System& system, const Claims& claims, unsigned threads, bool memo,
                Strategy strategy = Strategy::kBreadthFirst) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = threads;
  options.stepper.memo = memo;
  options.stepper.recheck_every = 2;  // what was looked up is compared with the kernel's often
  return check(system, claims, options);
}

TEST(WideLeaf, WhatIsLearntByValueIsWhatTheKernelDoes) {
  for (const bool keeps_results : {false, true}) {
    System system = folding(6);
    system.keep_results = keeps_results;
    const Verdict run = checked(system, {}, 1, false);
    EXPECT_GT(run.states, 5000);
    for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
      testing::expect_equal(checked(system, {}, 1, false, strategy),
                            checked(system, {}, 1, true, strategy));
    }
    for (const unsigned threads : {2U, 4U}) {
      testing::expect_equal(run, checked(system, {}, threads, true));
    }
  }
}

/// A piece is run by one thread and known to all.
TEST(WideLeaf, OnSeveralThreadsNoPieceRunsTwice) {
  const System system = folding(7);
  const Verdict one = checked(system, {}, 1, true);
  EXPECT_GT(one.pieces_run, 10'000);
  for (const unsigned threads : {2U, 4U}) {
    EXPECT_EQ(checked(system, {}, threads, true).pieces_run, one.pieces_run);
  }
}

TEST(WideLeaf, AStepThatViolatesIsFoundAtItsValue) {
  Claims claims;
  claims.properties.push_back(testing::at_most_requests(2));
  const System system = folding(6);
  const Verdict run = checked(system, claims, 1, false);
  ASSERT_EQ(run.answered, Answered::kViolated);
  for (const unsigned threads : {1U, 2U}) {
    testing::expect_equal(run, checked(system, claims, threads, true));
  }
}

TEST(WideLeaf, LittleIsKeptOfEachValue) {
  const System system = folding(7);
  Kernel kernel(system);
  const Claims claims;
  Stepper stepper(kernel);
  Judge judge(stepper, claims, true);
  Packing packing(kernel);
  Transitions transitions(stepper, judge, packing, {true, 0});
  std::vector<Root> states{transitions.load(kernel.initial())};
  std::set<Root> met(states.begin(), states.end());
  for (std::size_t at = 0; at < states.size(); ++at) {
    transitions.load(states[at]);
    const auto enabled = transitions.enabled();
    for (const EventNumber event : std::vector<EventNumber>(enabled.begin(), enabled.end())) {
      const Root root = transitions.take(event).root;
      if (met.insert(root).second) {
        states.push_back(root);
      }
    }
  }
  EXPECT_EQ(states.size(), checked(system, claims, 1, false).states);
  EXPECT_GT(transitions.learnt(), 15'000);
  // 165: entries by value, rows of branches, and tables of a fixed size for each event. A tree that
  // branches on every value has 290, and more the more is looked at behind it.
  EXPECT_LT(transitions.memory_bytes() / transitions.learnt(), 220);
}

TEST(ValueTable, FindsWhatWasPutInAndNothingElse) {
  ValueTable table;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(table.find(i % 7, i), ValueTable::kNone);
    EXPECT_EQ(table.add({i % 7, i, i / 3, i + 1}), i);
  }
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(table.find(i % 7, i), i);
    EXPECT_EQ(table.find((i + 1) % 7, i), ValueTable::kNone);
    EXPECT_EQ(table[i].outcome, i / 3);
    EXPECT_EQ(table[i].after, i + 1);
  }
  EXPECT_EQ(table.size(), 1000);
}

}  // namespace
}  // namespace heddle
