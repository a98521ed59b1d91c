// Candid over random types and values.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/internal/leb128.h>
#include <heddle/wasm/candid/subtype.h>
#include <heddle/wasm/candid/text.h>

#include "wasm/candid_arbitrary.h"

namespace heddle::candid {
namespace {

RC_GTEST_PROP(CandidProperty, WhatIsEncodedDecodesToTheSame, ()) {
  const Type type = draw_type(3);
  const Value value = draw_value(type, 4);
  const std::string bytes = encode({value}, {type});
  const std::vector<Value> decoded = decode(bytes, {type});
  RC_ASSERT(decoded.size() == 1U);
  RC_ASSERT(decoded.front() == value);

  const Message message = decode(bytes);
  RC_ASSERT(message.types == std::vector<Type>{type});
  RC_ASSERT(message.values == std::vector<Value>{value});
}

RC_GTEST_PROP(CandidProperty, WhatIsPrintedParsesToTheSame, ()) {
  const Type type = draw_type(3);
  const Value value = draw_value(type, 4);
  PrintOptions options;
  options.width = static_cast<std::size_t>(*rc::gen::inRange(0, 60));
  options.annotated = *rc::gen::arbitrary<bool>();
  const std::string text = to_text(value, options);
  RC_LOG() << text << " : " << type;
  RC_ASSERT(parse_value(text, type) == value);
  RC_ASSERT(parse_arguments(to_text(std::vector<Value>{value, value}, options), {type, type}) ==
            (std::vector<Value>{value, value}));
}

RC_GTEST_PROP(CandidProperty, ATypeThatIsPrintedParsesToTheSame, ()) {
  const Type type = draw_type(3);
  // By way of definitions, since a recursive type is named within itself.
  const Interface types = parse_did(R"(
    type List = opt record { head : int; tail : List };
    type Tree = variant { leaf : nat8; branch : record { Tree; Tree } };
    type Rose = vec Rose;
    type Stream = opt record { now : text; next : func () -> (Stream) query };
  )");
  RC_ASSERT(parse_type(to_text(type), types.parse_options()) == type);
}

RC_GTEST_PROP(CandidProperty, ASupertypeIsOneAndItsReaderUnderstands, ()) {
  const Type type = draw_type(3);
  const Type super = draw_supertype(type, 3);
  RC_LOG() << type << " <: " << super;
  RC_ASSERT(is_subtype(type, super));
  const Value value = draw_value(type, 4);
  const std::vector<Value> decoded = decode(encode({value}, {type}), {super});
  RC_ASSERT(decoded.front() == coerce(value, super));
  // What was read is a value of the supertype.
  RC_ASSERT(decode(encode(decoded, {super}), {super}) == decoded);
}

RC_GTEST_PROP(CandidProperty, IfATypeIsASubtypeItsValuesAreRead, ()) {
  const Type type = draw_type(2);
  const Type other = draw_type(2);
  RC_CLASSIFY(is_subtype(type, other));
  if (is_subtype(type, other)) {
    const Value value = draw_value(type, 3);
    RC_ASSERT(decode(encode({value}, {type}), {other}).size() == 1U);
  }
}

RC_GTEST_PROP(CandidProperty, SubtypingIsReflexiveAndTransitive, ()) {
  const Type first = draw_type(3);
  const Type second = draw_supertype(first, 3);
  const Type third = draw_supertype(second, 3);
  RC_ASSERT(is_subtype(first, first));
  RC_ASSERT(is_subtype(second, third));
  RC_ASSERT(is_subtype(first, third));
}

RC_GTEST_PROP(CandidProperty, BytesAreReadOrRefused, ()) {
  const Type type = draw_type(3);
  std::string bytes = encode({draw_value(type, 4)}, {type});
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(bytes.size())));
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        bytes.erase(at, 1);
        break;
      default:
        bytes.insert(at, 1, static_cast<char>(*rc::gen::inRange(0, 256)));
        break;
    }
    if (bytes.empty()) {
      break;
    }
  }
  try {
    const Message message = decode(bytes);
    static_cast<void>(to_text(message.values));
    const std::vector<Value> again = decode(bytes, {type});
    RC_ASSERT(decode(encode(again, {type}), {type}) == again);
    RC_TAG("read");
  } catch (const CandidError&) {
    RC_TAG("refused");
  }
}

RC_GTEST_PROP(CandidProperty, TextsAreReadOrRefused, ()) {
  const Type type = draw_type(3);
  std::string text = to_text(draw_value(type, 3));
  const std::string_view likely = "(){};:=,.\"\\+-0_x1eovrn";
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(text.size())));
    text[at] =
        likely[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(likely.size())))];
  }
  try {
    const Value value = parse_value(text, type);
    RC_ASSERT(parse_value(to_text(value), type) == value);
    RC_TAG("read");
  } catch (const CandidError& error) {
    RC_ASSERT(error.details().place.has_value());
    RC_TAG("refused");
  }
}

RC_GTEST_PROP(CandidProperty, NumbersAreWrittenInAsFewBytesAsPossible, (std::int64_t small)) {
  const Int value = Int(small) * (Int(small) + 1) * Int(*rc::gen::arbitrary<std::int64_t>());
  for (const Int& number : {Int(small), value}) {
    std::string bytes;
    internal::append_sleb128(number, bytes);
    RC_ASSERT(internal::from_sleb128(bytes) == number);
    const auto last = static_cast<unsigned char>(bytes.back());
    const bool continued = bytes.size() > 1;
    const bool sign_before =
        continued && (static_cast<unsigned char>(bytes[bytes.size() - 2]) & 0x40U) != 0;
    RC_ASSERT(!continued || (last != 0 || sign_before));
    RC_ASSERT(!continued || (last != 0x7f || !sign_before));
    if (number >= 0) {
      bytes.clear();
      internal::append_leb128(Nat(number), bytes);
      RC_ASSERT(internal::from_leb128(bytes) == Nat(number));
    }
  }
}

}  // namespace
}  // namespace heddle::candid
