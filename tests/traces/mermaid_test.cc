// The Mermaid export: golden files, and that bars are closed as often as they are opened.
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/mermaid.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Mermaid, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.mmd", to_mermaid(test::lost_update())));
}

TEST(Mermaid, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.mmd", to_mermaid(test::trap_and_cleanup())));
}

TEST(Mermaid, EveryCallThatEndsClosesItsBar) {
  const std::string text = to_mermaid(test::lost_update());
  EXPECT_EQ(count(text, "  activate "), 4U);
  EXPECT_EQ(count(text, "deactivate "), 4U);
}

TEST(Mermaid, NothingInATextIsSyntax) {
  Trace trace = test::lost_update();
  trace.steps[0].arguments = "(\"; end # <b>\n%%\")";
  const std::string text = to_mermaid(trace);
  EXPECT_NE(text.find("#59; end #35; #lt;b#gt;\\n#37;#37;"), std::string::npos) << text;
}

TEST(Mermaid, AnEmptyTraceIsAnEmptyDiagram) {
  EXPECT_EQ(to_mermaid(Trace{}), "sequenceDiagram\n");
}

}  // namespace
}  // namespace heddle
