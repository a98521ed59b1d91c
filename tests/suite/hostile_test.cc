// Modules that mean harm, or are broken: each ends, from `heddle check FILE`, in a verdict or in an
// error that says what it was and what to do.
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
using testing::Ran;

class Hostile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(HEDDLE_COMPILED).empty()) {
      GTEST_SKIP() << "wabt is not there, and canisters from text with it";
    }
    folder_ =
        fs::temp_directory_path() /
        ("heddle_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }

  void TearDown() override { fs::remove_all(folder_); }

  static fs::path module(const std::string& name) {
    return fs::path(HEDDLE_COMPILED) / (name + ".wasm");
  }

  /// `heddle check` of a file in which alice calls `run` of this module.
  [[nodiscard]] Ran check_file(const fs::path& wasm, const std::string& rest = {}) const {
    std::ofstream(folder_ / "hostile.did")
        << "service : { run : () -> (); one : () -> () query; all : () -> (nat) composite_query }";
    std::ofstream(folder_ / "hostile.toml")
        << "profile = \"happy\"\n[canister.hostile]\nwasm = '" << fs::absolute(wasm).string()
        << "'\ncandid = \"hostile.did\"\nfuel = 100000\n"
        << (rest.empty() ? kRun : rest);
    return heddle({"check", (folder_ / "hostile.toml").string(), "--no-checkpoint"});
  }

  [[nodiscard]] Ran check(const std::string& name) const { return check_file(module(name)); }

  static constexpr const char* kRun = "[user.alice]\ncalls = [\"hostile.run()\"]\n";

  fs::path folder_;
};

void expect_refused(const Ran& ran, const std::string& cause, const std::string& next) {
  EXPECT_EQ(ran.code, 65) << ran.out;
  EXPECT_TRUE(contains(ran.err, cause)) << ran.err;
  EXPECT_TRUE(contains(ran.err, next)) << ran.err;
}

void expect_trap(const Ran& ran, const std::string& cause) {
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(contains(ran.out, "alice#1 traps in hostile.run: " + cause)) << ran.out;
}

TEST_F(Hostile, AnEndlessLoopTraps) {
  expect_trap(check("endless_loop"), "out of fuel: no end after 100000 calls and turns of loops");
}

TEST_F(Hostile, AnInitThatNeverEndsIsRefused) {
  expect_refused(check("endless_init"), "hostile: its canister_init trapped: out of fuel",
                 "Look at the init argument");
}

TEST_F(Hostile, ATrapInStartIsRefused) {
  expect_refused(check("start_traps"), "hostile: its start function trapped: unreachable",
                 "what it expects of its surroundings");
}

TEST_F(Hostile, DeepRecursionTraps) {
  expect_trap(check("endless_recursion"), "call stack exhausted");
}

TEST_F(Hostile, AModuleThatIsCutShortIsRefused) {
  for (const std::uintmax_t size : {0U, 3U, 8U, 9U, 30U, 80U}) {
    const fs::path cut = folder_ / "cut.wasm";
    fs::copy_file(module("echo"), cut, fs::copy_options::overwrite_existing);
    fs::resize_file(cut, size);
    if (size == 8) {
      // A module with nothing in it, which has no method either.
      EXPECT_EQ(check_file(cut).code, 65);
      continue;
    }
    expect_refused(check_file(cut), "hostile: its module cannot be used", "Is the file whole");
  }
}

TEST_F(Hostile, AModuleThatIsNoneIsRefused) {
  const fs::path none = folder_ / "none.wasm";
  std::ofstream(none) << "#!/bin/sh\necho hello\n";
  expect_refused(check_file(none), "hostile: its module cannot be used",
                 "compiled for the Internet");
}

TEST_F(Hostile, AnImportThatIsUnknownIsRefused) {
  expect_refused(check("unknown_import"), "unknown import: ic0.msg_replay",
                 "compiled for the Internet Computer");
}

TEST_F(Hostile, AHugeMemoryIsRefused) {
  expect_refused(check("huge_memory"), "more than 65536 pages of memory", "Is the file whole");
}

TEST_F(Hostile, AHugeTableIsRefused) {
  expect_refused(check("huge_table"), "more than 10000000 elements in a table",
                 "Is the file whole");
}

TEST_F(Hostile, AnElementOutsideOfItsTableIsRefused) {
  expect_refused(check("element_outside"),
                 "a data or element segment does not fit: out of bounds table access",
                 "Is the file whole");
}

TEST_F(Hostile, ACallOutsideOfTheTableTraps) {
  expect_trap(check("call_outside"), "undefined element");
}

/// Bytes cost fuel, whoever copies them.
TEST_F(Hostile, AMessageThatAllocatesWithoutEndTraps) {
  expect_trap(check("grows_for_ever"), "out of fuel");
  expect_trap(check("stable_for_ever"), "out of fuel");
}

TEST_F(Hostile, AReplyWithoutEndTraps) {
  expect_trap(check("reply_for_ever"), "ic0.msg_reply_data_append: a response of more than");
}

TEST_F(Hostile, PrintingWithoutEndTraps) {
  const Ran ran = check("prints_for_ever");
  expect_trap(ran, "out of fuel");
  EXPECT_TRUE(contains(ran.out, "what is printed from here on is left out")) << ran.out;
  EXPECT_LT(ran.out.size(), 100'000U);
}

/// A reply of fourteen bytes that stands for a thousand million values.
TEST_F(Hostile, ABombInAReplyIsShownByItsSize) {
  std::ofstream(folder_ / "bomb.did") << "service : { bomb : () -> (vec null); fail : () -> () }";
  std::ofstream(folder_ / "bomb.toml")
      << "profile = \"happy\"\n[canister.hostile]\nwasm = '"
      << fs::absolute(module("echo")).string()
      << "'\ncandid = \"bomb.did\"\n[user.alice]\norder = \"then\"\n"
         "calls = [\"hostile.bomb()\", \"hostile.fail()\"]\n";
  const Ran ran = heddle({"check", (folder_ / "bomb.toml").string(), "--no-checkpoint"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(contains(ran.out, "reply (14 bytes of another type)")) << ran.out;
}

// ---- Composite queries, which are not modelled --------------------------------------------------

TEST_F(Hostile, ACallOfACompositeQuerySaysThatItIsNotModelled) {
  expect_refused(check_file(module("composite"), "[user.alice]\ncalls = [\"hostile.all()\"]\n"),
                 "hostile.all is a composite query, and these are not modelled",
                 "Write the queries that it calls");
}

TEST_F(Hostile, APropertyThatAsksACompositeQuerySaysThatItIsNotModelled) {
  expect_refused(check_file(module("composite"),
                            std::string(kRun) +
                                "[[always]]\nname = \"some\"\nholds = \"hostile.all() > 0\"\n"),
                 "hostile.all is a composite query, and these are not modelled",
                 "Write the queries that it calls");
}

}  // namespace
}  // namespace heddle
