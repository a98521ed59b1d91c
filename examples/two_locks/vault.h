// Moving something between two vaults, each of which lends its key to one mover at a time.
#pragma once

#include <heddle/heddle.h>

namespace two_locks {

using namespace heddle;

class Vault : public Canister {
 public:
  /// False: another has the key.
  Update<bool> lock() {
    const bool was_free = !lent;
    lent = true;
    co_return was_free;
  }

  Update<> unlock() {
    lent = false;
    co_return;
  }

  Var<bool> lent{this, "lent", false};
  HEDDLE_CANISTER(Vault, lock, unlock)
};

/// Waits for nobody while it has a key: if it cannot have both, it gives the one back and tries
/// again.
class Mover : public Canister {
 public:
  Update<> move(Ref<Vault> from, Ref<Vault> to) {
    const bool has_first = co_await call(from, &Vault::lock);
    if (!has_first) {
      co_return continue_as(&Mover::move, from, to);
    }
    const bool has_second = co_await call(to, &Vault::lock);
    if (!has_second) {
      co_await call(from, &Vault::unlock);
      co_return continue_as(&Mover::move, from, to);
    }
    moved += 1;
    co_await call(to, &Vault::unlock);
    co_await call(from, &Vault::unlock);
  }

  Var<Nat> moved{this, "moved", 0};
  HEDDLE_CANISTER(Mover, move)
};

/// The same, but all ask for the keys in one order, wherever they move from.
class OrderlyMover : public Canister {
 public:
  OrderlyMover(Ref<Vault> first_vault, Ref<Vault> second_vault)
      : first(first_vault), second(second_vault) {}

  Update<> move() {
    const bool has_first = co_await call(first, &Vault::lock);
    if (!has_first) {
      co_return continue_as(&OrderlyMover::move);
    }
    const bool has_second = co_await call(second, &Vault::lock);
    if (!has_second) {
      co_await call(first, &Vault::unlock);
      co_return continue_as(&OrderlyMover::move);
    }
    moved += 1;
    co_await call(second, &Vault::unlock);
    co_await call(first, &Vault::unlock);
  }

  Ref<Vault> first;
  Ref<Vault> second;
  Var<Nat> moved{this, "moved", 0};
  HEDDLE_CANISTER(OrderlyMover, move)
};

}  // namespace two_locks
