#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <type_traits>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/sized.h>

#include "model/arbitrary.h"
#include "model/traps.h"

namespace heddle {
namespace {

using testing::trap_text;

static_assert(std::regular<Nat8> && std::totally_ordered<Int64>);
static_assert(std::is_trivially_copyable_v<Nat64> && sizeof(Nat8) == 1 && sizeof(Int64) == 8);
static_assert(!std::is_convertible_v<Nat8, Nat16> && std::is_constructible_v<Nat16, Nat8>);
static_assert(!std::is_convertible_v<Nat8, Nat> && std::is_constructible_v<Nat, Nat8>);
static_assert(!std::is_convertible_v<Nat, Nat8> && std::is_constructible_v<Nat8, Nat>);
static_assert(!std::is_convertible_v<Nat8, int> && std::is_constructible_v<int, Nat8>);
static_assert(Nat8(200) + 55 == 255 && wrapping_add(Nat8(200), 56) == 0);

template <class T>
class SizedOf : public ::testing::Test {};

using Builtins = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t,
                                  std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(SizedOf, Builtins);

/// The bounded result of an unbounded one, as a trap or a value.
template <class T>
std::optional<Sized<T>> bounded(const Int& exact) {
  if (exact < Int(Sized<T>::min()) || exact > Int(Sized<T>::max())) {
    return std::nullopt;
  }
  return Sized<T>(exact);
}

template <class T, class Body>
std::optional<Sized<T>> result_of(Body body) {
  std::optional<Sized<T>> result;
  const auto text = trap_text([&] { result = body(); });
  RC_ASSERT(text.value_or("arithmetic overflow") == "arithmetic overflow");
  return result;
}

TYPED_TEST(SizedOf, OperationsAreTheUnboundedOnesOrTrap) {
  using T = TypeParam;
  EXPECT_TRUE(rc::check("bounded", [](Sized<T> a, Sized<T> b) {
    RC_ASSERT(result_of<T>([&] { return a + b; }) == bounded<T>(Int(a) + Int(b)));
    RC_ASSERT(result_of<T>([&] { return a - b; }) == bounded<T>(Int(a) - Int(b)));
    RC_ASSERT(result_of<T>([&] { return a * b; }) == bounded<T>(Int(a) * Int(b)));
    if (b != 0) {
      RC_ASSERT(result_of<T>([&] { return a / b; }) == bounded<T>(Int(a) / Int(b)));
      RC_ASSERT(result_of<T>([&] { return a % b; }) == bounded<T>(Int(a) % Int(b)));
    }
    RC_ASSERT((a <=> b) == (Int(a) <=> Int(b)));
    RC_ASSERT((a == b) == (Int(a) == Int(b)));
  }));
}

TYPED_TEST(SizedOf, WrappingIsModuloTheWidth) {
  using T = TypeParam;
  EXPECT_TRUE(rc::check("wrapped", [](Sized<T> a, Sized<T> b) {
    const Int modulus = pow(Int(2), 8 * sizeof(T));
    const auto same = [&](Sized<T> wrapped, const Int& exact) {
      return (Int(wrapped) - exact) % modulus == 0;
    };
    RC_ASSERT(same(wrapping_add(a, b), Int(a) + Int(b)));
    RC_ASSERT(same(wrapping_sub(a, b), Int(a) - Int(b)));
    RC_ASSERT(same(wrapping_mul(a, b), Int(a) * Int(b)));
    RC_ASSERT(same(wrapping_neg(a), -Int(a)));
  }));
}

TYPED_TEST(SizedOf, CheckedAndSaturatingAgreeWithTheUnboundedResult) {
  using T = TypeParam;
  EXPECT_TRUE(rc::check("checked", [](Sized<T> a, Sized<T> b) {
    const auto saturated = [](const Int& exact) {
      return exact < Int(Sized<T>::min())   ? Sized<T>::min()
             : exact > Int(Sized<T>::max()) ? Sized<T>::max()
                                            : Sized<T>(exact);
    };
    RC_ASSERT(checked_add(a, b) == bounded<T>(Int(a) + Int(b)));
    RC_ASSERT(checked_sub(a, b) == bounded<T>(Int(a) - Int(b)));
    RC_ASSERT(checked_mul(a, b) == bounded<T>(Int(a) * Int(b)));
    RC_ASSERT(saturating_add(a, b) == saturated(Int(a) + Int(b)));
    RC_ASSERT(saturating_sub(a, b) == saturated(Int(a) - Int(b)));
    RC_ASSERT(saturating_mul(a, b) == saturated(Int(a) * Int(b)));
  }));
}

TYPED_TEST(SizedOf, DivisionByZeroTraps) {
  using T = TypeParam;
  EXPECT_EQ(trap_text([] { Sized<T>(1) / 0; }), "division by zero");
  EXPECT_EQ(trap_text([] { Sized<T>(1) % 0; }), "division by zero");
}

TYPED_TEST(SizedOf, PrintsPlainDigits) {
  using T = TypeParam;
  std::ostringstream out;
  out << Sized<T>(65);
  EXPECT_EQ(out.str(), "65");
  EXPECT_EQ(fmt::format("{}", Sized<T>(65)), "65");
}

TEST(Sized, ALiteralOutsideTheRangeTraps) {
  EXPECT_EQ(trap_text([] { Nat8(256); }), "arithmetic overflow");
  EXPECT_EQ(trap_text([] { Nat8(-1); }), "arithmetic overflow");
  EXPECT_EQ(trap_text([] { Int8(128); }), "arithmetic overflow");
}

TEST(Sized, ComparesWithBuiltInIntegersAsTheyAre) {
  EXPECT_TRUE(Nat8(3) < 1000);
  EXPECT_TRUE(Nat8(3) > -1);
  EXPECT_FALSE(Int8(-1) == 255U);
}

TEST(Sized, ConversionsBetweenSizesAreChecked) {
  EXPECT_EQ(Nat8(Nat64(255)), 255);
  EXPECT_TRUE(trap_text([] { Nat8(Nat64(256)); }));
  EXPECT_TRUE(trap_text([] { Nat8(Int8(-1)); }));
  EXPECT_TRUE(trap_text([] { Nat8(Nat(256)); }));
  EXPECT_TRUE(trap_text([] { Nat(Int8(-1)); }));
  EXPECT_EQ(Nat(Nat64::max()), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(Int(Int8::min()), -128);
}

TEST(Sized, MinusTheMinimumTraps) {
  EXPECT_EQ(-Int8(5), -5);
  EXPECT_EQ(trap_text([] { -Int8::min(); }), "arithmetic overflow");
  EXPECT_EQ(trap_text([] { Int8::min() / -1; }), "arithmetic overflow");
  EXPECT_EQ(Int8::min() % -1, 0);
}

TEST(Sized, BitsAreThoseOfTheWidth) {
  EXPECT_EQ(~Nat8(1), 254);
  EXPECT_EQ(~Int8(0), -1);
  EXPECT_EQ(Nat8(0b1100) & 0b1010, 0b1000);
  EXPECT_EQ(Nat8(0b1100) | 0b1010, 0b1110);
  EXPECT_EQ(Nat8(0b1100) ^ 0b1010, 0b0110);
  EXPECT_EQ(Nat8(0x81) << 1, 0x02);
  EXPECT_EQ(Nat8(0x81) >> 1, 0x40);
  EXPECT_EQ(Int8(-128) >> 7, -1);
  EXPECT_EQ(Nat8(1) << 9, 2) << "the count is taken modulo the width";
}

TEST(Sized, TrappedOperationsLeaveTheNumberAlone) {
  Nat8 n = 255;
  EXPECT_TRUE(trap_text([&] { ++n; }));
  EXPECT_EQ(n, 255);
  Int8 i = -128;
  EXPECT_TRUE(trap_text([&] { i /= -1; }));
  EXPECT_EQ(i, -128);
}

}  // namespace
}  // namespace heddle
