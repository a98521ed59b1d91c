// Code: a function as the interpreter runs it.
//
// Operands live in *registers*, the slots of the function's frame: first the locals, then the
// operand stack. Translation (translator.h) does away with most moves, so that `local.get 0;
// i32.const 8; i32.add; local.set 1` is one instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <heddle/wasm/engine/internal/operations.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm::internal {

// The instructions that are no operator of operations.h.
#define HEDDLE_WASM_PLAIN_INSTRUCTIONS(N) \
  N(Move)                                 \
  N(Constant)                             \
  N(Select)                               \
  N(Jump)                                 \
  N(BranchIf)                             \
  N(BranchUnless)                         \
  N(BranchTable)                          \
  N(Return)                               \
  N(ReturnOne)                            \
  N(ReturnNone)                           \
  N(Call)                                 \
  N(CallHost)                             \
  N(CallIndirect)                         \
  N(GlobalGet)                            \
  N(GlobalSet)                            \
  N(ImportedGlobalGet)                    \
  N(ImportedGlobalSet)                    \
  N(AddOffset)                            \
  N(MemorySize)                           \
  N(MemoryGrow)                           \
  N(MemoryInit)                           \
  N(DataDrop)                             \
  N(MemoryCopy)                           \
  N(MemoryFill)                           \
  N(TableGet)                             \
  N(TableSet)                             \
  N(TableSize)                            \
  N(TableGrow)                            \
  N(TableFill)                            \
  N(TableCopy)                            \
  N(TableInit)                            \
  N(ElemDrop)                             \
  N(RefFunc)                              \
  N(Unreachable)

/// What an instruction does. `kI32Add` works on two registers, `kI32AddConstant` on a register and
/// `b`; `kBranchI32Eq` and `kBranchI32EqConstant` compare and branch.
enum class Action : std::uint16_t {
#define HEDDLE_WASM_ACTION(name) k##name,
#define HEDDLE_WASM_ACTION_UNARY(opcode, name, from, to, function) k##name,
#define HEDDLE_WASM_ACTION_MEMORY(opcode, name, stored, type) k##name,
#define HEDDLE_WASM_ACTION_CONSTANT(opcode, name, type, result, function) k##name##Constant,
#define HEDDLE_WASM_ACTION_BRANCH(opcode, name, type, result, function) kBranch##name,
#define HEDDLE_WASM_ACTION_BRANCH_CONSTANT(opcode, name, type, result, function) \
  kBranch##name##Constant,
  HEDDLE_WASM_PLAIN_INSTRUCTIONS(HEDDLE_WASM_ACTION) HEDDLE_WASM_COMPARISONS(
      HEDDLE_WASM_ACTION_UNARY) HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_ACTION_UNARY)
      HEDDLE_WASM_OTHER_BINARIES(HEDDLE_WASM_ACTION_UNARY)
          HEDDLE_WASM_UNARIES(HEDDLE_WASM_ACTION_UNARY) HEDDLE_WASM_LOADS(HEDDLE_WASM_ACTION_MEMORY)
              HEDDLE_WASM_STORES(HEDDLE_WASM_ACTION_MEMORY)
                  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ACTION_CONSTANT)
                      HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_ACTION_CONSTANT)
                          HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ACTION_BRANCH)
                              HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ACTION_BRANCH_CONSTANT)
#undef HEDDLE_WASM_ACTION
#undef HEDDLE_WASM_ACTION_UNARY
#undef HEDDLE_WASM_ACTION_MEMORY
#undef HEDDLE_WASM_ACTION_CONSTANT
#undef HEDDLE_WASM_ACTION_BRANCH
#undef HEDDLE_WASM_ACTION_BRANCH_CONSTANT
};

/// 16 bytes. `d` is the register of the result, `a` and `b` those of the operands, unless said
/// otherwise where the instruction is executed (interpreter.cc). A constant in `b` is signed, and
/// extended. A jump's `d` is a distance, from the jump itself.
struct Instruction {
  Action action = Action::kUnreachable;
  std::uint16_t c = 0;
  std::uint32_t d = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

struct Code {
  std::uint32_t function = 0;
  std::uint32_t type = 0;  ///< equal for equal types
  std::uint32_t parameters = 0;
  std::uint32_t results = 0;
  std::uint32_t locals = 0;     ///< parameters included
  std::uint32_t registers = 0;  ///< what a frame needs, locals included
  std::vector<Instruction> instructions;
};

}  // namespace heddle::wasm::internal
