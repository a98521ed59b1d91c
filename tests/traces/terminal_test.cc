// The terminal view: golden files for how it looks, and claims that hold for every trace and width.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/traces/internal/explanation.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/terminal.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using test::matches_golden;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string without_color(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<Trace> samples() {
  return {test::lost_update(),  test::trap_and_cleanup(), test::deadlock(),    test::many_calls(),
          test::awkward_text(), test::many_canisters(),   test::made_smaller()};
}

TEST(Terminal, LostUpdateAtSixtyColumns) {
  EXPECT_TRUE(
      matches_golden("lost_update_60.txt", to_terminal(test::lost_update(), {.width = 60})));
}

TEST(Terminal, WhatWasLeftOutAtSixtyColumns) {
  EXPECT_TRUE(
      matches_golden("made_smaller_60.txt", to_terminal(test::made_smaller(), {.width = 60})));
}

TEST(Terminal, WhatWasLeftOutAtAHundredColumns) {
  EXPECT_TRUE(
      matches_golden("made_smaller_100.txt", to_terminal(test::made_smaller(), {.width = 100})));
}

TEST(Terminal, LostUpdateAtAHundredColumns) {
  EXPECT_TRUE(
      matches_golden("lost_update_100.txt", to_terminal(test::lost_update(), {.width = 100})));
}

TEST(Terminal, LostUpdateAtAHundredAndFortyColumns) {
  EXPECT_TRUE(
      matches_golden("lost_update_140.txt", to_terminal(test::lost_update(), {.width = 140})));
}

TEST(Terminal, LostUpdateInAscii) {
  EXPECT_TRUE(matches_golden("lost_update_ascii.txt",
                             to_terminal(test::lost_update(), {.width = 100, .ascii = true})));
}

TEST(Terminal, LostUpdateInColor) {
  EXPECT_TRUE(matches_golden("lost_update_color.txt",
                             to_terminal(test::lost_update(), {.width = 100, .color = true})));
}

TEST(Terminal, TrapRollbackAndCleanup) {
  EXPECT_TRUE(matches_golden("trap_and_cleanup.txt",
                             to_terminal(test::trap_and_cleanup(), {.width = 100})));
}

TEST(Terminal, DeadlockShowsWhoWaitsForWhom) {
  EXPECT_TRUE(matches_golden("deadlock.txt", to_terminal(test::deadlock(), {.width = 100})));
}

TEST(Terminal, LongTraceIsToldInOneLineAStepAndLeavesOutItsMiddle) {
  EXPECT_TRUE(matches_golden("many_calls.txt", to_terminal(test::many_calls(), {.width = 100})));
}

TEST(Terminal, AwkwardText) {
  EXPECT_TRUE(
      matches_golden("awkward_text.txt", to_terminal(test::awkward_text(), {.width = 100})));
}

TEST(Terminal, ManyCanistersShareOneColumnOfText) {
  EXPECT_TRUE(
      matches_golden("many_canisters.txt", to_terminal(test::many_canisters(), {.width = 80})));
}

TEST(Terminal, NoLineIsWiderThanAsked) {
  for (Trace trace : samples()) {
    trace.repro.clear();
    for (const std::size_t width : {60U, 61U, 72U, 80U, 99U, 100U, 140U, 200U}) {
      for (const bool ascii : {false, true}) {
        for (const std::string& line :
             lines_of(to_terminal(trace, {.width = width, .ascii = ascii}))) {
          EXPECT_LE(internal::display_width(line), width) << line;
        }
      }
    }
  }
}

TEST(Terminal, LessThanSixtyColumnsCountAsSixty) {
  const Trace trace = test::lost_update();
  EXPECT_EQ(to_terminal(trace, {.width = 1}), to_terminal(trace, {.width = 60}));
}

TEST(Terminal, AtMostEightyLinesWhateverTheTrace) {
  for (const Trace& trace : samples()) {
    for (const std::size_t width : {60U, 80U, 100U, 140U}) {
      EXPECT_LE(lines_of(to_terminal(trace, {.width = width})).size(), 80U)
          << trace.scenario << " at " << width;
    }
  }
}

TEST(Terminal, WithoutABoundEveryStepIsShown) {
  const auto lines = lines_of(to_terminal(test::many_calls(), {.width = 100, .lines_max = 0}));
  EXPECT_GT(lines.size(), 1000U);
}

TEST(Terminal, AsciiIsAscii) {
  for (const Trace& trace : samples()) {
    const std::string text = to_terminal(trace, {.width = 100, .ascii = true});
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
      return c == '\n' || (c >= ' ' && c <= '~');
    })) << text;
  }
}

TEST(Terminal, ColorChangesNothingButColor) {
  for (const Trace& trace : samples()) {
    const std::vector<std::string> plain = lines_of(to_terminal(trace, {.width = 100}));
    const std::vector<std::string> colored =
        lines_of(without_color(to_terminal(trace, {.width = 100, .color = true})));
    ASSERT_EQ(plain.size(), colored.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      // Painted cells keep the spaces at their end.
      std::string line = colored[i];
      line.erase(line.find_last_not_of(' ') + 1);
      EXPECT_EQ(line, plain[i]);
    }
  }
}

TEST(Terminal, ControlCharactersOfValuesNeverReachTheTerminal) {
  const std::string text = to_terminal(test::awkward_text(), {.width = 100});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\t'), std::string::npos);
}

TEST(Terminal, EmptyTraceHasAHeader) {
  Trace trace;
  trace.scenario = "empty/one";
  EXPECT_NE(to_terminal(trace, {}).find("0 steps"), std::string::npos);
}

TEST(WrappedCommand, BreaksOnlyWhereTheShellJoinsAgain) {
  const auto lines =
      internal::wrapped_command("heddle replay a/b --schedule 'start alice#1; start bob#1'", 28);
  EXPECT_EQ(lines, (std::vector<std::string>{"heddle replay a/b \\", "  --schedule \\",
                                             "  'start alice#1; start bob#1'"}));
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(internal::display_width("balance"), 7U);
  EXPECT_EQ(internal::display_width("\u5c71\u7530"), 4U);
  EXPECT_EQ(internal::display_width("e\u0308"), 1U);
  EXPECT_EQ(internal::display_width("█░→✓↺"), 5U);
}

TEST(Wrapped, BreaksAtSpacesAndInsideWordsThatAreTooLong) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(internal::wrapped("one two three", 8, 2), (Lines{"one two", "  three"}));
  EXPECT_EQ(internal::wrapped("abcdefghij", 4, 0), (Lines{"abcd", "efgh", "ij"}));
  EXPECT_EQ(internal::wrapped("", 4, 0), (Lines{""}));
  EXPECT_EQ(internal::wrapped("\u5c71\u7530\u592a", 4, 0), (Lines{"\u5c71\u7530", "\u592a"}));
}

}  // namespace
}  // namespace heddle
