// The oracle's inside: its state, its events, and the two classes that turn one into the next.
//
// `Execution` runs one message execution of one canister; `Oracle` knows the events and what each
// does around the executions: queues, slots, responses, rollback and cleanup. See oracle.h for what
// it is all for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "oracle/oracle.h"
#include "oracle/program.h"

namespace heddle::oracle {

constexpr int kMaxLocals = 24;
constexpr int kMaxSlots = 12;
constexpr int kMaxSteps = 4000;

/// Reply: the value. Reject: -(32 * code + text).
using Outcome = std::int16_t;

enum Text : int {
  kThrown = 0,  // 0..3: the number given to throw
  kNoFuture = 4,
  kTrapped,
  kBelowZero,
  kSecondResolve,
  kInjectedTrap,
  kInjectedReject,
  kSendFailed,
  kHelperFailed,
  kDeferFailed,
  kNoCanister,
  kNoMethod,
  kDidNotReply,
  kAlreadyTrapped,
  kFromEnvironment,
  kUnknownOutcome,
  kIsStopping,
  kIsStopped,
  kNoCode,
  kStartedAgain,
  kStopTimedOut,
  kRefusesUpgrade,
  kNoSnapshot,
  kUninstalled,
  kCutOff,
  kUndecodable,
};

constexpr Outcome reject(int code, int text) {
  return static_cast<Outcome>(-(32 * code + text));
}

/// A reply that its caller cannot decode [M16, D18].
constexpr Outcome kGarbled = reject(9, 0);

constexpr bool is_reject(Outcome outcome) {
  return outcome < 0;
}

constexpr int code_of(Outcome outcome) {
  return -outcome / 32;
}

constexpr int text_of(Outcome outcome) {
  return -outcome % 32;
}

/// A context's name: 16 bits of root (script position or task), then up to six call indices, each
/// plus one.
using Name = std::uint64_t;

constexpr int kRootBit = 48;
constexpr int kTaskRoot = 0x8000;

constexpr Name user_name(int user, int call, int copy) {
  return static_cast<Name>(1 + (user * 16 + call) * 4 + copy) << kRootBit;
}

constexpr Name task_name(int canister, int number) {
  return static_cast<Name>(kTaskRoot + canister * 64 + number) << kRootBit;
}

bool is_root(Name name);
/// The name of the context that call `index` of context `name` makes. Throws InvalidSystem.
Name child_of(Name name, int index);
/// The name of the second execution of the request whose context would be `name` (G2).
Name second_of(Name name);
bool is_second(Name name);
Name parent_of(Name name);
int index_in_parent(Name name);
/// Whether `name` is `ancestor` or a call of it, at any depth.
bool descends(Name name, Name ancestor);

enum class CallStatus : std::uint8_t { kWaiting, kInFlight, kStored };

/// A call of a context whose outcome its code has not used yet.
struct OpenCall {
  std::uint8_t index = 0;
  std::int8_t callee = 0;
  CallStatus status = CallStatus::kWaiting;
  bool deferred = false;
  bool silent = false;   // its callee, an environment canister, will never answer
  bool bounded = false;  // it has a timeout
  bool lost = false;     // no variable holds its future: the response is dropped when delivered
  Outcome outcome = 0;

  bool takes_slot() const { return status != CallStatus::kStored; }
};

/// A variable of a method that holds a future.
struct Slot {
  enum class Kind : std::uint8_t { kEmpty, kPrepared, kSent, kFailed };
  Kind kind = Kind::kEmpty;
  std::uint8_t index = 0;  // kSent
  std::int8_t callee = 0;  // kPrepared, as the next two: Rust's unpolled call [U1]
  std::int8_t method = 0;
  std::int16_t argument = 0;
  bool bounded = false;
  Outcome outcome = 0;  // kFailed: Rust's immediately ready error [U2]
};

/// An open call context. Ended: its code is done (answered, or trapped) and only its open calls
/// keep it [C4, C5].
struct Context {
  Name name = 0;
  std::int8_t canister = 0;
  bool ended = false;
  bool answered = false;
  bool cut_off = false;  // ended because its code was replaced [X5]
  std::int8_t method = 0;
  std::int16_t argument = 0;
  std::int16_t pc = 0;       // while suspended: the await
  std::int16_t awaits = -1;  // index of the call whose response resumes; -1: see the await's slots
  std::int16_t takes = -1;   // index of the call whose outcome the await yields
  std::int8_t step = 0;      // position in a Motoko `all`
  std::uint8_t next_index = 0;
  std::array<std::int16_t, kMaxLocals> locals{};
  std::array<Slot, kMaxSlots> slots{};
  std::vector<OpenCall> calls;  // by index
  std::string history;

  OpenCall* find(int index) {
    const auto found = std::find_if(calls.begin(), calls.end(),
                                    [&](const OpenCall& call) { return call.index == index; });
    return found == calls.end() ? nullptr : &*found;
  }

  const OpenCall* find(int index) const { return const_cast<Context*>(this)->find(index); }

  void erase(int index) {
    std::erase_if(calls, [&](const OpenCall& call) { return call.index == index; });
  }

  bool has_unanswered_calls() const {
    return std::any_of(calls.begin(), calls.end(),
                       [](const OpenCall& call) { return call.takes_slot(); });
  }
};

/// A request in the FIFO of its ordered pair of canisters. Who waits for it is its name's parent.
struct Request {
  std::int8_t from = 0;
  std::int8_t to = 0;
  std::int8_t method = 0;
  std::int16_t argument = 0;
  Name name = 0;  // of the context that will execute it
};

constexpr int kHelperMethod = 127;  // Motoko's __motoko_async_helper [M4]
/// The helper's number: it has one of its own, so that the order in which responses came leaves no
/// trace in the numbers of later calls.
constexpr int kHelperIndex = 251;
/// In the byte of a name that is its index: the second execution of one request.
constexpr int kSecond = 128;

enum class Script : std::uint8_t { kPending, kStarted, kAnswered, kDropped, kStopping };

enum class Status : std::uint8_t { kRunning, kStopping, kStopped };

/// A canister's lifecycle [X1].
struct Life {
  Status status = Status::kRunning;
  bool empty = false;
  bool has_snapshot = false;
  std::vector<std::int16_t> snapshot;  // of variables
};

struct Submission {
  std::uint8_t user = 0;
  std::uint8_t call = 0;
  std::uint8_t copy = 0;  // 0: the script's, else a resubmission [D24]
  Script status = Script::kPending;
  bool rejected = false;
  Outcome result = 0;
};

struct Handle {
  Name name = 0;  // 0: empty
  std::uint8_t index = 0;

  friend bool operator==(const Handle&, const Handle&) = default;
};

struct State {
  std::vector<std::int16_t> variables;
  std::vector<Handle> handles;
  std::vector<std::uint8_t> armed;
  std::vector<Context> contexts;                // by name
  std::vector<Request> requests;                // by pair, each pair's in order
  std::vector<Request> copies;                  // the same, of requests that run a second time
  std::vector<Name> expired;                    // tagged requests and contexts [K8], by name
  std::vector<Submission> submissions;          // by user, call, copy
  std::vector<std::vector<std::int8_t>> tasks;  // per canister: methods
  std::vector<Life> lives;
  Budgets budgets;
  int loads = 0;      // budgets of their own: snapshots loaded
  int time_outs = 0;  // and stops that time out
  std::uint16_t executions = 0;
};

enum class EventKind : std::uint8_t {
  kStartIngress,
  kStartRequest,
  kDeliver,
  kFireTimer,
  kHeartbeat,
  kStartTask,
  kReject,
  kDrop,
  kResubmit,
  kExpire,
  kVanish,
  kStopped,
  kManage,
  kGarble,
};

struct Event {
  EventKind kind = EventKind::kStartIngress;
  std::int8_t from = 0;  // or the canister
  std::int8_t to = 0;
  std::uint8_t position = 0;  // or the index of the call
  std::int8_t answer = -1;    // of an environment canister
  std::int8_t failing_send = -1;
  bool trap = false;
  int trap_after = 0;  // so many writes
  bool cleanup_trap = false;
  bool fatal = false;  // a reject with code 1
  bool twice = false;  // leaves a copy
  bool again = false;  // is the copy
  Manage action = Manage::kStop;
  Name name = 0;
};

/// One line, as a schedule of Heddle's has it: contexts as "u0#1/2", all numbers from 1.
std::string print(const Event& event, const System& system);

/// Which locals, slots and argument a suspended method may still use: bits 0..31 locals, 32..62
/// slots, 63 the argument.
using LiveSet = std::uint64_t;

constexpr LiveSet kArgumentBit = LiveSet{1} << 63;

inline LiveSet local_bit(int local) {
  return local < 0 ? 0 : LiveSet{1} << local;
}

inline LiveSet slot_bit(int slot) {
  return slot < 0 ? 0 : LiveSet{1} << (32 + slot);
}

struct Compiled {
  Code code;
  std::vector<LiveSet> live;  // before each instruction, as seen while suspended in it
};

Compiled compile(const Method& method);

/// How a piece of code ended.
struct Ending {
  enum class Kind : std::uint8_t { kSuspended, kAnswered, kTrapped };
  Kind kind = Kind::kSuspended;
  Outcome outcome = 0;
};

/// The transition system of one `System`.
class Oracle {
 public:
  Oracle(const System& system, const ExploreOptions& options) : system_(system), options_(options) {
    for (const Canister& canister : system.canisters) {
      first_variable_.push_back(variables_);
      first_handle_.push_back(handles_);
      variables_ += static_cast<int>(canister.variables.size());
      handles_ += canister.handles;
      compiled_.emplace_back();
      for (const Method& method : canister.methods) {
        compiled_.back().push_back(compile(method));
      }
    }
  }

  State initial() const;

  using Emit = std::function<void(State&&, const Event&)>;

  /// Calls `emit` once for each enabled event.
  void successors(const State& state, const Emit& emit);

  std::string serialise(const State& state) const;

  bool is_quiescent_event(const Event& event) const {
    return event.kind != EventKind::kHeartbeat && event.kind != EventKind::kResubmit &&
           event.kind != EventKind::kExpire && event.kind != EventKind::kManage;
  }

  bool holds(const State& state) const;
  bool is_deadlocked(const State& state) const;
  std::vector<int> outcome(const State& state) const;
  void cover(const State& state);

  const Coverage& coverage() const { return coverage_; }

 private:
  friend class Execution;

  bool exists(int canister) const {
    return canister >= 0 && canister < static_cast<int>(system_.canisters.size());
  }

  const Canister& canister(int index) const {
    return system_.canisters[static_cast<std::size_t>(index)];
  }

  bool has_method(int c, int method) const {
    return method >= 0 && method < static_cast<int>(canister(c).methods.size());
  }

  const Compiled& compiled(int c, int method) const {
    return compiled_[static_cast<std::size_t>(c)][static_cast<std::size_t>(method)];
  }

  const UserCall& script(const Submission& s) const { return system_.users[s.user].calls[s.call]; }

  void ingress_events(const State& state, const Emit& emit);
  void request_events(const State& state, const Emit& emit);
  void copy_events(const State& state, const Emit& emit);
  void expiry_events(const State& state, const Emit& emit);
  void garble_events(const State& state, const Emit& emit);
  void task_events(const State& state, const Emit& emit);
  bool is_startable(const State& state, std::size_t submission) const;

  // lifecycle.cc
  void lifecycle_events(const State& state, const Emit& emit);
  void ask(State& next, int c, Manage action, Name user);
  void finish_stops(State& next, int c, Outcome outcome) const;
  bool is_open(const State& state, int c, bool callbacks) const;
  bool runs(const State& state, int c) const;
  bool run_hook(State& next, int c, int method, Name name, Outcome& outcome);
  Outcome upgrade(State& next, int c, Name user);
  void make_variables(State& next, int c, bool keep_stable) const;
  void cut_off(State& next, int c) const;
  void uninstall(State& next, int c) const;
  void take_snapshot(State& next, int c) const;
  void load_snapshot(State& next, int c) const;
  bool may_go_on(const State& state, std::size_t submission) const;

  // The events, each changing `next`, which begins as a copy of `state`. They return how many sends
  // found a slot.
  /// In place of a send that fails: the execution, its first, traps.
  static constexpr int kTrapAtOnce = -2;
  static constexpr int kRanNothing = -1;

  /// Answers how many sends find a slot, kRanNothing when no code ran.
  using Step = std::function<int(State& next, int failing_send)>;
  void with_failing_sends(const State& state, Event event, const Emit& emit, const Step& step);
  int start(const State& before, State& next, Name name, int canister, int method, int argument,
            int failing_send);
  void start_request(const State& state, std::size_t position, Event event, const Emit& emit);
  void deliver(const State& state, const Context& context, const OpenCall& call, const Emit& emit);

  struct Ran {
    int sends = 0;
    int writes = 0;
    bool cleaned = false;  // by a cleanup that wrote
  };

  /// Where a trap is injected into a resumed execution.
  struct Injected {
    bool trap = false;
    int after = 0;  // so many writes
    bool cleanup_trap = false;
  };

  Ran resume(const State& before, State& next, const Context& context, int index, Injected injected,
             int failing_send);
  bool can_repeat(const Request& request) const;
  void untag(State& next, Name name) const;

  /// Hands a response to whoever waits for it: in flight to a caller, at once to a user, to nobody
  /// for a task.
  void answer(State& next, Name name, Outcome outcome) const;

  void count_execution(State& next, int canister) const {
    if (canister == options_.count_executions_of) {
      ++next.executions;
    }
  }

  static Context* find(State& state, Name name) {
    const auto found = std::lower_bound(state.contexts.begin(), state.contexts.end(), name,
                                        [](const Context& c, Name n) { return c.name < n; });
    return found != state.contexts.end() && found->name == name ? &*found : nullptr;
  }

  static void insert(State& state, Context context) {
    const auto place = std::lower_bound(state.contexts.begin(), state.contexts.end(), context.name,
                                        [](const Context& c, Name n) { return c.name < n; });
    state.contexts.insert(place, std::move(context));
  }

  static void erase(State& state, Name name) {
    std::erase_if(state.contexts, [&](const Context& c) { return c.name == name; });
  }

  /// Appends to the pair's FIFO. Without FIFO a queue is a set: the names order it.
  void enqueue(std::vector<Request>& requests, const Request& request) const {
    const auto key = [this](const Request& r) {
      return std::tuple(r.from, r.to, system_.weaken_g1 ? r.name : Name{0});
    };
    const auto place =
        std::upper_bound(requests.begin(), requests.end(), request,
                         [&](const Request& a, const Request& b) { return key(a) < key(b); });
    requests.insert(place, request);
  }

  /// The code of `context` is done: keep what its open calls need, or nothing [C5, C12].
  void end(State& next, Context context, bool answered) const;

  const System& system_;
  const ExploreOptions options_;
  std::vector<int> first_variable_;
  std::vector<int> first_handle_;
  int variables_ = 0;
  int handles_ = 0;
  std::vector<std::vector<Compiled>> compiled_;
  Coverage coverage_;
};

/// One message execution: from a start or a resumption to a suspension, an answer or a trap. Works
/// on the variables in `next` directly and keeps what must not leave before the commit to itself
/// [K2].
class Execution {
 public:
  /// `trap_after`: an injected trap comes after so many writes; 0: none comes.
  Execution(Oracle& oracle, State& next, Context& context, int failing_send, int trap_after = 0)
      : oracle_(oracle),
        next_(next),
        context_(context),
        failing_send_(failing_send),
        trap_after_(trap_after) {}

  /// Runs from the context's program counter.
  Ending run();

  /// Goes on after the await at the program counter, which yields the outcome of call `index`
  /// (already removed from the open calls unless a helper call was in between).
  Ending resume_with(Outcome outcome);
  Ending resume_all();
  Ending resume_any(int index, Outcome outcome);

  /// Makes requests, resolutions and answers visible. `ending` is not a trap.
  void commit(const Ending& ending);

  /// Runs the finally bodies around the suspended await. False: it trapped.
  bool clean_up();

  int sends() const { return sends_; }

  int writes() const { return writes_; }

 private:
  struct Trap {
    int text;
  };

  struct Thrown {
    Outcome reject;
  };
  enum class Flow : std::uint8_t { kNext, kSuspend };

  const Compiled& method() const { return oracle_.compiled(context_.canister, context_.method); }

  const Statement& here() const {
    return method().code.instructions[static_cast<std::size_t>(context_.pc)];
  }

  bool is_motoko() const { return oracle_.canister(context_.canister).dialect == Dialect::kMotoko; }

  std::int16_t& local(int index) { return context_.locals[static_cast<std::size_t>(index)]; }

  Slot& slot(int index) { return context_.slots[static_cast<std::size_t>(index)]; }

  std::int16_t& variable(int var) {
    return next_.variables[static_cast<std::size_t>(
        oracle_.first_variable_[static_cast<std::size_t>(context_.canister)] + var)];
  }

  Handle& handle(int var) {
    return next_.handles[static_cast<std::size_t>(
        oracle_.first_handle_[static_cast<std::size_t>(context_.canister)] + var)];
  }

  std::int16_t evaluate(const Expr& expr) const;

  bool passes(const Statement& s) const {
    const std::int16_t value = context_.locals[static_cast<std::size_t>(s.local)];
    return s.test_ok ? value >= 0 : value > 0;
  }

  void store(int index, Outcome value) {
    if (index >= 0) {
      local(index) = value;
    }
    tell(value);
  }

  void tell(int value) {
    if (oracle_.options_.keep == Keep::kHistory) {
      context_.history.push_back(static_cast<char>(value & 0xff));
      context_.history.push_back(static_cast<char>(value >> 8 & 0xff));
    }
  }

  Ending interpret();
  Flow execute(const Statement& s);
  void write(const Statement& s);
  void count_write();
  std::optional<int> reserve(int callee);
  std::optional<int> send(int callee, int method, int argument);
  std::optional<int> send_helper();
  void stage(int index, int callee, int method, int argument);
  void lose(Slot& slot);
  void poll(Slot& slot);
  void store_or_throw(const Statement& s, Outcome outcome);
  Flow await_one(const Statement& s, int slot_index, bool now, Outcome& outcome);
  Flow await_all(const Statement& s);
  Flow await_any(const Statement& s);
  bool is_complete(const Slot& slot) const;
  Outcome take(Slot& slot);
  void call(const Statement& s);
  void defer(const Statement& s);
  void resolve(const Statement& s);
  void continue_as(const Statement& s);
  void run_scopes(const std::vector<int>& scopes);
  void run_scope(const Block& body);

  Oracle& oracle_;
  State& next_;
  Context& context_;
  int failing_send_;
  int sends_ = 0;
  int trap_after_;
  int writes_ = 0;
  std::optional<Outcome> reply_;
  std::vector<Request> staged_;
  std::vector<std::pair<Handle, Outcome>> resolved_;
};

}  // namespace heddle::oracle
