// A minter takes an error in place of a reply for a mint that was not made, and mints again. But
// a ledger that calls others before it replies can have minted and answer with an error all the
// same, and a bounded-wait call can end without any answer of the ledger.
#pragma once

#include <optional>
#include <string>

#include <heddle/heddle.h>

namespace museum_a05_mint_reply {

using namespace heddle;

/// Where the ledger's blocks are kept.
class Archive : public Canister {
 public:
  Update<> append(Nat block) {
    last = block;
    co_return;
  }

  Var<Nat> last{this, "last", 0};
  HEDDLE_CANISTER(Archive, append)
};

/// A ledger that archives before it replies.
class Ledger : public Canister {
 public:
  explicit Ledger(Ref<Archive> archive) : archive(archive) {}

  /// `deposit`: what is minted for. This ledger makes nothing of it.
  Update<Nat> mint(Nat deposit, Nat amount) {
    static_cast<void>(deposit);
    supply += amount;
    blocks += 1;
    const Nat block = blocks;
    const Outcome<> archived = co_await outcome(call(archive, &Archive::append, block));
    if (!archived) {
      unarchived += 1;  // another time
    }
    co_return block;
  }

  const Ref<Archive> archive;
  Var<Nat> supply{this, "supply", 0};
  Var<Nat> blocks{this, "blocks", 0};
  Var<Nat> unarchived{this, "unarchived", 0};
  HEDDLE_CANISTER(Ledger, mint)
};

/// The same ledger with the remedy: a deposit is minted for once, and asked for again it names the
/// block.
class IdempotentLedger : public Canister {
 public:
  explicit IdempotentLedger(Ref<Archive> archive) : archive(archive) {}

  Update<Nat> mint(Nat deposit, Nat amount) {
    const std::optional<Nat> made = minted.get(deposit);
    if (made) {
      co_return *made;
    }
    supply += amount;
    blocks += 1;
    const Nat block = blocks;
    minted.put(deposit, block);
    const Outcome<> archived = co_await outcome(call(archive, &Archive::append, block));
    if (!archived) {
      unarchived += 1;  // another time
    }
    co_return block;
  }

  const Ref<Archive> archive;
  Var<Nat> supply{this, "supply", 0};
  Var<Nat> blocks{this, "blocks", 0};
  Var<Nat> unarchived{this, "unarchived", 0};
  VarMap<Nat, Nat> minted{this, "minted"};
  HEDDLE_CANISTER(IdempotentLedger, mint)
};

/// Mints 1 for a deposit, and again whenever the ledger has not said that it is done. A trap of
/// its own after the mint counts as done, as in a03_quarantine.
template <class L>
class Minter : public Canister {
 public:
  explicit Minter(Ref<L> ledger, bool waits = true) : ledger(ledger), waits(waits) {}

  Update<> update_balance(Nat deposit) {
    if (done.contains(deposit)) {
      throw Reject("nothing new");
    }
    done.put(deposit, "minting");
    Future<Nat> mint = waits ? call(ledger, &L::mint, deposit, 1)
                             : call(with_timeout(ledger, 10), &L::mint, deposit, 1);
    const Outcome<Nat> block = co_await outcome(mint);
    if (!block) {
      done.erase(deposit);
      throw block.reject();
    }
    done.put(deposit, "minted");
  }

  const Ref<L> ledger;
  const bool waits;  ///< as long as it takes; else the call is a bounded-wait one
  VarMap<Nat, std::string> done{this, "done"};
  HEDDLE_CANISTER(Minter, update_balance)
};

}  // namespace museum_a05_mint_reply
