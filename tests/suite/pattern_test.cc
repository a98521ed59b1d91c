#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/suite/internal/pattern.h>

namespace heddle::internal {
namespace {

TEST(Pattern, AStarMatchesAnyCharactersSlashesToo) {
  EXPECT_TRUE(matches("*", "withdraw/buggy"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("with*", "withdraw/buggy"));
  EXPECT_TRUE(matches("*buggy*", "withdraw/buggy_guard"));
  EXPECT_TRUE(matches("w*/*y", "withdraw/buggy"));
  EXPECT_TRUE(matches("**", "withdraw/buggy"));
  EXPECT_FALSE(matches("*fixed", "withdraw/buggy"));
  EXPECT_FALSE(matches("draw*", "withdraw/buggy"));
}

TEST(Pattern, WithoutAStarItIsTheName) {
  EXPECT_TRUE(matches("withdraw/buggy", "withdraw/buggy"));
  EXPECT_FALSE(matches("withdraw", "withdraw/buggy"));
  EXPECT_FALSE(matches("withdraw/bugg?", "withdraw/buggy"));
  EXPECT_FALSE(matches("", "withdraw/buggy"));
}

TEST(Pattern, AStarInsideRetriesLaterPlaces) {
  EXPECT_TRUE(matches("*ab", "aab"));
  EXPECT_TRUE(matches("a*b*c", "abbbbc"));
  EXPECT_FALSE(matches("a*b*d", "abbbbc"));
}

RC_GTEST_PROP(Pattern, CuttingAnywhereAndPuttingAStarMatches, ()) {
  const auto name = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '/'));
  const auto from = *rc::gen::inRange<std::size_t>(0, name.size() + 1);
  const auto to = *rc::gen::inRange<std::size_t>(from, name.size() + 1);
  RC_ASSERT(matches(name.substr(0, from) + "*" + name.substr(to), name));
}

TEST(Pattern, NearestOffersWhatDiffersLittle) {
  const std::vector<std::string> names = {"withdraw/buggy", "withdraw/guard", "counter/any_order"};
  EXPECT_EQ(nearest("withdrow/buggy", names).front(), "withdraw/buggy");
  EXPECT_EQ(nearest("any_order", names), std::vector<std::string>{"counter/any_order"});
  EXPECT_TRUE(nearest("completely different", names).empty());
}

}  // namespace
}  // namespace heddle::internal
