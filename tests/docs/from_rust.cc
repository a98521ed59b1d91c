// The C++ of docs/from-rust.md, with scenarios that run it.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace {

using namespace heddle;

class Ledger : public RustCanister {
 public:
  Update<Nat64> transfer(Principal to, Nat64 amount) {
    if (amount == 0) {
      throw Reject("nothing to transfer");
    }
    const Nat64 had = balances.get_or(to, 0);
    balances.put(to, had + amount);
    co_return amount;
  }

  Query<Nat64> balance_of(Principal owner) { co_return balances.get_or(owner, 0); }

  VarMap<Principal, Nat64> balances{this, "balances"};
  HEDDLE_CANISTER(Ledger, transfer, balance_of)
};

class Shop : public RustCanister {
 public:
  explicit Shop(Ref<Ledger> ledger) : ledger(ledger) {}

  Update<Nat64> pay(Nat64 amount) {
    const Outcome<Nat64> paid = co_await outcome(call(ledger, &Ledger::transfer, caller(), amount));
    if (!paid) {
      throw Reject("transfer failed: " + paid.reject().text);
    }
    sold += *paid;
    co_return *paid;
  }

  Update<Nat64> pay_all(std::vector<Principal> people) {
    std::vector<Future<Nat64>> transfers;
    for (const Principal& person : people) {
      transfers.push_back(call(ledger, &Ledger::transfer, person, 1));
    }
    const std::vector<Outcome<Nat64>> results = co_await join_all(transfers);
    Nat64 sum = 0;
    for (const Outcome<Nat64>& result : results) {
      sum += result.value_or(0);
    }
    co_return sum;
  }

  Update<Nat64> pay_and_ask(Principal person) {
    Future<Nat64> transfer = call(ledger, &Ledger::transfer, person, 1);
    Future<Nat64> balance = call(ledger, &Ledger::balance_of, person);
    const std::tuple<Outcome<Nat64>, Outcome<Nat64>> both = co_await join_all(transfer, balance);
    const auto& [transferred, had] = both;
    co_return transferred.value_or(0) + had.value_or(0);
  }

  Update<Nat64> first_of_two(Principal alice, Principal bob) {
    std::vector<Future<Nat64>> transfers;
    transfers.push_back(call(ledger, &Ledger::transfer, alice, 5));
    transfers.push_back(call(ledger, &Ledger::transfer, bob, 5));
    const First<Nat64> first = co_await any(transfers);
    co_return first.value;
  }

  Update<> never_sent(Principal person) {
    Future<Nat64> transfer = call(ledger, &Ledger::transfer, person, 1);
    co_return;
  }

  Update<std::string> pay_bounded(Nat64 amount) {
    const Outcome<Nat64> paid =
        co_await outcome(call(with_timeout(ledger, 300), &Ledger::transfer, caller(), amount));
    if (!paid && paid.reject().code == RejectCode::kSysUnknown) {
      co_return "unknown";
    }
    co_return paid ? "paid" : "not paid";
  }

  Update<std::string> classify(Nat64 amount) {
    const Outcome<Nat64> paid = co_await outcome(call(ledger, &Ledger::transfer, caller(), amount));
    if (paid) {
      co_return "paid";
    }
    if (paid.reject().code == RejectCode::kCallError) {
      co_return "not sent: no free slot";
    }
    if (is_clean(paid.reject().code)) {
      co_return "surely not executed";
    }
    co_return "the ledger says: " + paid.reject().text;
  }

  /// Holds the caller's place until it is destroyed.
  class CallerGuard {
   public:
    CallerGuard(Shop& shop, Principal who) : shop_(shop), who_(who) {
      if (shop_.busy.contains(who_)) {
        throw Reject("already processing a request of this caller");
      }
      shop_.busy.put(who_, true);
    }

    CallerGuard(const CallerGuard&) = delete;
    CallerGuard& operator=(const CallerGuard&) = delete;

    ~CallerGuard() { shop_.busy.erase(who_); }

   private:
    Shop& shop_;
    Principal who_;
  };

  Update<Nat64> pay_guarded(Nat64 amount) {
    const CallerGuard guard(*this, caller());
    const Nat64 paid = co_await call(ledger, &Ledger::transfer, caller(), amount);
    co_return paid;
  }

  Update<> later() {
    set_timer(10);
    co_return;
  }

  TimerTask tidy() {
    sold = 0;
    co_return;
  }

  const Ref<Ledger> ledger;
  Var<Nat64> sold{this, "sold", 0};
  VarMap<Principal, bool> busy{this, "busy"};
  HEDDLE_CANISTER(Shop, pay, pay_all, pay_and_ask, first_of_two, never_sent, pay_bounded, classify,
                  pay_guarded, later, tidy)
};

Principal alice() {
  return Principal::named("alice");
}

Principal bob() {
  return Principal::named("bob");
}

/// One user makes one call and gets a reply, and nothing else happens.
template <class Pointer, class... A>
void claim_reply(Scenario& s, const std::string& reply, Pointer method, A... arguments) {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  auto run = s.user("alice").calls(shop, method, std::move(arguments)...);
  s.profile(happy);
  s.one_schedule();
  s.outcomes("reply", [=](const State& end) { return end.result(run)->value(); });
  s.expect_outcomes("reply", {reply});
}

HEDDLE_SCENARIO(from_rust, pay, "a call, awaited and matched") {
  claim_reply(s, "7", &Shop::pay, Nat64{7});
}

HEDDLE_SCENARIO(from_rust, pay_all, "join_all") {
  claim_reply(s, "2", &Shop::pay_all, std::vector<Principal>{alice(), bob()});
}

HEDDLE_SCENARIO(from_rust, pay_and_ask, "join!") {
  claim_reply(s, "2", &Shop::pay_and_ask, bob());
}

HEDDLE_SCENARIO(from_rust, first_of_two, "select") {
  claim_reply(s, "5", &Shop::first_of_two, alice(), bob());
}

HEDDLE_SCENARIO(from_rust, classify, "what an error says of the callee") {
  claim_reply(s, "the ledger says: nothing to transfer", &Shop::classify, Nat64{0});
}

HEDDLE_SCENARIO(from_rust, never_sent, "a call that is not polled is not sent") {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  s.user("alice").calls(shop, &Shop::never_sent, bob());
  s.profile(happy);
  s.one_schedule();
  s.always("nothing is sent", [=](const State& now) { return now.in_flight(shop, ledger) == 0; });
}

HEDDLE_SCENARIO(from_rust, pay_bounded, "a bounded-wait call may have been executed or not") {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  auto run = s.user("alice").calls(shop, &Shop::pay_bounded, Nat64{7});
  s.faults().callback_traps = 0;
  s.outcomes("answer, and what the ledger has", [=](const State& end) {
    const std::string got = end.query(ledger, &Ledger::balance_of, alice()) == 7 ? "7" : "nothing";
    return end.result(run)->value() + ", " + got;
  });
  s.expect_outcomes("answer, and what the ledger has",
                    {"paid, 7", "not paid, nothing", "unknown, 7", "unknown, nothing"});
}

HEDDLE_SCENARIO(from_rust, guard, "Drop releases the guard, also in the cleanup of a trap") {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  auto user = s.user("alice");
  user.calls(shop, &Shop::pay_guarded, Nat64{1});
  user.calls(shop, &Shop::pay_guarded, Nat64{2});
  s.profile(safety);
  s.finally("the guard is released", [=](const State& end) { return end[shop].busy.empty(); });
}

HEDDLE_SCENARIO(from_rust, timer, "a timer runs once, at some later time") {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  auto user = s.user("alice");
  user.calls(shop, &Shop::pay, Nat64{3});
  user.calls(shop, &Shop::later);
  user.then();
  s.profile(happy);
  s.one_schedule();
  s.finally("tidied up", [=](const State& end) { return end[shop].sold == 0; });
}

TEST(FromRust, EverySnippetRuns) {
  for (const RegisteredScenario* scenario : Registry::instance().matching("from_rust/*")) {
    EXPECT_TRUE(as_declared(scenario->name()));
  }
}

}  // namespace
