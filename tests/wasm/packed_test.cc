// Numbers that are packed are read back, and small ones are small.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <heddle/wasm/internal/packed.h>

namespace heddle::wasm::internal {
namespace {

TEST(Packed, NumbersAreReadBackInTheirOrder) {
  std::string bytes;
  std::size_t size = 0;
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  for (unsigned bits = 0; bits <= 32; ++bits) {
    const auto number = static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
    append_number(bytes, number);
    append_number(bytes, kMax - number);
    size = bytes.size();
  }
  std::string_view left = bytes;
  for (unsigned bits = 0; bits <= 32; ++bits) {
    const auto number = static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
    EXPECT_EQ(take_number(left), number);
    EXPECT_EQ(take_number(left), kMax - number);
  }
  EXPECT_TRUE(left.empty());
  EXPECT_LT(size, 33 * 2 * sizeof(std::uint32_t));
}

TEST(Packed, SevenBitsAreAByte) {
  for (const auto& [number, size] : {std::pair<std::uint32_t, std::size_t>{0, 1},
                                     {0x7f, 1},
                                     {0x80, 2},
                                     {0x3fff, 2},
                                     {0x4000, 3},
                                     {0xffffffff, 5}}) {
    std::string bytes;
    append_number(bytes, number);
    EXPECT_EQ(bytes.size(), size) << number;
  }
}

TEST(Packed, WhatIsCutShortIsSaid) {
  std::string bytes;
  append_number(bytes, 0x80);
  std::string_view cut = std::string_view(bytes).substr(0, 1);
  EXPECT_THROW(take_number(cut), BrokenInvariant);
  std::string_view endless("\xff\xff\xff\xff\xff\xff");
  EXPECT_THROW(take_number(endless), BrokenInvariant);
}

}  // namespace
}  // namespace heddle::wasm::internal
