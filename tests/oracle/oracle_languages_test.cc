// The oracle's two languages, its timers, faults and verdicts, against cases worked out by hand. A
// rule's test carries its id from ic-semantics.md.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "oracle/oracle.h"
#include "oracle/program.h"
#include "oracle/small_systems.h"

namespace heddle::oracle {
namespace {

// ---- Motoko.

/// Executions of the caller over all schedules.
std::set<int> executions(const System& system) {
  std::set<int> counts;
  for (const std::vector<int>& values :
       outcomes_of(system, {.results = false, .count_executions_of = kCaller})) {
    counts.insert(values.back());
  }
  return counts;
}

Block three_calls_then_awaits() {
  return {call(0, kCallee, 0, constant(0)),
          call(1, kCallee, 0, constant(0)),
          call(2, kCallee, 0, constant(0)),
          await(0, 0),
          await(1, 1),
          await(2, 2)};
}

TEST(OracleMotoko, M4AwaitOnACompleteFutureCostsTwoExecutions) {
  // 4 when the responses come in the order of the awaits, 8 in reverse [M6].
  EXPECT_EQ(executions(caller_and_callee(canister({}, {three_calls_then_awaits()}),
                                         canister({}, {echo()}))),
            (std::set<int>{4, 6, 8}));
}

TEST(OracleMotoko, M13SequentialAwaitsCostOneExecutionEach) {
  const Block caller = {call(0, kCallee, 0, constant(0)), await(0, 0),
                        call(1, kCallee, 0, constant(0)), await(1, 1),
                        call(2, kCallee, 0, constant(0)), await(2, 2)};
  EXPECT_EQ(executions(caller_and_callee(canister({}, {caller}), canister({}, {echo()}))),
            (std::set<int>{4}));
}

TEST(OracleMotoko, M5AwaitNowOnACompleteFutureGoesOn) {
  Block caller = three_calls_then_awaits();
  for (Statement& statement : caller) {
    statement.now = statement.op == Op::kAwait;
  }
  EXPECT_EQ(executions(caller_and_callee(canister({}, {caller}), canister({}, {echo()}))),
            (std::set<int>{4}));
}

TEST(OracleMotoko, M4AwaitOnACompleteFutureIsACommitPoint) {
  // f1 is complete when f0 resumes; another call can see x0 = 1 in between only because the await
  // commits.
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        call(1, kCallee, 0, constant(0)),
                        await(0, 0),
                        write(0, constant(1)),
                        await(1, 1),
                        write(0, constant(0))};
  System system = caller_and_callee(canister({0}, {caller}), canister({}, {echo()}));
  system.property = {.at_quiescence = false,
                     .terms = {{kCaller, 0, 1}},
                     .relation = Property::Relation::kEqual,
                     .constant = 0};
  EXPECT_TRUE(explored(system).violated);
}

TEST(OracleMotoko, M4HelperNeedsASelfSlot) {
  // The pair with itself is full: the await throws at once, and the method is rejected in that
  // execution.
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        call(1, kCallee, 0, constant(0)),
                        await(1, 0),
                        write(0, constant(1)),
                        outcome(0, 1),
                        if_ok(1, {reply(constant(1))}),
                        reply(constant(2))};
  System system = caller_and_callee(canister({0}, {caller}), canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}}));
  system.limits = {{kCaller, kCaller, 0}};
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}, {1, 2}}));
}

TEST(OracleMotoko, M4RejectedHelperRejectsTheAwait) {
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        call(1, kCallee, 0, constant(0)),
                        await(1, 0),
                        outcome(0, 1),
                        if_ok(1, {reply(constant(1))}),
                        reply(constant(2))};
  System system = caller_and_callee(canister({}, {caller}), canister({0}, {{delta(0, 1)}}));
  system.budgets.d8 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 1}, {2, 2}, {1, 2}, {1, -4}}));
}

TEST(OracleMotoko, M2FailedSendIsThrownByTheCall) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)),
                        write(0, constant(2))};
  System system = caller_and_callee(canister({0}, {caller}), canister({}, {echo()}));
  system.default_limit = 0;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, -4}}));
}

TEST(OracleMotoko, M12IgnoredCallIsMade) {
  const Block caller = {call(0, kCallee, 0, constant(0)), reply(constant(1))};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({}, {caller}), canister({0}, {{delta(0, 1)}}))),
            (Outcomes{{1, 1}}));
}

TEST(OracleMotoko, N2SequentialAndParallelAfterAReject) {
  // The second of three calls is rejected.
  const auto callee =
      canister({0}, {{delta(0, 1), if_positive(0, {throw_reject(0)})}, {throw_reject(0)}});
  const Block sequential = {call(0, kCallee, 0, constant(0)), await(0, 0),
                            call(1, kCallee, 1, constant(0)), await(1, 1),
                            call(2, kCallee, 0, constant(0)), await(2, 2)};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({}, {sequential}), callee)),
            (Outcomes{{1, -4}}));
  const Block parallel = {call(0, kCallee, 0, constant(0)),
                          call(1, kCallee, 1, constant(0)),
                          call(2, kCallee, 0, constant(0)),
                          await(0, 0),
                          await(1, 1),
                          await(2, 2)};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({}, {parallel}), callee)), (Outcomes{{2, -4}}));
}

// ---- Rust.

TEST(OracleRust, U1NothingIsSentBeforeTheFirstPoll) {
  const Block caller = {call(0, kCallee, 0, constant(0)), reply(constant(1))};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({}, {caller}, Dialect::kRust),
                                          canister({0}, {{delta(0, 1)}}))),
            (Outcomes{{0, 1}}));
}

TEST(OracleRust, U2FailedSendIsReadyAtOnce) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)), outcome(0, 0),
                        if_ok(0, {}, {write(0, constant(2))}), trap_if(1)};
  System system =
      caller_and_callee(canister({0}, {caller}, Dialect::kRust), canister({}, {echo()}));
  system.default_limit = 0;
  EXPECT_EQ(explored(system).states, 2U);  // no suspension
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0}}));
}

TEST(OracleRust, U3ReadyAwaitDoesNotCommit) {
  // f0 is used up by the join: awaiting it again suspends nothing, so x0 = 1 is never committed.
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        call(1, kCallee, 0, constant(0)),
                        await_all({0, 1}, {0, 1}),
                        write(0, constant(1)),
                        await(0, 2),
                        write(0, constant(0))};
  System system =
      caller_and_callee(canister({0}, {caller}, Dialect::kRust), canister({}, {echo()}));
  system.property = {.at_quiescence = false,
                     .terms = {{kCaller, 0, 1}},
                     .relation = Property::Relation::kEqual,
                     .constant = 0};
  EXPECT_FALSE(explored(system).violated);
}

TEST(OracleRust, U5JoinAllRunsItsTailInTheLastResponse) {
  EXPECT_EQ(executions(in_flight_limit(1, 3, 10)), (std::set<int>{4}));
}

TEST(OracleRust, U5CallsBeyondTheSlotsFailAtOnce) {
  EXPECT_EQ(outcomes_of(in_flight_limit(1, 4, 3)), (Outcomes{{3, 3}}));
  EXPECT_EQ(explored(in_flight_limit(1, 4, 0)).states, 2U);  // all failed: no suspension
}

TEST(OracleRust, U8GuardsDropInCleanup) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)),
                        scope({await(0, 0), trap()}, {write(0, constant(0))})};
  System system =
      caller_and_callee(canister({1}, {caller}, Dialect::kRust), canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, -5}}));
}

TEST(OracleRust, AnyTakesASynchronousFailureAsComplete) {
  const Block caller = {call(0, kCallee, 0, constant(1)), call(1, kCallee, 0, constant(2)),
                        await_any({0, 1}, 0, 1), reply(local(1, 2))};
  System system = caller_and_callee(canister({}, {caller}, Dialect::kRust), canister({}, {echo()}));
  system.default_limit = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{3}}));
}

// ---- Timers and tasks.

System timer(Block method) {
  System system;
  system.canisters = {canister({0}, {{set_timer(), reply(constant(1))}, std::move(method)})};
  system.canisters[0].timer_method = 1;
  system.users = users({{0, 0, 0}});
  return system;
}

TEST(OracleTask, T1TimerIsDisarmedWhenItFires) {
  const Report report = explored(timer({delta(0, 1)}));
  EXPECT_EQ(report.states, 4U);  // unstarted; armed; task queued; done
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{1, 1}));
}

TEST(OracleTask, T1TrappingTimerStaysDisarmed) {
  EXPECT_EQ(outcomes_of(timer({delta(0, 1), set_timer(), trap()})), (Outcomes{{0, 1}}));
}

TEST(OracleTask, T1ArmingAgainReplaces) {
  System system = timer({delta(0, 1)});
  system.users = users({{0, 0, 0}, {0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1, 1}, {2, 1, 1}}));
}

TEST(OracleTask, D20HeartbeatAtAnyTimeWithinItsBudget) {
  System system;
  system.canisters = {canister({0}, {{read(0, 0), reply(local(0))}, {delta(0, 1)}})};
  system.canisters[0].heartbeat_method = 1;
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 0}}));
  system.budgets.d20 = 1;
  // Quiescent states need no heartbeat to have happened.
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 0}, {1, 0}, {1, 1}}));
}

TEST(OracleTask, T3TasksOfACanisterStartInOrder) {
  System system;
  system.canisters = {
      canister({0, 0}, {{set_timer()}, {write(0, constant(1))}, {write(0, constant(2))}})};
  system.canisters[0].timer_method = 1;
  system.canisters[0].heartbeat_method = 2;
  system.users = users({{0, 0, 0}});
  system.budgets.d20 = 1;
  EXPECT_EQ(outcomes_of(system, {.results = false}), (Outcomes{{1, 0}, {2, 0}}));
}

// ---- Environment, continuation, combinators, deferred.

TEST(OracleEnvironment, D11AnswersAnythingDeclared) {
  System system =
      caller_and_callee(canister({}, {{call(0, kCallee, 0, constant(0)), outcome(0, 0),
                                       if_ok(0, {reply(local(0))}), await(0, 1), throw_reject(1)}}),
                        Canister{});
  system.canisters[1].answers = {
      {Answer::Kind::kReply, 6}, {Answer::Kind::kReject, 0}, {Answer::Kind::kError, 0}};
  EXPECT_EQ(outcomes_of(system), (Outcomes{{6}, {-4}}));
}

TEST(OracleEnvironment, D12SilenceLeavesTheCallOpen) {
  System system = caller_and_callee(canister({}, {{call(0, kCallee, 0, constant(0)), await(0, 0)}}),
                                    Canister{});
  system.canisters[1].answers = {{Answer::Kind::kNever, 0}};
  const Report report = explored(system);
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{kUnanswered}));
  EXPECT_EQ(report.deadlocked, 0U);
}

TEST(OracleContinueAs, ForgetsWhatWentBefore) {
  // A method that goes on as itself for ever, after each reject of a callee that is out of service,
  // has finitely many states.
  const Block retry = {call(0, kCallee, 0, constant(0)), outcome(0, 0),
                       if_ok(0, {reply(constant(1))}), continue_as(0, constant(0))};
  System system = caller_and_callee(canister({}, {retry}), Canister{});
  system.canisters[1].answers = {{Answer::Kind::kReject, 0}, {Answer::Kind::kReply, 0}};
  for (const Keep keep : {Keep::kLive, Keep::kAll, Keep::kHistory}) {
    const Report report = explored(system, {.keep = keep});
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.states, 5U);  // unstarted; queued; rejected; replied; done
  }
}

TEST(OracleContinueAs, KeepsTheCallContext) {
  const Block first = {write(0, constant(1)), continue_as(1, constant(4))};
  const Block second = {write(1, argument()), reply(argument(1))};
  System system;
  system.canisters = {canister({0, 0}, {first, second})};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 4, 5}}));
  EXPECT_EQ(explored(system).states, 2U);
}

TEST(OracleAll, MotokoAwaitsInOrder) {
  Block caller = {call(0, kCallee, 0, constant(1)), call(1, kCallee, 0, constant(2)),
                  await_all({0, 1}, {0, 1}), reply(local(1))};
  EXPECT_EQ(executions(caller_and_callee(canister({}, {caller}), canister({}, {echo()}))),
            (std::set<int>{3, 5}));
}

TEST(OracleAny, LosersKeepTheContextOpen) {
  const Block caller = {call(0, kCallee, 0, constant(1)), call(1, kCallee, 0, constant(2)),
                        await_any({0, 1}, 0, 1), trap()};
  const Report report = explored(caller_and_callee(canister({}, {caller}), canister({}, {echo()})));
  EXPECT_TRUE(report.coverage.trap_with_sibling);
}

/// Method 0 creates a Deferred, keeps its handle, and awaits it; method 1 resolves it with its
/// argument.
System deferred() {
  System system;
  Canister canister_with_handle =
      canister({0}, {{defer(0, 0), await(0, 0), write(0, constant(1)), reply(local(0))},
                     {resolve(0, argument())}});
  canister_with_handle.handles = 1;
  system.canisters = {canister_with_handle};
  system.users = users({{0, 0, 0}, {0, 1, 5}});
  return system;
}

TEST(OracleDeferred, ResolveWakesTheWaiterInAnExecutionOfItsOwn) {
  const Report report = explored(deferred());
  // Resolved before it is created, nothing happens: the waiter waits for ever, and that is a
  // deadlock.
  EXPECT_EQ(outcomes_of(deferred()), (Outcomes{{1, 5, 0}, {0, kUnanswered, 0}}));
  EXPECT_EQ(report.deadlocked, 1U);
}

TEST(OracleDeferred, SecondResolveTraps) {
  System system = deferred();
  system.canisters[0].methods[1].body[0].keep = true;
  system.users = users({{0, 0, 0}, {0, 1, 5}, {0, 1, 6}});
  EXPECT_EQ(
      outcomes_of(system),
      (Outcomes{{0, kUnanswered, 0, 0}, {1, 5, 0, 0}, {1, 6, 0, 0}, {1, 5, 0, -5}, {1, 6, -5, 0}}));
}

TEST(OracleDeferred, TrapUndoesTheResolution) {
  System system = deferred();
  system.canisters[0].methods[1].body.push_back(trap());
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, kUnanswered, -5}}));
}

// ---- Identity and verdicts.

TEST(OracleIdentity, OrderOfArrivalDistinguishesNothing) {
  // Five users' calls, completed in any of 5! orders: states of a set, not of a sequence.
  System system = caller_and_callee(canister({}, {{call(0, 2, 0, constant(0)), await(0, 0)}}),
                                    canister({}, {}));
  system.canisters.push_back(canister({}, {echo()}));
  system.users = users(std::vector<UserCall>(5));
  system.weaken_g1 = true;  // keeps the queue's order out of it, except as a list
  EXPECT_EQ(explored(system).quiescent, 1U);
}

TEST(OracleIdentity, KeepingMoreNeverMergesMore) {
  const Block caller = {read(0, 0), write(0, local(0, 1)), call(0, kCallee, 0, constant(0)),
                        await(0, 1)};
  System system = caller_and_callee(canister({0}, {caller}), canister({}, {echo()}));
  system.users = users(std::vector<UserCall>(3));
  const std::size_t live = explored(system, {.keep = Keep::kLive}).states;
  const std::size_t all = explored(system, {.keep = Keep::kAll}).states;
  const std::size_t history = explored(system, {.keep = Keep::kHistory}).states;
  EXPECT_LT(live, all);  // who read what is dead after the write
  EXPECT_EQ(all, history);
}

TEST(OracleVerdict, ViolationComesWithAShortestSchedule) {
  // The lost update: read, await, write back.
  const Block increment = {read(0, 0), call(0, kCallee, 0, constant(0)), await(0, 1),
                           write(0, local(0, 1))};
  System system = caller_and_callee(canister({0}, {increment}), canister({}, {echo()}));
  system.users = users(std::vector<UserCall>(2));
  system.property = {.at_quiescence = true,
                     .terms = {{kCaller, 0, 1}},
                     .relation = Property::Relation::kEqual,
                     .constant = 2};
  const Report report = explored(system);
  EXPECT_TRUE(report.violated);
  EXPECT_EQ(report.violation_depth, 6U);
  EXPECT_EQ(report.violation_schedule.size(), 6U);
  EXPECT_EQ(report.violation_schedule.front(), "start u0#1");
}

TEST(OracleVerdict, EndlessExecutionIsRefused) {
  System system;
  system.canisters = {canister({}, {{continue_as(0, constant(0))}})};
  system.users = users({{0, 0, 0}});
  EXPECT_THROW(explored(system), InvalidSystem);
}

}  // namespace
}  // namespace heddle::oracle
