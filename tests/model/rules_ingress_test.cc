// Messages from outside and system tasks: rules I1-I4, I6, T1, T3 and L1 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Counter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Query<Nat> get_and_spoil() {
    counter = 99;
    co_return counter;
  }

  Update<> set(Nat n) {
    counter = n;
    co_return;
  }

  Update<> add(Nat n) {
    counter += n;
    co_return;
  }

  Update<Principal> who() { co_return caller(); }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, get, get_and_spoil, set, add, who)
};

struct IngressSetting : Setting {
  Handle<Counter> counter = install<Counter>("counter");

  Outcomes outcomes() {
    Walk walk(*this);
    return explore(walk, [&] { return walk.get(counter, &Counter::counter).to_string(); }).outcomes;
  }
};

TEST(RuleI1, CallsOfOneUserAreInductedInAnyOrder) {
  IngressSetting s;
  s.call("alice", s.counter, &Counter::set, 1);
  s.call("alice", s.counter, &Counter::set, 2);
  EXPECT_EQ(s.outcomes(), (Outcomes{"1", "2"}));
}

TEST(RuleI1, AnOrderGivenByTheScriptIsKept) {
  for (const ScriptOrder order : {ScriptOrder::kInOrder, ScriptOrder::kThen}) {
    IngressSetting s;
    s.user("alice", order);
    s.call("alice", s.counter, &Counter::set, 1);
    s.call("alice", s.counter, &Counter::set, 2);
    EXPECT_EQ(s.outcomes(), (Outcomes{"2"}));
  }
}

/// Awaits before it answers.
class Slow : public Canister {
 public:
  explicit Slow(Ref<Counter> counter) : counter(counter) {}

  Update<> add() { co_await call(counter, &Counter::add, 1); }

  const Ref<Counter> counter;
  HEDDLE_CANISTER(Slow, add)
};

TEST(RuleI1, ThenWaitsForTheAnswerAndInOrderDoesNot) {
  for (const ScriptOrder order : {ScriptOrder::kInOrder, ScriptOrder::kThen}) {
    IngressSetting s;
    const auto slow = s.install<Slow>("slow", s.counter);
    s.user("alice", order);
    s.call("alice", slow, &Slow::add);
    s.call("alice", slow, &Slow::add);
    Walk walk(s);
    EXPECT_FALSE(walk.is_enabled("start alice#2"));
    walk.perform("start alice#1");
    EXPECT_EQ(walk.is_enabled("start alice#2"), order == ScriptOrder::kInOrder);
    walk.perform("start slow>counter", "deliver alice#1/1");
    EXPECT_TRUE(walk.is_enabled("start alice#2"));
  }
}

TEST(RuleI1, InOrderIsAnOrderAtEachCanister) {
  IngressSetting s;
  const auto other = s.install<Counter>("other");
  s.user("alice", ScriptOrder::kInOrder);
  s.call("alice", s.counter, &Counter::set, 1);
  s.call("alice", other, &Counter::set, 2);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"start alice#1", "start alice#2"}));
}

TEST(RuleI2, ACallIsNotStartedThenProcessedThenReplied) {
  IngressSetting s;
  const auto slow = s.install<Slow>("slow", s.counter);
  s.call("alice", slow, &Slow::add);
  Walk walk(s);
  EXPECT_EQ(walk.phase("alice#1"), Phase::kAbsent);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kSuspended);
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.run_on();
  EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
  EXPECT_EQ(walk.result("alice#1"), "()");
}

TEST(RuleI3, OnlyACallThatHasNotStartedCanExpire) {
  IngressSetting s;
  const auto slow = s.install<Slow>("slow", s.counter);
  s.system.faults.dropped_ingress = 1;
  s.call("alice", slow, &Slow::add);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"start alice#1", "drop alice#1"}));
  walk.perform("start alice#1");
  EXPECT_EQ(walk.enabled(), Events{"start slow>counter"});
}

TEST(RuleI3, AnExpiredCallIsASystemRejectAndNeverExecutes) {
  IngressSetting s;
  s.system.faults.dropped_ingress = 1;
  s.call("alice", s.counter, &Counter::add, 1);
  Walk walk(s);
  walk.perform("drop alice#1");
  EXPECT_EQ(walk.result("alice#1"), "SYS_TRANSIENT: the ingress message was dropped");
  EXPECT_EQ(walk.enabled(), Events{});
  EXPECT_EQ(walk.get(s.counter, &Counter::counter), 0);
}

TEST(RuleI4, ACallExecutesAtMostOnceAndAResendIsANewCall) {
  IngressSetting s;
  const auto slow = s.install<Slow>("slow", s.counter);
  s.call("alice", slow, &Slow::add);
  EXPECT_EQ(s.outcomes(), (Outcomes{"1"}));
  s.system.faults.resubmissions = 1;
  EXPECT_EQ(s.outcomes(), (Outcomes{"1", "2"}));
}

TEST(RuleI6, TheCallerIsTheUser) {
  IngressSetting s;
  s.call("alice", s.counter, &Counter::who);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "alice");
}

/// Sets its timer in every way.
class Clock : public Canister {
 public:
  Update<> arm(Nat64 seconds) {
    set_timer(seconds.value());
    co_return;
  }

  Update<> disarm() {
    cancel_timer();
    co_return;
  }

  Update<> arm_and_trap() {
    set_timer(1);
    trap("no");
    co_return;
  }

  /// The nanoseconds that pass between two looks at the time, in one execution.
  Update<Nat> passed() {
    const std::uint64_t before = time();
    const std::uint64_t after = time();
    co_return Nat(after - before);
  }

  Update<Nat64> remaining() { co_return Nat64(timer()); }

  TimerTask tick() {
    ++ticks;
    last = Nat(time() / 1'000'000'000);
    co_return;
  }

  Var<Nat> ticks{this, "ticks", 0};
  Var<Nat> last{this, "last", 0};
  HEDDLE_CANISTER(Clock, arm, disarm, arm_and_trap, passed, remaining, tick)
};

struct TimerSetting : Setting {
  explicit TimerSetting() {
    system.clock = true;
    user("alice", ScriptOrder::kInOrder);
  }

  Handle<Clock> clock = install<Clock>("clock");
};

TEST(RuleT1, ATimerFiresOnceAndNeverEarly) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm, 5);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.enabled(), Events{"time"});
  walk.perform("time", "timer clock", "task clock");
  EXPECT_EQ(walk.get(s.clock, &Clock::last), 5);
  EXPECT_EQ(walk.get(s.clock, &Clock::ticks), 1);
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleT1, ATimerIsDisarmedBeforeItsTaskIsQueued) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm, 5);
  s.call("alice", s.clock, &Clock::remaining);
  Walk walk(s);
  walk.perform("start alice#1", "time", "timer clock");
  EXPECT_FALSE(walk.timer_armed(s.clock));
  walk.perform("start alice#2");
  EXPECT_EQ(walk.result("alice#2"), "0");
}

TEST(RuleT1, ArmingAgainReplacesAndZeroDisarms) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm, 5);
  s.call("alice", s.clock, &Clock::arm, 9);
  s.call("alice", s.clock, &Clock::remaining);
  s.call("alice", s.clock, &Clock::disarm);
  Walk walk(s);
  walk.perform("start alice#1", "start alice#2", "start alice#3");
  EXPECT_EQ(walk.result("alice#3"), "9");
  walk.perform("start alice#4");
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleT1, PropertiesSeeTheSecondsThatAreLeft) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm, 5);
  Walk walk(s);
  const auto left = [&] {
    StateSource source(walk.kernel, walk.state);
    return source.answer({ObservationKind::kTimer, s.clock.id(), {}, 0});
  };
  EXPECT_EQ(left(), 0U);
  walk.perform("start alice#1");
  EXPECT_EQ(left(), 5U);
  walk.perform("time");
  EXPECT_EQ(left(), 1U);
}

TEST(RuleT1, ArmingIsPartOfTheExecutionAndUndoneByItsTrap) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm_and_trap);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_FALSE(walk.timer_armed(s.clock));
}

/// Writes the order of its tasks.
class Tasks : public Canister {
 public:
  Update<> arm() {
    set_timer();
    co_return;
  }

  TimerTask tick() { return note(1); }

  HeartbeatTask beat() {
    order.update([](auto& list) { list.push_back(2); });
    co_return;
  }

  Var<std::vector<Nat>> order{this, "order"};
  HEDDLE_CANISTER(Tasks, arm, tick, beat)

 private:
  TimerTask note(Nat n) {
    order.update([n](auto& list) { list.push_back(n); });
    co_return;
  }
};

// One clock for all canisters, so that a callee's time is never earlier than its caller's.
TEST(RuleR10, TimeStandsStillInAnExecutionAndMovesFromTimerToTimer) {
  TimerSetting s;
  s.call("alice", s.clock, &Clock::arm, 5);
  s.call("alice", s.clock, &Clock::passed);
  Walk walk(s);
  walk.perform("start alice#1", "time", "start alice#2");
  EXPECT_EQ(walk.result("alice#2"), "0");
  walk.perform("timer clock", "task clock");
  EXPECT_EQ(walk.get(s.clock, &Clock::last), 5);
}

TEST(RuleT3, TasksOfOneCanisterAreFifo) {
  Setting s;
  const auto tasks = s.install<Tasks>("tasks");
  s.system.faults.heartbeats = 1;
  s.call("alice", tasks, &Tasks::arm);
  Walk walk(s);
  walk.perform("start alice#1");
  Walk other_order(s);
  walk.perform("timer tasks", "heartbeat tasks", "task tasks", "task tasks");
  EXPECT_EQ(text(walk.get(tasks, &Tasks::order)), "1 2");
  other_order.perform("start alice#1", "heartbeat tasks", "timer tasks", "task tasks",
                      "task tasks");
  EXPECT_EQ(text(other_order.get(tasks, &Tasks::order)), "2 1");
}

TEST(RuleT3, AHeartbeatMayComeAtAnyTimeAndNeedNot) {
  Setting s;
  const auto tasks = s.install<Tasks>("tasks");
  s.system.faults.heartbeats = 2;
  Walk walk(s);
  const auto explored = explore(walk, [&] { return text(walk.get(tasks, &Tasks::order)); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"", "2", "2 2"}));
}

TEST(RuleL1, WhatAQueryWritesIsDiscardedAndNoted) {
  IngressSetting s;
  s.call("alice", s.counter, &Counter::get_and_spoil);
  Walk walk(s);
  const Step& step = walk.perform("start alice#1");
  EXPECT_EQ(step.executions[0].effects->notes.size(), 1U);
  EXPECT_EQ(walk.result("alice#1"), "99");
  EXPECT_EQ(walk.get(s.counter, &Counter::counter), 0);
}

/// Calls a query.
class Reader : public Canister {
 public:
  explicit Reader(Ref<Counter> counter) : counter(counter) {}

  Update<Nat> read() {
    const Nat got = co_await call(counter, &Counter::get_and_spoil);
    co_return got;
  }

  const Ref<Counter> counter;
  HEDDLE_CANISTER(Reader, read)
};

/// A query that calls.
class Nosy : public Canister {
 public:
  explicit Nosy(Ref<Counter> counter) : counter(counter) {}

  Query<> look() { co_await call(counter, &Counter::add, 1); }

  const Ref<Counter> counter;
  HEDDLE_CANISTER(Nosy, look)
};

TEST(RuleL1, AQueryCalledByACanisterRunsInLineWithItsOtherMessages) {
  IngressSetting s;
  const auto reader = s.install<Reader>("reader", s.counter);
  s.call("alice", reader, &Reader::read);
  Walk walk(s);
  walk.perform("start alice#1", "start reader>counter");
  EXPECT_EQ(walk.get(s.counter, &Counter::counter), 0);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "99");
}

TEST(RuleL1, AQueryThatCallsIsMisuse) {
  IngressSetting s;
  const auto nosy = s.install<Nosy>("nosy", s.counter);
  s.call("alice", nosy, &Nosy::look);
  Walk walk(s);
  try {
    walk.perform("start alice#1");
    FAIL() << "no misuse";
  } catch (const Misuse& misuse) {
    const std::string text = misuse.what();
    EXPECT_TRUE(text.starts_with("nosy.look")) << text;
    EXPECT_NE(text.find("a query called another canister"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace heddle::rules
