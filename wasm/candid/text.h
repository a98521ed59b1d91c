/// Candid's values as people write and read them:
///
///     (principal "aaaaa-aa", 100 : nat64, record { owner = "bob"; 5 = true }, opt 3, vec { 1; 2 },
///      blob "\00\ff", variant { ok = 1 }, null, func "aaaaa-aa".read, 1_000, 0xff, -5, 1.5e3)
///
/// A literal says little of its type: 5 may be a nat, a nat8, an int. Where the types are known
/// (from an interface, did.h), they decide, and what does not fit is an error at its place. Where
/// they are not, `: nat64` behind a value does; without it a whole number is an int and one with a
/// point a float64.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid {

struct ParseOptions {
  /// Lets a record have fields that its type has not, and drops them, as decoding does. In a text
  /// they are mostly mistyped names.
  bool additional_fields = false;
  /// What a type's name stands for in `5 : amount`; none stands for anything if empty.
  std::function<std::optional<Type>(std::string_view name)> type_of_name;
  /// Whom a principal's text that is none means: `principal "alice"`; nobody if empty.
  std::function<std::optional<Principal>(std::string_view name)> principal_of_name;
};

/// Reads one value. Throws `CandidError` with the place and a caret.
Value parse_value(std::string_view text, const ParseOptions& options = {});
Value parse_value(std::string_view text, const Type& expected, const ParseOptions& options = {});

/// Reads `(value, value, ...)`. Where types are expected, there are as many values as types; those
/// at the end that are `opt` or `reserved` may be left out.
std::vector<Value> parse_arguments(std::string_view text, const ParseOptions& options = {});
std::vector<Value> parse_arguments(std::string_view text, const std::vector<Type>& expected,
                                   const ParseOptions& options = {});

/// Reads a type: `opt record { owner : principal }`.
Type parse_type(std::string_view text, const ParseOptions& options = {});
/// Reads `(type, name : type, ...)`.
std::vector<Argument> parse_types(std::string_view text, const ParseOptions& options = {});

struct PrintOptions {
  /// What fits about one line: of long lists, texts and blobs the beginning.
  static PrintOptions shortened() {
    return {.elements_max = 8, .bytes_max = 40, .depth_max = 6, .name_of_principal = {}};
  }

  /// Writes `: nat64` behind numbers that are neither int nor float64, so that the text can be read
  /// without types.
  bool annotated = true;
  /// Breaks lines that would be longer; 0 keeps everything in one.
  std::size_t width = 0;
  std::size_t elements_max = static_cast<std::size_t>(-1);  ///< of a vec or record
  std::size_t bytes_max = static_cast<std::size_t>(-1);     ///< of a text or blob
  std::size_t depth_max = static_cast<std::size_t>(-1);     ///< of nesting
  /// What is written for a principal instead of its text; nothing keeps the text.
  std::function<std::optional<std::string>(const Principal&)> name_of_principal;
};

/// The value as text that `parse_value` reads as the same value, provided nothing was shortened and
/// the type is known (an empty option is printed as `null`, for one).
std::string to_text(const Value& value, const PrintOptions& options = {});
/// `(value, value, ...)`.
std::string to_text(const std::vector<Value>& values, const PrintOptions& options = {});

/// Text in quotes, escaped as Candid has it.
std::string text_literal(std::string_view utf8);

}  // namespace heddle::candid
