// The Graphviz export: golden files, that no text becomes syntax, and that Graphviz reads it.
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/export/dot.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"
#include "traces/tools.h"

namespace heddle {
namespace {

TEST(Dot, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.dot", to_dot(test::lost_update())));
}

TEST(Dot, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.dot", to_dot(test::trap_and_cleanup())));
}

Trace hostile() {
  Trace trace = test::lost_update();
  trace.scenario = "a\"]; evil [label=\"\\N";
  trace.canisters[1] = "bank\" &amp;";
  trace.steps[0].arguments = "(\"\\l }\n&lt;\")";
  for (TraceStep& step : trace.steps) {
    step.lane = step.lane == "bank" ? trace.canisters[1] : step.lane;
  }
  return trace;
}

TEST(Dot, NothingInATextIsSyntax) {
  const std::string text = to_dot(hostile());
  EXPECT_NE(text.find(R"(label="a\"]; evil [label=\"\\N)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(label="bank\" &amp;amp;")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(withdraw(\"\\l }\\n&amp;lt;\")\l)"), std::string::npos) << text;
}

TEST(Dot, AnEmptyTraceIsAnEmptyGraph) {
  EXPECT_EQ(to_dot(Trace{}).find("->"), std::string::npos);
  EXPECT_EQ(to_dot(Trace{}).find("subgraph"), std::string::npos);
}

TEST(Dot, IsReadByGraphviz) {
  HEDDLE_NEEDS_PROGRAM("dot", "graphviz");
  const auto complaint = [](const std::string& text) {
    return test::complaint_of("dot -Tplain {} -o /dev/null", text);
  };
  EXPECT_NE(complaint("digraph { a -> }"), "");
  for (const Trace& trace : {test::lost_update(), test::trap_and_cleanup(), test::deadlock(),
                             test::awkward_text(), test::many_canisters(), hostile(), Trace{}}) {
    EXPECT_EQ(complaint(to_dot(trace)), "") << trace.scenario;
  }
}

}  // namespace
}  // namespace heddle
