// Scenario files: what each key does, how mistakes are answered, and that a file's verdict is that
// of the same scenario in C++.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/model/view.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/terminal.h>
#include <heddle/traces/trace.h>

#include "suite/scenario_texts.h"
#include "suite/stories.h"

namespace heddle {
namespace {

using testing::mistake;
using testing::outcomes;
using testing::prepared;

/// What file names in the texts below are relative to.
constexpr const char* kFile = "examples/real/withdraw/test.toml";

constexpr const char* kBank = R"toml(profile = "happy"
[canister.ledger]
wasm = "Ledger.wasm"
init = "(100)"
[canister.bank]
wasm = "Bank.wasm"
init = '(service "ledger", 100)'
[user.alice]
calls = ["bank.withdraw(60)"]
[user.bob]
calls = ["bank.withdraw(30)"]
)toml";

TEST(ScenarioFile, HasTheVerdictAndTheCountsOfTheSameScenarioInCpp) {
  PreparedScenario file = prepared(kFile, std::string(kBank) + R"toml(
[[outcomes]]
name = "balance"
of = "bank.get()"
)toml");
  PreparedScenario cpp = prepare("cpp", "", [](Scenario& s) {
    const std::string folder = "examples/real/withdraw/";
    const auto ledger =
        install_wasm(s, "ledger", std::filesystem::path(folder + "Ledger.wasm"), {.init = "(100)"});
    const auto bank = install_wasm(s, "bank", std::filesystem::path(folder + "Bank.wasm"),
                                   {.init = R"((service "ledger", 100))"});
    s.user("alice").calls(bank, "withdraw", bank.arguments("withdraw", "(60)"));
    s.user("bob").calls(bank, "withdraw", bank.arguments("withdraw", "(30)"));
    s.profile(happy);
    s.outcomes("balance", [=](const State& end) { return bank.query(end, "get"); });
  });
  const Report from_file = check_prepared(file);
  const Report from_cpp = check_prepared(cpp);
  EXPECT_EQ(from_file.verdict.answered, Answered::kVerified);
  EXPECT_EQ(from_cpp.verdict.answered, Answered::kVerified);
  EXPECT_EQ(from_file.verdict.states, from_cpp.verdict.states);
  EXPECT_EQ(from_file.verdict.transitions, from_cpp.verdict.transitions);
  EXPECT_EQ(outcomes(from_file, "balance"), outcomes(from_cpp, "balance"));
  // As the model in examples/withdraw has it.
  EXPECT_EQ(outcomes(from_file, "balance"), "10 40 70 ");
}

TEST(ScenarioFile, TracesShowArgumentsRepliesAndQueries) {
  PreparedScenario file = prepared(kFile, std::string(kBank) + R"toml(
[[finally]]
name = "the books agree"
holds = "bank.get() == ledger.get()"
)toml");
  const Report report = check_prepared(file);
  ASSERT_EQ(report.verdict.answered, Answered::kViolated);
  EXPECT_EQ(report.verdict.property, "the books agree");
  ASSERT_TRUE(report.trace.has_value());
  EXPECT_EQ(report.trace->calls.front().arguments, "(60)");
  EXPECT_TRUE(report.trace->why.find("ledger.get() = 10") != std::string::npos)
      << report.trace->why;
  std::vector<std::string> diffs;
  for (const TraceStep& step : report.trace->steps) {
    for (const VariableDiff& diff : step.diffs) {
      diffs.push_back(diff.canister + "." + diff.variable + ": " + diff.before + " -> " +
                      diff.after);
    }
  }
  // A suspended call changes the image and no query.
  EXPECT_EQ(diffs, (std::vector<std::string>{"ledger.get(): 100 -> 40", "ledger.get(): 40 -> 10",
                                             "bank.get(): 100 -> 40", "bank.get(): 40 -> 70"}));
}

TEST(ScenarioFile, TracesShowTheQueriesThatChangedAndWhereItTrapped) {
  const std::string file = "examples/real/trap_after_await/buggy.toml";
  PreparedScenario story = prepare(read_scenario_file(file));
  const Report report = check_prepared(story);
  ASSERT_TRUE(report.trace.has_value());
  const std::vector<VariableDiff>& first = report.trace->steps.front().diffs;
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first.front().variable, "is_busy()");
  EXPECT_EQ(first.front().before, "false");
  EXPECT_EQ(first.front().after, "true");
  const TraceStep& last = report.trace->steps.back();
  EXPECT_EQ(last.trap, "Natural subtraction underflow");
  ASSERT_EQ(last.notes.size(), 1U);
  EXPECT_TRUE(last.notes.front().starts_with("trapped in ")) << last.notes.front();
}

/// What changed in the steps, a text each.
std::vector<std::string> changes(const Trace& trace) {
  std::vector<std::string> changes;
  for (const TraceStep& step : trace.steps) {
    for (const VariableDiff& diff : step.diffs) {
      changes.push_back(diff.canister + "|" + diff.variable + ": " + diff.before + " -> " +
                        diff.after);
    }
  }
  return changes;
}

TEST(ScenarioFile, TracesShowWhatIsWatchedAndVerdictsDoNotLookAtIt) {
  const std::string text = std::string(kBank) + R"toml(
[[finally]]
name = "the books agree"
holds = "bank.get() == ledger.get()"
)toml";
  PreparedScenario plain = prepared(kFile, text);
  // What traces show anyway is shown once; what asks several canisters is of none of them.
  PreparedScenario watching =
      prepared(kFile, "watch = ['bank.get()', ' ledger.get() - bank.get() ']\n" + text);
  const Report expected = check_prepared(plain);
  const Report report = check_prepared(watching);
  EXPECT_EQ(report.verdict.states, expected.verdict.states);
  EXPECT_EQ(report.verdict.transitions, expected.verdict.transitions);
  EXPECT_EQ(report.verdict.schedule, expected.verdict.schedule);
  ASSERT_TRUE(report.trace.has_value());
  EXPECT_EQ(
      changes(*report.trace),
      (std::vector<std::string>{"ledger|get(): 100 -> 40", "|ledger.get() - bank.get(): 0 -> -60",
                                "ledger|get(): 40 -> 10", "|ledger.get() - bank.get(): -60 -> -90",
                                "bank|get(): 100 -> 40", "|ledger.get() - bank.get(): -90 -> -30",
                                "bank|get(): 40 -> 70", "|ledger.get() - bank.get(): -30 -> -60"}));
  EXPECT_EQ(report.trace->final_variables.back().variable, "ledger.get() - bank.get()");
  EXPECT_EQ(report.trace->final_variables.back().after, "-60");
  const std::string shown = to_terminal(*report.trace, {.width = 120});
  EXPECT_TRUE(testing::contains(shown, "ledger.get() - bank.get(): -90 -> -30")) << shown;
}

TEST(ScenarioFile, AWatchedQueryWithArgumentsIsShownInItsCanister) {
  PreparedScenario kv = prepared(kFile, R"toml(profile = "happy"
one_schedule = true
watch = ["get(7)", "kv.get(8)"]
[canister.kv]
wasm = "../kv/Kv.wasm"
[user.alice]
order = "then"
calls = ["kv.put(7, 1)", "kv.put(9, 1)"]
[[always]]
name = "nine stays away"
holds = "kv.get(9) == null"
)toml");
  const Report report = check_prepared(kv);
  ASSERT_TRUE(report.trace.has_value());
  std::vector<std::string> told = changes(*report.trace);
  std::erase_if(told, [](const std::string& change) { return !change.starts_with("kv|get("); });
  // A query that a property asks is watched as well.
  EXPECT_EQ(told,
            (std::vector<std::string>{"kv|get(7): null -> opt 1", "kv|get(9): null -> opt 1"}));
}

TEST(ScenarioFile, EachKeyIsSaid) {
  const PreparedScenario file = prepared(kFile, R"toml(
description = "all of it"
profile = "strict_spec"
clock = true
weaken = ["G1"]
without = ["no deadlock"]
form = "buggy"
one_schedule = true
sampled = 7
[canister.ledger]
wasm = "Ledger.wasm"
init = "(100)"
id = "rrkah-fqaaa-aaaaa-aaaaq-cai"
controllers = ["alice"]
environment = { "PUBLIC_CANISTER_ID:bank" = "bank" }
inspect_may_drop = true
[canister.bank]
wasm = "Bank.wasm"
init = '(service "ledger", 100)'
[user.alice]
calls = ["bank.withdraw(60)", "bank.get()"]
order = "then"
[user.bob]
calls = ["bank.withdraw(30)"]
order = "in_order"
[limits]
default = 9
"bank > ledger" = 2
[faults]
rejects = 3
expiries = 2
[[always]]
name = "a"
holds = "bank.get() <= 100"
[[finally]]
name = "f"
holds = "bank.get() <= 100"
[[sometimes]]
name = "s"
holds = "bank.get() == 40"
[[conserved]]
name = "c"
sum = "bank.get() - bank.get()"
[[answers]]
call = "alice#2"
holds = "reply in {40, 100}"
or_rejected = true
[[in_flight]]
pair = "bank > ledger"
at_most = 1
[[in_flight]]
pair = "bank > ledger"
[[outcomes]]
name = "balance"
of = "bank.get()"
[expect]
verdict = "violated"
property = "a"
outcomes.balance = ["40"]
)toml");
  const auto& setup = file.setup;
  EXPECT_EQ(setup.profile, Profile::kStrictSpec);
  EXPECT_TRUE(setup.system.clock);
  EXPECT_TRUE(setup.system.weakened.overtaking);
  EXPECT_EQ(setup.form, Form::kBuggy);
  EXPECT_TRUE(setup.one_schedule);
  EXPECT_EQ(setup.procedure.schedules, 7U);
  EXPECT_EQ(setup.system.canisters.at(0).principal.text(), "rrkah-fqaaa-aaaaa-aaaaq-cai");
  EXPECT_TRUE(setup.system.canisters.at(0).inspect_may_drop);
  EXPECT_EQ(setup.system.users.at(0).order, ScriptOrder::kThen);
  EXPECT_EQ(setup.system.users.at(1).order, ScriptOrder::kInOrder);
  EXPECT_EQ(setup.system.limit_default, 9U);
  EXPECT_EQ((setup.system.limits.at({1, 0})), 2U);
  EXPECT_EQ(setup.system.faults.rejects, 3);
  EXPECT_EQ(setup.system.faults.expiries, 2);
  std::vector<std::string> names;
  for (const auto& property : setup.claims.properties) {
    names.push_back(property->name());
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"a", "f", "s", "c", "alice#2 answers reply in {40, 100}",
                                      "at most 1 in flight bank > ledger", "no unexpected trap",
                                      "every call answered", "every call answered by its method"}));
  EXPECT_EQ(setup.claims.measures.size(), 1U);
  EXPECT_EQ(setup.expectation.verdict, ExpectedVerdict::kViolated);
  EXPECT_EQ(setup.expectation.property, "a");
  EXPECT_EQ(setup.expectation.outcomes.at("balance"), std::set<std::string>{"40"});
}

TEST(ScenarioFile, ACanisterWithAnIdOfItsOwnIsFoundByName) {
  std::string text = kBank;
  text.replace(text.find("[canister.bank]"), 0, "id = \"rrkah-fqaaa-aaaaa-aaaaq-cai\"\n");
  PreparedScenario file =
      prepared(kFile, text + "[[outcomes]]\nname = \"ledger\"\nof = \"ledger.get()\"");
  EXPECT_EQ(outcomes(check_prepared(file), "ledger"), "10 ");
}

TEST(ScenarioFile, AnswersAreJudged) {
  const auto verdict = [](const std::string& holds) {
    PreparedScenario file = prepared(kFile, R"toml(
profile = "happy"
[canister.counter]
wasm = "../counter/Counter.wasm"
[user.alice]
calls = ["counter.get()"]
[user.bob]
calls = ["counter.set2()"]
[[answers]]
call = "alice#1"
holds = ")toml" + holds + "\"\n");
    return check_prepared(file).verdict.answered;
  };
  EXPECT_EQ(verdict("reply in {0, 2}"), Answered::kVerified);
  EXPECT_EQ(verdict("reply == 0"), Answered::kViolated);
}

TEST(ScenarioFile, MistakesAreAnsweredWithPlaceAndNextStep) {
  struct Row {
    std::string text;
    std::string message;
  };

  const std::string bank = kBank;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = bank;
    return changed.replace(changed.find(from), from.size(), to);
  };
  const std::vector<Row> rows = {
      {"profile = \n", ":1:11: "},
      {with("\"happy\"", "1"), ":1:11: profile must be a text, and this is a whole number\n"},
      {"profle = \"happy\"\n",
       ":1:1: unknown key profle\n  profle = \"happy\"\n  ^\nDid you mean profile?"},
      {"profile = \"happy\"\n", ":1:1: the scenario has no canister\n"},
      {with("wasm = \"Bank", "wsm = \"Bank"),
       ":6:1: unknown key wsm in [canister.bank]\n  wsm = \"Bank.wasm\"\n  ^\nDid you mean wasm?"},
      {with("Bank.wasm", "Bnk.wasm"),
       ":6:9: there is no file examples/real/withdraw/Bnk.wasm\n  wasm = \"Bnk.wasm\"\n          "
       "^\nNames are relative to the scenario file's folder."},
      {with("ledger\", 100)", "ledgr\", 100)"),
       ":7:10: the init argument: \"ledgr\" is no principal\n  init = '(service \"ledgr\", 100)'\n "
       "       "
       "   ^\nDid you mean ledger?"},
      {with("\"(100)\"", "\"(true)\""), ":4:10: the init argument: "},
      {with("bank.withdraw(60)", "bank.witdraw(60)"),
       ":9:16: bank has no method witdraw\n  calls = [\"bank.witdraw(60)\"]\n                 "
       "^\nDid you mean withdraw?"},
      {with("bank.withdraw(60)", "bank.withdraw(true)"), ":9:25: "},
      {with("bank.withdraw(60)", "bank.withdraw(principal \\\"bnk\\\")"), ":9:25: "},
      {with("bank.withdraw(60)", "bnk.withdraw(60)"),
       ":9:11: there is no canister bnk\n  calls = [\"bnk.withdraw(60)\"]\n            ^\nDid you "
       "mean bank?"},
      {with("[\"bank.withdraw(60)\"]", "[[\"bank.get()\", \"bank.gt()\"], \"bank.get()\"]"),
       ":9:31: bank has no method gt\n"},
      {with("[\"bank.withdraw(60)\"]", "[\"bank.get()\", []]"),
       ":9:24: no calls are submitted together here\n"},
      {with("[\"bank.withdraw(60)\"]", "[[[\"bank.get()\"]]]"),
       ":9:11: expected a text, found a list\n"},
      {with("[\"bank.withdraw(60)\"]", "[[\"bank.get()\"]]\norder = \"any\""),
       ":9:10: alice has calls that are submitted together, and order any\n"},
      {with("calls = [\"bank.withdraw(60)\"]", "order = \"any\""),
       ":8:1: [user.alice] has no calls\n"},
      {bank + "order = \"random\"", ":12:10: unknown order random\n"},
      {bank + "[limits]\n\"bank > ledgr\" = 2", ":13:1: there is no canister ledgr\n"},
      {bank + "[limits]\n\"bank\" = 2", ":13:1: bank is no pair of canisters\n"},
      {bank + "[faults]\nreject = 2", ":13:1: there is no fault reject\n"},
      {bank + "[always]\nname = \"a\"", ":12:2: always is a table\n"},
      {bank + "[[always]]\nname = \"a\"", ":12:1: [[always]] has no holds\n"},
      {bank + "[[always]]\nname = \"a\"\nholds = \"bank.get() == 'x'\"",
       ":14:24: expected a value or a query, found '''\n"},
      {bank + "[[always]]\nname = \"a\"\nholds = 'bank.get() == \"x\"'",
       ":14:21: nat == text: these are not of one type\n"},
      {bank + "[[always]]\nname = \"a\"\nholds = \"bank.get()\"",
       ":14:10: holds must be true or false, and this is of type nat\n"},
      {bank +
           "[[always]]\nname = \"a\"\nholds = \"\"\"\n  bank.get() > 0 and\n  bank.gt() > 0\"\"\"",
       ":16:8: bank has no method gt\n"},
      {"watch = \"bank.get()\"\n" + bank, ":1:9: watch must be a list, and this is a text\n"},
      {"watch = [\"ledger.get()\", \"bank.gt()\"]\n" + bank,
       ":1:32: bank has no method gt\n  watch = [\"ledger.get()\", \"bank.gt()\"]\n             "
       "                    ^\nDid you mean get?"},
      {"watch = [\"bank.withdraw(1)\"]\n" + bank, ":1:11: bank.withdraw is an update"},
      {"watch = [\"1 + 1\"]\n" + bank, ":1:11: what is watched asks no query"},
      {bank + "[[answers]]\ncall = \"alice#2\"", ":13:9: there is no user's call alice#2\n"},
      {bank + "[expect]\nverdict = \"broken\"", ":13:12: there is no verdict broken\n"},
      {bank + "[expect]\nverdict = \"verified\"\noutcomes.x = []",
       ":14:10: there is no outcome set x\n"},
  };
  for (const Row& row : rows) {
    const std::string message = mistake(kFile, row.text);
    EXPECT_TRUE(message.starts_with(kFile + row.message))
        << "expected " << kFile << row.message << "\nfound    " << message;
  }
}

TEST(ScenarioFile, WhatStandsAfterCallsSubmittedTogetherWaitsForThem) {
  const auto with = [](const std::string& calls) {
    return R"toml(profile = "happy"
[canister.ledger]
wasm = "Ledger.wasm"
init = "(100)"
[canister.bank]
wasm = "Bank.wasm"
init = '(service "ledger", 100)'
[user.alice]
calls = )toml" +
           calls + R"toml(
[[answers]]
call = "alice#3"
holds = "reply != 100"
[[outcomes]]
name = "balance"
of = "bank.get()"
)toml";
  };
  const Report together = testing::checked(
      kFile, with(R"toml([["bank.withdraw(60)", "bank.withdraw(30)"], "bank.get()"])toml"));
  EXPECT_EQ(together.verdict.answered, Answered::kVerified) << together.verdict.why;
  EXPECT_NE(together.verdict.scope.find("alice (2 x withdraw together, then get)"),
            std::string::npos)
      << together.verdict.scope;
  // Together they disturb each other, as those of two users do.
  EXPECT_EQ(outcomes(together, "balance"), "10 40 70 ");
  const Report one_by_one = testing::checked(
      kFile, with("[\"bank.withdraw(60)\", \"bank.withdraw(30)\", \"bank.get()\"]\n"
                  "order = \"then\""));
  EXPECT_EQ(outcomes(one_by_one, "balance"), "10 ");
  const Report concurrent = testing::checked(
      kFile, with(R"toml(["bank.withdraw(60)", "bank.withdraw(30)", "bank.get()"])toml"));
  EXPECT_EQ(concurrent.verdict.answered, Answered::kViolated);
}

TEST(ScenarioFile, CallsSubmittedTogetherAreThoseOfTheBuilder) {
  const Report file = testing::checked(kFile, R"toml(profile = "happy"
[canister.counter]
wasm = "../counter/Counter.wasm"
[user.alice]
calls = ["counter.get()", ["counter.set1()", "counter.set2()"], "counter.get()"]
[[outcomes]]
name = "counter"
of = "counter.get()"
)toml");
  PreparedScenario cpp = prepare("cpp", "", [](Scenario& s) {
    const auto counter =
        install_wasm(s, "counter", std::filesystem::path("examples/real/counter/Counter.wasm"));
    const auto asked = [&](const std::string& method) {
      return NamedRequest{counter, method, counter.arguments(method)};
    };
    ScenarioUser alice = s.user("alice");
    alice.calls(asked("get"));
    const std::vector<CallPosition> together = alice.all({asked("set1"), asked("set2")});
    EXPECT_EQ(together.size(), 2U);
    EXPECT_EQ(together.back().number, 2U);
    alice.calls(asked("get"));
    s.profile(happy);
    s.outcomes("counter", [=](const State& end) { return counter.query(end, "get"); });
  });
  const Report expected = check_prepared(cpp);
  EXPECT_EQ(file.verdict.states, expected.verdict.states);
  EXPECT_EQ(file.verdict.transitions, expected.verdict.transitions);
  EXPECT_EQ(outcomes(file, "counter"), outcomes(expected, "counter"));
  EXPECT_EQ(outcomes(file, "counter"), "1 2 ");
}

TEST(ScenarioFile, SetChangesAPartOfTheFile) {
  const std::string text = std::string(kBank) + R"toml([[outcomes]]
name = "balance"
of = "bank.get()"
)toml";
  const auto balance = [&](const std::map<std::string, std::string>& set) {
    return outcomes(testing::checked(kFile, text, {.parameters = set}), "balance");
  };
  EXPECT_EQ(balance({}), "10 40 70 ");
  EXPECT_EQ(balance({{"user.alice.calls", "[\"bank.withdraw(20)\"]"}}), "50 70 80 ");
  // An item of a list, and a text without quotes.
  EXPECT_EQ(balance({{"user.alice.calls.1", "bank.withdraw(20)"}}), "50 70 80 ");
  EXPECT_EQ(balance({{"user.alice.calls.1", "bank.get()"},
                     {"canister.ledger.init", "(90)"},
                     {"canister.bank.init", "(service \"ledger\", 90)"}}),
            "60 ");
  // What the file does not have.
  EXPECT_EQ(balance({{"limits.\"bank > ledger\"", "1"}, {"one_schedule", "true"}}), "10 40 70 ");
  EXPECT_EQ(balance({{"outcomes.balance.of", "(bank.get(), 1)"}}), "(10, 1) (40, 1) (70, 1) ");
  EXPECT_EQ(balance({{"outcomes.1", "{ name = \"balance\", of = \"5\" }"}}), "5 ");
}

TEST(ScenarioFile, AMistakeInASetNamesThePath) {
  struct Row {
    std::string path;
    std::string value;
    std::string message;
  };

  const std::vector<Row> rows = {
      {"user.alice.calls", "[\"bank.witdraw(10)\"]",
       "bank has no method witdraw\n  user.alice.calls=[\"bank.witdraw(10)\"]\n"
       "                          ^\nDid you mean withdraw?"},
      {"user.alice.calls.1", "bank.witdraw(10)",
       "bank has no method witdraw\n  user.alice.calls.1=bank.witdraw(10)\n"
       "                          ^\nDid you mean withdraw?"},
      {"user.alice.calls.2", "bank.get()", "calls has no 2\n"},
      {"user.alise.calls", "[]",
       "user has no alise\n  user.alise.calls=[]\n       ^\n"
       "Did you mean alice?"},
      {"canister.bnk.init", "()", "canister has no bnk\n"},
      {"profle", "happy", "unknown key profle\n  profle=happy\n  ^\nDid you mean profile?"},
      {"profile", "1", "profile must be a text, and this is a whole number\n"},
      {"profile.name", "happy", "profile is a text, and has no name\n"},
      {"user.alice.calls", "[\"bank.get()\"", "Error while parsing array"},
      {"user alice", "1", "Error while parsing key-value pair"},
      {"sampled", "5\nprofile = 2", "sampled must be a whole number"},
  };
  for (const Row& row : rows) {
    const std::string message = mistake(kFile, kBank, {.parameters = {{row.path, row.value}}});
    const std::string expected = "--set " + row.path + ": " + row.message;
    EXPECT_TRUE(testing::contains(message, expected))
        << "expected " << expected << "\nfound    " << message;
    EXPECT_TRUE(message.starts_with(std::string("scenario ") + kFile + ": ")) << message;
  }
}

TEST(ScenarioFile, SetIsForThoseOfSeveralFilesThatHaveThePart) {
  const std::string story = "examples/real/withdraw/buggy.toml";
  const std::string other = "examples/real/counter/buggy.toml";
  const auto checked = testing::heddle(
      {"check", story, other, "--expect", "--set", "canister.bank.init=(service \"ledger\", 90)"});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_EQ(testing::heddle({"check", story, other, "--set", "description=both"}).code, 1);
  const auto none = testing::heddle({"check", story, other, "--set", "users=3"});
  EXPECT_EQ(none.code, 64);
  EXPECT_TRUE(testing::contains(none.err, "none of these 2 scenarios has such a parameter"))
      << none.err;
  const auto one = testing::heddle({"check", story, "--set", "users=3"});
  EXPECT_EQ(one.code, 64);
  EXPECT_TRUE(testing::contains(one.err, "--set users: unknown key users")) << one.err;
}

TEST(ScenarioFile, AStoredTraceRemembersWhatWasSet) {
  const std::string file = "examples/real/withdraw/buggy.toml";
  const std::filesystem::path trace =
      std::filesystem::temp_directory_path() / "heddle_scenario_file_set.json";
  EXPECT_EQ(testing::heddle({"check", file, "--set", "user.alice.calls=[\"bank.withdraw(7)\"]",
                             "--trace", trace.string()})
                .code,
            1);
  const auto replayed = testing::heddle({"replay", trace.string()});
  std::filesystem::remove(trace);
  EXPECT_EQ(replayed.code, 1) << replayed.out << replayed.err;
  EXPECT_TRUE(testing::contains(replayed.out, "alice#1 withdraw(7)")) << replayed.out;
}

TEST(ScenarioFile, IsReadAgainByEachRun) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "heddle_scenario_file_again.toml";
  const std::string canister =
      "[canister.counter]\nwasm = \"" +
      std::filesystem::absolute("examples/real/counter/Counter.wasm").string() + "\"\n";
  const auto listed = [&](const std::string& calls) {
    std::ofstream(file) << canister << "[user.alice]\ncalls = [" << calls << "]\n";
    return testing::heddle({"list", file.string()});
  };
  EXPECT_EQ(listed("\"counter.get()\"").code, 0);
  EXPECT_EQ(listed("\"counter.gt()\"").code, 65);
  std::filesystem::remove(file);
  // A list of what there is does not have it.
  EXPECT_EQ(Registry::instance().find(file.string()), nullptr);
}

TEST(ScenarioFile, IsTakenByEveryVerbThatTakesAScenario) {
  const std::string file = "examples/real/withdraw/buggy.toml";
  const auto checked = testing::heddle({"check", file, "--expect"});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_TRUE(testing::contains(checked.out, "withdraw(60)")) << checked.out;
  EXPECT_EQ(testing::heddle({"sample", file, "--schedules", "50"}).code, 1);
  EXPECT_EQ(testing::heddle({"explain", file}).code, 1);
  const std::filesystem::path trace =
      std::filesystem::temp_directory_path() / "heddle_scenario_file_test.json";
  EXPECT_EQ(testing::heddle({"check", file, "--trace", trace.string()}).code, 1);
  const auto replayed = testing::heddle({"replay", trace.string()});
  EXPECT_EQ(replayed.code, 1) << replayed.out << replayed.err;
  std::filesystem::remove(trace);
  EXPECT_EQ(testing::heddle({"check", "examples/real/withdraw/none.toml"}).code, 65);
  // It would not hold the canisters' memory.
  EXPECT_EQ(testing::heddle({"check", file, "--checkpoint", trace.string()}).code, 64);
}

}  // namespace
}  // namespace heddle
