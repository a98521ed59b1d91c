#include <compare>
#include <concepts>
#include <sstream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/principal.h>

#include "model/arbitrary.h"

namespace heddle {
namespace {

static_assert(std::regular<Principal> && std::totally_ordered<Principal>);

// The textual forms below are those of the Internet Computer's interface specification and of its
// well-known canisters.
TEST(Principal, WellKnownOnesHaveTheirText) {
  EXPECT_EQ(Principal::management().text(), "aaaaa-aa");
  EXPECT_EQ(Principal::anonymous().text(), "2vxsx-fae");
  EXPECT_EQ(Principal::canister(0).text(), "rwlgt-iiaaa-aaaaa-aaaaa-cai");
  EXPECT_EQ(Principal::canister(2).text(), "ryjl3-tyaaa-aaaaa-aaaba-cai") << "the ICP ledger";
  EXPECT_EQ(Principal::from_bytes("\xab\xcd\x01").text(), "em77e-bvlzu-aq");
}

TEST(Principal, ANamedOnePrintsAsItsName) {
  const Principal alice = Principal::named("alice");
  EXPECT_EQ(alice.to_string(), "alice");
  EXPECT_EQ(fmt::format("{}", alice), "alice");
  std::ostringstream out;
  out << alice << ' ' << Principal::anonymous();
  EXPECT_EQ(out.str(), "alice 2vxsx-fae");
  EXPECT_EQ(alice.name(), "alice");
  EXPECT_EQ(Principal::canister(7).name(), std::nullopt);
  EXPECT_EQ(Principal::parse(alice.text()), alice);
}

TEST(Principal, NamesAreShortAndPrintable) {
  EXPECT_NO_THROW(Principal::named(std::string(Principal::kNameSizeMax, 'x')));
  EXPECT_THROW(Principal::named(std::string(Principal::kNameSizeMax + 1, 'x')),
               std::invalid_argument);
  EXPECT_THROW(Principal::named(""), std::invalid_argument);
  EXPECT_THROW(Principal::named("two words"), std::invalid_argument);
  EXPECT_THROW(Principal::from_bytes(std::string(30, 'x')), std::invalid_argument);
}

TEST(Principal, KindsAreTold) {
  EXPECT_TRUE(Principal().is_management());
  EXPECT_TRUE(Principal::anonymous().is_anonymous());
  EXPECT_FALSE(Principal::named("alice").is_anonymous());
  EXPECT_FALSE(Principal::named("alice").is_management());
}

TEST(Principal, MalformedTextIsNoPrincipal) {
  for (const char* wrong :
       {"", "aaaaa", "aaaaa-ab", "aaaaaaa", "AAAAA-AA", "aaaaa--aa", "2vxsx-faf", "2vxsxfae",
        "alice", "rwlgt-iiaaa-aaaaa-aaaaa-ca", "aaaaa-aa-"}) {
    EXPECT_EQ(Principal::parse(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(Principal::parse(std::string(200, 'a')), std::nullopt);
}

RC_GTEST_PROP(Principal, TheTextReadsBack, (const Principal& principal)) {
  RC_ASSERT(Principal::parse(principal.text()) == principal);
}

RC_GTEST_PROP(Principal, OneWrongDigitIsNoticed, (const Principal& principal)) {
  std::string text = principal.text();
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const char other = *rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz234567-"));
  RC_PRE(text[at] != other);
  text[at] = other;
  RC_ASSERT(Principal::parse(text) == std::nullopt);
}

RC_GTEST_PROP(Principal, TheOrderIsThatOfTheBytes, (const Principal& a, const Principal& b)) {
  RC_ASSERT((a <=> b) == (a.bytes() <=> b.bytes()));
  RC_ASSERT((a == b) == (a.bytes() == b.bytes()));
  RC_ASSERT(a != b || std::hash<Principal>()(a) == std::hash<Principal>()(b));
}

}  // namespace
}  // namespace heddle
