// A ledger tells the receivers of transfers that they have got something, and awaits that. One
// that never answers, be it that its subnet stands still, keeps the ledger from being stopped.
#pragma once

#include <heddle/heddle.h>

namespace museum_a07_stopping {

using namespace heddle;

/// Whoever wants to be told.
class Receiver : public Canister {
 public:
  Update<> notify(Nat block) {
    static_cast<void>(block);
    co_return;
  }

  HEDDLE_CANISTER(Receiver, notify)
};

/// Buggy: waits for whomever it has told.
class Ledger : public Canister {
 public:
  explicit Ledger(Ref<Receiver> receiver) : receiver(receiver) {}

  Update<Nat> transfer() {
    blocks += 1;
    const Nat block = blocks;
    const Outcome<> told = co_await outcome(call(receiver, &Receiver::notify, block));
    if (!told) {
      untold += 1;
    }
    co_return block;
  }

  const Ref<Receiver> receiver;
  Var<Nat> blocks{this, "blocks", 0};
  Var<Nat> untold{this, "untold", 0};
  HEDDLE_CANISTER(Ledger, transfer)
};

/// Fixed: is asked, and calls nobody.
class AskedLedger : public Canister {
 public:
  Update<Nat> transfer() {
    blocks += 1;
    co_return blocks;
  }

  Query<Nat> last_block() { co_return blocks; }

  Var<Nat> blocks{this, "blocks", 0};
  HEDDLE_CANISTER(AskedLedger, transfer, last_block)
};

}  // namespace museum_a07_stopping
