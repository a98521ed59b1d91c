// What a run shows to services: annotations and summaries of GitHub, SARIF, pages.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/internal/attempt.h>
#include <heddle/suite/internal/github.h>
#include <heddle/suite/internal/sarif.h>

#include "suite/folder.h"
#include "suite/stories.h"

namespace heddle::testing {
namespace {

using internal::annotation;
using internal::Attempt;
using internal::Finding;
using Json = nlohmann::json;

/// The environment of a job on GitHub, as long as it lives.
class OnGitHub {
 public:
  OnGitHub() {
    set("GITHUB_ACTIONS", "true");
    set("GITHUB_STEP_SUMMARY", "summary.md");
  }

  ~OnGitHub() {
    for (const auto& [name, value] : before_) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }

  OnGitHub(const OnGitHub&) = delete;
  OnGitHub& operator=(const OnGitHub&) = delete;

 private:
  void set(const std::string& name, const char* value) {
    const char* const now = std::getenv(name.c_str());
    before_.emplace_back(name, now == nullptr ? std::nullopt : std::optional<std::string>(now));
    setenv(name.c_str(), value, 1);
  }

  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

std::string read(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Tests run in the root of the sources.
const std::filesystem::path& root() {
  static const std::filesystem::path path = std::filesystem::current_path();
  return path;
}

const std::filesystem::path& root_at_start = root();

/// The line of stories.h that has this text.
std::size_t line_of(const std::string& text) {
  std::ifstream stream(root() / "tests/suite/stories.h");
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (contains(line, text)) {
      return number;
    }
  }
  return 0;
}

Attempt violated(const std::string& name) {
  Attempt attempt;
  attempt.name = name;
  attempt.place = {"tests/suite/stories.cc", 7, {}};
  attempt.report = check_scenario(name);
  attempt.code = 1;
  return attempt;
}

TEST(Annotation, EscapesWhatWouldEndItOrItsProperties) {
  Finding finding;
  finding.title = "a: 50 %, b";
  finding.text = "first: 50 %,\nsecond";
  finding.place = {"a,b:c.cc", 12, {}};
  EXPECT_EQ(annotation(finding),
            "::error file=a%2Cb%3Ac.cc,line=12,title=a%3A 50 %25%2C b::first: 50 %25,%0Asecond\n");
  finding.level = Finding::Level::kWarning;
  finding.place = {};
  EXPECT_EQ(annotation(finding), "::warning title=a%3A 50 %25%2C b::first: 50 %25,%0Asecond\n");
}

TEST(FindingPlace, IsTheAwaitAtWhichTheOvertakenCallWasSuspended) {
  const Attempt attempt = violated("till/buggy");
  const std::vector<Finding> findings = findings_of(attempt);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "finally/both are paid");
  EXPECT_EQ(findings[0].place.file, "tests/suite/stories.h");
  EXPECT_EQ(findings[0].place.line, line_of("const Nat before = cash;") + 1);
  EXPECT_TRUE(contains(findings[0].text, "heddle replay till/buggy --schedule"));
}

TEST(Findings, AreNoneOfAScenarioThatPasses) {
  Attempt attempt = violated("till/buggy");
  attempt.code = 0;
  EXPECT_TRUE(findings_of(attempt).empty());
}

TEST(GitHub, IsToldOnlyWhenItRuns) {
  const TemporaryFolder folder;
  const std::vector<std::string> words{"check", "till/buggy", "till/outcomes", "wrong/scenario"};
  EXPECT_FALSE(contains(heddle(words).err, "::error"));
  EXPECT_FALSE(std::filesystem::exists("summary.md"));
  const OnGitHub github;
  const Ran ran = heddle(words);
  EXPECT_EQ(ran.code, 65);
  EXPECT_TRUE(contains(
      ran.err, fmt::format("::error file=tests/suite/stories.h,line={},title=both are paid is "
                           "violated in till/buggy::",
                           line_of("const Nat before = cash;") + 1)))
      << ran.err;
  EXPECT_TRUE(contains(ran.err, "title=wrong/scenario could not be checked::")) << ran.err;
  EXPECT_FALSE(contains(ran.out, "::error"));
  const std::string summary = read("summary.md");
  EXPECT_EQ(summary.rfind("### Heddle: 2 of 3 scenarios did not pass\n\n| | scenario |", 0), 0U)
      << summary;
  EXPECT_TRUE(contains(summary, "| :white_check_mark: | till/outcomes | VERIFIED |")) << summary;
  EXPECT_TRUE(contains(summary, "| :x: | till/buggy | VIOLATED | both are paid |")) << summary;
  EXPECT_TRUE(contains(summary, "```mermaid\nsequenceDiagram\n")) << summary;
  EXPECT_TRUE(contains(summary, "<details><summary>both are paid is violated in till/buggy"));
}

TEST(GitHub, IsNotToldOfWhatTheScenarioDeclares) {
  const TemporaryFolder folder;
  const OnGitHub github;
  const Ran ran = heddle({"check", "till/buggy", "--expect"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_FALSE(contains(ran.err, "::")) << ran.err;
  const std::string summary = read("summary.md");
  EXPECT_TRUE(contains(summary, "### Heddle: 1 scenario passed")) << summary;
  EXPECT_TRUE(contains(summary, "VIOLATED | both are paid, as declared |")) << summary;
  EXPECT_FALSE(contains(summary, "mermaid"));
}

TEST(GitHub, EachRunAddsToTheSummary) {
  const TemporaryFolder folder;
  const OnGitHub github;
  heddle({"check", "till/outcomes"});
  heddle({"check", "till/outcomes"});
  const std::string summary = read("summary.md");
  const std::size_t first = summary.find("### Heddle");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(summary.find("### Heddle", first + 1), std::string::npos);
}

TEST(GitHub, NamesInTheSummaryAreNoMarkup) {
  Attempt attempt = violated("till/buggy");
  attempt.name = "a|b<script>";
  const std::string summary = internal::job_summary(std::span(&attempt, 1));
  EXPECT_TRUE(contains(summary, "| a\\|b&lt;script> |")) << summary;
  EXPECT_FALSE(contains(summary, "<script>"));
}

TEST(Sarif, HasTheAwaitTheRaceAndTheStepsOfAViolation) {
  const TemporaryFolder folder;
  const Ran ran = heddle({"check", "till/buggy", "till/outcomes", "--sarif", "out.sarif"});
  EXPECT_EQ(ran.code, 1);
  const Json document = Json::parse(read("out.sarif"));
  EXPECT_EQ(document["version"], "2.1.0");
  ASSERT_EQ(document["runs"].size(), 1U);
  const Json& sarif = document["runs"][0];
  EXPECT_EQ(sarif["tool"]["driver"]["name"], "Heddle");
  EXPECT_EQ(sarif["invocations"][0]["executionSuccessful"], true);
  ASSERT_EQ(sarif["results"].size(), 1U);
  const Json& result = sarif["results"][0];
  EXPECT_EQ(result["ruleId"], "finally/both are paid");
  EXPECT_EQ(sarif["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"],
            result["ruleId"]);
  EXPECT_EQ(result["level"], "error");
  const Json& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "tests/suite/stories.h");
  EXPECT_EQ(place["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_TRUE(sarif["originalUriBaseIds"].contains("SRCROOT"));
  EXPECT_EQ(place["region"]["startLine"], line_of("const Nat before = cash;") + 1);
  EXPECT_EQ(result["relatedLocations"].size() % 3, 0U);
  EXPECT_FALSE(result["relatedLocations"].empty());
  EXPECT_FALSE(result["codeFlows"][0]["threadFlows"][0]["locations"].empty());
}

TEST(Sarif, WhatIsNoFindingInTheSourceIsANotification) {
  const TemporaryFolder folder;
  heddle({"check", "till/sampled", "wrong/scenario", "--sarif", "out.sarif"});
  const Json sarif = Json::parse(read("out.sarif"))["runs"][0];
  EXPECT_TRUE(sarif["results"].empty());
  EXPECT_EQ(sarif["invocations"][0]["executionSuccessful"], false);
  const Json& notifications = sarif["invocations"][0]["toolExecutionNotifications"];
  ASSERT_EQ(notifications.size(), 2U);
  EXPECT_EQ(notifications[0]["level"], "warning");
  EXPECT_EQ(notifications[1]["level"], "error");
}

TEST(Sarif, ExpectedViolationsAreNoResults) {
  const TemporaryFolder folder;
  heddle({"check", "till/buggy", "wrong/set", "--expect", "--sarif", "out.sarif"});
  const Json sarif = Json::parse(read("out.sarif"))["runs"][0];
  ASSERT_EQ(sarif["results"].size(), 1U);
  EXPECT_EQ(sarif["results"][0]["ruleId"], "not-as-declared");
  EXPECT_EQ(sarif["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "tests/suite/stories.cc");
}

/// Objects of SARIF may have what the standard (sections 3.13 to 3.58) lists, and no more: its
/// schema forbids other fields.
void expect_fields(const Json& object, const std::vector<std::string>& required,
                   const std::vector<std::string>& optional) {
  for (const std::string& field : required) {
    EXPECT_TRUE(object.contains(field)) << field << " in " << object;
  }
  for (const auto& [field, value] : object.items()) {
    const bool known = std::ranges::find(required, field) != required.end() ||
                       std::ranges::find(optional, field) != optional.end();
    EXPECT_TRUE(known) << field << " in " << object;
  }
}

TEST(Sarif, HasTheFieldsOfTheStandardAndNoOthers) {
  const std::vector<Attempt> attempts{violated("till/buggy")};
  const Json document = Json::parse(to_sarif(attempts));
  expect_fields(document, {"version", "runs"}, {"$schema"});
  const Json& sarif = document["runs"][0];
  expect_fields(sarif, {"tool"}, {"originalUriBaseIds", "invocations", "results"});
  expect_fields(sarif["tool"], {"driver"}, {});
  expect_fields(sarif["tool"]["driver"], {"name"}, {"version", "rules"});
  expect_fields(sarif["tool"]["driver"]["rules"][0], {"id"}, {"shortDescription"});
  expect_fields(sarif["invocations"][0], {"executionSuccessful"}, {"toolExecutionNotifications"});
  const Json& result = sarif["results"][0];
  expect_fields(result, {"message"},
                {"ruleId", "ruleIndex", "level", "locations", "relatedLocations", "codeFlows",
                 "partialFingerprints"});
  expect_fields(result["message"], {"text"}, {});
  expect_fields(result["locations"][0], {}, {"physicalLocation", "logicalLocations"});
  for (const Json& location : result["relatedLocations"]) {
    expect_fields(location, {}, {"id", "physicalLocation", "message"});
    expect_fields(location["physicalLocation"], {"artifactLocation"}, {"region"});
    EXPECT_GE(location["physicalLocation"]["region"]["startLine"], 1);
  }
  const Json& flow = result["codeFlows"][0]["threadFlows"][0];
  expect_fields(flow, {"locations"}, {});
  expect_fields(flow["locations"][0], {}, {"location", "executionOrder"});
}

TEST(Html, APageIsWrittenForEachViolatedScenario) {
  const TemporaryFolder folder;
  const Ran ran = heddle({"check", "till/*", "--expect", "--html", "pages/of/today"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(read("pages/of/today/till-buggy.html").rfind("<!doctype html>", 0), 0U);
  EXPECT_FALSE(std::filesystem::exists("pages/of/today/till-outcomes.html"));
}

}  // namespace
}  // namespace heddle::testing
