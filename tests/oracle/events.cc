// The events: which are enabled, and what each does.
#include <algorithm>
#include <tuple>
#include <utility>

#include "oracle/machine.h"

namespace heddle::oracle {

bool Oracle::is_startable(const State& state, std::size_t submission) const {
  const Submission& candidate = state.submissions[submission];
  if (candidate.status != Script::kPending) {
    return false;
  }
  const UserCall& call = script(candidate);
  const auto same = [&call](const UserCall& other) {
    return std::tie(other.canister, other.method, other.argument) ==
           std::tie(call.canister, call.method, call.argument);
  };
  const Order order = candidate.copy > 0 ? Order::kAny : system_.users[candidate.user].order;
  for (std::size_t i = 0; i < submission; ++i) {
    const Submission& earlier = state.submissions[i];
    if (earlier.user != candidate.user) {
      continue;
    }
    const bool pending = earlier.status == Script::kPending;
    switch (order) {
      case Order::kAny:  // equal calls are one multiset: only the first of them may start
        if (pending && same(script(earlier)) && (candidate.copy > 0) == (earlier.copy > 0)) {
          return false;
        }
        break;
      case Order::kInOrder:
        if (pending && earlier.copy == 0 && script(earlier).canister == call.canister) {
          return false;
        }
        break;
      case Order::kThen:
        break;
    }
  }
  return order != Order::kThen || may_go_on(state, submission);
}

/// Of a script in order kThen: whether the calls before this one let it start. A group of calls
/// that are submitted together is over when all are answered, or when one is rejected.
bool Oracle::may_go_on(const State& state, std::size_t submission) const {
  const Submission& candidate = state.submissions[submission];
  const auto& calls = system_.users[candidate.user].calls;
  std::vector<const Submission*> originals(calls.size());
  for (const Submission& s : state.submissions) {
    if (s.user == candidate.user && s.copy == 0) {
      originals[s.call] = &s;
    }
  }
  std::size_t group = candidate.call;
  while (group > 0 && calls[group].together) {
    --group;
  }
  bool all = true;
  bool rejected = false;
  for (bool more = group > 0; more;) {
    const Submission& before = *originals[--group];
    all &= before.status == Script::kAnswered || before.status == Script::kDropped;
    rejected |= before.rejected;
    more = group > 0 && calls[group].together;
  }
  return all || rejected;
}

void Oracle::with_failing_sends(const State& state, Event event, const Emit& emit,
                                const Step& step) {
  State next = state;
  const int sends = step(next, -1);
  emit(std::move(next), event);
  if (event.kind != EventKind::kDeliver && sends != kRanNothing && state.budgets.d15 > 0) {
    State trapped = state;
    --trapped.budgets.d15;
    step(trapped, kTrapAtOnce);
    event.trap = true;
    emit(std::move(trapped), event);
    event.trap = false;
  }
  if (state.budgets.d7 == 0) {
    return;
  }
  for (int k = 0; k < sends; ++k) {
    State disturbed = state;
    --disturbed.budgets.d7;
    step(disturbed, k);
    event.failing_send = static_cast<std::int8_t>(k);
    emit(std::move(disturbed), event);
  }
}

void Oracle::successors(const State& state, const Emit& emit) {
  ingress_events(state, emit);
  request_events(state, emit);
  copy_events(state, emit);
  expiry_events(state, emit);
  garble_events(state, emit);
  for (const Context& context : state.contexts) {
    for (const OpenCall& call : context.calls) {
      if (call.status == CallStatus::kInFlight) {
        deliver(state, context, call, emit);
      }
    }
  }
  task_events(state, emit);
  lifecycle_events(state, emit);
}

void Oracle::ingress_events(const State& state, const Emit& emit) {
  for (std::size_t i = 0; i < state.submissions.size(); ++i) {
    const Submission& s = state.submissions[i];
    const UserCall& call = script(s);
    Event event;
    event.name = user_name(s.user, s.call, s.copy);
    if (is_startable(state, i)) {
      event.kind = EventKind::kStartIngress;
      with_failing_sends(state, event, emit, [&](State& next, int failing_send) {
        next.submissions[i].status = Script::kStarted;
        if (call.method >= kManagement) {
          ask(next, call.canister, static_cast<Manage>(call.method - kManagement), event.name);
          return 0;
        }
        return start(state, next, event.name, call.canister, call.method, call.argument,
                     failing_send);
      });
      if (state.budgets.d23 > 0) {
        State next = state;
        --next.budgets.d23;
        next.submissions[i].status = Script::kDropped;
        next.submissions[i].result = options_.results ? reject(2, kInjectedReject) : Outcome{0};
        event.kind = EventKind::kDrop;
        emit(std::move(next), event);
      }
    }
    if (s.copy == 0 && state.budgets.d24 > 0 &&
        (s.status == Script::kStarted || s.status == Script::kDropped ||
         s.status == Script::kStopping)) {
      State next = state;
      --next.budgets.d24;
      std::size_t last = i;
      while (last + 1 < next.submissions.size() && next.submissions[last + 1].user == s.user &&
             next.submissions[last + 1].call == s.call) {
        ++last;
      }
      Submission copy;
      copy.user = s.user;
      copy.call = s.call;
      copy.copy = static_cast<std::uint8_t>(last - i + 1);
      if (copy.copy > 3) {
        throw InvalidSystem("more than three resubmissions of one call");
      }
      next.submissions.insert(next.submissions.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                              copy);
      event.kind = EventKind::kResubmit;
      emit(std::move(next), event);
    }
  }
}

void Oracle::request_events(const State& state, const Emit& emit) {
  for (std::size_t i = 0; i < state.requests.size(); ++i) {
    const Request& request = state.requests[i];
    std::size_t head = i;
    while (head > 0 && state.requests[head - 1].from == request.from &&
           state.requests[head - 1].to == request.to) {
      --head;
    }
    Event event;
    event.from = request.from;
    event.to = request.to;
    event.position = static_cast<std::uint8_t>(i - head);
    event.name = request.name;
    if (i == head || system_.weaken_g1) {
      event.kind = EventKind::kStartRequest;
      start_request(state, i, event, emit);
    }
    if (std::ranges::find(state.expired, request.name) != state.expired.end()) {
      State next = state;  // it may vanish instead, at any position [K8, K9]
      std::erase(next.expired, request.name);
      next.requests.erase(next.requests.begin() + static_cast<std::ptrdiff_t>(i));
      event.kind = EventKind::kVanish;
      emit(std::move(next), event);
    } else {
      for (const int code : {2, 1}) {
        State next = state;
        int& budget = code == 2 ? next.budgets.d8 : next.budgets.d9;
        if (budget-- == 0) {
          continue;
        }
        next.requests.erase(next.requests.begin() + static_cast<std::ptrdiff_t>(i));
        answer(next, request.name, reject(code, kInjectedReject));
        event.kind = EventKind::kReject;
        event.fatal = code == 1;
        emit(std::move(next), event);
      }
    }
  }
}

/// G2: what has started may start once more.
void Oracle::copy_events(const State& state, const Emit& emit) {
  for (std::size_t i = 0; i < state.copies.size(); ++i) {
    const Request& copy = state.copies[i];
    std::size_t head = i;
    while (head > 0 && state.copies[head - 1].from == copy.from &&
           state.copies[head - 1].to == copy.to) {
      --head;
    }
    if (i != head && !system_.weaken_g1) {
      continue;
    }
    Event event;
    event.kind = EventKind::kStartRequest;
    event.from = copy.from;
    event.to = copy.to;
    event.position = static_cast<std::uint8_t>(i - head);
    event.name = copy.name;
    event.again = true;
    with_failing_sends(state, event, emit, [&](State& next, int failing_send) {
      next.copies.erase(next.copies.begin() + static_cast<std::ptrdiff_t>(i));
      return start(state, next, copy.name, copy.to, copy.method, copy.argument, failing_send);
    });
  }
}

/// A bounded-wait call expires wherever it is [K8]; G3: an answer to another is lost on its way.
void Oracle::expiry_events(const State& state, const Emit& emit) {
  constexpr int kSysUnknown = 6;
  for (const Context& context : state.contexts) {
    for (const OpenCall& call : context.calls) {
      const bool is_unknown = is_reject(call.outcome) && code_of(call.outcome) == kSysUnknown;
      const bool waits = call.status == CallStatus::kWaiting;
      if (call.status == CallStatus::kStored || call.deferred || is_unknown ||
          (call.bounded ? state.budgets.d13
           : waits      ? 0
                        : state.budgets.g3) == 0) {
        continue;
      }
      State next = state;
      --(call.bounded ? next.budgets.d13 : next.budgets.g3);
      OpenCall* expired = find(next, context.name)->find(call.index);
      expired->status = CallStatus::kInFlight;
      expired->silent = false;
      expired->outcome = reject(kSysUnknown, kUnknownOutcome);
      const Name name = child_of(context.name, call.index);
      const bool is_queued =
          std::ranges::find(state.requests, name, &Request::name) != state.requests.end();
      if (waits && !call.silent && (is_queued || system_.budgets.g2 == 0)) {
        // Its request or its callee's context goes on, tagged. With G2 a context needs no tag: of
        // several answers only the first counts.
        next.expired.insert(std::ranges::lower_bound(next.expired, name), name);
      }
      Event event;
      event.kind = EventKind::kExpire;
      event.from = context.canister;
      event.position = call.index;
      event.name = context.name;
      emit(std::move(next), event);
    }
  }
}

/// A reply of another canister that is in flight turns into one that cannot be decoded [D18].
void Oracle::garble_events(const State& state, const Emit& emit) {
  if (state.budgets.d18 == 0) {
    return;
  }
  for (const Context& context : state.contexts) {
    for (const OpenCall& call : context.calls) {
      if (call.status != CallStatus::kInFlight || call.deferred || is_reject(call.outcome) ||
          call.callee == context.canister) {
        continue;
      }
      State next = state;
      --next.budgets.d18;
      find(next, context.name)->find(call.index)->outcome = kGarbled;
      Event event;
      event.kind = EventKind::kGarble;
      event.from = context.canister;
      event.position = call.index;
      event.name = context.name;
      emit(std::move(next), event);
    }
  }
}

void Oracle::task_events(const State& state, const Emit& emit) {
  for (std::size_t c = 0; c < system_.canisters.size(); ++c) {
    Event event;
    event.from = static_cast<std::int8_t>(c);
    if (!runs(state, static_cast<int>(c))) {
      continue;
    }
    if (state.armed[c] != 0) {
      State next = state;
      next.armed[c] = 0;
      next.tasks[c].push_back(static_cast<std::int8_t>(system_.canisters[c].timer_method));
      event.kind = EventKind::kFireTimer;
      emit(std::move(next), event);
    }
    if (system_.canisters[c].heartbeat_method >= 0 && state.budgets.d20 > 0) {
      State next = state;
      --next.budgets.d20;
      next.tasks[c].push_back(static_cast<std::int8_t>(system_.canisters[c].heartbeat_method));
      event.kind = EventKind::kHeartbeat;
      emit(std::move(next), event);
    }
    if (!state.tasks[c].empty()) {
      int number = 0;
      const auto in_use = [&](const Context& context) {
        return descends(context.name, task_name(event.from, number));
      };
      const auto will_be_in_use = [&](const Request& copy) {
        return descends(copy.name, task_name(event.from, number));
      };
      while (std::any_of(state.contexts.begin(), state.contexts.end(), in_use) ||
             std::any_of(state.requests.begin(), state.requests.end(), will_be_in_use) ||
             std::any_of(state.copies.begin(), state.copies.end(), will_be_in_use)) {
        ++number;
      }
      event.kind = EventKind::kStartTask;
      event.name = task_name(event.from, number);
      with_failing_sends(state, event, emit, [&](State& next, int failing_send) {
        next.tasks[c].erase(next.tasks[c].begin());
        return start(state, next, event.name, event.from, state.tasks[c].front(), 0, failing_send);
      });
    }
  }
}

/// A request, ingress message or task makes a context and runs its first execution [C1].
int Oracle::start(const State& before, State& next, Name name, int c, int method, int argument,
                  int failing_send) {
  if (!exists(c) || canister(c).is_environment()) {
    answer(next, name, reject(3, kNoCanister));
    return kRanNothing;
  }
  const Life& life = next.lives[static_cast<std::size_t>(c)];
  if (life.empty || life.status != Status::kRunning) {  // [X1, X6]
    answer(next, name,
           reject(5, life.empty                         ? kNoCode
                     : life.status == Status::kStopping ? kIsStopping
                                                        : kIsStopped));
    return kRanNothing;
  }
  if (method == kHelperMethod) {
    count_execution(next, c);
    answer(next, name, 0);
    return kRanNothing;
  }
  if (!has_method(c, method)) {
    answer(next, name, reject(5, kNoMethod));
    return kRanNothing;
  }
  count_execution(next, c);
  if (failing_send == kTrapAtOnce) {
    answer(next, name, reject(5, kInjectedTrap));  // [C7]
    return 0;
  }
  bool left = false;  // for another canister, between an open ancestor here and this context
  for (Name ancestor = name; !is_root(ancestor);) {
    ancestor = parent_of(ancestor);
    const Context* caller = find(next, ancestor);
    if (caller == nullptr || caller->ended) {
      break;  // answered before its calls were
    }
    coverage_.call_cycle |= left && caller->canister == c;
    left |= caller->canister != c;
  }
  Context context;
  context.name = name;
  context.canister = static_cast<std::int8_t>(c);
  context.method = static_cast<std::int8_t>(method);
  context.argument = static_cast<std::int16_t>(argument);
  Execution execution(*this, next, context, failing_send);
  const Ending ending = execution.run();
  const bool query = canister(c).methods[static_cast<std::size_t>(method)].query;
  if (ending.kind == Ending::Kind::kTrapped || query) {
    if (query || !system_.weaken_g5) {
      next.variables = before.variables;  // [C7], [L1]
      next.handles = before.handles;
    }
    next.armed = before.armed;
  }
  if (ending.kind == Ending::Kind::kTrapped) {
    answer(next, name, ending.outcome);  // [C6]
  } else {
    execution.commit(ending);
  }
  return execution.sends();
}

/// Whether a second execution may do more than answer again.
bool Oracle::can_repeat(const Request& request) const {
  return has_method(request.to, request.method) &&
         !canister(request.to).methods[static_cast<std::size_t>(request.method)].query;
}

/// What starts is expired still, which with G2 says nothing of its answers any more.
void Oracle::untag(State& next, Name name) const {
  if (system_.budgets.g2 > 0) {
    std::erase(next.expired, name);
  }
}

void Oracle::start_request(const State& state, std::size_t position, Event event,
                           const Emit& emit) {
  const Request& request = state.requests[position];
  const auto place = static_cast<std::ptrdiff_t>(position);
  const Canister& callee = canister(request.to);
  if (!callee.is_environment()) {
    with_failing_sends(state, event, emit, [&](State& next, int failing_send) {
      next.requests.erase(next.requests.begin() + place);
      untag(next, request.name);
      return start(state, next, request.name, request.to, request.method, request.argument,
                   failing_send);
    });
    if (state.budgets.g2 > 0 && can_repeat(request)) {
      event.twice = true;
      with_failing_sends(state, event, emit, [&](State& next, int failing_send) {
        --next.budgets.g2;
        next.requests.erase(next.requests.begin() + place);
        untag(next, request.name);
        const int sends = start(state, next, request.name, request.to, request.method,
                                request.argument, failing_send);
        Request copy = request;
        copy.name = second_of(request.name);
        enqueue(next.copies, copy);
        return sends;
      });
    }
    return;
  }
  for (std::size_t a = 0; a < callee.answers.size(); ++a) {  // [D11, D12]
    State next = state;
    next.requests.erase(next.requests.begin() + place);
    switch (callee.answers[a].kind) {
      case Answer::Kind::kReply:
        answer(next, request.name, static_cast<Outcome>(callee.answers[a].value));
        break;
      case Answer::Kind::kReject:
        answer(next, request.name, reject(4, kFromEnvironment));
        break;
      case Answer::Kind::kError:
        answer(next, request.name, reject(5, kFromEnvironment));
        break;
      case Answer::Kind::kNever:
        if (std::erase(next.expired, request.name) == 0) {
          find(next, parent_of(request.name))->find(index_in_parent(request.name))->silent = true;
        }
        break;
    }
    event.answer = static_cast<std::int8_t>(a);
    emit(std::move(next), event);
  }
}

void Oracle::deliver(const State& state, const Context& context, const OpenCall& call,
                     const Emit& emit) {
  Event event;
  event.kind = EventKind::kDeliver;
  event.from = context.canister;
  event.position = call.index;
  event.name = context.name;

  if (context.ended) {
    State next = state;
    count_execution(next, context.canister);
    Context* rest = find(next, context.name);
    rest->erase(call.index);
    if (rest->calls.empty()) {
      const bool answered = rest->answered;
      const bool cut_off = rest->cut_off;
      erase(next, context.name);
      if (!answered) {  // [C6]; Rust's later responses trap on purpose [U8]
        const bool motoko = canister(context.canister).dialect == Dialect::kMotoko;
        answer(next, context.name,
               reject(5, cut_off  ? kCutOff
                         : motoko ? kDidNotReply
                                  : kAlreadyTrapped));
      }
    }
    emit(std::move(next), event);
    return;
  }

  const Statement& s = compiled(context.canister, context.method)
                           .code.instructions[static_cast<std::size_t>(context.pc)];
  bool resumes = context.awaits == call.index;
  if (context.awaits < 0) {
    bool among = false;
    bool others_pending = false;
    for (const int slot : s.slots) {
      const Slot& source = context.slots[static_cast<std::size_t>(slot)];
      if (source.kind != Slot::Kind::kSent) {
        continue;
      }
      if (source.index == call.index) {
        among = true;
      } else {
        others_pending |= context.find(source.index)->status != CallStatus::kStored;
      }
    }
    resumes = among && (s.op == Op::kAwaitAny || !others_pending);
  }
  if (!resumes) {
    State next = state;
    count_execution(next, context.canister);
    Context* waiting = find(next, context.name);
    if (call.lost) {
      waiting->erase(call.index);
    } else {
      waiting->find(call.index)->status = CallStatus::kStored;
    }
    emit(std::move(next), event);
    return;
  }
  // Once more with its cleanup trapping, if that has something to undo [D17].
  const auto attempt = [&](Injected injected, int failing_send) {
    State next = state;
    next.budgets.d16 -= injected.trap ? 1 : 0;
    next.budgets.d7 -= failing_send >= 0 ? 1 : 0;
    State untidy = next;
    const Ran ran = resume(state, next, context, call.index, injected, failing_send);
    event.trap = injected.trap;
    event.trap_after = injected.after;
    event.failing_send = static_cast<std::int8_t>(failing_send);
    event.cleanup_trap = false;
    emit(std::move(next), event);
    if (ran.cleaned && state.budgets.d17 > 0) {
      --untidy.budgets.d17;
      injected.cleanup_trap = true;
      resume(state, untidy, context, call.index, injected, failing_send);
      event.cleanup_trap = true;
      emit(std::move(untidy), event);
    }
    return ran;
  };
  const Ran plain = attempt({}, -1);
  for (int k = 0; state.budgets.d7 > 0 && k < plain.sends; ++k) {
    attempt({}, k);
  }
  if (state.budgets.d16 == 0) {
    return;
  }
  // Where it traps makes a difference only if what it wrote stays (G5).
  const int places = system_.weaken_g5 ? plain.writes : 0;
  for (int after = 0; after <= places; ++after) {
    attempt({true, after, false}, -1);
  }
}

Oracle::Ran Oracle::resume(const State& before, State& next, const Context& suspended, int index,
                           Injected injected, int failing_send) {
  count_execution(next, suspended.canister);
  erase(next, suspended.name);
  Context context = suspended;
  const Statement& s = compiled(context.canister, context.method)
                           .code.instructions[static_cast<std::size_t>(context.pc)];
  OpenCall* delivered = context.find(index);
  const Outcome response = delivered->outcome;
  const bool by_helper = context.awaits == index && context.takes != index;
  Outcome outcome = response;
  // What cleanup would find: the response is consumed whatever happens [C8].
  Context rolled_back = suspended;
  rolled_back.erase(index);
  if (s.op == Op::kAwaitAll && context.awaits < 0) {
    delivered->status = CallStatus::kStored;
  } else {
    context.erase(index);
  }
  if (by_helper) {
    // A rejected helper is what the await yields; the future is used up all the same.
    outcome = is_reject(response) ? response : context.find(context.takes)->outcome;
    context.erase(context.takes);
  }
  const int yields = context.takes;
  const bool is_any = s.op == Op::kAwaitAny;
  const bool is_join = s.op == Op::kAwaitAll && context.awaits < 0;
  context.awaits = context.takes = -1;

  const bool is_motoko = canister(context.canister).dialect == Dialect::kMotoko;
  if (outcome == kGarbled && !is_motoko) {
    outcome = reject(8, kUndecodable);
  }
  Execution execution(*this, next, context, failing_send, injected.after);
  Ending ending;
  if (injected.trap && injected.after == 0) {
    ending = {Ending::Kind::kTrapped, reject(5, kInjectedTrap)};
  } else if (outcome == kGarbled && !is_join) {
    ending = {Ending::Kind::kTrapped, reject(5, kUndecodable)};  // [M16]
  } else if (is_join) {
    ending = execution.resume_all();
  } else if (is_any) {
    ending = execution.resume_any(yields >= 0 ? yields : index, outcome);
  } else {
    ending = execution.resume_with(outcome);
  }
  if (ending.kind != Ending::Kind::kTrapped) {
    execution.commit(ending);
    return {execution.sends(), execution.writes(), false};
  }
  coverage_.natural_trap |= !injected.trap;
  if (!system_.weaken_g5) {
    next.variables = before.variables;
    next.handles = before.handles;
  }
  next.armed = before.armed;
  const bool siblings = rolled_back.has_unanswered_calls();
  coverage_.trap_with_sibling |= siblings;
  Execution cleanup(*this, next, rolled_back, -1);
  bool cleaned = false;
  if (injected.cleanup_trap) {
    // nothing of it stays [C9]
  } else if (!cleanup.clean_up()) {  // [C9]
    if (!system_.weaken_g5) {
      next.variables = before.variables;
    }
  } else if (cleanup.writes() > 0) {
    coverage_.cleanup_writes = true;
    cleaned = true;
  }
  end(next, std::move(rolled_back), false);
  if (!siblings) {
    answer(next, suspended.name, ending.outcome);
  }
  return {execution.sends(), execution.writes(), cleaned};
}

}  // namespace heddle::oracle
