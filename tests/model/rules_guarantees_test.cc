// What remains of the rules when a guarantee of the Internet Computer is given up: G2, G3 and G5 of
// ic-semantics.md, section 19 (G1 is with the queues, in rules_environment_test.cc).
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Worker : public Canister {
 public:
  explicit Worker(Ref<Server> server) : server(server) {}

  /// The number of its execution, also after an await.
  Update<Nat> take_number() {
    ++taken;
    const Nat mine = taken;
    co_await call(server, &Server::serve, mine);
    co_return mine;
  }

  Query<Nat> look() { co_return taken; }

  Update<> write_and_crash() {
    ++taken;
    ignore(call(server, &Server::serve, 7));
    trap("crashed");
    co_return;
  }

  Query<> write_in_a_query_and_crash() {
    ++taken;
    trap("crashed");
    co_return;
  }

  const Ref<Server> server;
  Var<Nat> taken{this, "taken", 0};
  HEDDLE_CANISTER(Worker, take_number, look, write_and_crash, write_in_a_query_and_crash)
};

class Caller : public Canister {
 public:
  Caller(Ref<Worker> worker, Ref<Server> server) : worker(worker), server(server) {}

  Update<std::string> ask() {
    const Outcome<Nat> got = co_await outcome(call(server, &Server::serve, 1));
    co_return got ? fmt::format("{}", *got) : std::string(to_string(got.reject().code));
  }

  Update<> ask_twice() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    co_await first;
    co_await second;
  }

  Update<Nat> number() {
    const Nat got = co_await call(worker, &Worker::take_number);
    co_return got;
  }

  Update<Nat> look() {
    const Nat got = co_await call(worker, &Worker::look);
    co_return got;
  }

  /// Awaits what is complete, which sends the helper; and calls what does not exist.
  Update<> of_no_use() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    co_await second;
    co_await first;
    const Outcome<> nothing = co_await outcome(call(principal_of(server), "nothing"));
  }

  Update<Nat> awaits_a_deferred() {
    const Deferred<Nat> made = make_deferred<Nat>();
    handle = made;
    const Nat got = co_await made.future();
    co_return got;
  }

  Update<> resolves() {
    const Deferred<Nat> made = handle;
    made.resolve(1);
    co_return;
  }

  Update<> two_writes() {
    co_await call(server, &Server::serve, 1);
    a = 1;
    ignore(call(server, &Server::serve, 2));
    b = 1;
  }

  Update<> locked() {
    const auto unlock = finally([this] { seen = a.get(); });
    co_await call(server, &Server::serve, 1);
    a = 1;
    trap("crashed");
  }

  Update<> crash_in_cleanup() {
    const auto unlock = finally([this] {
      b = 1;
      trap("crashed again");
    });
    co_await call(server, &Server::serve, 1);
    trap("crashed");
  }

  const Ref<Worker> worker;
  const Ref<Server> server;
  Var<Nat> a{this, "a", 0};
  Var<Nat> b{this, "b", 0};
  Var<Nat> seen{this, "seen", 9};
  Var<Deferred<Nat>> handle{this, "handle"};
  HEDDLE_CANISTER(Caller, ask, ask_twice, number, look, of_no_use, awaits_a_deferred, resolves,
                  two_writes, locked, crash_in_cleanup)
};

struct CallerSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Worker> worker = install<Worker>("worker", server);
  Handle<Caller> caller = install<Caller>("caller", worker, server);

  Outcomes results() {
    Walk walk(*this);
    return explore(walk, [&] { return walk.result("alice#1"); }).outcomes;
  }

  Outcomes served() {
    Walk walk(*this);
    return explore(walk, [&] { return text(walk.get(server, &Server::served)); }).outcomes;
  }

  /// The values of `a` and `b`, and the result.
  Outcomes written() {
    Walk walk(*this);
    return explore(walk,
                   [&] {
                     return fmt::format("{} {} {}", walk.get(caller, &Caller::a),
                                        walk.get(caller, &Caller::b), walk.result("alice#1"));
                   })
        .outcomes;
  }
};

/// All schedules, whose texts must read back.
void expect_texts_to_read_back(const Setting& setting) {
  Walk walk(setting);
  explore(
      walk, [] { return ""; },
      [&](const Step& step) {
        const std::string line = walk.kernel.to_text(step.event);
        EXPECT_EQ(walk.kernel.to_text(walk.kernel.from_text(line)), line);
      });
}

TEST(WeakenedG2, ADeliveredRequestIsExecutedASecondTimeInNoOrderWithOthers) {
  CallerSetting s;
  s.call("alice", s.caller, &Caller::ask_twice);
  EXPECT_EQ(s.served(), (Outcomes{"1 2"}));
  s.system.weakened.repeated_requests = 1;
  EXPECT_EQ(s.served(), (Outcomes{"1 2", "1 1 2", "1 2 1", "1 2 2"}));
  expect_texts_to_read_back(s);
}

TEST(WeakenedG2, TheSecondExecutionHasAContextOfItsOwnAndItsAnswerIsDropped) {
  CallerSetting s;
  s.system.weakened.repeated_requests = 1;
  s.call("alice", s.caller, &Caller::ask);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server", "start caller>server twice"}));
  walk.perform("start caller>server twice");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server again", "deliver alice#1/1"}));
  const Step& again = walk.perform("start caller>server again");
  EXPECT_EQ(walk.kernel.name(again.context), "alice#1/1~2");
  EXPECT_TRUE(again.responses.empty());
  ASSERT_EQ(again.dropped.size(), 1U);
  EXPECT_EQ(walk.kernel.name(again.dropped.front().from), "alice#1/1~2");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1"}));
  EXPECT_EQ(walk.kernel.context_named("alice#1/1~2"), again.context);
}

TEST(WeakenedG2, ItsAnswerIsDroppedAlsoWhenTheCallerIsGone) {
  CallerSetting s;
  s.system.weakened.repeated_requests = 1;
  s.call("alice", s.caller, &Caller::ask);
  Walk walk(s, "start alice#1", "start caller>server twice", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "\"1\"");
  EXPECT_EQ(walk.perform("start caller>server again").dropped.size(), 1U);
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(WeakenedG2, WhicheverExecutionAnswersFirstAnswersTheCall) {
  CallerSetting s;
  s.call("alice", s.caller, &Caller::number);
  EXPECT_EQ(s.results(), (Outcomes{"1"}));
  s.system.weakened.repeated_requests = 1;
  EXPECT_EQ(s.results(), (Outcomes{"1", "2"}));
  expect_texts_to_read_back(s);
}

TEST(WeakenedG2, WhatCouldOnlyAnswerAgainIsNotExecutedTwice) {
  CallerSetting s;
  s.system.weakened.repeated_requests = 1;
  s.call("alice", s.caller, &Caller::look);
  Walk look(s, "start alice#1");
  EXPECT_EQ(look.enabled(), (Events{"start caller>worker"}));  // a query

  CallerSetting of_no_use;
  of_no_use.system.weakened.repeated_requests = 1;
  of_no_use.call("alice", of_no_use.caller, &Caller::of_no_use);
  Walk walk(of_no_use, "start alice#1", "start caller>server", "start caller>server",
            "deliver alice#1/1", "deliver alice#1/2");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>caller"}));  // the helper
  walk.perform("start caller>caller", "deliver alice#1/h");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server"}));  // no such method
}

TEST(WeakenedG2, ACopyTakesNoSlotAndIsNotRejected) {
  CallerSetting s;
  s.system.weakened.repeated_requests = 1;
  s.system.faults.rejects = 1;
  s.call("alice", s.caller, &Caller::ask);
  Walk walk(s, "start alice#1", "start caller>server twice", "deliver alice#1/1");
  EXPECT_EQ(walk.in_flight(s.caller, s.server), 0U);
  EXPECT_EQ(walk.queued(s.caller, s.server), 0U);
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server again"}));
}

TEST(WeakenedG2, ASendOfEitherExecutionMayFail) {
  CallerSetting s;
  s.system.weakened.repeated_requests = 1;
  s.system.faults.send_failures = 1;
  s.call("alice", s.caller, &Caller::number);
  Walk walk(s, "start alice#1");
  EXPECT_TRUE(walk.is_enabled("start caller>worker fail-send 1 twice"));
  walk.perform("start caller>worker twice");
  EXPECT_TRUE(walk.is_enabled("start caller>worker fail-send 1 again"));
}

TEST(WeakenedG3, AnAnswerIsReplacedBySysUnknownThoughTheCalleeHasExecuted) {
  CallerSetting s;
  s.call("alice", s.caller, &Caller::ask);
  EXPECT_EQ(s.results(), (Outcomes{"\"1\""}));
  s.system.weakened.expired_answers = 1;
  EXPECT_EQ(s.results(), (Outcomes{"\"1\"", "\"SYS_UNKNOWN\""}));
  EXPECT_EQ(s.served(), (Outcomes{"1"}));
  expect_texts_to_read_back(s);
}

TEST(WeakenedG3, WhatIsInFlightExpiresOnceAndWithinTheBudget) {
  CallerSetting s;
  s.system.weakened.expired_answers = 2;
  s.call("alice", s.caller, &Caller::ask_twice);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server"}));  // nothing is in flight yet
  walk.perform("start caller>server", "start caller>server");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/2", "expire alice#1/1",
                                    "expire alice#1/2"}));
  const Step& expired = walk.perform("expire alice#1/2");
  ASSERT_EQ(expired.responses.size(), 1U);
  EXPECT_TRUE(expired.responses.front().injected);
  EXPECT_EQ(expired.responses.front().answer.code, RejectCode::kSysUnknown);
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/2", "expire alice#1/1"}));
  s.system.weakened.expired_answers = 1;
  Walk once(s, "start alice#1", "start caller>server", "start caller>server", "expire alice#1/2");
  EXPECT_EQ(once.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/2"}));
}

TEST(WeakenedG3, ADeferredIsNoMessageAndDoesNotExpire) {
  CallerSetting s;
  s.system.weakened.expired_answers = 1;
  s.call("alice", s.caller, &Caller::awaits_a_deferred);
  s.call("bob", s.caller, &Caller::resolves);
  Walk walk(s, "start alice#1", "start bob#1");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1"}));
}

TEST(WeakenedG5, ATrapKeepsTheWritesOfAFirstExecutionButNotItsSends) {
  CallerSetting s;
  s.call("alice", s.worker, &Worker::write_and_crash);
  const auto taken = [&] {
    Walk walk(s, "start alice#1");
    EXPECT_TRUE(walk.enabled().empty());  // nothing was sent
    EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: crashed");
    return walk.get(s.worker, &Worker::taken);
  };
  EXPECT_EQ(taken(), 0);
  s.system.weakened.traps_keep_writes = true;
  EXPECT_EQ(taken(), 1);
}

TEST(WeakenedG5, AQueryThatTrapsLeavesNothing) {
  CallerSetting s;
  s.system.weakened.traps_keep_writes = true;
  s.call("alice", s.worker, &Worker::write_in_a_query_and_crash);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.get(s.worker, &Worker::taken), 0);
}

TEST(WeakenedG5, AnInjectedTrapComesAfterAnyWriteAndKeepsThoseBefore) {
  const std::string trapped = "CANISTER_ERROR: injected trap";
  CallerSetting s;
  s.system.faults.callback_traps = 1;
  s.call("alice", s.caller, &Caller::two_writes);
  EXPECT_EQ(s.written(), (Outcomes{"1 1 ()", "0 0 " + trapped}));
  EXPECT_EQ(s.served(), (Outcomes{"1", "1 2"}));
  s.system.weakened.traps_keep_writes = true;
  EXPECT_EQ(s.written(),
            (Outcomes{"1 1 ()", "0 0 " + trapped, "1 0 " + trapped, "1 1 " + trapped}));
  EXPECT_EQ(s.served(), (Outcomes{"1", "1 2"}));  // what it sent vanishes still
  Walk walk(s, "start alice#1", "start caller>server");
  EXPECT_EQ(walk.enabled(),
            (Events{"deliver alice#1/1", "deliver alice#1/1 trap", "deliver alice#1/1 trap-after 1",
                    "deliver alice#1/1 trap-after 2"}));
  expect_texts_to_read_back(s);
}

TEST(WeakenedG5, CleanupRunsOnWhatTheTrapKept) {
  CallerSetting s;
  s.call("alice", s.caller, &Caller::locked);
  const auto seen = [&] {
    Walk walk(s, "start alice#1", "start caller>server", "deliver alice#1/1");
    return walk.get(s.caller, &Caller::seen);
  };
  EXPECT_EQ(seen(), 0);
  s.system.weakened.traps_keep_writes = true;
  EXPECT_EQ(seen(), 1);
}

TEST(WeakenedG5, ATrapInCleanupKeepsWhatCleanupWrote) {
  CallerSetting s;
  s.call("alice", s.caller, &Caller::crash_in_cleanup);
  const std::string crashed = "CANISTER_ERROR: crashed";
  EXPECT_EQ(s.written(), (Outcomes{"0 0 " + crashed}));
  s.system.weakened.traps_keep_writes = true;
  EXPECT_EQ(s.written(), (Outcomes{"0 1 " + crashed}));
}

}  // namespace
}  // namespace heddle::rules
