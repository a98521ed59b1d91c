// The trace format: what is written conforms to the schema, what is read is what was written, and
// what cannot be read is refused with the place and the reason.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/json.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

/// With what is in the documents of pages only.
Trace for_page() {
  Trace trace = test::lost_update();
  trace.steps[1].alternatives = {
      {.event = "deliver alice#1/1", .verdict = "passes"},
      {.event = "start carol#1", .verdict = "fails", .property = "conserved", .after = 3},
      {.event = "start dave#1", .verdict = "misuse"},
      {.event = "time"}};
  trace.properties = {{"conserved", "always", {{0, "holds"}, {6, "violated", "40 is not 70"}}},
                      {"all are paid", "finally", {{0, "not judged"}, {6, "holds"}}},
                      {"both wait", "sometimes", {{0, "not reached"}, {2, "reached"}}}};
  trace.next = {{.event = "heartbeat bank", .verdict = "passes"}};
  return trace;
}

std::vector<Trace> samples() {
  return {test::lost_update(),
          test::trap_and_cleanup(),
          test::deadlock(),
          test::many_calls(),
          test::awkward_text(),
          test::many_canisters(),
          test::made_smaller(),
          for_page(),
          Trace{}};
}

/// The text of the Misuse that reading `text` throws.
std::string complaint(std::string_view text) {
  try {
    read_trace(text, "guard.json");
  } catch (const Misuse& misuse) {
    return misuse.what();
  }
  return "no complaint";
}

/// What the schema's validator says of the documents; "" when they conform.
std::string schema_errors(const std::vector<std::string>& documents) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("heddle_schema_{}", getpid());
  std::filesystem::create_directories(folder);
  std::string files;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::filesystem::path file = folder / fmt::format("{}.json", i);
    std::ofstream(file) << documents[i];
    files += fmt::format(" '{}'", file.string());
  }
  const std::filesystem::path errors = folder / "errors";
  // Debian's python3, which has Debian's python3-jsonschema, comes before any other.
  const std::string command = fmt::format(
      "PATH=/usr/bin:$PATH python3 -B tests/traces/validate.py traces/trace.schema.json {} >'{}' "
      "2>&1",
      files, errors.string());
  const int status = std::system(command.c_str());
  std::ifstream in(errors);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove_all(folder);
  return status == 0 ? std::string() : text.empty() ? "the validator failed" : text;
}

TEST(TraceJson, AWholeTraceIsReadAsItWasWritten) {
  std::vector<Trace> traces = samples();
  Trace compared = test::lost_update();
  compared.critical_step = 2;
  compared.sibling = TraceSibling{3, std::make_shared<const Trace>(test::lost_update())};
  traces.push_back(compared);
  for (const Trace& trace : traces) {
    const std::string text = to_json(trace);
    const std::string again = to_json(read_whole_trace(text, "trace.json"));
    // Alternatives and accesses of a sibling are not written at all.
    EXPECT_EQ(again, text);
  }
}

TEST(TraceJson, AWholeTraceThatIsNoneIsRefusedWithThePlace) {
  const std::string text = to_json(test::lost_update());
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(text);
  json["steps"][2]["ended"] = 7;
  try {
    read_whole_trace(json.dump(), "old.json");
    ADD_FAILURE();
  } catch (const Misuse& misuse) {
    EXPECT_STREQ(misuse.what(), "old.json: at /steps/2/ended: expected text, but this is a number");
  }
  json["steps"][2] = "start";
  EXPECT_THROW(read_whole_trace(json.dump(), "old.json"), Misuse);
  json["steps"] = true;
  EXPECT_THROW(read_whole_trace(json.dump(), "old.json"), Misuse);
}

TEST(TraceJson, ConformsToTheSchemaThatIsShipped) {
  std::vector<std::string> documents;
  for (const Trace& trace : samples()) {
    documents.push_back(to_json(trace));
  }
  EXPECT_EQ(schema_errors(documents), "");
}

TEST(TraceJson, SchemaRefusesWhatIsNoTrace) {
  EXPECT_NE(schema_errors({R"({"schema": "heddle/trace/1"})"}), "");
  auto json = nlohmann::json::parse(to_json(test::lost_update()));
  json["steps"][0]["kind"] = "magic";
  EXPECT_NE(schema_errors({json.dump()}), "");
}

TEST(TraceJson, LooksAsItDid) {
  EXPECT_TRUE(test::matches_golden("lost_update.json", to_json(test::lost_update())));
}

TEST(TraceJson, WhatAReplayNeedsSurvivesTheRoundTrip) {
  for (const Trace& trace : samples()) {
    if (trace.scenario == "texts/awkward") {
      continue;  // bytes that are no UTF-8 are replaced
    }
    const StoredTrace stored = read_trace(to_json(trace), "trace.json");
    EXPECT_EQ(stored.scenario, trace.scenario);
    EXPECT_EQ(stored.profile, trace.profile);
    EXPECT_EQ(stored.verdict, trace.verdict);
    EXPECT_EQ(stored.property, trace.property);
    EXPECT_EQ(stored.property_kind, trace.property_kind);
    EXPECT_EQ(stored.strategy, trace.strategy);
    EXPECT_EQ(stored.minimality, trace.minimality);
    EXPECT_EQ(stored.seed, trace.seed);
    EXPECT_EQ(stored.settings, trace.settings);
    EXPECT_EQ(stored.schedule, trace.schedule());
  }
}

TEST(TraceJson, IsTheSameTextEveryTime) {
  EXPECT_EQ(to_json(test::lost_update()), to_json(test::lost_update()));
}

TEST(TraceJson, CompactIsTheSameDocumentInOneLine) {
  for (const Trace& trace : samples()) {
    const std::string text = to_compact_json(trace);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(to_json(trace)));
  }
}

TEST(TraceJson, UnknownFieldsAreIgnored) {
  auto json = nlohmann::json::parse(to_json(test::lost_update()));
  json["future"] = {{"anything", 1}};
  json["steps"][0]["clock"] = nlohmann::json::array({1, 2});
  EXPECT_EQ(read_trace(json.dump(), "x").schedule, test::lost_update().schedule());
}

TEST(TraceJson, BrokenJsonIsRefusedWithLineAndColumn) {
  const std::string text = complaint("{\n  \"schema\": \"heddle/trace/1\",\n  oops\n}");
  EXPECT_NE(text.find("guard.json: expected a trace in JSON; at line 3, column 3"),
            std::string::npos)
      << text;
}

TEST(TraceJson, AnotherVersionIsRefusedByItsName) {
  EXPECT_EQ(
      complaint(R"({"schema": "heddle/trace/2"})"),
      "guard.json: at /schema: the trace is of format heddle/trace/2, and this version of "
      "Heddle reads heddle/trace/1; make it anew, or replay it with the version that wrote it");
}

TEST(TraceJson, SomethingElseIsRefused) {
  EXPECT_EQ(complaint("[]"), "guard.json: at /: expected an object, the trace, but this is a list");
  EXPECT_EQ(complaint("{}"),
            "guard.json: at /schema: expected \"heddle/trace/1\"; this is no trace of Heddle's");
}

TEST(TraceJson, AWrongFieldIsRefusedWithItsPlace) {
  auto json = nlohmann::json::parse(to_json(test::lost_update()));
  json["schedule"][2] = 7;
  EXPECT_EQ(
      complaint(json.dump()),
      "guard.json: at /schedule/2: expected an event, a text like \"start alice#1\", but this "
      "is a number");
  json.erase("schedule");
  EXPECT_EQ(complaint(json.dump()),
            "guard.json: at /: expected a field \"schedule\", a list of events, but there is none");
  json["schedule"] = nlohmann::json::array();
  json["settings"] = {{"users", 3}};
  EXPECT_EQ(complaint(json.dump()),
            "guard.json: at /settings/users: expected text, but this is a number");
}

}  // namespace
}  // namespace heddle
