// The generator finds what is worth comparing, and the shrinker what is worth reading.
#include "oracle/generate.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "oracle/oracle.h"
#include "oracle/program.h"

namespace heddle::oracle {
namespace {

TEST(Generator, OneSeedIsOneSystem) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(generate(seed), generate(seed));
  }
  EXPECT_NE(generate(1), generate(2));
}

TEST(Generator, DistributionIsRich) {
  Distribution distribution;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const System system = generate(seed);
    const Report report = explore(system);
    ASSERT_TRUE(report.complete);
    distribution.add(system, report);
  }
  std::fputs(distribution.to_string().c_str(), stdout);
  EXPECT_GE(distribution.percent(distribution.two_suspended), 30);
  EXPECT_GE(distribution.percent(distribution.full_queue), 15);
  EXPECT_GE(distribution.percent(distribution.trap_with_sibling), 15);
  EXPECT_GE(distribution.percent(distribution.cleanup_writes), 10);
  EXPECT_GE(distribution.percent(distribution.call_cycle), 10);
  EXPECT_GE(distribution.percent(distribution.deferred_resolved), 4);
  EXPECT_GE(distribution.median_states(), 200U);
  // What a suite that only ever agrees on "no" would not show.
  EXPECT_GE(distribution.percent(distribution.violated), 20);
  EXPECT_LE(distribution.percent(distribution.violated), 80);
  EXPECT_GE(distribution.percent(distribution.several_outcomes), 50);
  EXPECT_GE(distribution.percent(distribution.motoko), 40);
  EXPECT_GE(distribution.percent(distribution.rust), 25);
}

TEST(Generator, WhatStatesAreKeptChangesNoVerdictAndNoOutcome) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const System system = generate(seed);
    const Report live = explore(system);
    for (const Keep keep : {Keep::kAll, Keep::kHistory}) {
      const Report other = explore(system, {.keep = keep, .max_states = 40 * kMaxStates});
      ASSERT_TRUE(other.complete);
      EXPECT_GE(other.states, live.states);
      EXPECT_EQ(other.violated, live.violated);
      EXPECT_EQ(other.violation_depth, live.violation_depth);
      std::vector<std::vector<int>> here;
      std::vector<std::vector<int>> there;
      for (const auto& [values, schedule] : live.outcomes) {
        here.push_back(values);
      }
      for (const auto& [values, schedule] : other.outcomes) {
        there.push_back(values);
      }
      EXPECT_EQ(here, there) << to_string(system);
    }
  }
}

std::size_t statements(const System& system) {
  std::size_t count = 0;
  for (const Canister& canister : system.canisters) {
    for (const Method& method : canister.methods) {
      for_each_statement(method.body, [&](const Statement&) { ++count; });
    }
  }
  return count;
}

TEST(Shrinker, LeavesOnlyWhatTheDisagreementNeeds) {
  // Stands for a disagreement: some resumed execution traps with a sibling call open.
  const auto still_fails = [](const System& system) {
    return explore(system, {.max_states = kMaxStates}).coverage.trap_with_sibling;
  };
  int shrunk = 0;
  for (std::uint64_t seed = 0; shrunk < 5; ++seed) {
    const System system = generate(seed);
    if (!still_fails(system)) {
      continue;
    }
    ++shrunk;
    const System small = shrink(system, still_fails);
    EXPECT_TRUE(still_fails(small));
    EXPECT_LE(statements(small), 8U) << to_string(small);
    EXPECT_LE(small.users.size(), 1U);
  }
}

}  // namespace
}  // namespace heddle::oracle
