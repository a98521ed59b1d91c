// --check-determinism: code that does not do the same again is found at its first repetition.
#include <atomic>

#include <gtest/gtest.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

/// Writes what no View has told it.
class Forgetful : public Canister {
 public:
  Update<> remember() {
    static std::atomic<unsigned> runs{0};
    total = Nat(runs.fetch_add(1));
    co_return;
  }

  Var<Nat> total{this, "total", 0};
  HEDDLE_CANISTER(Forgetful, remember)
};

HEDDLE_SCENARIO(confused, forgetful, "a method counts its own runs") {
  const auto forgetful = s.install<Forgetful>("forgetful");
  s.user("alice").calls(forgetful, &Forgetful::remember);
  s.user("bob").calls(forgetful, &Forgetful::remember);
  s.outcomes("total", [=](const State& end) { return end[forgetful].total.get(); });
}

TEST(CheckDeterminism, FindsCodeThatDoesNotDoTheSameAgain) {
  EXPECT_EQ(heddle({"check", "confused/forgetful"}).code, 0) << "what it is for would be gone";
  const Ran ran = heddle({"check", "confused/forgetful", "--check-determinism"});
  EXPECT_EQ(ran.code, 65);
  EXPECT_TRUE(contains(ran.err, "forgetful.remember")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "not deterministic")) << ran.err;
}

}  // namespace
}  // namespace heddle::testing
