// The ShiViz export: golden files, and the rules of its logs
// (https://bestchai.bitbucket.io/shiviz/, https://bitbucket.org/bestchai/shiviz/wiki/Home), checked
// entry by entry with the expression that the log itself says.
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/shiviz.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using Clock = std::map<std::string, std::uint64_t>;

struct Entry {
  std::string event;
  std::string host;
  Clock clock;
};

/// The entries that ShiViz would find, with the expression's groups by number: std::regex has no
/// names. What no entry matches becomes an event "unread ...".
std::vector<Entry> entries(const std::string& log) {
  const std::size_t first = log.find('\n');
  EXPECT_EQ(log.substr(0, first), R"((?<event>.*)\n(?<host>\S*) (?<clock>{.*}))");
  EXPECT_EQ(log[first + 1], '\n') << "the second line is for several executions";
  const std::string body = log.substr(first + 2);
  const std::regex expression(R"((.*)\n(\S*) (\{.*\}))");
  std::vector<Entry> found;
  auto at = body.begin();
  for (std::sregex_iterator match(body.begin(), body.end(), expression), end; match != end;
       ++match) {
    if (match->prefix().length() > 1) {
      found.push_back({"unread " + match->prefix().str(), "", {}});
    }
    found.push_back({(*match)[1], (*match)[2], nlohmann::json::parse((*match)[3].str())});
    at = (*match)[0].second;
  }
  if (body.end() - at > 1) {
    found.push_back({"unread " + std::string(at, body.end()), "", {}});
  }
  return found;
}

TEST(ShiViz, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.shiviz", to_shiviz(test::lost_update())));
}

TEST(ShiViz, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.shiviz", to_shiviz(test::trap_and_cleanup())));
}

TEST(ShiViz, EachHostCountsItsEventsFromOne) {
  Trace spaced = test::lost_update();
  spaced.users[0] = "alice b";
  spaced.steps[0].call = "alice b#1";
  for (const Trace& trace : {test::lost_update(), test::trap_and_cleanup(), test::deadlock(),
                             test::many_calls(), test::awkward_text(), spaced}) {
    const std::vector<Entry> log = entries(to_shiviz(trace));
    EXPECT_GE(log.size(), trace.steps.size()) << trace.scenario;
    Clock counts;
    for (const Entry& entry : log) {
      ASSERT_TRUE(entry.clock.contains(entry.host)) << trace.scenario << ": " << entry.event;
      ASSERT_EQ(entry.clock.at(entry.host), ++counts[entry.host]) << entry.event;
    }
    for (const Entry& entry : log) {
      for (const auto& [host, count] : entry.clock) {
        ASSERT_LE(count, counts[host]) << entry.event;
      }
    }
  }
}

TEST(ShiViz, AStepKnowsWhatItsMessageKnew) {
  const std::vector<Entry> log = entries(to_shiviz(test::lost_update()));
  const auto clock_of = [&](const std::string& number) {
    for (const Entry& entry : log) {
      if (entry.event.starts_with(number + ". ")) {
        return entry.clock;
      }
    }
    return Clock{};
  };
  // alice's transfer was sent by the bank's first event, before bob came.
  EXPECT_EQ(clock_of("3"), (Clock{{"alice", 1}, {"bank", 1}, {"ledger", 1}}));
  EXPECT_EQ(clock_of("5"), (Clock{{"alice", 1}, {"bank", 3}, {"bob", 1}, {"ledger", 1}}));
}

TEST(ShiViz, AnEmptyTraceIsALogWithoutEntries) {
  EXPECT_TRUE(entries(to_shiviz(Trace{})).empty());
}

}  // namespace
}  // namespace heddle
