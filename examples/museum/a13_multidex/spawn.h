// #26.4: a canister is created by a call, and its principal is noted when the call is answered. If
// that execution fails, there is a canister that nobody knows.
#pragma once

#include <optional>

#include <heddle/heddle.h>

namespace museum_a13_multidex {

using namespace heddle;

/// What creates canisters: each time another one.
class Factory : public Canister {
 public:
  Update<Nat> create() {
    created += 1;
    co_return created;
  }

  Var<Nat> created{this, "created", 0};
  HEDDLE_CANISTER(Factory, create)
};

/// Buggy: the archive is noted behind the await, or never.
class Spawner : public Canister {
 public:
  explicit Spawner(Ref<Factory> factory) : factory(factory) {}

  Update<> spawn() {
    if (archive.has_value()) {
      throw Reject("there is an archive");
    }
    const Nat fresh = co_await call(factory, &Factory::create);
    archive = fresh;
  }

  const Ref<Factory> factory;
  Var<std::optional<Nat>> archive{this, "archive"};
  HEDDLE_CANISTER(Spawner, spawn)
};

/// Asked again for what it has made, this one says what it was.
class NamingFactory : public Canister {
 public:
  Update<Nat> create(Nat name) {
    const std::optional<Nat> made = by_name.get(name);
    if (made) {
      co_return *made;
    }
    created += 1;
    const Nat fresh = created;
    by_name.put(name, fresh);
    co_return fresh;
  }

  Var<Nat> created{this, "created", 0};
  VarMap<Nat, Nat> by_name{this, "by_name"};
  HEDDLE_CANISTER(NamingFactory, create)
};

/// Fixed: it is known before the call what the archive is called, so the call can be made again.
class NamingSpawner : public Canister {
 public:
  explicit NamingSpawner(Ref<NamingFactory> factory) : factory(factory) {}

  Update<> spawn() {
    if (archive.has_value()) {
      throw Reject("there is an archive");
    }
    const Nat fresh = co_await call(factory, &NamingFactory::create, season.get());
    archive = fresh;
  }

  const Ref<NamingFactory> factory;
  Var<Nat> season{this, "season", 1};
  Var<std::optional<Nat>> archive{this, "archive"};
  HEDDLE_CANISTER(NamingSpawner, spawn)
};

}  // namespace museum_a13_multidex
