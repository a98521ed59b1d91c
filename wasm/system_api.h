// The System API: the functions of module "ic0", by which a compiled canister learns of its
// surroundings and acts on them (ic-semantics.md section 14).
//
// An execution is given what it may learn and collects what it does. Whatever depends on the state
// of the system comes from `Surroundings`, so that whoever runs the canister knows what was looked
// at. A function called from an entry point that may not call it traps, as it does on the Internet
// Computer. Time stands still during an execution, and host values that no model decides (cycle
// balances, costs, counters) are constants: the same code in the same surroundings does the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/wasm/engine/host.h>
#include <heddle/wasm/engine/instance.h>

namespace heddle::wasm {

/// Where an execution was entered; bits, so that sets of them are numbers.
enum class EntryPoint : std::uint32_t {
  kStart = 1U << 0U,            ///< the module's start function
  kInit = 1U << 1U,             ///< canister_init, canister_post_upgrade
  kPreUpgrade = 1U << 2U,       ///< canister_pre_upgrade
  kUpdate = 1U << 3U,           ///< canister_update
  kReplicatedQuery = 1U << 4U,  ///< canister_query, called as an update would be
  kQuery = 1U << 5U,            ///< canister_query, asked of one committed state
  kTransform = 1U << 6U,        ///< of an HTTP outcall's response
  kCompositeQuery = 1U << 7U,   ///< canister_composite_query
  kReply = 1U << 8U,            ///< reply callback
  kReject = 1U << 9U,           ///< reject callback
  kCompositeReply = 1U << 10U,
  kCompositeReject = 1U << 11U,
  kCleanup = 1U << 12U,
  kCompositeCleanup = 1U << 13U,
  kInspect = 1U << 14U,  ///< canister_inspect_message
  kTask = 1U << 15U,     ///< heartbeat, global timer, low-memory hook
};

/// "an update", "a reply callback".
std::string_view to_string(EntryPoint entry);

/// A function of the canister, by its place in table 0, with what it is to be called with.
struct Callback {
  std::uint64_t function = 0;
  std::uint64_t environment = 0;
  friend bool operator==(const Callback&, const Callback&) = default;
};

/// A call that the code performs.
struct OutgoingCall {
  Principal callee;
  std::string method;
  std::string payload;
  Callback reply;
  Callback reject;
  std::optional<Callback> cleanup;
  std::optional<std::uint32_t> timeout_s;  ///< of a bounded-wait call, at most 300
};

/// What is known of the canister and never changes.
struct CanisterSettings {
  Principal self;
  std::set<Principal> controllers;
  std::map<std::string, std::string> environment;  ///< `PUBLIC_CANISTER_ID:ledger` and the like
};

/// What an execution can learn from the state of the system, and do to it at once.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual Principal caller() = 0;
  /// Nanoseconds since 1970.
  virtual std::uint64_t time() = 0;
  /// By when the caller wants its answer, on the clock of `time`; 0: it waits as long as it takes.
  virtual std::uint64_t deadline() = 0;

  /// 1 running, 2 stopping, 3 stopped [X1].
  virtual std::uint32_t status() { return 1; }

  /// Arms the global timer for that time, or disarms it with 0; the time for which it was armed.
  virtual std::uint64_t set_timer(std::uint64_t time) = 0;
  /// Stages the call. False: no free slot (call_perform returns 2) [K3, Q3].
  virtual bool perform(const OutgoingCall& call) = 0;
};

/// The parts of a canister's state that are not WebAssembly's.
struct HostState {
  HostState();
  Memory stable;            ///< stable memory, with its own dirty blocks
  std::string certified;    ///< certified data
  std::uint64_t timer = 0;  ///< for when the global timer was armed last, 0 if it was disarmed
};

/// One execution: input, then what came of it.
struct Execution {
  EntryPoint entry = EntryPoint::kUpdate;
  std::string_view argument;     ///< payload of the request, or of the reply
  std::int32_t reject_code = 0;  ///< of the response; 0 for a reply [table Ry, Rt, C]
  std::string_view reject_text;
  bool responded = false;  ///< the call context was answered by an earlier execution

  struct Response {
    bool replied = true;
    std::string payload;  ///< or the reject's text
  };

  std::optional<Response> response;
  std::vector<std::string> prints;  ///< debug_print; they survive a trap
  std::size_t prints_bytes = 0;     ///< what was printed, about
};

/// The "ic0" imports of one instance. Not thread-safe.
class SystemApi : public Host {
 public:
  /// Longest method name and largest payload of a call, in bytes [K1].
  static constexpr std::size_t kMethodNameMax = 20'000;
  static constexpr std::size_t kPayloadMax = 10U << 20U;
  static constexpr std::size_t kCertifiedMax = 32;
  /// Largest response, of an update or any replicated execution and of a query [Q10].
  static constexpr std::size_t kResponseMax = 2U << 20U;
  static constexpr std::size_t kQueryResponseMax = 3U << 20U;
  /// Of what an execution prints only so many bytes are kept.
  static constexpr std::size_t kPrintsMax = 1U << 16U;

  explicit SystemApi(const CanisterSettings& settings) : settings_(settings) {}

  /// Before each execution; all three must last as long as it does.
  void begin(Execution& execution, Surroundings& surroundings, HostState& state);

  bool provides(const Import& import, const FunctionType& type) override;
  void call(Instance& instance, std::uint32_t function, std::span<const std::uint64_t> arguments,
            std::span<std::uint64_t> results) override;

  /// For error messages: "(i64, i64) -> ()", with `index` for addresses and sizes; empty when there
  /// is no such function.
  [[nodiscard]] static std::string type_of(std::string_view name, ValueType index);

 private:
  struct Function;
  class Body;
  static std::span<const Function> functions();

  const CanisterSettings& settings_;
  Execution* execution_ = nullptr;
  Surroundings* surroundings_ = nullptr;
  HostState* state_ = nullptr;
  std::string reply_;  ///< the reply data appended so far
  std::optional<OutgoingCall> open_call_;
  /// By imported function of the module.
  std::vector<const Function*> imports_;
};

}  // namespace heddle::wasm
