// Permutation: of up to 16 things, in one word.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::internal {

class Permutation {
 public:
  static constexpr std::size_t kSizeMax = 16;

  /// Leaves everything where it is.
  constexpr Permutation() = default;

  static constexpr Permutation transposition(unsigned left, unsigned right) {
    Permutation permutation;
    permutation.set(left, right);
    permutation.set(right, left);
    return permutation;
  }

  constexpr unsigned operator[](unsigned from) const {
    return static_cast<unsigned>(code_ >> (4 * from) & 15U);
  }

  constexpr void set(unsigned from, unsigned to) {
    code_ &= ~(std::uint64_t{15} << (4 * from));
    code_ |= std::uint64_t{to} << (4 * from);
  }

  /// This one, and then `next`.
  [[nodiscard]] constexpr Permutation then(Permutation next) const {
    Permutation both;
    for (unsigned i = 0; i < kSizeMax; ++i) {
      both.set(i, next[(*this)[i]]);
    }
    return both;
  }

  [[nodiscard]] constexpr Permutation inverse() const {
    Permutation inverse;
    for (unsigned i = 0; i < kSizeMax; ++i) {
      inverse.set((*this)[i], i);
    }
    return inverse;
  }

  [[nodiscard]] constexpr bool is_identity() const { return code_ == kIdentity; }

  /// What it does to those in the mask, as one word.
  [[nodiscard]] constexpr std::uint64_t code(std::uint32_t mask) const {
    std::uint64_t code = 0;
    for (unsigned i = 0; mask != 0; ++i, mask >>= 1U) {
      if ((mask & 1U) != 0) {
        code |= (code_ ^ kIdentity) & std::uint64_t{15} << (4 * i);
      }
    }
    return code;  // 0: they stay
  }

  friend constexpr bool operator==(const Permutation&, const Permutation&) = default;

 private:
  static constexpr std::uint64_t kIdentity = 0xfedcba9876543210;

  std::uint64_t code_ = kIdentity;
};

}  // namespace heddle::internal
