// What scenario files have beside compiled canisters: the bundled ledger, the management canister,
// and other environment canisters.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/canisters/icrc1_ledger.h>
#include <heddle/heddle.h>
#include <heddle/model/view.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/install_environment.h>
#include <heddle/suite/install_model.h>
#include <heddle/suite/scenario_file.h>
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
