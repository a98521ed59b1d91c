// Fuzzes Candid: messages, with and without expected types, and the two languages of text.
//
// The first byte of an input says which; what is read must be written and read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

const std::vector<Type>& expected_types() {
  static const std::vector<Type> types = [] {
    const Interface interface = parse_did(R"(
      type List = opt record { head : int; tail : List };
      type Value = variant { Nat : nat; Text : text; Blob : blob; Map : vec record { text; Value } };
      type Callback = func (List, opt Value) -> (service { get : () -> (Value) query }) query;
    )");
    return types_of(parse_types("(List, opt Value, vec opt nat8, Callback, reserved, opt opt bool)",
                                interface.parse_options()));
  }();
  return types;
}

/// The default limits are for canisters' messages; an input is small, and should be quick.
DecodeLimits small_limits() {
  DecodeLimits limits;
  limits.values_max = 20'000;
  limits.empty_values_max = 2'000;
  limits.subtype_steps_max = 10'000;
  return limits;
}

void fuzz_message(std::string_view bytes) {
  const Message message = decode(bytes, small_limits());
  static_cast<void>(to_text(message.values, PrintOptions::shortened()));
  for (const Type& type : message.types) {
    static_cast<void>(to_text(type).size());
  }
  const std::vector<Value> values = decode(bytes, expected_types(), small_limits());
  require(decode(encode(values, expected_types()), expected_types()) == values);
  require(parse_arguments(to_text(values), expected_types()) == values);
}

void fuzz_value(std::string_view text) {
  const std::vector<Value> untyped = parse_arguments(text);
  static_cast<void>(to_text(untyped));
  const std::vector<Value> values = parse_arguments(text, expected_types());
  require(parse_arguments(to_text(values), expected_types()) == values);
}

void fuzz_interface(std::string_view text) {
  const Interface interface = parse_did(text);
  const Interface again = parse_did(interface.to_text());
  require(again.service() == interface.service());
  require(again.definitions().size() == interface.definitions().size());
}

}  // namespace
}  // namespace heddle::candid

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 3) {
      case 0:
        heddle::candid::fuzz_message("DIDL" + std::string(rest));
        break;
      case 1:
        heddle::candid::fuzz_value(rest);
        break;
      default:
        heddle::candid::fuzz_interface(rest);
        break;
    }
  } catch (const heddle::candid::CandidError&) {
    // Refused, as most are.
  }
  return 0;
}
