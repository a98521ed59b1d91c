/// Motoko's bounded numbers, `Nat8` to `Nat64` and `Int8` to `Int64`.
///
/// They are types of their own and not C++'s, because C++'s wrap, promote and mix signs without a
/// word. Here every operation that leaves the range traps ("arithmetic overflow"), and wrapping
/// happens only where it is written: `wrapping_add(a, b)`. Conversions between different sizes are
/// explicit and checked.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

#include <heddle/model/internal/integer.h>
#include <heddle/model/internal/print.h>
#include <heddle/model/nat.h>
#include <heddle/model/trap.h>

namespace heddle {
namespace internal {

[[noreturn]] void trap_overflow();

}  // namespace internal

/// An integer with the range of `T` whose operations trap when the result does not fit.
template <internal::BuiltinInteger T>
class Sized {
 public:
  using Builtin = T;

  static constexpr Sized min() { return Sized(std::numeric_limits<T>::min()); }

  static constexpr Sized max() { return Sized(std::numeric_limits<T>::max()); }

  constexpr Sized() = default;

  /// Any built-in integer converts; one that does not fit traps.
  template <internal::BuiltinInteger U>
  constexpr Sized(U value) : value_(checked(value)) {}  // NOLINT: implicit on purpose

  /// Another size; traps if the value does not fit.
  template <class U>

  requires(!std::same_as<T, U>) constexpr explicit Sized(Sized<U> value)
      : value_(checked(value.value())) {}

  /// Traps if the value does not fit.
  explicit Sized(const Nat& value) : value_(static_cast<T>(value)) {}

  explicit Sized(const Int& value) : value_(static_cast<T>(value)) {}

  constexpr T value() const { return value_; }

  /// Converts to a built-in integer; traps if the value does not fit.
  template <internal::BuiltinInteger U>
  constexpr explicit operator U() const {
    if (!std::in_range<U>(value_)) [[unlikely]] {
      internal::trap_loss("a built-in integer");
    }
    return static_cast<U>(value_);
  }

  constexpr explicit operator double() const { return static_cast<double>(value_); }

  constexpr Sized& operator+=(Sized other) {
    T result = 0;
    if (__builtin_add_overflow(value_, other.value_, &result)) [[unlikely]] {
      internal::trap_overflow();
    }
    value_ = result;
    return *this;
  }

  constexpr Sized& operator-=(Sized other) {
    T result = 0;
    if (__builtin_sub_overflow(value_, other.value_, &result)) [[unlikely]] {
      internal::trap_overflow();
    }
    value_ = result;
    return *this;
  }

  constexpr Sized& operator*=(Sized other) {
    T result = 0;
    if (__builtin_mul_overflow(value_, other.value_, &result)) [[unlikely]] {
      internal::trap_overflow();
    }
    value_ = result;
    return *this;
  }

  constexpr Sized& operator/=(Sized other) {
    check_division(other);
    value_ = static_cast<T>(value_ / other.value_);
    return *this;
  }

  /// The remainder has the sign of the dividend; minimum % -1 is 0.
  constexpr Sized& operator%=(Sized other) {
    if (is_minus_one(other)) {
      return *this = Sized();
    }
    check_division(other);
    value_ = static_cast<T>(value_ % other.value_);
    return *this;
  }

  constexpr Sized& operator&=(Sized other) { return *this = from_bits(bits() & other.bits()); }

  constexpr Sized& operator|=(Sized other) { return *this = from_bits(bits() | other.bits()); }

  constexpr Sized& operator^=(Sized other) { return *this = from_bits(bits() ^ other.bits()); }

  /// Shifts by `count` modulo the width, as Motoko and Wasm do. A right shift of a signed number
  /// keeps the sign.
  constexpr Sized& operator<<=(Sized count) { return *this = from_bits(bits() << count.shift()); }

  constexpr Sized& operator>>=(Sized count) {
    value_ = static_cast<T>(value_ >> count.shift());
    return *this;
  }

  constexpr Sized& operator++() { return *this += Sized(1); }

  constexpr Sized& operator--() { return *this -= Sized(1); }

  constexpr Sized operator++(int) {
    const Sized before = *this;
    ++*this;
    return before;
  }

  constexpr Sized operator--(int) {
    const Sized before = *this;
    --*this;
    return before;
  }

  friend constexpr Sized operator+(Sized a, Sized b) { return a += b; }

  friend constexpr Sized operator-(Sized a, Sized b) { return a -= b; }

  friend constexpr Sized operator*(Sized a, Sized b) { return a *= b; }

  friend constexpr Sized operator/(Sized a, Sized b) { return a /= b; }

  friend constexpr Sized operator%(Sized a, Sized b) { return a %= b; }

  friend constexpr Sized operator&(Sized a, Sized b) { return a &= b; }

  friend constexpr Sized operator|(Sized a, Sized b) { return a |= b; }

  friend constexpr Sized operator^(Sized a, Sized b) { return a ^= b; }

  friend constexpr Sized operator<<(Sized a, Sized b) { return a <<= b; }

  friend constexpr Sized operator>>(Sized a, Sized b) { return a >>= b; }

  friend constexpr Sized operator~(Sized a) { return from_bits(static_cast<Bits>(~a.bits())); }

  /// Signed numbers only; minus the minimum traps.
  friend constexpr Sized operator-(Sized a) requires std::is_signed_v<T> { return Sized() - a; }

  friend constexpr bool operator==(Sized, Sized) = default;
  friend constexpr std::strong_ordering operator<=>(Sized, Sized) = default;

  /// Comparisons with a built-in integer convert nothing, so `Nat8(3) < 1000` is true and no trap.
  template <internal::BuiltinInteger U>
  friend constexpr bool operator==(Sized a, U b) {
    return std::cmp_equal(a.value_, b);
  }

  template <internal::BuiltinInteger U>
  friend constexpr std::strong_ordering operator<=>(Sized a, U b) {
    if (std::cmp_equal(a.value_, b)) {
      return std::strong_ordering::equal;
    }
    return std::cmp_less(a.value_, b) ? std::strong_ordering::less : std::strong_ordering::greater;
  }

  /// The decimal digits, with `-` in front of a negative number.
  std::string to_string() const { return std::to_string(value_); }

  friend std::ostream& operator<<(std::ostream& out, Sized value) {
    return internal::print(out, value.to_string());
  }

 private:
  // Wide enough that no operation on it promotes to a signed type.
  using Bits = std::common_type_t<std::make_unsigned_t<T>, unsigned>;

  template <class U>
  static constexpr T checked(U value) {
    if (!std::in_range<T>(value)) [[unlikely]] {
      internal::trap_overflow();
    }
    return static_cast<T>(value);
  }

  static constexpr Sized from_bits(Bits bits) {
    Sized result;
    result.value_ = static_cast<T>(static_cast<std::make_unsigned_t<T>>(bits));
    return result;
  }

  static constexpr bool is_minus_one(Sized value) {
    if constexpr (std::is_signed_v<T>) {
      return value.value_ == -1;
    } else {
      return false;
    }
  }

  constexpr Bits bits() const { return static_cast<std::make_unsigned_t<T>>(value_); }

  constexpr unsigned shift() const { return static_cast<unsigned>(bits() % (8 * sizeof(T))); }

  constexpr void check_division(Sized divisor) const {
    if (divisor.value_ == 0) [[unlikely]] {
      trap("division by zero");
    }
    if (is_minus_one(divisor) && value_ == std::numeric_limits<T>::min()) [[unlikely]] {
      internal::trap_overflow();
    }
  }

  T value_ = 0;
};

using Nat8 = Sized<std::uint8_t>;
using Nat16 = Sized<std::uint16_t>;
using Nat32 = Sized<std::uint32_t>;
using Nat64 = Sized<std::uint64_t>;
using Int8 = Sized<std::int8_t>;
using Int16 = Sized<std::int16_t>;
using Int32 = Sized<std::int32_t>;
using Int64 = Sized<std::int64_t>;

/// Addition, subtraction, multiplication and negation modulo two to the width.
template <class T>
constexpr Sized<T> wrapping_add(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  static_cast<void>(__builtin_add_overflow(a.value(), b.value(), &result));
  return result;
}

template <class T>
constexpr Sized<T> wrapping_sub(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  static_cast<void>(__builtin_sub_overflow(a.value(), b.value(), &result));
  return result;
}

template <class T>
constexpr Sized<T> wrapping_mul(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  static_cast<void>(__builtin_mul_overflow(a.value(), b.value(), &result));
  return result;
}

template <class T>
constexpr Sized<T> wrapping_neg(Sized<T> a) {
  return wrapping_sub(Sized<T>(), a);
}

/// The result, or nothing where it does not fit; what Rust code writes for "or else reject".
template <class T>
constexpr std::optional<Sized<T>> checked_add(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  return __builtin_add_overflow(a.value(), b.value(), &result) ? std::nullopt
                                                               : std::optional<Sized<T>>(result);
}

template <class T>
constexpr std::optional<Sized<T>> checked_sub(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  return __builtin_sub_overflow(a.value(), b.value(), &result) ? std::nullopt
                                                               : std::optional<Sized<T>>(result);
}

template <class T>
constexpr std::optional<Sized<T>> checked_mul(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  T result = 0;
  return __builtin_mul_overflow(a.value(), b.value(), &result) ? std::nullopt
                                                               : std::optional<Sized<T>>(result);
}

/// The result, or the nearest number of the range.
template <class T>
constexpr Sized<T> saturating_add(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  return checked_add(a, b).value_or(b < 0 ? Sized<T>::min() : Sized<T>::max());
}

template <class T>
constexpr Sized<T> saturating_sub(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  return checked_sub(a, b).value_or(b < 0 ? Sized<T>::max() : Sized<T>::min());
}

template <class T>
constexpr Sized<T> saturating_mul(Sized<T> a, std::type_identity_t<Sized<T>> b) {
  return checked_mul(a, b).value_or((a < 0) != (b < 0) ? Sized<T>::min() : Sized<T>::max());
}

template <class T>
constexpr Nat::Nat(Sized<T> value) : Nat(value.value()) {}

template <class T>
constexpr Int::Int(Sized<T> value) : Int(value.value()) {}

}  // namespace heddle

template <class T>
struct std::hash<heddle::Sized<T>> {
  std::size_t operator()(heddle::Sized<T> value) const { return std::hash<T>()(value.value()); }
};

template <class T>
struct fmt::formatter<heddle::Sized<T>> : heddle::internal::TextFormatter {
  fmt::format_context::iterator format(heddle::Sized<T> value, fmt::format_context& context) const {
    return format_text(value.to_string(), context);
  }
};
