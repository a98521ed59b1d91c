// DebuggerStop: a debugger's stop in canister code, where a chosen event runs it.
//
// A piece that resumes a call stops inside the method, in the await that it goes on from; the
// frames of the method stand above in the stack. A piece that starts a call stops right before its
// coroutine runs for the first time, when none of the method's frames is there yet:
// `heddle_method` then points to its code, for `tbreak *(long)heddle_method`.
#pragma once

/// Where the code of the method begins that a stop is about to start; null at others. For
/// debuggers: C's name, so that it needs no quotes.
extern "C" void* heddle_method;

namespace heddle::internal {

/// While it lives, the next piece of a coroutine canister raises SIGTRAP, once. One at a time, and
/// only while one thread runs canister code; frames must not be kept
/// (CoroutineProgram::Options::frames_max is 0), so that a resumption comes by its method's await.
class DebuggerStop {
 public:
  DebuggerStop();
  ~DebuggerStop();
  DebuggerStop(const DebuggerStop&) = delete;
  DebuggerStop& operator=(const DebuggerStop&) = delete;

  /// Whether there is a stop that was not raised yet.
  [[nodiscard]] static bool is_wanted();

  /// Raises it, if it is wanted: a method's code is about to be started (`code`) or, null, goes on
  /// behind an await.
  static void raise(void* code);
};

}  // namespace heddle::internal
