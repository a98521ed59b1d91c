// How far a search is, on a terminal and in a log.
#include <algorithm>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <heddle/suite/internal/progress_line.h>

namespace heddle::internal {
namespace {

Progress after(double seconds) {
  Progress progress;
  progress.seconds = seconds;
  progress.states = 100;
  return progress;
}

TEST(ProgressLine, ALogGetsALineAMinuteAtMost) {
  std::ostringstream out;
  ProgressLine line(out, false, "bank", 100);
  for (int tenth = 0; tenth <= 600 * 3; ++tenth) {
    line.show(after(tenth / 10.0));
  }
  const std::string text = out.str();
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.rfind("bank: 100 states, ", 0), 0U) << text;
}

TEST(ProgressLine, ALogOfAShortRunGetsNone) {
  std::ostringstream out;
  {
    ProgressLine line(out, false, "bank", 100);
    line.show(after(59.9));
  }
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressLine, OnATerminalTheLineIsWiped) {
  std::ostringstream out;
  {
    ProgressLine line(out, true, "bank", 100);
    line.show(after(1));
    EXPECT_NE(out.str().find("bank: "), std::string::npos);
  }
  EXPECT_TRUE(out.str().ends_with("\r\x1b[2K"));
}

}  // namespace
}  // namespace heddle::internal
