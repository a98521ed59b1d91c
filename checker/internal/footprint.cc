#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include <heddle/checker/internal/footprint.h>

namespace heddle::internal {

namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();
/// More than any limit, and its square still fits.
constexpr std::uint64_t kUnbounded = std::uint64_t{1} << 31U;

std::uint64_t saturated(std::uint64_t number) {
  return std::min(number, kUnbounded);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t part) {
  hash = (hash ^ part) * 0x9fb21c651e98df25U;
  return hash ^ (hash >> 32U);
}

/// By content: ids differ from run to run, and with them counts would.
std::uint64_t bit_of(const Kernel& kernel, const Renamer* renamer, Subject subject) {
  constexpr unsigned kHalf = 32;
  if (subject.key == 0) {
    return std::uint64_t{1} << (subject.variable % kHalf);
  }
  std::uint64_t hash = mixed(0, subject.variable);
  if (subject.key != Subject::kKeySet) {
    const std::string_view key = kernel.tables().values[subject.key];
    for (const char byte : renamer == nullptr ? std::string(key) : renamer->without_names(key)) {
      hash = mixed(hash, 1U + static_cast<unsigned char>(byte));
    }
  }
  return std::uint64_t{1} << (kHalf + hash % kHalf);
}

bool is_query(const Kernel& kernel, const Execution& execution) {
  const Installed& installed = kernel.system().canisters[execution.canister];
  return installed.program->info().methods[execution.method].kind == MethodKind::kQuery;
}

}  // namespace

std::uint64_t bit_of(CanisterId canister) {
  return std::uint64_t{1} << std::min<std::size_t>(canister, kCanistersMax);
}

Footprint& Footprint::operator|=(const Footprint& other) {
  read |= other.read;
  written |= other.written;
  grown |= other.grown;
  asked |= other.asked;
  return *this;
}

bool Footprint::meets(const Footprint& other) const {
  return (read & (other.written | other.grown)) != 0 ||
         ((written | grown) & (other.read | other.written)) != 0 || (written & other.grown) != 0 ||
         (asked & other.asked) != 0;
}

Footprint footprint_of(Kernel& kernel, const Execution& execution, const Renamer* renamer) {
  Footprint footprint;
  if (execution.effects == nullptr) {
    return footprint;
  }
  const Effects& effects = *execution.effects;
  const bool trapped = effects.end == PieceEnd::kTrapped;
  if (trapped && effects.writes.empty()) {
    return {kEverything, 0, 0, kEverything};
  }
  for (const Access& access : effects.accesses) {
    switch (access.kind) {
      case Access::Kind::kTold:
        footprint.read |= bit_of(kernel, renamer, access.subject);
        break;
      case Access::Kind::kWritten:
        footprint.written |= bit_of(kernel, renamer, access.subject);
        break;
      case Access::Kind::kModified:
        if (access.subject.key == Subject::kKeySet) {
          footprint.grown |= bit_of(kernel, renamer, access.subject);
        } else {
          footprint.read |= bit_of(kernel, renamer, access.subject);
          footprint.written |= bit_of(kernel, renamer, access.subject);
        }
        break;
      case Access::Kind::kSent:
      case Access::Kind::kAwaitReady:
        break;
    }
  }
  if (is_query(kernel, execution)) {
    footprint.written = footprint.grown = 0;  // discarded [L1]
  }
  for (const Send& send : effects.sends) {
    footprint.asked |= bit_of(send.callee);
  }
  if (trapped) {
    footprint.read = footprint.asked = kEverything;  // what it wrote is kept (G5)
  }
  return footprint;
}

Known::Known(const Kernel& kernel, const Renamer* renamer) : renamer_(renamer) {
  for (const Installed& canister : kernel.system().canisters) {
    first_.push_back(methods_.size());
    methods_.resize(methods_.size() + canister.program->info().methods.size());
    canister_of_.resize(methods_.size(), first_.size() - 1);
  }
}

bool Known::learn(Kernel& kernel, const StateVector& before, const Step& step) {
  bool fresh = false;
  const auto set = [&](auto& bits, auto more) {
    fresh = fresh || (bits | more) != bits;
    bits |= more;
  };
  const auto raise = [&](bool& flag) {
    fresh = fresh || !flag;
    flag = true;
  };
  if (kernel.system().faults.expiries > 0 && kernel.has_bounded_calls()) {
    raise(expires_);
  }
  for (const Execution& execution : step.executions) {
    if (execution.effects == nullptr) {
      continue;
    }
    const Effects& effects = *execution.effects;
    const std::size_t number = first_[execution.canister] + execution.method;
    Method& method = methods_[number];
    Footprint& known = execution.started ? method.start : method.resumed;
    Footprint all = known;
    all |= footprint_of(kernel, execution, renamer_);
    fresh = fresh || all != known;
    known = all;
    if (!effects.resolutions.empty() || effects.timer) {
      set(special_, bit_of(execution.canister));
    }
    auto sends = static_cast<std::uint32_t>(effects.sends.size());
    if (effects.end == PieceEnd::kTrapped) {
      sends += static_cast<std::uint32_t>(
          std::ranges::count(effects.accesses, Access::Kind::kSent, &Access::kind));
    }
    if (sends != 0) {
      if (const auto leaf = kernel.find({LeafKind::kContext, 0, execution.context, 0})) {
        sends += kernel.context_state(before[*leaf]).next_call;
      }
      fresh = fresh || sends > method.sends_max;
      method.sends_max = std::max(method.sends_max, sends);
    }
    for (const Send& send : effects.sends) {
      if (send.accepted) {
        set(method.sends_to, bit_of(send.callee));
      }
      if (send.deferred) {
        set(special_, bit_of(execution.canister));
      }
    }
    if (effects.continued) {
      raise(continues_);
      raise(method.continues);
      if (effects.end == PieceEnd::kSuspended) {
        Method& next = methods_[first_[execution.canister] + effects.method];
        raise(next.continues);
        raise(next.called);
      }
    }
    for (const auto& [callee, request] : step.requests) {
      if (request.caller != execution.context || callee >= first_.size() ||
          request.method >= kernel.system().canisters[callee].program->info().methods.size()) {
        continue;
      }
      const std::size_t called = first_[callee] + request.method;
      raise(methods_[called].called);
      fresh = calls_.emplace(number, called).second || fresh;
    }
  }
  return fresh;
}

bool Known::learn(const Kernel& /*kernel*/, const Observation& read) {
  const auto add = [this](const LeafKey& key) { return visible_.insert(key).second; };
  const auto mark = [](std::uint64_t& bits, CanisterId canister) {
    const bool fresh = (bits & bit_of(canister)) == 0;
    bits |= bit_of(canister);
    return fresh;
  };
  switch (read.kind) {
    case ObservationKind::kVariable:
      return add({LeafKind::kVariable, read.canister, read.subject.variable, read.subject.key});
    case ObservationKind::kInFlight:
      return add({LeafKind::kInFlight, read.canister, read.detail, 0});
    case ObservationKind::kRequests:
      return add({LeafKind::kQueue, read.canister, read.detail, 0});
    case ObservationKind::kResult:
    case ObservationKind::kContextLeaf:
      return add({LeafKind::kContext, 0, read.detail, 0});
    case ObservationKind::kCallsLeaf:
      return add({LeafKind::kOpenCalls, 0, read.detail, 0});
    case ObservationKind::kContexts:
      return mark(contexts_visible_, read.canister);
    case ObservationKind::kReplies:
      return mark(replies_visible_, read.canister);
    case ObservationKind::kTimer:
      return add({LeafKind::kTimer, read.canister, 0, 0});
    case ObservationKind::kTime:
      return add({LeafKind::kClock, 0, 0, 0});
    case ObservationKind::kStatus:
      return add({LeafKind::kLifecycle, read.canister, 0, 0});
    case ObservationKind::kVersion:
      return false;
    default:
      return learn_of_names();
  }
}

bool Known::learn_of_names() {
  const bool fresh = !all_visible_;
  all_visible_ = true;
  return fresh;
}

bool Known::merge(const Known& other) {
  const Known before = *this;
  for (std::size_t i = 0; i < methods_.size(); ++i) {
    Method& mine = methods_[i];
    const Method& theirs = other.methods_[i];
    mine.start |= theirs.start;
    mine.resumed |= theirs.resumed;
    mine.sends_to |= theirs.sends_to;
    mine.sends_max = std::max(mine.sends_max, theirs.sends_max);
    mine.called = mine.called || theirs.called;
    mine.continues = mine.continues || theirs.continues;
  }
  calls_.insert(other.calls_.begin(), other.calls_.end());
  special_ |= other.special_;
  continues_ = continues_ || other.continues_;
  expires_ = expires_ || other.expires_;
  all_visible_ = all_visible_ || other.all_visible_;
  contexts_visible_ |= other.contexts_visible_;
  replies_visible_ |= other.replies_visible_;
  visible_.insert(other.visible_.begin(), other.visible_.end());
  return methods_ != before.methods_ || calls_ != before.calls_ || special_ != before.special_ ||
         continues_ != before.continues_ || expires_ != before.expires_ ||
         all_visible_ != before.all_visible_ || contexts_visible_ != before.contexts_visible_ ||
         replies_visible_ != before.replies_visible_ || visible_ != before.visible_;
}

std::uint64_t Known::senders(CanisterId callee) const {
  std::uint64_t senders = 0;
  for (std::size_t i = 0; i < methods_.size(); ++i) {
    if ((methods_[i].sends_to & bit_of(callee)) != 0) {
      senders |= bit_of(static_cast<CanisterId>(canister_of_[i]));
    }
  }
  return senders;
}

/// How many contexts of the method there can be in one schedule. `open`: the methods asked about,
/// since calls in a circle have no bound.
std::uint64_t Known::contexts_max(const Kernel& kernel, std::size_t method,
                                  std::vector<bool>& open) const {
  const System& system = kernel.system();
  const std::size_t canister = canister_of_[method];
  const MethodId id = static_cast<MethodId>(method - first_[canister]);
  const MethodKind kind = system.canisters[canister].program->info().methods[id].kind;
  if (open[method] || methods_[method].continues || kind == MethodKind::kTimer) {
    return kUnbounded;
  }
  open[method] = true;
  std::uint64_t contexts =
      kind == MethodKind::kHeartbeat ? static_cast<std::uint64_t>(system.faults.heartbeats) : 0;
  for (const User& user : system.users) {
    for (const UserCall& call : user.calls) {
      if (call.canister == canister && call.method == id) {
        contexts += 1 + static_cast<std::uint64_t>(system.faults.resubmissions);
      }
    }
  }
  for (const auto& [caller, called] : calls_) {
    if (called == method) {
      contexts += saturated(contexts_max(kernel, caller, open) * methods_[caller].sends_max);
    }
  }
  open[method] = false;
  return saturated(contexts);
}

bool Known::slots_suffice(const Kernel& kernel, CanisterId caller, CanisterId callee) const {
  const std::size_t end =
      caller + std::size_t{1} < first_.size() ? first_[caller + std::size_t{1}] : methods_.size();
  std::uint64_t calls = 0;
  for (std::size_t i = first_[caller]; i < end; ++i) {
    const Method& method = methods_[i];
    if (((method.start.asked | method.resumed.asked) & bit_of(callee)) == 0) {
      continue;
    }
    std::vector<bool> open(methods_.size(), false);
    const std::uint64_t contexts = contexts_max(kernel, i, open);
    calls = saturated(calls + contexts * (method.continues ? kUnbounded : method.sends_max));
    if (caller == callee) {
      calls = saturated(calls + contexts);  // the helper of an await, one at a time
    }
  }
  return calls < kernel.system().limit(caller, callee);
}

bool Known::is_visible(const Kernel& kernel, const LeafKey& key) const {
  if (all_visible_ || visible_.contains(key)) {
    return true;
  }
  switch (key.kind) {
    case LeafKind::kContext:
      return contexts_visible_ != 0 &&
             (contexts_visible_ & bit_of(kernel.origin(key.b).canister)) != 0;
    case LeafKind::kOpenCalls:
      return replies_visible_ != 0 &&
             (replies_visible_ & bit_of(kernel.origin(key.b).canister)) != 0;
    default:
      return false;
  }
}

}  // namespace heddle::internal
