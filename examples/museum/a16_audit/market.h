// A work of art and its buyers: the first and the third thing on the list.
#pragma once

#include <map>
#include <optional>

#include <heddle/heddle.h>

namespace museum_a16_audit {

using namespace heddle;

/// Who has how much. A payment with an id that was made is not made again.
class Ledger : public Canister {
 public:
  explicit Ledger(const std::map<Principal, Nat>& balances)
      : balances(this, "balances", balances) {}

  Update<> pay(Nat id, Principal from, Principal to, Nat amount) {
    if (payments.contains(id)) {
      co_return;
    }
    if (balances[from] < amount) {
      throw Reject("insufficient funds");
    }
    payments.put(id, true);
    balances[from] -= amount;
    balances[to] += amount;
  }

  VarMap<Principal, Nat> balances;
  VarMap<Nat, bool> payments{this, "payments"};
  HEDDLE_CANISTER(Ledger, pay)
};

/// What the forms share: one work, and its price.
class MarketBase : public Canister {
 public:
  static constexpr Nat kPrice = 10;

  MarketBase(Ref<Ledger> ledger, Principal owner)
      : ledger(ledger), artist(owner), owner(this, "owner", owner) {}

  const Ref<Ledger> ledger;
  const Principal artist;
  Var<Principal> owner;
  /// For the ids of payments.
  Var<Nat> sales{this, "sales", 0};
};

/// Buggy: whose it is was read before the call, and is taken to hold after it.
class ReadingMarket : public MarketBase {
 public:
  using MarketBase::MarketBase;

  Update<> buy() {
    const Principal seller = owner;
    if (seller != artist) {
      throw Reject("sold");
    }
    sales += 1;
    co_await call(ledger, &Ledger::pay, sales.get(), caller(), seller, kPrice);
    owner = caller();
  }

  HEDDLE_CANISTER(ReadingMarket, buy)
};

/// Buggy: the work is taken off the market before the call, and whoever handles the answer puts it
/// right: unless that traps.
class HopefulMarket : public MarketBase {
 public:
  using MarketBase::MarketBase;

  Update<> buy() {
    if (owner != artist || buyer.has_value()) {
      throw Reject("sold");
    }
    buyer = caller();
    sales += 1;
    const Outcome<> paid =
        co_await outcome(call(ledger, &Ledger::pay, sales.get(), caller(), artist, kPrice));
    buyer = std::nullopt;
    if (!paid) {
      throw paid.reject();
    }
    owner = caller();
  }

  Var<std::optional<Principal>> buyer{this, "buyer"};
  HEDDLE_CANISTER(HopefulMarket, buy)
};

/// Fixed: who buys is written down with the id of the payment, and anybody can have it settled.
class JournalMarket : public MarketBase {
 public:
  using MarketBase::MarketBase;

  Update<> buy() {
    if (owner != artist || buyer.has_value()) {
      throw Reject("sold");
    }
    buyer = caller();
    sales += 1;
    co_await settle_sale();
  }

  Update<> settle() { co_await settle_sale(); }

  Var<std::optional<Principal>> buyer{this, "buyer"};
  Var<bool> settling{this, "settling", false};
  HEDDLE_CANISTER(JournalMarket, buy, settle)

 private:
  Star<> settle_sale() {
    const std::optional<Principal> who = buyer;
    if (!who || settling) {
      throw Reject("nothing to settle");
    }
    settling = true;
    const auto done = finally([this] { settling = false; });
    const Outcome<> paid =
        co_await outcome(call(ledger, &Ledger::pay, sales.get(), *who, artist, kPrice));
    if (paid) {
      owner = *who;
      buyer = std::nullopt;
    } else if (paid.reject().code == RejectCode::kCanisterReject) {
      buyer = std::nullopt;  // the ledger has said no
    }
  }
};

}  // namespace museum_a16_audit
