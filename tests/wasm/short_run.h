// What the mutation test and the fuzzer do with a module: decode it and, when it is valid, run a
// bit of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/engine/host.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/trap.h>

namespace heddle::wasm {

/// Provides every function; they do nothing.
class IdleHost : public Host {
 public:
  bool provides(const Import&, const FunctionType&) override { return true; }

  void call(Instance&, std::uint32_t, std::span<const std::uint64_t>,
            std::span<std::uint64_t>) override {}
};

/// Calls every exported function with little fuel. False: the module is refused. Throws what is
/// neither WasmError nor Trap.
inline bool short_run(std::span<const std::uint8_t> bytes) {
  constexpr std::uint64_t kFuel = 2'000;
  constexpr std::size_t kCalls = 8;
  IdleHost host;
  InstanceOptions options;
  options.memory_pages_max = 64;
  options.call_depth_max = 500;
  options.stack_slots_max = 100'000;
  ModuleLimits limits;
  limits.memory_pages = 64;
  limits.table_elements = 10'000;
  try {
    const auto module = Module::decode(bytes, limits);
    Instance instance(module, host, options);
    instance.set_fuel(kFuel);
    std::size_t calls = 0;
    try {
      instance.initialise();
    } catch (const Trap&) {
      return true;
    }
    for (const Export& exported : module->exports()) {
      if (exported.kind != ExternalKind::kFunction || calls++ == kCalls) {
        continue;
      }
      const FunctionType& type = module->function_type(exported.index);
      const std::vector<std::uint64_t> arguments(type.parameters.size(), 0);
      std::vector<std::uint64_t> results(type.results.size());
      instance.set_fuel(kFuel);
      try {
        instance.invoke(exported.index, arguments, results);
      } catch (const Trap&) {
        continue;
      }
    }
  } catch (const WasmError&) {
    return false;
  }
  return true;
}

}  // namespace heddle::wasm
