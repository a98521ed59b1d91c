// One pass over the operators with an abstract operand stack, whose entries are not only registers
// but also locals not yet copied and constants not yet loaded. An operator takes its operands from
// where they are; an entry is put into its register (`settle`) only when something forces it: the
// local is written, control flow joins, or the operator wants its operands in a row.
//
// Where control flow joins, all paths must agree where the entries are: what lies below a block is
// settled when the block begins, unless it is a constant, which is one on all paths.

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <heddle/wasm/engine/internal/operator_reader.h>
#include <heddle/wasm/engine/internal/translator.h>
#include <heddle/wasm/engine/internal/validator.h>

namespace heddle::wasm::internal {
namespace {

/// Entries that are locals are looked through at every write of a local, so their number is
/// bounded.
constexpr std::size_t kUnsettledMax = 64;

constexpr std::size_t kOneByteOpcodes = 256;

constexpr std::size_t action_index(std::uint32_t opcode) {
  return opcode < kFirstSaturating ? opcode : kOneByteOpcodes + (opcode - kFirstSaturating);
}

enum class Shape : std::uint8_t { kNone, kBinary, kUnary, kLoad, kStore };

struct Translation {
  Shape shape = Shape::kNone;
  Action action = Action::kUnreachable;
  Action with_constant = Action::kUnreachable;  ///< kUnreachable: there is none
  bool is_64_bit = false;                       ///< the operands of a binary
};

constexpr auto kTranslations = [] {
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  std::array<Translation, kOneByteOpcodes + 8> table{};
#define HEDDLE_WASM_BINARY(opcode, name, type, result, function) \
  table[action_index(opcode)] = {Shape::kBinary, Action::k##name, Action::kUnreachable, false};
#define HEDDLE_WASM_CONSTANT(opcode, name, type, result, function)                           \
  table[action_index(opcode)] = {Shape::kBinary, Action::k##name, Action::k##name##Constant, \
                                 sizeof(type) == sizeof(u64)};
#define HEDDLE_WASM_UNARY(opcode, name, from, to, function) \
  table[action_index(opcode)] = {Shape::kUnary, Action::k##name, Action::kUnreachable, false};
#define HEDDLE_WASM_LOAD(opcode, name, stored, type) \
  table[action_index(opcode)] = {Shape::kLoad, Action::k##name, Action::kUnreachable, false};
#define HEDDLE_WASM_STORE(opcode, name, stored, type) \
  table[action_index(opcode)] = {Shape::kStore, Action::k##name, Action::kUnreachable, false};
  HEDDLE_WASM_COMPARISONS(HEDDLE_WASM_CONSTANT)
  HEDDLE_WASM_ARITHMETIC(HEDDLE_WASM_CONSTANT)
  HEDDLE_WASM_OTHER_BINARIES(HEDDLE_WASM_BINARY)
  HEDDLE_WASM_UNARIES(HEDDLE_WASM_UNARY)
  HEDDLE_WASM_LOADS(HEDDLE_WASM_LOAD)
  HEDDLE_WASM_STORES(HEDDLE_WASM_STORE)
#undef HEDDLE_WASM_BINARY
#undef HEDDLE_WASM_CONSTANT
#undef HEDDLE_WASM_UNARY
#undef HEDDLE_WASM_LOAD
#undef HEDDLE_WASM_STORE
  // Equal slots stand for both values, so these do nothing.
  for (const u32 opcode : {0xadU, 0xbcU, 0xbdU, 0xbeU, 0xbfU}) {
    table[opcode].action = Action::kMove;
  }
  return table;
}();

constexpr bool is_between(Action action, Action first, Action last) {
  return action >= first && action <= last;
}

/// Whether all that an instruction does is to write register `d`, which it does not read.
constexpr bool only_writes_d(Action action) {
  return is_between(action, Action::kI32Eq, Action::kI64Load32U) ||
         is_between(action, Action::kI32EqConstant, Action::kI64RotrConstant) ||
         action == Action::kMove || action == Action::kConstant || action == Action::kGlobalGet ||
         action == Action::kImportedGlobalGet || action == Action::kMemorySize ||
         action == Action::kTableSize || action == Action::kTableGet || action == Action::kRefFunc;
}

constexpr std::uint16_t kComparisonsOfOneType = 10;
/// Of a comparison (by place among those of its type) the one that is true when it is not.
constexpr std::array<std::uint16_t, kComparisonsOfOneType> kOpposite = {1, 0, 8, 9, 6,
                                                                        7, 4, 5, 2, 3};

Action shifted(Action first, unsigned by) {
  return static_cast<Action>(static_cast<unsigned>(first) + by);
}

class Translator {
 public:
  Translator(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits);

  Code run();

 private:
  /// An entry of the operand stack.
  struct Entry {
    enum class Place : std::uint8_t { kRegister, kLocal, kConstant };

    Place place = Place::kRegister;  ///< kRegister: that of its position
    std::uint64_t value = 0;         ///< the local, or the constant
  };

  /// A block that is open.
  struct Control {
    std::uint32_t opcode = kBlock;
    std::size_t height = 0;
    std::size_t parameters = 0;
    std::size_t results = 0;
    std::size_t loop_start = 0;
    std::vector<std::size_t> jumps_to_end;
    std::optional<std::size_t> jump_to_else;

    [[nodiscard]] std::size_t arity() const { return opcode == kLoop ? parameters : results; }
  };

  using Place = Entry::Place;

  void translate(const Operator& op);
  void translate_numeric(const Operator& op, const Translation& translation);
  void translate_structured(const Operator& op);
  void translate_memory(const Operator& op);
  void translate_table(const Operator& op);
  void skip(const Operator& op);

  void begin(const Operator& op);
  void begin_else();
  void end();
  void branch(std::uint64_t depth);
  void branch_if(std::uint64_t depth);
  void branch_table(const Operator& op);
  void return_values();
  void call(const Operator& op);
  void call_indirect(const Operator& op);
  void set_local(std::uint64_t local);
  void select();
  void load(const Operator& op, Action action);
  void store(const Operator& op, Action action);

  // The operand stack.
  [[nodiscard]] std::uint32_t slot(std::size_t position) const {
    return static_cast<std::uint32_t>(locals_ + position);
  }

  void push(Entry entry);
  std::uint32_t push_register();
  void pop(std::size_t count);
  void settle(std::size_t position);
  void settle_all_locals();
  void settle_top(std::size_t count);
  /// A register that holds the entry; a constant is settled for that.
  std::uint32_t register_of(std::size_t position);

  void need(std::size_t height) { height_max_ = std::max(height_max_, height); }

  // Instructions.
  std::size_t emit(Action action, std::uint32_t d = 0, std::uint32_t a = 0, std::uint32_t b = 0);
  void emit_constant(std::uint32_t d, std::uint64_t value);
  /// Copies an entry to a register without changing where it is.
  void emit_copy(std::uint32_t to, std::size_t position);
  /// Pops the condition; a jump that is taken if it is true (or false), to be given a target.
  std::size_t emit_conditional(bool when);
  /// Copies the top entries to the registers from that height on.
  void emit_values(std::size_t height, std::size_t count);

  void emit_label_values(const Control& label) { emit_values(label.height, label.arity()); }

  void emit_results(const Control& control) { emit_values(control.height, control.results); }

  [[nodiscard]] bool are_label_values_in_place(const Control& label) const;
  void aim(std::size_t jump, std::size_t target);
  void aim_at_label(std::size_t jump, Control& label);

  /// Control flow may come from elsewhere to what follows.
  void mark_join() { join_ = code_.instructions.size(); }

  Control& label(std::uint64_t depth) { return controls_[controls_.size() - 1 - depth]; }

  std::pair<std::size_t, std::size_t> arities(const BlockType& block) const;

  const ModuleParts& parts_;
  const ModuleLimits& limits_;
  Reader body_;
  std::size_t locals_;
  OperatorReader reader_;
  Code code_;
  std::vector<Entry> stack_;
  std::vector<std::size_t> unsettled_;  ///< positions of entries that are locals, ascending
  std::vector<Control> controls_;
  std::size_t height_max_ = 0;
  std::size_t join_ = 0;
  bool is_dead_ = false;         ///< what follows is not reached, up to the block's end
  std::size_t dead_blocks_ = 0;  ///< open inside
};

Translator::Translator(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits)
    : parts_(parts),
      limits_(limits),
      body_(body_reader(parts, function)),
      locals_(read_locals(body_, parts.type_of(function), limits).size()),
      reader_(body_) {
  const FunctionType& type = parts.type_of(function);
  code_.function = function;
  code_.type = parts.canonical_types[parts.functions[function]];
  code_.parameters = static_cast<std::uint32_t>(type.parameters.size());
  code_.results = static_cast<std::uint32_t>(type.results.size());
  code_.locals = static_cast<std::uint32_t>(locals_);
}

Code Translator::run() {
  Control body;
  body.results = code_.results;
  need(code_.results);
  controls_.push_back(std::move(body));
  while (!controls_.empty()) {
    const Operator& op = reader_.next();
    if (is_dead_) {
      skip(op);
    } else {
      translate(op);
    }
    if (code_.instructions.size() > limits_.instructions) {
      reader_.reader().beyond("instructions in a function", limits_.instructions);
    }
  }
  code_.registers = static_cast<std::uint32_t>(locals_ + height_max_);
  code_.instructions.shrink_to_fit();
  return std::move(code_);
}

void Translator::skip(const Operator& op) {
  switch (op.opcode) {
    case kBlock:
    case kLoop:
    case kIf:
      ++dead_blocks_;
      return;
    case kElse:
      if (dead_blocks_ == 0) {
        begin_else();
      }
      return;
    case kEnd:
      if (dead_blocks_ > 0) {
        --dead_blocks_;
      } else {
        end();
      }
      return;
    default:
      return;
  }
}

void Translator::translate(const Operator& op) {
  const std::size_t index = action_index(op.opcode);
  if (index < kTranslations.size() && kTranslations[index].shape != Shape::kNone) {
    translate_numeric(op, kTranslations[index]);
    return;
  }
  switch (op.opcode) {
    case kNop:
      return;
    case kDrop:
      return pop(1);
    case kSelect:
    case kSelectTyped:
      return select();
    case kI32Const:
    case kI64Const:
    case kF32Const:
    case kF64Const:
      return push({Place::kConstant, op.index});
    case kRefNull:
      return push({Place::kConstant, 0});
    case kLocalGet:
      return push({Place::kLocal, op.index});
    case kLocalSet:
      return set_local(op.index);
    case kLocalTee:
      set_local(op.index);
      return push({Place::kLocal, op.index});
    case kGlobalGet: {
      const bool is_imported = op.index < parts_.imported_globals;
      const auto global =
          static_cast<std::uint32_t>(op.index - (is_imported ? 0 : parts_.imported_globals));
      emit(is_imported ? Action::kImportedGlobalGet : Action::kGlobalGet, push_register(), global);
      return;
    }
    case kGlobalSet: {
      const bool is_imported = op.index < parts_.imported_globals;
      const auto global =
          static_cast<std::uint32_t>(op.index - (is_imported ? 0 : parts_.imported_globals));
      const std::uint32_t value = register_of(stack_.size() - 1);
      pop(1);
      emit(is_imported ? Action::kImportedGlobalSet : Action::kGlobalSet, global, value);
      return;
    }
    case kMemorySize:
    case kMemoryGrow:
    case kMemoryInit:
    case kDataDrop:
    case kMemoryCopy:
    case kMemoryFill:
      return translate_memory(op);
    case kTableGet:
    case kTableSet:
    case kTableInit:
    case kElemDrop:
    case kTableCopy:
    case kTableGrow:
    case kTableSize:
    case kTableFill:
    case kRefIsNull:
    case kRefFunc:
      return translate_table(op);
    default:
      return translate_structured(op);
  }
}

void Translator::translate_numeric(const Operator& op, const Translation& translation) {
  const std::size_t top = stack_.size() - 1;
  switch (translation.shape) {
    case Shape::kLoad:
      return load(op, translation.action);
    case Shape::kStore:
      return store(op, translation.action);
    case Shape::kUnary: {
      if (translation.action == Action::kMove) {
        return;
      }
      const std::uint32_t a = register_of(top);
      pop(1);
      emit(translation.action, push_register(), a);
      return;
    }
    default:
      break;
  }
  const Entry& second = stack_[top];
  const auto low = static_cast<std::uint32_t>(second.value);
  const bool fits =
      !translation.is_64_bit ||
      static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(low)}) == second.value;
  if (second.place == Place::kConstant && fits &&
      translation.with_constant != Action::kUnreachable) {
    const std::uint32_t a = register_of(top - 1);
    pop(2);
    emit(translation.with_constant, push_register(), a, low);
    return;
  }
  const std::uint32_t b = register_of(top);
  const std::uint32_t a = register_of(top - 1);
  pop(2);
  emit(translation.action, push_register(), a, b);
}

void Translator::translate_structured(const Operator& op) {
  switch (op.opcode) {
    case kUnreachable:
      emit(Action::kUnreachable);
      is_dead_ = true;
      return;
    case kBlock:
    case kLoop:
    case kIf:
      return begin(op);
    case kElse:
      return begin_else();
    case kEnd:
      return end();
    case kBr:
      return branch(op.index);
    case kBrIf:
      return branch_if(op.index);
    case kBrTable:
      return branch_table(op);
    case kReturn:
      return return_values();
    case kCall:
      return call(op);
    default:
      return call_indirect(op);
  }
}

std::pair<std::size_t, std::size_t> Translator::arities(const BlockType& block) const {
  switch (block.kind) {
    case BlockType::Kind::kEmpty:
      return {0, 0};
    case BlockType::Kind::kResult:
      return {0, 1};
    case BlockType::Kind::kFunction:
      break;
  }
  const FunctionType& type = parts_.types[block.type];
  return {type.parameters.size(), type.results.size()};
}

void Translator::begin(const Operator& op) {
  Control control;
  control.opcode = op.opcode;
  std::tie(control.parameters, control.results) = arities(op.block);
  if (op.opcode == kIf) {
    control.jump_to_else = emit_conditional(false);
    // What is settled here must be settled on both ways: before the jump.
    const Instruction jump = code_.instructions.back();
    code_.instructions.pop_back();
    settle_all_locals();
    settle_top(control.parameters);
    control.jump_to_else = code_.instructions.size();
    code_.instructions.push_back(jump);
  } else {
    settle_all_locals();
    settle_top(control.parameters);
  }
  control.height = stack_.size() - control.parameters;
  control.loop_start = code_.instructions.size();
  need(control.height + control.results);
  controls_.push_back(std::move(control));
  mark_join();
}

void Translator::begin_else() {
  Control& control = controls_.back();
  if (!is_dead_) {
    emit_results(control);
    control.jumps_to_end.push_back(emit(Action::kJump));
  }
  aim(*control.jump_to_else, code_.instructions.size());
  control.jump_to_else.reset();
  control.opcode = kElse;
  pop(stack_.size() - control.height);
  for (std::size_t i = 0; i < control.parameters; ++i) {
    push_register();
  }
  is_dead_ = false;
  mark_join();
}

void Translator::end() {
  Control control = std::move(controls_.back());
  controls_.pop_back();
  if (controls_.empty()) {
    if (!is_dead_ && control.jumps_to_end.empty()) {
      return return_values();
    }
    if (!is_dead_) {
      emit_results(control);
    }
    for (const std::size_t jump : control.jumps_to_end) {
      aim(jump, code_.instructions.size());
    }
    emit(Action::kReturn, 0, slot(0), code_.results);
    return;
  }
  if (!is_dead_) {
    emit_results(control);
  }
  if (control.jump_to_else) {
    aim(*control.jump_to_else, code_.instructions.size());
  }
  for (const std::size_t jump : control.jumps_to_end) {
    aim(jump, code_.instructions.size());
  }
  pop(stack_.size() - control.height);
  for (std::size_t i = 0; i < control.results; ++i) {
    push_register();
  }
  is_dead_ = false;
  mark_join();
}

void Translator::branch(std::uint64_t depth) {
  if (depth + 1 == controls_.size()) {
    return return_values();
  }
  Control& target = label(depth);
  emit_label_values(target);
  aim_at_label(emit(Action::kJump), target);
  is_dead_ = true;
}

void Translator::branch_if(std::uint64_t depth) {
  const std::size_t condition = stack_.size() - 1;
  Control& target = label(depth);
  const Entry entry = stack_[condition];
  stack_.pop_back();
  const bool is_in_place = are_label_values_in_place(target);
  stack_.push_back(entry);
  if (is_in_place) {
    aim_at_label(emit_conditional(true), target);
  } else {
    const std::size_t past = emit_conditional(false);
    emit_label_values(target);
    aim_at_label(emit(Action::kJump), target);
    aim(past, code_.instructions.size());
  }
  mark_join();
}

void Translator::branch_table(const Operator& op) {
  const std::uint32_t selector = register_of(stack_.size() - 1);
  pop(1);
  const auto cases = static_cast<std::uint32_t>(op.labels.size() - 1);
  emit(Action::kBranchTable, 0, selector, cases);
  const std::size_t first = code_.instructions.size();
  for (std::uint32_t i = 0; i <= cases; ++i) {
    emit(Action::kJump);
  }
  // Where values must be moved, the jump goes by way of the moves, once for each label.
  std::map<std::uint32_t, std::size_t> moves;
  for (std::uint32_t i = 0; i <= cases; ++i) {
    const std::uint32_t depth = op.labels[i];
    Control& target = label(depth);
    if (are_label_values_in_place(target)) {
      aim_at_label(first + i, target);
      continue;
    }
    const auto [position, is_new] = moves.try_emplace(depth, code_.instructions.size());
    aim(first + i, position->second);
    if (is_new) {
      emit_label_values(target);
      aim_at_label(emit(Action::kJump), target);
    }
  }
  is_dead_ = true;
}

void Translator::return_values() {
  is_dead_ = true;
  switch (code_.results) {
    case 0:
      emit(Action::kReturnNone);
      return;
    case 1:
      emit(Action::kReturnOne, 0, register_of(stack_.size() - 1));
      return;
    default:
      settle_top(code_.results);
      emit(Action::kReturn, 0, slot(stack_.size() - code_.results), code_.results);
  }
}

void Translator::call(const Operator& op) {
  const auto function = static_cast<std::uint32_t>(op.index);
  const FunctionType& type = parts_.type_of(function);
  settle_top(type.parameters.size());
  const std::size_t base = stack_.size() - type.parameters.size();
  // A host function's results are put behind its arguments first.
  need(stack_.size() + type.results.size());
  if (function < parts_.imported_functions) {
    emit(Action::kCallHost, slot(base), function);
  } else {
    emit(Action::kCall, slot(base), function - parts_.imported_functions);
  }
  pop(type.parameters.size());
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    push_register();
  }
}

void Translator::call_indirect(const Operator& op) {
  const FunctionType& type = parts_.types[op.index];
  const std::uint32_t element = register_of(stack_.size() - 1);
  pop(1);
  settle_top(type.parameters.size());
  const std::size_t base = stack_.size() - type.parameters.size();
  need(stack_.size() + type.results.size());
  const std::size_t position =
      emit(Action::kCallIndirect, slot(base), element, parts_.canonical_types[op.index]);
  code_.instructions[position].c = static_cast<std::uint16_t>(op.second);
  pop(type.parameters.size());
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    push_register();
  }
}

void Translator::set_local(std::uint64_t local) {
  const std::size_t top = stack_.size() - 1;
  // Entries that mean the old value take it now; not the top, which is to be the new value.
  const Entry value = stack_[top];
  pop(1);
  const std::vector<std::size_t> positions = unsettled_;
  for (const std::size_t position : positions) {
    if (stack_[position].value == local) {
      settle(position);
    }
  }
  const auto to = static_cast<std::uint32_t>(local);
  auto& instructions = code_.instructions;
  const bool is_just_made = value.place == Place::kRegister && instructions.size() > join_ &&
                            instructions.back().d == slot(top) &&
                            only_writes_d(instructions.back().action);
  if (is_just_made) {
    instructions.back().d = to;
  } else if (value.place == Place::kConstant) {
    emit_constant(to, value.value);
  } else if (value.place == Place::kLocal) {
    if (value.value != local) {
      emit(Action::kMove, to, static_cast<std::uint32_t>(value.value));
    }
  } else {
    emit(Action::kMove, to, slot(top));
  }
}

void Translator::select() {
  const std::size_t first = stack_.size() - 3;
  settle(first);
  const std::uint32_t condition = register_of(first + 2);
  const std::uint32_t second = register_of(first + 1);
  pop(2);
  emit(Action::kSelect, slot(first), condition, second);
}

void Translator::load(const Operator& op, Action action) {
  std::uint32_t address = register_of(stack_.size() - 1);
  pop(1);
  const std::uint32_t result = push_register();
  std::uint64_t offset = op.index;
  if (offset > ~std::uint32_t{0}) {
    emit(Action::kAddOffset, result, address);
    emit_constant(0, offset);
    address = result;
    offset = 0;
  }
  emit(action, result, address, static_cast<std::uint32_t>(offset));
}

void Translator::store(const Operator& op, Action action) {
  const std::size_t top = stack_.size() - 1;
  const std::uint32_t value = register_of(top);
  std::uint32_t address = register_of(top - 1);
  std::uint64_t offset = op.index;
  if (offset > ~std::uint32_t{0}) {
    emit(Action::kAddOffset, slot(top - 1), address);
    emit_constant(0, offset);
    address = slot(top - 1);
    offset = 0;
  }
  pop(2);
  emit(action, value, address, static_cast<std::uint32_t>(offset));
}

void Translator::translate_memory(const Operator& op) {
  switch (op.opcode) {
    case kMemorySize:
      emit(Action::kMemorySize, push_register());
      return;
    case kMemoryGrow: {
      const std::uint32_t pages = register_of(stack_.size() - 1);
      pop(1);
      emit(Action::kMemoryGrow, push_register(), pages);
      return;
    }
    case kDataDrop:
      emit(Action::kDataDrop, 0, static_cast<std::uint32_t>(op.index));
      return;
    default:
      break;
  }
  settle_top(3);
  pop(3);
  const Action action = op.opcode == kMemoryInit   ? Action::kMemoryInit
                        : op.opcode == kMemoryCopy ? Action::kMemoryCopy
                                                   : Action::kMemoryFill;
  emit(action, slot(stack_.size()),
       op.opcode == kMemoryInit ? static_cast<std::uint32_t>(op.index) : 0);
}

void Translator::translate_table(const Operator& op) {
  const auto index = static_cast<std::uint32_t>(op.index);
  const std::size_t top = stack_.size() - 1;
  switch (op.opcode) {
    case kRefFunc:
      emit(Action::kRefFunc, push_register(), index);
      return;
    case kElemDrop:
      emit(Action::kElemDrop, 0, index);
      return;
    case kTableSize:
      emit(Action::kTableSize, push_register(), 0, index);
      return;
    case kRefIsNull:
    case kTableGet: {
      const std::uint32_t operand = register_of(top);
      pop(1);
      emit(op.opcode == kTableGet ? Action::kTableGet : Action::kI64Eqz, push_register(), operand,
           op.opcode == kTableGet ? index : 0);
      return;
    }
    case kTableSet: {
      const std::uint32_t value = register_of(top);
      const std::uint32_t position = register_of(top - 1);
      pop(2);
      emit(Action::kTableSet, value, position, index);
      return;
    }
    case kTableGrow:
      settle_top(2);
      pop(2);
      emit(Action::kTableGrow, push_register(), 0, index);
      return;
    default:
      break;
  }
  settle_top(3);
  pop(3);
  const std::uint32_t base = slot(stack_.size());
  if (op.opcode == kTableFill) {
    emit(Action::kTableFill, base, 0, index);
  } else {
    emit(op.opcode == kTableCopy ? Action::kTableCopy : Action::kTableInit, base, index, op.second);
  }
}

void Translator::push(Entry entry) {
  if (entry.place == Place::kLocal) {
    if (unsettled_.size() == kUnsettledMax) {
      settle(unsettled_.front());
    }
    unsettled_.push_back(stack_.size());
  }
  stack_.push_back(entry);
  need(stack_.size());
}

std::uint32_t Translator::push_register() {
  push({});
  return slot(stack_.size() - 1);
}

void Translator::pop(std::size_t count) {
  stack_.resize(stack_.size() - count);
  while (!unsettled_.empty() && unsettled_.back() >= stack_.size()) {
    unsettled_.pop_back();
  }
}

void Translator::settle(std::size_t position) {
  Entry& entry = stack_[position];
  if (entry.place == Place::kRegister) {
    return;
  }
  emit_copy(slot(position), position);
  if (entry.place == Place::kLocal) {
    unsettled_.erase(std::find(unsettled_.begin(), unsettled_.end(), position));
  }
  entry = {};
}

void Translator::settle_all_locals() {
  while (!unsettled_.empty()) {
    settle(unsettled_.back());
  }
}

void Translator::settle_top(std::size_t count) {
  for (std::size_t position = stack_.size() - count; position < stack_.size(); ++position) {
    settle(position);
  }
}

std::uint32_t Translator::register_of(std::size_t position) {
  if (stack_[position].place == Place::kLocal) {
    return static_cast<std::uint32_t>(stack_[position].value);
  }
  settle(position);
  return slot(position);
}

std::size_t Translator::emit(Action action, std::uint32_t d, std::uint32_t a, std::uint32_t b) {
  code_.instructions.push_back({action, 0, d, a, b});
  return code_.instructions.size() - 1;
}

void Translator::emit_constant(std::uint32_t d, std::uint64_t value) {
  emit(Action::kConstant, d, static_cast<std::uint32_t>(value),
       static_cast<std::uint32_t>(value >> 32U));
}

void Translator::emit_copy(std::uint32_t to, std::size_t position) {
  const Entry& entry = stack_[position];
  switch (entry.place) {
    case Place::kConstant:
      return emit_constant(to, entry.value);
    case Place::kLocal:
      emit(Action::kMove, to, static_cast<std::uint32_t>(entry.value));
      return;
    case Place::kRegister:
      if (to != slot(position)) {
        emit(Action::kMove, to, slot(position));
      }
  }
}

std::size_t Translator::emit_conditional(bool when) {
  const std::size_t top = stack_.size() - 1;
  auto& instructions = code_.instructions;
  if (stack_[top].place == Place::kRegister && instructions.size() > join_ &&
      instructions.back().d == slot(top)) {
    Instruction last = instructions.back();
    if (last.action == Action::kI32Eqz || last.action == Action::kI64Eqz) {
      last.action =
          last.action == Action::kI32Eqz ? Action::kI32EqConstant : Action::kI64EqConstant;
      last.b = 0;
    }
    const bool has_constant =
        is_between(last.action, Action::kI32EqConstant, Action::kI64GeUConstant);
    if (has_constant || is_between(last.action, Action::kI32Eq, Action::kI64GeU)) {
      unsigned place =
          static_cast<unsigned>(last.action) -
          static_cast<unsigned>(has_constant ? Action::kI32EqConstant : Action::kI32Eq);
      if (!when) {
        const unsigned type = place / kComparisonsOfOneType * kComparisonsOfOneType;
        place = type + kOpposite[place - type];
      }
      instructions.pop_back();
      pop(1);
      return emit(
          shifted(has_constant ? Action::kBranchI32EqConstant : Action::kBranchI32Eq, place), 0,
          last.a, last.b);
    }
  }
  const std::uint32_t condition = register_of(top);
  pop(1);
  return emit(when ? Action::kBranchIf : Action::kBranchUnless, 0, condition);
}

bool Translator::are_label_values_in_place(const Control& label) const {
  const std::size_t from = stack_.size() - label.arity();
  const auto is_register = [](const Entry& entry) { return entry.place == Place::kRegister; };
  return label.arity() == 0 ||
         (from == label.height && std::all_of(stack_.begin() + static_cast<std::ptrdiff_t>(from),
                                              stack_.end(), is_register));
}

void Translator::emit_values(std::size_t height, std::size_t count) {
  // Ascending, and never upwards: no value is overwritten before it was copied.
  const std::size_t from = stack_.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    emit_copy(slot(height + i), from + i);
  }
}

void Translator::aim(std::size_t jump, std::size_t target) {
  code_.instructions[jump].d = static_cast<std::uint32_t>(target - jump);
}

void Translator::aim_at_label(std::size_t jump, Control& label) {
  if (label.opcode == kLoop) {
    aim(jump, label.loop_start);
  } else {
    label.jumps_to_end.push_back(jump);
  }
}

}  // namespace

Code translate_function(const ModuleParts& parts, std::uint32_t function,
                        const ModuleLimits& limits) {
  return Translator(parts, function, limits).run();
}

}  // namespace heddle::wasm::internal
