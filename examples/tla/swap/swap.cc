#include "swap.h"

#include <array>
#include <map>
#include <string>

namespace tla_swap {
namespace {

// Two users, two finalizations at once, and one call of everything else, as the model has it. There
// users transfer and ask for any amount, again and again; here once, and the amounts are given.

std::array<std::string, 2> users() {
  return {"u1", "u2"};
}

/// What both forms are asked to do, and the invariants of the model by its names. What happens at
/// last is claimed of quiescent states, where no ledger has failed.
void check_swap(Scenario& s, bool marks, bool fails) {
  auto icp = s.install<Ledger>("icp", std::map<Account, Nat>{{"u1", 2}, {"u2", 2}});
  auto sns = s.install<Ledger>("sns", std::map<Account, Nat>{{"treasury", 10}});
  auto swap = s.install<Swap>("swap", icp, sns, marks);
  for (const std::string& user : users()) {
    auto buyer = s.user(user);
    buyer.calls(icp, &Ledger::transfer, Account{user}, escrow_of(user), Nat{2});
    buyer.calls(swap, &Swap::refresh_buyer_token, user);
  }
  auto anybody = s.user("anybody");
  anybody.calls(swap, &Swap::commit);
  anybody.calls(swap, &Swap::abort);
  auto first = anybody.calls(swap, &Swap::finalize);
  auto second = anybody.calls(swap, &Swap::finalize);
  s.user("u1").calls(swap, &Swap::refund_icp, std::string("u1"), Nat{1});

  s.always("Inv_Open_Amount", [=](const State& now) {
    if (now[swap].lifecycle != "open") {
      return true;
    }
    for (const auto& [user, share] : now[swap].buyers) {
      if (share.amount > now[icp].balances.get_or(escrow_of(user), 0)) {
        return false;
      }
    }
    return true;
  });
  s.always("nobody gets more than their share", [=](const State& now) {
    Nat shares = 0;
    for (const std::string& user : users()) {
      const Nat share = now[swap].recipes.get_or(user, Share{}).amount;
      if (now[sns].balances.get_or(user, 0) > share) {
        return false;
      }
      shares += share;
    }
    return now[icp].balances.get_or(kGovernance, 0) <= shares;
  });
  s.always("ICP_Liveness_Commit, second half: an aborted swap issues nothing",
           [=](const State& now) {
             return now[swap].lifecycle != "aborted" || now[sns].balances.size() == 1;
           });
  s.always("ICP_Liveness_Refund, its safe half: no ICP is lost", [=](const State& now) {
    Nat sum = now[icp].balances.get_or(kGovernance, 0);
    for (const std::string& user : users()) {
      sum += now[icp].balances.get_or(user, 0) + now[icp].balances.get_or(escrow_of(user), 0);
    }
    return sum == 4;
  });
  if (fails) {
    return;
  }
  s.profile(happy);
  s.finally("ICP_Liveness_Commit, first half: who has bought gets it", [=](const State& end) {
    const bool finalized = end.result(first)->replied() || end.result(second)->replied();
    if (end[swap].lifecycle != "committed" || !finalized) {
      return true;
    }
    Nat shares = 0;
    for (const auto& [user, share] : end[swap].recipes) {
      if (end[sns].balances.get_or(user, 0) != share.amount) {
        return false;
      }
      shares += share.amount;
    }
    return end[icp].balances.get_or(kGovernance, 0) == shares;
  });
}

HEDDLE_SCENARIO(tla_swap, buggy, "two finalizations issue tokens twice") {
  check_swap(s, false, false);
  s.expect(violated("nobody gets more than their share"));
}

HEDDLE_SCENARIO(tla_swap, fixed, "a transfer is marked before it is awaited") {
  check_swap(s, true, false);
}

HEDDLE_SCENARIO(tla_swap, fixed_under_faults, "the same where ledgers fail and the swap traps") {
  check_swap(s, true, true);
}

}  // namespace
}  // namespace tla_swap
