/// One call context's coroutine frames: the method's own, and those of the `Star`s that it waits
/// in.
///
/// A frame runs on one thread at a time, and between pieces on none; it may go on in another thread
/// than it stopped in. Coroutines hand over to each other by leaving a handle in `next`, so the
/// stack is as deep after a thousand awaits as after one, whatever the compiler makes of tail
/// calls.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <heddle/model/view.h>

namespace heddle {

class Canister;

namespace internal {

/// What `continue_as` asked for.
struct Continuation {
  MethodId method = 0;
  std::string arguments;
};

class Frame {
 public:
  explicit Frame(Canister& canister);
  ~Frame();
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  /// The frame of the code that runs on this thread. Throws Misuse when none does.
  static Frame& current(std::string_view doing);
  /// The same, or null.
  static Frame* current_or_null();

  /// Takes over a method's coroutine, which has not run yet.
  void start(std::coroutine_handle<> root);
  /// Runs until the method has ended or waits for a response.
  void run();

  [[nodiscard]] bool done() const { return root_ == nullptr || root_.done(); }

  /// `handle` runs as soon as the running coroutine has suspended.
  void go_on_with(std::coroutine_handle<> handle) { next_ = handle; }

  /// `handle` is what a response resumes.
  void wait_in(std::coroutine_handle<> handle) { waiting_ = handle; }

  /// An exception that is no behaviour of a canister.
  void fail(std::exception_ptr failure);

  [[nodiscard]] std::exception_ptr failure() const { return failure_; }

  void continue_as(Continuation continuation);

  [[nodiscard]] const std::optional<Continuation>& continuation() const { return continuation_; }

  [[nodiscard]] Canister& canister() const { return canister_; }

  /// Tells this frame from all others of the process.
  [[nodiscard]] std::uint64_t serial() const { return serial_; }

  /// Notes that this frame made a Deferred.
  void made(const DeferredHandle& handle) { context_ = handle.context; }

  /// Whether the Deferred was made in this context.
  [[nodiscard]] bool owns(const DeferredHandle& handle) const {
    return !handle.context.empty() && handle.context == context_;
  }

  /// Notes that the future of this Deferred was given out. False if it was before.
  bool take(CallIndex call) { return taken_.insert(call).second; }

 private:
  Canister& canister_;
  std::coroutine_handle<> root_;
  std::coroutine_handle<> next_;
  std::coroutine_handle<> waiting_;
  std::exception_ptr failure_;
  std::optional<Continuation> continuation_;
  std::string context_;  ///< the context's name, once a Deferred needed it
  std::set<CallIndex> taken_;
  std::uint64_t serial_;
};

}  // namespace internal
}  // namespace heddle
