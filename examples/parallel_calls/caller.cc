#include "caller.h"

#include <utility>

namespace parallel_calls {

Update<> Caller::setup_callee(Ref<Callee> target) {
  callee = target;
  co_return;
}

Update<Nat> Caller::sequential_calls(Nat n) {
  Nat successful = 0;
  for (Nat i = 0; i < n; ++i) {
    try {
      co_await call(callee, &Callee::ping);
      ++successful;
    } catch (const Reject&) {
    }
  }
  co_return successful;
}

Update<Nat> Caller::parallel_calls(Nat n) {
  std::vector<Future<>> pings;
  for (Nat i = 0; i < n; ++i) {
    try {
      pings.push_back(call(callee, &Callee::ping));
    } catch (const Reject&) {  // a full queue fails here
    }
  }
  Nat successful = 0;
  for (Future<>& ping : pings) {
    try {
      co_await ping;
      ++successful;
    } catch (const Reject&) {
    }
  }
  co_return successful;
}

Update<> Caller::careless_calls(Nat n) {
  std::vector<Future<>> pings;
  for (Nat i = 0; i < n; ++i) {
    pings.push_back(call(callee, &Callee::ping));
  }
  for (Future<>& ping : pings) {
    co_await ping;
  }
}

Update<Nat> Caller::retry_at_once(Nat n) {
  std::vector<Future<>> pings;
  Nat second_tries = 0;
  for (Nat i = 0; i < n; ++i) {
    Outcome<Future<>> ping = try_call(callee, &Callee::ping);
    if (!ping) {
      ping = try_call(callee, &Callee::ping);
      if (ping) {
        ++second_tries;
      }
    }
    if (ping) {
      pings.push_back(*std::move(ping));
    }
  }
  for (Future<>& ping : pings) {
    co_await ping;
  }
  co_return second_tries;
}

Update<Nat> Caller::refill(Nat n) {
  std::vector<Future<>> pings;
  for (Nat i = 0; i < n; ++i) {
    pings.push_back(call(callee, &Callee::ping));
  }
  co_await any(pings);
  Nat sent = 0;
  for (Nat i = 0; i < 2; ++i) {
    Outcome<Future<>> ping = try_call(callee, &Callee::ping);
    if (ping) {
      ++sent;
    }
  }
  co_return sent;
}

Update<> RetryingCaller::parallel_calls(Nat n) {
  co_await ping_all(n);
}

TimerTask RetryingCaller::retry() {
  const Nat again = waiting;
  waiting = 0;
  co_await ping_all(again);
}

Star<> RetryingCaller::ping_all(Nat n) {
  std::vector<Future<>> pings;
  for (Nat i = 0; i < n; ++i) {
    Outcome<Future<>> ping = try_call(callee, &Callee::ping);
    if (ping) {
      pings.push_back(*std::move(ping));
    } else {
      ++waiting;
      set_timer();
    }
  }
  for (Future<>& ping : pings) {
    co_await ping;
    ++successful;
  }
}

}  // namespace parallel_calls
