// Models of the canisters of examples/real that have none in examples/.
#pragma once

#include <utility>

#include <heddle/heddle.h>

#include "examples/withdraw/bank.h"

namespace heddle::testing {

/// kv/Kv.mo, as far as withdrawals go.
class Kv : public Canister {
 public:
  Query<Nat> account() { co_return balance; }

  Update<> ping() { co_return; }

  Update<Nat> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      co_return 0;
    }
    co_await call(self(), &Kv::ping);
    balance = before - amount;
    co_return balance;
  }

  Var<Nat> balance{this, "balance", 1'000};
  HEDDLE_CANISTER(Kv, account, ping, withdraw)
};

/// What the vaults of trap_after_await have in common.
class AnyVault : public Canister {
 public:
  AnyVault(Ref<withdraw::Ledger> ledger, Nat initial)
      : ledger(ledger), balance(this, "balance", std::move(initial)) {}

  Update<> charge(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    charged += amount;
    co_return;
  }

  const Ref<withdraw::Ledger> ledger;
  Var<Nat> balance;
  Var<Nat> charged{this, "charged", 0};
  Var<bool> busy{this, "busy", false};

 protected:
  /// What every refund begins with.
  void begin(const Nat& amount) {
    if (busy) {
      throw Reject("busy");
    }
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    busy = true;
  }
};

/// trap_after_await/Vault.mo.
class Vault : public AnyVault {
 public:
  using AnyVault::AnyVault;

  Update<> refund(Nat amount) {
    begin(amount);
    const Outcome<> paid = co_await outcome(call(ledger, &withdraw::Ledger::pay, amount));
    if (!paid) {
      busy = false;
      throw paid.reject();
    }
    balance -= amount;
    busy = false;
  }

  HEDDLE_CANISTER(Vault, charge, refund)
};

/// trap_after_await/FinallyVault.mo.
class FinallyVault : public AnyVault {
 public:
  using AnyVault::AnyVault;

  Update<> refund(Nat amount) {
    begin(amount);
    auto release = finally([this] { busy = false; });
    co_await call(ledger, &withdraw::Ledger::pay, amount);
    balance -= amount;
  }

  HEDDLE_CANISTER(FinallyVault, charge, refund)
};

/// trap_after_await/FixedVault.mo.
class FixedVault : public AnyVault {
 public:
  using AnyVault::AnyVault;

  Update<> refund(Nat amount) {
    begin(amount);
    auto release = finally([this] { busy = false; });
    balance -= amount;
    const Outcome<> paid = co_await outcome(call(ledger, &withdraw::Ledger::pay, amount));
    if (!paid) {
      balance += amount;
      throw paid.reject();
    }
  }

  HEDDLE_CANISTER(FixedVault, charge, refund)
};

/// theater/Theater.mo.
class Theater : public Canister {
 public:
  Update<bool> buy() {
    if (tickets == 1) {
      co_return false;
    }
    co_await async(&Theater::pay);
    ++tickets;
    co_return true;
  }

  Async<> pay() { co_return; }

  Var<Nat> tickets{this, "tickets", 0};
  HEDDLE_CANISTER(Theater, buy, pay)
};

/// theater/FixedTheater.mo.
class FixedTheater : public Canister {
 public:
  Update<bool> buy() {
    if (tickets == 1) {
      co_return false;
    }
    ++tickets;
    const Outcome<> paid = co_await outcome(async(&FixedTheater::pay));
    if (!paid) {
      tickets -= 1;
      co_return false;
    }
    co_return true;
  }

  Async<> pay() { co_return; }

  Var<Nat> tickets{this, "tickets", 0};
  HEDDLE_CANISTER(FixedTheater, buy, pay)
};

}  // namespace heddle::testing
