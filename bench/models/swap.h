// M1, the token swap: a swap asks two ledgers at once, and gives back what it got alone.
#pragma once

#include <cstdint>
#include <utility>

#include <heddle/model/language.h>

namespace bench {

using namespace heddle;

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : balance(this, "balance", std::move(initial)) {}

  /// One token leaves, if there is one. Replies, as `give` does, how many left.
  Update<Nat> take() {
    if (balance < 1) {
      throw Reject("empty");
    }
    balance -= 1;
    co_return 1;
  }

  Update<Nat> give() {
    balance += 1;
    co_return 0;
  }

  Var<Nat> balance;
  HEDDLE_CANISTER(Ledger, take, give)
};

/// How a swap ends.
enum class Swapped : std::uint8_t { kBoth = 4, kNeither = 5, kGivenBack = 6 };

class Swap : public Canister {
 public:
  Swap(Ref<Ledger> first_ledger, Ref<Ledger> second_ledger)
      : first(first_ledger), second(second_ledger) {}

  Update<Swapped> swap() {
    Future<Nat> taken_first = call(first, &Ledger::take);
    Future<Nat> taken_second = call(second, &Ledger::take);
    const Outcome<Nat> from_first = co_await outcome(await_now(taken_first));
    const Outcome<Nat> from_second = co_await outcome(await_now(taken_second));
    if (from_first.replied() == from_second.replied()) {
      co_return from_first ? Swapped::kBoth : Swapped::kNeither;
    }
    Future<Nat> refund = call(from_first ? first : second, &Ledger::give);
    co_await await_now(refund);
    co_return Swapped::kGivenBack;
  }

  const Ref<Ledger> first;
  const Ref<Ledger> second;
  HEDDLE_CANISTER(Swap, swap)
};

/// The same with a book of the tokens that it has been told it got, so that a property can say
/// where every token is. What the book says follows from what the open swaps have been told: it
/// adds no state.
class BookkeepingSwap : public Canister {
 public:
  BookkeepingSwap(Ref<Ledger> first_ledger, Ref<Ledger> second_ledger)
      : first(first_ledger), second(second_ledger) {}

  Update<Swapped> swap() {
    Future<Nat> taken_first = call(first, &Ledger::take);
    Future<Nat> taken_second = call(second, &Ledger::take);
    const Outcome<Nat> from_first = co_await outcome(await_now(taken_first));
    if (from_first) {
      held_of_first += 1;
    }
    const Outcome<Nat> from_second = co_await outcome(await_now(taken_second));
    if (from_second) {
      held_of_second += 1;
    }
    if (from_first.replied() == from_second.replied()) {
      co_return from_first ? Swapped::kBoth : Swapped::kNeither;
    }
    (from_first ? held_of_first : held_of_second) -= 1;
    Future<Nat> refund = call(from_first ? first : second, &Ledger::give);
    co_await await_now(refund);
    co_return Swapped::kGivenBack;
  }

  const Ref<Ledger> first;
  const Ref<Ledger> second;
  Var<Nat> held_of_first{this, "held_of_first", 0};
  Var<Nat> held_of_second{this, "held_of_second", 0};
  HEDDLE_CANISTER(BookkeepingSwap, swap)
};

}  // namespace bench
