#include <map>

#include "governance.h"

namespace museum_a09_placeholder {
namespace {

template <class C>
bool all_have_a_stake(const State& now, Ref<C> governance) {
  for (const auto& [account, stake] : now[governance].neurons) {
    if (stake == 0) {
      return false;
    }
  }
  return true;
}

/// Of a neuron that a claim has left behind without a stake, nobody can get rid.
template <class C>
bool none_is_left_behind(const State& now, Ref<C> governance) {
  return !now.open_contexts(governance).empty() || all_have_a_stake(now, governance);
}

// There are 10 tokens in account 1. Alice and bob claim its neuron.

HEDDLE_SCENARIO(museum_a09_placeholder, buggy, "the ledger is away, and the placeholder stays") {
  auto ledger = s.install<Ledger>("ledger", std::map<Account, Nat>{{1, 10}});
  auto governance = s.install<Governance>("governance", ledger);
  s.user("alice").calls(governance, &Governance::claim, Account{1});
  s.user("bob").calls(governance, &Governance::claim, Account{1});
  s.faults().callback_traps = 0;  // what they do is the next one
  s.always("no neuron is left behind",
           [=](const State& now) { return none_is_left_behind(now, governance); });
  s.expect(violated("no neuron is left behind"));
}

HEDDLE_SCENARIO(museum_a09_placeholder, buggy_trap, "the error is handled, a trap is not") {
  auto ledger = s.install<Ledger>("ledger", std::map<Account, Nat>{{1, 10}});
  auto governance = s.install<HandlingGovernance>("governance", ledger);
  s.user("alice").calls(governance, &HandlingGovernance::claim, Account{1});
  s.user("bob").calls(governance, &HandlingGovernance::claim, Account{1});
  s.always("no neuron is left behind",
           [=](const State& now) { return none_is_left_behind(now, governance); });
  s.expect(violated("no neuron is left behind"));
}

HEDDLE_SCENARIO(museum_a09_placeholder, fixed, "a reservation is dropped on every way out") {
  auto ledger = s.install<Ledger>("ledger", std::map<Account, Nat>{{1, 10}});
  auto governance = s.install<ReservingGovernance>("governance", ledger);
  s.user("alice").calls(governance, &ReservingGovernance::claim, Account{1});
  s.user("bob").calls(governance, &ReservingGovernance::claim, Account{1});
  s.always("every neuron has a stake",
           [=](const State& now) { return all_have_a_stake(now, governance); });
  s.finally("nothing is reserved for ever",
            [=](const State& end) { return end[governance].reserved.empty(); });
  s.atomic(governance, &ReservingGovernance::neurons);
}

}  // namespace
}  // namespace museum_a09_placeholder
