// #54: a season is sealed when its gates say that nothing is left to ship. A repair put a call
// between the gates and the seal: what comes in during the call is wiped with the rest.
#pragma once

#include <heddle/heddle.h>

namespace museum_a13_multidex {

using namespace heddle;

/// The bridge has a half of the season of its own.
class SeasonBridge : public Canister {
 public:
  Update<> reset() {
    season += 1;
    co_return;
  }

  Var<Nat> season{this, "season", 1};
  HEDDLE_CANISTER(SeasonBridge, reset)
};

/// Buggy: the gates are checked before the await only.
class Season : public Canister {
 public:
  explicit Season(Ref<SeasonBridge> bridge) : bridge(bridge) {}

  Update<> trade() {
    unshipped += 1;
    co_return;
  }

  Update<> seal() {
    if (unshipped > 0) {
      throw Reject("there are events to ship");
    }
    co_await call(bridge, &SeasonBridge::reset);
    unshipped = 0;
    season += 1;
  }

  const Ref<SeasonBridge> bridge;
  Var<Nat> unshipped{this, "unshipped", 0};
  Var<Nat> season{this, "season", 1};
  HEDDLE_CANISTER(Season, trade, seal)
};

/// Fixed: a latch keeps out what would come in during the call.
class LatchedSeason : public Canister {
 public:
  explicit LatchedSeason(Ref<SeasonBridge> bridge) : bridge(bridge) {}

  Update<> trade() {
    if (sealing) {
      throw Reject("the season is being sealed");
    }
    unshipped += 1;
    co_return;
  }

  Update<> seal() {
    if (sealing) {
      throw Reject("the season is being sealed");
    }
    if (unshipped > 0) {
      throw Reject("there are events to ship");
    }
    sealing = true;
    const auto open = finally([this] { sealing = false; });
    co_await call(bridge, &SeasonBridge::reset);
    unshipped = 0;
    season += 1;
  }

  const Ref<SeasonBridge> bridge;
  Var<bool> sealing{this, "sealing", false};
  Var<Nat> unshipped{this, "unshipped", 0};
  Var<Nat> season{this, "season", 1};
  HEDDLE_CANISTER(LatchedSeason, trade, seal)
};

}  // namespace museum_a13_multidex
