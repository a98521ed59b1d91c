// Traces written by hand, of the kinds that views have to show: what a person sees is tested on
// documents that no other part of Heddle had a hand in.
#pragma once

#include <cstddef>

#include <heddle/traces/trace.h>

namespace heddle::test {

/// Two withdrawals use one balance that was read before the await: a stale write.
Trace lost_update();

/// The lost update, out of a larger scenario: what was left out, and what is needed.
Trace made_smaller();

/// A callback is made to trap; cleanup gives the guard back; one request is rejected by a fault.
Trace trap_and_cleanup();

/// Two canisters that wait for each other's Deferred: a deadlock.
Trace deadlock();

/// One piece sends 500 calls and some more that fail, and then all answers come.
Trace many_calls();

/// Names and values that need care: wide characters, control characters, very long values.
Trace awkward_text();

/// Withdrawals in overlapping pairs, each step with every kind of detail: as many steps as asked
/// for.
Trace many_steps(std::size_t count);

/// More canisters than fit beside each other.
Trace many_canisters();

}  // namespace heddle::test
