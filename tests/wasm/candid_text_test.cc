#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/sized.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

std::string refusal(std::string_view text, std::string_view types = {}) {
  try {
    if (types.empty()) {
      parse_arguments(text);
    } else {
      parse_arguments(text, types_of(parse_types(types)));
    }
  } catch (const CandidError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CandidText, LiteralsWithoutTypesAreWhatTheyLookLike) {
  const std::vector<Value> values = parse_arguments(
      R"((principal "aaaaa-aa", 100 : nat64, record { owner = "bob"; 5 = true }, opt 3,)"
      R"( vec { 1; -2 }, blob "\00\ffA", variant { ok = 1 }, variant { none }, null, "a\u{1F600}",)"
      R"( func "aaaaa-aa".read, service "aaaaa-aa", 1_000, 0xff, -5 : int, 1.5 : float64, 2e3,)"
      R"( null : opt nat, 7 : nat))");
  ASSERT_EQ(values.size(), 19U);
  EXPECT_EQ(values[0], Value(Principal::management()));
  EXPECT_EQ(values[1], Value(Nat64(100)));
  EXPECT_EQ(*values[2].find("owner"), Value::text("bob"));
  EXPECT_EQ(*values[2].find(5), Value(true));
  EXPECT_EQ(values[3], Value::opt(Int(3)));
  EXPECT_EQ(values[4], Value::vec({Int(1), Int(-2)}));
  EXPECT_EQ(values[5], Value::blob(std::string("\0\xff"
                                               "A",
                                               3)));
  EXPECT_EQ(values[6], Value::variant(Label("ok"), Int(1)));
  EXPECT_EQ(values[7], Value::variant(Label("none")));
  EXPECT_EQ(values[8], Value());
  EXPECT_EQ(values[9], Value::text("a\xf0\x9f\x98\x80"));
  EXPECT_EQ(values[10], Value::func(Principal::management(), "read"));
  EXPECT_EQ(values[11], Value::service(Principal::management()));
  EXPECT_EQ(values[12], Value(Int(1000)));
  EXPECT_EQ(values[13], Value(Int(255)));
  EXPECT_EQ(values[14], Value(Int(-5)));
  EXPECT_EQ(values[15], Value(1.5));
  EXPECT_EQ(values[16], Value(2000.0));
  EXPECT_EQ(values[17], Value::opt());
  EXPECT_EQ(values[18], Value(Nat(7)));
}

TEST(CandidText, TypesDecideWhatALiteralIs) {
  const std::vector<Type> types =
      types_of(parse_types("(nat8, float32, opt nat, record { a : nat; b : opt text }, blob,"
                           " reserved, vec nat16, opt nat)"));
  const std::vector<Value> values =
      parse_arguments(R"((1, 2, 3, record { a = 4 }, vec { 5; 6 }, "x", vec { 7 }))", types);
  EXPECT_EQ(values,
            (std::vector<Value>{Nat8(1), 2.0F, Value::opt(Nat(3)),
                                Value::record({{Label("a"), Nat(4)}, {Label("b"), Value::opt()}}),
                                Value::blob("\x05\x06"), Value::reserved(), Value::vec({Nat16(7)}),
                                Value::opt()}));
}

TEST(CandidText, CommentsAreSkipped) {
  EXPECT_EQ(parse_value("/* a /* nested */ one */ 5 // five"), Value(Int(5)));
}

TEST(CandidText, NumbersReadInAllTheirForms) {
  EXPECT_EQ(parse_value("0xFFFF_FFFF_FFFF_FFFF_FFFF"),
            Value(*Int::parse("1208925819614629174706175")));
  EXPECT_EQ(parse_value("-123_456_789_012_345_678_901"),
            Value(*Int::parse("-123456789012345678901")));
  EXPECT_EQ(parse_value("0x1.8p1"), Value(3.0));
  EXPECT_EQ(parse_value("1."), Value(1.0));
  EXPECT_EQ(parse_value("+5"), Value(Int(5)));
}

TEST(CandidText, MistakesAreShownWhereTheyAre) {
  EXPECT_EQ(refusal("(100 : nat63)"),
            "line 1, column 8: there is no type named nat63; did you mean nat64?\n"
            "    (100 : nat63)\n"
            "           ^");
  EXPECT_EQ(refusal("(\n  5,\n  \"ß\" x)"),
            "line 3, column 7: expected , or ) after a value, found x\n"
            "      \"ß\" x)\n"
            "          ^");
  EXPECT_EQ(refusal("(256)", "(nat8)"),
            "line 1, column 2: 256 does not fit nat8, which ends at 255\n"
            "    (256)\n"
            "     ^");
  EXPECT_EQ(refusal("(record { ownr = 1 })", "(record { owner : opt nat })"),
            "line 1, column 18: there is no field ownr in record { owner : opt nat }\n"
            "    (record { ownr = 1 })\n"
            "                     ^");
  EXPECT_EQ(refusal("(1, 2)", "(nat)"),
            "line 1, column 5: there are 2 values, but the types are (nat)\n"
            "    (1, 2)\n"
            "        ^");
}

TEST(CandidText, MistakesSayWhatIsWrong) {
  const struct {
    std::string_view text;
    std::string_view types;
    std::string_view says;
  } rows[] = {
      {"(", "", "expected a value, found the end"},
      {"(hello)", "", "hello is no value; texts stand in double quotes"},
      {"('a')", "", "this character means nothing here; texts stand in double quotes"},
      {R"(("a)", "", "this text has no end; a double quote is missing"},
      {R"(("\q"))", "", "this escape means nothing"},
      {R"(("\u{d800}"))", "", "the hexadecimal number of a Unicode scalar value"},
      {R"(("\ff"))", "", "this text is not UTF-8; bytes are written blob"},
      {"(/* )", "", "this comment has no end"},
      {"(1__0)", "", "underscores stand singly between digits"},
      {"(0x)", "", "0x is followed by no hexadecimal digits"},
      {"(1e)", "", "the exponent of this number has no digits"},
      {"(vec { 1, 2 })", "", "elements are separated by semicolons"},
      {"(record { a : 1 })", "", "a is no value"},
      {"(variant { a; b })", "", "expected } after the one case of a variant"},
      {"(record { 1 = 2; 1 = 3 })", "", "field 1 occurs twice"},
      {R"((principal "aaaaa-ab"))", "", "\"aaaaa-ab\" is no principal; its checksum does not fit"},
      {"(-1)", "(nat)", "expected nat, found a whole number; it is negative"},
      {"(1.0)", "(nat)", "expected nat, found a number with a point"},
      {"(5 : int)", "(nat)", "expected nat, found int (5)"},
      {R"(("x"))", "(principal)", "write principal before the text"},
      {R"(("x"))", "(blob)", "write blob before the text"},
      {"(5)", "(opt opt nat)", "write opt before the value"},
      {"()", "(nat)", "argument 1 is missing, a nat"},
      {"(record {})", "(record { a : nat })", "field a is missing, a nat"},
      {"(variant { c })", "(variant { a; b })", "c is no case of variant { a; b }"},
      {"(5)", "(empty)", "this type has no values"},
      {"(5 : record { a : nat; a : int })", "", "field a occurs twice"},
  };

  for (const auto& row : rows) {
    EXPECT_NE(refusal(row.text, row.types).find(row.says), std::string::npos)
        << row.text << ": " << refusal(row.text, row.types);
  }
}

TEST(CandidText, NestingIsBounded) {
  for (const std::string_view piece : {"(", "opt ", "record { ", "vec { "}) {
    std::string deep = "(";
    std::string type = "(";
    for (int i = 0; i < 100'000; ++i) {
      deep += piece;
      type += "opt ";
    }
    EXPECT_NE(refusal(deep).find("nest more than 500 deep"), std::string::npos) << piece;
    EXPECT_THROW(parse_types(type), CandidError);
  }
}

TEST(CandidText, PrincipalsMayHaveNames) {
  ParseOptions options;
  options.principal_of_name = [](std::string_view name) {
    return name == "alice" ? std::optional(Principal::named(name)) : std::nullopt;
  };
  const Value alice = parse_value(R"(principal "alice")", options);
  EXPECT_EQ(alice, Value(Principal::named("alice")));
  EXPECT_THROW(parse_value(R"(principal "bob")", options), CandidError);

  PrintOptions print;
  print.name_of_principal = [](const Principal& principal) {
    const auto name = principal.name();
    return name ? std::optional(std::string(*name)) : std::nullopt;
  };
  EXPECT_EQ(to_text(alice, print), R"(principal "alice")");
  EXPECT_EQ(to_text(Value(Principal::management()), print), R"(principal "aaaaa-aa")");
}

TEST(CandidText, ValuesPrintSoThatTheyReadWithoutTypes) {
  const std::string text =
      R"((500 : nat, 5, 1.5, 2.0 : float32, opt (3 : nat8), "a\n\"", blob "\00A", record { 1; 2 },)"
      R"( record { "two words" = true; amount = 1 : nat }, variant { ok = vec {} },)"
      R"( func "aaaaa-aa"."get it", null : reserved))";
  EXPECT_EQ(to_text(parse_arguments(text)), text);
}

TEST(CandidText, LongValuesBreakIntoLines) {
  PrintOptions options;
  options.width = 30;
  EXPECT_EQ(to_text(parse_arguments("(record { owner = \"somebody\"; list = vec { 1; 2 } }, 5)"),
                    options),
            "(\n"
            "  record {\n"
            "    owner = \"somebody\";\n"
            "    list = vec { 1; 2 };\n"
            "  },\n"
            "  5,\n"
            ")");
}

TEST(CandidText, LongValuesAreShortenedOnRequest) {
  std::vector<Value> numbers;
  for (int i = 0; i < 100; ++i) {
    numbers.emplace_back(Int(i));
  }
  const PrintOptions options = PrintOptions::shortened();
  EXPECT_EQ(to_text(Value::vec(numbers), options), "vec { 0; 1; 2; 3; 4; 5; 6; 7; ... 92 more }");
  EXPECT_EQ(to_text(Value::blob(std::string(50, 'a')), options),
            "blob \"" + std::string(40, 'a') + "\"... 50 bytes");
  EXPECT_EQ(to_text(Value::text("☃☃☃☃☃☃☃☃☃☃☃☃☃☃"), options), "\"☃☃☃☃☃☃☃☃☃☃☃☃☃\"... 42 bytes");
}

}  // namespace
}  // namespace heddle::candid
