// The swap canister of an SNS, after DFINITY's TLA+ model: users put ICP into escrow, the swap
// counts it, and when it is committed the ICP goes to governance and the buyers get tokens; when
// it is aborted everybody gets their ICP back.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <heddle/heddle.h>

namespace tla_swap {

using namespace heddle;

/// An account, by name; escrow accounts are "escrow " and the user's name.
using Account = std::string;

inline Account escrow_of(const std::string& user) {
  return "escrow " + user;
}

inline constexpr char kGovernance[] = "governance";

/// The ledger of ICP, or that of the new tokens, which makes them from nothing.
class Ledger : public Canister {
 public:
  explicit Ledger(const std::map<Account, Nat>& balances) : balances(this, "balances", balances) {}

  Query<Nat> balance_of(Account account) { co_return balances.get_or(account, 0); }

  Update<> transfer(Account from, Account to, Nat amount) {
    if (balances[from] < amount) {
      throw Reject("insufficient funds");
    }
    balances[from] -= amount;
    balances[to] += amount;
    co_return;
  }

  VarMap<Account, Nat> balances;
  HEDDLE_CANISTER(Ledger, balance_of, transfer)
};

/// What a buyer has in the swap, and what has become of it.
struct Share {
  Nat amount;
  bool transfer_started = false;
  bool transfer_succeeded = false;
  friend bool operator==(const Share&, const Share&) = default;
  HEDDLE_FIELDS(Share, amount, transfer_started, transfer_succeeded)
};

/// `marks`: whether a transfer is marked before it is awaited. Without, two finalizations make it
/// twice.
class Swap : public Canister {
 public:
  Swap(Ref<Ledger> icp, Ref<Ledger> sns, bool marks) : icp(icp), sns(sns), marks(marks) {}

  Update<> refresh_buyer_token(std::string user) {
    if (lifecycle != "open") {
      throw Reject("not open");
    }
    const Nat amount = co_await call(icp, &Ledger::balance_of, escrow_of(user));
    if (lifecycle != "open") {
      throw Reject("not open any more");
    }
    const Share before = buyers.get_or(user, Share{});
    if (before.amount < amount) {
      buyers.put(user, Share{amount, false, false});
    }
  }

  Update<> commit() {
    if (lifecycle != "open") {
      throw Reject("not open");
    }
    lifecycle = "committed";
    for (const auto& [user, share] : buyers) {
      recipes.put(user, share);
    }
    co_return;
  }

  Update<> abort() {
    if (lifecycle != "open") {
      throw Reject("not open");
    }
    lifecycle = "aborted";
    co_return;
  }

  Update<> finalize() {
    const std::string state = lifecycle;
    if (state == "open") {
      throw Reject("open");
    }
    for (const std::string& user : buyers.keys()) {
      const Share share = buyers.at(user);
      if (share.transfer_started || share.transfer_succeeded) {
        continue;
      }
      buyers.put(user, Share{share.amount, marks, false});
      const Account to = state == "committed" ? Account{kGovernance} : user;
      const Outcome<> swept =
          co_await outcome(call(icp, &Ledger::transfer, escrow_of(user), to, share.amount));
      buyers.put(user, Share{share.amount, swept.replied(), swept.replied()});
    }
    if (state != "committed") {
      co_return;
    }
    for (const std::string& user : recipes.keys()) {
      const Share share = recipes.at(user);
      if (share.transfer_started || share.transfer_succeeded) {
        continue;
      }
      recipes.put(user, Share{share.amount, marks, false});
      const Outcome<> issued =
          co_await outcome(call(sns, &Ledger::transfer, Account{"treasury"}, user, share.amount));
      recipes.put(user, Share{share.amount, issued.replied(), issued.replied()});
    }
  }

  /// Gives back what is in escrow beside what the swap has taken.
  Update<> refund_icp(std::string user, Nat amount) {
    if (lifecycle == "open") {
      throw Reject("open");
    }
    if (buyers.contains(user) && !buyers.at(user).transfer_succeeded) {
      throw Reject("finalize first");
    }
    co_await call(icp, &Ledger::transfer, escrow_of(user), user, amount);
  }

  const Ref<Ledger> icp;
  const Ref<Ledger> sns;
  const bool marks;
  Var<std::string> lifecycle{this, "lifecycle", "open"};
  VarMap<std::string, Share> buyers{this, "buyers"};
  VarMap<std::string, Share> recipes{this, "recipes"};
  HEDDLE_CANISTER(Swap, refresh_buyer_token, commit, abort, finalize, refund_icp)
};

}  // namespace tla_swap
