// Exact counts of canisters written in the language, without reductions.
//
// Token swap is model M1 of a set of benchmark models, whose counts were found by two independent
// explicit explorers. Those of the withdrawal follow from counting: of n users each is in one of
// four places without an order, or in one of two queues in some order, so with c users in no queue
// there are (n - c + 1) n! / c! 4^c states.
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

namespace heddle {
namespace {

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", initial) {}

  Update<> take() {
    if (balance < 1) {
      throw Reject("empty");
    }
    balance -= 1;
    co_return;
  }

  Update<> give() {
    balance += 1;
    co_return;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, take, give)
};

class Swap : public Canister {
 public:
  Swap(Ref<Ledger> first_ledger, Ref<Ledger> second_ledger)
      : first(first_ledger), second(second_ledger) {}

  Update<Nat> swap() {
    Future<> taken_first = call(first, &Ledger::take);
    Future<> taken_second = call(second, &Ledger::take);
    const Outcome<> from_first = co_await outcome(await_now(taken_first));
    const Outcome<> from_second = co_await outcome(await_now(taken_second));
    if (from_first.replied() == from_second.replied()) {
      co_return from_first ? 4 : 5;
    }
    Future<> refund = call(from_first ? first : second, &Ledger::give);
    co_await await_now(refund);
    co_return 6;
  }

  const Ref<Ledger> first;
  const Ref<Ledger> second;
  HEDDLE_CANISTER(Swap, swap)
};

class Bank : public Canister {
 public:
  Bank(Ref<Ledger> first_ledger, Ref<Ledger> second_ledger)
      : first(first_ledger), second(second_ledger) {}

  Update<> withdraw() {
    balance -= 1;
    co_await await_now(call(first, &Ledger::give));
    co_await await_now(call(second, &Ledger::give));
    co_return;
  }

  const Ref<Ledger> first;
  const Ref<Ledger> second;
  Var<Nat> balance{this, "balance", 100};
  HEDDLE_CANISTER(Bank, withdraw)
};

/// Waits for a ledger to fill up, and asks again and again.
class Patient : public Canister {
 public:
  explicit Patient(Ref<Ledger> the_ledger) : ledger(the_ledger) {}

  Update<> take() {
    Future<> taken = call(ledger, &Ledger::take);
    const Outcome<> got = co_await outcome(taken);
    if (!got) {
      co_return continue_as(&Patient::take);
    }
  }

  const Ref<Ledger> ledger;
  HEDDLE_CANISTER(Patient, take)
};

/// The large counts are for those who have time: `./dev test --full`.
bool is_full() {
  return std::getenv("HEDDLE_FULL") != nullptr;
}

Setup swap_system(int users, int in_first, int in_second) {
  Scenario s("swap", {});
  auto first = s.install<Ledger>("first", Nat(in_first));
  auto second = s.install<Ledger>("second", Nat(in_second));
  auto swap = s.install<Swap>("swap", first, second);
  for (int i = 0; i < users; ++i) {
    s.user(fmt::format("user{}", i)).calls(swap, &Swap::swap);
  }
  s.profile(happy);
  s.keep_results();
  return s.build();
}

CheckOptions on(unsigned threads, Strategy strategy = Strategy::kBreadthFirst) {
  CheckOptions options;
  options.threads = threads;
  options.strategy = strategy;
  return options;
}

TEST(Counts, TokenSwapOfFourUsers) {
  const auto setup = swap_system(4, 3, 2);
  for (const CheckOptions& options : {on(1), on(2), on(1, Strategy::kDepthFirst)}) {
    const Verdict verdict = check(setup.system, setup.claims, options);
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    EXPECT_EQ(verdict.states, 24'961);
    EXPECT_EQ(verdict.transitions, 100'432);
    EXPECT_EQ(verdict.quiescent, 18);
  }
}

TEST(Counts, TokenSwapOfFiveUsers) {
  if (!is_full()) {
    GTEST_SKIP() << "only with HEDDLE_FULL";
  }
  const auto setup = swap_system(5, 2, 1);
  const Verdict verdict = check(setup.system, setup.claims, on(0));
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  EXPECT_EQ(verdict.states, 1'111'486);
  EXPECT_EQ(verdict.transitions, 5'311'345);
  EXPECT_EQ(verdict.quiescent, 75);
}

TEST(Counts, WithdrawalsAtTwoLedgersOneAfterTheOther) {
  const std::map<int, std::uint64_t> expected{{3, 256}, {4, 1'848}, {5, 14'384}, {6, 121'264}};
  for (const auto& [users, states] : expected) {
    if (users > 5 && !is_full()) {
      continue;
    }
    Scenario s("withdraw", {});
    auto first = s.install<Ledger>("first", Nat(0));
    auto second = s.install<Ledger>("second", Nat(0));
    auto bank = s.install<Bank>("bank", first, second);
    for (int i = 0; i < users; ++i) {
      s.user(fmt::format("user{}", i)).calls(bank, &Bank::withdraw);
    }
    s.profile(happy);
    const auto setup = s.build();
    const Verdict verdict = check(setup.system, setup.claims, on(2));
    EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
    EXPECT_EQ(verdict.states, states) << users;
  }
}

TEST(Counts, AMethodThatRetriesForEverHasFinitelyManyStates) {
  Scenario s("patience", {});
  auto ledger = s.install<Ledger>("ledger", Nat(0));
  auto patient = s.install<Patient>("patient", ledger);
  s.user("alice").calls(patient, &Patient::take);
  s.profile(happy);
  const auto setup = s.build();
  const Verdict verdict = check(setup.system, setup.claims, on(1));
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  // Not begun, asking, refused; and from there to asking again.
  EXPECT_EQ(verdict.states, 3);
  EXPECT_EQ(verdict.transitions, 3);
  EXPECT_EQ(verdict.quiescent, 0);
}

TEST(Counts, AMethodThatRetriesUntilItSucceedsEnds) {
  Scenario s("patience rewarded", {});
  auto ledger = s.install<Ledger>("ledger", Nat(0));
  auto patient = s.install<Patient>("patient", ledger);
  s.user("alice").calls(patient, &Patient::take);
  s.user("bob").calls(ledger, &Ledger::give);
  s.profile(happy);
  const auto setup = s.build();
  const Verdict verdict = check(setup.system, setup.claims, on(1));
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
  // Before the gift not begun, asking, refused; after it those three, given, and done.
  EXPECT_EQ(verdict.states, 8);
  EXPECT_EQ(verdict.quiescent, 1);
}

}  // namespace
}  // namespace heddle
