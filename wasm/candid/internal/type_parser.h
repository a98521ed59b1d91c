/// Reads types, for values' annotations and for .did texts.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/wasm/candid/internal/lexer.h>
#include <heddle/wasm/candid/internal/type_table.h>
#include <heddle/wasm/candid/type.h>

namespace heddle::candid::internal {

/// Builds types in one table. Names may be used before they are defined: until `resolve`, a name
/// that is used is an entry of the table that stands for whatever it will mean.
class TypeParser {
 public:
  using Names = std::function<std::optional<Type>(std::string_view name)>;

  /// `outer` gives what is meant by names that are not defined here; may be empty.
  explicit TypeParser(Names outer = {}) : outer_(std::move(outer)) {}

  /// Each of these reads one production; `lexer` stands at its beginning.
  TypeRef type(Lexer& lexer);
  /// `(nat, name : text) -> (bool) query`, without `func`.
  TypeRef function(Lexer& lexer);
  /// `{ name : (nat) -> (); ... }`, without `service`.
  TypeRef service(Lexer& lexer);
  std::vector<Part> tuple(Lexer& lexer);

  /// Says what a name means. Throws if it means something already.
  void define(Lexer& lexer, std::string name, std::size_t offset, TypeRef type);
  /// The stand-in for a name.
  TypeRef use(Lexer& lexer, std::string_view name, std::size_t offset);

  /// Puts in place of names what they mean. Throws where one means nothing, or only itself.
  void resolve();
  /// What a type that was read before `resolve` is afterwards.
  TypeRef resolved(TypeRef type) const;

  /// After `resolve`.
  Type finished(TypeRef type) const { return builder_.type(resolved(type)); }

  TypeTableBuilder& builder() { return builder_; }

  /// In the order of their definition.
  const std::vector<std::pair<std::string, TypeRef>>& definitions() const { return definitions_; }

 private:
  struct Use {
    const Lexer* lexer = nullptr;
    std::string name;
    std::size_t offset = 0;
  };

  TypeRef composite(Lexer& lexer, TypeNode node);
  std::vector<Part> fields(Lexer& lexer, bool is_variant);
  Part field(Lexer& lexer, bool is_variant, std::optional<std::uint64_t> previous);
  void check_methods() const;

  Names outer_;
  TypeTableBuilder builder_;
  std::vector<std::pair<std::string, TypeRef>> definitions_;
  std::map<std::string, TypeRef, std::less<>> meaning_;
  std::map<std::string, TypeRef, std::less<>> stand_ins_;
  std::map<TypeRef, Use> uses_;  // by stand-in, the first use
  std::map<TypeRef, TypeRef> resolved_;
  std::vector<std::pair<TypeRef, Use>> methods_;  // types that must turn out to be functions
  std::size_t depth_ = 0;
};

/// A label: a name, a quoted name or a number.
std::optional<Label> take_label(Lexer& lexer);
/// A number from 0 to 2^32 - 1.
std::uint32_t label_number(const Lexer& lexer, const Token& token);

}  // namespace heddle::candid::internal
