// The second thing on the list: a variable that is changed before a call and again after it.
#pragma once

#include <utility>

#include <heddle/heddle.h>

namespace museum_a16_audit {

using namespace heddle;

/// Where works are bought back.
class Vendor : public Canister {
 public:
  Update<> buy_back(Nat price) {
    sold += price;
    co_return;
  }

  Var<Nat> sold{this, "sold", 0};
  HEDDLE_CANISTER(Vendor, buy_back)
};

/// Buggy: takes all there is while it buys, so that nobody else spends it, and puts the rest back.
class Treasury : public Canister {
 public:
  Treasury(Ref<Vendor> vendor, Nat reserve)
      : vendor(vendor), reserve(this, "reserve", std::move(reserve)) {}

  Update<> buy_back(Nat price) {
    const Nat all = reserve;
    if (all < price) {
      throw Reject("insufficient funds");
    }
    reserve = 0;
    const Outcome<> bought = co_await outcome(call(vendor, &Vendor::buy_back, price));
    reserve = bought ? all - price : all;
  }

  Update<> donate(Nat amount) {
    reserve += amount;
    co_return;
  }

  const Ref<Vendor> vendor;
  Var<Nat> reserve;
  HEDDLE_CANISTER(Treasury, buy_back, donate)
};

/// Fixed: takes the price, and changes what there is by differences.
class SteadyTreasury : public Canister {
 public:
  SteadyTreasury(Ref<Vendor> vendor, Nat reserve)
      : vendor(vendor), reserve(this, "reserve", std::move(reserve)) {}

  Update<> buy_back(Nat price) {
    if (reserve < price) {
      throw Reject("insufficient funds");
    }
    reserve -= price;
    const Outcome<> bought = co_await outcome(call(vendor, &Vendor::buy_back, price));
    if (!bought && is_clean(bought.reject().code)) {
      reserve += price;
    }
  }

  Update<> donate(Nat amount) {
    reserve += amount;
    co_return;
  }

  const Ref<Vendor> vendor;
  Var<Nat> reserve;
  HEDDLE_CANISTER(SteadyTreasury, buy_back, donate)
};

}  // namespace museum_a16_audit
