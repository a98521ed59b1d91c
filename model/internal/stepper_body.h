// What the parts of Stepper share: the state under construction, one execution's answers, the memo.
//
// The transition relation is written in four files: stepper_events.cc (which events are enabled),
// stepper.cc (what runs, and how it ends), stepper_commit.cc (what an execution leaves behind) and
// stepper_observations.cc (what running code can learn).
#pragma once

#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/model/kernel.h>

namespace heddle {

namespace internal {

/// Fault budgets, by number: LeafKey{kBudget, fault}.
enum class Fault : std::uint32_t { kSend, kReject, kTrap, kHeartbeat, kDrop, kResubmit, kSilence };

/// A stored response keeps no context open; a call without one, or with one in flight, does [C12].
inline bool keeps_context_open(const OpenCall& call) {
  return call.status != OpenCall::Status::kStored;
}

/// Whether the response to `index` resumes code, rather than being put aside.
bool resumes(const ContextState& context, const std::vector<OpenCall>& calls, CallIndex index);

}  // namespace internal

/// Everything behind Stepper, so that the header shows only what callers need.
class Stepper::Body {
 public:
  Body(Kernel& kernel, Options options)
      : kernel_(kernel),
        options_(options),
        source_(*this),
        canisters_(kernel.system().canisters.size()) {}

  void enabled(const StateVector& state, std::vector<Event>& events);
  bool quiescent(const StateVector& state);
  const Step& step(const StateVector& state, const Event& event);

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
    std::uint32_t free_slot(CanisterId callee);

    Body& body_;
    CanisterId canister_ = 0;
    ContextId context_ = 0;
    std::uint32_t failing_send_ = 0;
    std::uint32_t slots_found_ = 0;
    std::vector<std::pair<CanisterId, std::uint32_t>> slots_;
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

  // The state under construction: the state before the event, and what has changed since.
  LeafValue get(LeafPosition position) const {
    for (const LeafChange& change : step_.changes) {
      if (change.position == position) {
        return change.after;
      }
    }
    return (*before_)[position];
  }

  void set(LeafPosition position, LeafValue value) {
    for (LeafChange& change : step_.changes) {
      if (change.position == position) {
        change.after = value;
        return;
      }
    }
    step_.changes.push_back({position, (*before_)[position], value});
  }

  void add(LeafPosition position, int difference) {
    set(position, static_cast<LeafValue>(static_cast<std::int64_t>(get(position)) + difference));
  }

  ContextState context_at(ContextId context) {
    return kernel_.context_state(get(context_leaf(context)));
  }

  std::vector<OpenCall> calls_of(ContextId context) {
    return kernel_.open_calls(get(calls_leaf(context)));
  }

  void set_calls(ContextId context, const std::vector<OpenCall>& calls) {
    set(calls_leaf(context), kernel_.intern(calls));
  }

  [[nodiscard]] bool has_budget(const StateVector& state, internal::Fault fault, int budget) {
    return budget > 0 && state[leaf({LeafKind::kBudget, static_cast<std::uint32_t>(fault), 0, 0})] <
                             static_cast<std::uint32_t>(budget);
  }

  void spend(internal::Fault fault) {
    add(leaf({LeafKind::kBudget, static_cast<std::uint32_t>(fault), 0, 0}), 1);
  }

  [[nodiscard]] const Installed& canister(CanisterId id) const {
    return kernel_.system().canisters[id];
  }

  [[nodiscard]] const ProgramInfo& info(CanisterId id) const {
    return canister(id).program->info();
  }

  [[nodiscard]] bool name_in_use(ContextId name);
  [[nodiscard]] bool timer_due(const StateVector& state, LeafValue timer);

  // Enumerating.
  void obligatory(const StateVector& state, std::vector<Event>& events);
  void optional(const StateVector& state, std::vector<Event>& events);
  void request_starts(const StateVector& state, CanisterId from, CanisterId to, LeafValue queue,
                      std::vector<Event>& events);
  std::uint32_t slots_found_by(const StateVector& state, const Event& event);

  // Performing.
  void perform(const Event& event);
  void start_code(ContextId context, CanisterId canister, MethodId method, ValueId arguments);
  void start_request(const Event& event);
  void start_task(const Event& event);
  void deliver(const Event& event);
  void resume(ContextId context, const ContextState& suspended, const OpenCall& delivered,
              std::vector<OpenCall> calls);
  void end_by_trap(ContextId context, const ContextState& suspended, ValueId text);
  void cleanup(ContextId context, const ContextState& suspended);
  void end_context(ContextId context, bool responded, std::uint32_t result,
                   const Answer& last_words);
  void reject_request(const Event& event);
  void commit(ContextId context, const Effects& effects, bool query);
  void write_variables(CanisterId canister, const Effects& effects);
  void write_key(CanisterId canister, Subject subject, ValueId value);
  void put_sends(ContextId context, const Effects& effects);
  void answer(ContextId from, ContextId context, const Answer& answer, bool injected);
  std::uint32_t kept(const ContextOrigin& ingress, const Answer& answer);
  bool keep_open_calls_only(ContextId context);
  void answer_call(ContextId from, ContextId caller, CallIndex index, const Answer& answer,
                   bool injected);
  void push(std::vector<std::uint32_t>& queue, CanisterId to, const Request& request);
  void set_timer(CanisterId where, const Effects& effects);
  Request pop(CanisterId from, CanisterId to, std::uint32_t at);
  const Effects& run(const PieceInput& input, ContextId context, const MemoKey& key);
  const Effects& recall_or_run(const PieceInput& input, const MemoKey& key);
  Effects run_program(const PieceInput& input, ObservationSource& source);
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
  ExecutionSource source_;
  std::size_t canisters_;
  Memo<Effects> memo_;
  std::deque<Effects> unremembered_;
  std::unordered_map<LeafKey, LeafPosition, LeafKeyHash> positions_;
  std::vector<LeafKey> keys_;
  const StateVector* before_ = nullptr;
  Step step_;
  std::uint32_t slots_found_ = 0;     ///< by the last execution that was no cleanup
  std::vector<LeafPosition> queues_;  ///< non-empty queues of the state that is being enumerated
};

}  // namespace heddle
