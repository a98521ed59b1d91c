// Reader: takes the binary format's numbers, vectors and names from bytes, and complains with the
// offset where they are malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <heddle/wasm/engine/error.h>

namespace heddle::wasm::internal {

class Reader {
 public:
  /// Of a part of a module that starts at `offset` within it; `section` is for messages.
  Reader(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view section)
      : bytes_(bytes), start_(offset), section_(section) {}

  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }

  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

  /// From the start of the module.
  [[nodiscard]] std::size_t offset() const { return start_ + position_; }

  [[nodiscard]] std::string_view section() const { return section_; }

  std::uint8_t byte();
  [[nodiscard]] std::uint8_t peek() const;

  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_number(32)); }

  std::uint64_t u64() { return unsigned_number(64); }

  std::int32_t s32() { return static_cast<std::int32_t>(signed_number(32)); }

  /// A block type: 33 bits.
  std::int64_t s33() { return signed_number(33); }

  std::int64_t s64() { return signed_number(64); }

  std::uint32_t fixed_u32();
  std::uint64_t fixed_u64();
  std::span<const std::uint8_t> take(std::size_t count);
  /// A vector of bytes that must be UTF-8.
  std::string name();
  /// The length of a vector whose elements take at least one byte each and number at most `max`.
  std::uint32_t count(std::uint32_t max, std::string_view what);
  /// The next `size` bytes as a reader of their own.
  Reader part(std::size_t size, std::string_view section);

  [[noreturn]] void fail(WasmError::Kind kind, std::string cause) const;

  [[noreturn]] void malformed(std::string cause) const {
    fail(WasmError::Kind::kMalformed, std::move(cause));
  }

  [[noreturn]] void invalid(std::string cause) const {
    fail(WasmError::Kind::kInvalid, std::move(cause));
  }

  [[noreturn]] void unsupported(std::string cause) const {
    fail(WasmError::Kind::kUnsupported, std::move(cause));
  }

  [[noreturn]] void beyond(std::string_view what, std::uint64_t limit) const;

 private:
  std::uint64_t unsigned_number(unsigned bits);
  std::int64_t signed_number(unsigned bits);

  std::span<const std::uint8_t> bytes_;
  std::size_t start_;
  std::size_t position_ = 0;
  std::string_view section_;
};

/// Whether the bytes are UTF-8 as Unicode defines it: no surrogates, no overlong forms.
bool is_utf8(std::string_view text);

}  // namespace heddle::wasm::internal
