// Every call answered: one of the defaults that any scenario gets, in two halves.
#pragma once

#include <memory>

#include <heddle/properties/no_unexpected_trap.h>
#include <heddle/properties/property.h>

namespace heddle {

/// "every call answered". Violated by a quiescent state in which a call (a user's, one between
/// canisters, or a Deferred that is never resolved) is open and not only because an environment
/// canister stays silent (D12).
std::shared_ptr<const Property> make_every_call_answered();

/// "every call answered by its method" [S20]. Violated when the system answers a call because its
/// context ended without a response ("canister did not reply" [C5]). After a trap that the
/// environment injected, or that the canister or the scenario stated as expected, that answer is
/// the trap's, and fine.
std::shared_ptr<const Property> make_answered_by_method(ExpectedTraps expected);

}  // namespace heddle
