// Models in C++ and compiled canisters in one scenario: they call each other, and whichever of them
// is compiled, the same comes of it.
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/model/view.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/traces/trace.h>

#include "suite/stories.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;
using testing::contains;

using Values = std::set<std::string>;

constexpr std::string_view kWithdraw = "examples/real/withdraw/";

Report explored(const std::function<void(Scenario&)>& describe) {
  PreparedScenario scenario = prepare("calls", "", describe);
  return check_prepared(scenario);
}

Values values(const Report& report, const std::string& set) {
  Values all;
  for (const OutcomeWitness& outcome : report.verdict.outcomes.at(set)) {
    all.insert(outcome.value);
  }
  return all;
}

/// Ledger.mo in C++.
class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Query<Nat> get() { co_return balance; }

  Update<> pay(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    co_return;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, get, pay)
};

/// Bank.mo in C++, in either dialect. It knows the ledger by its principal.
template <class Dialect>
class Bank : public Dialect {
 public:
  Bank(Principal ledger_principal, Nat initial)
      : ledger(std::move(ledger_principal)), balance(this, "balance", std::move(initial)) {}

  Query<Nat> get() { co_return balance; }

  Update<> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      throw Reject("insufficient funds");
    }
    co_await call(ledger, "pay", amount);
    balance = before - amount;
  }

  const Principal ledger;
  Var<Nat> balance;
  HEDDLE_CANISTER(Bank, get, withdraw)
};

using MotokoBank = Bank<Canister>;
using RustBank = Bank<RustCanister>;

using Balance = std::function<std::string(const State&)>;

Balance install_ledger(Scenario& s, bool compiled) {
  if (compiled) {
    const auto ledger =
        install_wasm(s, "ledger", fs::path(kWithdraw) / "Ledger.wasm", {.init = "(100)"});
    return [=](const State& end) { return ledger.query(end, "get"); };
  }
  const auto ledger = s.install<Ledger>("ledger", Nat{100});
  return [=](const State& end) { return end[ledger].balance.get().to_string(); };
}

template <class B>
Balance install_model_bank(Scenario& s) {
  const auto bank = s.install<B>("bank", Principal::named("ledger"), Nat{100});
  s.user("alice").calls(bank, &B::withdraw, Nat{60});
  s.user("bob").calls(bank, &B::withdraw, Nat{30});
  return [=](const State& end) { return end[bank].balance.get().to_string(); };
}

Balance install_compiled_bank(Scenario& s) {
  const auto bank = install_wasm(s, "bank", fs::path(kWithdraw) / "Bank.wasm",
                                 {.init = R"((service "ledger", 100))"});
  s.user("alice").calls(bank, "withdraw", bank.arguments("withdraw", "(60)"));
  s.user("bob").calls(bank, "withdraw", bank.arguments("withdraw", "(30)"));
  return [=](const State& end) { return bank.query(end, "get"); };
}

/// A kind of ledger with a kind of bank: what the books can say in the end.
Report withdrawals(bool compiled_ledger, const std::function<Balance(Scenario&)>& install_bank,
                   Profile profile) {
  return explored([&](Scenario& s) {
    const Balance ledger = install_ledger(s, compiled_ledger);
    const Balance bank = install_bank(s);
    s.profile(profile);
    s.outcomes("books", [=](const State& end) { return bank(end) + " of " + ledger(end); });
  });
}

TEST(InstallWasm, ABankAndItsLedgerComeToTheSameWhicheverIsCompiled) {
  const std::array<std::function<Balance(Scenario&)>, 3> banks = {
      &install_compiled_bank, &install_model_bank<MotokoBank>, &install_model_bank<RustBank>};
  for (const Profile profile : {happy, safety}) {
    const Report models = withdrawals(false, &install_model_bank<MotokoBank>, profile);
    for (const bool compiled_ledger : {false, true}) {
      for (std::size_t bank = 0; bank < banks.size(); ++bank) {
        const Report report = withdrawals(compiled_ledger, banks[bank], profile);
        EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
        EXPECT_EQ(report.verdict.states, models.verdict.states)
            << "ledger " << compiled_ledger << ", bank " << bank;
        EXPECT_EQ(report.verdict.transitions, models.verdict.transitions)
            << "ledger " << compiled_ledger << ", bank " << bank;
        EXPECT_EQ(values(report, "books"), values(models, "books"))
            << "ledger " << compiled_ledger << ", bank " << bank;
      }
    }
    if (profile == happy) {
      EXPECT_EQ(values(models, "books"), (Values{"10 of 10", "40 of 10", "70 of 10"}));
    }
  }
}

/// Knows the ledger by a handle of its class, as canisters in C++ know each other.
class ByClass : public Canister {
 public:
  explicit ByClass(Ref<Ledger> ledger_ref) : ledger(ledger_ref) {}

  Update<Nat> spend(Nat amount) {
    co_await call(ledger, &Ledger::pay, amount);
    const Nat left = co_await call(ledger, &Ledger::get);
    co_return left;
  }

  const Ref<Ledger> ledger;
  HEDDLE_CANISTER(ByClass, spend)
};

TEST(InstallWasm, AHandleOfAClassMayStandForACompiledCanister) {
  const Report report = explored([](Scenario& s) {
    const Ref<Ledger> ledger(
        install_wasm(s, "ledger", fs::path(kWithdraw) / "Ledger.wasm", {.init = "(100)"}));
    const auto spender = s.install<ByClass>("spender", ledger);
    const auto spent = s.user("alice").calls(spender, &ByClass::spend, Nat{30});
    s.profile(happy);
    s.one_schedule();
    s.answers(spent, Nat{70});
  });
  EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
}

/// A ledger that asks its caller, a compiled bank, what it believes to have.
class AskingLedger : public Canister {
 public:
  Update<> pay(Nat amount) {
    const Nat told = co_await call<Nat>(caller(), "get");
    believed = told;
    paid += amount;
  }

  Var<Nat> believed{this, "believed", 0};
  Var<Nat> paid{this, "paid", 0};
  HEDDLE_CANISTER(AskingLedger, pay)
};

TEST(InstallWasm, ACompiledCanisterCallsAModelThatCallsItBack) {
  const Report report = explored([](Scenario& s) {
    const auto ledger = s.install<AskingLedger>("ledger");
    const Balance bank = install_compiled_bank(s);
    s.user("carol").calls(ledger, &AskingLedger::pay, Nat{5});  // who has no method get
    s.profile(happy);
    s.outcomes("told", [=](const State& end) {
      return bank(end) + ", told " + end[ledger].believed.get().to_string() + ", paid " +
             end[ledger].paid.get().to_string();
    });
  });
  EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
  // Each order of three: who asks last, who has written by then, who writes last.
  EXPECT_EQ(values(report, "told"),
            (Values{"10, told 40, paid 90", "10, told 70, paid 90", "40, told 100, paid 90",
                    "40, told 70, paid 90", "70, told 100, paid 90", "70, told 40, paid 90"}));
}

// ---- What is sent and what comes back, with a canister that answers with its argument -----------

struct Account {
  Principal owner;
  std::optional<std::vector<std::uint8_t>> subaccount;
  HEDDLE_FIELDS(Account, owner, subaccount)
  friend bool operator==(const Account&, const Account&) = default;
};

struct Ok {
  Nat block;
  friend bool operator==(const Ok&, const Ok&) = default;
};

struct Err {
  std::string why;
  friend bool operator==(const Err&, const Err&) = default;
};

using Paid = std::variant<Ok, Err>;

/// `method` in words of its own: what a call came to.
std::string told(const Reject& reject) {
  return std::string(to_string(reject.code)) + ": " + reject.text;
}

template <class Dialect>
class Asker : public Dialect {
 public:
  explicit Asker(AnyRef other_ref) : other(other_ref) {}

  Update<std::string> values() {
    const Principal echo = this->principal_of(other);
    const Nat large = Nat{10'000'000'000} * Nat{10'000'000'000};
    const Nat nat = co_await call<Nat>(echo, "echo", large);
    const Int less = co_await call<Int>(echo, "echo", Int{-3});
    const Nat64 sized = co_await call<Nat64>(echo, "echo", Nat64{500});
    const std::string text = co_await call<std::string>(echo, "echo", std::string("über"));
    const Account account{echo, std::vector<std::uint8_t>{1, 2}};
    const Account same = co_await call<Account>(echo, "echo", account);
    const Paid paid = co_await call<Paid>(echo, "echo", Paid(Err{"poor"}));
    const std::map<Nat, bool> map{{1, true}, {2, false}};
    const auto map_back = co_await call<std::map<Nat, bool>>(echo, "echo", map);
    const AnyRef handle = co_await call<AnyRef>(echo, "echo", other);
    co_return nat == large&& less == Int{-3} && sized == Nat64{500} && text == "über" &&
            same == account&& paid == Paid(Err{"poor"}) && map_back == map&& handle == other
        ? "the same"
        : "others";
  }

  Update<std::string> several() {
    const Principal echo = this->principal_of(other);
    const auto results =
        co_await call<std::tuple<Nat, std::string>>(echo, "echo", Nat{7}, std::string("seven"));
    const Nat first = co_await call<Nat>(echo, "echo", Nat{8}, true);
    co_await call(echo, "echo");
    co_await call(echo, "nothing", Nat{9});
    co_return std::get<0>(results).to_string() + std::get<1>(results) + first.to_string();
  }

  /// Waits for `method` as for a Nat.
  Update<std::string> nat_of(std::string method) {
    const auto answer =
        co_await outcome(call<Nat>(this->principal_of(other), method, std::string("no number")));
    co_return answer ? answer->to_string() : told(answer.reject());
  }

  Update<std::string> several_at_once() {
    const Principal echo = this->principal_of(other);
    std::vector<Future<Nat>> calls;
    for (const char* const method : {"echo", "refuse", "echo", "fail", "no_such"}) {
      calls.push_back(call<Nat>(echo, method, Nat{calls.size()}));
    }
    const std::vector<Outcome<Nat>> answers = co_await all_settled(calls);
    std::string all;
    for (const Outcome<Nat>& answer : answers) {
      all += answer ? answer->to_string() : std::string(to_string(answer.reject().code));
      all += ' ';
    }
    co_return all;
  }

  Update<std::string> first_of_two() {
    const Principal echo = this->principal_of(other);
    std::vector<Future<Nat>> calls;
    calls.push_back(call<Nat>(echo, "echo", Nat{1}));
    calls.push_back(call<Nat>(echo, "echo", Nat{2}));
    const First<Nat> first = co_await any(calls);
    co_return first.value.to_string();
  }

  Update<std::string> one_way() {
    ignore(call<Nat>(this->principal_of(other), "garbage", Nat{1}));
    co_return "sent";
  }

  const AnyRef other;
  HEDDLE_CANISTER(Asker, values, several, nat_of, several_at_once, first_of_two, one_way)
};

using MotokoAsker = Asker<Canister>;
using RustAsker = Asker<RustCanister>;

class ModelsCall : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(HEDDLE_COMPILED).empty()) {
      GTEST_SKIP() << "wabt is not there, and canisters from text with it";
    }
  }

  /// What a call to the asker can be answered.
  template <class C, class Method, class... A>
  static Values answers(Method method, A... arguments) {
    const Report report = explored([&](Scenario& s) {
      const auto echo = install_wasm(s, "echo", fs::path(HEDDLE_COMPILED) / "echo.wasm");
      const auto asker = s.install<C>("asker", AnyRef(echo));
      const auto asked = s.user("alice").calls(asker, method, arguments...);
      s.profile(happy);
      s.one_schedule();
      s.without("no unexpected trap");
      s.keep_results();
      s.outcomes("answer", [=](const State& end) {
        const auto answer = end.result(asked);
        return !answer ? "none" : *answer ? **answer : told(answer->reject());
      });
    });
    EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
    return values(report, "answer");
  }
};

TEST_F(ModelsCall, ValuesOfAllKindsGoThereAndBack) {
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::values), Values{"the same"});
  EXPECT_EQ(answers<RustAsker>(&RustAsker::values), Values{"the same"});
}

TEST_F(ModelsCall, ArgumentsAndResultsMayBeSeveralOrNone) {
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::several), Values{"7seven8"});
  EXPECT_EQ(answers<RustAsker>(&RustAsker::several), Values{"7seven8"});
}

/// [M16]
TEST_F(ModelsCall, AReplyOfAnotherTypeTrapsInMotokoAndSaysWhichTypes) {
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::nat_of, std::string("echo")),
            Values{"CANISTER_ERROR: the reply of echo.echo cannot be decoded: (nat) was expected, "
                   "(text) came: argument 1: expected nat, found text (\"no number\") (at byte 7); "
                   "the sender was made for another interface"});
}

/// [D18]: CandidDecodeFailed.
TEST_F(ModelsCall, AReplyOfAnotherTypeIsARejectInRust) {
  EXPECT_EQ(
      answers<RustAsker>(&RustAsker::nat_of, std::string("echo")),
      Values{"CANDID_DECODE_FAILED: the reply of echo.echo cannot be decoded: (nat) was "
             "expected, (text) came: argument 1: expected nat, found text (\"no number\") (at "
             "byte 7); the sender was made for another interface"});
}

TEST_F(ModelsCall, AReplyThatIsNoCandidOrABombCannotBeDecoded) {
  for (const char* const method : {"garbage", "bomb", "nothing"}) {
    const Values motoko = answers<MotokoAsker>(&MotokoAsker::nat_of, std::string(method));
    ASSERT_EQ(motoko.size(), 1U);
    EXPECT_TRUE(motoko.begin()->starts_with("CANISTER_ERROR: the reply of echo." +
                                            std::string(method) + " cannot be decoded: (nat) was"))
        << *motoko.begin();
  }
}

TEST_F(ModelsCall, SeveralAnswersAreReadEachForItself) {
  const Values expected{"0 CANISTER_REJECT 2 CANISTER_ERROR CANISTER_ERROR "};
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::several_at_once), expected);
  EXPECT_EQ(answers<RustAsker>(&RustAsker::several_at_once), expected);
}

TEST_F(ModelsCall, TheFirstOfSeveralAnswersIsRead) {
  const Values expected{"1", "2"};
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::first_of_two), expected);
  EXPECT_EQ(answers<RustAsker>(&RustAsker::first_of_two), expected);
}

TEST_F(ModelsCall, NobodyReadsTheReplyOfAOneWayCall) {
  EXPECT_EQ(answers<MotokoAsker>(&MotokoAsker::one_way), Values{"sent"});
  EXPECT_EQ(answers<RustAsker>(&RustAsker::one_way), Values{"sent"});
}

class Promiser : public Canister {
 public:
  explicit Promiser(AnyRef other_ref) : other(other_ref) {}

  Update<> promise() {
    const Deferred<> ticket = make_deferred();
    co_await call(principal_of(other), "echo", ticket);
  }

  const AnyRef other;
  HEDDLE_CANISTER(Promiser, promise)
};

TEST_F(ModelsCall, AnArgumentWithoutACandidFormIsMisuse) {
  try {
    explored([](Scenario& s) {
      const auto echo = install_wasm(s, "echo", fs::path(HEDDLE_COMPILED) / "echo.wasm");
      const auto promiser = s.install<Promiser>("promiser", AnyRef(echo));
      s.user("alice").calls(promiser, &Promiser::promise);
      s.one_schedule();
    });
    FAIL() << "nobody minds";
  } catch (const Misuse& misuse) {
    EXPECT_TRUE(contains(misuse.what(), "promiser.promise")) << misuse.what();
    EXPECT_TRUE(contains(misuse.what(), "the arguments of echo cannot be sent as Candid"))
        << misuse.what();
  }
}

TEST_F(ModelsCall, TracesShowMessagesAsTheCompiledCanisterReadsThem) {
  PreparedScenario scenario = prepare("calls", "", [](Scenario& s) {
    const auto ledger =
        install_wasm(s, "ledger", fs::path(kWithdraw) / "Ledger.wasm", {.init = "(100)"});
    const auto spender = s.install<ByClass>("spender", Ref<Ledger>(ledger));
    s.user("alice").calls(spender, &ByClass::spend, Nat{30});
    s.profile(happy);
    s.one_schedule();
    s.finally("nothing is spent",
              [=](const State& end) { return ledger.query(end, "get") == "100"; });
  });
  const Report report = check_prepared(scenario);
  ASSERT_TRUE(report.trace.has_value());
  std::string calls;
  for (const TraceCall& call : report.trace->calls) {
    calls += call.canister + "." + call.method + call.arguments + " " + call.result + "; ";
  }
  EXPECT_EQ(calls,
            "spender.spend(30) reply 70; ledger.pay(30) reply (); ledger.get() reply (70 : nat); ");
}

}  // namespace
}  // namespace heddle
