// The stories of examples/real: what can come of them is what can come of their models in
// examples/, whose scenarios say it as well.
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "wasm/real_setting.h"

namespace heddle::wasm {
namespace {

using Values = std::set<std::string>;

std::string service(const RealSetting& s, const AnyRef& canister) {
  return fmt::format("service \"{}\"", s.principal(canister).text());
}

/// A ledger with 100, and a bank that believes in 100.
struct Money {
  explicit Money(const std::string& bank_path) {
    ledger = s.install("ledger", "examples/real/withdraw/Ledger.wasm", {.init = "(100)"});
    const std::string id = s.principal(ledger).text();
    const bool is_motoko = !bank_path.starts_with("rust") && !bank_path.starts_with("cpp");
    bank = s.install(
        "bank", "examples/real/" + bank_path,
        {.init = fmt::format("({} \"{}\", 100 : nat)", is_motoko ? "service" : "principal", id)});
  }

  /// What bank and ledger have in the end.
  [[nodiscard]] std::string books(const State& end) const {
    return fmt::format("{} of {}", s.ask(end, bank, "get"), s.ask(end, ledger, "get"));
  }

  /// Of two withdrawals, 60 and 30.
  Values outcomes(const std::string& method) {
    s.call("alice", bank, method, "(60)");
    s.call("bob", bank, method, "(30)");
    const Verdict verdict = s.explore([&](const State& end) { return books(end); });
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    return RealSetting::values(verdict);
  }

  RealSetting s;
  AnyRef ledger;
  AnyRef bank;
};

TEST(RealStories, AWithdrawalIsLostInEveryLanguage) {
  const Values lost = {"(10) of (10)", "(40) of (10)", "(70) of (10)"};
  EXPECT_EQ(Money("withdraw/Bank.wasm").outcomes("withdraw"), lost);
  EXPECT_EQ(Money("rust_bank/Bank.wasm").outcomes("withdraw"), lost);
  EXPECT_EQ(Money("cpp_bank/Bank.wasm").outcomes("withdraw"), lost);
}

TEST(RealStories, NoWithdrawalIsLostByADeductingBankInAnyLanguage) {
  const Values agree = {"(10) of (10)"};
  EXPECT_EQ(Money("withdraw/DeductingBank.wasm").outcomes("withdraw"), agree);
  EXPECT_EQ(Money("rust_bank/Bank.wasm").outcomes("withdraw_deducting"), agree);
  EXPECT_EQ(Money("cpp_bank/Bank.wasm").outcomes("withdraw_deducting"), agree);
}

TEST(RealStories, AGuardLetsOneWithdrawalPassAtATime) {
  const Values agree = {"(10) of (10)", "(40) of (40)", "(70) of (70)"};
  EXPECT_EQ(Money("withdraw/GuardedBank.wasm").outcomes("withdraw"), agree);
  EXPECT_EQ(Money("withdraw/LeakyBank.wasm").outcomes("withdraw"), agree);
}

TEST(RealStories, ATrapAfterTheAwaitLeavesAGuardHeldUnlessAFinallyReleasesIt) {
  const auto guards = [](const std::string& path) {
    Money money(path);
    money.s.system.faults = faults_of(Profile::kSafety);
    money.s.call("alice", money.bank, "withdraw", "(60)");
    money.s.call("bob", money.bank, "withdraw", "(30)");
    return RealSetting::values(
        money.s.explore([&](const State& end) { return money.s.ask(end, money.bank, "is_busy"); }));
  };
  EXPECT_EQ(guards("withdraw/LeakyBank.wasm"), (Values{"(false)", "(true)"}));
  EXPECT_EQ(guards("withdraw/GuardedBank.wasm"), Values{"(false)"});
}

/// No fault is injected: it is the vault's own trap, in one of the schedules.
TEST(RealStories, AChargeDuringARefundTrapsTheRefund) {
  const auto outcomes = [](const std::string& path) {
    Money money("trap_after_await/" + path);
    RealSetting& s = money.s;
    s.call("alice", money.bank, "refund", "(80)");
    s.call("bob", money.bank, "charge", "(30)");
    const Verdict verdict = s.explore([&](const State& end) {
      return fmt::format("{} + {} of {}, busy {}", s.ask(end, money.bank, "account"),
                         s.ask(end, money.bank, "charges"), s.ask(end, money.ledger, "get"),
                         s.ask(end, money.bank, "is_busy"));
    });
    return RealSetting::values(verdict);
  };
  const std::string charge_first = "(70) + (30) of (100), busy (false)";
  const std::string refund_first = "(20) + (0) of (20), busy (false)";
  EXPECT_EQ(outcomes("Vault.wasm"),
            (Values{charge_first, refund_first, "(70) + (30) of (20), busy (true)"}));
  EXPECT_EQ(outcomes("FinallyVault.wasm"),
            (Values{charge_first, refund_first, "(70) + (30) of (20), busy (false)"}));
  EXPECT_EQ(outcomes("FixedVault.wasm"), (Values{charge_first, refund_first}));
}

TEST(RealStories, AnAwaitLetsALaterCallOvertake) {
  const auto outcomes = [](const std::string& path) {
    RealSetting s;
    const AnyRef journal = s.install("journal", "examples/real/counter/Journal.wasm");
    const AnyRef counter = s.install("counter", "examples/real/counter/" + path,
                                     {.init = fmt::format("({})", service(s, journal))});
    s.call("users", counter, "set1", "()", ScriptOrder::kInOrder);
    s.call("users", counter, "set2", "()", ScriptOrder::kInOrder);
    return RealSetting::values(
        s.explore([&](const State& end) { return s.ask(end, counter, "get"); }));
  };
  EXPECT_EQ(outcomes("AwaitingCounter.wasm"), (Values{"(1)", "(2)"}));
  EXPECT_EQ(outcomes("WriteFirstCounter.wasm"), Values{"(2)"});
}

TEST(RealStories, TheCounterWithItsArrayEndsAtOneOrTwo) {
  RealSetting s;
  const AnyRef counter = s.install("counter", "examples/real/counter/CounterArray.wasm");
  s.call("alice", counter, "set1", "()");
  s.call("bob", counter, "set2", "()");
  EXPECT_EQ(
      RealSetting::values(s.explore([&](const State& end) { return s.ask(end, counter, "get"); })),
      (Values{"(1)", "(2)"}));
}

TEST(RealStories, AwaitsInAnArrayAreMadeOneByOne) {
  const auto in_flight_most = [](const std::string& method) {
    RealSetting s;
    std::vector<AnyRef> services;
    for (int i = 1; i <= 3; ++i) {
      services.push_back(s.install(fmt::format("c{}", i),
                                   "examples/real/awaits_in_array/Service.wasm",
                                   {.init = fmt::format("({}, false)", i)}));
    }
    const AnyRef gatherer =
        s.install("gatherer", "examples/real/awaits_in_array/Gatherer.wasm",
                  {.init = fmt::format("({}, {}, {})", service(s, services[0]),
                                       service(s, services[1]), service(s, services[2]))});
    s.call("client", gatherer, method, "()");
    EXPECT_EQ(s.run_in_order(), std::vector<std::string>{"(vec { 1; 2; 3 })"}) << method;
    return s.explore().states;
  };
  const auto one_by_one = in_flight_most("awaits_in_array");
  // One after the other there is nothing to interleave, and at once there is.
  EXPECT_LT(one_by_one, 20U);
  for (const char* const method : {"calls_first", "calls_first_now", "growing_buffer"}) {
    EXPECT_GT(in_flight_most(method), one_by_one) << method;
  }
}

TEST(RealStories, ACalleeIsFoundByItsName) {
  RealSetting s;
  const AnyRef callee = s.install("callee", "examples/real/parallel_calls/Callee.wasm");
  const AnyRef caller =
      s.install("caller", "examples/real/parallel_calls/CallerByName.wasm",
                {.environment = {{"PUBLIC_CANISTER_ID:callee", s.principal(callee).text()}}});
  s.call("alice", caller, "sequential_calls", "(5)", ScriptOrder::kThen);
  s.call("alice", caller, "parallel_calls", "(5)");
  EXPECT_EQ(s.run_in_order(), (std::vector<std::string>{"(5)", "(5)"}));
}

/// Motoko's timers have numbers, and retries may be made again and again while the slots are taken:
/// there is no end of states, so some are looked at.
TEST(RealStories, RetriesFromATimerSucceedInTheEnd) {
  RealSetting s;
  s.system.clock = true;
  const AnyRef callee = s.install("callee", "examples/real/parallel_calls/Callee.wasm");
  const AnyRef caller = s.install("caller", "examples/real/parallel_calls/RetryingCaller.wasm",
                                  {.init = fmt::format("({})", service(s, callee))});
  s.system.limits[{caller.id(), callee.id()}] = 2;
  s.call("alice", caller, "parallel_calls", "(3)");
  CheckOptions options;
  options.states_max = 2'000;
  EXPECT_EQ(RealSetting::values(s.explore(
                [&](const State& end) { return s.ask(end, caller, "successful"); }, options)),
            Values{"(3)"});
}

TEST(RealStories, TheSleeperIsWoken) {
  RealSetting s;
  s.system.clock = true;
  const AnyRef alarm = s.install("alarm", "examples/real/timer/Alarm.wasm");
  const AnyRef sleeper = s.install("sleeper", "examples/real/timer/Sleeper.wasm",
                                   {.init = fmt::format("({})", service(s, alarm))});
  s.call("alice", sleeper, "sleep", "()");
  EXPECT_EQ(RealSetting::values(
                s.explore([&](const State& end) { return s.ask(end, sleeper, "woken_with"); })),
            Values{"(123)"});
}

TEST(RealStories, BothTicketsAreAnswered) {
  RealSetting s;
  s.system.clock = true;
  const AnyRef alarm = s.install("alarm", "examples/real/timer/PolledAlarm.wasm");
  s.call("alice", alarm, "start", "()");
  s.call("bob", alarm, "start", "()");
  EXPECT_EQ(RealSetting::values(s.explore([&](const State& end) {
              return s.ask(end, alarm, "poll", "(1 : nat)") +
                     s.ask(end, alarm, "poll", "(2 : nat)");
            })),
            Values{"(opt 123)(opt 123)"});
}

}  // namespace
}  // namespace heddle::wasm
