// Numbers in the arguments of calls, found and replaced.
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/fields.h>
#include <heddle/model/numbers.h>
#include <heddle/model/principal.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>

namespace heddle {
namespace {

struct Account {
  Principal owner;
  std::optional<Nat> limit;
};

/// A program with one method of these arguments.
template <class... T>
ProgramInfo taking() {
  ProgramInfo info;
  MethodInfo method;
  method.name = "method";
  method.arguments_type = &type_info<std::tuple<T...>>;
  info.methods.push_back(method);
  return info;
}

template <class... T>
std::vector<Int> found(const T&... arguments) {
  return numbers_in(taking<T...>(), 0, to_bytes(std::tuple<T...>(arguments...)));
}

template <class... T>
std::tuple<T...> changed(std::size_t index, const Int& number, const T&... arguments) {
  return from_bytes<std::tuple<T...>>(
      with_number(taking<T...>(), 0, to_bytes(std::tuple<T...>(arguments...)), index, number));
}

TEST(Numbers, AreFoundInTheOrderInWhichTheyStand) {
  EXPECT_TRUE(found().empty());
  EXPECT_EQ(found(Nat{60}, std::string("7"), Int{-3}), (std::vector<Int>{60, -3}));
  EXPECT_EQ(found(std::int8_t{-128}, std::uint64_t{1} << 63U, true, 2.5),
            (std::vector<Int>{-128, Int(std::uint64_t{1} << 63U)}));
  EXPECT_EQ(found(Account{Principal::named("alice"), Nat{5}}, Nat{6}), (std::vector<Int>{5, 6}));
  EXPECT_EQ(found(Account{Principal::named("alice"), std::nullopt}, Nat{6}), (std::vector<Int>{6}));
  EXPECT_EQ(found(std::vector<Nat>{Nat{1}, Nat{2}}, std::array<Nat8, 2>{Nat8{3}, Nat8{4}}),
            (std::vector<Int>{1, 2, 3, 4}));
  EXPECT_EQ(found(std::variant<std::string, Nat>(Nat{9}), Nat{1}), (std::vector<Int>{9, 1}));
}

TEST(Numbers, ThatDecideOnAnOrderDoNotCount) {
  EXPECT_EQ(found(std::map<Nat, Nat>{{Nat{1}, Nat{10}}, {Nat{2}, Nat{20}}}, std::set<Nat>{Nat{3}},
                  Nat{4}),
            (std::vector<Int>{10, 20, 4}));
  EXPECT_TRUE(found(std::vector<std::uint8_t>{1, 2, 3}).empty());
}

TEST(Numbers, AreReplacedByThoseThatFit) {
  EXPECT_EQ(changed(1, 7, Nat{60}, Nat{30}), std::tuple(Nat{60}, Nat{7}));
  EXPECT_EQ(changed(0, -200, Int{3}, std::string("x")), std::tuple(Int{-200}, std::string("x")));
  EXPECT_EQ(changed(0, std::numeric_limits<std::int16_t>::min(), std::int16_t{3}),
            std::tuple(std::numeric_limits<std::int16_t>::min()));
  EXPECT_THROW(changed(0, -1, Nat{60}), Misuse);
  EXPECT_THROW(changed(0, 128, std::int8_t{1}), Misuse);
  EXPECT_THROW(changed(0, -129, std::int8_t{1}), Misuse);
  EXPECT_THROW(changed(0, 256, std::uint8_t{1}), Misuse);
  EXPECT_THROW(changed(1, 1, Nat{60}), Misuse);
}

RC_GTEST_PROP(Numbers, AnyOneIsReplacedAndTheOthersStay, ()) {
  using Arguments = std::tuple<std::vector<std::int32_t>, std::string, std::optional<std::uint8_t>,
                               std::map<std::string, std::int64_t>>;
  const auto list = *rc::gen::arbitrary<std::vector<std::int32_t>>();
  const auto text = *rc::gen::arbitrary<std::string>();
  const auto option =
      *rc::gen::oneOf(rc::gen::just(std::optional<std::uint8_t>()),
                      rc::gen::map(rc::gen::arbitrary<std::uint8_t>(),
                                   [](std::uint8_t value) { return std::optional(value); }));
  const auto entries = *rc::gen::arbitrary<std::map<std::string, std::int64_t>>();
  const std::string bytes = to_bytes(Arguments(list, text, option, entries));
  ProgramInfo info;
  info.methods.emplace_back().arguments_type = &type_info<Arguments>;
  const std::vector<Int> before = numbers_in(info, 0, bytes);
  RC_ASSERT(before.size() == list.size() + (option ? 1U : 0U) + entries.size());
  RC_PRE(!before.empty());
  const auto index = *rc::gen::inRange<std::size_t>(0, before.size());
  const auto number = *rc::gen::inRange(0, 100);
  std::vector<Int> expected = before;
  expected[index] = number;
  const std::string after = with_number(info, 0, bytes, index, number);
  RC_ASSERT(numbers_in(info, 0, after) == expected);
  // It is an encoding, the one that there is.
  RC_ASSERT(to_bytes(from_bytes<Arguments>(after)) == after);
  RC_ASSERT(std::get<1>(from_bytes<Arguments>(after)) == text);
}

}  // namespace
}  // namespace heddle
