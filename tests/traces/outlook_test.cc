// What only pages show: each property at each step, and what comes of each alternative.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>
#include <heddle/properties/state.h>
#include <heddle/traces/make.h>
#include <heddle/traces/outlook.h>

namespace heddle {
namespace {

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Update<Nat> pay(Nat amount) {
    balance -= amount;
    co_return balance;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, pay)
};

class Bank : public Canister {
 public:
  Bank(Ref<Ledger> payer, Nat initial)
      : ledger(payer), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    const Nat before = balance;
    co_await call(ledger, &Ledger::pay, amount);
    balance = before - amount;
  }

  Update<> guarded(Nat amount) {
    busy = true;
    auto release = finally([this] { busy = false; });
    co_await call(ledger, &Ledger::pay, amount);
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  Var<bool> busy{this, "busy", false};
  HEDDLE_CANISTER(Bank, withdraw, guarded)
};

/// A described scenario with its kernel.
struct Checked {
  explicit Checked(const std::function<void(Scenario&)>& body) {
    Scenario scenario("test/scenario");
    body(scenario);
    setup = scenario.build();
    kernel = std::make_unique<Kernel>(setup.system);
  }

  Trace trace(const ScheduleText& schedule) {
    return make_trace(*kernel, setup.claims, {.scenario = "test/scenario", .schedule = schedule});
  }

  Setup setup;
  std::unique_ptr<Kernel> kernel;
};

void two_withdrawals(Scenario& s) {
  auto ledger = s.install<Ledger>("ledger", Nat{200});
  auto bank = s.install<Bank>("bank", ledger, Nat{200});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{60});
  s.profile(happy);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
}

const ScheduleText kLostUpdate{"start alice#1",     "start bob#1",       "start bank>ledger",
                               "start bank>ledger", "deliver alice#1/1", "deliver bob#1/1"};

Trace for_page(Checked& checked, const ScheduleText& schedule) {
  return make_trace(*checked.kernel, checked.setup.claims,
                    {.scenario = "test/scenario", .schedule = schedule, .for_page = true});
}

/// "0 holds; 6 violated".
std::string judged(const Trace& trace, std::string_view name) {
  std::string text;
  for (const TraceProperty& property : trace.properties) {
    if (property.name == name) {
      for (const TraceJudgement& change : property.changes) {
        text += (text.empty() ? "" : "; ") + std::to_string(change.step) + " " + change.is;
      }
    }
  }
  return text;
}

TEST(ForAPage, SaysWhatEachPropertyIsFromStepToStep) {
  Checked checked([](Scenario& s) {
    two_withdrawals(s);
    auto bank = s.install<Bank>("other", s.install<Ledger>("spare", Nat{1}), Nat{100});
    s.user("carol").calls(bank, &Bank::withdraw, Nat{1});
    s.user("dave").calls(bank, &Bank::withdraw, Nat{2});
    s.always("untouched", [=](const State& now) { return now[bank].balance == 100; });
    s.sometimes("one less", [=](const State& now) { return now[bank].balance == 99; });
    s.atomic(bank, &Bank::balance);
  });
  const Trace trace = for_page(
      checked, {"start carol#1", "start other>spare", "start dave#1", "deliver carol#1/1"});
  EXPECT_EQ(judged(trace, "untouched"), "0 holds; 4 violated");
  EXPECT_EQ(judged(trace, "one less"), "0 not reached; 4 reached");
  EXPECT_EQ(judged(trace, "the books agree"), "0 not judged");
  EXPECT_EQ(judged(trace, "atomic(other.balance)"), "0 holds");
  for (const TraceProperty& property : trace.properties) {
    EXPECT_EQ(property.name == "untouched", !property.changes.back().why.empty()) << property.name;
  }
}

TEST(ForAPage, AViolatedStepStaysViolatedAndAStateThatHoldsAgainHolds) {
  Checked checked([](Scenario& s) {
    two_withdrawals(s);
    const Ref<Bank> bank = s.install<Bank>("other", s.install<Ledger>("spare", Nat{9}), Nat{100});
    s.user("carol").calls(bank, &Bank::guarded, Nat{1});
    s.always("nobody inside", [=](const State& now) { return !now[bank].busy; });
  });
  const Trace trace =
      for_page(checked, {"start carol#1", "start other>spare", "deliver carol#1/1"});
  EXPECT_EQ(judged(trace, "nobody inside"), "0 holds; 1 violated; 3 holds");
}

TEST(ForAPage, SaysWhatComesOfEachAlternative) {
  Checked checked(two_withdrawals);
  const Trace trace = for_page(checked, kLostUpdate);
  for (const TraceStep& step : trace.steps) {
    EXPECT_EQ(step.alternatives.size(), step.enabled.size() - 1);
    for (const TraceAlternative& alternative : step.alternatives) {
      EXPECT_NE(alternative.event, step.event);
      // Once both have looked, nothing helps.
      EXPECT_EQ(alternative.verdict, step.number <= 2 ? "can pass" : "never passes")
          << step.number << " " << alternative.event;
      EXPECT_EQ(alternative.property, "the books agree");
      EXPECT_EQ(alternative.after, 7 - step.number);
    }
  }
  EXPECT_TRUE(trace.next.empty());
  const Trace one = for_page(checked, {"start alice#1"});
  ASSERT_EQ(one.next.size(), 2U);
  EXPECT_EQ(one.next[0].event, "start bob#1");
  EXPECT_EQ(one.next[0].verdict, "never passes");
}

/// Every continuation, one after the other, with nothing remembered.
bool can_pass(Checked& checked, const StateVector& state) {
  Kernel& kernel = *checked.kernel;
  Stepper stepper(kernel);
  std::vector<Event> enabled;
  stepper.enabled(state, enabled);
  if (enabled.empty()) {
    StateSource source(kernel, state);
    return checked.setup.claims.properties.front()->holds(State(source, kernel, state));
  }
  return std::ranges::any_of(
      enabled, [&](const Event& event) { return can_pass(checked, stepper.next(state, event)); });
}

TEST(ForAPage, AlternativesThatCanPassAreThoseOfWhichSomeContinuationDoes) {
  Checked checked([](Scenario& s) {
    two_withdrawals(s);
    s.user("carol").calls(s.install<Ledger>("spare", Nat{9}), &Ledger::pay, Nat{1});
  });
  Kernel& kernel = *checked.kernel;
  ScheduleText schedule = kLostUpdate;
  schedule.insert(schedule.begin() + 3, "start carol#1");
  const Trace trace = for_page(checked, schedule);
  Stepper stepper(kernel);
  StateVector state = kernel.initial();
  std::size_t can = 0;
  std::size_t never = 0;
  for (const TraceStep& step : trace.steps) {
    for (const TraceAlternative& alternative : step.alternatives) {
      const StateVector after = stepper.next(state, kernel.from_text(alternative.event));
      const bool passes = can_pass(checked, after);
      EXPECT_EQ(alternative.verdict == "never passes", !passes)
          << step.number << " " << alternative.event << " " << alternative.verdict;
      (passes ? can : never) += 1;
    }
    state = stepper.next(state, kernel.from_text(step.event));
  }
  EXPECT_GE(can, 3U);
  EXPECT_GE(never, 5U);
}

TEST(ForAPage, AnAlternativeThatPassesIsSaidToPass) {
  Checked checked(two_withdrawals);
  // Both books are written before the other user comes.
  const Trace trace =
      for_page(checked, {"start alice#1", "start bank>ledger", "deliver alice#1/1"});
  ASSERT_EQ(trace.next.size(), 1U);
  EXPECT_EQ(trace.next[0].event, "start bob#1");
  EXPECT_EQ(trace.next[0].verdict, "passes");
  ASSERT_EQ(trace.steps[2].alternatives.size(), 1U);
  EXPECT_EQ(trace.steps[2].alternatives[0].verdict, "never passes");
}

class Register : public Canister {
 public:
  Update<> set(Nat next) {
    value = next;
    co_return;
  }

  Var<Nat> value{this, "value", 0};
  HEDDLE_CANISTER(Register, set)
};

TEST(ForAPage, AnAlternativeIsFollowedByTheRestInItsOrder) {
  Checked checked([](Scenario& s) {
    const auto cell = s.install<Register>("register");
    s.user("alice").calls(cell, &Register::set, Nat{1});
    s.user("bob").calls(cell, &Register::set, Nat{2});
    s.user("carol").calls(cell, &Register::set, Nat{3});
    s.profile(happy);
    s.finally("alice is last", [=](const State& end) { return end[cell].value == 1; });
  });
  const Trace trace = for_page(checked, {"start bob#1", "start carol#1", "start alice#1"});
  ASSERT_EQ(trace.steps[0].alternatives.size(), 2U);
  EXPECT_EQ(trace.steps[0].alternatives[0].event, "start alice#1");
  EXPECT_EQ(trace.steps[0].alternatives[0].verdict, "never passes") << "bob and carol come later";
  EXPECT_EQ(trace.steps[0].alternatives[1].event, "start carol#1");
  EXPECT_EQ(trace.steps[0].alternatives[1].verdict, "passes") << "bob and then alice come later";
}

TEST(ForAPage, OnlyIsAnyOfThisThere) {
  Checked checked(two_withdrawals);
  const Trace trace = checked.trace(kLostUpdate);
  EXPECT_TRUE(trace.properties.empty());
  EXPECT_TRUE(trace.next.empty());
  EXPECT_TRUE(std::ranges::all_of(trace.steps,
                                  [](const TraceStep& step) { return step.alternatives.empty(); }));
}

TEST(Outlook, OfWhatTheWorkDoesNotReachNothingIsSaid) {
  Checked checked(two_withdrawals);
  Trace trace = checked.trace(kLostUpdate);
  add_outlooks(*checked.kernel, checked.setup.claims, trace, {.work_max = 3});
  EXPECT_EQ(trace.steps[4].alternatives.at(0).verdict, "never passes")
      << "the last ones come first";
  EXPECT_EQ(trace.steps[0].alternatives.at(0).verdict, "");
  add_outlooks(*checked.kernel, checked.setup.claims, trace, {.search_max = 0});
  EXPECT_EQ(trace.steps[4].alternatives.at(0).verdict, "fails") << "no other way was looked at";
  Trace longer = checked.trace(kLostUpdate);
  add_outlooks(*checked.kernel, checked.setup.claims, longer, {.steps_max = 5});
  EXPECT_TRUE(longer.steps[4].alternatives.empty());
}

}  // namespace
}  // namespace heddle
