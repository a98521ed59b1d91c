// The PlantUML export: golden files, that no text becomes markup, and that PlantUML reads it.
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/export/plantuml.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"
#include "traces/tools.h"

namespace heddle {
namespace {

constexpr const char* kCheckSyntax =
    "plantuml -charset UTF-8 -failfast2 -nbthread 1 -ttxt -pipe <{} >/dev/null";

TEST(PlantUml, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.puml", to_plantuml(test::lost_update())));
}

TEST(PlantUml, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.puml", to_plantuml(test::trap_and_cleanup())));
}

/// Text that means something to PlantUML wherever it can stand.
Trace hostile() {
  Trace trace = test::lost_update();
  trace.steps[0].arguments = "(\"**b** <b>x</b> ~~w~~ --s-- __u__ [[link]] \\n %date() \")";
  trace.steps[1].notes = {"end note\n@enduml\n!include x", "== title ==", "' comment"};
  trace.property = "\" as x";
  trace.canisters[1] = "a \"b\" -> c : d";
  for (TraceStep& step : trace.steps) {
    step.lane = step.lane == "bank" ? trace.canisters[1] : step.lane;
  }
  return trace;
}

TEST(PlantUml, NothingInATextIsSyntax) {
  const std::string text = to_plantuml(hostile());
  EXPECT_NE(text.find("(<U+0022>*<U+002A>b*<U+002A> <U+003C>b>x<U+003C>/b> <U+007E><U+007E>w"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("-<U+002D>s-<U+002D> _<U+005F>u_<U+005F> <U+005B><U+005B>link"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("end note<U+005C>n<U+0040>enduml<U+005C>n<U+0021>include"), std::string::npos)
      << text;
  EXPECT_NE(text.find("participant \"a <U+0022>b<U+0022> -> c : d\" as c4\n"), std::string::npos)
      << text;
}

TEST(PlantUml, AnEmptyTraceIsAnEmptyDiagram) {
  EXPECT_EQ(to_plantuml(Trace{}), "@startuml\nhide footbox\n@enduml\n");
}

TEST(PlantUml, IsReadByPlantUml) {
  HEDDLE_NEEDS_PROGRAM("plantuml", "plantuml");
  EXPECT_NE(test::complaint_of(kCheckSyntax, "@startuml\na -> -> b\n@enduml\n"), "");
  EXPECT_EQ(
      test::complaint_of(kCheckSyntax,
                         to_plantuml(test::lost_update()) + to_plantuml(test::trap_and_cleanup()) +
                             to_plantuml(hostile()) + to_plantuml(test::awkward_text()) +
                             to_plantuml(test::deadlock())),
      "");
}

}  // namespace
}  // namespace heddle
