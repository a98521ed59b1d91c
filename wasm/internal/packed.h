// Values one after the other in a string, for contents that are interned: read back by the process
// that wrote them.
#pragma once

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

}  // namespace heddle::wasm::internal
