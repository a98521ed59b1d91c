// The lock audit: what is a guard, and which ways out leave it held. Systems of canisters in C++,
// with the faults that lead to each way out.
#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include <heddle/checker/lock_audit.h>
#include <heddle/checker/replay.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

namespace heddle {
namespace {

class Ledger : public Canister {
 public:
  Update<> pay(Nat amount) {
    if (amount > Nat{50}) {
      throw Reject("too much");
    }
    co_return;
  }
  HEDDLE_CANISTER(Ledger, pay)
};

/// One method for each way of holding something across an await.
class Shop : public Canister {
 public:
  explicit Shop(Ref<Ledger> ledger) : ledger(ledger) {}

  Update<> guarded(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    auto release = finally([this] { busy = false; });
    co_await call(ledger, &Ledger::pay, amount);
  }

  Update<> careful(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    busy = false;
  }

  Update<> careless(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    co_await call(ledger, &Ledger::pay, amount);
    busy = false;
  }

  Update<> unchecked(Nat amount) {
    busy = true;
    auto release = finally([this] { busy = false; });
    co_await call(ledger, &Ledger::pay, amount);
  }

  Update<> reset() {
    busy = false;
    co_return;
  }

  Update<> by_key(Nat id) {
    if (pending.contains(id)) {
      throw Reject("pending");
    }
    pending.put(id, true);
    auto release = finally([this, id] { pending.erase(id); });
    co_await call(ledger, &Ledger::pay, id);
  }

  Update<> inside_of(Nat amount) {
    inside += 1;
    auto release = finally([this] { inside -= 1; });
    co_await call(ledger, &Ledger::pay, amount);
  }

  Update<> refunding(Nat amount) {
    balance -= amount;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (!paid) {
      balance += amount;
    }
  }

  const Ref<Ledger> ledger;
  Var<bool> busy{this, "busy", false};
  Var<Nat> inside{this, "inside", Nat{0}};
  Var<Nat> balance{this, "balance", Nat{100}};
  VarMap<Nat, bool> pending{this, "pending"};
  HEDDLE_CANISTER(Shop, guarded, careful, careless, unchecked, reset, by_key, inside_of, refunding)
};

using Method = Update<> (Shop::*)(Nat);

Setup shop(std::initializer_list<std::pair<Method, int>> calls, FaultBudgets faults = {},
           bool resets = false) {
  Scenario s("shop/audited");
  const auto ledger = s.install<Ledger>("ledger");
  const auto shop = s.install<Shop>("shop", ledger);
  int user = 0;
  for (const auto& [method, amount] : calls) {
    s.user("u" + std::to_string(++user)).calls(shop, method, Nat{static_cast<unsigned>(amount)});
  }
  if (resets) {
    s.user("admin").calls(shop, &Shop::reset);
  }
  s.profile(happy);
  s.faults() = faults;
  return s.build();
}

LockAudit audited(Setup setup) {
  Kernel kernel(std::move(setup.system));
  LockAudit audit = audit_locks(kernel);
  // Every schedule that is told can be performed.
  for (const Guard& guard : audit.held) {
    Stepper stepper(kernel);
    for (const Guard::Way& way : guard.ways) {
      if (way.held) {
        EXPECT_NO_THROW(replay(stepper, *way.held, ReplayMode::kStrict));
      }
    }
  }
  return audit;
}

const Guard* find(const LockAudit& audit, const std::string& variable) {
  const auto found = std::ranges::find(audit.held, variable, &Guard::variable);
  return found == audit.held.end() ? nullptr : &*found;
}

FaultBudgets allowing(std::optional<int> FaultBudgets::*fault) {
  FaultBudgets faults;
  faults.*fault = 1;
  return faults;
}

TEST(LockAudit, AGuardReleasedByFinallyIsLetGoOnEveryWayOut) {
  LockAudit audit = audited(shop({{&Shop::guarded, 60}, {&Shop::guarded, 30}}));
  for (const auto fault :
       {&FaultBudgets::rejects, &FaultBudgets::send_failures, &FaultBudgets::callback_traps}) {
    audit.add(audited(shop({{&Shop::guarded, 60}, {&Shop::guarded, 30}}, allowing(fault))));
  }
  EXPECT_TRUE(audit.finished);
  const Guard* busy = find(audit, "busy");
  ASSERT_NE(busy, nullptr);
  EXPECT_TRUE(busy->is_guard());
  EXPECT_FALSE(busy->is_faulty());
  EXPECT_TRUE((*busy)[WayOut::kAnswered].let_go);
  EXPECT_TRUE((*busy)[WayOut::kRejected].let_go);
  EXPECT_TRUE((*busy)[WayOut::kTrapped].let_go);
  EXPECT_TRUE((*busy)[WayOut::kTrapped].by_cleanup);
  EXPECT_FALSE((*busy)[WayOut::kAnswered].by_cleanup);
  EXPECT_EQ(busy->awaiting, std::set<std::string>{"ledger.pay"});
}

TEST(LockAudit, ARejectThatIsThrownOnLeavesTheGuardHeld) {
  const LockAudit audit = audited(shop({{&Shop::careless, 60}, {&Shop::careless, 30}}));
  const Guard* busy = find(audit, "busy");
  ASSERT_NE(busy, nullptr);
  EXPECT_TRUE(busy->is_faulty());
  EXPECT_FALSE((*busy)[WayOut::kAnswered].held);
  EXPECT_EQ((*busy)[WayOut::kRejected].held,
            (ScheduleText{"start u1#1", "start shop>ledger", "deliver u1#1/1"}));
}

TEST(LockAudit, ATrapAfterTheAwaitLeavesAGuardHeldThatOnlyCodeReleases) {
  EXPECT_FALSE(find(audited(shop({{&Shop::careful, 60}})), "busy")->is_guard());
  LockAudit audit = audited(shop({{&Shop::careful, 30}, {&Shop::careful, 60}}));
  EXPECT_FALSE(find(audit, "busy")->is_faulty());
  audit.add(audited(
      shop({{&Shop::careful, 30}, {&Shop::careful, 60}}, allowing(&FaultBudgets::callback_traps))));
  const Guard* busy = find(audit, "busy");
  EXPECT_TRUE(busy->is_faulty());
  EXPECT_EQ((*busy)[WayOut::kTrapped].held,
            (ScheduleText{"start u1#1", "start shop>ledger", "deliver u1#1/1 trap"}));
}

TEST(LockAudit, WhoDoesNotLookTakesItASecondTime) {
  const LockAudit audit = audited(shop({{&Shop::guarded, 30}, {&Shop::unchecked, 30}}));
  const auto by_guarded = std::ranges::find_if(
      audit.held, [](const Guard& guard) { return guard.variable == "busy" && guard.taken_twice; });
  ASSERT_NE(by_guarded, audit.held.end());
  EXPECT_EQ(by_guarded->taken_twice, (ScheduleText{"start u1#1", "start u2#1"}));
  EXPECT_TRUE(by_guarded->is_faulty());
  EXPECT_FALSE(
      find(audited(shop({{&Shop::guarded, 30}, {&Shop::guarded, 30}})), "busy")->taken_twice);
}

TEST(LockAudit, AnotherCallThatLetsItGoIsSeen) {
  const LockAudit audit = audited(shop({{&Shop::guarded, 30}}, {}, true));
  const Guard* busy = find(audit, "busy");
  ASSERT_NE(busy, nullptr);
  EXPECT_EQ(busy->let_go_by_other, (ScheduleText{"start u1#1", "start admin#1"}));
  EXPECT_FALSE(busy->taken_twice);
  EXPECT_TRUE(busy->is_faulty());
}

TEST(LockAudit, KeysAreHeldEachByItself) {
  const LockAudit audit =
      audited(shop({{&Shop::by_key, 1}, {&Shop::by_key, 2}, {&Shop::by_key, 1}}));
  const Guard* pending = find(audit, "pending[...]");
  ASSERT_NE(pending, nullptr);
  EXPECT_TRUE(pending->is_guard());
  EXPECT_FALSE(pending->is_faulty());
}

TEST(LockAudit, ACounterOfThoseInsideMayBeHeldByTwo) {
  const LockAudit audit = audited(shop({{&Shop::inside_of, 30}, {&Shop::inside_of, 60}}));
  const Guard* inside = find(audit, "inside");
  ASSERT_NE(inside, nullptr);
  EXPECT_TRUE(inside->is_guard());
  EXPECT_TRUE(inside->is_number);
  EXPECT_FALSE(inside->is_faulty());
}

TEST(LockAudit, ARefundIsNoGuard) {
  const LockAudit audit = audited(shop({{&Shop::refunding, 30}, {&Shop::refunding, 60}}));
  const Guard* balance = find(audit, "balance");
  ASSERT_NE(balance, nullptr);
  EXPECT_TRUE((*balance)[WayOut::kRejected].let_go);
  EXPECT_FALSE(balance->is_guard());
  EXPECT_FALSE(balance->is_faulty());
}

TEST(LockAudit, ASearchThatIsCutShortSaysSo) {
  heddle::Setup setup = shop({{&Shop::guarded, 30}, {&Shop::guarded, 30}, {&Shop::guarded, 30}});
  Kernel kernel(std::move(setup.system));
  LockAuditOptions options;
  options.states_max = 5;
  EXPECT_FALSE(audit_locks(kernel, options).finished);
}

/// One schedule after the other, without anything remembered: the variable is looked at when a call
/// has just ended.
class Enumeration {
 public:
  explicit Enumeration(Kernel& kernel)
      : kernel_(kernel),
        stepper_(kernel),
        busy_(*kernel.find({LeafKind::kVariable, 1, 0, 0})),
        free_(kernel.initial()[busy_]) {}

  /// Whether some schedule ends with nothing left to do and the guard held.
  bool ends_held() { return go_on(kernel_.initial()); }

 private:
  bool go_on(const StateVector& state) {
    std::vector<Event> enabled;
    stepper_.enabled(state, enabled);
    if (std::ranges::all_of(enabled, [](const Event& event) { return event.is_optional(); }) &&
        state[busy_] != free_) {
      return true;
    }
    return std::ranges::any_of(enabled, [&](const Event& event) {
      StateVector after = state;
      Stepper::apply(after, stepper_.step(after, event));
      return go_on(after);
    });
  }

  Kernel& kernel_;
  Stepper stepper_;
  LeafPosition busy_;
  LeafValue free_;
};

TEST(LockAudit, AgreesWithEverySchedule) {
  const Method methods[] = {&Shop::guarded, &Shop::careful, &Shop::careless};
  int held = 0;
  int cases = 0;
  for (const Method first : methods) {
    for (const Method second : methods) {
      for (const int amount : {30, 60}) {
        for (const auto fault : {&FaultBudgets::rejects, &FaultBudgets::callback_traps,
                                 &FaultBudgets::send_failures}) {
          LockAudit audit = audited(shop({{first, amount}, {second, 30}}, allowing(fault)));
          const bool told = std::ranges::any_of(audit.held, [](const Guard& guard) {
            return guard.variable == "busy" &&
                   std::ranges::any_of(guard.ways,
                                       [](const Guard::Way& way) { return way.held.has_value(); });
          });
          heddle::Setup setup = shop({{first, amount}, {second, 30}}, allowing(fault));
          Kernel kernel(std::move(setup.system));
          EXPECT_EQ(told, Enumeration(kernel).ends_held())
              << amount << ", method " << (std::ranges::find(methods, first) - methods) << " and "
              << (std::ranges::find(methods, second) - methods) << ", "
              << (fault == &FaultBudgets::rejects          ? "reject"
                  : fault == &FaultBudgets::callback_traps ? "trap"
                                                           : "send");
          held += told ? 1 : 0;
          ++cases;
        }
      }
    }
  }
  EXPECT_EQ(cases, 54);
  EXPECT_GT(held, 10);
  EXPECT_LT(held, 50);
}

}  // namespace
}  // namespace heddle
