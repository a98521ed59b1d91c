// No unhandled send failure [S15]: a call that could not be sent (no free slot, or failed by the
// environment [Q3, K3]) never leaves its method uncaught.
#pragma once

#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "no unhandled send failure". A failure that the environment injected (D7) is judged as well:
/// what counts is what the canister made of it.
std::shared_ptr<const Property> make_no_unhandled_send_failure();

}  // namespace heddle
