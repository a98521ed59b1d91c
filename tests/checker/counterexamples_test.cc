// Several counterexamples: each kind once, the shortest, and all kinds when the search was
// finished.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/counterexamples.h>
#include <heddle/checker/replay.h>

#include "checker/systems.h"

namespace heddle {
namespace {

std::string one_kind(const Failure& /*failure*/) {
  return {};
}

Claims three_claims() {
  Claims claims;
  claims.properties = {
      testing::always("never 3", [](const State& now) { return testing::value(now, 0, 0) != 3; }),
      testing::always("below 8", [](const State& now) { return testing::value(now, 0, 0) < 8; }),
      testing::always("never 6", [](const State& now) { return testing::value(now, 0, 0) != 6; })};
  return claims;
}

TEST(Counterexamples, EachPropertyHasItsShortest) {
  Kernel kernel(testing::subsets(3));
  const Claims claims = three_claims();
  const Counterexamples several = counterexamples(kernel, claims, one_kind);
  EXPECT_TRUE(several.finished);
  ASSERT_EQ(several.found.size(), 2U);  // "below 8" holds
  EXPECT_EQ(several.found[0].failure.property, 0U);
  EXPECT_EQ(several.found[1].failure.property, 2U);
  for (const Counterexample& one : several.found) {
    Claims alone;
    alone.properties = {claims.properties[one.failure.property]};
    const Verdict verdict = check(kernel, alone, {});
    EXPECT_EQ(verdict.schedule.size(), one.failure.schedule.size());
  }
}

TEST(Counterexamples, OneOfEachKind) {
  Kernel kernel(testing::subsets(3));
  Claims claims;
  // Violated as soon as two users have added: six orders, three pairs.
  claims.properties = {testing::always("one at most", [](const State& now) {
    const std::uint64_t sum = testing::value(now, 0, 0);
    return (sum & (sum - 1)) == 0;
  })};
  const auto last = [&](const Failure& failure) { return kernel.to_text(failure.schedule.back()); };
  const Counterexamples by_last = counterexamples(kernel, claims, last);
  EXPECT_TRUE(by_last.finished);
  EXPECT_EQ(by_last.found.size(), 3U);
  const auto whole = [&](const Failure& failure) {
    std::string text;
    for (const std::string& line : to_text(kernel, failure.schedule)) {
      text += line + ";";
    }
    return text;
  };
  const Counterexamples by_order = counterexamples(kernel, claims, whole);
  EXPECT_EQ(by_order.found.size(), 6U);
  std::set<std::string> kinds;
  for (const Counterexample& one : by_order.found) {
    EXPECT_EQ(one.failure.schedule.size(), 2U);
    EXPECT_EQ(one.kind, whole(one.failure));
    kinds.insert(one.kind);
  }
  EXPECT_EQ(kinds.size(), 6U);
}

TEST(Counterexamples, WhatWasNotLookedAtIsSaid) {
  Kernel kernel(testing::subsets(6));
  Claims claims;
  claims.properties = {testing::always(
      "never 63", [](const State& now) { return testing::value(now, 0, 0) != 63; })};
  CounterexamplesOptions options;
  options.states_max = 20;
  const Counterexamples cut = counterexamples(kernel, claims, one_kind, options);
  EXPECT_TRUE(cut.found.empty());
  EXPECT_FALSE(cut.finished);

  options = {};
  options.count_max = 1;
  const Counterexamples one = counterexamples(kernel, three_claims(), one_kind, options);
  EXPECT_EQ(one.found.size(), 1U);
  EXPECT_FALSE(one.finished);

  options = {};
  options.stop = [] { return true; };
  EXPECT_FALSE(counterexamples(kernel, claims, one_kind, options).finished);
}

TEST(Counterexamples, AViolationAtTheBeginningIsOne) {
  Kernel kernel(testing::subsets(2));
  Claims claims;
  claims.properties = {testing::always("never", [](const State&) { return false; })};
  const Counterexamples several = counterexamples(kernel, claims, one_kind);
  ASSERT_EQ(several.found.size(), 1U);
  EXPECT_TRUE(several.found[0].failure.schedule.empty());
  EXPECT_TRUE(several.finished);
}

TEST(Counterexamples, WhatIsJudgedAtQuiescenceAndByAutomataIsFoundToo) {
  Kernel kernel(testing::withdrawals(2));
  Claims claims;
  claims.properties = {testing::conserved(), testing::at_most_requests(1)};
  const Counterexamples several = counterexamples(kernel, claims, one_kind);
  EXPECT_TRUE(several.finished);
  ASSERT_EQ(several.found.size(), 2U);
  EXPECT_EQ(several.found[0].failure.property, 0U);
  EXPECT_EQ(several.found[1].failure.property, 1U);
}

}  // namespace
}  // namespace heddle
