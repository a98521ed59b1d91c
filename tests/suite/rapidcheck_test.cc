#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <heddle/suite/rapidcheck.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

/// A few payments.
struct Workload {
  std::vector<std::uint16_t> amounts;
  HEDDLE_FIELDS(Workload, amounts)
};

}  // namespace
}  // namespace heddle::testing

namespace rc {

template <>
struct Arbitrary<heddle::testing::Workload> {
  static Gen<heddle::testing::Workload> arbitrary() {
    return gen::build<heddle::testing::Workload>(gen::set(
        &heddle::testing::Workload::amounts,
        gen::resize(
            3, gen::container<std::vector<std::uint16_t>>(gen::inRange<std::uint16_t>(0, 30)))));
  }
};

}  // namespace rc

namespace heddle::testing {
namespace {

template <class Method>
void pay(Scenario& s, const std::vector<std::uint16_t>& amounts, Method method) {
  RC_PRE(!amounts.empty() && amounts.size() <= 3);
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  int sum = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    s.user(fmt::format("user{}", i + 1)).calls(till, method, Nat(amounts[i]));
    sum += amounts[i];
  }
  s.profile(happy);
  s.finally("all are paid", [=](const State& end) { return end[till].cash == 100 - sum; });
}

HEDDLE_PROPERTY(TillProperty, CarefulPaymentsAllArrive, (const Workload& workload)) {
  pay(s, workload.amounts, &Till::careful);
}

HEDDLE_PROPERTY(TillProperty, TakesSeveralArguments, (Nat first, const Nat& second)) {
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  s.expects_trap(till, &Till::careful);
  s.user("alice").calls(till, &Till::careful, first);
  s.user("bob").calls(till, &Till::careful, second);
  s.profile(happy);
  s.always("never more than at first", [=](const State& now) { return now[till].cash <= 100; });
}

RC_GTEST_PROP(ArbitraryNumbers, AreGeneratedForEveryType,
              (const Nat& natural, const Int& integer, Nat64 word, Int8 byte)) {
  RC_CLASSIFY(natural == 0, "zero");
  RC_CLASSIFY(integer < 0, "negative");
  RC_ASSERT(word == word && byte == byte);
}

void careless(Scenario& s, const Workload& workload) {
  pay(s, workload.amounts, &Till::careless);
}

/// What the test of a careless till fails with.
std::string failure() {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    internal::check_workloads("TillProperty/Careless", &careless);
  }
  return results.size() == 1 ? results.GetTestPartResult(0).message() : "";
}

TEST(Property, AFailureShowsTheSmallestWorkloadAndTheTrace) {
  const std::string text = failure();
  EXPECT_TRUE(contains(text, "workload:")) << text;
  // Shrunk: two payments, one of nothing at most.
  EXPECT_TRUE(contains(text, "[0, 1]") || contains(text, "[1, 0]") || contains(text, "[1, 1]"))
      << text;
  EXPECT_TRUE(contains(text, "VIOLATED all are paid (finally) in TillProperty/Careless")) << text;
  EXPECT_TRUE(contains(text, "stale write")) << text;
  EXPECT_FALSE(contains(text, "heddle replay")) << text;
}

}  // namespace
}  // namespace heddle::testing
