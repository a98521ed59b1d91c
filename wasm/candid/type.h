/// Candid's types.
///
/// A `Type` is a regular value: cheap to copy, compared by structure (so that a recursive type
/// equals its unfolding), printable. What it is made of lies in an immutable table that it shares
/// with its parts, which is how a type can contain itself: recursive types come from a .did text,
/// from a message's type table or from a C++ type (mapping.h), never from the functions below.
///
/// Source: https://github.com/dfinity/candid/blob/master/spec/Candid.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::candid {

/// In the order of the opcodes of the binary format: kNull is -1, kPrincipal is -24.
enum class Kind : std::uint8_t {
  kNull,
  kBool,
  kNat,
  kInt,
  kNat8,
  kNat16,
  kNat32,
  kNat64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat32,
  kFloat64,
  kText,
  kReserved,
  kEmpty,
  kOpt,
  kVec,
  kRecord,
  kVariant,
  kFunc,
  kService,
  kPrincipal,
  kFuture,  ///< a type of a later version of Candid, of which only the size is known
};

/// Whether a type of this kind has no parts.
constexpr bool is_primitive(Kind kind) {
  return kind <= Kind::kEmpty || kind == Kind::kPrincipal;
}

/// "nat64", "opt", ...
std::string_view to_text(Kind kind);

/// The number that stands for a field's name in messages.
constexpr std::uint32_t field_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char byte : name) {
    hash = hash * 223 + static_cast<unsigned char>(byte);
  }
  return hash;
}

/// What a record's field or a variant's case is called. Its identity is the number; the name is
/// kept where it is known, which in a message it is not.
struct Label {
  Label() = default;

  explicit Label(std::uint32_t number) : id(number) {}

  explicit Label(std::string text) : id(field_hash(text)), name(std::move(text)) {}

  /// `owner`, `"two words"` or `5`.
  std::string to_text() const;

  friend bool operator==(const Label& a, const Label& b) { return a.id == b.id; }

  friend auto operator<=>(const Label& a, const Label& b) { return a.id <=> b.id; }

  std::uint32_t id = 0;
  std::string name;
};

/// What is said of a function behind its results.
struct Annotations {
  bool operator==(const Annotations&) const = default;

  bool query = false;
  bool oneway = false;
  bool composite_query = false;
};

struct Field;
struct Argument;
struct Method;

namespace internal {

struct TypeTable;

/// A type as the binary format has it: a primitive one, or the number of a table's entry.
class TypeRef {
 public:
  constexpr TypeRef() = default;

  constexpr explicit TypeRef(Kind primitive) : value_(-1 - static_cast<std::int32_t>(primitive)) {}

  constexpr explicit TypeRef(std::size_t index) : value_(static_cast<std::int32_t>(index)) {}

  constexpr bool is_primitive() const { return value_ < 0; }

  constexpr Kind primitive() const { return static_cast<Kind>(-1 - value_); }

  constexpr std::size_t index() const { return static_cast<std::size_t>(value_); }

  friend auto operator<=>(TypeRef, TypeRef) = default;

 private:
  std::int32_t value_ = -1;
};

}  // namespace internal

class Type {
 public:
  /// `null`.
  Type() = default;
  /// A primitive type; any other kind throws `std::invalid_argument`.
  Type(Kind primitive);  // NOLINT: implicit on purpose

  static Type opt(const Type& content);
  static Type vec(const Type& element);

  /// `vec nat8`.
  static Type blob() { return vec(Kind::kNat8); }

  /// Fields in any order. Throws `CandidError` if two have the same number.
  static Type record(std::vector<Field> fields);
  /// A record whose fields are 0, 1, 2, ...
  static Type tuple(const std::vector<Type>& elements);
  static Type variant(std::vector<Field> cases);
  static Type func(const std::vector<Argument>& arguments, const std::vector<Argument>& results,
                   Annotations annotations = {});
  /// Throws `CandidError` if two methods have the same name or one is no function.
  static Type service(std::vector<Method> methods);

  Kind kind() const;

  bool is_blob() const;

  /// Of an opt or a vec.
  Type element() const;
  /// Of a record or a variant, by number.
  std::vector<Field> fields() const;
  std::optional<Type> field(std::uint32_t id) const;
  /// Of a func.
  std::vector<Argument> arguments() const;
  std::vector<Argument> results() const;
  Annotations annotations() const;
  /// Of a service, by name.
  std::vector<Method> methods() const;
  std::optional<Type> method(std::string_view name) const;
  /// The name that a .did text gives it, or nothing.
  std::string_view name() const;

  friend bool operator==(const Type& a, const Type& b);
  friend std::ostream& operator<<(std::ostream& out, const Type& type);

  /// For this folder: a type in a table.
  Type(std::shared_ptr<const internal::TypeTable> table, internal::TypeRef ref);

  const std::shared_ptr<const internal::TypeTable>& table() const { return table_; }

  internal::TypeRef ref() const { return ref_; }

 private:
  std::shared_ptr<const internal::TypeTable> table_;  // none for a primitive type
  internal::TypeRef ref_;
};

struct Field {
  Label label;
  Type type;
};

/// An argument or a result; its name is documentation only and may be empty.
struct Argument {
  Argument(Type type_of_argument) : type(std::move(type_of_argument)) {}  // NOLINT: on purpose

  Argument(Kind primitive) : type(primitive) {}  // NOLINT: on purpose

  Argument(std::string name_of_argument, Type type_of_argument)
      : name(std::move(name_of_argument)), type(std::move(type_of_argument)) {}

  std::string name;
  Type type;
};

struct Method {
  std::string name;
  Type type;  ///< a func
};

/// The types of arguments or results without their names.
std::vector<Type> types_of(const std::vector<Argument>& arguments);

/// As a type stands in a .did text: `opt record { owner : principal; amount : nat }`, in one line.
/// A type that has a name is spelled out once and named where it occurs within itself; a recursive
/// type without a name is given one (`rec_0`). What it prints can be read again unless the type is
/// recursive; see did.h for definitions.
std::string to_text(const Type& type);
/// `(nat, opt text)`.
std::string to_text(const std::vector<Type>& types);

/// Whether a name need not be quoted: an identifier and no keyword.
bool is_plain_name(std::string_view name);
/// The name, quoted where it must be.
std::string quoted_unless_plain(std::string_view name);

}  // namespace heddle::candid
