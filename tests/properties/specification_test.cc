// Linearisable, sequentially consistent, serialisable: on small systems that are and that are not.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <heddle/model/future.h>
#include <heddle/model/language.h>
#include <heddle/model/var.h>
#include <heddle/model/var_map.h>
#include <heddle/properties/scenario.h>

#include "properties/explored.h"

namespace heddle {
namespace {

using properties_tests::explore;
using properties_tests::Explored;
using Names = std::set<std::string>;

/// What a canister awaits between reading and writing.
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

  /// The same, and tells nobody.
  Update<> bump_stale() {
    const Nat before = value;
    co_await call(log_, &Log::note);
    value = before + 1;
  }

  Update<> set(Nat to) {
    co_await call(log_, &Log::note);
    value = to;
  }

  /// Counts, and then rejects all the same.
  Update<Nat> inc_and_reject() {
    value += 1;
    co_await call(log_, &Log::note);
    throw Reject("no");
  }

  /// Counts, and loses it.
  Update<Nat> inc_or_trap() {
    value += 1;
    trap("full");
    co_return value;
  }

  /// Refuses whoever comes while another is inside.
  Update<Nat> inc_guarded() {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    co_await call(log_, &Log::note);
    busy = false;
    value += 1;
    co_return value.get();
  }

  Update<Nat> inc_twice() {
    value += 2;
    co_return value.get();
  }

  Query<Nat> get() { co_return value; }

  Query<Nat> one() { co_return 1; }

  Var<Nat> value{this, "value", 0};
  Var<bool> busy{this, "busy", false};
  HEDDLE_CANISTER(Counter, inc, inc_stale, bump_stale, set, inc_and_reject, inc_or_trap,
                  inc_guarded, inc_twice, get, one)

 private:
  Ref<Log> log_;
};

/// A number that is read elsewhere than it is written.
class Mirror : public Canister {
 public:
  Update<> put(Nat to) {
    value = to;
    co_return;
  }

  Query<Nat> get() { co_return value; }

  Var<Nat> value{this, "value", 0};
  HEDDLE_CANISTER(Mirror, put, get)
};

class Source : public Canister {
 public:
  explicit Source(Ref<Mirror> mirror) : mirror_(mirror) {}

  /// Answers before the mirror knows.
  Update<> set(Nat to) {
    ignore(call(mirror_, &Mirror::put, to));
    co_return;
  }

  Update<> set_and_wait(Nat to) { co_await call(mirror_, &Mirror::put, to); }

  Update<> refuse() {
    throw Reject("no");
    co_return;
  }

  HEDDLE_CANISTER(Source, set, set_and_wait, refuse)

 private:
  Ref<Mirror> mirror_;
};

/// Who has how much. Anybody may move anybody's, if it is told so.
class Purses : public Canister {
 public:
  Update<> give(Principal to, Nat amount) {
    const Nat had = purses.get_or(caller(), 2);
    if (had < amount) {
      throw Reject("too little");
    }
    purses.put(caller(), had - amount);
    purses.put(to, purses.get_or(to, 2) + amount);
    co_return;
  }

  Query<Nat> left(Principal of) { co_return purses.get_or(of, 2); }

  VarMap<Principal, Nat> purses{this, "purses"};
  HEDDLE_CANISTER(Purses, give, left)
};

struct PursesSpec {
  std::map<Principal, Nat> purses;

  void give(const Principal& caller, const Principal& to, const Nat& amount) {
    if (left(caller) < amount) {
      throw Reject("too little");
    }
    purses[caller] = left(caller) - amount;
    purses[to] = left(to) + amount;
  }

  [[nodiscard]] Nat left(const Principal& of) const {
    const auto found = purses.find(of);
    return found == purses.end() ? Nat(2) : found->second;
  }

  HEDDLE_FIELDS(PursesSpec, purses)
};

struct CounterSpec {
  Nat value;

  Nat inc() {
    value += 1;
    return value;
  }

  [[nodiscard]] Nat get() const { return value; }

  void set(const Nat& to) { value = to; }

  void bump() { value += 1; }

  HEDDLE_FIELDS(CounterSpec, value)
};

class Specified : public testing::Test {
 protected:
  Scenario s{"counter/test"};
  Ref<Log> log = s.install<Log>("log");
  Ref<Counter> counter = s.install<Counter>("counter", log);
};

using Linearisable = Specified;
using Serialisable = Specified;
using SequentiallyConsistent = Specified;

template <class Inc>
void two_users_count(Scenario& s, const Ref<Counter>& counter, Inc inc) {
  s.user("alice").calls(counter, inc);
  s.user("bob").calls(counter, inc);
  s.profile(happy);
}

TEST_F(Linearisable, ACounterThatAnswersFromBeforeAnAwaitIsNot) {
  two_users_count(s, counter, &Counter::inc_stale);
  s.linearisable("one counter", CounterSpec{},
                 means(counter, &Counter::inc_stale, &CounterSpec::inc));
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, (Names{"one counter"}));
  EXPECT_EQ(
      explored.why.at("one counter"),
      "no order of the calls explains that bob#1 inc_stale() is answered reply 1: the answers "
      "before it leave {value = 1}, and in any order of the calls that are open it would then "
      "be reply 2");
}

TEST_F(Linearisable, ACounterThatCountsBeforeTheAwaitIs) {
  two_users_count(s, counter, &Counter::inc);
  s.user("carol").calls(counter, &Counter::get);
  s.linearisable("one counter", CounterSpec{}, means(counter, &Counter::inc, &CounterSpec::inc),
                 means(counter, &Counter::get, &CounterSpec::get));
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST_F(Linearisable, AReaderMayMissACallThatIsStillOpen) {
  s.user("alice").calls(counter, &Counter::set, Nat(5));
  s.user("bob").then().calls(counter, &Counter::get);
  s.user("bob").calls(counter, &Counter::get);
  s.profile(happy);
  s.linearisable("register", CounterSpec{}, means(counter, &Counter::set, &CounterSpec::set),
                 means(counter, &Counter::get, &CounterSpec::get));
  EXPECT_EQ(explore(s).violated, Names{});
}

// A write that is answered before it can be read is late, though nobody's own order is broken.
TEST_F(Linearisable, AskingForTheOrderOfAnswersIsMoreThanKeepingScripts) {
  for (const auto set : {&Source::set, &Source::set_and_wait}) {
    Scenario scenario("mirror/test");
    const auto mirror = scenario.install<Mirror>("mirror");
    const auto source = scenario.install<Source>("source", mirror);
    scenario.user("alice").calls(source, set, Nat(5));
    scenario.user("bob").calls(mirror, &Mirror::get);
    scenario.profile(happy);
    const auto sets = means(source, set, &CounterSpec::set);
    const auto gets = means(mirror, &Mirror::get, &CounterSpec::get);
    scenario.linearisable("linearisable", CounterSpec{}, sets, gets);
    scenario.sequentially_consistent("sequentially", CounterSpec{}, sets, gets);
    EXPECT_EQ(explore(scenario).violated, set == &Source::set ? Names{"linearisable"} : Names{});
  }
}

TEST_F(SequentiallyConsistent, AUserReadsWhatHeHasWritten) {
  for (const auto set : {&Source::set, &Source::set_and_wait}) {
    Scenario scenario("mirror/test");
    const auto mirror = scenario.install<Mirror>("mirror");
    const auto source = scenario.install<Source>("source", mirror);
    scenario.user("alice").then().calls(source, set, Nat(5));
    scenario.user("alice").calls(mirror, &Mirror::get);
    scenario.profile(happy);
    const auto sets = means(source, set, &CounterSpec::set);
    const auto gets = means(mirror, &Mirror::get, &CounterSpec::get);
    scenario.sequentially_consistent("reads its writes", CounterSpec{}, sets, gets);
    scenario.serialisable("serialisable", CounterSpec{}, sets, gets);
    const Explored explored = explore(scenario);
    if (set == &Source::set_and_wait) {
      EXPECT_EQ(explored.violated, Names{});
      continue;
    }
    EXPECT_EQ(explored.violated, Names{"reads its writes"});
    EXPECT_EQ(explored.why.at("reads its writes"),
              "no order of the calls that keeps each user's own explains their answers. After "
              "alice#1 set(5) (which leaves {value = 5}) alice#2 get() would give reply 5, and was "
              "answered reply 0");
  }
}

// What is submitted together has no order; what follows does, but for what still runs when it is
// submitted.
TEST_F(SequentiallyConsistent, CallsSubmittedTogetherHaveNoOrder) {
  const auto violated = [](auto set, bool with_refusal) {
    Scenario scenario("mirror/all");
    const auto mirror = scenario.install<Mirror>("mirror");
    const auto source = scenario.install<Source>("source", mirror);
    ScenarioUser alice = scenario.user("alice");
    if (with_refusal) {
      alice.all(asks(source, set, Nat(5)), asks(source, &Source::refuse));
    } else {
      alice.all(asks(source, set, Nat(5)), asks(mirror, &Mirror::get));
    }
    alice.calls(mirror, &Mirror::get);
    scenario.profile(happy);
    scenario.sequentially_consistent("in order", CounterSpec{},
                                     means(source, set, &CounterSpec::set),
                                     means(source, &Source::refuse, &CounterSpec::bump),
                                     means(mirror, &Mirror::get, &CounterSpec::get));
    return explore(scenario).violated;
  };
  EXPECT_EQ(violated(&Source::set, false), Names{"in order"});
  EXPECT_EQ(violated(&Source::set_and_wait, false), Names{});
  EXPECT_EQ(violated(&Source::set_and_wait, true), Names{});
}

TEST_F(Serialisable, TwoCallsThatOverwriteEachOtherAreNot) {
  two_users_count(s, counter, &Counter::inc_stale);
  s.serialisable("as one after another", CounterSpec{},
                 means(counter, &Counter::inc_stale, &CounterSpec::inc));
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{"as one after another"});
  EXPECT_EQ(explored.why.at("as one after another"),
            "no order of the calls explains their answers. After alice#1 inc_stale() (which leaves "
            "{value = 1}) bob#1 inc_stale() would give reply 2, and was answered reply 1");
}

TEST_F(Serialisable, TheStateInTheEndIsComparedOnRequest) {
  s.user("alice").calls(counter, &Counter::bump_stale);
  s.user("bob").calls(counter, &Counter::bump_stale);
  s.profile(happy);
  const auto bumps = means(counter, &Counter::bump_stale, &CounterSpec::bump);
  s.serialisable("answers", CounterSpec{}, bumps);
  s.serialisable(
      "answers and end", CounterSpec{},
      [=, this](const State& end, const CounterSpec& spec) {
        return end[counter].value == spec.value;
      },
      bumps);
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{"answers and end"});
  EXPECT_EQ(explored.why.at("answers and end"),
            "no order of the calls explains their answers and the end. After alice#1 bump_stale(), "
            "bob#1 bump_stale() the specification is {value = 2}, and the end is not");
}

template <class Meanings>
Names violated_by_rejects(const Meanings& meanings, bool with_trap = false) {
  Scenario s("counter/rejects");
  const auto log = s.install<Log>("log");
  const auto counter = s.install<Counter>("counter", log);
  s.user("alice").calls(counter, with_trap ? &Counter::inc_or_trap : &Counter::inc_and_reject);
  s.user("bob").calls(counter, &Counter::get);
  s.profile(happy);
  s.without("no unexpected trap");
  meanings(s, counter);
  return explore(s).violated;
}

TEST_F(Linearisable, ARejectedCallMayHaveHadItsEffect) {
  const auto meaning = [](Scenario& scenario, const Ref<Counter>& of) {
    const auto inc = means(of, &Counter::inc_and_reject, &CounterSpec::inc);
    const auto get = means(of, &Counter::get, &CounterSpec::get);
    scenario.linearisable("linearisable", CounterSpec{}, inc, get);
    scenario.serialisable("serialisable", CounterSpec{}, inc, get);
  };
  EXPECT_EQ(violated_by_rejects(meaning), Names{});
}

TEST_F(Linearisable, AnEffectThatARejectDeniesIsFoundOnRequest) {
  for (const bool as_it_happens : {false, true}) {
    const auto meaning = [&](Scenario& scenario, const Ref<Counter>& of) {
      const auto inc = means(of, &Counter::inc_and_reject, &CounterSpec::inc).all_or_nothing();
      const auto get = means(of, &Counter::get, &CounterSpec::get);
      if (as_it_happens) {
        scenario.linearisable("like one", CounterSpec{}, inc, get);
      } else {
        scenario.serialisable("like one", CounterSpec{}, inc, get);
      }
    };
    EXPECT_EQ(violated_by_rejects(meaning), Names{"like one"});
  }
}

TEST_F(Linearisable, ACallThatTrapsBeforeItAwaitsHasHadNoEffect) {
  for (const bool kept : {false, true}) {
    const auto meaning = [&](Scenario& scenario, const Ref<Counter>& of) {
      if (kept) {
        scenario.weaken("G5");
      }
      scenario.linearisable("linearisable", CounterSpec{},
                            means(of, &Counter::inc_or_trap, &CounterSpec::inc),
                            means(of, &Counter::get, &CounterSpec::get));
    };
    EXPECT_EQ(violated_by_rejects(meaning, true), kept ? Names{"linearisable"} : Names{});
  }
}

// That it may still come would explain the 2.
TEST_F(Linearisable, ACallThatAStoppedCanisterRefusedNeverComes) {
  s.user("ops").then().stops(counter);
  s.user("ops").calls(counter, &Counter::inc);
  s.user("ops").starts(counter);
  s.user("ops").calls(counter, &Counter::inc_twice);
  s.profile(happy);
  s.linearisable("one counter", CounterSpec{}, means(counter, &Counter::inc, &CounterSpec::inc),
                 means(counter, &Counter::inc_twice, &CounterSpec::inc));
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{"one counter"});
  EXPECT_EQ(
      explored.why.at("one counter"),
      "no order of the calls explains that ops#4 inc_twice() is answered reply 2: the answers "
      "before it leave {value = 0}, and in any order of the calls that are open it would then "
      "be reply 1");
}

enum class Claimed : std::uint8_t { kNothing, kAsItHappens, kInTheEnd };

TEST_F(Linearisable, ARefusalThatIsNotSpecifiedIsFoundOnRequest) {
  for (const Claimed claimed : {Claimed::kNothing, Claimed::kAsItHappens, Claimed::kInTheEnd}) {
    Scenario scenario("counter/refused");
    const auto notes = scenario.install<Log>("log");
    const auto guarded = scenario.install<Counter>("counter", notes);
    two_users_count(scenario, guarded, &Counter::inc_guarded);
    auto inc = means(guarded, &Counter::inc_guarded, &CounterSpec::inc);
    if (claimed != Claimed::kNothing) {
      inc = std::move(inc).refused_as_specified();
    }
    if (claimed == Claimed::kInTheEnd) {
      scenario.serialisable("like one", CounterSpec{}, inc);
    } else {
      scenario.linearisable("like one", CounterSpec{}, inc);
    }
    const Explored explored = explore(scenario);
    EXPECT_EQ(explored.violated, claimed == Claimed::kNothing ? Names{} : Names{"like one"});
    if (claimed == Claimed::kAsItHappens) {
      EXPECT_EQ(
          explored.why.at("like one"),
          "no order of the calls explains that bob#1 inc_guarded() is answered reject "
          "CANISTER_REJECT \"busy\": the answers before it leave {value = 0}, and in any order "
          "of the calls that are open it would then be reply 1 or reply 2");
    }
    if (claimed == Claimed::kInTheEnd) {
      EXPECT_EQ(explored.why.at("like one"),
                "no order of the calls explains their answers. After alice#1 inc_guarded() (which "
                "leaves {value = 1}) bob#1 inc_guarded() would give reply 2, and was answered "
                "reject CANISTER_REJECT \"busy\"");
    }
  }
}

TEST_F(Linearisable, TheCallerIsToldToWhoAsksForHim) {
  const auto purses = s.install<Purses>("purses");
  const Principal bob = Principal::named("bob");
  s.user("alice").calls(purses, &Purses::give, bob, Nat(2));
  s.user("alice").calls(purses, &Purses::give, bob, Nat(1));
  s.user("bob").calls(purses, &Purses::give, Principal::named("alice"), Nat(3));
  s.user("carol").calls(purses, &Purses::left, bob);
  s.profile(happy);
  const auto gives = means(purses, &Purses::give, &PursesSpec::give).refused_as_specified();
  const auto left = means(purses, &Purses::left, &PursesSpec::left);
  s.linearisable("linearisable", PursesSpec{}, gives, left);
  s.serialisable("serialisable", PursesSpec{}, gives, left);
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST_F(Linearisable, AMethodThatMeansTwoThingsIsRefused) {
  const auto inc = means(counter, &Counter::inc, &CounterSpec::inc);
  try {
    s.linearisable("one counter", CounterSpec{}, inc, inc);
    FAIL() << "was taken";
  } catch (const Misuse& misuse) {
    EXPECT_STREQ(misuse.what(),
                 "scenario counter/test: \"one counter\" says twice what counter.inc means: leave "
                 "one of them out.");
  }
}

// That it may have come would explain the 1.
TEST_F(Serialisable, ACallThatIsDroppedHasHadNoEffect) {
  for (const int dropped : {0, 1}) {
    Scenario scenario("counter/dropped");
    const auto notes = scenario.install<Log>("log");
    const auto counts = scenario.install<Counter>("counter", notes);
    scenario.user("alice").calls(counts, &Counter::inc);
    scenario.user("bob").calls(counts, &Counter::one);
    scenario.profile(happy);
    scenario.faults().dropped_ingress = dropped;
    scenario.serialisable("as one after another", CounterSpec{},
                          means(counts, &Counter::inc, &CounterSpec::inc),
                          means(counts, &Counter::one, &CounterSpec::get));
    EXPECT_EQ(explore(scenario).violated, dropped > 0 ? Names{"as one after another"} : Names{});
  }
}

// Each submission is a call of its own; the first one's answer does not say what the second did.
TEST_F(Serialisable, ACallThatIsSubmittedAgainCountsTwice) {
  s.user("alice").calls(counter, &Counter::inc);
  s.user("bob").calls(counter, &Counter::get);
  s.profile(happy);
  s.faults().resubmissions = 1;
  const auto inc = means(counter, &Counter::inc, &CounterSpec::inc);
  const auto get = means(counter, &Counter::get, &CounterSpec::get);
  s.serialisable("serialisable", CounterSpec{}, inc, get);
  s.linearisable("linearisable", CounterSpec{}, inc, get);
  s.outcomes("value", [=, this](const State& end) { return end[counter].value.get(); });
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{});
  EXPECT_TRUE(explored.outcomes.at("value").contains("2"));
}

}  // namespace
}  // namespace heddle
