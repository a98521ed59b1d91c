#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <heddle/checker/partial_order.h>
#include <heddle/checker/symmetry.h>

namespace heddle {

namespace {

using internal::bit_of;
using internal::Footprint;
using internal::footprint_of;
using internal::Known;
using Phase = ContextState::Phase;
using Status = OpenCall::Status;

/// Summaries remembered by one thread.
constexpr std::size_t kSummariesMax = std::size_t{1} << 16U;

std::string reason_against(const Kernel& kernel, const Claims& claims) {
  const System& system = kernel.system();
  if (system.weakened.overtaking) {
    return "requests may overtake each other";
  }
  if (system.weakened.repeated_requests > 0) {
    return "requests may be executed twice";
  }
  if (system.clock) {
    return "the scenario models a clock, on which all timers depend";
  }
  if (system.is_managed()) {
    return "what stops a canister or replaces its code depends on all that is open there";
  }
  if (system.canisters.size() > internal::kCanistersMax) {
    return fmt::format("there are more than {} canisters", internal::kCanistersMax);
  }
  for (const auto& property : claims.properties) {
    if (property->when() == Property::When::kEveryState && !property->is_memoised()) {
      return fmt::format("what \"{}\" reads is not recorded", property->name());
    }
    if (property->when() == Property::When::kEveryStep && !property->looks_at_one_context()) {
      return fmt::format("\"{}\" depends on the order of events of several calls",
                         property->name());
    }
  }
  return {};
}

}  // namespace

PartialOrder::PartialOrder(Kernel& kernel, const Claims& claims, const Symmetry* symmetry)
    : kernel_(kernel),
      off_(reason_against(kernel, claims)),
      known_(kernel, symmetry == nullptr ? nullptr : &symmetry->names()),
      seen_(known_) {
  for (const Installed& canister : kernel.system().canisters) {
    const ProgramInfo& info = canister.program->info();
    has_tasks_ = has_tasks_ || info.task(MethodKind::kTimer) != Send::kNoMethod ||
                 (kernel.system().faults.heartbeats > 0 &&
                  info.task(MethodKind::kHeartbeat) != Send::kNoMethod);
  }
  prepare();
}

void PartialOrder::see(const Known& more) {
  grew_ = seen_.merge(more) || grew_;
}

bool PartialOrder::is_outgrown(std::uint64_t transitions) {
  if (!grew_) {
    return false;
  }
  // What else there is to see is waited for as long as it took to see the first of it.
  if (transitions_when_it_grew_ == 0) {
    transitions_when_it_grew_ = transitions;
  }
  return transitions >= 2 * transitions_when_it_grew_ || restarts_ == 0;
}

void PartialOrder::start_again() {
  known_ = seen_;
  grew_ = false;
  transitions_when_it_grew_ = 0;
  ++restarts_;
  prepare();
}

void PartialOrder::prepare() {
  const System& system = kernel_.system();
  const std::size_t count = system.canisters.size();
  pending_.assign(count, {});
  called_.assign(count, {});
  senders_.assign(count, 0);
  slots_suffice_.assign(count * (count + 1), false);
  for (CanisterId canister = 0; canister < count; ++canister) {
    senders_[canister] = known_.senders(canister);
    for (CanisterId callee = 0; callee <= count; ++callee) {
      slots_suffice_[canister * (count + 1) + callee] =
          known_.slots_suffice(kernel_, canister, callee < count ? callee : kNoCanister);
    }
    const ProgramInfo& info = system.canisters[canister].program->info();
    for (MethodId id = 0; id < info.methods.size(); ++id) {
      const Known::Method& method = known_.method(canister, id);
      const MethodKind kind = info.methods[id].kind;
      if (method.called || kind == MethodKind::kTimer || kind == MethodKind::kHeartbeat) {
        called_[canister] |= method.start;
        called_[canister] |= method.resumed;
      }
    }
  }
  for (std::uint32_t user = 0; user < system.users.size(); ++user) {
    const auto& calls = system.users[user].calls;
    for (std::uint32_t number = 0; number < calls.size(); ++number) {
      const CanisterId canister = calls[number].canister;
      const Known::Method& method = known_.method(canister, calls[number].method);
      Pending pending;
      pending.context =
          kernel_.context({ContextOrigin::Kind::kIngress, canister, user, number, 0, 0});
      pending.leaf = kernel_.context_leaf(pending.context);
      pending.footprint = method.start;
      pending.footprint |= method.resumed;
      pending_[canister].push_back(pending);
    }
  }
}

bool PartialOrder::slots_suffice(CanisterId caller, CanisterId callee) const {
  const std::size_t count = kernel_.system().canisters.size();
  return slots_suffice_[caller * (count + 1) + std::min<std::size_t>(callee, count)];
}

PartialOrder::Selector::Selector(PartialOrder& order, Stepper& stepper)
    : order_(order), kernel_(order.kernel_), stepper_(stepper), seen_(order.known_) {}

void PartialOrder::Selector::performed(const StateVector& before, const Step& step) {
  grew_ = seen_.learn(kernel_, before, step) || grew_;
}

void PartialOrder::Selector::read(
    const std::vector<std::pair<Observation, std::uint32_t>>& consulted) {
  for (const auto& [observation, answer] : consulted) {
    grew_ = seen_.learn(kernel_, observation) || grew_;
  }
}

void PartialOrder::Selector::read_names() {
  grew_ = seen_.learn_of_names() || grew_;
}

void PartialOrder::Selector::report() {
  if (grew_) {
    order_.see(seen_);
    grew_ = false;
  }
}

std::span<const std::size_t> PartialOrder::Selector::select(const StateVector& state,
                                                            const std::vector<Event>& enabled) {
  events_ = &enabled;
  chosen_.clear();
  bool is_chosen = false;
  try {
    look_around(state);
    is_chosen = !order_.known_.expires() &&
                (choose_put_aside(state) || choose_context(state) || choose_canisters(state));
  } catch (...) {
    is_chosen = false;  // undefined use: the search itself meets it, and says where
  }
  if (!is_chosen) {
    chosen_.resize(enabled.size());
    std::iota(chosen_.begin(), chosen_.end(), std::size_t{0});
  }
  return chosen_;
}

// What there is in the state.

const PartialOrder::Selector::Leaf& PartialOrder::Selector::leaf(LeafPosition position) {
  while (leaves_.size() <= position) {
    Leaf next;
    next.key = kernel_.key(static_cast<LeafPosition>(leaves_.size()));
    if (next.key.kind == LeafKind::kContext || next.key.kind == LeafKind::kOpenCalls) {
      next.canister = kernel_.origin(next.key.b).canister;
    }
    leaves_.push_back(next);
  }
  return leaves_[position];
}

PartialOrder::Selector::Open& PartialOrder::Selector::open(ContextId context, CanisterId canister) {
  const auto known = std::ranges::find(open_, context, &Open::context);
  if (known != open_.end()) {
    return *known;
  }
  return open_.emplace_back(Open{context, canister, 0, 0});
}

const PartialOrder::Selector::Open* PartialOrder::Selector::find_open(ContextId context) const {
  const auto known = std::ranges::find(open_, context, &Open::context);
  return known == open_.end() ? nullptr : &*known;
}

void PartialOrder::Selector::look_around(const StateVector& state) {
  open_.clear();
  queues_.clear();
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const Leaf& what = leaf(at);
    if (what.key.kind == LeafKind::kContext) {
      open(what.key.b, what.canister).state = state[at];
    } else if (what.key.kind == LeafKind::kOpenCalls) {
      open(what.key.b, what.canister).calls = state[at];
    } else if (what.key.kind == LeafKind::kQueue) {
      queues_.emplace_back(static_cast<CanisterId>(what.key.a),
                           static_cast<CanisterId>(what.key.b));
    }
  }
}

PartialOrder::Selector::StateSummary PartialOrder::Selector::summary(const Open& open) {
  const auto known = states_.find(open.state);
  if (known != states_.end()) {
    return known->second;
  }
  if (states_.size() > kSummariesMax) {
    states_.clear();
  }
  const ContextState context = kernel_.context_state(open.state);
  const StateSummary made{context.phase, context.method,
                          context.await.kind == Await::Kind::kAll && !context.await.via_helper};
  states_.emplace(open.state, made);
  return made;
}

PartialOrder::Selector::CallsSummary PartialOrder::Selector::waiting(LeafValue calls) {
  const auto known = calls_.find(calls);
  if (known != calls_.end()) {
    return known->second;
  }
  if (calls_.size() > kSummariesMax) {
    calls_.clear();
  }
  CallsSummary made;
  for (const OpenCall& call : kernel_.open_calls(calls)) {
    if (call.status == Status::kWaiting) {
      made.waits = true;
      made.callees |= bit_of(call.callee);
    }
  }
  calls_.emplace(calls, made);
  return made;
}

/// What may be touched at a canister by all but one context, from now on.
Footprint PartialOrder::Selector::others(const StateVector& state, CanisterId canister,
                                         ContextId except) {
  Footprint touched = order_.called_[canister];
  for (const Open& other : open_) {
    if (other.canister != canister || other.context == except) {
      continue;
    }
    const StateSummary context = summary(other);
    if (context.phase == Phase::kSuspended) {
      touched |= order_.known_.method(canister, context.method).resumed;
    }
  }
  const bool again = kernel_.system().faults.resubmissions > 0;
  for (const Pending& pending : order_.pending_[canister]) {
    if (again || (pending.context != except && state[pending.leaf] == 0)) {
      touched |= pending.footprint;
    }
  }
  return touched;
}

// A response that is only put aside.

bool PartialOrder::Selector::choose_put_aside(const StateVector& state) {
  for (std::size_t i = 0; i < events_->size(); ++i) {
    if (may_put_aside(state, (*events_)[i])) {
      chosen_.assign(1, i);
      return true;
    }
  }
  return false;
}

bool PartialOrder::Selector::may_put_aside(const StateVector& state, const Event& event) {
  if (event.kind != EventKind::kDeliver) {
    return false;
  }
  const Open* const open = find_open(event.context);
  const StateSummary context = summary(*open);
  if (context.phase == Phase::kSuspended ? !context.waits_for_all
                                         : context.phase != Phase::kEnded) {
    return false;
  }
  if (std::ranges::any_of(*events_, [&](const Event& other) {
        return (other.kind == EventKind::kExpireCall || other.kind == EventKind::kGarbleReply) &&
               other.context == event.context && other.index == event.index;
      })) {
    return false;  // it may expire, or become another, instead
  }
  const std::vector<OpenCall> calls = kernel_.open_calls(open->calls);
  const auto delivered = std::ranges::find(calls, event.index, &OpenCall::index);
  // Each delivery frees a slot [Q4].
  const std::uint64_t asked = others(state, open->canister, event.context).asked;
  const auto is_free_to_wait = [&](const OpenCall& call) {
    return (asked & bit_of(call.callee)) == 0 || order_.slots_suffice(open->canister, call.callee);
  };
  if (context.phase == Phase::kEnded) {
    return is_free_to_wait(*delivered) && is_unseen(state, event) &&
           (!may_go_on_for_ever() || is_in_no_cycle(stepper_.step(state, event)));
  }
  // Code of this context cannot run before: it waits for this response, and for another one.
  const std::vector<CallIndex> awaited = kernel_.context_state(open->state).await.calls;
  const auto is_awaited = [&](CallIndex index) {
    return std::ranges::find(awaited, index) != awaited.end();
  };
  bool for_another = false;
  bool free_to_wait = true;
  for (const OpenCall& call : calls) {
    if (for_another && (asked == 0 || !free_to_wait)) {
      break;
    }
    if (call.status != Status::kStored && is_awaited(call.index)) {
      for_another = for_another || call.index != event.index;
      free_to_wait = free_to_wait && is_free_to_wait(call);
    }
  }
  // A reply that is put aside is one that no code has taken, as before.
  return for_another && free_to_wait && is_awaited(event.index) &&
         !order_.known_.is_read({LeafKind::kOpenCalls, 0, event.context, 0}) &&
         is_unseen({LeafKind::kInFlight, open->canister, delivered->callee, 0});
}

// One context.

PartialOrder::Selector::Thread PartialOrder::Selector::thread_of(const Event& event) {
  switch (event.kind) {
    case EventKind::kStartIngress:
    case EventKind::kDropIngress:
      return {EventKind::kStartIngress, event.context, 0};
    case EventKind::kStartRequest:
    case EventKind::kRejectRequest:
    case EventKind::kDropRequest:
      return {EventKind::kStartRequest, event.from, event.to};
    case EventKind::kDeliver:
    case EventKind::kExpireCall:
    case EventKind::kGarbleReply:
    case EventKind::kResubmit:
      return {EventKind::kDeliver, event.context, 0};
    default:
      return {event.kind, event.to, 0};
  }
}

bool PartialOrder::Selector::choose_context(const StateVector& state) {
  const std::vector<Event>& events = *events_;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Thread thread = thread_of(events[i]);
    if (thread.kind != EventKind::kStartIngress && thread.kind != EventKind::kStartRequest &&
        thread.kind != EventKind::kDeliver) {
      continue;
    }
    chosen_.clear();
    for (std::size_t j = 0; j < events.size(); ++j) {
      if (thread_of(events[j]) == thread) {
        chosen_.push_back(j);
      }
    }
    if (chosen_.front() == i && chosen_.size() < events.size() &&
        std::ranges::all_of(chosen_,
                            [&](std::size_t j) { return may_go_alone(state, events[j]); }) &&
        has_key(state)) {
      return true;
    }
  }
  chosen_.clear();
  return false;
}

bool PartialOrder::Selector::may_go_alone(const StateVector& state, const Event& event) {
  const CanisterId canister = event.to;
  const System& system = kernel_.system();
  if (event.kind == EventKind::kResubmit || order_.known_.is_special(canister)) {
    return false;
  }
  const bool delivers = event.kind == EventKind::kDeliver;
  CanisterId freed = kNoCanister;
  if (delivers) {
    const LeafValue calls = find_open(event.context)->calls;
    if (waiting(calls).waits) {
      return false;  // its response may come first
    }
    const std::vector<OpenCall> open = kernel_.open_calls(calls);
    freed = std::ranges::find(open, event.index, &OpenCall::index)->callee;
  }
  const ContextId own = event.kind == EventKind::kStartRequest ? 0 : event.context;
  const Footprint around = others(state, canister, own);
  if (delivers && !order_.slots_suffice(canister, freed) && (around.asked & bit_of(freed)) != 0) {
    return false;
  }
  const Step& step = stepper_.step(state, event);
  for (const Execution& execution : step.executions) {
    const Footprint touched = footprint_of(kernel_, execution, order_.known_.renamer());
    if (touched.meets(around)) {
      return false;
    }
    // A refused send depends on who has got a response before.
    for (CanisterId callee = 0; callee <= system.canisters.size(); ++callee) {
      const CanisterId whom = callee < system.canisters.size() ? callee : kNoCanister;
      if ((touched.asked & bit_of(whom)) != 0 && !order_.slots_suffice(canister, whom) &&
          std::ranges::any_of(open_, [&](const Open& other) {
            return other.canister == canister && other.context != own && other.calls != 0;
          })) {
        return false;
      }
    }
  }
  return true;
}

// Some canisters.

/// Adds to a set of canisters all those that can bring it something new.
std::uint64_t PartialOrder::Selector::close(const StateVector& state, std::uint64_t canisters) {
  const System& system = kernel_.system();
  const std::uint64_t installed = (std::uint64_t{1} << system.canisters.size()) - 1;
  while (true) {
    std::uint64_t more = canisters;
    for (const Open& open : open_) {
      if ((canisters & bit_of(open.canister)) != 0) {
        more |= waiting(open.calls).callees & installed;
      }
    }
    for (CanisterId canister = 0; canister < system.canisters.size(); ++canister) {
      if ((canisters & bit_of(canister)) == 0) {
        continue;
      }
      std::uint64_t behind_others = 0;
      for (const auto& [from, to] : queues_) {
        behind_others |= to == canister ? bit_of(from) : 0;
      }
      more |= order_.senders_[canister] & ~behind_others;
      for (const Pending& pending : order_.pending_[canister]) {
        const ContextOrigin origin = kernel_.origin(pending.context);
        const User& user = system.users[origin.user];
        if (state[pending.leaf] != 0 || user.order != ScriptOrder::kThen) {
          continue;
        }
        // It may become startable when an earlier call of the script is answered.
        for (std::uint32_t earlier = 0; earlier < origin.number; ++earlier) {
          more |= bit_of(user.calls[earlier].canister);
        }
      }
    }
    if (more == canisters) {
      return canisters;
    }
    canisters = more;
  }
}

bool PartialOrder::Selector::choose_canisters(const StateVector& state) {
  const std::vector<Event>& events = *events_;
  std::vector<std::size_t> best;
  std::uint64_t tried = 0;
  for (const Event& event : events) {
    if (event.is_optional() || (tried & bit_of(event.to)) != 0) {
      continue;
    }
    tried |= bit_of(event.to);
    const std::uint64_t canisters = close(state, bit_of(event.to));
    chosen_.clear();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if ((canisters & bit_of(events[i].to)) != 0) {
        chosen_.push_back(i);
      }
    }
    if (chosen_.size() < (best.empty() ? events.size() : best.size()) && has_key(state)) {
      best = chosen_;
    }
    if (best.size() == 1) {
      break;
    }
  }
  chosen_ = best;
  return !chosen_.empty();
}

// Visibility, and the ignoring problem.

bool PartialOrder::Selector::is_unseen(const LeafKey& key) const {
  return !order_.known_.anything_visible() || !order_.known_.is_visible(kernel_, key);
}

bool PartialOrder::Selector::may_go_on_for_ever() const {
  return order_.has_tasks_ || order_.known_.continues();
}

/// Whether nobody sees that the event has happened.
bool PartialOrder::Selector::is_unseen(const StateVector& state, const Event& event) {
  return !order_.known_.anything_visible() ||
         std::ranges::all_of(stepper_.step(state, event).changes, [&](const LeafChange& change) {
           return is_unseen(leaf(change.position).key);
         });
}

/// Whether the chosen events have a key among them: one that must happen, that nothing but they can
/// prevent, and that nobody sees. And whether none of them can be put off by others for ever.
bool PartialOrder::Selector::has_key(const StateVector& state) {
  const std::vector<Event>& events = *events_;
  const bool ends = !may_go_on_for_ever() || std::ranges::all_of(chosen_, [&](std::size_t i) {
    return is_in_no_cycle(stepper_.step(state, events[i]));
  });
  return ends && std::ranges::any_of(chosen_, [&](std::size_t i) {
           return !events[i].is_optional() && is_unseen(state, events[i]);
         });
}

/// Each cycle in the graph of states has an event that sets a timer or goes on as another method: a
/// task that starts was queued by a timer that was set, or by one of the few heartbeats. Names of
/// contexts other than users' calls are asked about by tasks that start and by `continue_as`.
bool PartialOrder::Selector::is_in_no_cycle(const Step& step) {
  for (const Execution& execution : step.executions) {
    if (execution.effects != nullptr &&
        (execution.effects->timer || execution.effects->continued)) {
      return false;
    }
  }
  return std::ranges::none_of(step.changes, [&](const LeafChange& change) {
    const LeafKey& key = leaf(change.position).key;
    return key.kind == LeafKind::kContext && (change.before == 0) != (change.after == 0) &&
           kernel_.origin(key.b).kind != ContextOrigin::Kind::kIngress;
  });
}

}  // namespace heddle
