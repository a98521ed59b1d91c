// The arithmetic of WebAssembly, one function an operator, on C++'s types: std::uint32_t for i32,
// std::uint64_t for i64.
//
// Where the result may be a NaN whose bits the specification leaves open, it is the canonical one.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <heddle/wasm/engine/trap.h>

namespace heddle::wasm::internal {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

[[noreturn]] void raise(TrapKind kind);

template <class T>
using Signed = std::make_signed_t<T>;

/// Slots (types.h) to values and back.
template <class T>
inline T from_slot(u64 slot) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<u32>(slot));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(slot);
  } else {
    return static_cast<T>(slot);
  }
}

template <class T>
inline u64 to_slot(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<u32>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<u64>(value);
  } else {
    return u64{value};
  }
}

/// What a load of a `Stored` gives as a `T`: the bits of a float, else the number, extended.
template <class T, class Stored>
inline u64 extended_slot(Stored value) {
  if constexpr (std::is_floating_point_v<T>) {
    return u64{value};
  } else {
    return u64{static_cast<T>(value)};
  }
}

// Integers.

template <class T>
u32 is_zero(T a) {
  return a == 0 ? 1 : 0;
}

template <class T>
u32 equal(T a, T b) {
  return a == b ? 1 : 0;
}

template <class T>
u32 not_equal(T a, T b) {
  return a != b ? 1 : 0;
}

template <class T>
u32 less_s(T a, T b) {
  return static_cast<Signed<T>>(a) < static_cast<Signed<T>>(b) ? 1 : 0;
}

/// Unsigned integers and floats alike.
template <class T>
u32 less(T a, T b) {
  return a < b ? 1 : 0;
}

template <class T>
u32 greater_s(T a, T b) {
  return less_s(b, a);
}

template <class T>
u32 greater(T a, T b) {
  return a > b ? 1 : 0;
}

template <class T>
u32 at_most_s(T a, T b) {
  return static_cast<Signed<T>>(a) <= static_cast<Signed<T>>(b) ? 1 : 0;
}

template <class T>
u32 at_most(T a, T b) {
  return a <= b ? 1 : 0;
}

template <class T>
u32 at_least_s(T a, T b) {
  return at_most_s(b, a);
}

template <class T>
u32 at_least(T a, T b) {
  return a >= b ? 1 : 0;
}

template <class T>
T leading_zeros(T a) {
  return static_cast<T>(std::countl_zero(a));
}

template <class T>
T trailing_zeros(T a) {
  return static_cast<T>(std::countr_zero(a));
}

template <class T>
T ones(T a) {
  return static_cast<T>(std::popcount(a));
}

template <class T>
T bit_and(T a, T b) {
  return a & b;
}

template <class T>
T bit_or(T a, T b) {
  return a | b;
}

template <class T>
T bit_xor(T a, T b) {
  return a ^ b;
}

/// Shifts and rotations are by the amount modulo the width.
template <class T>
constexpr T kShiftMask = std::numeric_limits<T>::digits - 1;

template <class T>
T shift_left(T a, T b) {
  return a << (b & kShiftMask<T>);
}

template <class T>
T shift_right(T a, T b) {
  return a >> (b & kShiftMask<T>);
}

template <class T>
T shift_right_s(T a, T b) {
  return static_cast<T>(static_cast<Signed<T>>(a) >> (b & kShiftMask<T>));
}

template <class T>
T rotate_left(T a, T b) {
  return std::rotl(a, static_cast<int>(b & kShiftMask<T>));
}

template <class T>
T rotate_right(T a, T b) {
  return std::rotr(a, static_cast<int>(b & kShiftMask<T>));
}

template <class T>
T divide_s(T a, T b) {
  if (b == 0) {
    raise(TrapKind::kIntegerDivideByZero);
  }
  if (b == static_cast<T>(-1)) {
    if (a == T{1} << kShiftMask<T>) {
      raise(TrapKind::kIntegerOverflow);
    }
    return T{0} - a;
  }
  return static_cast<T>(static_cast<Signed<T>>(a) / static_cast<Signed<T>>(b));
}

template <class T>
T divide_u(T a, T b) {
  if (b == 0) {
    raise(TrapKind::kIntegerDivideByZero);
  }
  return a / b;
}

template <class T>
T remainder_s(T a, T b) {
  if (b == 0) {
    raise(TrapKind::kIntegerDivideByZero);
  }
  if (b == static_cast<T>(-1)) {
    return 0;
  }
  return static_cast<T>(static_cast<Signed<T>>(a) % static_cast<Signed<T>>(b));
}

template <class T>
T remainder_u(T a, T b) {
  if (b == 0) {
    raise(TrapKind::kIntegerDivideByZero);
  }
  return a % b;
}

/// Takes the low bits, as a signed number of type `Narrow`.
template <class Narrow, class T>
T extend(T a) {
  return static_cast<T>(static_cast<Signed<T>>(static_cast<Narrow>(a)));
}

inline u32 wrap(u64 a) {
  return static_cast<u32>(a);
}

inline u64 extend_s(u32 a) {
  return static_cast<u64>(s64{static_cast<s32>(a)});
}

inline u64 extend_u(u32 a) {
  return a;
}

// Floats.

template <class F>
F canonical(F value) {
  return value == value ? value : std::numeric_limits<F>::quiet_NaN();
}

template <class T>
T add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return canonical(a + b);
  } else {
    return a + b;
  }
}

template <class T>
T subtract(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return canonical(a - b);
  } else {
    return a - b;
  }
}

template <class T>
T multiply(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return canonical(a * b);
  } else {
    return a * b;
  }
}

template <class F>
F divide_f(F a, F b) {
  return canonical(a / b);
}

template <class F>
F minimum(F a, F b) {
  if (a == 0 && b == 0) {
    return std::signbit(a) ? a : b;
  }
  return canonical(a != a ? a : b < a || b != b ? b : a);
}

template <class F>
F maximum(F a, F b) {
  if (a == 0 && b == 0) {
    return std::signbit(a) ? b : a;
  }
  return canonical(a != a ? a : b > a || b != b ? b : a);
}

/// These three are on the bits: NaNs keep theirs.
template <class F>
u64 sign_bit() {
  return to_slot(F{-0.0});
}

template <class F>
F absolute(F a) {
  return from_slot<F>(to_slot(a) & ~sign_bit<F>());
}

template <class F>
F negative(F a) {
  return from_slot<F>(to_slot(a) ^ sign_bit<F>());
}

template <class F>
F copy_sign(F a, F b) {
  return from_slot<F>((to_slot(a) & ~sign_bit<F>()) | (to_slot(b) & sign_bit<F>()));
}

template <class F>
F ceiling(F a) {
  return canonical(std::ceil(a));
}

template <class F>
F floor_of(F a) {
  return canonical(std::floor(a));
}

template <class F>
F truncated(F a) {
  return canonical(std::trunc(a));
}

/// Ties go to even: the rounding mode is never changed.
template <class F>
F nearest(F a) {
  return canonical(std::nearbyint(a));
}

template <class F>
F square_root(F a) {
  return canonical(std::sqrt(a));
}

/// One above the largest value of an integer type, exactly.
template <class Integer, class F>
F upper_end() {
  return std::ldexp(F{1}, std::numeric_limits<Integer>::digits);
}

/// `Integer` is the signed or unsigned type that is meant, the result its unsigned twin.
template <class Integer, class F>
std::make_unsigned_t<Integer> truncate(F a) {
  if (a != a) {
    raise(TrapKind::kInvalidConversion);
  }
  const F whole = std::trunc(a);
  if (whole < static_cast<F>(std::numeric_limits<Integer>::min()) ||
      whole >= upper_end<Integer, F>()) {
    raise(TrapKind::kIntegerOverflow);
  }
  return static_cast<std::make_unsigned_t<Integer>>(static_cast<Integer>(whole));
}

template <class Integer, class F>
std::make_unsigned_t<Integer> truncate_saturated(F a) {
  using Result = std::make_unsigned_t<Integer>;
  if (a != a) {
    return 0;
  }
  if (a <= static_cast<F>(std::numeric_limits<Integer>::min())) {
    return static_cast<Result>(std::numeric_limits<Integer>::min());
  }
  if (a >= upper_end<Integer, F>()) {
    return static_cast<Result>(std::numeric_limits<Integer>::max());
  }
  return static_cast<Result>(static_cast<Integer>(a));
}

template <class F, class T>
F convert_s(T a) {
  return static_cast<F>(static_cast<Signed<T>>(a));
}

template <class F, class T>
F convert_u(T a) {
  return static_cast<F>(a);
}

inline float demote(double a) {
  return canonical(static_cast<float>(a));
}

inline double promote(float a) {
  return canonical(static_cast<double>(a));
}

template <class To, class From>
To reinterpret(From a) {
  return std::bit_cast<To>(a);
}

}  // namespace heddle::wasm::internal
