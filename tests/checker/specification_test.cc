// Linearisable, serialisable and sequentially consistent: every strategy and reduction says the
// same of them.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/future.h>
#include <heddle/model/language.h>
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

namespace heddle {
namespace {

class Log : public Canister {
 public:
  Update<> note() { co_return; }

  HEDDLE_CANISTER(Log, note)
};

class Counter : public Canister {
 public:
  explicit Counter(Ref<Log> log) : log_(log) {}

  Update<Nat> inc() {
    value += 1;
    const Nat counted = value;
    co_await call(log_, &Log::note);
    co_return counted;
  }

  Update<Nat> inc_stale() {
    const Nat before = value;
    co_await call(log_, &Log::note);
    value = before + 1;
    co_return before + 1;
  }

  Query<Nat> get() { co_return value; }

  Var<Nat> value{this, "value", 0};
  HEDDLE_CANISTER(Counter, inc, inc_stale, get)

 private:
  Ref<Log> log_;
};

struct CounterSpec {
  Nat value;

  Nat inc() {
    value += 1;
    return value;
  }

  [[nodiscard]] Nat get() const { return value; }
};

enum class Claim : std::uint8_t { kLinearisable, kSequentially, kSerialisable };

heddle::Setup counted(int users, bool careful, Claim claim) {
  Scenario s("counter/three");
  const auto log = s.install<Log>("log");
  const auto counter = s.install<Counter>("counter", log);
  const auto inc = careful ? &Counter::inc : &Counter::inc_stale;
  for (int i = 0; i < users; ++i) {
    ScenarioUser user = s.user("user" + std::to_string(i));
    user.then().calls(counter, inc);
    user.calls(counter, &Counter::get);
  }
  s.profile(happy);
  s.faults().rejects = 1;
  const auto incs = means(counter, inc, &CounterSpec::inc);
  const auto gets = means(counter, &Counter::get, &CounterSpec::get);
  switch (claim) {
    case Claim::kLinearisable:
      s.linearisable("one counter", CounterSpec{}, incs, gets);
      break;
    case Claim::kSequentially:
      s.sequentially_consistent("one counter", CounterSpec{}, incs, gets);
      break;
    case Claim::kSerialisable:
      s.serialisable("one counter", CounterSpec{}, incs, gets);
      break;
  }
  return s.build();
}

struct Searched {
  Strategy strategy = Strategy::kBreadthFirst;
  Reduction reduction{};
  unsigned threads = 1;
};

Verdict searched(const heddle::Setup& setup, const Searched& how) {
  CheckOptions options;
  options.strategy = how.strategy;
  options.reduction = how.reduction;
  options.threads = how.threads;
  return check(setup.system, setup.claims, options);
}

TEST(Specification, EveryStrategyAndReductionSaysTheSame) {
  const std::vector<Searched> ways{
      {},
      {.threads = 3},
      {.strategy = Strategy::kDepthFirst},
      {.strategy = Strategy::kDpor},
      {.reduction = {.partial_order = true}},
      {.reduction = {.symmetry = true}},
      {.reduction = {.partial_order = true, .symmetry = true}},
  };
  for (const Claim claim : {Claim::kLinearisable, Claim::kSequentially, Claim::kSerialisable}) {
    for (const bool careful : {false, true}) {
      const heddle::Setup setup = counted(2, careful, claim);
      for (const Searched& way : ways) {
        const Verdict verdict = searched(setup, way);
        EXPECT_EQ(verdict.answered, careful ? Answered::kVerified : Answered::kViolated)
            << to_string(way.strategy) << ", reduced by " << to_string(way.reduction);
        EXPECT_EQ(verdict.property, careful ? "" : "one counter");
      }
    }
  }
}

TEST(Specification, WhatIsJudgedInTheEndIsReduced) {
  for (const Claim claim : {Claim::kLinearisable, Claim::kSequentially, Claim::kSerialisable}) {
    const heddle::Setup setup = counted(3, true, claim);
    const std::uint64_t all = searched(setup, {}).states;
    const std::uint64_t reduced = searched(setup, {.reduction = {.partial_order = true}}).states;
    if (claim == Claim::kLinearisable) {
      EXPECT_EQ(reduced, all);
    } else {
      EXPECT_LT(reduced, all / 2);
    }
    const std::uint64_t symmetric = searched(setup, {.reduction = {.symmetry = true}}).states;
    if (claim == Claim::kLinearisable) {
      EXPECT_EQ(symmetric, all);
    } else {
      EXPECT_LT(symmetric, all / 2);
    }
  }
}

}  // namespace
}  // namespace heddle
