// ModuleParts: what the decoder finds in a module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <heddle/wasm/engine/internal/code.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm::internal {

/// One operator of a constant expression: an Opcode and its immediate.
struct ConstantOperator {
  std::uint32_t opcode = 0;
  std::uint64_t index = 0;
};

using ConstantExpression = std::vector<ConstantOperator>;

struct ElementSegment {
  enum class Mode : std::uint8_t { kActive, kPassive, kDeclared };

  Mode mode = Mode::kActive;
  ValueType type = ValueType::kFuncref;
  std::uint32_t table = 0;
  ConstantExpression offset;
  std::vector<ConstantExpression> elements;
};

struct DataSegment {
  bool is_active = true;
  ConstantExpression offset;
  std::span<const std::uint8_t> bytes;
};

struct CustomSection {
  std::string name;
  std::span<const std::uint8_t> bytes;
};

/// A function's code, where it stands in the module.
struct Body {
  std::size_t offset = 0;
  std::span<const std::uint8_t> bytes;
};

struct ModuleParts {
  std::vector<std::uint8_t> bytes;

  std::vector<FunctionType> types;
  std::vector<std::uint32_t> canonical_types;  ///< by type: the first type that equals it
  std::vector<Import> imports;
  std::vector<std::uint32_t> functions;  ///< types, those of imports first
  std::uint32_t imported_functions = 0;
  std::vector<TableType> tables;
  std::uint32_t imported_tables = 0;
  std::vector<ConstantExpression> table_values;  ///< of all elements of the module's own tables
  std::vector<MemoryType> memories;
  std::uint32_t imported_memories = 0;
  std::vector<GlobalType> globals;
  std::uint32_t imported_globals = 0;
  std::vector<ConstantExpression> global_values;  ///< of the module's own globals
  std::vector<Export> exports;
  std::unordered_map<std::string, std::size_t> exports_by_name;
  std::optional<std::uint32_t> start;
  std::vector<ElementSegment> elements;
  std::vector<DataSegment> data;
  std::optional<std::uint32_t> data_count;
  std::vector<Body> bodies;              ///< of the module's own functions
  std::vector<bool> declared_functions;  ///< those that ref.func may name
  std::vector<CustomSection> customs;

  std::map<std::uint32_t, std::string> function_names;
  std::map<std::uint32_t, std::string> global_names;
  std::unordered_map<std::string, std::uint32_t> functions_by_name;
  std::unordered_map<std::string, std::uint32_t> globals_by_name;

  bool writes_tables = false;
  std::vector<Code> code;  ///< of the module's own functions

  [[nodiscard]] const FunctionType& type_of(std::uint32_t function) const {
    return types[functions[function]];
  }
};

}  // namespace heddle::wasm::internal
