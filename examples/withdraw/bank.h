// Money that leaves through a ledger while the bank keeps a balance of its own: read the balance,
// await the ledger, write the balance back.
//
// `Bank` has the bug, `LookingAgainBank`, `DeductingBank` and `GuardedBank` repair it in three
// ways, and `LeakyBank` shows how a guard goes wrong.
#pragma once

#include <utility>

#include <heddle/heddle.h>

namespace withdraw {

using namespace heddle;

/// Where the money is.
class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Update<> pay(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    co_return;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, pay)
};

/// Buggy: what was read before the await is written back after it, whatever has happened meanwhile.
class Bank : public Canister {
 public:
  Bank(Ref<Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      throw Reject("insufficient funds");
    }
    co_await call(ledger, &Ledger::pay, amount);
    balance = before - amount;
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  HEDDLE_CANISTER(Bank, withdraw)
};

/// Fixed: looks at the balance again after the await, and forgets what it saw before.
class LookingAgainBank : public Canister {
 public:
  LookingAgainBank(Ref<Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    co_await call(ledger, &Ledger::pay, amount);
    const Nat after = balance;
    balance = after - amount;
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  HEDDLE_CANISTER(LookingAgainBank, withdraw)
};

/// Fixed: deducts in the execution that looked, and gives back what was not paid.
class DeductingBank : public Canister {
 public:
  DeductingBank(Ref<Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (!paid) {
      balance += amount;
      throw paid.reject();
    }
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  HEDDLE_CANISTER(DeductingBank, withdraw)
};

/// Fixed: one withdrawal at a time. `finally` releases the guard on every way out, also when the
/// execution after the await traps.
class GuardedBank : public Canister {
 public:
  GuardedBank(Ref<Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    auto release = finally([this] { busy = false; });
    const Nat before = balance;
    if (before < amount) {
      throw Reject("insufficient funds");
    }
    co_await call(ledger, &Ledger::pay, amount);
    balance = before - amount;
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  Var<bool> busy{this, "busy", false};
  HEDDLE_CANISTER(GuardedBank, withdraw)
};

/// Buggy: releases its guard on every way out that one can see in the code. A trap in the execution
/// after the await is none of them: it undoes the release, but not the acquisition before the
/// await.
class LeakyBank : public Canister {
 public:
  LeakyBank(Ref<Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    const Nat before = balance;
    if (before < amount) {
      throw Reject("insufficient funds");
    }
    busy = true;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    busy = false;
    if (!paid) {
      throw paid.reject();
    }
    balance = before - amount;
  }

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  Var<bool> busy{this, "busy", false};
  HEDDLE_CANISTER(LeakyBank, withdraw)
};

}  // namespace withdraw
