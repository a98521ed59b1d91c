// A refund is transferred first and written down afterwards: whoever asks again in between gets
// it again.
#pragma once

#include <utility>

#include <heddle/heddle.h>

namespace museum_a01_refund {

using namespace heddle;

/// Where the shop's money is, that of its other customers among it.
class Ledger : public Canister {
 public:
  explicit Ledger(Nat till) : till(this, "till", std::move(till)) {}

  Update<> pay_back(Nat amount) {
    till -= amount;
    paid_back += amount;
    co_return;
  }

  Var<Nat> till;
  Var<Nat> paid_back{this, "paid_back", 0};
  HEDDLE_CANISTER(Ledger, pay_back)
};

/// What both forms share: the one invoice of this shop.
class Invoice : public Canister {
 public:
  Invoice(Ref<Ledger> ledger, Nat amount) : ledger(ledger), amount(std::move(amount)) {}

  const Ref<Ledger> ledger;
  const Nat amount;
  Var<bool> refunded{this, "refunded", false};
};

/// Buggy: the flag is set after the await, so it is still false while the transfer is under way.
class Shop : public Invoice {
 public:
  using Invoice::Invoice;

  Update<> refund() {
    if (refunded) {
      throw Reject("this invoice is refunded");
    }
    co_await call(ledger, &Ledger::pay_back, amount);
    refunded = true;
  }

  HEDDLE_CANISTER(Shop, refund)
};

/// Fixed: the flag is set by the execution that looks at it, and taken back only where the
/// transfer has surely not been made.
class CarefulShop : public Invoice {
 public:
  using Invoice::Invoice;

  Update<> refund() {
    if (refunded) {
      throw Reject("this invoice is refunded");
    }
    refunded = true;
    const Outcome<> paid = co_await outcome(call(ledger, &Ledger::pay_back, amount));
    if (!paid) {
      refunded = !is_clean(paid.reject().code);
      throw paid.reject();
    }
  }

  HEDDLE_CANISTER(CarefulShop, refund)
};

}  // namespace museum_a01_refund
