// What the fuzzer and the test of its kept inputs do with an input: read it as Candid, and what is
// read must be written and read again as the same. The first byte says what the rest is: a message,
// values as text, or an interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {

inline void require(bool holds, const char* what) {
  if (!holds) {
    throw std::logic_error(what);
  }
}

inline const std::vector<Type>& expected_types() {
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
inline DecodeLimits small_limits() {
  DecodeLimits limits;
  limits.values_max = 20'000;
  limits.empty_values_max = 2'000;
  limits.subtype_steps_max = 10'000;
  return limits;
}

inline void run_message(std::string_view bytes) {
  const Message message = decode(bytes, small_limits());
  static_cast<void>(to_text(message.values, PrintOptions::shortened()));
  for (const Type& type : message.types) {
    static_cast<void>(to_text(type).size());
  }
  const std::vector<Value> values = decode(bytes, expected_types(), small_limits());
  require(decode(encode(values, expected_types()), expected_types()) == values,
          "what is encoded decodes to the same");
  require(parse_arguments(to_text(values), expected_types()) == values,
          "what is printed parses to the same");
}

inline void run_values(std::string_view text) {
  const std::vector<Value> untyped = parse_arguments(text);
  static_cast<void>(to_text(untyped));
  const std::vector<Value> values = parse_arguments(text, expected_types());
  require(parse_arguments(to_text(values), expected_types()) == values,
          "what is printed parses to the same");
}

inline void run_interface(std::string_view text) {
  const Interface interface = parse_did(text);
  const Interface again = parse_did(interface.to_text());
  require(again.service() == interface.service(), "a printed interface has the same service");
  require(again.definitions().size() == interface.definitions().size(),
          "a printed interface has the same definitions");
}

/// False: the input is refused. Throws what is no CandidError.
inline bool candid_run(std::span<const std::uint8_t> input) {
  if (input.empty()) {
    return false;
  }
  const std::string_view rest(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  try {
    switch (input.front() % 3) {
      case 0:
        run_message("DIDL" + std::string(rest));
        break;
      case 1:
        run_values(rest);
        break;
      default:
        run_interface(rest);
        break;
    }
  } catch (const CandidError&) {
    return false;
  }
  return true;
}

}  // namespace heddle::candid
