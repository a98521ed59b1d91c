// What traces of compiled canisters show of them, as the person who gets them reads it.
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "suite/stories.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::heddle;

class WasmTraces : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() /
        ("heddle_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }

  void TearDown() override { fs::remove_all(folder_); }

  /// What `heddle check` says of a file with this in it; `did` is the interface in service.did.
  [[nodiscard]] std::string checked(const std::string& did, const std::string& text) const {
    std::ofstream(folder_ / "service.did") << did;
    std::ofstream(folder_ / "traced.toml") << "profile = \"happy\"\n" << text;
    const testing::Ran ran =
        heddle({"check", (folder_ / "traced.toml").string(), "--no-checkpoint"});
    EXPECT_EQ(ran.code, 1) << ran.err;
    return ran.out;
  }

  [[nodiscard]] static std::string quoted(const fs::path& file) {
    return "'" + fs::absolute(file).string() + "'\n";
  }

  fs::path folder_;
};

/// Without queries the trace has the variables' names from the module's stable types.
TEST_F(WasmTraces, TheActorsVariablesAreShownByName) {
  const fs::path real = "examples/real";
  const std::string out = checked(
      "service : { refund : (nat) -> (); charge : (nat) -> () }",
      "[canister.ledger]\nwasm = " + quoted(real / "withdraw/Ledger.wasm") +
          "init = \"(100)\"\n[canister.vault]\nwasm = " +
          quoted(real / "trap_after_await/Vault.wasm") +
          "candid = \"service.did\"\ninit = '(service \"ledger\", 100)'\n" +
          "[user.alice]\norder = \"then\"\ncalls = [\"vault.charge(60)\", \"vault.refund(30)\"]\n" +
          "[[finally]]\nname = \"nothing is paid\"\nholds = \"ledger.get() == 100\"\n");
  EXPECT_TRUE(contains(out, "balance: 100 -> 40")) << out;
  EXPECT_TRUE(contains(out, "charged: 0 -> 60")) << out;
  EXPECT_TRUE(contains(out, "busy: false -> true")) << out;
  EXPECT_TRUE(contains(out, "busy: true -> false")) << out;
  EXPECT_TRUE(contains(out, "balance: 40 -> 10")) << out;
}

/// With 64 bits, with 32 bits and after a collection of garbage.
TEST_F(WasmTraces, VariablesAreShownInEveryFormOfACanister) {
  for (const char* const kv : {"Kv.wasm", "Kv-classic.wasm", "Kv-classic-copying.wasm"}) {
    const fs::path real = "examples/real";
    const std::string out =
        checked("service : { withdraw : (nat) -> (nat) }",
                "[canister.ledger]\nwasm = " + quoted(real / "withdraw/Ledger.wasm") +
                    "init = \"(100)\"\n[canister.kv]\nwasm = " + quoted(real / "kv" / kv) +
                    "candid = \"service.did\"\n[user.alice]\norder = \"then\"\n" +
                    "calls = [\"kv.withdraw(60)\", \"ledger.pay(1)\"]\n" +
                    "[[finally]]\nname = \"nothing is paid\"\nholds = \"ledger.get() == 100\"\n");
    EXPECT_TRUE(contains(out, "balance: 1000 -> 940")) << kv << "\n" << out;
  }
}

/// One of each type, before and after; `flags` and `forgotten` are of none that is shown.
TEST_F(WasmTraces, VariablesOfAllSimpleTypesOptionsAndArraysAreShown) {
  for (const char* const shapes : {"Shapes.wasm", "Shapes-classic.wasm"}) {
    const std::string out = checked(
        "", "[canister.ledger]\nwasm = " + quoted("examples/real/withdraw/Ledger.wasm") +
                "init = \"(100)\"\n[canister.shapes]\nwasm = " +
                quoted(fs::path("tests/suite/canisters") / shapes) +
                "[user.alice]\norder = \"then\"\n" +
                "calls = [\"shapes.change()\", \"ledger.pay(1)\"]\n" +
                "[[finally]]\nname = \"nothing is paid\"\nholds = \"ledger.get() == 100\"\n");
    for (const char* const line :
         {"nat: 7 -> 8", "large: 0 -> 123456789012345678901234567890123456789",
          "negative: 0 -> -5000000000000000000000000", "flag: false -> true",
          "text: \"\" -> \"abcd\"", "who: principal \"aaaaa-aa\" -> principal \"2vxsx-fae\"",
          "maybe: null -> opt 12", "maybe_text: opt \"x\" -> null",
          "list: vec {} -> vec { 1; 2; 3 }", "cells: vec { false; true } -> vec { true; true }"}) {
      EXPECT_TRUE(contains(out, std::string("█ ") + line)) << shapes << ": " << line << "\n" << out;
    }
    EXPECT_FALSE(contains(out, "flags")) << out;
    EXPECT_FALSE(contains(out, "forgotten")) << out;
  }
}

/// The queries of the vault tell all that its variables would.
TEST_F(WasmTraces, AVariableIsLeftOutWhereAQueryToldTheSame) {
  const testing::Ran ran = heddle({"check", "examples/real/trap_after_await/buggy.toml"});
  EXPECT_TRUE(contains(ran.out, "account(): 100 -> 40")) << ran.out;
  EXPECT_FALSE(contains(ran.out, "balance: 100 -> 40")) << ran.out;
}

TEST_F(WasmTraces, PrintsStandAtTheirStepAndATrapHasItsMessageAndItsStack) {
  if (std::string_view(HEDDLE_COMPILED).empty()) {
    GTEST_SKIP() << "wabt is not there, and canisters from text with it";
  }
  const std::string out =
      checked("service : { count : () -> (); pay : () -> () }",
              "[canister.teller]\nwasm = " + quoted(fs::path(HEDDLE_COMPILED) / "teller.wasm") +
                  "candid = \"service.did\"\n[user.alice]\norder = \"then\"\n" +
                  "calls = [\"teller.count()\", \"teller.pay()\"]\n");
  EXPECT_TRUE(contains(out, R"(
    │ users     │ teller
────┼───────────┼──────────────────────────────────────────────────────────────────
  1 │ alice#1 → │ █ alice#1 count()
    │ ← alice#1 │ █ ✓ reply ()
    │           │ █ note: debug_print: counting
    │           │ █ note: debug_print: one note is missing
  2 │ alice#2 → │ █ alice#2 pay()
    │           │ █ trap: "the drawer is empty"
    │           │ █ ↺ rolled back to before its start
    │ ← alice#2 │ █ reject CANISTER_ERROR "the drawer is empty"
    │           │ █ note: debug_print: counting
    │           │ █ note: trapped in open_drawer < take_note < canister_update pay
)")) << out;
}

}  // namespace
}  // namespace heddle
