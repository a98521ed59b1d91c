// init: the first scenario of a canister, which runs.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

/// A folder of this test's own.
class Init : public ::testing::Test {
 protected:
  Init() { std::filesystem::create_directories(folder_); }

  ~Init() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                  ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Init, WritesAScenarioOfTheCanistersInterface) {
  const Ran ran = heddle({"init", "examples/real/withdraw/Bank.wasm"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "[canister.bank]\nwasm = \"examples/real/withdraw/Bank.wasm\"\n"))
      << ran.out;
  EXPECT_TRUE(contains(ran.out, "init = '(service \"bank\", 1)'\n")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "[user.alice]\ncalls = [\"bank.withdraw(1)\"]\n")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "name = \"bank.get()\"\nof = \"bank.get()\"\n")) << ran.out;
}

TEST_F(Init, WhatItWritesRuns) {
  for (const std::string canister : {"counter/Counter", "kv/Kv", "raffle/Raffle", "rust_bank/Bank",
                                     "cpp_bank/Bank", "awaits_in_array/Service"}) {
    const std::string scenario = file("scenario.toml");
    std::filesystem::remove(scenario);
    const Ran written = heddle({"init", "examples/real/" + canister + ".wasm", "-o", scenario});
    ASSERT_EQ(written.code, 0) << written.err;
    const Ran checked = heddle({"check", scenario, "--max-states", "1000"});
    EXPECT_LE(checked.code, 2) << canister << ":\n" << checked.out << checked.err;
  }
}

TEST_F(Init, OverwritesNothing) {
  const std::string scenario = file("there.toml");
  std::ofstream(scenario) << "mine";
  const Ran ran = heddle({"init", "examples/real/kv/Kv.wasm", "-o", scenario});
  EXPECT_EQ(ran.code, 64);
  EXPECT_TRUE(contains(ran.err, "exists")) << ran.err;
}

TEST_F(Init, SaysWhatIsWrongWithTheFile) {
  EXPECT_EQ(heddle({"init", "none.wasm"}).code, 64);
  EXPECT_EQ(heddle({"init"}).code, 64);
  std::ofstream(file("no.wasm")) << "no module";
  EXPECT_EQ(heddle({"init", file("no.wasm")}).code, 65);
  std::ofstream(file("bad.did")) << "service : {";
  EXPECT_EQ(heddle({"init", file("bad.did")}).code, 65);
}

}  // namespace
}  // namespace heddle::testing
