/// What canister methods and `async*` functions return: coroutine types.
///
///     Update<Nat>    a method that callers and users call; changes commit at every await
///     Query<Nat>     a method whose writes are discarded [L1]
///     Async<Nat>     a local `async` function: called by `async(&Bank::body, ...)`, a message [M7]
///     Star<Nat>      a local `async*` function: `co_await body()`, no message [M8]
///     TimerTask      the system task of the global timer [T1]
///     HeartbeatTask  the system task of the heartbeat [T3]
///     PreUpgrade     runs before an upgrade, on all variables; calls nobody [X4]
///     PostUpgrade    runs after it in the new code; a trap of either undoes the upgrade [X4]
///
/// A method never runs where it is called as a C++ function: the kernel runs it piece by piece. It
/// replies where it returns, rejects where a `Reject` leaves it, and takes its parameters by value.
/// Inside, futures (future.h) and `Star`s can be awaited, and nothing else.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <heddle/model/internal/frame.h>
#include <heddle/model/outcome.h>
#include <heddle/model/program.h>
#include <heddle/model/value.h>

namespace heddle {

namespace internal {

template <class T, MethodKind kKind>
class Method;

template <class T>
struct IsMethod : std::false_type {};

template <class T, MethodKind kKind>
struct IsMethod<Method<T, kKind>> : std::true_type {};

/// What a method goes on as, returned by `continue_as` where the method has a reply.
template <class T>
class GoingOn {
 public:
  explicit GoingOn(std::nullptr_t) {}
};

template <class Awaitable>
concept KnowsHowToAwait = requires(Awaitable&& awaitable, std::source_location where) {
  std::forward<Awaitable>(awaitable).await_at(where);
};

/// What all coroutines of canister code have in common.
class Promise {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable,
                       std::source_location where = std::source_location::current()) {
    using Plain = std::remove_cvref_t<Awaitable>;
    static_assert(!IsMethod<Plain>::value,
                  "heddle: a method is called by message, not as a function: "
                  "co_await call(self(), &Bank::withdraw, amount)");
    static_assert(IsMethod<Plain>::value || KnowsHowToAwait<Awaitable>,
                  "heddle: canister code awaits futures (call, async, all, any, make_deferred) and "
                  "Star functions; a Star is awaited once, where it is called");
    if constexpr (KnowsHowToAwait<Awaitable>) {
      return std::forward<Awaitable>(awaitable).await_at(where);
    } else {
      return std::suspend_never();
    }
  }
};

/// The promise of a method, apart from its reply's type.
class MethodPromiseBase : public Promise {
 public:
  std::suspend_always final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept;

 protected:
  static void reply(const std::string& bytes);
};

template <class T>
class MethodPromise : public MethodPromiseBase {
 public:
  void return_value(const T& value) { reply(to_bytes(value)); }

  void return_value(GoingOn<T>) {}
};

template <>
class MethodPromise<void> : public MethodPromiseBase {
 public:
  void return_void();
};

/// A method's coroutine, before it is handed to a Frame.
template <class T, MethodKind kKind>
class [[nodiscard]] Method {
 public:
  using Reply = T;
  static constexpr MethodKind kMethodKind = kKind;

  class promise_type : public MethodPromise<T> {
   public:
    Method get_return_object() {
      return Method(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Method(Method&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  ~Method() {
    if (handle_) {
      handle_.destroy();
    }
  }

  std::coroutine_handle<> release() && { return std::exchange(handle_, nullptr); }

 private:
  explicit Method(std::coroutine_handle<> handle) : handle_(handle) {}

  std::coroutine_handle<> handle_;
};

/// The promise of a `Star`, apart from its result's type.
class StarPromiseBase : public Promise {
 public:
  struct HandBack {
    bool await_ready() noexcept { return false; }

    template <class P>
    void await_suspend(std::coroutine_handle<P> handle) noexcept {
      handle.promise().hand_back();
    }

    void await_resume() noexcept {}
  };

  HandBack final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept { failure_ = std::current_exception(); }

  /// Runs `star` instead of `caller`, who goes on when it has ended.
  void enter(std::coroutine_handle<> star, std::coroutine_handle<> caller);
  void hand_back() noexcept;

 protected:
  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  std::coroutine_handle<> caller_;
  std::exception_ptr failure_;
};

template <class T>
class StarPromise : public StarPromiseBase {
 public:
  template <class U>
  void return_value(U&& value) {
    result_.emplace(std::forward<U>(value));
  }

  T take() {
    rethrow();
    return std::move(*result_);
  }

 private:
  std::optional<T> result_;
};

template <>
class StarPromise<void> : public StarPromiseBase {
 public:
  void return_void() {}

  void take() { rethrow(); }
};

[[noreturn]] void star_awaited_twice();

}  // namespace internal

template <class T = void>
using Update = internal::Method<T, MethodKind::kUpdate>;

template <class T = void>
using Query = internal::Method<T, MethodKind::kQuery>;

template <class T = void>
using Async = internal::Method<T, MethodKind::kPrivate>;

using TimerTask = internal::Method<void, MethodKind::kTimer>;
using HeartbeatTask = internal::Method<void, MethodKind::kHeartbeat>;
using PreUpgrade = internal::Method<void, MethodKind::kPreUpgrade>;
using PostUpgrade = internal::Method<void, MethodKind::kPostUpgrade>;

/// A part of a method in a function of its own, Motoko's `async*`. It starts where it is awaited,
/// runs in the awaiting context without a message of its own, and commits only where it awaits
/// itself [M8]. Its parameters may refer to the caller's locals.
template <class T = void>
class [[nodiscard]] Star {
 public:
  class promise_type : public internal::StarPromise<T> {
   public:
    Star get_return_object() {
      return Star(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Star(Star&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

  Star(const Star&) = delete;
  Star& operator=(const Star&) = delete;

  ~Star() {
    if (handle_) {
      handle_.destroy();
    }
  }

  class Awaiter {
   public:
    explicit Awaiter(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

    bool await_ready() const {
      if (!handle_ || handle_.done()) {
        internal::star_awaited_twice();
      }
      return false;
    }

    void await_suspend(std::coroutine_handle<> caller) { handle_.promise().enter(handle_, caller); }

    T await_resume() { return handle_.promise().take(); }

   private:
    std::coroutine_handle<promise_type> handle_;
  };

  Awaiter await_at(std::source_location /*where*/) && { return Awaiter(handle_); }

 private:
  explicit Star(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace heddle
