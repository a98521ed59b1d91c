// The verbs, in this process: what they print, and what they exit with.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

using Json = nlohmann::json;

/// A file that is gone when the test is over.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path_(std::filesystem::path(::testing::TempDir()) / fmt::format("{}_{}", getpid(), name)) {
    std::filesystem::remove(path_);
  }

  ~TemporaryFile() { std::filesystem::remove(path_); }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

  [[nodiscard]] bool exists() const { return std::filesystem::exists(path_); }

  [[nodiscard]] std::string read() const {
    std::ifstream stream(path_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void write(const std::string& text) const { std::ofstream(path_) << text; }

 private:
  std::filesystem::path path_;
};

TEST(Run, WithoutAVerbPrintsHelp) {
  const Ran ran = heddle({});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.out, "usage: heddle <verb>"));
  EXPECT_EQ(ran.err, "");
}

TEST(List, ShowsNameFormExpectationAndDescription) {
  const Ran ran = heddle({"list", "till/*"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            "scenario                form     expected    what it is\n"
            "till/buggy              buggy    VIOLATED    two payments look before the await and "
            "write after it\n"
            "till/fixed_write_first  fixed    VERIFIED    payments write before the await\n"
            "till/outcomes           buggy    VERIFIED    what is left when payments are careless\n"
            "till/one_schedule       neutral  INCOMPLETE  first come, first served\n"
            "till/sampled            neutral  INCOMPLETE  a few schedules\n");
}

TEST(List, AsJsonHasNameDescriptionFormAndExpectation) {
  const Ran ran = heddle({"list", "till/*", "--json"});
  EXPECT_EQ(ran.code, 0);
  const Json list = Json::parse(ran.out);
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list[0]["name"], "till/buggy");
  EXPECT_EQ(list[0]["form"], "buggy");
  EXPECT_EQ(list[0]["description"], "two payments look before the await and write after it");
  EXPECT_EQ(list[0]["expect"]["verdict"], "VIOLATED");
  EXPECT_EQ(list[1]["expect"]["outcomes"], Json::parse(R"(["80"])"));
  EXPECT_EQ(list[2]["form"], "buggy");
  EXPECT_EQ(list[3]["expect"]["verdict"], "INCOMPLETE");
}

TEST(List, OfAScenarioThatMakesNoSenseNamesIt) {
  const Ran ran = heddle({"list"});
  EXPECT_EQ(ran.code, 65);
  EXPECT_TRUE(contains(ran.err, "wrong/scenario")) << ran.err;
}

TEST(Check, AVerifiedScenarioShowsScopeCountsAndOutcomes) {
  const Ran ran = heddle({"check", "till/outcomes"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_TRUE(contains(ran.out, "VERIFIED till/outcomes\n")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "users user1 (careless), user2 (careless); canisters clerk, till"));
  EXPECT_TRUE(contains(ran.out, "profile happy"));
  EXPECT_TRUE(contains(ran.out, "outcomes of cash: {80, 90}"));
  EXPECT_TRUE(contains(ran.out, "after start user1#1; "));
}

TEST(Check, AViolatedScenarioShowsTheTraceAndTheCommandThatReplaysIt) {
  const Ran ran = heddle({"check", "till/buggy"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(contains(ran.out, "VIOLATED both are paid (finally) in till/buggy")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "till.cash"));
  EXPECT_TRUE(contains(ran.out, "heddle replay till/buggy --schedule"));
}

TEST(Check, TheReplayCommandThatItPrintsShowsTheSameFailure) {
  const Ran checked = heddle({"check", "till/buggy", "--profile", "safety"});
  const std::size_t begin = checked.out.find("heddle replay");
  ASSERT_NE(begin, std::string::npos);
  // The one quoted word is the schedule; the rest are plain words, a line broken by a backslash.
  const std::size_t quote = checked.out.find('\'', begin);
  const std::size_t end = checked.out.find('\'', quote + 1);
  std::istringstream words(checked.out.substr(begin, quote - begin));
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) {
    if (word != "\\" && word != "heddle") {
      arguments.push_back(word);
    }
  }
  EXPECT_EQ(arguments, (std::vector<std::string>{"replay", "till/buggy", "--profile", "safety",
                                                 "--schedule"}));
  arguments.push_back(checked.out.substr(quote + 1, end - quote - 1));
  const Ran replayed = heddle(arguments);
  EXPECT_EQ(replayed.code, 1) << replayed.err;
  EXPECT_TRUE(contains(replayed.out, "VIOLATED both are paid")) << replayed.out;
}

TEST(Check, SeveralScenariosMakeATableAndTheWorstExitCode) {
  const Ran ran = heddle({"check", "till/*"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(contains(ran.out, "scenario "));
  EXPECT_TRUE(contains(ran.out, "5 scenarios: "));
  EXPECT_TRUE(contains(ran.out, "To see a counterexample: heddle explain till/buggy"));
  EXPECT_EQ(heddle({"check", "till/o*"}).code, 2);
  EXPECT_EQ(heddle({"check", "till/outcomes", "till/fixed*"}).code, 0);
}

TEST(Check, MisuseInOneScenarioDoesNotHideTheOthers) {
  const Ran ran = heddle({"check", "*o*", "--no-regressions"});
  EXPECT_EQ(ran.code, 65);
  EXPECT_TRUE(contains(ran.err, "wrong/scenario: MISUSE: ")) << ran.err;
  EXPECT_TRUE(contains(ran.out, "till/outcomes"));
}

TEST(Check, MisuseInCanisterCodeNamesMethodAndSchedule) {
  const Ran ran = heddle({"check", "confused/await_twice"});
  EXPECT_EQ(ran.code, 65);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(contains(ran.err, "confused/await_twice: MISUSE: ")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "till.confused")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "start alice#1")) << ran.err;
}

TEST(Check, ExpectComparesWithWhatIsDeclared) {
  const Ran right = heddle({"check", "till/*", "--expect"});
  EXPECT_EQ(right.code, 0) << right.out;
  EXPECT_TRUE(contains(right.out, "all as expected"));

  const Ran verdict = heddle({"check", "wrong/expectation", "--expect"});
  EXPECT_EQ(verdict.code, 1);
  EXPECT_TRUE(contains(verdict.out, "the verdict is VERIFIED, expected VIOLATED (never empty)"))
      << verdict.out;

  const Ran set = heddle({"check", "wrong/set", "--expect"});
  EXPECT_EQ(set.code, 1);
  EXPECT_TRUE(contains(set.out, "cash is {80, 90}, expected {80}")) << set.out;
}

TEST(Check, AnIncompleteSearchIsExpectedOnlyWhereDeclared) {
  EXPECT_EQ(heddle({"check", "till/sampled", "till/one_schedule", "--expect"}).code, 0);
  const Ran ran = heddle({"check", "till/fixed_write_first", "--max-states", "3", "--expect"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(contains(ran.out, "the verdict is INCOMPLETE (max-states), expected VERIFIED"))
      << ran.out;
}

TEST(Check, RunsTheOneScheduleOfAReplica) {
  const TemporaryFile file("simulated.txt");
  const Ran ran = heddle({"check", "till/fixed_write_first", "--profile", "replica"});
  EXPECT_EQ(ran.code, 2) << ran.out << ran.err;
  EXPECT_TRUE(contains(ran.out, "as a replica with all canisters runs them; not a proof"))
      << ran.out;
  EXPECT_TRUE(contains(ran.out, "profile replica")) << ran.out;
  // Both withdrawals of one block look before either answer is there: the replica's order fails.
  const Ran buggy = heddle({"check", "till/buggy", "--profile", "replica", "--trace", file.path()});
  EXPECT_EQ(buggy.code, 1) << buggy.out << buggy.err;
  std::vector<std::string> events;
  for (const Json& step : Json::parse(file.read())["steps"]) {
    events.push_back(step["event"]);
  }
  const Ran simulated = heddle({"simulate", "till/buggy", "--events"});
  std::size_t at = 0;
  for (const std::string& event : events) {
    at = simulated.out.find(event, at);
    ASSERT_NE(at, std::string::npos) << event << " in\n" << simulated.out;
  }
}

TEST(Check, RunsWhatTheScenarioDeclaresAndAnswersIncomplete) {
  const Ran one = heddle({"check", "till/one_schedule"});
  EXPECT_EQ(one.code, 2);
  EXPECT_TRUE(contains(one.out, "INCOMPLETE till/one_schedule"));
  EXPECT_TRUE(contains(one.out, "in-order"));
  const Ran sampled = heddle({"check", "till/sampled"});
  EXPECT_EQ(sampled.code, 2);
  EXPECT_TRUE(contains(sampled.out, "20 schedules, none failed; not a proof")) << sampled.out;
  EXPECT_EQ(heddle({"check", "till/sampled", "--strategy", "breadth-first"}).code, 0);
}

TEST(Check, JsonIsAnObjectForOneAndAnArrayForSeveral) {
  const Ran one = heddle({"check", "till/buggy", "--json", "-"});
  EXPECT_EQ(one.code, 1);
  const Json object = Json::parse(one.out);
  for (const char* field : {"name", "verdict", "property", "strategy", "states", "transitions",
                            "depth", "seconds", "scope", "schedule", "outcomes"}) {
    EXPECT_TRUE(object.contains(field)) << field;
  }
  EXPECT_EQ(object["verdict"], "VIOLATED");
  EXPECT_EQ(object["property"], "both are paid");
  EXPECT_EQ(object["schedule"].size(), 6U);

  const Ran several = heddle({"check", "till/outcomes", "wrong/scenario", "--json", "-"});
  EXPECT_EQ(several.code, 65);
  const Json array = Json::parse(several.out);
  ASSERT_EQ(array.size(), 2U);
  EXPECT_EQ(array[0]["outcomes"][0]["value"], "80");
  EXPECT_FALSE(array[0]["outcomes"][0]["schedule"].empty());
  EXPECT_TRUE(array[0]["property"].is_null());
  EXPECT_EQ(array[1]["verdict"], "MISUSE");
}

TEST(Check, JsonIntoAFileLeavesTheTextOnTheConsole) {
  const TemporaryFile file("verdict.json");
  const Ran ran = heddle({"check", "till/outcomes", "--json", file.path()});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.out, "VERIFIED till/outcomes"));
  EXPECT_EQ(Json::parse(file.read())["name"], "till/outcomes");
}

TEST(Check, ABoundThatIsHitIsNeverAPass) {
  const Ran states = heddle({"check", "till/outcomes", "--max-states", "3"});
  EXPECT_EQ(states.code, 2);
  EXPECT_TRUE(contains(states.out, "ended by: max-states")) << states.out;
  EXPECT_EQ(heddle({"check", "till/outcomes", "--max-depth", "2"}).code, 2);
  const auto begin = std::chrono::steady_clock::now();
  const Ran time = heddle({"check", "large/many_users", "--max-seconds", "0.3"});
  EXPECT_EQ(time.code, 2);
  EXPECT_TRUE(contains(time.out, "ended by: max-seconds")) << time.out;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(Check, CtrlCAnswersIncompleteWithTheCountsSoFar) {
  std::signal(SIGINT, SIG_IGN);
  std::thread impatient([] {
    // Once the command listens, and not before.
    struct sigaction now {};
    do {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      sigaction(SIGINT, nullptr, &now);
    } while (now.sa_handler == SIG_IGN);
    std::raise(SIGINT);
  });
  const Ran ran = heddle({"check", "large/many_users", "--max-seconds", "100"});
  impatient.join();
  std::signal(SIGINT, SIG_DFL);
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(contains(ran.out, "ended by: interrupted")) << ran.out;
  EXPECT_TRUE(contains(ran.out, " states"));
}

TEST(Check, ThereIsAProgressLineOnATerminalAndNoneInAPipe) {
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> words = {"heddle", "check", "large/many_users", "--max-seconds",
                                          "1.5"};
  run(words, Console{out, err, false, true});
  EXPECT_TRUE(contains(err.str(), "large/many_users: ")) << err.str();
  EXPECT_TRUE(contains(err.str(), "/s, frontier "));
  EXPECT_TRUE(contains(err.str(), "depth "));
  EXPECT_EQ(heddle({"check", "large/many_users", "--max-seconds", "1"}).err, "");
}

TEST(Check, ParametersAreSetByName) {
  const Ran ran = heddle({"check", "till/fixed_write_first", "--set", "users=3"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.out, "outcomes of cash: {70}")) << ran.out;

  const Ran unknown = heddle({"check", "till/fixed_write_first", "--set", "user=3"});
  EXPECT_EQ(unknown.code, 64);
  EXPECT_TRUE(contains(unknown.err, "users")) << unknown.err;
  EXPECT_EQ(heddle({"check", "till/fixed_write_first", "--set", "users=many"}).code, 64);
  // Of several scenarios it is for those that have it; none may be a slip of the pen.
  EXPECT_EQ(heddle({"check", "till/f*", "till/outcomes", "--set", "users=1"}).code, 0);
  EXPECT_EQ(heddle({"check", "till/*", "--set", "user=3"}).code, 64);
}

TEST(Check, ProfileAndWeakenedGuaranteesStandInTheScope) {
  EXPECT_TRUE(
      contains(heddle({"check", "till/outcomes", "--profile", "safety"}).out, "profile safety"));
  EXPECT_TRUE(contains(heddle({"check", "till/outcomes", "--weaken", "G1"}).out, "G1"));
}

TEST(Check, GrowChecksSizesInTurnAndEstimatesTheNext) {
  const Ran ran =
      heddle({"check", "till/fixed_write_first", "--grow", "users", "--max-seconds", "2"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "     users  verdict ")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "         2  VERIFIED"));
  EXPECT_TRUE(contains(ran.out, "         3  VERIFIED"));
  EXPECT_TRUE(contains(ran.out, " states, "));
  EXPECT_TRUE(contains(ran.out, "Stopped "));
  const Ran unknown = heddle({"check", "till/fixed_write_first", "--grow", "size"});
  EXPECT_EQ(unknown.code, 64);
  EXPECT_TRUE(contains(unknown.err, "it has users")) << unknown.err;
}

TEST(Check, NamesThatMatchNothingGetTheNextStep) {
  const Ran typo = heddle({"check", "till/bugy"});
  EXPECT_EQ(typo.code, 64);
  EXPECT_EQ(typo.err,
            "heddle check: no scenario is named 'till/bugy'; did you mean till/buggy?\n"
            "See 'heddle list'.\n");
  const Ran pattern = heddle({"check", "none/*"});
  EXPECT_EQ(pattern.code, 64);
  EXPECT_EQ(pattern.err, "heddle check: no scenario's name matches 'none/*'\nSee 'heddle list'.\n");
}

TEST(Check, CoverageShowsWhatRanWhileCallsWereSuspended) {
  const Ran ran = heddle({"check", "till/fixed_write_first", "--coverage", "--width", "200"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.out, "covered: ")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "while suspended: till.careful at ")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "never run: till.careless")) << ran.out;
  EXPECT_FALSE(contains(heddle({"check", "till/fixed_write_first"}).out, "covered: "));
  const Ran json = heddle({"check", "till/fixed_write_first", "--coverage", "--json", "-"});
  EXPECT_FALSE(Json::parse(json.out).at("covered").at("interrupted").empty());
}

TEST(Check, RequiredCoverageThatIsMissingExitsOneAndNamesIt) {
  const Ran missing =
      heddle({"check", "till/fixed_write_first", "--require-coverage", "awaits,methods"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(contains(missing.out, "VERIFIED"));
  EXPECT_TRUE(contains(missing.out, "NOT COVERED: till.careless never ran")) << missing.out;
  EXPECT_EQ(heddle({"check", "till/fixed_write_first", "--require-coverage", "awaits"}).code, 0);
  const Ran wrong = heddle({"check", "till/fixed_write_first", "--require-coverage", "awaits,all"});
  EXPECT_EQ(wrong.code, 64);
  EXPECT_TRUE(contains(wrong.err, "not 'all'"));
}

TEST(Check, AScenarioThatAllowsOneScheduleFailsUnlessItSaysSo) {
  const Ran unsaid = heddle({"check", "alone/unsaid", "--width", "400"});
  EXPECT_EQ(unsaid.code, 1);
  EXPECT_TRUE(contains(unsaid.out, "VERIFIED alone/unsaid")) << unsaid.out;
  EXPECT_TRUE(contains(unsaid.out,
                       "ONE SCHEDULE: the scenario allows one schedule only, of 3 events, so no "
                       "interleavings were compared. Likely because user1 makes the only call"))
      << unsaid.out;
  EXPECT_TRUE(contains(unsaid.out, "if it is meant, say s.one_schedule()")) << unsaid.out;
  EXPECT_EQ(heddle({"check", "alone/unsaid", "--expect"}).code, 1);
  EXPECT_EQ(heddle({"check", "alone/unsaid", "--reduce", "all"}).code, 1);

  const Ran said = heddle({"check", "alone/said"});
  EXPECT_EQ(said.code, 0);
  EXPECT_FALSE(contains(said.out, "ONE SCHEDULE")) << said.out;
  EXPECT_EQ(heddle({"check", "alone/said", "--expect"}).code, 0);
  // Faults are schedules, too.
  EXPECT_EQ(heddle({"check", "alone/unsaid", "--profile", "safety"}).code, 0);
}

TEST(Check, OneScheduleHasItsPlaceInTheJsonAndInTheTable) {
  const Json unsaid = Json::parse(heddle({"check", "alone/unsaid", "--json", "-"}).out);
  EXPECT_EQ(unsaid["verdict"], "VERIFIED");
  EXPECT_TRUE(contains(unsaid["one_schedule"], "the scenario allows one schedule only"));
  EXPECT_FALSE(
      Json::parse(heddle({"check", "alone/said", "--json", "-"}).out).contains("one_schedule"));

  const Ran table = heddle({"check", "alone/*said", "--expect", "--width", "100"});
  EXPECT_EQ(table.code, 1);
  EXPECT_TRUE(contains(table.out, " s ONE SCHEDULE\n")) << table.out;
  EXPECT_TRUE(contains(table.out, "all as expected; 1 with ONE SCHEDULE only")) << table.out;
  EXPECT_TRUE(contains(table.out, "alone/unsaid: the scenario allows one schedule only"))
      << table.out;
}

TEST(Check, RequiredInterruptsAreAwaitsTimesMethods) {
  const Ran mixed =
      heddle({"check", "mixed/two_methods", "--require-coverage", "interrupts", "--json", "-"});
  EXPECT_EQ(mixed.code, 1);
  const Json json = Json::parse(mixed.out);
  // Each interrupts the other, and there is but one call of each.
  const Json& pairs = json["covered"]["never_interrupted_by"];
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_TRUE(contains(pairs[0][0], "till.careful at "));
  EXPECT_EQ(pairs[0][1], "till.careful");
  EXPECT_TRUE(contains(pairs[1][0], "till.careless at "));
  EXPECT_EQ(pairs[1][1], "till.careless");
  ASSERT_EQ(json["uncovered"].size(), 2U);
  EXPECT_TRUE(contains(json["uncovered"][0], " was never interrupted by till.careful"));
  EXPECT_EQ(heddle({"check", "mixed/two_methods", "--require-coverage", "awaits"}).code, 0);
  EXPECT_EQ(heddle({"check", "till/fixed_write_first", "--require-coverage", "interrupts"}).code,
            0);
}

TEST(Check, DporSaysHowManyExecutionsThereWereAndHowManyWereBlocked) {
  const Ran words = heddle({"check", "till/outcomes", "--strategy", "dpor", "--width", "200"});
  EXPECT_EQ(words.code, 0);
  EXPECT_TRUE(contains(words.out, " schedules that stand for all orders of events, ")) << words.out;
  EXPECT_TRUE(contains(words.out, " executions \u00b7 0 blocked")) << words.out;
  const Json json =
      Json::parse(heddle({"check", "till/outcomes", "--strategy", "dpor", "--json", "-"}).out);
  EXPECT_EQ(json["strategy"], "dpor");
  EXPECT_GT(json["executions"], 1);
  EXPECT_EQ(json["blocked"], 0);
  EXPECT_TRUE(json["executions_estimated"].is_null());
  EXPECT_EQ(json["outcomes"].size(), 2U);
}

TEST(Check, DporThatIsEndedEstimatesItsExecutions) {
  const std::vector<std::string> words = {
      "check", "large/many_users", "--strategy", "dpor", "--max-seconds", "0.5", "--width", "200"};
  const Ran ran = heddle(words);
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(contains(ran.out, " executions \u00b7 0 blocked \u00b7 of ")) << ran.out;
  std::vector<std::string> as_json = words;
  as_json.insert(as_json.end(), {"--json", "-"});
  const Json json = Json::parse(heddle(as_json).out);
  EXPECT_EQ(json["blocked"], 0);
  EXPECT_GT(json["executions"], 0);
  EXPECT_GE(json["executions_estimated"]["low"], json["executions"]);
}

TEST(Sample, OfOneScheduleFailsAsACheckDoes) {
  const Ran declared = heddle({"check", "alone/sampled", "--expect"});
  EXPECT_EQ(declared.code, 1);
  EXPECT_TRUE(contains(declared.out, "ONE SCHEDULE: ")) << declared.out;
  EXPECT_EQ(heddle({"sample", "alone/unsaid", "--schedules", "10"}).code, 1);
  EXPECT_EQ(heddle({"sample", "alone/said", "--schedules", "10"}).code, 0);
}

TEST(Sample, ExitsWithZeroAndStaysIncompleteInWords) {
  const Ran ran = heddle({"sample", "till/outcomes", "--schedules", "50", "--seed", "7"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(contains(ran.out, "INCOMPLETE till/outcomes"));
  EXPECT_TRUE(contains(ran.out, "50 schedules, none failed; not a proof"));
  const Ran json = heddle({"sample", "till/outcomes", "--schedules", "50", "--json", "-"});
  EXPECT_EQ(json.code, 0);
  EXPECT_EQ(Json::parse(json.out)["verdict"], "INCOMPLETE");
}

TEST(Sample, FindsTheBugAndTheSameOneForTheSameSeed) {
  const std::vector<std::string> words = {"sample", "till/buggy", "--seed", "3", "--json", "-"};
  const Ran first = heddle(words);
  const Ran second = heddle(words);
  EXPECT_EQ(first.code, 1);
  EXPECT_EQ(Json::parse(first.out)["schedule"], Json::parse(second.out)["schedule"]);
  EXPECT_EQ(heddle({"sample", "till/buggy", "--strategy", "pct"}).code, 1);
}

TEST(Sample, TheDefaultIsThePortfolioWithTheStatisticsOfEachStrategy) {
  const Ran ran = heddle({"sample", "till/outcomes", "--schedules", "60", "--json", "-"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["strategy"], "portfolio");
  ASSERT_EQ(json["strategies"].size(), 6U);
  std::uint64_t first = 0;
  std::vector<std::string> names;
  for (const Json& strategy : json["strategies"]) {
    names.push_back(strategy["name"]);
    EXPECT_EQ(strategy["schedules"], 10);
    EXPECT_GT(strategy["covered"], 0);
    EXPECT_TRUE(strategy["first_hit"].is_null());
    first += strategy["covered_first"].get<std::uint64_t>();
  }
  EXPECT_EQ(names, (std::vector<std::string>{"random", "pct", "pos", "urw", "surw", "delay"}));
  std::uint64_t covered = 0;
  for (const char* kind : {"pieces", "met", "interrupted", "rejects"}) {
    covered += json["covered"][kind].size();
  }
  EXPECT_EQ(first, covered);
  const Ran words = heddle({"sample", "till/outcomes", "--schedules", "60"});
  EXPECT_TRUE(contains(words.out, "surw: 10 schedules, covered ")) << words.out;
}

TEST(Sample, TheStrategyThatFailedSaysInWhichSchedule) {
  const Json json = Json::parse(heddle({"sample", "till/buggy", "--json", "-"}).out);
  std::vector<std::uint64_t> hits;
  for (const Json& strategy : json["strategies"]) {
    if (!strategy["first_hit"].is_null()) {
      hits.push_back(strategy["first_hit"]);
    }
  }
  EXPECT_EQ(hits, (std::vector<std::uint64_t>{json["schedules"].get<std::uint64_t>() - 1}));
}

TEST(Sample, EachStrategyCanBeAskedFor) {
  for (const char* strategy : {"random", "pct", "pos", "urw", "surw", "delay", "portfolio"}) {
    const Ran ran = heddle({"sample", "till/buggy", "--strategy", strategy, "--json", "-"});
    EXPECT_EQ(ran.code, 1) << strategy;
    EXPECT_EQ(Json::parse(ran.out)["strategy"], strategy);
  }
  EXPECT_TRUE(contains(heddle({"sample", "--help"}).out, "surw"));
}

TEST(Replay, AStoredTraceFailsTheSameWay) {
  const TemporaryFile file("trace.json");
  const Ran checked = heddle({"check", "till/buggy", "--trace", file.path()});
  EXPECT_EQ(checked.code, 1);
  EXPECT_TRUE(contains(checked.out, "heddle replay " + file.path())) << checked.out;
  const Ran replayed = heddle({"replay", file.path()});
  EXPECT_EQ(replayed.code, 1) << replayed.err;
  EXPECT_TRUE(contains(replayed.out, "VIOLATED both are paid"));
}

TEST(Replay, AStoredTraceRemembersParametersAndGuarantees) {
  const TemporaryFile file("trace.json");
  const Ran checked =
      heddle({"replay", "till/fixed_write_first", "--set", "users=3", "--weaken", "G1",
              "--schedule", "start user3#1; start till>clerk", "--trace", file.path()});
  EXPECT_EQ(checked.code, 0) << checked.err;
  const Ran replayed = heddle({"replay", file.path()});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_TRUE(contains(replayed.out, "user3#1"));
}

TEST(Replay, AnEventThatIsNotPossibleIsNamed) {
  const std::vector<std::string> words = {"replay", "till/buggy", "--schedule",
                                          "start user1#1; deliver user1#1/1"};
  const Ran strict = heddle(words);
  EXPECT_EQ(strict.code, 65);
  EXPECT_TRUE(contains(strict.err, "deliver user1#1/1")) << strict.err;
  EXPECT_TRUE(contains(strict.err, "start till>clerk")) << strict.err;
  std::vector<std::string> lenient = words;
  lenient.emplace_back("--lenient");
  const Ran ran = heddle(lenient);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "diverged")) << ran.out;
}

TEST(Replay, BadInputIsMisuseAndAMissingFileWrongUsage) {
  const TemporaryFile file("broken.json");
  file.write("{\"schema\": 12");
  const Ran broken = heddle({"replay", file.path()});
  EXPECT_EQ(broken.code, 65);
  EXPECT_TRUE(contains(broken.err, file.path())) << broken.err;
  EXPECT_EQ(heddle({"replay", "no_such.json"}).code, 64);
  const Ran bare = heddle({"replay", "till/buggy"});
  EXPECT_EQ(bare.code, 64);
  EXPECT_TRUE(contains(bare.err, "--schedule"));
  EXPECT_EQ(heddle({"replay", "till/buggy", "--schedule", "begin user1"}).code, 65);
}

TEST(Replay, SaysWhenTheTraceFailsNoMore) {
  const TemporaryFile file("trace.json");
  heddle({"check", "till/buggy", "--trace", file.path()});
  Json trace = Json::parse(file.read());
  trace["scenario"] = "till/outcomes";
  file.write(trace.dump());
  const Ran ran = heddle({"replay", file.path()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out,
                       "No property fails any more: when the trace was stored, \"both are "
                       "paid\" did."))
      << ran.out;
}

TEST(Diff, ShowsTwoStoredTracesSideBySide) {
  const TemporaryFile first("first.json");
  const TemporaryFile second("second.json");
  heddle({"check", "till/buggy", "--trace", first.path()});
  const Ran same = heddle({"diff", first.path(), first.path()});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_TRUE(contains(same.out, "The two tell the same.")) << same.out;
  Json trace = Json::parse(first.read());
  trace["steps"].back()["ended"] = "trapped";
  second.write(trace.dump());
  const Ran other = heddle({"diff", first.path(), second.path()});
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_FALSE(contains(other.out, "The two tell the same."));
  EXPECT_TRUE(contains(other.out, "both are paid fails")) << other.out;
}

TEST(Diff, ComparesAStoredTraceWithItsScheduleToday) {
  const TemporaryFile file("trace.json");
  heddle({"check", "till/buggy", "--trace", file.path()});
  EXPECT_EQ(heddle({"diff", file.path()}).code, 0);
  Json trace = Json::parse(file.read());
  trace["steps"][0]["method"] = "what_it_was_called_then";
  trace["steps"][0]["sends"] = Json::array();
  file.write(trace.dump());
  const Ran ran = heddle({"diff", file.path()});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(contains(ran.out, "what_it_was_called_then")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "then: both are paid fails")) << ran.out;
}

TEST(Diff, SaysWhichFileIsMissingOrTooMany) {
  const Ran missing = heddle({"diff", "no_such.json"});
  EXPECT_EQ(missing.code, 64);
  EXPECT_TRUE(contains(missing.err, "there is no file no_such.json")) << missing.err;
  EXPECT_EQ(heddle({"diff"}).code, 64);
  EXPECT_EQ(heddle({"diff", "a", "b", "c"}).code, 64);
}

TEST(Rely, ShowsWhatFailsWhenAFaultIsAllowed) {
  const Ran ran =
      heddle({"rely", "till/fixed_write_first", "--profile", "happy", "--width", "140"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "as it stands")) << ran.out;
  for (const std::string_view given_up : {"G1", "G2", "G3", "G4", "G5", "D8 rejects"}) {
    EXPECT_TRUE(contains(ran.out, fmt::format("\n{}", given_up))) << ran.out;
  }
  EXPECT_TRUE(contains(ran.out, "nothing")) << ran.out;
  EXPECT_EQ(heddle({"rely", "till/buggy"}).code, 1);
}

TEST(Audit, SaysThatNothingIsHeldWhereNothingIs) {
  const Ran ran = heddle({"audit", "till/fixed_write_first"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "till/fixed_write_first: nothing is held across an await and let go after it\n");
}

TEST(Rely, ShowsOutcomesThatAreNotThoseDeclared) {
  const Ran ran = heddle({"rely", "till/outcomes", "--width", "140"});
  // A payment that is submitted once more is paid once more.
  EXPECT_TRUE(contains(ran.out, "VERIFIED  cash is {70, 80, 90}, expected {80, 90}")) << ran.out;
}

TEST(Simulate, TellsHowLongEachCallTakes) {
  const Ran ran = heddle({"simulate", "till/fixed_write_first", "--network", "mainnet"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(contains(ran.out, "1 round")) << ran.out;
  const TemporaryFile file("plot.svg");
  const Ran table = heddle({"simulate", "till/fixed_write_first", "--vary", "users=1..3", "--svg",
                            file.path(), "--network", "mainnet"});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_TRUE(contains(table.out, "1.85 s to 2.85 s")) << table.out;
  EXPECT_TRUE(contains(file.read(), "</svg>"));
}

TEST(Simulate, RefusesWhatMakesNoSenseByName) {
  const auto refusal = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"simulate", "till/fixed_write_first"});
    const Ran ran = heddle(words);
    EXPECT_EQ(ran.code, 64) << ran.out;
    return ran.err;
  };
  EXPECT_TRUE(contains(refusal({"--network", "moon"}), "one of pocketic, local, mainnet"));
  EXPECT_TRUE(contains(refusal({"--vary", "users"}), "such as calls=10..90:20"));
  EXPECT_TRUE(contains(refusal({"--vary", "users=3..1"}), "is empty"));
  EXPECT_TRUE(contains(refusal({"--vary", "miners=1..3"}), "no parameter 'miners'"));
  EXPECT_TRUE(
      contains(refusal({"--place", "bank=2"}), "has no canister 'bank'; it has clerk, till"));
  EXPECT_TRUE(contains(refusal({"--place", "till=0"}), "from 1 to 100"));
  EXPECT_TRUE(contains(refusal({"--svg", "x.svg"}), "give both"));
}

TEST(Allow, LetsTheEnvironmentDoWhatTheProfileDoesNot) {
  const Ran happy = heddle({"check", "till/fixed_write_first", "--profile", "happy"});
  EXPECT_EQ(happy.code, 0) << happy.out;
  const TemporaryFile file("allowed.json");
  const Ran allowed = heddle({"check", "till/fixed_write_first", "--profile", "happy", "--allow",
                              "rejects=2", "--json", "-", "--trace", file.path()});
  const Json json = Json::parse(allowed.out);
  EXPECT_TRUE(contains(json["scope"].get<std::string>(), "at most 2 rejects")) << allowed.out;
  const Ran replayed =
      heddle({"replay", "till/fixed_write_first", "--profile", "happy", "--allow", "rejects",
              "--schedule", "start user1#1; reject till>clerk@1", "--trace", file.path()});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(Json::parse(file.read())["settings"]["--allow"], "rejects=1");
  EXPECT_EQ(heddle({"replay", file.path()}).code, 0);
}

TEST(Weaken, SeveralGuaranteesAreStoredWithATrace) {
  const TemporaryFile file("weakened.json");
  const Ran replayed = heddle({"replay", "till/fixed_write_first", "--weaken", "G1", "--weaken",
                               "G4", "--schedule", "start user1#1", "--trace", file.path()});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(Json::parse(file.read())["settings"]["--weaken"], "G1,G4");
  EXPECT_EQ(heddle({"replay", file.path()}).code, 0);
  const Ran scope = heddle({"check", "till/fixed_write_first", "--weaken", "G4", "--json", "-"});
  EXPECT_TRUE(contains(Json::parse(scope.out)["scope"].get<std::string>(), "no limit"));
}

TEST(Weaken, EachGuaranteeIsReplayedFromAStoredTraceThatSaysWhatHappens) {
  struct Case {
    const char* guarantee;
    const char* schedule;
    const char* told;
  };

  for (const auto& [guarantee, schedule, told] :
       {Case{"G2", "start user1#1; start till>clerk twice; start till>clerk again",
             "the same request, a second time"},
        Case{"G3", "start user1#1; start till>clerk; expire user1#1/1; deliver user1#1/1",
             "user1#1/1 expires: its outcome is unknown"},
        Case{"G5", "start user1#1; start till>clerk; deliver user1#1/1 trap-after 1",
             "what it wrote stays"}}) {
    const TemporaryFile file("weakened.json");
    const Ran stored = heddle({"replay", "till/buggy", "--weaken", guarantee, "--allow",
                               "callback-traps=1", "--schedule", schedule, "--trace", file.path()});
    EXPECT_TRUE(contains(stored.out, told)) << stored.out << stored.err;
    EXPECT_EQ(Json::parse(file.read())["settings"]["--weaken"], guarantee);
    const Ran again = heddle({"replay", file.path()});
    EXPECT_TRUE(contains(again.out, told)) << again.out << again.err;
  }
}

TEST(Explain, TheNearestScheduleIsAFewStepsAway) {
  const TemporaryFile file("nearest.json");
  heddle({"check", "till/buggy", "--trace", file.path()});
  const Json trace = Json::parse(file.read());
  const std::size_t differences = trace["sibling"]["differences"];
  EXPECT_GE(differences, 1U);
  EXPECT_LT(differences, trace["steps"].size());
}

TEST(Explain, ShowsTheNearestScheduleThatPasses) {
  const Ran ran = heddle({"explain", "till/buggy"});
  EXPECT_TRUE(contains(ran.out, "decides")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "Beside the nearest schedule that passes")) << ran.out;
}

TEST(Explain, ShowsACounterexampleOfEachKind) {
  const Ran ran = heddle({"explain", "till/buggy", "--counterexamples", "5"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(contains(ran.out, "Counterexample 1 of ")) << ran.out;
  EXPECT_TRUE(contains(ran.out, "one for each property and kind of race; there are no others"))
      << ran.out;
  EXPECT_TRUE(contains(ran.out, "(shortest of its kind)")) << ran.out;
  const Ran fixed = heddle({"explain", "till/fixed_write_first", "--counterexamples", "5"});
  EXPECT_EQ(fixed.code, 0) << fixed.out;
  EXPECT_EQ(heddle({"explain", "till/buggy", "--counterexamples", "0"}).code, 64);
  const TemporaryFile file("several.json");
  heddle({"check", "till/buggy", "--trace", file.path()});
  EXPECT_EQ(heddle({"explain", file.path(), "--counterexamples", "2"}).code, 64);
}

TEST(Explain, ShowsTheCounterexampleOrHowAnOutcomeComesAbout) {
  const Ran buggy = heddle({"explain", "till/buggy"});
  EXPECT_EQ(buggy.code, 1);
  EXPECT_TRUE(contains(buggy.out, "stale write")) << buggy.out;
  const Ran fine = heddle({"explain", "till/outcomes"});
  EXPECT_EQ(fine.code, 0);
  EXPECT_TRUE(contains(fine.out, "heddle explain till/outcomes --outcome 80")) << fine.out;
  const Ran outcome = heddle({"explain", "till/outcomes", "--outcome", "90"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.out, "cash: 90 -> 90")) << outcome.out;
  const Ran never = heddle({"explain", "till/outcomes", "--outcome", "70"});
  EXPECT_EQ(never.code, 64);
  EXPECT_TRUE(contains(never.err, "its outcomes are 80, 90")) << never.err;
}

TEST(Export, WritesEveryFormat) {
  const TemporaryFile file("trace.json");
  EXPECT_EQ(heddle({"export", "till/buggy", "--format", "json", "--output", file.path()}).code, 0);
  EXPECT_TRUE(Json::parse(file.read()).contains("steps"));
  const Ran mermaid = heddle({"export", file.path(), "--format", "mermaid"});
  EXPECT_EQ(mermaid.code, 0) << mermaid.err;
  EXPECT_EQ(mermaid.out.rfind("sequenceDiagram", 0), 0U) << mermaid.out;
  const Ran html = heddle({"export", file.path(), "--format", "html"});
  EXPECT_EQ(html.out.rfind("<!doctype html>", 0), 0U) << html.out;
  const Ran text = heddle({"export", file.path()});
  EXPECT_TRUE(contains(text.out, "VIOLATED both are paid"));
  const Ran nothing = heddle({"export", "till/fixed_write_first"});
  EXPECT_EQ(nothing.code, 64);
  EXPECT_TRUE(contains(nothing.err, "--outcome")) << nothing.err;
}

TEST(View, AsciiAndWidthReachTheTrace) {
  const Ran ran = heddle({"check", "till/buggy", "--ascii", "--width", "70"});
  for (const char c : ran.out) {
    ASSERT_GE(c, 0);
  }
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    // A command that is to be copied is not broken inside a quoted word.
    if (!contains(line, "start user1#1; ")) {
      EXPECT_LE(line.size(), 70U) << line;
    }
  }
  EXPECT_TRUE(contains(heddle({"check", "till/buggy", "--color", "always"}).out, "\x1b["));
  EXPECT_FALSE(contains(heddle({"check", "till/buggy"}).out, "\x1b["));
}

TEST(Check, AFileThatCannotBeWrittenIsNamed) {
  const Ran ran = heddle({"check", "till/buggy", "--trace", "/no/such/folder/t.json"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_TRUE(contains(ran.err, "cannot write /no/such/folder/t.json")) << ran.err;
}

TEST(Check, ATraceFileNeedsOneScenario) {
  const Ran ran = heddle({"check", "till/*", "--trace", "t.json"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_TRUE(contains(ran.err, "matches 5 scenarios")) << ran.err;
}

TEST(Check, CheckDeterminismComparesEveryPiece) {
  EXPECT_EQ(heddle({"check", "till/outcomes", "--check-determinism"}).code, 0);
}

}  // namespace

TEST(Check, GoesOnFromTheCheckpointOfARunThatABoundEnded) {
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / "goes_on_from.checkpoint";
  std::filesystem::remove(file);
  const std::vector<std::string> check{"check", "large/many_users", "--threads", "1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), check.begin(), check.end());
    return heddle(more);
  };
  const Ran undisturbed = with({"--max-states", "60000", "--no-checkpoint", "--json", "-"});
  const Ran first =
      with({"--max-states", "20000", "--checkpoint", file.string(), "--checkpoint-every", "0.001"});
  EXPECT_EQ(first.code, 2);
  EXPECT_FALSE(contains(first.err, "going on"));
  ASSERT_TRUE(std::filesystem::exists(file));
  const Ran second = with({"--max-states", "60000", "--checkpoint", file.string(), "--json", "-"});
  EXPECT_EQ(second.code, 2);
  EXPECT_TRUE(contains(second.err, "going on from the checkpoint " + file.string())) << second.err;
  const nlohmann::json expected = nlohmann::json::parse(undisturbed.out);
  const nlohmann::json found = nlohmann::json::parse(second.out);
  for (const char* what : {"verdict", "states", "transitions", "depth", "outcomes"}) {
    EXPECT_EQ(found[what], expected[what]) << what;
  }
  std::filesystem::remove(file);
}

}  // namespace heddle::testing
