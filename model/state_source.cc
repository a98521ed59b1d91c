// What a committed state answers to observations: variables for code and predicates, and the
// questions about the system at large that only predicates ask.
#include <algorithm>

#include <heddle/model/kernel.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

Lifecycle lifecycle_of(Kernel& kernel, const StateVector& state, CanisterId canister) {
  return kernel.is_managed(canister) ? Lifecycle::from_leaf(state[kernel.lifecycle_leaf(canister)])
                                     : Lifecycle{};
}

std::uint32_t open_contexts(Kernel& kernel, const StateVector& state, CanisterId canister) {
  std::vector<std::uint32_t> contexts;
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    if (key.kind != LeafKind::kContext || kernel.origin(key.b).canister != canister) {
      continue;
    }
    const auto phase = kernel.context_state(state[at]).phase;
    if (phase == ContextState::Phase::kSuspended || phase == ContextState::Phase::kEnded) {
      contexts.push_back(key.b);
    }
  }
  std::ranges::sort(contexts, [&](ContextId a, ContextId b) { return kernel.before(a, b); });
  return kernel.intern(contexts);
}

/// Nothing obligatory can happen: no startable ingress, queued request or task, armed timer, or
/// response in flight.
bool is_quiescent(Kernel& kernel, const StateVector& state) {
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    switch (key.kind) {
      case LeafKind::kQueue:
        return false;
      case LeafKind::kTasks:
      case LeafKind::kTimer:
        if (!lifecycle_of(kernel, state, static_cast<CanisterId>(key.a)).refuses()) {
          return false;
        }
        break;
      case LeafKind::kLifecycle:
        if (Lifecycle::from_leaf(state[at]).status == Lifecycle::Status::kStopping &&
            open_contexts(kernel, state, static_cast<CanisterId>(key.a)) == 0) {
          return false;
        }
        break;
      case LeafKind::kOpenCalls: {
        const auto calls = kernel.open_calls(state[at]);
        if (std::ranges::any_of(calls, [](const OpenCall& call) {
              return call.status == OpenCall::Status::kAnswered;
            })) {
          return false;
        }
        break;
      }
      default:
        break;
    }
  }
  const auto leaf = [&](LeafPosition at) { return state[at]; };
  for (std::uint32_t user = 0; user < kernel.system().users.size(); ++user) {
    if (!kernel.startable(user, leaf).empty()) {
      return false;
    }
  }
  return true;
}

std::uint32_t result(Kernel& kernel, const StateVector& state, ContextId ingress) {
  const ContextState context = kernel.context_state(state[kernel.context_leaf(ingress)]);
  if (context.phase == ContextState::Phase::kDropped) {
    if (kernel.user_call(kernel.origin(ingress)).left_out) {
      kernel.note_asked_for_left_out();
    }
    const ValueId text = kernel.tables().values.intern("the ingress message was dropped");
    return 1 + kernel.tables().intern(Answer{false, RejectCode::kSysTransient, text});
  }
  return context.result;
}

/// What `callee` answered to calls of `caller` and no code has taken yet. Whose calls these are is
/// not told, so the order is not that of their names.
std::uint32_t replies(Kernel& kernel, const StateVector& state, CanisterId caller,
                      CanisterId callee) {
  std::vector<std::uint32_t> answers;
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    if (key.kind == LeafKind::kOpenCalls && kernel.origin(key.b).canister == caller) {
      const auto untaken = kernel.list(
          static_cast<LeafValue>(kernel.ask({LeafQuestion::Kind::kUntaken, callee, 0}, state[at])));
      answers.insert(answers.end(), untaken.begin(), untaken.end());
    }
  }
  const Tables& tables = kernel.tables();
  std::ranges::sort(answers, [&](std::uint32_t left, std::uint32_t right) {
    const Answer a = tables.answer(left);
    const Answer b = tables.answer(right);
    return a.code != b.code ? a.code < b.code : tables.values[a.value] < tables.values[b.value];
  });
  return kernel.intern(answers);
}

}  // namespace

std::uint32_t StateSource::answer(const Observation& question) {
  const StateVector& state = *state_;
  const auto leaf = [&](const LeafKey& key) {
    const auto position = kernel_.find(key);
    return position ? state[*position] : 0;
  };
  switch (question.kind) {
    case ObservationKind::kVariable:
      return leaf({LeafKind::kVariable, question.canister, question.subject.variable,
                   question.subject.key});
    case ObservationKind::kInFlight:
      return leaf({LeafKind::kInFlight, question.canister, question.detail, 0});
    case ObservationKind::kResult:
      return result(kernel_, state, question.detail);
    case ObservationKind::kRequests:
      return static_cast<std::uint32_t>(
          kernel_.ask({LeafQuestion::Kind::kArguments, question.subject.variable, 0},
                      leaf({LeafKind::kQueue, question.canister, question.detail, 0})));
    case ObservationKind::kReplies:
      return replies(kernel_, state, question.canister, static_cast<CanisterId>(question.detail));
    case ObservationKind::kContextLeaf:
      return leaf({LeafKind::kContext, 0, question.detail, 0});
    case ObservationKind::kCallsLeaf:
      return leaf({LeafKind::kOpenCalls, 0, question.detail, 0});
    case ObservationKind::kContexts:
      return open_contexts(kernel_, state, question.canister);
    case ObservationKind::kQuiescent:
      return is_quiescent(kernel_, state) ? 1 : 0;
    case ObservationKind::kTime:
      return leaf({LeafKind::kClock, 0, 0, 0});
    case ObservationKind::kTimer: {
      const LeafValue timer = leaf({LeafKind::kTimer, question.canister, 0, 0});
      const LeafValue now = leaf({LeafKind::kClock, 0, 0, 0});
      return timer == 0 ? 0 : timer > now + 2 ? timer - 1 - now : 1;
    }
    case ObservationKind::kVersion:
      return 1;
    case ObservationKind::kStatus: {
      const Lifecycle lifecycle = lifecycle_of(kernel_, state, question.canister);
      return (1 + static_cast<std::uint32_t>(lifecycle.status)) | (lifecycle.is_empty ? 4U : 0U) |
             lifecycle.code << 3U;
    }
    default:
      throw Misuse("a property asked what only canister code can ask (caller, context, calls)");
  }
}

}  // namespace heddle
