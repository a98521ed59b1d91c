// Which events are enabled in a state, in an order that is the same in every run: the obligatory
// ones, then what the environment may do besides (ic-semantics.md sections 15 and 19).
#include <algorithm>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>

namespace heddle {

namespace {

using internal::Fault;
using internal::kOfBounded;
using internal::kOfUnbounded;
using internal::resumes;
using Phase = ContextState::Phase;
using Status = OpenCall::Status;

/// Later in an execution than after so many writes no trap is injected: the memo's keys have room
/// for no more.
constexpr std::uint32_t kTrapAfterMax = (1U << 14U) - 1;

}  // namespace

bool internal::resumes(const ContextState& context, const std::vector<OpenCall>& calls,
                       CallIndex index) {
  if (context.phase != Phase::kSuspended) {
    return false;
  }
  const Await& await = context.await;
  if (index == kHelperCall) {
    return await.via_helper;
  }
  if (await.via_helper || std::ranges::find(await.calls, index) == await.calls.end()) {
    return false;
  }
  if (await.kind != Await::Kind::kAll) {
    return true;
  }
  return std::ranges::all_of(calls, [&](const OpenCall& call) {
    return call.index == index || call.status == Status::kStored ||
           std::ranges::find(await.calls, call.index) == await.calls.end();
  });
}

bool Stepper::Body::timer_due(LeafValue timer) {
  return !kernel_.system().clock || get(leaf({LeafKind::kClock, 0, 0, 0})) >= timer - 1;
}

std::optional<EventSource> Stepper::Body::source_of(LeafPosition at) {
  EventSource source;
  source.leaf = at;
  switch (key(at).kind) {
    case LeafKind::kQueue:
      source.kind = EventSource::Kind::kQueue;
      return source;
    case LeafKind::kOpenCalls:
      source.kind = EventSource::Kind::kCalls;
      return source;
    case LeafKind::kTasks:
      source.kind = EventSource::Kind::kTasks;
      return source;
    case LeafKind::kTimer:
      source.kind = EventSource::Kind::kTimer;
      return source;
    case LeafKind::kLifecycle:
      source.kind = EventSource::Kind::kStopping;
      return source;
    default:
      return std::nullopt;
  }
}

bool Stepper::Body::before(const EventSource& left, const EventSource& right) {
  if (left.kind != right.kind) {
    return left.kind < right.kind;
  }
  return left.kind == EventSource::Kind::kCalls
             ? kernel_.before(key(left.leaf).b, key(right.leaf).b)
             : key(left.leaf) < key(right.leaf);
}

void Stepper::Body::contribute(const EventSource& source, std::vector<Event>& events) {
  Event event;
  switch (source.kind) {
    case EventSource::Kind::kUser:
      event.kind = EventKind::kStartIngress;
      for (const ContextId ingress :
           kernel_.startable(source.number, [this](LeafPosition at) { return get(at); })) {
        event.context = ingress;
        event.to = kernel_.origin(ingress).canister;
        events.push_back(event);
      }
      break;
    case EventSource::Kind::kQueue:
      request_starts(source.leaf, events);
      break;
    case EventSource::Kind::kCalls:
      deliveries(source.leaf, events);
      break;
    case EventSource::Kind::kTasks:
      event.kind = EventKind::kStartTask;
      event.to = static_cast<CanisterId>(key(source.leaf).a);
      if (get(source.leaf) != 0 && !lifecycle_of(event.to).refuses()) {
        events.push_back(event);
      }
      break;
    case EventSource::Kind::kTimer:
      event.kind = EventKind::kFireTimer;
      event.to = static_cast<CanisterId>(key(source.leaf).a);
      if (const LeafValue timer = get(source.leaf);
          timer != 0 && timer_due(timer) && !lifecycle_of(event.to).refuses()) {
        events.push_back(event);
      }
      break;
    case EventSource::Kind::kStopping:
      event.kind = EventKind::kStopped;
      event.to = static_cast<CanisterId>(key(source.leaf).a);
      if (lifecycle_of(event.to).status == Lifecycle::Status::kStopping &&
          contexts_at(event.to, false).empty()) {
        events.push_back(event);
      }
      break;
    case EventSource::Kind::kTime:
      time_passing(events);
      break;
    case EventSource::Kind::kHeartbeats:
      heartbeats(events);
      break;
    case EventSource::Kind::kSendFailures:
      send_failures(source.event, events);
      break;
    case EventSource::Kind::kTraps:
      traps(source.event, events);
      break;
    case EventSource::Kind::kCleanupTraps:
      cleanup_traps(source.event, events);
      break;
    case EventSource::Kind::kSilences:
      silences(source.event, events);
      break;
    case EventSource::Kind::kRejects:
      rejects(source.leaf, events);
      break;
    case EventSource::Kind::kDrops:
      drops(source.event, events);
      break;
    case EventSource::Kind::kResubmits:
      resubmits(events);
      break;
    case EventSource::Kind::kRepeats:
      repeats(source.event, events);
      break;
    case EventSource::Kind::kExpiries:
      expiries(source.leaf, events);
      break;
    case EventSource::Kind::kLosses:
      losses(source.leaf, events);
      break;
    case EventSource::Kind::kControls:
      controls(events);
      break;
    case EventSource::Kind::kGarbles:
      garbles(source.leaf, events);
      break;
  }
}

void Stepper::Body::request_starts(LeafPosition queue, std::vector<Event>& events) {
  const bool overtaking = kernel_.system().weakened.overtaking;
  std::vector<std::uint32_t> requests;
  if (overtaking) {
    requests = kernel_.list(get(queue));
  } else if (const std::uint64_t head = ask(queue, {LeafQuestion::Kind::kElement, 0, 0})) {
    requests.push_back(static_cast<std::uint32_t>(head));
  }
  const auto to = static_cast<CanisterId>(key(queue).b);
  for (std::size_t at = 0; at < requests.size(); ++at) {
    if (std::find(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(at),
                  requests[at]) != requests.begin() + static_cast<std::ptrdiff_t>(at)) {
      continue;
    }
    Event event;
    event.kind = EventKind::kStartRequest;
    event.from = static_cast<CanisterId>(key(queue).a);
    event.to = to;
    event.again = key(queue).c != 0;
    event.index = static_cast<std::uint32_t>(at);
    const Installed& callee = canister(to);
    const Request request = kernel_.request(requests[at]);
    if (!environment_answers(to, request.method)) {
      events.push_back(event);
      continue;
    }
    const auto declared = callee.answers.find(request.method);
    if (declared == callee.answers.end() || declared->second.empty()) {
      throw Misuse(fmt::format(
          "environment canister {} was called with {}, for which no answer is declared; say "
          "replies(...), rejects(...), errors(...) or never() for that method.",
          callee.name,
          request.method < info(to).methods.size() ? info(to).methods[request.method].name : "?"));
    }
    for (std::size_t answer = 1; answer <= declared->second.size(); ++answer) {
      event.answer = static_cast<std::uint16_t>(answer);
      events.push_back(event);
    }
  }
}

void Stepper::Body::deliveries(LeafPosition calls, std::vector<Event>& events) {
  const ContextId context = key(calls).b;
  for (const OpenCall& call : kernel_.open_calls(get(calls))) {
    if (call.status == Status::kAnswered) {
      Event event;
      event.kind = EventKind::kDeliver;
      event.context = context;
      event.index = call.index;
      event.to = kernel_.origin(context).canister;
      events.push_back(event);
    }
  }
}

void Stepper::Body::time_passing(std::vector<Event>& events) {
  for (CanisterId where = 0; where < canisters_; ++where) {
    const LeafValue timer = get(leaf({LeafKind::kTimer, where, 0, 0}));
    if (timer != 0 && !timer_due(timer)) {
      Event event;
      event.kind = EventKind::kAdvanceTime;
      events.push_back(event);
      return;
    }
  }
}

void Stepper::Body::obligatory(const StateVector& state, std::vector<Event>& events) {
  begin(state);
  for (std::uint32_t user = 0; user < kernel_.system().users.size(); ++user) {
    contribute({EventSource::Kind::kUser, user, 0, {}}, events);
  }
  sources_.clear();
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] != 0) {
      if (const auto source = source_of(at)) {
        sources_.push_back(*source);
      }
    }
  }
  std::ranges::sort(sources_, [this](const EventSource& left, const EventSource& right) {
    return before(left, right);
  });
  for (const EventSource& source : sources_) {
    contribute(source, events);
  }
  if (kernel_.system().clock) {
    contribute({EventSource::Kind::kTime, 0, 0, {}}, events);
  }
}

void Stepper::Body::heartbeats(std::vector<Event>& events) {
  const System& system = kernel_.system();
  if (!has_budget(Fault::kHeartbeat, system.faults.heartbeats)) {
    return;
  }
  for (CanisterId where = 0; where < system.canisters.size(); ++where) {
    if (canister(where).environment) {
      continue;
    }
    const Lifecycle lifecycle = lifecycle_of(where);
    if (!lifecycle.refuses() &&
        info(where, lifecycle.code).task(MethodKind::kHeartbeat) != Send::kNoMethod) {
      Event event;
      event.kind = EventKind::kHeartbeat;
      event.to = where;
      events.push_back(event);
    }
  }
}

/// How many sends find a slot, and how often the code writes, is found out by performing the event.
/// What that changes does not count here, what it reads does.
void Stepper::Body::try_out(const Event& event) {
  const std::vector<LeafRead> asked_before = step_.reads;
  slots_found_ = 0;
  writes_done_ = 0;
  cleanup_leaves_something_ = false;
  step(*before_, event);
  step_.changes.clear();
  step_.writes.clear();
  const std::vector<LeafRead> asked = std::exchange(step_.reads, asked_before);
  for (const LeafRead& read : asked) {
    note(read.position, read.question, read.answer);
  }
}

void Stepper::Body::send_failures(const Event& event, std::vector<Event>& events) {
  if (!has_budget(Fault::kSend, kernel_.system().faults.send_failures)) {
    return;
  }
  try_out(event);
  for (std::uint32_t failing = 1; failing <= slots_found_; ++failing) {
    Event failed = event;
    failed.failing_send = static_cast<std::uint16_t>(failing);
    events.push_back(failed);
  }
}

/// Whether code of a canister runs, or the system answers for it.
bool Stepper::Body::starts_code(const Event& event) {
  switch (event.kind) {
    case EventKind::kStartIngress:
      return !canister(event.to).environment && !lifecycle_of(event.to).refuses() &&
             kernel_.management(kernel_.user_call(kernel_.origin(event.context))) ==
                 Management::kNone;
    case EventKind::kStartTask:
      return !lifecycle_of(event.to).refuses() &&
             ask(leaf({LeafKind::kTasks, event.to, 0, 0}), {LeafQuestion::Kind::kElement, 0, 0}) !=
                 Send::kNoMethod;
    case EventKind::kStartRequest: {
      if (lifecycle_of(event.to).refuses()) {
        return false;
      }
      const Request request = kernel_.request(static_cast<std::uint32_t>(
          ask(leaf(queue_of(event)), {LeafQuestion::Kind::kElement, event.index, 0})));
      return !environment_answers(event.to, request.method) && is_callable(event, request.method);
    }
    default:
      return false;
  }
}

void Stepper::Body::traps(const Event& event, std::vector<Event>& events) {
  if (event.kind != EventKind::kDeliver &&
      has_budget(Fault::kFirstTrap, kernel_.system().faults.first_traps) && starts_code(event)) {
    Event trapping = event;
    trapping.trap = true;
    events.push_back(trapping);
  }
  if (event.kind != EventKind::kDeliver ||
      !has_budget(Fault::kTrap, kernel_.system().faults.callback_traps)) {
    return;
  }
  const LeafValue record = get(context_leaf(event.context));
  if (DeliveryAnswer::from_number(
          ask(calls_leaf(event.context), {LeafQuestion::Kind::kDelivery, event.index, record}))
          .resumes) {
    Event trapping = event;
    trapping.trap = true;
    events.push_back(trapping);
    if (!kernel_.system().weakened.traps_keep_writes) {
      return;  // where it traps makes no difference [D16]
    }
    try_out(event);
    for (std::uint32_t after = 1; after <= std::min(writes_done_, kTrapAfterMax); ++after) {
      trapping.trap_after = static_cast<std::uint16_t>(after);
      events.push_back(trapping);
    }
  }
}

/// The trap before it may be the code's own, with a send failing or not, or injected.
void Stepper::Body::cleanup_traps(const Event& event, std::vector<Event>& events) {
  if (event.kind != EventKind::kDeliver ||
      !has_budget(Fault::kCleanupTrap, kernel_.system().faults.cleanup_traps)) {
    return;
  }
  std::vector<Event> trapping{event};
  send_failures(event, trapping);
  traps(event, trapping);
  for (Event& each : trapping) {
    try_out(each);
    if (cleanup_leaves_something_) {
      each.cleanup_trap = true;
      events.push_back(each);
    }
  }
}

void Stepper::Body::silences(const Event& event, std::vector<Event>& events) {
  // Once for each request that an environment canister may answer.
  if (event.answer == 1 &&
      has_budget(Fault::kSilence, kernel_.system().faults.environment_silence)) {
    Event unanswered = event;
    unanswered.answer = 0;
    unanswered.silent = true;
    events.push_back(unanswered);
  }
}

void Stepper::Body::rejects(LeafPosition queue, std::vector<Event>& events) {
  const Faults& faults = kernel_.system().faults;
  if (key(queue).c != 0) {
    return;
  }
  const bool transient = has_budget(Fault::kReject, faults.rejects);
  const bool fatal = has_budget(Fault::kFatalReject, faults.fatal_rejects);
  if (!transient && !fatal) {
    return;
  }
  // Any position of any queue: the rest keeps its order [K5, K9].
  const std::vector<std::uint32_t> requests = kernel_.list(get(queue));
  for (std::size_t at = 0; at < requests.size(); ++at) {
    if (is_expired(requests[at])) {
      continue;  // nobody would hear of it; it may vanish instead
    }
    Event event;
    event.kind = EventKind::kRejectRequest;
    event.from = static_cast<CanisterId>(key(queue).a);
    event.to = static_cast<CanisterId>(key(queue).b);
    event.index = static_cast<std::uint32_t>(at);
    if (transient) {
      events.push_back(event);
    }
    if (fatal) {
      event.fatal = true;
      events.push_back(event);
    }
  }
}

void Stepper::Body::drops(const Event& event, std::vector<Event>& events) {
  // What is asked of the management canister is not inspected.
  const bool is_inspected =
      event.kind == EventKind::kStartIngress && canister(event.to).inspect_may_drop &&
      kernel_.management(kernel_.user_call(kernel_.origin(event.context))) == Management::kNone;
  if (event.kind == EventKind::kStartIngress &&
      (is_inspected || has_budget(Fault::kDrop, kernel_.system().faults.dropped_ingress))) {
    Event dropped = event;
    dropped.kind = EventKind::kDropIngress;
    events.push_back(dropped);
  }
}

void Stepper::Body::resubmits(std::vector<Event>& events) {
  const System& system = kernel_.system();
  if (!has_budget(Fault::kResubmit, system.faults.resubmissions)) {
    return;
  }
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    for (std::size_t i = 0; i < system.users[u].calls.size(); ++i) {
      Event event;
      event.kind = EventKind::kResubmit;
      event.to = system.users[u].calls[i].canister;
      event.context =
          kernel_.context({ContextOrigin::Kind::kIngress, event.to, static_cast<std::uint32_t>(u),
                           static_cast<std::uint32_t>(i), 0, 0});
      const ContextState context = context_at(event.context);
      if (context.phase != Phase::kAbsent && !context.responded &&
          !system.users[u].calls[i].left_out) {
        events.push_back(event);
      }
    }
  }
}

/// Whether a second execution of the request could do anything but answer again.
bool Stepper::Body::leaves_something_behind(const Event& event) {
  const Request request = kernel_.request(static_cast<std::uint32_t>(
      ask(leaf(queue_of(event)), {LeafQuestion::Kind::kElement, event.index, 0})));
  if (canister(event.to).environment) {
    return false;
  }
  const Lifecycle lifecycle = lifecycle_of(event.to);
  const auto& methods = info(event.to, lifecycle.code).methods;
  if (lifecycle.refuses() || request.method >= methods.size() ||
      methods[request.method].is_absent) {
    return false;
  }
  const MethodInfo& method = methods[request.method];
  return !method.is_runtimes_own &&
         (method.kind == MethodKind::kUpdate ||
          (method.kind == MethodKind::kPrivate && event.from == event.to));
}

void Stepper::Body::repeats(const Event& event, std::vector<Event>& events) {
  if (event.kind != EventKind::kStartRequest || event.again ||
      !has_budget(Fault::kRepeat, kernel_.system().weakened.repeated_requests) ||
      !leaves_something_behind(event)) {
    return;
  }
  Event repeated = event;
  repeated.twice = true;
  events.push_back(repeated);
  send_failures(repeated, events);
}

void Stepper::Body::expiries(LeafPosition calls, std::vector<Event>& events) {
  const bool unbounded = has_budget(Fault::kExpiry, kernel_.system().weakened.expired_answers);
  const bool bounded = has_budget(Fault::kBoundedExpiry, kernel_.system().faults.expiries);
  if (!unbounded && !bounded) {
    return;
  }
  const LeafValue value = get(calls);
  for (const OpenCall& call : kernel_.open_calls(value)) {
    const std::uint64_t expiry = kernel_.ask({LeafQuestion::Kind::kExpiry, call.index, 0}, value);
    if ((expiry == kOfUnbounded && unbounded) || (expiry == kOfBounded && bounded)) {
      Event event;
      event.kind = EventKind::kExpireCall;
      event.context = key(calls).b;
      event.index = call.index;
      event.to = kernel_.origin(event.context).canister;
      events.push_back(event);
    }
  }
}

void Stepper::Body::garbles(LeafPosition calls, std::vector<Event>& events) {
  if (!has_budget(Fault::kUndecodable, kernel_.system().faults.undecodable_replies)) {
    return;
  }
  const LeafValue value = get(calls);
  const ContextId context = key(calls).b;
  const CanisterId where = kernel_.origin(context).canister;
  for (const OpenCall& call : kernel_.open_calls(value)) {
    if (kernel_.ask({LeafQuestion::Kind::kReadable, call.index, where}, value) != 0) {
      Event event;
      event.kind = EventKind::kGarbleReply;
      event.context = context;
      event.index = call.index;
      event.to = where;
      events.push_back(event);
    }
  }
}

bool Stepper::Body::is_expired(std::uint32_t id) {
  const Request request = kernel_.request(id);
  return request.deadline != 0 && kernel_.system().faults.expiries > 0 &&
         !waits(request.caller, request.index);
}

void Stepper::Body::losses(LeafPosition queue, std::vector<Event>& events) {
  if (key(queue).c != 0) {
    return;
  }
  // Any position, too [K9].
  const std::vector<std::uint32_t> requests = kernel_.list(get(queue));
  for (std::size_t at = 0; at < requests.size(); ++at) {
    if (is_expired(requests[at])) {
      Event event;
      event.kind = EventKind::kDropRequest;
      event.from = static_cast<CanisterId>(key(queue).a);
      event.to = static_cast<CanisterId>(key(queue).b);
      event.index = static_cast<std::uint32_t>(at);
      events.push_back(event);
    }
  }
}

std::vector<EventSource::Kind> Stepper::Body::optional_kinds() const {
  using Kind = EventSource::Kind;
  const System& system = kernel_.system();
  const Faults& faults = system.faults;
  std::vector<Kind> kinds;
  const auto add = [&](bool possible, Kind kind) {
    if (possible) {
      kinds.push_back(kind);
    }
  };
  add(faults.heartbeats > 0, Kind::kHeartbeats);
  add(faults.send_failures > 0, Kind::kSendFailures);
  add(faults.callback_traps > 0 || faults.first_traps > 0, Kind::kTraps);
  add(faults.cleanup_traps > 0, Kind::kCleanupTraps);
  add(faults.environment_silence > 0, Kind::kSilences);
  add(faults.rejects > 0 || faults.fatal_rejects > 0, Kind::kRejects);
  add(faults.dropped_ingress > 0 ||
          std::ranges::any_of(system.canisters, &Installed::inspect_may_drop),
      Kind::kDrops);
  add(faults.resubmissions > 0, Kind::kResubmits);
  add(system.weakened.repeated_requests > 0, Kind::kRepeats);
  add(system.weakened.expired_answers > 0 || faults.expiries > 0, Kind::kExpiries);
  add(faults.expiries > 0, Kind::kLosses);
  add(faults.stops > 0 || faults.upgrades > 0 || faults.open_upgrades > 0 ||
          faults.uninstalls > 0 || faults.snapshots > 0,
      Kind::kControls);
  add(faults.undecodable_replies > 0, Kind::kGarbles);
  return kinds;
}

void Stepper::Body::enabled(const StateVector& state, std::vector<Event>& events) {
  events.clear();
  obligatory(state, events);
  const std::size_t obligatory_count = events.size();
  for (const EventSource::Kind kind : optional_kinds()) {
    switch (kind) {
      case EventSource::Kind::kSendFailures:
      case EventSource::Kind::kTraps:
      case EventSource::Kind::kCleanupTraps:
      case EventSource::Kind::kSilences:
      case EventSource::Kind::kDrops:
      case EventSource::Kind::kRepeats:
        for (std::size_t i = 0; i < obligatory_count; ++i) {
          begin(state);
          contribute({kind, 0, 0, Event(events[i])}, events);
        }
        break;
      case EventSource::Kind::kRejects:
      case EventSource::Kind::kExpiries:
      case EventSource::Kind::kLosses:
      case EventSource::Kind::kGarbles:
        for (const EventSource& source : sources_) {
          if (source.kind == EventSource::leaf_of(kind)) {
            contribute({kind, 0, source.leaf, {}}, events);
          }
        }
        break;
      default:
        contribute({kind, 0, 0, {}}, events);
        break;
    }
  }
}

bool Stepper::Body::enabled_by(const StateVector& state, const EventSource& source,
                               std::vector<Event>& events, std::vector<LeafRead>& reads) {
  begin(state);
  contribute(source, events);
  reads = step_.reads;
  return !step_.looked_everywhere;
}

bool Stepper::Body::quiescent(const StateVector& state) {
  std::vector<Event> events;
  obligatory(state, events);
  return events.empty();
}

}  // namespace heddle
