// Lifecycles: X1 to X8, C10, C11, K7 and T1 of ic-semantics.md, and the choices D28 to D31.
#include <heddle/model/coroutine_program.h>

#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

using Status = Lifecycle::Status;

class Backend : public Canister {
 public:
  Update<Nat> serve(Nat number) {
    ++served;
    co_return number;
  }

  HEDDLE_CANISTER(Backend, serve)

  Var<Nat> served{this, "served", 0};
};

/// The same in both dialects: a part that is stable, one that is not, and a map.
template <class Base>
class Shop : public Base {
 public:
  explicit Shop(Ref<Backend> whom) : backend(whom) {}

  Update<Nat> order(Nat number) {
    ++orders;
    ++cached;
    prices.put(number, number);
    recent.put(number, number);
    const Nat got = co_await call(backend, &Backend::serve, number);
    ++delivered;
    co_return got;
  }

  Update<> arm() {
    Base::set_timer();
    co_return;
  }

  Update<Nat> ask_status() {
    co_await call(backend, &Backend::serve, 1);
    co_return Nat(static_cast<std::uint64_t>(Base::status()));
  }

  Update<> ignore_one() {
    const Future<Nat> ignored = call(backend, &Backend::serve, 1);
    co_return;
  }

  /// Awaits what is complete already, so by a message to itself [M4].
  Update<Nat> twice(Nat number) {
    Future<Nat> first = call(backend, &Backend::serve, number);
    Future<Nat> second = call(backend, &Backend::serve, number);
    const Nat one = co_await second;
    const Nat two = co_await first;
    co_return one + two;
  }

  TimerTask tick() {
    ++ticks;
    co_return;
  }

  HeartbeatTask beat() {
    ++ticks;
    co_return;
  }

  const Ref<Backend> backend;
  Var<Nat> orders{this, "orders", 0, stable};
  Var<Nat> delivered{this, "delivered", 0, stable};
  Var<Nat> cached{this, "cached", 7, transient};
  Var<Nat> ticks{this, "ticks", 0};
  VarMap<Nat, Nat> prices{this, "prices", {}, stable};
  VarMap<Nat, Nat> recent{this, "recent", {{9, 9}}, transient};
};

class MotokoShop : public Shop<Canister> {
 public:
  using Shop::Shop;
  HEDDLE_CANISTER(MotokoShop, order, arm, ask_status, ignore_one, twice, tick, beat)
};

class RustShop : public Shop<RustCanister> {
 public:
  using Shop::Shop;
  HEDDLE_CANISTER(RustShop, order, arm, ask_status, ignore_one, twice, tick, beat)
};

/// What runs in upgrades, and may be told to trap.
class Careful : public Canister {
 public:
  Update<> arm(Nat before, Nat after) {
    trap_before = before;
    trap_after = after;
    ++heap;
    set_timer();
    co_return;
  }

  PreUpgrade save() {
    saved = heap.get();
    if (trap_before == 1) {
      expected_trap("cannot save");
    }
    co_return;
  }

  PostUpgrade restore() {
    heap = saved.get() + 10;
    if (trap_after == 1) {
      expected_trap("cannot restore");
    }
    set_timer();
    co_return;
  }

  TimerTask tick() {
    ++heap;
    co_return;
  }

  HEDDLE_CANISTER(Careful, arm, save, restore, tick)

  Var<Nat> heap{this, "heap", 0, transient};
  Var<Nat> saved{this, "saved", 0};
  Var<Nat> trap_before{this, "trap_before", 0};
  Var<Nat> trap_after{this, "trap_after", 0};
};

class Talkative : public Canister {
 public:
  Update<> nothing() { co_return; }

  PostUpgrade restore() { co_await call(Ref<Backend>(0), &Backend::serve, 1); }

  HEDDLE_CANISTER(Talkative, nothing, restore)
};

class First : public Canister {
 public:
  Update<Nat> add(Nat amount) {
    total += amount;
    co_return total.get();
  }

  HEDDLE_CANISTER(First, add)

  Var<Nat> total{this, "total", 0};
};

class Second : public First {
 public:
  /// Twice as much.
  Update<Nat> add(Nat amount) {
    total += amount * 2;
    ++calls;
    co_return total.get();
  }

  HEDDLE_CANISTER(Second, add)

  Var<Nat> calls{this, "calls", 100};
};

class Other : public Canister {
 public:
  Update<> unrelated() { co_return; }

  HEDDLE_CANISTER(Other, unrelated)
};

std::string nothing() {
  return to_bytes(std::tuple<>());
}

/// `user` asks the management canister.
void manage(Setting& setting, const std::string& user, AnyRef canister, Management action,
            const std::string& code = nothing()) {
  Program& program = *setting.system.canisters[canister.id()].program;
  program.grant_management();
  setting.user(user).calls.push_back({canister.id(), program.info().management(action), code});
}

/// What a variable holds, also one of a base class.
template <class C, class B, class V>
auto value(Walk& walk, const Handle<C>& canister, V B::*variable) {
  StateSource source(walk.kernel, walk.state);
  View view(walk.kernel.tables(), source);
  const View::Scope scope(&view);
  return (canister.object->*variable).get();
}

Lifecycle lifecycle(Walk& walk, AnyRef canister) {
  return Lifecycle::from_leaf(walk.leaf({LeafKind::kLifecycle, canister.id(), 0, 0}));
}

template <class S>
struct ShopSetting : Setting {
  ShopSetting() {
    backend = install<Backend>("backend");
    shop = install<S>("shop", backend);
  }

  Handle<Backend> backend;
  Handle<S> shop;
};

using MotokoSetting = ShopSetting<MotokoShop>;
using RustSetting = ShopSetting<RustShop>;

// ---- X1, X2: stop and start.

TEST(RuleX1, AStoppingCanisterRefusesNewCallsAndRunsItsCallbacks) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::ask_status);
  s.call("bob", s.shop, &MotokoShop::order, 2);
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(lifecycle(walk, s.shop).status, Status::kStopping);
  EXPECT_EQ(walk.result("ops#1"), "");
  walk.perform("start bob#1");
  EXPECT_EQ(walk.result("bob#1"), "CANISTER_ERROR: the canister is stopping");
  EXPECT_EQ(walk.enabled(), (Events{"start shop>backend"}));
  walk.perform("start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "2");  // what canister_status says while it is stopping
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::orders), 0);
}

TEST(RuleX1, AStoppedCanisterRefusesQueuedRequestsAndUsers) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.backend, Management::kStop);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(walk.enabled(), (Events{"start shop>backend", "stopped backend"}));
  walk.perform("stopped backend", "start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: the canister is stopped");
  EXPECT_EQ(value(walk, s.backend, &Backend::served), 0);
}

TEST(RuleX1, NoTimerFiresAndNoTaskOrHeartbeatStartsUntilItIsStarted) {
  MotokoSetting s;
  s.system.faults.heartbeats = 2;
  s.call("alice", s.shop, &MotokoShop::arm);
  s.call("alice", s.shop, &MotokoShop::arm);
  s.user("ops", ScriptOrder::kThen);
  manage(s, "ops", s.shop, Management::kStop);
  manage(s, "ops", s.shop, Management::kStart);
  Walk walk(s, "start alice#1", "timer shop", "start alice#2", "start ops#1", "stopped shop");
  EXPECT_EQ(walk.enabled(), (Events{"start ops#2"}));
  EXPECT_TRUE(walk.timer_armed(s.shop));
  walk.perform("start ops#2");
  EXPECT_EQ(walk.enabled(), (Events{"task shop", "timer shop", "heartbeat shop"}));
}

TEST(RuleX2, StopIsAnsweredWhenNoContextIsLeft) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s, "start alice#1", "start ops#1", "start shop>backend");
  EXPECT_FALSE(walk.is_enabled("stopped shop"));
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
  EXPECT_EQ(walk.result("ops#1"), "");
  walk.perform("stopped shop");
  EXPECT_EQ(walk.result("ops#1"), "()");
  EXPECT_EQ(lifecycle(walk, s.shop).status, Status::kStopped);
}

TEST(RuleX2, AResponseThatNobodyAwaitsKeepsItStopping) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::ignore_one);
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(walk.result("alice#1"), "()");
  EXPECT_FALSE(walk.is_enabled("stopped shop"));
  walk.perform("start shop>backend", "deliver alice#1/1", "stopped shop");
  EXPECT_EQ(walk.result("ops#1"), "()");
}

TEST(RuleX2, StartEndsAStopThatIsGoingOn) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kStop);
  manage(s, "root", s.shop, Management::kStart);
  Walk walk(s, "start alice#1", "start ops#1", "start root#1");
  EXPECT_EQ(walk.result("ops#1"), "CANISTER_ERROR: the canister was started again");
  EXPECT_EQ(walk.result("root#1"), "()");
  EXPECT_EQ(lifecycle(walk, s.shop), Lifecycle{});
}

TEST(RuleX2, AUsersStopMayTimeOutAndTheCanisterGoesOnStopping) {
  MotokoSetting s;
  s.system.faults.stops = 1;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s, "start alice#1", "start ops#1", "time-out ops#1");
  EXPECT_EQ(walk.result("ops#1"), "SYS_TRANSIENT: the canister has not stopped in time");
  EXPECT_EQ(lifecycle(walk, s.shop).status, Status::kStopping);
  EXPECT_FALSE(walk.is_enabled("time-out ops#1"));
}

TEST(RuleX3, ACalleeThatNeverAnswersKeepsACanisterStoppingForEver) {
  Setting s;
  const auto backend = s.environment<Backend>("backend");
  const auto shop = s.install<MotokoShop>("shop", backend);
  s.answers(backend, &Backend::serve, {{EnvironmentAnswer::Kind::kNever, {}}});
  s.call("alice", shop, &MotokoShop::order, 1);
  manage(s, "ops", shop, Management::kStop);
  Walk walk(s, "start alice#1", "start shop>backend answer 1", "start ops#1");
  EXPECT_TRUE(walk.enabled().empty());
  EXPECT_EQ(lifecycle(walk, shop).status, Status::kStopping);
  EXPECT_EQ(walk.result("ops#1"), "");
}

TEST(RuleK7, ACanisterThatIsNotRunningRefusesItsOwnMessagesToItselfToo) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::twice, 1);
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s, "start alice#1", "start shop>backend", "start shop>backend", "deliver alice#1/1",
            "deliver alice#1/2", "start ops#1", "start shop>shop", "deliver alice#1/h");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: the canister is stopping");
}

// ---- X4: upgrades.

template <class S>
void upgrade_a_shop(Walk& walk, const ShopSetting<S>& s) {
  walk.perform("start alice#1", "start shop>backend", "deliver alice#1/1", "start ops#1");
  EXPECT_EQ(walk.result("ops#1"), "()");
  EXPECT_EQ(value(walk, s.shop, &S::orders), 1);
  EXPECT_EQ(value(walk, s.shop, &S::cached), 7);
}

TEST(RuleX4, AnUpgradeKeepsWhatIsStableAndMakesTheRestAnew) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s);
  upgrade_a_shop(walk, s);
  StateSource source(walk.kernel, walk.state);
  View view(walk.kernel.tables(), source);
  const View::Scope scope(&view);
  EXPECT_EQ(s.shop.object->prices.keys(), std::vector<Nat>{1});
  EXPECT_EQ(s.shop.object->recent.keys(), std::vector<Nat>{9});
}

TEST(RuleX4, WhatIsNotDeclaredIsStableInMotokoAndTransientInRust) {
  const auto ticks_after_upgrade = []<class S>(ShopSetting<S> s) {
    s.system.faults.heartbeats = 1;
    manage(s, "ops", s.shop, Management::kUpgrade);
    Walk walk(s, "heartbeat shop", "task shop", "start ops#1");
    return value(walk, s.shop, &S::ticks);
  };
  EXPECT_EQ(ticks_after_upgrade(MotokoSetting()), 1);
  EXPECT_EQ(ticks_after_upgrade(RustSetting()), 0);
}

TEST(RuleX4, TheTimerIsDisarmedByAnUpgrade) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::arm);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s, "start alice#1");
  EXPECT_TRUE(walk.timer_armed(s.shop));
  walk.perform("start ops#1");
  EXPECT_FALSE(walk.timer_armed(s.shop));
}

TEST(RuleX4, WhatRunsBeforeAndAfterBelongsToTheUpgrade) {
  Setting s;
  const auto careful = s.install<Careful>("careful");
  s.call("alice", careful, &Careful::arm, 0, 0);
  manage(s, "ops", careful, Management::kUpgrade);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(value(walk, careful, &Careful::saved), 1);
  EXPECT_EQ(value(walk, careful, &Careful::heap), 11);
  EXPECT_TRUE(walk.timer_armed(careful));
}

TEST(RuleX4, ATrapBeforeOrAfterUndoesTheWholeUpgrade) {
  for (const int which : {0, 1}) {
    Setting s;
    const auto careful = s.install<Careful>("careful");
    s.call("alice", careful, &Careful::arm, 1 - which, which);
    manage(s, "ops", careful, Management::kUpgrade);
    Walk walk(s, "start alice#1");
    const StateVector before = walk.state;
    walk.perform("start ops#1");
    EXPECT_EQ(walk.result("ops#1"),
              which == 0 ? "CANISTER_ERROR: cannot save" : "CANISTER_ERROR: cannot restore");
    EXPECT_EQ(value(walk, careful, &Careful::heap), 1);
    EXPECT_EQ(value(walk, careful, &Careful::saved), 0);
    EXPECT_TRUE(walk.timer_armed(careful));
    StateVector after = walk.state;
    const LeafPosition asked = walk.kernel.context_leaf(walk.kernel.context_named("ops#1"));
    after.set(asked, 0);
    after.normalise();
    EXPECT_EQ(after, before);  // but for the answer
  }
}

TEST(RuleX4, WhatRunsInAnUpgradeCallsNobody) {
  Setting s;
  s.install<Backend>("backend");
  const auto talkative = s.install<Talkative>("talkative");
  manage(s, "ops", talkative, Management::kUpgrade);
  Walk walk(s);
  EXPECT_THROW(walk.perform("start ops#1"), Misuse);
}

TEST(RuleX4, AnUpgradeToAnotherClassKeepsVariablesByNumberAndMakesNewOnes) {
  Setting s;
  const auto first = s.install<First>("first");
  const auto second = make_program<Second>(first.id(), "first");
  static_cast<CoroutineProgram&>(*s.system.canisters[first.id()].program).followed_by(second);
  s.system.canisters[first.id()].later = {second};
  s.user("alice", ScriptOrder::kThen);
  s.call("alice", first, &First::add, 5);
  s.call("alice", first, &First::add, 5);
  manage(s, "ops", first, Management::kUpgrade, to_bytes(std::tuple(std::string("Second"))));
  Walk walk(s, "start alice#1", "start ops#1", "start alice#2");
  EXPECT_EQ(walk.result("ops#1"), "()");
  EXPECT_EQ(walk.result("alice#2"), "15");
  StateSource source(walk.kernel, walk.state);
  View view(walk.kernel.tables(), source);
  const View::Scope scope(&view);
  EXPECT_EQ(second->as<Second>().calls.get(), 101);
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleX4, AClassThatDoesNotContinueTheOneBeforeIsRefused) {
  const auto first = make_program<First>(0, "first");
  try {
    first->followed_by(make_program<Other>(0, "first"));
    FAIL() << "it was taken";
  } catch (const Misuse& misuse) {
    EXPECT_NE(std::string(misuse.what()).find("method add is not listed"), std::string::npos)
        << misuse.what();
  }
}

// ---- X5: callbacks open.

TEST(RuleX5, MotokosCodeRefusesAnUpgradeWhileCallbacksAreOpenAndItIsNotStopped) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(walk.result("ops#1"),
            "CANISTER_ERROR: pre_upgrade: the canister has callbacks open; stop it first");
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::cached), 8);
  walk.perform("start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
}

TEST(RuleX5, RustsCodeIsReplacedAndTheLaterCallbackTraps) {
  RustSetting s;
  s.call("alice", s.shop, &RustShop::order, 1);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.perform("start ops#1").callbacks_cut_off, 1U);
  EXPECT_EQ(walk.result("ops#1"), "()");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
  walk.perform("start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"),
            "CANISTER_ERROR: the code that the response is for is gone");  // [C10]
  EXPECT_EQ(value(walk, s.shop, &RustShop::delivered), 0);
  EXPECT_EQ(value(walk, s.shop, &RustShop::orders), 1);
  EXPECT_EQ(walk.in_flight(s.shop, s.backend), 0U);
}

TEST(RuleX5, AnUpgradeWithoutOpenCallbacksCutsNothingOff) {
  RustSetting s;
  s.call("alice", s.shop, &RustShop::order, 1);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s);
  EXPECT_EQ(walk.perform("start ops#1").callbacks_cut_off, 0U);
  walk.perform("start alice#1", "start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
}

TEST(RuleX6, AReinstallationKeepsNothingAndCutsOffContextsInBothDialects) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  manage(s, "ops", s.shop, Management::kReinstall);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.perform("start ops#1").callbacks_cut_off, 1U);
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::orders), 0);
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::cached), 7);
  EXPECT_EQ(walk.result("alice#1"), "");  // not rejected: only uninstalling does that
  walk.perform("start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: the code that the response is for is gone");
}

TEST(RuleX5, CallbacksOfCodeThatIsGoneAreNotThoseOfTheNewCode) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  s.user("ops", ScriptOrder::kThen);
  manage(s, "ops", s.shop, Management::kReinstall);
  manage(s, "ops", s.shop, Management::kUpgrade);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.perform("start ops#1").callbacks_cut_off, 1U);
  EXPECT_EQ(walk.perform("start ops#2").callbacks_cut_off, 0U);
  EXPECT_EQ(walk.result("ops#2"), "()");
}

// ---- C11, X6: uninstalled.

TEST(RuleC11, UninstallingRejectsWhoWaitsAndDropsWhatComesLater) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  s.call("bob", s.shop, &MotokoShop::order, 2);
  manage(s, "ops", s.shop, Management::kUninstall);
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: the canister was uninstalled");
  EXPECT_EQ(walk.open_contexts(s.shop), 1U);
  walk.perform("start shop>backend");
  const Step& late = walk.perform("deliver alice#1/1");
  EXPECT_TRUE(late.responses.empty());
  EXPECT_EQ(late.executions.front().kind, Execution::Kind::kConsume);
  EXPECT_EQ(walk.open_contexts(s.shop), 0U);
  walk.perform("start bob#1");
  EXPECT_EQ(walk.result("bob#1"), "CANISTER_ERROR: the canister has no code");
}

TEST(RuleX6, AnEmptyCanisterIsInstalledAnewByAReinstallationAndNotUpgraded) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  s.user("ops", ScriptOrder::kThen);
  manage(s, "ops", s.shop, Management::kUninstall);
  manage(s, "ops", s.shop, Management::kUpgrade);
  manage(s, "ops", s.shop, Management::kReinstall);
  Walk walk(s, "start ops#1", "start ops#2", "start ops#3");
  EXPECT_EQ(walk.result("ops#2"), "CANISTER_ERROR: the canister has no code");
  EXPECT_EQ(walk.result("ops#3"), "()");
  walk.perform("start alice#1", "start shop>backend", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
}

// ---- X7: snapshots.

TEST(RuleX7, ASnapshotBringsBackVariablesAndLeavesMessagesAndTheTimer) {
  MotokoSetting s;
  s.user("alice", ScriptOrder::kThen);
  s.call("alice", s.shop, &MotokoShop::order, 1);
  s.call("alice", s.shop, &MotokoShop::order, 2);
  s.call("bob", s.shop, &MotokoShop::arm);
  s.user("ops", ScriptOrder::kThen);
  manage(s, "ops", s.shop, Management::kTakeSnapshot);
  manage(s, "ops", s.shop, Management::kLoadSnapshot);
  Walk walk(s, "start alice#1", "start shop>backend", "deliver alice#1/1", "start ops#1",
            "start bob#1", "start alice#2");
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::orders), 2);
  EXPECT_EQ(walk.perform("start ops#2").callbacks_cut_off, 1U);
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::orders), 1);
  EXPECT_EQ(value(walk, s.shop, &MotokoShop::delivered), 1);
  EXPECT_TRUE(walk.timer_armed(s.shop));
  EXPECT_EQ(walk.queued(s.shop, s.backend), 1U);
  StateSource source(walk.kernel, walk.state);
  View view(walk.kernel.tables(), source);
  const View::Scope scope(&view);
  EXPECT_EQ(s.shop.object->prices.keys(), std::vector<Nat>{1});
}

TEST(RuleX7, WithoutASnapshotNoneIsLoaded) {
  MotokoSetting s;
  manage(s, "ops", s.shop, Management::kLoadSnapshot);
  Walk walk(s, "start ops#1");
  EXPECT_EQ(walk.result("ops#1"), "DESTINATION_INVALID: there is no snapshot");
}

// ---- D28 to D31: what the environment does.

TEST(ChoiceD28, TheEnvironmentStopsAsOftenAsTheBudgetSaysAndStartsAgain) {
  MotokoSetting s;
  s.system.faults.stops = 1;
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"stop backend", "stop shop"}));
  walk.perform("stop shop");
  EXPECT_EQ(walk.enabled(), (Events{"stopped shop", "restart shop"}));
  walk.perform("stopped shop", "restart shop");
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(ChoiceD29, OnlyAStoppedCanisterIsUpgraded) {
  RustSetting s;
  s.system.faults.upgrades = 1;
  manage(s, "ops", s.shop, Management::kStop);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"start ops#1"}));
  walk.perform("start ops#1", "stopped shop");
  EXPECT_EQ(walk.enabled(), (Events{"upgrade shop"}));
  EXPECT_EQ(walk.perform("upgrade shop").callbacks_cut_off, 0U);
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(ChoiceD30, ARunningCanisterIsUpgradedUnlessItsCodeRefuses) {
  const auto enabled_after_a_call = []<class S>(ShopSetting<S> s) {
    s.system.faults.open_upgrades = 1;
    s.call("alice", s.shop, &S::order, 1);
    Walk walk(s, "start alice#1");
    return walk.enabled();
  };
  EXPECT_EQ(enabled_after_a_call(RustSetting()),
            (Events{"start shop>backend", "upgrade backend", "upgrade shop"}));
  EXPECT_EQ(enabled_after_a_call(MotokoSetting()),
            (Events{"start shop>backend", "upgrade backend"}));
}

TEST(ChoiceD31, TheEnvironmentUninstallsAndGoesBackToSnapshots) {
  MotokoSetting s;
  s.system.faults.uninstalls = 1;
  s.system.faults.snapshots = 1;
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"uninstall backend", "take-snapshot backend", "uninstall shop",
                                    "take-snapshot shop"}));
  walk.perform("take-snapshot shop", "uninstall shop");
  EXPECT_EQ(walk.enabled(), (Events{"load-snapshot shop"}));
  walk.perform("load-snapshot shop");
  EXPECT_EQ(lifecycle(walk, s.shop), Lifecycle{});
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(Lifecycles, NothingIsKeptOfThemWhereNobodyManagesCanisters) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::order, 1);
  Walk walk(s);
  EXPECT_FALSE(s.system.is_managed());
  EXPECT_FALSE(walk.kernel.find({LeafKind::kLifecycle, s.shop.id(), 0, 0}).has_value());
  for (const LeafRead& read : walk.perform("start alice#1").reads) {
    EXPECT_NE(walk.kernel.key(read.position).kind, LeafKind::kLifecycle);
  }
}

TEST(Lifecycles, EventsReadBackAsTheyWereWritten) {
  Setting s;
  const auto backend = s.install<Backend>("backend");
  s.system.faults.stops = 1;
  s.system.faults.upgrades = 1;
  s.system.faults.uninstalls = 1;
  s.system.faults.snapshots = 1;
  s.call("alice", backend, &Backend::serve, 1);
  manage(s, "ops", backend, Management::kStop);
  Walk walk(s);
  std::set<Management> met;
  explore(
      walk, [] { return std::string(); },
      [&](const Step& step) {
        met.insert(step.event.action);
        const Event again = walk.kernel.from_text(walk.kernel.to_text(step.event));
        EXPECT_EQ(again, step.event) << walk.kernel.to_text(step.event);
      });
  EXPECT_EQ(met.size(), 8U);  // all but a reinstallation, which only users ask for
}

}  // namespace
}  // namespace heddle::rules
