// A canister has itself upgraded, by a call that it awaits: the answer comes to code that is not
// there any more.
#pragma once

#include <heddle/heddle.h>

namespace museum_a06_self_upgrade {

using namespace heddle;

/// Who controls the wallet, and upgrades it when asked to. What a controller asks the management
/// canister for is in the scenario.
class Installer : public Canister {
 public:
  Update<> install() {
    asked += 1;
    co_return;
  }

  Var<Nat> asked{this, "asked", 0};
  HEDDLE_CANISTER(Installer, install)
};

class Wallet : public RustCanister {
 public:
  explicit Wallet(Ref<Installer> installer) : installer(installer) {}

  Update<> update_yourself() {
    co_await call(installer, &Installer::install);
    updates += 1;
  }

  const Ref<Installer> installer;
  Var<Nat> updates{this, "updates", 0, stable};
  HEDDLE_CANISTER(Wallet, update_yourself)
};

}  // namespace museum_a06_self_upgrade
