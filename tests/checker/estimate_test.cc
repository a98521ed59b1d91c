// Estimates against searches whose size is known.
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/estimate.h>

#include "checker/systems.h"

namespace heddle::testing {
namespace {

using Levels = std::vector<std::uint64_t>;

/// Levels of the subsets of n things: binomial coefficients.
Levels binomial(unsigned n) {
  Levels levels{1};
  for (unsigned k = 1; k <= n; ++k) {
    levels.push_back(levels.back() * (n - k + 1) / k);
  }
  return levels;
}

double total(const Levels& levels) {
  return static_cast<double>(std::accumulate(levels.begin(), levels.end(), std::uint64_t{0}));
}

TEST(Estimate, OfBellShapedLevelsIsOfTheRightSizeFromAThirdOn) {
  for (const unsigned n : {16U, 24U, 32U}) {
    const Levels all = binomial(n);
    for (std::size_t seen = n / 3; seen < all.size(); ++seen) {
      const auto estimate = estimate_from_levels(std::span(all).first(seen));
      ASSERT_TRUE(estimate) << n << " " << seen;
      EXPECT_LE(estimate->low, total(all) * 1.05) << n << " " << seen;
      EXPECT_GE(estimate->high, total(all) * 0.5) << n << " " << seen;
      EXPECT_LE(estimate->high, total(all) * 1000) << n << " " << seen;
    }
    const auto late = estimate_from_levels(std::span(all).first(n / 2 + 3));
    EXPECT_NEAR(late->low / total(all), 1, 0.3);
    EXPECT_NEAR(late->high / total(all), 1, 0.5);
  }
}

TEST(Estimate, IsNoneWhereLevelsDoNotSlowDown) {
  EXPECT_FALSE(estimate_from_levels(Levels{1, 2, 4, 8, 16, 32, 64, 128}));
  EXPECT_FALSE(estimate_from_levels(Levels{1, 1, 1, 1, 1, 1, 1}));
  EXPECT_FALSE(estimate_from_levels(Levels{1, 3, 6, 9}));  // too few
}

TEST(Estimate, SaysAtLeastWhereOnlyPartOfTheLevelsSlowDown) {
  const auto estimate = estimate_from_levels(Levels{1, 1, 1, 1, 1, 1, 2, 8, 30, 80, 160, 220});
  ASSERT_TRUE(estimate);
  EXPECT_EQ(to_string(*estimate).substr(0, 8), "at least");
}

TEST(Estimate, OfADepthFirstSearchOfATreeIsExactWhenBranchesAreAlike) {
  // Of a binary tree of depth 3 the left half and half of the right one are done: 3/4.
  const std::vector<Branching> stack{{1, 2}, {1, 2}, {0, 2}};
  const auto estimate = estimate_from_stack(stack, 12);
  ASSERT_TRUE(estimate);
  EXPECT_DOUBLE_EQ(estimate->low, 12);
  EXPECT_DOUBLE_EQ(estimate->high, 16);
  EXPECT_FALSE(estimate_from_stack(std::vector<Branching>{{0, 2}}, 1));
}

TEST(Estimate, ReadsAsASentencePart) {
  EXPECT_EQ(to_string(Estimate{1'200'000, 2'540'000}), "about 1.2 million to 2.5 million");
  EXPECT_EQ(to_string(Estimate{512, 512}), "about 512");
  EXPECT_EQ(to_string(Estimate{4e9, std::numeric_limits<double>::infinity()}),
            "at least 4.0 billion");
}

TEST(Estimate, StandsInTheVerdictOfASearchThatABoundEnded) {
  CheckOptions options;
  options.depth_max = 9;
  const Verdict verdict = check(subsets(16), {}, options);
  ASSERT_EQ(verdict.answered, Answered::kIncomplete);
  EXPECT_NE(verdict.coverage.find("states in all"), std::string::npos) << verdict.coverage;
}

}  // namespace
}  // namespace heddle::testing
