// A library that leaks a little memory with each call: nothing is wrong with any one of them.
#pragma once

#include <heddle/heddle.h>

namespace museum_a14_leak {

using namespace heddle;

class Callee : public Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

/// What both forms share: a heap of a few blocks. A call takes one, for its callbacks.
class ServiceBase : public RustCanister {
 public:
  static constexpr Nat kHeap = 2;

  explicit ServiceBase(Ref<Callee> callee) : callee(callee) {}

  const Ref<Callee> callee;
  Var<Nat> used{this, "used", 0};

 protected:
  void allocate() {
    if (used == kHeap) {
      trap("the heap is out of memory");
    }
    used += 1;
  }
};

/// Buggy: nobody gives the block back.
class Service : public ServiceBase {
 public:
  using ServiceBase::ServiceBase;

  Update<> serve() {
    allocate();
    co_await call(callee, &Callee::ping);
  }

  HEDDLE_CANISTER(Service, serve)
};

/// Fixed: it is given back when the call is over, however that ends.
class FrugalService : public ServiceBase {
 public:
  using ServiceBase::ServiceBase;

  Update<> serve() {
    allocate();
    const auto release = finally([this] { used -= 1; });
    co_await call(callee, &Callee::ping);
  }

  HEDDLE_CANISTER(FrugalService, serve)
};

}  // namespace museum_a14_leak
