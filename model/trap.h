/// How canister code traps.
///
/// A trap is behaviour, not an error of the checker: it ends the execution and rolls its writes
/// back. The exception only unwinds the coroutine; what decides is the mark that the hook sets on
/// the running execution, so that code which swallows the exception gains nothing [M10].
#pragma once

#include <string>
#include <utility>

namespace heddle {

/// What `trap` throws. Deliberately not a `std::exception`, so that a `catch (const
/// std::exception&)` in canister code does not catch it by accident.
class Trap {
 public:
  explicit Trap(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Ends the current execution with a trap. Tells the hook of this thread, if one is installed, then
/// throws `Trap`.
[[noreturn]] void trap(std::string text);

namespace internal {

/// Called with the text of a trap before `Trap` is thrown; a null pointer stands for "nobody
/// listens".
using TrapHook = void (*)(const std::string& text);

/// This thread's hook. The kernel installs one that marks the current execution as trapped.
TrapHook& trap_hook();

}  // namespace internal
}  // namespace heddle
