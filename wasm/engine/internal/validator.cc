#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/internal/numeric.h>
#include <heddle/wasm/engine/internal/operations.h>
#include <heddle/wasm/engine/internal/operator_reader.h>
#include <heddle/wasm/engine/internal/validator.h>

namespace heddle::wasm::internal {
namespace {

/// A value of which nothing is known has none: it comes from code that is not reached.
using StackType = std::optional<ValueType>;

template <class T>
constexpr ValueType value_type_of() {
  if constexpr (std::is_same_v<T, u32>) {
    return ValueType::kI32;
  } else if constexpr (std::is_same_v<T, u64>) {
    return ValueType::kI64;
  } else if constexpr (std::is_same_v<T, float>) {
    return ValueType::kF32;
  } else {
    static_assert(std::is_same_v<T, double>);
    return ValueType::kF64;
  }
}

/// What an operator of operations.h takes and gives.
struct Signature {
  unsigned operands = 0;  ///< 0: there is no such operator
  ValueType operand = ValueType::kI32;
  ValueType result = ValueType::kI32;
  unsigned access_bytes = 0;  ///< of loads and stores
};

constexpr std::size_t kOneByteOpcodes = 256;

constexpr std::size_t signature_index(std::uint32_t opcode) {
  return opcode < kFirstSaturating ? opcode : kOneByteOpcodes + (opcode - kFirstSaturating);
}

constexpr auto kSignatures = [] {
  std::array<Signature, kOneByteOpcodes + 8> table{};
#define HEDDLE_WASM_BINARY(opcode, name, type, result, function) \
  table[signature_index(opcode)] = {2, value_type_of<type>(), value_type_of<result>(), 0};
#define HEDDLE_WASM_UNARY(opcode, name, from, to, function) \
  table[signature_index(opcode)] = {1, value_type_of<from>(), value_type_of<to>(), 0};
#define HEDDLE_WASM_ACCESS(opcode, name, stored, type)                               \
  table[signature_index(opcode)] = {1, value_type_of<type>(), value_type_of<type>(), \
                                    sizeof(stored)};
  HEDDLE_WASM_BINARIES(HEDDLE_WASM_BINARY)
  HEDDLE_WASM_UNARIES(HEDDLE_WASM_UNARY)
  HEDDLE_WASM_LOADS(HEDDLE_WASM_ACCESS)
  HEDDLE_WASM_STORES(HEDDLE_WASM_ACCESS)
#undef HEDDLE_WASM_BINARY
#undef HEDDLE_WASM_UNARY
#undef HEDDLE_WASM_ACCESS
  return table;
}();

class Validator {
 public:
  Validator(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits);

  void run();

  [[nodiscard]] bool writes_tables() const { return writes_tables_; }

 private:
  /// A block that is open.
  struct Control {
    std::uint32_t opcode = kBlock;  ///< kBlock, kLoop, kIf or kElse
    FunctionType type;
    std::size_t height = 0;  ///< of the stack below its parameters
    bool is_unreachable = false;

    /// What a branch to it must provide.
    [[nodiscard]] const std::vector<ValueType>& label() const {
      return opcode == kLoop ? type.parameters : type.results;
    }
  };

  void check(const Operator& op);
  void check_structured(const Operator& op);
  void check_branch_table(const Operator& op);
  void check_variable(const Operator& op);
  void check_table_operator(const Operator& op);
  void check_memory_operator(const Operator& op);
  void check_access(const Operator& op, const Signature& signature);
  void check_select(const Operator& op);
  void check_call(const FunctionType& type);

  void push(StackType type) { stack_.push_back(type); }

  void push_all(const std::vector<ValueType>& types) {
    stack_.insert(stack_.end(), types.begin(), types.end());
  }

  StackType pop();
  StackType pop(StackType expected);
  void pop_all(const std::vector<ValueType>& types);
  void open(std::uint32_t opcode, FunctionType type);
  Control close();
  void become_unreachable();

  FunctionType block_type(const BlockType& block);
  const Control& label(std::uint64_t depth);
  ValueType local(std::uint64_t index);
  const GlobalType& global(std::uint64_t index);
  const TableType& table(std::uint64_t index);
  const MemoryType& memory();
  const ElementSegment& element(std::uint64_t index);
  void data(std::uint64_t index);

  [[noreturn]] void invalid(std::string cause) const;

  const ModuleParts& parts_;
  const ModuleLimits& limits_;
  const FunctionType& type_;
  Reader body_;
  std::vector<ValueType> locals_;
  OperatorReader reader_;
  std::size_t offset_ = 0;  ///< of the current operator
  std::vector<StackType> stack_;
  std::vector<Control> controls_;
  bool writes_tables_ = false;
};

Validator::Validator(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits)
    : parts_(parts),
      limits_(limits),
      type_(parts.type_of(function)),
      body_(body_reader(parts, function)),
      locals_(read_locals(body_, type_, limits)),
      reader_(body_) {}

void Validator::run() {
  open(kBlock, FunctionType{{}, type_.results});
  while (!controls_.empty()) {
    if (reader_.at_end()) {
      reader_.reader().malformed("unexpected end of section or function: END opcode expected");
    }
    const Operator& op = reader_.next();
    offset_ = op.offset;
    check(op);
    if (stack_.size() > limits_.operands) {
      reader_.reader().beyond("operands on the stack", limits_.operands);
    }
  }
  if (!reader_.at_end()) {
    reader_.reader().malformed(
        "unexpected content after the end of a function (section size "
        "mismatch)");
  }
}

void Validator::check(const Operator& op) {
  const std::size_t index = signature_index(op.opcode);
  if (index < kSignatures.size() && kSignatures[index].operands > 0) {
    const Signature& signature = kSignatures[index];
    if (signature.access_bytes > 0) {
      check_access(op, signature);
      return;
    }
    for (unsigned i = 0; i < signature.operands; ++i) {
      pop(signature.operand);
    }
    push(signature.result);
    return;
  }
  switch (op.opcode) {
    case kNop:
      return;
    case kDrop:
      pop();
      return;
    case kSelect:
    case kSelectTyped:
      return check_select(op);
    case kI32Const:
      return push(ValueType::kI32);
    case kI64Const:
      return push(ValueType::kI64);
    case kF32Const:
      return push(ValueType::kF32);
    case kF64Const:
      return push(ValueType::kF64);
    case kLocalGet:
    case kLocalSet:
    case kLocalTee:
    case kGlobalGet:
    case kGlobalSet:
      return check_variable(op);
    case kMemorySize:
    case kMemoryGrow:
    case kMemoryInit:
    case kDataDrop:
    case kMemoryCopy:
    case kMemoryFill:
      return check_memory_operator(op);
    case kTableGet:
    case kTableSet:
    case kTableInit:
    case kElemDrop:
    case kTableCopy:
    case kTableGrow:
    case kTableSize:
    case kTableFill:
    case kRefNull:
    case kRefIsNull:
    case kRefFunc:
      return check_table_operator(op);
    default:
      return check_structured(op);
  }
}

void Validator::check_structured(const Operator& op) {
  switch (op.opcode) {
    case kUnreachable:
      return become_unreachable();
    case kBlock:
    case kLoop:
    case kIf: {
      FunctionType type = block_type(op.block);
      if (op.opcode == kIf) {
        pop(ValueType::kI32);
      }
      pop_all(type.parameters);
      return open(op.opcode, std::move(type));
    }
    case kElse: {
      Control control = close();
      if (control.opcode != kIf) {
        invalid("else without if");
      }
      return open(kElse, std::move(control.type));
    }
    case kEnd: {
      const Control control = close();
      if (control.opcode == kIf && control.type.parameters != control.type.results) {
        invalid("type mismatch: an if without else must give what it takes");
      }
      return push_all(control.type.results);
    }
    case kBr:
      pop_all(label(op.index).label());
      return become_unreachable();
    case kBrIf: {
      pop(ValueType::kI32);
      const auto& types = label(op.index).label();
      pop_all(types);
      return push_all(types);
    }
    case kBrTable:
      return check_branch_table(op);
    case kReturn:
      pop_all(type_.results);
      return become_unreachable();
    case kCall:
      if (op.index >= parts_.functions.size()) {
        invalid(fmt::format("unknown function {}", op.index));
      }
      return check_call(parts_.type_of(static_cast<std::uint32_t>(op.index)));
    case kCallIndirect: {
      const TableType& called = table(op.second);
      if (called.element != ValueType::kFuncref) {
        invalid("type mismatch: call_indirect needs a table of functions");
      }
      if (op.index >= parts_.types.size()) {
        invalid(fmt::format("unknown type {}", op.index));
      }
      pop(index_type(called.limits));
      return check_call(parts_.types[op.index]);
    }
    default:
      invalid(fmt::format("illegal opcode {:#x}", op.opcode));
  }
}

void Validator::check_call(const FunctionType& type) {
  pop_all(type.parameters);
  push_all(type.results);
}

void Validator::check_branch_table(const Operator& op) {
  pop(ValueType::kI32);
  const std::size_t arity = label(op.labels.back()).label().size();
  for (const std::uint32_t depth : op.labels) {
    const auto& types = label(depth).label();
    if (types.size() != arity) {
      invalid("type mismatch: the labels of br_table take different numbers of values");
    }
    std::vector<StackType> popped;
    for (auto type = types.rbegin(); type != types.rend(); ++type) {
      popped.push_back(pop(*type));
    }
    stack_.insert(stack_.end(), popped.rbegin(), popped.rend());
  }
  pop_all(label(op.labels.back()).label());
  become_unreachable();
}

void Validator::check_variable(const Operator& op) {
  switch (op.opcode) {
    case kLocalGet:
      return push(local(op.index));
    case kLocalSet:
      pop(local(op.index));
      return;
    case kLocalTee:
      pop(local(op.index));
      return push(local(op.index));
    case kGlobalGet:
      return push(global(op.index).value);
    default:
      if (!global(op.index).is_mutable) {
        invalid("immutable global");
      }
      pop(global(op.index).value);
  }
}

void Validator::check_memory_operator(const Operator& op) {
  if (op.opcode == kDataDrop) {
    return data(op.index);
  }
  const ValueType address = index_type(memory().limits);
  switch (op.opcode) {
    case kMemorySize:
      return push(address);
    case kMemoryGrow:
      pop(address);
      return push(address);
    case kMemoryInit:
      data(op.index);
      pop(ValueType::kI32);
      pop(ValueType::kI32);
      pop(address);
      return;
    case kMemoryCopy:
      pop(address);
      pop(address);
      pop(address);
      return;
    default:
      pop(address);
      pop(ValueType::kI32);
      pop(address);
  }
}

void Validator::check_table_operator(const Operator& op) {
  switch (op.opcode) {
    case kRefNull:
      return push(op.type);
    case kRefIsNull: {
      const StackType type = pop();
      if (type && !is_reference(*type)) {
        invalid("type mismatch: ref.is_null needs a reference");
      }
      return push(ValueType::kI32);
    }
    case kRefFunc:
      if (op.index >= parts_.functions.size()) {
        invalid(fmt::format("unknown function {}", op.index));
      }
      if (!parts_.declared_functions[op.index]) {
        invalid("undeclared function reference");
      }
      return push(ValueType::kFuncref);
    case kTableSize:
      return push(index_type(table(op.index).limits));
    case kTableGet:
      pop(index_type(table(op.index).limits));
      return push(table(op.index).element);
    default:
      break;
  }
  writes_tables_ = true;
  switch (op.opcode) {
    case kElemDrop:
      element(op.index);
      return;
    case kTableSet:
      pop(table(op.index).element);
      pop(index_type(table(op.index).limits));
      return;
    case kTableGrow:
      pop(index_type(table(op.index).limits));
      pop(table(op.index).element);
      return push(index_type(table(op.index).limits));
    case kTableFill:
      pop(index_type(table(op.index).limits));
      pop(table(op.index).element);
      pop(index_type(table(op.index).limits));
      return;
    case kTableInit:
      if (table(op.second).element != element(op.index).type) {
        invalid("type mismatch: the elements are not of the table's type");
      }
      pop(ValueType::kI32);
      pop(ValueType::kI32);
      pop(index_type(table(op.second).limits));
      return;
    default: {  // table.copy
      const TableType& to = table(op.index);
      const TableType& from = table(op.second);
      if (to.element != from.element) {
        invalid("type mismatch: the tables have elements of different types");
      }
      const bool are_long = to.limits.is_64_bit && from.limits.is_64_bit;
      pop(are_long ? ValueType::kI64 : ValueType::kI32);
      pop(index_type(from.limits));
      pop(index_type(to.limits));
    }
  }
}

void Validator::check_access(const Operator& op, const Signature& signature) {
  const Limits& limits = memory().limits;
  if ((1U << (op.second & 31U)) > signature.access_bytes || op.second > 3) {
    invalid("alignment must not be larger than natural");
  }
  if (!limits.is_64_bit && op.index > ~std::uint32_t{0}) {
    invalid("offset out of range");
  }
  if (op.opcode >= kFirstStore) {
    pop(signature.operand);
    pop(index_type(limits));
  } else {
    pop(index_type(limits));
    push(signature.result);
  }
}

void Validator::check_select(const Operator& op) {
  pop(ValueType::kI32);
  if (op.opcode == kSelectTyped) {
    pop(op.type);
    pop(op.type);
    return push(op.type);
  }
  const StackType second = pop();
  const StackType first = pop();
  if ((first && is_reference(*first)) || (second && is_reference(*second))) {
    invalid("type mismatch: select of references needs a type");
  }
  if (first && second && *first != *second) {
    invalid("type mismatch: select between values of different types");
  }
  push(first ? first : second);
}

StackType Validator::pop() {
  const Control& control = controls_.back();
  if (stack_.size() == control.height) {
    if (control.is_unreachable) {
      return std::nullopt;
    }
    invalid("type mismatch: an operand is missing");
  }
  const StackType type = stack_.back();
  stack_.pop_back();
  return type;
}

StackType Validator::pop(StackType expected) {
  const StackType actual = pop();
  if (actual && expected && *actual != *expected) {
    invalid(
        fmt::format("type mismatch: {} instead of {}", to_string(*actual), to_string(*expected)));
  }
  return actual;
}

void Validator::pop_all(const std::vector<ValueType>& types) {
  for (auto type = types.rbegin(); type != types.rend(); ++type) {
    pop(*type);
  }
}

void Validator::open(std::uint32_t opcode, FunctionType type) {
  if (controls_.size() >= limits_.nesting) {
    reader_.reader().beyond("nested blocks", limits_.nesting);
  }
  Control control;
  control.opcode = opcode;
  control.type = std::move(type);
  control.height = stack_.size();
  push_all(control.type.parameters);
  controls_.push_back(std::move(control));
}

Validator::Control Validator::close() {
  pop_all(controls_.back().type.results);
  if (stack_.size() != controls_.back().height) {
    invalid("type mismatch: values remain on the stack at the end of a block");
  }
  Control control = std::move(controls_.back());
  controls_.pop_back();
  return control;
}

void Validator::become_unreachable() {
  stack_.resize(controls_.back().height);
  controls_.back().is_unreachable = true;
}

FunctionType Validator::block_type(const BlockType& block) {
  switch (block.kind) {
    case BlockType::Kind::kEmpty:
      return {};
    case BlockType::Kind::kResult:
      return {{}, {block.result}};
    case BlockType::Kind::kFunction:
      break;
  }
  if (block.type >= parts_.types.size()) {
    invalid(fmt::format("unknown type {}", block.type));
  }
  return parts_.types[block.type];
}

const Validator::Control& Validator::label(std::uint64_t depth) {
  if (depth >= controls_.size()) {
    invalid(fmt::format("unknown label {}", depth));
  }
  return controls_[controls_.size() - 1 - depth];
}

ValueType Validator::local(std::uint64_t index) {
  if (index >= locals_.size()) {
    invalid(fmt::format("unknown local {}", index));
  }
  return locals_[index];
}

const GlobalType& Validator::global(std::uint64_t index) {
  if (index >= parts_.globals.size()) {
    invalid(fmt::format("unknown global {}", index));
  }
  return parts_.globals[index];
}

const TableType& Validator::table(std::uint64_t index) {
  if (index >= parts_.tables.size()) {
    invalid(fmt::format("unknown table {}", index));
  }
  return parts_.tables[index];
}

const MemoryType& Validator::memory() {
  if (parts_.memories.empty()) {
    invalid("unknown memory 0");
  }
  return parts_.memories[0];
}

const ElementSegment& Validator::element(std::uint64_t index) {
  if (index >= parts_.elements.size()) {
    invalid(fmt::format("unknown elem segment {}", index));
  }
  return parts_.elements[index];
}

void Validator::data(std::uint64_t index) {
  if (!parts_.data_count) {
    reader_.reader().malformed("data count section required");
  }
  if (index >= *parts_.data_count) {
    invalid(fmt::format("unknown data segment {}", index));
  }
}

void Validator::invalid(std::string cause) const {
  throw WasmError(WasmError::Kind::kInvalid, offset_, "code", std::move(cause));
}

}  // namespace

Reader body_reader(const ModuleParts& parts, std::uint32_t function) {
  const Body& body = parts.bodies[function - parts.imported_functions];
  return {body.bytes, body.offset, "code"};
}

std::vector<ValueType> read_locals(Reader& reader, const FunctionType& type,
                                   const ModuleLimits& limits) {
  std::vector<ValueType> locals = type.parameters;
  std::uint64_t total = locals.size();
  for (std::uint32_t left = reader.count(static_cast<std::uint32_t>(-1), "groups of locals");
       left > 0; --left) {
    const std::uint32_t count = reader.u32();
    total += count;
    if (total > ~std::uint32_t{0}) {
      reader.malformed("too many locals");
    }
    const ValueType local = read_value_type(reader);
    if (total > limits.locals) {
      reader.beyond("locals", limits.locals);
    }
    locals.insert(locals.end(), count, local);
  }
  return locals;
}

void validate_function(const ModuleParts& parts, std::uint32_t function, const ModuleLimits& limits,
                       bool& writes_tables) {
  Validator validator(parts, function, limits);
  validator.run();
  writes_tables = writes_tables || validator.writes_tables();
}

}  // namespace heddle::wasm::internal
