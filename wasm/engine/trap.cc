#include <heddle/wasm/engine/trap.h>

namespace heddle::wasm {

std::string_view to_string(TrapKind kind) {
  switch (kind) {
    case TrapKind::kUnreachable:
      return "unreachable";
    case TrapKind::kMemoryOutOfBounds:
      return "out of bounds memory access";
    case TrapKind::kTableOutOfBounds:
      return "out of bounds table access";
    case TrapKind::kUndefinedElement:
      return "undefined element";
    case TrapKind::kUninitializedElement:
      return "uninitialized element";
    case TrapKind::kIndirectCallTypeMismatch:
      return "indirect call type mismatch";
    case TrapKind::kIntegerDivideByZero:
      return "integer divide by zero";
    case TrapKind::kIntegerOverflow:
      return "integer overflow";
    case TrapKind::kInvalidConversion:
      return "invalid conversion to integer";
    case TrapKind::kCallStackExhausted:
      return "call stack exhausted";
    case TrapKind::kOutOfFuel:
      return "out of fuel";
    case TrapKind::kHost:
      break;
  }
  return "host function trapped";
}

}  // namespace heddle::wasm
