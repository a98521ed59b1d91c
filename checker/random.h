// Random: the pseudo-random numbers of all sampling.
//
// The project's own, and fixed for ever: a seed means the same schedule on every platform and in
// every later version, which std::uniform_int_distribution does not promise. The generator is
// xoshiro256** 1.0 (David Blackman, Sebastiano Vigna, 'Scrambled Linear Pseudorandom Number
// Generators', ACM TOMS 47, 2021), its state filled by SplitMix64 (Guy Steele, Doug Lea, Christine
// Flood, 'Fast Splittable Pseudorandom Number Generators', OOPSLA 2014) as its authors advise.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace heddle {

/// SplitMix64: 64 bits of state, for filling other generators.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t state) : state_(state) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t state_;
};

/// xoshiro256**. One for each schedule: what schedule i does depends on (seed, i) alone.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  /// `state` must not be all zeros.
  explicit Random(const State& state) : state_(state) {}

  /// Stream `stream` of `seed`: SplitMix64, started at the first output for `seed` xor the first
  /// output for `stream`, fills the four words in order.
  Random(std::uint64_t seed, std::uint64_t stream) {
    SplitMix64 filler(SplitMix64(seed).next() ^ SplitMix64(stream).next());
    for (std::uint64_t& word : state_) {
      word = filler.next();
    }
  }

  /// 64 uniform bits.
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound); `bound` at least 1. The top bits, as many as bound - 1 has, of one
  /// output after the other until they are below it; for bound 1 no output is used.
  std::uint64_t below(std::uint64_t bound) {
    const auto width = static_cast<int>(std::bit_width(bound - 1));
    if (width == 0) {
      return 0;
    }
    while (true) {
      const std::uint64_t drawn = next() >> (64 - width);
      if (drawn < bound) {
        return drawn;
      }
    }
  }

 private:
  State state_{};
};

}  // namespace heddle
