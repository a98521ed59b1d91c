// The happens-before order: its reasons, that it agrees with the trace, and that nothing is lost
// with what is left out.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/traces/internal/happens_before.h>

#include "traces/sample_traces.h"

namespace heddle::internal {
namespace {

using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

std::vector<Trace> samples() {
  return {test::lost_update(),    test::trap_and_cleanup(), test::deadlock(), test::many_calls(),
          test::many_canisters(), test::many_steps(60),     Trace{}};
}

/// "1>3 request alice#1/1", by number of step.
std::vector<std::string> told(const std::vector<Precedence>& order) {
  std::vector<std::string> lines;
  for (const Precedence& precedence : order) {
    const char* const why = precedence.why == Precedence::Why::kCanister   ? "canister"
                            : precedence.why == Precedence::Why::kRequest  ? "request"
                            : precedence.why == Precedence::Why::kResponse ? "response"
                                                                           : "clock";
    lines.push_back(fmt::format("{}>{} {}{}{}", precedence.from + 1, precedence.to + 1, why,
                                precedence.call.empty() ? "" : " ", precedence.call));
  }
  return lines;
}

/// All that follows, by Warshall's algorithm.
Pairs closure(std::size_t steps, const std::vector<Precedence>& order) {
  std::vector<std::vector<bool>> reach(steps, std::vector<bool>(steps, false));
  for (const Precedence& precedence : order) {
    reach[precedence.from][precedence.to] = true;
  }
  for (std::size_t via = 0; via < steps; ++via) {
    for (std::size_t from = 0; from < steps; ++from) {
      for (std::size_t to = 0; reach[from][via] && to < steps; ++to) {
        reach[from][to] = reach[from][to] || reach[via][to];
      }
    }
  }
  Pairs pairs;
  for (std::size_t from = 0; from < steps; ++from) {
    for (std::size_t to = 0; to < steps; ++to) {
      if (reach[from][to]) {
        pairs.insert({from, to});
      }
    }
  }
  return pairs;
}

TEST(HappensBefore, JoinsStepsOfACanisterRequestsAndResponses) {
  const Trace trace = test::lost_update();
  EXPECT_EQ(told(happens_before(trace)),
            (std::vector<std::string>{
                "1>2 canister", "1>3 request alice#1/1", "2>4 request bob#1/1", "3>4 canister",
                "2>5 canister", "3>5 response alice#1/1", "4>6 response bob#1/1", "5>6 canister"}));
}

TEST(HappensBefore, ARejectedRequestAndItsRejectAreMessagesToo) {
  const Trace trace = test::trap_and_cleanup();
  EXPECT_EQ(told(without_implied(trace, happens_before(trace))),
            (std::vector<std::string>{"1>2 request alice#1/1", "2>3 response alice#1/1",
                                      "3>4 canister"}));
}

TEST(HappensBefore, TimersFireAfterTimeHasPassed) {
  Trace trace;
  trace.canisters = {"clock"};
  for (const EventKind kind :
       {EventKind::kFireTimer, EventKind::kAdvanceTime, EventKind::kFireTimer}) {
    TraceStep step;
    step.number = trace.steps.size() + 1;
    step.kind = kind;
    step.lane = kind == EventKind::kFireTimer ? "clock" : "";
    trace.steps.push_back(step);
  }
  EXPECT_EQ(told(happens_before(trace)), (std::vector<std::string>{"1>3 canister", "2>3 clock"}));
}

TEST(HappensBefore, AgreesWithTheOrderOfTheTrace) {
  for (const Trace& trace : samples()) {
    for (const Precedence& precedence : happens_before(trace)) {
      EXPECT_LT(precedence.from, precedence.to) << trace.scenario;
    }
  }
}

TEST(HappensBefore, WhatIsLeftOutFollowsAndNothingElseIsLeftOut) {
  for (const Trace& trace : samples()) {
    if (trace.steps.size() > 100) {
      continue;  // Warshall's algorithm is cubic
    }
    const std::vector<Precedence> all = happens_before(trace);
    const std::vector<Precedence> least = without_implied(trace, all);
    const Pairs order = closure(trace.steps.size(), all);
    EXPECT_EQ(closure(trace.steps.size(), least), order) << trace.scenario;
    for (std::size_t i = 0; i < least.size(); ++i) {
      std::vector<Precedence> others = least;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_NE(closure(trace.steps.size(), others), order) << trace.scenario << ", edge " << i;
    }
  }
}

}  // namespace
}  // namespace heddle::internal
