// The C++ of docs/properties.md, with scenarios that run it.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace {

using namespace heddle;

class Journal : public Canister {
 public:
  Update<> note() { co_return; }

  HEDDLE_CANISTER(Journal, note)
};

class Counter : public Canister {
 public:
  explicit Counter(Ref<Journal> journal) : journal(journal) {}

  Update<Nat> inc() {
    const Nat before = value;
    co_await call(journal, &Journal::note);
    value = before + 1;
    co_return before + 1;
  }

  Update<Nat> inc_first() {
    value += 1;
    const Nat counted = value;
    co_await call(journal, &Journal::note);
    co_return counted;
  }

  Query<Nat> get() { co_return value; }

  const Ref<Journal> journal;
  Var<Nat> value{this, "value", 0};
  HEDDLE_CANISTER(Counter, inc, inc_first, get)
};

struct CounterSpec {
  Nat value = 0;

  Nat inc() {
    value += 1;
    return value;
  }

  Nat get() const { return value; }

  HEDDLE_FIELDS(CounterSpec, value)
};

HEDDLE_SCENARIO(properties, counter_buggy, "a counter that answers from before an await") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<Counter>("counter", journal);
  s.user("alice").calls(counter, &Counter::inc);
  s.user("bob").calls(counter, &Counter::inc);
  s.profile(happy);
  s.linearisable("one counter", CounterSpec{}, means(counter, &Counter::inc, &CounterSpec::inc),
                 means(counter, &Counter::get, &CounterSpec::get));
  s.expect(violated("one counter"));
}

HEDDLE_SCENARIO(properties, counter_fixed, "a counter that counts before it awaits") {
  auto journal = s.install<Journal>("journal");
  auto counter = s.install<Counter>("counter", journal);
  s.user("alice").calls(counter, &Counter::inc_first);
  s.user("bob").calls(counter, &Counter::inc_first);
  s.user("carol").calls(counter, &Counter::get);
  auto inc = means(counter, &Counter::inc_first, &CounterSpec::inc);
  auto get = means(counter, &Counter::get, &CounterSpec::get);
  s.linearisable("linearisable", CounterSpec{}, inc, get);
  s.sequentially_consistent("sequentially consistent", CounterSpec{}, inc, get);
  s.serialisable("serialisable", CounterSpec{}, inc, get);
  s.serialisable(
      "with the state in the end", CounterSpec{},
      [=](const State& end, const CounterSpec& spec) { return end[counter].value == spec.value; },
      inc, get);
}

class Ledger : public Canister {
 public:
  Update<> pay(Principal to, Nat amount) {
    paid.put(to, paid.get_or(to, 0) + amount);
    co_return;
  }

  VarMap<Principal, Nat> paid{this, "paid"};
  HEDDLE_CANISTER(Ledger, pay)
};

class Rates : public Canister {
 public:
  Update<Nat> rate() { co_return 1; }

  HEDDLE_CANISTER(Rates, rate)
};

class Shop : public Canister {
 public:
  Shop(Ref<Ledger> ledger, Ref<Rates> rates) : ledger(ledger), rates(rates) {}

  /// Pays the caller 5, once.
  Update<> claim(Nat order) {
    const Principal who = caller();
    if (busy.contains(who) || claimed.contains(who)) {
      throw Reject("not now");
    }
    busy.put(who, true);
    const auto release = finally([this, who] { busy.erase(who); });
    claimed.put(who, order);
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, who, 5));
    if (paid) {
      served.update([&](auto& orders) { orders.push_back(order); });
    } else if (is_clean(paid.reject().code)) {
      claimed.erase(who);
    }
  }

  Update<Nat> ask() {
    const Outcome<Nat> rate = co_await outcome(call(rates, &Rates::rate));
    co_return rate.value_or(0);
  }

  Query<Nat> orders() { co_return Nat(served.size()); }

  const Ref<Ledger> ledger;
  const Ref<Rates> rates;
  VarMap<Principal, bool> busy{this, "busy"};
  VarMap<Principal, Nat> claimed{this, "claimed"};
  Var<std::vector<Nat>> served{this, "served"};
  HEDDLE_CANISTER(Shop, claim, ask, orders)
};

Principal alice() {
  return Principal::named("alice");
}

HEDDLE_SCENARIO(properties, shop, "what the guides ask of a canister that pays") {
  auto ledger = s.install<Ledger>("ledger");
  auto rates = s.install_environment<Rates>("rates");
  rates.anything(&Rates::rate, Nat{0}, Nat{7});
  auto shop = s.install<Shop>("shop", ledger, rates);
  s.user("alice").calls(shop, &Shop::claim, Nat{1});
  s.user("alice").calls(shop, &Shop::claim, Nat{2});
  s.user("bob").calls(shop, &Shop::ask);
  auto orders = s.user("carol").calls(shop, &Shop::orders);

  s.no_double_spend(
      "nobody is paid twice",
      [=](const State& now) {
        std::map<Principal, Nat> paid;
        for (const auto& [who, amount] : now[ledger].paid) {
          paid.emplace(who, amount);
        }
        return paid;
      },
      [=](const State&) {
        return std::map<Principal, Nat>{{alice(), 5}};
      });
  s.one_at_a_time("one claim a user",
                  inside(shop, &Shop::claim, [](Principal who, Nat) { return who; }));
  s.released(shop, &Shop::busy);
  s.journalled("noted before it is paid", shop, ledger, &Ledger::pay,
               [=](const State& now, Principal to, Nat) { return now[shop].claimed.contains(to); });
  s.at_most_once("an order is served once",
                 [=](const State& now) { return now[shop].served.get(); });
  s.answered(orders);
  s.open_at_most(shop, 2);
  s.queued_at_most(shop, ledger, 1);
  s.no_unhandled_send_failure();
}

HEDDLE_SCENARIO(properties, resubmitted, "an order that is submitted again is served once") {
  auto ledger = s.install<Ledger>("ledger");
  auto rates = s.install_environment<Rates>("rates");
  auto shop = s.install<Shop>("shop", ledger, rates);
  s.user("alice").calls(shop, &Shop::claim, Nat{1});
  s.profile(happy);
  s.faults().resubmissions = 1;
  s.exactly_once(
      "order 1 is served once", [=](const State& now) { return now[shop].served.get(); },
      std::vector<Nat>{1});
}

TEST(Properties, EverySnippetRuns) {
  const auto scenarios = Registry::instance().matching("properties/*");
  EXPECT_EQ(scenarios.size(), 4U);
  for (const RegisteredScenario* scenario : scenarios) {
    EXPECT_TRUE(as_declared(scenario->name()));
  }
}

}  // namespace
