#include <heddle/checker/internal/lineage.h>

namespace heddle::internal {

Lineage::Lineage(Kernel& kernel) : kernel_(&kernel), queued_(kernel), parents_{kWhole} {}

void Lineage::look(const CurrentState& state, std::span<const Event> enabled) {
  known_.carry(enabled,
               [this](const Event& event) { return takes_request(event) ? kWhole : of(event); });
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    const Event& event = enabled[i];
    // A position of a queue is another call's after what was before it has gone.
    if (takes_request(event)) {
      const QueuedCall& queued = queued_.of(state, event)[event.index];
      known_[i] = of_call(queued.caller, queued.index);
    }
  }
}

Lineage::Node Lineage::of(const Event& event) {
  switch (event.kind) {
    case EventKind::kStartIngress:
    case EventKind::kDropIngress:
      return of_ingress(event.context);
    case EventKind::kDeliver:
    case EventKind::kExpireCall:
    case EventKind::kGarbleReply:
      return of_call(event.context, event.index);
    case EventKind::kStartTask:
    case EventKind::kFireTimer:
    case EventKind::kHeartbeat:
    case EventKind::kStopped:
    case EventKind::kManage:
      return node(Kind::kTask, event.to, 0, [] { return kWhole; });
    case EventKind::kResubmit:
      return node(Kind::kResubmission, event.context, 0, [] { return kWhole; });
    default:
      return node(Kind::kTime, 0, 0, [] { return kWhole; });
  }
}

Lineage::Node Lineage::of_context(ContextId context) {
  const ContextOrigin origin = kernel_->origin(context);
  switch (origin.kind) {
    case ContextOrigin::Kind::kIngress:
      return of_ingress(context);
    case ContextOrigin::Kind::kCall:
      return of_call(origin.parent, origin.index);
    case ContextOrigin::Kind::kTask:
    case ContextOrigin::Kind::kUpgrade:
      break;
  }
  return node(Kind::kTask, origin.canister, 0, [] { return kWhole; });
}

Lineage::Node Lineage::of_call(ContextId context, CallIndex index) {
  return node(Kind::kCall, context, index, [&] { return of_context(context); });
}

Lineage::Node Lineage::of_ingress(ContextId context) {
  return node(Kind::kIngress, context, 0, [&] {
    // A script of calls one after the other is one thread of events.
    const std::uint32_t user = kernel_->origin(context).user;
    return kernel_->system().users[user].order == ScriptOrder::kThen
               ? node(Kind::kUser, user, 0, [] { return kWhole; })
               : kWhole;
  });
}

template <class Parent>
Lineage::Node Lineage::node(Kind kind, std::uint32_t first, std::uint32_t second,
                            const Parent& parent) {
  // Context ids stay below 2^28 (interner.h).
  const std::uint64_t key =
      static_cast<std::uint64_t>(kind) << 60U | std::uint64_t{first} << 32U | second;
  if (const Node* known = nodes_.find(key, 0)) {
    return *known;
  }
  const Node above = parent();
  const auto made = static_cast<Node>(parents_.size());
  parents_.push_back(above);
  nodes_.insert(key, 0, made);
  return made;
}

}  // namespace heddle::internal
