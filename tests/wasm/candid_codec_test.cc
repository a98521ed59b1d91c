// What messages cost at most, and what is said of those that do not fit.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/nat.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/subtype.h>
#include <heddle/wasm/candid/text.h>

#include "wasm/candid_bytes.h"

namespace heddle::candid {
namespace {

std::vector<Type> types(std::string_view text) {
  return types_of(parse_types(text));
}

std::string refusal(const std::string& bytes, std::string_view at,
                    const DecodeLimits& limits = {}) {
  try {
    decode(bytes, types(at), limits);
  } catch (const CandidError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CandidCodec, ErrorsSayWhereInTheMessageAndInTheValue) {
  const std::vector<Type> sent =
      types("(nat, record { owner : text; list : vec record { amount : int } })");
  const std::string bytes =
      encode(parse_arguments(
                 R"((1, record { owner = "bob"; list = vec { record { amount = 1 } } }))", sent),
             sent);
  EXPECT_EQ(refusal(bytes, "(nat, record { owner : principal })"),
            "argument 2, field owner: expected principal, found text (\"bob\") (at byte 33); the "
            "sender was made for another interface");
  const std::string deep = refusal(bytes, "(nat, record { list : vec record { amount : nat } })");
  EXPECT_NE(
      deep.find("argument 2, field list, element 1, field amount: expected nat, found int (1)"),
      std::string::npos)
      << deep;
  EXPECT_EQ(refusal(bytes, "(nat, record {}, bool)").substr(0, 31),
            "argument 3 is missing, a bool; ");
}

TEST(CandidCodec, TheByteThatErrorsNameIsWhereTheValueBegins) {
  for (const std::string_view value : {"(1, 2)", "(1000, 2)", "(1, 1000)"}) {
    const std::string bytes =
        encode(parse_arguments(value, types("(nat, nat)")), types("(nat, nat)"));
    try {
      decode(bytes, types("(nat, text)"));
      FAIL();
    } catch (const CandidError& error) {
      const std::size_t second = value == "(1000, 2)" ? 2 : 1;
      EXPECT_EQ(error.details().offset, 8 + second) << value;
      EXPECT_EQ(error.details().path, "argument 2");
    }
  }
}

TEST(CandidCodec, LimitsHoldAndSayWhichTheyAre) {
  DecodeLimits limits;
  limits.values_max = 10;
  limits.empty_values_max = 5;
  limits.depth_max = 4;
  limits.types_max = 3;
  limits.number_bytes_max = 8;

  const struct {
    std::string_view bytes;
    std::string_view types;
    std::string_view says;  // nothing if it is accepted
  } rows[] = {
      {"01 6d 7e 01 00 09 00 00 00 00 00 00 00 00 00", "(vec bool)", ""},
      {"01 6d 7e 01 00 0a 00 00 00 00 00 00 00 00 00 00", "(vec bool)", "DecodeLimits::values_max"},
      {"01 6d 7f 01 00 05", "(vec null)", ""},
      {"01 6d 7f 01 00 06", "(vec null)", "6 elements, but only 0 bytes follow"},
      {"02 6d 01 6c 01 00 7f 01 00 03", "(vec record { null })", "DecodeLimits::empty_values_max"},
      {"01 6e 00 01 00 01 01 01 00", "(reserved)", ""},
      {"01 6e 00 01 00 01 01 01 01 00", "(reserved)", "DecodeLimits::depth_max"},
      {"03 6e 7f 6e 7f 6e 7f 00", "()", ""},
      {"04 6e 7f 6e 7f 6e 7f 6e 7f 00", "()", "DecodeLimits::types_max"},
      {"00 01 7d 80 80 80 80 80 80 80 01", "(nat)", ""},
      {"00 01 7d 80 80 80 80 80 80 80 80 01", "(nat)", "DecodeLimits::number_bytes_max"},
  };

  for (const auto& row : rows) {
    const std::string says = refusal(message(row.bytes), row.types, limits);
    EXPECT_NE(says.find(row.says.empty() ? "accepted" : row.says), std::string::npos)
        << row.bytes << ": " << says;
  }
}

TEST(CandidCodec, FieldsThatAreMadeUpCountAsValues) {
  DecodeLimits limits;
  limits.values_max = 4;
  const std::string bytes = encode({Value::record({})});
  EXPECT_EQ(
      refusal(bytes, "(record { a : opt nat; b : opt nat; c : reserved; d : opt nat })", limits),
      "accepted");
  EXPECT_NE(refusal(bytes, "(record { opt nat; opt nat; opt nat; opt nat; opt nat })", limits)
                .find("too many fields to make up for"),
            std::string::npos);
}

TEST(CandidCodec, ComparingTypesIsBounded) {
  DecodeLimits limits;
  limits.subtype_steps_max = 2;
  const std::vector<Type> func = types("(func (nat, nat, nat, nat) -> (text))");
  const std::string bytes = encode(parse_arguments(R"((func "aaaaa-aa".m))", func), func);
  EXPECT_NE(refusal(bytes, "(func (nat, nat, nat, nat) -> (text))", limits)
                .find("DecodeLimits::subtype_steps_max"),
            std::string::npos);
}

TEST(CandidCodec, LongListsNestAsFarAsTheLimitAllows) {
  const Interface list = parse_did("type List = opt record { int; List }");
  const Type type = *list.definition("List");
  const auto nested = [](int length) {
    Value value = Value::opt();
    for (int i = 0; i < length; ++i) {
      value = Value::opt(Value::tuple({Int(i), value}));
    }
    return value;
  };
  EXPECT_EQ(decode(encode({nested(490)}, {type}), {type}), std::vector<Value>{nested(490)});
  EXPECT_THROW(decode(encode({nested(510)}, {type}), {type}), CandidError);
}

TEST(CandidCodec, AnOptionThatDoesNotFitIsNullWhateverItsSize) {
  std::vector<Value> options(10'000, Value::opt(Value::text("x")));
  const std::vector<Value> read = decode(encode({Value::vec(options)}), types("(vec opt nat)"));
  EXPECT_EQ(read.front(), Value::vec(std::vector<Value>(10'000, Value::opt())));
}

TEST(CandidCodec, BytesWithoutTheMagicAreNamed) {
  EXPECT_EQ(refusal("hello", "()"),
            "a Candid message begins with DIDL, this does not (at byte 0); these are raw bytes, or "
            "another encoding");
}

TEST(CandidCodec, ValuesAreEncodedAtTheTypesGiven) {
  EXPECT_EQ(encode({Nat(5)}, types("(int, opt nat)")), message("01 6e 7d 02 7c 00 05 00"));
  EXPECT_THROW(encode({Int(5)}, types("(nat)")), CandidError);
  EXPECT_THROW(encode({Nat(5), Nat(6)}, types("(nat)")), CandidError);
  EXPECT_THROW(encode({}, types("(nat)")), CandidError);
}

TEST(CandidCodec, ElementsOfOneVecHaveACommonType) {
  EXPECT_EQ(to_text(type_of(parse_value("vec { variant { a }; variant { b = 5 } }"))),
            "vec variant { a; b : int }");
  EXPECT_EQ(to_text(type_of(parse_value("vec { null; opt 5 }"))), "vec opt int");
  EXPECT_EQ(to_text(type_of(parse_value("vec { record { a = 1; b = 2 }; record { a = 3 } }"))),
            "vec record { a : int }");
  EXPECT_EQ(to_text(type_of(parse_value("vec {}"))), "vec empty");
  EXPECT_THROW(type_of(parse_value("vec { 1; \"x\" }")), CandidError);
}

TEST(CandidSubtype, ReasonsNameTheWay) {
  const auto why = [](std::string_view sub, std::string_view super) {
    return why_no_subtype(parse_type(sub), parse_type(super)).value_or("it is one");
  };
  EXPECT_EQ(why("service { f : (record { a : nat }) -> (nat) }",
                "service { f : (record { a : text }) -> (nat) }"),
            "method f, argument 1, field a: text is no nat");
  EXPECT_EQ(why("func () -> () query", "func () -> ()"), "it is query, not an update");
  EXPECT_EQ(why("variant { a; b }", "variant { a }"), "case b is not expected");
  EXPECT_EQ(why("record {}", "record { a : nat }"), "field a is missing");
  EXPECT_EQ(why("func () -> ()", "func () -> (nat)"), "result 1 is missing");
  EXPECT_EQ(why("func (nat) -> ()", "func () -> ()"), "argument 1 is missing");
  EXPECT_EQ(why("service {}", "service { get : () -> () }"), "method get is missing");
  EXPECT_EQ(why("vec nat", "vec int"), "it is one");
}

TEST(CandidType, TypesAreEqualByStructure) {
  const Interface types = parse_did(
      "type A = opt record { A }; type B = opt record { opt record { B } }; type C = opt record { "
      "1 : C }");
  EXPECT_EQ(*types.definition("A"), *types.definition("B"));
  EXPECT_NE(*types.definition("A"), *types.definition("C"));
  EXPECT_EQ(parse_type("record { a : nat; b : int }"), parse_type("record { b : int; a : nat }"));
  EXPECT_NE(parse_type("func (nat) -> ()"), parse_type("func () -> (nat)"));
}

}  // namespace
}  // namespace heddle::candid
