#include <atomic>
#include <csignal>

#include <heddle/model/internal/debugger_stop.h>

void* heddle_method = nullptr;

namespace heddle::internal {
namespace {

/// Canister code is far from whoever wants the stop, and finds it here.
std::atomic<bool>& wanted() {
  static std::atomic<bool> flag{false};
  return flag;
}

}  // namespace

DebuggerStop::DebuggerStop() {
  wanted().store(true, std::memory_order_relaxed);
}

DebuggerStop::~DebuggerStop() {
  wanted().store(false, std::memory_order_relaxed);
}

bool DebuggerStop::is_wanted() {
  return wanted().load(std::memory_order_relaxed);
}

void DebuggerStop::raise(void* code) {
  if (is_wanted()) {
    wanted().store(false, std::memory_order_relaxed);
    heddle_method = code;
    std::raise(SIGTRAP);
  }
}

}  // namespace heddle::internal
