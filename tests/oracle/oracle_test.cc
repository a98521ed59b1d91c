// The oracle against cases worked out by hand and against counts from elsewhere: the peer models'
// explicit definitions (M1, M2, M3) and a closed formula. A rule's test carries its id from
// ic-semantics.md.
#include "oracle/oracle.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "oracle/adapter.h"
#include "oracle/program.h"
#include "oracle/small_systems.h"

namespace heddle::oracle {
namespace {

// ---- Counts that others computed.

/// M1 of the peer models: a swap takes one from each of two ledgers and gives back what it got when
/// only one paid.
System ledger_swap(int clients, int balance_a, int balance_b) {
  const Block ledger_transfer = {compare(0, constant(1), 0), if_positive(0, {throw_reject(0)}),
                                 delta(0, -1)};
  const Block ledger_refund = {delta(0, 1)};
  const Block refund_a = {call(2, 1, 1, constant(0)), outcome_now(2, 2), reply(constant(3))};
  const Block refund_b = {call(2, 2, 1, constant(0)), outcome_now(2, 2), reply(constant(3))};
  const Block swap = {
      call(0, 1, 0, constant(0)),
      call(1, 2, 0, constant(0)),
      outcome_now(0, 0),
      outcome_now(1, 1),
      if_ok(0, {if_ok(1, {reply(constant(1))}, refund_a)}, {if_ok(1, refund_b)}),
      reply(constant(2)),
  };
  System system;
  system.canisters = {canister({}, {swap}), canister({balance_a}, {ledger_transfer, ledger_refund}),
                      canister({balance_b}, {ledger_transfer, ledger_refund})};
  system.users = users(std::vector<UserCall>(static_cast<std::size_t>(clients)));
  return system;
}

void expect_counts(const Report& report, std::size_t states, std::size_t transitions,
                   std::size_t terminal) {
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.states, states);
  EXPECT_EQ(report.transitions, transitions);
  EXPECT_EQ(report.terminal, terminal);
  EXPECT_EQ(report.quiescent, terminal);
  EXPECT_EQ(report.deadlocked, 0U);
}

TEST(OracleCounts, LedgerSwapIsM1OfThePeerModels) {
  expect_counts(explored(ledger_swap(2, 1, 1)), 117, 268, 2);
  expect_counts(explored(ledger_swap(3, 2, 1)), 2560, 7995, 9);
  expect_counts(explored(ledger_swap(3, 2, 2)), 1192, 3795, 3);
  expect_counts(explored(ledger_swap(4, 3, 2)), 24'961, 100'432, 18);
}

TEST(OracleCounts, LedgerSwapRemembersNothingThatIsDead) {
  for (const Keep keep : {Keep::kAll, Keep::kHistory}) {
    expect_counts(explored(ledger_swap(3, 2, 1), {.keep = keep}), 2560, 7995, 9);
  }
}

/// M2 of the peer models with one withdrawal each: balance read, ledger awaited, balance written
/// back.
System reentrant_withdraw(int clients, int balance) {
  Canister bank = canister({balance}, {});
  Canister ledger = canister({balance}, {});
  System system;
  for (int i = 0; i < clients; ++i) {
    const int amount = i + 1;
    bank.methods.push_back(method(
        {compare(0, constant(amount), 0), if_positive(0, {reply(constant(0))}), read(0, 1),
         call(0, 1, i, constant(0)), outcome(0, 2), if_ok(2, {write(0, local(1, 8 - amount))})}));
    ledger.methods.push_back(method(
        {compare(0, constant(amount), 0), if_positive(0, {throw_reject(0)}), delta(0, -amount)}));
    system.users.push_back({Order::kAny, {{0, i, 0}}});
  }
  system.canisters = {bank, ledger};
  system.weaken_g1 = true;
  return system;
}

TEST(OracleCounts, ReentrantWithdrawEndsAsM2OfThePeerModels) {
  // M2 has a set of requests where a pair has a FIFO, in any order: only the terminal states
  // compare.
  EXPECT_EQ(explored(reentrant_withdraw(2, 3), {.results = false}).terminal, 3U);
  EXPECT_EQ(explored(reentrant_withdraw(3, 4), {.results = false}).terminal, 6U);
}

TEST(OracleCounts, InFlightLimitIsM3OfThePeerModels) {
  expect_counts(explored(in_flight_limit(2, 2, 3)), 80, 146, 3);
  expect_counts(explored(in_flight_limit(2, 3, 4)), 305, 718, 5);
  expect_counts(explored(in_flight_limit(2, 2, 10)), 61, 128, 1);
}

/// `balance -= 1`, then one awaited call to each of two ledgers. A client is before, in one of two
/// queues, has one of two responses, or is done; a queue has an order. Hence, for n clients, the
/// sum over a + b + c = n (a and b in the queues) of n! / c! * 4^c.
System withdraw_from_two_ledgers(int clients) {
  System system;
  const Block withdraw = {delta(0, -1), call(0, 1, 0, constant(0)), await_now(0, 0),
                          call(1, 2, 0, constant(0)), await_now(1, 1)};
  system.canisters = {canister({clients}, {withdraw}), canister({}, {echo()}),
                      canister({}, {echo()})};
  system.users = users(std::vector<UserCall>(static_cast<std::size_t>(clients)));
  return system;
}

TEST(OracleCounts, WithdrawFromTwoLedgersFollowsTheFormula) {
  for (const auto& [clients, states] :
       {std::pair{3, 256U}, {4, 1848U}, {5, 14'384U}, {6, 121'264U}}) {
    const Report report = explored(withdraw_from_two_ledgers(clients), {.results = false});
    EXPECT_EQ(report.states, states);
    EXPECT_EQ(report.terminal, 1U);
  }
}

// ---- Ingress.

/// Two methods write 1 and 2, and reply what was there.
System two_setters(Order order) {
  System system;
  system.canisters = {canister({0}, {{read(0, 0), write(0, constant(1)), reply(local(0))},
                                     {read(0, 0), write(0, constant(2)), reply(local(0))}})};
  system.users = {{order, {{0, 0, 0}, {0, 1, 0}}}};
  return system;
}

TEST(OracleIngress, I1CallsOfOneUserStartInAnyOrder) {
  EXPECT_EQ(outcomes_of(two_setters(Order::kAny)), (Outcomes{{2, 0, 1}, {1, 2, 0}}));
}

TEST(OracleIngress, InOrderStartsInOrder) {
  EXPECT_EQ(outcomes_of(two_setters(Order::kInOrder)), (Outcomes{{2, 0, 1}}));
}

TEST(OracleIngress, InOrderDoesNotWaitForTheReplyAndThenDoes) {
  // The first method awaits before it writes.
  System system = two_setters(Order::kInOrder);
  system.canisters[0].methods[0].body.insert(system.canisters[0].methods[0].body.begin(),
                                             {call(0, 1, 0, constant(0)), await(0, 1)});
  system.canisters.push_back(canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0, 1}, {1, 2, 0}}));
  system.users[0].order = Order::kThen;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0, 1}}));
}

TEST(OracleIngress, CallsTogetherEndWhenAllAreAnsweredOrOneIsRejected) {
  // The first awaits before it writes; the third reads.
  System system = caller_and_callee(
      canister({0}, {{call(0, kCallee, 0, constant(0)), await(0, 0), write(0, constant(1))},
                     {},
                     {throw_reject(0)},
                     {read(0, 0), reply(local(0))}}),
      canister({}, {echo()}));
  for (const auto& [second, outcomes] :
       {std::pair{1, Outcomes{{1, 0, 0, 1}}}, {2, {{1, 0, -4, 0}, {1, 0, -4, 1}}}}) {
    system.users = {{Order::kThen, {{0, 0, 0}, {0, second, 0, true}, {0, 3, 0}}}};
    EXPECT_EQ(outcomes_of(system), outcomes);
  }
}

TEST(OracleIngress, InOrderOrdersOneCanisterOnly) {
  System system = two_setters(Order::kInOrder);
  system.canisters.push_back(system.canisters[0]);
  system.users[0].calls[1].canister = 1;
  EXPECT_EQ(explored(system).states, 4U);  // both orders
}

TEST(OracleIngress, IdenticalPendingCallsAreAMultiset) {
  System system;
  system.canisters = {canister({0}, {{delta(0, 1)}})};
  system.users = {{Order::kAny, {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}};
  const Report report = explored(system);
  EXPECT_EQ(report.states, 4U);
  EXPECT_EQ(report.transitions, 3U);
}

TEST(OracleIngress, D23DroppedCallNeverExecutes) {
  System system = two_setters(Order::kThen);
  system.budgets.d23 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0, 1}, {2, -2, 0}, {1, 0, -2}}));
}

TEST(OracleIngress, D24ResubmittedCallExecutesTwice) {
  System system;
  system.canisters = {canister({0}, {{delta(0, 1), call(0, 1, 0, constant(0)), await(0, 0)}}),
                      canister({}, {echo()})};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 0}}));
  system.budgets.d24 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 0}, {2, 0}}));
}

TEST(OracleIngress, L1QueryChangesNothing) {
  System system = two_setters(Order::kThen);
  system.canisters[0].methods[0].query = true;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0, 0}}));
}

// ---- Queues and slots.

/// Sends n calls, catching failures, awaits those that were sent, replies how many.
Block parallel_calls(int calls) {
  Block body;
  for (int i = 0; i < calls; ++i) {
    body.push_back(try_call(i, kCallee, 0, constant(0), i + 1));
  }
  for (int i = 0; i < calls; ++i) {
    body.push_back(if_ok(i + 1, {await(i, 0), set(10, local(10, 1))}));
  }
  body.push_back(reply(local(10)));
  return body;
}

TEST(OracleQueue, Q3ParallelCallsSucceedUpToTheLimitOnEverySchedule) {
  for (int limit = 1; limit <= 5; ++limit) {
    System system =
        caller_and_callee(canister({}, {parallel_calls(4)}), canister({0}, {{delta(0, 1)}}));
    system.limits = {{kCaller, kCallee, limit}};
    const int successes = std::min(4, limit);
    EXPECT_EQ(outcomes_of(system), (Outcomes{{successes, successes}}));
  }
}

/// Calls that are never awaited and stay open at a silent environment, then parallel_calls(4).
TEST(OracleQueue, Q3EarlierOpenCallsTakeSlots) {
  for (int limit = 1; limit <= 5; ++limit) {
    for (int earlier = 0; earlier <= 5; ++earlier) {
      Block hold;
      for (int i = 0; i < earlier; ++i) {
        hold.push_back(try_call(i, kCallee, 0, constant(0), 0));
      }
      System system = caller_and_callee(canister({}, {parallel_calls(4), hold}), Canister{});
      system.canisters[1].answers = {{Answer::Kind::kReply, 0}};
      system.users = users({{kCaller, 0, 0}, {kCaller, 1, 0}});
      system.limits = {{kCaller, kCallee, limit}};
      Outcomes expected;
      // Of the earlier calls any number may still be open when the parallel ones are sent, if hold
      // comes first.
      for (int open = 0; open <= std::min(earlier, limit); ++open) {
        expected.insert({std::min(4, limit - open), 0});
      }
      EXPECT_EQ(outcomes_of(system), expected) << limit << " " << earlier;
    }
  }
}

TEST(OracleQueue, Q4TheCallbackSeesItsSlotFree) {
  // Limit 1: a second call succeeds right after the first response, a third in the same execution
  // fails.
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        await(0, 0),
                        try_call(1, kCallee, 0, constant(0), 1),
                        try_call(2, kCallee, 0, constant(0), 2),
                        set(3, counted(3, 1)),
                        set(3, counted(3, 2)),
                        reply(local(3))};
  System system = caller_and_callee(canister({}, {caller}), canister({}, {echo()}));
  system.default_limit = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1}}));
}

TEST(OracleQueue, Q3StoredResponseHoldsNoSlot) {
  // f0 is delivered and stored while f1 is awaited; both slots are free then.
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        call(1, kCallee, 0, constant(0)),
                        await(1, 0),
                        try_call(2, kCallee, 0, constant(0), 1),
                        try_call(3, kCallee, 0, constant(0), 2),
                        set(3, counted(3, 1)),
                        set(3, counted(3, 2)),
                        reply(local(3))};
  System system = caller_and_callee(canister({}, {caller}), canister({}, {echo()}));
  system.default_limit = 2;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1}, {2}}));
}

TEST(OracleQueue, P3RequestsOfAPairStartInOrder) {
  const Block caller = {call(0, kCallee, 0, constant(1)), call(1, kCallee, 0, constant(2)),
                        await(0, 0), await(1, 1)};
  System system =
      caller_and_callee(canister({}, {caller}), canister({0}, {{write(0, argument())}}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 0}}));
  system.weaken_g1 = true;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 0}, {2, 0}}));
}

TEST(OracleGuarantees, G2ARequestIsExecutedTwiceAndItsFirstAnswerCounts) {
  // The callee adds one and replies what it then is; it may run once more before or after the reply
  // arrives.
  const Block callee = {delta(0, 1), read(0, 0), reply(local(0))};
  System system = caller_and_callee(
      canister({}, {{call(0, kCallee, 0, constant(0)), await(0, 0), reply(local(0))}}),
      canister({0}, {callee}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}}));
  system.budgets.g2 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}, {2, 1}}));
  // With a call of its own before it answers, the second may be the first to answer.
  system.canisters[1].methods[0].body = {delta(0, 1), read(0, 0), call(0, 2, 0, constant(0)),
                                         await(0, 1), reply(local(0))};
  system.canisters.push_back(canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}, {2, 1}, {2, 2}}));
}

TEST(OracleGuarantees, G2NamesAreNotGivenAgainWhileACopyWouldHaveThem) {
  // Two tasks, one after the other, whose calls may be executed twice.
  System system =
      caller_and_callee(canister({}, {echo(), {call(0, kCallee, 0, constant(0)), await(0, 0)}}),
                        canister({0}, {{delta(0, 1), read(0, 0), reply(local(0))}}));
  system.users.clear();
  system.canisters[0].heartbeat_method = 1;
  system.budgets.d20 = 2;
  system.budgets.g2 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0}, {1}, {2}, {3}}));
  // A method that goes on as another, which numbers its calls anew.
  system = caller_and_callee(
      canister({}, {{call(0, kCallee, 0, constant(0)), await(0, 0), continue_as(1, constant(0))},
                    {call(0, kCallee, 0, constant(0)), await(0, 0), reply(local(0))}}),
      canister({0}, {{delta(0, 1), read(0, 0), reply(local(0))}}));
  system.budgets.g2 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 2}, {3, 2}, {3, 3}}));
}

TEST(OracleGuarantees, G3AnAnswerIsReplacedThoughItsCalleeHasExecuted) {
  constexpr int kSysUnknown = 6;
  const Block caller = {call(0, kCallee, 0, constant(1)), outcome(0, 0),
                        if_ok(0, {reply(constant(2))}), write(0, constant(1))};
  System system =
      caller_and_callee(canister({0}, {caller}), canister({0}, {{write(0, argument())}}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 1, 2}}));
  system.budgets.g3 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 1, 2}, {1, 1, 0}}));
  // A reject from the callee as well.
  system.canisters[1].methods[0].body = {throw_reject(1)};
  system.canisters[0].methods[0].body = {call(0, kCallee, 0, constant(1)), await(0, 0)};
  const Report report = explored(system);
  EXPECT_EQ(report.outcomes.size(), 1U);  // either way it is thrown on, as code 4
  EXPECT_EQ(report.outcomes.count({0, 0, -4}), 1U);
  EXPECT_EQ(report.outcomes.count({0, 0, -kSysUnknown}), 0U);
}

TEST(OracleGuarantees, G5ATrapKeepsWhatWasWrittenAndNothingElse) {
  // Two writes, a call and the timer; an injected trap comes before, between or after the writes.
  const Block caller = {call(0, kCallee, 0, constant(0)), await(0, 0), write(0, constant(1)),
                        call(0, kCallee, 0, constant(0)), set_timer(), write(1, constant(1))};
  System system = caller_and_callee(canister({0, 0, 0}, {caller, {write(2, constant(1))}}),
                                    canister({0}, {{delta(0, 1)}}));
  system.canisters[0].timer_method = 1;
  system.budgets.d16 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 0, 0, 1, -5}, {1, 1, 1, 2, 0}}));
  system.weaken_g5 = true;
  EXPECT_EQ(outcomes_of(system),
            (Outcomes{{0, 0, 0, 1, -5}, {1, 0, 0, 1, -5}, {1, 1, 0, 1, -5}, {1, 1, 1, 2, 0}}));
}

TEST(OracleQueue, D5ResponsesComeInAnyOrder) {
  // `any` replies 2 if the second was first.
  const Block caller = {call(0, kCallee, 0, constant(1)), call(1, kCallee, 0, constant(2)),
                        await_any({0, 1}, 0, 1), reply(local(0))};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({}, {caller}), canister({}, {echo()}))),
            (Outcomes{{1}, {2}}));
}

TEST(OracleQueue, Q5SelfCallUsesThePairOfTheCanisterWithItself) {
  const Block caller = {try_call(0, kCaller, 1, constant(3), 0), if_ok(0, {await(0, 1)}),
                        reply(local(1))};
  System system;
  system.canisters = {canister({}, {caller, echo()})};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{3}}));
  system.limits = {{0, 0, 0}};
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0}}));
}

TEST(OracleQueue, K4NoSuchCanisterIsAnAsynchronousReject) {
  const Block caller = {call(0, 7, 0, constant(0)), write(0, constant(1)), outcome(0, 0),
                        if_ok(0, {}, {write(0, constant(2))})};
  System system;
  system.canisters = {canister({0}, {caller})};
  system.users = users({{0, 0, 0}});
  const Report report = explored(system);
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{2, 0}));
  EXPECT_EQ(report.states, 3U);  // nothing enters a queue
}

TEST(OracleQueue, NoSuchMethodIsRejectedWhenItStarts) {
  const Block caller = {call(0, kCallee, 5, constant(0)), await(0, 0)};
  const Report report = explored(caller_and_callee(canister({}, {caller}), canister({}, {echo()})));
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{-4}));
  EXPECT_EQ(report.states, 4U);
}

TEST(OracleQueue, D8RejectedRequestNeverExecutes) {
  const Block caller = {call(0, kCallee, 0, constant(0)), outcome(0, 0),
                        if_ok(0, {reply(constant(1))})};
  System system = caller_and_callee(canister({}, {caller}), canister({0}, {{delta(0, 1)}}));
  system.budgets.d8 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 1}, {0, 0}}));
}

TEST(OracleQueue, K9RejectionSparesTheOthersOrder) {
  const Block caller = {call(0, kCallee, 0, constant(1)),
                        call(1, kCallee, 0, constant(2)),
                        call(2, kCallee, 0, constant(3)),
                        outcome(0, 0),
                        outcome(1, 1),
                        outcome(2, 2)};
  System system =
      caller_and_callee(canister({}, {caller}),
                        canister({0, 0}, {{read(0, 0), write(1, local(0)), write(0, argument())}}));
  system.budgets.d8 = 1;
  // x1, the last but one: 2 with none rejected or 1; 1 with 2 rejected or 3.
  EXPECT_EQ(outcomes_of(system), (Outcomes{{3, 2, 0}, {3, 1, 0}, {2, 1, 0}}));
}

TEST(OracleQueue, D7AnySendMayFailOnce) {
  System system =
      caller_and_callee(canister({}, {parallel_calls(2)}), canister({0}, {{delta(0, 1)}}));
  system.budgets.d7 = 1;
  EXPECT_EQ(outcomes_of(system),
            (Outcomes{{2, 2},
                      {1, 1},
                      // the helper of an await on a complete future fails: the await throws
                      {2, -4}}));
}

TEST(OracleQueue, D7DoesNotCountSendsThatFailAnyway) {
  System system =
      caller_and_callee(canister({}, {parallel_calls(2)}), canister({0}, {{delta(0, 1)}}));
  system.limits = {{kCaller, kCallee, 1}};
  const std::size_t undisturbed = explored(system).transitions;
  system.budgets.d7 = 1;
  // With the first send failing, the second finds its slot: one more branch at the start, which
  // runs as the other does.
  EXPECT_EQ(explored(system).transitions, 2 * undisturbed);
}

// ---- Contexts, commit points, traps.

TEST(OracleContext, P5TrapAfterAwaitKeepsTheFirstCommit) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)), await(0, 0),
                        write(0, constant(2)), trap()};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({0}, {caller}), canister({}, {echo()}))),
            (Outcomes{{1, -5}}));
}

TEST(OracleContext, C7TrapInTheFirstExecutionUndoesWritesAndSends) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)), set_timer(),
                        trap()};
  System system = caller_and_callee(canister({0}, {caller}), canister({0}, {{delta(0, 1)}}));
  const Report report = explored(system);
  EXPECT_EQ(report.states, 2U);
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{0, 0, -5}));
}

TEST(OracleContext, K2RequestLeavesAtTheCommit) {
  // The callee is called before the write, yet sees nothing of an execution that trapped later in
  // its first piece.
  const Block caller = {call(0, kCallee, 0, constant(0)), read(0, 0), trap_if(0), await(0, 1)};
  System system = caller_and_callee(canister({1}, {caller}), canister({0}, {{delta(0, 1)}}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, 0, -5}}));
}

TEST(OracleContext, M10ThrowCommits) {
  System system;
  system.canisters = {canister({0}, {{write(0, constant(1)), throw_reject(2)}})};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{1, -4}}));
}

TEST(OracleContext, M10UncaughtRejectLeavesAsCodeFour) {
  // The callee traps (5); the caller does not handle it.
  const Block caller = {call(0, kCallee, 0, constant(0)), await(0, 0), write(0, constant(1))};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({0}, {caller}), canister({}, {{trap()}}))),
            (Outcomes{{0, -4}}));
}

TEST(OracleContext, C4ContextStaysUntilItsLastCallIsAnswered) {
  const Block caller = {call(0, kCallee, 0, constant(0)), reply(constant(1))};
  const Report report = explored(caller_and_callee(canister({}, {caller}), canister({}, {echo()})));
  EXPECT_EQ(report.states, 4U);  // unstarted; answered and queued; in flight; gone
  EXPECT_EQ(report.quiescent, 1U);
}

/// Awaits f0 with f1 open, then traps.
Block trap_with_sibling() {
  return {call(0, kCallee, 0, constant(0)), call(1, kCallee, 0, constant(0)), await(0, 0), trap()};
}

TEST(OracleContext, C6TrapWithSiblingOpenRejectsAfterTheSibling) {
  // A second user's call reads whether the first was answered... by `then`: it starts only after
  // the answer.
  System system = caller_and_callee(canister({}, {trap_with_sibling(), echo()}),
                                    canister({0}, {{delta(0, 1)}, {read(0, 0), reply(local(0))}}));
  system.users = {{Order::kThen, {{kCaller, 0, 0}, {kCallee, 1, 0}}}};
  const Report report = explored(system);
  EXPECT_TRUE(report.coverage.trap_with_sibling);
  // Both callees have run by then, always.
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, -5, 2}}));
}

TEST(OracleContext, C6NeverAnsweredWhenTheSiblingNeverIs) {
  System system =
      caller_and_callee(canister({}, {{call(0, 2, 0, constant(0)), call(1, kCallee, 0, constant(0)),
                                       await(0, 0), trap()}}),
                        Canister{});
  system.canisters[1].answers = {{Answer::Kind::kNever, 0}};
  system.canisters.push_back(canister({}, {echo()}));
  const Report report = explored(system);
  EXPECT_EQ(report.outcomes.begin()->first, (std::vector<int>{kUnanswered}));
  EXPECT_EQ(report.outcomes.size(), 1U);
  EXPECT_EQ(report.deadlocked, 0U);  // the environment owes an answer
}

TEST(OracleContext, C6StoredResponsesAreNotOpen) {
  // Rust: f1 is polled by `any`, answered and stored; the trap after f2 is answered at once.
  const Block caller = {call(0, kCallee, 0, constant(0)), call(1, kCallee, 0, constant(0)),
                        await_all({0, 1}, {0, 1}), trap()};
  System system = caller_and_callee(canister({}, {caller}, Dialect::kRust), canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{-5}}));
  EXPECT_FALSE(explored(system).coverage.trap_with_sibling);
}

TEST(OracleContext, D16ResumedExecutionMayTrap) {
  const Block caller = {write(0, constant(1)), call(0, kCallee, 0, constant(0)), await(0, 0),
                        write(0, constant(2)), reply(constant(1))};
  System system = caller_and_callee(canister({0}, {caller}), canister({}, {echo()}));
  system.budgets.d16 = 1;
  EXPECT_EQ(outcomes_of(system), (Outcomes{{2, 1}, {1, -5}}));
}

TEST(OracleContext, D16DoesNotHitDeliveriesThatOnlyStore) {
  System system = in_flight_limit(1, 2, 10);
  const Report without = explored(system);
  system.budgets.d16 = 1;
  const Report with = explored(system);
  // Two deliveries can be the last; each of them may trap, into one state (ledger done, call
  // failed).
  EXPECT_EQ(with.transitions, without.transitions + 2);
  EXPECT_EQ(with.states, without.states + 1);
}

// ---- Cleanup.

/// A lock taken, a call awaited within a scope that releases it, and a trap after the await.
Block locked(Block after) {
  Block body = {call(0, kCallee, 0, constant(0)), await(0, 0)};
  body.insert(body.end(), after.begin(), after.end());
  return {write(0, constant(1)), scope(body, {write(0, constant(0)), delta(1, 1)})};
}

TEST(OracleCleanup, M11FinallyRunsOnTheRolledBackStateAndCommits) {
  System system = caller_and_callee(canister({0, 0}, {locked({write(1, constant(5)), trap()})}),
                                    canister({}, {echo()}));
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 1, -5}}));
  EXPECT_TRUE(explored(system).coverage.cleanup_writes);
}

TEST(OracleCleanup, M11FinallyRunsOnReturnAndThrow) {
  for (const auto& [last, result] : {std::pair{reply(constant(3)), 3}, {throw_reject(0), -4}}) {
    EXPECT_EQ(
        outcomes_of(caller_and_callee(canister({0, 0}, {locked({write(1, constant(5)), last})}),
                                      canister({}, {echo()}))),
        (Outcomes{{0, 6, result}}));
  }
}

TEST(OracleCleanup, U9NoCleanupForTheFirstExecution) {
  System system;
  system.canisters = {canister({0}, {{scope({trap()}, {delta(0, 1)})}}, Dialect::kRust)};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, -5}}));
}

TEST(OracleCleanup, OnlyScopesAroundTheSuspendedAwaitRun) {
  // The first scope was left before the await, the second is entered after it.
  const Block caller = {scope({delta(0, 1)}, {delta(1, 1)}), call(0, kCallee, 0, constant(0)),
                        scope({await(0, 0), scope({trap()}, {delta(2, 1)})}, {delta(3, 1)})};
  EXPECT_EQ(
      outcomes_of(caller_and_callee(canister({0, 0, 0, 0}, {caller}), canister({}, {echo()}))),
      (Outcomes{{1, 1, 0, 1, -5}}));
}

TEST(OracleCleanup, InnermostFirst) {
  const Block caller = {
      call(0, kCallee, 0, constant(0)),
      scope({scope({await(0, 0), trap()}, {write(0, constant(1))})}, {write(0, constant(2))})};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({0}, {caller}), canister({}, {echo()}))),
            (Outcomes{{2, -5}}));
}

TEST(OracleCleanup, SeesLocalsOfTheSuspendedAwait) {
  const Block caller = {set(0, constant(3)), call(0, kCallee, 0, constant(0)),
                        scope({await(0, 1), set(0, constant(7)), trap()}, {write(0, local(0))})};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({0}, {caller}), canister({}, {echo()}))),
            (Outcomes{{3, -5}}));
}

TEST(OracleCleanup, C9TrapInCleanupIsUndone) {
  const Block caller = {call(0, kCallee, 0, constant(0)),
                        scope({scope({await(0, 0), trap()}, {delta(0, 1)})}, {delta(1, -1)})};
  EXPECT_EQ(outcomes_of(caller_and_callee(canister({0, 0}, {caller}), canister({}, {echo()}))),
            (Outcomes{{0, 0, -5}}));
}

TEST(OracleCleanup, C9CleanupRunsInTheTrappingEvent) {
  const Report report =
      explored(caller_and_callee(canister({0, 0}, {locked({trap()})}), canister({}, {echo()})));
  EXPECT_EQ(report.states, 4U);  // unstarted; queued; in flight; cleaned up and answered
}

TEST(OracleCleanup, TrapInFinallyOnANormalExitIsATrap) {
  System system;
  system.canisters = {canister({0, 0}, {{write(0, constant(1)), scope({}, {delta(1, -1)})}})};
  system.users = users({{0, 0, 0}});
  EXPECT_EQ(outcomes_of(system), (Outcomes{{0, 0, -5}}));
}

}  // namespace
}  // namespace heddle::oracle
