/// Taking records apart: how many fields an aggregate has, and what they are.
///
/// C++20 has no reflection. What it has is enough for aggregates: the number of fields is the
/// largest number of initialisers that an aggregate accepts, found by trying with a value that
/// converts to everything, and a structured binding of that many names then gives the fields. A
/// type with `HEDDLE_FIELDS` (fields.h) is taken at its word instead.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <heddle/model/fields.h>

namespace heddle::internal {

template <class...>
struct Types {};

/// Converts to everything; is only ever declared.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT: implicit on purpose
};

/// Converts to the base classes of `T`.
template <class T>
struct AnyBaseOf {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base()
      const;  // NOLINT: implicit on purpose
};

/// An aggregate's first initialisers go to its base classes.
template <class T>
concept HasBase = requires {
  T{AnyBaseOf<T>{}};
};

inline constexpr std::size_t kFieldsMax = 16;

template <class T, std::size_t... kIndex>
constexpr bool accepts(std::index_sequence<kIndex...>) {
  return requires {
    T{(static_cast<void>(kIndex), Anything{})...};
  };
}

/// The number of fields of an aggregate without bases; `kFieldsMax + 1` stands for more than that.
template <class T, std::size_t kCount = kFieldsMax + 1>
constexpr std::size_t field_count() {
  if constexpr (kCount == 0 || accepts<T>(std::make_index_sequence<kCount>())) {
    return kCount;
  } else {
    return field_count<T, kCount - 1>();
  }
}

/// What `HEDDLE_FIELDS` says of exactly `T`, or void. A base's list is not its derived class's.
template <class T>
constexpr auto listed_fields() {
  if constexpr (requires(T & value, const T* type) { value.heddle_fields(type); }) {
    return decltype(std::declval<T&>().heddle_fields(static_cast<const T*>(nullptr)))();
  } else if constexpr (requires(const T* type) { heddle_fields(type); }) {
    return decltype(heddle_fields(static_cast<const T*>(nullptr)))();
  }
}

template <class T>
using ListedFields = decltype(listed_fields<T>());

template <class T>
concept HasListedFields = requires {
  requires std::is_same_v<decltype(ListedFields<T>::owner()), const T*>;
};

template <class Class, class Field>
std::type_identity<Field> field_of(Field Class::*member);

#define HEDDLE_INTERNAL_TYPE(context, name) decltype(name)
#define HEDDLE_INTERNAL_BIND(count, ...)                                                         \
  else if constexpr (kCount == (count)) {                                                        \
    auto& [__VA_ARGS__] =                                                                        \
        value; /* refused here: a C array (use std::array), an anonymous union (std::variant) */ \
    return body(Types<HEDDLE_INTERNAL_FOR_EACH(HEDDLE_INTERNAL_TYPE, , __VA_ARGS__)>(),          \
                __VA_ARGS__);                                                                    \
  }

/// Calls `body(Types<Fields...>(), fields...)` with the fields of an aggregate, whether they have
/// names or not.
template <class T, class Body>
constexpr auto with_bound_fields(T& value, Body body) {
  constexpr std::size_t kCount = field_count<std::remove_const_t<T>>();
  if constexpr (kCount == 0) {
    return body(Types<>());
  }
  HEDDLE_INTERNAL_BIND(1, a)
  HEDDLE_INTERNAL_BIND(2, a, b)
  HEDDLE_INTERNAL_BIND(3, a, b, c)
  HEDDLE_INTERNAL_BIND(4, a, b, c, d)
  HEDDLE_INTERNAL_BIND(5, a, b, c, d, e)
  HEDDLE_INTERNAL_BIND(6, a, b, c, d, e, f)
  HEDDLE_INTERNAL_BIND(7, a, b, c, d, e, f, g)
  HEDDLE_INTERNAL_BIND(8, a, b, c, d, e, f, g, h)
  HEDDLE_INTERNAL_BIND(9, a, b, c, d, e, f, g, h, i)
  HEDDLE_INTERNAL_BIND(10, a, b, c, d, e, f, g, h, i, j)
  HEDDLE_INTERNAL_BIND(11, a, b, c, d, e, f, g, h, i, j, k)
  HEDDLE_INTERNAL_BIND(12, a, b, c, d, e, f, g, h, i, j, k, l)
  HEDDLE_INTERNAL_BIND(13, a, b, c, d, e, f, g, h, i, j, k, l, m)
  HEDDLE_INTERNAL_BIND(14, a, b, c, d, e, f, g, h, i, j, k, l, m, n)
  HEDDLE_INTERNAL_BIND(15, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
  HEDDLE_INTERNAL_BIND(16, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// Calls `body(Types<Fields...>(), fields...)` with the fields of a record.
template <class T, class Body>
constexpr auto with_fields(T& value, Body body) {
  using Record = std::remove_const_t<T>;
  if constexpr (HasListedFields<Record>) {
    return std::apply(
        [&](auto... member) {
          return body(Types<typename decltype(field_of(member))::type...>(), value.*member...);
        },
        ListedFields<Record>::members());
  } else {
    return with_bound_fields(value, body);
  }
}

#undef HEDDLE_INTERNAL_BIND
#undef HEDDLE_INTERNAL_TYPE

/// Whether a record can be made first and filled afterwards.
template <class T>
concept Fillable = std::is_default_constructible_v<T> && std::is_move_assignable_v<T>;

struct TypesOnly {
  template <class... Fields>
  constexpr Types<std::remove_cv_t<Fields>...> operator()(Types<Fields...>, const auto&...) const {
    return {};
  }
};

/// `Types<...>` of a record's fields.
template <class T>
using FieldTypes = decltype(with_fields(std::declval<T&>(), TypesOnly()));
/// The same without regard to `HEDDLE_FIELDS`.
template <class T>
using BoundTypes = decltype(with_bound_fields(std::declval<T&>(), TypesOnly()));

/// Room for a `T` that is never constructed, to compare where its fields lie.
template <class T>
union Layout {
  constexpr Layout() : none() {}

  constexpr ~Layout() {}

  char none;
  T value;
};

template <class T>
inline constexpr Layout<T> kLayout;

/// Constant expressions may compare the addresses of fields of one type only.
template <class T, class A, class B>
constexpr bool precedes(A T::*a, B T::*b) {
  if constexpr (std::is_same_v<A, B>) {
    return &(kLayout<T>.value.*a) < &(kLayout<T>.value.*b);
  } else {
    return true;
  }
}

template <class T>
constexpr bool all_precede() {
  return true;
}

template <class T, class First, class... Rest>
constexpr bool all_precede([[maybe_unused]] First first, Rest... rest) {
  return (precedes<T>(first, rest) && ...) && all_precede<T>(rest...);
}

/// Whether `HEDDLE_FIELDS` lists all fields of an aggregate in the order of their declaration: the
/// types must be those of the structured binding, and fields of one type must follow each other in
/// memory.
template <class T>
constexpr bool lists_in_order() {
  return std::is_same_v<FieldTypes<T>, BoundTypes<T>> &&
         std::apply([](auto... member) { return all_precede<T>(member...); },
                    ListedFields<T>::members());
}

}  // namespace heddle::internal
