#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "caller.h"

namespace parallel_calls {
namespace {

// The runs of the sample: the real limit of 500, no other load, first come, first served.

void run_as_in_the_sample(Scenario& s, int calls, Update<Nat> (Caller::*method)(Nat),
                          int successful) {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller");
  auto dfx = s.user("dfx");
  dfx.calls(caller, &Caller::setup_callee, callee);
  auto run = dfx.calls(caller, method, Nat{calls});
  dfx.then();
  s.profile(happy);
  s.answers(run, Nat{successful});
  s.in_flight_at_most(caller, callee, 500);
}

HEDDLE_SCENARIO(parallel_calls, sequential_100, "sequential_calls 100 returns 100") {
  run_as_in_the_sample(s, 100, &Caller::sequential_calls, 100);
  s.one_schedule(in_order);
}

HEDDLE_SCENARIO(parallel_calls, parallel_100, "parallel_calls 100 returns 100") {
  run_as_in_the_sample(s, 100, &Caller::parallel_calls, 100);
  s.one_schedule(in_order);
}

HEDDLE_SCENARIO(parallel_calls, sequential_2000, "sequential_calls 2000 returns 2000") {
  run_as_in_the_sample(s, 2000, &Caller::sequential_calls, 2000);
  s.one_schedule(in_order);
}

HEDDLE_SCENARIO(parallel_calls, parallel_2000, "parallel_calls 2000 returns 500") {
  run_as_in_the_sample(s, 2000, &Caller::parallel_calls, 500);
  s.one_schedule(in_order);
}

// Any number of calls, without a set-up before: for `heddle simulate --vary calls=...`.

void run_alone(Scenario& s, Update<Nat> (Caller::*method)(Nat), int successful_max) {
  const int calls = s.param("calls", 90);
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  auto run = s.user("alice").calls(caller, method, Nat{calls});
  s.profile(happy);
  s.answers(run, Nat{std::min(calls, successful_max)});
  s.one_schedule(in_order);
}

HEDDLE_SCENARIO(parallel_calls, sequential_n, "sequential_calls n returns n") {
  run_alone(s, &Caller::sequential_calls, std::numeric_limits<int>::max());
}

HEDDLE_SCENARIO(parallel_calls, parallel_n, "parallel_calls n returns n, and at most 500") {
  run_alone(s, &Caller::parallel_calls, 500);
}

HEDDLE_SCENARIO(parallel_calls, sequential_100_sampled, "the same on other schedules") {
  run_as_in_the_sample(s, 100, &Caller::sequential_calls, 100);
  s.one_schedule();
  s.sampled(20);
}

HEDDLE_SCENARIO(parallel_calls, parallel_100_sampled, "the same on other schedules") {
  run_as_in_the_sample(s, 100, &Caller::parallel_calls, 100);
  s.sampled(20);
}

HEDDLE_SCENARIO(parallel_calls, sequential_2000_sampled, "the same on other schedules") {
  run_as_in_the_sample(s, 2000, &Caller::sequential_calls, 2000);
  s.one_schedule();
  s.sampled(5);
}

HEDDLE_SCENARIO(parallel_calls, parallel_2000_sampled, "the same on other schedules") {
  run_as_in_the_sample(s, 2000, &Caller::parallel_calls, 500);
  s.sampled(5);
}

HEDDLE_SCENARIO(parallel_calls, two_callers_sampled, "two parallel_calls of 500 share the limit") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.user("alice").calls(caller, &Caller::parallel_calls, Nat{500});
  s.user("bob").calls(caller, &Caller::parallel_calls, Nat{500});
  s.profile(happy);
  s.in_flight_at_most(caller, callee, 500);
  s.sampled(5);
}

// All schedules, with a small limit.

HEDDLE_SCENARIO(parallel_calls, sequential, "one call is in flight at a time, and all succeed") {
  const int calls = s.param("calls", 4);
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 1);
  auto run = s.user("alice").calls(caller, &Caller::sequential_calls, Nat{calls});
  s.profile(happy);
  s.one_schedule();  // each call is awaited before the next
  s.answers(run, Nat{calls});
  s.in_flight_at_most(caller, callee, 1);
}

HEDDLE_SCENARIO(parallel_calls, parallel, "parallel_calls(n) = min(n, limit), on every schedule") {
  const int calls = s.param("calls", 5);
  const auto limit = static_cast<std::uint32_t>(s.param("limit", 3));
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, limit);
  auto run = s.user("alice").calls(caller, &Caller::parallel_calls, Nat{calls});
  s.profile(happy);
  if (calls <= 1 || limit == 1) {
    s.one_schedule();
  }
  s.answers(run, std::min(Nat{calls}, Nat{limit}));
  s.in_flight_at_most(caller, callee, limit);
  s.occupancy(caller, callee);
}

HEDDLE_SCENARIO(parallel_calls, two_callers, "the second gets what the first one has left") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 3);
  auto first = s.user("alice").calls(caller, &Caller::parallel_calls, Nat{3});
  auto second = s.user("bob").calls(caller, &Caller::parallel_calls, Nat{3});
  s.profile(happy);
  s.in_flight_at_most(caller, callee, 3);
  s.occupancy(caller, callee);
  s.outcomes("successful calls of alice and bob", [=](const State& end) {
    return end.result(first)->value().to_string() + " and " +
           end.result(second)->value().to_string();
  });
  s.expect_outcomes("successful calls of alice and bob",
                    {"0 and 3", "1 and 3", "2 and 3", "3 and 3", "3 and 2", "3 and 1", "3 and 0"});
}

HEDDLE_SCENARIO(parallel_calls, buggy_load, "sequential calls fail when enough users make them") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 2);
  auto run = s.user("alice").calls(caller, &Caller::sequential_calls, Nat{2});
  s.user("bob").calls(caller, &Caller::sequential_calls, Nat{2});
  s.user("carol").calls(caller, &Caller::sequential_calls, Nat{2});
  s.profile(happy);
  s.answers("all calls of alice succeed", run,
            [](const Outcome<Nat>& successful) { return successful == Outcome<Nat>(Nat{2}); });
  s.expect(violated("all calls of alice succeed"));
}

HEDDLE_SCENARIO(parallel_calls, fixed_load, "no more users than slots: in flight <= users") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 3);
  auto run = s.user("alice").calls(caller, &Caller::sequential_calls, Nat{2});
  s.user("bob").calls(caller, &Caller::sequential_calls, Nat{2});
  s.user("carol").calls(caller, &Caller::sequential_calls, Nat{2});
  s.profile(happy);
  s.answers("all calls of alice succeed", run,
            [](const Outcome<Nat>& successful) { return successful == Outcome<Nat>(Nat{2}); });
  s.in_flight_at_most(caller, callee, 3);
}

HEDDLE_SCENARIO(parallel_calls, retry_at_once, "a retry in the same execution always fails") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 2);
  auto first = s.user("alice").calls(caller, &Caller::retry_at_once, Nat{3});
  s.user("bob").calls(caller, &Caller::parallel_calls, Nat{2});
  s.profile(happy);
  s.answers(first, Nat{0});
}

HEDDLE_SCENARIO(parallel_calls, retry_from_timer, "a retry from a timer succeeds in the end") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<RetryingCaller>("caller", callee);
  s.limit(caller, callee, 2);
  s.user("alice").calls(caller, &RetryingCaller::parallel_calls, Nat{3});
  s.profile(happy);
  s.finally("all calls have succeeded",
            [=](const State& end) { return end[caller].successful == 3; });
}

HEDDLE_SCENARIO(parallel_calls, refill, "after one response exactly one more call finds a slot") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 3);
  auto run = s.user("alice").calls(caller, &Caller::refill, Nat{3});
  s.profile(happy);
  s.answers(run, Nat{1});
}

HEDDLE_SCENARIO(parallel_calls, buggy_careless, "a call that cannot be sent leaves its method") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 2);
  s.user("alice").calls(caller, &Caller::careless_calls, Nat{3});
  s.profile(happy);
  s.no_unhandled_send_failure();
  s.expect(violated("no unhandled send failure"));
}

HEDDLE_SCENARIO(parallel_calls, fixed_careful, "every call that cannot be sent is caught") {
  auto callee = s.install<Callee>("callee");
  auto caller = s.install<Caller>("caller", callee);
  s.limit(caller, callee, 2);
  s.user("alice").calls(caller, &Caller::parallel_calls, Nat{3});
  s.user("bob").calls(caller, &Caller::sequential_calls, Nat{2});
  s.profile(happy);
  s.no_unhandled_send_failure();
}

}  // namespace
}  // namespace parallel_calls
