#include "minter.h"

namespace tla_ckbtc {
namespace {

// Alice has deposited 2; another 1 may come. She updates her balance twice, and has 1 paid out. The
// network and the heartbeat do what they do at any time.

void check_minter(Scenario& s, Care care) {
  auto bitcoin = s.install<Bitcoin>("bitcoin", Utxos{{1, {"alice", 2}}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<Minter>("minter", bitcoin, ledger, care);
  auto network = s.user("network");
  network.calls(bitcoin, &Bitcoin::pay, Nat{2}, Owner{"alice"}, Nat{1});
  network.calls(bitcoin, &Bitcoin::ingest);
  network.calls(bitcoin, &Bitcoin::ingest);
  network.calls(bitcoin, &Bitcoin::confirm);
  auto alice = s.user("alice");
  alice.calls(minter, &Minter::update_balance);
  alice.calls(minter, &Minter::update_balance);
  auto withdrawal = s.user("withdrawal");
  withdrawal.then();
  withdrawal.calls(ledger, &Ledger::transfer, Owner{"alice"}, Owner{"withdrawal"}, Nat{1});
  withdrawal.calls(minter, &Minter::retrieve_btc, Nat{1});
  auto beat = s.user("beat");
  beat.then();
  beat.calls(minter, &Minter::heartbeat);
  beat.calls(minter, &Minter::heartbeat);
  s.faults().callback_traps = 0;  // the model has none
  s.always("Inv_No_Unbacked_Ck_BTC", [=](const State& now) {
    Nat supply = 0;
    for (const auto& [owner, balance] : now[ledger].balances) {
      supply += balance;
    }
    Nat backing = 0;
    for (const auto& [number, utxo] : now[bitcoin].network) {
      backing += utxo.owner == "other" ? Nat{0} : utxo.amount;
    }
    return supply <= backing;
  });
  s.always("Inv_Available_Exist_On_The_BTC_Network", [=](const State& now) {
    for (const auto& [number, utxo] : now[minter].available) {
      if (!now[bitcoin].network.contains(number)) {
        return false;
      }
    }
    return true;
  });
  s.finally("Inv_No_Locks_When_Done", [=](const State& end) { return !end[minter].locked; });
}

HEDDLE_SCENARIO(tla_ckbtc, buggy, "without the lock") {
  check_minter(s, {.locks = false, .remembers = true});
  s.expect(violated("Inv_No_Unbacked_Ck_BTC"));
}

HEDDLE_SCENARIO(tla_ckbtc, buggy_forgotten, "without the memory of what was spent meanwhile") {
  check_minter(s, {.locks = true, .remembers = false});
  s.expect(violated("Inv_No_Unbacked_Ck_BTC"));
}

HEDDLE_SCENARIO(tla_ckbtc, fixed, "with both") {
  check_minter(s, {});
}

}  // namespace
}  // namespace tla_ckbtc
