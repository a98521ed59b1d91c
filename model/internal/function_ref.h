/// A function for the length of a call: what `std::function` is used for where nothing is kept.
///
/// Two words, no allocation, and little for the compiler to do: canister code passes small lambdas
/// into the View at every access.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace heddle::internal {

template <class Signature>
class FunctionRef;

/// Refers to a callable that outlives it.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class F>

  requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef> &&
           std::is_invocable_r_v<Result, F&, Arguments...>)
      FunctionRef(F&& function)  // NOLINT: implicit on purpose
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(object))(
              std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(object_, std::forward<Arguments>(arguments)...);
  }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace heddle::internal
