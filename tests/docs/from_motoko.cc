// The C++ of docs/from-motoko.md, with scenarios that run it.
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace {

using namespace heddle;

class Counter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Update<Nat> add(Nat n) {
    counter += n;
    co_return counter;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, get, add)
};

struct Account {
  Principal owner;
  std::optional<Nat> subaccount;
  HEDDLE_FIELDS(Account, owner, subaccount)
};

class Ledger : public Canister {
 public:
  Update<Nat> transfer(Principal to, Nat amount) {
    if (amount == 0) {
      throw Reject("nothing to transfer");
    }
    balances[to] += amount;
    ++block;
    co_return block;
  }

  Update<> note() { co_return; }

  VarMap<Principal, Nat> balances{this, "balances"};
  Var<Nat> block{this, "block", 0};
  HEDDLE_CANISTER(Ledger, transfer, note)
};

class Shop : public Canister {
 public:
  explicit Shop(Ref<Ledger> ledger) : ledger(ledger) {}

  Update<Nat> pay(Nat amount) {
    const Nat block = co_await call(ledger, &Ledger::transfer, caller(), amount);
    last_block = block;
    co_return block;
  }

  Update<Nat> pay_in_parallel(Principal alice, Principal bob) {
    Future<Nat> f1 = call(ledger, &Ledger::transfer, alice, 1);
    Future<Nat> f2 = call(ledger, &Ledger::transfer, bob, 2);
    const Nat block1 = co_await f1;
    const Nat block2 = co_await f2;
    co_return block1 + block2;
  }

  Update<Nat> pay_quickly(Principal alice, Principal bob) {
    Future<Nat> f1 = call(ledger, &Ledger::transfer, alice, 1);
    Future<Nat> f2 = call(ledger, &Ledger::transfer, bob, 2);
    const Nat block1 = co_await await_now(f1);
    const Nat block2 = co_await await_now(f2);
    co_return block1 + block2;
  }

  Update<Nat> pay_everyone(std::vector<Principal> people) {
    std::vector<Future<Nat>> futures;
    for (const Principal& person : people) {
      futures.push_back(call(ledger, &Ledger::transfer, person, 1));
    }
    Nat sum = 0;
    for (Future<Nat>& future : futures) {
      const Nat block = co_await future;
      sum += block;
    }
    co_return sum;
  }

  Update<Nat> pay_everyone_at_once(std::vector<Principal> people) {
    std::vector<Future<Nat>> futures;
    for (const Principal& person : people) {
      futures.push_back(call(ledger, &Ledger::transfer, person, 1));
    }
    const std::vector<Nat> blocks = co_await all(futures);
    co_return blocks.size();
  }

  Update<Nat> pay_with_timeout(Principal to, Nat amount) {
    const Nat paid = co_await call(with_timeout(ledger, 10), &Ledger::transfer, to, amount);
    co_return paid;
  }

  Async<Nat> doubled(Nat n) { co_return n + n; }

  Update<Nat> call_local_async() {
    const Nat six = co_await async(&Shop::doubled, 3);
    co_return six;
  }

  Star<Nat> pay_twice(Principal to) {
    const Nat block1 = co_await call(ledger, &Ledger::transfer, to, 1);
    const Nat block2 = co_await call(ledger, &Ledger::transfer, to, 1);
    co_return block1 + block2;
  }

  Update<Nat> call_async_star() {
    const Nat blocks = co_await pay_twice(caller());
    co_return blocks;
  }

  Update<std::string> try_catch() {
    try {
      co_await call(ledger, &Ledger::transfer, caller(), 0);
      co_return "paid";
    } catch (const Reject& error) {
      co_return error.text;
    }
  }

  Update<bool> compensate(Nat amount) {
    owed += amount;
    const Outcome<Nat> paid = co_await outcome(call(ledger, &Ledger::transfer, caller(), amount));
    if (!paid) {
      if (paid.reject().code == RejectCode::kCanisterReject) {
        co_await call(ledger, &Ledger::note);
      }
      owed -= amount;
    }
    co_return paid.replied();
  }

  Update<> send_failure() {
    Outcome<Future<Nat>> sent = try_call(ledger, &Ledger::transfer, caller(), 1);
    if (!sent) {
      throw Reject("try again later");
    }
    co_await *sent;
  }

  Update<> with_finally(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    co_await call(ledger, &Ledger::transfer, caller(), amount);
  }

  Update<> fire_and_forget() {
    ignore(call(ledger, &Ledger::note));
    co_return;
  }

  Update<> guarded(Nat amount) {
    if (caller().is_anonymous()) {
      throw Reject("who are you?");
    }
    if (amount > 1'000) {
      trap("too much");
    }
    co_return;
  }

  Update<> later() {
    set_timer(10);
    co_return;
  }

  TimerTask settle() { co_await call(ledger, &Ledger::note); }

  Update<> poll_for_ever() {
    const Outcome<> done = co_await outcome(call(ledger, &Ledger::note));
    if (!done) {
      co_return continue_as(&Shop::poll_for_ever);
    }
  }

  Update<Nat> call_myself() {
    const Nat block = co_await call(Ref<Shop>(self()), &Shop::pay, 1);
    co_return block;
  }

  Update<> change_in_place(Principal person) {
    visitors.update([person](std::vector<Principal>& all) { all.push_back(person); });
    const Nat before = last_block;
    last_block = before + 1;
    co_return;
  }

  const Ref<Ledger> ledger;
  Var<Nat> last_block{this, "last_block", 0};
  Var<Nat> owed{this, "owed", 0};
  Var<bool> busy{this, "busy", false};
  Var<std::vector<Principal>> visitors{this, "visitors"};
  HEDDLE_CANISTER(Shop, pay, pay_in_parallel, pay_quickly, pay_everyone, pay_everyone_at_once,
                  pay_with_timeout, doubled, call_local_async, call_async_star, try_catch,
                  compensate, send_failure, with_finally, fire_and_forget, guarded, later, settle,
                  poll_for_ever, call_myself, change_in_place)
};

class Pulse : public Canister {
 public:
  HeartbeatTask beat() {
    ++beats;
    co_return;
  }

  Var<Nat> beats{this, "beats", 0};
  HEDDLE_CANISTER(Pulse, beat)
};

const Principal kAlice = Principal::named("alice");
const Principal kBob = Principal::named("bob");

HEDDLE_SCENARIO(from_motoko, counter, "two calls add up") {
  auto counter = s.install<Counter>("counter");
  s.user("alice").calls(counter, &Counter::add, Nat{1});
  s.user("bob").calls(counter, &Counter::add, Nat{2});
  s.profile(happy);
  s.finally("added up", [=](const State& end) { return end.query(counter, &Counter::get) == 3; });
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

HEDDLE_SCENARIO(from_motoko, pay, "a call and an await") {
  claim_reply(s, "1", &Shop::pay, Nat{7});
}

HEDDLE_SCENARIO(from_motoko, pay_in_parallel, "calls first, awaits after") {
  claim_reply(s, "3", &Shop::pay_in_parallel, kAlice, kBob);
}

HEDDLE_SCENARIO(from_motoko, pay_quickly, "await?") {
  claim_reply(s, "3", &Shop::pay_quickly, kAlice, kBob);
}

HEDDLE_SCENARIO(from_motoko, pay_with_timeout, "a call with a timeout") {
  claim_reply(s, "1", &Shop::pay_with_timeout, kBob, Nat{7});
}

HEDDLE_SCENARIO(from_motoko, pay_everyone, "calls in a loop, awaits in the next") {
  claim_reply(s, "3", &Shop::pay_everyone, std::vector<Principal>{kAlice, kBob});
}

HEDDLE_SCENARIO(from_motoko, pay_everyone_at_once, "all futures of a vector") {
  claim_reply(s, "2", &Shop::pay_everyone_at_once, std::vector<Principal>{kAlice, kBob});
}

HEDDLE_SCENARIO(from_motoko, local_async, "a local async function") {
  claim_reply(s, "6", &Shop::call_local_async);
}

HEDDLE_SCENARIO(from_motoko, async_star, "an async* function") {
  claim_reply(s, "3", &Shop::call_async_star);
}

HEDDLE_SCENARIO(from_motoko, try_catch, "a reject, caught") {
  claim_reply(s, "nothing to transfer", &Shop::try_catch);
}

HEDDLE_SCENARIO(from_motoko, compensate, "a reject, held and compensated") {
  claim_reply(s, "false", &Shop::compensate, Nat{0});
}

HEDDLE_SCENARIO(from_motoko, call_myself, "a call to oneself") {
  claim_reply(s, "1", &Shop::call_myself);
}

HEDDLE_SCENARIO(from_motoko, the_others, "what replies nothing") {
  auto ledger = s.install<Ledger>("ledger");
  auto shop = s.install<Shop>("shop", ledger);
  auto alice = s.user("alice");
  alice.calls(shop, &Shop::send_failure);
  alice.calls(shop, &Shop::with_finally, Nat{1});
  alice.calls(shop, &Shop::fire_and_forget);
  alice.calls(shop, &Shop::guarded, Nat{1'001});
  alice.calls(shop, &Shop::later);
  alice.calls(shop, &Shop::poll_for_ever);
  alice.calls(shop, &Shop::change_in_place, kBob);
  alice.then();
  s.expects_trap(shop, &Shop::guarded);
  s.finally("not busy", [=](const State& end) { return !end[shop].busy; });
}

HEDDLE_SCENARIO(from_motoko, heartbeat, "a heartbeat is an event like others, one of them here") {
  auto pulse = s.install<Pulse>("pulse");
  s.faults().heartbeats = 1;
  s.one_schedule();
  s.always("at most one", [=](const State& now) { return now[pulse].beats <= 1; });
  s.sometimes("one", [=](const State& now) { return now[pulse].beats == 1; });
}

TEST(FromMotoko, EverySnippetRuns) {
  for (const RegisteredScenario* scenario : Registry::instance().matching("from_motoko/*")) {
    EXPECT_TRUE(as_declared(scenario->name()));
  }
}

TEST(FromMotoko, ARecordHasNamedFields) {
  EXPECT_EQ(to_string(show(Account{kAlice, Nat{1}})), "{owner = alice; subaccount = ?1}");
}

}  // namespace
