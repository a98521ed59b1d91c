// A ledger recognises a transaction that is submitted again by what it remembers of the last day.
// It accepts transactions that were created a little in the future, and forgets by the time of its
// own block: then it forgets such a transaction before it would refuse it as too old.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include <heddle/heddle.h>

namespace museum_a11_dedup_window {

using namespace heddle;

/// Seconds.
inline constexpr std::uint64_t kWindow = 24 * 60 * 60;
inline constexpr std::uint64_t kPermittedDrift = 60;

/// What makes two transactions the same.
struct Transaction {
  Nat amount;
  std::uint64_t created_at = 0;
  friend auto operator<=>(const Transaction&, const Transaction&) = default;
  HEDDLE_FIELDS(Transaction, amount, created_at)
};

/// When a block is forgotten: whether that is so at `now` for one that was made at `made_at`.
using Forgets = bool (*)(std::uint64_t made_at, std::uint64_t now);

/// Buggy: after the window.
inline bool after_window(std::uint64_t made_at, std::uint64_t now) {
  return made_at + kWindow <= now;
}

/// Still buggy, in the last second: after the window and the drift.
inline bool after_window_and_drift(std::uint64_t made_at, std::uint64_t now) {
  return made_at + kWindow + kPermittedDrift <= now;
}

/// Fixed: when the transaction would surely be refused as too old.
inline bool when_too_old(std::uint64_t made_at, std::uint64_t now) {
  return made_at + kWindow + kPermittedDrift < now;
}

class Ledger : public Canister {
 public:
  explicit Ledger(Forgets forgets) : forgets(forgets) {}

  Update<> transfer(Nat amount, std::uint64_t created_at) {
    const std::uint64_t now = seconds();
    purge(now);
    if (created_at + kWindow < now) {
      throw Reject("too old");
    }
    if (created_at > now + kPermittedDrift) {
      throw Reject("created in the future");
    }
    const Transaction transaction{amount, created_at};
    if (recent.contains(transaction)) {
      throw Reject("duplicate");
    }
    recent.put(transaction, now);
    blocks.update([transaction](auto& all) { all.push_back(transaction); });
    set_timer(kWindow);
    co_return;
  }

  /// Forgets what nobody submits again, until there is nothing left to forget.
  TimerTask tidy() {
    purge(seconds());
    if (!recent.empty()) {
      set_timer(kPermittedDrift);
    }
    co_return;
  }

  const Forgets forgets;
  Var<std::vector<Transaction>> blocks{this, "blocks"};
  /// The transactions that it recognises, and when their blocks were made.
  VarMap<Transaction, std::uint64_t> recent{this, "recent"};
  HEDDLE_CANISTER(Ledger, transfer, tidy)

 private:
  static std::uint64_t seconds() { return time() / 1'000'000'000; }

  void purge(std::uint64_t now) {
    for (const auto& [transaction, made_at] : recent) {
      if (forgets(made_at, now)) {
        recent.erase(transaction);
      }
    }
  }
};

}  // namespace museum_a11_dedup_window
