// Traces made by replay, of small systems in the language: what is written down is what happened.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>
#include <heddle/properties/state.h>
#include <heddle/traces/internal/happens_before.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/json.h>
#include <heddle/traces/make.h>
#include <heddle/traces/mermaid.h>
#include <heddle/traces/terminal.h>

#include "traces/golden.h"

namespace heddle {
namespace {

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Update<Nat> pay(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    co_return balance;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, pay)
};

class Bank : public Canister {
 public:
  Bank(Ref<Ledger> payer, Nat initial)
      : ledger(payer), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      throw Reject("insufficient funds");
    }
    co_await call(ledger, &Ledger::pay, amount);
    balance = before - amount;
  }

  Update<> guarded(Nat amount) {
    if (busy.contains("all")) {
      trap("busy");
    }
    busy.put("all", amount);
    auto release = finally([this] { busy.erase("all"); });
    co_await call(ledger, &Ledger::pay, amount);
  }

  Update<Nat> both(Nat amount) {
    std::vector<Future<Nat>> payments;
    payments.push_back(call(ledger, &Ledger::pay, amount));
    payments.push_back(call(ledger, &Ledger::pay, amount));
    Nat left = 0;
    for (auto& payment : payments) {
      left = co_await payment;
    }
    co_return left;
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  VarMap<std::string, Nat> busy{this, "busy"};
  HEDDLE_CANISTER(Bank, withdraw, guarded, both)
};

/// A described scenario with its kernel.
struct Checked {
  explicit Checked(const std::function<void(Scenario&)>& body,
                   const std::string& name = "test/scenario") {
    Scenario scenario(name);
    body(scenario);
    setup = scenario.build();
    kernel = std::make_unique<Kernel>(setup.system);
  }

  Trace trace(const ScheduleText& schedule, ReplayMode mode = ReplayMode::kStrict) {
    return make_trace(*kernel, setup.claims,
                      {.scenario = "test/scenario", .schedule = schedule, .mode = mode});
  }

  Setup setup;
  std::unique_ptr<Kernel> kernel;
};

void two_withdrawals(Scenario& s) {
  auto ledger = s.install<Ledger>("ledger", Nat{200});
  auto bank = s.install<Bank>("bank", ledger, Nat{200});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{60});
  s.profile(happy);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
}

const ScheduleText kLostUpdate{"start alice#1",     "start bob#1",       "start bank>ledger",
                               "start bank>ledger", "deliver alice#1/1", "deliver bob#1/1"};

TEST(MakeTrace, LostUpdateByName) {
  Checked checked(two_withdrawals);
  const Trace trace = checked.trace(kLostUpdate);
  EXPECT_TRUE(test::matches_golden("made_lost_update.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(trace.schedule(), kLostUpdate);
  EXPECT_EQ(trace.verdict, "VIOLATED");
  EXPECT_EQ(trace.property, "the books agree");
  EXPECT_EQ(trace.violated_step, 6U);

  const TraceStep& first = trace.steps[0];
  EXPECT_EQ(first.lane, "bank");
  EXPECT_EQ(first.call, "alice#1");
  EXPECT_EQ(first.method, "withdraw");
  EXPECT_EQ(first.arguments, "(60)");
  EXPECT_EQ(first.ended, "suspended");
  EXPECT_EQ(first.awaiting, "ledger.pay (alice#1/1)");
  EXPECT_EQ(first.await_place.file, "tests/traces/make_test.cc");
  EXPECT_TRUE(first.committed);
  ASSERT_EQ(first.sends.size(), 1U);
  EXPECT_EQ(first.sends[0].callee, "ledger");
  EXPECT_EQ(first.sends[0].method, "pay");
  EXPECT_EQ(first.sends[0].arguments, "(60)");
  EXPECT_EQ(first.enabled, (std::vector<std::string>{"start alice#1", "start bob#1"}));

  const TraceStep& resumed = trace.steps[4];
  EXPECT_EQ(resumed.delivered, "reply 140");
  EXPECT_EQ(resumed.segment, 1U);
  ASSERT_EQ(resumed.diffs.size(), 1U);
  EXPECT_EQ(resumed.diffs[0].variable, "balance");
  EXPECT_EQ(resumed.diffs[0].before, "200");
  EXPECT_EQ(resumed.diffs[0].after, "140");
  EXPECT_TRUE(resumed.gone);

  ASSERT_EQ(trace.calls.size(), 4U);
  EXPECT_EQ(trace.calls[0].name, "alice#1");
  EXPECT_EQ(trace.calls[0].caller, "alice");
  EXPECT_EQ(trace.calls[0].result, "reply ()");
  EXPECT_EQ(trace.calls[1].name, "alice#1/1");
  EXPECT_EQ(trace.calls[1].parent, "alice#1");
  EXPECT_EQ(trace.calls[1].caller, "bank");
  EXPECT_EQ(trace.calls[1].result, "reply 140");
}

TEST(MakeTrace, RaceHasVariableCallsAwaitAndPlaces) {
  Checked checked(two_withdrawals);
  const Trace trace = checked.trace(kLostUpdate);
  ASSERT_EQ(trace.races.size(), 1U);
  const Race& race = trace.races[0];
  EXPECT_EQ(race.pattern, "stale write");
  EXPECT_EQ(race.variable, "bank.balance");
  EXPECT_EQ(race.call, "bob#1");
  EXPECT_EQ(race.intruder, "alice#1");
  EXPECT_EQ(race.awaited, "ledger.pay");
  EXPECT_EQ(race.told_step, 2U);
  EXPECT_EQ(race.intruder_step, 5U);
  EXPECT_EQ(race.write_step, 6U);
  EXPECT_FALSE(race.declared);
  EXPECT_EQ(race.told_place.file, "tests/traces/make_test.cc");
  // The read stands four lines above the await, the write one line below.
  EXPECT_EQ(race.told_place.line + 4, trace.steps[0].await_place.line);
  EXPECT_EQ(race.write_place.line - 1, trace.steps[0].await_place.line);
}

TEST(MakeTrace, ADeclaredRaceIsNoFinding) {
  Checked checked([](Scenario& s) {
    two_withdrawals(s);
    auto other = s.install<Bank>("other", s.install<Ledger>("spare", Nat{1}), Nat{1});
    s.atomic(other, &Bank::balance);
  });
  EXPECT_FALSE(checked.trace(kLostUpdate).races.at(0).declared);
  Checked declared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat{200});
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
    s.user("bob").calls(bank, &Bank::withdraw, Nat{60});
    s.atomic(bank, &Bank::balance);
  });
  const Trace trace = declared.trace(kLostUpdate);
  EXPECT_EQ(trace.property, "atomic(bank.balance)");
  EXPECT_TRUE(trace.races.at(0).declared);
}

TEST(MakeTrace, FaultTrapRollbackAndCleanup) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat{200});
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    s.user("alice").calls(bank, &Bank::guarded, Nat{60});
    s.user("bob").calls(bank, &Bank::guarded, Nat{1});
  });
  const Trace trace = checked.trace(
      {"start alice#1", "reject bank>ledger@1", "start bob#1", "deliver alice#1/1 trap"});
  EXPECT_TRUE(test::matches_golden("made_trap.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(trace.steps[0].diffs.at(0).variable, "busy[\"all\"]");
  EXPECT_EQ(trace.steps[0].diffs.at(0).before, "(none)");
  EXPECT_TRUE(trace.steps[1].is_fault);
  EXPECT_EQ(trace.steps[1].call, "alice#1/1");
  EXPECT_EQ(trace.steps[2].ended, "trapped");
  EXPECT_EQ(trace.steps[2].trap, "busy");
  EXPECT_TRUE(trace.steps[2].rolled_back);
  EXPECT_TRUE(trace.steps[2].gone);
  EXPECT_TRUE(trace.steps[3].rolled_back);
  EXPECT_TRUE(trace.steps[3].cleanup_ran);
  EXPECT_EQ(trace.steps[3].diffs.at(0).after, "(none)");
}

/// Two withdrawals with a guarantee given up, on this schedule.
Trace without(std::string_view guarantee, const ScheduleText& schedule) {
  Checked checked([&](Scenario& s) {
    two_withdrawals(s);
    s.faults().callback_traps = 1;
    s.weaken(guarantee);
  });
  return checked.trace(schedule);
}

TEST(MakeTrace, ARequestThatIsExecutedTwice) {
  const Trace trace = without("G2", {"start alice#1", "start bank>ledger twice",
                                     "start bank>ledger again", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("made_twice.txt", to_terminal(trace, {.width = 100})));
  EXPECT_TRUE(trace.steps[1].is_fault);
  EXPECT_FALSE(trace.steps[2].is_fault);
  EXPECT_EQ(trace.steps[2].call, "alice#1/1~2");
  EXPECT_TRUE(trace.steps[2].responses.empty());
  const auto copy = std::ranges::find(trace.calls, "alice#1/1~2", &TraceCall::name);
  ASSERT_NE(copy, trace.calls.end());
  EXPECT_EQ(copy->parent, "alice#1");
  EXPECT_EQ(copy->method, "pay");
  const auto order = internal::happens_before(trace);
  EXPECT_TRUE(std::ranges::any_of(order, [](const internal::Precedence& precedence) {
    return precedence.from == 1 && precedence.to == 2 && precedence.call == "alice#1/1~2";
  }));
}

TEST(MakeTrace, AnAnswerThatIsLost) {
  const Trace trace = without(
      "G3", {"start alice#1", "start bank>ledger", "expire alice#1/1", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("made_expired.txt", to_terminal(trace, {.width = 100})));
  EXPECT_TRUE(trace.steps[2].is_fault);
  EXPECT_EQ(trace.steps[2].lane, "bank");
  ASSERT_EQ(trace.steps[2].responses.size(), 1U);
  EXPECT_EQ(trace.steps[2].responses[0].code, RejectCode::kSysUnknown);
  EXPECT_TRUE(trace.steps[2].responses[0].injected);
  EXPECT_EQ(trace.steps[3].ended, "rejected");
}

TEST(MakeTrace, ATrapThatKeepsWhatItsExecutionWrote) {
  ScheduleText schedule = kLostUpdate;
  schedule[4] = "deliver bob#1/1";
  schedule[5] = "deliver alice#1/1 trap-after 1";
  const Trace trace = without("G5", schedule);
  EXPECT_TRUE(test::matches_golden("made_kept.txt", to_terminal(trace, {.width = 100})));
  const TraceStep& last = trace.steps[5];
  EXPECT_EQ(last.ended, "trapped");
  EXPECT_TRUE(last.kept_writes);
  EXPECT_FALSE(last.rolled_back);
  EXPECT_FALSE(last.committed);
  // What it wrote it wrote over what the other had written meanwhile.
  ASSERT_FALSE(trace.races.empty());
  EXPECT_EQ(trace.races[0].pattern, "stale write");
  EXPECT_EQ(trace.races[0].write_step, 6U);
  EXPECT_TRUE(read_whole_trace(to_json(trace), "kept.json").steps[5].kept_writes);
}

TEST(MakeTrace, HelperSelfCallAndStoredResponse) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat{200});
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    s.user("alice").calls(bank, &Bank::both, Nat{60});
    s.profile(happy);
  });
  const Trace trace =
      checked.trace({"start alice#1", "start bank>ledger", "start bank>ledger", "deliver alice#1/2",
                     "deliver alice#1/1", "start bank>bank", "deliver alice#1/h"});
  EXPECT_TRUE(test::matches_golden("made_helper.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(trace.steps[3].ran, "store");
  EXPECT_EQ(trace.steps[4].awaiting, "ledger.pay (alice#1/2), complete already");
  EXPECT_EQ(trace.steps[5].ran, "helper");
  EXPECT_EQ(trace.calls.size(), 3U);
}

TEST(MakeTrace, LenientReplaySaysWhereItDiverged) {
  Checked checked(two_withdrawals);
  const Trace trace =
      checked.trace({"start alice#1", "start carol#1", "deliver alice#1/9"}, ReplayMode::kLenient);
  ASSERT_EQ(trace.divergences.size(), 2U);
  EXPECT_EQ(trace.divergences[0].substr(0, 33), "line 2: start carol#1 was not ena");
}

TEST(MakeTrace, OfAVerdictTakesWhatReplayCannotKnow) {
  Checked checked(two_withdrawals);
  CheckOptions options;
  options.threads = 1;
  const Verdict verdict = check(checked.setup.system, checked.setup.claims, options);
  ASSERT_EQ(verdict.answered, Answered::kViolated);
  const Trace trace = make_trace(*checked.kernel, checked.setup.claims,
                                 {.scenario = "test/scenario",
                                  .repro = "heddle replay test/scenario",
                                  .schedule = verdict.schedule,
                                  .verdict = &verdict});
  EXPECT_EQ(trace.property, verdict.property);
  EXPECT_EQ(trace.minimality, verdict.minimality);
  EXPECT_EQ(trace.strategy, verdict.strategy);
  EXPECT_EQ(trace.schedule(), verdict.schedule);
  EXPECT_EQ(trace.steps.size(), 6U);
  EXPECT_EQ(read_trace(to_json(trace), "t.json").schedule, verdict.schedule);
}

/// A canister of which every kind of event can happen.
class Clockwork : public Canister {
 public:
  explicit Clockwork(Ref<Ledger> to) : payee(to) {}

  Update<> wind(Nat times) {
    set_timer();
    wound += times;
    ignore(call(payee, &Ledger::pay, Nat{1}));
    co_return;
  }

  Update<Nat> wait() {
    Deferred<Nat> promise = make_deferred<Nat>();
    waiting = promise;
    const Nat got = co_await promise.future();
    co_return got;
  }

  TimerTask ring() {
    std::optional<Deferred<Nat>> who = waiting;
    if (who) {
      waiting = std::optional<Deferred<Nat>>();
      who->resolve(Nat{7});
    }
    co_return;
  }

  HeartbeatTask beat() {
    ++beats;
    co_return;
  }

  const Ref<Ledger> payee;
  Var<Nat> wound{this, "wound", 0};
  Var<Nat> beats{this, "beats", 0};
  Var<std::optional<Deferred<Nat>>> waiting{this, "waiting", std::nullopt};
  HEDDLE_CANISTER(Clockwork, wind, wait, ring, beat)
};

/// Schedules by chance; every number of `seed` gives another one, the same everywhere.
ScheduleText walk(Kernel& kernel, std::uint32_t seed, std::size_t length) {
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  ScheduleText schedule;
  std::vector<Event> enabled;
  std::uint32_t random = 2 * seed + 1;
  for (std::size_t i = 0; i < length; ++i) {
    stepper.enabled(state, enabled);
    if (enabled.empty()) {
      break;
    }
    random = random * 1664525U + 1013904223U;
    const Event event = enabled[(random >> 8U) % enabled.size()];
    schedule.push_back(kernel.to_text(event));
    state = stepper.next(state, event);
  }
  return schedule;
}

TEST(MakeTrace, EveryKindOfEventIsShownInEveryView) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install_environment<Ledger>("ledger", Nat{0});
    ledger.replies(&Ledger::pay, Nat{1}).rejects(&Ledger::pay, "closed").errors(&Ledger::pay, "!");
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    auto clock = s.install<Clockwork>("clock", ledger);
    s.user("alice").calls(bank, &Bank::both, Nat{60});
    s.user("alice").calls(bank, &Bank::guarded, Nat{60});
    s.user("bob").calls(bank, &Bank::withdraw, Nat{1});
    s.user("bob").calls(clock, &Clockwork::wind, Nat{2});
    s.user("carol").calls(clock, &Clockwork::wait);
    s.limit(bank, ledger, 1);
    s.faults().rejects = 1;
    s.faults().callback_traps = 1;
    s.faults().send_failures = 1;
    s.faults().heartbeats = 1;
    s.faults().dropped_ingress = 1;
    s.faults().resubmissions = 1;
    s.faults().environment_silence = 1;
    s.weaken("G3");
    s.weaken("G5");
    s.clock();
  });
  std::set<EventKind> kinds;
  bool trapped = false;
  bool trapped_after_a_write = false;
  bool failed_send = false;
  bool silent = false;
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const Trace trace = checked.trace(walk(*checked.kernel, seed, 60));
    for (const TraceStep& step : trace.steps) {
      kinds.insert(step.kind);
      trapped = trapped || step.event.ends_with(" trap");
      trapped_after_a_write =
          trapped_after_a_write || step.event.find(" trap-after ") != std::string::npos;
      failed_send = failed_send || step.event.find(" fail-send ") != std::string::npos;
      silent = silent || (step.event.ends_with(" silent") && step.is_fault);
    }
    EXPECT_EQ(read_trace(to_json(trace), "t.json").schedule, trace.schedule());
    EXPECT_FALSE(to_mermaid(trace).empty());
    for (const std::size_t width : {60U, 100U}) {
      std::istringstream in(to_terminal(trace, {.width = width}));
      for (std::string line; std::getline(in, line);) {
        EXPECT_LE(internal::display_width(line), width) << line;
      }
    }
  }
  EXPECT_EQ(kinds.size(), 11U) << "some kind of event never happened";
  EXPECT_TRUE(trapped);
  EXPECT_TRUE(trapped_after_a_write);
  EXPECT_TRUE(failed_send);
  EXPECT_TRUE(silent);
}

TEST(MakeTrace, AnEnvironmentCanisterThatStaysSilentIsShownAsAFaultUnlessDeclared) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install_environment<Ledger>("ledger", Nat{0});
    ledger.replies(&Ledger::pay, Nat{1}).never(&Ledger::pay);
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    s.user("bob").calls(bank, &Bank::withdraw, Nat{1});
    s.faults().environment_silence = 1;
  });
  const auto shown = [&](const char* start) {
    return to_terminal(checked.trace({"start bob#1", start}), {.width = 100});
  };
  EXPECT_NE(shown("start bank>ledger silent").find("FAULT: it never answers"), std::string::npos);
  const std::string declared = shown("start bank>ledger answer 2");
  EXPECT_NE(declared.find("it never answers"), std::string::npos);
  EXPECT_EQ(declared.find("FAULT"), std::string::npos);
}

TEST(MakeTrace, FaultsOfUsersAndTheClockFillTheirRow) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat{200});
    auto clock = s.install<Clockwork>("clock", ledger);
    s.user("bob").calls(clock, &Clockwork::wind, Nat{2});
    s.user("carol").calls(clock, &Clockwork::wait);
    s.faults().dropped_ingress = 1;
    s.faults().resubmissions = 1;
    s.faults().send_failures = 1;
    s.clock();
  });
  const Trace trace =
      checked.trace({"drop bob#1", "resubmit bob#1", "start bob#2 fail-send 1", "start carol#1",
                     "time", "timer clock", "task clock", "deliver carol#1/1"});
  EXPECT_TRUE(test::matches_golden("made_clock.txt", to_terminal(trace, {.width = 100})));
}

TEST(MakeTrace, WhatIsWatchedIsToldWhereItChanges) {
  Checked checked([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat{200});
    auto bank = s.install<Bank>("bank", ledger, Nat{200});
    s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
    s.user("bob").calls(bank, &Bank::withdraw, Nat{60});
    s.profile(happy);
    s.watch("owed",
            [=](const State& now) { return now[bank].balance.get() - now[ledger].balance.get(); });
    s.watch("always", [](const State&) { return std::string("the same"); });
  });
  const Trace trace = make_trace(
      *checked.kernel, checked.setup.claims,
      {.scenario = "test/scenario", .schedule = kLostUpdate, .watched = checked.setup.watched});
  std::vector<std::string> owed;
  for (const TraceStep& step : trace.steps) {
    for (const VariableDiff& diff : step.diffs) {
      EXPECT_NE(diff.variable, "always");
      if (diff.variable == "owed") {
        owed.push_back(diff.before + " -> " + diff.after);
      }
    }
  }
  EXPECT_EQ(owed, (std::vector<std::string>{"0 -> 60", "60 -> 120", "120 -> 60"}));
  const std::string shown = to_terminal(trace, {.width = 100});
  EXPECT_NE(shown.find("owed: 60 -> 120"), std::string::npos) << shown;
  ASSERT_GE(trace.final_variables.size(), 2U);
  EXPECT_EQ(trace.final_variables[trace.final_variables.size() - 2].after, "60");
  EXPECT_EQ(trace.final_variables.back().variable, "always");
}

}  // namespace
}  // namespace heddle
