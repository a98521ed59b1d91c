// Instance: a module that runs: its memory, tables and globals, and the interpreter over them.
//
// All that an execution can change is within reach of the caller and can be captured and put back
// exactly: the memory block by block (memory.h), everything else as `Cells`. Results of arithmetic
// are deterministic: wherever WebAssembly leaves the bits of a NaN open, the result is the
// canonical NaN (positive, quiet, payload zero), as on the Internet Computer.
//
// An instance belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <heddle/wasm/engine/host.h>
#include <heddle/wasm/engine/internal/reservation.h>
#include <heddle/wasm/engine/memory.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/engine/table.h>
#include <heddle/wasm/engine/trap.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

class Linkage;

namespace internal {
struct ConstantOperator;
struct Frame;
class Interpreter;
}  // namespace internal

struct InstanceOptions {
  /// memory.grow is refused beyond; a module that wants more at once cannot be instantiated.
  std::uint64_t memory_pages_max = std::uint64_t{1} << 16;  // 4 GiB
  /// Calls deeper than this trap (call stack exhausted).
  std::uint32_t call_depth_max = 100'000;
  /// Registers of all running functions together, 8 bytes each and used lazily; more trap likewise.
  std::uint64_t stack_slots_max = std::uint64_t{1} << 23;
  /// Only for instances that share tables with others.
  std::shared_ptr<Linkage> linkage;
};

/// Everything that an execution can change, except for the memory's bytes.
struct Cells {
  std::uint64_t memory_pages = 0;
  std::vector<std::uint64_t> globals;  ///< the module's own, by index after the imported
  std::vector<std::vector<std::uint64_t>> tables;  ///< empty unless Module::writes_tables()
  std::vector<bool> dropped_data;
  std::vector<bool> dropped_elements;

  friend bool operator==(const Cells&, const Cells&) = default;
};

/// What a fresh instance starts from: the state of another one. Constant, shareable.
struct Image {
  struct Block {
    std::uint32_t index = 0;
    std::vector<std::uint8_t> bytes;
  };

  std::shared_ptr<const Module> module;
  Cells cells;
  std::vector<std::vector<std::uint64_t>> tables;  ///< always all of them
  std::vector<Block> blocks;                       ///< those that are not all zero, ascending
};

class Instance {
 public:
  static constexpr std::uint64_t kUnlimitedFuel = (std::uint64_t{1} << 63) - 1;
  static constexpr std::uint32_t kNestingMax = 100;

  /// Links the imports; runs nothing yet. Throws WasmError when an import is missing or of another
  /// type. `host` must outlive the instance.
  Instance(std::shared_ptr<const Module> module, Host& host, InstanceOptions options = {});

  /// In the state of the image, of a module without imported memory or tables: cheap, nothing is
  /// run.
  Instance(const Image& image, Host& host, InstanceOptions options = {});

  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  /// Copies the active segments and runs the start function; once, before anything else. Throws
  /// Trap.
  void initialise();

  /// Runs a function. The numbers of arguments and results must be those of its type
  /// (std::invalid_argument). Throws Trap, and whatever a host function throws.
  void invoke(std::uint32_t function, std::span<const std::uint64_t> arguments,
              std::span<std::uint64_t> results);

  /// Runs the function in a table's element, as call_indirect does: traps when the element is
  /// undefined, null or of another type. For callbacks.
  void call_table(std::uint32_t table, std::uint64_t index, const FunctionType& type,
                  std::span<const std::uint64_t> arguments, std::span<std::uint64_t> results);

  /// What may still be executed: one unit for every call and every turn of a loop, and one for 64
  /// bytes (or 8 elements) of a bulk operation. Running out is a trap, kOutOfFuel.
  [[nodiscard]] std::uint64_t fuel() const;
  /// At most kUnlimitedFuel, which is the initial value.
  void set_fuel(std::uint64_t fuel);

  [[nodiscard]] const Module& module() const { return *module_; }

  [[nodiscard]] const std::shared_ptr<const Module>& shared_module() const { return module_; }

  [[nodiscard]] Host& host() const { return *host_; }

  [[nodiscard]] bool has_memory() const { return memory_ != nullptr; }

  /// Only where has_memory().
  [[nodiscard]] Memory& memory() { return *memory_; }

  [[nodiscard]] const Memory& memory() const { return *memory_; }

  /// By index among the module's globals, the imported ones included.
  [[nodiscard]] std::uint64_t global(std::uint32_t index) const;
  void set_global(std::uint32_t index, std::uint64_t slot);

  /// The module's own globals, after the imported ones.
  [[nodiscard]] std::span<std::uint64_t> own_globals() { return globals_; }

  [[nodiscard]] std::span<const std::uint64_t> own_globals() const { return globals_; }

  [[nodiscard]] const Table& table(std::uint32_t index) const;

  /// The index of the function that a slot of type funcref refers to; none for null and for
  /// functions of other instances.
  [[nodiscard]] std::optional<std::uint32_t> referenced_function(std::uint64_t reference) const;

  [[nodiscard]] Cells capture_cells() const;
  /// Of an instance of the same module. Sets the size of the memory too, then overwrite its blocks.
  void restore_cells(const Cells& cells);
  [[nodiscard]] Image capture_image() const;

  // For linked instances.
  [[nodiscard]] std::shared_ptr<Memory> shared_memory() const { return memory_; }

  [[nodiscard]] std::shared_ptr<Table> shared_table(std::uint32_t index) const;
  [[nodiscard]] Host::GlobalCell global_cell(std::uint32_t index);

 private:
  friend class internal::Interpreter;

  void link();
  void link_global(const Import& import);
  void initialise_elements();
  void initialise_data();
  [[nodiscard]] std::uint64_t evaluate(
      const std::vector<internal::ConstantOperator>& expression) const;
  [[nodiscard]] std::uint64_t reference_to(std::uint32_t function) const;
  void run(std::uint32_t function, std::span<const std::uint64_t> arguments,
           std::span<std::uint64_t> results);

  std::shared_ptr<const Module> module_;
  Host* host_;
  InstanceOptions options_;
  std::uint64_t ordinal_ = 0;  ///< within the linkage, shifted to a reference's upper half

  std::shared_ptr<Memory> memory_;
  std::vector<std::shared_ptr<Table>> tables_;
  std::vector<std::uint64_t> globals_;
  std::vector<Host::GlobalCell> imported_globals_;
  std::vector<bool> dropped_data_;
  std::vector<bool> dropped_elements_;

  std::int64_t fuel_ = static_cast<std::int64_t>(kUnlimitedFuel);

  // The stack: frames, and the registers of each.
  internal::Reservation frame_bytes_;
  internal::Reservation slot_bytes_;
  internal::Frame* frames_;
  std::uint64_t* slots_;
  std::size_t depth_ = 0;     ///< frames in use
  std::uint64_t* slots_top_;  ///< where a nested call may put its registers
  std::uint32_t nesting_ = 0;
};

/// Instances that may hold references to each other's functions.
class Linkage {
 public:
  /// Numbered from 1.
  std::uint32_t add(Instance* instance) {
    instances_.push_back(instance);
    return static_cast<std::uint32_t>(instances_.size());
  }

  [[nodiscard]] Instance& operator[](std::uint64_t number) const { return *instances_[number - 1]; }

 private:
  std::vector<Instance*> instances_;
};

}  // namespace heddle::wasm
