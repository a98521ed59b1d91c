#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/internal/watchdog.h>
#include <heddle/model/trap.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEDDLE_INTERNAL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEDDLE_INTERNAL_SANITIZED 1
#endif
#endif

namespace heddle::internal {

namespace {

constexpr int kExitMisuse = 65;

[[noreturn]] void end_run(const View& view, std::string_view what) {
  const std::string text = fmt::format("heddle: {} {}\n", view.describe_piece(), what);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  std::_Exit(kExitMisuse);
}

// ---- Pieces that do not come back ---------------------------------------------------------------

/// One thread looks at all pieces that run, a few times a second. It is the process's own, not a
/// checker's, because it ends the process; it starts with the first piece.
class Watchdog {
 public:
  static Watchdog& instance() {
    static Watchdog watchdog;
    return watchdog;
  }

  void add(const View& view, std::uint64_t limit_ms) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(
        {&view, limit_ms, std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms)});
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { watch(); });
    }
  }

  void remove(const View& view) {
    const std::lock_guard lock(mutex_);
    std::erase_if(pieces_, [&view](const Piece& piece) { return piece.view == &view; });
  }

  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  struct Piece {
    const View* view;
    std::uint64_t limit_ms;
    std::chrono::steady_clock::time_point deadline;
  };

  void watch() {
    constexpr auto kEvery = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kEvery, [this] { return ending_; })) {
      const auto now = std::chrono::steady_clock::now();
      for (const Piece& piece : pieces_) {
        if (now > piece.deadline) {
          end_run(*piece.view,
                  fmt::format("has run for more than {} ms without an await, reply or trap: a loop "
                              "that does not end? On the Internet Computer it would trap at the "
                              "instruction limit; write trap(\"...\") where that is meant.",
                              piece.limit_ms));
        }
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Piece> pieces_;
  std::thread thread_;
  bool ending_ = false;
};

// ---- Stack overflow -----------------------------------------------------------------------------

#ifndef HEDDLE_INTERNAL_SANITIZED

struct sigaction previous_segv;  // NOLINT: a signal handler can reach nothing else

/// The second stack of a thread, on which the handler runs when the first is full.
class SignalStack {
 public:
  SignalStack() : memory_(std::make_unique<std::byte[]>(kSize)) {
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = kSize;
    sigaltstack(&stack, nullptr);
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      void* low = nullptr;
      std::size_t size = 0;
      pthread_attr_getstack(&attributes, &low, &size);
      pthread_attr_destroy(&attributes);
      low_ = static_cast<const std::byte*>(low);
    }
  }

  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

  ~SignalStack() {
    stack_t off{};
    off.ss_flags = SS_DISABLE;
    sigaltstack(&off, nullptr);
  }

  /// Whether an access at `address` ran over the end of this thread's stack.
  [[nodiscard]] bool overflowed(const void* address) const {
    constexpr std::ptrdiff_t kMargin = 1 << 20;  // a large frame may jump over the guard page
    const auto distance = static_cast<const std::byte*>(address) - low_;
    return low_ != nullptr && distance < kMargin && distance > -kMargin;
  }

  static SignalStack& of_this_thread() {
    thread_local SignalStack stack;
    return stack;
  }

 private:
  static constexpr std::size_t kSize = 256 * 1024;
  std::unique_ptr<std::byte[]> memory_;
  const std::byte* low_ = nullptr;
};

void on_segv(int signal, siginfo_t* info, void* context) {
  const View* const view = View::current_or_null();
  if (view != nullptr && SignalStack::of_this_thread().overflowed(info->si_addr)) {
    alarm(5);  // formatting allocates; if the overflow was inside the allocator, do not hang
    end_run(*view,
            "overflowed the stack: a recursion that does not end, or arrays too large for it");
  }
  if ((previous_segv.sa_flags & SA_SIGINFO) != 0) {
    previous_segv.sa_sigaction(signal, info, context);
    return;
  }
  std::signal(signal, previous_segv.sa_handler == SIG_IGN ? SIG_DFL : previous_segv.sa_handler);
  raise(signal);
}

void install_segv_handler() {
  struct sigaction action {};

  action.sa_sigaction = on_segv;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_segv);
}

#endif

// ---- Exceptions out of destructors --------------------------------------------------------------

std::terminate_handler previous_terminate;  // NOLINT: as the handler itself is

[[noreturn]] void on_terminate() {
  const View* const view = View::current_or_null();
  if (view != nullptr && !view->is_predicate() && std::current_exception()) {
    std::string what = "another exception";
    try {
      throw;
    } catch (const Trap& trap) {
      what = fmt::format("a trap (\"{}\")", trap.text());
    } catch (const Reject& reject) {
      what = fmt::format("a Reject (\"{}\")", reject.text);
    } catch (const std::exception& exception) {
      what = exception.what();
    } catch (...) {
    }
    end_run(*view, fmt::format("let {} out of a destructor or another noexcept function, which C++ "
                               "answers by ending the program. Write what a scope has to undo as "
                               "finally([&] {{ ... }}), where a trap is a trap.",
                               what));
  }
  if (previous_terminate != nullptr) {
    previous_terminate();
  }
  std::abort();
}

void prepare_process_and_thread() {
  static const bool prepared = [] {
    previous_terminate = std::set_terminate(on_terminate);
#ifndef HEDDLE_INTERNAL_SANITIZED
    install_segv_handler();
#endif
    return true;
  }();
  static_cast<void>(prepared);
#ifndef HEDDLE_INTERNAL_SANITIZED
  SignalStack::of_this_thread();
#endif
}

}  // namespace

Watched::Watched(const View& view, std::uint64_t limit_ms) : view_(view), timed_(limit_ms != 0) {
  prepare_process_and_thread();
  if (timed_) {
    Watchdog::instance().add(view, limit_ms);
  }
}

Watched::~Watched() {
  if (timed_) {
    Watchdog::instance().remove(view_);
  }
}

}  // namespace heddle::internal
