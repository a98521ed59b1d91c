#include <fmt/format.h>

#include <heddle/wasm/engine/internal/operator_reader.h>

namespace heddle::wasm::internal {
namespace {

/// The proposals whose operators and types we can tell, by name.
[[noreturn]] void refuse_opcode(const Reader& reader, std::uint32_t opcode) {
  switch (opcode) {
    case 0xfd:
      reader.unsupported("SIMD is not supported");
    case 0xfe:
      reader.unsupported("threads (atomic operators) are not supported");
    case 0xfb:
      reader.unsupported("garbage collection is not supported");
    case 0x12:
    case 0x13:
      reader.unsupported("tail calls are not supported");
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x18:
    case 0x19:
    case 0x1f:
      reader.unsupported("exception handling is not supported");
    case 0x14:
    case 0x15:
    case 0xd3:
    case 0xd4:
    case 0xd5:
    case 0xd6:
      reader.unsupported("typed function references are not supported");
    default:
      reader.malformed(fmt::format("illegal opcode {:02x}", opcode));
  }
}

}  // namespace

ValueType read_value_type(Reader& reader) {
  switch (reader.peek()) {
    case 0x7f:
    case 0x7e:
    case 0x7d:
    case 0x7c:
    case 0x70:
    case 0x6f:
      return static_cast<ValueType>(reader.byte());
    case 0x7b:
      reader.unsupported("SIMD is not supported (type v128)");
    case 0x63:
    case 0x64:
      reader.unsupported("typed function references are not supported");
    case 0x69:
    case 0x74:
      reader.unsupported("exception handling is not supported (type exnref)");
    case 0x6e:
    case 0x6d:
    case 0x6c:
    case 0x6b:
    case 0x6a:
      reader.unsupported("garbage collection is not supported");
    default:
      reader.malformed(fmt::format("malformed value type {:#x}", reader.peek()));
  }
}

ValueType read_reference_type(Reader& reader) {
  const Reader start = reader;
  const ValueType type = read_value_type(reader);
  if (!is_reference(type)) {
    start.malformed("malformed reference type");
  }
  return type;
}

const Operator& OperatorReader::next() {
  operator_.offset = reader_.offset();
  operator_.opcode = reader_.byte();
  if (operator_.opcode == 0xfc) {
    const std::uint32_t rest = reader_.u32();
    if (rest > (kTableFill & 0xffU)) {
      reader_.malformed(fmt::format("illegal opcode fc {:02x}", rest));
    }
    operator_.opcode = 0xfc00U + rest;
  }
  read_immediates();
  return operator_;
}

void OperatorReader::read_immediates() {
  const std::uint32_t opcode = operator_.opcode;
  if (opcode >= kFirstLoad && opcode <= kLastStore) {
    read_memory_access();
    return;
  }
  if (opcode >= kFirstNumeric && opcode <= kLastNumeric) {
    return;
  }
  switch (opcode) {
    case kBlock:
    case kLoop:
    case kIf:
      read_block_type();
      return;
    case kBr:
    case kBrIf:
    case kCall:
    case kLocalGet:
    case kLocalSet:
    case kLocalTee:
    case kGlobalGet:
    case kGlobalSet:
    case kTableGet:
    case kTableSet:
    case kRefFunc:
    case kDataDrop:
    case kElemDrop:
    case kTableGrow:
    case kTableSize:
    case kTableFill:
      operator_.index = reader_.u32();
      return;
    case kBrTable:
      read_labels();
      return;
    case kCallIndirect:
    case kTableInit:
    case kTableCopy:
      operator_.index = reader_.u32();
      operator_.second = reader_.u32();
      return;
    case kSelectTyped:
      read_select_type();
      return;
    case kMemorySize:
    case kMemoryGrow:
    case kMemoryFill:
      read_memory_index();
      return;
    case kMemoryInit:
      operator_.index = reader_.u32();
      read_memory_index();
      return;
    case kMemoryCopy:
      read_memory_index();
      read_memory_index();
      return;
    case kI32Const:
      operator_.index = static_cast<std::uint32_t>(reader_.s32());
      return;
    case kI64Const:
      operator_.index = static_cast<std::uint64_t>(reader_.s64());
      return;
    case kF32Const:
      operator_.index = reader_.fixed_u32();
      return;
    case kF64Const:
      operator_.index = reader_.fixed_u64();
      return;
    case kRefNull:
      operator_.type = read_reference_type(reader_);
      return;
    case kUnreachable:
    case kNop:
    case kElse:
    case kEnd:
    case kReturn:
    case kDrop:
    case kSelect:
    case kRefIsNull:
      return;
    default:
      if (opcode < kFirstSaturating) {
        refuse_opcode(reader_, opcode);
      }
  }
}

void OperatorReader::read_block_type() {
  const std::uint8_t first = reader_.peek();
  if (first == 0x40) {
    reader_.byte();
    operator_.block = {};
  } else if ((first & 0xc0U) == 0x40) {
    operator_.block = {BlockType::Kind::kResult, read_value_type(reader_), 0};
  } else {
    const std::int64_t type = reader_.s33();
    if (type < 0) {
      reader_.malformed("malformed block type");
    }
    operator_.block = {BlockType::Kind::kFunction, ValueType::kI32,
                       static_cast<std::uint32_t>(type)};
  }
}

void OperatorReader::read_memory_access() {
  operator_.second = reader_.u32();
  if (operator_.second >= 0x80) {
    reader_.malformed("malformed memop flags");
  }
  if (operator_.second >= 0x40) {
    if (reader_.u32() != 0) {
      reader_.invalid("unknown memory: several memories are not supported");
    }
    operator_.second -= 0x40;
  }
  operator_.index = reader_.u64();
}

void OperatorReader::read_select_type() {
  const std::uint32_t count = reader_.u32();
  if (count != 1) {
    reader_.invalid("invalid result arity");
  }
  operator_.type = read_value_type(reader_);
}

void OperatorReader::read_labels() {
  const std::uint32_t count = reader_.count(static_cast<std::uint32_t>(-2), "labels");
  operator_.labels.clear();
  operator_.labels.reserve(std::size_t{count} + 1);
  for (std::uint32_t i = 0; i <= count; ++i) {
    operator_.labels.push_back(reader_.u32());
  }
}

void OperatorReader::read_memory_index() {
  if (reader_.u32() != 0) {
    reader_.invalid("unknown memory: several memories are not supported");
  }
}

}  // namespace heddle::wasm::internal
