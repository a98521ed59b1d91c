// Stoppable: a canister that is asked to stop comes to be stopped.
//
// It does when no call of it is open [X2], so one call to a callee that never answers keeps it
// stopping, and its code from being upgraded safely, for as long as that callee likes [X3, S11].
#pragma once

#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "bank can be stopped". Violated by a quiescent state in which the canister is stopping, whoever
/// is to blame. Says nothing unless a user stops it, or the environment may (D28).
std::shared_ptr<const Property> make_stoppable(const System& system, CanisterId canister);

}  // namespace heddle
