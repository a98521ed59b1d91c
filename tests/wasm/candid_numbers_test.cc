// Numbers in Candid messages, found and replaced.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/view.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/numbers.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

Value record() {
  return parse_value(
      "record { amount = 60 : nat64; memo = blob \"\\01\\02\"; to = opt record { -5 : int; \"x\" "
      "}; "
      "fees = vec { 1 : nat16; 2 : nat16 }; kind = variant { fast = 9 : nat } }");
}

TEST(CandidNumbers, AreThoseOfTheWholeMessageInItsOrder) {
  const std::string message = encode({record(), Value(Nat(7))});
  // Fields stand in the order of their hashes.
  const std::vector<Int> numbers = numbers_in(message);
  EXPECT_EQ(numbers.size(), 6U);
  EXPECT_EQ(numbers.back(), Int(7));
  EXPECT_TRUE(numbers_in(encode({})).empty());
  EXPECT_THROW(numbers_in("no message"), Misuse);
}

TEST(CandidNumbers, AreReplacedAtTheSameTypes) {
  const std::string message = encode({record(), Value(Nat(7))});
  const std::vector<Int> before = numbers_in(message);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string changed = with_number(message, i, 3);
    std::vector<Int> expected = before;
    expected[i] = 3;
    EXPECT_EQ(numbers_in(changed), expected);
    EXPECT_EQ(decode(changed).types, decode(message).types);
  }
  EXPECT_THROW(with_number(message, before.size(), 3), Misuse);
  EXPECT_THROW(with_number(encode({Value(Nat(7))}), 0, -1), Misuse);
  EXPECT_THROW(with_number(encode({Value::unsigned_number(8, 7)}), 0, 256), Misuse);
  EXPECT_THROW(
      with_number(encode({Value::signed_number(64, 7)}), 0, *Int::parse("9223372036854775808")),
      Misuse);
  EXPECT_EQ(numbers_in(with_number(encode({Value::signed_number(8, 7)}), 0, -128)),
            (std::vector<Int>{-128}));
}

}  // namespace
}  // namespace heddle::candid
