// Some bits of a word as a small number, and back.
//
// x86-64 has instructions for both (BMI2: pext, pdep), which Intel's processors perform in three
// cycles since 2013 and AMD's since 2020; elsewhere the bits are gathered run by run.
#pragma once

#include <bit>
#include <cstdint>

namespace heddle::internal {

/// The bits of `word` where `mask` has ones, moved together at the lower end.
[[gnu::noinline]] inline std::uint64_t gather_runs(std::uint64_t word, std::uint64_t mask) {
  std::uint64_t bits = 0;
  for (int at = 0; mask != 0;) {
    const int begin = std::countr_zero(mask);
    const int size = std::countr_one(mask >> begin);
    const std::uint64_t ones = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
    bits |= (word >> begin & ones) << at;
    mask &= ~(ones << begin);
    at += size;
  }
  return bits;
}

/// The other way: the lowest bits, where `mask` has ones.
[[gnu::noinline]] inline std::uint64_t scatter_runs(std::uint64_t bits, std::uint64_t mask) {
  std::uint64_t word = 0;
  while (mask != 0) {
    const int begin = std::countr_zero(mask);
    const int size = std::countr_one(mask >> begin);
    const std::uint64_t ones = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
    word |= (bits & ones) << begin;
    mask &= ~(ones << begin);
    bits = size == 64 ? 0 : bits >> size;
  }
  return word;
}

#if defined(__x86_64__) && defined(__GNUC__)

/// Whether the processor gathers bits fast.
inline const bool gathers_fast = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_is("znver1") == 0 &&
         __builtin_cpu_is("znver2") == 0;
}();

// As assembly, so that code for any processor can contain them. Only where `gathers_fast`.

[[gnu::always_inline]] inline std::uint64_t gather_at_once(std::uint64_t word, std::uint64_t mask) {
  std::uint64_t bits = 0;
  asm("pextq %2, %1, %0" : "=r"(bits) : "r"(word), "r"(mask));
  return bits;
}

[[gnu::always_inline]] inline std::uint64_t scatter_at_once(std::uint64_t bits,
                                                            std::uint64_t mask) {
  std::uint64_t word = 0;
  asm("pdepq %2, %1, %0" : "=r"(word) : "r"(bits), "r"(mask));
  return word;
}

#else

inline constexpr bool gathers_fast = false;

inline std::uint64_t gather_at_once(std::uint64_t word, std::uint64_t mask) {
  return gather_runs(word, mask);
}

inline std::uint64_t scatter_at_once(std::uint64_t bits, std::uint64_t mask) {
  return scatter_runs(bits, mask);
}

#endif

[[gnu::always_inline]] inline std::uint64_t gather_bits(std::uint64_t word, std::uint64_t mask) {
  return gathers_fast ? gather_at_once(word, mask) : gather_runs(word, mask);
}

[[gnu::always_inline]] inline std::uint64_t scatter_bits(std::uint64_t bits, std::uint64_t mask) {
  return gathers_fast ? scatter_at_once(bits, mask) : scatter_runs(bits, mask);
}

}  // namespace heddle::internal
