// What the code of one execution can learn: the state before it, its own context, its free slots.
#include <algorithm>

#include <heddle/model/internal/stepper_body.h>
#include <heddle/model/value.h>

namespace heddle {

namespace {

using internal::keeps_context_open;
using Status = OpenCall::Status;

}  // namespace

bool Stepper::Body::ExecutionSource::free_slot(CanisterId callee) {
  auto slot = std::ranges::find(slots_, callee, &std::pair<CanisterId, std::uint32_t>::first);
  if (slot == slots_.end()) {
    slots_.emplace_back(callee, 0);
    slot = slots_.end() - 1;
  }
  // The slots in use are those at the start of the execution [Q3] and what it has taken itself; the
  // response that it delivers has already freed its own [Q4]. Calls to nobody share the slots of
  // one pair.
  const std::uint32_t limit = body_.kernel_.system().limit(canister_, callee);
  const std::uint32_t taken = slot->second;
  if (taken >= limit || body_.ask(body_.leaf({LeafKind::kInFlight, canister_, callee, 0}),
                                  {LeafQuestion::Kind::kAtMost, limit - taken - 1, 0}) == 0) {
    return false;
  }
  ++slots_found_;
  if (slots_found_ == failing_send_) {
    return false;  // D7: the environment fails this one [K3]
  }
  ++slot->second;
  return true;
}

std::uint32_t Stepper::Body::ExecutionSource::answer(const Observation& question) {
  Kernel& kernel = body_.kernel_;
  switch (question.kind) {
    case ObservationKind::kVariable:
      return body_.get(body_.leaf({LeafKind::kVariable, question.canister,
                                   question.subject.variable, question.subject.key}));
    case ObservationKind::kSend:
      return free_slot(question.canister) ? 1 : 0;
    case ObservationKind::kComplete:
      return static_cast<std::uint32_t>(
          body_.ask(body_.calls_leaf(context_), {LeafQuestion::Kind::kStored, question.detail, 0}));
    case ObservationKind::kCaller:
      return kernel.tables().values.intern(to_bytes(kernel.caller(context_)));
    case ObservationKind::kContext:
      return kernel.tables().values.intern(kernel.name(context_));
    case ObservationKind::kDeferred: {
      const auto [context, index] = body_.deferred(question.detail, canister_);
      if (context == 0) {
        return 0;
      }
      const auto calls = body_.calls_of(context);
      return std::ranges::find(calls, index, &OpenCall::index)->status == Status::kWaiting ? 1 : 0;
    }
    case ObservationKind::kTime:
      if (!kernel.system().clock) {
        throw Misuse(
            "a method asked for the time, but the scenario models no clock: without it timers fire "
            "at any time after they were set. Say s.clock() in the scenario.");
      }
      return body_.get(body_.leaf({LeafKind::kClock, 0, 0, 0}));
    case ObservationKind::kTimer: {
      const LeafValue timer = body_.get(body_.leaf({LeafKind::kTimer, question.canister, 0, 0}));
      const LeafValue now = body_.get(body_.leaf({LeafKind::kClock, 0, 0, 0}));
      return timer == 0 ? 0 : timer > now + 2 ? timer - 1 - now : 1;
    }
    case ObservationKind::kDeadline:
      return body_.deadline_;
    case ObservationKind::kVersion:
      return 1;
    case ObservationKind::kStatus: {
      const Lifecycle lifecycle = body_.lifecycle_of(question.canister);
      return 1 + static_cast<std::uint32_t>(lifecycle.status);
    }
    case ObservationKind::kOpenCalls: {
      body_.step_.looked_everywhere = true;
      CallIndex next = 0;
      for (const OpenCall& call : body_.calls_of(context_)) {
        if (call.index != kHelperCall && keeps_context_open(call)) {
          next = std::max(next, call.index + 1);
        }
      }
      // A callee that answered early, or one of its callees, may live on under a name that begins
      // with that of its call.
      const auto below = [&](ContextId name) {
        while (name != 0) {
          const ContextOrigin origin = kernel.origin(name);
          if (origin.parent == context_ && origin.index != kHelperCall) {
            next = std::max(next, origin.index + 1);
          }
          name = origin.parent;
        }
      };
      for (LeafPosition at = 0; at < body_.before_->size(); ++at) {
        if ((*body_.before_)[at] != 0 && body_.key(at).kind == LeafKind::kContext) {
          below(body_.key(at).b);
        }
      }
      for (const Request& orphan : body_.orphans()) {
        below(orphan.caller);
        next = orphan.caller == context_ ? std::max(next, orphan.index + 1) : next;
      }
      return next;
    }
    default:
      throw Misuse("canister code asked what only a property can ask");
  }
}

}  // namespace heddle
