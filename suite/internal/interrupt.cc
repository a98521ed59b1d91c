#include <csignal>

#include <heddle/suite/internal/interrupt.h>

namespace heddle::internal {
namespace {

/// A handler has no argument but the signal, so what it sets must be found without one.
std::atomic<bool>& raised() {
  static std::atomic<bool> flag{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");
  return flag;
}

void raise_flag(int /*signal*/) {
  raised().store(true, std::memory_order_relaxed);
}

}  // namespace

Interrupt::Interrupt() {
  raised().store(false, std::memory_order_relaxed);

  struct sigaction handler {};

  handler.sa_handler = raise_flag;
  // With the second signal the default action is back, for a search that does not end.
  handler.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&handler.sa_mask);
  sigaction(SIGINT, &handler, &before_interrupt_);
  sigaction(SIGTERM, &handler, &before_terminate_);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &before_interrupt_, nullptr);
  sigaction(SIGTERM, &before_terminate_, nullptr);
}

const std::atomic<bool>* Interrupt::flag() {
  return &raised();
}

}  // namespace heddle::internal
