#include <atomic>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/internal/debugger_stop.h>
#include <heddle/model/method.h>
#include <heddle/model/trap.h>

namespace heddle::internal {

void no_reject() {
  trap("reject() of a call that was replied to");
}

Frame::Frame(Canister& canister) : canister_(canister) {
  // Only ever compared for equality with the number in a future that the frame itself made.
  static std::atomic<std::uint64_t> next{1};
  serial_ = next.fetch_add(1, std::memory_order_relaxed);
}

Frame::~Frame() {
  if (root_) {
    root_.destroy();
  }
}

Frame* Frame::current_or_null() {
  View* view = View::current_or_null();
  return view == nullptr ? nullptr : static_cast<Frame*>(view->frame());
}

Frame& Frame::current(std::string_view doing) {
  View& view = View::current(doing);
  if (view.frame() == nullptr) {
    view.misuse(
        fmt::format("{} where no canister method runs: only methods call and await", doing));
  }
  return *static_cast<Frame*>(view.frame());
}

void Frame::start(std::coroutine_handle<> root) {
  root_ = root;
  next_ = root;
}

void Frame::run() {
  if (!next_) {
    next_ = std::exchange(waiting_, nullptr);
  }
  if (DebuggerStop::is_wanted() && next_ &&
      View::current("a method was started").input().mode == PieceInput::Mode::kStart) {
    // A coroutine's first word is where its code begins, in gcc's and clang's ABI.
    DebuggerStop::raise(*static_cast<void**>(next_.address()));
  }
  while (next_) {
    std::exchange(next_, nullptr).resume();
  }
}

void Frame::fail(std::exception_ptr failure) {
  if (!failure_) {
    failure_ = std::move(failure);
  }
}

void Frame::continue_as(Continuation continuation) {
  continuation_ = std::move(continuation);
}

void MethodPromiseBase::reply(const std::string& bytes) {
  View& view = View::current("a method replied");
  if (!view.is_disposing()) {
    view.reply(view.tables().values.intern(bytes));
  }
}

void MethodPromise<void>::return_void() {
  View& view = View::current("a method replied");
  if (!Frame::current("a method replied").continuation()) {
    view.reply(Tables::kUnit);
  }
}

void MethodPromiseBase::unhandled_exception() noexcept {
  View* const view = View::current_or_null();
  Frame* const frame = Frame::current_or_null();
  if (view == nullptr || frame == nullptr) {
    return;
  }
  try {
    throw;
  } catch (const Trap& trap) {
    view->mark_trapped(trap.text());
  } catch (const Reject& reject) {
    view->reject(reject.text, reject.code == RejectCode::kCallError);
  } catch (const Misuse&) {
    frame->fail(std::current_exception());
  } catch (const BrokenInvariant&) {
    frame->fail(std::current_exception());
  } catch (const std::exception& exception) {
    if (!view->is_trapped()) {
      frame->fail(std::make_exception_ptr(Misuse(fmt::format(
          "an exception left the method: \"{}\". Only Trap (trap(\"...\")) and Reject are "
          "behaviour "
          "of a canister; anything else is an error in the model. Catch it where it arises.",
          exception.what()))));
    }
  } catch (...) {
    if (!view->is_trapped()) {
      frame->fail(std::make_exception_ptr(
          Misuse("an exception of an unknown type left the method. Only Trap (trap(\"...\")) and "
                 "Reject are behaviour of a canister. Catch it where it arises.")));
    }
  }
}

void StarPromiseBase::enter(std::coroutine_handle<> star, std::coroutine_handle<> caller) {
  caller_ = caller;
  Frame::current("a Star was awaited").go_on_with(star);
}

void StarPromiseBase::hand_back() noexcept {
  if (Frame* const frame = Frame::current_or_null(); frame != nullptr) {
    frame->go_on_with(caller_);
  }
}

void star_awaited_twice() {
  View::current("a Star was awaited")
      .misuse("a Star was awaited twice: each co_await runs it once; call the function again");
}

}  // namespace heddle::internal
