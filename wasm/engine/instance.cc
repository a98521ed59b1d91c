#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/internal/interpreter.h>
#include <heddle/wasm/engine/internal/operator_reader.h>

namespace heddle::wasm {
namespace {

[[noreturn]] void refuse(const Import& import, std::string_view cause) {
  throw WasmError(WasmError::Kind::kLink, 0, "import",
                  fmt::format("{}: {}.{}", cause, import.module, import.name));
}

[[noreturn]] void unknown(const Import& import) {
  refuse(import, "unknown import");
}

[[noreturn]] void incompatible(const Import& import) {
  refuse(import, "incompatible import type");
}

/// Whether what there is (now of that size) may stand for what is wanted.
bool fits(const Limits& wanted, const Limits& given, std::uint64_t size) {
  return wanted.is_64_bit == given.is_64_bit && size >= wanted.min &&
         (wanted.max == Limits::kNoMax || given.max <= wanted.max);
}

std::uint64_t normalised(std::uint64_t slot, ValueType type) {
  const bool is_narrow = type == ValueType::kI32 || type == ValueType::kF32;
  return is_narrow ? static_cast<std::uint32_t>(slot) : slot;
}

}  // namespace

Instance::Instance(std::shared_ptr<const Module> module, Host& host, InstanceOptions options)
    : module_(std::move(module)),
      host_(&host),
      options_(std::move(options)),
      dropped_data_(module_->parts().data.size()),
      dropped_elements_(module_->parts().elements.size()),
      frame_bytes_(options_.call_depth_max * sizeof(internal::Frame)),
      slot_bytes_(options_.stack_slots_max * sizeof(std::uint64_t)),
      frames_(frame_bytes_.as<internal::Frame>()),
      slots_(slot_bytes_.as<std::uint64_t>()),
      slots_top_(slots_) {
  if (options_.linkage != nullptr) {
    ordinal_ = std::uint64_t{options_.linkage->add(this)} << 32U;
  }
  link();
}

Instance::Instance(const Image& image, Host& host, InstanceOptions options)
    : Instance(image.module, host, std::move(options)) {
  restore_cells(image.cells);
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    tables_[i]->set_elements(image.tables[i]);
  }
  for (const Image::Block& block : image.blocks) {
    memory_->set_block(block.index,
                       std::span<const std::uint8_t, Memory::kBlockBytes>(block.bytes));
  }
}

Instance::~Instance() = default;

void Instance::link() {
  const internal::ModuleParts& parts = module_->parts();
  for (const Import& import : parts.imports) {
    switch (import.kind) {
      case ExternalKind::kFunction:
        if (!host_->provides(import, parts.type_of(import.index))) {
          unknown(import);
        }
        break;
      case ExternalKind::kTable: {
        std::shared_ptr<Table> table = host_->table(import);
        if (table == nullptr) {
          unknown(import);
        }
        const TableType& wanted = parts.tables[import.index];
        if (table->type().element != wanted.element ||
            !fits(wanted.limits, table->type().limits, table->size())) {
          incompatible(import);
        }
        tables_.push_back(std::move(table));
        break;
      }
      case ExternalKind::kMemory:
        memory_ = host_->memory(import);
        if (memory_ == nullptr) {
          unknown(import);
        }
        if (!fits(parts.memories[0].limits, memory_->type().limits, memory_->pages())) {
          incompatible(import);
        }
        break;
      case ExternalKind::kGlobal:
        link_global(import);
        break;
    }
  }
  for (std::size_t i = parts.imported_tables; i < parts.tables.size(); ++i) {
    const auto& value = parts.table_values[i - parts.imported_tables];
    tables_.push_back(std::make_shared<Table>(parts.tables[i], evaluate(value)));
  }
  if (memory_ == nullptr && !parts.memories.empty()) {
    const MemoryType& type = parts.memories[0];
    if (type.limits.min > options_.memory_pages_max) {
      throw WasmError(WasmError::Kind::kLimit, 0, "memory",
                      fmt::format("{} pages of memory are wanted, {} allowed", type.limits.min,
                                  options_.memory_pages_max));
    }
    memory_ = std::make_shared<Memory>(type, options_.memory_pages_max);
  }
  globals_.reserve(parts.global_values.size());
  for (const internal::ConstantExpression& value : parts.global_values) {
    globals_.push_back(evaluate(value));
  }
}

void Instance::link_global(const Import& import) {
  const Host::GlobalCell cell = host_->global(import);
  if (cell.slot == nullptr) {
    unknown(import);
  }
  if (cell.type != module_->globals()[import.index]) {
    incompatible(import);
  }
  imported_globals_.push_back(cell);
}

void Instance::initialise() {
  initialise_elements();
  initialise_data();
  if (const auto start = module_->start_function()) {
    invoke(*start, {}, {});
  }
}

void Instance::initialise_elements() {
  const auto& segments = module_->parts().elements;
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    const internal::ElementSegment& segment = segments[i];
    if (segment.mode == internal::ElementSegment::Mode::kPassive) {
      continue;
    }
    if (segment.mode == internal::ElementSegment::Mode::kActive) {
      const std::uint64_t operands[] = {evaluate(segment.offset), 0, segment.elements.size()};
      internal::Interpreter::table_init(*this, i, segment.table, operands);
    }
    dropped_elements_[i] = true;
  }
}

void Instance::initialise_data() {
  const auto& segments = module_->parts().data;
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    if (segments[i].is_active) {
      const std::uint64_t operands[] = {evaluate(segments[i].offset), 0, segments[i].bytes.size()};
      internal::Interpreter::memory_init(*this, i, operands);
      dropped_data_[i] = true;
    }
  }
}

std::uint64_t Instance::evaluate(const internal::ConstantExpression& expression) const {
  std::vector<std::uint64_t> stack;
  for (const internal::ConstantOperator& op : expression) {
    switch (op.opcode) {
      case internal::kGlobalGet:
        stack.push_back(global(static_cast<std::uint32_t>(op.index)));
        continue;
      case internal::kRefFunc:
        stack.push_back(reference_to(static_cast<std::uint32_t>(op.index)));
        continue;
      case internal::kI32Const:
      case internal::kI64Const:
      case internal::kF32Const:
      case internal::kF64Const:
      case internal::kRefNull:
        stack.push_back(op.index);
        continue;
      default:
        break;
    }
    const std::uint64_t b = stack.back();
    stack.pop_back();
    std::uint64_t& a = stack.back();
    switch (op.opcode) {
      case internal::kI32Add:
      case internal::kI64Add:
        a += b;
        break;
      case internal::kI32Sub:
      case internal::kI64Sub:
        a -= b;
        break;
      default:
        a *= b;
    }
    if (op.opcode <= internal::kI32Mul) {
      a = static_cast<std::uint32_t>(a);
    }
  }
  return stack.back();
}

std::uint64_t Instance::reference_to(std::uint32_t function) const {
  return ordinal_ | (std::uint64_t{function} + 1);
}

std::optional<std::uint32_t> Instance::referenced_function(std::uint64_t reference) const {
  if (reference == 0 || reference >> 32U != ordinal_ >> 32U) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(reference) - 1;
}

void Instance::invoke(std::uint32_t function, std::span<const std::uint64_t> arguments,
                      std::span<std::uint64_t> results) {
  if (function >= module_->function_count()) {
    throw std::invalid_argument(fmt::format("there is no function {}", function));
  }
  const FunctionType& type = module_->function_type(function);
  if (arguments.size() != type.parameters.size() || results.size() != type.results.size()) {
    throw std::invalid_argument(fmt::format("{} has type {}, not {} arguments and {} results",
                                            module_->describe_function(function), to_string(type),
                                            arguments.size(), results.size()));
  }

  // Whatever ends the call, the stack is as before.
  struct Restore {
    Instance& instance;
    std::size_t depth = instance.depth_;
    std::uint64_t* top = instance.slots_top_;

    ~Restore() {
      instance.depth_ = depth;
      instance.slots_top_ = top;
      --instance.nesting_;
    }
  };

  ++nesting_;
  const Restore restore{*this};
  try {
    run(function, arguments, results);
  } catch (Trap& trap) {
    if (trap.stack().empty()) {
      std::vector<std::uint32_t> stack;
      for (std::size_t i = depth_; i > restore.depth && stack.size() < Trap::kStackMax; --i) {
        stack.push_back(frames_[i - 1].code->function);
      }
      trap.set_stack(std::move(stack), depth_ - restore.depth);
    }
    throw;
  }
}

void Instance::run(std::uint32_t function, std::span<const std::uint64_t> arguments,
                   std::span<std::uint64_t> results) {
  const FunctionType& type = module_->function_type(function);
  const auto left = static_cast<std::uint64_t>(slots_ + options_.stack_slots_max - slots_top_);
  if (nesting_ > kNestingMax || arguments.size() + results.size() > left) {
    throw Trap(TrapKind::kCallStackExhausted);
  }
  std::uint64_t* const registers = slots_top_;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    registers[i] = normalised(arguments[i], type.parameters[i]);
  }
  const std::uint32_t imported = module_->imported_function_count();
  if (function < imported) {
    internal::Interpreter::call_host(*this, function, registers);
  } else {
    internal::Interpreter::run(*this, module_->parts().code[function - imported], registers);
  }
  std::copy_n(registers, results.size(), results.begin());
}

void Instance::call_table(std::uint32_t table, std::uint64_t index, const FunctionType& type,
                          std::span<const std::uint64_t> arguments,
                          std::span<std::uint64_t> results) {
  if (table >= tables_.size()) {
    throw std::invalid_argument(fmt::format("there is no table {}", table));
  }
  const auto elements = tables_[table]->elements();
  if (index >= elements.size()) {
    throw Trap(TrapKind::kUndefinedElement);
  }
  const std::uint64_t reference = elements[index];
  if (reference == 0) {
    throw Trap(TrapKind::kUninitializedElement);
  }
  const auto function = referenced_function(reference);
  Instance& owner =
      function || options_.linkage == nullptr ? *this : (*options_.linkage)[reference >> 32U];
  const auto called = owner.referenced_function(reference);
  if (!called || owner.module().function_type(*called) != type) {
    throw Trap(TrapKind::kIndirectCallTypeMismatch);
  }
  owner.invoke(*called, arguments, results);
}

std::uint64_t Instance::fuel() const {
  return fuel_ < 0 ? 0 : static_cast<std::uint64_t>(fuel_);
}

void Instance::set_fuel(std::uint64_t fuel) {
  fuel_ = static_cast<std::int64_t>(std::min(fuel, kUnlimitedFuel));
}

std::uint64_t Instance::global(std::uint32_t index) const {
  const std::uint32_t imported = module_->imported_global_count();
  return index < imported ? *imported_globals_[index].slot : globals_[index - imported];
}

void Instance::set_global(std::uint32_t index, std::uint64_t slot) {
  *global_cell(index).slot = slot;
}

Host::GlobalCell Instance::global_cell(std::uint32_t index) {
  const std::uint32_t imported = module_->imported_global_count();
  if (index < imported) {
    return imported_globals_[index];
  }
  return {&globals_[index - imported], module_->globals()[index]};
}

const Table& Instance::table(std::uint32_t index) const {
  return *tables_.at(index);
}

std::shared_ptr<Table> Instance::shared_table(std::uint32_t index) const {
  return tables_.at(index);
}

Cells Instance::capture_cells() const {
  Cells cells;
  cells.memory_pages = memory_ == nullptr ? 0 : memory_->pages();
  cells.globals = globals_;
  if (module_->writes_tables()) {
    for (const auto& table : tables_) {
      const auto elements = std::as_const(*table).elements();
      cells.tables.emplace_back(elements.begin(), elements.end());
    }
  }
  cells.dropped_data = dropped_data_;
  cells.dropped_elements = dropped_elements_;
  return cells;
}

void Instance::restore_cells(const Cells& cells) {
  if (memory_ != nullptr) {
    memory_->set_pages(cells.memory_pages);
  }
  // Not a vector's assignment: linked instances know the cells by address.
  std::copy(cells.globals.begin(), cells.globals.end(), globals_.begin());
  for (std::size_t i = 0; i < cells.tables.size(); ++i) {
    tables_[i]->set_elements(cells.tables[i]);
  }
  dropped_data_ = cells.dropped_data;
  dropped_elements_ = cells.dropped_elements;
}

Image Instance::capture_image() const {
  Image image;
  image.module = module_;
  image.cells = capture_cells();
  for (const auto& table : tables_) {
    const auto elements = std::as_const(*table).elements();
    image.tables.emplace_back(elements.begin(), elements.end());
  }
  if (memory_ != nullptr) {
    const auto blocks = static_cast<std::uint32_t>(memory_->block_count());
    for (std::uint32_t index = 0; index < blocks; ++index) {
      const auto block = std::as_const(*memory_).block(index);
      if (std::any_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte != 0; })) {
        image.blocks.push_back({index, {block.begin(), block.end()}});
      }
    }
  }
  return image;
}

}  // namespace heddle::wasm
