// Values one after the other in a string, for contents that are interned: read back by the process
// that wrote them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <heddle/model/view.h>

namespace heddle::wasm::internal {

/// Padding would make equal values unequal bytes: of scalars and of structs without any.
template <class T>
void append(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes the next value off the front. Throws BrokenInvariant when there is none.
template <class T>
T take(std::string_view& bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  if (bytes.size() < sizeof value) {
    throw BrokenInvariant("packed values are cut short");
  }
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

/// In as few bytes as it needs, seven bits each, the lowest first.
inline void append_number(std::string& bytes, std::uint32_t number) {
  for (; number > 0x7fU; number >>= 7U) {
    bytes.push_back(static_cast<char>(number | 0x80U));
  }
  bytes.push_back(static_cast<char>(number));
}

inline std::uint32_t take_number(std::string_view& bytes) {
  std::uint32_t number = 0;
  for (unsigned shift = 0; shift < 32; shift += 7) {
    const auto part = take<std::uint8_t>(bytes);
    number |= (part & 0x7fU) << shift;
    if (part <= 0x7fU) {
      return number;
    }
  }
  throw BrokenInvariant("a packed number does not end");
}

}  // namespace heddle::wasm::internal
