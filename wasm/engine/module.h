// Module: a WebAssembly module, decoded, validated and translated for the interpreter.
//
// Supported: WebAssembly 2.0 without vectors (mutable globals, sign extension, saturating
// conversion, bulk memory, multi-value, reference types with funcref and opaque externref, several
// tables), extended constant expressions, 64-bit memories and tables. Anything else is refused by
// name.
//
// A module is constant and may be shared by any number of instances on any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/engine/module_limits.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

namespace internal {
struct ModuleParts;
}

class Module {
 public:
  /// Throws WasmError for whatever is not a valid module within the limits.
  static std::shared_ptr<const Module> decode(std::span<const std::uint8_t> bytes,
                                              const ModuleLimits& limits = {});

  explicit Module(std::unique_ptr<const internal::ModuleParts> parts);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  /// The bytes that it was decoded from.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;

  [[nodiscard]] std::span<const Import> imports() const;
  [[nodiscard]] std::span<const Export> exports() const;
  [[nodiscard]] const Export* find_export(std::string_view name) const;
  /// The index of the function exported by that name.
  [[nodiscard]] std::optional<std::uint32_t> exported_function(std::string_view name) const;

  /// Functions are numbered with the imported ones first; so are tables and globals.
  [[nodiscard]] std::uint32_t function_count() const;
  [[nodiscard]] std::uint32_t imported_function_count() const;
  [[nodiscard]] const FunctionType& function_type(std::uint32_t function) const;
  /// The body as it stands in the module, local declarations included; empty for an import.
  [[nodiscard]] std::span<const std::uint8_t> function_body(std::uint32_t function) const;
  [[nodiscard]] std::optional<std::uint32_t> start_function() const;

  [[nodiscard]] std::span<const GlobalType> globals() const;
  [[nodiscard]] std::uint32_t imported_global_count() const;
  [[nodiscard]] std::span<const TableType> tables() const;
  [[nodiscard]] std::uint32_t imported_table_count() const;
  [[nodiscard]] std::optional<MemoryType> memory() const;
  [[nodiscard]] bool imports_memory() const;

  /// Names of the name section; empty where there is none. A name section that is malformed
  /// is as good as none.
  [[nodiscard]] std::string_view function_name(std::uint32_t function) const;
  [[nodiscard]] std::string_view global_name(std::uint32_t global) const;
  [[nodiscard]] std::optional<std::uint32_t> function_named(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint32_t> global_named(std::string_view name) const;
  /// For messages: its name, else "function 7".
  [[nodiscard]] std::string describe_function(std::uint32_t function) const;

  /// The contents of the first custom section of that name.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> custom_section(
      std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> custom_section_names() const;

  /// Whether any instruction can change a table after instantiation. Where none can, tables are
  /// no part of an instance's state.
  [[nodiscard]] bool writes_tables() const;

  /// For the engine itself.
  [[nodiscard]] const internal::ModuleParts& parts() const { return *parts_; }

 private:
  std::unique_ptr<const internal::ModuleParts> parts_;
};

}  // namespace heddle::wasm
