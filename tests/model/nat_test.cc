#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_set>

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/nat.h>

#include "model/arbitrary.h"
#include "model/traps.h"

namespace heddle {
namespace {

using testing::cpp_int;
using testing::magnitude;
using testing::signed_magnitude;
using testing::trap_text;

static_assert(std::regular<Nat> && std::totally_ordered<Nat>);
static_assert(std::regular<Int> && std::totally_ordered<Int>);
static_assert(std::three_way_comparable_with<Nat, Int, std::strong_ordering>);
static_assert(std::is_nothrow_move_constructible_v<Nat> && std::is_nothrow_move_assignable_v<Nat>);
static_assert(std::is_convertible_v<int, Nat> && std::is_convertible_v<Nat, Int>);
static_assert(!std::is_convertible_v<Int, Nat> && std::is_constructible_v<Nat, Int>);
static_assert(!std::is_convertible_v<Nat, int> && std::is_constructible_v<int, Nat>);
static_assert(!std::is_constructible_v<Nat, bool> && !std::is_constructible_v<Nat, char> &&
              !std::is_constructible_v<Nat, double>);

constexpr Nat kFee = 10;
static_assert(kFee + 5 == 15 && kFee > 9U && kFee < std::numeric_limits<std::uint64_t>::max());

Nat nat(const cpp_int& value) {
  return *Nat::parse(value.str());
}

Int integer(const cpp_int& value) {
  return *Int::parse(value.str());
}

std::strong_ordering order(const cpp_int& a, const cpp_int& b) {
  return a.compare(b) <=> 0;
}

const Nat kTwoTo64 = Nat(std::numeric_limits<std::uint64_t>::max()) + 1;

TEST(Nat, CountsLikeABuiltInInteger) {
  Nat n = 0;
  EXPECT_EQ(n++, 0);
  EXPECT_EQ(++n, 2);
  EXPECT_EQ(n--, 2);
  EXPECT_EQ(--n, 0);
  n += 7;
  n *= 6;
  n -= 2;
  n /= 3;
  n %= 8;
  EXPECT_EQ(n, 5);
  EXPECT_EQ(1 + n, 6);
  EXPECT_EQ(10U - n, 5);
  EXPECT_EQ(n * std::int8_t{2}, 10);
}

TEST(Nat, SubtractionBelowZeroTraps) {
  EXPECT_EQ(trap_text([] { Nat(3) - 4; }), "natural subtraction underflow");
  EXPECT_EQ(trap_text([] { kTwoTo64 - (kTwoTo64 + 1); }), "natural subtraction underflow");
  EXPECT_EQ(trap_text([] {
              Nat n = 0;
              --n;
            }),
            "natural subtraction underflow");
}

TEST(Nat, ATrappedSubtractionLeavesTheNumberAlone) {
  Nat n = 3;
  EXPECT_TRUE(trap_text([&] { n -= 4; }));
  EXPECT_EQ(n, 3);
}

TEST(Nat, DivisionByZeroTraps) {
  EXPECT_EQ(trap_text([] { Nat(3) / 0; }), "division by zero");
  EXPECT_EQ(trap_text([] { Nat(3) % 0; }), "division by zero");
  EXPECT_EQ(trap_text([] { kTwoTo64 / 0; }), "division by zero");
}

TEST(Nat, ANegativeNumberIsNoNat) {
  EXPECT_EQ(trap_text([] { Nat(-1); }), "a negative number is no Nat");
  EXPECT_EQ(trap_text([] { Nat(Int(-1)); }), "a negative number is no Nat");
  EXPECT_EQ(trap_text([] { Nat(5) + -1; }), "a negative number is no Nat");
}

TEST(Nat, ComparesWithANegativeNumberWithoutATrap) {
  EXPECT_TRUE(Nat(0) > -1);
  EXPECT_TRUE(-1 < Nat(0));
  EXPECT_FALSE(Nat(5) == -5);
  EXPECT_TRUE(kTwoTo64 > std::numeric_limits<std::uint64_t>::max());
}

TEST(Nat, ConversionsToBuiltInIntegersAreChecked) {
  EXPECT_EQ(static_cast<std::uint8_t>(Nat(255)), 255);
  EXPECT_TRUE(trap_text([] { return static_cast<std::uint8_t>(Nat(256)); }));
  EXPECT_TRUE(trap_text([] { return static_cast<std::int64_t>(Nat(std::uint64_t{1} << 63U)); }));
  EXPECT_TRUE(trap_text([] { return static_cast<std::uint64_t>(kTwoTo64); }));
  EXPECT_DOUBLE_EQ(static_cast<double>(kTwoTo64), 18446744073709551616.0);
}

TEST(Nat, MinusGivesAnInt) {
  static_assert(std::is_same_v<decltype(-Nat(1)), Int>);
  EXPECT_EQ(-Nat(5), -5);
  EXPECT_EQ(-kTwoTo64, Int::parse("-18446744073709551616"));
}

TEST(Nat, MixesWithIntToAnInt) {
  static_assert(std::is_same_v<decltype(Nat(1) - Int(2)), Int>);
  EXPECT_EQ(Nat(1) - Int(2), -1);
  EXPECT_TRUE(Nat(1) > Int(-1));
  EXPECT_TRUE(Int(1) == Nat(1));
}

TEST(Nat, ReadsDigitsAndUnderscores) {
  EXPECT_EQ(Nat::parse("1_000_000"), 1'000'000);
  EXPECT_EQ(Nat::parse("007"), 7);
  EXPECT_EQ(Nat::parse("0"), 0);
  EXPECT_EQ(Nat::parse("18446744073709551616"), kTwoTo64);
  for (const char* wrong : {"", "-1", "+1", "_1", "1_", "1__0", "0x10", "1 ", "1.0", "e"}) {
    EXPECT_EQ(Nat::parse(wrong), std::nullopt) << wrong;
  }
}

TEST(Nat, PrintsDigits) {
  EXPECT_EQ(fmt::format("{} {}", Nat(12), -kTwoTo64), "12 -18446744073709551616");
  EXPECT_EQ(fmt::format("{:>4}|", Nat(12)), "  12|");
  std::ostringstream out;
  out << kTwoTo64 << ' ' << Int(-3);
  EXPECT_EQ(out.str(), "18446744073709551616 -3");
}

TEST(Nat, ThePowerOfAHugeExponentTraps) {
  EXPECT_EQ(pow(Nat(0), 0), 1);
  EXPECT_EQ(pow(Nat(1), kTwoTo64), 1);
  EXPECT_EQ(pow(Int(-1), kTwoTo64 + 1), -1);
  EXPECT_EQ(pow(Nat(2), 64), kTwoTo64);
  EXPECT_TRUE(trap_text([] { pow(Nat(2), kTwoTo64); }));
  EXPECT_TRUE(trap_text([] { pow(Nat(10), 4'000'000'000U); }));
}

TEST(Nat, ALoopToAMillionIsCheap) {
  const auto start = std::chrono::steady_clock::now();
  for (Nat i = 0; i < 1'000'000; ++i) {
  }
  const auto elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count(), 2000);
}

TEST(Nat, SelfAssignmentAndMovesKeepBigNumbers) {
  Nat a = kTwoTo64;
  const Nat& same = a;
  a = same;
  EXPECT_EQ(a, kTwoTo64);
  Nat b = std::move(a);
  EXPECT_EQ(b, kTwoTo64);
  a = 5;
  EXPECT_EQ(a, 5);
  a = std::move(b);
  EXPECT_EQ(a, kTwoTo64);
  a *= a;
  EXPECT_EQ(a, pow(Nat(2), 128));
  a -= a;
  EXPECT_EQ(a, 0);
  EXPECT_TRUE(a.is_small());
}

TEST(Int, DivisionTruncatesTowardZero) {
  EXPECT_EQ(Int(-7) / 2, -3);
  EXPECT_EQ(Int(-7) % 2, -1);
  EXPECT_EQ(Int(7) / -2, -3);
  EXPECT_EQ(Int(7) % -2, 1);
  EXPECT_EQ(trap_text([] { Int(1) / 0; }), "division by zero");
  EXPECT_EQ(trap_text([] { Int(1) % 0; }), "division by zero");
}

TEST(Int, TheSmallestOf64BitsHasANegative) {
  const Int smallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_TRUE(smallest.is_small());
  EXPECT_EQ((-smallest).to_string(), "9223372036854775808");
  EXPECT_EQ(smallest / -1, -smallest);
  EXPECT_EQ(smallest % -1, 0);
  EXPECT_EQ(abs(smallest), Nat(std::uint64_t{1} << 63U));
  EXPECT_EQ(-(-smallest), smallest);
}

TEST(Int, ConversionsToBuiltInIntegersAreChecked) {
  EXPECT_EQ(static_cast<std::uint64_t>(Int(std::numeric_limits<std::uint64_t>::max())),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(trap_text([] { return static_cast<std::uint64_t>(Int(-1)); }));
  EXPECT_TRUE(trap_text([] { return static_cast<std::uint64_t>(Int(kTwoTo64)); }));
  EXPECT_TRUE(trap_text([] { return static_cast<std::int8_t>(Int(128)); }));
  EXPECT_EQ(static_cast<std::int8_t>(Int(-128)), -128);
}

RC_GTEST_PROP(Nat, ArithmeticIsThatOfUnboundedIntegers, ()) {
  const cpp_int a = *magnitude();
  const cpp_int b = *magnitude();
  RC_ASSERT((nat(a) + nat(b)).to_string() == cpp_int(a + b).str());
  RC_ASSERT((nat(a) * nat(b)).to_string() == cpp_int(a * b).str());
  RC_ASSERT(order(a, b) == (nat(a) <=> nat(b)));
  RC_ASSERT((a == b) == (nat(a) == nat(b)));
  if (a >= b) {
    RC_ASSERT((nat(a) - nat(b)).to_string() == cpp_int(a - b).str());
  } else {
    RC_ASSERT(trap_text([&] { nat(a) - nat(b); }) == "natural subtraction underflow");
  }
  if (b != 0) {
    RC_ASSERT((nat(a) / nat(b)).to_string() == cpp_int(a / b).str());
    RC_ASSERT((nat(a) % nat(b)).to_string() == cpp_int(a % b).str());
  }
}

RC_GTEST_PROP(Int, ArithmeticIsThatOfUnboundedIntegers, ()) {
  const cpp_int a = *signed_magnitude();
  const cpp_int b = *signed_magnitude();
  RC_ASSERT((integer(a) + integer(b)).to_string() == cpp_int(a + b).str());
  RC_ASSERT((integer(a) - integer(b)).to_string() == cpp_int(a - b).str());
  RC_ASSERT((integer(a) * integer(b)).to_string() == cpp_int(a * b).str());
  RC_ASSERT((-integer(a)).to_string() == cpp_int(-a).str());
  RC_ASSERT(order(a, b) == (integer(a) <=> integer(b)));
  RC_ASSERT((a == b) == (integer(a) == integer(b)));
  if (b != 0) {
    RC_ASSERT((integer(a) / integer(b)).to_string() == cpp_int(a / b).str());
    RC_ASSERT((integer(a) % integer(b)).to_string() == cpp_int(a % b).str());
  }
}

RC_GTEST_PROP(Nat, ComparesWithBuiltInIntegersAsTheyAre, ()) {
  const cpp_int a = *magnitude();
  const std::int64_t b = static_cast<std::int64_t>(*testing::limb());
  const std::uint64_t c = *testing::limb();
  RC_ASSERT((nat(a) <=> b) == order(a, cpp_int(b)));
  RC_ASSERT((nat(a) == b) == (a == cpp_int(b)));
  RC_ASSERT((nat(a) <=> c) == order(a, cpp_int(c)));
  RC_ASSERT((integer(a) <=> Int(c)) == order(a, cpp_int(c)));
}

RC_GTEST_PROP(Nat, EqualNumbersHaveOneFormHoweverTheyCameAbout, (const Nat& a, const Nat& b)) {
  const Nat back = (a + b) - b;
  RC_ASSERT(back == a);
  RC_ASSERT(back.is_small() == a.is_small());
  RC_ASSERT(std::hash<Nat>()(back) == std::hash<Nat>()(a));
  const Int round_trip = (Int(a) - Int(b)) + Int(b);
  RC_ASSERT(round_trip == Int(a));
  RC_ASSERT(std::hash<Int>()(round_trip) == std::hash<Int>()(Int(a)));
  RC_ASSERT(Nat(round_trip) == a);
}

RC_GTEST_PROP(Int, ItsTextReadsBack, (const Int& a)) {
  RC_ASSERT(Int::parse(a.to_string()) == a);
  RC_ASSERT(Int::parse(fmt::format("{}", a)) == a);
}

}  // namespace
}  // namespace heddle
