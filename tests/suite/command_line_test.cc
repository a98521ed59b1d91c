#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/command_line.h>

namespace heddle::internal {
namespace {

CommandLine parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "heddle");
  return parse(words);
}

/// What a wrong line is refused with.
std::string refusal(std::vector<std::string> words) {
  try {
    parsed(std::move(words));
  } catch (const WrongUsage& usage) {
    return usage.what();
  }
  return "accepted";
}

TEST(CommandLine, NothingAndHelpGiveTheOverview) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--help"}, {"-h"}, {"help"}}) {
    const CommandLine line = parsed(words);
    EXPECT_EQ(line.verb, Verb::kHelp);
    EXPECT_NE(line.text.find("usage: heddle <verb>"), std::string::npos);
    for (const char* verb : {"list", "check", "sample", "replay", "explain", "explore", "export"}) {
      EXPECT_NE(line.text.find(verb), std::string::npos) << verb;
    }
  }
}

TEST(CommandLine, EveryVerbHasHelpAndVersion) {
  for (const char* verb : {"list", "check", "sample", "replay", "explain", "export"}) {
    EXPECT_NE(parsed({verb, "--help"}).text.find("--width"), std::string::npos) << verb;
    EXPECT_NE(parsed({verb, "--help"}).text.find("Exit codes"), std::string::npos) << verb;
    EXPECT_EQ(parsed({verb, "--version"}).text, "heddle " + std::string(version()) + "\n");
  }
  EXPECT_EQ(parsed({"--version"}).text, "heddle " + std::string(version()) + "\n");
}

TEST(CommandLine, CheckTakesEveryFlag) {
  const CommandLine line = parsed({"check",
                                   "counter/*",
                                   "withdraw/*",
                                   "--profile",
                                   "happy",
                                   "--strategy",
                                   "depth-first",
                                   "--reduce",
                                   "symmetry",
                                   "--storage",
                                   "bitstate",
                                   "--on-memory-full",
                                   "hash-compaction",
                                   "--threads",
                                   "2",
                                   "--max-states",
                                   "1000",
                                   "--max-depth",
                                   "9",
                                   "--max-seconds",
                                   "1.5",
                                   "--max-memory",
                                   "2G",
                                   "--schedules",
                                   "7",
                                   "--seed",
                                   "42",
                                   "--set",
                                   "users=3",
                                   "--set",
                                   "amount=10",
                                   "--weaken",
                                   "G1",
                                   "--json",
                                   "-",
                                   "--trace",
                                   "t.json",
                                   "--expect",
                                   "--check-determinism",
                                   "--width",
                                   "120",
                                   "--ascii",
                                   "--color",
                                   "never"});
  EXPECT_EQ(line.names, (std::vector<std::string>{"counter/*", "withdraw/*"}));
  EXPECT_EQ(line.overrides.profile, Profile::kHappy);
  EXPECT_EQ(line.strategy, Strategy::kDepthFirst);
  EXPECT_TRUE(line.options.reduction.symmetry);
  EXPECT_FALSE(line.options.reduction.partial_order);
  EXPECT_EQ(line.options.storage.kind, Storage::kBitstate);
  EXPECT_EQ(line.options.storage.on_memory_full, OnMemoryFull::kHashCompaction);
  EXPECT_EQ(line.options.threads, 2U);
  EXPECT_EQ(line.options.states_max, 1000U);
  EXPECT_EQ(line.options.depth_max, 9U);
  EXPECT_DOUBLE_EQ(line.options.seconds_max, 1.5);
  EXPECT_EQ(line.options.memory_bytes_max, std::uint64_t{2} << 30U);
  EXPECT_EQ(line.schedules, 7U);
  EXPECT_EQ(line.options.seed, 42U);
  const std::map<std::string, std::string> parameters = {{"amount", "10"}, {"users", "3"}};
  EXPECT_EQ(line.overrides.parameters, parameters);
  EXPECT_EQ(line.overrides.weakened, std::vector<std::string>{"G1"});
  EXPECT_EQ(line.json, "-");
  EXPECT_EQ(line.trace, "t.json");
  EXPECT_TRUE(line.expect);
  EXPECT_EQ(line.options.stepper.recheck_every, 1U);
  EXPECT_EQ(line.view.width, 120U);
  EXPECT_TRUE(line.view.ascii);
  EXPECT_EQ(line.view.color, ColorChoice::kNever);
}

TEST(CommandLine, PatternsMayStandAfterARepeatedFlag) {
  const CommandLine line = parsed({"check", "--set", "users=3", "counter/*"});
  EXPECT_EQ(line.names, std::vector<std::string>{"counter/*"});
  EXPECT_EQ(line.overrides.parameters.size(), 1U);
}

TEST(CommandLine, AFlagMayBeJoinedToItsValue) {
  EXPECT_EQ(parsed({"check", "*", "--seed=9"}).options.seed, 9U);
}

TEST(CommandLine, CheckpointsAreOnAndMayBeNamedOrSwitchedOff) {
  EXPECT_FALSE(parsed({"check", "*"}).no_checkpoint);
  EXPECT_TRUE(parsed({"sample", "*", "--no-checkpoint"}).no_checkpoint);
  const CommandLine line = parsed({"check", "*", "--checkpoint", "f", "--checkpoint-every", "2.5"});
  EXPECT_EQ(line.options.checkpoint.file, "f");
  EXPECT_DOUBLE_EQ(line.options.checkpoint.every_seconds, 2.5);
  EXPECT_DOUBLE_EQ(parsed({"check", "*"}).options.checkpoint.every_seconds, 60);
}

TEST(CommandLine, WhatIsWrongIsNamedWithTheNextStep) {
  const std::string see = "\nSee 'heddle check --help'.";
  EXPECT_EQ(refusal({"check", "*", "--checkpoint", "f", "--no-checkpoint"}),
            "heddle check: --checkpoint and --no-checkpoint do not go together" + see);
  EXPECT_EQ(refusal({"check", "*", "--checkpoint-every", "0"}),
            "heddle check: --checkpoint-every takes a number of seconds above 0, not '0'" + see);
  EXPECT_EQ(refusal({"check", "*", "--max-sates", "3"}),
            "heddle check: --max-sates is no flag here; did you mean --max-states?" + see);
  EXPECT_EQ(
      refusal({"check"}),
      "heddle check: which scenario? Name one, or '*' for all; 'heddle list' shows them" + see);
  EXPECT_EQ(
      refusal({"check", "*", "--seed", "x"}),
      "heddle check: --seed takes a whole number from 0 to 18446744073709551615, not 'x'" + see);
  EXPECT_EQ(refusal({"check", "*", "--set", "users"}),
            "heddle check: --set takes NAME=VALUE, such as users=3, not 'users'" + see);
  EXPECT_EQ(refusal({"check", "*", "--max-memory", "lots"}),
            "heddle check: --max-memory takes a size such as 500M or 2G, not 'lots'" + see);
  EXPECT_EQ(refusal({"check", "*", "--max-states", "0"}),
            "heddle check: --max-states takes at least 1; leave it out for no bound" + see);
  EXPECT_EQ(refusal({"check", "*", "--weaken", "G9"}),
            "heddle check: --weaken takes one of G1, G2, G3, G4, G5, not 'G9'" + see);
  EXPECT_EQ(refusal({"check", "*", "--color", "blue"}),
            "heddle check: --color takes auto, always or never, not 'blue'" + see);
  EXPECT_EQ(refusal({"check", "*", "--seed"}), "heddle check: --seed needs a value" + see);
  EXPECT_EQ(
      refusal({"check", "*", "--grow", "users", "--expect"}),
      "heddle check: --grow and --expect do not go together: expectations are for one size" + see);
}

TEST(CommandLine, WrongNamesListTheRightOnes) {
  EXPECT_NE(refusal({"check", "*", "--profile", "sad"}).find("happy"), std::string::npos);
  EXPECT_NE(refusal({"check", "*", "--strategy", "best"}).find("pct"), std::string::npos);
  EXPECT_NE(refusal({"check", "*", "--storage", "some"})
                .find("there are lossless, hash-compaction, bitstate"),
            std::string::npos);
  EXPECT_NE(
      refusal({"check", "*", "--on-memory-full", "swap"}).find("there are stop, hash-compaction"),
      std::string::npos);
  EXPECT_NE(refusal({"check", "*", "--reduce", "some"}).find("partial-order, symmetry and all"),
            std::string::npos);
  EXPECT_NE(refusal({"sample", "*", "--strategy", "depth-first"}).find("is exhaustive"),
            std::string::npos);
  EXPECT_NE(refusal({"export", "t.json", "--format", "pdf"}).find("html, itf, json, mermaid"),
            std::string::npos);
}

TEST(CommandLine, AnUnknownVerbGetsASuggestion) {
  EXPECT_EQ(refusal({"chek"}),
            "heddle: 'chek' is no verb; did you mean check?\nSee 'heddle --help'.");
  EXPECT_EQ(refusal({"dance"}),
            "heddle: 'dance' is no verb; there are list, check, sample, replay, explain, explore, "
            "export, "
            "diff, rely, audit, simulate, init, forget\n"
            "See 'heddle --help'.");
  EXPECT_NE(refusal({"--seed", "3"}).find("a verb comes first"), std::string::npos);
}

TEST(CommandLine, ReplayTakesOneSource) {
  const CommandLine line = parsed({"replay", "withdraw/buggy", "--schedule", "start alice#1"});
  EXPECT_EQ(line.names, std::vector<std::string>{"withdraw/buggy"});
  EXPECT_EQ(line.schedule, "start alice#1");
  EXPECT_NE(refusal({"replay", "a.json", "b.json"}).find("'b.json' is one argument too many"),
            std::string::npos);
}

TEST(CommandLine, ExploreTakesAPortAFileAndWhereToBegin) {
  const CommandLine line = parsed({"explore", "till/buggy", "--port", "8123", "--open", "--save",
                                   "a.json", "--schedule", "start alice#1", "--max-seconds", "5"});
  EXPECT_EQ(line.verb, Verb::kExplore);
  EXPECT_EQ(line.port, 8123);
  EXPECT_TRUE(line.open);
  EXPECT_EQ(line.save, "a.json");
  EXPECT_EQ(line.schedule, "start alice#1");
  EXPECT_DOUBLE_EQ(line.options.seconds_max, 5);
  EXPECT_EQ(parsed({"explore", "till/buggy"}).port, 0);
  for (const char* port : {"0", "65536", "x"}) {
    EXPECT_NE(refusal({"explore", "till/buggy", "--port", port}).find("--port takes"),
              std::string::npos)
        << port;
  }
  EXPECT_NE(refusal({"explore", "till/buggy", "--schedule", ""}).find("--schedule is empty"),
            std::string::npos);
}

TEST(CommandLine, ChangesGoBackIntoFlags) {
  const CommandLine line =
      parsed({"check", "*", "--profile", "happy", "--set", "name=a b", "--weaken", "G1"});
  EXPECT_EQ(to_flags(line.overrides), " --profile happy --set 'name=a b' --weaken G1");
  EXPECT_EQ(to_flags({}), "");
}

TEST(CommandLine, WordsAreQuotedForAShellOnlyWhereTheyMustBe) {
  EXPECT_EQ(shell_word("withdraw/buggy"), "withdraw/buggy");
  EXPECT_EQ(shell_word("start alice#1; deliver alice#1/1"), "'start alice#1; deliver alice#1/1'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(CommandLine, AllowTakesAFaultAndABudget) {
  const CommandLine line =
      parse({"heddle", "check", "a/b", "--allow", "rejects", "--allow", "callback-traps=2"});
  EXPECT_EQ(line.overrides.allowed,
            (std::map<std::string, int>{{"callback-traps", 2}, {"rejects", 1}}));
  EXPECT_NE(refusal({"check", "a/b", "--allow", "tea"}).find("send-failures, rejects"),
            std::string::npos);
  EXPECT_NE(refusal({"check", "a/b", "--allow", "rejects=x"}).find("whole number"),
            std::string::npos);
  EXPECT_NE(refusal({"check", "a/b", "--allow", "rejects=1000"}).find("up to 100"),
            std::string::npos);
  EXPECT_NE(refusal({"check", "a/b", "--weaken", "G9"}).find("one of G1, G2, G3, G4, G5"),
            std::string::npos);
}

}  // namespace
}  // namespace heddle::internal
