/// When the model's clock stands at 0, as those see it who are told the time since 1970: compiled
/// canisters, and models that exchange times with them.
#pragma once

#include <cstdint>

namespace heddle {

/// Nanoseconds since 1970: some time in 2023.
inline constexpr std::uint64_t kEpochNs = 1'700'000'000ULL * 1'000'000'000ULL;

}  // namespace heddle
