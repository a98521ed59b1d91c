// Specification: what a system should be to its users, as a plain class that serves one call after
// another.
//
//     struct CounterSpec {
//       Nat value = 0;
//       Nat inc() { return value += 1; }
//       Nat get() const { return value; }
//     };
//
//     s.linearisable("one counter", CounterSpec{},
//                    means(counter, &Counter::inc, &CounterSpec::inc),
//                    means(counter, &Counter::get, &CounterSpec::get));
//
// The class knows nothing of messages. It is a value as canister variables are (model/value.h); its
// functions take what the methods take, with the caller's principal before it if they want it, and
// return what is replied. A function that throws a Reject, or traps, refuses the call; what it
// changed before does not count.
//
// Which calls there are: those of users to the methods that are listed. What a canister calls for
// its users is part of the system. A call that the system refuses may have had its effect, or only
// a part of it [K6], so it explains what others see either way; Meaning says where this is not so.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/reject.h>
#include <heddle/model/trap.h>
#include <heddle/model/value.h>
#include <heddle/properties/internal/method_traits.h>

namespace heddle {

/// A method of a canister as a specification serves it.
struct SpecifiedMethod {
  CanisterId canister = 0;
  MethodId method = 0;
  bool all_or_nothing = false;
  bool refused_as_specified = false;
  /// What it replies, encoded, to a call with these encoded arguments; nothing when it refuses the
  /// call. `state` is the encoded specification, before and after.
  std::function<std::optional<std::string>(std::string& state, const Principal& caller,
                                           std::string_view arguments)>
      serve{};
};

/// A specification without its type.
struct Specification {
  std::string initial;  ///< encoded
  std::function<std::string(std::string_view state)> shown;
  std::vector<SpecifiedMethod> methods;

  /// Null when the method is none of these.
  [[nodiscard]] const SpecifiedMethod* find(CanisterId canister, MethodId method) const;
  /// The one that the user's call is for.
  [[nodiscard]] const SpecifiedMethod* find(const UserCall& call) const;
  /// `reply 1`, `no reply`, of what `method` serves.
  [[nodiscard]] static std::string shown_reply(const Kernel& kernel, const SpecifiedMethod& method,
                                               const std::optional<std::string>& reply);
  /// `alice#1 withdraw(60)`.
  [[nodiscard]] static std::string shown_call(const Kernel& kernel, ContextId ingress);
  /// `reply 40`, `reject CANISTER_REJECT "too little"`, of the call's method.
  [[nodiscard]] static std::string shown_answer(const Kernel& kernel, ContextId ingress,
                                                const Answer& answer);
};

/// What explains a reject.
enum class RejectMeans : std::uint8_t {
  kNoEffect,     ///< the call has had no effect
  kAnyEffect,    ///< it has had its effect, will have it, or never will
  kAsSpecified,  ///< the specification refuses the call, too
};

/// By the reject's code [K6] and what is said of the method.
RejectMeans reject_means(const SpecifiedMethod& method, RejectCode code);

namespace internal {

template <class Pointer>
struct SpecifiedTraits {
  static constexpr bool kIsFunction = false;
};

template <class S, class R, class... A>
struct SpecifiedTraits<R (S::*)(A...)> {
  static constexpr bool kIsFunction = true;
  using Class = S;
  using Reply = R;
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
};

template <class S, class R, class... A>
struct SpecifiedTraits<R (S::*)(A...) const> : SpecifiedTraits<R (S::*)(A...)> {};

template <class S, class R, class... A>
struct SpecifiedTraits<R (S::*)(A...) noexcept> : SpecifiedTraits<R (S::*)(A...)> {};

template <class S, class R, class... A>
struct SpecifiedTraits<R (S::*)(A...) const noexcept> : SpecifiedTraits<R (S::*)(A...)> {};

/// The caller, then what the method takes.
template <class Arguments>
struct WithCaller;

template <class... A>
struct WithCaller<std::tuple<A...>> {
  using Type = std::tuple<Principal, A...>;
};

/// While it lives, a trap is an exception and nothing else.
class SpecificationRuns {
 public:
  SpecificationRuns();
  ~SpecificationRuns();
  SpecificationRuns(const SpecificationRuns&) = delete;
  SpecificationRuns& operator=(const SpecificationRuns&) = delete;

 private:
  TrapHook hook_;
};

template <class Pointer, class Function>
std::optional<std::string> serve(Function function, std::string& state, const Principal& caller,
                                 std::string_view encoded) {
  using Spec = typename SpecifiedTraits<Function>::Class;
  using Reply = ReplyOf<Pointer>;
  constexpr bool kTakesCaller =
      !std::is_same_v<typename SpecifiedTraits<Function>::Arguments, ArgumentsOf<Pointer>>;
  const SpecificationRuns runs;
  auto spec = from_bytes<Spec>(state);
  auto arguments = from_bytes<ArgumentsOf<Pointer>>(encoded);
  const auto call = [&](auto&... argument) {
    if constexpr (kTakesCaller) {
      return (spec.*function)(caller, std::move(argument)...);
    } else {
      return (spec.*function)(std::move(argument)...);
    }
  };
  std::string reply;
  try {
    if constexpr (std::is_void_v<Reply>) {
      std::apply(call, arguments);
      reply = to_bytes(Kept<Reply>());
    } else {
      reply = to_bytes(Kept<Reply>(std::apply(call, arguments)));
    }
  } catch (const Reject&) {
    return std::nullopt;
  } catch (const Trap&) {
    return std::nullopt;
  }
  state = to_bytes(spec);
  return reply;
}

}  // namespace internal

/// What a method means in the specification `Spec`.
template <class Spec>
class Meaning {
 public:
  explicit Meaning(SpecifiedMethod method) : method_(std::move(method)) {}

  /// Claims that a call has had no effect if it is rejected, or traps, whoever is to blame.
  Meaning all_or_nothing() && {
    method_.all_or_nothing = true;
    return std::move(*this);
  }

  /// Claims that the canister rejects a call (code 4) only when the specification does.
  Meaning refused_as_specified() && {
    method_.refused_as_specified = true;
    return std::move(*this);
  }

  [[nodiscard]] const SpecifiedMethod& method() const { return method_; }

 private:
  SpecifiedMethod method_;
};

/// A call of `method` is to its user what a call of `function` would be.
template <class C, class Pointer, class Function>

requires internal::MethodOf<Pointer, C>

auto means(const Ref<C>& canister, Pointer method, Function function) {
  using Traits = internal::SpecifiedTraits<Function>;
  static_assert(Traits::kIsFunction,
                "heddle: give a member function of the specification, &CounterSpec::inc");
  using Arguments = internal::ArgumentsOf<Pointer>;
  static_assert(
      std::is_same_v<typename Traits::Arguments, Arguments> ||
          std::is_same_v<typename Traits::Arguments,
                         typename internal::WithCaller<Arguments>::Type>,
      "heddle: the specification's function takes what the method takes, or `Principal caller` and "
      "then that");
  using Reply = internal::ReplyOf<Pointer>;
  static_assert(std::is_void_v<Reply> || std::is_convertible_v<typename Traits::Reply, Reply>,
                "heddle: the specification's function returns what the method replies");
  require_encodable<typename Traits::Class>();
  return Meaning<typename Traits::Class>(
      {canister.id(), internal::method_id<C>(method), false, false,
       [function](std::string& state, const Principal& caller, std::string_view arguments) {
         return internal::serve<Pointer>(function, state, caller, arguments);
       }});
}

/// The specification as it is at first, with what its functions stand for.
template <class Spec, std::same_as<Spec>... S>
Specification specification(const Spec& initial, Meaning<S>... meanings) {
  static_assert(sizeof...(S) > 0,
                "heddle: say what the methods mean: means(counter, &Counter::inc, "
                "&CounterSpec::inc)");
  return {to_bytes(initial),
          [](std::string_view state) { return to_string(show(from_bytes<Spec>(state))); },
          {meanings.method()...}};
}

}  // namespace heddle
