#include "wasm/module_bytes.h"

#include <algorithm>

namespace heddle::wasm {
namespace {

void add_text(Body& body, std::string_view text) {
  body.number(text.size());
  for (const char byte : text) {
    body.op(static_cast<std::uint8_t>(byte));
  }
}

void add_bytes(Body& body, const Bytes& bytes) {
  body.number(bytes.size());
  for (const std::uint8_t byte : bytes) {
    body.op(byte);
  }
}

void add_names(Body& section, std::uint8_t id, const std::vector<std::string>& names) {
  Body contents;
  contents.number(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    contents.number(i);
    add_text(contents, names[i]);
  }
  section.op(id);
  add_bytes(section, contents.bytes());
}

}  // namespace

Body& Body::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  bytes_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}

Body& Body::signed_number(std::int64_t value) {
  while (value < -64 || value >= 64) {
    bytes_.push_back(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<std::uint8_t>(value & 0x7f));
  return *this;
}

std::uint32_t ModuleBytes::type(std::vector<ValueType> parameters, std::vector<ValueType> results) {
  types_.body.op(0x60);
  for (const auto* list : {&parameters, &results}) {
    types_.body.number(list->size());
    for (const ValueType value : *list) {
      types_.body.op(static_cast<std::uint8_t>(value));
    }
  }
  return types_.count++;
}

std::uint32_t ModuleBytes::import_function(std::string_view module, std::string_view name,
                                           std::uint32_t type) {
  add_text(imports_.body, module);
  add_text(imports_.body, name);
  imports_.body.op(0, {type});
  ++imports_.count;
  return imported_++;
}

std::uint32_t ModuleBytes::function(std::uint32_t type, const std::vector<ValueType>& locals,
                                    const Body& body) {
  functions_.body.number(type);
  Body whole;
  whole.number(locals.size());
  for (const ValueType local : locals) {
    whole.number(1);
    whole.op(static_cast<std::uint8_t>(local));
  }
  whole.append(body).op(0x0b);
  add_bytes(code_.body, whole.bytes());
  ++code_.count;
  return imported_ + functions_.count++;
}

void ModuleBytes::add_limits(Body& body, std::uint64_t min, std::optional<std::uint64_t> max,
                             bool is_64_bit) {
  body.op(static_cast<std::uint8_t>((max ? 1 : 0) + (is_64_bit ? 4 : 0)));
  body.number(min);
  if (max) {
    body.number(*max);
  }
}

void ModuleBytes::memory(std::uint64_t min, std::optional<std::uint64_t> max, bool is_64_bit) {
  add_limits(memories_.body, min, max, is_64_bit);
  ++memories_.count;
}

void ModuleBytes::table(std::uint64_t min, std::optional<std::uint64_t> max, bool is_64_bit) {
  tables_.body.op(0x70);
  add_limits(tables_.body, min, max, is_64_bit);
  ++tables_.count;
}

std::uint32_t ModuleBytes::global(ValueType type, bool is_mutable, const Body& value) {
  globals_.body.op(static_cast<std::uint8_t>(type)).op(is_mutable ? 1 : 0);
  globals_.body.append(value).op(0x0b);
  return globals_.count++;
}

void ModuleBytes::add_export(std::string_view name, std::uint8_t kind, std::uint32_t index) {
  add_text(exports_.body, name);
  exports_.body.op(kind, {index});
  ++exports_.count;
}

void ModuleBytes::export_function(std::string_view name, std::uint32_t function) {
  add_export(name, 0, function);
}

void ModuleBytes::export_memory(std::string_view name) {
  add_export(name, 2, 0);
}

void ModuleBytes::export_global(std::string_view name, std::uint32_t global) {
  add_export(name, 3, global);
}

void ModuleBytes::start(std::uint32_t function) {
  start_ = function;
}

void ModuleBytes::elements(const Body& offset, const std::vector<std::uint32_t>& functions) {
  elements_.body.op(0).append(offset).op(0x0b).number(functions.size());
  for (const std::uint32_t function : functions) {
    elements_.body.number(function);
  }
  ++elements_.count;
}

void ModuleBytes::data(const Body& offset, const Bytes& bytes) {
  data_.body.op(0).append(offset).op(0x0b);
  add_bytes(data_.body, bytes);
  ++data_.count;
}

void ModuleBytes::passive_data(const Bytes& bytes) {
  data_.body.op(1);
  add_bytes(data_.body, bytes);
  ++data_.count;
}

void ModuleBytes::custom(std::string_view name, const Bytes& contents) {
  customs_.emplace_back(name, contents);
}

Bytes ModuleBytes::bytes() const {
  Body module;
  module.fixed(0x6d736100, 4).fixed(1, 4);
  const auto add = [&module](std::uint8_t id, const Part& part) {
    if (part.count > 0) {
      Body contents;
      contents.number(part.count).append(part.body);
      module.op(id);
      add_bytes(module, contents.bytes());
    }
  };
  add(1, types_);
  add(2, imports_);
  add(3, functions_);
  add(4, tables_);
  add(5, memories_);
  add(6, globals_);
  add(7, exports_);
  if (start_) {
    Body contents;
    module.op(8);
    add_bytes(module, contents.number(*start_).bytes());
  }
  add(9, elements_);
  if (data_.count > 0) {
    Body contents;
    module.op(12);
    add_bytes(module, contents.number(data_.count).bytes());
  }
  add(10, code_);
  add(11, data_);
  for (const auto& [name, contents] : customs_) {
    Body section;
    add_text(section, name);
    for (const std::uint8_t byte : contents) {
      section.op(byte);
    }
    module.op(0);
    add_bytes(module, section.bytes());
  }
  return module.bytes();
}

Bytes name_section(const std::vector<std::string>& functions,
                   const std::vector<std::string>& globals) {
  Body section;
  add_names(section, 1, functions);
  add_names(section, 7, globals);
  return section.bytes();
}

}  // namespace heddle::wasm
