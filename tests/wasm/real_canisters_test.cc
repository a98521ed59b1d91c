// Compiled canisters, explored: what is known of them from independent models.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/model/language.h>

#include "wasm/real_setting.h"

namespace heddle::wasm {
namespace {

using Values = std::set<std::string>;

/// Of k concurrent calls that read, await and write; from an independent model in which requests
/// overtake each other, for these amounts.
struct Withdrawals {
  std::size_t calls;
  std::uint64_t states;
  std::uint64_t transitions;
  std::size_t final_states;
};

constexpr std::array<int, 6> kAmounts{10, 40, 70, 100, 130, 190};

void expect_counts(const std::string& module, const Withdrawals& expected, bool overtaking) {
  RealSetting s;
  const AnyRef kv = s.install("kv", "examples/real/kv/" + module);
  s.system.weakened.overtaking = overtaking;
  for (std::size_t i = 0; i < expected.calls; ++i) {
    s.call(fmt::format("user{}", i), kv, "withdraw", fmt::format("({})", kAmounts[i]));
  }
  const Verdict verdict = s.explore([&](const State& end) { return s.ask(end, kv, "account"); });
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  EXPECT_EQ(verdict.states, expected.states) << module;
  EXPECT_EQ(verdict.transitions, expected.transitions) << module;
  EXPECT_EQ(verdict.quiescent, expected.final_states) << module;
  EXPECT_EQ(RealSetting::values(verdict).size(), expected.final_states) << module;
}

TEST(RealCanisters, ThreeWithdrawalsHaveTheAbstractModelsStates) {
  for (const char* const module : {"Kv.wasm", "Kv-classic.wasm", "Kv-classic-copying.wasm"}) {
    expect_counts(module, {3, 178, 300, 7}, true);
  }
}

TEST(RealCanisters, FiveWithdrawalsHaveTheAbstractModelsStates) {
  expect_counts("Kv.wasm", {5, 28'819, 75'191, 25}, true);
}

TEST(RealCanisters, SixWithdrawalsHaveTheAbstractModelsStates) {
  if (std::getenv("HEDDLE_FULL") == nullptr) {
    GTEST_SKIP() << "half a million states: set HEDDLE_FULL=1";
  }
  for (const char* const module : {"Kv.wasm", "Kv-classic.wasm"}) {
    expect_counts(module, {6, 508'498, 1'576'334, 44}, true);
  }
}

/// Requests of one sender to one receiver arrive in order [P3], also those of a canister to itself.
TEST(RealCanisters, UnderTheRealRulesRequestsDoNotOvertake) {
  expect_counts("Kv.wasm", {3, 186, 288, 7}, false);
}

TEST(RealCanisters, ThreadsFindTheSameStatesAndRunNoPieceTwice) {
  const auto explored = [](unsigned threads) {
    RealSetting s;
    const AnyRef kv = s.install("kv", "examples/real/kv/Kv.wasm");
    for (std::size_t i = 0; i < 4; ++i) {
      s.call(fmt::format("user{}", i), kv, "withdraw", fmt::format("({})", kAmounts[i]));
    }
    CheckOptions options;
    options.threads = threads;
    const Verdict verdict = s.explore({}, options);
    return std::tuple(verdict.states, verdict.transitions, verdict.pieces_run);
  };
  const auto one = explored(1);
  EXPECT_EQ(explored(2), one);
  EXPECT_EQ(explored(4), one);
}

/// Bytes tell states apart that mean the same, never the other way about.
TEST(RealCanisters, ComparedByBytesThereAreMoreStatesAndTheSameOutcomes) {
  const auto explored = [](bool bytes) {
    RealSetting s;
    const AnyRef kv = s.install("kv", "examples/real/kv/Kv.wasm", {.compare_bytes = bytes});
    for (std::size_t i = 0; i < 3; ++i) {
      s.call(fmt::format("user{}", i), kv, "withdraw", fmt::format("({})", kAmounts[i]));
    }
    const Verdict verdict = s.explore([&](const State& end) { return s.ask(end, kv, "account"); });
    return std::pair(verdict.states, RealSetting::values(verdict));
  };
  const auto graphs = explored(false);
  const auto bytes = explored(true);
  EXPECT_GT(bytes.first, graphs.first);
  EXPECT_EQ(bytes.second, graphs.second);
}

/// What the key of an image leaves out must not matter: whichever of the images of one key stands
/// for it, the code does the same.
TEST(RealCanisters, ImagesWithEqualKeysBehaveEqually) {
  for (const char* const module : {"Kv.wasm", "Kv-classic.wasm", "Kv-classic-copying.wasm"}) {
    RealSetting s;
    const AnyRef kv =
        s.install("kv", std::string("examples/real/kv/") + module, {.swap_twins = true});
    s.call("alice", kv, "withdraw", "(10)");
    s.call("bob", kv, "withdraw", "(40)");
    s.call("carol", kv, "put", "(1, 5)");
    s.call("carol", kv, "put", "(2, 6)");
    s.call("dave", kv, "delete", "(1)");
    s.call("erin", kv, "push", "(3)");
    s.call("erin", kv, "pop", "()");
    EXPECT_GT(s.walk_at_random(200, 1), 1000U) << module;
    EXPECT_GT(s.program(kv).statistics().twins, 20U) << module;
  }
}

TEST(RealCanisters, ReducedSearchesFindTheSameOutcomes) {
  const auto explored = [](const CheckOptions& options) {
    RealSetting s;
    const AnyRef kv = s.install("kv", "examples/real/kv/Kv.wasm");
    for (std::size_t i = 0; i < 3; ++i) {
      s.call(fmt::format("user{}", i), kv, "withdraw", fmt::format("({})", kAmounts[i]));
    }
    s.call("dave", kv, "put", "(1, 5)");
    return s.explore([&](const State& end) { return s.ask(end, kv, "account"); }, options);
  };
  const Verdict whole = explored({});
  CheckOptions partial_order;
  partial_order.reduction.partial_order = true;
  CheckOptions symmetry;
  symmetry.reduction.symmetry = true;
  CheckOptions dpor;
  dpor.strategy = Strategy::kDpor;
  for (const CheckOptions& options : {partial_order, symmetry, dpor}) {
    const Verdict reduced = explored(options);
    EXPECT_EQ(reduced.answered, Answered::kVerified) << reduced.why;
    EXPECT_EQ(RealSetting::values(reduced), RealSetting::values(whole));
  }
  const Verdict not_reduced = explored(symmetry);
  EXPECT_EQ(not_reduced.states, whole.states);
  EXPECT_TRUE(std::ranges::any_of(not_reduced.notes, [](const std::string& note) {
    return note.find("kv is compiled") != std::string::npos;
  }));
}

TEST(RealCanisters, TheCounterEndsAtOneOrTwo) {
  for (const char* const module : {"Counter.wasm", "Counter-classic.wasm"}) {
    RealSetting s;
    const AnyRef counter = s.install("counter", std::string("examples/real/counter/") + module);
    s.call("alice", counter, "set1", "()");
    s.call("bob", counter, "set2", "()");
    const Verdict verdict = s.explore([&](const State& end) { return s.ask(end, counter, "get"); });
    EXPECT_EQ(RealSetting::values(verdict), (Values{"(1)", "(2)"})) << module;
  }
}

TEST(RealCanisters, FiveHundredParallelCallsFindASlot) {
  for (const std::string form : {".wasm", "-classic.wasm"}) {
    RealSetting s;
    const AnyRef callee = s.install("callee", "examples/real/parallel_calls/Callee" + form);
    const AnyRef caller = s.install("caller", "examples/real/parallel_calls/Caller" + form);
    const std::string setup = fmt::format("(principal \"{}\")", s.principal(callee).text());
    s.call("alice", caller, "setup_callee", setup, ScriptOrder::kThen);
    s.call("alice", caller, "sequential_calls", "(100)");
    s.call("alice", caller, "parallel_calls", "(100)");
    s.call("alice", caller, "sequential_calls", "(2000)");
    s.call("alice", caller, "parallel_calls", "(2000)");
    EXPECT_EQ(s.run_in_order(),
              (std::vector<std::string>{"()", "(100)", "(100)", "(2000)", "(500)"}))
        << form;
  }
}

/// Where the money is, as a model.
class ModelLedger : public Canister {
 public:
  Update<> pay(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    co_return;
  }

  Update<Nat> wrong(std::string text) { co_return Nat(text.size()); }

  Var<Nat> balance{this, "balance", 100};
  HEDDLE_CANISTER(ModelLedger, pay, wrong)
};

/// What a call that is refused leaves on the Rust canister's stack, below its data, is no state.
TEST(RealCanisters, GarbageOnTheStackIsNoState) {
  RealSetting s;
  const Ref<ModelLedger> ledger = s.install_model<ModelLedger>("ledger");
  const AnyRef bank =
      s.install("bank", "examples/real/rust_bank/Bank.wasm",
                {.init = fmt::format("(principal \"{}\", 100 : nat)", s.principal(ledger).text())});
  EXPECT_NE(s.program(bank).note().find("bytes"), std::string::npos);
  s.call("alice", bank, "withdraw", "(200 : nat)");
  s.call("bob", bank, "withdraw", "(300 : nat)");
  EXPECT_EQ(s.explore().states, 4U);
  EXPECT_EQ(s.program(bank).statistics().images, 1U);
}

TEST(RealCanisters, AModelAnswersACompiledCanister) {
  const auto outcomes = [](const std::string& bank_file) {
    RealSetting s;
    const Ref<ModelLedger> ledger = s.install_model<ModelLedger>("ledger");
    const AnyRef bank =
        s.install("bank", "examples/real/withdraw/" + bank_file,
                  {.init = fmt::format("(service \"{}\", 100 : nat)", s.principal(ledger).text())});
    s.call("alice", bank, "withdraw", "(60)");
    s.call("bob", bank, "withdraw", "(30)");
    const Verdict verdict = s.explore([&](const State& end) {
      return fmt::format("{} {}", s.ask(end, bank, "get"), end[ledger].balance.get());
    });
    return RealSetting::values(verdict);
  };
  EXPECT_EQ(outcomes("Bank.wasm"), (Values{"(10) 10", "(40) 10", "(70) 10"}));
  EXPECT_EQ(outcomes("DeductingBank.wasm"), (Values{"(10) 10"}));
}

/// What the bank and the ledger have after one withdrawal of 30, with guarantees given up.
Values after_a_withdrawal(const Weakened& weakened) {
  RealSetting s;
  const Ref<ModelLedger> ledger = s.install_model<ModelLedger>("ledger");
  const AnyRef bank =
      s.install("bank", "examples/real/withdraw/DeductingBank.wasm",
                {.init = fmt::format("(service \"{}\", 100 : nat)", s.principal(ledger).text())});
  s.system.weakened = weakened;
  s.call("alice", bank, "withdraw", "(30)");
  return RealSetting::values(s.explore([&](const State& end) {
    return fmt::format("{} {}", s.ask(end, bank, "get"), end[ledger].balance.get());
  }));
}

TEST(RealCanisters, GuaranteesAreGivenUpAsWithModels) {
  EXPECT_EQ(after_a_withdrawal({}), (Values{"(70) 70"}));
  Weakened twice;
  twice.repeated_requests = 1;
  EXPECT_EQ(after_a_withdrawal(twice), (Values{"(70) 70", "(70) 40"}));
  Weakened expiring;
  expiring.expired_answers = 1;
  EXPECT_EQ(after_a_withdrawal(expiring), (Values{"(70) 70", "(100) 70"}));
}

TEST(RealCanisters, ACompiledCanisterExecutesARequestTwice) {
  const auto states = [](int repeated) {
    RealSetting s;
    const AnyRef callee = s.install("callee", "examples/real/parallel_calls/Callee.wasm");
    const AnyRef caller = s.install("caller", "examples/real/parallel_calls/Caller.wasm");
    const std::string setup = fmt::format("(principal \"{}\")", s.principal(callee).text());
    s.system.weakened.repeated_requests = repeated;
    s.call("alice", caller, "setup_callee", setup, ScriptOrder::kThen);
    s.call("alice", caller, "parallel_calls", "(2)");
    const Verdict verdict = s.explore();
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    return verdict.states;
  };
  EXPECT_GT(states(1), states(0));
}

TEST(RealCanisters, WhatATrapLeavesInCompiledCodeCannotBeKept) {
  RealSetting s;
  s.install("kv", "examples/real/kv/Kv.wasm");
  s.system.weakened.traps_keep_writes = true;
  try {
    s.explore();
    ADD_FAILURE() << "not refused";
  } catch (const Misuse& misuse) {
    EXPECT_NE(std::string(misuse.what()).find("G5 cannot be given up with canister kv"),
              std::string::npos)
        << misuse.what();
  }
}

TEST(RealCanisters, ACompiledCanisterIsStoppedAndStartedAndItsCodeStays) {
  RealSetting s;
  const Ref<ModelLedger> ledger = s.install_model<ModelLedger>("ledger");
  const AnyRef bank =
      s.install("bank", "examples/real/withdraw/DeductingBank.wasm",
                {.init = fmt::format("(service \"{}\", 100 : nat)", s.principal(ledger).text())});
  s.call("alice", bank, "withdraw", "(30)");
  WasmProgram& program = s.program(bank);
  program.grant_management();
  const auto asks = [&](Management action) {
    return UserCall{bank.id(), program.info().management(action), to_bytes(std::tuple<>())};
  };
  s.system.users.push_back(
      {"ops", ScriptOrder::kThen, {asks(Management::kStop), asks(Management::kStart)}});
  const Verdict verdict = s.explore([&](const State& end) {
    return fmt::format("{} {} {}", s.ask(end, bank, "get"), end[ledger].balance.get(),
                       end.status(bank) == CanisterStatus::kRunning ? "runs" : "does not run");
  });
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  // Withdrawn before, between or after; or refused.
  EXPECT_EQ(RealSetting::values(verdict), (Values{"(70) 70 runs", "(100) 100 runs"}));

  s.system.users.back().calls = {asks(Management::kUpgrade)};
  try {
    s.explore();
    ADD_FAILURE() << "not refused";
  } catch (const Misuse& misuse) {
    EXPECT_NE(std::string(misuse.what()).find("bank cannot be told to upgrade"), std::string::npos)
        << misuse.what();
  }
}

}  // namespace
}  // namespace heddle::wasm
