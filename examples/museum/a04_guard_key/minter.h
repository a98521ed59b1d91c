// What a guard is held for decides which calls keep each other out. Anybody may have the balance
// of any account updated, and one owner has many accounts.
#pragma once

#include <compare>
#include <map>
#include <utility>

#include <heddle/heddle.h>

namespace museum_a04_guard_key {

using namespace heddle;

struct Account {
  Principal owner;
  Nat subaccount;
  friend auto operator<=>(const Account&, const Account&) = default;
  HEDDLE_FIELDS(Account, owner, subaccount)
};

/// The Bitcoin canister: what the address of an account has received in all.
class Bitcoin : public Canister {
 public:
  explicit Bitcoin(const std::map<Account, Nat>& received) : received(this, "received", received) {}

  Query<Nat> received_by(Account account) { co_return received.get_or(account, 0); }

  VarMap<Account, Nat> received;
  HEDDLE_CANISTER(Bitcoin, received_by)
};

/// The ledger of ckBTC.
class Ledger : public Canister {
 public:
  Update<> mint(Account to, Nat amount) {
    balances[to] += amount;
    co_return;
  }

  VarMap<Account, Nat> balances{this, "balances"};
  HEDDLE_CANISTER(Ledger, mint)
};

/// Taken for a key, and dropped on every way out.
template <class K>
class Guard {
 public:
  Guard(VarMap<K, bool>& busy, K key) : busy_(busy), key_(std::move(key)) {
    if (busy_.contains(key_)) {
      throw Reject("already processing");
    }
    busy_.put(key_, true);
  }

  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  ~Guard() { busy_.erase(key_); }

 private:
  VarMap<K, bool>& busy_;
  K key_;
};

/// What the forms share.
class MinterBase : public RustCanister {
 public:
  MinterBase(Ref<Bitcoin> bitcoin, Ref<Ledger> ledger) : bitcoin(bitcoin), ledger(ledger) {}

  const Ref<Bitcoin> bitcoin;
  const Ref<Ledger> ledger;
  VarMap<Account, Nat> minted{this, "minted"};

 protected:
  /// Mints what the account has received and was not minted for.
  Star<> discover(Account account) {
    const Nat received = co_await call(bitcoin, &Bitcoin::received_by, account);
    const Nat before = minted.get_or(account, 0);
    if (before < received) {
      co_await call(ledger, &Ledger::mint, account, received - before);
      minted.put(account, received);
    }
  }
};

/// Buggy: the guard is the owner's. The accounts of one owner keep each other out for nothing.
class GuardByOwner : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance(Account account) {
    const Guard<Principal> guard(busy, account.owner);
    co_await discover(account);
  }

  VarMap<Principal, bool> busy{this, "busy"};
  HEDDLE_CANISTER(GuardByOwner, update_balance)
};

/// Buggy: the guard is the caller's. Two callers are in the same account at once.
class GuardByCaller : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance(Account account) {
    const Guard<Principal> guard(busy, caller());
    co_await discover(account);
  }

  VarMap<Principal, bool> busy{this, "busy"};
  HEDDLE_CANISTER(GuardByCaller, update_balance)
};

/// Fixed: the guard is that of what it guards.
class GuardByAccount : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance(Account account) {
    const Guard<Account> guard(busy, account);
    co_await discover(account);
  }

  VarMap<Account, bool> busy{this, "busy"};
  HEDDLE_CANISTER(GuardByAccount, update_balance)
};

}  // namespace museum_a04_guard_key
