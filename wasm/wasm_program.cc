#include <algorithm>
#include <cstring>
#include <deque>

#include <fmt/format.h>
#include <fmt/ranges.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <heddle/model/epoch.h>
#include <heddle/model/shown.h>
#include <heddle/model/trap.h>
#include <heddle/model/value.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/engine/error.h>
#include <heddle/wasm/internal/packed.h>
#include <heddle/wasm/wasm_program.h>

namespace heddle::wasm {

namespace {

using internal::append;
using internal::take;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::string_view kHelperMethod = "__motoko_async_helper";
/// The Candid message `(n : nat32)` as Motoko's helper call sends it, without the number.
constexpr std::string_view kHelperPrefix{"DIDL\x00\x01\x79", 7};
constexpr std::size_t kHelperSize = 11;
constexpr Subject kImage{};

Shown show_bytes(std::string_view bytes) {
  return {Shown::Kind::kName, fmt::format("({} bytes)", bytes.size())};
}

bool is_entry_type(const FunctionType& type) {
  return type.parameters.empty() && type.results.empty();
}

/// The surroundings of the start function and of canister_init: a canister that nobody has called.
class InstallSurroundings : public Surroundings {
 public:
  Principal caller() override { return Principal::management(); }

  std::uint64_t time() override { return kEpochNs; }

  std::uint64_t deadline() override { return 0; }

  std::uint64_t set_timer(std::uint64_t time) override { return std::exchange(timer, time); }

  bool perform(const OutgoingCall& /*call*/) override { return false; }

  std::uint64_t timer = 0;
};

/// The surroundings of a query that a property asks.
class QuerySurroundings : public Surroundings {
 public:
  explicit QuerySurroundings(View& view, bool clock) : view_(view), clock_(clock) {}

  Principal caller() override { return Principal::anonymous(); }

  std::uint64_t time() override { return kEpochNs + (clock_ ? view_.time() * kNanoseconds : 0); }

  std::uint64_t deadline() override { return 0; }

  std::uint64_t set_timer(std::uint64_t /*time*/) override { return 0; }

  bool perform(const OutgoingCall& /*call*/) override { return false; }

 private:
  View& view_;
  bool clock_;
};

std::uint64_t seconds_until(std::uint64_t time, std::uint64_t now) {
  return time <= now ? 1
                     : std::max<std::uint64_t>(1, (time - now + kNanoseconds - 1) / kNanoseconds);
}

}  // namespace

std::string unusable(std::string_view canister, std::string_view why) {
  return fmt::format(
      "{}: its module cannot be used: {}. Is the file whole, and compiled for the Internet "
      "Computer?",
      canister, why);
}

/// What is exported for a method.
struct WasmProgram::Entry {
  EntryPoint entry = EntryPoint::kUpdate;
  std::uint32_t function = 0;
};

/// A call whose response is awaited, as a continuation holds it.
struct WasmProgram::OpenCall {
  CallIndex index = 0;
  CanisterId callee = kNoCanister;
  MethodId method = Send::kNoMethod;
  Callback reply;
  Callback reject;
  std::optional<Callback> cleanup;
  /// The callbacks' environment is a place in the table of continuations, to be looked up by name.
  bool in_slot = false;
};

struct WasmProgram::Continuation {
  bool responded = false;
  std::vector<OpenCall> calls;  ///< by index

  [[nodiscard]] std::string to_bytes() const {
    std::string bytes;
    append(bytes, static_cast<char>(responded));
    for (const OpenCall& call : calls) {
      append(bytes, call.index);
      append(bytes, call.callee);
      append(bytes, call.method);
      append(bytes, static_cast<char>(call.in_slot ? 1 : 0));
      append(bytes, static_cast<char>(call.cleanup ? 1 : 0));
      for (const Callback& callback :
           {call.reply, call.reject, call.cleanup.value_or(Callback{})}) {
        append(bytes, callback.function);
        append(bytes, callback.environment);
      }
    }
    return bytes;
  }

  static Continuation from_bytes(std::string_view bytes) {
    Continuation continuation;
    if (bytes.empty()) {
      return continuation;
    }
    continuation.responded = take<char>(bytes) != 0;
    while (!bytes.empty()) {
      OpenCall call;
      call.index = take<CallIndex>(bytes);
      call.callee = take<CanisterId>(bytes);
      call.method = take<MethodId>(bytes);
      call.in_slot = take<char>(bytes) != 0;
      const bool has_cleanup = take<char>(bytes) != 0;
      const auto callback = [&] {
        const auto function = take<std::uint64_t>(bytes);
        return Callback{function, take<std::uint64_t>(bytes)};
      };
      call.reply = callback();
      call.reject = callback();
      if (const Callback cleanup = callback(); has_cleanup) {
        call.cleanup = cleanup;
      }
      continuation.calls.push_back(call);
    }
    return continuation;
  }
};

/// One execution of the canister's code for the kernel.
class WasmProgram::Piece : public Surroundings {
 public:
  Piece(WasmProgram& program, View& view)
      : program_(program), view_(view), machine_(program.take_machine()) {}

  ~Piece() override { program_.give_back(std::move(machine_)); }

  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  void run() {
    const PieceInput& input = view_.input();
    before_ = program_.image_of(view_.tables().values[view_.look(kImage)]);
    program_.images_.put(*machine_, before_);
    slots_ = before_.slots;
    continuation_ = Continuation::from_bytes(view_.continuation());
    execution_.responded = continuation_.responded;
    machine_->api.begin(execution_, *this, machine_->host);
    machine_->instance.set_fuel(program_.options_.fuel);
    try {
      switch (input.mode) {
        case PieceInput::Mode::kStart:
          start();
          break;
        case PieceInput::Mode::kResume:
          callback();
          break;
        case PieceInput::Mode::kCleanup:
          cleanup();
          break;
      }
    } catch (const Trap& trap) {
      note_prints();
      program_.images_.undo(*machine_);
      note_stack(trap);
      view_.mark_trapped(program_.text_of(trap), was_made_undecodable());
      return;
    } catch (...) {
      program_.images_.undo(*machine_);
      throw;
    }
    note_prints();
    finish();
  }

  /// Whether the code was resumed with a reply that the environment has made undecodable (D18).
  [[nodiscard]] bool was_made_undecodable() const {
    const PieceInput& input = view_.input();
    return input.mode == PieceInput::Mode::kResume && input.answers.front().replied &&
           view_.tables().values[input.answers.front().value] == kUndecodable;
  }

  // Surroundings.

  Principal caller() override {
    return heddle::from_bytes<Principal>(view_.tables().values[view_.caller()]);
  }

  std::uint64_t time() override {
    const bool clock = program_.directory_ != nullptr && program_.directory_->clock;
    return kEpochNs + (clock ? view_.time() * kNanoseconds : 0);
  }

  std::uint64_t deadline() override {
    const std::uint64_t deadline = view_.deadline();
    return deadline == 0 ? 0 : kEpochNs + (deadline - 1) * kNanoseconds;
  }

  std::uint32_t status() override { return view_.status(); }

  std::uint64_t set_timer(std::uint64_t time) override {
    const std::uint64_t before = view_.timer() == 0 ? 0 : machine_->host.timer;
    machine_->host.timer = time;
    if (time == 0) {
      view_.cancel_timer();
    } else {
      view_.set_timer(seconds_until(time, this->time()));
    }
    return before;
  }

  bool perform(const OutgoingCall& call) override {
    Send send;
    std::string payload = call.payload;
    const bool to_self = call.callee == program_.options_.settings.self;
    const auto helper = to_self ? helper_slot(call) : std::nullopt;
    if (helper) {
      std::memset(payload.data() + kHelperPrefix.size(), 0, sizeof(std::uint32_t));
    }
    Interner& values = view_.tables().values;
    send.callee = to_self ? view_.canister()
                          : (program_.directory_ != nullptr ? program_.directory_->find(call.callee)
                                                            : kNoCanister);
    send.method_name = values.intern(call.method);
    if (send.callee == kNoCanister) {
      send.callee_principal = values.intern(heddle::to_bytes(call.callee));
      send.method = Send::kNoMethod;
    } else {
      send.method = info_of(send.callee).method(call.method);
      if (send.method != Send::kNoMethod) {
        send.method_name = 0;
      }
    }
    send.arguments = values.intern(in_callees_form(send, std::move(payload)));
    send.timeout = call.timeout_s;
    const std::optional<CallIndex> index = view_.send(send);
    if (!index) {
      return false;
    }
    OpenCall open{*index, send.callee, send.method, call.reply, call.reject, call.cleanup, false};
    if (program_.heap_) {
      const std::string name = call_name(*index);
      if (call.reply.environment == call.reject.environment &&
          (!call.cleanup || call.cleanup->environment == call.reply.environment)) {
        remember(name, static_cast<std::uint32_t>(call.reply.environment));
        open.in_slot = true;
        open.reply.environment = 0;
        open.reject.environment = 0;
        if (open.cleanup) {
          open.cleanup->environment = 0;
        }
      }
      if (helper) {
        remember(name + "!", *helper);
      }
    }
    continuation_.calls.push_back(open);
    return true;
  }

 private:
  [[nodiscard]] const ProgramInfo& info_of(CanisterId canister) const {
    return canister == view_.canister() ? program_.info_ : *program_.directory_->infos[canister];
  }

  // Model canisters have an encoding of their own.

  /// The arguments as the callee has them. One whose types they do not fit would trap when it reads
  /// them; here it has no such method, which its caller cannot tell apart.
  std::string in_callees_form(Send& send, std::string payload) {
    if (send.callee == kNoCanister || send.method == Send::kNoMethod ||
        info_of(send.callee).candid) {
      return payload;
    }
    const MethodInfo& method = info_of(send.callee).methods[send.method];
    try {
      if (method.arguments_type == nullptr) {
        throw BrokenInvariant(fmt::format("nothing is known of the arguments of {}", method.name));
      }
      return candid::bytes_of_message(method.arguments_type(), payload, program_.directory_.get());
    } catch (const candid::CandidError& error) {
      view_.note(fmt::format("{}.{} cannot read its arguments: {}",
                             program_.directory_->names[send.callee], method.name, error.what()));
      send.method_name = view_.tables().values.intern(method.name);
      send.method = Send::kNoMethod;
      return payload;
    }
  }

  /// A reply as a Candid message.
  std::string in_our_form(const OpenCall& call, std::string_view reply) {
    if (call.callee == kNoCanister || call.method == Send::kNoMethod ||
        info_of(call.callee).candid) {
      return std::string(reply);
    }
    const MethodInfo& method = info_of(call.callee).methods[call.method];
    return method.reply_type == nullptr
               ? std::string(reply)
               : candid::message_of(method.reply_type(), reply, program_.directory_.get());
  }

  // Continuations in Motoko's table, by name.

  /// The callee's context has the same name, wherever it is.
  std::string call_name(CallIndex index) {
    return fmt::format("{}/{}", view_.tables().values[view_.context_name()], index + 1);
  }

  void remember(const std::string& name, std::uint32_t slot) {
    slots_.push_back({program_.images_.names().intern(name), slot});
  }

  /// The place of that name, which is then no longer remembered: it is about to be used up.
  std::uint32_t recall(const std::string& name) {
    const std::uint32_t id = program_.images_.names().find(name);
    const auto found = std::ranges::find(slots_, id, &ImageSlot::name);
    if (id == 0 || found == slots_.end()) {
      throw BrokenInvariant(
          fmt::format("{}: the continuation {} is nowhere", program_.name_, name));
    }
    const std::uint32_t slot = found->slot;
    slots_.erase(found);
    return slot;
  }

  static std::optional<std::uint32_t> slot_in(std::string_view payload) {
    if (payload.size() != kHelperSize || !payload.starts_with(kHelperPrefix)) {
      return std::nullopt;
    }
    std::uint32_t slot = 0;
    std::memcpy(&slot, payload.data() + kHelperPrefix.size(), sizeof slot);
    return slot;
  }

  /// Motoko runs a local `async` as a call to itself whose argument is a place in the table.
  std::optional<std::uint32_t> helper_slot(const OutgoingCall& call) const {
    return program_.heap_ && call.method == kHelperMethod ? slot_in(call.payload) : std::nullopt;
  }

  // The kinds of execution.

  void start() {
    const PieceInput& input = view_.input();
    const Entry& entry = program_.entries_[input.method];
    if (entry.entry == EntryPoint::kTask) {
      continuation_.responded = true;  // there is nobody to answer [C7]
      execution_.responded = true;
      if (program_.info_.methods[input.method].kind == MethodKind::kTimer) {
        machine_->host.timer = 0;
      }
    } else {
      argument_ = view_.tables().values[input.arguments];
      if (program_.heap_ && program_.info_.methods[input.method].name == kHelperMethod &&
          slot_in(argument_)) {
        const std::uint32_t slot =
            recall(std::string(view_.tables().values[view_.context_name()]) + "!");
        std::memcpy(argument_.data() + kHelperPrefix.size(), &slot, sizeof slot);
      }
    }
    execution_.entry = entry.entry;
    execution_.argument = argument_;
    ++program_.executions_;
    machine_->instance.invoke(entry.function, {}, {});
  }

  OpenCall take_call() {
    const auto call =
        std::ranges::find(continuation_.calls, view_.input().resumed_call, &OpenCall::index);
    if (call == continuation_.calls.end()) {
      throw BrokenInvariant(fmt::format("{}: call {} is not awaited", program_.name_,
                                        view_.input().resumed_call + 1));
    }
    OpenCall taken = *call;
    continuation_.calls.erase(call);
    if (taken.in_slot) {
      const std::uint32_t slot = recall(call_name(taken.index));
      taken.reply.environment = slot;
      taken.reject.environment = slot;
      if (taken.cleanup) {
        taken.cleanup->environment = slot;
      }
    }
    return taken;
  }

  void callback() {
    const OpenCall call = take_call();
    const Answer& answer = view_.input().answers.front();
    const std::string_view value = view_.tables().values[answer.value];
    argument_ = answer.replied ? in_our_form(call, value) : std::string(value);
    execution_.reject_code = static_cast<std::int32_t>(answer.code);
    if (answer.replied) {
      execution_.entry = EntryPoint::kReply;
      execution_.argument = argument_;
      run_callback(call.reply);
    } else {
      execution_.entry = EntryPoint::kReject;
      execution_.reject_text = argument_;
      run_callback(call.reject);
    }
  }

  /// After a trap of the callback of this call, whose changes are undone [C8, C9].
  void cleanup() {
    const OpenCall call = take_call();
    if (!call.cleanup) {
      return;
    }
    execution_.entry = EntryPoint::kCleanup;
    execution_.reject_code = static_cast<std::int32_t>(view_.input().answers.front().code);
    const std::vector<ImageSlot> slots = slots_;
    try {
      run_callback(*call.cleanup);
    } catch (const Trap& trap) {
      program_.images_.undo(*machine_);
      slots_ = slots;
      view_.note(fmt::format("cleanup trapped: {}", program_.text_of(trap)));
    }
  }

  void run_callback(const Callback& callback) {
    const ValueType index = index_type(program_.module_->memory()->limits);
    ++program_.executions_;
    machine_->instance.call_table(0, callback.function, FunctionType{{index}, {}},
                                  std::array{callback.environment}, {});
  }

  void note_prints() {
    for (const std::string& line : execution_.prints) {
      view_.note(fmt::format("debug_print: {}", line));
    }
  }

  void note_stack(const Trap& trap) {
    constexpr std::size_t kShown = 8;
    std::vector<std::string> names;
    for (const std::uint32_t function : trap.stack()) {
      if (names.size() == kShown) {
        names.emplace_back("...");
        break;
      }
      names.push_back(program_.module_->describe_function(function));
    }
    if (!names.empty()) {
      view_.note(fmt::format("trapped in {}", fmt::join(names, " < ")));
    }
  }

  void finish() {
    if (view_.input().query) {
      program_.images_.undo(*machine_);  // [L1]
    } else {
      const std::string value = program_.value_of(*machine_, std::move(slots_));
      view_.write(view_.canister(), kImage, view_.tables().values.intern(value), nullptr);
    }
    if (execution_.response) {
      if (execution_.response->replied) {
        view_.reply(view_.tables().values.intern(execution_.response->payload));
      } else {
        view_.reject(execution_.response->payload, false);
      }
      continuation_.responded = true;
    }
    if (!continuation_.calls.empty()) {
      std::vector<CallIndex> calls;
      for (const OpenCall& call : continuation_.calls) {
        calls.push_back(call.index);
      }
      view_.wait_for_each(std::move(calls), continuation_.to_bytes());
    }
  }

  WasmProgram& program_;
  View& view_;
  std::unique_ptr<Machine> machine_;
  CanisterImage before_;
  std::vector<ImageSlot> slots_;
  Continuation continuation_;
  Execution execution_;
  std::string argument_;
};

std::shared_ptr<const Module> WasmProgram::decoded(const std::string& name,
                                                   std::span<const std::uint8_t> bytes) {
  try {
    return Module::decode(bytes);
  } catch (const WasmError& error) {
    throw Misuse(unusable(name, error.what()));
  }
}

WasmProgram::WasmProgram(std::string name, std::span<const std::uint8_t> bytes, WasmOptions options)
    : WasmProgram(name, decoded(name, bytes), std::move(options)) {}

WasmProgram::WasmProgram(std::string name, std::shared_ptr<const Module> module,
                         WasmOptions options)
    : name_(std::move(name)), options_(std::move(options)), module_(std::move(module)) {
  describe();
  install();
}

WasmProgram::~WasmProgram() = default;

void WasmProgram::fail(std::string_view why) const {
  throw Misuse(fmt::format("{}: {}", name_, why));
}

void WasmProgram::fail_module(std::string_view why) const {
  throw Misuse(unusable(name_, why));
}

std::string WasmProgram::text_of(const Trap& trap) const {
  switch (trap.kind()) {
    case TrapKind::kOutOfFuel:
      return fmt::format("out of fuel: no end after {} calls and turns of loops", options_.fuel);
    case TrapKind::kCallStackExhausted:
      return fmt::format("call stack exhausted: {} nested calls are too many", trap.depth());
    default:
      return trap.message();
  }
}

void WasmProgram::describe() {
  struct Kind {
    std::string_view prefix;
    MethodKind kind;
    EntryPoint entry;
  };

  constexpr std::array<Kind, 2> kCalled{{
      {"canister_update ", MethodKind::kUpdate, EntryPoint::kUpdate},
      {"canister_query ", MethodKind::kQuery, EntryPoint::kReplicatedQuery},
  }};
  constexpr std::array<Kind, 2> kTasks{{
      {"canister_heartbeat", MethodKind::kHeartbeat, EntryPoint::kTask},
      {"canister_global_timer", MethodKind::kTimer, EntryPoint::kTask},
  }};
  info_.type_name = name_;
  info_.candid = &candid::candid_form();
  info_.writes_of_traps_lost =
      "in the middle of an execution the memory of compiled code is also its language's runtime in "
      "the middle of its work (Motoko's lifecycle, the executor of Rust), and would fail for that "
      "alone. Give it up with a model of this canister in C++.";
  info_.no_other_code =
      "a compiled canister is stopped and started, and no more. Use a model of it in C++.";
  for (const Export& exported : module_->exports()) {
    const auto add = [&](const Kind& kind, std::string method) {
      if (exported.kind != ExternalKind::kFunction ||
          !is_entry_type(module_->function_type(exported.index))) {
        fail(fmt::format("its export \"{}\" must be a function without parameters and results",
                         exported.name));
      }
      if (info_.method(method) != Send::kNoMethod) {
        fail(fmt::format("it exports {} both as an update and as a query", method));
      }
      MethodInfo info;
      info.name = std::move(method);
      info.kind = kind.kind;
      info.is_runtimes_own = info.name == kHelperMethod;
      info.show_arguments = show_bytes;
      info.show_reply = show_bytes;
      info_.methods.push_back(std::move(info));
      entries_.push_back({kind.entry, exported.index});
    };
    for (const Kind& kind : kCalled) {
      if (exported.name.starts_with(kind.prefix)) {
        add(kind, exported.name.substr(kind.prefix.size()));
      }
    }
    if (constexpr std::string_view kComposite = "canister_composite_query ";
        exported.name.starts_with(kComposite)) {
      composite_queries_.push_back(exported.name.substr(kComposite.size()));
    }
    for (const Kind& kind : kTasks) {
      if (exported.name == kind.prefix) {
        add(kind, exported.name);
      }
    }
  }
}

void WasmProgram::install() {
  InstanceOptions options;
  options.memory_pages_max = options_.memory_pages_max;
  options.call_depth_max = options_.call_depth_max;

  SystemApi api(options_.settings);
  HostState& host = first_host_;
  InstallSurroundings surroundings;
  Execution execution;
  execution.entry = EntryPoint::kStart;
  api.begin(execution, surroundings, host);
  try {
    Instance instance(module_, api, options);
    instance.set_fuel(options_.fuel);
    try {
      instance.initialise();
      find_stack(instance);
      if (const auto init = module_->exported_function("canister_init")) {
        execution.entry = EntryPoint::kInit;
        execution.argument = options_.init_argument;
        api.begin(execution, surroundings, host);
        instance.invoke(*init, {}, {});
      }
    } catch (const Trap& trap) {
      if (execution.entry == EntryPoint::kStart && !module_->start_function()) {
        fail_module(fmt::format("a data or element segment does not fit: {}", text_of(trap)));
      }
      fail(
          fmt::format("its {} trapped: {}. Look at the init argument, and at what it expects of "
                      "its surroundings.",
                      execution.entry == EntryPoint::kStart ? "start function" : "canister_init",
                      text_of(trap)));
    }
    first_ = instance.capture_image();
    std::erase_if(first_.blocks, [this](const Image::Block& block) {
      return (std::uint64_t{block.index} + 1) * Memory::kBlockBytes <= stack_end_;
    });
  } catch (const WasmError& error) {
    fail_module(error.what());
  }
  if (surroundings.timer != 0) {
    info_.initial_timer = seconds_until(surroundings.timer, kEpochNs);
    host.timer = surroundings.timer;
  }

  std::string why;
  if (options_.compare_bytes) {
    why = "so it was asked for";
  } else {
    heap_ = MotokoHeap::find(*module_, why);
  }
  auto machine = take_machine();
  images_.set_first(*machine);
  first_rest_ = images_.take(*machine, {}).rest;
  if (heap_) {
    std::vector<std::uint32_t> slots;
    std::string key;
    if (!heap_->occupied(machine->instance.memory(), slots) ||
        !heap_->append_key(machine->instance.memory(), {}, key)) {
      heap_.reset();
      why = "its objects are not laid out as those of the known versions of moc";
    }
  }
  if (heap_) {
    variables_ = MotokoVariables::find(*module_);
  }
  note_ = heap_ ? fmt::format("{}: states are equal when their object graphs are", name_)
                : fmt::format(
                      "{}: states are equal when their bytes are ({}), so equal ones may be "
                      "counted apart",
                      name_, why);
  VariableInfo image;
  image.name = "image";
  image.initial = value_of(*machine, {});
  image.show_value = [](std::string_view bytes) {
    const auto hash = static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
    return Shown{Shown::Kind::kName, fmt::format("image {:08x}", hash)};
  };
  info_.variables.push_back(std::move(image));
  give_back(std::move(machine));
}

void WasmProgram::show_messages(std::string_view method,
                                std::function<Shown(std::string_view)> arguments,
                                std::function<Shown(std::string_view)> reply) {
  MethodInfo& info = info_.methods.at(info_.method(method));
  info.show_arguments = std::move(arguments);
  info.show_reply = std::move(reply);
}

void WasmProgram::show_state(std::vector<ShownQuery> queries,
                             std::function<std::string(const candid::Value&)> text) {
  if (queries.empty() && !variables_) {
    return;
  }
  VariableInfo& image = info_.variables.at(kImage.variable);
  image.name = queries.size() == 1 && !variables_ ? queries.front().name : "state";
  image.show_value = [this, asked = std::move(queries),
                      text = std::move(text)](std::string_view value) {
    const CanisterImage state = image_of(value);
    Shown record;
    record.kind = Shown::Kind::kRecord;
    for (const ShownQuery& query : asked) {
      InstallSurroundings surroundings;  // nobody's, at time 0
      std::string reply;
      try {
        reply = query.reply(ask(state, surroundings, query.method, query.argument));
      } catch (const Misuse&) {
        reply = "(trapped)";
      }
      record.children.emplace_back(query.name, Shown{Shown::Kind::kName, std::move(reply)});
    }
    if (!variables_) {
      return record.children.size() == 1 ? record.children.front().second : record;
    }
    const std::vector<std::optional<candid::Value>> values = variables_of(state);
    for (std::size_t i = 0; i < values.size(); ++i) {
      record.children.emplace_back(
          variables_->names()[i],
          Shown{Shown::Kind::kName, values[i] ? text(*values[i]) : std::string()});
    }
    return record;
  };
}

std::vector<std::optional<candid::Value>> WasmProgram::variables_of(const CanisterImage& image) {
  auto machine = take_machine();
  images_.put(*machine, image);
  InstallSurroundings surroundings;
  Execution execution;
  execution.entry = EntryPoint::kQuery;
  machine->api.begin(execution, surroundings, machine->host);
  machine->instance.set_fuel(options_.fuel);
  std::vector<std::optional<candid::Value>> values = variables_->read(machine->instance);
  images_.undo(*machine);
  give_back(std::move(machine));
  return values;
}

void WasmProgram::connect(std::shared_ptr<const Directory> directory) {
  directory_ = std::move(directory);
}

std::unique_ptr<Machine> WasmProgram::take_machine() {
  {
    const std::lock_guard lock(machines_mutex_);
    if (!machines_.empty()) {
      auto machine = std::move(machines_.back());
      machines_.pop_back();
      return machine;
    }
  }
  InstanceOptions options;
  options.memory_pages_max = options_.memory_pages_max;
  options.call_depth_max = options_.call_depth_max;
  auto machine = std::make_unique<Machine>(first_, options_.settings, options);
  machine->host.certified = first_host_.certified;
  machine->host.timer = first_host_.timer;
  machine->host.stable.set_pages(first_host_.stable.pages());
  for (std::uint32_t block = 0; block < first_host_.stable.block_count(); ++block) {
    machine->host.stable.set_block(block, first_host_.stable.block(block));
  }
  machine->current.rest = first_rest_;
  return machine;
}

void WasmProgram::give_back(std::unique_ptr<Machine> machine) {
  const std::lock_guard lock(machines_mutex_);
  machines_.push_back(std::move(machine));
}

void WasmProgram::run(View& view) {
  const View::Scope scope(&view);
  view.begin_callbacks();
  Piece(*this, view).run();
}

CanisterImage WasmProgram::image_of(std::string_view value) {
  if (value.size() == sizeof(std::uint32_t)) {
    std::uint32_t id = 0;
    std::memcpy(&id, value.data(), sizeof id);
    return images_.image(id);
  }
  ImageStore::Key key{};
  if (value.size() != sizeof key) {
    throw BrokenInvariant(fmt::format("{}: no image has this name", name_));
  }
  std::memcpy(key.data(), value.data(), sizeof key);
  return images_.image(options_.swap_twins ? images_.some_twin(key) : images_.find(key));
}

/// Compilers of C, C++ and Rust keep a stack in linear memory. Where it is the lowest thing there,
/// what lies below its pointer is garbage between messages. Where data is below it, its end is not
/// known, and where there is no data at all, variables that begin as zero may be.
void WasmProgram::find_stack(const Instance& instance) {
  const auto pointer = module_->global_named("__stack_pointer");
  if (!pointer || !instance.has_memory()) {
    return;
  }
  const std::uint64_t end = instance.global(*pointer);
  const auto bytes = instance.memory().bytes();
  const auto is_set = [](std::uint8_t byte) { return byte != 0; };
  if (end < bytes.size() && std::ranges::none_of(bytes.first(end), is_set) &&
      std::ranges::any_of(bytes.subspan(end), is_set)) {
    stack_end_ = end;
    stack_pointer_ = *pointer;
  }
}

void WasmProgram::normalise(Machine& machine) const {
  if (stack_end_ == 0 || machine.instance.global(stack_pointer_) != stack_end_) {
    return;
  }
  static constexpr std::array<std::uint8_t, Memory::kBlockBytes> kZeros{};
  Memory& memory = machine.instance.memory();
  for (const std::uint32_t block : memory.dirty_blocks()) {
    if ((std::uint64_t{block} + 1) * Memory::kBlockBytes <= stack_end_) {
      memory.set_block(block, kZeros);
    }
  }
}

/// The value of the image that the machine holds now, by which states know it.
std::string WasmProgram::value_of(Machine& machine, std::vector<ImageSlot> slots) {
  normalise(machine);
  std::string key;
  bool has_key = false;
  if (heap_) {
    std::vector<std::uint32_t> occupied;
    if (heap_->occupied(machine.instance.memory(), occupied)) {
      std::erase_if(slots, [&](const ImageSlot& slot) {
        return !std::ranges::binary_search(occupied, slot.slot);
      });
      // A place may have two names: that of a call's continuation, and that of the helper which is
      // to peek at it. An image in which the helper has peeked is another one.
      std::deque<std::string> both;
      std::vector<MotokoHeap::Continuation> continuations;
      for (const std::uint32_t slot : occupied) {
        std::string_view name;
        for (const ImageSlot& known : slots) {
          if (known.slot == slot) {
            const std::string_view next = images_.names()[known.name];
            name = name.empty() ? next
                                : both.emplace_back(fmt::format("{} {}", std::min(name, next),
                                                                std::max(name, next)));
          }
        }
        continuations.push_back({slot, name});
      }
      std::ranges::sort(continuations, [](const auto& a, const auto& b) {
        return a.name != b.name ? a.name < b.name : a.slot < b.slot;
      });
      has_key = heap_->append_key(machine.instance.memory(), continuations, key);
    }
  }
  const CanisterImage image = images_.take(machine, std::move(slots));
  std::string value;
  if (!has_key) {
    append(value, images_.intern(image));
    return value;
  }
  append(key, machine.host.timer);
  append(key, machine.host.stable.pages());
  for (const ImageBlock& block : image.blocks) {
    if ((block.block & ImageBlock::kStable) != 0) {
      append(key, block);
    }
  }
  key += machine.host.certified;
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  const ImageStore::Key digest{hash.low64, hash.high64};
  images_.representative(digest, image);
  if (options_.swap_twins) {
    images_.add_twin(digest, images_.intern(image));
  }
  append(value, digest);
  return value;
}

std::string WasmProgram::query(View& view, CanisterId self, std::string_view method,
                               std::string_view argument) {
  const CanisterImage image =
      image_of(view.tables().values[view.consult({ObservationKind::kVariable, self, kImage, 0})]);
  QuerySurroundings surroundings(view, directory_ != nullptr && directory_->clock);
  return ask(image, surroundings, method, argument);
}

std::string WasmProgram::ask(const CanisterImage& image, Surroundings& surroundings,
                             std::string_view method, std::string_view argument) {
  const MethodId id = info_.method(method);
  if (id == Send::kNoMethod || info_.methods[id].kind != MethodKind::kQuery) {
    fail(std::ranges::find(composite_queries_, method) == composite_queries_.end()
             ? fmt::format("a property asks it {}, and it has no query of that name", method)
             : fmt::format("a property asks it {}, which is a composite query; these are not "
                           "modelled. Ask the queries that it asks.",
                           method));
  }
  auto machine = take_machine();
  images_.put(*machine, image);
  Execution execution;
  execution.entry = EntryPoint::kQuery;
  execution.argument = argument;
  machine->api.begin(execution, surroundings, machine->host);
  machine->instance.set_fuel(options_.fuel);
  ++executions_;
  std::string problem;
  try {
    machine->instance.invoke(entries_[id].function, {}, {});
  } catch (const Trap& trap) {
    problem = fmt::format("trapped: {}", text_of(trap));
  }
  images_.undo(*machine);
  give_back(std::move(machine));
  if (problem.empty() && !execution.response) {
    problem = "did not reply";
  } else if (problem.empty() && !execution.response->replied) {
    problem = fmt::format("rejected: {}", execution.response->payload);
  }
  if (!problem.empty()) {
    fail(fmt::format("the query {}, asked by a property, {}", method, problem));
  }
  return std::move(execution.response->payload);
}

std::optional<std::string> WasmProgram::metadata(std::string_view section) const {
  for (const std::string_view kind : {"icp:public ", "icp:private "}) {
    if (const auto found = module_->custom_section(std::string(kind) + std::string(section))) {
      return std::string(found->begin(), found->end());
    }
  }
  return std::nullopt;
}

WasmProgram::Statistics WasmProgram::statistics() const {
  return {executions_.load(), images_.size(), images_.keys_with_twins(), images_.memory_bytes()};
}

}  // namespace heddle::wasm
