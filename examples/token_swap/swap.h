// A swap of two tokens, one for one: both transfers are launched at once, each ledger may reject
// its own, and what went through alone has to be given back.
#pragma once

#include <map>

#include <heddle/heddle.h>

namespace token_swap {

using namespace heddle;

using Balances = std::map<Principal, Nat>;

/// A transfer that was made.
struct Receipt {
  Principal from;
  Principal to;
  Nat amount;
  HEDDLE_FIELDS(Receipt, from, to, amount)
};

/// A token: who has how much of it.
class Ledger : public Canister {
 public:
  explicit Ledger(const Balances& initial) : balances(this, "balances", initial) {}

  Update<Receipt> transfer(Principal from, Principal to, Nat amount) {
    if (balances[from] < amount) {
      throw Reject("insufficient funds");
    }
    balances[from] -= amount;
    balances[to] += amount;
    co_return Receipt{from, to, amount};
  }

  VarMap<Principal, Nat> balances;
  HEDDLE_CANISTER(Ledger, transfer)
};

/// What the two forms share: the ledgers, and the account that the swap trades from.
class SwapBase : public Canister {
 public:
  SwapBase(Ref<Ledger> gold, Ref<Ledger> silver, Principal pool)
      : gold(gold), silver(silver), pool(pool) {}

  const Ref<Ledger> gold;
  const Ref<Ledger> silver;
  const Principal pool;
  /// Paid into the pool for swaps that still wait for their other half.
  Var<Nat> in_transit{this, "in_transit", 0};
};

/// Buggy: launches both transfers and believes that they go through together or not at all.
class ForgetfulSwap : public SwapBase {
 public:
  using SwapBase::SwapBase;

  Update<bool> swap(Nat amount) {
    Future<Receipt> to_pool = call(gold, &Ledger::transfer, caller(), pool, amount);
    Future<Receipt> to_user = call(silver, &Ledger::transfer, pool, caller(), amount);
    const Outcome<Receipt> paid = co_await outcome(to_pool);
    if (paid) {
      in_transit += amount;
    }
    const Outcome<Receipt> received = co_await outcome(to_user);
    if (paid) {
      in_transit -= amount;
    }
    co_return paid.replied() && received.replied();
  }

  HEDDLE_CANISTER(ForgetfulSwap, swap)
};

/// Fixed: what went through alone is given back.
class Swap : public SwapBase {
 public:
  using SwapBase::SwapBase;

  Update<bool> swap(Nat amount) {
    Future<Receipt> to_pool = call(gold, &Ledger::transfer, caller(), pool, amount);
    Future<Receipt> to_user = call(silver, &Ledger::transfer, pool, caller(), amount);
    const Outcome<Receipt> paid = co_await outcome(to_pool);
    if (paid) {
      in_transit += amount;
    }
    const Outcome<Receipt> received = co_await outcome(to_user);
    if (paid) {
      in_transit -= amount;
    }
    if (paid && !received) {
      co_await call(gold, &Ledger::transfer, pool, caller(), amount);
    }
    if (received && !paid) {
      co_await call(silver, &Ledger::transfer, caller(), pool, amount);
    }
    co_return paid.replied() && received.replied();
  }

  HEDDLE_CANISTER(Swap, swap)
};

}  // namespace token_swap
