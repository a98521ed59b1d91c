#include "suite/stories.h"

#include <fmt/format.h>

namespace heddle::testing {
namespace {

template <class Method>
Ref<Till> describe(Scenario& s, Method method, int users) {
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  for (int i = 1; i <= users; ++i) {
    s.user(fmt::format("user{}", i)).calls(till, method, Nat(10));
  }
  s.profile(happy);
  s.outcomes("cash", [=](const State& end) { return end[till].cash.get(); });
  return till;
}

}  // namespace

HEDDLE_SCENARIO(till, buggy, "two payments look before the await and write after it") {
  const auto till = describe(s, &Till::careless, 2);
  s.finally("both are paid", [=](const State& end) { return end[till].cash == 80; });
  s.expect(violated("both are paid"));
}

HEDDLE_SCENARIO(till, fixed_write_first, "payments write before the await") {
  const int users = s.param("users", 2);
  const auto till = describe(s, &Till::careful, users);
  s.finally("all are paid", [=](const State& end) { return end[till].cash == 100 - 10 * users; });
  s.expect_outcomes("cash", {std::to_string(100 - 10 * users)});
  if (users == 1) {
    s.one_schedule();
  }
}

HEDDLE_SCENARIO(till, outcomes, "what is left when payments are careless") {
  describe(s, &Till::careless, 2);
  s.form(Form::kBuggy);
  s.expect_outcomes("cash", {"80", "90"});
}

HEDDLE_SCENARIO(till, one_schedule, "first come, first served") {
  describe(s, &Till::careful, 2);
  s.one_schedule(in_order);
}

HEDDLE_SCENARIO(till, sampled, "a few schedules") {
  describe(s, &Till::careful, 2);
  s.sampled(20);
}

HEDDLE_SCENARIO(wrong, expectation, "is verified, and claims to be violated") {
  const auto till = describe(s, &Till::careful, 2);
  s.always("never empty", [=](const State& now) { return now[till].cash != 0; });
  s.expect(violated("never empty"));
}

HEDDLE_SCENARIO(wrong, bug, "is violated, and claims to be verified") {
  const auto till = describe(s, &Till::careless, 2);
  s.finally("both are paid", [=](const State& end) { return end[till].cash == 80; });
}

HEDDLE_SCENARIO(wrong, set, "has another outcome set than it claims") {
  describe(s, &Till::careless, 2);
  s.expect_outcomes("cash", {"80"});
}

HEDDLE_SCENARIO(wrong, scenario, "makes no sense") {
  const auto clerk = s.install<Clerk>("clerk");
  s.install<Till>("clerk", clerk);
}

HEDDLE_SCENARIO(confused, await_twice, "awaits one future twice") {
  const auto clerk = s.install<Clerk>("clerk");
  const auto till = s.install<Till>("till", clerk);
  s.user("alice").calls(till, &Till::confused);
}

HEDDLE_SCENARIO(mixed, two_methods, "a careful payment and a careless one") {
  const auto till = describe(s, &Till::careful, 1);
  s.user("alice").calls(till, &Till::careless, Nat(10));
}

HEDDLE_SCENARIO(alone, unsaid, "one call, and nothing to compare it with") {
  describe(s, &Till::careful, 1);
}

HEDDLE_SCENARIO(alone, said, "one call, and that is meant") {
  describe(s, &Till::careful, 1);
  s.one_schedule();
}

HEDDLE_SCENARIO(alone, sampled, "one call, many times") {
  describe(s, &Till::careful, 1);
  s.sampled(20);
}

HEDDLE_SCENARIO(large, many_users, "too large to finish while a test waits") {
  const int users = s.param("users", 10);
  describe(s, &Till::careless, users);
}

}  // namespace heddle::testing
