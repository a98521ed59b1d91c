// Decoder: the sections of a module, checked as far as they can be without looking into functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <heddle/wasm/engine/internal/module_parts.h>
#include <heddle/wasm/engine/internal/reader.h>
#include <heddle/wasm/engine/module_limits.h>

namespace heddle::wasm::internal {

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, const ModuleLimits& limits);

  /// All of it but `code` and `writes_tables`. Throws WasmError.
  std::unique_ptr<ModuleParts> decode();

 private:
  void read_header(Reader& reader);
  void read_section(Reader& reader);
  void read_contents(std::uint8_t id, Reader& reader);
  void read_custom(Reader& reader);
  void read_types(Reader& reader);
  void read_imports(Reader& reader);
  void read_import(Reader& reader);
  void read_functions(Reader& reader);
  void read_tables(Reader& reader);
  void read_memories(Reader& reader);
  void read_globals(Reader& reader);
  void read_exports(Reader& reader);
  void read_start(Reader& reader);
  void read_elements(Reader& reader);
  void read_element_items(Reader& reader, ElementSegment& segment, bool are_expressions);
  void read_data_count(Reader& reader);
  void read_code(Reader& reader);
  void read_data(Reader& reader);
  void finish(const Reader& reader);

  void add_function(Reader& reader);
  void add_table(Reader& reader);
  void add_memory(Reader& reader);
  void add_global(Reader& reader);
  Limits read_limits(Reader& reader);
  GlobalType read_global_type(Reader& reader);
  /// Up to its end, and of that type.
  ConstantExpression read_constant(Reader& reader, ValueType type);
  void read_constant_operator(Reader& reader, std::uint8_t opcode, ConstantOperator& constant,
                              std::vector<ValueType>& stack);
  std::uint32_t read_function_index(Reader& reader);
  void declare(std::uint32_t function);
  void check_external(Reader& reader, const Export& external);

  ModuleLimits limits_;
  std::unique_ptr<ModuleParts> parts_;
  unsigned last_rank_ = 0;  ///< of the sections seen, in their prescribed order
  std::uint32_t public_customs_ = 0;
  std::uint64_t public_custom_bytes_ = 0;
};

/// Fills the names of the parts from the custom section "name"; stops where it is malformed.
void read_names(ModuleParts& parts);

}  // namespace heddle::wasm::internal
