// The deferred promise: `setTimeout(() => resolve(123), 10000); let a = await myPromise;`
//
// `Alarm` and `SharedAlarm` use Heddle's extension `Deferred`. `PolledAlarm` and `CallbackAlarm`
// are what Motoko offers instead.
#pragma once

#include <optional>
#include <vector>

#include <heddle/heddle.h>

namespace array_awaits {

using namespace heddle;

/// Buggy: there is one place to keep a promise in, and any number of callers.
class Alarm : public Canister {
 public:
  Update<Nat> wait() {
    const Deferred<Nat> promise = make_deferred<Nat>();
    waiting = promise;
    set_timer(10);
    const Nat a = co_await promise.future();
    co_return a;
  }

  TimerTask ring() {
    const std::optional<Deferred<Nat>> promise = waiting;
    if (promise) {
      promise->resolve(123);
      waiting = std::nullopt;
    }
    co_return;
  }

  Var<std::optional<Deferred<Nat>>> waiting{this, "waiting"};
  HEDDLE_CANISTER(Alarm, wait, ring)
};

/// Fixed: a promise for each caller.
class SharedAlarm : public Canister {
 public:
  Update<Nat> wait() {
    const Deferred<Nat> promise = make_deferred<Nat>();
    waiting.update([promise](std::vector<Deferred<Nat>>& all) { all.push_back(promise); });
    set_timer(10);
    const Nat a = co_await promise.future();
    co_return a;
  }

  TimerTask ring() {
    for (const Deferred<Nat>& promise : waiting) {
      promise.resolve(123);
    }
    waiting = std::vector<Deferred<Nat>>();
    co_return;
  }

  Var<std::vector<Deferred<Nat>>> waiting{this, "waiting"};
  HEDDLE_CANISTER(SharedAlarm, wait, ring)
};

/// Polling: the caller gets a ticket at once, and asks for the answer until it is there.
class PolledAlarm : public Canister {
 public:
  Update<Nat> start() {
    ++tickets;
    set_timer(10);
    co_return tickets;
  }

  Query<std::optional<Nat>> poll(Nat ticket) { co_return answers.get(ticket); }

  TimerTask ring() {
    const Nat last = tickets;
    for (Nat ticket = 1; ticket <= last; ++ticket) {
      answers.put(ticket, 123);
    }
    co_return;
  }

  Var<Nat> tickets{this, "tickets", 0};
  VarMap<Nat, Nat> answers{this, "answers"};
  HEDDLE_CANISTER(PolledAlarm, start, poll, ring)
};

class CallbackAlarm;

/// A canister that wants to be woken.
class Sleeper : public Canister {
 public:
  explicit Sleeper(Ref<CallbackAlarm> alarm) : alarm(alarm) {}

  Update<> sleep();

  Update<> done(Nat a) {
    woken_with = a;
    co_return;
  }

  const Ref<CallbackAlarm> alarm;
  Var<Nat> woken_with{this, "woken_with", 0};
  HEDDLE_CANISTER(Sleeper, sleep, done)
};

/// Callbacks: the caller says what is to be called. Motoko passes a shared function, `done`; here
/// it is the canister that has the method.
class CallbackAlarm : public Canister {
 public:
  Update<> start(Ref<Sleeper> sleeper) {
    waiting = sleeper;
    set_timer(10);
    co_return;
  }

  TimerTask ring() { co_await call(waiting, &Sleeper::done, Nat{123}); }

  Var<Ref<Sleeper>> waiting{this, "waiting"};
  HEDDLE_CANISTER(CallbackAlarm, start, ring)
};

inline Update<> Sleeper::sleep() {
  co_await call(alarm, &CallbackAlarm::start, Ref<Sleeper>(self()));
}

}  // namespace array_awaits
