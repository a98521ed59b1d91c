// Growth: what is open in a canister and what waits in front of it has a bound.
//
// Each open call keeps a context, a slot of its pair and what its code remembers; a canister that
// takes on work faster than its callees answer runs out of one of them [Q3, S15].
#pragma once

#include <cstdint>
#include <memory>

#include <heddle/properties/property.h>

namespace heddle {

/// "at most 3 calls open in bank": suspended, or ended with calls of their own still open.
std::shared_ptr<const Property> make_open_at_most(const System& system, CanisterId canister,
                                                  std::uint32_t most);

/// "at most 2 queued bank > ledger": requests that have not started.
std::shared_ptr<const Property> make_queued_at_most(const System& system, CanisterId caller,
                                                    CanisterId callee, std::uint32_t most);

}  // namespace heddle
