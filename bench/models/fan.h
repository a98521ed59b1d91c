// M3 and join_all: one canister calls another n times at once, in Rust and in the forms that Motoko
// has for it.
#pragma once

#include <vector>

#include <heddle/model/language.h>

namespace bench {

using namespace heddle;

class Server : public Canister {
 public:
  Update<> serve() {
    served += 1;
    co_return;
  }

  Var<Nat> served{this, "served", 0};
  HEDDLE_CANISTER(Server, serve)
};

class Callee : public Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

/// Rust: calls are sent at their first poll; one that finds no slot fails there.
class Fan : public RustCanister {
 public:
  explicit Fan(Ref<Server> the_server) : server(the_server) {}

  /// n calls at once. Returns how many succeeded.
  Update<Nat> serve_all(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(server, &Server::serve));
    }
    const std::vector<Outcome<>> outcomes = co_await join_all(calls);
    Nat successful = 0;
    for (const Outcome<>& outcome : outcomes) {
      if (outcome) {
        ++successful;
      }
    }
    co_return successful;
  }

  const Ref<Server> server;
  HEDDLE_CANISTER(Fan, serve_all)
};

class RustCaller : public RustCanister {
 public:
  explicit RustCaller(Ref<Callee> the_callee) : callee(the_callee) {}

  Update<> join_calls(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    co_await join_all(calls);
  }

  const Ref<Callee> callee;
  HEDDLE_CANISTER(RustCaller, join_calls)
};

class MotokoCaller : public Canister {
 public:
  explicit MotokoCaller(Ref<Callee> the_callee) : callee(the_callee) {}

  /// Each await commits and suspends, also of a call that is answered already.
  Update<> await_each(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    for (Future<>& each : calls) {
      co_await each;
    }
  }

  /// `await?` goes on at once when the call is answered already.
  Update<> await_now_each(Nat n) {
    std::vector<Future<>> calls;
    for (Nat i = 0; i < n; ++i) {
      calls.push_back(call(callee, &Callee::ping));
    }
    for (Future<>& each : calls) {
      co_await await_now(each);
    }
  }

  /// One after the other.
  Update<> in_sequence(Nat n) {
    for (Nat i = 0; i < n; ++i) {
      co_await call(callee, &Callee::ping);
    }
  }

  const Ref<Callee> callee;
  HEDDLE_CANISTER(MotokoCaller, await_each, await_now_each, in_sequence)
};

}  // namespace bench
