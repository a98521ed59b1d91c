// Symmetry of equal calls: those that a user submits together and that ask for the same.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/symmetric.h"

namespace heddle {
namespace {

using namespace symmetric;

/// One user who calls this so many times at once.
template <class Pointer, class... A>
Describe calls_at_once(int count, Pointer method, A... arguments) {
  return [=](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    for (int i = 0; i < count; ++i) {
      s.user("alice").calls(bank, method, arguments...);
    }
    s.outcomes("asked", [=](const State& end) { return end[bank].asked.get(); });
    s.outcomes("coins", [=](const State& end) { return end[ledger].coins.get(); });
    s.measure("in flight", [=](const State& now) { return now.in_flight(bank, ledger); });
  };
}

TEST(EqualCalls, StandForEachOther) {
  for (const auto method : {&Bank::draw, &Bank::pass_on, &Bank::twice, &Bank::hold}) {
    const Describe describe = calls_at_once(3, method);
    const Verdict verdict = compared(describe);
    EXPECT_TRUE(verdict.scope.ends_with("up to symmetry of alice#1, alice#2, alice#3"))
        << verdict.scope;
    const heddle::Setup setup = built(describe);
    const std::uint64_t all = check(setup.system, setup.claims, options_of(false)).states;
    // Draws are numbered in the order in which they start, and so are calls.
    EXPECT_TRUE(method == &Bank::draw ? verdict.states == all : verdict.states < all);
  }
}

// Who does not look at callers sees no difference between calls of one user and of several.
TEST(EqualCalls, AreAsManyStatesAsThoseOfInterchangeableUsers) {
  for (const auto method : {&Bank::draw, &Bank::twice}) {
    const Verdict of_one = compared(calls_at_once(4, method));
    const Verdict of_users = compared([&](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(2));
      auto bank = s.install<Bank>("bank", ledger);
      for (const char* name : {"u1", "u2", "u3", "u4"}) {
        s.user(name).calls(bank, method);
      }
    });
    EXPECT_EQ(of_one.states, of_users.states);
    EXPECT_EQ(of_one.quiescent, of_users.quiescent);
    EXPECT_EQ(of_one.depth, of_users.depth);
  }
}

TEST(EqualCalls, ChangePlacesWithTheirUsers) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const char* name : {"alice", "bob"}) {
      s.user(name).calls(bank, &Bank::note, Principal::named(name));
      s.user(name).calls(bank, &Bank::withdraw);
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
    s.outcomes("owners", [=](const State& end) { return end[bank].coins.keys(); });
  });
  EXPECT_TRUE(verdict.scope.ends_with(
      "up to symmetry of alice, bob and of alice#2, alice#3 and of bob#2, bob#3"))
      << verdict.scope;
  EXPECT_EQ(verdict.outcomes.at("owners").size(), 2);
}

// Of each user, whatever the other's calls have done.
TEST(EqualCalls, OfUsersWhoAreNotInterchangeable) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (int i = 0; i < 2; ++i) {
      s.user("alice").calls(bank, &Bank::withdraw);
      s.user("bob").calls(bank, &Bank::draw);
    }
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
    s.outcomes("asked", [=](const State& end) { return end[bank].asked.get(); });
  });
  EXPECT_TRUE(verdict.scope.ends_with("up to symmetry of alice#1, alice#2 and of bob#1, bob#2"))
      << verdict.scope;
}

TEST(EqualCalls, NamesOfCallsInHandlesChange) {
  const Verdict verdict = compared([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    s.without("no deadlock");
    s.without("every call answered");
    s.user("alice").calls(desk, &Desk::wait);
    s.user("alice").calls(desk, &Desk::wait);
    s.user("bob").calls(desk, &Desk::settle);
    s.user("bob").calls(desk, &Desk::settle);
    s.outcomes("total", [=](const State& end) { return end[desk].total.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("total").size(), 3);
}

TEST(EqualCalls, OneGroupAfterTheOther) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").all(asks(bank, &Bank::draw), asks(bank, &Bank::draw));
    s.user("alice").all(asks(bank, &Bank::draw), asks(bank, &Bank::draw));
    s.outcomes("asked", [=](const State& end) { return end[bank].asked.get(); });
  });
  EXPECT_TRUE(verdict.scope.ends_with("up to symmetry of alice#1, alice#2 and of alice#3, alice#4"))
      << verdict.scope;
}

TEST(EqualCalls, AreNotThoseOneAfterTheOther) {
  for (const bool then : {false, true}) {
    const Verdict verdict = compared([&](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(2));
      auto bank = s.install<Bank>("bank", ledger);
      auto user = s.user("alice");
      user.calls(bank, &Bank::draw);
      user.calls(bank, &Bank::draw);
      then ? user.then() : user.in_order();
    });
    EXPECT_EQ(refusal(verdict), "no two users do the same");
  }
}

TEST(EqualCalls, AreNotThoseThatAskForSomethingElse) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    auto other = s.install<Bank>("other", ledger);
    s.user("alice").calls(bank, &Bank::serve, Nat(1));
    s.user("alice").calls(bank, &Bank::serve, Nat(2));
    s.user("alice").calls(other, &Bank::serve, Nat(1));
    s.user("alice").calls(bank, &Bank::draw);
  });
  EXPECT_EQ(refusal(verdict), "bank and other are told apart by the calls of alice");
}

// A violation is found whichever of them it is of, and its schedule is one of the system.
TEST(EqualCalls, AViolationIsFound) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    for (int i = 0; i < 3; ++i) {
      s.user("alice").calls(bank, &Bank::twice);
    }
    s.always("few", [=](const State& now) { return now.in_flight(bank, ledger) < 5; });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

// ---- What is refused, and why.

/// Two calls of alice, whose results are kept.
template <class Claim>
Verdict two_withdrawals(const Claim& claim) {
  return compared([&](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.keep_results();
    const auto first = s.user("alice").calls(bank, &Bank::withdraw);
    const auto second = s.user("alice").calls(bank, &Bank::withdraw);
    claim(s, first, second);
  });
}

template <class Call>
bool got_it(const State& now, const Call& call) {
  const auto result = now.result(call);
  return result && *result && result->value();
}

TEST(EqualCalls, WhoseResultsAnOutcomeTellsApartAreNot) {
  const Verdict verdict = two_withdrawals([](Scenario& s, auto first, auto) {
    s.outcomes("first", [=](const State& end) { return got_it(end, first); });
  });
  EXPECT_EQ(refusal(verdict), "outcome set \"first\" tells equal calls apart");
  EXPECT_EQ(values_of(verdict.outcomes.at("first")), std::set<std::string>{"true"});
}

TEST(EqualCalls, WhoseResultsAPropertyTellsApartAreNot) {
  const Verdict verdict = two_withdrawals([](Scenario& s, auto first, auto second) {
    s.always("first", [=](const State& now) { return got_it(now, first) || !got_it(now, second); });
  });
  EXPECT_EQ(refusal(verdict), "property \"first\" tells equal calls apart");
}

TEST(EqualCalls, WhoseResultsAMeasureTellsApartAreNot) {
  const Verdict verdict = two_withdrawals([](Scenario& s, auto, auto second) {
    s.measure("second", [=](const State& now) { return std::uint64_t{got_it(now, second)}; });
  });
  EXPECT_EQ(refusal(verdict), "measure \"second\" tells equal calls apart");
}

TEST(EqualCalls, WhoseResultsAreLookedAtAlikeAre) {
  const Verdict verdict = two_withdrawals([](Scenario& s, auto first, auto second) {
    s.outcomes("both", [=](const State& end) {
      return std::uint64_t{got_it(end, first)} + std::uint64_t{got_it(end, second)};
    });
    s.always("one", [=](const State& now) { return !got_it(now, first) || !got_it(now, second); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(EqualCalls, OneWhoseAnswerIsClaimedIsNot) {
  for (const bool second_is_claimed : {false, true}) {
    const Verdict verdict = two_withdrawals([&](Scenario& s, auto first, auto second) {
      s.answers(second_is_claimed ? second : first, true);
    });
    EXPECT_EQ(refusal(verdict),
              fmt::format("equal calls of alice are told apart by property \"alice#{} answers "
                          "true\"",
                          second_is_claimed ? 2 : 1));
    EXPECT_EQ(verdict.answered, second_is_claimed ? Answered::kViolated : Answered::kVerified);
  }
}

TEST(EqualCalls, AreNotWhereAnAutomatonSaysNothingOfNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.atomic(bank, &Bank::asked);
  });
  EXPECT_EQ(refusal(verdict),
            "equal calls of alice are told apart by property \"atomic(bank.asked)\"");
}

TEST(EqualCalls, ThatMayBeSentAgainAreNot) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::note, Principal());
    s.user("alice").calls(bank, &Bank::note, Principal());
    s.faults().resubmissions = 1;
  });
  EXPECT_EQ(refusal(verdict), "equal calls of alice are told apart by calls that are sent again");
}

TEST(EqualCalls, BeyondTheNinthAreNot) {
  const heddle::Setup setup = built(calls_at_once(10, &Bank::serve, Nat(1)));
  EXPECT_EQ(refusal(check(setup.system, setup.claims, options_of(true))),
            "equal calls of alice are told apart by numbers of several digits");
}

TEST(EqualCalls, ForWhichThereIsNoRoomAreLeftOut) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (int i = 0; i < 6; ++i) {
      s.user(fmt::format("u{}", i)).calls(bank, &Bank::serve, Nat(1));
      s.user(fmt::format("u{}", i)).calls(bank, &Bank::serve, Nat(1));
    }
  });
  const Verdict verdict = check(setup.system, setup.claims, options_of(true));
  EXPECT_TRUE(verdict.scope.ends_with("up to symmetry of u0, u1, u2, u3, u4, u5")) << verdict.scope;
  EXPECT_EQ(verdict.notes, std::vector<std::string>{"less symmetry reduction: equal calls of u0: "
                                                    "with them there are more than 16 names"});
}

// Where calls are told apart, users may still be interchangeable.
TEST(EqualCalls, ThatAreToldApartLeaveTheirUsersInterchangeable) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.keep_results();
    std::vector<UserCallRef<bool>> firsts;
    for (const char* name : {"alice", "bob"}) {
      firsts.push_back(s.user(name).calls(bank, &Bank::withdraw));
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.outcomes("firsts", [=](const State& end) {
      return std::ranges::count_if(firsts, [&](const auto& call) { return got_it(end, call); });
    });
  });
  EXPECT_TRUE(verdict.scope.ends_with("up to symmetry of alice, bob")) << verdict.scope;
  EXPECT_EQ(verdict.notes,
            std::vector<std::string>{
                "less symmetry reduction: outcome set \"firsts\" tells equal calls apart"});
}

}  // namespace
}  // namespace heddle
