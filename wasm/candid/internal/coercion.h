/// Values of one type made values of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/subtype.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::candid::internal {

/// One step down into a value.
struct Step {
  enum class Kind : std::uint8_t { kArgument, kField, kElement, kContent, kCase };

  bool operator==(const Step&) const = default;

  Kind kind = Kind::kArgument;
  std::size_t number = 0;  ///< a position, counted from 0, or a label's number
};

/// "argument 2, field owner", with the names that the types give, as far as they do.
std::string path_text(const std::vector<Step>& path, const std::vector<Type>& types);

/// The specification's coercion relation. It needs no actual types: where they matter, at
/// references, values carry them.
class Coercion {
 public:
  /// `values_max` bounds the values that it makes up; see DecodeLimits.
  Coercion(std::size_t values_max, std::size_t subtype_steps_max)
      : values_left_(values_max), subtyping_(subtype_steps_max) {}

  /// The value as one of the type; nothing if it is none, and then `problem` and `path` say why and
  /// where.
  std::optional<Value> coerce(const Value& value, TypeView type);
  /// What a missing field or argument of the type reads as; nothing if it must not be missing.
  std::optional<Value> missing(TypeView type);

  const std::string& problem() const { return problem_; }

  /// From the value that `coerce` was given to the part that does not fit.
  std::vector<Step> path() const { return {path_.rbegin(), path_.rend()}; }

 private:
  std::optional<Value> coerce_to_opt(const Value& value, TypeView type);
  std::optional<Value> coerce_to_vec(const Value& value, TypeView type);
  std::optional<Value> coerce_to_record(const Value& value, TypeView type);
  std::optional<Value> coerce_to_variant(const Value& value, TypeView type);
  std::optional<Value> coerce_reference(const Value& value, TypeView type);
  std::optional<Value> coerce_part(const Value& value, TypeView type, Step step);

  /// What is recovered from needs no text.
  template <class Problem>
  std::nullopt_t refuse(Problem problem) {
    if (recovering_ == 0) {
      problem_ = problem();
    }
    path_.clear();
    return std::nullopt;
  }

  void spend_value();

  std::size_t values_left_;
  Subtyping subtyping_;
  std::vector<Type> reference_types_;  // so that what subtyping_ has seen stays where it is
  std::size_t recovering_ = 0;  // options around whose content becomes null if it does not fit
  std::string problem_;
  std::vector<Step> path_;  // innermost first; gathered on the way out of a failure
};

}  // namespace heddle::candid::internal
