#include <heddle/model/trap.h>

namespace heddle {

void trap(std::string text) {
  if (const internal::TrapHook hook = internal::trap_hook(); hook != nullptr) {
    hook(text);
  }
  throw Trap{std::move(text)};
}

namespace internal {

TrapHook& trap_hook() {
  thread_local TrapHook hook = nullptr;
  return hook;
}

}  // namespace internal
}  // namespace heddle
