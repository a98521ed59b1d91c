/// Calls and what becomes of them.
///
///     Future<Nat> moved = call(ledger, &Ledger::transfer, to, amount);
///     const Nat block = co_await moved;                     // throws a Reject
///     Outcome<Nat> result = co_await outcome(refund);       // holds it
///     co_await await_now(moved);                            // Motoko's await?
///     ignore(call(logger, &Logger::note));                  // [M12]
///
/// Several at once: combinators.h.
///
///     call(with_timeout(ledger, 10), &Ledger::transfer, to, amount)   // bounded wait
///
/// Such a call may expire before, during and after its execution: it is then rejected with code
/// kSysUnknown, and its callee may have executed it, may do so later, or never [K8].
///
/// In the Motoko dialect `call` sends at once and throws a Reject with code kCallError when there
/// is no free slot [M1, M2]; `co_await` commits and suspends, also on a future that is complete
/// [M3, M4]. In the Rust dialect a call is sent at its first poll, by an await or a combinator
/// [U1]; a failed send is what the await gives, without suspension [U2]; an await of a complete
/// call goes on at once [U3].
///
/// A future is awaited once, by the context that made it. Destroyed before that, its response will
/// be dropped; the context stays open for it all the same [C4].
#pragma once

#include <concepts>
#include <coroutine>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <heddle/model/canister.h>
#include <heddle/model/internal/future_base.h>
#include <heddle/model/internal/var_base.h>
#include <heddle/model/method.h>
#include <heddle/model/outcome.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle {

template <class T>
class Deferred;

/// A call that was made, or is to be made at its first poll.
template <class T = void>
class [[nodiscard]] Future : public internal::FutureBase {
 public:
  using Value = T;

  Future() = default;

  explicit Future(FutureBase&& base) : FutureBase(std::move(base)) {}

  /// What may run before control returns: anything, in other executions; the writes so far are
  /// committed unless the future is complete and the dialect Rust.
  internal::ValueAwaiter<T> await_at(std::source_location where) { return {*this, false, where}; }
};

namespace internal {

template <class T>
struct IsFuture : std::false_type {};

template <class T>
struct IsFuture<Future<T>> : std::true_type {};

template <class F>
concept AnyFuture = IsFuture<std::remove_cvref_t<F>>::value;

/// A future to be awaited in another way; refers to it or holds it.
template <class F, bool kNow, bool kOutcome>
class Differently {
 public:
  using Value = typename std::remove_cvref_t<F>::Value;
  using Awaiter = std::conditional_t<kOutcome, OutcomeAwaiter<Value>, ValueAwaiter<Value>>;
  static constexpr bool kIsNow = kNow;
  static constexpr bool kIsOutcome = kOutcome;

  explicit Differently(F&& future) : future_(std::forward<F>(future)) {}

  Awaiter await_at(std::source_location where) { return {future_, kNow, where}; }

  F&& future() { return std::forward<F>(future_); }

 private:
  F future_;
};

template <class T>
struct IsDifferently : std::false_type {};

template <class F, bool kNow, bool kOutcome>
struct IsDifferently<Differently<F, kNow, kOutcome>> : std::true_type {};

/// Awaits a Star that it owns.
template <class R>
class StarOwner {
 public:
  StarOwner(Star<R> star, std::source_location where)
      : star_(std::move(star)), awaiter_(std::move(star_).await_at(where)) {}

  bool await_ready() { return awaiter_.await_ready(); }

  void await_suspend(std::coroutine_handle<> caller) { awaiter_.await_suspend(caller); }

  R await_resume() { return awaiter_.await_resume(); }

 private:
  Star<R> star_;
  typename Star<R>::Awaiter awaiter_;
};

/// Something awaitable, awaited as if the co_await stood at another place.
template <class A>
class At {
 public:
  At(A& awaitable, std::source_location where) : awaitable_(awaitable), where_(where) {}

  auto await_at(std::source_location /*here*/) { return std::move(awaitable_).await_at(where_); }

 private:
  A& awaitable_;
  std::source_location where_;
};

template <class A>
using ResultOf =
    decltype(std::declval<A>().await_at(std::declval<std::source_location>()).await_resume());

template <class A>
Star<Outcome<ResultOf<A>>> caught(A awaitable, std::source_location where) {
  try {
    if constexpr (std::is_void_v<ResultOf<A>>) {
      co_await At<A>(awaitable, where);
      co_return std::monostate();
    } else {
      auto result = co_await At<A>(awaitable, where);
      co_return std::move(result);
    }
  } catch (const Reject& reject) {
    co_return reject;
  }
}

/// Anything awaitable whose Reject is wanted as a value.
template <class A>
class Caught {
 public:
  explicit Caught(A awaitable) : awaitable_(std::move(awaitable)) {}

  auto await_at(std::source_location where) && {
    return StarOwner<Outcome<ResultOf<A>>>(caught<A>(std::move(awaitable_), where), where);
  }

 private:
  A awaitable_;
};

/// Whom to call with bounded wait.
template <class R>
struct Bounded {
  R callee;
  std::uint32_t timeout = 0;  ///< seconds
};

/// Whom a method of class `B` is called at, and where in the code: a Ref, an AnyRef or a Var that
/// holds one.
template <class B>
class CalleeOf {
 public:
  template <class C>

  requires std::derived_from<C, B> CalleeOf(  // NOLINT: implicit on purpose
      const Ref<C>& callee, std::source_location place = std::source_location::current())
      : where(place), callee_(callee), table_(&C::heddle_methods()) {}

  /// Exactly an AnyRef: a Ref of another class is refused.
  template <class R>

  requires std::same_as<R, AnyRef> CalleeOf(  // NOLINT: implicit on purpose
      R callee, std::source_location place = std::source_location::current())
      : where(place), callee_(callee) {
    if constexpr (requires { B::heddle_methods(); }) {
      table_ = &B::heddle_methods();
    }
  }

  template <class V>

  requires requires(const V& variable) { CalleeOf(variable.get_at(nullptr)); }

  HEDDLE_INTERNAL_SITED CalleeOf(  // NOLINT: implicit on purpose
      const V& variable, std::source_location place = std::source_location::current())
      : CalleeOf(variable.get_at(HEDDLE_INTERNAL_SITE), place) {}

  template <class R>

  requires requires(const R& callee) { CalleeOf(callee); }

  CalleeOf(  // NOLINT: implicit on purpose
      const Bounded<R>& bounded, std::source_location place = std::source_location::current())
      : CalleeOf(bounded.callee, place) {
    timeout_ = bounded.timeout;
  }

  [[nodiscard]] AnyRef callee() const { return callee_; }

  [[nodiscard]] std::optional<std::uint32_t> timeout() const { return timeout_; }

  /// Null where only the canister itself knows.
  [[nodiscard]] const MethodTable* table() const { return table_; }

  std::source_location where;

 private:
  AnyRef callee_;
  const MethodTable* table_ = nullptr;
  std::optional<std::uint32_t> timeout_;
};

/// `table`: of the callee's class, null where it is this canister's.
Message message_to(AnyRef callee, const MethodTable* table, const MethodKey& key);

template <class... A>
std::string encode_arguments(const A&... arguments) {
  return to_bytes(std::tuple<A...>(arguments...));
}

/// The call of a `T` with these arguments.
template <class T, class... A>
FutureBase call_with(Message message, const A&... arguments) {
  message.arguments = encode_arguments<A...>(arguments...);
  message.arguments_type = &type_info<std::tuple<A...>>;
  message.reply_type = &type_info<Kept<T>>;
  return FutureBase::call(message);
}

template <class T, MethodKind kKind>
constexpr void require_callable() {
  static_assert(kKind != MethodKind::kPrivate,
                "heddle: a local async function is called with async(&Bank::body, ...)");
  static_assert(kKind != MethodKind::kTimer && kKind != MethodKind::kHeartbeat &&
                    kKind != MethodKind::kPreUpgrade && kKind != MethodKind::kPostUpgrade,
                "heddle: system tasks are not called; the timer, the heartbeat and upgrades run "
                "them");
}

/// A method's name in a call by name, with the place where it stands.
struct MethodName {
  MethodName(const char* method_name,  // NOLINT: implicit on purpose
             std::source_location place = std::source_location::current())
      : name(method_name), where(place) {}

  MethodName(std::string method_name,  // NOLINT: implicit on purpose
             std::source_location place = std::source_location::current())
      : name(std::move(method_name)), where(place) {}

  std::string name;
  std::source_location where;
};

}  // namespace internal

namespace internal {

template <class T, MethodKind kKind, class B, class... A>
Future<T> call_method(const CalleeOf<B>& callee, const MethodKey& method, const A&... arguments) {
  require_callable<T, kKind>();
  Message message = message_to(callee.callee(), callee.table(), method);
  message.where = callee.where;
  message.timeout = callee.timeout();
  return Future<T>(call_with<T, A...>(std::move(message), arguments...));
}

template <class T, class Send>
Outcome<Future<T>> try_to(const Send& send) {
  try {
    return send();
  } catch (const Reject& reject) {
    return reject;
  }
}

}  // namespace internal

/// The callee of a bounded-wait call, Motoko's `(with timeout = seconds)` and Rust's
/// `Call::bounded_wait` [M14]: `call(with_timeout(ledger, 10), ...)`. `callee`: a Ref, an AnyRef or
/// a Principal. More than 300 seconds are 300 [K1]. How long it is does not decide when the call
/// expires: that may be at any time [K8, D13]. The callee can ask for its `deadline()`.
template <class R>

requires(std::derived_from<R, AnyRef> ||
         std::same_as<R, Principal>) internal::Bounded<R> with_timeout(const R& callee,
                                                                       std::uint32_t seconds) {
  return {callee, seconds};
}

/// The same of a Var that holds one.
template <class V>

requires requires(const V& variable) {
  variable.get_at(nullptr);
}

HEDDLE_INTERNAL_SITED auto with_timeout(const V& variable, std::uint32_t seconds) {
  return with_timeout(variable.get_at(HEDDLE_INTERNAL_SITE), seconds);
}

/// Calls a method of another canister, or of this one (`call(self(), ...)`) [M17]. `callee`: a Ref,
/// an AnyRef or a Var that holds one.
template <class T, MethodKind kKind, class B, class... A>
Future<T> call(std::type_identity_t<internal::CalleeOf<B>> callee,
               internal::Method<T, kKind> (B::*method)(A...),
               std::type_identity_t<A>... arguments) {
  return internal::call_method<T, kKind>(callee, internal::MethodKey(method), arguments...);
}

template <class T, MethodKind kKind, class B, class... A>
Future<T> call(std::type_identity_t<internal::CalleeOf<B>> callee,
               internal::Method<T, kKind> (B::*method)(A...) const,
               std::type_identity_t<A>... arguments) {
  return internal::call_method<T, kKind>(callee, internal::MethodKey(method), arguments...);
}

/// `call`, but a send that fails now is held, not thrown.
template <class T, MethodKind kKind, class B, class... A>
Outcome<Future<T>> try_call(std::type_identity_t<internal::CalleeOf<B>> callee,
                            internal::Method<T, kKind> (B::*method)(A...),
                            std::type_identity_t<A>... arguments) {
  return internal::try_to<T>([&] {
    return internal::call_method<T, kKind>(callee, internal::MethodKey(method), arguments...);
  });
}

template <class T, MethodKind kKind, class B, class... A>
Outcome<Future<T>> try_call(std::type_identity_t<internal::CalleeOf<B>> callee,
                            internal::Method<T, kKind> (B::*method)(A...) const,
                            std::type_identity_t<A>... arguments) {
  return internal::try_to<T>([&] {
    return internal::call_method<T, kKind>(callee, internal::MethodKey(method), arguments...);
  });
}

/// Calls by principal and name. Nobody has the principal: DESTINATION_INVALID comes back; there is
/// no method of the name: CANISTER_ERROR. Arguments of other types make the callee trap. A compiled
/// canister gets them as Candid (model_values.h says as which types), and its reply is read at `T`:
/// nothing for void, several results for a tuple.
template <class T = void, class... A>
Future<T> call(const Principal& callee, internal::MethodName method, const A&... arguments) {
  internal::Message message;
  message.principal = callee;
  message.method = std::move(method.name);
  message.where = method.where;
  return Future<T>(internal::call_with<T, A...>(std::move(message), arguments...));
}

template <class T = void, class... A>
Future<T> call(const internal::Bounded<Principal>& callee, internal::MethodName method,
               const A&... arguments) {
  internal::Message message;
  message.principal = callee.callee;
  message.timeout = callee.timeout;
  message.method = std::move(method.name);
  message.where = method.where;
  return Future<T>(internal::call_with<T, A...>(std::move(message), arguments...));
}

template <class T = void, class... A>
Outcome<Future<T>> try_call(const internal::Bounded<Principal>& callee, internal::MethodName method,
                            const A&... arguments) {
  return internal::try_to<T>([&] { return call<T>(callee, method, arguments...); });
}

template <class T = void, class... A>
Outcome<Future<T>> try_call(const Principal& callee, internal::MethodName method,
                            const A&... arguments) {
  return internal::try_to<T>([&] { return call<T>(callee, method, arguments...); });
}

/// Calls a local `async` function of this canister: a message of the canister to itself [M7].
template <class T, class B, class... A>
HEDDLE_INTERNAL_SITED Future<T> async(Async<T> (B::*body)(A...),
                                      std::type_identity_t<A>... arguments) {
  Canister& self = internal::Frame::current("async() was called").canister();
  internal::Message message =
      internal::message_to(AnyRef(self.heddle_id()), nullptr, internal::MethodKey(body));
  message.arguments = internal::encode_arguments<A...>(arguments...);
  message.site = HEDDLE_INTERNAL_SITE;
  return Future<T>(internal::FutureBase::call(message));
}

/// Motoko's `await?`: of a future that is complete, goes on at once, without a commit [M5].
template <internal::AnyFuture F>
auto await_now(F&& future) {
  return internal::Differently<F, true, false>(std::forward<F>(future));
}

/// Awaits with the Reject as a value: `Outcome<Nat> result = co_await outcome(future);`.
template <internal::AnyFuture F>
auto outcome(F&& future) {
  return internal::Differently<F, false, true>(std::forward<F>(future));
}

/// The same of `await_now(future)`, of `all(...)`, `any(...)` and of a Star.
template <class A>

requires(!internal::AnyFuture<A> && internal::KnowsHowToAwait<A>) auto outcome(A&& awaitable) {
  using Plain = std::remove_cvref_t<A>;
  if constexpr (internal::IsDifferently<Plain>::value) {
    using F = decltype(awaitable.future());
    using Held = std::conditional_t<std::is_lvalue_reference_v<F>, F, std::remove_reference_t<F>>;
    return internal::Differently<Held, Plain::kIsNow, true>(awaitable.future());
  } else {
    return internal::Caught<Plain>(std::move(awaitable));
  }
}

/// The same as `outcome(await_now(future))`.
template <class F>
auto await_now(internal::Differently<F, false, true>&& awaitable) {
  return internal::Differently<F, true, true>(awaitable.future());
}

/// A call whose outcome nobody wants. The context stays open for the response all the same [M12].
/// In the Rust dialect this sends (a one-way call, U11).
void ignore(internal::FutureBase&& future);

namespace internal {

void request_continuation(const MethodKey& key, std::string arguments);

}  // namespace internal

/// `co_return continue_as(&Caller::rest, i, successful);`: the call context goes on as another
/// method, in the same execution, with these arguments and nothing else; its log starts anew. Long
/// loops, and loops that may run for ever, are written so: they come back to states that they have
/// been in.
template <class T, MethodKind kKind, class B, class... A>
auto continue_as(internal::Method<T, kKind> (B::*method)(A...),
                 std::type_identity_t<A>... arguments) {
  static_assert(kKind == MethodKind::kUpdate || kKind == MethodKind::kPrivate ||
                    kKind == MethodKind::kTimer || kKind == MethodKind::kHeartbeat,
                "heddle: a method goes on as a method that may call: Update, Async or a task");
  internal::request_continuation(internal::MethodKey(method),
                                 internal::encode_arguments<A...>(arguments...));
  if constexpr (!std::is_void_v<T>) {
    return internal::GoingOn<T>(nullptr);
  }
}

}  // namespace heddle
