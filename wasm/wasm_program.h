// WasmProgram: a compiled canister as a `Program`, so that the same kernel, searches, properties
// and traces serve it and C++ models alike.
//
// One piece is one message execution: an update or query, a task, or a callback. What it may look
// at is one observed value, its *image* (all that lives between messages: memory, globals, stable
// memory, certified data), and whatever it asks of the System API. What a suspended call remembers
// is which functions its open calls will be answered to; the rest is in the image.
//
// Which images are one state: for a canister compiled by moc, those with equal object graphs
// (motoko_heap.h); for any other, equal bytes. `note()` says which, and why.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/program.h>
#include <heddle/model/ref.h>
#include <heddle/model/shown.h>
#include <heddle/wasm/candid/value.h>
#include <heddle/wasm/engine/module.h>
#include <heddle/wasm/image_store.h>
#include <heddle/wasm/motoko_heap.h>
#include <heddle/wasm/motoko_variables.h>
#include <heddle/wasm/system_api.h>

namespace heddle::wasm {

struct WasmOptions {
  CanisterSettings settings;
  std::string init_argument;  ///< of canister_init, in Candid's binary form
  /// One execution may make this many calls and turns of loops; one that wants more traps.
  std::uint64_t fuel = 2'000'000'000;
  std::uint32_t call_depth_max = 100'000;
  std::uint64_t memory_pages_max = std::uint64_t{1} << 16U;
  /// Equal bytes are asked for even where object graphs could be compared.
  bool compare_bytes = false;
  /// For tests: of all images that one key has had, another one stands for it each time. If that
  /// can be seen in what the code does, the key leaves out what matters.
  bool swap_twins = false;
};

class WasmProgram : public Program {
 public:
  /// Decodes the module, runs its start function and canister_init. Throws Misuse that names the
  /// canister and the cause: a module that is none, an import that the Internet Computer does not
  /// have, an init that traps.
  WasmProgram(std::string name, std::span<const std::uint8_t> bytes, WasmOptions options);
  /// The same of a module that is decoded already.
  WasmProgram(std::string name, std::shared_ptr<const Module> module, WasmOptions options);
  ~WasmProgram() override;

  [[nodiscard]] const ProgramInfo& info() const override { return info_; }

  void connect(std::shared_ptr<const Directory> directory) override;

  void grant_management() override { add_management(info_); }

  void run(View& view) override;

  std::string query(View& view, CanisterId self, std::string_view method,
                    std::string_view argument) override;

  /// Says how the messages of a method read; before the program is installed.
  void show_messages(std::string_view method, std::function<Shown(std::string_view)> arguments,
                     std::function<Shown(std::string_view)> reply);

  /// A query that shows a person what state the canister is in.
  struct ShownQuery {
    std::string name;
    std::string method;
    std::string argument;                                ///< encoded
    std::function<std::string(std::string_view)> reply;  ///< as text
  };

  /// Traces show a changed state by the replies of these, and not by a number, and by the variables
  /// that have names (motoko_variables.h), written by `text`; before the program is installed.
  /// Without a clock: a query is asked at time 0.
  void show_state(std::vector<ShownQuery> queries,
                  std::function<std::string(const candid::Value&)> text);

  /// How states are told apart, in one sentence.
  [[nodiscard]] const std::string& note() const { return note_; }

  [[nodiscard]] const Module& module() const { return *module_; }

  /// The text of a public or private metadata section: "candid:service".
  [[nodiscard]] std::optional<std::string> metadata(std::string_view section) const;

  struct Statistics {
    std::uint64_t executions = 0;  ///< code was run
    std::size_t images = 0;        ///< distinct
    std::size_t twins = 0;         ///< keys of several images (WasmOptions::swap_twins)
    std::size_t memory_bytes = 0;  ///< held by images, approximately
  };

  [[nodiscard]] Statistics statistics() const;

 private:
  class Piece;
  friend class Piece;
  struct Entry;
  struct OpenCall;
  struct Continuation;

  static std::shared_ptr<const Module> decoded(const std::string& name,
                                               std::span<const std::uint8_t> bytes);
  [[noreturn]] void fail(std::string_view why) const;
  [[noreturn]] void fail_module(std::string_view why) const;
  /// What a trap says, and of a bound of ours which it is.
  [[nodiscard]] std::string text_of(const Trap& trap) const;
  void install();
  void describe();
  [[nodiscard]] std::unique_ptr<Machine> take_machine();
  void give_back(std::unique_ptr<Machine> machine);
  [[nodiscard]] std::string value_of(Machine& machine, std::vector<ImageSlot> slots);
  [[nodiscard]] CanisterImage image_of(std::string_view value);
  /// The reply of a query that runs on this image. Throws Misuse.
  std::string ask(const CanisterImage& image, Surroundings& surroundings, std::string_view method,
                  std::string_view argument);
  /// What the variables hold in this image.
  [[nodiscard]] std::vector<std::optional<candid::Value>> variables_of(const CanisterImage& image);
  void find_stack(const Instance& instance);
  void normalise(Machine& machine) const;

  std::string name_;
  WasmOptions options_;
  std::shared_ptr<const Module> module_;
  ProgramInfo info_;
  std::vector<Entry> entries_;  ///< by MethodId
  std::vector<std::string> composite_queries_;
  std::shared_ptr<const Directory> directory_;
  std::optional<MotokoHeap> heap_;
  std::optional<MotokoVariables> variables_;  ///< only where there is a heap
  std::string note_;
  /// Of the stack that grows down to 0 in linear memory, where there is one: [0, end) is dead
  /// between messages. 0: none is known.
  std::uint64_t stack_end_ = 0;
  std::uint32_t stack_pointer_ = 0;
  std::uint32_t first_rest_ = 0;

  ImageStore images_;
  Image first_;  ///< what init left
  HostState first_host_;
  std::mutex machines_mutex_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::atomic<std::uint64_t> executions_{0};
};

}  // namespace heddle::wasm
