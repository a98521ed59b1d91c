// Canisters as their authors write them, piece by piece.
#include <thread>

#include <gtest/gtest.h>

#include "model/bench.h"

namespace heddle {
namespace {

class Counter : public Canister {
 public:
  Query<Nat> get() { co_return counter; }

  Update<> set1() {
    for (Nat i = 0; i < 1'000; ++i) {
    }
    counter = 1;
    co_return;
  }

  Update<> set2() {
    counter = 2;
    co_return;
  }

  Var<Nat> counter{this, "counter", 0};
  HEDDLE_CANISTER(Counter, get, set1, set2)
};

class Ledger : public Canister {
 public:
  Update<Nat> transfer(Principal /*to*/, Nat amount) {
    balance -= amount;
    co_return balance;
  }

  Update<> ping() { co_return; }

  Var<Nat> balance{this, "balance", 100};
  HEDDLE_CANISTER(Ledger, transfer, ping)
};

const Ref<Ledger> kLedger{1};

class Bank : public Canister {
 public:
  Update<Nat> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      throw Reject{"insufficient funds"};
    }
    const Principal to = caller();
    const Nat left = co_await call(ledger, &Ledger::transfer, to, amount);
    balance = before - amount;
    co_return left;
  }

  Update<bool> try_withdraw(Nat amount) {
    Future<Nat> transfer = call(ledger, &Ledger::transfer, caller(), amount);
    const Outcome<Nat> moved = co_await outcome(transfer);
    if (!moved) {
      failures += 1;
      co_return false;
    }
    co_return true;
  }

  const Ref<Ledger> ledger{kLedger};
  Var<Nat> balance{this, "balance", 100};
  Var<Nat> failures{this, "failures"};
  HEDDLE_CANISTER(Bank, withdraw, try_withdraw)
};

TEST(Language, QueryRepliesWithItsValue) {
  Bench<Counter> bench;
  bench.set("counter", Nat(7));
  const Effects effects = bench.start("get");
  EXPECT_EQ(effects.end, PieceEnd::kReplied);
  EXPECT_EQ(bench.replied<Nat>(effects), 7U);
}

TEST(Language, UpdateWritesItsVariable) {
  Bench<Counter> bench;
  const Effects effects = bench.start("set1");
  EXPECT_EQ(effects.end, PieceEnd::kReplied);
  EXPECT_EQ(effects.response.value, Tables::kUnit);
  EXPECT_EQ(bench.written<Nat>(effects, "counter"), Nat(1));
}

TEST(Language, AwaitSuspendsAndTheAnswerResumes) {
  for (const bool replay : {false, true}) {
    Bench<Bank> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("withdraw", Nat(60));
    ASSERT_EQ(first.end, PieceEnd::kSuspended);
    ASSERT_EQ(first.sends.size(), 1U);
    EXPECT_EQ(first.sends[0].callee, kLedger.id());
    EXPECT_EQ(first.sends[0].method, 0U);
    EXPECT_NE(first.sends[0].where.line(), 0U);
    EXPECT_EQ(std::string(first.sends[0].where.file_name()), "tests/model/language_test.cc");
    EXPECT_EQ(first.sends[0].where.line(), first.await_where.line());
    EXPECT_EQ(first.await.calls, std::vector<CallIndex>{0});
    EXPECT_TRUE(first.writes.empty());
    const Effects second = bench.resume(first, {bench.reply(Nat(40))});
    EXPECT_EQ(second.end, PieceEnd::kReplied);
    EXPECT_EQ(bench.replied<Nat>(second), 40U);
    EXPECT_EQ(bench.written<Nat>(second, "balance"), Nat(40));
    EXPECT_EQ(bench.program->statistics().replays, replay ? 1U : 0U);
    EXPECT_EQ(bench.program->statistics().taken, replay ? 0U : 1U);
  }
}

TEST(Language, UncaughtRejectAnswersWithItsText) {
  Bench<Bank> bench;
  const Effects effects = bench.start("withdraw", Nat(101));
  EXPECT_EQ(effects.end, PieceEnd::kRejected);
  EXPECT_EQ(effects.response.code, RejectCode::kCanisterReject);
  EXPECT_EQ(bench.text(effects), "insufficient funds");
  EXPECT_FALSE(effects.send_failure_unhandled);
}

TEST(Language, OutcomeHoldsTheReject) {
  Bench<Bank> bench;
  const Effects first = bench.start("try_withdraw", Nat(1));
  const Effects second = bench.resume(first, {bench.reject(RejectCode::kCanisterError, "trapped")});
  EXPECT_FALSE(bench.replied<bool>(second));
  EXPECT_EQ(bench.written<Nat>(second, "failures"), Nat(1));
}

TEST(Language, FailedSendThatNobodyCatchesIsNoted) {
  Bench<Bank> bench;
  bench.source.slots = 0;
  const Effects effects = bench.start("withdraw", Nat(1));
  EXPECT_EQ(effects.end, PieceEnd::kRejected);
  EXPECT_TRUE(effects.send_failure_unhandled);
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_FALSE(effects.sends[0].accepted);
}

/// What a method can learn of its surroundings, one thing a method.
class Curious : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<Principal> who() {
    const Principal asked = caller();
    co_await call(self(), &Curious::pause);
    co_return asked;
  }

  Update<Nat> when() {
    const std::uint64_t now = time();
    co_await call(self(), &Curious::pause);
    co_return now;
  }

  Update<Nat> due() {
    const std::uint64_t seconds = timer();
    co_await call(self(), &Curious::pause);
    co_return seconds;
  }

  Update<> defer() {
    const Deferred<> ticket = make_deferred();
    co_await ticket.future();
  }

  Update<> arm(Nat seconds) {
    set_timer(static_cast<std::uint64_t>(seconds));
    co_return;
  }

  Update<Nat> disarm() {
    set_timer(3);
    cancel_timer();
    co_return timer();
  }

  Update<bool> sent() {
    const auto pinged = try_call(self(), &Curious::pause);
    const auto second = try_call(self(), &Curious::pause);
    const Outcome<> done = co_await outcome(call(self(), &Curious::pause));
    co_return pinged.replied() && second.replied() && done.replied();
  }

  Update<Nat> complete() {
    Future<> first = call(self(), &Curious::pause);
    Future<> second = call(self(), &Curious::pause);
    co_await second;
    co_await await_now(first);
    co_await call(self(), &Curious::pause);
    co_return 1;
  }

  TimerTask ring() {
    rings += 1;
    co_return;
  }

  HeartbeatTask beat() { co_return; }

  Var<Nat> rings{this, "rings"};
  HEDDLE_CANISTER(Curious, pause, who, when, due, defer, arm, disarm, sent, complete, ring, beat)
};

TEST(Told, CallerIsToldAndRemembered) {
  Bench<Curious> bench;
  bench.always_replay();
  const Effects alice = bench.start("who");
  bench.source.caller = bench.tables.values.intern(to_bytes(Principal::named("bob")));
  const Effects bob = bench.start("who");
  EXPECT_NE(alice.log, bob.log);
  EXPECT_EQ(bench.replied<Principal>(bench.resume(alice, {bench.reply()})),
            Principal::named("alice"));
}

TEST(Told, TimeIsInNanoseconds) {
  Bench<Curious> bench;
  bench.source.time = 5;
  const Effects first = bench.start("when");
  bench.source.time = 6;
  EXPECT_NE(bench.start("when").log, first.log);
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply()})), 5'000'000'000U);
}

TEST(Told, TimerIsTold) {
  Bench<Curious> bench;
  const Effects unarmed = bench.start("due");
  bench.source.timer = 4;
  const Effects armed = bench.start("due");
  EXPECT_NE(unarmed.log, armed.log);
  EXPECT_EQ(bench.replied<Nat>(bench.resume(armed, {bench.reply()})), 4U);
}

TEST(Told, ArmingTellsNothingAndReadsBack) {
  Bench<Curious> bench;
  EXPECT_EQ(bench.start("arm", Nat(9)).timer, 9U);
  EXPECT_EQ(bench.start("arm", Nat(0)).timer, 1U);
  const Effects disarmed = bench.start("disarm");
  EXPECT_EQ(disarmed.timer, 0U);
  EXPECT_EQ(bench.replied<Nat>(disarmed), 0U);
}

TEST(Told, ADeferredTellsTheContextsName) {
  Bench<Curious> bench;
  const Effects first = bench.start("defer");
  bench.source.context = bench.tables.values.intern("bob#1");
  EXPECT_NE(bench.start("defer").log, first.log);
}

TEST(Told, EachSendTellsWhetherItWasAccepted) {
  Bench<Curious> bench;
  const Effects all = bench.start("sent");
  bench.source.failing_send = 1;
  const Effects but_one = bench.start("sent");
  EXPECT_NE(all.log, but_one.log);
}

TEST(Told, AwaitNowTellsWhetherTheFutureWasComplete) {
  Bench<Curious> bench;
  const Effects first = bench.start("complete");
  const Effects pending = bench.resume(first, {bench.reply()});
  EXPECT_EQ(pending.await.calls, std::vector<CallIndex>{0});
  bench.complete(0, bench.reply());
  const Effects complete = bench.resume(first, {bench.reply()});
  EXPECT_EQ(complete.await.calls, std::vector<CallIndex>{2});
  EXPECT_EQ(complete.taken, std::vector<CallIndex>{0});
}

TEST(Told, TheSameAnswersAreTheSameLogWhateverThePieces) {
  // A future that was complete and one that was awaited tell the same: the answer.
  Bench<Curious> bench;
  const Effects first = bench.start("complete");
  const Effects pending = bench.resume(first, {bench.reply()});
  const Effects awaited = bench.resume(pending, {bench.reply()});
  bench.complete(0, bench.reply());
  const Effects at_once = bench.resume(first, {bench.reply()});
  EXPECT_EQ(awaited.log, at_once.log);
}

TEST(Language, TasksAreKnownByKind) {
  Bench<Curious> bench;
  const ProgramInfo& info = bench.program->info();
  EXPECT_EQ(info.task(MethodKind::kTimer), info.method("ring"));
  EXPECT_EQ(info.task(MethodKind::kHeartbeat), info.method("beat"));
  EXPECT_EQ(bench.written<Nat>(bench.start("ring"), "rings"), Nat(1));
}

/// A base class with a method and a variable that its canisters share.
class Pausing : public Canister {
 public:
  Update<Nat> pause() {
    pauses += 1;
    co_return 1;
  }

  Var<Nat> pauses{this, "pauses"};
};

class Derived : public Pausing {
 public:
  Update<> run() { co_await call(self(), &Derived::pause); }

  Update<> loop(Nat n) {
    if (n == 0) {
      co_return;
    }
    co_await call(Ref<Derived>(self()), &Derived::pause);
    co_return continue_as(&Derived::loop, n - 1);
  }
  HEDDLE_CANISTER(Derived, run, pause, loop)
};

TEST(Language, MethodsOfABaseClassAreListedAndCalled) {
  Bench<Derived> bench;
  const Effects effects = bench.start("run");
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_EQ(effects.sends[0].method, bench.program->info().method("pause"));
  EXPECT_EQ(bench.written<Nat>(bench.start("pause"), "pauses"), Nat(1));
  EXPECT_EQ(bench.start("loop", Nat(1)).end, PieceEnd::kSuspended);
}

TEST(Language, OneProgramServesManyThreads) {
  Bench<Bank> bench;
  bench.program->set_options({.frames_max = 4});
  const auto work = [&bench](PreparedSource source, int& good) {
    for (Nat amount = 0; amount < 100; ++amount) {
      PieceInput input;
      input.method = bench.program->info().method("withdraw");
      input.arguments = bench.tables.values.intern(to_bytes(std::tuple(amount % 7)));
      View start(bench.tables, source, Dialect::kMotoko, input);
      bench.program->run(start);
      const Effects first = start.finish();
      input.mode = PieceInput::Mode::kResume;
      input.log = first.log;
      input.await = first.await;
      input.next_call = first.next_call;
      input.answers = {bench.reply(amount)};
      View resume(bench.tables, source, Dialect::kMotoko, input);
      bench.program->run(resume);
      const Effects second = resume.finish();
      good += second.end == PieceEnd::kReplied && bench.replied<Nat>(second) == amount ? 1 : 0;
    }
  };
  std::vector<int> good(3);
  std::vector<std::thread> threads;
  for (int& count : good) {
    threads.emplace_back(work, bench.source, std::ref(count));
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, (std::vector<int>{100, 100, 100}));
}

TEST(Language, ValuesAreShownWithCanistersNames) {
  Bench<Bank> bench;
  const auto ledger = make_program<Ledger>(1, "ledger");
  const std::string bytes =
      to_bytes(std::tuple(kLedger, AnyRef(), std::map<AnyRef, Nat>{{AnyRef(0), 3}}));
  Shown shown = type_ops<std::tuple<Ref<Ledger>, AnyRef, std::map<AnyRef, Nat>>>().show(bytes);
  EXPECT_EQ(to_string(shown), "(canister#1, no canister, {canister#0 -> 3})");
  internal::name_refs(shown, Directory{{"bank", "ledger"}, {}, {}});
  EXPECT_EQ(to_string(shown), "(ledger, no canister, {bank -> 3})");
}

}  // namespace
}  // namespace heddle
