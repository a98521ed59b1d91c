/// What a call came to: its reply or its reject, held as a value.
///
/// C++ has no `co_await` in a catch handler, which is where Motoko's compensation stands. So a
/// future can be awaited without exceptions, and the compensation written after an `if`:
///
///     Outcome<Nat> moved = co_await outcome(transfer);
///     if (!moved) {
///       if (moved.reject().code == RejectCode::kCanisterReject) ...
///       co_await refund;
///     }
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <heddle/model/reject.h>

namespace heddle {

namespace internal {

/// What a `T` that may be void is kept as.
template <class T>
using Kept = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

[[noreturn]] void no_reject();

}  // namespace internal

/// A reply's value or a Reject.
template <class T = void>
class [[nodiscard]] Outcome {
 public:
  using Value = internal::Kept<T>;

  Outcome(Value value) : content_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit

  Outcome(Reject reject)  // NOLINT: implicit
      : content_(std::in_place_index<1>, std::move(reject)) {}

  [[nodiscard]] bool replied() const { return content_.index() == 0; }

  explicit operator bool() const { return replied(); }

  /// The value; throws the Reject if there is none.
  [[nodiscard]] const Value& value() const& {
    check();
    return std::get<0>(content_);
  }

  [[nodiscard]] Value& value() & {
    check();
    return std::get<0>(content_);
  }

  [[nodiscard]] Value&& value() && {
    check();
    return std::get<0>(std::move(content_));
  }

  [[nodiscard]] const Value& operator*() const& { return value(); }

  [[nodiscard]] Value& operator*() & { return value(); }

  [[nodiscard]] Value&& operator*() && { return std::move(*this).value(); }

  [[nodiscard]] const Value* operator->() const { return &value(); }

  [[nodiscard]] Value* operator->() { return &value(); }

  /// The value, or `other` if the call was rejected.
  [[nodiscard]] Value value_or(Value other) const { return replied() ? value() : std::move(other); }

  /// The Reject; traps if there is none.
  [[nodiscard]] const Reject& reject() const {
    if (replied()) {
      internal::no_reject();
    }
    return std::get<1>(content_);
  }

  friend bool operator==(const Outcome&, const Outcome&) = default;

 private:
  void check() const {
    if (!replied()) {
      throw Reject(std::get<1>(content_));
    }
  }

  std::variant<Value, Reject> content_;
};

}  // namespace heddle
