// What an execution leaves behind when it ends without a trap: variables, requests, responses, and
// its context (ic-semantics.md section 2).
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <heddle/model/internal/stepper_body.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

using internal::keeps_context_open;
using Phase = ContextState::Phase;
using Status = OpenCall::Status;

}  // namespace

void Stepper::Body::write_key(CanisterId where, Subject subject, ValueId value) {
  const LeafPosition position = leaf({LeafKind::kVariable, where, subject.variable, subject.key});
  const bool was_present = get(position) != 0;
  set(position, value);
  if (was_present == (value != 0)) {
    return;
  }
  const LeafPosition key_set =
      leaf({LeafKind::kVariable, where, subject.variable, Subject::kKeySet});
  Interner& values = kernel_.tables().values;
  std::vector<ValueId> keys;
  if (const ValueId old = get(key_set); old != 0) {
    const std::string_view bytes = values[old];
    keys.resize(bytes.size() / sizeof(ValueId));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(keys.data()));
  }
  const auto at = std::ranges::lower_bound(keys, subject.key);
  if (value != 0) {
    keys.insert(at, subject.key);
  } else {
    keys.erase(at);
  }
  set(key_set, keys.empty() ? 0
                            : values.intern({reinterpret_cast<const char*>(keys.data()),
                                             keys.size() * sizeof(ValueId)}));
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

void Stepper::Body::push(std::vector<std::uint32_t>& queue, CanisterId to, const Request& request) {
  const std::uint32_t id = kernel_.intern(request);
  if (kernel_.system().weakened.overtaking) {
    // Without FIFO the queue is a multiset: one order stands for all.
    queue.insert(std::ranges::lower_bound(queue, id,
                                          [this](std::uint32_t a, std::uint32_t b) {
                                            const Request x = kernel_.request(a);
                                            const Request y = kernel_.request(b);
                                            return x.caller == y.caller
                                                       ? x.index < y.index
                                                       : kernel_.before(x.caller, y.caller);
                                          }),
                 id);
  } else {
    queue.push_back(id);
  }
  step_.requests.emplace_back(to, request);
}

Request Stepper::Body::pop(CanisterId from, CanisterId to, std::uint32_t position) {
  const LeafPosition at = leaf({LeafKind::kQueue, from, to, 0});
  auto queue = kernel_.list(get(at));
  if (position >= queue.size()) {
    throw Misuse(fmt::format("event {} is not enabled", kernel_.to_text(step_.event)));
  }
  const Request request = kernel_.request(queue[position]);
  queue.erase(queue.begin() + position);
  set(at, kernel_.intern(queue));
  return request;
}

void Stepper::Body::put_sends(ContextId context, const Effects& effects) {
  const CanisterId where = kernel_.origin(context).canister;
  std::vector<OpenCall> calls = calls_of(context);
  // First what refers to the calls of before: `continue_as` gives their numbers again.
  for (const CallIndex index : effects.taken) {
    std::erase_if(calls, [index](const OpenCall& call) { return call.index == index; });
  }
  if (effects.continued) {
    std::erase_if(calls, [](const OpenCall& call) { return !keeps_context_open(call); });
    for (OpenCall& call : calls) {
      call.released = true;
    }
  }
  std::map<CanisterId, std::pair<int, std::vector<std::uint32_t>>>
      queues;  // read and set once each
  for (const Send& send : effects.sends) {
    if (!send.accepted) {
      continue;
    }
    OpenCall call{send.index, send.callee, Status::kWaiting, send.one_way, send.deferred, 0};
    const auto [queue, fresh] = queues.try_emplace(send.callee);
    if (fresh) {
      queue->second.second = kernel_.list(get(leaf({LeafKind::kQueue, where, send.callee, 0})));
    }
    ++queue->second.first;
    if (send.callee == kNoCanister) {
      // Nobody there: an asynchronous reject, in flight from the start [K4, D10].
      call.status = Status::kAnswered;
      const Answer nobody{false, RejectCode::kDestinationInvalid,
                          kernel_.tables().values.intern("no such canister")};
      call.answer = kernel_.tables().intern(nobody);
      step_.responses.push_back({0, context, send.index, nobody, false});
    } else if (!send.deferred) {
      push(queue->second.second, send.callee,
           {context, send.index, send.method, send.method_name, send.arguments});
    }
    calls.insert(std::ranges::lower_bound(calls, call.index, {}, &OpenCall::index), call);
  }
  for (const auto& [callee, queue] : queues) {
    add(leaf({LeafKind::kInFlight, where, callee, 0}), queue.first);
    set(leaf({LeafKind::kQueue, where, callee, 0}), kernel_.intern(queue.second));
  }
  for (const CallIndex index : effects.released) {
    const auto call = std::ranges::find(calls, index, &OpenCall::index);
    if (call == calls.end()) {
      continue;
    }
    if (call->status == Status::kStored) {
      calls.erase(call);
    } else {
      call->released = true;
    }
  }
  set_calls(context, calls);
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
    set(context_leaf(context), kernel_.intern(next));
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
  std::vector<OpenCall> calls = calls_of(context);
  std::erase_if(calls, [](const OpenCall& call) { return !keeps_context_open(call); });
  for (OpenCall& call : calls) {
    call.released = true;
  }
  set_calls(context, calls);
  return !calls.empty();
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
      break;  // nobody to answer [C7]
  }
  set(context_leaf(context), kernel_.intern(gone));
}

void Stepper::Body::answer_call(ContextId from, ContextId caller, CallIndex index,
                                const Answer& response, bool injected) {
  std::vector<OpenCall> calls = calls_of(caller);
  const auto call = std::ranges::find(calls, index, &OpenCall::index);
  if (call == calls.end() || call->status != Status::kWaiting) {
    throw BrokenInvariant(
        fmt::format("call {} of {} was answered twice", index + 1, kernel_.name(caller)));
  }
  call->status = Status::kAnswered;
  call->answer = kernel_.tables().intern(response);
  set_calls(caller, calls);
  step_.responses.push_back({from, caller, index, response, injected});
}

/// The context of canister `where` that made this Deferred and waits for it; 0 if none does.
/// Another canister cannot resolve it: canisters share messages only.
std::pair<ContextId, CallIndex> Stepper::Body::deferred(ValueId handle, CanisterId where) {
  const auto made = DeferredHandle::from_bytes(kernel_.tables().values[handle]);
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
