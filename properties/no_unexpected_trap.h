// No unexpected trap: one of the defaults that any scenario gets.
#pragma once

#include <memory>
#include <set>
#include <utility>

#include <heddle/properties/property.h>

namespace heddle {

/// Methods of which the scenario says that they may trap.
using ExpectedTraps = std::set<std::pair<CanisterId, MethodId>>;

/// Whether they are the same when canisters change names.
[[nodiscard]] bool are_alike(const ExpectedTraps& expected, const Renaming& renaming);

/// "no unexpected trap". Fine are traps that the environment injected (D16), those that the
/// canister itself stated (`expected_trap`), and those of the methods in `expected`.
std::shared_ptr<const Property> make_no_unexpected_trap(ExpectedTraps expected);

}  // namespace heddle
