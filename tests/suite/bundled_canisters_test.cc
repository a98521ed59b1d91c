// What scenario files have beside compiled canisters: the bundled ledger, the management canister,
// and other environment canisters.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/canisters/icrc1_ledger.h>
#include <heddle/heddle.h>
#include <heddle/model/epoch.h>
#include <heddle/model/view.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/install_environment.h>
#include <heddle/suite/install_model.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/terminal.h>
#include <heddle/traces/trace.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/model_values.h>

#include "suite/scenario_texts.h"

namespace heddle {
namespace {

using testing::checked;
using testing::mistake;
using testing::outcomes;

constexpr const char* kFile = "examples/real/raffle/test.toml";

/// A ledger in which alice calls one after the other, and each of her calls is answered as said.
struct Exchange {
  std::string call;
  std::string reply;
};

void expect_answers(const std::vector<Exchange>& exchanges, const std::string& more = {}) {
  std::string calls;
  std::string answers;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    calls += "'ledger." + exchanges[i].call + "', ";
    answers += "[[answers]]\ncall = \"alice#" + std::to_string(i + 1) +
               "\"\nholds = 'reply == " + exchanges[i].reply + "'\n";
  }
  const Report report = checked(
      kFile,
      "profile = \"happy\"\none_schedule = true\n" + more +
          "[canister.ledger]\nmodel = \"icrc1_ledger\"\nfee = 1\nminting_account = \"mint\"\n"
          "balances = { alice = 100 }\n[user.mint]\ncalls = ['ledger.icrc1_fee()']\n"
          "[user.alice]\norder = \"then\"\ncalls = [" +
          calls + "]\n" + answers);
  EXPECT_EQ(report.verdict.answered, Answered::kVerified)
      << report.verdict.property << ": " << report.verdict.why;
}

std::string transfer(const std::string& to, int amount, const std::string& more = {}) {
  return "icrc1_transfer(record { to = record { owner = principal \"" + to +
         "\" }; amount = " + std::to_string(amount) + more + " })";
}

TEST(Icrc1Ledger, HasTheInterfaceThatItSays) {
  const candid::Interface interface = candid::parse_did(Icrc1Ledger::candid());
  std::size_t methods = 0;
  for (const internal::MethodEntry& entry : Icrc1Ledger::heddle_methods().entries) {
    const auto type = interface.method(entry.name);
    ASSERT_TRUE(type.has_value()) << entry.name;
    EXPECT_EQ(candid::candid_types(entry.arguments_type()), candid::types_of(type->arguments()))
        << entry.name;
    EXPECT_EQ(candid::candid_types(entry.reply_type()), candid::types_of(type->results()))
        << entry.name;
    EXPECT_EQ(entry.kind == MethodKind::kQuery, type->annotations().query) << entry.name;
    ++methods;
  }
  EXPECT_EQ(methods, interface.method_names().size());
}

TEST(Icrc1Ledger, TransfersTakeTheFeeFromTheSender) {
  expect_answers(
      {
          {transfer("bob", 60), "variant { Ok = 0 }"},
          {"icrc1_balance_of(record { owner = principal \"alice\" })", "39"},
          {"icrc1_balance_of(record { owner = principal \"bob\" })", "60"},
          {"icrc1_total_supply()", "99"},
          {transfer("bob", 39),
           "variant { Err = variant { InsufficientFunds = record { balance = 39 } } }"},
          {transfer("bob", 1, "; fee = opt 2"),
           "variant { Err = variant { BadFee = record { expected_fee = 1 } } }"},
          {transfer("bob", 38, "; fee = opt 1"), "variant { Ok = 1 }"},
      },
      "[user.bob]\ncalls = ['ledger.icrc1_name()']\n");
}

TEST(Icrc1Ledger, KnowsATransactionWithATimeAgain) {
  // The model's epoch, in nanoseconds.
  const std::string now = "; created_at_time = opt 1_700_000_000_000_000_000";
  expect_answers({
      {transfer("mint", 10, now), "variant { Ok = 0 }"},
      {transfer("mint", 10, now),
       "variant { Err = variant { Duplicate = record { duplicate_of = 0 } } }"},
      {transfer("mint", 10, now + "; memo = opt blob \"a\""), "variant { Ok = 1 }"},
      {transfer("mint", 10, "; created_at_time = opt 1"), "variant { Err = variant { TooOld } }"},
      {transfer("mint", 10, "; created_at_time = opt 1_800_000_000_000_000_000"),
       "variant { Err = variant { CreatedInFuture = record { ledger_time = "
       "1_700_000_000_000_000_000 } } }"},
      {transfer("mint", 0),
       "variant { Err = variant { BadBurn = record { min_burn_amount = 1 } } }"},
      {"icrc1_total_supply()", "80"},
  });
}

/// Transfers one token at each of these times, from timer to timer.
class Sender : public Canister {
 public:
  /// In seconds since the beginning.
  struct Transfer {
    std::uint64_t at = 0;
    std::uint64_t created_at = 0;
  };

  Sender(Ref<Icrc1Ledger> asked, std::vector<Transfer> sent)
      : ledger(asked), transfers(std::move(sent)) {}

  Update<> begin() {
    set_timer(transfers.front().at);
    co_return;
  }

  TimerTask send() {
    const std::size_t number = answers.get().size();
    icrc1::TransferArgs one;
    one.to = Principal::named("bob");
    one.amount = 1;
    one.created_at_time = kEpochNs + transfers[number].created_at * kNanoseconds;
    const icrc1::TransferResult result = co_await call(ledger, &Icrc1Ledger::icrc1_transfer, one);
    answers.update([&](std::vector<std::string>& told) { told.push_back(text(result)); });
    if (number + 1 < transfers.size()) {
      set_timer(transfers[number + 1].at - transfers[number].at);
    }
  }

  static std::string text(const icrc1::TransferResult& result) {
    if (const auto* ok = std::get_if<icrc1::Ok>(&result)) {
      return "Ok " + ok->index.to_string();
    }
    const icrc1::TransferError& error = std::get<icrc1::transfer::Err>(result).error;
    if (const auto* future = std::get_if<icrc1::CreatedInFuture>(&error)) {
      const std::uint64_t seconds = (future->ledger_time - kEpochNs) / kNanoseconds;
      return "CreatedInFuture " + std::to_string(seconds);
    }
    if (const auto* duplicate = std::get_if<icrc1::Duplicate>(&error)) {
      return "Duplicate " + duplicate->duplicate_of.to_string();
    }
    return std::holds_alternative<icrc1::TooOld>(error) ? "TooOld" : "another error";
  }

  static constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const Ref<Icrc1Ledger> ledger;
  const std::vector<Transfer> transfers;
  Var<std::vector<std::string>> answers{this, "answers", {}};
  HEDDLE_CANISTER(Sender, begin, send)
};

TEST(Icrc1Ledger, TimeThatPassesMakesTransactionsOldAndThoseOfTheFutureDue) {
  constexpr std::uint64_t kWindow = 24 * 3600 + 120;
  PreparedScenario scenario = prepare("clock", "", [](Scenario& s) {
    const auto ledger = s.install<Icrc1Ledger>(
        "ledger", icrc1::Options{.balances = {{Principal::named("sender"), 100},
                                              {Principal::named("alice"), 10}}});
    const std::vector<Sender::Transfer> transfers{
        {1, 1},  {2, 2},           {50, 171},        {51, 171},
        {52, 1}, {kWindow + 1, 1}, {kWindow + 2, 1}, {kWindow + 2 + 1, 2 + 1 + 1}};
    const auto sender = s.install<Sender>("sender", ledger, transfers);
    icrc1::ApproveArgs approval;
    approval.spender = Principal::named("bob");
    approval.amount = 5;
    approval.expires_at = kEpochNs + 100 * Sender::kNanoseconds;
    s.user("alice").then().calls(ledger, &Icrc1Ledger::icrc2_approve, approval);
    s.user("alice").calls(sender, &Sender::begin);
    s.profile(happy);
    s.clock();
    s.one_schedule();
    const auto allowance = [=](const State& now) {
      return now
          .query(ledger, &Icrc1Ledger::icrc2_allowance,
                 icrc1::AllowanceArgs{Principal::named("alice"), Principal::named("bob")})
          .allowance;
    };
    s.sometimes("bob is allowed to spend", [=](const State& now) { return allowance(now) == 5; });
    s.finally("his allowance is over", [=](const State& end) { return allowance(end) == 0; });
    s.outcomes("answers", [=](const State& end) {
      return fmt::format("{}", fmt::join(end[sender].answers.get(), ", "));
    });
  });
  const Report report = check_prepared(scenario);
  EXPECT_EQ(report.verdict.answered, Answered::kVerified)
      << report.verdict.property << ": " << report.verdict.why;
  // The approval was transaction 0. A transaction may be created two minutes ahead, is known again
  // for a day and two minutes, and is too old afterwards.
  EXPECT_EQ(outcomes(report, "answers"),
            "Ok 1, Ok 2, CreatedInFuture 50, Ok 3, Duplicate 1, Duplicate 1, TooOld, Ok 4 ");
}

TEST(Icrc1Ledger, AnAllowanceIsSpentByItsSpenderOnly) {
  const Report report = checked(kFile, R"toml(profile = "happy"
[canister.ledger]
model = "icrc1_ledger"
fee = 1
balances = { alice = 100 }
[user.alice]
calls = ['ledger.icrc2_approve(record { spender = record { owner = principal "bob" }; amount = 50 })']
[user.bob]
calls = ['ledger.icrc2_transfer_from(record { from = record { owner = principal "alice" }; to = record { owner = principal "bob" }; amount = 40 })']
[[outcomes]]
name = "books"
of = '(ledger.icrc1_balance_of(record { owner = principal "alice" }), ledger.icrc1_balance_of(record { owner = principal "bob" }), ledger.icrc2_allowance(record { account = record { owner = principal "alice" }; spender = record { owner = principal "bob" } }).allowance)'
)toml");
  EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
  EXPECT_EQ(outcomes(report, "books"), "(58, 40, 9) (99, 0, 50) ");
}

constexpr const char* kRaffle = R"toml(profile = "happy"
[canister.raffle]
wasm = "FixedRaffle.wasm"
[user.alice]
calls = ["raffle.join()", "raffle.draw()"]
order = "then"
[user.bob]
calls = ["raffle.join()"]
[[outcomes]]
name = "winner"
of = "raffle.winner()"
)toml";

TEST(Environment, EveryStatedValueIsExplored) {
  const std::string raffle = kRaffle;
  EXPECT_EQ(
      outcomes(checked(kFile, raffle + "[management]\nraw_rand = ['blob \"\\00\"']\n"), "winner"),
      "opt 1 ");
  EXPECT_EQ(
      outcomes(
          checked(kFile, raffle + "[management]\nraw_rand = ['blob \"\\00\"', 'blob \"\\01\"']\n"),
          "winner"),
      "opt 1 opt 2 ");
  EXPECT_EQ(outcomes(checked(kFile, raffle + "[management]\nraw_rand = ['blob \"\\00\"', "
                                             "{ reject = \"no randomness\" }]\n"),
                     "winner"),
            "null opt 1 ");
}

TEST(Environment, AnAnswerMayNeverCome) {
  const std::string text =
      std::string(kRaffle) + "[management]\nraw_rand = ['blob \"\\00\"', { never = true }]\n";
  // Nobody is to blame for a call that the environment leaves open.
  const Report report = checked(kFile, text);
  EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
  EXPECT_EQ(outcomes(report, "winner"), "null opt 1 ");
  const Report drawn =
      checked(kFile, text + "[[finally]]\nname = \"drawn\"\nholds = 'raffle.winner() != null'\n");
  ASSERT_EQ(drawn.verdict.answered, Answered::kViolated);
  const std::string shown = to_terminal(*drawn.trace, {.width = 100});
  EXPECT_NE(shown.find("it never answers"), std::string::npos) << shown;
}

/// A vault, and of the ledger that it pays from what it may answer.
std::string vault(const std::string& answers) {
  const std::filesystem::path did =
      std::filesystem::temp_directory_path() / "heddle_bundled_canisters_ledger.did";
  std::ofstream(did) << Icrc1Ledger::candid();
  return R"toml(profile = "happy"
[canister.vault]
wasm = "../icrc1_vault/FixedVault.wasm"
init = '(service "ledger", principal "alice", 100)'
[environment.ledger]
candid = ")toml" +
         did.string() + "\"\nanswers.icrc1_transfer = [" + answers + R"toml(]
[user.alice]
calls = ["vault.withdraw(60)"]
[[outcomes]]
name = "credit"
of = "vault.get()"
)toml";
}

TEST(Environment, OfAnyInterfaceRepliesRejectsFailsOrIsSilent) {
  const auto credit = [](const std::string& answers) {
    const Report report = checked(kFile, vault(answers));
    EXPECT_EQ(report.verdict.answered, Answered::kVerified)
        << report.verdict.property << ": " << report.verdict.why;
    return outcomes(report, "credit");
  };
  const std::string ok = "'variant { Ok = 7 }'";
  const std::string err = "'variant { Err = variant { TemporarilyUnavailable } }'";
  EXPECT_EQ(credit(ok), "39 ");
  EXPECT_EQ(credit(err), "100 ");
  EXPECT_EQ(credit("{ error = \"the ledger trapped\" }"), "100 ");
  EXPECT_EQ(credit("{ reject = \"closed\" }"), "100 ");
  // What was taken off stays off as long as nothing is answered.
  EXPECT_EQ(credit("{ never = true }"), "39 ");
  EXPECT_EQ(credit(ok + ", " + err + ", { error = \"the ledger trapped\" }, { never = true }"),
            "100 39 ");
}

TEST(Environment, AnErrorHasTheCodeOfATrapAndARejectItsOwn) {
  const auto delivered = [](const std::string& answer) {
    const Report report = checked(
        kFile, vault(answer) + "[[finally]]\nname = \"paid\"\nholds = 'vault.get() == 39'\n");
    EXPECT_EQ(report.verdict.answered, Answered::kViolated);
    for (const TraceStep& step : report.trace->steps) {
      if (!step.delivered.empty()) {
        return step.delivered;
      }
    }
    return std::string("nothing");
  };
  EXPECT_EQ(delivered("{ error = \"boom\" }"), "reject CANISTER_ERROR \"boom\"");
  EXPECT_EQ(delivered("{ reject = \"closed\" }"), "reject CANISTER_REJECT \"closed\"");
}

/// A canister in C++ that asks the management canister.
class Drawer : public Canister {
 public:
  Update<> draw() {
    using Blob = std::vector<std::uint8_t>;
    Future<Blob> asked = call<Blob>(Principal::management(), "raw_rand");
    const Outcome<Blob> random = co_await outcome(asked);
    drawn = random ? std::to_string(random.value().size()) + " bytes, first " +
                         std::to_string(random.value().front())
                   : std::string(to_string(random.reject().code));
  }

  Var<std::string> drawn{this, "drawn", ""};
  HEDDLE_CANISTER(Drawer, draw)
};

TEST(Environment, ACanisterInCppAsksTheManagementCanister) {
  const auto drawn = [](const std::function<void(Scenario&)>& environment) {
    PreparedScenario scenario = prepare("drawer", "", [&](Scenario& s) {
      const auto drawer = s.install<Drawer>("drawer");
      environment(s);
      s.user("alice").calls(drawer, &Drawer::draw);
      s.profile(happy);
      s.one_schedule();
      s.outcomes("drawn", [=](const State& end) { return end[drawer].drawn.get(); });
    });
    const Report report = check_prepared(scenario);
    EXPECT_EQ(report.verdict.answered, Answered::kVerified) << report.verdict.why;
    return outcomes(report, "drawn");
  };
  EXPECT_EQ(drawn([](Scenario& s) {
              install_management(s)
                  .replies("raw_rand", R"((blob "\05"))")
                  .replies("raw_rand", R"((blob "\07"))")
                  .errors("raw_rand", "no randomness");
            }),
            "32 bytes, first 5 32 bytes, first 7 CANISTER_ERROR ");
  // Stated to be there, and nothing stated; and not there at all.
  EXPECT_EQ(drawn([](Scenario& s) { install_management(s); }), "CANISTER_ERROR ");
  EXPECT_EQ(drawn([](Scenario&) {}), "DESTINATION_INVALID ");
}

TEST(Environment, WhatIsNotStatedIsRefused) {
  const Report report = checked(kFile, std::string(kRaffle) + R"toml([management]
http_request = ['record { status = 200; headers = vec {}; body = blob "ok" }']
[[answers]]
call = "alice#2"
holds = "reply == 1"
)toml");
  ASSERT_EQ(report.verdict.answered, Answered::kViolated);
  EXPECT_NE(report.verdict.why.find("the scenario declares no answer of management.raw_rand"),
            std::string::npos)
      << report.verdict.why;
}

TEST(Environment, IsDescribedInCppAsInFiles) {
  PreparedScenario cpp = prepare("cpp", "", [](Scenario& s) {
    const auto raffle =
        install_wasm(s, "raffle", std::filesystem::path("examples/real/raffle/FixedRaffle.wasm"));
    install_management(s)
        .replies("raw_rand", R"((blob "\00"))")
        .replies("raw_rand", R"((blob "\01"))");
    s.user("alice").then().calls(raffle, "join", raffle.arguments("join"));
    s.user("alice").calls(raffle, "draw", raffle.arguments("draw"));
    s.user("bob").calls(raffle, "join", raffle.arguments("join"));
    s.profile(happy);
    s.outcomes("winner", [=](const State& end) { return raffle.query(end, "winner"); });
  });
  const Report from_cpp = check_prepared(cpp);
  const Report from_file =
      checked(kFile, std::string(kRaffle) +
                         "[management]\nraw_rand = ['blob \"\\00\"', 'blob \"\\01\"']\n");
  EXPECT_EQ(from_cpp.verdict.states, from_file.verdict.states);
  EXPECT_EQ(outcomes(from_cpp, "winner"), "opt 1 opt 2 ");
}

TEST(BundledCanisters, MistakesAreAnsweredWithTheirPlace) {
  const std::string raffle = kRaffle;
  const auto says = [](const std::string& text, const std::string& part) {
    const std::string found = mistake(kFile, text);
    EXPECT_NE(found.find(part), std::string::npos) << found;
    EXPECT_EQ(found.find(kFile), 0U) << found;
  };
  says("[canister.l]\nmodel = \"icrc1_leger\"\n", "Did you mean icrc1_ledger?");
  says("[canister.l]\nmodel = \"icrc1_ledger\"\nfees = 1\n", "Did you mean fee?");
  says("[canister.l]\nmodel = \"icrc1_ledger\"\nbalances = { l = -1 }\n",
       ":3:18: l must be an amount of tokens");
  says("[canister.ledger]\nmodel = \"icrc1_ledger\"\nbalances = { leger = 1 }\n",
       "Did you mean ledger?");
  says("[canister.l]\nmodel = \"icrc1_ledger\"\nwasm = \"a.wasm\"\n",
       "[canister.l] has wasm and model");
  says(raffle + "[management]\nraw_rnd = ['blob \"\"']\n", "Did you mean raw_rand?");
  says(raffle + "[management]\nraw_rand = ['5']\n", "raw_rand replies (blob).");
  says(raffle + "[management]\nraw_rand = [{ rejct = \"a\" }]\n", "Did you mean reject?");
  says(raffle + "[management]\nraw_rand = []\n", "raw_rand has no answers");
}

}  // namespace
}  // namespace heddle
