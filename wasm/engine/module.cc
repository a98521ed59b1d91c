#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/internal/decoder.h>
#include <heddle/wasm/engine/internal/module_parts.h>
#include <heddle/wasm/engine/internal/translator.h>
#include <heddle/wasm/engine/internal/validator.h>
#include <heddle/wasm/engine/module.h>

namespace heddle::wasm {
namespace {

std::string_view name_of(const std::map<std::uint32_t, std::string>& names, std::uint32_t index) {
  const auto name = names.find(index);
  return name == names.end() ? std::string_view() : name->second;
}

std::optional<std::uint32_t> index_of(const std::unordered_map<std::string, std::uint32_t>& names,
                                      std::string_view name) {
  const auto index = names.find(std::string(name));
  return index == names.end() ? std::nullopt : std::optional(index->second);
}

}  // namespace

std::shared_ptr<const Module> Module::decode(std::span<const std::uint8_t> bytes,
                                             const ModuleLimits& limits) {
  std::unique_ptr<internal::ModuleParts> parts = internal::Decoder(bytes, limits).decode();
  const auto count = static_cast<std::uint32_t>(parts->functions.size());
  for (std::uint32_t function = parts->imported_functions; function < count; ++function) {
    internal::validate_function(*parts, function, limits, parts->writes_tables);
  }
  parts->code.reserve(parts->bodies.size());
  for (std::uint32_t function = parts->imported_functions; function < count; ++function) {
    parts->code.push_back(internal::translate_function(*parts, function, limits));
  }
  return std::make_shared<const Module>(std::move(parts));
}

Module::Module(std::unique_ptr<const internal::ModuleParts> parts) : parts_(std::move(parts)) {}

Module::~Module() = default;

std::span<const std::uint8_t> Module::bytes() const {
  return parts_->bytes;
}

std::span<const Import> Module::imports() const {
  return parts_->imports;
}

std::span<const Export> Module::exports() const {
  return parts_->exports;
}

const Export* Module::find_export(std::string_view name) const {
  const auto position = parts_->exports_by_name.find(std::string(name));
  return position == parts_->exports_by_name.end() ? nullptr : &parts_->exports[position->second];
}

std::optional<std::uint32_t> Module::exported_function(std::string_view name) const {
  const Export* const found = find_export(name);
  if (found == nullptr || found->kind != ExternalKind::kFunction) {
    return std::nullopt;
  }
  return found->index;
}

std::uint32_t Module::function_count() const {
  return static_cast<std::uint32_t>(parts_->functions.size());
}

std::uint32_t Module::imported_function_count() const {
  return parts_->imported_functions;
}

const FunctionType& Module::function_type(std::uint32_t function) const {
  return parts_->type_of(function);
}

std::span<const std::uint8_t> Module::function_body(std::uint32_t function) const {
  if (function < parts_->imported_functions) {
    return {};
  }
  return parts_->bodies[function - parts_->imported_functions].bytes;
}

std::optional<std::uint32_t> Module::start_function() const {
  return parts_->start;
}

std::span<const GlobalType> Module::globals() const {
  return parts_->globals;
}

std::uint32_t Module::imported_global_count() const {
  return parts_->imported_globals;
}

std::span<const TableType> Module::tables() const {
  return parts_->tables;
}

std::uint32_t Module::imported_table_count() const {
  return parts_->imported_tables;
}

std::optional<MemoryType> Module::memory() const {
  return parts_->memories.empty() ? std::nullopt : std::optional(parts_->memories[0]);
}

bool Module::imports_memory() const {
  return parts_->imported_memories > 0;
}

std::string_view Module::function_name(std::uint32_t function) const {
  return name_of(parts_->function_names, function);
}

std::string_view Module::global_name(std::uint32_t global) const {
  return name_of(parts_->global_names, global);
}

std::optional<std::uint32_t> Module::function_named(std::string_view name) const {
  return index_of(parts_->functions_by_name, name);
}

std::optional<std::uint32_t> Module::global_named(std::string_view name) const {
  return index_of(parts_->globals_by_name, name);
}

std::string Module::describe_function(std::uint32_t function) const {
  const std::string_view name = function_name(function);
  if (!name.empty()) {
    return std::string(name);
  }
  const auto exported = std::ranges::find_if(exports(), [function](const Export& candidate) {
    return candidate.kind == ExternalKind::kFunction && candidate.index == function;
  });
  return exported == exports().end() ? fmt::format("function {}", function) : exported->name;
}

std::optional<std::span<const std::uint8_t>> Module::custom_section(std::string_view name) const {
  for (const internal::CustomSection& section : parts_->customs) {
    if (section.name == name) {
      return section.bytes;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> Module::custom_section_names() const {
  std::vector<std::string_view> names;
  for (const internal::CustomSection& section : parts_->customs) {
    names.emplace_back(section.name);
  }
  return names;
}

bool Module::writes_tables() const {
  return parts_->writes_tables;
}

}  // namespace heddle::wasm
