// Verdicts as text, as a table and as JSON.
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/internal/text.h>
#include <heddle/traces/report.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

Report verified() {
  Verdict verdict;
  verdict.answered = Answered::kVerified;
  verdict.scope =
      "users alice, bob; canister counter; profile happy, no faults; at most 500 calls in flight; "
      "all 1 204 331 states";
  verdict.strategy = "breadth-first";
  verdict.states = 1'204'331;
  verdict.transitions = 5'000'000;
  verdict.depth = 24;
  verdict.quiescent = 2;
  verdict.seconds = 1.234;
  verdict.pieces_run = 90;
  verdict.pieces_recalled = 4'999'910;
  verdict.memory_bytes = 12'345'678;
  verdict.outcomes["counter"] = {{"1", {"start bob#1", "start alice#1"}},
                                 {"2", {"start alice#1", "start bob#1"}}};
  verdict.witnesses["both suspended"] = {"start alice#1", "start bob#1"};
  verdict.peaks["calls from caller to callee"] = 1500;
  verdict.distinct = {{"variables", 4}, {"logs", 900}, {"contexts", 35}};
  verdict.notes = {"query get wrote counter; discarded [L1]"};
  return {.name = "counter/set_and_set", .verdict = verdict};
}

Report violated() {
  Verdict verdict;
  verdict.answered = Answered::kViolated;
  verdict.property = "conserved";
  verdict.property_kind = "always";
  verdict.why = "bank.balance = 140, ledger.balance = 80";
  verdict.schedule = test::lost_update().schedule();
  verdict.minimality = "the shortest";
  verdict.scope = "users alice, bob; canisters ledger, bank; profile happy";
  verdict.strategy = "breadth-first";
  verdict.states = 40;
  verdict.transitions = 60;
  verdict.depth = 6;
  verdict.seconds = 0.01;
  return {.name = "withdraw/buggy",
          .verdict = verdict,
          .trace = test::lost_update(),
          .expected = "violated conserved"};
}

Report sampled() {
  Verdict verdict;
  verdict.answered = Answered::kIncomplete;
  verdict.bound = "sampled";
  verdict.coverage = "10 000 schedules, none failed; not a proof";
  verdict.scope = "user u; canisters caller, callee; profile happy";
  verdict.strategy = "random";
  verdict.schedules = 10'000;
  verdict.seed = 7;
  verdict.transitions = 1'000'000;
  verdict.depth = 500;
  verdict.seconds = 61;
  verdict.outcomes["a"] = {{"500", {"start u#1"}}};
  verdict.outcomes["b"] = {{"x", {}}, {"y", {"start u#1"}}};
  return {.name = "parallel_calls/two_thousand",
          .verdict = verdict,
          .expected = "verified",
          .as_expected = false};
}

TEST(Report, Verified) {
  EXPECT_TRUE(test::matches_golden("report_verified.txt", to_text(verified(), {.width = 100})));
}

TEST(Report, ViolatedCountsUndeclaredRacesAsFindings) {
  EXPECT_TRUE(test::matches_golden("report_violated.txt", to_text(violated(), {.width = 100})));
}

TEST(Report, IncompleteSaysWhatEndedIt) {
  EXPECT_TRUE(test::matches_golden("report_sampled.txt", to_text(sampled(), {.width = 60})));
}

TEST(Report, Table) {
  const std::vector<Report> reports{verified(), violated(), sampled()};
  EXPECT_TRUE(test::matches_golden("report_table.txt", to_table(reports, {.width = 100})));
}

TEST(Report, NoLineIsWiderThanAskedAndAsciiIsAscii) {
  const std::vector<Report> reports{verified(), violated(), sampled()};
  for (const std::size_t width : {60U, 80U, 120U}) {
    for (const bool ascii : {false, true}) {
      const TextOptions options{.width = width, .ascii = ascii};
      std::string text = to_table(reports, options);
      for (const Report& report : reports) {
        text += to_text(report, options);
      }
      std::istringstream in(text);
      for (std::string line; std::getline(in, line);) {
        EXPECT_LE(internal::display_width(line), width) << line;
        if (ascii) {
          EXPECT_EQ(internal::printable(line, true), line);
        }
      }
    }
  }
}

TEST(Report, JsonHasTheFieldsThatProgramsRead) {
  const auto json = nlohmann::json::parse(to_json(violated()));
  EXPECT_EQ(json["name"], "withdraw/buggy");
  EXPECT_EQ(json["verdict"], "VIOLATED");
  EXPECT_EQ(json["property"], "conserved");
  EXPECT_EQ(json["strategy"], "breadth-first");
  EXPECT_EQ(json["states"], 40);
  EXPECT_EQ(json["transitions"], 60);
  EXPECT_EQ(json["depth"], 6);
  EXPECT_TRUE(json["seconds"].is_number());
  EXPECT_TRUE(json["scope"].is_string());
  EXPECT_EQ(json["schedule"].size(), 6U);
  EXPECT_EQ(json["schedule"][0], "start alice#1");
  EXPECT_EQ(json["outcomes"], nlohmann::json::array());
  EXPECT_EQ(json["races"][0]["variable"], "bank.balance");
}

TEST(Report, JsonOfAVerifiedScenarioHasNoPropertyAndItsOutcomes) {
  const auto json = nlohmann::json::parse(to_json(verified()));
  EXPECT_TRUE(json["property"].is_null());
  EXPECT_EQ(json["schedule"], nlohmann::json::array());
  ASSERT_EQ(json["outcomes"].size(), 2U);
  EXPECT_EQ(json["outcomes"][0]["value"], "1");
  EXPECT_EQ(json["outcomes"][0]["schedule"][0], "start bob#1");
  EXPECT_FALSE(json["outcomes"][0].contains("set"));
}

TEST(Report, JsonNamesTheOutcomeSetWhereThereAreSeveral) {
  const auto json = nlohmann::json::parse(to_json(sampled()));
  ASSERT_EQ(json["outcomes"].size(), 3U);
  EXPECT_EQ(json["outcomes"][0]["set"], "a");
  EXPECT_EQ(json["outcomes"][2]["set"], "b");
  EXPECT_EQ(json["outcomes"][2]["value"], "y");
  EXPECT_EQ(json["as_expected"], false);
}

TEST(Report, JsonOfSeveralIsAnArray) {
  const std::vector<Report> reports{verified(), violated()};
  const auto json = nlohmann::json::parse(to_json(std::span<const Report>(reports)));
  ASSERT_TRUE(json.is_array());
  EXPECT_EQ(json[1]["name"], "withdraw/buggy");
}

}  // namespace
}  // namespace heddle
