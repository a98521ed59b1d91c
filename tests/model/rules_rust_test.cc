// What the Rust CDK makes of calls and awaits: rules U1-U5 and U8-U10 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Crate : public RustCanister {
 public:
  explicit Crate(Ref<Server> server) : server(server) {}

  /// Prepares three calls, awaits the second and drops the first.
  Update<> one_of_three() {
    Future<Nat> dropped = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    Future<Nat> third = call(server, &Server::serve, 3);
    co_await second;
    co_await third;
  }

  Update<Nat> code_of_a_call() {
    const Outcome<Nat> got = co_await outcome(call(server, &Server::serve, 1));
    reached = true;
    co_return got ? 0 : static_cast<int>(got.reject().code);
  }

  /// Resumes the await of `second` when `first` may be complete.
  Update<Nat> first_complete() {
    std::vector<Future<Nat>> both;
    both.push_back(call(server, &Server::serve, 1));
    both.push_back(call(server, &Server::serve, 2));
    const First<Nat> winner = co_await any(both);
    steps = 1;
    const Nat other = co_await both[1 - winner.index];
    steps = 2;
    co_return 10 * winner.value + other;
  }

  Update<Nat> joined(Nat n) {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(server, &Server::serve, i));
    }
    const std::vector<Outcome<Nat>> outcomes = co_await join_all(calls);
    Nat replied = 0;
    for (const Outcome<Nat>& each : outcomes) {
      if (each) {
        ++replied;
      }
    }
    steps = 1;
    co_return replied;
  }

  /// Counts up when it is destroyed.
  class Guard {
   public:
    explicit Guard(Var<Nat>& released) : released_(released) {}

    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    ~Guard() { ++released_; }

   private:
    Var<Nat>& released_;
  };

  Update<> trap_after_await() {
    const Guard guard(released);
    steps = 1;
    co_await call(server, &Server::serve, 1);
    const Guard too_late(released);
    steps = 2;
    trap("late");
  }

  /// `let _ = Guard::new()`: it is dropped where it stands.
  Update<> guard_dropped_at_once() {
    (void)Guard(released);
    co_await call(server, &Server::serve, 1);
    steps = 1;
  }

  Update<> guard_held() {
    const Guard guard(released);
    co_await call(server, &Server::serve, 1);
    steps = 1;
  }

  Update<> trap_at_once() {
    const Guard guard(released);
    steps = 1;
    trap("early");
    co_return;
  }

  Update<> trap_with_a_call_open() {
    std::vector<Future<Nat>> both;
    both.push_back(call(server, &Server::serve, 1));
    both.push_back(call(server, &Server::serve, 2));
    co_await any(both);
    trap("late");
  }

  const Ref<Server> server;
  Var<bool> reached{this, "reached", false};
  Var<Nat> steps{this, "steps", 0};
  Var<Nat> released{this, "released", 0};
  HEDDLE_CANISTER(Crate, one_of_three, code_of_a_call, first_complete, joined, trap_after_await,
                  guard_dropped_at_once, guard_held, trap_at_once, trap_with_a_call_open)
};

struct CrateSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Crate> crate = install<Crate>("crate", server);
};

TEST(RuleU1, ACallIsSentAtItsFirstPollAndNotAtAllWithoutOne) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::one_of_three);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.queued(s.crate, s.server), 1U);
  walk.run_on();
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "2 3");
}

TEST(RuleU2, ASendThatFailsIsAReadyErrorWithoutSuspension) {
  CrateSetting s;
  s.system.limit_default = 0;
  s.call("alice", s.crate, &Crate::code_of_a_call);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "7");
  EXPECT_TRUE(walk.get(s.crate, &Crate::reached));
}

TEST(RuleU3, AnAwaitThatIsReadyDoesNotCommit) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::first_complete);
  Walk walk(s);
  walk.perform("start alice#1", "start crate>server", "start crate>server", "deliver alice#1/2");
  EXPECT_EQ(walk.get(s.crate, &Crate::steps), 1);
  const Step& step = walk.perform("deliver alice#1/1");
  EXPECT_EQ(step.requests.size(), 0U);
  EXPECT_EQ(walk.result("alice#1"), "21");
}

TEST(RuleU4, ACallbackRunsEverythingThatItsResponseWakes) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::joined, 2);
  Walk walk(s);
  walk.perform("start alice#1", "start crate>server", "start crate>server", "deliver alice#1/2");
  EXPECT_EQ(walk.get(s.crate, &Crate::steps), 0);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.get(s.crate, &Crate::steps), 1);
  EXPECT_EQ(walk.result("alice#1"), "2");
}

TEST(RuleU5, JoinAllSendsAllAtOnceAndGoesOnWithTheLastResponse) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::joined, 3);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.queued(s.crate, s.server), 3U);
  walk.perform("start crate>server", "start crate>server", "start crate>server");
  EXPECT_EQ(walk.perform("deliver alice#1/3").executions[0].kind, Execution::Kind::kStore);
  EXPECT_EQ(walk.perform("deliver alice#1/1").executions[0].kind, Execution::Kind::kStore);
  EXPECT_EQ(walk.perform("deliver alice#1/2").executions[0].kind, Execution::Kind::kCode);
  EXPECT_EQ(walk.result("alice#1"), "3");
}

TEST(RuleU5, JoinAllBeyondTheSlotsFailsAtOnceForTheRest) {
  CrateSetting s;
  s.system.limit_default = 2;
  s.call("alice", s.crate, &Crate::joined, 5);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.queued(s.crate, s.server), 2U);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "2");
}

TEST(RuleU5, WithoutASlotJoinAllDoesNotSuspend) {
  CrateSetting s;
  s.system.limit_default = 0;
  s.call("alice", s.crate, &Crate::joined, 5);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "0");
}

TEST(RuleU8, ATrapAfterAnAwaitDropsTheGuardsThatLivedAtIt) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::trap_after_await);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.get(s.crate, &Crate::steps), 1);
  EXPECT_EQ(walk.get(s.crate, &Crate::released), 1);
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: late");
}

TEST(RuleU8, LaterResponsesOfATrappedMethodTrapOnPurpose) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::trap_with_a_call_open);
  Walk walk(s);
  walk.perform("start alice#1", "start crate>server", "deliver alice#1/1", "start crate>server");
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: call already trapped");
}

TEST(RuleU9, BeforeTheFirstAwaitATrapLeavesNoGuardAndRunsNoCleanup) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::trap_at_once);
  Walk walk(s);
  EXPECT_EQ(walk.perform("start alice#1").executions.size(), 1U);
  EXPECT_EQ(walk.get(s.crate, &Crate::steps), 0);
  EXPECT_EQ(walk.get(s.crate, &Crate::released), 0);
}

TEST(RuleU10, AGuardThatIsNotBoundIsDroppedAtOnceAndNotHeldOverTheAwait) {
  CrateSetting s;
  s.call("alice", s.crate, &Crate::guard_dropped_at_once);
  EXPECT_EQ(Walk(s, "start alice#1").get(s.crate, &Crate::released), 1);
  CrateSetting held;
  held.call("alice", held.crate, &Crate::guard_held);
  Walk walk(held, "start alice#1");
  EXPECT_EQ(walk.get(held.crate, &Crate::released), 0);
  walk.run_on();
  EXPECT_EQ(walk.get(held.crate, &Crate::released), 1);
}

}  // namespace
}  // namespace heddle::rules
