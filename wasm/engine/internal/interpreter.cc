// The dispatch is direct threading [Bell, "Threaded code", CACM 1973]: each instruction ends with a
// jump of its own to the next one's code, which the branch predictor learns by place. Taking the
// address of a label is an extension that both g++ and clang have.

#include <cstring>

#include <heddle/wasm/engine/internal/interpreter.h>
#include <heddle/wasm/engine/internal/numeric.h>

#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wgnu-label-as-value"
#endif

namespace heddle::wasm::internal {

void raise(TrapKind kind) {
  throw Trap(kind);
}

void Interpreter::run(Instance& instance, const Code& entry, u64* entry_registers) {
  static const void* const kLabels[] = {
#define HEDDLE_WASM_LABEL(name) &&on_##name,
#define HEDDLE_WASM_LABEL_NUMERIC(opcode, name, from, to, function) &&on_##name,
#define HEDDLE_WASM_LABEL_ACCESS(opcode, name, stored, type) &&on_##name,
#define HEDDLE_WASM_LABEL_CONSTANT(opcode, name, type, result, function) &&on_##name##Constant,
#define HEDDLE_WASM_LABEL_BRANCH(opcode, name, type, result, function) &&on_Branch##name,
#define HEDDLE_WASM_LABEL_BRANCH_CONSTANT(opcode, name, type, result, function) \
  &&on_Branch##name##Constant,
      HEDDLE_WASM_PLAIN_INSTRUCTIONS(HEDDLE_WASM_LABEL) HEDDLE_WASM_COMPARISONS(
          HEDDLE_WASM_LABEL_NUMERIC) HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_LABEL_NUMERIC)
          HEDDLE_WASM_OTHER_BINARIES(HEDDLE_WASM_LABEL_NUMERIC)
              HEDDLE_WASM_UNARIES(HEDDLE_WASM_LABEL_NUMERIC)
                  HEDDLE_WASM_LOADS(HEDDLE_WASM_LABEL_ACCESS)
                      HEDDLE_WASM_STORES(HEDDLE_WASM_LABEL_ACCESS)
                          HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_LABEL_CONSTANT)
                              HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_LABEL_CONSTANT)
                                  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_LABEL_BRANCH)
                                      HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_LABEL_BRANCH_CONSTANT)};

  const ModuleParts& parts = instance.module_->parts();
  const Code* const codes = parts.code.data();
  Memory* const memory = instance.memory_.get();
  u8* const memory_base = memory == nullptr ? nullptr : memory->base();
  u64 memory_size = memory == nullptr ? 0 : memory->size_bytes();
  u64* const globals = instance.globals_.data();
  u64* const slots_end = instance.slots_ + instance.options_.stack_slots_max;
  const std::size_t depth_max = instance.options_.call_depth_max;
  const std::size_t depth_at_entry = instance.depth_;

  Frame* frame = instance.frames_ + depth_at_entry;  // the next free one, until entered
  u64* registers = nullptr;
  const Instruction* pc = nullptr;
  const Code* callee = &entry;
  u64* callee_registers = entry_registers;

#define HEDDLE_WASM_DISPATCH() goto* kLabels[static_cast<u16>(pc->action)]
#define HEDDLE_WASM_NEXT() \
  ++pc;                    \
  HEDDLE_WASM_DISPATCH()
// A jump backwards is a loop's next turn.
#define HEDDLE_WASM_JUMP()                         \
  {                                                \
    const auto distance = static_cast<s32>(pc->d); \
    pc += distance;                                \
    if (distance <= 0 && --instance.fuel_ < 0) {   \
      raise(TrapKind::kOutOfFuel);                 \
    }                                              \
    HEDDLE_WASM_DISPATCH();                        \
  }

  goto enter;

on_Call:
  callee = codes + pc->a;
  callee_registers = registers + pc->d;
call_own:
  if (--instance.fuel_ < 0) {
    raise(TrapKind::kOutOfFuel);
  }
  frame->resume = pc + 1;
  ++frame;
enter:
  if (instance.depth_ >= depth_max ||
      callee->registers > static_cast<u64>(slots_end - callee_registers)) {
    raise(TrapKind::kCallStackExhausted);
  }
  ++instance.depth_;
  registers = callee_registers;
  frame->code = callee;
  frame->registers = registers;
  for (u32 local = callee->parameters; local < callee->locals; ++local) {
    registers[local] = 0;
  }
  pc = callee->instructions.data();
  HEDDLE_WASM_DISPATCH();

on_Return:
  // a: the first result, b: their number.
  for (u32 i = 0; i < pc->b; ++i) {
    registers[i] = registers[pc->a + i];
  }
  goto leave;
on_ReturnOne:
  registers[0] = registers[pc->a];
on_ReturnNone:
leave:
  --instance.depth_;
  if (instance.depth_ == depth_at_entry) {
    return;
  }
  --frame;
  registers = frame->registers;
  pc = frame->resume;
  HEDDLE_WASM_DISPATCH();

on_CallHost:
  // a: the function's index; d: its arguments, later its results.
  if (--instance.fuel_ < 0) {
    raise(TrapKind::kOutOfFuel);
  }
  frame->resume = pc;
  call_host(instance, pc->a, registers + pc->d);
  memory_size = memory == nullptr ? 0 : memory->size_bytes();
  HEDDLE_WASM_NEXT();

on_CallIndirect : {
  // a: the element, b: the type, c: the table.
  const auto elements = instance.tables_[pc->c]->elements();
  const u64 element = registers[pc->a];
  if (element >= elements.size()) {
    raise(TrapKind::kUndefinedElement);
  }
  const u64 reference = elements[element];
  if (reference == 0) {
    raise(TrapKind::kUninitializedElement);
  }
  callee_registers = registers + pc->d;
  if (reference >> 32U != instance.ordinal_ >> 32U) {
    frame->resume = pc;
    call_foreign(instance, reference, parts.types[pc->b], callee_registers);
    memory_size = memory == nullptr ? 0 : memory->size_bytes();
    HEDDLE_WASM_NEXT();
  }
  const u32 function = static_cast<u32>(reference) - 1;
  if (parts.canonical_types[parts.functions[function]] != pc->b) {
    raise(TrapKind::kIndirectCallTypeMismatch);
  }
  if (function >= parts.imported_functions) {
    callee = codes + (function - parts.imported_functions);
    goto call_own;
  }
  if (--instance.fuel_ < 0) {
    raise(TrapKind::kOutOfFuel);
  }
  frame->resume = pc;
  call_host(instance, function, callee_registers);
  memory_size = memory == nullptr ? 0 : memory->size_bytes();
  HEDDLE_WASM_NEXT();
}

on_Move:
  registers[pc->d] = registers[pc->a];
  HEDDLE_WASM_NEXT();
on_Constant:
  registers[pc->d] = u64{pc->b} << 32U | pc->a;
  HEDDLE_WASM_NEXT();
on_Select:
  // d holds the first value already; a is the condition.
  if (static_cast<u32>(registers[pc->a]) == 0) {
    registers[pc->d] = registers[pc->b];
  }
  HEDDLE_WASM_NEXT();
on_Jump:
  HEDDLE_WASM_JUMP()
on_BranchIf:
  if (static_cast<u32>(registers[pc->a]) != 0) {
    HEDDLE_WASM_JUMP()
  }
  HEDDLE_WASM_NEXT();
on_BranchUnless:
  if (static_cast<u32>(registers[pc->a]) == 0) {
    HEDDLE_WASM_JUMP()
  }
  HEDDLE_WASM_NEXT();
on_BranchTable : {
  // As many jumps follow, and one more for all larger values.
  const u32 selected = static_cast<u32>(registers[pc->a]);
  pc += 1 + (selected < pc->b ? selected : pc->b);
  HEDDLE_WASM_DISPATCH();
}

on_GlobalGet:
  registers[pc->d] = globals[pc->a];
  HEDDLE_WASM_NEXT();
on_GlobalSet:
  globals[pc->d] = registers[pc->a];
  HEDDLE_WASM_NEXT();
on_ImportedGlobalGet:
  registers[pc->d] = *instance.imported_globals_[pc->a].slot;
  HEDDLE_WASM_NEXT();
on_ImportedGlobalSet:
  *instance.imported_globals_[pc->d].slot = registers[pc->a];
  HEDDLE_WASM_NEXT();

on_AddOffset : {
  // For an offset of more than 32 bits, which is in the next instruction.
  const u64 offset = u64{pc[1].b} << 32U | pc[1].a;
  const u64 address = registers[pc->a];
  if (address + offset < address) {
    raise(TrapKind::kMemoryOutOfBounds);
  }
  registers[pc->d] = address + offset;
  pc += 2;
  HEDDLE_WASM_DISPATCH();
}
on_MemorySize:
  registers[pc->d] = memory_size / Memory::kPageBytes;
  HEDDLE_WASM_NEXT();
on_MemoryGrow:
  registers[pc->d] = memory_grow(instance, registers[pc->a]);
  memory_size = memory->size_bytes();
  HEDDLE_WASM_NEXT();
on_MemoryInit:
  memory_init(instance, pc->a, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_DataDrop:
  instance.dropped_data_[pc->a] = true;
  HEDDLE_WASM_NEXT();
on_MemoryCopy:
  memory_copy(instance, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_MemoryFill:
  memory_fill(instance, registers + pc->d);
  HEDDLE_WASM_NEXT();

on_TableGet : {
  // a: the position, b: the table.
  const auto elements = instance.tables_[pc->b]->elements();
  const u64 position = registers[pc->a];
  if (position >= elements.size()) {
    raise(TrapKind::kTableOutOfBounds);
  }
  registers[pc->d] = elements[position];
  HEDDLE_WASM_NEXT();
}
on_TableSet : {
  // d: the value, a: the position, b: the table.
  const auto elements = instance.tables_[pc->b]->elements();
  const u64 position = registers[pc->a];
  if (position >= elements.size()) {
    raise(TrapKind::kTableOutOfBounds);
  }
  elements[position] = registers[pc->d];
  HEDDLE_WASM_NEXT();
}
on_TableSize:
  registers[pc->d] = instance.tables_[pc->b]->size();
  HEDDLE_WASM_NEXT();
on_TableGrow:
  registers[pc->d] = table_grow(instance, pc->b, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_TableFill:
  table_fill(instance, pc->b, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_TableCopy:
  table_copy(instance, pc->a, pc->b, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_TableInit:
  table_init(instance, pc->a, pc->b, registers + pc->d);
  HEDDLE_WASM_NEXT();
on_ElemDrop:
  instance.dropped_elements_[pc->a] = true;
  HEDDLE_WASM_NEXT();
on_RefFunc:
  registers[pc->d] = instance.reference_to(pc->a);
  HEDDLE_WASM_NEXT();
on_Unreachable:
  raise(TrapKind::kUnreachable);

#define HEDDLE_WASM_ON_BINARY(opcode, name, type, result, function)                                \
  on_##name : registers[pc->d] = to_slot<result>(                                                  \
                  function(from_slot<type>(registers[pc->a]), from_slot<type>(registers[pc->b]))); \
  HEDDLE_WASM_NEXT();
  HEDDLE_WASM_BINARIES(HEDDLE_WASM_ON_BINARY)

#define HEDDLE_WASM_ON_CONSTANT(opcode, name, type, result, function)                              \
  on_##name##Constant : registers[pc->d] =                                                         \
                            to_slot<result>(function(from_slot<type>(registers[pc->a]),            \
                                                     static_cast<type>(static_cast<s32>(pc->b)))); \
  HEDDLE_WASM_NEXT();
  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ON_CONSTANT)
  HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_ON_CONSTANT)

#define HEDDLE_WASM_ON_BRANCH(opcode, name, type, result, function)                          \
  on_Branch##name                                                                            \
      : if (function(from_slot<type>(registers[pc->a]), from_slot<type>(registers[pc->b]))){ \
            HEDDLE_WASM_JUMP()} HEDDLE_WASM_NEXT();
  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ON_BRANCH)

#define HEDDLE_WASM_ON_BRANCH_CONSTANT(opcode, name, type, result, function)             \
  on_Branch##name##Constant : if (function(from_slot<type>(registers[pc->a]),            \
                                           static_cast<type>(static_cast<s32>(pc->b)))){ \
                                  HEDDLE_WASM_JUMP()} HEDDLE_WASM_NEXT();
  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_ON_BRANCH_CONSTANT)

#define HEDDLE_WASM_ON_UNARY(opcode, name, from, to, function)                             \
  on_##name : registers[pc->d] = to_slot<to>(function(from_slot<from>(registers[pc->a]))); \
  HEDDLE_WASM_NEXT();
  HEDDLE_WASM_UNARIES(HEDDLE_WASM_ON_UNARY)

// The sum cannot wrap around: addresses beyond the memory are refused by themselves.
#define HEDDLE_WASM_ADDRESS(stored)                                   \
  const u64 base = registers[pc->a];                                  \
  const u64 address = base + pc->b;                                   \
  if (base > memory_size || address + sizeof(stored) > memory_size) { \
    raise(TrapKind::kMemoryOutOfBounds);                              \
  }

#define HEDDLE_WASM_ON_LOAD(opcode, name, stored, type)       \
  on_##name : {                                               \
    HEDDLE_WASM_ADDRESS(stored)                               \
    stored value;                                             \
    std::memcpy(&value, memory_base + address, sizeof value); \
    registers[pc->d] = extended_slot<type>(value);            \
    HEDDLE_WASM_NEXT();                                       \
  }
  HEDDLE_WASM_LOADS(HEDDLE_WASM_ON_LOAD)

#define HEDDLE_WASM_ON_STORE(opcode, name, stored, type)      \
  on_##name : {                                               \
    HEDDLE_WASM_ADDRESS(stored)                               \
    const auto value = static_cast<stored>(registers[pc->d]); \
    std::memcpy(memory_base + address, &value, sizeof value); \
    memory->mark_store<sizeof(stored)>(address);              \
    HEDDLE_WASM_NEXT();                                       \
  }
  HEDDLE_WASM_STORES(HEDDLE_WASM_ON_STORE)
}

}  // namespace heddle::wasm::internal
