// Stateless search: counts that are known, and what it must tell apart.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using testing::add;
using testing::always;
using testing::argument;
using testing::calls;
using testing::Functions;
using testing::install;
using testing::read;
using testing::reply;
using testing::user;
using testing::value;
using testing::write;

Verdict dpor(const System& system, const Claims& claims = {}, std::uint64_t depth_max = 0) {
  CheckOptions options;
  options.strategy = Strategy::kDpor;
  options.threads = 1;
  options.depth_max = depth_max;
  return check(system, claims, options);
}

std::shared_ptr<Functions> cell() {
  auto cell =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"value", 0}});
  cell->method("set",
               [](View& view) {
                 write(view, 0, argument(view));
                 reply(view);
               })
      .method("get", [](View& view) { reply(view, read(view, 0)); })
      .method("ping", [](View& view) { reply(view); });
  return cell;
}

constexpr MethodId kSet = 0;
constexpr MethodId kGet = 1;
constexpr MethodId kPing = 2;

/// `users` users, each calling `method` of a canister of its own, or all of the same.
System cells(unsigned users, MethodId method, bool shared) {
  System system;
  for (unsigned i = 0; i < (shared ? 1 : users); ++i) {
    install(system, fmt::format("cell{}", i), cell());
  }
  for (unsigned i = 0; i < users; ++i) {
    user(system, fmt::format("user{}", i),
         {calls(static_cast<CanisterId>(shared ? 0 : i), method, i + 1)});
  }
  return system;
}

/// One user, whose call makes `calls_made` calls at once to as many canisters, or to one, and waits
/// for all.
System join_all(unsigned calls_made, bool one_callee) {
  System system;
  auto caller =
      std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{{"done", 0}});
  caller->method("run", [=](View& view) {
    std::vector<CallIndex> sent;
    for (unsigned i = 0; i < calls_made; ++i) {
      Send send;
      send.callee = static_cast<CanisterId>(one_callee ? 1 : i + 1);
      send.method = kPing;
      send.arguments = view.tables().values.intern(to_bytes(std::uint64_t{0}));
      sent.push_back(*view.send(send));
    }
    if (view.await(Await::Kind::kAll, sent, AwaitMode::kNow, std::source_location::current())) {
      reply(view);
    }
  });
  install(system, "caller", caller);
  for (unsigned i = 0; i < (one_callee ? 1 : calls_made); ++i) {
    install(system, fmt::format("cell{}", i), cell());
  }
  user(system, "alice", {calls(0, 0)});
  return system;
}

void expect_executions(const Verdict& verdict, std::uint64_t executions) {
  EXPECT_EQ(to_string(verdict.answered), "VERIFIED");
  EXPECT_EQ(verdict.executions, executions);
  EXPECT_EQ(verdict.blocked, 0U);
}

TEST(Dpor, UsersOfDifferentCanistersHaveOneExecution) {
  for (unsigned users = 1; users <= 40; users += 13) {
    expect_executions(dpor(cells(users, kSet, false)), 1);
  }
}

TEST(Dpor, WritersToOneCanisterHaveOneExecutionForEachOrder) {
  std::uint64_t factorial = 1;
  for (unsigned users = 1; users <= 6; ++users) {
    factorial *= users;
    expect_executions(dpor(cells(users, kSet, true)), factorial);
  }
}

TEST(Dpor, ReadersOfOneCanisterHaveOneExecution) {
  expect_executions(dpor(cells(20, kGet, true)), 1);
}

TEST(Dpor, AReaderAmongWritersIsAtOneOfAsManyPlacesAndOne) {
  System system = cells(3, kSet, true);
  user(system, "reader", {calls(0, kGet)});
  expect_executions(dpor(system), 3 * 2 * 4);
}

/// `lead` writes x; `follow` writes y unless x was written; `look` reads y.
System one_that_writes_only_when_first(const std::vector<MethodId>& methods) {
  System system;
  auto canister = std::make_shared<Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"x", 0}, {"y", 0}, {"seen", 0}});
  canister
      ->method("lead",
               [](View& view) {
                 write(view, 0, 1);
                 reply(view);
               })
      .method("follow",
              [](View& view) {
                if (read(view, 0) == 0) {
                  write(view, 1, 1);
                }
                reply(view);
              })
      .method("look", [](View& view) {
        write(view, 2, read(view, 1));
        reply(view);
      });
  install(system, "canister", canister);
  for (const MethodId method : methods) {
    user(system, fmt::format("user{}", method), {calls(0, method)});
  }
  return system;
}

// `follow` after `lead` commutes with `look`; had it come first, it would not: that it was tried
// first does not say what happens when `look` comes before it.
TEST(Dpor, WhatAnEventTouchesWithoutTheOtherOfARaceCounts) {
  std::vector<MethodId> methods{0, 1, 2};
  do {
    expect_executions(dpor(one_that_writes_only_when_first(methods)), 3);
  } while (std::ranges::next_permutation(methods).found);
}

TEST(Dpor, ResponsesToACallThatWaitsForAllAreNotToldApart) {
  for (const unsigned n : {1U, 2U, 5U, 100U}) {
    expect_executions(dpor(join_all(n, true)), 1);
  }
  expect_executions(dpor(join_all(12, false)), 1);
}

TEST(Dpor, RequestsInFlightThatAPredicateReadsAreToldApart) {
  Claims claims;
  claims.measures = {{"in flight", [](const State& now) {
                        return now.source().answer({ObservationKind::kInFlight, 0, {}, 1}) +
                               now.source().answer({ObservationKind::kInFlight, 0, {}, 2});
                      }}};
  const Verdict verdict = dpor(join_all(2, false), claims);
  EXPECT_EQ(verdict.peaks.at("in flight"), 2U);
  EXPECT_GT(verdict.executions, 1U);
}

TEST(Dpor, ALostUpdateIsFoundAndShortened) {
  Claims claims;
  claims.properties = {testing::conserved()};
  const Verdict verdict = dpor(testing::withdrawals(3), claims);
  EXPECT_EQ(to_string(verdict.answered), "VIOLATED");
  CheckOptions options;
  const Verdict shortest = check(testing::withdrawals(3), claims, options);
  EXPECT_EQ(verdict.schedule.size(), shortest.schedule.size());
}

// The two canisters' writes commute, but for a predicate that reads both: only in one of the two
// orders is there a state with (0, 1).
TEST(Dpor, EventsThatOnePredicateSeesDoNotCommute) {
  for (const bool first : {false, true}) {
    Claims claims;
    claims.properties = {always("never so", [=](const State& now) {
      return !(value(now, first ? 1 : 0, 0) == 0 && value(now, first ? 0 : 1, 0) != 0);
    })};
    EXPECT_EQ(to_string(dpor(cells(2, kSet, false), claims).answered), "VIOLATED");
  }
}

TEST(Dpor, EventsThatOneAutomatonCountsDoNotCommute) {
  Claims claims;
  claims.properties = {testing::at_most_requests(100)};
  expect_executions(dpor(cells(3, kSet, false), claims), 1);  // users send no requests
  // The orders of three starts, and of three responses, which an automaton may tell apart.
  expect_executions(dpor(join_all(3, false), claims), 6 * 6);
}

TEST(Dpor, FaultsThatShareABudgetPreventEachOther) {
  System system = cells(2, kSet, false);
  system.faults.dropped_ingress = 1;
  expect_executions(dpor(system), 3);  // none, the first or the second is dropped
  system.faults.dropped_ingress = 2;
  expect_executions(dpor(system), 5);  // both, in either order, as they share the budget
}

TEST(Dpor, ASystemWithoutEndIsNotVerified) {
  const Verdict verdict = dpor(testing::endless());
  EXPECT_EQ(to_string(verdict.answered), "INCOMPLETE");
  EXPECT_EQ(verdict.bound, "max-depth");
  const Verdict bounded = dpor(testing::endless(), {}, 20);
  EXPECT_EQ(to_string(bounded.answered), "INCOMPLETE");
  EXPECT_EQ(bounded.depth, 20U);
}

TEST(Dpor, WhatIsLeftIsEstimated) {
  CheckOptions options;
  options.strategy = Strategy::kDpor;
  options.states_max = 3000;
  const Verdict verdict = check(cells(8, kSet, true), {}, options);
  EXPECT_EQ(to_string(verdict.answered), "INCOMPLETE");
  ASSERT_TRUE(verdict.executions_estimated);
  EXPECT_GE(verdict.executions_estimated->high, static_cast<double>(verdict.executions));
}

}  // namespace
}  // namespace heddle
