// Outcome sets as a report: golden files, and what holds at every width.
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <heddle/traces/internal/text.h>
#include <heddle/traces/outcomes.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using test::matches_golden;

Trace begin_of(Trace trace, std::size_t steps) {
  trace.steps.resize(steps);
  return trace;
}

OutcomesReport report() {
  OutcomesReport report;
  report.scenario = "withdraw/outcomes";
  report.description = "what the bank may believe in the end";
  report.profile = "happy";
  report.states = 23;
  report.final_states = 3;
  report.finished = true;
  ToldOutcomes& balance = report.sets.emplace_back();
  balance.set = "balance";
  balance.is_declared = true;
  ToldOutcome& overwritten = balance.outcomes.emplace_back();
  overwritten.value = "70";
  overwritten.final_states = 2;
  overwritten.witness = test::lost_update();
  overwritten.decides = 2;
  overwritten.other = test::trap_and_cleanup();
  overwritten.otherwise = "10";
  overwritten.command = "heddle explain withdraw/outcomes --outcome 70";
  ToldOutcome& fine = balance.outcomes.emplace_back();
  fine.value = "10";
  fine.is_expected = false;
  fine.final_states = 1;
  fine.witness = begin_of(test::lost_update(), 2);
  fine.command = "heddle explain withdraw/outcomes --outcome balance=10";
  balance.never_reached = {"40"};
  ToldOutcomes& ledger = report.sets.emplace_back();
  ledger.set = "ledger";
  ToldOutcome& only = ledger.outcomes.emplace_back();
  only.value = "10";
  only.final_states = 3;
  only.witness = test::many_steps(20);
  only.command = "heddle explain withdraw/outcomes --outcome ledger=10";
  return report;
}

TEST(OutcomesReport, AtAHundredColumns) {
  EXPECT_TRUE(matches_golden("outcomes_100.txt", to_terminal(report(), {.width = 100})));
}

TEST(OutcomesReport, AtSixtyColumns) {
  EXPECT_TRUE(matches_golden("outcomes_60.txt", to_terminal(report(), {.width = 60})));
}

TEST(OutcomesReport, IsNoWiderThanAskedForAndAsciiWhereAskedFor) {
  for (std::size_t width = TextOptions::kWidthMin; width < 130; width += 7) {
    for (const bool ascii : {false, true}) {
      std::istringstream lines(to_terminal(report(), {.width = width, .ascii = ascii}));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(internal::display_width(line), width) << line;
        EXPECT_TRUE(!ascii || line.find_first_not_of(
                                  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]"
                                  "^_`abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos)
            << line;
      }
    }
  }
}

TEST(OutcomesReport, OfAnUnfinishedSearchSaysThatThereMayBeOthers) {
  OutcomesReport unfinished = report();
  unfinished.finished = false;
  const std::string text = to_terminal(unfinished, {.width = 100});
  EXPECT_NE(text.find("there may be other outcomes"), std::string::npos) << text;
  EXPECT_NE(text.find("40 is declared, and was not met so far"), std::string::npos) << text;
  EXPECT_EQ(text.find("Every schedule ends so"), std::string::npos) << text;
}

}  // namespace
}  // namespace heddle
