// What the ways to call three canisters cost the caller, and what happens when one of the three
// rejects: N1 and N2.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>

#include "examples/all_schedules.h"

namespace heddle {
namespace {

/// The numbers of executions of the gatherer in the schedules of a scenario. Callbacks that only
/// put a response aside are executions too, and so are those of the helper self-call [M4].
std::set<std::uint32_t> executions_of_gatherer(const std::string& scenario) {
  PreparedScenario prepared = prepare(scenario_named(scenario));
  const CanisterId gatherer = prepared.setup.system.canister("gatherer");
  return over_all_schedules(
      *prepared.kernel, std::uint32_t{0}, [gatherer](std::uint32_t count, const Step& step) {
        const auto here = [gatherer](const Execution& each) { return each.canister == gatherer; };
        return count + static_cast<std::uint32_t>(std::ranges::count_if(step.executions, here));
      });
}

/// The orders in which c1, c2 and c3 start, as "c1 c2 c3".
std::set<std::string> start_orders(const std::string& scenario) {
  PreparedScenario prepared = prepare(scenario_named(scenario));
  const System& system = prepared.setup.system;
  return over_all_schedules(*prepared.kernel, std::string(),
                            [&system](std::string order, const Step& step) {
                              for (const Execution& each : step.executions) {
                                const std::string& name = system.canisters.at(each.canister).name;
                                if (each.started && name.starts_with("c") && name != "client") {
                                  order += order.empty() ? name : " " + name;
                                }
                              }
                              return order;
                            });
}

using Numbers = std::set<std::uint32_t>;

TEST(N1, AwaitsInAnArrayCostFourExecutionsInAFixedOrder) {
  EXPECT_EQ(executions_of_gatherer("array_awaits/awaits_in_array"), (Numbers{4}));
  EXPECT_EQ(start_orders("array_awaits/awaits_in_array"), (std::set<std::string>{"c1 c2 c3"}));
}

TEST(N1, CallsFirstCostFourToEightExecutionsInAnyOrder) {
  EXPECT_EQ(executions_of_gatherer("array_awaits/fixed_calls_first"), (Numbers{4, 6, 8}));
  EXPECT_EQ(start_orders("array_awaits/fixed_calls_first"),
            (std::set<std::string>{"c1 c2 c3", "c1 c3 c2", "c2 c1 c3", "c2 c3 c1", "c3 c1 c2",
                                   "c3 c2 c1"}));
}

TEST(N1, BuffersArraysAndAwaitAllCostWhatCallsFirstCosts) {
  for (const std::string way :
       {"growing_buffer", "immutable_array", "await_all", "different_types"}) {
    EXPECT_EQ(executions_of_gatherer("array_awaits/fixed_" + way), (Numbers{4, 6, 8})) << way;
    EXPECT_EQ(start_orders("array_awaits/fixed_" + way).size(), 6) << way;
  }
}

TEST(N1, AwaitNowCostsFourExecutionsInAnyOrder) {
  EXPECT_EQ(executions_of_gatherer("array_awaits/fixed_calls_first_now"), (Numbers{4}));
  EXPECT_EQ(start_orders("array_awaits/fixed_calls_first_now").size(), 6);
}

TEST(N1, JoinAllCostsFourExecutionsInAnyOrder) {
  EXPECT_EQ(executions_of_gatherer("array_awaits/fixed_join_all"), (Numbers{4}));
  EXPECT_EQ(start_orders("array_awaits/fixed_join_all").size(), 6);
}

TEST(N1, AllCallsAreInFlightAfterOneStep) {
  for (const std::string way : {"calls_first", "calls_first_now", "growing_buffer",
                                "immutable_array", "await_all", "different_types", "join_all"}) {
    const Verdict verdict = check_scenario("array_awaits/fixed_" + way).verdict;
    EXPECT_EQ(verdict.witnesses.at("all three in flight"), (ScheduleText{"start client#1"})) << way;
  }
}

TEST(N2, AwaitsInAnArraySendNothingAfterAReject) {
  EXPECT_EQ(start_orders("array_awaits/reject_one_by_one"), (std::set<std::string>{"c1 c2"}));
  EXPECT_EQ(executions_of_gatherer("array_awaits/reject_one_by_one"), (Numbers{3}));
}

TEST(N2, CallsFirstRunAllThreeAlthoughOneRejects) {
  EXPECT_EQ(start_orders("array_awaits/reject_in_parallel").size(), 6);
  EXPECT_EQ(start_orders("array_awaits/reject_join_all").size(), 6);
}

TEST(N2, TheCallContextStaysOpenUntilTheDroppedResponse) {
  const Verdict verdict = check_scenario("array_awaits/reject_in_parallel").verdict;
  const ScheduleText& witness =
      verdict.witnesses.at("the client is answered, and the call context still open");
  // c3 has not even started when the client gets the reject of c2.
  EXPECT_EQ(std::ranges::count(witness, "start gatherer>c3"), 0);
  EXPECT_EQ(verdict.quiescent, 1);
}

TEST(Deferred, APromiseThatIsNeverResolvedIsNamed) {
  const Report report = check_scenario("array_awaits/buggy_deferred");
  EXPECT_EQ(report.verdict.property, "every call answered");
  EXPECT_NE(report.verdict.why.find("Deferred"), std::string::npos) << report.verdict.why;
  EXPECT_NE(report.verdict.why.find("alice#1"), std::string::npos) << report.verdict.why;
}

}  // namespace
}  // namespace heddle
