// The types of WebAssembly, as far as the engine has them, and what a module imports and exports.
//
// A value of any type is a 64-bit *slot*: i32 and f32 occupy the low half and leave the high half
// zero, so that equal values are equal slots. A reference is 0 when null.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::wasm {

/// Numbered as in the binary format.
enum class ValueType : std::uint8_t {
  kI32 = 0x7f,
  kI64 = 0x7e,
  kF32 = 0x7d,
  kF64 = 0x7c,
  kFuncref = 0x70,
  kExternref = 0x6f,
};

/// "i32" and so on.
std::string_view to_string(ValueType type);

inline bool is_reference(ValueType type) {
  return type == ValueType::kFuncref || type == ValueType::kExternref;
}

struct FunctionType {
  std::vector<ValueType> parameters;
  std::vector<ValueType> results;

  friend bool operator==(const FunctionType&, const FunctionType&) = default;
};

/// "(i32, i64) -> (i32)".
std::string to_string(const FunctionType& type);

/// The size of a memory in pages of 64 KiB, or of a table in elements.
struct Limits {
  static constexpr std::uint64_t kNoMax = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t min = 0;
  std::uint64_t max = kNoMax;
  bool is_64_bit = false;  ///< indexed by i64 (memory64, table64)

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// i32 or i64: what indexes such a memory or table.
inline ValueType index_type(const Limits& limits) {
  return limits.is_64_bit ? ValueType::kI64 : ValueType::kI32;
}

struct MemoryType {
  Limits limits;
};

struct TableType {
  ValueType element = ValueType::kFuncref;
  Limits limits;
};

struct GlobalType {
  ValueType value = ValueType::kI32;
  bool is_mutable = false;

  friend bool operator==(const GlobalType&, const GlobalType&) = default;
};

enum class ExternalKind : std::uint8_t { kFunction = 0, kTable = 1, kMemory = 2, kGlobal = 3 };

struct Import {
  std::string module;
  std::string name;
  ExternalKind kind = ExternalKind::kFunction;
  std::uint32_t index = 0;  ///< among the module's functions, tables, memories or globals
};

struct Export {
  std::string name;
  ExternalKind kind = ExternalKind::kFunction;
  std::uint32_t index = 0;
};

}  // namespace heddle::wasm
