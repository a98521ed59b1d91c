#include <vector>

#include "bank.h"

namespace museum_a15_stats {
namespace {

// There is room for the statistics of two payments, and both have been made.

HEDDLE_SCENARIO(museum_a15_stats, buggy, "the statistics have no more room") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100}, std::vector<Nat>{1, 2});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.expect(violated("no unexpected trap"));
}

// What that trap leaves behind; others are switched off.

HEDDLE_SCENARIO(museum_a15_stats, buggy_books, "a transfer without a booking") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100}, std::vector<Nat>{1, 2});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.faults().callback_traps = 0;
  s.expects_trap(bank, &Bank::withdraw);
  s.always("the bank believes in no more than there is", [=](const State& now) {
    return !now.open_contexts(bank).empty() || now[bank].balance <= now[ledger].balance;
  });
  s.expect(violated("the bank believes in no more than there is"));
}

HEDDLE_SCENARIO(museum_a15_stats, buggy_lock, "a lock that nobody releases") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<Bank>("bank", ledger, Nat{100}, std::vector<Nat>{1, 2});
  s.user("alice").calls(bank, &Bank::withdraw, Nat{60});
  s.user("bob").calls(bank, &Bank::withdraw, Nat{30});
  s.faults().callback_traps = 0;
  s.expects_trap(bank, &Bank::withdraw);
  s.always("busy is only who is at work",
           [=](const State& now) { return !now.open_contexts(bank).empty() || !now[bank].busy; });
  s.expect(violated("busy is only who is at work"));
}

HEDDLE_SCENARIO(museum_a15_stats, fixed, "booked before, released in cleanup") {
  auto ledger = s.install<Ledger>("ledger", Nat{100});
  auto bank = s.install<SoundBank>("bank", ledger, Nat{100}, std::vector<Nat>{1, 2});
  s.user("alice").calls(bank, &SoundBank::withdraw, Nat{60});
  s.user("bob").calls(bank, &SoundBank::withdraw, Nat{30});
  s.always("the bank believes in no more than there is",
           [=](const State& now) { return now[bank].balance <= now[ledger].balance; });
  s.always("busy is only who is at work",
           [=](const State& now) { return !now.open_contexts(bank).empty() || !now[bank].busy; });
}

}  // namespace
}  // namespace museum_a15_stats
