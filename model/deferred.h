/// `Deferred<T>`: a promise that is resolved from elsewhere. An extension: Motoko has nothing like
/// it (there one polls, or passes callbacks), and traces say so.
///
///     Deferred<Nat> ticket = make_deferred<Nat>();   // in one method
///     waiting = ticket;                              // the handle is a value
///     const Nat number = co_await ticket.future();
///     ...
///     waiting.get().resolve(7);                      // in another execution of the canister
///
/// Making one is a self-call: it takes a slot of the pair (A,A) and keeps the context open [Q5].
/// `resolve` or `reject` stages its response, which leaves when that execution commits and is
/// undone by its trap; the waiter resumes in an execution of its own. A second resolve traps. One
/// that is never resolved is a call left unanswered.
#pragma once

#include <compare>
#include <source_location>
#include <string>
#include <utility>

#include <heddle/model/future.h>
#include <heddle/model/reject.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle {

namespace internal {

DeferredHandle make_deferred(std::source_location where, Shown (*show_value)(std::string_view));
/// The future of a handle: once, in the context that made it.
FutureBase deferred_future(const DeferredHandle& handle);
void resolve_deferred(const DeferredHandle& handle, const std::string& value);
void reject_deferred(const DeferredHandle& handle, const Reject& reject);

}  // namespace internal

/// The handle: names the context that made it and the call there. A default-made one resolves
/// nothing.
template <class T = void>
class Deferred {
 public:
  Deferred() = default;

  explicit Deferred(DeferredHandle handle) : handle_(std::move(handle)) {}

  /// What to await, once, in the context that made this.
  Future<T> future() const { return Future<T>(internal::deferred_future(handle_)); }

  /// Answers. Traps if it is answered already or its context is gone.
  void resolve(const internal::Kept<T>& value) const {
    internal::resolve_deferred(handle_, to_bytes(value));
  }

  void resolve() const requires std::is_void_v<T> { resolve(internal::Kept<T>{}); }

  /// The await throws a Reject with this text and code CANISTER_REJECT.
  void reject(const Reject& reject) const { internal::reject_deferred(handle_, reject); }

  [[nodiscard]] const DeferredHandle& handle() const { return handle_; }

  friend auto operator<=>(const Deferred&, const Deferred&) = default;

 private:
  DeferredHandle handle_;
};

/// Makes a Deferred. Throws a Reject with code kCallError when the canister has no free slot to
/// itself.
template <class T = void>
Deferred<T> make_deferred(std::source_location where = std::source_location::current()) {
  return Deferred<T>(internal::make_deferred(where, type_ops<internal::Kept<T>>().show));
}

namespace internal {

void encode_deferred(const DeferredHandle& handle, Encoder& out);
DeferredHandle decode_deferred(Decoder& in);
Shown show_deferred(const DeferredHandle& handle);

}  // namespace internal

template <class T>
struct Codec<Deferred<T>> {
  static std::string name() { return "Deferred"; }

  static void encode(const Deferred<T>& value, Encoder& out) {
    internal::encode_deferred(value.handle(), out);
  }

  static Deferred<T> decode(Decoder& in) { return Deferred<T>(internal::decode_deferred(in)); }

  static Shown show(const Deferred<T>& value) { return internal::show_deferred(value.handle()); }
};

}  // namespace heddle
