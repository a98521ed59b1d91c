#include "vault.h"

namespace two_locks {
namespace {

HEDDLE_SCENARIO(two_locks, buggy, "two who give way to each other for ever") {
  auto left = s.install<Vault>("left");
  auto right = s.install<Vault>("right");
  auto mover = s.install<Mover>("mover");
  s.user("alice").calls(mover, &Mover::move, left, right);
  s.user("bob").calls(mover, &Mover::move, right, left);
  s.profile(happy);
  s.eventually("both have moved", [=](const State& now) { return now[mover].moved == Nat{2}; });
  s.expect(violated("both have moved"));
}

HEDDLE_SCENARIO(two_locks, fixed_order, "both keys are asked for in one order") {
  auto left = s.install<Vault>("left");
  auto right = s.install<Vault>("right");
  auto mover = s.install<OrderlyMover>("mover", left, right);
  s.user("alice").calls(mover, &OrderlyMover::move);
  s.user("bob").calls(mover, &OrderlyMover::move);
  s.profile(happy);
  s.eventually("both have moved", [=](const State& now) { return now[mover].moved == Nat{2}; });
  s.leads_to(
      "a key that is lent comes back", [=](const State& now) { return now[left].lent.get(); },
      [=](const State& now) { return !now[left].lent.get(); });
  const Formula is_free =
      holds("free", [=](const State& now) { return !now[left].lent && !now[right].lent; });
  s.ltl("both keys are free in the end", eventually(always(is_free)));
}

}  // namespace
}  // namespace two_locks
