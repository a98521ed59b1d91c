// What a scenario's description comes to, and how one that makes no sense is refused.
#include <gtest/gtest.h>

#include <heddle/model/future.h>
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

#include "properties/explored.h"

namespace heddle {
namespace {

using properties_tests::explore;

class Counter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    counter = 1;
    co_return;
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  Update<Nat> add(Nat amount) {
    counter += amount;
    co_return counter;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, get, set1, set2, add)
};

class Ticker : public Canister {
 public:
  HeartbeatTask beat() { co_return; }

  HEDDLE_CANISTER(Ticker, beat)
};

/// The text of the Misuse that `what` throws.
template <class What>
std::string misuse(What what) {
  try {
    what();
  } catch (const Misuse& refused) {
    return refused.what();
  }
  return "no misuse";
}

::testing::AssertionResult has(const std::string& whole, std::string_view part) {
  if (whole.find(part) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << '"' << whole << "\" does not say \"" << part << '"';
}

#define EXPECT_MISUSE(what, text) EXPECT_TRUE(has(misuse([&] { static_cast<void>(what); }), text))

TEST(Scenario, IngressOrderGivesBothOutcomes) {
  Scenario s("counter/plain");
  const auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::set1);
  s.user("bob").calls(counter, &Counter::set2);
  s.profile(happy);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  const auto explored = explore(s);
  EXPECT_EQ(explored.outcomes.at("counter"), (std::set<std::string>{"1", "2"}));
  EXPECT_TRUE(explored.violated.empty());
}

TEST(Scenario, InOrderFixesTheOrderOfOneUsersCalls) {
  Scenario s("counter/in_order");
  const auto counter = s.install<Counter>("counter");
  auto alice = s.user("alice");
  alice.calls(counter, &Counter::set1);
  alice.calls(counter, &Counter::set2);
  alice.in_order();
  s.profile(happy);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  EXPECT_EQ(explore(s).outcomes.at("counter"), (std::set<std::string>{"2"}));
}

TEST(Scenario, AllSubmitsTogetherAndThenGoesOn) {
  Scenario s("counter/all");
  const auto counter = s.install<Counter>("counter");
  auto alice = s.user("alice");
  const auto [one, two] =
      alice.all(asks(counter, &Counter::set1), asks(counter, &Counter::add, Nat(5)));
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(two)>, UserCallRef<Nat>>);
  EXPECT_EQ(one.position(), (CallPosition{0, 0}));
  EXPECT_EQ(two.position(), (CallPosition{0, 1}));
  alice.calls(counter, &Counter::add, Nat(10));
  s.profile(happy);
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  s.before(replies(counter, &Counter::set1), starts(counter, &Counter::get));
  auto setup = s.build();
  EXPECT_EQ(setup.scope,
            "users alice (set1 and add together, then add); canister counter; profile happy: no "
            "faults; limit 500");
  EXPECT_EQ(properties_tests::Explorer(std::move(setup)).run().outcomes.at("counter"),
            (std::set<std::string>{"11", "16"}));
}

TEST(Scenario, TheScopeSentenceSaysWhoWhereAndUnderWhichFaults) {
  Scenario s("bank/withdraw");
  const auto ledger = s.install<Counter>("ledger");
  const auto bank = s.install<Counter>("bank");
  s.user("alice").calls(bank, &Counter::set1);
  auto bob = s.user("bob");
  bob.calls(bank, &Counter::set1);
  bob.calls(ledger, &Counter::set2);
  bob.then();
  EXPECT_EQ(s.build().scope,
            "users alice (set1), bob (set1, then set2); canisters ledger, bank; profile safety: at "
            "most 1 reject, 1 callback trap; limit 500");
}

TEST(Scenario, TheScopeSentenceSaysLimitsBudgetsParametersAndWhatIsWeakened) {
  Scenario s("bank/withdraw", {{{"users", "6"}}, happy, {"G1"}});
  const auto bank = s.install<Counter>("bank");
  const auto rates = s.install_environment<Counter>("rates");
  for (int i = 1; i <= s.param("users", 2); ++i) {
    s.user(fmt::format("u{}", i)).calls(bank, &Counter::set1);
  }
  s.profile(safety);
  s.faults().rejects = 2;
  s.faults().environment_silence = 1;
  s.limit(bank, rates, 2);
  s.limit_all(7);
  EXPECT_EQ(
      s.build().scope,
      "users u1 to u6, 6 in all (set1 each); canister bank; environment rates; profile happy: "
      "at most 2 rejects, 1 silence of environment canisters; limits bank > rates 2, others "
      "7; weakened: G1 (requests of a pair overtake each other); with users = 6");
}

TEST(Scenario, ProfileOfTheCommandLineReplacesTheScenarios) {
  const auto faults_under = [](std::optional<Profile> profile) {
    Scenario s("counter/plain", {{}, profile, {}});
    const auto counter = s.install<Counter>("counter");
    s.user("alice").calls(counter, &Counter::set1);
    s.profile(happy);
    return s.build().system.faults;
  };
  EXPECT_EQ(faults_under({}), Faults{});
  EXPECT_EQ(faults_under(safety), faults_of(safety));
}

TEST(Scenario, ResultsAreKeptExactlyWhenAPredicateHasCapturedAHandle) {
  const auto keeps = [](bool asked) {
    Scenario s("counter/plain");
    [&] {
      const auto counter = s.install<Counter>("counter");
      const auto call = s.user("alice").calls(counter, &Counter::add, Nat{1});
      if (asked) {
        s.outcomes("result", [=](const State& end) { return end.result(call); });
      } else {
        s.outcomes("result", [=](const State& end) { return end[counter].counter.get(); });
        s.answers(call, Nat{1});
      }
    }();
    return s.build().system.keep_results;
  };
  EXPECT_TRUE(keeps(true));
  EXPECT_FALSE(keeps(false));
}

TEST(Scenario, DefaultPropertiesAreThereUnlessSwitchedOff) {
  const auto names = [](bool without) {
    Scenario s("counter/plain");
    const auto counter = s.install<Counter>("counter");
    s.user("alice").calls(counter, &Counter::set1);
    if (without) {
      s.without("no deadlock");
    }
    std::vector<std::string> properties;
    for (const auto& property : s.build().claims.properties) {
      properties.push_back(property->name());
    }
    return properties;
  };
  EXPECT_EQ(names(false),
            (std::vector<std::string>{"no unexpected trap", "no deadlock", "every call answered",
                                      "every call answered by its method"}));
  EXPECT_EQ(names(true), (std::vector<std::string>{"no unexpected trap", "every call answered",
                                                   "every call answered by its method"}));
}

TEST(Scenario, SampledIsExpectedToBeIncompleteUnlessDeclaredOtherwise) {
  const auto expected = [](bool declared) {
    Scenario s("counter/plain");
    const auto counter = s.install<Counter>("counter");
    s.user("alice").calls(counter, &Counter::set1);
    s.sampled(100);
    if (declared) {
      s.expect(violated());
    }
    return s.build().expectation.verdict;
  };
  EXPECT_EQ(expected(false), ExpectedVerdict::kIncomplete);
  EXPECT_EQ(expected(true), ExpectedVerdict::kViolated);
}

TEST(ScenarioMisuse, NoCanister) {
  Scenario s("story/empty");
  EXPECT_MISUSE(s.build(), "scenario story/empty: no canister is installed");
}

TEST(ScenarioMisuse, NoUsers) {
  Scenario s("story/empty");
  s.install<Counter>("counter");
  EXPECT_MISUSE(s.build(), "no user calls anything, so nothing can happen: add s.user(\"alice\")");
}

TEST(ScenarioMisuse, AHeartbeatNeedsNoUsers) {
  Scenario s("story/heartbeat");
  s.install<Ticker>("ticker");
  EXPECT_EQ(s.build().scope,
            "no users; canister ticker; profile safety: at most 1 reject, 1 callback trap, 1 "
            "heartbeat; limit 500");
}

TEST(ScenarioMisuse, AUserWhoCallsNothing) {
  Scenario s("story/empty");
  s.install<Counter>("counter");
  s.user("alice");
  EXPECT_MISUSE(s.build(), "user alice calls nothing");
}

TEST(ScenarioMisuse, AnUnknownCanister) {
  Scenario s("story/unknown");
  s.install<Counter>("counter");
  EXPECT_MISUSE(s.user("alice").calls(Ref<Counter>(7), &Counter::set1),
                "user alice calls an unknown canister");
  EXPECT_MISUSE(s.atomic(Ref<Counter>(7), &Counter::counter), "there are: counter.");
}

TEST(ScenarioMisuse, TwoOfOneName) {
  Scenario s("story/names");
  s.install<Counter>("counter");
  EXPECT_MISUSE(s.install<Counter>("counter"), "two are called \"counter\"");
  EXPECT_MISUSE(s.user("counter"), "two are called \"counter\"");
  EXPECT_MISUSE(s.user("alice#1"), "\"alice#1\" is no name for a user");
}

TEST(ScenarioMisuse, AnUnknownParameterListsThoseThereAre) {
  Scenario s("story/parameters", {{{"user", "3"}}, {}, {}});
  const auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::set1);
  s.param("users", 2);
  s.param("calls", 2);
  EXPECT_MISUSE(s.build(), "--set user=3: there is no such parameter; there are: calls, users.");
}

TEST(ScenarioMisuse, AParameterThatIsNoNumber) {
  Scenario s("story/parameters", {{{"users", "three"}}, {}, {}});
  EXPECT_MISUSE(s.param("users", 2), "--set users=three: not a whole number");
}

TEST(ScenarioMisuse, TwoPropertiesOfOneName) {
  Scenario s("story/names");
  const auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::set1);
  s.always("fine", [](const State&) { return true; });
  s.finally("fine", [](const State&) { return true; });
  EXPECT_MISUSE(s.build(), "two properties are called \"fine\"");
}

TEST(ScenarioMisuse, AnExpectedPropertyThatIsNotClaimed) {
  Scenario s("story/names");
  const auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::set1);
  s.expect(violated("conserved"));
  EXPECT_MISUSE(s.build(), "expect(violated(\"conserved\")): nothing of that name is claimed");
}

TEST(ScenarioMisuse, AnUnknownGuaranteeOrDefaultProperty) {
  Scenario s("story/names");
  EXPECT_MISUSE(s.weaken("G9"), "\"G9\" is no guarantee that can be weakened");
  EXPECT_MISUSE(s.without("deadlock"), "no default property is called so; there are");
}

/// Who calls what, in some order, with some of it left out: by not describing it, or by overrides.
using Calls = std::vector<std::pair<std::string, int>>;  ///< by user: how much is added

properties_tests::Explored explore_calls(const Calls& calls, int order,
                                         const ScenarioOverrides& overrides = {}) {
  Scenario s("counter/left_out", overrides);
  const auto counter = s.install<Counter>("counter");
  for (const auto& [user, amount] : calls) {
    auto described = s.user(user);
    described.calls(counter, &Counter::add, Nat(static_cast<std::uint64_t>(amount)));
    if (order == 1) {
      described.in_order();
    } else if (order == 2) {
      described.then();
    }
  }
  s.profile(safety);
  s.faults().resubmissions = 1;
  s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
  return explore(s);
}

void expect_same(const properties_tests::Explored& left, const properties_tests::Explored& right) {
  EXPECT_EQ(left.states, right.states);
  EXPECT_EQ(left.quiescent, right.quiescent);
  EXPECT_EQ(left.outcomes, right.outcomes);
  EXPECT_EQ(left.violated, right.violated);
}

TEST(Scenario, WhatIsLeftOutIsAsIfItWereNotDescribed) {
  const Calls all{{"alice", 1}, {"alice", 2}, {"bob", 4}, {"alice", 8}};
  for (const int order : {0, 1, 2}) {
    SCOPED_TRACE(order);
    expect_same(explore_calls(all, order, {.without = {"bob"}}),
                explore_calls({{"alice", 1}, {"alice", 2}, {"alice", 8}}, order));
    expect_same(explore_calls(all, order, {.without = {"alice#1"}}),
                explore_calls({{"alice", 2}, {"bob", 4}, {"alice", 8}}, order));
    expect_same(explore_calls(all, order, {.without = {"alice#2", "bob"}}),
                explore_calls({{"alice", 1}, {"alice", 8}}, order));
    expect_same(explore_calls(all, order, {.without = {"alice"}}),
                explore_calls({{"bob", 4}}, order));
  }
}

TEST(Scenario, OfCallsMadeTogetherTheOthersAreStillTogether) {
  const auto describe = [](bool all, const ScenarioOverrides& overrides) {
    Scenario s("counter/together", overrides);
    const auto counter = s.install<Counter>("counter");
    auto alice = s.user("alice");
    if (all) {
      alice.all(asks(counter, &Counter::set1), asks(counter, &Counter::set2),
                asks(counter, &Counter::add, Nat{5}));
    } else {
      alice.all(asks(counter, &Counter::set2), asks(counter, &Counter::add, Nat{5}));
    }
    alice.calls(counter, &Counter::add, Nat{7});
    s.profile(happy);
    s.outcomes("counter", [=](const State& end) { return end[counter].counter.get(); });
    return explore(s);
  };
  expect_same(describe(true, {.without = {"alice#1"}}), describe(false, {}));
}

TEST(Scenario, NumbersInArgumentsAreSetByPlace) {
  const Calls calls{{"alice", 1}, {"bob", 4}};
  EXPECT_EQ(explore_calls(calls, 0, {.numbers = {{"bob#1.1", "6"}}}).outcomes,
            explore_calls({{"alice", 1}, {"bob", 6}}, 0).outcomes);
}

TEST(Scenario, TheScopeSaysWhatIsLeftOut) {
  const auto scope = [](const ScenarioOverrides& overrides) {
    Scenario s("counter/left_out", overrides);
    const auto counter = s.install<Counter>("counter");
    s.user("alice").calls(counter, &Counter::set1);
    s.user("alice").calls(counter, &Counter::set2);
    s.user("bob").calls(counter, &Counter::add, Nat{5});
    s.profile(happy);
    return s.build().scope;
  };
  EXPECT_EQ(scope({.without = {"alice#1"}, .numbers = {{"bob#1.1", "2"}}}),
            "users alice (set2), bob (add); canister counter; profile happy: no faults; limit 500; "
            "with bob#1.1 = 2; without alice#1");
  EXPECT_EQ(scope({.without = {"alice"}}),
            "users bob (add); canister counter; profile happy: no faults; limit 500; without "
            "alice");
}

TEST(ScenarioMisuse, LeavingOutWhatIsNotThere) {
  const auto built = [](const ScenarioOverrides& overrides) {
    Scenario s("counter/left_out", overrides);
    const auto counter = s.install<Counter>("counter");
    s.user("alice").calls(counter, &Counter::add, Nat{5});
    static_cast<void>(s.build());
  };
  EXPECT_MISUSE((built({.without = {"carol"}}), 0),
                "--without carol: there is no user carol; there are: alice");
  EXPECT_MISUSE((built({.without = {"alice#2"}}), 0),
                "--without alice#2: \"alice#2\" is none of the calls of user alice, alice#1");
  EXPECT_MISUSE((built({.without = {"alice"}}), 0),
                "--without alice: that leaves out every call, so nothing can happen");
  EXPECT_MISUSE((built({.numbers = {{"alice#1.2", "3"}}}), 0),
                "--number alice#1.2=3: there is no number 2 in the arguments; there are 1");
  EXPECT_MISUSE((built({.numbers = {{"alice#1.1", "-3"}}}), 0), "--number alice#1.1=-3: -3 is no");
  EXPECT_MISUSE((built({.numbers = {{"alice#1", "3"}}}), 0), "write the call, a dot");
}

}  // namespace
}  // namespace heddle
