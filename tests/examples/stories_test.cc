// Every story answers as it declares, and has exactly so many states. The counts are of
// breadth-first searches without reductions, and hold for depth-first ones; where a formula gives
// the number, it stands beside it. A change of a count is a change of the model: find out which
// rule it is.
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace heddle {
namespace {

struct Count {
  std::string scenario;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t quiescent = 0;
  std::string because;  ///< the formula, where there is one

  friend std::ostream& operator<<(std::ostream& out, const Count& count) {
    return out << count.scenario;
  }
};

std::vector<Count> counts() {
  const std::string line = "a line: the start, and start, serve and answer of each call in turn";
  return {
      {"counter/any_order", 16, 15, 6, "a tree: orders of none to three of three calls"},
      {"counter/in_order", 3, 2, 1, "a line of two events"},
      {"counter/await_in_order", 8, 8, 2, ""},
      {"counter/fixed_write_first", 7, 8, 1, ""},
      {"counter/fixed_ticket", 7, 8, 1, ""},
      {"counter/trap", 4, 4, 1, "subsets of two calls; set1 leaves no other trace"},
      {"array_awaits/awaits_in_array", 8, 7, 1, line},
      {"array_awaits/rust_one_by_one", 8, 7, 1, line},
      {"array_awaits/reject_one_by_one", 6, 5, 1, line},
      {"array_awaits/fixed_join_all", 28, 55, 1,
       "1 + 3^3, each call is queued, answered or delivered; 1 + 3 * 2 * 3^2 events"},
      {"array_awaits/reject_join_all", 28, 55, 1, "as fixed_join_all"},
      {"array_awaits/fixed_calls_first_now", 28, 55, 1, "as fixed_join_all"},
      {"array_awaits/fixed_calls_first", 36, 67, 1, "as before, and 8 of the helper self-calls"},
      {"array_awaits/fixed_growing_buffer", 36, 67, 1, "as fixed_calls_first"},
      {"array_awaits/fixed_immutable_array", 36, 67, 1, "as fixed_calls_first"},
      {"array_awaits/fixed_await_all", 36, 67, 1, "as fixed_calls_first"},
      {"array_awaits/fixed_different_types", 36, 67, 1, "as fixed_calls_first"},
      {"array_awaits/reject_in_parallel", 34, 65, 1, ""},
      {"array_awaits/promise_all", 9, 13, 1, "2^3 of the three together, and the next"},
      {"array_awaits/promise_all_reject", 12, 20, 1, ""},
      {"array_awaits/fixed_deferred", 37, 58, 1, ""},
      {"array_awaits/fixed_polling", 16, 21, 1, ""},
      {"array_awaits/fixed_callback", 12, 15, 1, ""},
      {"parallel_calls/sequential", 10, 9, 1, "1 + 1 + 2 * 4"},
      {"parallel_calls/parallel", 24, 37, 1, ""},
      {"parallel_calls/two_callers", 580, 1258, 7, ""},
      {"parallel_calls/fixed_load", 304, 600, 1, ""},
      {"parallel_calls/retry_at_once", 87, 162, 1, ""},
      {"parallel_calls/retry_from_timer", 35, 62, 1, ""},
      {"parallel_calls/refill", 30, 57, 1, ""},
      {"parallel_calls/fixed_careful", 55, 92, 1, ""},
      {"token_swap/fixed", 207, 456, 2, ""},
      {"token_swap/fixed_without_gold", 173, 392, 1, ""},
      {"token_swap/outcomes", 207, 456, 2, ""},
      {"two_locks/fixed_order", 83, 138, 1, ""},
      {"withdraw/outcomes", 23, 28, 3, ""},
      {"withdraw/fixed_look_again", 21, 28, 1, ""},
      {"withdraw/fixed_deduct_before", 20, 28, 1, ""},
      {"withdraw/fixed_guard", 18, 20, 3, ""},
      {"withdraw/fixed_under_faults", 73, 130, 8, ""},
      {"withdraw/fixed_finally", 56, 70, 15, ""},
  };
}

/// Those are in museum_test.cc.
bool is_exhibit(const RegisteredScenario& scenario) {
  return scenario.story.starts_with("museum_") || scenario.story.starts_with("tla_");
}

class Stories : public testing::TestWithParam<Count> {};

TEST_P(Stories, HaveTheseCountsBreadthFirstAndDepthFirst) {
  const Count& expected = GetParam();
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    CheckRequest request;
    request.strategy = strategy;
    const Verdict verdict = check_scenario(expected.scenario, {}, request).verdict;
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    EXPECT_EQ(verdict.states, expected.states) << expected.because;
    EXPECT_EQ(verdict.transitions, expected.transitions) << expected.because;
    EXPECT_EQ(verdict.quiescent, expected.quiescent) << expected.because;
  }
}

INSTANTIATE_TEST_SUITE_P(Counted, Stories, testing::ValuesIn(counts()), [](const auto& each) {
  std::string name = each.param.scenario;
  name.replace(name.find('/'), 1, "_");
  return name;
});

TEST(Story, EachScenarioAnswersAsItDeclares) {
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    EXPECT_TRUE(as_declared(scenario->name()));
  }
}

TEST(Story, EachVerifiedScenarioHasItsCountHere) {
  std::set<std::string> counted;
  for (const Count& count : counts()) {
    counted.insert(count.scenario);
  }
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    if (is_exhibit(*scenario)) {
      continue;
    }
    const auto setup = prepare(*scenario).setup;
    const bool verified = setup.expectation.verdict == ExpectedVerdict::kVerified;
    EXPECT_EQ(counted.contains(scenario->name()), verified) << scenario->name();
  }
}

TEST(Story, EachHasItsBugAndItsRepairSideBySide) {
  std::set<std::string> stories;
  std::set<std::string> buggy;
  std::set<std::string> fixed;
  std::set<std::string> exhibits;
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    const Form form = form_of(*scenario, prepare(*scenario).setup);
    stories.insert(scenario->story);
    if (is_exhibit(*scenario)) {
      exhibits.insert(scenario->story);
    }
    if (form == Form::kBuggy) {
      buggy.insert(scenario->story);
    }
    if (form == Form::kFixed) {
      fixed.insert(scenario->story);
    }
  }
  EXPECT_EQ(buggy, stories);
  EXPECT_EQ(fixed, stories);
  std::erase_if(stories, [&](const std::string& story) { return exhibits.contains(story); });
  EXPECT_EQ(stories, (std::set<std::string>{"array_awaits", "counter", "parallel_calls",
                                            "token_swap", "two_locks", "withdraw"}));
}

}  // namespace
}  // namespace heddle
