// Each property on a small system that violates it and on one that does not.
#include <gtest/gtest.h>

#include <heddle/model/deferred.h>
#include <heddle/model/finally.h>
#include <heddle/model/future.h>
#include <heddle/model/var.h>
#include <heddle/model/var_map.h>
#include <heddle/properties/scenario.h>

#include "properties/explored.h"

namespace heddle {
namespace {

using properties_tests::explore;
using properties_tests::Explored;
using Names = std::set<std::string>;

class Ledger : public Canister {
 public:
  explicit Ledger(Nat total) { balance = total; }

  Update<> withdraw(Nat amount) {
    balance -= amount;
    co_return;
  }

  Query<Nat> left(Nat factor) { co_return balance* factor; }

  Var<Nat> balance{this, "balance", 0};
  HEDDLE_CANISTER(Ledger, withdraw, left)
};

/// Two withdrawals from one account, each awaiting the ledger between check and booking.
class Bank : public Canister {
 public:
  explicit Bank(Ref<Ledger> ledger) : ledger_(ledger) {}

  Update<Nat> buggy(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      throw Reject("too little");
    }
    co_await call(ledger_, &Ledger::withdraw, amount);
    balance = before - amount;
    co_return before - amount;
  }

  Update<> look_again(Nat amount) {
    if (balance < amount) {
      throw Reject("too little");
    }
    co_await call(ledger_, &Ledger::withdraw, amount);
    const Nat now = balance;
    balance = now - amount;
  }

  Update<> deduct_before(Nat amount) {
    if (balance < amount) {
      throw Reject("too little");
    }
    balance -= amount;
    const Outcome<> moved = co_await outcome(call(ledger_, &Ledger::withdraw, amount));
    if (!moved) {
      balance += amount;
    }
  }

  Update<> guarded(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    const Nat before = balance;
    if (before < amount) {
      throw Reject("too little");
    }
    co_await call(ledger_, &Ledger::withdraw, amount);
    balance = before - amount;
  }

  Update<> leaky(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    const Outcome<> moved = co_await outcome(call(ledger_, &Ledger::withdraw, amount));
    static_cast<void>(moved);
    busy = false;
  }

  Update<> careless(Nat amount) {
    auto first = call(ledger_, &Ledger::withdraw, amount);
    auto second = call(ledger_, &Ledger::withdraw, amount);
    co_await first;
    co_await second;
  }

  Var<Nat> balance{this, "balance", 100};
  Var<bool> busy{this, "busy", false};
  HEDDLE_CANISTER(Bank, buggy, look_again, deduct_before, guarded, leaky, careless)

 private:
  Ref<Ledger> ledger_;
};

template <class Method>
Explored withdraw_twice(Method method, Profile profile = happy) {
  Scenario s("withdraw/test");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, method, Nat(60));
  s.user("bob").calls(bank, method, Nat(30));
  s.profile(profile);
  s.atomic(bank, &Bank::balance);
  s.finally("released", [=](const State& end) { return !end[bank].busy; });
  s.finally("booked",
            [=](const State& end) { return end[bank].balance + Nat(900) == end[ledger].balance; });
  s.outcomes("balance", [=](const State& end) { return end[bank].balance.get(); });
  return explore(s);
}

TEST(Atomic, ALostUpdateIsAStaleWriteByName) {
  const auto explored = withdraw_twice(&Bank::buggy);
  EXPECT_EQ(explored.violated, (Names{"atomic(bank.balance)"}));
  EXPECT_EQ(explored.why.at("atomic(bank.balance)"),
            "stale write: bob#1 overwrites bank.balance from what it was told before an await; "
            "another call has written it since");
}

TEST(Atomic, LookingAgainAfterTheAwaitIsFine) {
  EXPECT_EQ(withdraw_twice(&Bank::look_again).violated, Names{});
}

TEST(Atomic, DeductingBeforeTheAwaitIsFine) {
  EXPECT_EQ(withdraw_twice(&Bank::deduct_before, safety).violated.count("atomic(bank.balance)"),
            0U);
}

TEST(Atomic, AGuardIsFineAndItsReleaseIsNoStaleCheck) {
  EXPECT_EQ(withdraw_twice(&Bank::guarded).violated, Names{});
}

TEST(Finally, AGuardLeakedByAnInjectedTrapIsFound) {
  const auto explored = withdraw_twice(&Bank::leaky, safety);
  EXPECT_TRUE(explored.violated.contains("released"));
  EXPECT_EQ(explored.why.at("released"), "bank.busy = true");
  EXPECT_FALSE(explored.violated.contains("no unexpected trap"));
  EXPECT_FALSE(explored.violated.contains("every call answered by its method"));
}

TEST(Always, SaysWhichValuesMadeItFail) {
  Scenario s("withdraw/always");
  const auto ledger = s.install<Ledger>("ledger", Nat(100));
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::buggy, Nat(60));
  s.profile(happy);
  s.always("equal", [=](const State& now) { return now[bank].balance == now[ledger].balance; });
  s.sometimes("low", [=](const State& now) { return now[bank].balance < 50; });
  s.sometimes("high", [=](const State& now) { return now[bank].balance > 500; });
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"equal"}));
  EXPECT_EQ(explored.why.at("equal"), "bank.balance = 100, ledger.balance = 40");
  EXPECT_EQ(explored.reached, (Names{"low"}));
}

TEST(Conserved, CountsWhatIsInFlight) {
  for (const bool with_requests : {false, true}) {
    Scenario s("withdraw/conserved");
    const auto ledger = s.install<Ledger>("ledger", Nat(1000));
    const auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::deduct_before, Nat(60));
    s.profile(happy);
    s.conserved("tokens", [=](const State& now) {
      Int sum = Int(now[bank].balance.get()) - Int(now[ledger].balance.get());
      if (with_requests) {
        for (const auto& [amount] : now.requests(ledger, &Ledger::withdraw)) {
          sum += Int(amount);
        }
      }
      return sum;
    });
    const auto explored = explore(s);
    EXPECT_EQ(explored.violated, with_requests ? Names{} : Names{"tokens"});
    if (!with_requests) {
      EXPECT_EQ(explored.why.at("tokens"),
                "the sum is -960, at first it was -900 (bank.balance = 40, ledger.balance = 1000)");
    }
  }
}

TEST(Answers, JudgesTheResponseWithoutKeepingIt) {
  Scenario s("withdraw/answers");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  const auto first = s.user("alice").calls(bank, &Bank::buggy, Nat(60));
  const auto second = s.user("bob").calls(bank, &Bank::buggy, Nat(70));
  s.profile(happy);
  s.answers(first, Nat(40));
  s.answers("bob is served", second, [](const Outcome<Nat>& got) { return got.replied(); });
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"alice#1 answers 40", "bob is served"}));
  EXPECT_EQ(explored.why.at("bob is served"),
            "bob#1 is answered reject CANISTER_REJECT \"too little\"");
  EXPECT_EQ(explored.why.at("alice#1 answers 40"),
            "alice#1 is answered reject CANISTER_REJECT \"too little\"");
}

TEST(Answers, IsNotViolatedByATrapThatTheEnvironmentInjected) {
  Scenario s("withdraw/answers");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  const auto first = s.user("alice").calls(bank, &Bank::deduct_before, Nat(60));
  s.profile(safety);
  s.answers("served", first, [](const Outcome<>& got) { return got.replied(); });
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST(Result, IsWhatTheUserGot) {
  Scenario s("withdraw/result");
  [&] {
    const auto ledger = s.install<Ledger>("ledger", Nat(1000));
    const auto bank = s.install<Bank>("bank", ledger);
    const auto first = s.user("alice").calls(bank, &Bank::buggy, Nat(60));
    s.user("bob").calls(bank, &Bank::buggy, Nat(70));
    s.profile(happy);
    s.outcomes("alice", [=](const State& end) { return end.result(first); });
    s.sometimes("unanswered", [=](const State& now) { return !now.result(first); });
  }();
  const auto explored = explore(s);
  EXPECT_EQ(explored.outcomes.at("alice"),
            (Names{"reply 40", "reject CANISTER_REJECT \"too little\""}));
  EXPECT_EQ(explored.reached, (Names{"unanswered"}));
}

TEST(Result, IsRefusedWhereNoneAreKept) {
  Scenario s("withdraw/result");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  s.user("alice").calls(ledger, &Ledger::withdraw, Nat(1));
  const auto setup = s.build();
  Kernel kernel(setup.system);
  StateSource source(kernel, kernel.initial());
  const State now(source, kernel, kernel.initial());
  EXPECT_THROW(static_cast<void>(now.result(UserCallRef<>({0, 0}, ledger.id(), nullptr))), Misuse);
}

TEST(Query, RunsInTheStateThatIsJudged) {
  Scenario s("withdraw/query");
  const auto ledger = s.install<Ledger>("ledger", Nat(100));
  s.user("alice").calls(ledger, &Ledger::withdraw, Nat(1));
  s.profile(happy);
  s.measure("twice", [=](const State& now) {
    return static_cast<std::uint64_t>(now.query(ledger, &Ledger::left, Nat(2)) == 198);
  });
  s.outcomes("left", [=](const State& end) { return end.query(ledger, &Ledger::left, Nat(3)); });
  const auto explored = explore(s);
  EXPECT_EQ(explored.peaks.at("twice"), 1U);
  EXPECT_EQ(explored.outcomes.at("left"), (Names{"297"}));
}

TEST(InFlight, TheLimitIsJudgedAndThePeakIsMeasured) {
  Scenario s("withdraw/limit");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::careless, Nat(1));
  s.user("bob").calls(bank, &Bank::careless, Nat(1));
  s.profile(happy);
  s.in_flight_at_most(bank, ledger, 3);
  s.occupancy(bank, ledger);
  s.sometimes("three replies", [=](const State& now) {
    return now.replies(bank, ledger, &Ledger::withdraw).size() == 3;
  });
  s.sometimes("two contexts", [=](const State& now) {
    return now.open_contexts(bank) ==
           std::vector<OpenContext>{{"alice#1", "careless", false}, {"bob#1", "careless", false}};
  });
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"at most 3 in flight bank > ledger"}));
  EXPECT_EQ(explored.why.at("at most 3 in flight bank > ledger"),
            "4 calls are in flight bank > ledger");
  EXPECT_EQ(explored.peaks.at("in flight bank > ledger"), 4U);
  EXPECT_EQ(explored.reached, (Names{"three replies", "two contexts"}));
}

TEST(SendFailure, OneThatLeavesItsMethodIsFound) {
  Scenario s("withdraw/full");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::careless, Nat(1));
  s.profile(happy);
  s.limit(bank, ledger, 1);
  s.no_unhandled_send_failure();
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"no unhandled send failure"}));
  EXPECT_EQ(explored.why.at("no unhandled send failure"),
            "alice#1: a call could not be sent, and the failure left bank.careless uncaught");
}

TEST(UnexpectedTrap, IsFoundUnlessTheScenarioExpectsIt) {
  for (const bool expected : {false, true}) {
    Scenario s("withdraw/trap");
    const auto ledger = s.install<Ledger>("ledger", Nat(10));
    s.user("alice").calls(ledger, &Ledger::withdraw, Nat(60));
    s.profile(happy);
    if (expected) {
      s.expects_trap(ledger, &Ledger::withdraw);
    }
    const auto explored = explore(s);
    EXPECT_EQ(explored.violated, expected ? Names{} : Names{"no unexpected trap"});
  }
}

TEST(Before, IsViolatedByAScheduleInWhichTheSecondComesFirst) {
  Scenario s("withdraw/before");
  const auto ledger = s.install<Ledger>("ledger", Nat(1000));
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::buggy, Nat(60));
  s.user("bob").calls(bank, &Bank::look_again, Nat(10));
  s.profile(happy);
  s.before(starts(bank, &Bank::buggy), starts(ledger, &Ledger::withdraw));
  s.before(starts(ledger, &Ledger::withdraw), replies(bank, &Bank::buggy));
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"bank.buggy starts before ledger.withdraw starts"}));
  EXPECT_EQ(explored.why.at("bank.buggy starts before ledger.withdraw starts"),
            "here ledger.withdraw starts, and never yet has it been that bank.buggy starts");
}

class Rates : public Canister {
 public:
  Update<Nat> rate() { co_return Nat(1); }

  HEDDLE_CANISTER(Rates, rate)
};

/// A place where callers wait, each for a Deferred of its own, until another call wakes them.
class Hall : public Canister {
 public:
  explicit Hall(Ref<Rates> rates) : rates_(rates) {}

  Update<> park() {
    const Deferred<> parked = make_deferred<>();
    waiting.update([parked](auto& list) { list.push_back(parked); });
    co_await parked.future();
  }

  Update<> wake() {
    for (const Deferred<>& parked : waiting.get()) {
      parked.resolve();
    }
    waiting = std::vector<Deferred<>>{};
    co_return;
  }

  /// Waits for a parked call of its own, which only its own next line would wake.
  Update<> park_and_wake() {
    co_await call(Ref<Hall>(self()), &Hall::park);
    co_await call(Ref<Hall>(self()), &Hall::wake);
  }

  Update<> ask_and_wake() {
    co_await call(rates_, &Rates::rate);
    co_await call(Ref<Hall>(self()), &Hall::wake);
  }

  Update<> trap_after_one() {
    auto first = call(rates_, &Rates::rate);
    auto second = call(rates_, &Rates::rate);
    co_await first;
    trap("boom");
    co_await second;
  }

  Var<std::vector<Deferred<>>> waiting{this, "waiting"};
  HEDDLE_CANISTER(Hall, park, wake, park_and_wake, ask_and_wake, trap_after_one)

 private:
  Ref<Rates> rates_;
};

TEST(EveryCallAnswered, ADeferredThatNobodyResolvesIsNamed) {
  Scenario s("hall/park");
  const auto hall = s.install<Hall>("hall", s.install<Rates>("rates"));
  s.user("alice").calls(hall, &Hall::park);
  s.profile(happy);
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"every call answered"}));
  EXPECT_EQ(explored.why.at("every call answered"),
            "alice#1 (hall.park) waits for Deferred alice#1/1 of hall\n"
            "Deferred alice#1/1 of hall is resolved by nobody");
}

TEST(EveryCallAnswered, SeveralDeferredsThatNobodyResolvesAreNoDeadlock) {
  Scenario s("hall/park");
  const auto hall = s.install<Hall>("hall", s.install<Rates>("rates"));
  s.user("alice").calls(hall, &Hall::park);
  s.user("bob").calls(hall, &Hall::park);
  s.profile(happy);
  EXPECT_EQ(explore(s).violated, (Names{"every call answered"}));
}

TEST(EveryCallAnswered, HoldsWhereTheWakingCallComesAfter) {
  Scenario s("hall/park");
  const auto hall = s.install<Hall>("hall", s.install<Rates>("rates"));
  auto alice = s.user("alice");
  alice.calls(hall, &Hall::park);
  alice.calls(hall, &Hall::wake);
  alice.in_order();
  s.profile(happy);
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST(NoDeadlock, IsShownAsACycleOfTheWaitForGraph) {
  Scenario s("hall/deadlock");
  const auto hall = s.install<Hall>("hall", s.install<Rates>("rates"));
  s.user("alice").calls(hall, &Hall::park_and_wake);
  s.profile(happy);
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"no deadlock", "every call answered"}));
  EXPECT_EQ(explored.why.at("no deadlock"),
            "a cycle, in which each waits for the next:\n"
            "  alice#1 (hall.park_and_wake) waits for call alice#1/1 to hall\n"
            "  call alice#1/1 to hall is served by alice#1/1 (hall.park)\n"
            "  alice#1/1 (hall.park) waits for Deferred alice#1/1/1 of hall\n"
            "  Deferred alice#1/1/1 of hall could be resolved by alice#1 (hall.park_and_wake)");
}

/// Two locks; who finds one taken waits for a Deferred that the holder resolves when it releases.
class TwoLocks : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> both(Nat first, Nat second) {
    co_await take(first);
    co_await call(Ref<TwoLocks>(self()), &TwoLocks::pause);
    co_await take(second);
    release(first);
    release(second);
  }

  VarMap<Nat, bool> taken{this, "taken"};
  VarMap<Nat, Deferred<>> waiting{this, "waiting"};
  HEDDLE_CANISTER(TwoLocks, pause, both)

 private:
  Star<> take(Nat lock) {
    if (taken.contains(lock)) {
      const Deferred<> turn = make_deferred<>();
      waiting.put(lock, turn);
      co_await turn.future();
    }
    taken.put(lock, true);
  }

  void release(const Nat& lock) {
    taken.erase(lock);
    if (const auto next = waiting.get(lock)) {
      waiting.erase(lock);
      next->resolve();
    }
  }
};

TEST(NoDeadlock, IsViolatedByTwoLocksTakenInOppositeOrder) {
  const auto violated = [](Nat first, Nat second) {
    Scenario s("locks/two");
    const auto locks = s.install<TwoLocks>("locks");
    s.user("alice").calls(locks, &TwoLocks::both, Nat(1), Nat(2));
    s.user("bob").calls(locks, &TwoLocks::both, first, second);
    s.profile(happy);
    return explore(s).violated;
  };
  EXPECT_EQ(violated(Nat(2), Nat(1)), (Names{"no deadlock", "every call answered"}));
  EXPECT_EQ(violated(Nat(1), Nat(2)), Names{});
}

TEST(EveryCallAnswered, WhatOnlyTheEnvironmentsSilenceLeavesOpenIsNotJudged) {
  Scenario s("hall/silence");
  auto rates = s.install_environment<Rates>("rates");
  rates.never(&Rates::rate);
  const auto hall = s.install<Hall>("hall", rates);
  auto alice = s.user("alice");
  alice.calls(hall, &Hall::park);
  alice.calls(hall, &Hall::ask_and_wake);
  alice.in_order();
  s.profile(happy);
  s.finally("both open", [=](const State& end) { return end.open_contexts(hall).size() == 2; });
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST(EveryCallAnswered, TheSystemsAnswerForATrappedMethodIsItsTraps) {
  const auto violated = [](bool trap_is_judged, bool trap_is_expected) {
    Scenario s("hall/trap");
    const auto hall = s.install<Hall>("hall", s.install<Rates>("rates"));
    s.user("alice").calls(hall, &Hall::trap_after_one);
    s.profile(happy);
    if (!trap_is_judged) {
      s.without("no unexpected trap");
    }
    if (trap_is_expected) {
      s.expects_trap(hall, &Hall::trap_after_one);
    }
    return explore(s).violated;
  };
  EXPECT_EQ(violated(true, false), (Names{"no unexpected trap"}));
  EXPECT_EQ(violated(true, true), Names{});
  EXPECT_EQ(violated(false, false), (Names{"every call answered by its method"}));
}

TEST(Environment, EachDeclaredAnswerIsTried) {
  Scenario s("hall/answers");
  [&] {
    auto rates = s.install_environment<Rates>("rates");
    rates.replies(&Rates::rate, Nat(1), Nat(2)).rejects(&Rates::rate, "closed");
    const auto hall = s.install<Hall>("hall", rates);
    const auto asked = s.user("alice").calls(hall, &Hall::ask_and_wake);
    s.profile(happy);
    s.outcomes("result", [=](const State& end) { return end.result(asked); });
  }();
  const auto explored = explore(s);
  EXPECT_EQ(explored.outcomes.at("result"),
            (Names{"reply ()", "reject CANISTER_REJECT \"closed\""}));
  EXPECT_EQ(explored.violated, Names{});
}

class Asker : public Canister {
 public:
  explicit Asker(Ref<Rates> rates) : rates_(rates) {}

  Update<> ask() { co_await call<Nat>(principal_of(rates_), "forecast"); }

  HEDDLE_CANISTER(Asker, ask)

 private:
  Ref<Rates> rates_;
};

TEST(Environment, AMethodThatItDoesNotHaveIsRefused) {
  Scenario s("asker/forecast");
  auto rates = s.install_environment<Rates>("rates");
  rates.replies(&Rates::rate, Nat(1));
  const auto asker = s.install<Asker>("asker", rates);
  const auto asked = s.user("alice").calls(asker, &Asker::ask);
  s.profile(happy);
  s.outcomes("result", [=](const State& end) { return end.result(asked); });
  const auto explored = explore(s);
  ASSERT_EQ(explored.outcomes.at("result").size(), 1);
  EXPECT_EQ(explored.outcomes.at("result").begin()->find("reject "), 0);
  EXPECT_EQ(explored.violated, Names{});
}

/// One method that is told a balance, awaits and overwrites it, and the various others that might
/// get in between.
class Shop : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> sell() {
    const Nat before = stock;
    co_await call(Ref<Shop>(self()), &Shop::pause);
    stock = before - 1;
  }

  Update<> sell_of(Nat article) {
    const Nat before = articles.get_or(article, Nat(0));
    co_await call(Ref<Shop>(self()), &Shop::pause);
    articles.put(article, before + 1);
  }

  Update<> count_and_note() {
    const std::size_t kinds = articles.size();
    co_await call(Ref<Shop>(self()), &Shop::pause);
    noted = Nat(kinds);
  }

  Update<> trapping() {
    stock = 7;
    expected_trap("after the write");
    co_return;
  }

  Query<Nat> peek() {
    stock = 7;
    co_return stock;
  }

  Update<> with_cleanup() {
    const auto restore = finally([this] { stock = 9; });
    co_await call(Ref<Shop>(self()), &Shop::pause);
    expected_trap("after the await");
  }

  Var<Nat> stock{this, "stock", 10};
  Var<Nat> noted{this, "noted", 0};
  VarMap<Nat, Nat> articles{this, "articles"};
  HEDDLE_CANISTER(Shop, pause, sell, sell_of, count_and_note, trapping, peek, with_cleanup)
};

TEST(Always, SaysThatAMapWasEmpty) {
  Scenario s("shop/empty");
  const auto shop = s.install<Shop>("shop");
  s.user("alice").calls(shop, &Shop::pause);
  s.profile(happy);
  s.always("it sells something", [=](const State& now) { return now[shop].articles.size() > 0; });
  EXPECT_EQ(explore(s).why.at("it sells something"), "the keys of shop.articles: 0");
}

/// Alice sells while bob does something else.
template <class Method, class... A>
Names violated_between(Method method, A... arguments) {
  Scenario s("shop/between");
  const auto shop = s.install<Shop>("shop");
  s.user("alice").calls(shop, &Shop::sell);
  s.user("bob").calls(shop, method, arguments...);
  s.profile(happy);
  s.atomic(shop, &Shop::stock);
  return explore(s).violated;
}

TEST(Atomic, AnExecutionThatIsRolledBackHasNotWritten) {
  EXPECT_EQ(violated_between(&Shop::trapping), Names{});
}

TEST(Atomic, AQueryHasNotWritten) {
  EXPECT_EQ(violated_between(&Shop::peek), Names{});
}

TEST(Atomic, CleanupHasWritten) {
  EXPECT_EQ(violated_between(&Shop::with_cleanup), (Names{"atomic(shop.stock)"}));
}

TEST(Atomic, WritesOfOtherVariablesAreNoneOfIts) {
  EXPECT_EQ(violated_between(&Shop::sell_of, Nat(1)), Names{});
}

TEST(Atomic, EachKeyOfAMapIsJudgedByItself) {
  const auto explored = [](Nat first, Nat second) {
    Scenario s("shop/articles");
    const auto shop = s.install<Shop>("shop");
    s.user("alice").calls(shop, &Shop::sell_of, first);
    s.user("bob").calls(shop, &Shop::sell_of, second);
    s.profile(happy);
    s.atomic(shop, &Shop::articles);
    return explore(s);
  };
  EXPECT_EQ(explored(Nat(1), Nat(2)).violated, Names{});
  const auto same = explored(Nat(1), Nat(1));
  EXPECT_EQ(same.violated, (Names{"atomic(shop.articles)"}));
  EXPECT_EQ(same.why.at("atomic(shop.articles)"),
            "stale write: bob#1 overwrites shop.articles[1] from what it was told before an await; "
            "another call has written it since");
}

TEST(Atomic, TheNumberOfKeysIsAnObservationThatAnInsertionOutdates) {
  Scenario s("shop/articles");
  const auto shop = s.install<Shop>("shop");
  s.user("alice").calls(shop, &Shop::count_and_note);
  s.user("bob").calls(shop, &Shop::sell_of, Nat(1));
  s.profile(happy);
  s.atomic(shop, &Shop::articles);
  const auto explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"atomic(shop.articles)"}));
  EXPECT_EQ(explored.why.at("atomic(shop.articles)"),
            "stale check: alice#1 acts on what it was told of the keys of shop.articles before an "
            "await; another call has written it since, and alice#1 did not look again");
}

TEST(FindRaces, TellsALostUpdateInOneSentence) {
  Scenario s("shop/races");
  const auto shop = s.install<Shop>("shop");
  s.user("alice").calls(shop, &Shop::sell);
  s.user("bob").calls(shop, &Shop::sell);
  s.profile(happy);
  Kernel kernel(s.build().system);
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::vector<Step> steps;
  for (const std::string_view event : {"start alice#1", "start bob#1", "start shop>shop",
                                       "start shop>shop", "deliver alice#1/1", "deliver bob#1/1"}) {
    steps.push_back(stepper.step(state, kernel.from_text(event)));
    Stepper::apply(state, steps.back());
  }
  const auto races = find_races(kernel, steps);
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(races[0].told_step, 1U);
  EXPECT_EQ(races[0].intruder_step, 4U);
  EXPECT_EQ(races[0].step, 5U);
  EXPECT_EQ(to_sentence(
                kernel, races[0], [](const void*) { return "shop.cc:14"; }, "shop.pause"),
            "shop.stock was read by bob#1 (sell) at shop.cc:14, then written by alice#1 (sell) at "
            "shop.cc:14 while bob#1 was awaiting shop.pause, then overwritten by bob#1 from the "
            "stale value at shop.cc:14.");
}

/// Two variables that belong together, written in two executions or in one.
class Pair : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> torn() {
    left = 1;
    co_await call(Ref<Pair>(self()), &Pair::pause);
    right = 1;
  }

  Update<> whole() {
    co_await call(Ref<Pair>(self()), &Pair::pause);
    left = 1;
    right = 1;
  }

  Query<Nat> look() {
    const Nat value = left;
    co_return value;
  }

  Update<> set(Nat value) {
    left = value;
    co_return;
  }

  Update<> set_late(Nat value) {
    co_await call(Ref<Pair>(self()), &Pair::pause);
    left = value;
  }

  Var<Nat> left{this, "left", 0};
  Var<Nat> right{this, "right", 0};
  HEDDLE_CANISTER(Pair, pause, torn, whole, look, set, set_late)
};

TEST(Together, AQueryThatSeesOneHalfIsFound) {
  const auto violated = [](auto method) {
    Scenario s("pair/together");
    const auto pair = s.install<Pair>("pair");
    s.user("alice").calls(pair, method);
    s.user("bob").calls(pair, &Pair::look);
    s.profile(happy);
    s.together(pair, &Pair::left, &Pair::right);
    return explore(s).violated;
  };
  EXPECT_EQ(violated(&Pair::torn), (Names{"together(pair.left, pair.right)"}));
  EXPECT_EQ(violated(&Pair::whole), Names{});
}

TEST(InStartOrder, AWriteAfterAnAwaitOverALaterCallsWriteIsFound) {
  const auto explored = [](auto method) {
    Scenario s("pair/order");
    const auto pair = s.install<Pair>("pair");
    s.user("alice").calls(pair, method, Nat(1));
    s.user("bob").calls(pair, &Pair::set, Nat(2));
    s.profile(happy);
    s.in_start_order(pair, &Pair::left);
    return explore(s);
  };
  EXPECT_EQ(explored(&Pair::set).violated, Names{});
  const auto late = explored(&Pair::set_late);
  EXPECT_EQ(late.violated, (Names{"in_start_order(pair.left)"}));
  EXPECT_EQ(late.why.at("in_start_order(pair.left)"),
            "late write: alice#1 writes pair.left for the first time after an await; a call that "
            "started later has written it already");
  EXPECT_EQ(late.schedule.at("in_start_order(pair.left)"),
            (std::vector<std::string>{"start alice#1", "start bob#1", "start pair>pair",
                                      "deliver alice#1/1"}));
}

TEST(FindRaces, TellsALateWriteInOneSentence) {
  Scenario s("pair/late");
  const auto pair = s.install<Pair>("pair");
  s.user("alice").calls(pair, &Pair::set_late, Nat(1));
  s.user("bob").calls(pair, &Pair::set, Nat(2));
  s.profile(happy);
  Kernel kernel(s.build().system);
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::vector<Step> steps;
  for (const std::string_view event :
       {"start alice#1", "start bob#1", "start pair>pair", "deliver alice#1/1"}) {
    steps.push_back(stepper.step(state, kernel.from_text(event)));
    Stepper::apply(state, steps.back());
  }
  const auto races = find_races(kernel, steps);
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(to_sentence(
                kernel, races[0], [](const void*) { return "pair.cc:9"; }, "pair.pause"),
            "alice#1 (set_late) started first, but was still awaiting pair.pause when bob#1 (set), "
            "which started later, wrote pair.left at pair.cc:9; then alice#1 wrote it for the "
            "first time at pair.cc:9 and replaced what the later call had written.");
}

}  // namespace
}  // namespace heddle
