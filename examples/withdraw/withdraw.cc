#include <string>

#include "bank.h"

namespace withdraw {
namespace {

// In each scenario two users (in one of them as many as one likes) withdraw 60 and 30 of 100 that
// are there.

HEDDLE_SCENARIO(withdraw, buggy, "two withdrawals use one balance read before the await") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.profile(happy);
  s.atomic(bank, &Bank::balance);
  s.expect(violated("atomic(bank.balance)"));
}

HEDDLE_SCENARIO(withdraw, buggy_books, "the lost update as the books show it") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.profile(happy);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
  s.expect(violated("the books agree"));
}

HEDDLE_SCENARIO(withdraw, outcomes, "what the bank may believe in the end; the ledger has 10") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.profile(happy);
  s.outcomes("balance", [=](const State& end) { return end[bank].balance.get(); });
  s.outcomes("ledger", [=](const State& end) { return end[ledger].balance.get(); });
  s.expect_outcomes("balance", {"10", "40", "70"});
  s.expect_outcomes("ledger", {"10"});
}

HEDDLE_SCENARIO(withdraw, fixed_look_again, "the balance is read again after the await") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<LookingAgainBank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &LookingAgainBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &LookingAgainBank::withdraw, Nat{30});
  s.profile(happy);
  s.atomic(bank, &LookingAgainBank::balance);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
}

HEDDLE_SCENARIO(withdraw, fixed_deduct_before, "the balance is deducted before the await") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<DeductingBank>("bank", ledger, Nat{100});
  const int users = s.param("users", 2);
  for (int i = 0; i < users; ++i) {
    const Nat amount{i % 2 == 0 ? 60 : 30};
    s.user("user" + std::to_string(i + 1)).calls(bank, &DeductingBank::withdraw, amount);
  }
  s.profile(happy);
  s.atomic(bank, &DeductingBank::balance);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
}

HEDDLE_SCENARIO(withdraw, fixed_guard, "one withdrawal at a time") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<GuardedBank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &GuardedBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &GuardedBank::withdraw, Nat{30});
  s.profile(happy);
  s.atomic(bank, &GuardedBank::balance);
  s.finally("the books agree",
            [=](const State& end) { return end[bank].balance == end[ledger].balance; });
}

HEDDLE_SCENARIO(withdraw, fixed_under_faults, "deducted before, nobody can withdraw what is gone") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<DeductingBank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &DeductingBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &DeductingBank::withdraw, Nat{30});
  s.profile(safety);
  s.atomic(bank, &DeductingBank::balance);
  s.always("the bank believes in no more than there is",
           [=](const State& now) { return now[bank].balance <= now[ledger].balance; });
}

HEDDLE_SCENARIO(withdraw, buggy_guard, "a trap after the await leaves the bank busy for ever") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<LeakyBank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &LeakyBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &LeakyBank::withdraw, Nat{30});
  s.profile(safety);
  s.finally("the guard is released", [=](const State& end) { return !end[bank].busy; });
  s.expect(violated("the guard is released"));
}

HEDDLE_SCENARIO(withdraw, fixed_finally,
                "finally releases the guard in the cleanup of a trap, too") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<GuardedBank>("bank", ledger, Nat{100});
  s.user("alice").calls(bank, &GuardedBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &GuardedBank::withdraw, Nat{30});
  s.profile(safety);
  s.finally("the guard is released", [=](const State& end) { return !end[bank].busy; });
}

}  // namespace
}  // namespace withdraw
