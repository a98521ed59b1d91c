/// Names for the fields of a record.
///
/// C++20 can take an aggregate apart but does not know what its fields are called. `HEDDLE_FIELDS`
/// says it once; diffs, traces and Candid use the names. It stands inside the struct or after it in
/// the same namespace:
///
///     struct Account {
///       Principal owner;
///       std::optional<Nat> subaccount;
///       bool operator==(const Account&) const = default;
///       HEDDLE_FIELDS(Account, owner, subaccount)
///     };
///
/// All fields are listed, in the order of their declaration. Inside a class it may list private
/// ones.
#pragma once

#include <tuple>

// A macro cannot call itself, so the list is walked by rescanning: each HEDDLE_INTERNAL_SCAN level
// multiplies the number of passes by three, which is enough for 80 names.
#define HEDDLE_INTERNAL_PARENTHESES ()
#define HEDDLE_INTERNAL_SCAN(...) \
  HEDDLE_INTERNAL_SCAN3(HEDDLE_INTERNAL_SCAN3(HEDDLE_INTERNAL_SCAN3(__VA_ARGS__)))
#define HEDDLE_INTERNAL_SCAN3(...) \
  HEDDLE_INTERNAL_SCAN2(HEDDLE_INTERNAL_SCAN2(HEDDLE_INTERNAL_SCAN2(__VA_ARGS__)))
#define HEDDLE_INTERNAL_SCAN2(...) \
  HEDDLE_INTERNAL_SCAN1(HEDDLE_INTERNAL_SCAN1(HEDDLE_INTERNAL_SCAN1(__VA_ARGS__)))
#define HEDDLE_INTERNAL_SCAN1(...) \
  HEDDLE_INTERNAL_SCAN0(HEDDLE_INTERNAL_SCAN0(HEDDLE_INTERNAL_SCAN0(__VA_ARGS__)))
#define HEDDLE_INTERNAL_SCAN0(...) __VA_ARGS__

#define HEDDLE_INTERNAL_STEP(macro, context, first, ...) \
  macro(context, first)                                  \
      __VA_OPT__(, HEDDLE_INTERNAL_NEXT HEDDLE_INTERNAL_PARENTHESES(macro, context, __VA_ARGS__))
#define HEDDLE_INTERNAL_NEXT() HEDDLE_INTERNAL_STEP

/// `macro(context, a), macro(context, b), ...` for the names a, b, ...; nothing for no names.
#define HEDDLE_INTERNAL_FOR_EACH(macro, context, ...) \
  __VA_OPT__(HEDDLE_INTERNAL_SCAN(HEDDLE_INTERNAL_STEP(macro, context, __VA_ARGS__)))

#define HEDDLE_INTERNAL_FIELD(Type, field) &Type::field

/// Names the fields of `Type`. The function is never called and only its result's type matters:
/// that way the same text is a member inside the class and an ordinary function, found by its
/// argument, outside.
#define HEDDLE_FIELDS(Type, ...)                                                               \
  [[maybe_unused]] inline constexpr auto heddle_fields(const Type*) {                          \
    struct Fields {                                                                            \
      static constexpr const Type* owner() { return nullptr; }                                 \
      static constexpr const char* names() { return #__VA_ARGS__; }                            \
      static constexpr auto members() {                                                        \
        return std::tuple{HEDDLE_INTERNAL_FOR_EACH(HEDDLE_INTERNAL_FIELD, Type, __VA_ARGS__)}; \
      }                                                                                        \
    };                                                                                         \
    return Fields{};                                                                           \
  }
