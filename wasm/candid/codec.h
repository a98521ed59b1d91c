/// Candid's binary format: what canisters' arguments and replies are made of.
///
/// Decoding goes as the specification describes it: the message is read at the types that it says
/// itself, then coerced to the expected ones. `null`, missing and unfit values become null where an
/// `opt` is expected, additional fields and arguments are dropped, and functions and services are
/// accepted if their type is a subtype.
///
/// One rule is read as the published tests (dfinity/candid, test/, for version 0.1.4) and today's
/// compilers have it, where drafts differ: `true` read at `opt opt bool` is null.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid {

/// What a message may cost its reader. Messages are bytes from somewhere: a few of them can stand
/// for billions of values, endless nesting or numbers of a million digits. The defaults let pass
/// what fits the Internet Computer's messages (2 MiB) with room to spare, and use at most a few
/// hundred megabytes and a second.
struct DecodeLimits {
  std::size_t values_max = 1'000'000;  ///< in all, nested ones and nulls put in for missing fields
  std::size_t empty_values_max = 100'000;     ///< those among them that take no byte
  std::size_t depth_max = 1'000;              ///< of nesting
  std::size_t types_max = 10'000;             ///< entries of the type table
  std::size_t number_bytes_max = 4'096;       ///< of one nat or int
  std::size_t subtype_steps_max = 1'000'000;  ///< pairs of types compared
};

/// What a message says: values at the types that their sender gave them. Fields are known by number
/// only.
struct Message {
  std::vector<Type> types;
  std::vector<Value> values;
};

/// Reads a message. Throws `CandidError`.
Message decode(std::string_view bytes, const DecodeLimits& limits = {});
/// Reads a message at the types expected; the values' fields have the names these give. Throws
/// `CandidError` if the message is malformed, also in parts that are not asked for, or does not fit
/// the types.
std::vector<Value> decode(std::string_view bytes, const std::vector<Type>& expected,
                          const DecodeLimits& limits = {});

/// Writes a message. The values are coerced to the types first; throws `CandidError` if one does
/// not fit, or if there are more values than types.
std::string encode(const std::vector<Value>& values, const std::vector<Type>& types);
/// Writes a message at the values' own types (`type_of`).
std::string encode(const std::vector<Value>& values);

/// The value as one of this type: unchanged where it is one, else by the rules of subtyping. Throws
/// `CandidError` if it does not fit.
Value coerce(const Value& value, const Type& type);

/// Whether bytes begin as a Candid message does.
inline bool looks_like_message(std::string_view bytes) {
  return bytes.starts_with("DIDL");
}

}  // namespace heddle::candid
