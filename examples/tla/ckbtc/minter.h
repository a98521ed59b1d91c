// The data flow of ckBTC, after DFINITY's TLA+ model: the Bitcoin network and what the Bitcoin
// canister knows of it, the ledger, and a minter that mints for deposits, pays out what is burnt,
// and learns by its heartbeat what has become of its transactions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace tla_ckbtc {

using namespace heddle;

/// Who owns a UTXO, and who has ckBTC: "alice", "minter" for its change, "other" for all the rest.
using Owner = std::string;

struct Utxo {
  Owner owner;
  Nat amount;
  friend bool operator==(const Utxo&, const Utxo&) = default;
  HEDDLE_FIELDS(Utxo, owner, amount)
};

/// By number.
using Utxos = std::map<Nat, Utxo>;

inline Nat sum_of(const Utxos& utxos) {
  Nat sum = 0;
  for (const auto& [number, utxo] : utxos) {
    sum += utxo.amount;
  }
  return sum;
}

/// A transaction of the minter: what it spends, and what it makes of it. Its number is that of the
/// first UTXO that it spends.
struct Transaction {
  Utxos spent;
  std::vector<Utxo> outputs;
  friend bool operator==(const Transaction&, const Transaction&) = default;
  HEDDLE_FIELDS(Transaction, spent, outputs)

  [[nodiscard]] Nat number_of_output(std::size_t place) const {
    return spent.begin()->first * 10 + place;
  }
};

/// The Bitcoin network, and the canister that has a view of it.
class Bitcoin : public Canister {
 public:
  explicit Bitcoin(const Utxos& utxos) : network(this, "network", utxos) {}

  /// Somebody pays into an address.
  Update<> pay(Nat number, Owner owner, Nat amount) {
    network.update([=](Utxos& all) { all.emplace(number, Utxo{owner, amount}); });
    co_return;
  }

  /// The canister catches up with the network.
  Update<> ingest() {
    view = network.get();
    co_return;
  }

  /// The network carries out a transaction, if there is one.
  Update<> confirm() {
    const std::vector<Transaction> waiting = pool;
    if (waiting.empty()) {
      co_return;
    }
    const Transaction next = waiting.front();
    pool = std::vector<Transaction>(waiting.begin() + 1, waiting.end());
    network.update([next](Utxos& all) {
      for (const auto& [number, utxo] : next.spent) {
        all.erase(number);
      }
      for (std::size_t i = 0; i < next.outputs.size(); ++i) {
        all.emplace(next.number_of_output(i), next.outputs[i]);
      }
    });
  }

  Query<Utxos> get_utxos(Owner owner) {
    Utxos owned;
    for (const auto& [number, utxo] : view) {
      if (utxo.owner == owner) {
        owned.emplace(number, utxo);
      }
    }
    co_return owned;
  }

  Update<> submit(Transaction transaction) {
    pool.update([transaction](auto& all) { all.push_back(transaction); });
    co_return;
  }

  Var<Utxos> network;
  Var<Utxos> view{this, "view"};
  Var<std::vector<Transaction>> pool{this, "pool"};
  HEDDLE_CANISTER(Bitcoin, pay, ingest, confirm, get_utxos, submit)
};

/// The ledger of ckBTC. What is to be paid out is transferred to "withdrawal" and burnt there.
class Ledger : public Canister {
 public:
  Update<> mint(Owner to, Nat amount) {
    balances[to] += amount;
    co_return;
  }

  Update<> transfer(Owner from, Owner to, Nat amount) {
    take(from, amount);
    balances[to] += amount;
    co_return;
  }

  Update<> burn(Owner from, Nat amount) {
    take(from, amount);
    co_return;
  }

  VarMap<Owner, Nat> balances{this, "balances"};
  HEDDLE_CANISTER(Ledger, mint, transfer, burn)

 private:
  void take(const Owner& from, const Nat& amount) {
    if (balances[from] < amount) {
      throw Reject("insufficient funds");
    }
    balances[from] -= amount;
  }
};

/// What the minter takes care of.
struct Care {
  bool locks = true;      ///< one update_balance at a time
  bool remembers = true;  ///< what was spent while an account was locked
};

class Minter : public Canister {
 public:
  Minter(Ref<Bitcoin> bitcoin, Ref<Ledger> ledger, Care care)
      : bitcoin(bitcoin), ledger(ledger), care(care) {}

  Update<> update_balance() {
    if (locked) {
      throw Reject("already processing");
    }
    locked = care.locks;
    const auto unlock = finally([this] { locked = false; });
    const Owner owner = "alice";
    const Utxos there = co_await call(bitcoin, &Bitcoin::get_utxos, owner);
    Utxos fresh = there;
    for (const auto& [number, utxo] : there) {
      if (known.contains(number) || finalized.contains(number)) {
        fresh.erase(number);
      }
    }
    finalized = std::set<Nat>{};
    if (fresh.empty()) {
      co_return;
    }
    const Nat amount = sum_of(fresh);
    co_await call(ledger, &Ledger::mint, owner, amount);
    add(available, fresh);
    add(known, fresh);
  }

  Update<> retrieve_btc(Nat amount) {
    const Owner from = "withdrawal";
    co_await call(ledger, &Ledger::burn, from, amount);
    pending += amount;
  }

  /// One at a time.
  Update<> heartbeat() {
    if (beating) {
      co_return;
    }
    beating = true;
    const auto done = finally([this] { beating = false; });
    co_await submit_pending();
    co_await finalize();
  }

  const Ref<Bitcoin> bitcoin;
  const Ref<Ledger> ledger;
  const Care care;
  Var<bool> locked{this, "locked", false};
  Var<bool> beating{this, "beating", false};
  Var<Utxos> known{this, "known"};          ///< alice's, and its own change
  Var<Utxos> available{this, "available"};  ///< for spending
  Var<std::set<Nat>> finalized{this, "finalized"};
  Var<Nat> pending{this, "pending", 0};  ///< burnt, and not paid out
  Var<std::vector<Transaction>> submitted{this, "submitted"};
  HEDDLE_CANISTER(Minter, update_balance, retrieve_btc, heartbeat)

 private:
  static void add(Var<Utxos>& to, const Utxos& more) {
    to.update([more](Utxos& all) { all.insert(more.begin(), more.end()); });
  }

  static void remove(Var<Utxos>& from, const Utxos& gone) {
    from.update([gone](Utxos& all) {
      for (const auto& [number, utxo] : gone) {
        all.erase(number);
      }
    });
  }

  /// Pays out what is pending, if what is available is more than that.
  Star<> submit_pending() {
    const Nat amount = pending;
    if (amount == 0) {
      co_return;
    }
    Transaction transaction;
    for (const auto& [number, utxo] : available) {
      if (sum_of(transaction.spent) <= amount) {
        transaction.spent.emplace(number, utxo);
      }
    }
    const Nat sum = sum_of(transaction.spent);
    if (sum <= amount) {
      co_return;
    }
    transaction.outputs = {{"other", amount}, {"minter", sum - amount}};
    pending -= amount;
    remove(available, transaction.spent);
    const Outcome<> sent = co_await outcome(call(bitcoin, &Bitcoin::submit, transaction));
    if (sent) {
      submitted.update([transaction](auto& all) { all.push_back(transaction); });
    } else {
      add(available, transaction.spent);
      pending += amount;
    }
  }

  /// Transactions whose change has arrived are done, and what they have spent is forgotten.
  Star<> finalize() {
    const Owner owner = "minter";
    const Utxos change = co_await call(bitcoin, &Bitcoin::get_utxos, owner);
    std::vector<Transaction> left;
    for (const Transaction& transaction : submitted) {
      const Nat number = transaction.number_of_output(1);
      if (!change.contains(number)) {
        left.push_back(transaction);
        continue;
      }
      remove(known, transaction.spent);
      if (locked && care.remembers) {
        finalized.update([transaction](std::set<Nat>& all) {
          for (const auto& [spent, utxo] : transaction.spent) {
            all.insert(spent);
          }
        });
      }
    }
    submitted = left;
    Utxos fresh = change;
    for (const auto& [number, utxo] : change) {
      if (known.contains(number)) {
        fresh.erase(number);
      }
    }
    add(known, fresh);
    add(available, fresh);
  }
};

}  // namespace tla_ckbtc
