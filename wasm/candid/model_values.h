/// Model canisters' values as Candid, so that a C++ model can answer compiled canisters and call
/// them.
///
/// | C++                                        | Candid                                          |
/// |--------------------------------------------|-------------------------------------------------|
/// | bool, Nat, Int, Nat8 ... Int64, built-in integers, float, double | the same, by size and sign
/// | | std::string, Principal                     | text, principal | | std::monostate | null | |
/// std::optional                              | opt                                             |
/// | std::vector, deque, set, array             | vec; of Nat8 or std::uint8_t a blob             |
/// | std::map                                   | vec record { key; value }                       |
/// | std::pair, std::tuple                      | record { 0; 1; ... }                            |
/// | a struct with HEDDLE_FIELDS                | a record with these names                       |
/// | a struct without                           | record { 0; 1; ... }                            |
/// | std::variant<Ok, Err>                      | variant { Ok; Err }, named after the types      |
/// | an enumeration                             | the integer behind it                           |
/// | Ref, AnyRef                                | principal                                       |
///
/// In a variant, a struct without fields is a case without content, and one with a single field and
/// no HEDDLE_FIELDS is that field: `struct Ok { Nat block; }` is `Ok : nat`.
///
/// A method's arguments are its parameters. Its results are none for Update<>, the elements of a
/// tuple or pair, else the one value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/program.h>
#include <heddle/model/ref.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid {

/// The Candid type of a model's values. Throws `CandidError` if there is none (a Deferred, a type
/// with a Codec of its own).
Type candid_type(const TypeInfo& info);

/// The Candid value that these bytes, written by `Codec`, stand for. `directory` says whose
/// principal a `Ref` is; without it, one is an error. Throws `CandidError`, and `DecodeError` if
/// the bytes are not of the type.
Value candid_value(const TypeInfo& info, std::string_view encoded,
                   const Directory* directory = nullptr);

/// The bytes that `Codec` writes for this value, coerced to the model's type. Throws `CandidError`
/// if it does not fit.
std::string model_bytes(const TypeInfo& info, const Value& value,
                        const Directory* directory = nullptr);

/// The types of a method's arguments or results: of `MethodInfo::arguments_type` or `reply_type`.
std::vector<Type> candid_types(const TypeInfo& info);
/// Arguments or results as Candid values, from what `Codec` wrote.
std::vector<Value> candid_values(const TypeInfo& info, std::string_view encoded,
                                 const Directory* directory = nullptr);
/// The same as a message.
std::string message_of(const TypeInfo& info, std::string_view encoded,
                       const Directory* directory = nullptr);
/// What `Codec` writes for the arguments or results that a message holds. Throws `CandidError` if
/// they do not fit.
std::string bytes_of_message(const TypeInfo& info, std::string_view message,
                             const Directory* directory = nullptr, const DecodeLimits& limits = {});

/// For `ProgramInfo::candid`.
const CandidForm& candid_form();

template <class T>
Type type_of() {
  return candid_type(type_info<T>());
}

template <class T>
Value to_value(const T& value, const Directory* directory = nullptr) {
  return candid_value(type_info<T>(), to_bytes(value), directory);
}

template <class T>
T from_value(const Value& value, const Directory* directory = nullptr) {
  return from_bytes<T>(model_bytes(type_info<T>(), value, directory));
}

}  // namespace heddle::candid
