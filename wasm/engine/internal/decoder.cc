#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/internal/decoder.h>
#include <heddle/wasm/engine/internal/operator_reader.h>

namespace heddle::wasm::internal {
namespace {

constexpr std::uint32_t kMagic = 0x6d736100;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kPagesMax32 = 65'536;
constexpr std::uint64_t kPagesMax64 = std::uint64_t{1} << 48U;

enum SectionId : std::uint8_t {
  kCustomSection = 0,
  kTypeSection = 1,
  kImportSection = 2,
  kFunctionSection = 3,
  kTableSection = 4,
  kMemorySection = 5,
  kGlobalSection = 6,
  kExportSection = 7,
  kStartSection = 8,
  kElementSection = 9,
  kCodeSection = 10,
  kDataSection = 11,
  kDataCountSection = 12,
  kTagSection = 13,
};

struct SectionInfo {
  std::string_view name;
  unsigned rank;  ///< sections stand in this order
};

constexpr std::array<SectionInfo, 13> kSections = {{{"custom", 0},
                                                    {"type", 1},
                                                    {"import", 2},
                                                    {"function", 3},
                                                    {"table", 4},
                                                    {"memory", 5},
                                                    {"global", 6},
                                                    {"export", 7},
                                                    {"start", 8},
                                                    {"element", 9},
                                                    {"code", 11},
                                                    {"data", 12},
                                                    {"data count", 10}}};

}  // namespace

Decoder::Decoder(std::span<const std::uint8_t> bytes, const ModuleLimits& limits)
    : limits_(limits), parts_(std::make_unique<ModuleParts>()) {
  parts_->bytes.assign(bytes.begin(), bytes.end());
}

std::unique_ptr<ModuleParts> Decoder::decode() {
  Reader reader(parts_->bytes, 0, "");
  if (parts_->bytes.size() > limits_.module_bytes) {
    reader.beyond("bytes in a module", limits_.module_bytes);
  }
  read_header(reader);
  while (!reader.at_end()) {
    read_section(reader);
  }
  finish(reader);
  read_names(*parts_);
  return std::move(parts_);
}

void Decoder::read_header(Reader& reader) {
  const Reader start = reader;
  if (reader.remaining() < 4 || reader.fixed_u32() != kMagic) {
    start.malformed("magic header not detected: this is no WebAssembly module");
  }
  const Reader version = reader;
  if (reader.remaining() < 4 || reader.fixed_u32() != kVersion) {
    version.malformed("unknown binary version");
  }
}

void Decoder::read_section(Reader& reader) {
  const Reader start = reader;
  const std::uint8_t id = reader.byte();
  if (id == kTagSection) {
    start.unsupported("exception handling is not supported");
  }
  if (id >= kSections.size()) {
    start.malformed(fmt::format("malformed section id {}", id));
  }
  const SectionInfo& info = kSections[id];
  if (id != kCustomSection) {
    if (info.rank <= last_rank_) {
      start.malformed(fmt::format(
          "unexpected content after last section: a second or misplaced {} section", info.name));
    }
    last_rank_ = info.rank;
  }
  const std::uint32_t size = reader.u32();
  Reader contents = reader.part(size, info.name);
  read_contents(id, contents);
  if (!contents.at_end()) {
    contents.malformed("section size mismatch");
  }
}

void Decoder::read_contents(std::uint8_t id, Reader& reader) {
  switch (id) {
    case kCustomSection:
      return read_custom(reader);
    case kTypeSection:
      return read_types(reader);
    case kImportSection:
      return read_imports(reader);
    case kFunctionSection:
      return read_functions(reader);
    case kTableSection:
      return read_tables(reader);
    case kMemorySection:
      return read_memories(reader);
    case kGlobalSection:
      return read_globals(reader);
    case kExportSection:
      return read_exports(reader);
    case kStartSection:
      return read_start(reader);
    case kElementSection:
      return read_elements(reader);
    case kCodeSection:
      return read_code(reader);
    case kDataSection:
      return read_data(reader);
    default:
      return read_data_count(reader);
  }
}

void Decoder::read_custom(Reader& reader) {
  CustomSection section;
  section.name = reader.name();
  section.bytes = reader.take(reader.remaining());
  if (section.name.starts_with("icp:")) {
    public_custom_bytes_ += section.bytes.size();
    if (++public_customs_ > limits_.public_custom_sections) {
      reader.beyond("icp: custom sections", limits_.public_custom_sections);
    }
    if (public_custom_bytes_ > limits_.public_custom_bytes) {
      reader.beyond("bytes in icp: custom sections", limits_.public_custom_bytes);
    }
  }
  parts_->customs.push_back(std::move(section));
}

void Decoder::read_types(Reader& reader) {
  const std::uint32_t count = reader.count(limits_.types, "types");
  for (std::uint32_t i = 0; i < count; ++i) {
    const Reader start = reader;
    const std::uint8_t form = reader.byte();
    if (form == 0x5f || form == 0x5e || form == 0x4e || form == 0x50 || form == 0x4f) {
      start.unsupported("garbage collection is not supported (a type that is no function type)");
    }
    if (form != 0x60) {
      start.malformed("malformed function type");
    }
    FunctionType type;
    for (std::uint32_t left = reader.count(limits_.parameters, "parameters"); left > 0; --left) {
      type.parameters.push_back(read_value_type(reader));
    }
    for (std::uint32_t left = reader.count(limits_.results, "results"); left > 0; --left) {
      type.results.push_back(read_value_type(reader));
    }
    parts_->types.push_back(std::move(type));
  }
  std::map<std::pair<std::vector<ValueType>, std::vector<ValueType>>, std::uint32_t> first;
  for (std::uint32_t i = 0; i < count; ++i) {
    const FunctionType& type = parts_->types[i];
    const auto [position, is_new] = first.try_emplace({type.parameters, type.results}, i);
    parts_->canonical_types.push_back(position->second);
  }
}

void Decoder::read_imports(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.imports, "imports"); left > 0; --left) {
    read_import(reader);
  }
  parts_->imported_functions = static_cast<std::uint32_t>(parts_->functions.size());
  parts_->imported_tables = static_cast<std::uint32_t>(parts_->tables.size());
  parts_->imported_memories = static_cast<std::uint32_t>(parts_->memories.size());
  parts_->imported_globals = static_cast<std::uint32_t>(parts_->globals.size());
}

void Decoder::read_import(Reader& reader) {
  Import import;
  import.module = reader.name();
  import.name = reader.name();
  const Reader start = reader;
  const std::uint8_t kind = reader.byte();
  import.kind = static_cast<ExternalKind>(kind);
  switch (kind) {
    case 0:
      import.index = static_cast<std::uint32_t>(parts_->functions.size());
      add_function(reader);
      break;
    case 1:
      import.index = static_cast<std::uint32_t>(parts_->tables.size());
      add_table(reader);
      break;
    case 2:
      import.index = static_cast<std::uint32_t>(parts_->memories.size());
      add_memory(reader);
      break;
    case 3:
      import.index = static_cast<std::uint32_t>(parts_->globals.size());
      add_global(reader);
      break;
    case 4:
      start.unsupported("exception handling is not supported");
    default:
      start.malformed("malformed import kind");
  }
  parts_->imports.push_back(std::move(import));
}

void Decoder::read_functions(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.functions, "functions"); left > 0; --left) {
    add_function(reader);
  }
}

void Decoder::read_tables(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.tables, "tables"); left > 0; --left) {
    const bool has_value = reader.peek() == 0x40;
    if (has_value) {
      reader.byte();
      if (reader.byte() != 0) {
        reader.malformed("malformed table");
      }
    }
    add_table(reader);
    parts_->table_values.push_back(has_value ? read_constant(reader, parts_->tables.back().element)
                                             : ConstantExpression{{kRefNull, 0}});
  }
}

void Decoder::read_memories(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.tables, "memories"); left > 0; --left) {
    add_memory(reader);
  }
}

void Decoder::read_globals(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.globals, "globals"); left > 0; --left) {
    const GlobalType type = read_global_type(reader);
    parts_->global_values.push_back(read_constant(reader, type.value));
    parts_->globals.push_back(type);
  }
}

void Decoder::read_exports(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.exports, "exports"); left > 0; --left) {
    Export external;
    const Reader start = reader;
    external.name = reader.name();
    const std::uint8_t kind = reader.byte();
    if (kind == 4) {
      reader.unsupported("exception handling is not supported");
    }
    if (kind > 4) {
      reader.malformed("malformed export kind");
    }
    external.kind = static_cast<ExternalKind>(kind);
    external.index = reader.u32();
    check_external(reader, external);
    if (!parts_->exports_by_name.emplace(external.name, parts_->exports.size()).second) {
      start.invalid(fmt::format("duplicate export name {}", external.name));
    }
    parts_->exports.push_back(std::move(external));
  }
}

void Decoder::check_external(Reader& reader, const Export& external) {
  switch (external.kind) {
    case ExternalKind::kFunction:
      if (external.index >= parts_->functions.size()) {
        reader.invalid(fmt::format("unknown function {}", external.index));
      }
      declare(external.index);
      break;
    case ExternalKind::kTable:
      if (external.index >= parts_->tables.size()) {
        reader.invalid(fmt::format("unknown table {}", external.index));
      }
      break;
    case ExternalKind::kMemory:
      if (external.index >= parts_->memories.size()) {
        reader.invalid(fmt::format("unknown memory {}", external.index));
      }
      break;
    case ExternalKind::kGlobal:
      if (external.index >= parts_->globals.size()) {
        reader.invalid(fmt::format("unknown global {}", external.index));
      }
      break;
  }
}

void Decoder::read_start(Reader& reader) {
  const Reader start = reader;
  const std::uint32_t function = reader.u32();
  if (function >= parts_->functions.size()) {
    start.invalid(fmt::format("unknown function {}", function));
  }
  if (parts_->type_of(function) != FunctionType{}) {
    start.invalid("start function: it must take and give nothing");
  }
  parts_->start = function;
}

void Decoder::read_elements(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.segments, "element segments"); left > 0; --left) {
    const std::uint32_t flags = reader.u32();
    if (flags > 7) {
      reader.malformed("malformed elements segment kind");
    }
    const bool is_passive = (flags & 1U) != 0;
    const bool has_second = (flags & 2U) != 0;  // a table, or "declared"
    const bool are_expressions = (flags & 4U) != 0;
    ElementSegment segment;
    if (is_passive) {
      segment.mode = has_second ? ElementSegment::Mode::kDeclared : ElementSegment::Mode::kPassive;
    } else {
      segment.table = has_second ? reader.u32() : 0;
      if (segment.table >= parts_->tables.size()) {
        reader.invalid(fmt::format("unknown table {}", segment.table));
      }
      segment.offset = read_constant(reader, index_type(parts_->tables[segment.table].limits));
    }
    if (is_passive || has_second) {
      if (are_expressions) {
        segment.type = read_reference_type(reader);
      } else if (reader.byte() != 0) {
        reader.malformed("malformed element kind");
      }
    }
    if (!is_passive && parts_->tables[segment.table].element != segment.type) {
      reader.invalid("type mismatch: the elements are not of the table's type");
    }
    read_element_items(reader, segment, are_expressions);
    parts_->elements.push_back(std::move(segment));
  }
}

void Decoder::read_element_items(Reader& reader, ElementSegment& segment, bool are_expressions) {
  const auto max = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(limits_.table_elements, ~std::uint32_t{0}));
  for (std::uint32_t left = reader.count(max, "elements"); left > 0; --left) {
    if (are_expressions) {
      segment.elements.push_back(read_constant(reader, segment.type));
    } else {
      const std::uint32_t function = read_function_index(reader);
      declare(function);
      segment.elements.push_back({{kRefFunc, function}});
    }
  }
}

void Decoder::read_data_count(Reader& reader) {
  parts_->data_count = reader.u32();
}

void Decoder::read_code(Reader& reader) {
  if (reader.remaining() > limits_.code_bytes) {
    reader.beyond("bytes in the code section", limits_.code_bytes);
  }
  const std::uint32_t count = reader.count(limits_.functions, "functions");
  if (count != parts_->functions.size() - parts_->imported_functions) {
    reader.malformed("function and code section have inconsistent lengths");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t size = reader.u32();
    Body body;
    body.offset = reader.offset();
    body.bytes = reader.take(size);
    parts_->bodies.push_back(body);
  }
}

void Decoder::read_data(Reader& reader) {
  for (std::uint32_t left = reader.count(limits_.segments, "data segments"); left > 0; --left) {
    const std::uint32_t flags = reader.u32();
    if (flags > 2) {
      reader.malformed("malformed data segment kind");
    }
    DataSegment segment;
    segment.is_active = flags != 1;
    if (segment.is_active) {
      const std::uint32_t memory = flags == 2 ? reader.u32() : 0;
      if (memory >= parts_->memories.size()) {
        reader.invalid(fmt::format("unknown memory {}", memory));
      }
      segment.offset = read_constant(reader, index_type(parts_->memories[0].limits));
    }
    const std::uint32_t size = reader.u32();
    segment.bytes = reader.take(size);
    parts_->data.push_back(std::move(segment));
  }
}

void Decoder::finish(const Reader& reader) {
  if (parts_->bodies.size() != parts_->functions.size() - parts_->imported_functions) {
    reader.malformed("function and code section have inconsistent lengths");
  }
  if (parts_->data_count && *parts_->data_count != parts_->data.size()) {
    reader.malformed("data count and data section have inconsistent lengths");
  }
  parts_->declared_functions.resize(parts_->functions.size());
}

void Decoder::add_function(Reader& reader) {
  const std::uint32_t type = reader.u32();
  if (type >= parts_->types.size()) {
    reader.invalid(fmt::format("unknown type {}", type));
  }
  parts_->functions.push_back(type);
}

void Decoder::add_table(Reader& reader) {
  TableType type;
  type.element = read_reference_type(reader);
  type.limits = read_limits(reader);
  if (type.limits.min > limits_.table_elements) {
    reader.beyond("elements in a table", limits_.table_elements);
  }
  if (parts_->tables.size() >= limits_.tables) {
    reader.beyond("tables", limits_.tables);
  }
  parts_->tables.push_back(type);
}

void Decoder::add_memory(Reader& reader) {
  MemoryType type;
  type.limits = read_limits(reader);
  const std::uint64_t max = type.limits.is_64_bit ? kPagesMax64 : kPagesMax32;
  const bool has_max = type.limits.max != Limits::kNoMax;
  if (type.limits.min > max || (has_max && type.limits.max > max)) {
    reader.invalid(fmt::format("memory size must be at most {} pages", max));
  }
  if (type.limits.min > limits_.memory_pages) {
    reader.beyond("pages of memory", limits_.memory_pages);
  }
  if (!has_max) {
    type.limits.max = Limits::kNoMax;
  }
  if (!parts_->memories.empty()) {
    reader.invalid("multiple memories: several memories are not supported");
  }
  parts_->memories.push_back(type);
}

void Decoder::add_global(Reader& reader) {
  parts_->globals.push_back(read_global_type(reader));
  if (parts_->globals.size() > limits_.globals) {
    reader.beyond("globals", limits_.globals);
  }
}

Limits Decoder::read_limits(Reader& reader) {
  const Reader start = reader;
  const std::uint8_t flags = reader.byte();
  if (flags > 7) {
    start.malformed("malformed limits flags");
  }
  if ((flags & 2U) != 0) {
    start.unsupported("threads (shared memories) are not supported");
  }
  Limits limits;
  limits.is_64_bit = (flags & 4U) != 0;
  limits.min = limits.is_64_bit ? reader.u64() : reader.u32();
  if ((flags & 1U) != 0) {
    limits.max = limits.is_64_bit ? reader.u64() : reader.u32();
    if (limits.max < limits.min) {
      start.invalid("size minimum must not be greater than maximum");
    }
  }
  return limits;
}

GlobalType Decoder::read_global_type(Reader& reader) {
  GlobalType type;
  type.value = read_value_type(reader);
  const std::uint8_t mutability = reader.byte();
  if (mutability > 1) {
    reader.malformed("malformed mutability");
  }
  type.is_mutable = mutability == 1;
  return type;
}

ConstantExpression Decoder::read_constant(Reader& reader, ValueType type) {
  ConstantExpression expression;
  std::vector<ValueType> stack;
  const Reader start = reader;
  while (true) {
    const std::uint8_t opcode = reader.byte();
    if (opcode == kEnd) {
      break;
    }
    ConstantOperator constant;
    constant.opcode = opcode;
    read_constant_operator(reader, opcode, constant, stack);
    expression.push_back(constant);
  }
  if (stack.size() != 1 || stack[0] != type) {
    start.invalid(
        fmt::format("type mismatch: a constant expression of type {} is wanted", to_string(type)));
  }
  return expression;
}

void Decoder::read_constant_operator(Reader& reader, std::uint8_t opcode,
                                     ConstantOperator& constant, std::vector<ValueType>& stack) {
  switch (opcode) {
    case kI32Const:
      constant.index = static_cast<std::uint32_t>(reader.s32());
      stack.push_back(ValueType::kI32);
      return;
    case kI64Const:
      constant.index = static_cast<std::uint64_t>(reader.s64());
      stack.push_back(ValueType::kI64);
      return;
    case kF32Const:
      constant.index = reader.fixed_u32();
      stack.push_back(ValueType::kF32);
      return;
    case kF64Const:
      constant.index = reader.fixed_u64();
      stack.push_back(ValueType::kF64);
      return;
    case kRefNull:
      stack.push_back(read_reference_type(reader));
      return;
    case kRefFunc:
      constant.index = read_function_index(reader);
      declare(static_cast<std::uint32_t>(constant.index));
      stack.push_back(ValueType::kFuncref);
      return;
    case kGlobalGet:
      constant.index = reader.u32();
      if (constant.index >= parts_->globals.size()) {
        reader.invalid(fmt::format("unknown global {}", constant.index));
      }
      if (parts_->globals[constant.index].is_mutable) {
        reader.invalid("constant expression required: the global is mutable");
      }
      stack.push_back(parts_->globals[constant.index].value);
      return;
    case kI32Add:
    case kI32Sub:
    case kI32Mul:
    case kI64Add:
    case kI64Sub:
    case kI64Mul: {
      const ValueType type = opcode <= kI32Mul ? ValueType::kI32 : ValueType::kI64;
      if (stack.size() < 2 || stack.back() != type || stack[stack.size() - 2] != type) {
        reader.invalid("type mismatch in a constant expression");
      }
      stack.pop_back();
      return;
    }
    case 0xfd:
      reader.unsupported("SIMD is not supported");
    default:
      reader.invalid("constant expression required");
  }
}

std::uint32_t Decoder::read_function_index(Reader& reader) {
  const std::uint32_t function = reader.u32();
  if (function >= parts_->functions.size()) {
    reader.invalid(fmt::format("unknown function {}", function));
  }
  return function;
}

void Decoder::declare(std::uint32_t function) {
  if (function >= parts_->declared_functions.size()) {
    parts_->declared_functions.resize(std::size_t{function} + 1);
  }
  parts_->declared_functions[function] = true;
}

void read_names(ModuleParts& parts) {
  const auto section =
      std::find_if(parts.customs.begin(), parts.customs.end(),
                   [](const CustomSection& custom) { return custom.name == "name"; });
  if (section == parts.customs.end()) {
    return;
  }
  constexpr std::uint8_t kFunctionNames = 1;
  constexpr std::uint8_t kGlobalNames = 7;
  try {
    Reader reader(section->bytes, 0, "name");
    while (!reader.at_end()) {
      const std::uint8_t id = reader.byte();
      Reader contents = reader.part(reader.u32(), "name");
      if (id != kFunctionNames && id != kGlobalNames) {
        continue;
      }
      const bool are_functions = id == kFunctionNames;
      auto& names = are_functions ? parts.function_names : parts.global_names;
      auto& by_name = are_functions ? parts.functions_by_name : parts.globals_by_name;
      const std::size_t end = are_functions ? parts.functions.size() : parts.globals.size();
      for (std::uint32_t left = contents.u32(); left > 0; --left) {
        const std::uint32_t index = contents.u32();
        std::string name = contents.name();
        if (index < end) {
          by_name.try_emplace(name, index);
          names.insert_or_assign(index, std::move(name));
        }
      }
    }
  } catch (const WasmError&) {
    // Names are a help to the reader; a module without them is as valid.
    return;
  }
}

}  // namespace heddle::wasm::internal
