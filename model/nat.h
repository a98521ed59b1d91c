/// Motoko's unbounded numbers: `Nat` (0, 1, 2, ...) and `Int`.
///
/// Both are regular values. Numbers that fit 64 bits live in place and every operation on them is
/// inline, so that a loop written as in Motoko, `for (Nat i = 0; i < 1'000'000; ++i) {}`, costs
/// what a loop over built-in integers costs. Larger ones are a `boost::multiprecision::cpp_int` on
/// the heap, behind functions in nat.cc; this header stays small.
///
/// What Motoko traps on, traps here: a `Nat` below zero, division by zero, a conversion that does
/// not fit.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

#include <heddle/model/internal/integer.h>
#include <heddle/model/internal/print.h>
#include <heddle/model/trap.h>

namespace heddle {

class Int;
class Nat;
template <internal::BuiltinInteger T>
class Sized;

namespace internal {

struct Big;
Big* clone(const Big& big);
void destroy(Big* big) noexcept;

/// Owns the heap part of a number, or nothing. A `unique_ptr` with value semantics; spelled out
/// because `unique_ptr` is not constexpr in C++20 and `constexpr Nat kFee = 10;` should work.
class BigHandle {
 public:
  constexpr BigHandle() = default;

  constexpr explicit BigHandle(Big* big) noexcept : big_(big) {}

  constexpr BigHandle(const BigHandle& other)
      : big_(other.big_ == nullptr ? nullptr : clone(*other.big_)) {}

  constexpr BigHandle(BigHandle&& other) noexcept : big_(std::exchange(other.big_, nullptr)) {}

  constexpr BigHandle& operator=(const BigHandle& other) {
    if ((big_ != nullptr || other.big_ != nullptr) && this != &other) {
      *this = BigHandle(other);
    }
    return *this;
  }

  constexpr BigHandle& operator=(BigHandle&& other) noexcept {
    if (big_ != nullptr || other.big_ != nullptr) {
      BigHandle moved(std::move(other));
      std::swap(big_, moved.big_);
    }
    return *this;
  }

  constexpr ~BigHandle() {
    if (big_ != nullptr) {
      destroy(big_);
    }
  }

  constexpr explicit operator bool() const { return big_ != nullptr; }

  constexpr const Big& operator*() const { return *big_; }

 private:
  Big* big_ = nullptr;
};

enum class Operation : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kRemainder };

Nat calculate(Operation operation, const Nat& a, const Nat& b);
Int calculate(Operation operation, const Int& a, const Int& b);

[[noreturn]] void trap_negative();
[[noreturn]] void trap_loss(std::string_view type);

}  // namespace internal

/// A natural number of any size. Subtraction below zero traps ("natural subtraction underflow"),
/// division by zero traps, and so does the conversion of a negative integer.
class Nat {
 public:
  constexpr Nat() = default;

  /// Any built-in integer converts; a negative one traps.
  template <internal::BuiltinInteger T>
  constexpr Nat(T value)
      : small_(static_cast<std::uint64_t>(value)) {  // NOLINT: implicit on purpose
    if constexpr (std::is_signed_v<T>) {
      if (value < 0) [[unlikely]] {
        internal::trap_negative();
      }
    }
  }

  /// Traps if `value` is negative.
  explicit Nat(const Int& value);

  /// Traps if `value` is negative. Defined in sized.h.
  template <class T>
  constexpr explicit Nat(Sized<T> value);

  /// Reads decimal digits, with `_` allowed between them as in Motoko; nothing if `text` is
  /// anything else.
  static std::optional<Nat> parse(std::string_view text);

  /// Converts to a built-in integer; traps if the value does not fit.
  template <internal::BuiltinInteger T>
  constexpr explicit operator T() const {
    if (big_ || !std::in_range<T>(small_)) [[unlikely]] {
      internal::trap_loss("a built-in integer");
    }
    return static_cast<T>(small_);
  }

  /// The nearest double.
  explicit operator double() const;

  constexpr Nat& operator+=(const Nat& other) {
    std::uint64_t sum = 0;
    if (!is_small() || !other.is_small() || __builtin_add_overflow(small_, other.small_, &sum))
        [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kAdd, *this, other);
    }
    small_ = sum;
    return *this;
  }

  constexpr Nat& operator-=(const Nat& other) {
    if (!is_small() || !other.is_small() || small_ < other.small_) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kSubtract, *this, other);
    }
    small_ -= other.small_;
    return *this;
  }

  constexpr Nat& operator*=(const Nat& other) {
    std::uint64_t product = 0;
    if (!is_small() || !other.is_small() || __builtin_mul_overflow(small_, other.small_, &product))
        [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kMultiply, *this, other);
    }
    small_ = product;
    return *this;
  }

  constexpr Nat& operator/=(const Nat& other) {
    if (!is_small() || !other.is_small() || other.small_ == 0) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kDivide, *this, other);
    }
    small_ /= other.small_;
    return *this;
  }

  constexpr Nat& operator%=(const Nat& other) {
    if (!is_small() || !other.is_small() || other.small_ == 0) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kRemainder, *this, other);
    }
    small_ %= other.small_;
    return *this;
  }

  constexpr Nat& operator++() { return *this += Nat(1U); }

  constexpr Nat& operator--() { return *this -= Nat(1U); }

  constexpr Nat operator++(int) {
    Nat before = *this;
    ++*this;
    return before;
  }

  constexpr Nat operator--(int) {
    Nat before = *this;
    --*this;
    return before;
  }

  friend constexpr Nat operator+(Nat a, const Nat& b) { return std::move(a += b); }

  friend constexpr Nat operator-(Nat a, const Nat& b) { return std::move(a -= b); }

  friend constexpr Nat operator*(Nat a, const Nat& b) { return std::move(a *= b); }

  friend constexpr Nat operator/(Nat a, const Nat& b) { return std::move(a /= b); }

  friend constexpr Nat operator%(Nat a, const Nat& b) { return std::move(a %= b); }

  friend Int operator-(const Nat& value);

  friend constexpr bool operator==(const Nat& a, const Nat& b) {
    return a.small_ == b.small_ && ((!a.big_ && !b.big_) || compare(a, b) == 0);
  }

  friend constexpr std::strong_ordering operator<=>(const Nat& a, const Nat& b) {
    return a.is_small() && b.is_small() ? a.small_ <=> b.small_ : compare(a, b);
  }

  /// Comparisons with a built-in integer convert nothing, so `n > -1` is true and no trap.
  template <internal::BuiltinInteger T>
  friend constexpr bool operator==(const Nat& a, T b) {
    return a.is_small() && std::cmp_equal(a.small_, b);
  }

  template <internal::BuiltinInteger T>
  friend constexpr std::strong_ordering operator<=>(const Nat& a, T b) {
    if (!a.is_small() || std::cmp_greater(a.small_, b)) {
      return std::strong_ordering::greater;
    }
    return std::cmp_less(a.small_, b) ? std::strong_ordering::less : std::strong_ordering::equal;
  }

  /// The decimal digits.
  std::string to_string() const;
  std::size_t hash() const;

  friend std::ostream& operator<<(std::ostream& out, const Nat& value);

  /// Whether the value fits 64 bits, in which case `small()` is it.
  constexpr bool is_small() const { return !big_; }

  constexpr std::uint64_t small() const { return small_; }

 private:
  friend class Int;
  friend struct internal::Big;

  static std::strong_ordering compare(const Nat& a, const Nat& b);

  std::uint64_t small_ = 0;  // 0 while big_ holds the value
  internal::BigHandle
      big_;  // holds a value only if it does not fit small_, so equal numbers look equal
};

/// An integer of any size. Division truncates toward zero and the remainder has the sign of the
/// dividend, as in Motoko; division by zero traps.
class Int {
 public:
  constexpr Int() = default;

  template <internal::BuiltinInteger T>
  constexpr Int(T value) {  // NOLINT: implicit on purpose
    if (std::in_range<std::int64_t>(value)) [[likely]] {
      small_ = static_cast<std::int64_t>(value);
    } else {
      *this = from_unsigned(static_cast<std::uint64_t>(value));
    }
  }

  /// Every natural number is an integer.
  constexpr Int(const Nat& value) {  // NOLINT: implicit on purpose
    if (value.is_small() && std::in_range<std::int64_t>(value.small_)) [[likely]] {
      small_ = static_cast<std::int64_t>(value.small_);
    } else {
      *this = from_nat(value);
    }
  }

  /// Defined in sized.h.
  template <class T>
  constexpr explicit Int(Sized<T> value);

  /// Reads decimal digits with an optional sign, with `_` allowed between digits; nothing if `text`
  /// is anything else.
  static std::optional<Int> parse(std::string_view text);

  /// Converts to a built-in integer; traps if the value does not fit.
  template <internal::BuiltinInteger T>
  constexpr explicit operator T() const {
    if (is_small() && std::in_range<T>(small_)) [[likely]] {
      return static_cast<T>(small_);
    }
    if constexpr (sizeof(T) == sizeof(std::uint64_t) && std::is_unsigned_v<T>) {
      return static_cast<T>(to_unsigned());
    } else {
      internal::trap_loss("a built-in integer");
    }
  }

  /// The nearest double.
  explicit operator double() const;

  constexpr Int& operator+=(const Int& other) {
    std::int64_t sum = 0;
    if (!is_small() || !other.is_small() || __builtin_add_overflow(small_, other.small_, &sum))
        [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kAdd, *this, other);
    }
    small_ = sum;
    return *this;
  }

  constexpr Int& operator-=(const Int& other) {
    std::int64_t difference = 0;
    if (!is_small() || !other.is_small() ||
        __builtin_sub_overflow(small_, other.small_, &difference)) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kSubtract, *this, other);
    }
    small_ = difference;
    return *this;
  }

  constexpr Int& operator*=(const Int& other) {
    std::int64_t product = 0;
    if (!is_small() || !other.is_small() || __builtin_mul_overflow(small_, other.small_, &product))
        [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kMultiply, *this, other);
    }
    small_ = product;
    return *this;
  }

  constexpr Int& operator/=(const Int& other) {
    if (!divides_in_place(other)) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kDivide, *this, other);
    }
    small_ /= other.small_;
    return *this;
  }

  constexpr Int& operator%=(const Int& other) {
    if (!divides_in_place(other)) [[unlikely]] {
      return *this = internal::calculate(internal::Operation::kRemainder, *this, other);
    }
    small_ %= other.small_;
    return *this;
  }

  constexpr Int& operator++() { return *this += Int(1); }

  constexpr Int& operator--() { return *this -= Int(1); }

  constexpr Int operator++(int) {
    Int before = *this;
    ++*this;
    return before;
  }

  constexpr Int operator--(int) {
    Int before = *this;
    --*this;
    return before;
  }

  friend constexpr Int operator+(Int a, const Int& b) { return std::move(a += b); }

  friend constexpr Int operator-(Int a, const Int& b) { return std::move(a -= b); }

  friend constexpr Int operator*(Int a, const Int& b) { return std::move(a *= b); }

  friend constexpr Int operator/(Int a, const Int& b) { return std::move(a /= b); }

  friend constexpr Int operator%(Int a, const Int& b) { return std::move(a %= b); }

  friend constexpr Int operator-(const Int& value) { return Int() - value; }

  friend constexpr Int operator+(const Int& value) { return value; }

  friend constexpr bool operator==(const Int& a, const Int& b) {
    return a.small_ == b.small_ && ((!a.big_ && !b.big_) || compare(a, b) == 0);
  }

  friend constexpr std::strong_ordering operator<=>(const Int& a, const Int& b) {
    return a.is_small() && b.is_small() ? a.small_ <=> b.small_ : compare(a, b);
  }

  /// The decimal digits, with `-` in front of a negative number.
  std::string to_string() const;
  std::size_t hash() const;

  friend std::ostream& operator<<(std::ostream& out, const Int& value);

  /// Whether the value fits 64 bits, in which case `small()` is it.
  constexpr bool is_small() const { return !big_; }

  constexpr std::int64_t small() const { return small_; }

 private:
  friend struct internal::Big;

  static Int from_unsigned(std::uint64_t value);
  static Int from_nat(const Nat& value);
  std::uint64_t to_unsigned() const;
  static std::strong_ordering compare(const Int& a, const Int& b);

  /// The one quotient of small numbers that is not small is minimum / -1.
  constexpr bool divides_in_place(const Int& divisor) const {
    return is_small() && divisor.is_small() && divisor.small_ != 0 && divisor.small_ != -1;
  }

  std::int64_t small_ = 0;  // 0 while big_ holds the value
  internal::BigHandle
      big_;  // holds a value only if it does not fit small_, so equal numbers look equal
};

inline Int operator-(const Nat& value) {
  return -Int(value);
}

/// The distance from zero.
Nat abs(const Int& value);

/// `base` to the power `exponent`; 0 to the power 0 is 1. Traps if the result would not fit memory.
Nat pow(const Nat& base, const Nat& exponent);
Int pow(const Int& base, const Nat& exponent);

namespace internal {

/// Unbounded LEB128 (7 bits a byte, least first) of a number that does not fit 64 bits, for the
/// codec.
std::string to_leb128(const Nat& value);
/// The number with this LEB128.
Nat from_leb128(std::string_view bytes);

}  // namespace internal
}  // namespace heddle

template <>
struct std::hash<heddle::Nat> {
  std::size_t operator()(const heddle::Nat& value) const { return value.hash(); }
};

template <>
struct std::hash<heddle::Int> {
  std::size_t operator()(const heddle::Int& value) const { return value.hash(); }
};

template <>
struct fmt::formatter<heddle::Nat> : heddle::internal::TextFormatter {
  fmt::format_context::iterator format(const heddle::Nat& value,
                                       fmt::format_context& context) const {
    return format_text(value.to_string(), context);
  }
};

template <>
struct fmt::formatter<heddle::Int> : heddle::internal::TextFormatter {
  fmt::format_context::iterator format(const heddle::Int& value,
                                       fmt::format_context& context) const {
    return format_text(value.to_string(), context);
  }
};
