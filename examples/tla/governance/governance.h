// Governance and the ledger, after DFINITY's TLA+ model of the two: neurons hold stakes that lie in
// accounts of the ledger, and every change of a stake is a transfer that governance awaits, with
// the neuron locked meanwhile.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <heddle/heddle.h>

namespace tla_governance {

using namespace heddle;

/// An account of the ledger, by name. That of minting takes what is burnt.
using Account = std::string;

inline constexpr char kMinting[] = "minting";
inline constexpr Nat kTransactionFee = 1;
inline constexpr Nat kMinimumStake = 1;

/// The ledger answers governance, and the holder of `user` transfers as they like.
class Ledger : public Canister {
 public:
  explicit Ledger(const std::map<Account, Nat>& balances) : balances(this, "balances", balances) {}

  Query<Nat> account_balance(Account account) { co_return balances.get_or(account, 0); }

  Update<> transfer(Account from, Account to, Nat amount, Nat fee) {
    const bool burns = to == kMinting;
    if (burns ? fee != 0 || amount < kTransactionFee : fee < kTransactionFee) {
      throw Reject("bad fee");
    }
    if (balances[from] < amount + fee) {
      throw Reject("insufficient funds");
    }
    balances[from] -= amount + fee;
    balances[to] += amount;
    co_return;
  }

  /// From the user's account to one of governance, without a fee.
  Update<> deposit(Account to, Nat amount) {
    if (balances["user"] < amount) {
      throw Reject("insufficient funds");
    }
    balances["user"] -= amount;
    balances[to] += amount;
    co_return;
  }

  VarMap<Account, Nat> balances;
  HEDDLE_CANISTER(Ledger, account_balance, transfer, deposit)
};

struct Neuron {
  Account account;
  Nat cached_stake;
  Nat fees;
  friend bool operator==(const Neuron&, const Neuron&) = default;
  HEDDLE_FIELDS(Neuron, account, cached_stake, fees)
};

using Neurons = std::map<Nat, Neuron>;

/// What both forms share: all but the merging of neurons.
///
/// Locks are let go by hand on every way out. A trap is none of these ways: then the neuron stays
/// locked, until somebody has looked.
class GovernanceBase : public Canister {
 public:
  GovernanceBase(Ref<Ledger> ledger, const Neurons& initial)
      : ledger(ledger),
        neurons(this, "neurons", initial),
        by_account(this, "by_account", accounts_of(initial)),
        next_id(this, "next_id", Nat{initial.size()}) {}

  const Ref<Ledger> ledger;
  VarMap<Nat, Neuron> neurons;
  VarMap<Account, Nat> by_account;
  VarMap<Nat, bool> locks{this, "locks"};
  Var<Nat> next_id;

 protected:
  static std::map<Account, Nat> accounts_of(const Neurons& all) {
    std::map<Account, Nat> accounts;
    for (const auto& [id, neuron] : all) {
      accounts.emplace(neuron.account, id);
    }
    return accounts;
  }

  void lock(const Nat& id) {
    if (!neurons.contains(id) || locks.contains(id)) {
      throw Reject("no such neuron, or locked");
    }
    locks.put(id, true);
  }

  void unlock(const Nat& id) { locks.erase(id); }

  void remove(const Nat& id, const Account& account) {
    neurons.erase(id);
    by_account.erase(account);
  }

  void set_stake(const Nat& id, const Nat& stake) {
    Neuron neuron = neurons.at(id);
    neuron.cached_stake = stake;
    neurons.put(id, neuron);
  }

  /// The fees have been paid, or are too small to be.
  void settle_fees(const Nat& id, const Nat& fees) {
    Neuron neuron = neurons.at(id);
    neuron.cached_stake = less(neuron.cached_stake, fees);
    neuron.fees = 0;
    neurons.put(id, neuron);
  }

  static Nat less(const Nat& from, const Nat& amount) {
    return from > amount ? Nat(from - amount) : Nat{0};
  }

  Star<> do_claim(Account account) {
    if (by_account.contains(account)) {
      throw Reject("there is a neuron for this account");
    }
    const Nat id = next_id;
    next_id = id + 1;
    neurons.put(id, Neuron{account, 0, 0});
    by_account.put(account, id);
    lock(id);
    const Outcome<Nat> balance = co_await outcome(call(ledger, &Ledger::account_balance, account));
    if (balance && *balance >= kMinimumStake) {
      set_stake(id, *balance);
    } else {
      remove(id, account);
    }
    unlock(id);
  }

  Star<> do_refresh(Nat id) {
    lock(id);
    const Neuron neuron = neurons.at(id);
    const Outcome<Nat> balance =
        co_await outcome(call(ledger, &Ledger::account_balance, neuron.account));
    if (balance && *balance >= kMinimumStake) {
      if (*balance < neuron.cached_stake) {
        trap("the stake was more than there is");
      }
      set_stake(id, *balance);
    }
    unlock(id);
  }

  Star<> do_disburse(Nat id, Nat amount, Account to) {
    lock(id);
    const Neuron neuron = neurons.at(id);
    if (neuron.cached_stake < amount) {
      unlock(id);
      throw Reject("more than the stake");
    }
    if (neuron.fees > kTransactionFee) {
      const Outcome<> burnt = co_await outcome(
          call(ledger, &Ledger::transfer, neuron.account, Account{kMinting}, neuron.fees, 0));
      if (!burnt) {
        unlock(id);
        throw burnt.reject();
      }
    }
    settle_fees(id, neuron.fees);
    const Nat rest = less(amount, neuron.fees);
    const Nat disbursed = rest > kTransactionFee ? Nat(rest - kTransactionFee) : rest;
    const Outcome<> paid = co_await outcome(
        call(ledger, &Ledger::transfer, neuron.account, to, disbursed, kTransactionFee));
    if (paid) {
      const Nat stake = neurons.at(id).cached_stake;
      set_stake(id, less(stake, disbursed + kTransactionFee));
    }
    unlock(id);
  }

  Star<> do_set_fees(Nat id, Nat fees) {
    Neuron neuron = neurons.at(id);
    neuron.fees = std::min(fees, neuron.cached_stake);
    neurons.put(id, neuron);
    co_return;
  }

  /// The first half of a merge: both neurons are locked, and what the source has, except for the
  /// fee, is transferred. Returns how much the target got; nothing, and no lock, where it failed.
  Star<Nat> move_stake(Nat source, Nat target) {
    lock(source);
    if (!neurons.contains(target) || locks.contains(target)) {
      unlock(source);
      throw Reject("no such neuron, or locked");
    }
    lock(target);
    const Neuron from = neurons.at(source);
    const Neuron into = neurons.at(target);
    if (from.fees > kTransactionFee) {
      const Outcome<> burnt = co_await outcome(
          call(ledger, &Ledger::transfer, from.account, Account{kMinting}, from.fees, 0));
      if (!burnt) {
        unlock_both(source, target);
        throw burnt.reject();
      }
    }
    settle_fees(source, from.fees);
    const Nat stake = neurons.at(source).cached_stake;
    if (stake <= kTransactionFee) {
      unlock_both(source, target);
      throw Reject("nothing to move");
    }
    const Nat moved = stake - kTransactionFee;
    const Outcome<> paid = co_await outcome(
        call(ledger, &Ledger::transfer, from.account, into.account, moved, kTransactionFee));
    if (!paid) {
      unlock_both(source, target);
      throw paid.reject();
    }
    co_return moved;
  }

  void unlock_both(const Nat& source, const Nat& target) {
    unlock(source);
    unlock(target);
  }
};

/// Buggy: a merge compares the accounts with what they should hold by now, and leaves the stakes as
/// they were when they do not. Anybody can see to it, by a transfer to one of them meanwhile.
class ComparingGovernance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  Update<> merge(Nat source, Nat target) {
    const Nat moved = co_await move_stake(source, target);
    const Neuron from = neurons.at(source);
    const Neuron into = neurons.at(target);
    const Outcome<Nat> target_balance =
        co_await outcome(call(ledger, &Ledger::account_balance, into.account));
    if (!target_balance) {
      unlock_both(source, target);
      throw target_balance.reject();
    }
    const Outcome<Nat> source_balance =
        co_await outcome(call(ledger, &Ledger::account_balance, from.account));
    if (!source_balance || *source_balance != 0 ||
        *target_balance != into.cached_stake - into.fees + moved) {
      unlock_both(source, target);
      throw Reject("the balances are not what they should be");
    }
    set_stake(source, 0);
    set_stake(target, into.cached_stake + moved);
    unlock_both(source, target);
  }

  HEDDLE_CANISTER(ComparingGovernance, merge)
};

/// Fixed: the stakes are what the transfer has made of them.
class Governance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  Update<> claim(Account account) { co_await do_claim(account); }

  Update<> refresh(Nat id) { co_await do_refresh(id); }

  Update<> disburse(Nat id, Nat amount, Account to) { co_await do_disburse(id, amount, to); }

  Update<> set_fees(Nat id, Nat fees) { co_await do_set_fees(id, fees); }

  Update<> merge(Nat source, Nat target) {
    const Nat moved = co_await move_stake(source, target);
    set_stake(source, 0);
    const Nat stake = neurons.at(target).cached_stake;
    set_stake(target, stake + moved);
    unlock_both(source, target);
  }

  HEDDLE_CANISTER(Governance, claim, refresh, disburse, set_fees, merge)
};

/// Buggy: `finally` lets go of the lock in the cleanup of a trap, too, when the stake has not been
/// brought up to date.
class TidyGovernance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  Update<> disburse(Nat id, Nat amount, Account to) {
    lock(id);
    const auto release = finally([this, id] { unlock(id); });
    const Neuron neuron = neurons.at(id);
    if (neuron.cached_stake < amount) {
      throw Reject("more than the stake");
    }
    const Nat disbursed = less(amount, kTransactionFee);
    co_await call(ledger, &Ledger::transfer, neuron.account, to, disbursed, kTransactionFee);
    set_stake(id, neuron.cached_stake - amount);
  }

  HEDDLE_CANISTER(TidyGovernance, disburse)
};

}  // namespace tla_governance
