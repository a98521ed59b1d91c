// ModuleBytes: puts WebAssembly modules together byte by byte, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

using Bytes = std::vector<std::uint8_t>;

/// The operators of a function body, without its declarations and the final `end`.
class Body {
 public:
  Body& op(std::uint8_t opcode) {
    bytes_.push_back(opcode);
    return *this;
  }

  /// An operator with indices.
  Body& op(std::uint8_t opcode, std::initializer_list<std::uint64_t> indices) {
    op(opcode);
    for (const std::uint64_t index : indices) {
      number(index);
    }
    return *this;
  }

  /// One of the operators with the prefix 0xfc.
  Body& bulk(std::uint8_t opcode, std::initializer_list<std::uint64_t> indices) {
    op(0xfc);
    return op(opcode, indices);
  }

  Body& i32(std::int32_t value) { return op(0x41).signed_number(value); }

  Body& i64(std::int64_t value) { return op(0x42).signed_number(value); }

  /// The bits of a float, 4 or 8 bytes of them.
  Body& fixed(std::uint64_t bits, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      op(static_cast<std::uint8_t>(bits >> (8 * i)));
    }
    return *this;
  }

  Body& get(std::uint32_t local) { return op(0x20, {local}); }

  Body& set(std::uint32_t local) { return op(0x21, {local}); }

  Body& number(std::uint64_t value);
  Body& signed_number(std::int64_t value);

  Body& append(const Body& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

class ModuleBytes {
 public:
  std::uint32_t type(std::vector<ValueType> parameters, std::vector<ValueType> results);
  /// Imports come before functions.
  std::uint32_t import_function(std::string_view module, std::string_view name, std::uint32_t type);
  std::uint32_t function(std::uint32_t type, const std::vector<ValueType>& locals,
                         const Body& body);
  void memory(std::uint64_t min, std::optional<std::uint64_t> max = {}, bool is_64_bit = false);
  void table(std::uint64_t min, std::optional<std::uint64_t> max = {}, bool is_64_bit = false);
  std::uint32_t global(ValueType type, bool is_mutable, const Body& value);
  void export_function(std::string_view name, std::uint32_t function);
  void export_memory(std::string_view name);
  void export_global(std::string_view name, std::uint32_t global);
  void start(std::uint32_t function);
  /// Of functions, into table 0.
  void elements(const Body& offset, const std::vector<std::uint32_t>& functions);
  void data(const Body& offset, const Bytes& bytes);
  void passive_data(const Bytes& bytes);
  void custom(std::string_view name, const Bytes& contents);

  [[nodiscard]] Bytes bytes() const;

 private:
  struct Part {
    std::uint32_t count = 0;
    Body body;
  };

  void add_limits(Body& body, std::uint64_t min, std::optional<std::uint64_t> max, bool is_64_bit);
  void add_export(std::string_view name, std::uint8_t kind, std::uint32_t index);

  std::uint32_t imported_ = 0;
  Part types_, imports_, functions_, tables_, memories_, globals_, exports_, elements_, code_,
      data_;
  std::optional<std::uint32_t> start_;
  std::vector<std::pair<std::string, Bytes>> customs_;
};

/// A name section that names functions and globals by index.
Bytes name_section(const std::vector<std::string>& functions,
                   const std::vector<std::string>& globals);

}  // namespace heddle::wasm
