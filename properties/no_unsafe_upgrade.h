// No unsafe upgrade: a default of scenarios in which a canister's code may be replaced.
#pragma once

#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "no unsafe upgrade" [S17]: no code is replaced, by an upgrade, a reinstallation or a snapshot
/// that is loaded, while callbacks of it are open [X5-X7]. On the Internet Computer each of their
/// responses would enter the new code at whatever stands where the old callback stood: a trap or
/// the wrong continuation. Heddle does not run the wrong one, so that the step itself is the
/// violation.
std::shared_ptr<const Property> make_no_unsafe_upgrade();

}  // namespace heddle
