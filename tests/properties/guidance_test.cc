// What the security guides ask for (docs/properties.md): each on a small system that does otherwise
// and on one that does so.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/combinators.h>
#include <heddle/model/finally.h>
#include <heddle/model/future.h>
#include <heddle/model/language.h>
#include <heddle/model/var.h>
#include <heddle/model/var_map.h>
#include <heddle/properties/scenario.h>

#include "properties/explored.h"

namespace heddle {
namespace {

using properties_tests::explore;
using properties_tests::Explored;
using Names = std::set<std::string>;

/// Anything that answers.
class Log : public Canister {
 public:
  Update<> note() { co_return; }

  HEDDLE_CANISTER(Log, note)
};

/// Pays out.
class Ledger : public Canister {
 public:
  explicit Ledger(Ref<Log> log) : log_(log) {}

  Update<> pay(Principal to, Nat amount) {
    paid.put(to, paid.get_or(to, 0) + amount);
    co_return;
  }

  /// Has paid when it awaits something, whatever it answers afterwards.
  Update<> pay_and_note(Principal to, Nat amount) {
    paid.put(to, paid.get_or(to, 0) + amount);
    co_await call(log_, &Log::note);
  }

  Query<Nat> paid_to(Principal to) { co_return paid.get_or(to, 0); }

  VarMap<Principal, Nat> paid{this, "paid"};
  HEDDLE_CANISTER(Ledger, pay, pay_and_note, paid_to)

 private:
  Ref<Log> log_;
};

/// Each user may claim 5, once.
class Shop : public Canister {
 public:
  explicit Shop(Ref<Ledger> ledger) : ledger(ledger) {}

  /// Marks after it has paid.
  Update<> claim_marking_late() {
    const Principal who = caller();
    if (claimed.contains(who)) {
      throw Reject("claimed");
    }
    co_await call(ledger, &Ledger::pay, who, 5);
    claimed.put(who, true);
  }

  Update<> claim() {
    const Principal who = caller();
    if (claimed.contains(who)) {
      throw Reject("claimed");
    }
    claimed.put(who, true);
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, who, 5));
    if (!paid) {
      claimed.erase(who);
    }
  }

  /// Takes any reject for "not paid".
  Update<> claim_undoing_all() {
    const Principal who = caller();
    if (claimed.contains(who)) {
      throw Reject("claimed");
    }
    claimed.put(who, true);
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay_and_note, who, 5));
    if (!paid) {
      claimed.erase(who);
    }
  }

  Update<> claim_undoing_clean() {
    const Principal who = caller();
    if (claimed.contains(who)) {
      throw Reject("claimed");
    }
    claimed.put(who, true);
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay_and_note, who, 5));
    if (!paid && is_clean(paid.reject().code)) {
      claimed.erase(who);
    }
  }

  /// Takes the lock when the first answer is there.
  Update<> claim_locking_late() {
    const Principal who = caller();
    if (locked.contains(who)) {
      throw Reject("busy");
    }
    const Nat had = co_await call(ledger, &Ledger::paid_to, who);
    locked.put(who, true);
    const auto unlock = finally([this, who] { locked.erase(who); });
    if (had == 0) {
      co_await call(ledger, &Ledger::pay, who, 5);
    }
  }

  Update<> claim_locking() {
    const Principal who = caller();
    if (locked.contains(who)) {
      throw Reject("busy");
    }
    locked.put(who, true);
    const auto unlock = finally([this, who] { locked.erase(who); });
    const Nat had = co_await call(ledger, &Ledger::paid_to, who);
    if (had == 0) {
      co_await call(ledger, &Ledger::pay, who, 5);
    }
  }

  /// Unlocks as its last line, which a trap passes by.
  Update<> claim_without_finally() {
    const Principal who = caller();
    if (locked.contains(who)) {
      throw Reject("busy");
    }
    locked.put(who, true);
    const Outcome<Nat> had = co_await outcome(call(ledger, &Ledger::paid_to, who));
    static_cast<void>(had);
    locked.erase(who);
  }

  const Ref<Ledger> ledger;
  VarMap<Principal, bool> claimed{this, "claimed"};
  VarMap<Principal, bool> locked{this, "locked"};
  HEDDLE_CANISTER(Shop, claim_marking_late, claim, claim_undoing_all, claim_undoing_clean,
                  claim_locking_late, claim_locking, claim_without_finally)
};

using Claim = Update<> (Shop::*)();

struct TwoClaims {
  Scenario s{"shop/claims"};
  Ref<Log> log = s.install<Log>("log");
  Ref<Ledger> ledger = s.install<Ledger>("ledger", log);
  Ref<Shop> shop = s.install<Shop>("shop", ledger);

  explicit TwoClaims(Claim claim, bool in_turns = false) {
    s.user("alice").calls(shop, claim);
    s.user("alice").calls(shop, claim);
    if (in_turns) {
      s.user("alice").then();
    }
    s.profile(happy);
  }

  void no_double_spend() {
    s.no_double_spend(
        "nobody is paid twice",
        [ledger = ledger](const State& now) {
          std::map<Principal, Nat> paid;
          for (const auto& [who, amount] : now[ledger].paid) {
            paid.emplace(who, amount);
          }
          return paid;
        },
        [](const State& /*now*/) {
          return std::map<Principal, Nat>{{Principal::named("alice"), Nat(5)}};
        });
  }
};

TEST(GuidanceS1, ACheckIsNotTrustedAfterAnAwait) {
  for (const Claim claim : {&Shop::claim_marking_late, &Shop::claim}) {
    TwoClaims two(claim);
    two.s.atomic(two.shop, &Shop::claimed);
    EXPECT_EQ(explore(two.s).violated,
              claim == &Shop::claim ? Names{} : Names{"atomic(shop.claimed)"});
  }
}

TEST(GuidanceS2, TwoCallsOfOneUserArePaidOnce) {
  for (const Claim claim : {&Shop::claim_marking_late, &Shop::claim}) {
    TwoClaims two(claim);
    two.no_double_spend();
    const Explored explored = explore(two.s);
    if (claim == &Shop::claim) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, Names{"nobody is paid twice"});
    EXPECT_EQ(explored.why.at("nobody is paid twice"),
              "alice: 10 was paid, 5 is due (ledger.paid[alice] = 10, the keys of ledger.paid: 1)");
  }
}

TEST(GuidanceS3, ALockKeepsASecondCallOut) {
  const auto violated = [](Claim claim) {
    TwoClaims two(claim);
    two.s.user("bob").calls(two.shop, claim);
    two.s.one_at_a_time("one claim a user",
                        inside(two.shop, claim, [](const Principal& who) { return who; }));
    two.s.sometimes("both users are inside", [shop = two.shop](const State& now) {
      return now.open_contexts(shop).size() == 2;
    });
    const Explored explored = explore(two.s);
    EXPECT_EQ(explored.reached, Names{"both users are inside"});
    return explored;
  };
  EXPECT_EQ(violated(&Shop::claim_locking).violated, Names{});
  const Explored explored = violated(&Shop::claim_marking_late);
  EXPECT_EQ(explored.violated, Names{"one claim a user"});
  EXPECT_EQ(explored.why.at("one claim a user"),
            "alice#1 claim_marking_late and alice#2 claim_marking_late are both inside, of alice");
}

TEST(GuidanceS5, ALockThatIsTakenInTheCallbackIsLate) {
  for (const Claim claim : {&Shop::claim_locking_late, &Shop::claim_locking}) {
    TwoClaims two(claim);
    two.no_double_spend();
    two.s.one_at_a_time("one claim", inside(two.shop, claim));
    EXPECT_EQ(explore(two.s).violated, claim == &Shop::claim_locking
                                           ? Names{}
                                           : (Names{"nobody is paid twice", "one claim"}));
  }
}

TEST(GuidanceS4, AGuardIsLetGoOnEveryWayOut) {
  for (const Claim claim : {&Shop::claim_without_finally, &Shop::claim_locking}) {
    TwoClaims two(claim);
    two.s.faults().callback_traps = 1;
    two.s.faults().rejects = 1;
    two.s.released(two.shop, &Shop::locked);
    const Explored explored = explore(two.s);
    if (claim == &Shop::claim_locking) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, Names{"released(shop.locked)"});
    EXPECT_EQ(explored.why.at("released(shop.locked)"),
              "the keys of shop.locked: 1, and no call of its canister is open to let it go");
  }
}

// It is the callee's fault, and "every call answered" says whose.
TEST(GuidanceS4, AGuardMayBeHeldAsLongAsItsCallIsOpen) {
  Scenario s("shop/silent");
  auto ledger = s.install_environment<Ledger>("ledger", Ref<Log>());
  ledger.never(&Ledger::paid_to);
  const auto shop = s.install<Shop>("shop", ledger);
  s.user("alice").calls(shop, &Shop::claim_locking);
  s.profile(happy);
  s.released(shop, &Shop::locked);
  s.sometimes("held", [=](const State& now) { return !now[shop].locked.empty(); });
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{});
  EXPECT_EQ(explored.reached, Names{"held"});
}

/// Open at first.
class Latch : public Canister {
 public:
  Update<> close() {
    shut = true;
    seats.put(1, 5);
    co_return;
  }

  Update<> open() {
    shut = false;
    seats.put(1, 4);
    co_return;
  }

  Latch() { seats.put(1, 4); }

  Var<bool> shut{this, "shut", false};
  VarMap<Nat, Nat> seats{this, "seats"};
  HEDDLE_CANISTER(Latch, close, open)
};

TEST(GuidanceS4, AVariableAndAValueOfAMapAreGuardsToo) {
  for (const bool opened : {false, true}) {
    Scenario s("latch/test");
    const auto latch = s.install<Latch>("latch");
    s.user("alice").then().calls(latch, &Latch::close);
    if (opened) {
      s.user("alice").calls(latch, &Latch::open);
    }
    s.profile(happy);
    s.released(latch, &Latch::shut);
    s.released(latch, &Latch::seats);
    EXPECT_EQ(explore(s).violated,
              opened ? Names{} : (Names{"released(latch.seats)", "released(latch.shut)"}));
  }
}

/// Notes what it is about to do, and what it has done.
class Payer : public Canister {
 public:
  explicit Payer(Ref<Ledger> ledger) : ledger_(ledger) {}

  Update<> pay_then_note(Nat id) {
    co_await call(ledger_, &Ledger::pay, principal_of(self()), id);
    intents.put(id, true);
  }

  Update<> note_then_pay(Nat id) {
    intents.put(id, true);
    co_await call(ledger_, &Ledger::pay, principal_of(self()), id);
  }

  VarMap<Nat, bool> intents{this, "intents"};
  HEDDLE_CANISTER(Payer, pay_then_note, note_then_pay)

 private:
  Ref<Ledger> ledger_;
};

Scenario& payment_of(Scenario& s, Update<> (Payer::*pay)(Nat)) {
  const auto log = s.install<Log>("log");
  const auto ledger = s.install<Ledger>("ledger", log);
  const auto payer = s.install<Payer>("payer", ledger);
  s.user("alice").calls(payer, pay, 7);
  s.profile(happy);
  s.journalled("intent first", payer, ledger, &Ledger::pay,
               [=](const State& now, const Principal& /*to*/, const Nat& id) {
                 return now[payer].intents.contains(id);
               });
  s.finally("what was paid is known", [=](const State& end) {
    return end[ledger].paid.empty() || end[payer].intents.contains(7);
  });
  return s;
}

TEST(GuidanceS6, ATrapAfterTheAwaitForgetsNothing) {
  for (const auto pay : {&Payer::pay_then_note, &Payer::note_then_pay}) {
    for (const int traps : {0, 1}) {
      Scenario s("payer/trap");
      payment_of(s, pay).faults().callback_traps = traps;
      const bool forgets = pay == &Payer::pay_then_note && traps > 0;
      EXPECT_EQ(explore(s).violated.contains("what was paid is known"), forgets);
    }
  }
}

TEST(GuidanceS7, AnIntentIsNotedBeforeItIsSent) {
  for (const auto pay : {&Payer::pay_then_note, &Payer::note_then_pay}) {
    Scenario s("payer/journal");
    const Explored explored = explore(payment_of(s, pay));
    if (pay == &Payer::note_then_pay) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, Names{"intent first"});
    EXPECT_EQ(
        explored.why.at("intent first"),
        "payer has sent ledger.pay(payer, 7), and it is not noted (payer.intents[7] = (none))");
  }
}

TEST(GuidanceS8, OneThatIsNotCleanIsNotTakenForNotDone) {
  for (const Claim claim : {&Shop::claim_undoing_all, &Shop::claim_undoing_clean}) {
    TwoClaims two(claim, true);
    two.s.faults().callback_traps = 1;
    two.s.faults().rejects = 1;
    two.no_double_spend();
    EXPECT_EQ(explore(two.s).violated,
              claim == &Shop::claim_undoing_clean ? Names{} : Names{"nobody is paid twice"});
  }
}

class Rates : public Canister {
 public:
  Update<Nat> rate() { co_return 1; }

  HEDDLE_CANISTER(Rates, rate)
};

/// Sells at a rate that somebody else tells.
class Seller : public Canister {
 public:
  explicit Seller(Ref<Rates> rates) : rates_(rates) {}

  Update<Nat> buy_trusting(Nat coins) {
    const Nat rate = co_await call(rates_, &Rates::rate);
    co_return coins / rate;
  }

  Update<Nat> buy(Nat coins) {
    const Outcome<Nat> rate = co_await outcome(call(rates_, &Rates::rate));
    if (!rate || *rate == 0) {
      throw Reject("no rate");
    }
    co_return coins / *rate;
  }

  /// At the last rate that was told.
  Update<Nat> buy_now(Nat coins) { co_return coins / last; }

  Var<Nat> last{this, "last", 1};
  HEDDLE_CANISTER(Seller, buy_trusting, buy, buy_now)

 private:
  Ref<Rates> rates_;
};

TEST(GuidanceS13, WhatACalleeRepliesIsValidated) {
  for (const auto buy : {&Seller::buy_trusting, &Seller::buy}) {
    Scenario s("seller/test");
    auto rates = s.install_environment<Rates>("rates");
    rates.anything(&Rates::rate, Nat(0), Nat(2));
    const auto seller = s.install<Seller>("seller", rates);
    const auto bought = s.user("alice").calls(seller, buy, 10);
    s.profile(happy);
    s.outcomes("bought", [=](const State& end) { return end.result(bought); });
    const Explored explored = explore(s);
    EXPECT_EQ(explored.violated, buy == &Seller::buy ? Names{} : Names{"no unexpected trap"});
    EXPECT_TRUE(explored.outcomes.at("bought").contains("no answer"));
    EXPECT_TRUE(explored.outcomes.at("bought").contains("reply 5"));
  }
}

TEST(GuidanceS11, AUserDoesNotWaitForASilentCallee) {
  for (const auto buy : {&Seller::buy, &Seller::buy_now}) {
    Scenario s("seller/silent");
    auto rates = s.install_environment<Rates>("rates");
    rates.anything(&Rates::rate, Nat(2));
    const auto seller = s.install<Seller>("seller", rates);
    s.user("alice").calls(seller, &Seller::buy, 10);
    s.answered(s.user("bob").calls(seller, buy, 10));
    s.profile(happy);
    const Explored explored = explore(s);
    EXPECT_EQ(explored.violated, buy == &Seller::buy_now ? Names{} : Names{"bob#1 is answered"});
  }
}

TEST(GuidanceS11, ACanisterThatWaitsForNobodyCanBeStopped) {
  for (const auto buy : {&Seller::buy, &Seller::buy_now}) {
    Scenario s("seller/stopped");
    auto rates = s.install_environment<Rates>("rates");
    rates.anything(&Rates::rate, Nat(2));
    const auto seller = s.install<Seller>("seller", rates);
    s.user("alice").calls(seller, buy, 10);
    s.user("ops").stops(seller);
    s.profile(happy);
    s.stoppable(seller);
    const Explored explored = explore(s);
    if (buy == &Seller::buy_now) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, Names{"seller can be stopped"});
    EXPECT_EQ(explored.why.at("seller can be stopped"),
              "seller is stopping for ever: alice#1 is open");
  }
}

enum class Ticks : std::uint8_t { kArmingLast, kArmingFirst, kOneByOne };

/// Does something again and again, each time waiting for somebody.
class Job : public Canister {
 public:
  Job(Ref<Log> log, Ticks ticks, bool armed_again)
      : log_(log), ticks_(ticks), armed_again_(armed_again) {}

  Update<> begin() {
    set_timer();
    co_return;
  }

  TimerTask tick() {
    if (ticks_ == Ticks::kArmingLast) {
      co_await call(log_, &Log::note);
      set_timer();
      co_return;
    }
    set_timer();
    if (ticks_ == Ticks::kOneByOne && busy) {
      co_return;
    }
    busy = true;
    const auto done = finally([this] { busy = false; });
    try {
      co_await call(log_, &Log::note);
    } catch (const Reject&) {
    }
  }

  PostUpgrade restore() {
    if (armed_again_) {
      set_timer();
    }
    co_return;
  }

  Var<bool> busy{this, "busy", false, transient};
  HEDDLE_CANISTER(Job, begin, tick, restore)

 private:
  Ref<Log> log_;
  Ticks ticks_;
  bool armed_again_;
};

Names violated_by_job(Ticks ticks, bool armed_again) {
  Scenario s("job/test");
  const auto log = s.install<Log>("log");
  const auto job = s.install<Job>("job", log, ticks, armed_again);
  s.limit(job, log, 2);
  s.user("ops").then().calls(job, &Job::begin);
  s.user("ops").stops(job);
  s.user("ops").upgrades(job);
  s.user("ops").starts(job);
  s.profile(happy);
  s.faults().callback_traps = 1;
  s.one_at_a_time("one tick at a time", inside(job, &Job::tick));
  s.keeps_timer(job);
  return explore(s).violated;
}

TEST(GuidanceS16, AJobGoesOnAfterTrapsAndUpgradesAndNeverMeetsItself) {
  EXPECT_EQ(violated_by_job(Ticks::kArmingLast, true), Names{"job keeps its timer"});
  EXPECT_EQ(violated_by_job(Ticks::kArmingFirst, true), Names{"one tick at a time"});
  EXPECT_EQ(violated_by_job(Ticks::kOneByOne, true), Names{});
  EXPECT_EQ(violated_by_job(Ticks::kOneByOne, false), Names{"job keeps its timer"});
}

/// Does what it is ordered to do, once for each order.
class Orders : public Canister {
 public:
  explicit Orders(Ref<Log> log) : log_(log) {}

  Update<> order_again(Nat id) {
    co_await call(log_, &Log::note);
    done.update([&](auto& list) { list.push_back(id); });
  }

  Update<> order(Nat id) {
    if (!known.contains(id)) {
      known.put(id, true);
      co_await call(log_, &Log::note);
      done.update([&](auto& list) { list.push_back(id); });
    }
  }

  Var<std::vector<Nat>> done{this, "done"};
  VarMap<Nat, bool> known{this, "known"};
  HEDDLE_CANISTER(Orders, order_again, order)

 private:
  Ref<Log> log_;
};

TEST(GuidanceS9, WhatIsSubmittedAgainIsDoneOnce) {
  for (const auto order : {&Orders::order_again, &Orders::order}) {
    Scenario s("orders/test");
    const auto orders = s.install<Orders>("orders", s.install<Log>("log"));
    s.user("alice").calls(orders, order, 1);
    s.user("bob").calls(orders, order, 2);
    s.profile(happy);
    s.faults().resubmissions = 1;
    const auto done = [=](const State& now) { return now[orders].done.get(); };
    s.at_most_once("an order is served once", done);
    s.exactly_once("all orders are served once", done, std::vector<Nat>{1, 2});
    const Explored explored = explore(s);
    if (order == &Orders::order) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, (Names{"all orders are served once", "an order is served once"}));
    EXPECT_EQ(explored.why.at("an order is served once"),
              "1 was done 2 times (orders.done = [1, 1])");
  }
}

TEST(GuidanceS9, WhatWasNotDoneOrNotAskedForIsTold) {
  Scenario s("orders/other");
  const auto orders = s.install<Orders>("orders", s.install<Log>("log"));
  s.user("alice").calls(orders, &Orders::order, 1);
  s.profile(happy);
  s.exactly_once(
      "two", [=](const State& now) { return now[orders].done.get(); }, std::vector<Nat>{2});
  const Explored explored = explore(s);
  EXPECT_EQ(explored.why.at("two"),
            "2 was not done, 1 was done, which nobody asked for (orders.done = [1])");
}

/// Sends a payment that it does not wait for, and asks the same ledger what has become of it.
class Doubter : public Canister {
 public:
  explicit Doubter(Ref<Ledger> ledger) : ledger_(ledger) {}

  Update<> pay_and_ask() {
    ignore(call(ledger_, &Ledger::pay, principal_of(self()), 5));
    const Nat paid = co_await call(ledger_, &Ledger::paid_to, principal_of(self()));
    absent = paid == 0;
  }

  Update<> ask_before() {
    const Nat paid = co_await call(ledger_, &Ledger::paid_to, principal_of(self()));
    absent = paid == 0;
    ignore(call(ledger_, &Ledger::pay, principal_of(self()), 5));
  }

  Var<bool> absent{this, "absent", false};
  HEDDLE_CANISTER(Doubter, pay_and_ask, ask_before)

 private:
  Ref<Ledger> ledger_;
};

TEST(GuidanceS10, AQueryAfterARequestDecidesItsFate) {
  const auto violated = [](auto method, bool in_order) {
    Scenario s("doubter/test");
    const auto log = s.install<Log>("log");
    const auto ledger = s.install<Ledger>("ledger", log);
    const auto doubter = s.install<Doubter>("doubter", ledger);
    s.user("alice").calls(doubter, method);
    s.profile(happy);
    s.faults().rejects = 1;
    if (!in_order) {
      s.weaken("G1");
    }
    s.always("absent is absent for good",
             [=](const State& now) { return !now[doubter].absent || now[ledger].paid.empty(); });
    s.sometimes("absent", [=](const State& now) { return now[doubter].absent.get(); });
    const Explored explored = explore(s);
    EXPECT_EQ(explored.reached, Names{"absent"});
    return explored.violated;
  };
  EXPECT_EQ(violated(&Doubter::pay_and_ask, true), Names{});
  EXPECT_EQ(violated(&Doubter::ask_before, true), Names{"absent is absent for good"});
  // The trick relies on requests of a pair keeping their order [P3].
  EXPECT_EQ(violated(&Doubter::pay_and_ask, false), Names{"absent is absent for good"});
}

/// Pays two at once.
class Pair : public RustCanister {
 public:
  explicit Pair(Ref<Ledger> ledger) : ledger_(ledger) {}

  /// All or nothing, it thinks.
  Update<> pay_both_hoping() {
    std::vector<Future<>> payments = both();
    const std::vector<Outcome<>> paid = co_await join_all(payments);
    if (paid[0].replied() && paid[1].replied()) {
      booked += 2;
    }
  }

  Update<> pay_both() {
    std::vector<Future<>> payments = both();
    const std::vector<Outcome<>> paid = co_await join_all(payments);
    booked += Nat(paid[0].replied() ? 1 : 0) + Nat(paid[1].replied() ? 1 : 0);
  }

  Var<Nat> booked{this, "booked", 0};
  HEDDLE_CANISTER(Pair, pay_both_hoping, pay_both)

 private:
  std::vector<Future<>> both() {
    std::vector<Future<>> payments;
    for (int i = 0; i < 2; ++i) {
      payments.push_back(call(ledger_, &Ledger::pay, principal_of(self()), 1));
    }
    return payments;
  }

  Ref<Ledger> ledger_;
};

TEST(GuidanceS14, EverySubsetOfSuccessesIsBooked) {
  for (const auto pay : {&Pair::pay_both_hoping, &Pair::pay_both}) {
    Scenario s("pair/test");
    const auto log = s.install<Log>("log");
    const auto ledger = s.install<Ledger>("ledger", log);
    const auto pair = s.install<Pair>("pair", ledger);
    s.user("alice").calls(pair, pay);
    s.profile(happy);
    s.faults().rejects = 2;
    s.finally("the books agree", [=](const State& end) {
      return end[pair].booked == end.query(ledger, &Ledger::paid_to, Principal::named("pair"));
    });
    s.outcomes("booked", [=](const State& end) { return end[pair].booked.get(); });
    const Explored explored = explore(s);
    EXPECT_EQ(explored.violated, pay == &Pair::pay_both ? Names{} : Names{"the books agree"});
    if (pay == &Pair::pay_both) {
      EXPECT_EQ(explored.outcomes.at("booked"), (Names{"0", "1", "2"}));
    }
  }
}

/// Lets its owner take all, by another canister as well.
class Safe : public Canister {
 public:
  /// Leaves it to inspect_message to keep others out.
  Update<> empty_unchecked() {
    content = 0;
    co_return;
  }

  Update<> empty() {
    if (caller() != Principal::named("owner")) {
      throw Reject("not yours");
    }
    content = 0;
    co_return;
  }

  Var<Nat> content{this, "content", 1};
  HEDDLE_CANISTER(Safe, empty_unchecked, empty)
};

class Thief : public Canister {
 public:
  explicit Thief(Ref<Safe> safe) : safe_(safe) {}

  Update<> steal_unchecked() { co_await call(safe_, &Safe::empty_unchecked); }

  Update<> steal() { co_await call(safe_, &Safe::empty); }

  HEDDLE_CANISTER(Thief, steal_unchecked, steal)

 private:
  Ref<Safe> safe_;
};

// inspect_message is asked for users' messages only, so a canister gets by.
TEST(GuidanceS18, AccessIsCheckedInTheMethod) {
  for (const auto steal : {&Thief::steal_unchecked, &Thief::steal}) {
    Scenario s("safe/test");
    const auto safe = s.install<Safe>("safe");
    s.inspect_may_drop(safe);
    const auto thief = s.install<Thief>("thief", safe);
    s.user("mallory").calls(thief, steal);
    s.profile(happy);
    s.always("safe", [=](const State& now) { return now[safe].content == 1; });
    EXPECT_EQ(explore(s).violated, steal == &Thief::steal ? Names{} : Names{"safe"});
  }
}

TEST(GuidanceS15, OpenCallsAndQueuedRequestsAreCounted) {
  for (const std::uint32_t most : {1U, 2U}) {
    TwoClaims two(&Shop::claim_marking_late);
    two.s.open_at_most(two.shop, most);
    two.s.queued_at_most(two.shop, two.ledger, most);
    const Explored explored = explore(two.s);
    EXPECT_EQ(explored.violated, most == 2 ? Names{}
                                           : (Names{"at most 1 calls open in shop",
                                                    "at most 1 queued shop > ledger"}));
    if (most == 1) {
      EXPECT_EQ(explored.why.at("at most 1 calls open in shop"),
                "2 calls are open in shop: alice#1 claim_marking_late, alice#2 "
                "claim_marking_late");
      EXPECT_EQ(explored.why.at("at most 1 queued shop > ledger"),
                "2 requests are queued shop > ledger");
    }
  }
}

}  // namespace
}  // namespace heddle
