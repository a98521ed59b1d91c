// Round simulation: what rounds, hops and budgets come to, by the events that were simulated.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>
#include <heddle/simulation/round_simulation.h>

namespace heddle {
namespace {

class Callee : public Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

class Caller : public Canister {
 public:
  explicit Caller(Ref<Callee> callee) : callee(callee) {}

  Update<Nat> sequential(Nat n) {
    Nat successful = 0;
    for (Nat i = 0; i < n; ++i) {
      co_await call(callee, &Callee::ping);
      ++successful;
    }
    co_return successful;
  }

  Update<Nat> parallel(Nat n) {
    std::vector<Future<>> pings;
    for (Nat i = 0; i < n; ++i) {
      try {
        pings.push_back(call(callee, &Callee::ping));
      } catch (const Reject&) {
      }
    }
    Nat successful = 0;
    for (Future<>& ping : pings) {
      co_await ping;
      ++successful;
    }
    co_return successful;
  }

  Update<> in_a_minute() {
    set_timer(60);
    co_return;
  }

  TimerTask tick() {
    ticks += 1;
    co_return;
  }

  const Ref<Callee> callee;
  Var<Nat> ticks{this, "ticks", Nat{0}};
  HEDDLE_CANISTER(Caller, sequential, parallel, in_a_minute, tick)
};

using Method = Update<Nat> (Caller::*)(Nat);

System system_of(Method method, unsigned n) {
  Scenario s("calls/made");
  const auto callee = s.install<Callee>("callee");
  const auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, method, Nat{n});
  s.profile(happy);
  return s.build().system;
}

constexpr CanisterId kCallee = 0;
const Placement kApart = {{kCallee, 1}};

Simulated run(System system, const Placement& placement, const Network& network) {
  Kernel kernel(std::move(system));
  SimulationOptions options;
  options.keep_events = true;
  return simulate(kernel, placement, network, options);
}

Simulated run(Method method, unsigned n, const Placement& placement, std::string_view network) {
  return run(system_of(method, n), placement, *network_named(network));
}

std::size_t events_in(const Simulated& simulated, std::uint64_t round, std::string_view event) {
  return static_cast<std::size_t>(std::ranges::count_if(
      simulated.events,
      [&](const SimulatedEvent& one) { return one.round == round && one.event == event; }));
}

// R8: a round trip to another subnet costs one turn, so n calls one after the other take n + 1, and
// n in parallel 2. What they take longer by grows by the time of a round with each call [R9].
TEST(RuleR9, OnPocketIcSequentialCallsTakeARoundEachAndParallelOnesTwo) {
  const Network network = *network_named("pocketic");
  for (unsigned n = 2; n <= 98; ++n) {
    const Simulated sequential = run(&Caller::sequential, n, kApart, "pocketic");
    const Simulated parallel = run(&Caller::parallel, n, kApart, "pocketic");
    ASSERT_EQ(sequential.cut_short, "");
    EXPECT_EQ(sequential.rounds, n + 1);
    EXPECT_EQ(parallel.rounds, 2U);
    EXPECT_EQ(sequential.executions, 2 * n + 1);
    EXPECT_EQ(parallel.executions, 2 * n + 1);
    EXPECT_NEAR(sequential.seconds - parallel.seconds, (n - 1) * network.round_seconds, 1e-9);
    // And by the events: in each round but the first, one answer; in each but the last, one call.
    for (std::uint64_t round = 1; round <= n; ++round) {
      EXPECT_EQ(events_in(sequential, round, "start caller>callee"), 1U);
    }
    EXPECT_EQ(events_in(parallel, 1, "start caller>callee"), n);
  }
}

// R8: an update call is waited for during 100 turns, and the answer is looked for before each.
TEST(RuleR8, PocketIcGivesUpPastItsHundredRounds) {
  EXPECT_EQ(run(&Caller::sequential, 98, kApart, "pocketic").cut_short, "");
  const Simulated late = run(&Caller::sequential, 99, kApart, "pocketic");
  EXPECT_EQ(late.cut_short, "alice#1 was not answered after 99 rounds");
  EXPECT_FALSE(late.calls.at(0).latency_seconds());
  EXPECT_EQ(run(&Caller::parallel, 400, kApart, "pocketic").cut_short, "");
}

TEST(RuleR1, OnOneSubnetOfPocketIcAllOfItIsOneRound) {
  for (const Method method : {&Caller::sequential, &Caller::parallel}) {
    EXPECT_EQ(run(method, 90, {}, "pocketic").rounds, 1U);
  }
}

// R3, R9: each hop of a local call is an iteration of its own, and costs 10 M of the 2 B below
// which a thread begins something.
TEST(RuleR3, ARoundHoldsAboutAHundredSequentialCalls) {
  const Simulated calls = run(&Caller::sequential, 2000, {}, "local");
  EXPECT_EQ(calls.rounds, 21U);
  EXPECT_EQ(calls.executions, 4001U);
  for (std::uint64_t round = 1; round < calls.rounds; ++round) {
    const std::size_t in_round = events_in(calls, round, "start caller>callee");
    EXPECT_GE(in_round, 95U) << round;
    EXPECT_LE(in_round, 100U) << round;
  }
  EXPECT_EQ(run(&Caller::sequential, 99, {}, "local").rounds, 1U);
  EXPECT_EQ(run(&Caller::sequential, 101, {}, "local").rounds, 2U);
}

// Q3, R9: of 2000 in parallel 500 are sent, which two rounds hold.
TEST(RuleR3, FiveHundredOfTwoThousandParallelCallsTakeTwoRounds) {
  const Simulated calls = run(&Caller::parallel, 2000, {}, "local");
  EXPECT_EQ(calls.executions, 1001U);
  EXPECT_GE(calls.rounds, 1U);
  EXPECT_LE(calls.rounds, 2U);
}

TEST(RuleR3, MoreInstructionsInTheCodeMakeMoreRounds) {
  Network network = *network_named("local");
  network.budget.code = 100'000'000;
  EXPECT_GT(run(system_of(&Caller::sequential, 100), {}, network).rounds, 5U);
}

// R1: calls on one subnet need no consensus: three users' calls, six calls of the canister and six
// answers are one round.
TEST(RuleR1, CallsOnOneSubnetAreOneRound) {
  Scenario s("calls/three");
  const auto callee = s.install<Callee>("callee");
  const auto caller = s.install<Caller>("caller", callee);
  for (const char* user : {"alice", "bob", "carol"}) {
    s.user(user).calls(caller, &Caller::sequential, Nat{2});
  }
  s.profile(happy);
  const Simulated calls = run(s.build().system, {}, *network_named("mainnet"));
  EXPECT_EQ(calls.rounds, 1U);
  EXPECT_EQ(calls.executions, 3U + 6U + 6U);
}

// R6: two updates that share a block are answered together, after about two seconds and not four.
TEST(RuleR6, TwoUpdatesOfOneBlockAreAnsweredTogether) {
  Scenario s("calls/two");
  const auto callee = s.install<Callee>("callee");
  auto alice = s.user("alice");
  alice.calls(callee, &Callee::ping);
  alice.calls(callee, &Callee::ping);
  s.profile(happy);
  const Simulated calls = run(s.build().system, {}, *network_named("mainnet"));
  ASSERT_EQ(calls.calls.size(), 2U);
  EXPECT_EQ(calls.calls[0].last_round, calls.calls[1].last_round);
  EXPECT_EQ(calls.calls[0].answered_seconds, calls.calls[1].answered_seconds);
  EXPECT_GT(*calls.calls[0].latency_seconds(), 1.5);
  EXPECT_LT(*calls.calls[0].latency_seconds(), 2.5);
}

TEST(Round, AScriptThatWaitsSendsItsNextCallWhenTheAnswerIsThere) {
  Scenario s("calls/then");
  const auto callee = s.install<Callee>("callee");
  auto alice = s.user("alice");
  alice.calls(callee, &Callee::ping);
  alice.calls(callee, &Callee::ping);
  alice.then();
  s.profile(happy);
  const Simulated calls = run(s.build().system, {}, *network_named("mainnet"));
  ASSERT_EQ(calls.calls.size(), 2U);
  EXPECT_EQ(calls.calls[1].submitted_seconds, calls.calls[0].answered_seconds);
  EXPECT_GT(calls.calls[1].first_round, calls.calls[0].last_round);
  EXPECT_GT(*calls.calls[1].answered_seconds, 2 * *calls.calls[0].latency_seconds() - 1.0);
}

// R7, R9: a round trip is twice the hop, again and again; in parallel it is one.
TEST(RuleR7, OnMainnetSequentialCallsToAnotherSubnetTakeARoundTripEach) {
  for (const Network& network : band_of(*network_named("mainnet"))) {
    const std::uint64_t trip = 2 * std::uint64_t{network.hop_rounds};
    for (const unsigned n : {1U, 2U, 10U}) {
      EXPECT_EQ(run(system_of(&Caller::sequential, n), kApart, network).rounds, n * trip + 1);
      EXPECT_EQ(run(system_of(&Caller::parallel, n), kApart, network).rounds, trip + 1);
    }
  }
}

TEST(RuleR5, TheBandOfMainnetIsTwoOrThreeRoundsAHopAndFastOrSlowBlocks) {
  const std::vector<Network> corners = band_of(*network_named("mainnet"));
  std::set<std::uint32_t> hops;
  std::set<int> milliseconds;
  for (const Network& corner : corners) {
    hops.insert(corner.hop_rounds);
    milliseconds.insert(static_cast<int>(corner.round_seconds * 1000));
  }
  EXPECT_EQ(hops, (std::set<std::uint32_t>{2, 3}));
  EXPECT_EQ(milliseconds, (std::set<int>{666, 1333}));
}

// Q8: a canister serves canisters of its subnet, users and canisters of other subnets in turns.
TEST(RuleQ8, InTheSimulationSourcesAreServedInTurns) {
  Scenario s("calls/turns");
  const auto callee = s.install<Callee>("callee");
  const auto near = s.install<Caller>("near", callee);
  const auto far = s.install<Caller>("far", callee);
  s.user("alice").calls(near, &Caller::parallel, Nat{3});
  s.user("bob").calls(far, &Caller::parallel, Nat{3});
  auto carol = s.user("carol");
  for (int i = 0; i < 3; ++i) {
    carol.calls(callee, &Callee::ping);
  }
  carol.in_order();
  s.profile(happy);
  Network network = *network_named("pocketic");
  // `far` is first in turn, so that all that it sends is there when the callee's round begins.
  const Placement placement = {{0, 1}, {1, 1}, {2, 0}};
  const Simulated calls = run(s.build().system, placement, network);
  std::vector<std::string> served;
  for (const SimulatedEvent& event : calls.events) {
    if (event.canister == kCallee && event.round == 1) {
      served.push_back(event.event);
    }
  }
  // What `near` sends comes in the second iteration.
  EXPECT_EQ(served, (std::vector<std::string>{"start carol#1", "start far>callee", "start carol#2",
                                              "start far>callee", "start carol#3",
                                              "start far>callee", "start near>callee",
                                              "start near>callee", "start near>callee"}));
}

// T1, T2: a timer fires in the first round that is late enough; nobody waits for it here, so it is
// kept going by a call of another subnet.
TEST(RuleT2, InTheSimulationTimersFireInTheFirstRoundThatIsLateEnough) {
  Scenario s("calls/timer");
  const auto callee = s.install<Callee>("callee");
  const auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, &Caller::in_a_minute);
  s.user("bob").calls(caller, &Caller::sequential, Nat{30});
  s.profile(happy);
  s.clock();
  const Simulated calls = run(s.build().system, kApart, *network_named("mainnet"));
  const auto task = std::ranges::find(calls.events, "task caller", &SimulatedEvent::event);
  ASSERT_NE(task, calls.events.end());
  EXPECT_GE(task->round, 60U);
  EXPECT_LE(task->round, 62U);
}

/// Each event is enabled when it happens, and in the end nothing is left to do.
void expect_schedule(const System& system, const Simulated& calls) {
  Kernel kernel(system);
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::vector<Event> enabled;
  for (const SimulatedEvent& simulated : calls.events) {
    stepper.enabled(state, enabled);
    const auto found = std::ranges::find_if(
        enabled, [&](const Event& event) { return kernel.to_text(event) == simulated.event; });
    ASSERT_NE(found, enabled.end()) << simulated.event;
    Stepper::apply(state, stepper.step(state, *found));
  }
  EXPECT_TRUE(stepper.quiescent(state));
}

TEST(Simulation, IsOneOfTheSchedules) {
  for (const Placement& placement : {Placement{}, kApart}) {
    for (const Method method : {&Caller::sequential, &Caller::parallel}) {
      expect_schedule(system_of(method, 5), run(method, 5, placement, "mainnet"));
    }
  }
}

TEST(Simulation, OfTimersIsOneOfTheSchedulesToo) {
  Scenario s("calls/timer");
  const auto callee = s.install<Callee>("callee");
  const auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, &Caller::in_a_minute);
  s.user("bob").calls(caller, &Caller::sequential, Nat{30});
  s.profile(happy);
  s.clock();
  const System system = s.build().system;
  expect_schedule(system, run(system, kApart, *network_named("mainnet")));
}

TEST(RuleX2, InTheSimulationAStopIsAnsweredAtTheEndOfTheRoundInWhichNoCallIsLeft) {
  Scenario s("calls/stop");
  const auto callee = s.install<Callee>("callee");
  const auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, &Caller::sequential, Nat{2});
  s.user("ops").stops(caller);
  s.profile(happy);
  const System system = s.build().system;
  const Simulated calls = run(system, kApart, *network_named("pocketic"));
  ASSERT_EQ(calls.calls.size(), 2U);
  EXPECT_EQ(calls.calls[1].method, "stop caller");
  EXPECT_TRUE(calls.calls[1].replied);
  const auto stopped = std::ranges::find(calls.events, "stopped caller", &SimulatedEvent::event);
  ASSERT_NE(stopped, calls.events.end());
  EXPECT_EQ(stopped->round, calls.calls[0].last_round);
  expect_schedule(system, calls);
}

}  // namespace
}  // namespace heddle
