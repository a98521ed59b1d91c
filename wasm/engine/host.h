// Host: who answers a module's imports.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <heddle/wasm/engine/memory.h>
#include <heddle/wasm/engine/table.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

class Instance;

class Host {
 public:
  virtual ~Host() = default;

  /// Whether there is a function for that import, with that type. Asked once for each imported
  /// function when an instance is made; a refusal is a WasmError that names the import, or one of
  /// the host's own that says more.
  virtual bool provides(const Import& import, const FunctionType& type) = 0;

  /// Runs imported function number `function` (an index into the module's functions, which start
  /// with the imports). Arguments and results are slots and do not overlap; results are zero at
  /// first. Memory is reached through `instance.memory()`.
  ///
  /// May throw: a Trap ends the execution as a trap; any other exception passes through the
  /// interpreter to whoever called it. It leaves the instance usable, as a trap does: what the
  /// code wrote stays written until it is restored.
  ///
  /// Canister hosts do not call back into the instance. (It is possible, to a depth of
  /// Instance::kNestingMax.)
  virtual void call(Instance& instance, std::uint32_t function,
                    std::span<const std::uint64_t> arguments, std::span<std::uint64_t> results) = 0;

  // Canisters import functions only. The rest is for programs of several linked instances, as
  // those of the specification's test suite. Null: there is none.

  virtual std::shared_ptr<Memory> memory(const Import&) { return nullptr; }

  virtual std::shared_ptr<Table> table(const Import&) { return nullptr; }

  /// The slot of a global, which must outlive the instance, and its type.
  struct GlobalCell {
    std::uint64_t* slot = nullptr;
    GlobalType type;
  };

  virtual GlobalCell global(const Import&) { return {}; }
};

}  // namespace heddle::wasm
