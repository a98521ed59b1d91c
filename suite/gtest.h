// Scenarios as GoogleTest cases: they pass when the result is the declared one.
//
// A suite binary has one test a scenario, named Story.scenario, without anybody writing it. A test
// of one's own can ask for a scenario too:
//
//     TEST(Withdraw, IsFixedForThreeUsersToo) {
//       EXPECT_TRUE(as_declared("withdraw/fixed_guard", {.parameters = {{"users", "3"}}}));
//     }
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <heddle/suite/check_scenario.h>

namespace heddle {

/// Checks the scenario of that name. Fails with the trace of the counterexample when the result is
/// not the one that the scenario declares, and with the text of a Misuse.
testing::AssertionResult as_declared(std::string_view scenario,
                                     const ScenarioOverrides& overrides = {},
                                     const CheckRequest& request = {});

/// Replays a trace that `check --trace` stored: it must still be possible, and fail the same
/// property. Fails with the trace otherwise.
testing::AssertionResult still_fails(const std::string& trace_file);

/// Replays a schedule in the scenario of that name: no property may fail on it. Where the code has
/// changed and an event is not possible, takes the nearest one or leaves it out; where the schedule
/// ends before the calls do, lets them go on without faults. Fails with the trace. What `export
/// --format gtest` writes says this.
testing::AssertionResult no_longer_fails(std::string_view scenario, const ScheduleText& schedule,
                                         const ScenarioOverrides& overrides = {});

/// Registers a GoogleTest test for each registered scenario. Call once, before RUN_ALL_TESTS;
/// main() of a suite binary does.
void register_google_tests(const CheckRequest& request = {});

}  // namespace heddle
