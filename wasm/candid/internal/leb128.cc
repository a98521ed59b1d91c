#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <heddle/wasm/candid/internal/leb128.h>

namespace heddle::candid::internal {
namespace {

constexpr std::size_t kDigitsPerChunk = 8;  // 56 bits
constexpr std::uint64_t kChunk = std::uint64_t{1} << 56U;

/// The digits of base 128, at least one.
std::string digits_of(Nat value) {
  std::string digits;
  for (; !value.is_small(); value /= kChunk) {
    std::uint64_t chunk = (value % kChunk).small();
    for (std::size_t i = 0; i < kDigitsPerChunk; ++i, chunk >>= 7U) {
      digits.push_back(static_cast<char>(chunk & 0x7fU));
    }
  }
  std::uint64_t rest = value.small();
  do {
    digits.push_back(static_cast<char>(rest & 0x7fU));
    rest >>= 7U;
  } while (rest != 0);
  return digits;
}

Nat from_digits(std::string_view digits) {
  Nat value;
  for (std::size_t chunks = (digits.size() + kDigitsPerChunk - 1) / kDigitsPerChunk;
       chunks-- > 0;) {
    const std::string_view part = digits.substr(chunks * kDigitsPerChunk, kDigitsPerChunk);
    std::uint64_t chunk = 0;
    for (std::size_t i = part.size(); i-- > 0;) {
      chunk = chunk << 7U | (static_cast<unsigned char>(part[i]) & 0x7fU);
    }
    value *= kChunk;
    value += chunk;
  }
  return value;
}

void append_continued(std::string_view digits, std::string& out) {
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool last = i + 1 == digits.size();
    out.push_back(static_cast<char>(static_cast<unsigned char>(digits[i]) | (last ? 0U : 0x80U)));
  }
}

}  // namespace

void append_leb128(const Nat& value, std::string& out) {
  append_continued(digits_of(value), out);
}

void append_sleb128(const Int& value, std::string& out) {
  // The digits of a negative number in two's complement are those of its complement, inverted.
  const bool negative = value < 0;
  std::string digits = digits_of(negative ? Nat(-value - 1) : Nat(value));
  if ((static_cast<unsigned char>(digits.back()) & 0x40U) != 0) {
    digits.push_back(0);
  }
  if (negative) {
    std::ranges::transform(digits, digits.begin(),
                           [](char digit) { return static_cast<char>(digit ^ 0x7f); });
  }
  append_continued(digits, out);
}

Nat from_leb128(std::string_view bytes) {
  return from_digits(bytes);
}

Int from_sleb128(std::string_view bytes) {
  if ((static_cast<unsigned char>(bytes.back()) & 0x40U) == 0) {
    return from_digits(bytes);
  }
  std::string inverted(bytes);
  std::ranges::transform(inverted, inverted.begin(),
                         [](char digit) { return static_cast<char>(digit ^ 0x7f); });
  return -Int(from_digits(inverted)) - 1;
}

}  // namespace heddle::candid::internal
