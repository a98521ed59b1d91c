// What the parts of Stepper share: the state under construction, one execution's answers, the memo.
//
// The transition relation is written in five files: stepper_events.cc (which events are enabled),
// stepper.cc (what runs, and how it ends), stepper_commit.cc (what an execution leaves behind),
// stepper_lifecycle.cc (what controllers do to canisters) and stepper_observations.cc (what running
// code can learn).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/model/piece_memo.h>

namespace heddle {

namespace internal {

/// Fault budgets, by number: LeafKey{kBudget, fault}.
enum class Fault : std::uint32_t {
  kSend,
  kReject,
  kFatalReject,
  kFirstTrap,
  kTrap,
  kCleanupTrap,
  kUndecodable,
  kHeartbeat,
  kDrop,
  kResubmit,
  kSilence,
  kRepeat,
  kExpiry,         // of a call with unbounded wait (G3)
  kBoundedExpiry,  // of one with bounded wait (D13)
  kStop,
  kUpgrade,
  kOpenUpgrade,
  kUninstall,
  kTakeSnapshot,
  kLoadSnapshot,
  kTimeOut,  // of a user's stop
};

/// A stored response keeps no context open; a call without one, or with one in flight, does [C12].
inline bool keeps_context_open(const OpenCall& call) {
  return call.status != OpenCall::Status::kStored;
}

// Answers to LeafQuestion::Kind::kStatus and kExpiry.
inline constexpr std::uint64_t kWaits = 1 + static_cast<std::uint64_t>(OpenCall::Status::kWaiting);
inline constexpr std::uint64_t kOfUnbounded = 1;
inline constexpr std::uint64_t kOfBounded = 2;

/// Whether the response to `index` resumes code, rather than being put aside.
bool resumes(const ContextState& context, const std::vector<OpenCall>& calls, CallIndex index);

}  // namespace internal

/// Everything behind Stepper, so that the header shows only what callers need.
class Stepper::Body {
 public:
  Body(Kernel& kernel, Options options)
      : kernel_(kernel),
        options_(options),
        own_pieces_(options.pieces == nullptr ? std::make_unique<PieceMemo>() : nullptr),
        pieces_(options.pieces == nullptr ? *own_pieces_ : *options.pieces),
        source_(*this),
        canisters_(kernel.system().canisters.size()) {}

  void enabled(const StateVector& state, std::vector<Event>& events);
  bool enabled_by(const StateVector& state, const EventSource& source, std::vector<Event>& events,
                  std::vector<LeafRead>& reads);
  std::optional<EventSource> source_of(LeafPosition leaf);
  bool before(const EventSource& left, const EventSource& right);
  [[nodiscard]] std::vector<EventSource::Kind> optional_kinds() const;
  bool quiescent(const StateVector& state);
  const Step& step(const StateVector& state, const Event& event);

  void recheck_next() { recheck_next_ = true; }

  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  /// Answers the code of one execution: the state before it, its own context, its free slots.
  class ExecutionSource : public ObservationSource {
   public:
    explicit ExecutionSource(Body& body) : body_(body) {}

    void begin(CanisterId canister, ContextId context, std::uint32_t failing_send) {
      canister_ = canister;
      context_ = context;
      failing_send_ = failing_send;
      restart();
    }

    void restart() {
      slots_.clear();
      slots_found_ = 0;
    }

    /// How many sends found a free slot.
    [[nodiscard]] std::uint32_t slots_found() const { return slots_found_; }

    std::uint32_t answer(const Observation& question) override;

   private:
    bool free_slot(CanisterId callee);

    Body& body_;
    CanisterId canister_ = 0;
    ContextId context_ = 0;
    std::uint32_t failing_send_ = 0;
    std::uint32_t slots_found_ = 0;
    std::vector<std::pair<CanisterId, std::uint32_t>> slots_;  ///< taken, by callee
  };

  // Leaves, by position, with a copy of the kernel's tables that needs no lock.
  LeafPosition leaf(const LeafKey& key) {
    const auto known = positions_.find(key);
    if (known != positions_.end()) {
      return known->second;
    }
    const LeafPosition position = kernel_.position(key);
    positions_.emplace(key, position);
    return position;
  }

  const LeafKey& key(LeafPosition position) {
    while (keys_.size() <= position) {
      keys_.push_back(kernel_.key(static_cast<LeafPosition>(keys_.size())));
    }
    return keys_[position];
  }

  LeafPosition context_leaf(ContextId context) { return leaf({LeafKind::kContext, 0, context, 0}); }

  LeafPosition calls_leaf(ContextId context) { return leaf({LeafKind::kOpenCalls, 0, context, 0}); }

  // The state under construction: the state before the event, and what has changed since. Whatever
  // is asked and done goes into the step.
  [[nodiscard]] LeafValue current(LeafPosition position) const {
    for (const LeafChange& change : step_.changes) {
      if (change.position == position) {
        return change.after;
      }
    }
    return (*before_)[position];
  }

  /// The whole value.
  LeafValue get(LeafPosition position) {
    note(position, {}, (*before_)[position]);
    return current(position);
  }

  /// The answer to a question about the leaf as it is now.
  std::uint64_t ask(LeafPosition position, const LeafQuestion& question);

  /// Does something to the leaf as it is now.
  void operate(LeafPosition position, const LeafOperation& operation);

  void set(LeafPosition position, LeafValue value) {
    operate(position, {LeafOperation::Kind::kSet, value, 0});
  }

  void add(LeafPosition position, int difference) {
    operate(position, {LeafOperation::Kind::kAdd, static_cast<std::uint32_t>(difference), 0});
  }

  void note(LeafPosition position, const LeafQuestion& question, std::uint64_t answer);

  ContextState context_at(ContextId context) {
    return kernel_.context_state(get(context_leaf(context)));
  }

  std::vector<OpenCall> calls_of(ContextId context) {
    return kernel_.open_calls(get(calls_leaf(context)));
  }

  void operate_calls(ContextId context, LeafOperation::Kind kind, std::uint32_t a = 0,
                     std::uint32_t b = 0) {
    operate(calls_leaf(context), {kind, a, b});
  }

  void begin(const StateVector& state);

  [[nodiscard]] bool has_budget(internal::Fault fault, int budget) {
    return budget > 0 && get(leaf({LeafKind::kBudget, static_cast<std::uint32_t>(fault), 0, 0})) <
                             static_cast<std::uint32_t>(budget);
  }

  void spend(internal::Fault fault) {
    add(leaf({LeafKind::kBudget, static_cast<std::uint32_t>(fault), 0, 0}), 1);
  }

  [[nodiscard]] const Installed& canister(CanisterId id) const {
    return kernel_.system().canisters[id];
  }

  /// Whether an environment canister answers; a method that it neither has nor was given answers
  /// for is refused as any canister refuses it.
  [[nodiscard]] bool environment_answers(CanisterId id, MethodId method) const {
    const Installed& callee = canister(id);
    return callee.environment &&
           (method < info(id).methods.size() || callee.answers.contains(method));
  }

  [[nodiscard]] const ProgramInfo& info(CanisterId id) const {
    return canister(id).program->info();
  }

  [[nodiscard]] const ProgramInfo& info(CanisterId id, std::uint32_t code) const {
    return canister(id).code(code)->info();
  }

  /// As it is now; of a canister that nobody manages nothing is asked.
  Lifecycle lifecycle_of(CanisterId id) {
    return kernel_.is_managed(id)
               ? Lifecycle::from_leaf(get(leaf({LeafKind::kLifecycle, id, 0, 0})))
               : Lifecycle{};
  }

  [[nodiscard]] bool name_in_use(ContextId name);
  /// The requests for whose answer nobody waits, anywhere: expired ones, and those that wait to be
  /// executed a second time.
  [[nodiscard]] std::vector<Request> orphans();

  /// Whether bounded-wait calls expire, and one was made.
  [[nodiscard]] bool has_expiries() const {
    return kernel_.system().faults.expiries > 0 && kernel_.has_bounded_calls();
  }

  /// Whether the call waits for its response.
  bool waits(ContextId caller, CallIndex index);

  [[nodiscard]] bool timer_due(LeafValue timer);

  // Enumerating.
  void obligatory(const StateVector& state, std::vector<Event>& events);
  void contribute(const EventSource& source, std::vector<Event>& events);
  void request_starts(LeafPosition queue, std::vector<Event>& events);
  void deliveries(LeafPosition calls, std::vector<Event>& events);
  void time_passing(std::vector<Event>& events);
  void heartbeats(std::vector<Event>& events);
  void send_failures(const Event& event, std::vector<Event>& events);
  void traps(const Event& event, std::vector<Event>& events);
  void cleanup_traps(const Event& event, std::vector<Event>& events);
  void silences(const Event& event, std::vector<Event>& events);
  void rejects(LeafPosition queue, std::vector<Event>& events);
  void drops(const Event& event, std::vector<Event>& events);
  void resubmits(std::vector<Event>& events);
  void repeats(const Event& event, std::vector<Event>& events);
  void expiries(LeafPosition calls, std::vector<Event>& events);
  bool is_expired(std::uint32_t request);
  void losses(LeafPosition queue, std::vector<Event>& events);
  void controls(std::vector<Event>& events);
  void controls_of(CanisterId where, std::vector<Event>& events);
  void garbles(LeafPosition calls, std::vector<Event>& events);
  void try_out(const Event& event);
  bool leaves_something_behind(const Event& event);
  bool starts_code(const Event& event);

  // Performing.
  void perform(const Event& event);
  void start_code(ContextId context, CanisterId canister, MethodId method, ValueId arguments);
  void start_request(const Event& event);
  void start_task(const Event& event);
  void deliver(const Event& event);
  void resume(ContextId context, const ContextState& suspended, LeafValue record,
              CallIndex delivered, std::uint32_t answer);

  /// A response that resumed code: to which call, and what it said.
  struct Delivered {
    CallIndex call = 0;
    std::uint32_t answer = 0;
  };

  void end_by_trap(ContextId context, const ContextState& suspended, const Delivered& delivered,
                   ValueId text);
  const Effects& cleanup(ContextId context, const ContextState& suspended,
                         const Delivered& delivered);
  void end_context(ContextId context, bool responded, std::uint32_t result,
                   const Answer& last_words);
  bool refuse(ContextId context, CanisterId where, MethodId method, ValueId arguments);
  void reject_request(const Event& event);
  void expire_call(const Event& event);
  void drop_request(const Event& event);
  void garble_reply(const Event& event);
  bool is_callable(const Event& event, MethodId method);
  void commit(ContextId context, const Effects& effects, bool query);
  void write_variables(CanisterId canister, const Effects& effects);
  void write_key(CanisterId canister, Subject subject, ValueId value);
  void put_sends(ContextId context, const Effects& effects);
  void answer(ContextId from, ContextId context, const Answer& answer, bool injected);
  std::uint32_t kept(const ContextOrigin& ingress, const Answer& answer);
  bool keep_open_calls_only(ContextId context);
  void answer_call(ContextId from, ContextId caller, CallIndex index, const Answer& answer,
                   bool injected);
  void set_timer(CanisterId where, const Effects& effects);

  // Lifecycles.
  void ask_management(ContextId user, const UserCall& call);
  void manage(const Event& event);
  void stop(CanisterId where, ContextId user);
  void start(CanisterId where);
  void has_stopped(CanisterId where);
  std::optional<Answer> replace_code(Management action, CanisterId where, std::uint32_t code,
                                     ContextId by);
  std::optional<Answer> upgrade(CanisterId where, std::uint32_t code, ContextId by);
  const Effects* run_hook(MethodKind kind, CanisterId where, std::uint32_t code, ContextId by);
  void uninstall(CanisterId where);
  void take_snapshot(CanisterId where);
  void load_snapshot(CanisterId where);
  void set_lifecycle(CanisterId where, const Lifecycle& lifecycle);
  void drop_tasks(CanisterId where, std::uint32_t code, bool installs);
  void clear(CanisterId where, std::uint32_t variable, bool keyed);
  void make_variables(CanisterId where, const Lifecycle& before, std::uint32_t code, bool upgrades);
  std::vector<std::uint32_t> keys_of(CanisterId where, std::uint32_t variable);
  std::vector<ContextId> contexts_at(CanisterId where, bool pending_stops);
  std::uint32_t open_callbacks(CanisterId where);
  void cut_off(CanisterId where);

  Answer done() { return {true, RejectCode::kNone, Tables::kUnit}; }

  Request pop(const Event& event);
  const Effects& run(const PieceInput& input, ContextId context, const MemoKey& key);
  const Effects& recall_or_run(const PieceInput& input, const MemoKey& key);
  Effects run_program(const PieceInput& input, ObservationSource& source);
  [[noreturn]] void not_deterministic(const PieceInput& input) const;
  std::pair<ContextId, CallIndex> deferred(ValueId handle, CanisterId where);

  Answer error(std::string_view text) {
    return {false, RejectCode::kCanisterError, kernel_.tables().values.intern(text)};
  }

  struct LeafKeyHash {
    std::size_t operator()(const LeafKey& leaf_key) const {
      std::uint64_t hash = static_cast<std::uint64_t>(leaf_key.kind) * 0x9e3779b97f4a7c15ULL;
      hash = (hash ^ leaf_key.a) * 0x9fb21c651e98df25ULL;
      hash = (hash ^ leaf_key.b ^ hash >> 29U) * 0x9fb21c651e98df25ULL;
      hash = (hash ^ leaf_key.c ^ hash >> 29U) * 0x9fb21c651e98df25ULL;
      return hash ^ hash >> 32U;
    }
  };

  Kernel& kernel_;
  Options options_;
  Statistics statistics_;
  std::unique_ptr<PieceMemo> own_pieces_;  ///< null: it has others' too
  PieceMemo& pieces_;
  bool recheck_next_ = false;
  ExecutionSource source_;
  std::size_t canisters_;
  std::deque<Effects> unremembered_;
  std::unordered_map<LeafKey, LeafPosition, LeafKeyHash> positions_;
  std::vector<LeafKey> keys_;
  const StateVector* before_ = nullptr;
  Step step_;
  std::uint32_t deadline_ = 0;  ///< of the request that the code of this step serves
  std::uint32_t code_ = 0;      ///< which code that is (Installed::code)
  // Of the last execution that was no cleanup.
  std::uint32_t slots_found_ = 0;
  std::uint32_t writes_done_ = 0;
  bool cleanup_leaves_something_ = false;
  std::vector<EventSource> sources_;  ///< of the state that is being enumerated
};

}  // namespace heddle
