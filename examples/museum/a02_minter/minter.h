// The minter of ckBTC in small: what arrives at a deposit address is minted, what is burnt is paid
// out in bitcoin. It must never forget that it has minted for a UTXO while an answer that still
// lists the UTXO is on its way.
#pragma once

#include <set>

#include <heddle/heddle.h>

namespace museum_a02_minter {

using namespace heddle;

/// UTXOs by number; each is worth 1.
using Utxos = std::set<Nat>;

/// The Bitcoin canister and the network behind it: what the minter's keys can spend.
class Bitcoin : public Canister {
 public:
  explicit Bitcoin(const Utxos& utxos) : utxos(this, "utxos", utxos) {}

  Query<Utxos> get_utxos() { co_return utxos.get(); }

  Update<> spend(Nat utxo) {
    utxos.update([utxo](Utxos& all) { all.erase(utxo); });
    co_return;
  }

  Var<Utxos> utxos;
  HEDDLE_CANISTER(Bitcoin, get_utxos, spend)
};

/// The ledger of ckBTC, as far as the minter sees it.
class Ledger : public Canister {
 public:
  explicit Ledger(Nat supply) : supply(this, "supply", supply) {}

  Update<> mint(Nat amount) {
    supply += amount;
    co_return;
  }

  Update<> burn(Nat amount) {
    if (supply < amount) {
      throw Reject("insufficient funds");
    }
    supply -= amount;
    co_return;
  }

  Var<Nat> supply;
  HEDDLE_CANISTER(Ledger, mint, burn)
};

/// What the forms share. There is one account.
class MinterBase : public RustCanister {
 public:
  MinterBase(Ref<Bitcoin> bitcoin, Ref<Ledger> ledger, const Utxos& minted)
      : bitcoin(bitcoin), ledger(ledger), known(this, "known", minted) {}

  const Ref<Bitcoin> bitcoin;
  const Ref<Ledger> ledger;
  /// The UTXOs that it has minted for and not spent.
  Var<Utxos> known;
  Var<bool> locked{this, "locked", false};
  /// The UTXOs that were spent while the account was locked.
  Var<Utxos> finalized{this, "finalized"};

 protected:
  /// Mints for what is at the address and not known.
  Star<> discover() {
    const Utxos at_address = co_await call(bitcoin, &Bitcoin::get_utxos);
    Utxos fresh;
    for (const Nat& utxo : at_address) {
      if (!known.contains(utxo) && !finalized.contains(utxo)) {
        fresh.insert(utxo);
      }
    }
    if (fresh.empty()) {
      co_return;
    }
    co_await call(ledger, &Ledger::mint, Nat{fresh.size()});
    known.update([fresh](Utxos& all) { all.insert(fresh.begin(), fresh.end()); });
  }

  /// Burns 1, and spends a UTXO for it, if there is one.
  Star<Nat> pay_out() {
    co_await call(ledger, &Ledger::burn, Nat{1});
    const Utxos available = known;
    if (available.empty()) {
      throw Reject("wait for a deposit");
    }
    const Nat utxo = *available.begin();
    co_await call(bitcoin, &Bitcoin::spend, utxo);
    known.update([utxo](Utxos& all) { all.erase(utxo); });
    co_return utxo;
  }

  void lock() {
    if (locked) {
      throw Reject("already processing");
    }
    locked = true;
  }
};

/// Buggy: two calls see the same deposit, and each mints for it.
class UnlockedMinter : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance() { co_await discover(); }

  Update<> retrieve_btc() { co_await pay_out(); }

  HEDDLE_CANISTER(UnlockedMinter, update_balance, retrieve_btc)
};

/// Buggy: one update_balance at a time, but a UTXO that was spent is forgotten while an answer
/// that lists it is on its way.
class ForgetfulMinter : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance() {
    lock();
    const auto unlock = finally([this] { locked = false; });
    co_await discover();
  }

  Update<> retrieve_btc() { co_await pay_out(); }

  HEDDLE_CANISTER(ForgetfulMinter, update_balance, retrieve_btc)
};

/// Fixed: what is spent while the account is locked is remembered until the next update_balance.
class Minter : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance() {
    lock();
    const auto unlock = finally([this] { locked = false; });
    finalized = Utxos{};
    co_await discover();
  }

  Update<> retrieve_btc() {
    const Nat utxo = co_await pay_out();
    if (locked) {
      finalized.update([utxo](Utxos& all) { all.insert(utxo); });
    }
  }

  HEDDLE_CANISTER(Minter, update_balance, retrieve_btc)
};

}  // namespace museum_a02_minter
