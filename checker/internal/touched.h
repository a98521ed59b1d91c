// What an event touches, as far as the event itself says.
#pragma once

#include <heddle/model/event.h>

namespace heddle::internal {

/// The canister where code runs or a response arrives. A rejected request tells its caller. Time
/// passes nowhere in particular.
inline CanisterId touched_canister(const Event& event) {
  return event.kind == EventKind::kRejectRequest ? event.from : event.to;
}

}  // namespace heddle::internal
