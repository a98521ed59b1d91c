/// `finally`: what runs on every way out of a scope.
///
///     locked = true;
///     const auto unlock = finally([&] { locked = false; });
///     co_await call(ledger, &Ledger::transfer, amount);
///
/// It runs where the scope is left by return, by a Reject or by reaching its end; and, if the
/// execution after an await traps, in cleanup, on the variables as they were before that execution
/// [M11, C9]. It does not run when an execution traps (all that it could undo is undone), nor when
/// the checker throws a suspended frame away. It must neither await nor throw, and in cleanup it
/// cannot call.
#pragma once

#include <type_traits>
#include <utility>

#include <heddle/model/internal/function_ref.h>

namespace heddle {

namespace internal {

/// Runs `body` unless nothing of it would count. An exception out of it traps the execution.
void run_finally(FunctionRef<void()> body) noexcept;

}  // namespace internal

template <class F>
class [[nodiscard]] Finally {
 public:
  explicit Finally(F body) : body_(std::move(body)) {}

  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;

  ~Finally() { internal::run_finally(body_); }

 private:
  F body_;
};

template <class F>
Finally<std::decay_t<F>> finally(F&& body) {
  return Finally<std::decay_t<F>>(std::forward<F>(body));
}

}  // namespace heddle
