/// Which C++ types are values to a canister, and how they become bytes and text.
///
/// A variable, an argument, a reply: whatever a canister remembers or sends is a value with a
/// canonical encoding. Equal values have equal bytes and equal bytes are equal values, so the
/// checker compares, hashes and stores bytes and never needs to know the type. The same walk gives
/// a `Shown`, the tree that people read.
///
/// Values are: bool, integers and characters, double and float, enumerations, `std::string`, `Nat`,
/// `Int`, `Nat8` to `Int64`, `Principal`, `std::monostate`, optional, vector, deque, array, map,
/// set, pair, tuple, variant, and aggregates of values (up to 16 fields, or any class with
/// `HEDDLE_FIELDS`), a type that contains lists of itself included. Any other type is refused at
/// compile time with a reason. A floating-point number is told by its bits, so that 0.0 and -0.0
/// differ while all NaNs are one.
///
/// A library type joins by specialising `Codec`.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/model/encoding.h>
#include <heddle/model/fields.h>
#include <heddle/model/internal/record.h>
#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/shown.h>
#include <heddle/model/sized.h>

namespace heddle {

/// How a type is encoded and shown. This primary template is for records and enumerations;
/// specialise it for a type of another kind, with three static functions:
///
///     static void encode(const T& value, Encoder& out);
///     static T decode(Decoder& in);
///     static Shown show(const T& value);
///
/// `encode` writes at least one byte, and equal bytes only for equal values; `decode` refuses all
/// that `encode` does not write, by `in.fail(...)`. Besides, where they apply,
/// `static std::string name()` (the type's name in traces, else taken from the compiler) and
/// `using Parts = internal::Types<K, V>` (component types that must be values too).
template <class T>
struct Codec;

namespace internal {

/// Why a type is no value.
enum class Refusal {
  kPointer,
  kReference,
  kUnordered,
  kArray,
  kFunction,
  kUnion,
  kBase,
  kTooManyFields,
  kUncountable,
  kFieldsIncomplete,
  kFieldsUnordered,
  kUnknown,
};

struct Accepted {
  static constexpr bool kValue = true;
};

/// `T` is what is refused; it may be some way inside the type that was asked about.
template <Refusal kWhy, class T>
struct Refused {
  static constexpr bool kValue = false;
};

template <class T>
concept HasOwnCodec = !requires {
  typename Codec<T>::Unspecialised;
};

template <class T>
concept PointerLike = std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
    std::is_null_pointer_v<T> || requires(T& pointer) {
  typename T::element_type;
  pointer.get();
  *pointer;
};

template <class T>
concept ReferenceLike = std::is_reference_v<T> || std::is_same_v<T, std::string_view> || requires {
  typename T::element_type;
  T::extent;

} || requires(T& reference) {
  typename T::type;
  { reference.get() } -> std::same_as<typename T::type&>;
};

template <class T>
concept FunctionLike = std::is_function_v<T> || requires {
  &T::operator();
} || requires {
  typename T::result_type;
  requires std::is_constructible_v<T, std::nullptr_t>;
};

template <class T>
constexpr auto examine_record();

template <class Open, class T>
constexpr auto examine();

template <class Open>
constexpr auto examine_all(Types<>) {
  return Accepted();
}

template <class Open, class First, class... Rest>
constexpr auto examine_all(Types<First, Rest...>) {
  using Result = decltype(examine<Open, First>());
  if constexpr (Result::kValue) {
    return examine_all<Open>(Types<Rest...>());
  } else {
    return Result();
  }
}

template <class T, class... Open>
constexpr bool is_open(Types<Open...>) {
  return (std::is_same_v<T, Open> || ...);
}

template <class T, class... Open>
constexpr Types<T, Open...> opened(Types<Open...>);

/// `Accepted`, or what is refused and why. `Open` are the records around: one that contains itself
/// is not asked again.
template <class Open, class Qualified>
constexpr auto examine() {
  using T = std::remove_cv_t<Qualified>;
  if constexpr (ReferenceLike<T>) {
    return Refused<Refusal::kReference, T>();
  } else if constexpr (is_open<T>(Open()) || std::is_enum_v<T>) {
    return Accepted();
  } else if constexpr (std::is_array_v<T>) {
    return Refused<Refusal::kArray, T>();
  } else if constexpr (FunctionLike<T>) {
    return Refused<Refusal::kFunction, T>();
  } else if constexpr (HasOwnCodec<T>) {
    if constexpr (requires { typename Codec<T>::Parts; }) {
      return examine_all<Open>(typename Codec<T>::Parts());
    } else {
      return Accepted();
    }
  } else if constexpr (PointerLike<T>) {
    return Refused<Refusal::kPointer, T>();
  } else if constexpr (requires { typename T::hasher; }) {
    return Refused<Refusal::kUnordered, T>();
  } else if constexpr (std::is_union_v<T>) {
    return Refused<Refusal::kUnion, T>();
  } else {
    using Shape = decltype(examine_record<T>());
    if constexpr (Shape::kValue) {
      return examine_all<decltype(opened<T>(Open()))>(FieldTypes<T>());
    } else {
      return Shape();
    }
  }
}

template <class... T>
constexpr bool has_array(Types<T...>) {
  return (std::is_array_v<T> || ...);
}

/// Whether a class can be taken apart, whatever its fields are.
template <class T>
constexpr auto examine_record() {
  if constexpr (HasListedFields<T>) {
    constexpr bool kIsPlain =
        std::is_aggregate_v<T> && !HasBase<T> && field_count<T>() <= kFieldsMax;
    constexpr std::size_t kListed = std::tuple_size_v<decltype(ListedFields<T>::members())>;
    if constexpr (has_array(FieldTypes<T>())) {
      return Accepted();  // as a whole; each initialiser of an array counts as one, and the array
                          // itself is refused next
    } else if constexpr (kIsPlain && kListed != field_count<T>()) {
      return Refused<Refusal::kFieldsIncomplete, T>();
    } else if constexpr (Fillable<T>) {
      return Accepted();
    } else if constexpr (kIsPlain) {
      return std::conditional_t<lists_in_order<T>(), Accepted,
                                Refused<Refusal::kFieldsUnordered, T>>();
    } else {
      return Refused<Refusal::kFieldsUnordered, T>();
    }
  } else if constexpr (!std::is_aggregate_v<T>) {
    return Refused<Refusal::kUnknown, T>();
  } else if constexpr (HasBase<T>) {
    return Refused<Refusal::kBase, T>();
  } else if constexpr (field_count<T>() > kFieldsMax) {
    return Refused<Refusal::kTooManyFields, T>();
  } else if constexpr (field_count<T>() == 0 && !std::is_empty_v<T>) {
    return Refused<Refusal::kUncountable, T>();
  } else {
    return Accepted();
  }
}

template <class T>
using Examined = decltype(examine<Types<>, T>());

inline constexpr auto explain(Accepted) -> void {}

/// The culprit stands in the compiler's note about this instantiation.
template <Refusal kWhy, class T>
constexpr void explain(Refused<kWhy, T>) {
#define HEDDLE_INTERNAL_REFUSE(why, text) \
  static_assert(kWhy != Refusal::why,     \
                "heddle: this type cannot be a canister variable, argument or reply: " text)
  HEDDLE_INTERNAL_REFUSE(kPointer,
                         "a pointer names a place in memory, which is no value. Hold the value "
                         "itself, an index or key, or std::optional for one that may be missing");
  HEDDLE_INTERNAL_REFUSE(kReference,
                         "it refers to something that lives elsewhere. Hold the value itself "
                         "(std::string for a std::string_view, std::vector for a std::span)");
  HEDDLE_INTERNAL_REFUSE(kUnordered,
                         "the order of an unordered container is not part of its value, and code "
                         "that iterates it is not deterministic. Use std::map or std::set");
  HEDDLE_INTERNAL_REFUSE(kArray, "C arrays are not copied. Use std::array");
  HEDDLE_INTERNAL_REFUSE(kFunction,
                         "a function is not data. Hold what it would need, and decide by a variant "
                         "or an enumeration");
  HEDDLE_INTERNAL_REFUSE(kUnion, "a union does not say what it holds. Use std::variant");
  HEDDLE_INTERNAL_REFUSE(kBase,
                         "it has a base class. List the fields with HEDDLE_FIELDS(Type, ...), or "
                         "make the base a field");
  HEDDLE_INTERNAL_REFUSE(kTooManyFields,
                         "it has more than 16 fields. List them with HEDDLE_FIELDS(Type, ...)");
  HEDDLE_INTERNAL_REFUSE(kUncountable,
                         "its fields cannot be counted, which a reference among them causes. Hold "
                         "values, or list the fields with HEDDLE_FIELDS(Type, ...)");
  HEDDLE_INTERNAL_REFUSE(kFieldsIncomplete,
                         "HEDDLE_FIELDS(Type, ...) must list all of its fields, each once");
  HEDDLE_INTERNAL_REFUSE(kFieldsUnordered,
                         "it cannot be made and then filled. Give it a default constructor and no "
                         "constant fields, or make it an aggregate with HEDDLE_FIELDS(Type, ...) "
                         "in the order of declaration");
  HEDDLE_INTERNAL_REFUSE(kUnknown,
                         "it hides its fields. Make it an aggregate, list its fields inside the "
                         "class with HEDDLE_FIELDS(Type, ...), or specialise heddle::Codec");
#undef HEDDLE_INTERNAL_REFUSE
}

/// "b, a" as two names.
std::vector<std::string> split_names(std::string_view names);
/// The name of `T` within what the compiler says of a function about it, without namespaces.
std::string short_type_name(std::string_view pretty_function);
/// What tells alternative `index` from the others: its type's name, or the index where two have the
/// same.
std::string alternative_name(std::span<const std::string> type_names, std::size_t index);

Shown show_number(float value);
Shown show_number(double value);
Shown show_character(std::uint32_t code_point);
Shown show_byte_character(char value);
void encode_unbounded(const Nat& value, Encoder& out);
Nat decode_unbounded(Decoder& in);

template <class T>
constexpr std::string_view pretty_function() {
  return __PRETTY_FUNCTION__;
}

}  // namespace internal

/// A type whose values a canister can hold and send.
template <class T>
concept Encodable = internal::Examined<std::remove_cv_t<T>>::kValue;

/// Does not compile, and says what to do, unless `T` is `Encodable`.
template <class T>
constexpr void require_encodable() {
  internal::explain(internal::Examined<std::remove_cv_t<T>>());
}

/// The type as traces name it: `Nat`, `[Nat]`, `?Text`, `Account`.
template <class T>
std::string type_name() {
  if constexpr (requires { Codec<T>::name(); }) {
    return Codec<T>::name();
  } else {
    return internal::short_type_name(internal::pretty_function<T>());
  }
}

/// Appends the canonical encoding of `value`.
template <class T>
void encode(const T& value, Encoder& out) {
  require_encodable<T>();
  if constexpr (Encodable<T>) {
    Codec<T>::encode(value, out);
  }
}

/// Reads one value. Throws `DecodeError` if the bytes are not the encoding of one.
template <class T>
T decode(Decoder& in) {
  require_encodable<T>();
  if constexpr (Encodable<T>) {
    return Codec<T>::decode(in);
  }
}

/// The canonical encoding: equal values, equal bytes, and the other way round.
template <class T>
std::string to_bytes(const T& value) {
  Encoder out;
  encode(value, out);
  return std::move(out).bytes();
}

/// The value with this encoding. Throws `DecodeError` if there is none.
template <class T>
T from_bytes(std::string_view bytes) {
  Decoder in(bytes);
  T value = decode<T>(in);
  in.finish();
  return value;
}

/// The value as a tree for people.
template <class T>
Shown show(const T& value) {
  require_encodable<T>();
  if constexpr (Encodable<T>) {
    return Codec<T>::show(value);
  }
}

/// What can be done with bytes of a type that only the one who wrote them knows.
struct TypeOps {
  std::string_view type_name;
  /// Throws `DecodeError` if the bytes are no encoded value of the type.
  Shown (*show)(std::string_view bytes);
  bool (*valid)(std::string_view bytes);
};

template <class T>
const TypeOps& type_ops() {
  static const std::string name = type_name<T>();
  static const TypeOps ops{
      .type_name = name,
      .show = [](std::string_view bytes) { return heddle::show(from_bytes<T>(bytes)); },
      .valid =
          [](std::string_view bytes) {
            try {
              static_cast<void>(from_bytes<T>(bytes));
              return true;
            } catch (const DecodeError&) {
              return false;
            }
          },
  };
  return ops;
}

/// Records: the fields one after another, and a zero byte for none. Enumerations: the number
/// behind.
template <class T>
struct Codec {
  using Unspecialised = void;

  static void encode(const T& value, Encoder& out) {
    if constexpr (std::is_enum_v<T>) {
      Codec<std::underlying_type_t<T>>::encode(static_cast<std::underlying_type_t<T>>(value), out);
    } else {
      internal::with_fields(
          value, [&out]<class... Fields>(internal::Types<Fields...>, const auto&... fields) {
            if constexpr (sizeof...(Fields) == 0) {
              out.byte(0);
            }
            (Codec<std::remove_cv_t<Fields>>::encode(fields, out), ...);
          });
    }
  }

  static T decode(Decoder& in) {
    if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(Codec<std::underlying_type_t<T>>::decode(in));
    } else {
      return decode_record(in, internal::FieldTypes<T>());
    }
  }

  static Shown show(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return Codec<std::underlying_type_t<T>>::show(static_cast<std::underlying_type_t<T>>(value));
    } else {
      Shown shown(Shown::Kind::kRecord, {});
      internal::with_fields(
          value, [&shown]<class... Fields>(internal::Types<Fields...>, const auto&... fields) {
            (shown.children.emplace_back(field_name(shown.children.size()),
                                         Codec<std::remove_cv_t<Fields>>::show(fields)),
             ...);
          });
      return shown;
    }
  }

 private:
  static std::string field_name(std::size_t index) {
    if constexpr (internal::HasListedFields<T>) {
      static const std::vector<std::string> names =
          internal::split_names(internal::ListedFields<T>::names());
      return names[index];
    } else {
      return "." + std::to_string(index);
    }
  }

  template <class... Fields>
  static T decode_record(Decoder& in, internal::Types<Fields...>) {
    if constexpr (sizeof...(Fields) == 0) {
      if (in.byte() != 0) {
        in.fail("an empty record is a zero byte");
      }
      return T{};
    } else if constexpr (internal::HasListedFields<T> && internal::Fillable<T>) {
      T value{};
      std::apply([&](auto... member) { ((value.*member = Codec<Fields>::decode(in)), ...); },
                 internal::ListedFields<T>::members());
      return value;
    } else {
      return T{Codec<Fields>::decode(in)...};
    }
  }
};

template <>
struct Codec<bool> {
  static std::string name() { return "Bool"; }

  static void encode(bool value, Encoder& out) { out.byte(value ? 1 : 0); }

  static bool decode(Decoder& in) {
    const std::uint8_t byte = in.byte();
    if (byte > 1) {
      in.fail("a bool is 0 or 1");
    }
    return byte == 1;
  }

  static Shown show(bool value) { return {Shown::Kind::kBool, value ? "true" : "false"}; }
};

/// Built-in integers and characters: their bytes, least first.
template <std::integral T>
struct Codec<T> {
  static void encode(T value, Encoder& out) { out.fixed(value); }

  static T decode(Decoder& in) { return in.fixed<T>(); }

  static Shown show(T value) {
    if constexpr (std::is_same_v<T, char>) {
      return internal::show_byte_character(value);
    } else if constexpr (internal::kIsCharacter<T>) {
      return internal::show_character(static_cast<std::uint32_t>(value));
    } else {
      return {Shown::Kind::kNumber, std::to_string(value)};
    }
  }
};

/// Floating-point numbers: their bits, with one pattern for all NaNs.
template <class T>

requires(std::is_same_v<T, float> || std::is_same_v<T, double>) struct Codec<T> {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

  static void encode(T value, Encoder& out) { out.fixed(bits_of(value)); }

  static T decode(Decoder& in) {
    const Bits bits = in.fixed<Bits>();
    const T value = std::bit_cast<T>(bits);
    if (bits_of(value) != bits) {
      in.fail("a NaN has other bits");
    }
    return value;
  }

  static Shown show(T value) { return internal::show_number(value); }

 private:
  static Bits bits_of(T value) {
    return std::bit_cast<Bits>(value == value ? value : std::numeric_limits<T>::quiet_NaN());
  }
};

/// Unbounded numbers: as few groups of 7 bits as possible, least first.
template <>
struct Codec<Nat> {
  static std::string name() { return "Nat"; }

  static void encode(const Nat& value, Encoder& out) { internal::encode_unbounded(value, out); }

  static Nat decode(Decoder& in) { return internal::decode_unbounded(in); }

  static Shown show(const Nat& value) { return {Shown::Kind::kNumber, value.to_string()}; }
};

/// As the naturals 0, 1, 2, 3, 4 for 0, -1, 1, -2, 2 and so on.
template <>
struct Codec<Int> {
  static std::string name() { return "Int"; }

  static void encode(const Int& value, Encoder& out);
  static Int decode(Decoder& in);

  static Shown show(const Int& value) { return {Shown::Kind::kNumber, value.to_string()}; }
};

template <class T>
struct Codec<Sized<T>> {
  static std::string name() {
    return (std::is_signed_v<T> ? "Int" : "Nat") + std::to_string(8 * sizeof(T));
  }

  static void encode(Sized<T> value, Encoder& out) { out.fixed(value.value()); }

  static Sized<T> decode(Decoder& in) { return in.fixed<T>(); }

  static Shown show(Sized<T> value) { return {Shown::Kind::kNumber, value.to_string()}; }
};

template <>
struct Codec<std::string> {
  static std::string name() { return "Text"; }

  static void encode(const std::string& value, Encoder& out);

  static std::string decode(Decoder& in) { return std::string(in.raw(in.count())); }

  static Shown show(const std::string& value) { return {Shown::Kind::kText, value}; }
};

template <>
struct Codec<Principal> {
  static std::string name() { return "Principal"; }

  static void encode(const Principal& value, Encoder& out);
  static Principal decode(Decoder& in);

  static Shown show(const Principal& value) { return {Shown::Kind::kName, value.to_string()}; }
};

template <>
struct Codec<std::monostate> {
  static std::string name() { return "()"; }

  static void encode(std::monostate, Encoder& out) { out.byte(0); }

  static std::monostate decode(Decoder& in) {
    if (in.byte() != 0) {
      in.fail("a unit is a zero byte");
    }
    return {};
  }

  static Shown show(std::monostate) { return {}; }
};

template <class T>
struct Codec<std::optional<T>> {
  using Parts = internal::Types<T>;

  static std::string name() { return "?" + type_name<T>(); }

  static void encode(const std::optional<T>& value, Encoder& out) {
    out.byte(value ? 1 : 0);
    if (value) {
      Codec<T>::encode(*value, out);
    }
  }

  static std::optional<T> decode(Decoder& in) {
    if (Codec<bool>::decode(in)) {
      return Codec<T>::decode(in);
    }
    return std::nullopt;
  }

  static Shown show(const std::optional<T>& value) {
    Shown shown(Shown::Kind::kOptional, {});
    if (value) {
      shown.children.emplace_back(std::string(), Codec<T>::show(*value));
    }
    return shown;
  }
};

namespace internal {

/// Containers of single elements: their number, then each.
template <class Container, class T>
struct ListCodec {
  using Parts = Types<T>;

  static std::string name() { return "[" + type_name<T>() + "]"; }

  static void encode(const Container& value, Encoder& out) {
    const Encoder::Nested nested(out);
    out.varint(value.size());
    for (const auto& element : value) {
      Codec<T>::encode(element, out);
    }
  }

  static Shown show(const Container& value) {
    Shown shown(Shown::Kind::kList, {});
    shown.children.reserve(value.size());
    for (const auto& element : value) {
      shown.children.emplace_back(std::string(), Codec<T>::show(element));
    }
    return shown;
  }
};

template <class Container, class T>
struct SequenceCodec : ListCodec<Container, T> {
  static Container decode(Decoder& in) {
    const Decoder::Nested nested(in);
    Container value;
    for (std::size_t left = in.count(); left > 0; --left) {
      value.push_back(Codec<T>::decode(in));
    }
    return value;
  }
};

}  // namespace internal

template <class T>
struct Codec<std::vector<T>> : internal::SequenceCodec<std::vector<T>, T> {};

template <class T>
struct Codec<std::deque<T>> : internal::SequenceCodec<std::deque<T>, T> {};

/// Bytes, Motoko's Blob.
template <>
struct Codec<std::vector<std::uint8_t>> {
  static std::string name() { return "Blob"; }

  static void encode(const std::vector<std::uint8_t>& value, Encoder& out);
  static std::vector<std::uint8_t> decode(Decoder& in);
  static Shown show(const std::vector<std::uint8_t>& value);
};

/// In the set's order, each element after the one before it.
template <class T, class Compare>
struct Codec<std::set<T, Compare>> : internal::ListCodec<std::set<T, Compare>, T> {
  static std::set<T, Compare> decode(Decoder& in) {
    const Decoder::Nested nested(in);
    std::set<T, Compare> value;
    for (std::size_t left = in.count(); left > 0; --left) {
      T element = Codec<T>::decode(in);
      if (!value.empty() && !value.value_comp()(*value.rbegin(), element)) {
        in.fail("the elements of a set are not in order");
      }
      value.insert(value.end(), std::move(element));
    }
    return value;
  }
};

/// In the map's order, each key after the one before it.
template <class K, class V, class Compare>
struct Codec<std::map<K, V, Compare>> {
  using Parts = internal::Types<K, V>;

  static std::string name() { return "{" + type_name<K>() + " -> " + type_name<V>() + "}"; }

  static void encode(const std::map<K, V, Compare>& value, Encoder& out) {
    const Encoder::Nested nested(out);
    out.varint(value.size());
    for (const auto& [key, mapped] : value) {
      Codec<K>::encode(key, out);
      Codec<V>::encode(mapped, out);
    }
  }

  static std::map<K, V, Compare> decode(Decoder& in) {
    const Decoder::Nested nested(in);
    std::map<K, V, Compare> value;
    for (std::size_t left = in.count(); left > 0; --left) {
      K key = Codec<K>::decode(in);
      if (!value.empty() && !value.key_comp()(value.rbegin()->first, key)) {
        in.fail("the keys of a map are not in order");
      }
      value.emplace_hint(value.end(), std::move(key), Codec<V>::decode(in));
    }
    return value;
  }

  static Shown show(const std::map<K, V, Compare>& value) {
    Shown shown(Shown::Kind::kMap, {});
    for (const auto& [key, mapped] : value) {
      shown.children.emplace_back(to_string(Codec<K>::show(key)), Codec<V>::show(mapped));
    }
    return shown;
  }
};

namespace internal {

/// Pairs, tuples and arrays: the elements one after another, and a zero byte for none.
template <class Tuple, class... T>
struct TupleCodec {
  using Parts = Types<T...>;

  static std::string name() {
    std::string elements;
    ((elements += (elements.empty() ? "" : ", ") + type_name<std::remove_cv_t<T>>()), ...);
    return "(" + elements + ")";
  }

  static void encode(const Tuple& value, Encoder& out) {
    if constexpr (sizeof...(T) == 0) {
      out.byte(0);
    }
    std::apply(
        [&out](const auto&... elements) {
          (Codec<std::remove_cv_t<T>>::encode(elements, out), ...);
        },
        value);
  }

  static Tuple decode(Decoder& in) {
    if constexpr (sizeof...(T) == 0) {
      if (in.byte() != 0) {
        in.fail("an empty tuple is a zero byte");
      }
    }
    return Tuple{Codec<std::remove_cv_t<T>>::decode(in)...};
  }

  static Shown show(const Tuple& value) {
    Shown shown(sizeof...(T) == 0 ? Shown::Kind::kUnit : Shown::Kind::kTuple, {});
    std::apply(
        [&shown](const auto&... elements) {
          (shown.children.emplace_back(std::string(), Codec<std::remove_cv_t<T>>::show(elements)),
           ...);
        },
        value);
    return shown;
  }
};

}  // namespace internal

template <class A, class B>
struct Codec<std::pair<A, B>> : internal::TupleCodec<std::pair<A, B>, A, B> {};

template <class... T>
struct Codec<std::tuple<T...>> : internal::TupleCodec<std::tuple<T...>, T...> {};

template <class T, std::size_t kSize>
struct Codec<std::array<T, kSize>> {
  using Parts = internal::Types<T>;

  static std::string name() { return "[" + type_name<T>() + "; " + std::to_string(kSize) + "]"; }

  static void encode(const std::array<T, kSize>& value, Encoder& out) {
    if constexpr (kSize == 0) {
      out.byte(0);
    }
    for (const T& element : value) {
      Codec<T>::encode(element, out);
    }
  }

  static std::array<T, kSize> decode(Decoder& in) {
    if constexpr (kSize == 0) {
      if (in.byte() != 0) {
        in.fail("an empty array is a zero byte");
      }
    }
    return [&in]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      return std::array<T, kSize>{(static_cast<void>(kIndex), Codec<T>::decode(in))...};
    }
    (std::make_index_sequence<kSize>());
  }

  static Shown show(const std::array<T, kSize>& value) {
    Shown shown(Shown::Kind::kList, {});
    for (const T& element : value) {
      shown.children.emplace_back(std::string(), Codec<T>::show(element));
    }
    return shown;
  }
};

/// The index of the alternative, then its value.
template <class... T>
struct Codec<std::variant<T...>> {
  using Parts = internal::Types<T...>;

  static std::string name() {
    std::string alternatives;
    ((alternatives += (alternatives.empty() ? "" : " | ") + type_name<T>()), ...);
    return "{" + alternatives + "}";
  }

  static void encode(const std::variant<T...>& value, Encoder& out) {
    out.varint(value.index());
    std::visit([&out]<class A>(const A& alternative) { Codec<A>::encode(alternative, out); },
               value);
  }

  static std::variant<T...> decode(Decoder& in) {
    return decode_alternative(in, in.varint(), std::index_sequence_for<T...>());
  }

  static Shown show(const std::variant<T...>& value) {
    static const std::array<std::string, sizeof...(T)> names = {type_name<T>()...};
    Shown shown(Shown::Kind::kVariant, internal::alternative_name(names, value.index()));
    std::visit(
        [&shown]<class A>(const A& alternative) {
          shown.children.emplace_back(std::string(), Codec<A>::show(alternative));
        },
        value);
    return shown;
  }

 private:
  template <std::size_t... kIndex>
  static std::variant<T...> decode_alternative(Decoder& in, std::uint64_t index,
                                               std::index_sequence<kIndex...>) {
    std::optional<std::variant<T...>> value;
    static_cast<void>(
        ((index == kIndex ? (value.emplace(std::in_place_index<kIndex>, Codec<T>::decode(in)), true)
                          : false) ||
         ...));
    if (!value) {
      in.fail("a variant has no such alternative");
    }
    return *std::move(value);
  }
};

}  // namespace heddle
