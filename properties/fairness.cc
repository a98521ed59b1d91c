#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/fairness.h>

namespace heddle {

namespace {

/// The canister that does something by the event; kNoCanister: none does.
CanisterId canister_of(const Kernel& kernel, const Event& event) {
  switch (event.kind) {
    case EventKind::kStartIngress:
    case EventKind::kDeliver:
      return kernel.origin(event.context).canister;
    case EventKind::kStartRequest:
    case EventKind::kStartTask:
    case EventKind::kFireTimer:
    case EventKind::kStopped:
      return event.to;
    default:
      return kNoCanister;
  }
}

/// The party of an event that takes a request out of a queue.
Party party_of_request(Kernel& kernel, const Event& event, const LeafLookup& leaf) {
  if (kernel.system().weakened.overtaking && !event.again) {
    const auto requests = kernel.list(leaf(kernel.position(queue_of(event))));
    const Request request = kernel.request(requests.at(event.index));
    return {Party::Kind::kRequest, request.caller, request.index, 0};
  }
  // In a queue the first one waits for nobody. What is taken out behind it is of no help to it.
  return event.index == 0 ? Party{Party::Kind::kQueue, event.from, event.to, event.again ? 1U : 0U}
                          : Party{};
}

}  // namespace

std::string to_string(const Fairness& fairness, const System& system) {
  std::string text = fmt::format("{} fairness to each {}",
                                 fairness.strength == Strength::kWeak ? "weak" : "strong",
                                 fairness.to == FairTo::kMessage ? "message" : "canister");
  std::vector<std::string> answering;
  std::vector<std::string> silent;
  for (CanisterId id = 0; id < system.canisters.size(); ++id) {
    if (system.canisters[id].environment) {
      (fairness.answering.contains(id) ? answering : silent).push_back(system.canisters[id].name);
    }
  }
  const auto tell = [&](const std::vector<std::string>& names, const char* assumed) {
    if (!names.empty()) {
      text += fmt::format(", {} {} {} to answer", fmt::join(names, ", "),
                          names.size() == 1 ? "is" : "are", assumed);
    }
  };
  tell(answering, "assumed");
  tell(silent, "not assumed");
  return text;
}

Party party_of(const Fairness& fairness, Kernel& kernel, const Event& event,
               const LeafLookup& leaf) {
  if (fairness.to == FairTo::kCanister && event.kind != EventKind::kAdvanceTime) {
    const CanisterId canister = canister_of(kernel, event);
    return canister == kNoCanister ? Party{} : Party{Party::Kind::kCanister, canister, 0, 0};
  }
  switch (event.kind) {
    case EventKind::kStartIngress:
    case EventKind::kDropIngress:
      return {Party::Kind::kIngress, event.context, 0, 0};
    case EventKind::kStartRequest:
    case EventKind::kRejectRequest:
    case EventKind::kDropRequest:
      return party_of_request(kernel, event, leaf);
    case EventKind::kDeliver:
    case EventKind::kExpireCall:
      return {Party::Kind::kResponse, event.context, event.index, 0};
    case EventKind::kStartTask:
      return {Party::Kind::kTasks, event.to, 0, 0};
    case EventKind::kFireTimer:
      return {Party::Kind::kTimer, event.to, 0, 0};
    case EventKind::kAdvanceTime:
      return {Party::Kind::kTime, 0, 0, 0};
    case EventKind::kStopped:
      return {Party::Kind::kStop, event.to, 0, 0};
    default:
      return {};
  }
}

bool is_owed(const Fairness& fairness, Kernel& kernel, const Event& event, const LeafLookup& leaf) {
  if (event.kind == EventKind::kExpireCall) {
    const auto calls = kernel.open_calls(leaf(kernel.open_calls_leaf(event.context)));
    const auto call = std::ranges::find(calls, event.index, &OpenCall::index);
    return call != calls.end() && call->bounded;
  }
  const bool is_answered_by_environment =
      event.answer != 0 && !fairness.answering.contains(event.to);
  return !event.is_optional() && !is_answered_by_environment;
}

bool is_same_everywhere(const System& system, const Event& event) {
  return event.kind != EventKind::kExpireCall &&
         !(system.weakened.overtaking && takes_request(event));
}

}  // namespace heddle
