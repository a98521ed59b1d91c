#include "wasm/module_generator.h"

#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <heddle/wasm/engine/internal/numeric.h>
#include <heddle/wasm/engine/internal/operations.h>

namespace heddle::wasm {
namespace {

using enum ValueType;

template <class T>
constexpr ValueType value_type_of() {
  if constexpr (std::is_same_v<T, std::uint32_t>) {
    return kI32;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return kI64;
  } else {
    return std::is_same_v<T, float> ? kF32 : kF64;
  }
}

struct NumericOperator {
  std::uint32_t opcode;
  unsigned operands;
  ValueType operand;
  ValueType result;
};

struct AccessOperator {
  std::uint32_t opcode;
  unsigned alignment;  ///< as a power of two
  ValueType type;
};

unsigned power_of(std::size_t bytes) {
  return bytes == 8 ? 3 : bytes == 4 ? 2 : bytes == 2 ? 1 : 0;
}

std::vector<NumericOperator> numeric_operators() {
  using internal::u32;
  using internal::u64;
  std::vector<NumericOperator> operators;
#define HEDDLE_WASM_BINARY(opcode, name, type, result, function) \
  operators.push_back({opcode, 2, value_type_of<type>(), value_type_of<result>()});
#define HEDDLE_WASM_UNARY(opcode, name, from, to, function) \
  operators.push_back({opcode, 1, value_type_of<from>(), value_type_of<to>()});
  HEDDLE_WASM_BINARIES(HEDDLE_WASM_BINARY)
  HEDDLE_WASM_UNARIES(HEDDLE_WASM_UNARY)
#undef HEDDLE_WASM_BINARY
#undef HEDDLE_WASM_UNARY
  return operators;
}

std::vector<AccessOperator> access_operators(bool are_loads) {
  using namespace internal;  // NOLINT: the table's type names
  std::vector<AccessOperator> operators;
#define HEDDLE_WASM_ACCESS(opcode, name, stored, type) \
  operators.push_back({opcode, power_of(sizeof(stored)), value_type_of<type>()});
  if (are_loads) {
    HEDDLE_WASM_LOADS(HEDDLE_WASM_ACCESS)
  } else {
    HEDDLE_WASM_STORES(HEDDLE_WASM_ACCESS)
  }
#undef HEDDLE_WASM_ACCESS
  return operators;
}

constexpr ValueType kTypes[] = {kI32, kI64, kF32, kF64};
constexpr std::uint32_t kFunctions = 6;
constexpr unsigned kDepthMax = 4;
constexpr unsigned kCallsMax = 3;
constexpr std::uint32_t kGlobalsOfEachType = 2;
constexpr std::uint32_t kPagesMax = 3;
constexpr std::uint8_t kEmptyBlock = 0x40;

std::uint8_t block_of(ValueType type) {
  return static_cast<std::uint8_t>(type);
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), is_64_bit_(below(3) == 0) {}

  Bytes run();

 private:
  struct Signature {
    std::vector<ValueType> parameters;
    ValueType result = kI32;
    std::uint32_t type = 0;
  };

  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  ValueType any_type() { return kTypes[below(4)]; }

  ValueType address_type() const { return is_64_bit_ ? kI64 : kI32; }

  Body function(const Signature& signature);
  /// Code that leaves a value of that type.
  void value(ValueType type, unsigned depth);
  void constant(ValueType type);
  void numeric(ValueType type, unsigned depth);
  void canonicalise(ValueType type);
  void address(unsigned depth);
  void small_address(std::uint64_t mask);
  void call(ValueType type, unsigned depth);
  void block_value(ValueType type, unsigned depth);
  void statements(unsigned count, unsigned depth);
  void statement(unsigned depth);
  void bulk(unsigned depth);
  void counted_loop(unsigned depth);
  void switch_over(unsigned depth);

  std::uint32_t local_of(ValueType type);
  std::uint32_t scratch_of(ValueType type) const;

  std::uint32_t global_of(ValueType type) {
    const auto place = static_cast<std::uint32_t>(below(kGlobalsOfEachType));
    return type_number(type) * kGlobalsOfEachType + place;
  }

  static std::uint32_t type_number(ValueType type) {
    return type == kI32 ? 0U : type == kI64 ? 1U : type == kF32 ? 2U : 3U;
  }

  std::mt19937_64 random_;
  bool is_64_bit_;
  const std::vector<NumericOperator> numerics_ = numeric_operators();
  const std::vector<AccessOperator> loads_ = access_operators(true);
  const std::vector<AccessOperator> stores_ = access_operators(false);
  std::vector<Signature> signatures_;
  std::uint32_t made_ = 0;  ///< functions; only these are called

  // Of the function being made.
  Body body_;
  std::vector<ValueType> locals_;  ///< parameters first, then two of each type, then counters
  std::uint32_t first_own_ = 0;
  unsigned calls_ = 0;
  unsigned loops_ = 0;  ///< open
};

Bytes Generator::run() {
  ModuleBytes module;
  for (std::uint32_t i = 0; i < kFunctions; ++i) {
    Signature signature;
    for (std::uint64_t left = below(4); left > 0; --left) {
      signature.parameters.push_back(any_type());
    }
    signature.result = any_type();
    signature.type = module.type(signature.parameters, {signature.result});
    signatures_.push_back(signature);
  }
  module.memory(1, kPagesMax, is_64_bit_);
  module.table(kFunctions + 1);
  for (const ValueType type : kTypes) {
    for (std::uint32_t i = 0; i < kGlobalsOfEachType; ++i) {
      body_ = Body();
      constant(type);
      module.global(type, true, body_);
    }
  }
  std::vector<std::uint32_t> functions;
  for (std::uint32_t i = 0; i < kFunctions; ++i) {
    const Body body = function(signatures_[i]);
    const std::vector<ValueType> own(
        locals_.begin() + static_cast<std::ptrdiff_t>(signatures_[i].parameters.size()),
        locals_.end());
    functions.push_back(module.function(signatures_[i].type, own, body));
    module.export_function("f" + std::to_string(i), functions.back());
    ++made_;
  }
  module.elements(Body().i32(0), functions);
  Bytes bytes(64);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(below(256));
  }
  module.data(is_64_bit_ ? Body().i64(100) : Body().i32(100), bytes);
  module.passive_data(bytes);
  return module.bytes();
}

Body Generator::function(const Signature& signature) {
  body_ = Body();
  locals_ = signature.parameters;
  first_own_ = static_cast<std::uint32_t>(locals_.size());
  for (const ValueType type : kTypes) {
    locals_.push_back(type);
    locals_.push_back(type);
  }
  calls_ = 0;
  loops_ = 0;
  statements(2 + static_cast<unsigned>(below(5)), 0);
  value(signature.result, 0);
  return body_;
}

std::uint32_t Generator::local_of(ValueType type) {
  // A parameter if there is one of that type; the first of the two locals is scratch.
  const auto start = static_cast<std::uint32_t>(below(first_own_ + 1));
  for (std::uint32_t i = start; i < first_own_; ++i) {
    if (locals_[i] == type) {
      return i;
    }
  }
  return scratch_of(type) + 1;
}

std::uint32_t Generator::scratch_of(ValueType type) const {
  return first_own_ + 2 * type_number(type);
}

void Generator::constant(ValueType type) {
  constexpr std::uint64_t kInteresting[] = {0,
                                            1,
                                            2,
                                            31,
                                            32,
                                            63,
                                            64,
                                            0x7f,
                                            0x80,
                                            0xff,
                                            0x7fff,
                                            0x8000,
                                            0x7fffffff,
                                            0x80000000,
                                            0xffffffff,
                                            1ULL << 32U,
                                            1ULL << 62U,
                                            1ULL << 63U,
                                            ~0ULL,
                                            0x3f800000,
                                            0x4f000000,
                                            0x7f800000,
                                            0x7fc00000,
                                            0x3ff0000000000000,
                                            0x43e0000000000000,
                                            0x7ff0000000000000};
  const std::uint64_t bits =
      below(2) == 0 ? random_() >> below(64) : kInteresting[below(std::size(kInteresting))];
  switch (type) {
    case kI32:
      body_.i32(static_cast<std::int32_t>(bits));
      return;
    case kI64:
      body_.i64(static_cast<std::int64_t>(bits));
      return;
    case kF32:
      body_.op(0x43).fixed(bits & 0xffffffffU, 4);
      return;
    default:
      body_.op(0x44).fixed(bits, 8);
  }
}

void Generator::value(ValueType type, unsigned depth) {
  const std::uint64_t choice = depth >= kDepthMax ? below(3) : below(14);
  switch (choice) {
    case 0:
      constant(type);
      return;
    case 1:
      body_.get(local_of(type));
      return;
    case 2:
      body_.op(0x23, {global_of(type)});
      return;
    case 3:
    case 4: {
      const AccessOperator* load = nullptr;
      do {
        load = &loads_[below(loads_.size())];
      } while (load->type != type);
      address(depth + 1);
      body_.op(static_cast<std::uint8_t>(load->opcode), {below(load->alignment + 1), below(300)});
      return;
    }
    case 5:
      return block_value(type, depth);
    case 6:
      value(type, depth + 1);
      value(type, depth + 1);
      value(kI32, depth + 1);
      body_.op(0x1b);
      return;
    case 7:
      return call(type, depth);
    case 8:
      value(type, depth + 1);
      body_.op(0x22, {local_of(type)});
      return;
    default:
      return numeric(type, depth);
  }
}

void Generator::numeric(ValueType type, unsigned depth) {
  const NumericOperator* op = nullptr;
  do {
    op = &numerics_[below(numerics_.size())];
  } while (op->result != type);
  std::uint32_t opcode = op->opcode;
  for (unsigned i = 0; i < op->operands; ++i) {
    value(op->operand, depth + 1);
  }
  // Traps are to be the exception: mostly divisors are odd, and conversions saturate.
  const bool is_division32 = opcode >= 0x6d && opcode <= 0x70;
  const bool is_division64 = opcode >= 0x7f && opcode <= 0x82;
  const bool is_rare = below(16) == 0;
  if (is_division32 && !is_rare) {
    body_.i32(1).op(0x72);
  } else if (is_division64 && !is_rare) {
    body_.i64(1).op(0x84);
  } else if (opcode >= 0xa8 && opcode <= 0xab && !is_rare) {
    opcode = opcode - 0xa8 + 0xfc00;
  } else if (opcode >= 0xae && opcode <= 0xb1 && !is_rare) {
    opcode = opcode - 0xae + 0xfc04;
  }
  if (opcode >= 0xfc00) {
    body_.bulk(static_cast<std::uint8_t>(opcode & 0xffU), {});
  } else {
    body_.op(static_cast<std::uint8_t>(opcode));
  }
  if (type == kF32 || type == kF64) {
    canonicalise(type);
  }
}

void Generator::canonicalise(ValueType type) {
  const std::uint32_t scratch = scratch_of(type);
  body_.op(0x22, {scratch});
  if (type == kF32) {
    body_.op(0x43).fixed(0x7fc00000, 4);
  } else {
    body_.op(0x44).fixed(0x7ff8000000000000, 8);
  }
  body_.get(scratch).get(scratch).op(type == kF32 ? 0x5b : 0x61).op(0x1b);
}

void Generator::address(unsigned depth) {
  value(address_type(), depth);
  if (below(20) == 0) {
    return;  // most likely out of bounds
  }
  small_address(0xffff);
}

void Generator::small_address(std::uint64_t mask) {
  if (is_64_bit_) {
    body_.i64(static_cast<std::int64_t>(mask)).op(0x83);
  } else {
    body_.i32(static_cast<std::int32_t>(mask)).op(0x71);
  }
}

void Generator::call(ValueType type, unsigned depth) {
  std::uint32_t callee = kFunctions;
  for (std::uint32_t i = 0; i < made_; ++i) {
    if (signatures_[i].result == type && (callee == kFunctions || below(2) == 0)) {
      callee = i;
    }
  }
  if (callee == kFunctions || loops_ > 0 || calls_ == kCallsMax) {
    return numeric(type, depth);
  }
  ++calls_;
  for (const ValueType parameter : signatures_[callee].parameters) {
    value(parameter, depth + 1);
  }
  if (below(3) != 0) {
    body_.op(0x10, {callee});
    return;
  }
  // Sometimes another one, of another type perhaps; or the null or no element after the functions.
  const std::uint64_t other = below(made_ + 2);
  const std::uint64_t wrong = other < made_ ? other : kFunctions + other - made_;
  body_.i32(static_cast<std::int32_t>(below(8) == 0 ? wrong : callee));
  body_.op(0x11, {signatures_[callee].type, 0});
}

void Generator::block_value(ValueType type, unsigned depth) {
  switch (below(3)) {
    case 0:
      value(kI32, depth + 1);
      body_.op(0x04).op(block_of(type));
      statements(1, depth + 1);
      value(type, depth + 1);
      body_.op(0x05);
      value(type, depth + 1);
      body_.op(0x0b);
      return;
    case 1:
      body_.op(0x02).op(block_of(type));
      value(type, depth + 1);
      value(kI32, depth + 1);
      body_.op(0x0d, {0}).op(0x1a);
      value(type, depth + 1);
      body_.op(0x0b);
      return;
    default:  // a branch past values that stay behind
      body_.op(0x02).op(block_of(type));
      value(any_type(), depth + 1);
      value(type, depth + 1);
      value(kI32, depth + 1);
      body_.op(0x0d, {0}).op(0x1a).op(0x1a);
      statements(1, depth + 1);
      value(type, depth + 1);
      body_.op(0x0b);
  }
}

void Generator::statements(unsigned count, unsigned depth) {
  for (unsigned i = 0; i < count; ++i) {
    statement(depth);
  }
}

void Generator::statement(unsigned depth) {
  const ValueType type = any_type();
  switch (below(depth >= kDepthMax ? 4 : 10)) {
    case 0:
      value(type, depth + 1);
      body_.set(local_of(type));
      return;
    case 1:
      value(type, depth + 1);
      body_.op(0x24, {global_of(type)});
      return;
    case 2:
    case 3: {
      const AccessOperator& store = stores_[below(stores_.size())];
      address(depth + 1);
      value(store.type, depth + 1);
      body_.op(static_cast<std::uint8_t>(store.opcode), {below(store.alignment + 1), below(300)});
      return;
    }
    case 4:
      return bulk(depth);
    case 5:
      return counted_loop(depth);
    case 6:
      return switch_over(depth);
    case 7:
      value(kI32, depth + 1);
      body_.op(0x04).op(kEmptyBlock);
      statements(2, depth + 1);
      body_.op(0x0b);
      return;
    case 8:
      value(address_type(), depth + 1);
      small_address(3);
      body_.op(0x40, {0}).op(0x1a).op(0x3f, {0}).op(0x1a);
      return;
    default:
      value(type, depth + 1);
      body_.op(0x1a);
  }
}

void Generator::bulk(unsigned depth) {
  address(depth + 1);
  switch (below(3)) {
    case 0:  // fill
      value(kI32, depth + 1);
      value(address_type(), depth + 1);
      small_address(0x3ff);
      body_.bulk(0x0b, {0});
      return;
    case 1:  // copy
      address(depth + 1);
      value(address_type(), depth + 1);
      small_address(0x3ff);
      body_.bulk(0x0a, {0, 0});
      return;
    default:  // init, from a segment of 64 bytes
      value(kI32, depth + 1);
      body_.i32(31).op(0x71);
      value(kI32, depth + 1);
      body_.i32(below(8) == 0 ? 63 : 31).op(0x71);
      body_.bulk(0x08, {1, 0});
  }
}

void Generator::counted_loop(unsigned depth) {
  const auto counter = static_cast<std::uint32_t>(locals_.size());
  locals_.push_back(kI32);
  body_.i32(static_cast<std::int32_t>(1 + below(4))).set(counter);
  body_.op(0x03).op(kEmptyBlock);
  ++loops_;
  statements(2, depth + 1);
  --loops_;
  body_.get(counter).i32(1).op(0x6b).op(0x22, {counter}).op(0x0d, {0}).op(0x0b);
}

void Generator::switch_over(unsigned depth) {
  // Three blocks; the selector jumps to the end of one of them.
  body_.op(0x02).op(kEmptyBlock).op(0x02).op(kEmptyBlock).op(0x02).op(kEmptyBlock);
  value(kI32, depth + 1);
  body_.i32(3).op(0x71).op(0x0e, {3, 0, 1, 2, 1}).op(0x0b);
  statements(1, depth + 1);
  body_.op(0x0b);
  statements(1, depth + 1);
  body_.op(0x0b);
}

}  // namespace

Bytes random_module(std::uint64_t seed) {
  return Generator(seed).run();
}

}  // namespace heddle::wasm
