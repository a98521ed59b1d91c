/// What the first word of a Motoko object says that it is.
#pragma once

#include <cstdint>

namespace heddle::wasm::internal {

/// Odd, so that none is a pointer.
enum MotokoTag : std::uint64_t {
  kObject = 1,
  kArrayImmutable = 3,
  kArrayMutable = 5,
  kArrayTuple = 7,
  kArrayShared = 9,
  kBits64Unsigned = 11,
  kBits64Signed = 13,
  kBits64Float = 15,
  kMutBox = 17,
  kClosure = 19,
  kSome = 21,
  kVariant = 23,
  kBlob = 25,
  kText = 27,
  kPrincipal = 29,
  kActor = 31,
  kBigInt = 35,
  kConcatenation = 37,
  kRegion = 39,
  kBits32Unsigned = 41,
  kBits32Signed = 43,
  kBits32Float = 45,  ///< 32 bits only
  kBox64 = 45,        ///< 64 bits: one field
  kNull = 47,
};

/// The value null, with 64 bits.
inline constexpr std::uint64_t kNull64 = 0xfffffffffffffffbU;

}  // namespace heddle::wasm::internal
