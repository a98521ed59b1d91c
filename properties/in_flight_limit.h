// In-flight limit: at most so many calls of an ordered pair are open at once; and the peak that was
// reached, as a number to report.
#pragma once

#include <cstdint>
#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// At most `most` calls from `caller` to `callee` are waiting or answered but not delivered [Q3].
std::shared_ptr<const Property> make_in_flight_at_most(const System& system, CanisterId caller,
                                                       CanisterId callee, std::uint32_t most);

/// The same number as a measure: "in flight caller > callee".
Measure make_occupancy(const System& system, CanisterId caller, CanisterId callee);

}  // namespace heddle
