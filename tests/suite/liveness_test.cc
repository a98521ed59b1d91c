// Claims about runs: which runs are fair, and what a counterexample is.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/replay.h>
#include <heddle/heddle.h>
#include <heddle/traces/json.h>
#include <heddle/traces/make.h>

namespace heddle {
namespace {

using Lines = std::vector<std::string>;

/// Grants a lock to whoever asks first.
class Lock : public Canister {
 public:
  Update<bool> acquire() {
    if (taken) {
      co_return false;
    }
    taken = true;
    co_return true;
  }

  Update<> release() {
    taken = false;
    co_return;
  }

  Var<bool> taken{this, "taken", false};
  HEDDLE_CANISTER(Lock, acquire, release)
};

/// Works under the lock.
class Worker : public Canister {
 public:
  explicit Worker(Ref<Lock> lock_canister) : lock(lock_canister) {}

  Update<> work() {
    const bool granted = co_await call(lock, &Lock::acquire);
    if (!granted) {
      co_return continue_as(&Worker::work);
    }
    done += 1;
    co_await call(lock, &Lock::release);
  }

  /// Forgets to release.
  Update<> keep() {
    const bool granted = co_await call(lock, &Lock::acquire);
    if (!granted) {
      co_return continue_as(&Worker::keep);
    }
    done += 1;
  }

  Query<Nat> get() { co_return done; }

  Ref<Lock> lock;
  Var<Nat> done{this, "done", 0};
  HEDDLE_CANISTER(Worker, work, keep, get)
};

/// A timer that starts itself again.
class Ticker : public Canister {
 public:
  Update<> start() {
    set_timer();
    co_return;
  }

  Update<> poke() {
    poked = true;
    co_return;
  }

  /// Arms and disarms the timer in turns, until it has fired.
  Update<> dither() {
    if (armed) {
      if (timer() == 0) {
        co_return;
      }
      cancel_timer();
    } else {
      set_timer();
    }
    armed = !armed;
    co_await async(&Ticker::nothing);
    co_return continue_as(&Ticker::dither);
  }

  Async<> nothing() { co_return; }

  TimerTask tick() {
    ticked = !ticked;
    fired = true;
    if (!armed) {
      set_timer();
    }
    co_return;
  }

  Var<bool> poked{this, "poked", false};
  Var<bool> ticked{this, "ticked", false};
  Var<bool> fired{this, "fired", false};
  Var<bool> armed{this, "armed", false};
  HEDDLE_CANISTER(Ticker, start, poke, dither, nothing, tick)
};

/// Takes the lock and gives it back for ever.
class Rival : public Canister {
 public:
  explicit Rival(Ref<Lock> lock_canister) : lock(lock_canister) {}

  Update<> hold() {
    const bool granted = co_await call(lock, &Lock::acquire);
    if (granted) {
      co_await call(lock, &Lock::release);
    }
    co_return continue_as(&Rival::hold);
  }

  Ref<Lock> lock;
  HEDDLE_CANISTER(Rival, hold)
};

/// Waits no longer than its timeout.
class Patient : public Canister {
 public:
  explicit Patient(Ref<Lock> lock_canister) : lock(lock_canister) {}

  Update<> ask() {
    const Outcome<> done = co_await outcome(call(with_timeout(lock, 10), &Lock::release));
    went_on = !done.replied();
  }

  Ref<Lock> lock;
  Var<bool> went_on{this, "went_on", false};
  HEDDLE_CANISTER(Patient, ask)
};

class Beating : public Canister {
 public:
  Update<> nothing() { co_return; }

  HeartbeatTask beat() {
    beaten = true;
    co_return;
  }

  Var<bool> beaten{this, "beaten", false};
  HEDDLE_CANISTER(Beating, nothing, beat)
};

/// Counts without end how often it was granted something.
class Counting : public Canister {
 public:
  explicit Counting(Ref<Lock> lock_canister) : lock(lock_canister) {}

  Update<> count() {
    const bool granted = co_await call(lock, &Lock::acquire);
    if (granted) {
      counted += 1;
    }
    co_return continue_as(&Counting::count);
  }

  Ref<Lock> lock;
  Var<Nat> counted{this, "counted", 0};
  HEDDLE_CANISTER(Counting, count)
};

/// Arms its timer for a while whenever it is granted something.
class Tossing : public Canister {
 public:
  explicit Tossing(Ref<Lock> lock_canister) : lock(lock_canister) {}

  Update<> toss() {
    const bool granted = co_await call(lock, &Lock::acquire);
    if (granted) {
      set_timer();
      co_await async(&Tossing::nothing);
      if (timer() == 0) {
        co_return;  // it has fired
      }
      cancel_timer();
    }
    co_return continue_as(&Tossing::toss);
  }

  Async<> nothing() { co_return; }

  TimerTask tick() {
    fired = true;
    co_return;
  }

  Ref<Lock> lock;
  Var<bool> fired{this, "fired", false};
  HEDDLE_CANISTER(Tossing, toss, nothing, tick)
};

struct Told {
  Verdict verdict;
  std::optional<Lines> stem;
  std::optional<Lines> round;
};

/// Checks, and performs a counterexample again: its round must come back to where it begins.
Told told(const std::function<void(Scenario&)>& describe, CheckOptions options = {}) {
  options.threads = 1;
  Scenario scenario("test");
  describe(scenario);
  const auto setup = scenario.build();
  Kernel kernel(setup.system);
  Told told{check(kernel, setup.claims, options), {}, {}};
  if (const auto from = told.verdict.repeats_from) {
    const auto middle = told.verdict.schedule.begin() + static_cast<std::ptrdiff_t>(*from);
    told.stem = Lines(told.verdict.schedule.begin(), middle);
    told.round = Lines(middle, told.verdict.schedule.end());
    Kernel again(setup.system);
    Stepper stepper(again);
    StateVector round_begins = replay(stepper, *told.stem, ReplayMode::kStrict).end;
    StateVector round_ends = replay(stepper, told.verdict.schedule, ReplayMode::kStrict).end;
    round_begins.normalise();
    round_ends.normalise();
    EXPECT_EQ(round_begins, round_ends);
  }
  return told;
}

TEST(Liveness, EventuallyHoldsWhereEveryRunComesToIt) {
  const Told it = told([](Scenario& s) {
    const auto lock = s.install<Lock>("lock");
    const auto worker = s.install<Worker>("worker", lock);
    s.user("alice").calls(worker, &Worker::work);
    s.profile(happy);
    s.eventually("done", [=](const State& now) { return now[worker].done == Nat{1}; });
  });
  EXPECT_EQ(it.verdict.answered, Answered::kVerified) << it.verdict.why;
  EXPECT_NE(it.verdict.scope.find("runs with weak fairness to each message"), std::string::npos)
      << it.verdict.scope;
}

TEST(Liveness, AFiniteRunViolatesWhatIsStillToCome) {
  const Told it = told([](Scenario& s) {
    const auto lock = s.install<Lock>("lock");
    const auto worker = s.install<Worker>("worker", lock);
    s.user("alice").calls(worker, &Worker::work);
    s.profile(happy);
    s.eventually("twice", [=](const State& now) { return now[worker].done == Nat{2}; });
  });
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  EXPECT_EQ(it.verdict.property, "twice");
  EXPECT_EQ(it.verdict.property_kind, "eventually");
  EXPECT_EQ(*it.round, Lines{});
  EXPECT_EQ(*it.stem, (Lines{"start alice#1", "start worker>lock", "deliver alice#1/1",
                             "start worker>lock", "deliver alice#1/2"}));
  EXPECT_EQ(it.verdict.why, "nothing more need happen after step 5: \"twice\" never holds");
}

TEST(Liveness, ALockThatIsNeverReleasedIsTriedForEver) {
  const Told it = told([](Scenario& s) {
    const auto lock = s.install<Lock>("lock");
    const auto worker = s.install<Worker>("worker", lock);
    s.user("alice").calls(worker, &Worker::keep);
    s.user("bob").calls(worker, &Worker::keep);
    s.profile(happy);
    s.eventually("both", [=](const State& now) { return now[worker].done == Nat{2}; });
  });
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  // One has it, the other asks again and again.
  EXPECT_EQ(it.round->size(), 2U);
  EXPECT_EQ(it.verdict.why, "steps 5 to 6 repeat for ever: \"both\" never holds");
}

/// Whoever retries may never come at the right moment. Weak fairness to messages does not help it,
/// since no message waits; nor does strong.
TEST(Liveness, ARetryMayAlwaysComeAtTheWrongMoment) {
  for (const Strength strength : {weak, strong}) {
    const Told it = told([=](Scenario& s) {
      const auto lock = s.install<Lock>("lock");
      const auto worker = s.install<Worker>("worker", lock);
      const auto rival = s.install<Rival>("other", lock);
      s.user("alice").calls(worker, &Worker::work);
      s.user("rival").calls(rival, &Rival::hold);
      s.profile(happy);
      s.fair(strength, per_message);
      s.eventually("done", [=](const State& now) { return now[worker].done == Nat{1}; });
    });
    ASSERT_EQ(it.verdict.answered, Answered::kViolated);
    EXPECT_GT(it.round->size(), 3U);
  }
}

/// A timer that always starts itself again keeps nobody waiting.
TEST(Liveness, ATimerThatFiresForEverCannotStarveACall) {
  for (const FairTo to : {per_message, per_canister}) {
    const Told it = told([=](Scenario& s) {
      const auto ticker = s.install<Ticker>("ticker");
      s.user("alice").calls(ticker, &Ticker::start);
      s.user("bob").calls(ticker, &Ticker::poke);
      s.profile(happy);
      s.fair(weak, to);
      s.eventually("poked", [=](const State& now) { return now[ticker].poked.get(); });
    });
    if (to == per_message) {
      EXPECT_EQ(it.verdict.answered, Answered::kVerified) << it.verdict.why;
    } else {
      // The canister does something all the time, and that is all that is asked.
      ASSERT_EQ(it.verdict.answered, Answered::kViolated);
      for (const std::string& event : *it.round) {
        EXPECT_NE(event, "start bob#1");
      }
    }
  }
}

TEST(Liveness, FairnessToCanistersKeepsOneFromStarvingAnother) {
  const Told it = told([](Scenario& s) {
    const auto ticker = s.install<Ticker>("ticker");
    const auto other = s.install<Ticker>("other");
    s.user("alice").calls(ticker, &Ticker::start);
    s.user("bob").calls(other, &Ticker::poke);
    s.profile(happy);
    s.fair(weak, per_canister);
    s.eventually("poked", [=](const State& now) { return now[other].poked.get(); });
  });
  EXPECT_EQ(it.verdict.answered, Answered::kVerified) << it.verdict.why;
}

/// The timer is armed again and again, and disarmed each time before it fires.
TEST(Liveness, StrongFairnessFiresATimerThatIsArmedAgainAndAgain) {
  for (const Strength strength : {weak, strong}) {
    const Told it = told([=](Scenario& s) {
      const auto ticker = s.install<Ticker>("ticker");
      s.user("alice").calls(ticker, &Ticker::dither);
      s.profile(happy);
      s.fair(strength, per_message);
      s.eventually("fired", [=](const State& now) { return now[ticker].fired.get(); });
    });
    EXPECT_EQ(it.verdict.answered, strength == strong ? Answered::kVerified : Answered::kViolated);
  }
}

/// What may be armed again and again need not be: the run in which it never is stays fair.
TEST(Liveness, StrongFairnessAllowsTheRunOnWhichNothingIsOwed) {
  for (const bool always_granted : {false, true}) {
    const Told it = told([=](Scenario& s) {
      auto lock = s.install_environment<Lock>("lock");
      lock.replies(&Lock::acquire, true);
      if (!always_granted) {
        lock.replies(&Lock::acquire, false);
      }
      s.assume_answers(lock);
      const auto tossing = s.install<Tossing>("tossing", lock);
      s.user("alice").calls(tossing, &Tossing::toss);
      s.profile(happy);
      s.fair(strong, per_message);
      s.eventually("fired", [=](const State& now) { return now[tossing].fired.get(); });
    });
    if (always_granted) {
      EXPECT_EQ(it.verdict.answered, Answered::kVerified) << it.verdict.why;
    } else {
      ASSERT_EQ(it.verdict.answered, Answered::kViolated);
      EXPECT_EQ(it.round->size(), 2U);
    }
  }
}

TEST(Liveness, AnEnvironmentCanisterNeedNotAnswer) {
  for (const bool answers : {false, true}) {
    const Told it = told([=](Scenario& s) {
      auto lock = s.install_environment<Lock>("lock");
      lock.replies(&Lock::acquire, true).replies(&Lock::release);
      const auto worker = s.install<Worker>("worker", lock);
      s.user("alice").calls(worker, &Worker::work);
      s.profile(happy);
      if (answers) {
        s.assume_answers(lock);
      }
      s.eventually("done", [=](const State& now) { return now[worker].done == Nat{1}; });
    });
    if (answers) {
      EXPECT_EQ(it.verdict.answered, Answered::kVerified) << it.verdict.why;
      continue;
    }
    ASSERT_EQ(it.verdict.answered, Answered::kViolated);
    EXPECT_EQ(*it.stem, Lines{"start alice#1"});
    EXPECT_EQ(*it.round, Lines{});
    EXPECT_EQ(it.verdict.why,
              "nothing more need happen after step 1 (lock is not assumed to answer): \"done\" "
              "never holds");
  }
}

/// A call with a timeout does not wait for ever for a callee that does not answer.
TEST(Liveness, ABoundedWaitCallExpiresInTheEnd) {
  for (const int expiries : {0, 1}) {
    const Told it = told([=](Scenario& s) {
      auto lock = s.install_environment<Lock>("lock");
      lock.never(&Lock::release);
      const auto patient = s.install<Patient>("patient", lock);
      s.user("alice").calls(patient, &Patient::ask);
      s.profile(happy);
      s.faults().expiries = expiries;
      s.eventually("went on", [=](const State& now) { return now[patient].went_on.get(); });
    });
    EXPECT_EQ(it.verdict.answered, expiries == 0 ? Answered::kViolated : Answered::kVerified)
        << it.verdict.why;
  }
}

TEST(Liveness, HeartbeatsAreNotOwed) {
  const Told it = told([](Scenario& s) {
    const auto beating = s.install<Beating>("beating");
    s.user("alice").calls(beating, &Beating::nothing);
    s.profile(happy);
    s.faults().heartbeats = 1;
    s.without("no deadlock");
    s.eventually("beaten", [=](const State& now) { return now[beating].beaten.get(); });
  });
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  EXPECT_EQ(*it.stem, Lines{"start alice#1"});
}

TEST(Liveness, LeadsToNamesTheStepAfterWhichItIsLeftOpen) {
  const auto describe = [](bool again) {
    return [=](Scenario& s) {
      const auto ticker = s.install<Ticker>("ticker");
      s.user("alice").calls(ticker, &Ticker::start);
      s.profile(happy);
      s.leads_to(
          "on, then off", [=](const State& now) { return now[ticker].ticked.get(); },
          [=](const State& now) { return again ? !now[ticker].ticked.get() : false; });
    };
  };
  EXPECT_EQ(told(describe(true)).verdict.answered, Answered::kVerified);
  const Told it = told(describe(false));
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  EXPECT_EQ(it.verdict.property_kind, "leads to");
  EXPECT_NE(it.verdict.why.find("the first predicate holds after step 3, and the second never does "
                                "from then on"),
            std::string::npos)
      << it.verdict.why;
}

TEST(Liveness, LtlSaysThatSomethingRecurs) {
  const auto describe = [](bool never) {
    return [=](Scenario& s) {
      const auto ticker = s.install<Ticker>("ticker");
      s.user("alice").calls(ticker, &Ticker::start);
      s.profile(happy);
      const Formula ticked =
          holds("ticked", [=](const State& now) { return now[ticker].ticked.get(); });
      s.ltl("recurs", never ? eventually(always(!ticked)) : always(eventually(ticked)));
    };
  };
  EXPECT_EQ(told(describe(false)).verdict.answered, Answered::kVerified);
  const Told it = told(describe(true));
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  EXPECT_EQ(it.verdict.why,
            "steps 4 to 7 repeat for ever: eventually(always(!ticked)) is not true: in the end "
            "ticked holds at times");
}

void ticks(Scenario& s) {
  const auto ticker = s.install<Ticker>("ticker");
  s.user("alice").calls(ticker, &Ticker::start);
  s.user("bob").calls(ticker, &Ticker::start);
  s.profile(happy);
  s.eventually("ticked", [=](const State& now) { return now[ticker].ticked.get(); });
}

TEST(Liveness, SwitchesReductionsOffAndSaysSo) {
  CheckOptions options;
  options.reduction = {true, true};
  const Told it = told(ticks, options);
  EXPECT_EQ(it.verdict.answered, Answered::kVerified);
  const std::string why = " is off: \"ticked\" is a claim about runs, for which each event counts";
  EXPECT_EQ(it.verdict.notes, (Lines{"partial-order reduction" + why, "symmetry reduction" + why}));
}

TEST(Liveness, RefusesWhatLosesStatesOrStoresNone) {
  CheckOptions lossy;
  lossy.storage.kind = Storage::kBitstate;
  EXPECT_THROW(told(ticks, lossy), Misuse);
  CheckOptions stateless;
  stateless.strategy = Strategy::kDpor;
  EXPECT_THROW(told(ticks, stateless), Misuse);
}

TEST(Liveness, IsNotJudgedOfSamples) {
  CheckOptions options;
  options.strategy = Strategy::kRandom;
  options.schedules = 3;
  options.depth_max = 20;
  const Told it = told(ticks, options);
  EXPECT_EQ(it.verdict.answered, Answered::kIncomplete);
  EXPECT_EQ(
      it.verdict.notes.back(),
      "\"ticked\" is not judged: it is a claim about runs, and a schedule is the beginning of "
      "one");
}

TEST(Liveness, DepthFirstSearchSaysTheSame) {
  CheckOptions options;
  options.strategy = Strategy::kDepthFirst;
  EXPECT_EQ(told(ticks, options).verdict.answered, Answered::kVerified);
}

/// There is no end of states, and in the first ones a run that comes round.
TEST(Liveness, ABoundOnStatesIsNoPassAndHidesNoRunThatWasSeen) {
  CheckOptions options;
  options.states_max = 200;
  for (const bool may_refuse : {false, true}) {
    const Told it = told(
        [=](Scenario& s) {
          auto lock = s.install_environment<Lock>("lock");
          lock.replies(&Lock::acquire, true);
          if (may_refuse) {
            lock.replies(&Lock::acquire, false);
          }
          s.assume_answers(lock);
          const auto counting = s.install<Counting>("counting", lock);
          s.user("alice").calls(counting, &Counting::count);
          s.profile(happy);
          s.eventually("a thousand",
                       [=](const State& now) { return now[counting].counted == Nat{1000}; });
        },
        options);
    if (may_refuse) {
      ASSERT_EQ(it.verdict.answered, Answered::kViolated);
      EXPECT_EQ(it.round->size(), 2U);
      continue;
    }
    EXPECT_EQ(it.verdict.answered, Answered::kIncomplete);
    EXPECT_EQ(it.verdict.bound, "max-states");
    EXPECT_NE(it.verdict.coverage.find("of runs within"), std::string::npos) << it.verdict.coverage;
  }
}

/// Once the one who has the lock forgets to release it, nobody can have it any more.
TEST(Liveness, AlwaysPossibleNamesTheFirstStateWithoutHope) {
  const auto describe = [](bool forgets) {
    return [=](Scenario& s) {
      const auto lock = s.install<Lock>("lock");
      const auto worker = s.install<Worker>("worker", lock);
      if (forgets) {
        s.user("alice").calls(worker, &Worker::keep);
      }
      s.user("bob").calls(worker, &Worker::work);
      s.profile(happy);
      s.always_possible("free", [=](const State& now) { return !now[lock].taken.get(); });
    };
  };
  EXPECT_EQ(told(describe(false)).verdict.answered, Answered::kVerified);
  const Told it = told(describe(true));
  ASSERT_EQ(it.verdict.answered, Answered::kViolated);
  EXPECT_EQ(it.verdict.schedule, (Lines{"start alice#1", "start worker>lock"}));
  EXPECT_EQ(it.verdict.why, "after step 2, \"free\" can never hold again without a further fault");
  EXPECT_FALSE(it.verdict.repeats_from);
}

void tries_for_ever(Scenario& s) {
  const auto lock = s.install<Lock>("lock");
  const auto worker = s.install<Worker>("worker", lock);
  s.user("alice").calls(worker, &Worker::keep);
  s.user("bob").calls(worker, &Worker::keep);
  s.profile(happy);
  s.eventually("both", [=](const State& now) { return now[worker].done == Nat{2}; });
}

TEST(Liveness, ATraceSaysFromWhichStepOnItRepeatsAndIsJudgedTheSameWhenReplayed) {
  const Verdict verdict = told(tries_for_ever).verdict;
  ASSERT_TRUE(verdict.repeats_from);
  for (const bool is_replay : {false, true}) {
    Scenario scenario("test");
    tries_for_ever(scenario);
    const auto setup = scenario.build();
    Kernel kernel(setup.system);
    TraceRequest request{.scenario = "test/for_ever"};
    request.schedule = verdict.schedule;
    request.verdict = is_replay ? nullptr : &verdict;
    request.compares = true;
    request.for_page = true;
    const Trace trace = make_trace(kernel, setup.claims, request);
    EXPECT_EQ(trace.verdict, "VIOLATED");
    EXPECT_EQ(trace.property, "both");
    EXPECT_EQ(trace.why, verdict.why);
    EXPECT_EQ(trace.violated_step, verdict.schedule.size());
    EXPECT_EQ(trace.repeats_from, *verdict.repeats_from + 1);
    EXPECT_EQ(trace.steps[*verdict.repeats_from].notes.back(),
              fmt::format("steps {} to 6 repeat for ever", *verdict.repeats_from + 1));
    EXPECT_EQ(read_whole_trace(to_json(trace), "test.json").repeats_from, trace.repeats_from);
  }
}

TEST(Liveness, AScheduleThatDoesNotComeRoundViolatesNothing) {
  Verdict verdict = told(tries_for_ever).verdict;
  verdict.schedule.pop_back();
  Scenario scenario("test");
  tries_for_ever(scenario);
  const auto setup = scenario.build();
  Kernel kernel(setup.system);
  TraceRequest request{.scenario = "test/for_ever"};
  request.schedule = verdict.schedule;
  const Trace trace = make_trace(kernel, setup.claims, request);
  EXPECT_EQ(trace.property, "");
  EXPECT_EQ(trace.repeats_from, 0U);
}

TEST(Liveness, SafetyIsJudgedFirst) {
  const Told it = told([](Scenario& s) {
    ticks(s);
    s.always("never", [](const State&) { return false; });
  });
  EXPECT_EQ(it.verdict.property, "never");
  EXPECT_FALSE(it.verdict.repeats_from);
}

TEST(Liveness, OnlyAnEnvironmentCanisterCanBeAssumedToAnswer) {
  try {
    told([](Scenario& s) { s.assume_answers(s.install<Lock>("lock")); });
    FAIL();
  } catch (const Misuse& misuse) {
    EXPECT_STREQ(
        misuse.what(),
        "scenario test: assume_answers(lock): it is no environment canister. Its code says "
        "whether it answers.");
  }
}

}  // namespace
}  // namespace heddle
