#include "minter.h"

namespace museum_a02_minter {
namespace {

/// What the minter can pay out at any time.
bool is_backed(const State& now, Ref<Bitcoin> bitcoin, Ref<Ledger> ledger) {
  return now[ledger].supply <= Nat{now[bitcoin].utxos.size()};
}

// What a trap after the mint does is another exhibit (a03_quarantine), and switched off.

HEDDLE_SCENARIO(museum_a02_minter, buggy, "two calls of update_balance mint for one deposit") {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{1});
  auto ledger = s.install<Ledger>("ledger", Nat{0});
  auto minter = s.install<UnlockedMinter>("minter", bitcoin, ledger, Utxos{});
  auto alice = s.user("alice");
  alice.calls(minter, &UnlockedMinter::update_balance);
  alice.calls(minter, &UnlockedMinter::update_balance);
  s.faults().callback_traps = 0;
  s.always("no unbacked ckBTC", [=](const State& now) { return is_backed(now, bitcoin, ledger); });
  s.expect(violated("no unbacked ckBTC"));
}

HEDDLE_SCENARIO(museum_a02_minter, buggy_forgotten, "a spent UTXO is minted for once more") {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{1});
  auto ledger = s.install<Ledger>("ledger", Nat{1});
  auto minter = s.install<ForgetfulMinter>("minter", bitcoin, ledger, Utxos{1});
  auto alice = s.user("alice");
  alice.calls(minter, &ForgetfulMinter::update_balance);
  alice.calls(minter, &ForgetfulMinter::retrieve_btc);
  s.faults().callback_traps = 0;
  s.always("no unbacked ckBTC", [=](const State& now) { return is_backed(now, bitcoin, ledger); });
  s.expect(violated("no unbacked ckBTC"));
}

HEDDLE_SCENARIO(museum_a02_minter, fixed, "a lock, and a memory for what it does not hold") {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{1, 2});
  auto ledger = s.install<Ledger>("ledger", Nat{1});
  auto minter = s.install<Minter>("minter", bitcoin, ledger, Utxos{1});
  auto alice = s.user("alice");
  alice.calls(minter, &Minter::update_balance);
  alice.calls(minter, &Minter::update_balance);
  alice.calls(minter, &Minter::retrieve_btc);
  s.faults().callback_traps = 0;
  s.always("no unbacked ckBTC", [=](const State& now) { return is_backed(now, bitcoin, ledger); });
  s.finally("no lock is left", [=](const State& end) { return !end[minter].locked; });
}

}  // namespace
}  // namespace museum_a02_minter
