// What Motoko makes of async and await: rules M1-M13, M15 and M17 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Actor : public Canister {
 public:
  explicit Actor(Ref<Server> server) : server(server) {}

  Update<> send_then_work() {
    Future<Nat> sent = call(server, &Server::serve, 1);
    balance = 1;
    co_await sent;
  }

  Update<> send_unawaited_and_trap() {
    ignore(call(server, &Server::serve, 1));
    trap("no");
    co_return;
  }

  /// 0 when the send failed and was caught where the call stands.
  Update<Nat> call_in_try() {
    try {
      Future<Nat> sent = call(server, &Server::serve, 1);
      const Nat got = co_await sent;
      co_return got;
    } catch (const Reject& reject) {
      EXPECT_EQ(reject.code, RejectCode::kCallError);
    }
    co_return 0;
  }

  Update<Nat> local_in_try() {
    try {
      Future<Nat> sent = async(&Actor::body, 1);
      const Nat got = co_await sent;
      co_return got;
    } catch (const Reject& reject) {
      EXPECT_EQ(reject.code, RejectCode::kCallError);
    }
    co_return 0;
  }

  /// Both calls are made first; the second is awaited first.
  Update<Nat> reversed() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    const Nat b = co_await second;
    balance = 1;
    const Outcome<Nat> a = co_await outcome(first);
    balance = 2;
    co_return a ? 10 * *a + b : Nat(99);
  }

  Update<Nat> reversed_now() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    const Nat b = co_await second;
    balance = 1;
    const Nat a = co_await await_now(first);
    balance = 2;
    co_return 10 * a + b;
  }

  Update<> n_in_order(Nat n) {
    std::vector<Future<Nat>> calls = make(n);
    for (Future<Nat>& each : calls) {
      co_await each;
    }
  }

  Update<> n_reversed(Nat n) {
    std::vector<Future<Nat>> calls = make(n);
    for (auto each = calls.rbegin(); each != calls.rend(); ++each) {
      co_await *each;
    }
  }

  Async<Nat> body(Nat n) {
    balance += n;
    co_return n;
  }

  Async<Nat> throwing_body() {
    balance += 1;
    throw Reject("from the body");
    co_return 0;
  }

  Update<Nat> local() {
    Future<Nat> later = async(&Actor::body, 5);
    balance = 1;
    const Nat got = co_await later;
    co_return got;
  }

  Update<std::string> local_throws() {
    const Outcome<Nat> got = co_await outcome(async(&Actor::throwing_body));
    co_return got ? "replied" : got.reject().text;
  }

  Star<Nat> inlined(Nat n) {
    balance = n;
    const Nat got = co_await call(server, &Server::serve, n);
    co_return got;
  }

  Star<> no_await() {
    balance = 7;
    co_return;
  }

  Update<> star_and_trap() {
    co_await no_await();
    trap("no");
  }

  Update<Nat> two_stars() {
    const Nat a = co_await inlined(1);
    const Nat b = co_await inlined(2);
    co_return a + b;
  }

  Update<> throws() {
    balance = 5;
    throw Reject(RejectCode::kSysUnknown, "sorry");
    co_return;
  }

  Update<> traps_in_try() {
    balance = 5;
    try {
      trap("assertion");
    } catch (const Reject&) {
      balance = 6;
    } catch (const std::exception&) {
      balance = 7;
    }
    co_return;
  }

  Update<Nat> with_finally(Nat how) {
    const auto outer = finally([this] { log.update([](auto& list) { list.push_back(1); }); });
    if (how == 0) {
      trap("before the await");
    }
    {
      const auto closed = finally([this] { log.update([](auto& list) { list.push_back(2); }); });
    }
    co_await call(server, &Server::serve, 1);
    const auto later = finally([this] { log.update([](auto& list) { list.push_back(3); }); });
    if (how == 1) {
      trap("after the await");
    }
    if (how == 2) {
      throw Reject("thrown");
    }
    co_return 4;
  }

  Update<> ignores(Nat how) {
    if (how == 0) {
      ignore(call(server, &Server::serve, 1));
    } else {
      ignore(call(server, &Server::crash, 1));
    }
    co_return;
  }

  /// `[await s.serve(1), await s.serve(2), await s.serve(3)]`.
  Update<> awaits_in_an_array() {
    std::vector<Nat> results;
    for (Nat n = 1; n <= 3; ++n) {
      const Nat got = co_await call(server, &Server::serve, n);
      results.push_back(got);
    }
  }

  /// `let a = s.serve(1); ...; [await a, await b, await c]`.
  Update<> calls_before_the_array() {
    std::vector<Future<Nat>> calls = make(3);
    for (Future<Nat>& each : calls) {
      co_await each;
    }
  }

  Update<bool> caller_before_and_after() {
    const Principal before = caller();
    co_await call(server, &Server::serve, 1);
    co_return before == caller();
  }

  Update<> inc() {
    balance += 1;
    co_return;
  }

  Update<> calls_itself() { co_await call(self(), &Actor::inc); }

  const Ref<Server> server;
  Var<Nat> balance{this, "balance", 0};
  Var<std::vector<Nat>> log{this, "log"};
  HEDDLE_CANISTER(Actor, send_then_work, send_unawaited_and_trap, call_in_try, local_in_try,
                  reversed, reversed_now, n_in_order, n_reversed, body, throwing_body, local,
                  local_throws, star_and_trap, two_stars, throws, traps_in_try, with_finally,
                  ignores, awaits_in_an_array, calls_before_the_array, caller_before_and_after, inc,
                  calls_itself)

 private:
  std::vector<Future<Nat>> make(const Nat& n) const {
    std::vector<Future<Nat>> calls;
    for (Nat i = 1; i <= n; ++i) {
      calls.push_back(call(server, &Server::serve, i));
    }
    return calls;
  }
};

struct ActorSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Actor> actor = install<Actor>("actor", server);

  /// How many executions the actor has, helper calls included, when responses come in call order.
  std::size_t executions(Update<> (Actor::*method)(Nat), Nat n) {
    call("alice", actor, method, std::move(n));
    Walk walk(*this);
    std::size_t count = 0;
    for (auto all = walk.events(); !all.empty(); all = walk.events()) {
      const Step& step = walk.stepper.step(walk.state, all.front());
      for (const Execution& execution : step.executions) {
        count += execution.canister == actor.id() ? 1U : 0U;
      }
      Stepper::apply(walk.state, step);
    }
    return count;
  }
};

/// The events of the helper self-call by which an await of a complete future is resumed.
constexpr const char* kHelper = "start actor>actor";

TEST(RuleM1, ACallIsSentWhereItStandsAndLeavesAtTheNextCommit) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::send_then_work);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.queued(s.actor, s.server), 1U);
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
}

TEST(RuleM1, ACallWhoseExecutionTrapsIsNeverSent) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::send_unawaited_and_trap);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.queued(s.actor, s.server), 0U);
}

TEST(RuleM2, AFailedSendIsThrownByTheCallExpression) {
  ActorSetting s;
  s.system.limit_default = 0;
  s.call("alice", s.actor, &Actor::call_in_try);
  s.call("bob", s.actor, &Actor::local_in_try);
  s.call("carol", s.actor, &Actor::ignores, 0);
  Walk walk(s);
  walk.perform("start alice#1", "start bob#1", "start carol#1");
  EXPECT_EQ(walk.result("alice#1"), "0");
  EXPECT_EQ(walk.result("bob#1"), "0");
  // Uncaught it leaves the method, as any throw does.
  EXPECT_TRUE(walk.result("carol#1").starts_with("CANISTER_REJECT: the call could not be sent"));
}

TEST(RuleM3, TheContinuationRunsInTheDeliveryOfThatVeryResponse) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::reversed);
  Walk walk(s);
  walk.perform("start alice#1", "start actor>server", "start actor>server");
  // The response to the other call only is put aside.
  EXPECT_EQ(walk.perform("deliver alice#1/1").executions[0].kind, Execution::Kind::kStore);
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 0);
  EXPECT_EQ(walk.perform("deliver alice#1/2").executions[0].kind, Execution::Kind::kCode);
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
}

TEST(RuleM4, AnAwaitOfACompleteFutureTakesTwoMoreExecutions) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::reversed);
  s.call("bob", s.actor, &Actor::inc);
  Walk walk(s);
  walk.perform("start alice#1", "start actor>server", "start actor>server", "deliver alice#1/1",
               "deliver alice#1/2");
  // It has committed, and others run in between.
  walk.perform("start bob#1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 2);
  EXPECT_EQ(walk.enabled(), Events{kHelper});
  walk.perform(kHelper);
  EXPECT_EQ(walk.enabled(), Events{"deliver alice#1/h"});
  walk.perform("deliver alice#1/h");
  EXPECT_EQ(walk.result("alice#1"), "12");
}

TEST(RuleM4, WithoutASelfSlotTheAwaitThrowsAndCommitsNothing) {
  ActorSetting s;
  s.system.limits[{s.actor.id(), s.actor.id()}] = 0;
  s.call("alice", s.actor, &Actor::reversed);
  Walk walk(s);
  walk.perform("start alice#1", "start actor>server", "start actor>server", "deliver alice#1/1",
               "deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "99");
}

TEST(RuleM5, AwaitNowGoesOnAtOnceWhenTheFutureIsComplete) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::reversed_now);
  Walk walk(s);
  walk.perform("start alice#1", "start actor>server", "start actor>server", "deliver alice#1/1",
               "deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "12");
  Walk other(s);
  other.perform("start alice#1", "start actor>server", "start actor>server", "deliver alice#1/2");
  EXPECT_EQ(other.get(s.actor, &Actor::balance), 1);
  other.perform("deliver alice#1/1");
  EXPECT_EQ(other.result("alice#1"), "12");
}

TEST(RuleM6, AwaitingInTheOrderOfCompletionIsFreeAndInReverseCostsTwoEach) {
  for (const Nat n : {1, 2, 3, 4}) {
    EXPECT_EQ(ActorSetting().executions(&Actor::n_in_order, n), n + 1) << n;
    EXPECT_EQ(ActorSetting().executions(&Actor::n_reversed, n), n + 1 + 2 * (n - 1)) << n;
  }
}

TEST(RuleM7, ALocalAsyncBodyRunsLaterInAContextOfItsOwn) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::local);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
  EXPECT_EQ(walk.in_flight(s.actor, s.actor), 1U);
  const Step& step = walk.perform("start actor>actor");
  EXPECT_EQ(walk.kernel.name(step.executions[0].context), "alice#1/1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 6);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "5");
}

TEST(RuleM7, AThrowInTheBodyRejectsItsFuture) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::local_throws);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "\"from the body\"");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
}

TEST(RuleM8, AStarIsInlinedAndSuspendsOnlyAtItsOwnAwaits) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::two_stars);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
  EXPECT_EQ(walk.in_flight(s.actor, s.actor), 0U);
  walk.perform("start actor>server", "deliver alice#1/1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 2);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "3");
}

TEST(RuleM9, AnAwaitStarIsNoCommitPoint) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::star_and_trap);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 0);
}

TEST(RuleM10, AThrowRejectsWithCodeFourAndKeepsTheState) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::throws);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: sorry");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 5);
}

TEST(RuleM10, TryDoesNotCatchTraps) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::traps_in_try);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: assertion");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 0);
}

TEST(RuleM11, FinallyRunsOnEveryWayOutOfItsScope) {
  const auto log_after = [](const Nat& how) {
    ActorSetting s;
    s.call("alice", s.actor, &Actor::with_finally, how);
    Walk walk(s);
    walk.run_on();
    return text(walk.get(s.actor, &Actor::log));
  };
  // A trap before the first await undoes everything and runs nothing.
  EXPECT_EQ(log_after(0), "");
  // After it, those in scope of the await run; what came later was never there.
  EXPECT_EQ(log_after(1), "2 1");
  EXPECT_EQ(log_after(2), "2 3 1");
  EXPECT_EQ(log_after(3), "2 3 1");
}

TEST(RuleM12, AnIgnoredCallKeepsTheContextOpenAndItsOutcomeIsDropped) {
  for (const Nat how : {0, 1}) {
    ActorSetting s;
    s.call("alice", s.actor, &Actor::ignores, how);
    Walk walk(s);
    walk.perform("start alice#1");
    EXPECT_EQ(walk.result("alice#1"), "()");
    EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
    walk.perform("start actor>server");
    EXPECT_EQ(walk.perform("deliver alice#1/1").executions[0].kind, Execution::Kind::kConsume);
    EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
  }
}

TEST(RuleM13, AwaitsInAnArrayAreSequentialAndCallsBeforeItAreNot) {
  const auto most_in_flight = [](Update<> (Actor::*method)()) {
    ActorSetting s;
    s.call("alice", s.actor, method);
    Walk walk(s);
    std::uint32_t most = 0;
    explore(
        walk, [] { return ""; },
        [&](const Step&) { most = std::max(most, walk.in_flight(s.actor, s.server)); });
    return most;
  };
  EXPECT_EQ(most_in_flight(&Actor::awaits_in_an_array), 1U);
  EXPECT_EQ(most_in_flight(&Actor::calls_before_the_array), 3U);
}

TEST(RuleM15, TheCallerIsTheSameAfterAnAwait) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::caller_before_and_after);
  s.call("bob", s.actor, &Actor::caller_before_and_after);
  Walk walk(s);
  walk.perform("start alice#1", "start bob#1");
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "true");
  EXPECT_EQ(walk.result("bob#1"), "true");
}

TEST(RuleM17, ACallToOnesOwnPublicFunctionIsAMessage) {
  ActorSetting s;
  s.call("alice", s.actor, &Actor::calls_itself);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 0);
  EXPECT_EQ(walk.queued(s.actor, s.actor), 1U);
  walk.perform("start actor>actor");
  EXPECT_EQ(walk.get(s.actor, &Actor::balance), 1);
}

}  // namespace
}  // namespace heddle::rules
