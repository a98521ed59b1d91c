#include <map>

#include "minter.h"

namespace museum_a04_guard_key {
namespace {

Account of_alice(int subaccount) {
  return {Principal::named("alice"), subaccount};
}

bool is_not_kept_out(const Outcome<>& outcome) {
  return outcome.replied() || outcome.reject().text != "already processing";
}

// Alice has received 1 in each of two accounts. Bob may ask for the balance of hers, too.
// What a trap after the mint does is another exhibit (a03_quarantine), and switched off.

HEDDLE_SCENARIO(museum_a04_guard_key, buggy, "by owner: one account keeps out another") {
  auto bitcoin =
      s.install<Bitcoin>("bitcoin", std::map<Account, Nat>{{of_alice(1), 1}, {of_alice(2), 1}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<GuardByOwner>("minter", bitcoin, ledger);
  auto alice = s.user("alice");
  alice.calls(minter, &GuardByOwner::update_balance, of_alice(1));
  auto second = alice.calls(minter, &GuardByOwner::update_balance, of_alice(2));
  s.faults().callback_traps = 0;
  s.answers("nobody else is in account 2", second, is_not_kept_out);
  s.expect(violated("nobody else is in account 2"));
}

HEDDLE_SCENARIO(museum_a04_guard_key, buggy_caller, "by caller: two mint for one deposit") {
  auto bitcoin =
      s.install<Bitcoin>("bitcoin", std::map<Account, Nat>{{of_alice(1), 1}, {of_alice(2), 1}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<GuardByCaller>("minter", bitcoin, ledger);
  s.user("alice").calls(minter, &GuardByCaller::update_balance, of_alice(1));
  s.user("bob").calls(minter, &GuardByCaller::update_balance, of_alice(1));
  s.faults().callback_traps = 0;
  s.always("no unbacked ckBTC",
           [=](const State& now) { return now[ledger].balances.get_or(of_alice(1), 0) <= 1; });
  s.expect(violated("no unbacked ckBTC"));
}

HEDDLE_SCENARIO(museum_a04_guard_key, fixed, "by account: only those who would collide") {
  auto bitcoin =
      s.install<Bitcoin>("bitcoin", std::map<Account, Nat>{{of_alice(1), 1}, {of_alice(2), 1}});
  auto ledger = s.install<Ledger>("ledger");
  auto minter = s.install<GuardByAccount>("minter", bitcoin, ledger);
  auto alice = s.user("alice");
  alice.calls(minter, &GuardByAccount::update_balance, of_alice(1));
  auto second = alice.calls(minter, &GuardByAccount::update_balance, of_alice(2));
  s.user("bob").calls(minter, &GuardByAccount::update_balance, of_alice(1));
  s.faults().callback_traps = 0;
  s.answers("nobody else is in account 2", second, is_not_kept_out);
  s.always("no unbacked ckBTC", [=](const State& now) {
    return now[ledger].balances.get_or(of_alice(1), 0) <= 1 &&
           now[ledger].balances.get_or(of_alice(2), 0) <= 1;
  });
  s.atomic(minter, &GuardByAccount::minted);
}

}  // namespace
}  // namespace museum_a04_guard_key
