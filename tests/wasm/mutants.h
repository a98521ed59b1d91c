// Bytes with a few random changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "wasm/module_bytes.h"

namespace heddle::wasm {

/// `original` with one to three bytes set, flipped in one bit, left out or put in.
inline Bytes mutant(const Bytes& original, std::mt19937_64& random) {
  Bytes bytes = original;
  for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
    if (bytes.empty()) {
      bytes.push_back(static_cast<std::uint8_t>(random()));
      continue;
    }
    const std::size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        bytes[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
        break;
      case 2:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     static_cast<std::uint8_t>(random()));
    }
  }
  return bytes;
}

}  // namespace heddle::wasm
