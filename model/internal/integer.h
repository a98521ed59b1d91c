/// Which of C++'s own types count as integers in the model.
#pragma once

#include <type_traits>

namespace heddle::internal {

template <class T>
inline constexpr bool kIsCharacter = false;
template <>
inline constexpr bool kIsCharacter<char> = true;
template <>
inline constexpr bool kIsCharacter<wchar_t> = true;
template <>
inline constexpr bool kIsCharacter<char8_t> = true;
template <>
inline constexpr bool kIsCharacter<char16_t> = true;
template <>
inline constexpr bool kIsCharacter<char32_t> = true;

/// A built-in integer: neither `bool` nor a character type.
template <class T>
concept BuiltinInteger = std::is_integral_v<T> && !std::is_same_v<std::remove_cv_t<T>, bool> &&
                         !kIsCharacter<std::remove_cv_t<T>>;

}  // namespace heddle::internal
