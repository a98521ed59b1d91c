// #27.2: a bridge has the exchange credit what was deposited, and counts it as admitted when the
// exchange has answered. If that answer is lost, it is credited again, and charged again to what
// the user may deposit in a lifetime.
#pragma once

#include <utility>

#include <heddle/heddle.h>

namespace museum_a13_multidex {

using namespace heddle;

/// The exchange: adds what it is told to what was there.
class Exchange : public Canister {
 public:
  Update<> credit(Nat amount) {
    charged += amount;
    co_return;
  }

  Var<Nat> charged{this, "charged", 0};
  HEDDLE_CANISTER(Exchange, credit)
};

/// Buggy: the count follows the peer's commit.
class Bridge : public Canister {
 public:
  Bridge(Ref<Exchange> exchange, Nat deposited)
      : exchange(exchange), deposited(std::move(deposited)) {}

  Update<> admit() {
    if (busy) {
      throw Reject("busy");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    const Nat before = admitted;
    if (before == deposited) {
      throw Reject("nothing to admit");
    }
    co_await call(exchange, &Exchange::credit, deposited - before);
    admitted = deposited;
  }

  const Ref<Exchange> exchange;
  const Nat deposited;
  Var<bool> busy{this, "busy", false};
  Var<Nat> admitted{this, "admitted", 0};
  HEDDLE_CANISTER(Bridge, admit)
};

/// The exchange with the remedy: it is told how much it is in all.
class TotallingExchange : public Canister {
 public:
  Update<> credit_up_to(Nat total) {
    if (charged < total) {
      charged = total;
    }
    co_return;
  }

  Var<Nat> charged{this, "charged", 0};
  HEDDLE_CANISTER(TotallingExchange, credit_up_to)
};

/// Fixed: said twice, a total is the same.
class TotallingBridge : public Canister {
 public:
  TotallingBridge(Ref<TotallingExchange> exchange, Nat deposited)
      : exchange(exchange), deposited(std::move(deposited)) {}

  Update<> admit() {
    if (admitted == deposited) {
      throw Reject("nothing to admit");
    }
    co_await call(exchange, &TotallingExchange::credit_up_to, deposited);
    admitted = deposited;
  }

  const Ref<TotallingExchange> exchange;
  const Nat deposited;
  Var<Nat> admitted{this, "admitted", 0};
  HEDDLE_CANISTER(TotallingBridge, admit)
};

}  // namespace museum_a13_multidex
