// Message execution and call contexts: rules P1-P8 and C1-C12 of ic-semantics.md, a test each.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

/// Its methods differ in what they do around one call to the server.
class Client : public Canister {
 public:
  explicit Client(Ref<Server> server) : server(server) {}

  Update<> both(Nat n) {
    left = n;
    right = n;
    co_return;
  }

  Update<> one_each(Nat n) {
    left = n;
    co_await call(server, &Server::serve, n);
    right = n;
  }

  Update<Nat> ask(Nat n) {
    const Nat got = co_await call(server, &Server::serve, n);
    co_return got;
  }

  Update<> trap_after_await(Nat n) {
    left = n;
    co_await call(server, &Server::serve, n);
    left = 99;
    trap("late");
  }

  Update<> trap_at_once(Nat n) {
    left = n;
    set_timer();
    const Future<Nat> lost = call(server, &Server::serve, n);
    trap("early");
    co_return;
  }

  /// Two calls of which one is awaited, and a trap when it is answered.
  Update<> trap_with_a_call_open() {
    Future<Nat> first = call(server, &Server::serve, 1);
    const Future<Nat> second = call(server, &Server::serve, 2);
    co_await first;
    trap("late");
  }

  Update<Nat> answer_early() {
    const Future<Nat> open = call(server, &Server::serve, 1);
    co_return 7;
  }

  Update<> three_in_a_row() {
    std::vector<Future<Nat>> calls;
    for (Nat n = 1; n <= 3; ++n) {
      calls.push_back(call(server, &Server::serve, n));
    }
    for (Future<Nat>& each : calls) {
      co_await each;
    }
  }

  /// How many of three calls were answered, each in its way.
  Update<Nat> count_answers() {
    const Outcome<Nat> served = co_await outcome(call(server, &Server::serve, 1));
    const Outcome<Nat> refused = co_await outcome(call(server, &Server::refuse, 2));
    const Outcome<Nat> crashed = co_await outcome(call(server, &Server::crash, 3));
    co_return Nat(served ? 1 : 0) + Nat(refused ? 0 : 1) + Nat(crashed ? 0 : 1);
  }

  Update<> everything_at_once() {
    left = 1;
    set_timer();
    const Future<Nat> open = call(server, &Server::serve, 1);
    co_return;
  }

  Update<> cleaned_up(Nat n) {
    const auto on_exit = finally([this] { left += 1; });
    co_await call(server, &Server::serve, n);
    left = 99;
    trap("late");
  }

  Update<> badly_cleaned_up(Nat n) {
    const auto outer = finally([this] { right = 5; });
    const auto inner = finally([this] {
      left = 5;
      trap("in cleanup");
    });
    co_await call(server, &Server::serve, n);
    trap("late");
  }

  Update<> calls_in_cleanup(Nat n) {
    const auto on_exit = finally([this] {
      left = 5;
      const Future<Nat> forbidden = call(server, &Server::serve, 2);
    });
    co_await call(server, &Server::serve, n);
    trap("late");
  }

  TimerTask tick() {
    left = 5;
    trap("in the task");
    co_return;
  }

  const Ref<Server> server;
  Var<Nat> left{this, "left", 0};
  Var<Nat> right{this, "right", 0};
  HEDDLE_CANISTER(Client, both, one_each, ask, trap_after_await, trap_at_once,
                  trap_with_a_call_open, answer_early, three_in_a_row, count_answers,
                  everything_at_once, cleaned_up, badly_cleaned_up, calls_in_cleanup, tick)
};

/// A server, a client, and users who call the client.
struct MessageSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Client> client = install<Client>("client", server);
};

TEST(RuleP1, NoStateShowsHalfAnExecution) {
  MessageSetting s;
  s.call("alice", s.client, &Client::both, 1);
  s.call("bob", s.client, &Client::both, 2);
  Walk walk(s);
  const auto explored = explore(walk, [&] {
    EXPECT_EQ(walk.get(s.client, &Client::left), walk.get(s.client, &Client::right));
    return walk.get(s.client, &Client::left).to_string();
  });
  EXPECT_EQ(explored.states, 5U);
  EXPECT_EQ(explored.outcomes, (Outcomes{"1", "2"}));
}

TEST(RuleP2, TheCodeAfterAnAwaitIsAnExecutionOfItsOwn) {
  MessageSetting s;
  s.call("alice", s.client, &Client::one_each, 1);
  s.call("bob", s.client, &Client::one_each, 2);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.get(s.client, &Client::left), 1);
  EXPECT_EQ(walk.get(s.client, &Client::right), 0);
  walk.perform("start client>server", "start bob#1");
  EXPECT_EQ(walk.get(s.client, &Client::left), 2);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.get(s.client, &Client::right), 1);
}

TEST(RuleP3, RequestsOfAPairStartInSendOrder) {
  MessageSetting s;
  s.call("alice", s.client, &Client::three_in_a_row);
  Walk walk(s);
  const auto explored = explore(walk, [&] { return text(walk.get(s.server, &Server::served)); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1 2 3"}));
}

TEST(RuleP4, ExecutionsOfDifferentCallsInterleaveInAnyOrder) {
  MessageSetting s;
  s.call("alice", s.client, &Client::one_each, 1);
  s.call("bob", s.client, &Client::one_each, 2);
  Walk walk(s);
  const auto explored = explore(walk, [&] {
    return fmt::format("{} {}", walk.get(s.client, &Client::left).to_string(),
                       walk.get(s.client, &Client::right).to_string());
  });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1 1", "1 2", "2 1", "2 2"}));
}

TEST(RuleP5, ATrapUndoesOnlyTheCurrentExecution) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_after_await, 1);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.get(s.client, &Client::left), 1);
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: late");
}

TEST(RuleP6, ARequestIsExecutedAtMostOnceOrNotAtAll) {
  MessageSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s);
  const auto explored = explore(walk, [&] {
    return text(walk.get(s.server, &Server::served)) + "; " + walk.result("alice#1");
  });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1; 1", "; CANISTER_REJECT: rejected before execution"}));
}

TEST(RuleP7, EveryCallGetsExactlyOneResponse) {
  MessageSetting s;
  s.call("alice", s.client, &Client::count_answers);
  s.call("bob", s.client, &Client::count_answers);
  Walk walk(s);
  std::size_t delivered = 0;
  const auto explored = explore(
      walk,
      [&] {
        EXPECT_EQ(walk.in_flight(s.client, s.server), 0U);
        EXPECT_EQ(walk.open_contexts(s.client), 0U);
        return walk.result("alice#1") + walk.result("bob#1");
      },
      [&](const Step& step) {
        if (step.event.kind == EventKind::kDeliver) {
          ++delivered;
          EXPECT_EQ(step.executions.size(), 1U);
        }
      });
  EXPECT_EQ(explored.outcomes, (Outcomes{"33"}));
  EXPECT_GT(delivered, 0U);
}

TEST(RuleP7, ARejectDoesNotProveThatTheCalleeIsUnchanged) {
  MessageSetting s;
  s.call("alice", s.server, &Server::refuse, 4);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: refused");
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "4");
}

TEST(RuleP8, AnAnswerThatWasProducedIsNotLost) {
  MessageSetting s;
  s.system.faults = faults_of(Profile::kStrictSpec);
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s);
  const auto explored = explore(walk, [&] {
    return text(walk.get(s.server, &Server::served)) + "; " + walk.result("alice#1");
  });
  EXPECT_EQ(
      explored.outcomes,
      (Outcomes{"1; 1", "1; CANISTER_ERROR: injected trap",
                "1; CANISTER_ERROR: the reply cannot be decoded: it is of another type than its "
                "caller expects",
                "; CANISTER_REJECT: rejected before execution", "; CANISTER_ERROR: injected trap",
                "; CANISTER_REJECT: the call could not be sent: no free slot for this "
                "callee"}));
}

TEST(RuleC1, AContextIsMadeByItsFirstExecution) {
  MessageSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s);
  EXPECT_EQ(walk.phase("alice#1"), Phase::kAbsent);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kSuspended);
  // The request waits: no context at the server before it executes.
  EXPECT_EQ(walk.open_contexts(s.server), 0U);
}

TEST(RuleC2, WhatAnExecutionDidBecomesVisibleAtOnce) {
  MessageSetting s;
  s.call("alice", s.client, &Client::everything_at_once);
  Walk walk(s);
  const Step& step = walk.perform("start alice#1");
  EXPECT_EQ(step.responses.size(), 1U);
  EXPECT_EQ(step.requests.size(), 1U);
  EXPECT_EQ(walk.get(s.client, &Client::left), 1);
  EXPECT_TRUE(walk.timer_armed(s.client));
  EXPECT_EQ(walk.queued(s.client, s.server), 1U);
  EXPECT_EQ(walk.result("alice#1"), "()");
}

TEST(RuleC3, ACallIsRespondedToOnce) {
  MessageSetting s;
  s.call("alice", s.client, &Client::answer_early);
  Walk walk(s);
  EXPECT_EQ(walk.perform("start alice#1").responses.size(), 1U);
  walk.perform("start client>server");
  EXPECT_EQ(walk.perform("deliver alice#1/1").responses.size(), 0U);
  EXPECT_EQ(walk.result("alice#1"), "7");
}

TEST(RuleC4, RespondingEarlyKeepsTheContextUntilItsCallsAreAnswered) {
  MessageSetting s;
  s.call("alice", s.client, &Client::answer_early);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "7");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
  walk.perform("start client>server");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
}

TEST(RuleC5, ARepliedCallWithNothingOpenIsOver) {
  MessageSetting s;
  s.call("alice", s.client, &Client::both, 1);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
  EXPECT_EQ(walk.open_contexts(s.client), 0U);
}

TEST(RuleC5, ATrapWithCallsOpenAnswersNobodyYet) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_with_a_call_open);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server");
  EXPECT_EQ(walk.perform("deliver alice#1/1").responses.size(), 0U);
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
  EXPECT_FALSE(walk.context("alice#1").responded);
}

TEST(RuleC6, ATrappedFirstExecutionIsRejectedAtOnce) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_at_once, 1);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: early");
}

TEST(RuleC6, ATrappedCallbackIsRejectedWithTheLastAnswerToItsSiblings) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_with_a_call_open);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("start client>server");
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: canister did not reply");
}

TEST(RuleC6, AnsweredSiblingsThatNobodyAwaitedDelayNothing) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_with_a_call_open);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server", "start client>server", "deliver alice#1/2",
               "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: late");
}

TEST(RuleC7, ATrapInAnUpdateUndoesEverythingItDid) {
  MessageSetting s;
  s.call("alice", s.client, &Client::trap_at_once, 1);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.get(s.client, &Client::left), 0);
  EXPECT_FALSE(walk.timer_armed(s.client));
  EXPECT_EQ(walk.queued(s.client, s.server), 0U);
  EXPECT_EQ(walk.in_flight(s.client, s.server), 0U);
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleC7, ATrappedTaskHasNobodyToAnswer) {
  MessageSetting s;
  s.call("alice", s.client, &Client::everything_at_once);
  Walk walk(s);
  walk.perform("start alice#1", "timer client");
  EXPECT_EQ(walk.perform("task client").responses.size(), 0U);
  EXPECT_EQ(walk.get(s.client, &Client::left), 1);
  // Disarmed before it ran: the trap does not bring the timer back.
  EXPECT_FALSE(walk.timer_armed(s.client));
}

TEST(RuleC8, ATrappedCallbackRollsBackAndCleansUpInTheSameStep) {
  MessageSetting s;
  s.call("alice", s.client, &Client::cleaned_up, 1);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server");
  const Step& step = walk.perform("deliver alice#1/1");
  ASSERT_EQ(step.executions.size(), 2U);
  EXPECT_EQ(step.executions[1].kind, Execution::Kind::kCleanup);
  // 99 is undone; the one that `finally` adds is not.
  EXPECT_EQ(walk.get(s.client, &Client::left), 1);
  // The response is consumed, and the answer is the original trap's.
  EXPECT_EQ(walk.in_flight(s.client, s.server), 0U);
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: late");
}

TEST(RuleC9, ATrapInCleanupUndoesTheCleanupToo) {
  MessageSetting s;
  s.call("alice", s.client, &Client::badly_cleaned_up, 1);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.get(s.client, &Client::left), 0);
  EXPECT_EQ(walk.get(s.client, &Client::right), 0);
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: late");
}

TEST(RuleC9, CleanupMayNotCall) {
  MessageSetting s;
  s.call("alice", s.client, &Client::calls_in_cleanup, 1);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.get(s.client, &Client::left), 0);
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "1");
}

TEST(RuleC9, CleanupRunsOnlyAfterATrappedCallback) {
  MessageSetting s;
  s.call("alice", s.client, &Client::one_each, 1);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server");
  EXPECT_EQ(walk.perform("deliver alice#1/1").executions.size(), 1U);
}

/// Answers with another type than its callers expect.
class Impostor : public Canister {
 public:
  Update<std::string> serve(Nat /*n*/) { co_return "not a number"; }
  HEDDLE_CANISTER(Impostor, serve)
};

// An invalid callback index comes from an unsafe upgrade only, and there are no upgrades here. What
// the rule says of it, that the callback traps and cleanup follows, holds for each callback that
// cannot begin; an undecodable reply is one that can be had.
TEST(RuleC10, ACallbackThatCannotBeginTrapsAndIsCleanedUp) {
  Setting s;
  const auto impostor = s.install<Impostor>("impostor");
  const auto client = s.install<Client>("client", Ref<Server>(AnyRef(impostor)));
  s.call("alice", client, &Client::cleaned_up, 1);
  Walk walk(s);
  walk.perform("start alice#1", "start client>impostor");
  EXPECT_EQ(walk.perform("deliver alice#1/1").executions.size(), 2U);
  EXPECT_EQ(walk.get(client, &Client::left), 1);
  EXPECT_TRUE(walk.result("alice#1").starts_with("CANISTER_ERROR"));
}

TEST(RuleM16, AReplyThatCannotBeDecodedTrapsInTheCallbackAndOnlyFinallyRuns) {
  Setting s;
  const auto impostor = s.install<Impostor>("impostor");
  const auto client = s.install<Client>("client", Ref<Server>(AnyRef(impostor)));
  s.call("alice", client, &Client::cleaned_up, 1);
  Walk walk(s);
  walk.perform("start alice#1", "start client>impostor");
  const Step& step = walk.perform("deliver alice#1/1");
  ASSERT_EQ(step.executions.size(), 2U);
  EXPECT_FALSE(step.executions.front().injected_trap);
  EXPECT_EQ(step.executions.back().kind, Execution::Kind::kCleanup);
  EXPECT_TRUE(walk.result("alice#1").starts_with("CANISTER_ERROR: ")) << walk.result("alice#1");
}

TEST(RuleC12, AContextDisappearsWithTheLastCallThatRefersToIt) {
  MessageSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s);
  walk.perform("start alice#1", "start client>server");
  // The server's context has answered and is gone, although the answer is still on its way.
  EXPECT_EQ(walk.open_contexts(s.server), 0U);
  EXPECT_EQ(walk.open_contexts(s.client), 1U);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.open_contexts(s.client), 0U);
  EXPECT_EQ(walk.open_calls("alice#1").size(), 0U);
}

}  // namespace
}  // namespace heddle::rules
