/// What the values of a C++ type look like, told at run time.
///
/// `Codec` (value.h) turns values into bytes whose meaning only the type knows. `type_info<T>()`
/// says what these bytes are, so that code which never sees the type (Candid, for a model canister
/// that compiled ones call) can read and write them.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/model/internal/record.h>
#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/sized.h>
#include <heddle/model/value.h>

namespace heddle {

/// A type of values. The kinds are the ways in which `Codec` encodes.
struct TypeInfo {
  enum class Kind : std::uint8_t {
    kUnit,       ///< a zero byte
    kBool,       ///< a byte
    kInteger,    ///< `size` bytes, least first
    kFloat,      ///< `size` bytes
    kNat,        ///< of any size: groups of 7 bits
    kInt,        ///< the natural number that stands for it (value.h)
    kText,       ///< a count and bytes
    kBlob,       ///< a count and bytes
    kPrincipal,  ///< a count and bytes
    kCanister,   ///< a handle (ref.h)
    kOptional,   ///< a byte, then the value if there is one; one part
    kList,       ///< a count, then the elements; one part
    kMap,        ///< a count, then keys and values in turn; two parts
    kArray,      ///< `size` elements; one part
    kTuple,      ///< the parts; a zero byte if there are none
    kRecord,     ///< the same; the parts have names, or `.0`, `.1`, ...
    kVariant,    ///< the number of the part, then the part
    kOther,      ///< encoded by a Codec of its own; nothing is known of it
  };

  /// A component. Its type is told when asked for, so that a type may contain itself.
  struct Part {
    std::string name;
    const TypeInfo& (*type)();
  };

  Kind kind = Kind::kOther;
  std::string name;
  std::vector<Part> parts;
  std::size_t size = 0;
  bool is_signed = false;
  /// Of sets and maps, whose order only the type knows: encodes the one that holds these encoded
  /// elements, of a map each key before its value. Throws `DecodeError`.
  std::string (*in_order)(const std::vector<std::string>& elements) = nullptr;
};

/// The description of a type that is `Encodable`; lives for ever.
template <class T>
const TypeInfo& type_info();

namespace internal {

template <class T>
struct Tag {};

template <class T>
TypeInfo::Part part(std::string name = {}) {
  return {std::move(name), &type_info<std::remove_cv_t<T>>};
}

template <class Container>
std::string set_in_order(const std::vector<std::string>& elements) {
  Container container;
  for (const std::string& element : elements) {
    container.insert(from_bytes<typename Container::value_type>(element));
  }
  return to_bytes(container);
}

template <class Container>
std::string map_in_order(const std::vector<std::string>& elements) {
  Container container;
  for (std::size_t i = 0; i + 1 < elements.size(); i += 2) {
    container.emplace(from_bytes<typename Container::key_type>(elements[i]),
                      from_bytes<typename Container::mapped_type>(elements[i + 1]));
  }
  return to_bytes(container);
}

template <class... T>
std::vector<TypeInfo::Part> parts_of(Types<T...>) {
  return {part<T>()...};
}

template <class T>
TypeInfo describe(Tag<T>) {
  TypeInfo info;
  using Kind = TypeInfo::Kind;
  if constexpr (std::is_same_v<T, bool>) {
    info.kind = Kind::kBool;
  } else if constexpr (std::is_enum_v<T>) {
    return describe(Tag<std::underlying_type_t<T>>());
  } else if constexpr (std::is_integral_v<T>) {
    info.kind = Kind::kInteger;
    info.size = sizeof(T);
    info.is_signed = std::is_signed_v<T>;
  } else if constexpr (std::is_floating_point_v<T>) {
    info.kind = Kind::kFloat;
    info.size = sizeof(T);
  } else if constexpr (std::is_same_v<T, Nat>) {
    info.kind = Kind::kNat;
  } else if constexpr (std::is_same_v<T, Int>) {
    info.kind = Kind::kInt;
  } else if constexpr (std::is_same_v<T, std::string>) {
    info.kind = Kind::kText;
  } else if constexpr (std::is_same_v<T, std::vector<std::uint8_t>>) {
    info.kind = Kind::kBlob;
  } else if constexpr (std::is_same_v<T, Principal>) {
    info.kind = Kind::kPrincipal;
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    info.kind = Kind::kUnit;
  } else if constexpr (std::is_base_of_v<AnyRef, T>) {
    info.kind = Kind::kCanister;
  } else if constexpr (!HasOwnCodec<T>) {
    info.kind = Kind::kRecord;
    info.parts = parts_of(FieldTypes<T>());
    if constexpr (HasListedFields<T>) {
      const std::vector<std::string> names = split_names(ListedFields<T>::names());
      for (std::size_t i = 0; i < names.size(); ++i) {
        info.parts[i].name = names[i];
      }
    } else {
      for (std::size_t i = 0; i < info.parts.size(); ++i) {
        info.parts[i].name = "." + std::to_string(i);
      }
    }
  }
  return info;
}

template <class T>
TypeInfo describe(Tag<Sized<T>>) {
  return describe(Tag<T>());
}

template <class T>
TypeInfo describe(Tag<std::optional<T>>) {
  return {.kind = TypeInfo::Kind::kOptional, .name = {}, .parts = {part<T>()}};
}

template <class T>

requires(!std::is_same_v<T, std::uint8_t>) TypeInfo describe(Tag<std::vector<T>>) {
  return {.kind = TypeInfo::Kind::kList, .name = {}, .parts = {part<T>()}};
}

template <class T>
TypeInfo describe(Tag<std::deque<T>>) {
  return {.kind = TypeInfo::Kind::kList, .name = {}, .parts = {part<T>()}};
}

template <class T, class Compare>
TypeInfo describe(Tag<std::set<T, Compare>>) {
  return {.kind = TypeInfo::Kind::kList,
          .name = {},
          .parts = {part<T>()},
          .in_order = &set_in_order<std::set<T, Compare>>};
}

template <class K, class V, class Compare>
TypeInfo describe(Tag<std::map<K, V, Compare>>) {
  return {.kind = TypeInfo::Kind::kMap,
          .name = {},
          .parts = {part<K>(), part<V>()},
          .in_order = &map_in_order<std::map<K, V, Compare>>};
}

template <class A, class B>
TypeInfo describe(Tag<std::pair<A, B>>) {
  return {.kind = TypeInfo::Kind::kTuple, .name = {}, .parts = {part<A>(), part<B>()}};
}

template <class... T>
TypeInfo describe(Tag<std::tuple<T...>>) {
  return {.kind = TypeInfo::Kind::kTuple, .name = {}, .parts = {part<T>()...}};
}

template <class T, std::size_t kSize>
TypeInfo describe(Tag<std::array<T, kSize>>) {
  return {.kind = TypeInfo::Kind::kArray, .name = {}, .parts = {part<T>()}, .size = kSize};
}

template <class... T>
TypeInfo describe(Tag<std::variant<T...>>) {
  const std::array<std::string, sizeof...(T)> names = {type_name<T>()...};
  TypeInfo info{.kind = TypeInfo::Kind::kVariant, .name = {}, .parts = {part<T>()...}};
  for (std::size_t i = 0; i < sizeof...(T); ++i) {
    info.parts[i].name = alternative_name(names, i);
  }
  return info;
}

}  // namespace internal

template <class T>
const TypeInfo& type_info() {
  static const TypeInfo info = [] {
    TypeInfo described = internal::describe(internal::Tag<T>());
    described.name = type_name<T>();
    return described;
  }();
  return info;
}

}  // namespace heddle
