// BitPlace: some bits of a plain state, as a number.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include <heddle/checker/internal/gathered_bits.h>
#include <heddle/checker/packing.h>

namespace heddle::internal {

class BitPlace {
 public:
  BitPlace() = default;

  explicit BitPlace(Root mask)
      : mask_(mask),
        count_(static_cast<std::uint8_t>(std::popcount(mask.low) + std::popcount(mask.high))),
        // With 64, numbers are not used.
        low_count_(static_cast<std::uint8_t>(std::min(std::popcount(mask.low), 63))) {}

  [[nodiscard]] Root mask() const { return mask_; }

  /// How many bits.
  [[nodiscard]] unsigned count() const { return count_; }

  /// Those bits of a state as a number, if they are 63 at most. A leaf's are its local value.
  [[nodiscard]] std::uint64_t gather(Root words) const {
    if (!gathers_fast) {
      return gather_runs(words.low, mask_.low) | gather_runs(words.high, mask_.high) << low_count_;
    }
    return gather_at_once(words.low, mask_.low) | gather_at_once(words.high, mask_.high)
                                                      << low_count_;
  }

  /// And back.
  [[nodiscard]] Root scatter(std::uint64_t number) const {
    if (!gathers_fast) {
      return {scatter_runs(number, mask_.low), scatter_runs(number >> low_count_, mask_.high)};
    }
    return {scatter_at_once(number, mask_.low), scatter_at_once(number >> low_count_, mask_.high)};
  }

 private:
  Root mask_;
  std::uint8_t count_ = 0;
  std::uint8_t low_count_ = 0;
};

}  // namespace heddle::internal
