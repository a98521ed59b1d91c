// Conserved: a sum over canisters and what is in flight between them never changes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <heddle/model/nat.h>
#include <heddle/properties/property.h>

namespace heddle {

/// The sum, over canisters, queued requests and open calls, as the author counts it.
using Sum = std::function<Int(const State&)>;

/// An invariant: in every committed state the sum is what it was in the initial one.
std::shared_ptr<const Property> make_conserved(std::string name, Sum sum);

}  // namespace heddle
