// The scope sentence: what a verdict covers, in words, as far as the system itself says it.
#pragma once

#include <cstdint>
#include <string>

#include <heddle/model/system.h>

namespace heddle::internal {

/// What stands for no limit of calls in flight.
inline constexpr std::uint32_t kNoLimit = 1'000'000'000;

/// "users alice, bob (withdraw); canisters ledger, bank; profile happy: no faults; limit 500".
std::string scope_of(const System& system, Profile profile);

}  // namespace heddle::internal
