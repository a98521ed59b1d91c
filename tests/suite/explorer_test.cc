// What the live page asks and is answered, without sockets.
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/internal/explorer.h>
#include <heddle/suite/internal/verbs.h>

#include "suite/folder.h"
#include "suite/stories.h"

namespace heddle::testing {
namespace {

using internal::Explorer;
using internal::ExplorerOptions;
using internal::HttpResponse;
using Json = nlohmann::json;

Explorer exploring(const std::string& name, ExplorerOptions options = {}) {
  return {scenario_named(name), {}, std::move(options)};
}

HttpResponse posted(Explorer& explorer, const std::string& what, const std::string& body) {
  return explorer.answer(what, {.method = "POST", .path = "/token/" + what, .body = body});
}

Json answered(Explorer& explorer, const std::string& what, const Json& question) {
  const HttpResponse response = posted(explorer, what, question.dump());
  EXPECT_EQ(response.status, 200) << response.body;
  return Json::parse(response.body);
}

std::vector<std::string> events(const Json& alternatives) {
  std::vector<std::string> texts;
  for (const Json& alternative : alternatives) {
    texts.push_back(alternative["event"]);
  }
  return texts;
}

/// What the property of that name is after the step.
std::string judged(const Json& trace, const std::string& name, std::size_t step) {
  std::string is = "missing";
  for (const Json& property : trace["properties"]) {
    for (const Json& change : property["changes"]) {
      if (property["name"] == name && change["step"] <= step) {
        is = change["is"];
      }
    }
  }
  return is;
}

const std::vector<std::string> kFailing = {"start user1#1",     "start user2#1",
                                           "start till>clerk",  "start till>clerk",
                                           "deliver user1#1/1", "deliver user2#1/1"};

TEST(Explorer, AnswersTheReplayAndWhatCanHappenNext) {
  Explorer explorer = exploring("till/buggy");
  const Json begin = answered(explorer, "replay", {{"schedule", Json::array()}});
  EXPECT_EQ(begin["schema"], "heddle/trace/1");
  EXPECT_EQ(begin["steps"].size(), 0U);
  EXPECT_EQ(events(begin["next"]), (std::vector<std::string>{"start user1#1", "start user2#1"}));
  EXPECT_EQ(begin["final_variables"][0]["variable"], "cash");
  const Json first = answered(explorer, "replay", {{"schedule", {"start user1#1"}}});
  EXPECT_EQ(first["steps"].size(), 1U);
  EXPECT_EQ(events(first["next"]), (std::vector<std::string>{"start user2#1", "start till>clerk"}));
}

TEST(Explorer, SaysWhatEachPropertyIsAtEachStep) {
  Explorer explorer = exploring("till/buggy");
  const Json trace = answered(explorer, "replay", {{"schedule", kFailing}});
  EXPECT_EQ(trace["property"]["name"], "both are paid");
  EXPECT_EQ(judged(trace, "both are paid", 0), "not judged");
  EXPECT_EQ(judged(trace, "both are paid", 5), "not judged");
  EXPECT_EQ(judged(trace, "both are paid", 6), "violated");
  EXPECT_EQ(judged(trace, "no unexpected trap", 6), "holds");
  EXPECT_EQ(judged(trace, "no deadlock", 6), "holds");
}

TEST(Explorer, WhatIsSaidOfAnAlternativeIsWhatComesOfIt) {
  Explorer explorer = exploring("till/buggy");
  const Json trace = answered(explorer, "replay", {{"schedule", kFailing}});
  std::size_t passing = 0;
  std::size_t failing = 0;
  for (std::size_t i = 0; i < kFailing.size(); ++i) {
    for (const Json& alternative : trace["steps"][i].value("alternatives", Json::array())) {
      std::vector<std::string> schedule(kFailing.begin(),
                                        kFailing.begin() + static_cast<std::ptrdiff_t>(i));
      schedule.push_back(alternative["event"]);
      std::vector<std::string> then(kFailing.begin() + static_cast<std::ptrdiff_t>(i),
                                    kFailing.end());
      std::erase(then, alternative["event"].get<std::string>());
      const Json gone_on =
          answered(explorer, "replay", {{"schedule", schedule}, {"then", then}, {"to_end", true}});
      if (alternative["verdict"] != "passes") {
        ++failing;
        EXPECT_NE(alternative["verdict"], "fails") << "so small a system is searched to its end";
        EXPECT_EQ(gone_on["property"]["name"], alternative["property"]);
        EXPECT_EQ(gone_on["property"]["step"], i + alternative["after"].get<std::size_t>());
      } else {
        ++passing;
        EXPECT_FALSE(gone_on.contains("property"));
      }
    }
  }
  EXPECT_GT(passing + failing, 3U);
}

TEST(Explorer, GoesOnInTheGivenOrderAsFarAsItIsPossible) {
  Explorer explorer = exploring("till/buggy");
  const Json trace = answered(explorer, "replay",
                              {{"schedule", {"start user2#1"}},
                               {"then", {"deliver user2#1/1", "start user1#1", "start nobody#1"}}});
  const auto schedule = trace["schedule"].get<std::vector<std::string>>();
  ASSERT_EQ(schedule.size(), 6U);
  EXPECT_EQ(schedule[0], "start user2#1");
  EXPECT_EQ(schedule[1], "start user1#1");
}

TEST(Explorer, ComparesWithTheNearestScheduleThatPassesWhenAsked) {
  Explorer explorer = exploring("till/buggy");
  const Json plain = answered(explorer, "replay", {{"schedule", kFailing}});
  EXPECT_FALSE(plain.contains("sibling"));
  const Json compared = answered(explorer, "replay", {{"schedule", kFailing}, {"compares", true}});
  EXPECT_TRUE(compared.contains("sibling"));
  EXPECT_EQ(compared["critical_step"], 2);
}

TEST(Explorer, ChecksAndAnswersTheCounterexample) {
  Explorer explorer = exploring("till/buggy");
  const Json checked = answered(explorer, "check", Json::object());
  EXPECT_EQ(checked["verdict"], "VIOLATED");
  EXPECT_EQ(checked["property"], "both are paid");
  EXPECT_TRUE(contains(checked["text"], "VIOLATED till/buggy"));
  const Json trace = answered(explorer, "replay", {{"schedule", checked["schedule"]}});
  EXPECT_EQ(trace["property"]["name"], "both are paid");
}

TEST(Explorer, ChecksAndAnswersASchedulePerOutcome) {
  Explorer explorer = exploring("till/outcomes");
  const Json checked = answered(explorer, "check", Json::object());
  EXPECT_EQ(checked["verdict"], "VERIFIED");
  EXPECT_FALSE(checked.contains("schedule"));
  ASSERT_EQ(checked["outcomes"].size(), 2U);
  EXPECT_EQ(checked["outcomes"][0]["value"], "80");
  EXPECT_EQ(checked["outcomes"][1]["value"], "90");
  const Json trace =
      answered(explorer, "replay", {{"schedule", checked["outcomes"][1]["schedule"]}});
  for (const Json& variable : trace["final_variables"]) {
    EXPECT_TRUE(variable["variable"] != "cash" || variable["after"] == "90");
  }
}

TEST(Explorer, ACheckThatIsStoppedSaysWhatItHasCovered) {
  Explorer explorer = exploring("large/many_users");
  const auto check = [&] { return posted(explorer, "check", "{}"); };
  std::future<HttpResponse> checks[] = {std::async(std::launch::async, check),
                                        std::async(std::launch::async, check)};
  const auto is_ready = [](const std::future<HttpResponse>& one) {
    return one.wait_for(std::chrono::milliseconds(10)) == std::future_status::ready;
  };
  // One at a time: the other is refused while it runs, which lasts until it is stopped.
  while (!is_ready(checks[0]) && !is_ready(checks[1])) {
  }
  const std::size_t refused = is_ready(checks[0]) ? 0 : 1;
  EXPECT_EQ(checks[refused].get().status, 409);
  while (!is_ready(checks[1 - refused])) {
    EXPECT_EQ(posted(explorer, "stop", "{}").status, 200);
  }
  const Json checked = Json::parse(checks[1 - refused].get().body);
  EXPECT_EQ(checked["verdict"], "INCOMPLETE");
}

TEST(Explorer, AClosedOneEndsItsChecks) {
  Explorer explorer = exploring("large/many_users");
  explorer.close();
  EXPECT_EQ(answered(explorer, "check", Json::object())["verdict"], "INCOMPLETE");
}

TEST(Explorer, AnEventThatIsNotPossibleIsAnsweredWithWhatIs) {
  Explorer explorer = exploring("till/buggy");
  const HttpResponse response =
      posted(explorer, "replay", R"({"schedule": ["deliver user1#1/1"]})");
  EXPECT_EQ(response.status, 422);
  const HttpResponse later =
      posted(explorer, "replay", R"({"schedule": ["start user1#1", "start user1#1"]})");
  EXPECT_EQ(later.status, 422);
  EXPECT_TRUE(contains(Json::parse(later.body)["error"], "start user2#1")) << later.body;
  EXPECT_EQ(posted(explorer, "replay", R"({"schedule": ["start user1#1"]})").status, 200);
}

TEST(Explorer, UndefinedUseInACanisterIsAnErrorOfThatScheduleOnly) {
  Explorer explorer = exploring("confused/await_twice");
  const Json begin = answered(explorer, "replay", {{"schedule", Json::array()}});
  EXPECT_EQ(begin["next"][0]["verdict"], "misuse");
  const std::vector<std::string> schedule = {"start alice#1", "start till>clerk",
                                             "deliver alice#1/1"};
  const HttpResponse response = posted(explorer, "replay", Json{{"schedule", schedule}}.dump());
  EXPECT_EQ(response.status, 422);
  EXPECT_TRUE(contains(Json::parse(response.body)["error"], "till.confused")) << response.body;
  EXPECT_EQ(posted(explorer, "replay", R"({"schedule": ["start alice#1"]})").status, 200);
}

TEST(Explorer, CodeThatDoesNotDoTheSameAgainIsAnError) {
  Explorer explorer = exploring("confused/forgetful");
  const HttpResponse response = posted(explorer, "replay", R"({"schedule": ["start alice#1"]})");
  EXPECT_EQ(response.status, 422);
  EXPECT_TRUE(contains(Json::parse(response.body)["error"], "not deterministic")) << response.body;
}

/// Throws what no canister may.
class Thrower : public Canister {
 public:
  Update<> fall() {
    if (true) {
      throw std::runtime_error("out of luck");
    }
    co_return;
  }

  HEDDLE_CANISTER(Thrower, fall)
};

HEDDLE_SCENARIO(confused, thrower, "a method throws") {
  const auto thrower = s.install<Thrower>("thrower");
  s.user("alice").calls(thrower, &Thrower::fall);
  s.user("bob").calls(thrower, &Thrower::fall);
}

TEST(Explorer, CodeThatThrowsIsAnError) {
  Explorer explorer = exploring("confused/thrower");
  const HttpResponse response = posted(explorer, "replay", R"({"schedule": ["start alice#1"]})");
  EXPECT_EQ(response.status, 422);
  EXPECT_TRUE(contains(Json::parse(response.body)["error"], "out of luck")) << response.body;
  EXPECT_EQ(posted(explorer, "check", "{}").status, 422);
  EXPECT_EQ(posted(explorer, "replay", R"({"schedule": []})").status, 200);
}

TEST(Explorer, ExportsInEveryFormat) {
  Explorer explorer = exploring("till/buggy");
  const Json test = answered(explorer, "export", {{"schedule", kFailing}, {"format", "gtest"}});
  EXPECT_TRUE(contains(test["text"], "TEST(")) << test;
  EXPECT_EQ(posted(explorer, "export", R"({"schedule": [], "format": "tea"})").status, 400);
  EXPECT_EQ(posted(explorer, "export", R"({"schedule": []})").status, 400);
}

TEST(Explorer, SavesATraceThatReplays) {
  const TemporaryFolder folder;
  Explorer explorer = exploring("till/buggy", {.file = "saved.json"});
  EXPECT_EQ(answered(explorer, "save", {{"schedule", kFailing}})["file"], "saved.json");
  const Ran ran = heddle({"replay", "saved.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(contains(ran.out, "both are paid"));
}

TEST(Explorer, SavesNowhereUnlessAFileIsNamed) {
  Explorer explorer = exploring("till/buggy");
  EXPECT_EQ(posted(explorer, "save", R"({"schedule": []})").status, 404);
  Explorer nowhere = exploring("till/buggy", {.file = "no/such/folder/saved.json"});
  const HttpResponse response = posted(nowhere, "save", R"({"schedule": []})");
  EXPECT_EQ(response.status, 500);
  EXPECT_TRUE(contains(response.body, "cannot write")) << response.body;
}

TEST(Explorer, ThePageKnowsWhereToBeginAndNothingInItBecomesMarkup) {
  Explorer explorer =
      exploring("till/buggy", {.file = "</script><b>.json", .begin = {"start user1#1"}});
  const HttpResponse page = explorer.answer("", {.method = "GET", .path = "/token/"});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_TRUE(contains(page.body, R"("begin":["start user1#1"])"));
  EXPECT_FALSE(contains(page.body, "</script><b>"));
}

TEST(Explorer, RefusesWhatMakesNoSense) {
  Explorer explorer = exploring("till/buggy");
  for (const char* body : {"", "x", "[]", R"({"schedule": 1})", R"({"schedule": [1]})",
                           R"({"schedule": [], "then": {}})"}) {
    EXPECT_EQ(posted(explorer, "replay", body).status, 400) << body;
  }
  EXPECT_EQ(posted(explorer, "replay",
                   Json{{"schedule", Json(std::vector<std::string>(10'001, "x"))}}.dump())
                .status,
            400);
  EXPECT_EQ(posted(explorer, "tea", "{}").status, 404);
  EXPECT_EQ(posted(explorer, "", "{}").status, 404);
  EXPECT_EQ(explorer.answer("replay", {.method = "GET", .path = "/token/replay"}).status, 404);
}

}  // namespace
}  // namespace heddle::testing
