// The end of a token sale has stages, each a call to another canister. One of them is too large for
// one message, and those before it are committed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <heddle/heddle.h>

namespace museum_a08_finalization {

using namespace heddle;

/// The ledger of ICP: what was raised goes to the treasury of the new governance.
class IcpLedger : public Canister {
 public:
  Update<> sweep(Nat amount) {
    treasury += amount;
    co_return;
  }

  Var<Nat> treasury{this, "treasury", 0};
  HEDDLE_CANISTER(IcpLedger, sweep)
};

/// The same of a ledger that makes a transfer once.
class IdempotentIcpLedger : public Canister {
 public:
  /// `id`: the transfer's own, chosen by who asks for it.
  Update<> sweep(Nat id, Nat amount) {
    if (!made.contains(id)) {
      made.put(id, true);
      treasury += amount;
    }
    co_return;
  }

  Var<Nat> treasury{this, "treasury", 0};
  VarMap<Nat, bool> made{this, "made"};
  HEDDLE_CANISTER(IdempotentIcpLedger, sweep)
};

/// The governance of the new DAO: the buyers' neurons are made in it.
class Governance : public Canister {
 public:
  /// So many neurons can be made in one message.
  static constexpr std::size_t kInstructionLimit = 2;

  Update<> claim_swap_neurons(std::vector<Nat> buyers) {
    if (buyers.size() > kInstructionLimit) {
      trap("IC0522: exceeded the instruction limit for single message execution");
    }
    for (const Nat& buyer : buyers) {
      neurons.put(buyer, true);
    }
    co_return;
  }

  Update<> set_mode_normal() {
    normal = true;
    co_return;
  }

  VarMap<Nat, bool> neurons{this, "neurons"};
  Var<bool> normal{this, "normal", false};
  HEDDLE_CANISTER(Governance, claim_swap_neurons, set_mode_normal)
};

/// Buggy: all buyers in one call, and nothing says how far it has come.
class Swap : public Canister {
 public:
  Swap(Ref<IcpLedger> icp, Ref<Governance> governance, std::vector<Nat> buyers, Nat raised)
      : icp(icp), governance(governance), buyers(std::move(buyers)), raised(std::move(raised)) {}

  Update<> finalize() {
    if (busy) {
      throw Reject("finalization is under way");
    }
    if (over) {
      throw Reject("this sale is over");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    co_await call(icp, &IcpLedger::sweep, raised);
    co_await call(governance, &Governance::claim_swap_neurons, buyers);
    co_await call(governance, &Governance::set_mode_normal);
    over = true;
  }

  const Ref<IcpLedger> icp;
  const Ref<Governance> governance;
  const std::vector<Nat> buyers;
  const Nat raised;
  Var<bool> busy{this, "busy", false};
  Var<bool> over{this, "over", false};
  HEDDLE_CANISTER(Swap, finalize)
};

/// Fixed: batches that fit, stages that can be done again, and a note of what is done.
class ResumableSwap : public Canister {
 public:
  ResumableSwap(Ref<IdempotentIcpLedger> icp, Ref<Governance> governance, std::vector<Nat> buyers,
                Nat raised)
      : icp(icp), governance(governance), buyers(std::move(buyers)), raised(std::move(raised)) {}

  Update<> finalize() {
    if (busy) {
      throw Reject("finalization is under way");
    }
    if (over) {
      throw Reject("this sale is over");
    }
    busy = true;
    const auto release = finally([this] { busy = false; });
    if (!swept) {
      co_await call(icp, &IdempotentIcpLedger::sweep, Nat{1}, raised);
      swept = true;
    }
    while (claimed < Nat{buyers.size()}) {
      const auto first = static_cast<std::size_t>(claimed.get());
      const std::size_t end = std::min(first + Governance::kInstructionLimit, buyers.size());
      std::vector<Nat> batch;
      for (std::size_t i = first; i < end; ++i) {
        batch.push_back(buyers[i]);
      }
      co_await call(governance, &Governance::claim_swap_neurons, batch);
      claimed = Nat{end};
    }
    co_await call(governance, &Governance::set_mode_normal);
    over = true;
  }

  const Ref<IdempotentIcpLedger> icp;
  const Ref<Governance> governance;
  const std::vector<Nat> buyers;
  const Nat raised;
  Var<bool> busy{this, "busy", false};
  Var<bool> swept{this, "swept", false};
  Var<Nat> claimed{this, "claimed", 0};  ///< buyers, in their order, who have their neurons
  Var<bool> over{this, "over", false};
  HEDDLE_CANISTER(ResumableSwap, finalize)
};

}  // namespace museum_a08_finalization
