// Kernel: the Internet Computer as one pure function, state x event -> state, and one query,
// state -> enabled events. No clock, no thread, no I/O, no properties.
//
// Everything that has content is interned; a state is a flat vector of small ids, one *leaf* for
// each thing that an event changes by itself: a variable or key, an open call context, the calls
// open in that context, the queue of an ordered pair. `Kernel` holds what all threads share
// (configuration, tables, leaf positions); `Stepper` is one thread's hand on it. What pieces did is
// remembered (piece_memo.h), by each Stepper or by several together.
//
// A call context is stored as what it has observed (its log) and grown again by replay (view.h).
// Its name says where it comes from, so that the order of arrival never distinguishes states.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <heddle/model/event.h>
#include <heddle/model/leaf.h>
#include <heddle/model/memo.h>
#include <heddle/model/system.h>
#include <heddle/model/view.h>

namespace heddle {

/// The call of a context as its open-calls leaf holds it.
struct OpenCall {
  enum class Status : std::uint8_t {
    kWaiting,   ///< request queued or being served; no response yet
    kAnswered,  ///< the response is in flight
    kStored,    ///< delivered, not yet taken by an await
  };
  CallIndex index = 0;
  CanisterId callee = 0;  ///< kNoCanister: no such canister
  Status status = Status::kWaiting;
  bool released = false;     ///< nobody can await it: dropped when delivered
  bool deferred = false;     ///< a Deferred: no message, answered by resolve
  std::uint32_t answer = 0;  ///< Tables::answer id unless waiting
  bool bounded = false;      ///< bounded wait: it may expire [K8]
  friend bool operator==(const OpenCall&, const OpenCall&) = default;
};

/// What a context's own leaf holds.
struct ContextState {
  enum class Phase : std::uint8_t {
    kAbsent,     ///< of an ingress: not yet started; of others: does not exist
    kSuspended,  ///< waits at `await`
    kEnded,      ///< no code left, calls still open [C4, C6]
    kFinished,   ///< ingress only: gone; `result` if results are kept
    kDropped,    ///< ingress only: vanished before execution (D23)
    kPending,    ///< ingress only: asks that its canister be stopped, which is stopping [X2]
  };
  Phase phase = Phase::kAbsent;
  bool responded = false;
  CanisterId canister = 0;
  MethodId method = 0;
  ValueId arguments = 0;
  LogId log = 0;
  CallIndex next_call = 0;
  Await await;
  std::uint32_t result =
      0;  ///< 1 + Tables::answer id, of an answered ingress when results are kept
  std::uint32_t deadline = 0;  ///< of the request that it serves: see Request
  std::uint32_t code = 0;      ///< kSuspended: which code it runs (Installed::code)
  bool is_cut_off = false;     ///< kEnded: because its code was replaced while calls were open [X5]
};

/// What a canister's lifecycle leaf holds. Default-made: as it was installed.
struct Lifecycle {
  enum class Status : std::uint8_t { kRunning, kStopping, kStopped };
  Status status = Status::kRunning;  ///< [X1]
  bool is_empty = false;             ///< it has no code: uninstalled [C11]
  std::uint32_t code = 0;            ///< Installed::code

  /// Whether calls to it are refused.
  [[nodiscard]] bool refuses() const { return status != Status::kRunning || is_empty; }

  [[nodiscard]] LeafValue to_leaf() const {
    return static_cast<LeafValue>(status) | (is_empty ? 4U : 0U) | code << 3U;
  }

  static Lifecycle from_leaf(LeafValue value) {
    return {static_cast<Status>(value & 3U), (value & 4U) != 0, value >> 3U};
  }

  friend bool operator==(const Lifecycle&, const Lifecycle&) = default;
};

/// A queued request.
struct Request {
  ContextId caller = 0;  ///< calling context
  CallIndex index = 0;
  MethodId method = 0;
  ValueId method_name = 0;  ///< when the callee has no such method
  ValueId arguments = 0;
  bool again = false;  ///< the copy of a delivered one (G2)
  /// Of a bounded-wait call: 1 + the second on the model's clock (0 without one) by which it should
  /// be answered; 0 of others. It is expired when the call no longer waits.
  std::uint32_t deadline = 0;
};

/// Where a context comes from.
struct ContextOrigin {
  enum class Kind : std::uint8_t {
    kIngress,
    kCall,
    kTask,
    kUpgrade,  ///< of what the system runs in an upgrade that the environment makes [X4]
  };
  Kind kind = Kind::kIngress;
  CanisterId canister = 0;  ///< where the context runs
  std::uint32_t user = 0;   ///< kIngress
  /// kIngress: script position (past its end: resubmissions); kTask: which; kCall: 1 for the second
  /// execution of the request (G2).
  std::uint32_t number = 0;
  ContextId parent = 0;  ///< kCall
  CallIndex index = 0;   ///< kCall
};

/// What ran, or did not need to, in one step.
struct Execution {
  enum class Kind : std::uint8_t {
    kCode,         ///< canister code: `effects`
    kCleanup,      ///< after a trap of resumed code [C8]: `effects`
    kStore,        ///< a response was put aside, no user code
    kConsume,      ///< a response to a context that has no code any more
    kHelper,       ///< the helper self-call of an await answered [M4]
    kEnvironment,  ///< an environment canister answered
    kRefused,      ///< no such method, or a private one, or a canister that is not running or has
                   ///< no code: the system answers
    kManagement,   ///< the management canister did what a user asked it to
  };
  Kind kind = Kind::kCode;
  ContextId context = 0;
  CanisterId canister = 0;
  MethodId method = 0;
  ValueId arguments = 0;
  bool started = false;              ///< first piece of its context
  bool injected_trap = false;        ///< D15-D17: it trapped because the event said so
  const Effects* effects = nullptr;  ///< valid as long as the memo that has it
};

/// A response that the step put in flight, or gave to a user.
struct Response {
  ContextId from = 0;  ///< the answering context; 0 when the system answered
  ContextId to = 0;    ///< the calling context; 0: a user (then `from` is the ingress context)
  CallIndex index = 0;
  Answer answer;
  bool injected = false;  ///< produced by a fault
};

/// Everything that one event did.
struct Step {
  Event event;
  /// Code, and cleanup after its trap; of an upgrade what runs before and after it.
  std::vector<Execution> executions;
  std::vector<Response> responses;
  std::vector<Response> dropped;    ///< answers to a call that expired [K8], or that has been
                                    ///< answered before (G2)
  std::vector<LeafChange> changes;  ///< one per changed leaf
  /// What was asked of the state before the event. The rest of the step is a function of the event
  /// and of these answers, the values in `changes` apart: those come from `writes`.
  std::vector<LeafRead> reads;
  std::vector<LeafWrite> writes;  ///< in order
  /// Something was found by looking through all leaves: `reads` does not say all.
  bool looked_everywhere = false;
  std::vector<std::pair<CanisterId, Request>> requests;  ///< queued by this step, with the callee
  /// kDeliver: what was delivered. Otherwise the request or ingress that started, by `context`.
  std::optional<Answer> delivered;
  ContextId context = 0;
  /// So many callbacks were open when their code was replaced [X5].
  std::uint32_t callbacks_cut_off = 0;
};

/// An event that takes a request out of a queue.
inline bool takes_request(const Event& event) {
  return event.kind == EventKind::kStartRequest || event.kind == EventKind::kRejectRequest ||
         event.kind == EventKind::kDropRequest;
}

/// The queue that it takes the request from.
inline LeafKey queue_of(const Event& event) {
  return {LeafKind::kQueue, event.from, event.to, event.again ? 1U : 0U};
}

/// Shared part: configuration, tables, names. Thread-safe after construction.
class Kernel {
 public:
  /// Throws Misuse for a system that makes no sense (an unknown callee of a user's call, ...).
  explicit Kernel(System system);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  [[nodiscard]] const System& system() const { return system_; }

  [[nodiscard]] Tables& tables() { return tables_; }

  [[nodiscard]] const Tables& tables() const { return tables_; }

  [[nodiscard]] const StateVector& initial() const { return initial_; }

  // Leaves.
  LeafPosition position(const LeafKey& key);
  [[nodiscard]] std::optional<LeafPosition> find(const LeafKey& key) const;
  [[nodiscard]] LeafKey key(LeafPosition position) const;
  [[nodiscard]] std::size_t leaf_count() const;

  // Contexts.
  ContextId context(const ContextOrigin& origin);
  /// 0 when no such context has been named yet.
  [[nodiscard]] ContextId find_context(const ContextOrigin& origin) const;
  [[nodiscard]] ContextOrigin origin(ContextId context) const;
  LeafPosition context_leaf(ContextId context);
  LeafPosition open_calls_leaf(ContextId context);
  /// "alice#1", "alice#1/2", "ledger!1"; "alice#1/2~2" is the second execution of one request (G2).
  [[nodiscard]] std::string name(ContextId context) const;
  /// Order of names by content, the same in every run.
  [[nodiscard]] bool before(ContextId left, ContextId right) const;
  /// The user call that an ingress context stands for (resubmissions: the original call).
  [[nodiscard]] const UserCall& user_call(const ContextOrigin& ingress) const;
  /// Whether the name of `descendant` begins with `ancestor`, or is it.
  [[nodiscard]] bool descends(ContextId descendant, ContextId ancestor) const;
  /// The principal that the code of this context sees as its caller [I6, M15].
  [[nodiscard]] Principal caller(ContextId context) const;

  // Lifecycles.
  /// System::is_managed, known at once.
  [[nodiscard]] bool is_managed(CanisterId canister) const { return managed_[canister]; }

  /// Of a canister that is managed.
  LeafPosition lifecycle_leaf(CanisterId canister) {
    return position({LeafKind::kLifecycle, canister, 0, 0});
  }

  /// What a user's call asks the management canister to do; kNone of a call of the canister itself.
  [[nodiscard]] Management management(const UserCall& call) const;
  /// The number of the code to which an upgrade or a reinstallation with these arguments leads
  /// (Installed::code): that of the class named, or else `now`.
  [[nodiscard]] std::uint32_t code_named(CanisterId canister, std::string_view arguments,
                                         std::uint32_t now) const;

  // Contents of leaves.
  [[nodiscard]] ContextState context_state(LeafValue value) const;
  LeafValue intern(const ContextState& state);
  [[nodiscard]] std::vector<OpenCall> open_calls(LeafValue value) const;
  LeafValue intern(const std::vector<OpenCall>& calls);

  /// Whether a bounded-wait call was ever made; once true, true for ever. Until then no state has
  /// anything that may expire.
  [[nodiscard]] bool has_bounded_calls() const {
    return has_bounded_calls_.load(std::memory_order_relaxed);
  }

  /// Finds out anew, when `interners()` were filled by others.
  void look_for_bounded_calls();
  [[nodiscard]] std::vector<std::uint32_t> list(LeafValue value) const;
  LeafValue intern(const std::vector<std::uint32_t>& list);
  [[nodiscard]] Request request(std::uint32_t id) const;
  std::uint32_t intern(const Request& request);

  /// The answer to a question about a leaf that holds `value`.
  std::uint64_t ask(const LeafQuestion& question, LeafValue value);
  /// What a leaf that holds `value` holds after the operation. Throws BrokenInvariant for one that
  /// makes no sense.
  LeafValue apply(const LeafOperation& operation, LeafValue value);

  // Users' scripts.
  /// The ingress calls of a user that may start now, in canonical order.
  [[nodiscard]] std::vector<ContextId> startable(std::uint32_t user, const LeafLookup& leaf) const;

  /// Somebody asked what a call that is left out was answered. It is told that the call was lost.
  void note_asked_for_left_out() { asked_for_left_out_.store(true, std::memory_order_relaxed); }

  /// Whether that was ever noted, by any thread.
  [[nodiscard]] bool asked_for_left_out() const {
    return asked_for_left_out_.load(std::memory_order_relaxed);
  }

  // Text.
  /// The event as one line: `start alice#1`, `start bank>ledger[@2]`, `deliver alice#1/2`, `task
  /// ledger`, `timer ledger`, `time`, `heartbeat ledger`, `reject bank>ledger@2`, `drop alice#1`,
  /// `resubmit alice#1`, `expire alice#1/2`, `drop bank>ledger@1`, `stopped bank`, `stop bank`,
  /// `restart bank`, `upgrade bank`, `uninstall bank`, `take-snapshot bank`, `load-snapshot bank`,
  /// `time-out ops#1`; followed by ` trap`, `
  /// trap-after 2`, ` fail-send 2`, ` answer 1`, ` silent`, ` twice` or ` again` where the event
  /// says so. Positions and numbers count from 1; `h` stands for the helper self-call.
  [[nodiscard]] std::string to_text(const Event& event) const;
  /// Throws Misuse that quotes the text and says what was expected.
  Event from_text(std::string_view text);
  /// The context of that name. Throws Misuse, also for a call that was never made in this kernel.
  ContextId context_named(std::string_view text);
  /// All contexts of that name: at which canister a call executes is no part of its name, and the
  /// same call of a context may go elsewhere in another schedule. In one state at most one of them
  /// is open.
  std::vector<ContextId> contexts_named(std::string_view text);

  /// Distinct contents by kind, for the verdict's statistics.
  struct Counts {
    std::size_t leaves, contexts, context_states, call_sets, queues, requests, values, logs;
  };

  [[nodiscard]] Counts counts() const;
  /// How many distinct logs suspended calls of each method have had ("bank.withdraw"), largest
  /// first: who remembers too much.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> logs_by_method() const;
  /// Whether any context has ever been in a state like this.
  [[nodiscard]] bool any_context(const std::function<bool(const ContextState&)>& is_such) const;
  [[nodiscard]] std::size_t memory_bytes() const;

  /// All tables to which ids in leaves refer, always in this order. What a search has added to them
  /// and to the leaves (`key`) is all that another process needs to go on with its states: put in
  /// again in the order of ids, everything gets the same ids.
  [[nodiscard]] std::array<Interner*, 8> interners();

 private:
  struct Names;

  void check_system() const;
  void install();
  [[nodiscard]] bool group_is_over(const LeafLookup& leaf, std::uint32_t user,
                                   std::size_t position) const;
  void resubmitted(const LeafLookup& leaf, std::uint32_t user, std::vector<ContextId>& ready) const;
  [[nodiscard]] ContextId copy_of(std::uint32_t user, std::size_t position, LeafValue copy) const;

  System system_;
  Tables tables_;
  StateVector initial_;
  std::vector<bool> managed_;
  std::atomic<bool> asked_for_left_out_ = false;
  /// For each user and script position the context and its leaf.
  std::vector<std::vector<std::pair<ContextId, LeafPosition>>> ingress_;
  Interner contexts_;
  Interner context_states_;
  Interner open_calls_;
  Interner lists_;
  Interner requests_;
  std::atomic<bool> has_bounded_calls_ = false;
  std::unique_ptr<Names> names_;
};

/// Answers observations from a committed state: for code that runs (Stepper) and for predicates.
class StateSource : public ObservationSource {
 public:
  StateSource(Kernel& kernel, const StateVector& state) : kernel_(kernel), state_(&state) {}

  void bind(const StateVector& state) { state_ = &state; }

  [[nodiscard]] const StateVector& state() const { return *state_; }

  Kernel& kernel() { return kernel_; }

  std::uint32_t answer(const Observation& question) override;

 private:
  Kernel& kernel_;
  const StateVector* state_;
};

/// A part of a state that enables events by itself. What all sources of a state enable, source
/// after source in canonical order (`Stepper::before`), is what is enabled.
struct EventSource {
  enum class Kind : std::uint8_t {
    // Obligatory events.
    kUser,      ///< user `number`
    kQueue,     ///< the queue at `leaf`
    kCalls,     ///< the open calls at `leaf`
    kTasks,     ///< the tasks at `leaf`
    kTimer,     ///< the timer at `leaf`
    kStopping,  ///< the lifecycle at `leaf`
    kTime,      ///< the clock
    // Optional ones.
    kHeartbeats,
    kSendFailures,  ///< `event`, obligatory, with a failing send
    kTraps,         ///< `event`, obligatory, trapping
    kCleanupTraps,  ///< `event`, obligatory, trapping in its cleanup
    kSilences,      ///< `event`, obligatory, without the answer
    kRejects,       ///< the queue at `leaf`
    kDrops,         ///< `event`, obligatory, dropped
    kResubmits,
    kRepeats,   ///< `event`, obligatory, of a request that is delivered once more
    kExpiries,  ///< the open calls at `leaf`
    kLosses,    ///< the queue at `leaf`: expired requests that vanish
    kControls,  ///< what the environment may do to canisters
    kGarbles,   ///< the open calls at `leaf`: replies that cannot be decoded any more
  };
  static constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kGarbles) + 1;
  Kind kind = Kind::kUser;
  std::uint32_t number = 0;
  LeafPosition leaf = 0;
  Event event;

  /// Of optional events that come from a leaf: which obligatory ones come from the same.
  static constexpr Kind leaf_of(Kind optional) {
    return optional == Kind::kExpiries || optional == Kind::kGarbles ? Kind::kCalls : Kind::kQueue;
  }
};

class PieceMemo;  // piece_memo.h

/// Is told of every piece that canister code ran, when its outcome is about to be remembered.
class PieceWatcher {
 public:
  virtual ~PieceWatcher() = default;
  /// `consulted`: what it asked, in order, with the answers. What this throws, `Stepper::step`
  /// throws, and the piece is not remembered.
  virtual void ran(const PieceInput& input,
                   std::span<const std::pair<Observation, std::uint32_t>> consulted,
                   const Effects& effects) = 0;
};

/// One thread's hand on the kernel: enumerates and performs events. Not thread-safe; cheap to make.
class Stepper {
 public:
  struct Options {
    /// Remember what pieces did (the memo tree). Off: canister code runs for every event.
    bool memo = true;
    /// One memo hit in this many is run again and compared; 1 compares all, 0 none.
    std::uint32_t recheck_every = 256;
    /// With a memo only; outlives the Stepper.
    PieceWatcher* watcher = nullptr;
    /// What several Steppers of one kernel remember together; outlives them. Null: each by itself.
    PieceMemo* pieces = nullptr;
  };

  struct Statistics {
    std::uint64_t pieces_run = 0;       ///< user code was run
    std::uint64_t pieces_recalled = 0;  ///< taken from the memo
  };

  Stepper(Kernel& kernel, Options options);

  explicit Stepper(Kernel& kernel) : Stepper(kernel, Options{}) {}

  ~Stepper();
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  /// All enabled events in canonical order (the same in every run and on any number of threads),
  /// the obligatory ones first.
  void enabled(const StateVector& state, std::vector<Event>& events);
  /// The part of `enabled` that one source adds. What was asked of the state is in `reads`, which
  /// says all unless the result is false.
  bool enabled_by(const StateVector& state, const EventSource& source, std::vector<Event>& events,
                  std::vector<LeafRead>& reads);
  /// The source of obligatory events that a leaf is, if it is one.
  std::optional<EventSource> source_of(LeafPosition leaf);
  /// The canonical order of two sources that are leaves.
  bool before(const EventSource& left, const EventSource& right);
  /// The kinds of optional events that the system's faults allow at all.
  [[nodiscard]] std::vector<EventSource::Kind> optional_kinds() const;
  /// What `event`, which must be enabled, does. Valid until the next call. Throws Misuse from user
  /// code.
  const Step& step(const StateVector& state, const Event& event);
  /// `step`, applied to a copy.
  StateVector next(const StateVector& state, const Event& event);
  static void apply(StateVector& state, const Step& step);
  /// No event but optional ones is enabled: what outcome sets and `finally` look at.
  [[nodiscard]] bool quiescent(const StateVector& state);

  [[nodiscard]] Kernel& kernel() { return kernel_; }

  /// The next piece that is known is run again and compared, whatever Options says.
  void recheck_next();

  [[nodiscard]] const Statistics& statistics() const;

 private:
  class Body;

  Kernel& kernel_;
  std::unique_ptr<Body> body_;
};

}  // namespace heddle
