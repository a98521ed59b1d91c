#include <set>
#include <string>
#include <vector>

#include "swap.h"

namespace token_swap {
namespace {

Principal alice() {
  return Principal::named("alice");
}

Principal bob() {
  return Principal::named("bob");
}

Principal pool() {
  return Principal::named("pool");
}

/// The halves of swaps that were transferred and whose receipts the swap has not taken yet: what
/// the pool got of them.
Int halves(const State& now, const AnyRef& swap, Ref<Ledger> gold, Ref<Ledger> silver) {
  Int sum = 0;
  for (const Outcome<Receipt>& paid : now.replies(swap, gold, &Ledger::transfer)) {
    if (paid && paid->to == pool()) {
      sum += Int(paid->amount);
    }
  }
  for (const Outcome<Receipt>& received : now.replies(swap, silver, &Ledger::transfer)) {
    if (received && received->from == pool()) {
      sum -= Int(received->amount);
    }
  }
  return sum;
}

/// The refunds that were sent and are not made yet: what the pool will get by them.
Int refunds(const State& now, const AnyRef& swap, Ref<Ledger> gold, Ref<Ledger> silver) {
  Int sum = 0;
  for (const auto& [from, to, amount] : now.requests(swap, gold, &Ledger::transfer)) {
    if (from == pool()) {
      sum -= Int(amount);
    }
  }
  for (const auto& [from, to, amount] : now.requests(swap, silver, &Ledger::transfer)) {
    if (to == pool()) {
      sum += Int(amount);
    }
  }
  return sum;
}

/// Gold and silver of the pool, and what is in flight.
template <class C>
Int worth_of_pool(const State& now, Ref<C> swap, Ref<Ledger> gold, Ref<Ledger> silver) {
  const Int has =
      Int(now[gold].balances.get_or(pool(), 0)) + Int(now[silver].balances.get_or(pool(), 0));
  return has - Int(now[swap].in_transit.get()) - halves(now, swap, gold, silver) +
         refunds(now, swap, gold, silver);
}

HEDDLE_SCENARIO(token_swap, buggy, "one transfer is rejected, and the other is not given back") {
  auto gold = s.install<Ledger>("gold", Balances{{alice(), 1}, {bob(), 1}});
  auto silver = s.install<Ledger>("silver", Balances{{pool(), 1}});
  auto swap = s.install<ForgetfulSwap>("swap", gold, silver, pool());
  s.user("alice").calls(swap, &ForgetfulSwap::swap, Nat{1});
  s.user("bob").calls(swap, &ForgetfulSwap::swap, Nat{1});
  s.profile(happy);
  s.conserved("worth of the pool",
              [=](const State& now) { return worth_of_pool(now, swap, gold, silver); });
  s.expect(violated("worth of the pool"));
}

HEDDLE_SCENARIO(token_swap, fixed, "what went through alone is given back") {
  auto gold = s.install<Ledger>("gold", Balances{{alice(), 1}, {bob(), 1}});
  auto silver = s.install<Ledger>("silver", Balances{{pool(), 1}});
  auto swap = s.install<Swap>("swap", gold, silver, pool());
  s.user("alice").calls(swap, &Swap::swap, Nat{1});
  s.user("bob").calls(swap, &Swap::swap, Nat{1});
  s.profile(happy);
  s.conserved("worth of the pool",
              [=](const State& now) { return worth_of_pool(now, swap, gold, silver); });
}

HEDDLE_SCENARIO(token_swap, fixed_without_gold, "it is the silver that went through alone") {
  auto gold = s.install<Ledger>("gold", Balances{{alice(), 1}});
  auto silver = s.install<Ledger>("silver", Balances{{pool(), 2}});
  auto swap = s.install<Swap>("swap", gold, silver, pool());
  s.user("alice").calls(swap, &Swap::swap, Nat{1});
  auto served = s.user("bob").calls(swap, &Swap::swap, Nat{1});
  s.profile(happy);
  s.conserved("worth of the pool",
              [=](const State& now) { return worth_of_pool(now, swap, gold, silver); });
  s.answers(served, false);
}

HEDDLE_SCENARIO(token_swap, outcomes,
                "of two swaps for one piece of silver, exactly one succeeds") {
  auto gold = s.install<Ledger>("gold", Balances{{alice(), 1}, {bob(), 1}});
  auto silver = s.install<Ledger>("silver", Balances{{pool(), 1}});
  auto swap = s.install<Swap>("swap", gold, silver, pool());
  auto first = s.user("alice").calls(swap, &Swap::swap, Nat{1});
  auto second = s.user("bob").calls(swap, &Swap::swap, Nat{1});
  s.profile(happy);
  s.outcomes("swapped", [=](const State& end) {
    const bool alice_did = end.result(first)->value();
    const bool bob_did = end.result(second)->value();
    return std::string(alice_did ? "alice" : "") + (bob_did ? "bob" : "");
  });
  s.expect_outcomes("swapped", {"alice", "bob"});
}

HEDDLE_SCENARIO(token_swap, buggy_refund, "who lets the silver go first may not get it back") {
  auto gold = s.install<Ledger>("gold", Balances{{alice(), 1}});
  auto silver = s.install<Ledger>("silver", Balances{{pool(), 2}});
  auto swap = s.install<Swap>("swap", gold, silver, pool());
  s.user("alice").calls(swap, &Swap::swap, Nat{1});
  auto thief = s.user("bob");
  thief.calls(swap, &Swap::swap, Nat{1});
  thief.calls(silver, &Ledger::transfer, bob(), Principal::named("carol"), Nat{1});
  s.profile(happy);
  s.conserved("worth of the pool",
              [=](const State& now) { return worth_of_pool(now, swap, gold, silver); });
  s.expect(violated("worth of the pool"));
}

}  // namespace
}  // namespace token_swap
