// What a pointer to a canister method says: its reply, its arguments, its kind and its number.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <heddle/model/canister.h>
#include <heddle/model/method.h>
#include <heddle/model/outcome.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle::internal {

template <class Pointer>
struct MethodTraits {
  static constexpr bool kIsMethod = false;
};

template <class B, class T, MethodKind kKind, class... A>
struct MethodTraits<Method<T, kKind> (B::*)(A...)> {
  static constexpr bool kIsMethod = true;
  static constexpr MethodKind kMethodKind = kKind;
  using Class = B;
  using Reply = T;
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
};

template <class B, class T, MethodKind kKind, class... A>
struct MethodTraits<Method<T, kKind> (B::*)(A...) const>
    : MethodTraits<Method<T, kKind> (B::*)(A...)> {};

/// A pointer to a method of canister class `C`, or of one of its bases.
template <class Pointer, class C>
concept MethodOf =
    MethodTraits<Pointer>::kIsMethod && std::derived_from<C, typename MethodTraits<Pointer>::Class>;

template <class Pointer>
using ReplyOf = typename MethodTraits<Pointer>::Reply;

template <class Pointer>
using ArgumentsOf = typename MethodTraits<Pointer>::Arguments;

/// The method's number in the class's HEDDLE_CANISTER list. Throws Misuse when it is not there.
template <CanisterClass C, class Pointer>
MethodId method_id(Pointer method) {
  const MethodTable& table = C::heddle_methods();
  return static_cast<MethodId>(&table.find(MethodKey(method)) - table.entries.data());
}

/// The encoded argument tuple of a call to a method of this type.
template <class Pointer, class... A>
std::string encode_arguments_of(A&&... arguments) {
  using Arguments = ArgumentsOf<Pointer>;
  static_assert(std::is_constructible_v<Arguments, A&&...>,
                "heddle: these are not the method's arguments: their number and types are those of "
                "its declaration");
  return to_bytes(Arguments(std::forward<A>(arguments)...));
}

template <class R>
Outcome<R> outcome_of(const Tables& tables, const Answer& answer) {
  if (answer.replied) {
    return from_bytes<Kept<R>>(tables.values[answer.value]);
  }
  return Reject(answer.code, std::string(tables.values[answer.value]));
}

}  // namespace heddle::internal
