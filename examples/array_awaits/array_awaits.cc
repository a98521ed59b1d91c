#include <string>
#include <tuple>

#include "alarms.h"
#include "gatherer.h"

namespace array_awaits {
namespace {

Services install_services(Scenario& s) {
  return {s.install<Service>("c1", Nat{1}), s.install<Service>("c2", Nat{2}),
          s.install<Service>("c3", Nat{3})};
}

/// The same, but c2 rejects.
Services install_with_reject(Scenario& s) {
  return {s.install<Service>("c1", Nat{1}), s.install<Service>("c2", Nat{2}, true),
          s.install<Service>("c3", Nat{3})};
}

std::uint32_t in_flight(const State& now, const AnyRef& caller, const Services& services) {
  std::uint32_t calls = 0;
  for (const Ref<Service>& service : services) {
    calls += now.in_flight(caller, service);
  }
  return calls;
}

/// A client calls one method of a gatherer. All three calls are in flight at some time, and in the
/// end there are the three results in order.
template <class G, class Results>
void claim_parallel(Scenario& s, Update<Results> (G::*method)(), const std::string& results) {
  const Services services = install_services(s);
  auto gatherer = s.install<G>("gatherer", services);
  auto run = s.user("client").calls(gatherer, method);
  s.profile(happy);
  s.sometimes("all three in flight",
              [=](const State& now) { return in_flight(now, gatherer, services) == 3; });
  s.outcomes("results", [=](const State& end) { return end.result(run)->value(); });
  s.expect_outcomes("results", {results});
}

HEDDLE_SCENARIO(array_awaits, buggy, "an array of awaits was meant to run in parallel") {
  const Services services = install_services(s);
  auto gatherer = s.install<Gatherer>("gatherer", services);
  s.user("client").calls(gatherer, &Gatherer::awaits_in_array);
  s.profile(happy);
  s.one_schedule();
  s.sometimes("all three in flight",
              [=](const State& now) { return in_flight(now, gatherer, services) == 3; });
  s.expect(violated("all three in flight"));
}

HEDDLE_SCENARIO(array_awaits, awaits_in_array, "one call after the other, always c1, c2, c3") {
  const Services services = install_services(s);
  const auto [c1, c2, c3] = services;
  auto gatherer = s.install<Gatherer>("gatherer", services);
  auto run = s.user("client").calls(gatherer, &Gatherer::awaits_in_array);
  s.profile(happy);
  s.one_schedule();
  s.always("never two in flight",
           [=](const State& now) { return in_flight(now, gatherer, services) <= 1; });
  s.before(starts(c1, &Service::f), starts(c2, &Service::f));
  s.before(starts(c2, &Service::f), starts(c3, &Service::f));
  s.outcomes("results", [=](const State& end) { return end.result(run)->value(); });
  s.expect_outcomes("results", {"[1, 2, 3]"});
}

HEDDLE_SCENARIO(array_awaits, fixed_calls_first, "the calls first, the awaits after") {
  claim_parallel(s, &Gatherer::calls_first, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, fixed_calls_first_now, "the calls first, then await?") {
  claim_parallel(s, &Gatherer::calls_first_now, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, fixed_growing_buffer, "calls in one loop, awaits in the next") {
  claim_parallel(s, &Gatherer::growing_buffer, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, fixed_immutable_array, "an array of futures, tabulated") {
  claim_parallel(s, &Gatherer::immutable_array, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, fixed_await_all, "awaitAll") {
  claim_parallel(s, &Gatherer::await_all, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, fixed_different_types, "awaitAll of futures of different types") {
  claim_parallel(s, &Gatherer::of_different_types, "1, service 2, works");
}

HEDDLE_SCENARIO(array_awaits, fixed_join_all, "Rust's join_all") {
  claim_parallel(s, &RustGatherer::joined, "[1, 2, 3]");
}

HEDDLE_SCENARIO(array_awaits, rust_one_by_one, "Rust's awaits in a loop: one call in flight") {
  const Services services = install_services(s);
  auto gatherer = s.install<RustGatherer>("gatherer", services);
  s.user("client").calls(gatherer, &RustGatherer::one_by_one);
  s.profile(happy);
  s.one_schedule();
  s.always("never two in flight",
           [=](const State& now) { return in_flight(now, gatherer, services) <= 1; });
}

// When c2 rejects.

HEDDLE_SCENARIO(array_awaits, reject_one_by_one, "c3 is never called") {
  const Services services = install_with_reject(s);
  auto gatherer = s.install<Gatherer>("gatherer", services);
  auto run = s.user("client").calls(gatherer, &Gatherer::awaits_in_array);
  s.profile(happy);
  s.one_schedule();
  s.answers("the client gets the reject of c2", run,
            [](const auto& got) { return !got && got.reject().text == "out of order"; });
  s.always("c3.f is not called",
           [=](const State& now) { return now.in_flight(gatherer, services[2]) == 0; });
}

HEDDLE_SCENARIO(array_awaits, reject_in_parallel, "c3 runs all the same, its result is dropped") {
  const Services services = install_with_reject(s);
  auto gatherer = s.install<Gatherer>("gatherer", services);
  auto run = s.user("client").calls(gatherer, &Gatherer::calls_first);
  s.profile(happy);
  s.answers("the client gets the reject of c2", run,
            [](const auto& got) { return !got && got.reject().text == "out of order"; });
  s.finally("c3.f has run", [=](const State& end) { return end[services[2]].served == 1; });
  s.sometimes("the client is answered, and the call context still open", [=](const State& now) {
    return now.result(run).has_value() && !now.open_contexts(gatherer).empty();
  });
}

HEDDLE_SCENARIO(array_awaits, reject_join_all, "join_all sees all three results") {
  const Services services = install_with_reject(s);
  auto gatherer = s.install<RustGatherer>("gatherer", services);
  auto run = s.user("client").calls(gatherer, &RustGatherer::joined);
  s.profile(happy);
  s.outcomes("results", [=](const State& end) { return end.result(run)->value(); });
  s.expect_outcomes("results", {"[1, 0, 3]"});
}

// JavaScript: the array and Promise.all are the client's, and there is no canister in between.

HEDDLE_SCENARIO(array_awaits, promise_all, "a client's Promise.all submits all three at once") {
  const auto [c1, c2, c3] = install_services(s);
  auto client = s.user("client");
  const auto [r1, r2, r3] =
      client.all(asks(c1, &Service::f), asks(c2, &Service::f), asks(c3, &Service::f));
  auto next = client.calls(c1, &Service::works);
  s.profile(happy);
  s.sometimes("the last call is answered first", [=](const State& now) {
    return now.result(r3).has_value() && !now.result(r1).has_value() && !now.result(r2).has_value();
  });
  s.always("the client waits for all three", [=](const State& now) {
    return !now.result(next).has_value() ||
           (now.result(r1).has_value() && now.result(r2).has_value() && now.result(r3).has_value());
  });
  s.outcomes("results", [=](const State& end) {
    return std::tuple(end.result(r1)->value(), end.result(r2)->value(), end.result(r3)->value());
  });
  s.expect_outcomes("results", {"(1, 2, 3)"});
}

HEDDLE_SCENARIO(array_awaits, promise_all_reject, "Promise.all goes on at the first reject") {
  const auto [c1, c2, c3] = install_with_reject(s);
  auto client = s.user("client");
  const auto [r1, r2, r3] =
      client.all(asks(c1, &Service::f), asks(c2, &Service::f), asks(c3, &Service::f));
  auto next = client.calls(c1, &Service::works);
  s.profile(happy);
  s.sometimes("the client goes on before c3 has answered", [=](const State& now) {
    return now.result(next).has_value() && !now.result(r3).has_value();
  });
  s.finally("c3.f has run", [=](const State& end) { return end.result(r3)->replied(); });
}

// The deferred promise, and what there is instead.

HEDDLE_SCENARIO(array_awaits, buggy_deferred, "one place for two promises: one is never resolved") {
  auto alarm = s.install<Alarm>("alarm");
  s.user("alice").calls(alarm, &Alarm::wait);
  s.user("bob").calls(alarm, &Alarm::wait);
  s.profile(happy);
  s.expect(violated("every call answered"));
}

HEDDLE_SCENARIO(array_awaits, fixed_deferred, "a promise for each caller, all of them resolved") {
  auto alarm = s.install<SharedAlarm>("alarm");
  auto first = s.user("alice").calls(alarm, &SharedAlarm::wait);
  auto second = s.user("bob").calls(alarm, &SharedAlarm::wait);
  s.profile(happy);
  s.answers(first, Nat{123});
  s.answers(second, Nat{123});
}

HEDDLE_SCENARIO(array_awaits, fixed_polling, "tickets and a query instead of promises") {
  auto alarm = s.install<PolledAlarm>("alarm");
  s.user("alice").calls(alarm, &PolledAlarm::start);
  s.user("bob").calls(alarm, &PolledAlarm::start);
  s.profile(happy);
  s.finally("both tickets are answered", [=](const State& end) {
    return end.query(alarm, &PolledAlarm::poll, Nat{1}) == Nat{123} &&
           end.query(alarm, &PolledAlarm::poll, Nat{2}) == Nat{123};
  });
}

HEDDLE_SCENARIO(array_awaits, fixed_callback, "a callback instead of a promise") {
  auto alarm = s.install<CallbackAlarm>("alarm");
  auto sleeper = s.install<Sleeper>("sleeper", alarm);
  s.user("alice").calls(sleeper, &Sleeper::sleep);
  s.profile(happy);
  s.finally("the sleeper is woken",
            [=](const State& end) { return end[sleeper].woken_with == 123; });
}

}  // namespace
}  // namespace array_awaits
