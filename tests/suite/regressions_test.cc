// Failing schedules that earlier runs have stored: replayed, said, forgotten.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/gtest.h>
#include <heddle/suite/internal/regressions.h>

#include "suite/folder.h"
#include "suite/stories.h"

namespace heddle::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// What somebody edits between two runs.
struct Edited {
  bool careful = false;
  bool renamed = false;
  bool declared = false;
};

Edited& edited() {
  static Edited now;
  return now;
}

HEDDLE_SCENARIO(edited, till, "is edited between runs, which no scenario may be") {
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  const auto method = edited().careful ? &Till::careful : &Till::careless;
  s.user("alice").calls(till, method, Nat(10));
  s.user(edited().renamed ? "carol" : "bob").calls(till, method, Nat(10));
  s.profile(happy);
  s.param("unused", 1);
  s.finally("both are paid", [=](const State& end) { return end[till].cash == 80; });
  if (edited().declared) {
    s.expect(violated("both are paid"));
  }
}

class Regressions : public ::testing::Test {
 protected:
  Regressions() { edited() = {}; }

  ~Regressions() override { edited() = {}; }

  static std::vector<fs::path> stored() {
    std::vector<fs::path> files;
    if (fs::exists(".heddle")) {
      for (const fs::directory_entry& entry : fs::directory_iterator(".heddle")) {
        files.push_back(entry.path());
      }
    }
    return files;
  }

  static std::string store() {
    EXPECT_EQ(heddle({"check", "edited/till"}).code, 1);
    const std::vector<fs::path> files = stored();
    EXPECT_EQ(files.size(), 1U);
    return files.empty() ? std::string() : files.front().string();
  }

  const TemporaryFolder folder_;
};

TEST_F(Regressions, AFailingScheduleIsStoredAndReplayedByTheNextRun) {
  const Ran first = heddle({"check", "edited/till"});
  EXPECT_EQ(first.code, 1);
  ASSERT_EQ(stored().size(), 1U);
  const std::string file = stored().front().string();
  EXPECT_EQ(first.err, fmt::format("heddle check: the failing schedule is stored as {}, which the "
                                   "next run replays first\n",
                                   file));
  const Ran second = heddle({"check", "edited/till"});
  EXPECT_EQ(second.code, 1);
  EXPECT_EQ(second.err, fmt::format("heddle check: {}: still fails: \"both are paid\" is violated "
                                    "by event 6\n",
                                    file));
  EXPECT_EQ(stored().size(), 1U) << "what still fails is not stored again";
  const Ran replayed = heddle({"replay", file});
  EXPECT_EQ(replayed.code, 1) << replayed.err;
  EXPECT_TRUE(contains(replayed.out, "VIOLATED both are paid"));
}

TEST_F(Regressions, TheSearchCountsTheSameWithThem) {
  store();
  Json with = Json::parse(heddle({"check", "edited/till", "--json", "-"}).out);
  Json without =
      Json::parse(heddle({"check", "edited/till", "--json", "-", "--no-regressions"}).out);
  for (Json* json : {&with, &without}) {
    EXPECT_EQ(json->erase("seconds"), 1U);
  }
  EXPECT_EQ(with, without);
}

TEST_F(Regressions, AFixedOneIsSaidAndStays) {
  const std::string file = store();
  edited().careful = true;
  const Ran ran = heddle({"check", "edited/till"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, fmt::format("heddle check: {}: fixed: \"both are paid\" holds on this "
                                 "schedule\n",
                                 file));
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(Regressions, OneThatDoesNotFitAnyMoreSaysAtWhichEvent) {
  const std::string file = store();
  edited() = {.careful = true, .renamed = true, .declared = false};
  const Ran ran = heddle({"check", "edited/till"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.err, file + ": no longer applicable: event ")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "bob#1")) << ran.err;
}

TEST_F(Regressions, OneThatStillFailsFailsARunThatMissesIt) {
  const std::vector<std::string> misses{"check", "edited/till", "--max-states", "2"};
  EXPECT_EQ(heddle(misses).code, 2);
  EXPECT_TRUE(stored().empty());
  store();
  EXPECT_EQ(heddle(misses).code, 1);
}

TEST_F(Regressions, WhatAScenarioDeclaresIsNeitherStoredNorAFailure) {
  edited().declared = true;
  EXPECT_EQ(heddle({"check", "edited/till"}).code, 1);
  EXPECT_EQ(heddle({"check", "edited/till", "--expect"}).code, 0);
  EXPECT_FALSE(fs::exists(".heddle"));
  edited().declared = false;
  store();
  edited().declared = true;
  const Ran ran = heddle({"check", "edited/till", "--expect"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.err, "still fails, as the scenario declares")) << ran.err;
}

TEST_F(Regressions, OneOfOtherSettingsIsNotReplayed) {
  const std::string file = store();
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--profile", "safety"}, {"--set", "unused=2"}}) {
    std::vector<std::string> words{"check", "edited/till", "--max-states", "2"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Ran ran = heddle(words);
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.err, fmt::format("heddle check: {}: not replayed: it was found with --profile "
                                   "happy\n",
                                   file));
  }
}

TEST_F(Regressions, ADamagedFileIsNamedAndLeftAlone) {
  const std::string file = store();
  std::ofstream(file, std::ios::app) << "}";
  edited().careful = true;
  const Ran ran = heddle({"check", "edited/till"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.err, file + ": damaged, and left alone: expected a trace")) << ran.err;
  EXPECT_TRUE(contains(heddle({"forget"}).err, file + ": damaged, and left alone"));
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(Regressions, NoRegressionsNeitherReadsNorWrites) {
  EXPECT_EQ(heddle({"check", "edited/till", "--no-regressions"}).err, "");
  EXPECT_TRUE(stored().empty());
  store();
  EXPECT_EQ(heddle({"check", "edited/till", "--no-regressions"}).err, "");
}

TEST_F(Regressions, AFolderThatCannotBeWrittenIsSaidAndChangesNothing) {
  std::ofstream(".heddle") << "a file";
  const Ran ran = heddle({"check", "edited/till", "--no-checkpoint"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(contains(ran.err, "the failing schedule could not be stored as .heddle/")) << ran.err;
}

TEST_F(Regressions, ForgetListsWhatItRemoves) {
  const std::string file = store();
  EXPECT_EQ(heddle({"forget", "till/*"}).out, "No stored schedule is of till/*.\n");
  EXPECT_TRUE(fs::exists(file));
  const Ran ran = heddle({"forget", "edited/*"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, fmt::format("Removed {}: \"both are paid\" in edited/till\n", file));
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(heddle({"forget"}).out, "No stored schedule is of any scenario.\n");
}

TEST_F(Regressions, ThoseOfAScenarioFileLieBesideIt) {
  const std::string file = store();
  std::ifstream stream(file);
  Json trace = Json::parse(stream);
  trace["scenario"] = "swap/bank.toml";
  fs::create_directories("swap/.heddle");
  std::ofstream("swap/.heddle/swap-bank-toml-00000000.trace.json") << trace;
  EXPECT_EQ(heddle({"forget", "swap/bank.toml"}).out,
            "Removed swap/.heddle/swap-bank-toml-00000000.trace.json: \"both are paid\" in "
            "swap/bank.toml\n");
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(Regressions, AGoogleTestCaseStoresAndFailsWithThem) {
  const std::string first = as_declared("edited/till").message();
  EXPECT_TRUE(contains(first, "the failing schedule is stored as .heddle/edited-till-")) << first;
  const ::testing::AssertionResult again = as_declared("edited/till");
  EXPECT_FALSE(again);
  EXPECT_TRUE(contains(again.message(), "still fails: \"both are paid\"")) << again.message();
  edited().careful = true;
  EXPECT_TRUE(as_declared("edited/till"));
}

}  // namespace
}  // namespace heddle::testing
