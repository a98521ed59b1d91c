// Whoever has staked tokens in an account claims a neuron for it. Governance puts a neuron there
// before it asks the ledger for the stake, so that nobody else claims it meanwhile; on every way
// out that is no success, the placeholder has to go.
#pragma once

#include <map>

#include <heddle/heddle.h>

namespace museum_a09_placeholder {

using namespace heddle;

/// An account of governance, by the nonce that the staker has chosen.
using Account = Nat;

class Ledger : public Canister {
 public:
  explicit Ledger(const std::map<Account, Nat>& balances) : balances(this, "balances", balances) {}

  Query<Nat> balance_of(Account account) { co_return balances.get_or(account, 0); }

  VarMap<Account, Nat> balances;
  HEDDLE_CANISTER(Ledger, balance_of)
};

/// What all forms share: the stakes of the neurons, by account.
class GovernanceBase : public RustCanister {
 public:
  static constexpr Nat kMinimumStake = 1;

  explicit GovernanceBase(Ref<Ledger> ledger) : ledger(ledger) {}

  const Ref<Ledger> ledger;
  VarMap<Account, Nat> neurons{this, "neurons"};
};

/// Buggy: an error of the ledger leaves the method, and the placeholder stays.
class Governance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  Update<> claim(Account account) {
    if (neurons.contains(account)) {
      throw Reject("there is a neuron for this account");
    }
    neurons.put(account, 0);
    const Nat stake = co_await call(ledger, &Ledger::balance_of, account);
    if (stake < kMinimumStake) {
      neurons.erase(account);
      throw Reject("not enough stake");
    }
    neurons.put(account, stake);
  }

  HEDDLE_CANISTER(Governance, claim)
};

/// Still buggy: the error is handled, a trap after the await is not.
class HandlingGovernance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  Update<> claim(Account account) {
    if (neurons.contains(account)) {
      throw Reject("there is a neuron for this account");
    }
    neurons.put(account, 0);
    const Outcome<Nat> stake = co_await outcome(call(ledger, &Ledger::balance_of, account));
    if (!stake || *stake < kMinimumStake) {
      neurons.erase(account);
      throw stake ? Reject("not enough stake") : stake.reject();
    }
    neurons.put(account, *stake);
  }

  HEDDLE_CANISTER(HandlingGovernance, claim)
};

/// Fixed: what is held across the await is a reservation and no neuron; it is dropped on every way
/// out, and the neuron is made by the execution that knows the stake.
class ReservingGovernance : public GovernanceBase {
 public:
  using GovernanceBase::GovernanceBase;

  class Reservation {
   public:
    Reservation(ReservingGovernance& governance, Account account)
        : governance_(governance), account_(account) {
      if (governance_.reserved.contains(account_)) {
        throw Reject("somebody is claiming this account");
      }
      governance_.reserved.put(account_, true);
    }

    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    ~Reservation() { governance_.reserved.erase(account_); }

   private:
    ReservingGovernance& governance_;
    Account account_;
  };

  Update<> claim(Account account) {
    const Reservation reservation(*this, account);
    const Nat stake = co_await call(ledger, &Ledger::balance_of, account);
    if (stake < kMinimumStake) {
      throw Reject("not enough stake");
    }
    if (neurons.contains(account)) {
      throw Reject("there is a neuron for this account");
    }
    neurons.put(account, stake);
  }

  VarMap<Account, bool> reserved{this, "reserved"};
  HEDDLE_CANISTER(ReservingGovernance, claim)
};

}  // namespace museum_a09_placeholder
