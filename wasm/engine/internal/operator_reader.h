// OperatorReader: the operators of a function body one by one, each with its immediates. Whether
// they make sense is for the validator to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <heddle/wasm/engine/internal/reader.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm::internal {

/// Those that are not in operations.h.
enum Opcode : std::uint32_t {
  kUnreachable = 0x00,
  kNop = 0x01,
  kBlock = 0x02,
  kLoop = 0x03,
  kIf = 0x04,
  kElse = 0x05,
  kEnd = 0x0b,
  kBr = 0x0c,
  kBrIf = 0x0d,
  kBrTable = 0x0e,
  kReturn = 0x0f,
  kCall = 0x10,
  kCallIndirect = 0x11,
  kDrop = 0x1a,
  kSelect = 0x1b,
  kSelectTyped = 0x1c,
  kLocalGet = 0x20,
  kLocalSet = 0x21,
  kLocalTee = 0x22,
  kGlobalGet = 0x23,
  kGlobalSet = 0x24,
  kTableGet = 0x25,
  kTableSet = 0x26,
  kFirstLoad = 0x28,
  kFirstStore = 0x36,
  kLastStore = 0x3e,
  kMemorySize = 0x3f,
  kMemoryGrow = 0x40,
  kI32Const = 0x41,
  kI64Const = 0x42,
  kF32Const = 0x43,
  kF64Const = 0x44,
  kFirstNumeric = 0x45,
  kI32Add = 0x6a,
  kI32Sub = 0x6b,
  kI32Mul = 0x6c,
  kI64Add = 0x7c,
  kI64Sub = 0x7d,
  kI64Mul = 0x7e,
  kLastNumeric = 0xc4,
  kRefNull = 0xd0,
  kRefIsNull = 0xd1,
  kRefFunc = 0xd2,
  kFirstSaturating = 0xfc00,
  kLastSaturating = 0xfc07,
  kMemoryInit = 0xfc08,
  kDataDrop = 0xfc09,
  kMemoryCopy = 0xfc0a,
  kMemoryFill = 0xfc0b,
  kTableInit = 0xfc0c,
  kElemDrop = 0xfc0d,
  kTableCopy = 0xfc0e,
  kTableGrow = 0xfc0f,
  kTableSize = 0xfc10,
  kTableFill = 0xfc11,
};

/// What a block takes and gives: nothing, one result, or a function type.
struct BlockType {
  enum class Kind : std::uint8_t { kEmpty, kResult, kFunction };

  Kind kind = Kind::kEmpty;
  ValueType result = ValueType::kI32;
  std::uint32_t type = 0;
};

struct Operator {
  std::uint32_t opcode = kNop;
  std::size_t offset = 0;  ///< of the opcode, in the module
  /// By opcode: the index (of a label, local, global, function, type, segment, table), the offset
  /// of a memory access, or the bits of a constant.
  std::uint64_t index = 0;
  /// The second index (table of call_indirect and of table.init, source of table.copy), or the
  /// alignment of a memory access, as a power of two.
  std::uint32_t second = 0;
  BlockType block;
  ValueType type = ValueType::kI32;   ///< of select with a type, ref.null
  std::vector<std::uint32_t> labels;  ///< of br_table, the default last
};

ValueType read_value_type(Reader& reader);
ValueType read_reference_type(Reader& reader);

class OperatorReader {
 public:
  explicit OperatorReader(Reader reader) : reader_(reader) {}

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }

  /// The next operator; the reference holds until the one after.
  const Operator& next();

  [[nodiscard]] const Reader& reader() const { return reader_; }

 private:
  void read_immediates();
  void read_block_type();
  void read_memory_access();
  void read_select_type();
  void read_labels();
  void read_memory_index();

  Reader reader_;
  Operator operator_;
};

}  // namespace heddle::wasm::internal
