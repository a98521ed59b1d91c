// Exact counts of the benchmark models, without reductions.
//
// Where the numbers come from: two explicit explorers written from the models' abstract definitions
// alone (bench/models/models.h), one in Python and one in C++, which agree with each other and with
// SPIN and rumur on bench/peers/. The counts of M2 with requests in order come from the Python one
// with a queue added to it.
#include "bench/models/models.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/properties/scenario.h>

namespace bench {
namespace {

using heddle::Answered;
using heddle::CheckOptions;
using heddle::Setup;
using heddle::Strategy;
using heddle::Verdict;

/// The large counts are for those who have time: `./dev test --full`.
bool is_full() {
  return std::getenv("HEDDLE_FULL") != nullptr;
}

struct Counted {
  std::uint64_t states;
  std::uint64_t transitions;
  std::uint64_t quiescent;
};

template <class... Model>
Verdict checked(const CheckOptions& options, Model... model) {
  heddle::Scenario s("model", {});
  describe(s, model...);
  const Setup setup = s.build();
  return heddle::check(setup.system, setup.claims, options);
}

CheckOptions on(unsigned threads, Strategy strategy = Strategy::kBreadthFirst) {
  CheckOptions options;
  options.threads = threads;
  options.strategy = strategy;
  return options;
}

void expect_counts(const Verdict& verdict, const Counted& expected) {
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.property << ' ' << verdict.why;
  EXPECT_EQ(verdict.states, expected.states);
  EXPECT_EQ(verdict.transitions, expected.transitions);
  EXPECT_EQ(verdict.quiescent, expected.quiescent);
}

struct OfTokenSwaps {
  TokenSwaps model;
  Counted expected;
};

const std::vector<OfTokenSwaps> kTokenSwaps{
    {{1, 1, 1}, {10, 13, 1}},           {{2, 1, 1}, {117, 268, 2}},
    {{2, 2, 1}, {133, 300, 2}},         {{3, 2, 1}, {2'560, 7'995, 9}},
    {{3, 0, 1}, {3'228, 9'765, 7}},     {{3, 3, 3}, {1'064, 3'411, 1}},
    {{4, 3, 2}, {24'961, 100'432, 18}},
};

TEST(BenchModels, TokenSwapsAreTheAbstractModels) {
  for (const auto& [model, expected] : kTokenSwaps) {
    SCOPED_TRACE(testing::Message()
                 << "M1(" << model.users << ',' << model.first << ',' << model.second << ')');
    expect_counts(checked(on(2), model, Checked::kNothing), expected);
    expect_counts(checked(on(1, Strategy::kDepthFirst), model, Checked::kNothing), expected);
    // The book adds no state.
    expect_counts(checked(on(1), model, Checked::kInvariants), expected);
  }
}

TEST(BenchModels, TokenSwapsOfFiveUsersRunFewPieces) {
  if (!is_full()) {
    GTEST_SKIP() << "only with HEDDLE_FULL";
  }
  const Verdict verdict = checked(on(1), TokenSwaps{5, 2, 1}, Checked::kNothing);
  expect_counts(verdict, {1'111'486, 5'311'345, 75});
  // 18 a user, if users had nothing in common; their calls run the same code.
  EXPECT_LE(verdict.pieces_run, 90);
}

TEST(BenchModels, TokenSwapsOfSixUsersRunFewPieces) {
  if (!is_full()) {
    GTEST_SKIP() << "only with HEDDLE_FULL";
  }
  const Verdict verdict = checked(on(1), TokenSwaps{6, 3, 2}, Checked::kNothing);
  expect_counts(verdict, {13'928'005, 79'756'188, 225});
  EXPECT_LE(verdict.pieces_run, 120);
}

// rumur with its symmetry reduction finds 14 013 states and 81 745 transitions in M1(6,4,3).
TEST(BenchModels, TokenSwapsUpToSymmetryAreThoseOfRumur) {
  CheckOptions options = on(1);
  options.reduction.symmetry = true;
  const Verdict verdict = checked(options, TokenSwaps{6, 4, 3}, Checked::kInvariants);
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.property << ' ' << verdict.why;
  EXPECT_EQ(verdict.states, 14'013);
  EXPECT_EQ(verdict.transitions, 81'745);
  EXPECT_TRUE(verdict.notes.empty()) << verdict.notes.front();
}

struct OfWithdrawals {
  Withdrawals model;
  Requests requests;
  Counted expected;
};

const std::vector<OfWithdrawals> kWithdrawals{
    {{2, 1, 6}, Requests::kOvertaking, {22, 28, 3}},
    {{2, 1, 6}, Requests::kInOrder, {23, 28, 3}},
    {{3, 1, 4}, Requests::kOvertaking, {145, 264, 6}},
    {{3, 1, 4}, Requests::kInOrder, {152, 255, 6}},
    {{2, 3, 4}, Requests::kOvertaking, {313, 544, 4}},
    {{2, 3, 4}, Requests::kInOrder, {285, 469, 4}},
    {{3, 2, 12}, Requests::kOvertaking, {7'602, 17'515, 11}},
    {{3, 2, 12}, Requests::kInOrder, {6'527, 12'890, 11}},
    {{3, 3, 12}, Requests::kOvertaking, {132'079, 341'267, 22}},
    {{3, 3, 12}, Requests::kInOrder, {91'862, 204'984, 22}},
};

TEST(BenchModels, WithdrawalsAreTheAbstractModels) {
  for (const auto& [model, requests, expected] : kWithdrawals) {
    SCOPED_TRACE(testing::Message()
                 << "M2(" << model.users << ',' << model.withdrawals << ',' << model.balance << ") "
                 << (requests == Requests::kOvertaking ? "overtaking" : "in order"));
    expect_counts(checked(on(1), model, requests, Checked::kNothing), expected);
    expect_counts(checked(on(2), model, requests, Checked::kInvariants), expected);
  }
}

struct OfCallsAtOnce {
  CallsAtOnce model;
  Counted expected;
};

const std::vector<OfCallsAtOnce> kCallsAtOnce{
    {{1, 3, 2}, {8, 9, 1}},       {{1, 4, 4}, {32, 65, 1}},         {{2, 2, 3}, {80, 146, 3}},
    {{2, 3, 1}, {18, 20, 3}},     {{2, 3, 4}, {305, 718, 5}},       {{2, 3, 6}, {221, 656, 1}},
    {{3, 2, 4}, {685, 1'737, 7}}, {{2, 6, 8}, {17'353, 81'384, 9}},
};

TEST(BenchModels, CallsAtOnceAreTheAbstractModels) {
  for (const auto& [model, expected] : kCallsAtOnce) {
    SCOPED_TRACE(testing::Message()
                 << "M3(" << model.users << ',' << model.calls << ',' << model.limit << ')');
    expect_counts(checked(on(1), model, Checked::kNothing), expected);
    expect_counts(checked(on(2), model, Checked::kInvariants), expected);
  }
}

TEST(BenchModels, LargerWithdrawalsAndCallsAtOnceAreTheAbstractModels) {
  if (!is_full()) {
    GTEST_SKIP() << "only with HEDDLE_FULL";
  }
  expect_counts(checked(on(0), Withdrawals{4, 2, 12}, Requests::kOvertaking, Checked::kInvariants),
                {715'518, 2'281'673, 31});
  expect_counts(checked(on(0), CallsAtOnce{2, 9, 16}, Checked::kInvariants),
                {1'563'455, 13'498'388, 5});
}

}  // namespace
}  // namespace bench
