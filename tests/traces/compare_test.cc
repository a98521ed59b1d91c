// Two traces side by side.
#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include <heddle/traces/compare.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/terminal.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using Kind = ComparedSteps::Kind;

void number(Trace& trace) {
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    trace.steps[i].number = i + 1;
  }
}

std::size_t count(const Comparison& comparison, Kind kind) {
  return static_cast<std::size_t>(std::ranges::count(comparison.rows, kind, &ComparedSteps::kind));
}

TEST(Compare, ATraceIsTheSameAsItself) {
  const Trace trace = test::lost_update();
  const Comparison comparison = compare(trace, trace);
  EXPECT_TRUE(comparison.same());
  EXPECT_EQ(comparison.rows.size(), trace.steps.size());
  EXPECT_EQ(to_sentence(trace, trace, comparison, false), "");
}

TEST(Compare, AStepInAnotherPlaceHasMoved) {
  const Trace left = test::lost_update();
  Trace right = left;
  std::rotate(right.steps.begin() + 1, right.steps.begin() + 2, right.steps.end());
  number(right);
  const Comparison comparison = compare(left, right);
  EXPECT_FALSE(comparison.same());
  EXPECT_EQ(count(comparison, Kind::kSame), left.steps.size() - 1);
  ASSERT_EQ(count(comparison, Kind::kMoved), 2U);  // where it was, and where it is
  EXPECT_EQ(comparison.rows[1].kind, Kind::kMoved);
  EXPECT_EQ(comparison.rows[1].left, 2U);
  EXPECT_EQ(comparison.rows[1].right, 0U);
  EXPECT_EQ(comparison.rows[1].other, right.steps.size());
  EXPECT_EQ(comparison.rows.back().right, right.steps.size());
  EXPECT_EQ(comparison.rows.back().other, 2U);
  EXPECT_TRUE(to_sentence(left, right, comparison, false).find("comes after") != std::string::npos);
}

TEST(Compare, AStepThatDoesSomethingElseHasChanged) {
  const Trace left = test::lost_update();
  Trace right = left;
  right.steps[2].ended = "trapped";
  const Comparison comparison = compare(left, right);
  EXPECT_EQ(count(comparison, Kind::kChanged), 1U);
  EXPECT_EQ(comparison.rows[2].kind, Kind::kChanged);
}

TEST(Compare, AStepOfOneTraceIsThereOnly) {
  const Trace left = test::lost_update();
  Trace right = left;
  right.steps.erase(right.steps.begin() + 3);
  number(right);
  const Comparison comparison = compare(left, right);
  EXPECT_EQ(count(comparison, Kind::kOnly), 1U);
  EXPECT_EQ(comparison.rows[3].left, 4U);
  EXPECT_EQ(count(compare(right, left), Kind::kOnly), 1U);
}

TEST(Compare, VariablesThatEndOtherwiseAreTold) {
  const Trace left = test::lost_update();
  Trace right = left;
  ASSERT_FALSE(right.final_variables.empty());
  const VariableDiff gone = right.final_variables.front();
  right.final_variables.front().after = "4711";
  Comparison comparison = compare(left, right);
  ASSERT_EQ(comparison.ends.size(), 1U);
  EXPECT_EQ(comparison.ends[0].before, gone.after);
  EXPECT_EQ(comparison.ends[0].after, "4711");
  // One that is not listed ends as it began.
  right.final_variables.erase(right.final_variables.begin());
  comparison = compare(left, right);
  ASSERT_EQ(comparison.ends.size(), gone.before == gone.after ? 0U : 1U);
  EXPECT_EQ(comparison.ends[0].after, gone.before);
}

TEST(Compare, NoLineIsWiderThanAsked) {
  const Trace left = test::lost_update();
  const Trace right = test::trap_and_cleanup();
  for (const std::size_t width : {60U, 80U, 133U}) {
    for (const bool ascii : {false, true}) {
      TextOptions options;
      options.width = width;
      options.ascii = ascii;
      const std::string text =
          to_terminal(left, right, compare(left, right), "before", "after", options);
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(internal::display_width(text.substr(begin, end - begin)), width);
        begin = end + 1;
      }
      if (ascii) {
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c > 0; }));
      }
    }
  }
}

TEST(Compare, TheViewIsTheGoldenOne) {
  const Trace left = test::lost_update();
  Trace right = left;
  std::rotate(right.steps.begin() + 1, right.steps.begin() + 2, right.steps.end());
  number(right);
  right.steps.back().ended = "trapped";
  TextOptions options;
  options.width = 100;
  EXPECT_TRUE(test::matches_golden(
      "compare.txt", to_terminal(left, right, compare(left, right), "fails", "passes", options)));
}

TEST(Compare, ACounterexampleSaysWhatDecides) {
  Trace trace = test::lost_update();
  trace.critical_step = 2;
  auto passing = std::make_shared<Trace>(trace);
  std::rotate(passing->steps.begin() + 1, passing->steps.begin() + 2, passing->steps.end());
  number(*passing);
  trace.sibling = TraceSibling{3, passing};
  TextOptions options;
  options.ascii = true;
  const std::string text = to_terminal(trace, options);
  EXPECT_NE(text.find("Step 2 decides"), std::string::npos) << text;
  EXPECT_NE(text.find("It passes when"), std::string::npos) << text;
  trace.critical_step = 0;
  trace.never_passes = true;
  EXPECT_NE(to_terminal(trace, options).find("it fails on every schedule"), std::string::npos);
}

}  // namespace
}  // namespace heddle
