// Trap: how an execution of WebAssembly code ends other than by returning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::wasm {

enum class TrapKind : std::uint8_t {
  kUnreachable,
  kMemoryOutOfBounds,
  kTableOutOfBounds,
  kUndefinedElement,
  kUninitializedElement,
  kIndirectCallTypeMismatch,
  kIntegerDivideByZero,
  kIntegerOverflow,
  kInvalidConversion,
  kCallStackExhausted,
  kOutOfFuel,  ///< not WebAssembly's: the caller's bound on the work was reached
  kHost,       ///< raised by a host function, with a message of its own
};

/// In the words of the specification's test suite, "out of bounds memory access"; "out of fuel".
std::string_view to_string(TrapKind kind);

/// Thrown by the functions of `Instance` that run code, and by a host function that traps.
class Trap : public std::exception {
 public:
  /// Of the stack's functions only this many innermost ones are kept.
  static constexpr std::size_t kStackMax = 100;

  explicit Trap(TrapKind kind) : kind_(kind), message_(to_string(kind)) {}

  Trap(TrapKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  [[nodiscard]] TrapKind kind() const { return kind_; }

  [[nodiscard]] const std::string& message() const { return message_; }

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  /// Indices of the functions that were running, the innermost first; see Module::function_name.
  [[nodiscard]] const std::vector<std::uint32_t>& stack() const { return stack_; }

  /// How many functions were running, those included that `stack` leaves out.
  [[nodiscard]] std::size_t depth() const { return depth_; }

  void set_stack(std::vector<std::uint32_t> stack, std::size_t depth) {
    stack_ = std::move(stack);
    depth_ = depth;
  }

 private:
  TrapKind kind_;
  std::string message_;
  std::vector<std::uint32_t> stack_;
  std::size_t depth_ = 0;
};

}  // namespace heddle::wasm
