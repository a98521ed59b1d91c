/// Candid's values.
///
/// A `Value` knows what kind of value it is (5 : nat64 differs from 5 : nat) but not its whole
/// type: `vec {}` fits every vector. References carry their type, because decoding one at another
/// type asks for it. Regular, printable (text.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/model/internal/integer.h>
#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/sized.h>
#include <heddle/wasm/candid/type.h>

namespace heddle::candid {

class Value;
struct FieldValue;

/// A service, or the function that one of its methods is.
struct Reference {
  Principal service;
  std::string method;  ///< empty for a service
  Type type;           ///< a func or a service
};

class Value {
 public:
  /// `null`.
  Value();
  Value(bool value);  // NOLINT: implicit on purpose, like the next ones
  Value(Nat value);
  Value(Int value);
  Value(float value);
  Value(double value);
  Value(Principal value);

  template <heddle::internal::BuiltinInteger T>
  Value(Sized<T> value);

  /// Text must be UTF-8; throws `CandidError` if it is not.
  static Value text(std::string utf8);

  static Value reserved();
  static Value opt();
  static Value opt(Value content);
  static Value vec(std::vector<Value> elements);
  static Value blob(std::string bytes);
  /// Fields in any order. Throws `CandidError` if two have the same number.
  static Value record(std::vector<FieldValue> fields);
  static Value tuple(std::vector<Value> elements);
  static Value variant(Label label);
  static Value variant(Label label, Value content);
  static Value service(Principal service, Type type = Type::service({}));
  static Value func(Principal service, std::string method, Type type = Type::func({}, {}));
  /// A fixed-size number of 8, 16, 32 or 64 bits, which it must fit.
  static Value unsigned_number(std::size_t bits, std::uint64_t value);
  static Value signed_number(std::size_t bits, std::int64_t value);

  Kind kind() const { return kind_; }

  /// `null`, an empty option or reserved: what a missing field reads as.
  bool is_null() const;
  /// Whether the bytes of a vec of nat8 are what it holds. An empty vec holds no bytes but is a
  /// blob as well.
  bool is_blob() const;

  // What the value holds. Asking for what it is not throws `std::bad_variant_access`.
  bool boolean() const { return std::get<bool>(content_); }

  const Nat& nat() const { return std::get<Nat>(content_); }

  const Int& integer() const { return std::get<Int>(content_); }

  std::uint64_t bits_unsigned() const { return std::get<std::uint64_t>(content_); }

  std::int64_t bits_signed() const { return std::get<std::int64_t>(content_); }

  float float32() const { return std::get<float>(content_); }

  double float64() const { return std::get<double>(content_); }

  /// Of a text or a non-empty blob.
  const std::string& bytes() const { return std::get<std::string>(content_); }

  const Principal& principal() const { return std::get<Principal>(content_); }

  /// Of a vec that is no blob; none or one of an opt; the fields' values have their own.
  const std::vector<Value>& elements() const { return std::get<std::vector<Value>>(content_); }

  /// By number; the one of a variant.
  const std::vector<FieldValue>& fields() const {
    return std::get<std::vector<FieldValue>>(content_);
  }

  const Reference& reference() const {
    return *std::get<std::shared_ptr<const Reference>>(content_);
  }

  /// How many elements a vec or blob has.
  std::size_t size() const;
  /// The field with this number; nothing if there is none or this is no record.
  const Value* find(std::uint32_t id) const;

  const Value* find(std::string_view name) const { return find(field_hash(name)); }

  /// Any whole number (nat, int and the sized ones) as an Int; nothing if it is none.
  std::optional<Int> whole_number() const;

  /// By content; floating-point numbers by their bits, all NaNs being one; labels by number;
  /// references without regard to their type.
  friend bool operator==(const Value& a, const Value& b);
  friend std::ostream& operator<<(std::ostream& out, const Value& value);

 private:
  using Content = std::variant<std::monostate, bool, Nat, Int, std::uint64_t, std::int64_t, float,
                               double, std::string, Principal, std::vector<Value>,
                               std::vector<FieldValue>, std::shared_ptr<const Reference>>;

  Value(Kind kind, Content content);

  Kind kind_ = Kind::kNull;
  Content content_;
};

struct FieldValue {
  bool operator==(const FieldValue&) const = default;

  Label label;
  Value value;
};

template <heddle::internal::BuiltinInteger T>
Value::Value(Sized<T> value)
    : Value(std::is_signed_v<T>
                ? signed_number(8 * sizeof(T), static_cast<std::int64_t>(value.value()))
                : unsigned_number(8 * sizeof(T), static_cast<std::uint64_t>(value.value()))) {}

/// The least type that the value fits: `vec {}` is a `vec empty`, `null` is `null`, a variant has
/// one case. Throws `CandidError` where the elements of a vec have no common type.
Type type_of(const Value& value);
std::vector<Type> types_of(const std::vector<Value>& values);

/// Whether the bytes are UTF-8 without surrogates and overlong forms.
bool is_utf8(std::string_view bytes);

}  // namespace heddle::candid
