// A canister that calls another one n times, one call after the other or all at once, and the limit
// on calls in flight that the second way runs into.
#pragma once

#include <vector>

#include <heddle/heddle.h>

namespace parallel_calls {

using namespace heddle;

class Callee : public Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

/// The two endpoints of the sample, and what one should know before using them.
class Caller : public Canister {
 public:
  Caller() = default;

  explicit Caller(Ref<Callee> target) : callee(this, "callee", target) {}

  /// Says whom to call.
  Update<> setup_callee(Ref<Callee> target);

  /// n calls, each after the answer to the one before. Returns the number of successful ones.
  Update<Nat> sequential_calls(Nat n);

  /// n calls at once. Those that find no slot are not sent at all; returns the number of successful
  /// ones.
  Update<Nat> parallel_calls(Nat n);

  /// Buggy: n calls at once, by someone who has not heard of the limit.
  Update<> careless_calls(Nat n);

  /// n calls at once, and another try at once for each that found no slot: the number of these
  /// second tries that succeeded.
  Update<Nat> retry_at_once(Nat n);

  /// n calls at once, and when one of them has been answered two more: the number of these that
  /// found a slot.
  Update<Nat> refill(Nat n);

  Var<Ref<Callee>> callee{this, "callee", {}};
  HEDDLE_CANISTER(Caller, setup_callee, sequential_calls, parallel_calls, careless_calls,
                  retry_at_once, refill)
};

/// n calls at once, where those that found no slot wait for a timer.
class RetryingCaller : public Canister {
 public:
  explicit RetryingCaller(Ref<Callee> callee) : callee(callee) {}

  Update<> parallel_calls(Nat n);

  /// Tries again what found no slot.
  TimerTask retry();

  const Ref<Callee> callee;
  Var<Nat> successful{this, "successful", 0};
  Var<Nat> waiting{this, "waiting", 0};  ///< calls that found no slot yet
  HEDDLE_CANISTER(RetryingCaller, parallel_calls, retry)

 private:
  Star<> ping_all(Nat n);
};

}  // namespace parallel_calls
