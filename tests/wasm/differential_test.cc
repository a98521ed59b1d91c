// Two engines side by side: random modules, random calls, and after each call the same results, the
// same traps, the same memory and the same globals, byte for byte.

#ifdef HEDDLE_WITH_WABT

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <wabt/error.h>
#include <wabt/feature.h>
#include <wabt/interp/interp.h>

#include <fmt/format.h>

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>

#endif

#include <gtest/gtest.h>

#ifdef HEDDLE_WITH_WABT

#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/trap.h>

#include "wasm/module_generator.h"
#include "wasm/short_run.h"

#endif

namespace heddle::wasm {
namespace {

#ifdef HEDDLE_WITH_WABT

/// What a call gives: a slot, or a trap in the specification's words.
struct Outcome {
  std::uint64_t result = 0;
  std::string trap;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << (outcome.trap.empty() ? fmt::format("{:#x}", outcome.result) : outcome.trap);
}

/// The module in wabt's interpreter.
class Wabt {
 public:
  explicit Wabt(const Bytes& bytes) : store_(features()) {
    wabt::Errors errors;
    wabt::interp::ModuleDesc description;
    const wabt::ReadBinaryOptions options(features(), nullptr, false, true, true);
    if (wabt::Failed(wabt::interp::ReadBinaryInterp("module", bytes.data(), bytes.size(), options,
                                                    &errors, &description))) {
      throw std::runtime_error(errors.empty() ? "wabt refuses the module" : errors[0].message);
    }
    const auto module = wabt::interp::Module::New(store_, description);
    wabt::interp::Trap::Ptr trap;
    instance_ = wabt::interp::Instance::Instantiate(store_, module.ref(), {}, &trap);
    if (trap) {
      throw std::runtime_error(trap->message());
    }
  }

  Outcome call(std::uint32_t function, const FunctionType& type,
               const std::vector<std::uint64_t>& arguments) {
    const auto callee = store_.UnsafeGet<wabt::interp::Func>(instance_->funcs()[function]);
    wabt::interp::Values parameters;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      parameters.push_back(value_of(type.parameters[i], arguments[i]));
    }
    wabt::interp::Values results;
    wabt::interp::Trap::Ptr trap;
    if (wabt::Failed(callee->Call(store_, parameters, results, &trap))) {
      return {0, specified(trap->message())};
    }
    return {slot_of(type.results[0], results[0]), ""};
  }

  std::span<const std::uint8_t> memory() {
    const auto memory = store_.UnsafeGet<wabt::interp::Memory>(instance_->memories()[0]);
    return {memory->UnsafeData(), memory->ByteSize()};
  }

  std::uint64_t global(const Module& module, std::uint32_t index) {
    const auto global = store_.UnsafeGet<wabt::interp::Global>(instance_->globals()[index]);
    return slot_of(module.globals()[index].value, global->Get());
  }

 private:
  static wabt::Features features() {
    wabt::Features features;
    features.enable_memory64();
    return features;
  }

  static wabt::interp::Value value_of(ValueType type, std::uint64_t slot) {
    switch (type) {
      case ValueType::kI32:
        return wabt::interp::Value::Make(static_cast<std::uint32_t>(slot));
      case ValueType::kF32:
        return wabt::interp::Value::Make(std::bit_cast<float>(static_cast<std::uint32_t>(slot)));
      case ValueType::kF64:
        return wabt::interp::Value::Make(std::bit_cast<double>(slot));
      default:
        return wabt::interp::Value::Make(slot);
    }
  }

  static std::uint64_t slot_of(ValueType type, const wabt::interp::Value& value) {
    switch (type) {
      case ValueType::kI32:
        return value.Get<std::uint32_t>();
      case ValueType::kF32:
        return std::bit_cast<std::uint32_t>(value.Get<float>());
      case ValueType::kF64:
        return std::bit_cast<std::uint64_t>(value.Get<double>());
      default:
        return value.Get<std::uint64_t>();
    }
  }

  /// Its own words in those of the specification.
  static std::string specified(const std::string& message) {
    static const std::pair<std::string_view, TrapKind> kWords[] = {
        {"unreachable", TrapKind::kUnreachable},
        {"out of bounds memory access", TrapKind::kMemoryOutOfBounds},
        {"undefined table index", TrapKind::kUndefinedElement},
        {"uninitialized table element", TrapKind::kUninitializedElement},
        {"indirect call signature mismatch", TrapKind::kIndirectCallTypeMismatch},
    };
    for (const auto& [words, kind] : kWords) {
      if (message.starts_with(words)) {
        return std::string(to_string(kind));
      }
    }
    return message;
  }

  wabt::interp::Store store_;
  wabt::interp::Instance::Ptr instance_;
};

Outcome call(Instance& instance, std::uint32_t function,
             const std::vector<std::uint64_t>& arguments) {
  Outcome outcome;
  std::vector<std::uint64_t> results(1);
  try {
    instance.invoke(function, arguments, results);
    outcome.result = results[0];
  } catch (const Trap& trap) {
    outcome.trap = trap.message();
  }
  return outcome;
}

std::uint64_t random_argument(std::mt19937_64& random, ValueType type) {
  const std::uint64_t bits = random() >> random() % 64;
  switch (type) {
    // No NaNs with bits of their own: the modules do not make such either.
    case ValueType::kF32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int64_t>(bits)));
    case ValueType::kF64:
      return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<std::int64_t>(bits)) / 3);
    case ValueType::kI32:
      return bits & 0xffffffffU;
    default:
      return bits;
  }
}

struct Counts {
  std::size_t calls = 0;
  std::map<std::string, std::size_t> traps;
};

void compare(std::uint64_t seed, Counts& counts) {
  const Bytes bytes = random_module(seed);
  const auto module = Module::decode(bytes);
  IdleHost host;
  Instance instance(module, host);
  instance.initialise();
  Wabt other(bytes);
  std::mt19937_64 random(seed);
  // What the dirty blocks, put into this copy, must make of it: the memory.
  std::vector<std::uint8_t> copy(instance.memory().bytes().begin(),
                                 instance.memory().bytes().end());
  instance.memory().clear_dirty();
  for (int i = 0; i < 12; ++i) {
    const auto function = static_cast<std::uint32_t>(random() % module->function_count());
    const FunctionType& type = module->function_type(function);
    std::vector<std::uint64_t> arguments;
    for (const ValueType parameter : type.parameters) {
      arguments.push_back(random_argument(random, parameter));
    }
    const Outcome outcome = call(instance, function, arguments);
    ASSERT_EQ(outcome, other.call(function, type, arguments))
        << "seed " << seed << ", call " << i << " of function " << function;
    ++counts.calls;
    counts.traps[outcome.trap] += 1;

    const auto memory = instance.memory().bytes();
    const auto others = other.memory();
    ASSERT_TRUE(std::equal(memory.begin(), memory.end(), others.begin(), others.end()))
        << "memory, seed " << seed << ", call " << i;
    for (std::uint32_t global = 0; global < module->globals().size(); ++global) {
      ASSERT_EQ(instance.global(global), other.global(*module, global))
          << "global " << global << ", seed " << seed << ", call " << i;
    }
    copy.resize(memory.size());
    for (const std::uint32_t block : instance.memory().dirty_blocks()) {
      const auto contents = instance.memory().block(block);
      std::copy(contents.begin(), contents.end(),
                copy.begin() + static_cast<std::ptrdiff_t>(block * Memory::kBlockBytes));
    }
    instance.memory().clear_dirty();
    ASSERT_TRUE(std::equal(memory.begin(), memory.end(), copy.begin(), copy.end()))
        << "dirty blocks, seed " << seed << ", call " << i;
  }
}

TEST(Differential, AgreesWithWabtsInterpreterAfterEachCall) {
  constexpr std::uint64_t kFirstSeed = 1'000'000;
  constexpr std::uint64_t kModules = 400;
  Counts counts;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kModules; ++seed) {
    compare(seed, counts);
    if (HasFatalFailure()) {
      return;
    }
  }
  fmt::print("seeds {} to {}: {} calls alike\n", kFirstSeed, kFirstSeed + kModules - 1,
             counts.calls);
  for (const auto& [trap, number] : counts.traps) {
    fmt::print("{:6} {}\n", number, trap.empty() ? "returned" : trap);
  }
  EXPECT_GT(counts.traps[""], counts.calls / 3);
}

#else

TEST(Differential, AgreesWithWabtsInterpreterAfterEachCall) {
  GTEST_SKIP()
      << "wabt's interpreter is not installed (Debian: wabt), or the compiler is not clang";
}

#endif

}  // namespace
}  // namespace heddle::wasm
