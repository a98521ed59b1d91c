#include <algorithm>
#include <cstring>

#include <heddle/wasm/engine/internal/interpreter.h>
#include <heddle/wasm/engine/internal/numeric.h>

namespace heddle::wasm::internal {
namespace {

constexpr u64 kBytesPerFuel = 64;
constexpr u64 kElementsPerFuel = 8;

bool is_within(u64 start, u64 count, u64 size) {
  return start <= size && count <= size - start;
}

}  // namespace

void Interpreter::burn(Instance& instance, u64 fuel) {
  if (fuel > instance.fuel()) {
    instance.fuel_ = 0;
    raise(TrapKind::kOutOfFuel);
  }
  instance.fuel_ -= static_cast<s64>(fuel);
}

void Interpreter::call_host(Instance& instance, u32 function, u64* registers) {
  const FunctionType& type = instance.module_->function_type(function);
  const std::size_t parameters = type.parameters.size();
  const std::size_t results = type.results.size();
  u64* const result = registers + parameters;
  if (parameters + results >
      static_cast<u64>(instance.slots_ + instance.options_.stack_slots_max - registers)) {
    raise(TrapKind::kCallStackExhausted);
  }
  std::fill_n(result, results, 0);
  instance.slots_top_ = result + results;
  instance.host_->call(instance, function, {registers, parameters}, {result, results});
  for (std::size_t i = 0; i < results; ++i) {
    const bool is_narrow = type.results[i] == ValueType::kI32 || type.results[i] == ValueType::kF32;
    registers[i] = is_narrow ? static_cast<u32>(result[i]) : result[i];
  }
}

void Interpreter::call_foreign(Instance& instance, u64 reference, const FunctionType& type,
                               u64* registers) {
  if (instance.options_.linkage == nullptr) {
    raise(TrapKind::kUninitializedElement);
  }
  Instance& other = (*instance.options_.linkage)[reference >> 32U];
  const u32 function = static_cast<u32>(reference) - 1;
  if (other.module_->function_type(function) != type) {
    raise(TrapKind::kIndirectCallTypeMismatch);
  }
  u64* const result = registers + type.parameters.size();
  instance.slots_top_ = result + type.results.size();
  other.invoke(function, {registers, type.parameters.size()}, {result, type.results.size()});
  std::copy_n(result, type.results.size(), registers);
}

u64 Interpreter::memory_grow(Instance& instance, u64 pages) {
  Memory& memory = *instance.memory_;
  const u64 before = memory.pages();
  if (memory.grow(pages)) {
    return before;
  }
  return memory.type().limits.is_64_bit ? ~u64{0} : ~u32{0};
}

void Interpreter::memory_init(Instance& instance, u32 segment, const u64* operands) {
  Memory& memory = *instance.memory_;
  const u64 to = operands[0];
  const u64 from = operands[1];
  const u64 count = operands[2];
  const auto bytes = instance.dropped_data_[segment]
                         ? std::span<const u8>()
                         : instance.module_->parts().data[segment].bytes;
  if (!is_within(from, count, bytes.size()) || !is_within(to, count, memory.size_bytes())) {
    raise(TrapKind::kMemoryOutOfBounds);
  }
  burn(instance, count / kBytesPerFuel);
  memory.write(to, bytes.subspan(from, count));
}

void Interpreter::memory_copy(Instance& instance, const u64* operands) {
  Memory& memory = *instance.memory_;
  const u64 to = operands[0];
  const u64 from = operands[1];
  const u64 count = operands[2];
  if (!is_within(from, count, memory.size_bytes()) || !is_within(to, count, memory.size_bytes())) {
    raise(TrapKind::kMemoryOutOfBounds);
  }
  burn(instance, count / kBytesPerFuel);
  memory.write(to, memory.read(from, count));
}

void Interpreter::memory_fill(Instance& instance, const u64* operands) {
  Memory& memory = *instance.memory_;
  const u64 to = operands[0];
  const u64 count = operands[2];
  if (!is_within(to, count, memory.size_bytes())) {
    raise(TrapKind::kMemoryOutOfBounds);
  }
  burn(instance, count / kBytesPerFuel);
  if (count > 0) {
    std::memset(memory.base() + to, static_cast<int>(operands[1] & 0xffU), count);
    memory.mark(to, count);
  }
}

void Interpreter::table_init(Instance& instance, u32 segment, u32 table, const u64* operands) {
  const auto elements = instance.tables_[table]->elements();
  const u64 to = operands[0];
  const u64 from = operands[1];
  const u64 count = operands[2];
  const auto& items = instance.module_->parts().elements[segment].elements;
  const u64 size = instance.dropped_elements_[segment] ? 0 : items.size();
  if (!is_within(from, count, size) || !is_within(to, count, elements.size())) {
    raise(TrapKind::kTableOutOfBounds);
  }
  burn(instance, count / kElementsPerFuel);
  for (u64 i = 0; i < count; ++i) {
    elements[to + i] = instance.evaluate(items[from + i]);
  }
}

void Interpreter::table_copy(Instance& instance, u32 to_table, u32 from_table,
                             const u64* operands) {
  const auto target = instance.tables_[to_table]->elements();
  const auto source = instance.tables_[from_table]->elements();
  const u64 to = operands[0];
  const u64 from = operands[1];
  const u64 count = operands[2];
  if (!is_within(from, count, source.size()) || !is_within(to, count, target.size())) {
    raise(TrapKind::kTableOutOfBounds);
  }
  burn(instance, count / kElementsPerFuel);
  std::memmove(target.data() + to, source.data() + from, count * sizeof(u64));
}

void Interpreter::table_fill(Instance& instance, u32 table, const u64* operands) {
  const auto elements = instance.tables_[table]->elements();
  const u64 to = operands[0];
  const u64 count = operands[2];
  if (!is_within(to, count, elements.size())) {
    raise(TrapKind::kTableOutOfBounds);
  }
  burn(instance, count / kElementsPerFuel);
  std::fill_n(elements.begin() + static_cast<std::ptrdiff_t>(to), count, operands[1]);
}

u64 Interpreter::table_grow(Instance& instance, u32 table, const u64* operands) {
  Table& grown = *instance.tables_[table];
  const u64 before = grown.size();
  const u64 count = operands[1];
  burn(instance, std::min(count, Table::kElementsMax) / kElementsPerFuel);
  if (grown.grow(count, operands[0])) {
    return before;
  }
  return grown.type().limits.is_64_bit ? ~u64{0} : ~u32{0};
}

}  // namespace heddle::wasm::internal
