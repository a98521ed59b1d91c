// Which events are enabled in a state, in an order that is the same in every run: the obligatory
// ones, then what the environment may do besides (ic-semantics.md sections 15 and 19).
#include <algorithm>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>

namespace heddle {

namespace {

using internal::Fault;
using internal::resumes;
using Phase = ContextState::Phase;
using Status = OpenCall::Status;

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

bool Stepper::Body::timer_due(const StateVector& state, LeafValue timer) {
  return !kernel_.system().clock || state[leaf({LeafKind::kClock, 0, 0, 0})] >= timer - 1;
}

void Stepper::Body::request_starts(const StateVector& state, CanisterId from, CanisterId to,
                                   LeafValue queue, std::vector<Event>& events) {
  const auto requests = kernel_.list(queue);
  const std::size_t last = kernel_.system().weakened.overtaking ? requests.size() : 1;
  for (std::size_t at = 0; at < last; ++at) {
    if (std::find(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(at),
                  requests[at]) != requests.begin() + static_cast<std::ptrdiff_t>(at)) {
      continue;
    }
    Event event;
    event.kind = EventKind::kStartRequest;
    event.from = from;
    event.to = to;
    event.index = static_cast<std::uint32_t>(at);
    const Installed& callee = canister(to);
    if (!callee.environment) {
      events.push_back(event);
      continue;
    }
    const Request request = kernel_.request(requests[at]);
    const auto declared = callee.answers.find(request.method);
    if (declared == callee.answers.end() || declared->second.empty()) {
      throw Misuse(fmt::format(
          "environment canister {} was called with {}, for which no answer is declared; say "
          "replies(...), rejects(...), errors(...) or never() for that method.",
          callee.name,
          request.method < info(to).methods.size() ? info(to).methods[request.method].name : "?"));
    }
    const std::size_t count =
        declared->second.size() +
        (has_budget(state, Fault::kSilence, kernel_.system().faults.environment_silence) ? 1 : 0);
    for (std::size_t answer = 1; answer <= count; ++answer) {
      event.answer = static_cast<std::uint16_t>(answer);
      events.push_back(event);
    }
  }
}

void Stepper::Body::obligatory(const StateVector& state, std::vector<Event>& events) {
  for (const ContextId ingress : kernel_.startable(state)) {
    Event event;
    event.kind = EventKind::kStartIngress;
    event.context = ingress;
    event.to = kernel_.origin(ingress).canister;
    events.push_back(event);
  }
  queues_.clear();
  std::vector<ContextId> answered;
  std::vector<CanisterId> tasks;
  std::vector<std::pair<CanisterId, LeafValue>> timers;
  for (LeafPosition at = 0; at < state.size(); ++at) {
    const LeafValue value = state[at];
    if (value == 0) {
      continue;
    }
    const LeafKey& what = key(at);
    switch (what.kind) {
      case LeafKind::kQueue:
        queues_.push_back(at);
        break;
      case LeafKind::kOpenCalls:
        answered.push_back(what.b);
        break;
      case LeafKind::kTasks:
        tasks.push_back(static_cast<CanisterId>(what.a));
        break;
      case LeafKind::kTimer:
        timers.emplace_back(static_cast<CanisterId>(what.a), value);
        break;
      default:
        break;
    }
  }
  std::ranges::sort(queues_, {}, [this](LeafPosition at) { return key(at); });
  for (const LeafPosition at : queues_) {
    request_starts(state, static_cast<CanisterId>(key(at).a), static_cast<CanisterId>(key(at).b),
                   state[at], events);
  }
  if (answered.size() > 1) {
    std::ranges::sort(answered, [&](ContextId a, ContextId b) { return kernel_.before(a, b); });
  }
  for (const ContextId context : answered) {
    for (const OpenCall& call : kernel_.open_calls(state[calls_leaf(context)])) {
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
  std::ranges::sort(tasks);
  std::ranges::sort(timers);
  const auto at_canister = [&](EventKind kind, CanisterId where) {
    Event event;
    event.kind = kind;
    event.to = where;
    events.push_back(event);
  };
  for (const CanisterId where : tasks) {
    at_canister(EventKind::kStartTask, where);
  }
  bool time_can_pass = false;
  for (const auto& [where, timer] : timers) {
    if (timer_due(state, timer)) {
      at_canister(EventKind::kFireTimer, where);
    } else {
      time_can_pass = true;
    }
  }
  if (time_can_pass) {
    at_canister(EventKind::kAdvanceTime, 0);
  }
}

std::uint32_t Stepper::Body::slots_found_by(const StateVector& state, const Event& event) {
  slots_found_ = 0;
  step(state, event);
  return slots_found_;
}

void Stepper::Body::optional(const StateVector& state, std::vector<Event>& events) {
  const System& system = kernel_.system();
  const Faults& faults = system.faults;
  const std::size_t obligatory_count = events.size();
  if (has_budget(state, Fault::kHeartbeat, faults.heartbeats)) {
    for (CanisterId where = 0; where < system.canisters.size(); ++where) {
      if (!canister(where).environment &&
          info(where).task(MethodKind::kHeartbeat) != Send::kNoMethod) {
        Event event;
        event.kind = EventKind::kHeartbeat;
        event.to = where;
        events.push_back(event);
      }
    }
  }
  if (has_budget(state, Fault::kSend, faults.send_failures)) {
    for (std::size_t i = 0; i < obligatory_count; ++i) {
      const std::uint32_t found = slots_found_by(state, events[i]);
      for (std::uint32_t failing = 1; failing <= found; ++failing) {
        Event event = events[i];
        event.failing_send = static_cast<std::uint16_t>(failing);
        events.push_back(event);
      }
    }
  }
  if (has_budget(state, Fault::kTrap, faults.callback_traps)) {
    for (std::size_t i = 0; i < obligatory_count; ++i) {
      if (events[i].kind == EventKind::kDeliver &&
          resumes(kernel_.context_state(state[context_leaf(events[i].context)]),
                  kernel_.open_calls(state[calls_leaf(events[i].context)]), events[i].index)) {
        Event event = events[i];
        event.trap = true;
        events.push_back(event);
      }
    }
  }
  if (has_budget(state, Fault::kReject, faults.rejects)) {
    // Any position of any queue: the rest keeps its order [K5, K9].
    for (const LeafPosition queue : queues_) {
      const std::size_t length = kernel_.list(state[queue]).size();
      for (std::size_t at = 0; at < length; ++at) {
        Event event;
        event.kind = EventKind::kRejectRequest;
        event.from = static_cast<CanisterId>(key(queue).a);
        event.to = static_cast<CanisterId>(key(queue).b);
        event.index = static_cast<std::uint32_t>(at);
        events.push_back(event);
      }
    }
  }
  const bool may_drop = has_budget(state, Fault::kDrop, faults.dropped_ingress);
  for (std::size_t i = 0; i < obligatory_count; ++i) {
    if (events[i].kind == EventKind::kStartIngress &&
        (may_drop || canister(events[i].to).inspect_may_drop)) {
      Event event = events[i];
      event.kind = EventKind::kDropIngress;
      events.push_back(event);
    }
  }
  if (has_budget(state, Fault::kResubmit, faults.resubmissions)) {
    for (std::size_t u = 0; u < system.users.size(); ++u) {
      for (std::size_t i = 0; i < system.users[u].calls.size(); ++i) {
        Event event;
        event.kind = EventKind::kResubmit;
        event.to = system.users[u].calls[i].canister;
        event.context =
            kernel_.context({ContextOrigin::Kind::kIngress, event.to, static_cast<std::uint32_t>(u),
                             static_cast<std::uint32_t>(i), 0, 0});
        const ContextState context = kernel_.context_state(state[context_leaf(event.context)]);
        if (context.phase != Phase::kAbsent && !context.responded) {
          events.push_back(event);
        }
      }
    }
  }
}

void Stepper::Body::enabled(const StateVector& state, std::vector<Event>& events) {
  events.clear();
  obligatory(state, events);
  optional(state, events);
}

bool Stepper::Body::quiescent(const StateVector& state) {
  std::vector<Event> events;
  obligatory(state, events);
  return events.empty();
}

}  // namespace heddle
