/// Futures apart from their values' types: making a call, awaiting it, and its answer.
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <heddle/model/outcome.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/reject.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle::internal {

/// A call about to be made.
struct Message {
  AnyRef callee;
  std::string method;
  MethodId method_id = Send::kNoMethod;  ///< in the callee's class, if no directory knows better
  std::optional<Principal> principal;    ///< of a call by principal
  std::string arguments;
  std::optional<std::uint32_t> timeout;  ///< of a bounded-wait call, in seconds
  // What is sent and what should come back, for callees that speak Candid.
  const TypeInfo& (*arguments_type)() = nullptr;
  const TypeInfo& (*reply_type)() = nullptr;
  std::source_location where{};
  const void* site = nullptr;  ///< where `where` is not known
};

/// A future apart from its value's type.
class FutureBase {
 public:
  FutureBase() = default;
  FutureBase(FutureBase&& other) noexcept;
  FutureBase& operator=(FutureBase&& other) noexcept;

  ~FutureBase() { release(); }

  /// Makes the call as the dialect says. Throws a Reject if it fails now [M2].
  static FutureBase call(const Message& message);
  /// The future of a Deferred's own call.
  static FutureBase of_open_call(CallIndex index);

  // For awaits.

  /// Throws Misuse unless this future can be awaited here.
  void check_awaitable() const;
  /// Sends if the first poll was still to come [U1].
  void poll();

  [[nodiscard]] bool failed() const { return status_ == Status::kFailed; }

  [[nodiscard]] CallIndex index() const { return index_; }

  void mark_awaited() { status_ = Status::kAwaited; }

  /// The answer as the code that awaits it sees it: a reply in Candid is decoded. One that cannot
  /// be traps [M16], or is a reject in the Rust dialect [D18].
  [[nodiscard]] Answer read(const Answer& answer) const;

 private:
  enum class Status : std::uint8_t {
    kNone,      ///< default-made or moved from
    kPrepared,  ///< not yet polled [U1]
    kOpen,
    kFailed,  ///< the send failed at the first poll [U2]
    kAwaited,
  };

  void release() noexcept;

  Status status_ = Status::kNone;
  CallIndex index_ = 0;
  std::uint64_t owner_ = 0;
  const TypeInfo& (*reply_type_)() = nullptr;  ///< null: the reply is in the model's encoding
  Send send_;
};

/// Awaits one call.
class OneAwaiter {
 public:
  OneAwaiter(FutureBase& future, bool now, std::source_location where)
      : future_(future), now_(now), where_(where) {}

  bool await_ready();
  void await_suspend(std::coroutine_handle<> handle) const;

 protected:
  [[nodiscard]] Answer answer() const;

 private:
  FutureBase& future_;
  bool now_;
  bool failed_ = false;
  std::source_location where_;
};

/// The bytes of a reply; throws the Reject if it is one.
std::string_view reply_bytes(const Answer& answer);
Reject reject_of(const Answer& answer);
/// Traps [M16], or throws a Reject in the Rust dialect [D18]. What the environment did is no fault
/// of the canister's.
[[noreturn]] void undecodable_reply(const char* why, bool injected = false);

template <class T>
Kept<T> reply_value(const Answer& answer) {
  [[maybe_unused]] const std::string_view bytes = reply_bytes(answer);
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    try {
      return from_bytes<T>(bytes);
    } catch (const DecodeError& error) {
      undecodable_reply(error.what());
    }
  }
}

template <class T>
Outcome<T> outcome_of(const Answer& answer) {
  try {
    return reply_value<T>(answer);
  } catch (const Reject& reject) {
    return reject;
  }
}

template <class T>
class ValueAwaiter : public OneAwaiter {
 public:
  using OneAwaiter::OneAwaiter;

  T await_resume() {
    if constexpr (std::is_void_v<T>) {
      reply_bytes(answer());
    } else {
      return reply_value<T>(answer());
    }
  }
};

template <class T>
class OutcomeAwaiter : public OneAwaiter {
 public:
  using OneAwaiter::OneAwaiter;

  Outcome<T> await_resume() { return outcome_of<T>(answer()); }
};

}  // namespace heddle::internal
