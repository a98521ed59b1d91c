// What an execution leaves behind when it ends without a trap: variables, requests, responses, and
// its context (ic-semantics.md section 2).
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

using Phase = ContextState::Phase;
using Status = OpenCall::Status;

}  // namespace

void Stepper::Body::write_key(CanisterId where, Subject subject, ValueId value) {
  const LeafPosition position = leaf({LeafKind::kVariable, where, subject.variable, subject.key});
  const bool was_present = ask(position, {LeafQuestion::Kind::kPresent, 0, 0}) != 0;
  set(position, value);
  if (was_present != (value != 0)) {
    operate(
        leaf({LeafKind::kVariable, where, subject.variable, Subject::kKeySet}),
        {value != 0 ? LeafOperation::Kind::kKeyIn : LeafOperation::Kind::kKeyOut, subject.key, 0});
  }
}

void Stepper::Body::write_variables(CanisterId where, const Effects& effects) {
  for (const auto& [subject, value] : effects.writes) {
    if (subject.key == 0) {
      set(leaf({LeafKind::kVariable, where, subject.variable, 0}), value);
    } else {
      write_key(where, subject, value);
    }
  }
}

void Stepper::Body::set_timer(CanisterId where, const Effects& effects) {
  if (!effects.timer) {
    return;
  }
  LeafValue deadline = 0;
  if (*effects.timer != 0) {
    // Without a clock only being armed counts: it fires at any later time [T1, D19].
    deadline = !kernel_.system().clock ? 1
                                       : 1 + get(leaf({LeafKind::kClock, 0, 0, 0})) +
                                             static_cast<LeafValue>(*effects.timer);
  }
  set(leaf({LeafKind::kTimer, where, 0, 0}), deadline);
}

Request Stepper::Body::pop(const Event& event) {
  const LeafPosition at = leaf(queue_of(event));
  const auto id =
      static_cast<std::uint32_t>(ask(at, {LeafQuestion::Kind::kElement, event.index, 0}));
  if (id == 0) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(event)));
  }
  operate(at, {LeafOperation::Kind::kErase, event.index, 0});
  return kernel_.request(id);
}

void Stepper::Body::put_sends(ContextId context, const Effects& effects) {
  const CanisterId where = kernel_.origin(context).canister;
  // First what refers to the calls of before: `continue_as` gives their numbers again.
  for (const CallIndex index : effects.taken) {
    operate_calls(context, LeafOperation::Kind::kDrop, index);
  }
  if (effects.continued) {
    operate_calls(context, LeafOperation::Kind::kReleaseAll);
  }
  std::vector<OpenCall> calls;
  std::map<CanisterId, std::pair<int, std::vector<std::uint32_t>>> queues;
  for (const Send& send : effects.sends) {
    if (!send.accepted) {
      continue;
    }
    OpenCall call{send.index,    send.callee, Status::kWaiting,        send.one_way,
                  send.deferred, 0,           send.timeout.has_value()};
    auto& [count, requests] = queues[send.callee];
    ++count;
    if (send.callee == kNoCanister) {
      // Nobody there: an asynchronous reject, in flight from the start [K4, D10].
      call.status = Status::kAnswered;
      const Answer nobody{false, RejectCode::kDestinationInvalid,
                          kernel_.tables().values.intern("no such canister")};
      call.answer = kernel_.tables().intern(nobody);
      step_.responses.push_back({0, context, send.index, nobody, false});
    } else if (!send.deferred) {
      Request request{context, send.index, send.method, send.method_name, send.arguments};
      if (send.timeout) {
        const LeafValue now = kernel_.system().clock ? get(leaf({LeafKind::kClock, 0, 0, 0})) : 0;
        request.deadline = 1 + now + *send.timeout;
      }
      requests.push_back(kernel_.intern(request));
      step_.requests.emplace_back(send.callee, request);
    }
    calls.push_back(call);
  }
  if (!calls.empty()) {
    operate_calls(context, LeafOperation::Kind::kOpen, kernel_.intern(calls));
  }
  for (const auto& [callee, sent] : queues) {
    const auto& [count, requests] = sent;
    add(leaf({LeafKind::kInFlight, where, callee, 0}), count);
    if (!requests.empty()) {
      operate(leaf({LeafKind::kQueue, where, callee, 0}),
              {LeafOperation::Kind::kEnqueue, kernel_.intern(requests), 0});
    }
  }
  for (const CallIndex index : effects.released) {
    operate_calls(context, LeafOperation::Kind::kRelease, index);
  }
}

void Stepper::Body::commit(ContextId context, const Effects& effects, bool query) {
  const ContextOrigin origin = kernel_.origin(context);
  const CanisterId where = origin.canister;
  if (!query) {
    write_variables(where, effects);
    set_timer(where, effects);
    put_sends(context, effects);
    for (const Resolution& resolution : effects.resolutions) {
      const auto [waiter, index] = deferred(resolution.handle, where);
      answer_call(context, waiter, index, resolution.answer, false);
    }
  }
  ContextState next;
  if (effects.end == PieceEnd::kSuspended) {
    next.phase = Phase::kSuspended;
    next.canister = where;
    next.method = effects.method;
    next.arguments = effects.arguments;
    next.log = effects.log;
    next.next_call = effects.next_call;
    next.await = effects.await;
    next.deadline = deadline_;
    next.code = code_;
    if (effects.await.kind == Await::Kind::kEach) {
      const ContextState before = context_at(context);
      next.responded = before.responded;
      next.result = before.result;
    }
    if (effects.answered) {
      answer(context, context, effects.response, false);
      next.responded = true;
      next.result =
          origin.kind == ContextOrigin::Kind::kIngress ? kept(origin, effects.response) : 0;
    }
    set(context_leaf(context), kernel_.intern(next));
    return;
  }
  if (effects.end == PieceEnd::kEnded) {
    const ContextState before = context_at(context);
    end_context(context, before.responded, before.result, error("canister did not reply"));
    return;
  }
  // Replied, or rejected with the state committed [M10]. What was stored for later awaits is
  // dropped; calls still open keep the context [C4].
  const bool open = keep_open_calls_only(context);
  answer(context, context, effects.response, false);
  if (open) {
    next.phase = Phase::kEnded;
    next.responded = true;
    next.result = origin.kind == ContextOrigin::Kind::kIngress ? kept(origin, effects.response) : 0;
    set(context_leaf(context), kernel_.intern(next));
  }
}

/// Nobody awaits anything in this context any more. True when calls are open still.
bool Stepper::Body::keep_open_calls_only(ContextId context) {
  const LeafPosition calls = calls_leaf(context);
  const bool open = ask(calls, {LeafQuestion::Kind::kHasOpen, 0, 0}) != 0;
  operate(calls, {LeafOperation::Kind::kReleaseAll, 0, 0});
  return open;
}

std::uint32_t Stepper::Body::kept(const ContextOrigin& ingress, const Answer& answer) {
  if (kernel_.system().keep_results) {
    return 1 + kernel_.tables().intern(answer);
  }
  // A script with groups goes on at a reject, so that much is remembered in any case.
  const User& user = kernel_.system().users[ingress.user];
  const bool matters = !answer.replied && user.order == ScriptOrder::kThen &&
                       std::ranges::any_of(user.calls, &UserCall::together);
  return matters ? 1 + kernel_.tables().intern(Answer{false, RejectCode::kCanisterReject, 0}) : 0;
}

/// Answers whoever called `context`, which is over.
void Stepper::Body::answer(ContextId from, ContextId context, const Answer& response,
                           bool injected) {
  const ContextOrigin origin = kernel_.origin(context);
  ContextState gone;
  switch (origin.kind) {
    case ContextOrigin::Kind::kIngress:
      gone.phase = Phase::kFinished;
      gone.result = kept(origin, response);
      step_.responses.push_back({from, 0, 0, response, injected});
      break;
    case ContextOrigin::Kind::kCall:
      answer_call(from, origin.parent, origin.index, response, injected);
      break;
    case ContextOrigin::Kind::kTask:
    case ContextOrigin::Kind::kUpgrade:
      break;  // nobody to answer [C7]
  }
  set(context_leaf(context), kernel_.intern(gone));
}

void Stepper::Body::answer_call(ContextId from, ContextId caller, CallIndex index,
                                const Answer& response, bool injected) {
  // Of a call with a deadline it was the expiry that came first, of others another execution of the
  // request.
  const bool serves =
      from != 0 && kernel_.origin(from).parent == caller && kernel_.origin(from).index == index;
  if ((kernel_.system().weakened.repeated_requests > 0 ||
       (serves && deadline_ != 0 && kernel_.system().faults.expiries > 0)) &&
      !waits(caller, index)) {
    step_.dropped.push_back({from, caller, index, response, injected});
    return;
  }
  const auto calls = kernel_.open_calls(current(calls_leaf(caller)));
  const auto call = std::ranges::find(calls, index, &OpenCall::index);
  if (call == calls.end() || call->status != Status::kWaiting) {
    throw BrokenInvariant(
        fmt::format("call {} of {} was answered twice", index + 1, kernel_.name(caller)));
  }
  operate_calls(caller, LeafOperation::Kind::kAnswer, index, kernel_.tables().intern(response));
  step_.responses.push_back({from, caller, index, response, injected});
}

/// The context of canister `where` that made this Deferred and waits for it; 0 if none does.
/// Another canister cannot resolve it: canisters share messages only.
std::pair<ContextId, CallIndex> Stepper::Body::deferred(ValueId handle, CanisterId where) {
  const auto made = DeferredHandle::from_bytes(kernel_.tables().values[handle]);
  step_.looked_everywhere = true;  // other contexts of that name may be found later
  if (!made.context.empty()) {
    for (const ContextId context : kernel_.contexts_named(made.context)) {
      const auto calls = calls_of(context);
      const auto call = std::ranges::find(calls, made.index, &OpenCall::index);
      if (call != calls.end() && call->deferred && kernel_.origin(context).canister == where) {
        return {context, made.index};
      }
    }
  }
  return {0, made.index};
}

}  // namespace heddle
