// Released: a guard is let go on every way out.
//
// A lock that is held when nothing goes on any more is held for good: a reject, a trap after an
// await or a trap in cleanup has passed its release by [S4].
#pragma once

#include <cstdint>
#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "released(bank.busy)". Violated by a quiescent state in which none of the canister's calls is
/// open and the variable, or the keys and values of a map, is not as it was at installation.
std::shared_ptr<const Property> make_released(const System& system, CanisterId canister,
                                              std::uint32_t variable);

}  // namespace heddle
