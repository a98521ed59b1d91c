// What the specification's own test suite asserts (https://github.com/dfinity/candid, folder test/:
// prim, construct, reference, subtypes, overshoot and spacebomb, for version 0.1.4 of the
// specification), as tables of our own.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/text.h>

#include "wasm/candid_bytes.h"

namespace heddle::candid {
namespace {

constexpr std::string_view kDefinitions = R"(
  type Opt = opt Opt;
  type Vec = vec Vec;
  type EmptyRecord = record { EmptyRecord };
  type MuRecordOpt = record { opt MuRecordOpt };
  type OptRec = opt record { OptRec };
  type List = opt record { head : int; tail : List };
  type List1 = opt List2;
  type List2 = record { head : int; tail : List1 };
  type EmptyVariant = variant { 0 : EmptyVariant };
  type VariantList = variant { nil; cons : record { head : int; tail : VariantList } };
  type A1 = record { foo : int32; bar : bool };
  type A2 = record { foo : int32; bar : bool; bat : VariantList; baz : A1; bbb : List;
                     bib : variant { foo; bar }; bab : A1 };
  type T1 = record { 10 : T2 };
  type T2 = vec T1;
)";

/// What a row says of a message at its types.
enum class Says {
  kValue,    // it is read as the value written beside it
  kReads,    // it is read
  kRefused,  // it is not
};

struct Row {
  std::string_view bytes;  // behind DIDL
  std::string_view types;
  Says says;
  std::string_view value;  // for kValue
};

std::vector<Type> types(std::string_view text) {
  static const Interface definitions = parse_did(kDefinitions);
  return types_of(parse_types(text, definitions.parse_options()));
}

void check(const std::string& bytes, const Row& row) {
  SCOPED_TRACE(std::string(row.bytes) + " at " + std::string(row.types));
  const std::vector<Type> expected = types(row.types);
  std::optional<std::vector<Value>> values;
  std::string refused;
  try {
    values = decode(bytes, expected);
  } catch (const CandidError& error) {
    refused = error.what();
  }
  if (row.says == Says::kRefused) {
    EXPECT_FALSE(values) << "read as " << to_text(*values);
    return;
  }
  ASSERT_TRUE(values) << refused;
  if (row.says == Says::kValue) {
    EXPECT_EQ(*values, parse_arguments(row.value, expected)) << to_text(*values);
  }
  // What was read can be written, and reads as the same.
  EXPECT_EQ(decode(encode(*values, expected), expected), *values);
}

template <std::size_t kSize>
void check_all(const Row (&rows)[kSize]) {
  for (const Row& row : rows) {
    check(message(row.bytes), row);
  }
}

Row is(std::string_view bytes, std::string_view types, std::string_view value) {
  return {bytes, types, Says::kValue, value};
}

Row reads(std::string_view bytes, std::string_view types) {
  return {bytes, types, Says::kReads, {}};
}

Row refused(std::string_view bytes, std::string_view types) {
  return {bytes, types, Says::kRefused, {}};
}

TEST(CandidPublished, MessagesBeginWithTheMagicBytes) {
  for (const std::string_view bytes : {"", "00 00", "'DADL'", "'DADL' 00 00", "'DID'"}) {
    EXPECT_THROW(decode(bytes_of(bytes), std::vector<Type>()), CandidError) << bytes;
  }
}

TEST(CandidPublished, MessagesWithoutArguments) {
  const Row rows[] = {
      reads("80 00 00", "()"),  // a length may be longer than needed
      reads("00 80 00", "()"),   reads("00 00", "()"),
      refused("00 00 00", "()"), reads("00 01 7f", "()"),  // arguments that nobody asks for
      refused("00 01 6e", "()"), refused("00 01 5e", "()"),
  };
  check_all(rows);
}

TEST(CandidPublished, NullsAndBools) {
  const Row rows[] = {
      reads("00 01 7f", "(null)"),
      refused("00 01 7e", "(null)"),
      refused("00 01 7f 00", "(null)"),
      refused("00 00", "(null)"),
      is("00 01 7e 00", "(bool)", "(false)"),
      is("00 01 7e 01", "(bool)", "(true)"),
      refused("00 01 7e", "(bool)"),
      refused("00 01 7e 02", "(bool)"),
      refused("00 01 7e ff", "(bool)"),
  };
  check_all(rows);
}

TEST(CandidPublished, NumbersOfAnySize) {
  const Row rows[] = {
      is("00 01 7d 00", "(nat)", "(0)"),
      is("00 01 7d 01", "(nat)", "(1)"),
      is("00 01 7d 7f", "(nat)", "(127)"),
      is("00 01 7d 80 01", "(nat)", "(128)"),
      is("00 01 7d ff 7f", "(nat)", "(16383)"),
      refused("00 01 7d 80", "(nat)"),
      is("00 01 7d 80 00", "(nat)", "(0)"),
      is("00 01 7d ff 00", "(nat)", "(127)"),
      is("00 01 7d 80 80 98 f4 e9 b5 ca 6a", "(nat)", "(60000000000000000)"),
      is("00 01 7c 00", "(int)", "(0)"),
      is("00 01 7c 01", "(int)", "(1)"),
      is("00 01 7c 7f", "(int)", "(-1)"),
      is("00 01 7c 40", "(int)", "(-64)"),
      is("00 01 7c 80 01", "(int)", "(128)"),
      refused("00 01 7c 80", "(int)"),
      is("00 01 7c 80 00", "(int)", "(0)"),
      is("00 01 7c ff 7f", "(int)", "(-1)"),
      is("00 01 7c ff 00", "(int)", "(127)"),
      is("00 01 7c 80 7f", "(int)", "(-128)"),
      is("00 01 7c 80 80 98 f4 e9 b5 ca ea 00", "(int)", "(60000000000000000)"),
      is("00 01 7c 80 80 e8 8b 96 ca b5 95 7f", "(int)", "(-60000000000000000)"),
  };
  check_all(rows);
}

TEST(CandidPublished, NumbersOfFixedSize) {
  const Row rows[] = {
      is("00 01 7b 00", "(nat8)", "(0)"),
      is("00 01 7b ff", "(nat8)", "(255)"),
      is("00 01 7a 01 00", "(nat16)", "(1)"),
      is("00 01 7a ff 00", "(nat16)", "(255)"),
      is("00 01 7a 00 01", "(nat16)", "(256)"),
      is("00 01 7a ff ff", "(nat16)", "(65535)"),
      is("00 01 79 ff ff 00 00", "(nat32)", "(65535)"),
      is("00 01 79 ff ff ff ff", "(nat32)", "(4294967295)"),
      is("00 01 78 ff ff ff ff 00 00 00 00", "(nat64)", "(4294967295)"),
      is("00 01 78 ff ff ff ff ff ff ff ff", "(nat64)", "(18446744073709551615)"),
      is("00 01 77 01", "(int8)", "(1)"),
      is("00 01 77 ff", "(int8)", "(-1)"),
      is("00 01 76 ff 00", "(int16)", "(255)"),
      is("00 01 76 ff ff", "(int16)", "(-1)"),
      is("00 01 75 ff ff 00 00", "(int32)", "(65535)"),
      is("00 01 75 ff ff ff ff", "(int32)", "(-1)"),
      is("00 01 74 ff ff ff ff 00 00 00 00", "(int64)", "(4294967295)"),
      is("00 01 74 ff ff ff ff ff ff ff ff", "(int64)", "(-1)"),
      is("00 01 73 00 00 00 00", "(float32)", "(0.)"),
      is("00 01 73 00 00 40 40", "(float32)", "(3.)"),
      is("00 01 73 00 00 00 3f", "(float32)", "(0.5)"),
      is("00 01 73 00 00 00 bf", "(float32)", "(-0.5)"),
      is("00 01 72 00 00 00 00 00 00 00 00", "(float64)", "(0.)"),
      is("00 01 72 00 00 00 00 00 00 08 40", "(float64)", "(3.)"),
      is("00 01 72 00 00 00 00 00 00 e0 3f", "(float64)", "(0.5)"),
      is("00 01 72 00 00 00 00 00 00 e0 bf", "(float64)", "(-0.5)"),
      reads("00 01 72 01 00 00 00 00 00 f0 7f", "(float64)"),
      reads("00 01 72 ff ff ff ff ff ff ef 7f", "(float64)"),
  };
  check_all(rows);
}

TEST(CandidPublished, NumbersOfFixedSizeTakeExactlyTheirBytes) {
  const struct {
    std::string_view opcode;
    std::string_view type;
    std::size_t size;
  } kinds[] = {{"7b", "(nat8)", 1},   {"7a", "(nat16)", 2}, {"79", "(nat32)", 4},
               {"78", "(nat64)", 8},  {"77", "(int8)", 1},  {"76", "(int16)", 2},
               {"75", "(int32)", 4},  {"74", "(int64)", 8}, {"73", "(float32)", 4},
               {"72", "(float64)", 8}};

  for (const auto& kind : kinds) {
    for (std::size_t size = 0; size <= kind.size + 1; ++size) {
      const std::string bytes = message("00 01") + bytes_of(kind.opcode) + std::string(size, '\0');
      const Row row =
          size == kind.size ? is(kind.opcode, kind.type, "(0)") : refused(kind.opcode, kind.type);
      check(bytes, row);
    }
  }
}

TEST(CandidPublished, Texts) {
  const Row rows[] = {
      is("00 01 71 00", "(text)", R"((""))"),
      is("00 01 71 06 'Motoko'", "(text)", R"(("Motoko"))"),
      refused("00 01 71 05 'Motoko'", "(text)"),
      refused("00 01 71 07 'Motoko'", "(text)"),
      reads("00 01 71 86 00 'Motoko'", "(text)"),
      is("00 01 71 03 e2 98 83", "(text)", R"(("☃"))"),
      is("00 01 71 03 e2 98 83", "(text)", R"(("\u{2603}"))"),
      refused("00 01 71 03 e2 28 a1", "(text)"),
      refused("00 01 71 02 e2 98 83", "(text)"),
      is("00 01 71 06 09 0a 0d 22 27 5c", "(text)", R"(("\t\n\r\"\'\\"))"),
  };
  check_all(rows);
  EXPECT_THROW(parse_arguments(R"(("\u{2603"))", types("(text)")), CandidError);
}

TEST(CandidPublished, ReservedAndEmpty) {
  const Row rows[] = {
      is("00 01 7f", "(reserved)", "(null)"),
      is("00 01 7e 01", "(reserved)", "(null)"),
      is("00 01 7d 80 01", "(reserved)", "(null)"),
      is("00 01 71 06 'Motoko'", "(reserved)", "(null)"),
      refused("00 01 71 05 'Motoko'", "(reserved)"),
      refused("00 01 71 03 e2 28 a1", "(reserved)"),
      refused("00 01 6f", "(empty)"),
      is("01 6e 6f 01 00 00", "(opt empty)", "(null)"),
      is("00 0a 7f 7e 7d 7c 7f 70 7f 7b 7a 79 01 2a 2a 2a 2a 00 2a 00 00 00",
         "(null, bool, nat, int, null, reserved, null, nat8, nat16, nat32)",
         "(null, true, 42, 42, null, null, null, 42, 42, 42)"),
  };
  check_all(rows);
}

TEST(CandidPublished, TypeTables) {
  const Row rows[] = {
      reads("00 00", "()"),
      reads("01 6e 6f 00", "()"),        // an unused type
      reads("02 6e 6f 6e 6f 00", "()"),  // the same twice
      reads("01 6e 00 00", "()"),        // a recursive one
      refused("01 6e 00", "()"),         // cut off
      refused("01 00 00", "()"),         // an entry that is only a number
      refused("02 6e 01 00 00", "()"),
      refused("01 6e 01 00", "()"),  // out of range
      refused("00 01 00", "()"),
      refused("00 03 7f 7f", "()"),  // too few and too many arguments
      refused("00 02 7f 7f 7f", "()"),
      refused("00 01 6e 7f 00", "()"),  // only the table holds composite types
      refused("01 7f 00", "()"),        // and only these
      refused("01 68 00", "()"),
      refused("02 6d 7f 00 00", "()"),
      refused("01 6e 6f 6e 6f 00", "()"),  // more than were announced
  };
  check_all(rows);
}

TEST(CandidPublished, Options) {
  const Row rows[] = {
      is("01 6e 7c 01 00 00", "(opt int)", "(null)"),
      refused("01 6e 02 01 00 00", "(opt int)"),
      is("01 6e 7c 01 00 01 2a", "(opt int)", "(opt 42)"),
      refused("01 6e 7c 01 00 02 2a", "(opt int)"),
      refused("01 6e 7c 01 00 ff", "(opt int)"),
      refused("01 6e 7c 01 00 01", "(opt int)"),
      refused("01 6e 7c 01 00 00 2a", "(opt int)"),
      is("02 6e 01 6e 7c 01 00 01 01 2a", "(opt opt int)", "(opt opt 42)"),
      is("01 6e 00 01 00 01 01 00", "(Opt)", "(opt opt null)"),
      is("01 6e 00 01 00 01 01 00", "(opt opt opt empty)", "(opt opt null)"),
      is("02 6e 01 6e 00 01 00 01 01 00", "(Opt)", "(opt opt null)"),
      is("00 00", "(Opt)", "(null)"),
      is("00 01 7f", "(opt empty)", "(null)"),
      is("01 6e 6f 01 00 00", "(opt empty)", "(null)"),
      is("01 6e 7e 01 00 00", "(opt bool)", "(null)"),
      is("01 6e 7e 01 00 01 00", "(opt bool)", "(opt false)"),
      is("01 6e 7e 01 00 01 01", "(opt bool)", "(opt true)"),
      refused("01 6e 7e 01 00 01 02", "(opt bool)"),
      is("00 00", "(opt bool)", "(null)"),
      is("02 6e 01 6e 7e 01 00 00", "(opt opt bool)", "(null)"),
      is("02 6e 01 6e 7e 01 00 01 00", "(opt opt bool)", "(opt null)"),
      is("02 6e 01 6e 7e 01 00 01 01 00", "(opt opt bool)", "(opt opt false)"),
  };
  check_all(rows);
}

TEST(CandidPublished, AValueWhereAnOptionIsExpected) {
  const Row rows[] = {
      is("00 01 7e 00", "(opt bool)", "(opt false)"),
      is("00 01 7e 01", "(opt bool)", "(opt true)"),
      refused("00 01 7e 02", "(opt bool)"),
      is("01 6e 7f 01 00 00", "(opt opt null)", "(null)"),
      is("00 01 7e 01", "(opt opt bool)", "(null)"),
      is("00 01 7e 01", "(Opt)", "(null)"),
      refused("01 6c 01 00 00 01 00", "(OptRec)"),
      is("00 01 70", "(opt nat)", "(null)"),
      is("01 6e 7e 01 00 00", "(opt nat)", "(null)"),
      is("01 6e 7e 01 00 01 01", "(opt nat)", "(null)"),
      refused("01 6e 7e 01 00 01 02", "(opt nat)"),
      is("02 6e 01 6e 7e 01 00 01 01 01", "(opt nat)", "(null)"),
      is("02 6e 01 6e 7e 01 00 01 01 01", "(opt opt nat)", "(opt null)"),
      is("02 6e 01 6b 01 00 7e 01 00 01 00 01", "(opt variant { 0 : int })", "(null)"),
      is("01 6c 00 01 00", "(record { foo : opt bool })", "(record { foo = null })"),
      is("01 6c 00 01 00", "(record { foo : reserved })", R"((record { foo = "☃" }))"),
  };
  check_all(rows);
}

TEST(CandidPublished, Vectors) {
  const Row rows[] = {
      is("01 6d 7c 01 00 00", "(vec int)", "(vec {})"),
      reads("01 6d 7c 01 00 00", "(vec int8)"),
      is("01 6d 7c 01 00 02 01 02", "(vec int)", "(vec { 1; 2 })"),
      is("01 6d 7b 01 00 02 01 02", "(vec nat8)", R"((blob "\01\02"))"),
      is("01 6d 00 01 00 00", "(Vec)", "(vec {})"),
      is("01 6d 00 01 00 02 00 00", "(Vec)", "(vec { vec {}; vec {} })"),
      is("01 6d 00 01 00 02 00 00", "(vec vec opt empty)", "(vec { vec {}; vec {} })"),
      reads("01 6d 7f 01 00 e8 07", "(vec null)"),
      refused("01 6d 7c 01 00", "(vec int)"),
      refused("01 6d 7c 01 00 02 01", "(vec int)"),
      refused("01 6d 7c 01 00 01 01 02", "(vec int)"),
      reads("02 6d 01 6c 00 01 00 05", "(vec record {})"),
  };
  check_all(rows);
  EXPECT_THROW(parse_arguments("(vec { 1; -1 })", types("(vec nat)")), CandidError);
}

TEST(CandidPublished, Records) {
  const Row rows[] = {
      is("01 6c 00 01 00", "(record {})", "(record {})"),
      is("01 6c 00 03 00 00 00", "(record {}, record {}, record {})",
         "(record {}, record {}, record {})"),
      is("01 6c 01 01 7c 01 00 2a", "(record { 1 : int })", "(record { 1 = 42 })"),
      is("01 6c 01 01 7c 01 00 2a", "(record { 1 : opt int })", "(record { 1 = opt 42 })"),
      is("01 6c 01 01 7c 01 00 2a", "(record { 1 : reserved })", "(record { 1 = null })"),
      is("01 6c 01 01 7c 01 00 2a", "(record {})", "(record {})"),
      refused("01 6c 01 01 7c 01 00 2a", "(record { 2 : int })"),
      is("01 6c 01 01 7c 01 00 2a", "(record { 2 : opt int })", "(record { 2 = null })"),
      is("01 6c 02 00 7c 01 7e 01 00 2a 01", "(record { int; bool })", "(record { 42; true })"),
      is("01 6c 02 00 7c 01 7e 01 00 2a 01", "(record { 1 : bool })", "(record { 1 = true })"),
      refused("01 6c 02 00 7c 01 7e 01 00 2a 01", "(record { bool; int })"),
      refused("01 6c 02 00 7c 00 7e 01 00 2a 01", "(record { int; bool })"),
      refused("01 6c 02 01 7c 00 7e 01 00 2a 01", "(record { 1 : int; 0 : bool })"),
      is("01 6c 02 d3 e3 aa 02 7e 86 8e b7 02 7c 01 00 01 2a", "(record { foo : int; bar : bool })",
         "(record { foo = 42; bar = true })"),
      is("01 6c 01 cd 84 b0 05 7f 01 00", R"((record { "☃" : null }))",
         R"((record { "☃" = null }))"),
      refused("01 6c 01 80 e4 97 d0 12 7c 01 00 2a", "(record {})"),
      is("04 6c 01 00 01 6c 01 00 02 6c 01 00 03 6c 00 01 00",
         "(record { record { record { record {} } } })",
         "(record { record { record { record {} } } })"),
      refused("01 6c 01 00 00 01 00", "(EmptyRecord)"),
      refused("02 6d 01 6c 01 00 01 01 00 01", "(vec EmptyRecord)"),
      refused("01 6c 02 00 7c 01 7e 01 00 2a", "(record { int })"),
      refused("01 6c 02 00 7c 01 7e 01 00 2a 01 00", "(record { int })"),
      refused("01 6c 02 00 7c 01 01 00 2a 01", "(record {})"),
      refused("01 6c 02 00 7c 01 00 2a 01", "(record {})"),
      refused("01 6c 02 00 7c 01 7e 02 7e 01 00 2a 01 00", "(record {})"),
      refused("01 6c 02 00 01 01 7e 01 00 00 00", "(record {})"),
      refused("01 6c 02 00 01 01 7e 01 7c 2a", "(reserved)"),
  };
  check_all(rows);
  ParseOptions options;
  options.additional_fields = true;
  EXPECT_EQ(parse_arguments("(record { whatever = 0 })", types("(record {})"), options),
            parse_arguments("(record {})", types("(record {})")));
}

TEST(CandidPublished, Variants) {
  const Row rows[] = {
      refused("01 6b 00 01 00", "(variant {})"),
      is("01 6b 01 00 7f 01 00 00", "(variant { 0 })", "(variant { 0 })"),
      refused("01 6b 01 00 7f 01 00 00 2a", "(variant { 0 : int })"),
      reads("01 6b 02 00 7f 01 7c 01 00 01 2a", "(variant { 0 : int; 1 : int })"),
      is("01 6b 01 00 7f 01 00 00", "(variant { 0; 1 })", "(variant { 0 })"),
      reads("01 6b 02 00 7f 01 7f 01 00 00", "(variant { 0 })"),
      is("01 6b 02 00 7f 01 7f 01 00 00", "(opt variant { 0 })", "(opt variant { 0 })"),
      is("01 6b 02 00 7f 01 7f 01 00 01", "(variant { 0; 1; 2 })", "(variant { 1 })"),
      refused("01 6b 01 00 7f 01 00 00", "(variant { 1 })"),
      refused("01 6b 01 00 7f 01 00 01", "(variant { 0 })"),
      refused("01 6b 02 00 7f 00 7f 01 00 00", "(variant { 0 })"),
      refused("01 6b 03 00 7f 01 7f 01 7f 01 00 00", "(variant { 0 })"),
      refused("01 6b 02 01 7f 00 7f 01 00 00", "(variant { 0; 1 })"),
      reads("01 6b 03 00 7f 01 7f ff ff ff ff 0f 7f 01 00 00", "(variant { 0; 1; 4294967295 })"),
      refused("01 6b 03 00 7f ff ff ff ff 0f 7f 01 7f 01 00 00", "(variant { 0; 1; 4294967295 })"),
      is("01 6b 02 b3 d3 c9 01 7f e6 fd d5 01 7f 01 00 00", "(variant { Foo; Bar; })",
         "(variant { Bar })"),
      is("01 6b 01 cd 84 b0 05 7f 01 00 00", R"((variant { "☃" }))", R"((variant { "☃" }))"),
      is("01 6b 02 bc 8a 01 71 c5 fe d2 01 71 01 00 00 04 'good'",
         "(variant { Ok : text; Err : text })", R"((variant { Ok = "good" }))"),
      is("01 6b 02 9c c2 01 71 e5 8e b4 02 6f 01 00 00 04 'good'",
         "(variant { ok : text; err : empty })", R"((variant { ok = "good" }))"),
      is("02 6b 02 9c c2 01 71 e5 8e b4 02 01 6c 01 00 01 01 00 00 04 'good'",
         "(variant { ok : text; err : EmptyRecord })", R"((variant { ok = "good" }))"),
      is("03 6b 03 b3 d3 c9 01 01 bb d3 c9 01 02 e6 fd d5 01 7f 6c 02 00 7e 01 7c"
         "6c 02 61 7c 62 7d 01 00 00 01 2a",
         "(variant { Foo; Bar : record { bool; int }; Baz : record { a : int; b : nat } })",
         "(variant { Bar = record { true; 42 } })"),
      refused("01 6b 01 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00", "(EmptyVariant)"),
      refused("01 6b 01 80 e4 97 d0 12 7c 01 00 00 2a", "(reserved)"),
      reads("01 6b 02 00 7f 01 7c 01 00 01 2a", "(variant { 0; 1 : int })"),
      refused("01 6b 02 00 7f 01 7c 01 00 01", "(variant { 0; 1 : int })"),
      refused("01 6b 02 00 7f 01 7c 01 00 01 2a 00", "(variant { 0; 1 : int })"),
      refused("01 6b 02 00 01 01 7c 01 00 01 2a", "(variant { 0 : reserved; 1 : int })"),
      refused("01 6b 02 00 7f 01 00 00", "(variant { 0; 1 })"),
      refused("01 6b 03 00 7f 01 7f 01 00 00", "(variant { 0; 1 })"),
  };
  check_all(rows);
  EXPECT_THROW(parse_arguments("(variant {})", types("(variant {})")), CandidError);
}

TEST(CandidPublished, Lists) {
  // type List and, the second, type VariantList
  const std::string list = "02 6e 01 6c 02 a0 d2 ac a8 04 7c 90 ed da e7 04 00 01 00 ";
  const std::string variant_list =
      "02 6b 02 d1 a7 cf 02 7f f1 f3 92 8e 04 01 6c 02 a0 d2 ac a8 04 7c 90 ed da e7 04 00 01 00 ";
  const std::string two = list + "01 01 01 02 00";
  const std::string four = list + "01 01 01 02 01 03 01 04 00";
  const std::string none = list + "00";
  const std::string nil = variant_list + "00";
  const std::string cons = variant_list + "01 01 01 02 00";
  constexpr std::string_view kTwo =
      "(opt record { head = 1; tail = opt record { head = 2; tail = null } })";
  const Row rows[] = {
      is(none, "(List)", "(null)"),
      is(four, "(List)",
         "(opt record { head = 1; tail = opt record { head = 2; tail = opt record { head = 3;"
         " tail = opt record { head = 4; tail = null }}}})"),
      is(two, "(List)", kTwo),
      is("02 6c 02 a0 d2 ac a8 04 7c 90 ed da e7 04 01 6e 00 01 01 01 01 01 02 00", "(List)", kTwo),
      is(two, "(List1)", kTwo),
      is(nil, "(VariantList)", "(variant { nil })"),
      is(cons, "(VariantList)",
         "(variant { cons = record { head = 1; tail = variant { cons = record { head = 2;"
         " tail = variant { nil } } } } })"),
      is(nil, "(VariantList, opt VariantList, opt empty, reserved, opt int)",
         "(variant { nil }, null, null, null, null)"),
      refused(nil, "(VariantList, opt int, vec int)"),
  };
  check_all(rows);
}

TEST(CandidPublished, FieldsThatNobodyAsksForAreSkipped) {
  const std::string_view bytes =
      "07 6c 07 c3 e3 aa 02 01 d3 e3 aa 02 7e d5 e3 aa 02 02 db e3 aa 02 01 a2 e5 aa 02 04"
      "bb f1 aa 02 06 86 8e b7 02 75 6c 02 d3 e3 aa 02 7e 86 8e b7 02 75 6b 02 d1 a7 cf 02 7f"
      "f1 f3 92 8e 04 03 6c 02 a0 d2 ac a8 04 7c 90 ed da e7 04 02 6e 05 6c 02 a0 d2 ac a8 04 7c"
      "90 ed da e7 04 04 6b 02 d3 e3 aa 02 7f 86 8e b7 02 7f 01 00 01 0b 00 00 00 01 00 00 0a 00"
      "00 00 01 14 00 00 2a 00 00 00";
  const Row rows[] = {
      is(bytes, "(A2)",
         "(record { foo = 42; bar = true; bat = variant { nil }; baz = record { foo = 10;"
         " bar = false }; bbb = opt record { head = 20; tail = null }; bib = variant { bar };"
         " bab = record { foo = 11; bar = true } })"),
      is(bytes, "(A1)", "(record { foo = 42; bar = true })"),
      is(bytes,
         "(record { bar : bool; baz : record { bar : bool }; bbb : opt record { head : int } })",
         "(record { bar = true; baz = record { bar = false }; bbb = opt record { head = 20 } })"),
      is(bytes,
         "(record { bat : variant { nil; cons : record { head : int; tail : VariantList };"
         " new_field : empty } })",
         "(record { bat = variant { nil } })"),
      refused(bytes, "(record { foo : int; new_field : bool })"),
  };
  check_all(rows);
}

TEST(CandidPublished, FutureTypesAreSkipped) {
  const Row rows[] = {
      is("01 67 00 02 00 7e 00 00 01", "(opt empty, bool)", "(null, true)"),
      is("01 67 03 'ABC' 02 00 7e 05 00 'hello' 01", "(opt empty, bool)", "(null, true)"),
  };
  check_all(rows);
}

TEST(CandidPublished, Principals) {
  const Row rows[] = {
      is("00 01 68 01 00", "(principal)", R"((principal "aaaaa-aa"))"),
      is("00 01 68 01 03 ca ff ee", "(principal)", R"((principal "w7x7r-cok77-xa"))"),
      is("00 01 68 01 09 ef cd ab 00 00 00 00 00 01", "(principal)",
         R"((principal "2chl6-4hpzw-vqaaa-aaaaa-c"))"),
      refused("00 01 68 03 ca ff ee", "(principal)"),
      refused("00 01 68 01 03 ca ff", "(principal)"),
      refused("00 01 68 01 03 ca ff ee ee", "(principal)"),
      refused("01 68 01 00 01 03 ca ff ee", "(principal)"),
  };
  check_all(rows);
  EXPECT_NE(decode(message("00 01 68 01 02 ca ff"), types("(principal)")),
            parse_arguments(R"((principal "w7x7r-cok77-xa"))"));
}

TEST(CandidPublished, Services) {
  constexpr std::string_view kThis = R"((service "w7x7r-cok77-xa"))";
  constexpr std::string_view kTwo = "(service { foo : (text) -> (nat); foo2 : (text) -> (nat) })";
  const Row rows[] = {
      refused("00 01 68 01 03 ca ff ee", "(service {})"),
      refused("00 01 69 01 03 ca ff ee", "(service {})"),
      is("01 69 00 01 00 01 03 ca ff ee", "(service {})", kThis),
      is("02 6a 01 71 01 7d 00 69 01 03 'foo' 00 01 01 01 03 ca ff ee",
         "(service { foo : (text) -> (nat) })", kThis),
      is("02 6a 01 71 01 7d 00 69 02 03 'foo' 00 04 'foo2' 00 01 01 01 03 ca ff ee", kTwo, kThis),
      refused("02 6a 01 71 01 7d 00 69 03 03 'foo' 00 04 'foo2' 00 01 01 01 03 ca ff ee", kTwo),
      refused("02 6a 01 71 01 7d 00 69 01 03 'foo' 00 04 'foo2' 00 01 01 01 03 ca ff ee", kTwo),
      refused("02 6a 01 71 01 7d 00 69 02 04 'foo2' 00 03 'foo' 00 01 01 01 03 ca ff ee", kTwo),
      refused("02 6a 01 71 01 7d 00 69 02 09 'foobarbaz' 00 06 'foobar' 00 01 01 01 03 ca ff ee",
              "(service { foobar : (text) -> (nat); foobarbaz : (text) -> (nat) })"),
      refused("02 6a 01 71 01 7d 00 69 01 03 e2 28 a1 00 01 01 01 03 ca ff ee", "(reserved)"),
      refused("02 6a 01 71 01 7d 00 69 02 03 'foo' 00 03 'foo' 00 01 01 01 03 ca ff ee",
              "(service { foo : (text) -> (nat) })"),
      is("05 'i' 02 03 'foo' 01 04 f0 9f 90 82 02 'j' 00 00 01 02 'j' 01 03 01 04 01 01 'n|l' 00"
         "01 00 01 00",
         R"((service { "🐂" : (opt int) -> (record {}) query; foo : () -> () oneway }))",
         R"((service "aaaaa-aa"))"),
      refused("02 6a 01 71 01 7d 00 69 01 03 'foo' 68 01 01 01 03 ca ff ee",
              "(service { foo : () -> () })"),
      refused("02 6e 7e 69 01 03 'foo' 00 01 01 01 03 ca ff ee", "(service { foo : () -> () })"),
      refused("02 69 01 03 'foo' 01 6e 7e 01 01 01 03 ca ff ee", "(service { foo : () -> () })"),
  };
  check_all(rows);
  EXPECT_THROW(parse_arguments(R"((principal "w7x7r-cok77-xa"))", types("(service {})")),
               CandidError);
}

TEST(CandidPublished, Functions) {
  const Row rows[] = {
      is("01 6a 00 00 00 01 00 01 01 03 ca ff ee 01 61", "(func () -> ())",
         R"((func "w7x7r-cok77-xa"."a"))"),
      is("01 6a 00 00 00 01 00 01 01 03 ca ff ee 01 61", "(func () -> ())",
         R"((func "w7x7r-cok77-xa".a))"),
      refused("01 6a 00 00 00 01 00 01 00 03 ca ff ee 01 61", "(func () -> ())"),
      is("02 'j' 02 '|}' 01 01 01 01 'i' 00 01 00 01 01 00 04 f0 9f 90 82",
         "(func (int, nat) -> (service {}) query)", R"((func "aaaaa-aa"."🐂"))"),
      is("01 6a 01 68 01 7d 00 01 00 01 01 03 ca ff ee 03 'foo'", "(func (principal) -> (nat))",
         R"((func "w7x7r-cok77-xa".foo))"),
      is("01 6a 01 71 01 7d 01 01 01 00 01 01 03 ca ff ee 03 'foo'", "(func (text) -> (nat) query)",
         R"((func "w7x7r-cok77-xa".foo))"),
      refused("01 6a 01 71 01 7d 01 80 01 01 00 01 01 03 ca ff ee 03 'foo'",
              "(func (text) -> (nat) query)"),
      refused("00 01 6a 01 01 03 ca ff ee 01 61", "(func () -> ())"),
      refused("00 01 6a 01 03 ca ff ee 01 61", "(func () -> ())"),
      refused("01 6a 01 69 01 7d 00 01 00 01 01 03 ca ff ee 03 'foo'",
              "(func (service {}) -> (nat))"),
      refused("01 6a 01 71 01 7d 01 03 01 00 01 01 03 ca ff ee 03 'foo'", "(func (text) -> (nat))"),
  };
  check_all(rows);
}

TEST(CandidPublished, ReferencesAreReadAtSupertypes) {
  const Row rows[] = {
      refused("01 69 00 01 00 01 03 ca ff ee", "(service { foo : (text) -> (nat) })"),
      refused("02 6a 01 71 01 7d 01 01 69 01 03 'foo' 00 01 01 01 03 ca ff ee",
              "(service { foo : (text) -> (nat) })"),
      refused("02 6a 01 71 01 7d 00 69 01 03 'foo' 00 01 01 01 03 ca ff ee",
              "(service { foo : (text) -> (nat) query })"),
      is("02 6a 01 71 01 7d 00 69 01 03 'foo' 00 01 01 01 03 ca ff ee", "(service {})",
         R"((service "w7x7r-cok77-xa"))"),
      refused("01 6a 00 00 00 01 00 01 01 03 ca ff ee 03 'foo'", "(func (text) -> (nat))"),
      is("01 6a 01 71 01 7d 00 01 00 01 01 03 ca ff ee 03 'foo'", "(func (text, opt text) -> ())",
         R"((func "w7x7r-cok77-xa".foo))"),
  };
  check_all(rows);
}

// A function whose result is the one type, read at an option of one whose result is the other, is
// there if the first is a subtype, and null if not.
TEST(CandidPublished, Subtypes) {
  const struct {
    std::string_view sub;  // a primitive type's opcode, or the entries from the second on
    std::string_view super;
    bool holds;
  } rows[] = {
      {"7f", "null", true},
      {"7e", "bool", true},
      {"7d", "nat", true},
      {"7c", "int", true},
      {"7d", "int", true},
      {"7f", "nat", false},
      {"7d", "nat8", false},
      {"7b", "nat", false},
      {"7d", "opt bool", true},
      {"| 6e 7e", "opt bool", true},
      {"7e", "opt bool", true},
      {"| 6e 01", "opt opt nat", true},
      {"| 6c 00", "record {}", true},
      {"| 6c 00", "record { a : opt empty }", true},
      {"| 6c 00", "record { a : opt null }", true},
      {"| 6c 00", "record { a : reserved }", true},
      {"| 6c 00", "record { a : empty }", false},
      {"| 6c 00", "record { a : nat }", false},
      {"| 6c 00", "record { a : null }", false},
      {"| 6a 00 00 00", "func () -> ()", true},
      {"| 6a 00 00 00", "func () -> (opt empty)", true},
      {"| 6a 00 00 00", "func () -> (opt null)", true},
      {"| 6a 00 00 00", "func () -> (reserved)", true},
      {"| 6a 00 00 00", "func () -> (empty)", false},
      {"| 6a 00 00 00", "func () -> (nat)", false},
      {"| 6a 00 00 00", "func () -> (null)", false},
      {"|| 6a 01 02 00 00 6e 6f", "func () -> ()", true},
      {"|| 6a 01 02 00 00 6e 7f", "func () -> ()", true},
      {"| 6a 01 70 00 00", "func () -> ()", true},
      {"| 6a 01 6f 00 00", "func () -> ()", false},
      {"| 6a 01 7d 00 00", "func () -> ()", false},
      {"| 6a 01 7f 00 00", "func () -> ()", false},
      {"| 6b 00", "variant {}", true},
      {"| 6b 00", "variant { 0 : nat }", true},
      {"| 6b 01 00 7d", "variant { 0 : nat }", true},
      {"| 6b 01 00 7e", "variant { 0 : nat }", false},
      {"| 6b 01 00 7e", "variant { 1 : bool }", false},
      {"| 6c 01 00 01", "EmptyRecord", true},
      {"| 6c 01 00 01", "empty", false},
      {"6f", "EmptyRecord", true},
      {"| 6c 01 00 01", "record { EmptyRecord }", true},
      {"|| 6c 01 00 02 6c 01 00 02", "EmptyRecord", true},
      {"| 6c 01 00 01", "MuRecordOpt", true},
      {"| 6b 01 00 01", "EmptyVariant", true},
      {"| 6b 01 00 01", "empty", false},
      {"6f", "EmptyVariant", true},
      {"| 6b 01 00 01", "variant { 0 : EmptyVariant }", true},
      {"|| 6b 01 00 02 6b 01 00 02", "EmptyVariant", true},
      {"| 6d 01", "Vec", true},
      {"| 6d 01", "empty", false},
      {"6f", "Vec", true},
      {"| 6d 01", "vec Vec", true},
      {"|| 6d 02 6d 02", "Vec", true},
      {"| 67 00", "opt empty", true},
      {"| 67 00", "nat", false},
  };

  for (const auto& row : rows) {
    const std::size_t entries = row.sub.find_first_not_of('|');
    const std::string result = entries == 0 ? std::string(row.sub) : "01";
    const std::string table = entries == 0 ? "" : std::string(row.sub.substr(entries));
    const std::string bytes = "0" + std::to_string(entries + 1) + "6a 00 01" + result + "00" +
                              table + "01 00 01 01 00 01 'm'";
    const std::string at = "(opt func () -> (" + std::string(row.super) + "))";
    check(message(bytes), is(row.sub, at, row.holds ? R"((opt func "aaaaa-aa".m))" : "(null)"));
  }
}

// One billion of something in a few bytes.
TEST(CandidPublished, Overshoots) {
  const Row rows[] = {
      refused("80 94 eb dc 03 00", "()"),
      refused("00 80 94 eb dc 03", "()"),
      refused("00 01 71 80 94 eb dc 03 'Motoko'", "(text)"),
      refused("00 01 68 01 80 94 eb dc 03 'Motoko'", "(principal)"),
      refused("01 6c 80 94 eb dc 03 00 7f 00 7f", "()"),
      refused("01 6b 80 94 eb dc 03 00 7f 00 7f", "()"),
      refused("01 6d 7e 01 00 80 94 eb dc 03 00 00 00", "(vec bool)"),
  };
  check_all(rows);
}

// Millions of values that take no bytes.
TEST(CandidPublished, SpaceBombs) {
  const std::string doubling =
      "17 6c 02 01 7f 02 7f 6c 02 01 00 02 00 6c 02 00 01 01 01 6c 02 00 02 01 02 6c 02 00 03 01 03"
      "6c 02 00 04 01 04 6c 02 00 05 01 05 6c 02 00 06 01 06 6c 02 00 07 01 07 6c 02 00 08 01 08"
      "6c 02 00 09 01 09 6c 02 00 0a 01 0a 6c 02 00 0b 01 0b 6c 02 00 0c 01 0c 6c 02 00 0d 02 0d"
      "6c 02 00 0e 01 0e 6c 02 00 0f 01 0f 6c 02 00 10 01 10 6c 02 00 11 01 11 6c 02 00 12 01 12"
      "6c 02 00 13 01 13 6e 14 6d 15 01 16 ";
  const std::string two_doubled = doubling + "02 01 01";
  const std::string five_doubled = doubling + "05 01 01 01 01 01";
  constexpr std::string_view kNulls = "01 6d 7f 01 00 80 94 eb dc 03";
  constexpr std::string_view kReserved = "01 6d 70 01 00 80 94 eb dc 03";
  constexpr std::string_view kRecords =
      "04 6c 03 01 7f 02 01 03 02 6c 01 01 70 6c 00 6d 00 01 03 80 94 eb dc 03";
  constexpr std::string_view kNested =
      "02 6d 01 6d 7f 01 00 05 ff ff 3f ff ff 3f ff ff 3f ff ff 3f ff ff 3f";
  constexpr std::string_view kInRecord = "03 6c 01 d6 fc a7 02 01 6d 02 6c 00 01 00 80 ad e2 04";
  const Row rows[] = {
      refused(kNulls, "()"),
      refused(kReserved, "()"),
      refused(kRecords, "()"),
      refused(kNested, "()"),
      refused(kInRecord, "()"),
      refused(two_doubled, "()"),
      refused(kNulls, "(vec opt nat)"),
      refused(kReserved, "(vec reserved)"),
      refused(kRecords, "(vec record { null; record { reserved }; record {} })"),
      refused(kNested, "(vec vec null)"),
      refused("02 6d 01 6c 00 01 00 80 ad e2 04", "(vec record {})"),
      refused(kNulls, "(opt nat)"),
      refused(kReserved, "(opt nat)"),
      refused(kRecords, "(opt nat)"),
      refused(kNested, "(vec opt nat)"),
      refused(kInRecord, "(opt nat)"),
      refused(five_doubled, "(vec opt record {})"),
  };
  check_all(rows);
}

}  // namespace
}  // namespace heddle::candid
