// Interrupt: Ctrl-C ends a search with what it has covered, and does not throw that away.
#pragma once

#include <atomic>
#include <csignal>

namespace heddle::internal {

/// While it lives, the first SIGINT or SIGTERM sets a flag that searches look at; the second kills
/// the process as usual. At most one lives at a time in a process.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// For CheckOptions::interrupted.
  [[nodiscard]] static const std::atomic<bool>* flag();

 private:
  struct sigaction before_interrupt_ {};

  struct sigaction before_terminate_ {};
};

}  // namespace heddle::internal
