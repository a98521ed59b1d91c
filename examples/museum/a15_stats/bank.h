// After a transfer come the accounts, then the statistics, and then the lock is released: all in
// one execution. When the statistics have no more room, none of it has happened, except the
// transfer.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace museum_a15_stats {

using namespace heddle;

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Update<> pay(Nat amount) {
    balance -= amount;
    co_return;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, pay)
};

/// What both forms share: the accounts, and the amounts of the last payments.
class BankBase : public Canister {
 public:
  static constexpr std::size_t kRoom = 2;

  BankBase(Ref<Ledger> ledger, Nat initial, const std::vector<Nat>& payments)
      : ledger(ledger),
        balance(this, "balance", std::move(initial)),
        payments(this, "payments", payments) {}

  const Ref<Ledger> ledger;
  Var<Nat> balance;
  Var<std::vector<Nat>> payments;
  Var<bool> busy{this, "busy", false};
};

/// Buggy.
class Bank : public BankBase {
 public:
  using BankBase::BankBase;

  Update<> withdraw(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    busy = true;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (paid) {
      balance -= amount;
      if (payments.size() == kRoom) {
        trap("no room for statistics");
      }
      payments.update([amount](std::vector<Nat>& all) { all.push_back(amount); });
    }
    busy = false;
  }

  HEDDLE_CANISTER(Bank, withdraw)
};

/// Fixed: the accounts are right before the transfer, the lock is released by cleanup as well, and
/// the statistics forget.
class SoundBank : public BankBase {
 public:
  using BankBase::BankBase;

  Update<> withdraw(Nat amount) {
    if (busy) {
      throw Reject("busy");
    }
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    balance -= amount;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay, amount));
    if (!paid) {
      if (is_clean(paid.reject().code)) {
        balance += amount;
      }
      throw paid.reject();
    }
    payments.update([amount](std::vector<Nat>& all) {
      if (all.size() == kRoom) {
        all.erase(all.begin());
      }
      all.push_back(amount);
    });
  }

  HEDDLE_CANISTER(SoundBank, withdraw)
};

}  // namespace museum_a15_stats
