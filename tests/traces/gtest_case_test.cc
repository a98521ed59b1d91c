// The GoogleTest export as text: golden files, that texts stay texts, names. That it compiles,
// fails and passes is tested in tests/exported/.
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/export/gtest_case.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

TEST(GtestCase, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.gtest.txt", to_gtest_case(test::lost_update())));
}

TEST(GtestCase, TrapRollbackAndCleanup) {
  EXPECT_TRUE(
      test::matches_golden("trap_and_cleanup.gtest.txt", to_gtest_case(test::trap_and_cleanup())));
}

TEST(GtestCase, NothingInATextIsCode) {
  Trace trace = test::lost_update();
  trace.scenario = "a\"b\\";
  trace.why = "*/ \\\nEXPECT_TRUE(false) \\";
  trace.steps[0].event = "start \"zo\u00eb\"#1\n";
  trace.settings = {{"na\"me", "1\\"}, {"--weaken", "G1"}};
  const std::string text = to_gtest_case(trace);
  EXPECT_NE(text.find(R"(const scenario = "a\"b\\";)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("start \"zo\303\253\"#1\012",)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(.parameters = {{"na\"me", "1\\"}})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(.weakened = {"G1"})"), std::string::npos) << text;
  EXPECT_EQ(text.find("\\\n"), std::string::npos) << text;
}

TEST(GtestCase, IsNamedAfterScenarioAndProperty) {
  Trace trace = test::lost_update();
  trace.scenario = "examples/real/bank/buggy_2.toml";
  trace.property = "atomic(bank.balance)";
  EXPECT_NE(to_gtest_case(trace).find(
                "TEST(CounterexampleOfExamplesRealBankBuggy2Toml, AtomicBankBalance) {"),
            std::string::npos);
  trace.property = "\u540d\u524d";
  EXPECT_NE(to_gtest_case(trace).find(", NothingFails) {"), std::string::npos);
}

TEST(GtestCase, AnEmptyTraceIsAnEmptySchedule) {
  const std::string text = to_gtest_case(Trace{});
  EXPECT_NE(text.find("TEST(CounterexampleOf, NothingFails) {"), std::string::npos) << text;
  EXPECT_NE(text.find("schedule = {\n  };"), std::string::npos) << text;
}

}  // namespace
}  // namespace heddle
