// Of equal answers that are awaited at once it makes no difference which are delivered first.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/symmetric.h"

namespace heddle {
namespace {

using namespace symmetric;

class Callee : public Canister {
 public:
  Update<> ping() {
    pings += 1;
    co_return;
  }

  Update<Nat> echo(Nat value) { co_return value; }

  Update<Nat> number() {
    pings += 1;
    co_return pings;
  }

  Var<Nat> pings{this, "pings", 0};
  HEDDLE_CANISTER(Callee, ping, echo, number)
};

/// Looks at answers together, in their order.
class Fan : public RustCanister {
 public:
  explicit Fan(Ref<Callee> the_callee) : callee(the_callee) {}

  Update<Nat> alike(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    Nat answered = 0;
    const std::vector<Outcome<>> outcomes = co_await join_all(calls);
    for (const Outcome<>& outcome : outcomes) {
      answered = answered * 2 + (outcome ? Nat(1) : Nat(0));
    }
    last = answered;
    co_return answered;
  }

  /// Every other answer says something else.
  Update<Nat> mixed(Nat n) {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::echo, i % 2));
    }
    const std::vector<Outcome<Nat>> outcomes = co_await join_all(calls);
    co_return folded(outcomes);
  }

  /// Every answer says something else, as the calls happen to be served.
  Update<Nat> numbered(Nat n) {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::number));
    }
    const std::vector<Outcome<Nat>> outcomes = co_await join_all(calls);
    co_return folded(outcomes);
  }

  /// When the first is there, the others are awaited at once: some have come meanwhile.
  Update<Nat> late(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    const auto first = co_await any_settled(calls);
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(first.index));
    const std::vector<Outcome<>> outcomes = co_await join_all(calls);
    co_return outcomes.size();
  }

  Update<> slow_down() {
    at_once = false;
    co_return;
  }

  /// All at once, or all sent and then awaited one by one.
  Update<Nat> either(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    if (at_once) {
      co_await join_all(calls);
      co_return n;
    }
    const auto first = co_await any_settled(calls);
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(first.index));
    for (Future<>& each : calls) {
      co_await each;
      last += 1;
    }
    co_return last;
  }

  const Ref<Callee> callee;
  Var<Nat> last{this, "last", 0};
  Var<bool> at_once{this, "at_once", true};
  HEDDLE_CANISTER(Fan, alike, mixed, numbered, late, slow_down, either)

 private:
  static Nat folded(const std::vector<Outcome<Nat>>& outcomes) {
    Nat digits = 0;
    for (const Outcome<Nat>& outcome : outcomes) {
      digits = digits * 10 + (outcome ? *outcome : Nat(9));
    }
    return digits;
  }
};

class MotokoFan : public Canister {
 public:
  explicit MotokoFan(Ref<Callee> the_callee) : callee(the_callee) {}

  /// One after the other: whether the first is there makes a difference.
  Update<Nat> each(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    for (Future<>& each : calls) {
      co_await each;
      seen += 1;
    }
    co_return seen;
  }

  const Ref<Callee> callee;
  Var<Nat> seen{this, "seen", 0};
  HEDDLE_CANISTER(MotokoFan, each)
};

constexpr std::uint64_t kCalls = 5;

/// One call of a user; what it returned, and what the callee says in the end.
template <class Caller>
Describe called_once(Update<Nat> (Caller::*method)(Nat), std::uint32_t limit = 0) {
  return [=](Scenario& s) {
    auto callee = s.install<Callee>("callee");
    auto caller = s.install<Caller>("caller", callee);
    const auto call = s.user("alice").calls(caller, method, Nat(kCalls));
    s.keep_results();
    if (limit != 0) {
      s.limit(caller, callee, limit);
    }
    s.outcomes("result", [=](const State& end) { return end.result(call); });
    s.outcomes("pings", [=](const State& end) { return end[callee].pings.get(); });
    s.measure("in flight", [=](const State& now) { return now.in_flight(caller, callee); });
    s.always("few", [=](const State& now) { return now.in_flight(caller, callee) <= kCalls + 1; });
  };
}

std::uint64_t states(const Describe& describe, Reduction reduction = {}) {
  const heddle::Setup setup = built(describe);
  CheckOptions options = options_of(false);
  options.reduction = reduction;
  const Verdict verdict = check(setup.system, setup.claims, options);
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  return verdict.states;
}

TEST(EqualAnswers, AreDeliveredInOneOrder) {
  const Describe describe = called_once(&Fan::alike);
  const Verdict reduced = compared(describe);
  EXPECT_TRUE(reduced.scope.ends_with("up to symmetry of equal answers that are awaited at once"))
      << reduced.scope;
  // Before it starts and when it is done; so many are served, and of those so many delivered.
  std::uint64_t expected = 1;
  for (std::uint64_t served = 0; served <= kCalls; ++served) {
    expected += served + 1;
  }
  EXPECT_EQ(reduced.states, expected) << "with all delivered, it is done";
  EXPECT_EQ(states(describe), std::uint64_t{1} << (kCalls + 1));
}

TEST(EqualAnswers, AreThoseOfCallsThatFailAlikeToo) {
  const Verdict reduced = compared(called_once(&Fan::alike, 3));
  EXPECT_TRUE(is_reduced(reduced)) << reduced.scope;
}

TEST(EqualAnswers, ChangePlacesWithTheirLikeOnly) {
  const Describe mixed = called_once(&Fan::mixed);
  const Verdict some = compared(mixed);
  EXPECT_TRUE(is_reduced(some)) << some.scope;
  EXPECT_LT(some.states, states(mixed));
  EXPECT_GT(some.states, compared(called_once(&Fan::alike)).states);
  // No two are equal.
  const Describe numbered = called_once(&Fan::numbered);
  EXPECT_EQ(compared(numbered).states, states(numbered));
}

TEST(EqualAnswers, MayHaveComeBeforeTheyAreAwaited) {
  const Describe late = called_once(&Fan::late);
  EXPECT_LT(compared(late).states, states(late));
}

// What a callee's answer does to open calls hangs on what is awaited by then.
TEST(EqualAnswers, AreThoseThatAreAwaitedAtOnceByThen) {
  const auto describe = [](Scenario& s) {
    auto callee = s.install<Callee>("callee");
    auto fan = s.install<Fan>("fan", callee);
    const auto call = s.user("alice").calls(fan, &Fan::either, Nat(4));
    s.user("bob").calls(fan, &Fan::slow_down);
    s.keep_results();
    s.outcomes("result", [=](const State& end) { return end.result(call); });
    s.outcomes("last", [=](const State& end) { return end[fan].last.get(); });
  };
  EXPECT_TRUE(is_reduced(compared(describe)));
}

TEST(EqualAnswers, ThatAreAwaitedOneByOneAreToldApart) {
  const Describe each = called_once(&MotokoFan::each);
  const Verdict verdict = compared(each);
  EXPECT_FALSE(is_reduced(verdict)) << verdict.scope;
  EXPECT_EQ(verdict.states, states(each));
}

TEST(EqualAnswers, AreAlignedForInterchangeableUsersAsWell) {
  const auto describe = [](bool faults) {
    return [=](Scenario& s) {
      auto callee = s.install<Callee>("callee");
      auto fan = s.install<Fan>("fan", callee);
      for (const char* user : {"alice", "bob"}) {
        s.user(user).calls(fan, &Fan::alike, Nat(3));
      }
      if (faults) {
        s.faults().callback_traps = 1;
        s.faults().rejects = 1;
      }
      s.outcomes("last", [=](const State& end) { return end[fan].last.get(); });
      s.always("in flight", [=](const State& now) { return now.in_flight(fan, callee) < 6; });
    };
  };
  for (const bool faults : {false, true}) {
    const Verdict reduced = compared(describe(faults));
    EXPECT_EQ(reduced.answered, Answered::kViolated);
    EXPECT_NE(reduced.scope.find("alice, bob and of equal answers"), std::string::npos)
        << reduced.scope;
  }
}

TEST(EqualAnswers, AreToldApartByPropertiesThatFollowTheStepsOfSeveralCalls) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto callee = s.install<Callee>("callee");
    auto fan = s.install<Fan>("fan", callee);
    s.user("alice").calls(fan, &Fan::alike, Nat(3));
    s.atomic(fan, &Fan::last);
  });
  const Verdict verdict = check(setup.system, setup.claims, options_of(true));
  EXPECT_FALSE(is_reduced(verdict)) << verdict.scope;
  EXPECT_EQ(verdict.notes,
            (std::vector<std::string>{
                "symmetry reduction is off: no two users do the same",
                "less symmetry reduction: equal answers that are awaited at once are told apart: "
                "property \"atomic(fan.last)\" looks at steps of several calls"}));
}

}  // namespace
}  // namespace heddle
