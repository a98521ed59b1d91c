// A job that a timer starts at intervals, and that awaits: the next one starts whether the last one
// has ended or not.
#pragma once

#include <utility>

#include <heddle/heddle.h>

namespace museum_a12_timer_overlap {

using namespace heddle;

class Ledger : public Canister {
 public:
  Update<> pay(Nat amount) {
    paid += amount;
    co_return;
  }

  Var<Nat> paid{this, "paid", 0};
  HEDDLE_CANISTER(Ledger, pay)
};

/// Buggy: pays what is owed, and notes that it is paid when the ledger has answered.
class Payroll : public Canister {
 public:
  Payroll(Ref<Ledger> ledger, Nat owed) : ledger(ledger), owed(this, "owed", std::move(owed)) {}

  Update<> start() {
    set_timer(60);
    co_return;
  }

  TimerTask job() {
    set_timer(60);  // the next one, as timer libraries do it for jobs that recur
    const Nat amount = owed;
    if (amount == 0) {
      co_return;
    }
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (paid) {
      owed = 0;
    }
  }

  const Ref<Ledger> ledger;
  Var<Nat> owed;
  HEDDLE_CANISTER(Payroll, start, job)
};

/// Fixed: one job at a time, and what is being paid is owed no more.
class SingleFlightPayroll : public Canister {
 public:
  SingleFlightPayroll(Ref<Ledger> ledger, Nat owed)
      : ledger(ledger), owed(this, "owed", std::move(owed)) {}

  Update<> start() {
    set_timer(60);
    co_return;
  }

  TimerTask job() {
    set_timer(60);
    if (running || owed == 0) {
      co_return;
    }
    running = true;
    const auto done = finally([this] { running = false; });
    const Nat amount = owed;
    owed = 0;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (!paid && is_clean(paid.reject().code)) {
      owed += amount;
    }
  }

  const Ref<Ledger> ledger;
  Var<Nat> owed;
  Var<bool> running{this, "running", false};
  HEDDLE_CANISTER(SingleFlightPayroll, start, job)
};

}  // namespace museum_a12_timer_overlap
