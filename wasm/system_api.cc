#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include <heddle/wasm/system_api.h>

namespace heddle::wasm {

namespace {

using Arguments = std::span<const std::uint64_t>;

/// The entry points by the names of the Interface Specification; "*" is all but the start function.
constexpr std::array<std::pair<std::string_view, EntryPoint>, 16> kEntryPoints{{
    {"s", EntryPoint::kStart},
    {"I", EntryPoint::kInit},
    {"G", EntryPoint::kPreUpgrade},
    {"U", EntryPoint::kUpdate},
    {"RQ", EntryPoint::kReplicatedQuery},
    {"NRQ", EntryPoint::kQuery},
    {"TQ", EntryPoint::kTransform},
    {"CQ", EntryPoint::kCompositeQuery},
    {"Ry", EntryPoint::kReply},
    {"Rt", EntryPoint::kReject},
    {"CRy", EntryPoint::kCompositeReply},
    {"CRt", EntryPoint::kCompositeReject},
    {"C", EntryPoint::kCleanup},
    {"CC", EntryPoint::kCompositeCleanup},
    {"F", EntryPoint::kInspect},
    {"T", EntryPoint::kTask},
}};

constexpr std::uint32_t bit(EntryPoint entry) {
  return static_cast<std::uint32_t>(entry);
}

/// "U Ry Rt" as a set of bits.
constexpr std::uint32_t entry_points(std::string_view names) {
  std::uint32_t set = 0;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    const std::string_view name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    if (name == "*") {
      set |= 0xffffU & ~bit(EntryPoint::kStart);
    }
    for (const auto& [known, entry] : kEntryPoints) {
      if (known == name) {
        set |= bit(entry);
      }
    }
  }
  return set;
}

/// "enough": what a canister has in a model that does not count cycles.
constexpr std::uint64_t kCycleBalance = 10'000'000'000'000;
constexpr std::uint64_t kVersion = 1;
constexpr std::uint32_t kBoundedWaitMax = 300;
constexpr std::string_view kRootKey = "heddle root key";

constexpr std::uint64_t kPagesMax32 = std::uint64_t{1} << 16U;  // 4 GiB

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string_view to_string(EntryPoint entry) {
  switch (entry) {
    case EntryPoint::kStart:
      return "the start function";
    case EntryPoint::kInit:
      return "canister_init";
    case EntryPoint::kPreUpgrade:
      return "canister_pre_upgrade";
    case EntryPoint::kUpdate:
      return "an update";
    case EntryPoint::kReplicatedQuery:
    case EntryPoint::kQuery:
      return "a query";
    case EntryPoint::kTransform:
      return "a transform function";
    case EntryPoint::kCompositeQuery:
      return "a composite query";
    case EntryPoint::kReply:
    case EntryPoint::kCompositeReply:
      return "a reply callback";
    case EntryPoint::kReject:
    case EntryPoint::kCompositeReject:
      return "a reject callback";
    case EntryPoint::kCleanup:
    case EntryPoint::kCompositeCleanup:
      return "a cleanup callback";
    case EntryPoint::kInspect:
      return "canister_inspect_message";
    case EntryPoint::kTask:
      return "a system task";
  }
  return "an entry point";
}

HostState::HostState() : stable(MemoryType{{0, kPagesMax32, true}}, kPagesMax32) {}

/// One import: its type in letters (I: an address or a size, i32 or i64 as the memory is; i: i32;
/// l: i64), from where it may be called, and what it does.
struct SystemApi::Function {
  std::string_view name;
  std::string_view parameters;
  std::string_view result;
  std::uint32_t where;
  std::uint64_t (*run)(Body& api, Arguments arguments);
};

/// What the functions are written in.
class SystemApi::Body {
 public:
  Body(SystemApi& api, Instance& instance, std::string_view function)
      : api_(api), instance_(instance), memory_(instance.memory()), function_(function) {}

  [[nodiscard]] Execution& execution() { return *api_.execution_; }

  [[nodiscard]] Surroundings& surroundings() { return *api_.surroundings_; }

  [[nodiscard]] HostState& state() { return *api_.state_; }

  [[nodiscard]] const CanisterSettings& settings() const { return api_.settings_; }

  [[noreturn]] void trap(std::string_view why) const {
    throw Trap(TrapKind::kHost, fmt::format("ic0.{}: {}", function_, why));
  }

  /// Copying costs what a bulk operation would: an execution has no end of it either.
  void burn(std::uint64_t bytes) const {
    constexpr std::uint64_t kBytesPerFuel = 64;
    const std::uint64_t fuel = bytes / kBytesPerFuel;
    const std::uint64_t left = instance_.fuel();
    instance_.set_fuel(left - std::min(fuel, left));
    if (fuel > left) {
      throw Trap(TrapKind::kOutOfFuel);
    }
  }

  [[nodiscard]] std::string_view read(std::uint64_t address, std::uint64_t size) const {
    const std::string_view bytes = as_text(memory_.read(address, size));
    burn(size);
    return bytes;
  }

  /// Copies a part of `source`, which is not the canister's, into its memory.
  void copy(std::string_view source, std::uint64_t address, std::uint64_t offset,
            std::uint64_t size) {
    if (offset > source.size() || size > source.size() - offset) {
      trap(fmt::format("{} bytes from {} on were asked for, there are {}", size, offset,
                       source.size()));
    }
    burn(size);
    memory_.write(address, as_bytes(source.substr(offset, size)));
  }

  void write_amount(std::uint64_t address, std::uint64_t low) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &low, sizeof low);
    memory_.write(address, bytes);
  }

  [[nodiscard]] Principal principal(std::uint64_t address, std::uint64_t size) const {
    if (size > Principal::kSizeMax) {
      trap(fmt::format("a principal of {} bytes; the longest have {}", size, Principal::kSizeMax));
    }
    return Principal::from_bytes(read(address, size));
  }

  // The response.

  [[nodiscard]] bool has_responded() {
    return execution().responded || execution().response.has_value();
  }

  void append_reply(std::uint64_t address, std::uint64_t size) {
    if (has_responded()) {
      trap("this call has been answered already");
    }
    check_response(api_.reply_.size(), size);
    api_.reply_ += read(address, size);
  }

  void check_response(std::uint64_t before, std::uint64_t more) {
    const EntryPoint entry = execution().entry;
    const std::size_t max = entry == EntryPoint::kQuery || entry == EntryPoint::kCompositeQuery
                                ? kQueryResponseMax
                                : kResponseMax;
    if (more > max - before) {
      trap(fmt::format("a response of more than {} bytes", max));
    }
  }

  void respond(bool replied, std::string payload) {
    if (has_responded()) {
      trap("this call has been answered already");
    }
    execution().response = Execution::Response{replied, std::move(payload)};
  }

  void print(std::string_view line) {
    const std::size_t left = kPrintsMax - std::min(kPrintsMax, execution().prints_bytes);
    if (line.size() <= left) {
      execution().prints.emplace_back(line);
    } else if (left > 0) {
      execution().prints.emplace_back("(what is printed from here on is left out)");
    }
    execution().prints_bytes += std::min(kPrintsMax, line.size() + 1);
  }

  std::string take_reply() { return std::exchange(api_.reply_, {}); }

  // Calls.

  std::optional<OutgoingCall>& call_slot() { return api_.open_call_; }

  OutgoingCall& open_call() {
    if (!api_.open_call_) {
      trap("there is no call under construction; call_new begins one");
    }
    return *api_.open_call_;
  }

  // Stable memory.

  Memory& stable() { return api_.state_->stable; }

  std::uint64_t grow_stable(std::uint64_t pages) {
    const std::uint64_t before = stable().pages();
    return stable().grow(pages) ? before : std::numeric_limits<std::uint64_t>::max();
  }

  /// The functions of 32 bits know no more than 4 GiB.
  void check_stable_32() {
    if (stable().pages() > kPagesMax32) {
      trap("stable memory has grown beyond 4 GiB; use the functions of 64 bits");
    }
  }

  void write_stable(std::uint64_t offset, std::uint64_t address, std::uint64_t size) {
    const std::string bytes(read(address, size));
    stable_range(offset, size);
    stable().write(offset, as_bytes(bytes));
  }

  void read_stable(std::uint64_t address, std::uint64_t offset, std::uint64_t size) {
    stable_range(offset, size);
    burn(size);
    memory_.write(address, stable().read(offset, size));
  }

  // Environment variables.

  const std::pair<const std::string, std::string>& variable(std::uint64_t index) {
    if (index >= settings().environment.size()) {
      trap(fmt::format("there are {} environment variables, number {} was asked for",
                       settings().environment.size(), index));
    }
    return *std::next(settings().environment.begin(), static_cast<std::ptrdiff_t>(index));
  }

  const std::string& value(std::uint64_t address, std::uint64_t size) {
    const std::string name(read(address, size));
    const auto found = settings().environment.find(name);
    if (found == settings().environment.end()) {
      trap(fmt::format("there is no environment variable \"{}\"", name));
    }
    return found->second;
  }

  [[nodiscard]] std::string certificate() { return "certificate of " + state().certified; }

 private:
  void stable_range(std::uint64_t offset, std::uint64_t size) {
    if (offset > stable().size_bytes() || size > stable().size_bytes() - offset) {
      trap(fmt::format("stable memory out of bounds: {} bytes at {}, of {}", size, offset,
                       stable().size_bytes()));
    }
  }

  SystemApi& api_;
  Instance& instance_;
  Memory& memory_;
  std::string_view function_;
};

std::span<const SystemApi::Function> SystemApi::functions() {
  using Self = Body;
  constexpr std::string_view kAnswering = "U RQ NRQ TQ CQ Ry Rt CRy CRt";
  constexpr std::string_view kCalling = "U CQ Ry Rt CRy CRt T";
  constexpr std::string_view kAll = "*";
  constexpr std::string_view kAllAndStart = "* s";
  const auto set = [](std::string_view names) { return entry_points(names); };
  static const std::vector<Function> kFunctions{
      // The request or response.
      {"msg_arg_data_size", "", "I", set("I U RQ NRQ TQ CQ Ry CRy F"),
       [](Self& api, Arguments) { return std::uint64_t{api.execution().argument.size()}; }},
      {"msg_arg_data_copy", "III", "", set("I U RQ NRQ TQ CQ Ry CRy F"),
       [](Self& api, Arguments a) {
         api.copy(api.execution().argument, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"msg_caller_size", "", "I", set(kAll),
       [](Self& api, Arguments) {
         return std::uint64_t{api.surroundings().caller().bytes().size()};
       }},
      {"msg_caller_copy", "III", "", set(kAll),
       [](Self& api, Arguments a) {
         const Principal caller = api.surroundings().caller();
         api.copy(caller.bytes(), a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"msg_caller_info_data_size", "", "I", set("U RQ NRQ CQ Ry Rt CRy CRt C CC F"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"msg_caller_info_data_copy", "III", "", set("U RQ NRQ CQ Ry Rt CRy CRt C CC F"),
       [](Self& api, Arguments a) {
         api.copy({}, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"msg_caller_info_signer_size", "", "I", set("U RQ NRQ CQ Ry Rt CRy CRt C CC F"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"msg_caller_info_signer_copy", "III", "", set("U RQ NRQ CQ Ry Rt CRy CRt C CC F"),
       [](Self& api, Arguments a) {
         api.copy({}, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"msg_reject_code", "", "i", set("Ry Rt CRy CRt C"),
       [](Self& api, Arguments) {
         return std::uint64_t{static_cast<std::uint32_t>(api.execution().reject_code)};
       }},
      {"msg_reject_msg_size", "", "I", set("Rt CRt"),
       [](Self& api, Arguments) { return std::uint64_t{api.execution().reject_text.size()}; }},
      {"msg_reject_msg_copy", "III", "", set("Rt CRt"),
       [](Self& api, Arguments a) {
         api.copy(api.execution().reject_text, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"msg_deadline", "", "l", set("U RQ NRQ CQ Ry Rt CRy CRt"),
       [](Self& api, Arguments) { return api.surroundings().deadline(); }},

      // The response.
      {"msg_reply_data_append", "II", "", set(kAnswering),
       [](Self& api, Arguments a) {
         api.append_reply(a[0], a[1]);
         return std::uint64_t{0};
       }},
      {"msg_reply", "", "", set(kAnswering),
       [](Self& api, Arguments) {
         api.respond(true, api.take_reply());
         return std::uint64_t{0};
       }},
      {"msg_reject", "II", "", set(kAnswering),
       [](Self& api, Arguments a) {
         api.check_response(0, a[1]);
         api.respond(false, std::string(api.read(a[0], a[1])));
         return std::uint64_t{0};
       }},

      // Cycles: a model that counts none. The balance is large and constant, none are attached.
      {"msg_cycles_available128", "I", "", set("U RQ Rt Ry"),
       [](Self& api, Arguments a) {
         api.write_amount(a[0], 0);
         return std::uint64_t{0};
       }},
      {"msg_cycles_refunded128", "I", "", set("Rt Ry"),
       [](Self& api, Arguments a) {
         api.write_amount(a[0], 0);
         return std::uint64_t{0};
       }},
      {"msg_cycles_accept128", "llI", "", set("U RQ Rt Ry"),
       [](Self& api, Arguments a) {
         api.write_amount(a[2], 0);
         return std::uint64_t{0};
       }},
      {"cycles_burn128", "llI", "", set("I G U RQ Ry Rt C T"),
       [](Self& api, Arguments a) {
         api.write_amount(a[2], a[0] != 0 ? kCycleBalance : std::min(a[1], kCycleBalance));
         return std::uint64_t{0};
       }},
      {"canister_cycle_balance128", "I", "", set(kAll),
       [](Self& api, Arguments a) {
         api.write_amount(a[0], kCycleBalance);
         return std::uint64_t{0};
       }},
      {"canister_liquid_cycle_balance128", "I", "", set(kAll),
       [](Self& api, Arguments a) {
         api.write_amount(a[0], kCycleBalance);
         return std::uint64_t{0};
       }},
      {"msg_cycles_available", "", "l", set("U RQ Rt Ry"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"msg_cycles_refunded", "", "l", set("Rt Ry"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"msg_cycles_accept", "l", "l", set("U RQ Rt Ry"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"canister_cycle_balance", "", "l", set(kAll),
       [](Self&, Arguments) { return kCycleBalance; }},

      // The canister.
      {"canister_self_size", "", "I", set(kAll),
       [](Self& api, Arguments) { return std::uint64_t{api.settings().self.bytes().size()}; }},
      {"canister_self_copy", "III", "", set(kAll),
       [](Self& api, Arguments a) {
         api.copy(api.settings().self.bytes(), a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"canister_status", "", "i", set(kAll),
       [](Self& api, Arguments) { return std::uint64_t{api.surroundings().status()}; }},
      {"canister_version", "", "l", set(kAll), [](Self&, Arguments) { return kVersion; }},
      {"subnet_self_size", "", "I", set(kAll),
       [](Self&, Arguments) { return std::uint64_t{Principal::named("subnet").bytes().size()}; }},
      {"subnet_self_copy", "III", "", set(kAll),
       [](Self& api, Arguments a) {
         const Principal subnet = Principal::named("subnet");
         api.copy(subnet.bytes(), a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"is_controller", "II", "i", set(kAllAndStart),
       [](Self& api, Arguments a) {
         return std::uint64_t{api.settings().controllers.contains(api.principal(a[0], a[1]))};
       }},
      {"msg_method_name_size", "", "I", set("F"),
       [](Self&, Arguments) { return std::uint64_t{0}; }},
      {"msg_method_name_copy", "III", "", set("F"),
       [](Self& api, Arguments a) {
         api.copy({}, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"accept_message", "", "", set("F"), [](Self&, Arguments) { return std::uint64_t{0}; }},

      // Calls.
      {"call_new", "IIIIIIII", "", set(kCalling),
       [](Self& api, Arguments a) {
         OutgoingCall call;
         call.callee = api.principal(a[0], a[1]);
         if (a[3] > kMethodNameMax) {
           api.trap(fmt::format("a method name of {} bytes; at most {}", a[3], kMethodNameMax));
         }
         call.method = api.read(a[2], a[3]);
         call.reply = {a[4], a[5]};
         call.reject = {a[6], a[7]};
         api.call_slot() = std::move(call);  // an unfinished one is dropped [K1]
         return std::uint64_t{0};
       }},
      {"call_on_cleanup", "II", "", set(kCalling),
       [](Self& api, Arguments a) {
         if (api.open_call().cleanup) {
           api.trap("this call has a cleanup callback already");
         }
         api.open_call().cleanup = Callback{a[0], a[1]};
         return std::uint64_t{0};
       }},
      {"call_data_append", "II", "", set(kCalling),
       [](Self& api, Arguments a) {
         OutgoingCall& call = api.open_call();
         if (a[1] > kPayloadMax - call.payload.size()) {
           api.trap(fmt::format("a payload of more than {} bytes", kPayloadMax));
         }
         call.payload += api.read(a[0], a[1]);
         return std::uint64_t{0};
       }},
      {"call_with_best_effort_response", "i", "", set(kCalling),
       [](Self& api, Arguments a) {
         if (api.open_call().timeout_s) {
           api.trap("this call has a timeout already");
         }
         api.open_call().timeout_s = std::min(static_cast<std::uint32_t>(a[0]), kBoundedWaitMax);
         return std::uint64_t{0};
       }},
      {"call_cycles_add128", "ll", "", set("U Ry Rt T"),
       [](Self& api, Arguments a) {
         api.open_call();
         if (a[0] != 0 || a[1] > kCycleBalance) {
           api.trap("more cycles than the canister has");
         }
         return std::uint64_t{0};
       }},
      {"call_cycles_add", "l", "", set("U Ry Rt T"),
       [](Self& api, Arguments a) {
         api.open_call();
         if (a[0] > kCycleBalance) {
           api.trap("more cycles than the canister has");
         }
         return std::uint64_t{0};
       }},
      {"call_perform", "", "i", set(kCalling),
       [](Self& api, Arguments) {
         const OutgoingCall call = std::move(api.open_call());
         api.call_slot().reset();
         constexpr std::uint64_t kSysTransient = 2;
         return api.surroundings().perform(call) ? std::uint64_t{0} : kSysTransient;
       }},

      // Stable memory.
      {"stable64_size", "", "l", set(kAllAndStart),
       [](Self& api, Arguments) { return api.stable().pages(); }},
      {"stable64_grow", "l", "l", set(kAllAndStart),
       [](Self& api, Arguments a) { return api.grow_stable(a[0]); }},
      {"stable64_write", "lll", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_stable(a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"stable64_read", "lll", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.read_stable(a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"stable_size", "", "i", set(kAllAndStart),
       [](Self& api, Arguments) {
         api.check_stable_32();
         return api.stable().pages();
       }},
      {"stable_grow", "i", "i", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.check_stable_32();
         return api.grow_stable(a[0]) & std::numeric_limits<std::uint32_t>::max();
       }},
      {"stable_write", "iii", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.check_stable_32();
         api.write_stable(a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"stable_read", "iii", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.check_stable_32();
         api.read_stable(a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},

      // Certification.
      {"root_key_size", "", "I", set("I G U RQ Ry Rt C T"),
       [](Self&, Arguments) { return std::uint64_t{kRootKey.size()}; }},
      {"root_key_copy", "III", "", set("I G U RQ Ry Rt C T"),
       [](Self& api, Arguments a) {
         api.copy(kRootKey, a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},
      {"certified_data_set", "II", "", set("I G U Ry Rt T"),
       [](Self& api, Arguments a) {
         if (a[1] > kCertifiedMax) {
           api.trap(fmt::format("{} bytes of certified data; at most {}", a[1], kCertifiedMax));
         }
         api.state().certified = api.read(a[0], a[1]);
         return std::uint64_t{0};
       }},
      {"data_certificate_present", "", "i", set(kAll),
       [](Self& api, Arguments) {
         const EntryPoint entry = api.execution().entry;
         return std::uint64_t{entry == EntryPoint::kQuery || entry == EntryPoint::kCompositeQuery};
       }},
      {"data_certificate_size", "", "I", set("NRQ CQ"),
       [](Self& api, Arguments) { return std::uint64_t{api.certificate().size()}; }},
      {"data_certificate_copy", "III", "", set("NRQ CQ"),
       [](Self& api, Arguments a) {
         api.copy(api.certificate(), a[0], a[1], a[2]);
         return std::uint64_t{0};
       }},

      // Time and counters.
      {"time", "", "l", set(kAll), [](Self& api, Arguments) { return api.surroundings().time(); }},
      {"global_timer_set", "l", "l", set("I G U Ry Rt C T"),
       [](Self& api, Arguments a) { return api.surroundings().set_timer(a[0]); }},
      {"performance_counter", "i", "l", set(kAllAndStart),
       [](Self& api, Arguments a) {
         if (a[0] > 1) {
           api.trap(fmt::format("there is no counter {}", a[0]));
         }
         return std::uint64_t{0};
       }},
      {"in_replicated_execution", "", "i", set(kAllAndStart),
       [](Self& api, Arguments) {
         constexpr std::uint32_t kNotReplicated = entry_points("NRQ TQ CQ CRy CRt CC F");
         return std::uint64_t{(bit(api.execution().entry) & kNotReplicated) == 0};
       }},
      {"cost_call", "llI", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[2], 0);
         return std::uint64_t{0};
       }},
      {"cost_create_canister", "I", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[0], 0);
         return std::uint64_t{0};
       }},
      {"cost_http_request", "llI", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[2], 0);
         return std::uint64_t{0};
       }},
      {"cost_sign_with_ecdsa", "IIiI", "i", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[3], 0);
         return std::uint64_t{0};
       }},
      {"cost_sign_with_schnorr", "IIiI", "i", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[3], 0);
         return std::uint64_t{0};
       }},
      {"cost_vetkd_derive_key", "IIiI", "i", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.write_amount(a[3], 0);
         return std::uint64_t{0};
       }},

      // Environment variables.
      {"env_var_count", "", "I", set(kAll),
       [](Self& api, Arguments) { return std::uint64_t{api.settings().environment.size()}; }},
      {"env_var_name_size", "I", "I", set(kAll),
       [](Self& api, Arguments a) { return std::uint64_t{api.variable(a[0]).first.size()}; }},
      {"env_var_name_copy", "IIII", "", set(kAll),
       [](Self& api, Arguments a) {
         api.copy(api.variable(a[0]).first, a[1], a[2], a[3]);
         return std::uint64_t{0};
       }},
      {"env_var_name_exists", "II", "i", set(kAll),
       [](Self& api, Arguments a) {
         return std::uint64_t{
             api.settings().environment.contains(std::string(api.read(a[0], a[1])))};
       }},
      {"env_var_value_size", "II", "I", set(kAll),
       [](Self& api, Arguments a) { return std::uint64_t{api.value(a[0], a[1]).size()}; }},
      {"env_var_value_copy", "IIIII", "", set(kAll),
       [](Self& api, Arguments a) {
         api.copy(api.value(a[0], a[1]), a[2], a[3], a[4]);
         return std::uint64_t{0};
       }},

      // Messages to the developer.
      {"debug_print", "II", "", set(kAllAndStart),
       [](Self& api, Arguments a) {
         api.print(api.read(a[0], a[1]));
         return std::uint64_t{0};
       }},
      {"trap", "II", "", set(kAllAndStart),
       [](Self& api, Arguments a) -> std::uint64_t {
         throw Trap(TrapKind::kHost, std::string(api.read(a[0], a[1])));
       }},
  };
  return kFunctions;
}

std::string SystemApi::type_of(std::string_view name, ValueType index) {
  const auto type = [&](std::string_view letters) {
    std::vector<ValueType> types;
    for (const char letter : letters) {
      types.push_back(letter == 'I' ? index : letter == 'i' ? ValueType::kI32 : ValueType::kI64);
    }
    return types;
  };
  for (const Function& function : functions()) {
    if (function.name == name) {
      return to_string(FunctionType{type(function.parameters), type(function.result)});
    }
  }
  return {};
}

bool SystemApi::provides(const Import& import, const FunctionType& type) {
  if (import.module != "ic0") {
    return false;
  }
  const auto functions = SystemApi::functions();
  const auto found = std::ranges::find(functions, import.name, &Function::name);
  // Which of i32 and i64 addresses are is the same for all that the code imports.
  if (found == functions.end() || (to_string(type) != type_of(import.name, ValueType::kI32) &&
                                   to_string(type) != type_of(import.name, ValueType::kI64))) {
    return false;
  }
  imports_.resize(std::max(imports_.size(), std::size_t{import.index} + 1));
  imports_[import.index] = &*found;
  return true;
}

void SystemApi::begin(Execution& execution, Surroundings& surroundings, HostState& state) {
  execution_ = &execution;
  surroundings_ = &surroundings;
  state_ = &state;
  reply_.clear();
  open_call_.reset();
}

void SystemApi::call(Instance& instance, std::uint32_t function, Arguments arguments,
                     std::span<std::uint64_t> results) {
  const Function& called = *imports_[function];
  if ((called.where & bit(execution_->entry)) == 0) {
    throw Trap(TrapKind::kHost, fmt::format("ic0.{} cannot be called from {}", called.name,
                                            to_string(execution_->entry)));
  }
  if (!instance.has_memory()) {
    throw Trap(TrapKind::kHost, fmt::format("ic0.{}: the module has no memory", called.name));
  }
  Body body(*this, instance, called.name);
  const std::uint64_t result = called.run(body, arguments);
  if (!results.empty()) {
    results[0] = called.result == "i" ? result & std::numeric_limits<std::uint32_t>::max() : result;
  }
}

}  // namespace heddle::wasm
