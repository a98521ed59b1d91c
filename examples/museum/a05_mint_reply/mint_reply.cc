#include "minter.h"

namespace museum_a05_mint_reply {
namespace {

// One deposit of 1; alice asks twice for what it has brought her.

template <class L>
void ask_twice(Scenario& s, bool waits) {
  auto archive = s.install<Archive>("archive");
  auto ledger = s.install<L>("ledger", archive);
  auto minter = s.install<Minter<L>>("minter", ledger, waits);
  auto alice = s.user("alice");
  alice.calls(minter, &Minter<L>::update_balance, Nat{7});
  alice.calls(minter, &Minter<L>::update_balance, Nat{7});
  s.always("a deposit is minted for once",
           [=](const State& now) { return now[ledger].supply <= 1; });
}

HEDDLE_SCENARIO(museum_a05_mint_reply, buggy, "the ledger has minted and answers with an error") {
  ask_twice<Ledger>(s, true);
  s.expect(violated("a deposit is minted for once"));
}

HEDDLE_SCENARIO(museum_a05_mint_reply, buggy_bounded, "the answer of the ledger comes too late") {
  ask_twice<Ledger>(s, false);
  s.faults().callback_traps = 0;  // this time it is not for the ledger's error
  s.expect(violated("a deposit is minted for once"));
}

HEDDLE_SCENARIO(museum_a05_mint_reply, fixed, "the ledger knows the deposit again") {
  ask_twice<IdempotentLedger>(s, true);
}

HEDDLE_SCENARIO(museum_a05_mint_reply, fixed_bounded, "the same for bounded waits") {
  ask_twice<IdempotentLedger>(s, false);
}

}  // namespace
}  // namespace museum_a05_mint_reply
