// What the verbs share: exit codes, the wording of what ends a run.
#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/verbs.h>

namespace heddle::internal {
namespace {

template <class Exception>
Failed failed(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return failed_by_current_exception();
  }
}

TEST(ExitCode, OfSeveralScenariosTheFirstInTheOrderCounts) {
  EXPECT_EQ(worst({0, 2, 1, 64, 65, 70}), 70);
  EXPECT_EQ(worst({0, 2, 1, 64, 65}), 65);
  EXPECT_EQ(worst({0, 2, 1, 64}), 64);
  EXPECT_EQ(worst({0, 2, 1}), 1);
  EXPECT_EQ(worst({0, 2}), 2);
  EXPECT_EQ(worst({0, 0}), 0);
  EXPECT_EQ(worst({}), 0);
}

TEST(ExitCode, SaysWhichKindOfErrorEndedTheRun) {
  EXPECT_EQ(failed(WrongUsage("no such flag")).code, 64);
  EXPECT_EQ(failed(Misuse("not deterministic")).code, 65);
  EXPECT_EQ(failed(Misuse("not deterministic")).text, "not deterministic");
  const Failed broken = failed(BrokenInvariant("two leaves\nThis was at the end of:\n  start a#1"));
  EXPECT_EQ(broken.code, 70);
  EXPECT_EQ(broken.text, "internal error: two leaves\nThis was at the end of:\n  start a#1");
  EXPECT_EQ(failed(std::runtime_error("lost")).code, 70);
  EXPECT_EQ(failed(std::runtime_error("lost")).text, "internal error: lost");
  EXPECT_EQ(failed(std::bad_alloc()).code, 70);
  EXPECT_EQ(failed(42).code, 70);
}

TEST(ExitCode, IsTheVerdicts) {
  Verdict verdict;
  verdict.answered = Answered::kIncomplete;
  EXPECT_EQ(exit_code(verdict), 2);
  verdict.answered = Answered::kViolated;
  EXPECT_EQ(exit_code(verdict), 1);
  verdict.answered = Answered::kVerified;
  EXPECT_EQ(exit_code(verdict), 0);
}

TEST(Differences, CompareVerdictPropertyAndSets) {
  Verdict verdict;
  verdict.answered = Answered::kViolated;
  verdict.property = "solvent";
  verdict.outcomes["cash"] = {{"80", {}}};
  EXPECT_TRUE(differences(verdict, violated()).empty());
  EXPECT_TRUE(differences(verdict, violated("solvent")).empty());
  EXPECT_EQ(differences(verdict, violated("conserved")).size(), 1U);
  EXPECT_EQ(differences(verdict, verified()).size(), 1U);

  // A violation ends the search, so values may be missing then, but none may be too many.
  Expectation expectation = violated("solvent");
  expectation.outcomes["cash"] = {"80", "90"};
  EXPECT_TRUE(differences(verdict, expectation).empty());
  expectation.outcomes["cash"] = {"90"};
  EXPECT_EQ(differences(verdict, expectation).size(), 1U);

  verdict.answered = Answered::kVerified;
  expectation = verified();
  expectation.outcomes["cash"] = {"80", "90"};
  EXPECT_EQ(differences(verdict, expectation),
            std::vector<std::string>{"cash is {80}, expected {80, 90}"});
  expectation.outcomes = {{"gold", {"1"}}};
  EXPECT_EQ(differences(verdict, expectation),
            std::vector<std::string>{"there is no outcome set \"gold\""});
}

}  // namespace
}  // namespace heddle::internal
