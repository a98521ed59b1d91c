// Three calls to three canisters and an array of the three results: does it run in parallel?
//
// Each method of `Gatherer` is one of the ways to write it in Motoko, each of `RustGatherer` one of
// the ways in Rust; README.md has the originals.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace array_awaits {

using namespace heddle;

/// c1, c2 and c3: each answers with its number, or rejects if it is out of order.
class Service : public Canister {
 public:
  explicit Service(Nat number, bool out_of_order = false)
      : number(std::move(number)), out_of_order(out_of_order) {}

  Update<Nat> f() {
    ++served;
    if (out_of_order) {
      throw Reject("out of order");
    }
    co_return number;
  }

  Update<std::string> name() { co_return "service " + number.to_string(); }

  Update<bool> works() { co_return !out_of_order; }

  const Nat number;
  const bool out_of_order;
  Var<Nat> served{this, "served", 0};
  HEDDLE_CANISTER(Service, f, name, works)
};

using Services = std::array<Ref<Service>, 3>;

/// Motoko's `Array.tabulate`, for functions that may send: Motoko has no send capability in a
/// lambda (M0047).
template <std::size_t kSize, class F>
auto tabulate(const F& f) {
  return [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
    return std::array{f(kAt)...};
  }
  (std::make_index_sequence<kSize>());
}

class Gatherer : public Canister {
 public:
  explicit Gatherer(Services services) : services(services) {}

  /// `[await c1.f(), await c2.f(), await c3.f()]`. Array expressions are evaluated from left to
  /// right, which C++ leaves to its reader: one await a statement.
  Update<std::vector<Nat>> awaits_in_array() {
    const auto [c1, c2, c3] = services;
    const Nat r1 = co_await call(c1, &Service::f);
    const Nat r2 = co_await call(c2, &Service::f);
    const Nat r3 = co_await call(c3, &Service::f);
    co_return std::vector<Nat>{r1, r2, r3};
  }

  /// The calls first, the awaits after.
  Update<std::vector<Nat>> calls_first() {
    const auto [c1, c2, c3] = services;
    Future<Nat> f1 = call(c1, &Service::f);
    Future<Nat> f2 = call(c2, &Service::f);
    Future<Nat> f3 = call(c3, &Service::f);
    const Nat r1 = co_await f1;
    const Nat r2 = co_await f2;
    const Nat r3 = co_await f3;
    co_return std::vector<Nat>{r1, r2, r3};
  }

  /// The same with `await?`, which does not end the execution when the future is complete.
  Update<std::vector<Nat>> calls_first_now() {
    const auto [c1, c2, c3] = services;
    Future<Nat> f1 = call(c1, &Service::f);
    Future<Nat> f2 = call(c2, &Service::f);
    Future<Nat> f3 = call(c3, &Service::f);
    const Nat r1 = co_await await_now(f1);
    const Nat r2 = co_await await_now(f2);
    const Nat r3 = co_await await_now(f3);
    co_return std::vector<Nat>{r1, r2, r3};
  }

  /// A loop that adds the futures to a buffer, and one that awaits them.
  Update<std::vector<Nat>> growing_buffer() {
    std::vector<Future<Nat>> futures;
    for (const Ref<Service>& service : services) {
      futures.push_back(call(service, &Service::f));
    }
    std::vector<Nat> results;
    for (Future<Nat>& future : futures) {
      const Nat result = co_await future;
      results.push_back(result);
    }
    co_return results;
  }

  /// An array of futures that is made at once and never grows.
  Update<std::vector<Nat>> immutable_array() {
    std::array<Future<Nat>, 3> futures =
        tabulate<3>([this](std::size_t i) { return call(services[i], &Service::f); });
    std::vector<Nat> results;
    for (Future<Nat>& future : futures) {
      const Nat result = co_await future;
      results.push_back(result);
    }
    co_return results;
  }

  /// `awaitAll(xs)`, which Motoko would need scope parameters for.
  Update<std::vector<Nat>> await_all() {
    std::vector<Future<Nat>> futures;
    for (const Ref<Service>& service : services) {
      futures.push_back(call(service, &Service::f));
    }
    std::vector<Nat> results = co_await all(futures);
    co_return results;
  }

  /// `awaitAll` generic over the content of the async type: three types in one go.
  Update<std::string> of_different_types() {
    const auto [c1, c2, c3] = services;
    Future<Nat> number = call(c1, &Service::f);
    Future<std::string> name = call(c2, &Service::name);
    Future<bool> works = call(c3, &Service::works);
    const std::tuple<Nat, std::string, bool> results = co_await all(number, name, works);
    const auto& [r1, r2, r3] = results;
    co_return r1.to_string() + ", " + r2 + (r3 ? ", works" : ", does not work");
  }

  const Services services;
  HEDDLE_CANISTER(Gatherer, awaits_in_array, calls_first, calls_first_now, growing_buffer,
                  immutable_array, await_all, of_different_types)
};

/// With `futures::future::join_all`, as in Rust: calls are sent at the first poll, and the code
/// goes on in the execution of the last response.
class RustGatherer : public RustCanister {
 public:
  explicit RustGatherer(Services services) : services(services) {}

  /// `for c in services { results.push(c.f().await) }`
  Update<std::vector<Nat>> one_by_one() {
    std::vector<Nat> results;
    for (const Ref<Service>& service : services) {
      const Nat result = co_await call(service, &Service::f);
      results.push_back(result);
    }
    co_return results;
  }

  /// `join_all(services.iter().map(|c| c.f())).await`
  Update<std::vector<Nat>> joined() {
    std::vector<Future<Nat>> futures;
    for (const Ref<Service>& service : services) {
      futures.push_back(call(service, &Service::f));
    }
    const std::vector<Outcome<Nat>> outcomes = co_await join_all(futures);
    std::vector<Nat> results;
    for (const Outcome<Nat>& each : outcomes) {
      results.push_back(each.value_or(0));
    }
    co_return results;
  }

  const Services services;
  HEDDLE_CANISTER(RustGatherer, one_by_one, joined)
};

}  // namespace array_awaits
