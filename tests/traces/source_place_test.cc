// Return addresses become file and line.
#include <gtest/gtest.h>

#include <heddle/traces/source_place.h>

namespace heddle {
namespace {

/// What Var's operations do: a function that is really called and looks at where it returns to.
__attribute__((noinline)) const void* here() {
  const void* site = __builtin_return_address(0);
  asm volatile("" : : "r"(site) : "memory");
  return site;
}

// A function as if it stood in one of Heddle's headers, and was inlined into a canister.
#line 7 "model/var.h"

__attribute__((always_inline)) inline const void* as_if_in_var() {
  const void* site = here();
  asm volatile("" : : "r"(site) : "memory");
  return site;
}

#line 26 "tests/traces/source_place_test.cc"

TEST(SourcePlace, ReturnAddressIsTheLineOfTheCall) {
  SourcePlaces places;
  const std::uint32_t line = __LINE__ + 1;
  const void* site = here();
  asm volatile("" : : "r"(site) : "memory");
  EXPECT_EQ(places[site].file, "tests/traces/source_place_test.cc");
  EXPECT_EQ(places[site].line, line);
}

TEST(SourcePlace, CodeInlinedFromHeddlesHeadersIsTheLineThatCalledIt) {
  SourcePlaces places;
  const std::uint32_t line = __LINE__ + 1;
  const void* site = as_if_in_var();
  asm volatile("" : : "r"(site) : "memory");
  EXPECT_EQ(places[site].file, "tests/traces/source_place_test.cc");
  EXPECT_EQ(places[site].line, line);
}

TEST(SourcePlace, NullAndNonsenseAreUnknown) {
  SourcePlaces places;
  int local = 0;
  EXPECT_EQ(places[nullptr].line, 0U);
  EXPECT_EQ(places[&local].line, 0U);
}

TEST(SourcePlace, SourceLocationIsRelativeToTheSourceRoot) {
  const SourcePlace place = to_place(std::source_location::current());
  EXPECT_EQ(place.file, "tests/traces/source_place_test.cc");
  EXPECT_GT(place.line, 0U);
  EXPECT_EQ(to_place(std::source_location{}).line, 0U);
}

}  // namespace
}  // namespace heddle
