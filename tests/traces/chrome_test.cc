// The trace events: golden files, and the rules of "Trace Event Format"
// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/chrome.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using Json = nlohmann::json;

std::vector<Json> events(const Trace& trace) {
  const Json document = Json::parse(to_chrome(trace));
  return document.at("traceEvents");
}

std::vector<Json> events(const Trace& trace, std::string_view phase) {
  std::vector<Json> found = events(trace);
  std::erase_if(found, [&](const Json& event) { return event.at("ph") != phase; });
  return found;
}

std::vector<Trace> samples() {
  return {test::lost_update(), test::trap_and_cleanup(), test::deadlock(),
          test::many_calls(),  test::awkward_text(),     test::many_canisters()};
}

TEST(Chrome, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.chrome.json", to_chrome(test::lost_update())));
}

TEST(Chrome, TrapRollbackAndCleanup) {
  EXPECT_TRUE(
      test::matches_golden("trap_and_cleanup.chrome.json", to_chrome(test::trap_and_cleanup())));
}

TEST(Chrome, EveryEventHasWhatItsPhaseNeeds) {
  for (const Trace& trace : samples()) {
    std::set<int> named;
    for (const Json& event : events(trace, "M")) {
      EXPECT_TRUE(event.at("args").is_object());
      if (event.at("name") == "thread_name") {
        named.insert(event.at("tid").get<int>());
      }
    }
    for (const Json& event : events(trace)) {
      const std::string phase = event.at("ph");
      ASSERT_NE(std::string("MXbesfi").find(phase), std::string::npos) << event;
      ASSERT_TRUE(event.at("pid").is_number());
      if (phase != "M") {
        ASSERT_TRUE(event.at("ts").is_number_unsigned()) << event;
        ASSERT_TRUE(event.at("cat").is_string()) << event;
        ASSERT_TRUE(named.contains(event.at("tid").get<int>())) << event;
      }
      ASSERT_EQ(event.contains("dur"), phase == "X") << event;
      ASSERT_EQ(event.contains("id"), std::string("besf").find(phase) != std::string::npos);
    }
  }
}

TEST(Chrome, ASliceForEachStep) {
  for (const Trace& trace : samples()) {
    std::size_t steps = 0;
    for (const Json& slice : events(trace, "X")) {
      steps += slice.at("cat") != "user" ? 1 : 0;
    }
    EXPECT_EQ(steps, trace.steps.size()) << trace.scenario;
  }
}

TEST(Chrome, SpansOfACallNestAndEnd) {
  for (const Trace& trace : samples()) {
    std::map<std::string, std::vector<std::string>> open;
    std::map<std::string, std::uint64_t> last;
    for (const Json& event : events(trace)) {
      if (event.at("ph") != "b" && event.at("ph") != "e") {
        continue;
      }
      const std::string id = event.at("id");
      const auto time = event.at("ts").get<std::uint64_t>();
      ASSERT_GE(time, last[id]) << event;
      last[id] = time;
      if (event.at("ph") == "b") {
        open[id].push_back(event.at("name"));
      } else {
        ASSERT_FALSE(open[id].empty()) << event;
        EXPECT_EQ(Json(open[id].back()), event.at("name"));
        open[id].pop_back();
      }
    }
    EXPECT_FALSE(open.empty()) << trace.scenario;
    for (const auto& [id, names] : open) {
      EXPECT_TRUE(names.empty()) << trace.scenario << ": " << id;
    }
  }
}

TEST(Chrome, AnArrowForEachMessageFromAndToASlice) {
  for (const Trace& trace : samples()) {
    const std::vector<Json> slices = events(trace, "X");
    const auto in_slice = [&](const Json& end) {
      const auto time = end.at("ts").get<std::uint64_t>();
      for (const Json& slice : slices) {
        const auto begin = slice.at("ts").get<std::uint64_t>();
        if (slice.at("tid") == end.at("tid") && begin <= time &&
            time <= begin + slice.at("dur").get<std::uint64_t>()) {
          return true;
        }
      }
      return false;
    };
    const std::vector<Json> from = events(trace, "s");
    const std::vector<Json> to = events(trace, "f");
    ASSERT_EQ(from.size(), to.size());
    for (std::size_t i = 0; i < from.size() && i < 100; ++i) {
      EXPECT_EQ(from[i].at("id"), to[i].at("id"));
      EXPECT_EQ(from[i].at("name"), to[i].at("name"));
      EXPECT_EQ(from[i].at("cat"), to[i].at("cat"));
      EXPECT_EQ(to[i].at("bp"), "e");
      EXPECT_TRUE(in_slice(from[i])) << from[i];
      EXPECT_TRUE(in_slice(to[i])) << to[i];
    }
  }
  // Two calls of users and two of canisters, there and back.
  EXPECT_EQ(events(test::lost_update(), "s").size(), 8U);
}

TEST(Chrome, AnEmptyTraceHasItsNameOnly) {
  EXPECT_EQ(events(Trace{}).size(), 1U);
}

}  // namespace
}  // namespace heddle
