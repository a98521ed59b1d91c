// Keeps its timer: a canister that works by a timer goes on doing so.
//
// The timer is disarmed when it fires [T1], and by an upgrade [X4]. Whoever does not arm it again
// on every way, after a trap as well, never works again, and nobody is told [S16].
#pragma once

#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "bank keeps its timer". Violated by a quiescent state in which the canister runs and its timer
/// is not armed. (While it is armed, and the canister runs, no state is quiescent.)
std::shared_ptr<const Property> make_keeps_timer(const System& system, CanisterId canister);

}  // namespace heddle
