// Interpreter: runs translated code on an instance.
#pragma once

#include <cstdint>
#include <span>

#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/internal/code.h>
#include <heddle/wasm/engine/internal/module_parts.h>

namespace heddle::wasm::internal {

/// A function that is running.
struct Frame {
  const Code* code = nullptr;
  const Instruction* resume = nullptr;  ///< while it calls: where it goes on
  std::uint64_t* registers = nullptr;
};

class Interpreter {
 public:
  /// Runs a function of the module's own whose arguments stand in the first of these registers, and
  /// puts its results there.
  static void run(Instance& instance, const Code& code, std::uint64_t* registers);

  /// Calls an imported function; the results replace the arguments.
  static void call_host(Instance& instance, std::uint32_t function, std::uint64_t* registers);

  /// Calls what a reference of another instance refers to.
  static void call_foreign(Instance& instance, std::uint64_t reference, const FunctionType& type,
                           std::uint64_t* registers);

  // Instructions that need more than a line, with their operands in a row. They throw Trap.
  static void memory_init(Instance& instance, std::uint32_t segment, const std::uint64_t* operands);
  static void memory_copy(Instance& instance, const std::uint64_t* operands);
  static void memory_fill(Instance& instance, const std::uint64_t* operands);
  static void table_init(Instance& instance, std::uint32_t segment, std::uint32_t table,
                         const std::uint64_t* operands);
  static void table_copy(Instance& instance, std::uint32_t to, std::uint32_t from,
                         const std::uint64_t* operands);
  static void table_fill(Instance& instance, std::uint32_t table, const std::uint64_t* operands);
  static std::uint64_t table_grow(Instance& instance, std::uint32_t table,
                                  const std::uint64_t* operands);
  static std::uint64_t memory_grow(Instance& instance, std::uint64_t pages);

  /// Takes that much fuel. Throws Trap.
  static void burn(Instance& instance, std::uint64_t fuel);
};

}  // namespace heddle::wasm::internal
