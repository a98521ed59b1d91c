// M2, the reentrant withdrawal: a bank keeps a book beside the ledger, reads it before it awaits
// the ledger, and writes it after.
#pragma once

#include <utility>

#include <heddle/model/language.h>

namespace bench {

using namespace heddle;

/// Where the money is.
class Vault : public Canister {
 public:
  explicit Vault(Nat initial) : balance(this, "balance", std::move(initial)) {}

  Update<> pay(Nat amount) {
    if (balance < amount) {
      throw Reject("insufficient funds");
    }
    balance -= amount;
    co_return;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Vault, pay)
};

class Bank : public Canister {
 public:
  Bank(Ref<Vault> the_vault, Nat initial)
      : vault(the_vault), balance(this, "balance", std::move(initial)) {}

  Update<> withdraw(Nat amount) {
    const Nat before = balance;
    if (before < amount) {
      co_return;
    }
    const Outcome<> paid = co_await outcome(await_now(call(vault, &Vault::pay, amount)));
    if (paid) {
      balance = before - amount;
    }
  }

  const Ref<Vault> vault;
  Var<Nat> balance;
  HEDDLE_CANISTER(Bank, withdraw)
};

}  // namespace bench
