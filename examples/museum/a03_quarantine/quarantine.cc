#include "minter.h"

namespace museum_a03_quarantine {
namespace {

// One deposit of 5, and one that is not worth its fee. Whoever likes may ask for the balance.

HEDDLE_SCENARIO(museum_a03_quarantine, buggy, "a panic after the mint forgets that it was made") {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{{1, 5}, {2, 1}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<Minter>("minter", bitcoin, ledger);
  auto alice = s.user("alice");
  alice.calls(minter, &Minter::update_balance);
  alice.calls(minter, &Minter::update_balance);
  s.always("no ckBTC without bitcoin", [=](const State& now) { return now[ledger].supply <= 5; });
  s.expect(violated("no ckBTC without bitcoin"));
}

HEDDLE_SCENARIO(museum_a03_quarantine, fixed, "a scope guard keeps the UTXO in quarantine") {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{{1, 5}, {2, 1}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<QuarantiningMinter>("minter", bitcoin, ledger);
  auto alice = s.user("alice");
  alice.calls(minter, &QuarantiningMinter::update_balance);
  alice.calls(minter, &QuarantiningMinter::update_balance);
  s.always("no ckBTC without bitcoin", [=](const State& now) { return now[ledger].supply <= 5; });
  s.finally("the minter is not busy for ever", [=](const State& end) { return !end[minter].busy; });
}

}  // namespace
}  // namespace museum_a03_quarantine
