// A minter goes through deposits in a loop: it awaits the mint of one, writes down that it is
// minted, and goes on to the next in the same execution. If that execution panics, the note is
// undone and the mint is not.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <heddle/heddle.h>

namespace museum_a03_quarantine {

using namespace heddle;

/// What lies at an address, in units of bitcoin, by the number of the UTXO.
using Utxos = std::map<Nat, Nat>;

/// The Bitcoin canister: what there is at the addresses of depositors.
class Bitcoin : public Canister {
 public:
  explicit Bitcoin(const Utxos& utxos) : utxos(this, "utxos", utxos) {}

  Query<Utxos> get_utxos() { co_return utxos.get(); }

  Var<Utxos> utxos;
  HEDDLE_CANISTER(Bitcoin, get_utxos)
};

/// The ledger of ckBTC.
class Ledger : public Canister {
 public:
  Update<> mint(Nat amount) {
    supply += amount;
    co_return;
  }

  Var<Nat> supply{this, "supply", 0};
  HEDDLE_CANISTER(Ledger, mint)
};

/// What both forms share. `status` says what became of a UTXO; of one that is missing nothing is
/// known.
class MinterBase : public RustCanister {
 public:
  /// A UTXO that is worth less is not minted.
  static constexpr Nat kCheckFee = 1;

  MinterBase(Ref<Bitcoin> bitcoin, Ref<Ledger> ledger) : bitcoin(bitcoin), ledger(ledger) {}

  /// One update_balance at a time; dropped on every way out, in cleanup as well.
  class Guard {
   public:
    explicit Guard(MinterBase& minter) : minter_(minter) {
      if (minter_.busy) {
        throw Reject("already processing");
      }
      minter_.busy = true;
    }

    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    ~Guard() { minter_.busy = false; }

   private:
    MinterBase& minter_;
  };

  const Ref<Bitcoin> bitcoin;
  const Ref<Ledger> ledger;
  Var<bool> busy{this, "busy", false};
  VarMap<Nat, std::string> status{this, "status"};
};

/// Buggy: what follows a mint in the same execution can undo that it was noted.
class Minter : public MinterBase {
 public:
  using MinterBase::MinterBase;

  Update<> update_balance() {
    const Guard guard(*this);
    const Utxos utxos = co_await call(bitcoin, &Bitcoin::get_utxos);
    for (const auto& [utxo, value] : utxos) {
      if (status.contains(utxo)) {
        continue;
      }
      if (value <= kCheckFee) {
        status.put(utxo, "ignored");
        continue;
      }
      co_await call(ledger, &Ledger::mint, value);
      status.put(utxo, "minted");
    }
  }

  HEDDLE_CANISTER(Minter, update_balance)
};

/// Fixed: a scope guard, dropped in the cleanup of a panic, keeps the UTXO from being minted again.
class QuarantiningMinter : public MinterBase {
 public:
  using MinterBase::MinterBase;

  /// Marks the UTXO when it is dropped before anybody has said what became of the mint.
  class Quarantine {
   public:
    Quarantine(QuarantiningMinter& minter, Nat utxo) : minter_(minter), utxo_(std::move(utxo)) {}

    Quarantine(const Quarantine&) = delete;
    Quarantine& operator=(const Quarantine&) = delete;

    ~Quarantine() {
      if (!over_) {
        minter_.status.put(utxo_, "mint unknown");
      }
    }

    void lift() { over_ = true; }

   private:
    QuarantiningMinter& minter_;
    Nat utxo_;
    bool over_ = false;
  };

  Update<> update_balance() {
    const Guard guard(*this);
    const Utxos utxos = co_await call(bitcoin, &Bitcoin::get_utxos);
    for (const auto& [utxo, value] : utxos) {
      if (status.contains(utxo)) {
        continue;
      }
      if (value <= kCheckFee) {
        status.put(utxo, "ignored");
        continue;
      }
      Quarantine quarantine(*this, utxo);
      const Outcome<> minted = co_await outcome(call(ledger, &Ledger::mint, value));
      quarantine.lift();
      if (!minted) {
        throw minted.reject();
      }
      status.put(utxo, "minted");
    }
  }

  HEDDLE_CANISTER(QuarantiningMinter, update_balance)
};

}  // namespace museum_a03_quarantine
