// The models that Heddle and its peers are compared on, described as scenarios.
//
// M1, M2 and M3 are also written in Promela and Murphi, in bench/peers/. Their abstract definitions
// are state machines of a few rules; two explicit explorers written from these gave the counts that
// tests/bench/ expects. Users are distinct, results are kept where an abstract state tells how a
// call ended, and the environment injects nothing.
#pragma once

#include <cstdint>

#include <heddle/properties/scenario.h>

namespace bench {

/// Whether a scenario has the invariants that the peers check in every state; and, for M2, that the
/// book is right in the end, which it is not.
enum class Checked : std::uint8_t { kNothing, kInvariants, kInvariantsAndBug };

/// M1(users, first, second): each user swaps once, over ledgers that hold so many tokens.
/// Invariant: every token is at its ledger, at the swap or on the way.
struct TokenSwaps {
  int users = 4;
  int first = 3;
  int second = 2;
};

void describe(heddle::Scenario& s, TokenSwaps model, Checked checked);

/// M2(users, withdrawals, balance): user i makes so many withdrawals of i + 1, one after the other.
/// Invariant: the book never says less than the vault holds.
///
/// The abstract model lets requests of the bank to the vault overtake each other, which the
/// Internet Computer does not [P3]: that is guarantee G1 weakened.
struct Withdrawals {
  int users = 3;
  int withdrawals = 2;
  int balance = 12;
};
enum class Requests : std::uint8_t { kInOrder, kOvertaking };
void describe(heddle::Scenario& s, Withdrawals model, Requests requests, Checked checked);

/// M3(users, calls, limit): each user has one canister call another so many times at once, with a
/// limit on the calls in flight between the two.
/// Invariant: the limit holds, and no call is served twice.
struct CallsAtOnce {
  int users = 2;
  int calls = 3;
  std::uint32_t limit = 4;
};

void describe(heddle::Scenario& s, CallsAtOnce model, Checked checked);

/// One user has one canister call another so many times and wait for the answers, in one of these
/// ways.
enum class Awaiting : std::uint8_t {
  kJoinAll,     ///< all at once, one join_all (Rust)
  kEach,        ///< all at once, awaited one by one (Motoko)
  kEachNow,     ///< the same with `await?`
  kInSequence,  ///< each awaited before the next
};

struct Joined {
  Awaiting awaiting = Awaiting::kJoinAll;
  int calls = 4;
};

void describe(heddle::Scenario& s, Joined model);

}  // namespace bench
