#include <algorithm>

#include <heddle/checker/internal/arrivals.h>

namespace heddle::internal {

namespace {

bool is_other(const Event& event) {
  return !event.is_optional() && event.kind != EventKind::kStartRequest &&
         event.kind != EventKind::kDeliver && event.kind != EventKind::kStartTask &&
         event.kind != EventKind::kAdvanceTime;
}

}  // namespace

Arrivals::Arrivals(Kernel& kernel)
    : queued_(kernel),
      is_sorted_(kernel.system().weakened.overtaking),
      tasks_(kernel.system().canisters.size()) {}

void Arrivals::begin() {
  now_ = 0;
  std::ranges::fill(calls_, Call{});
  for (std::deque<Stamp>& tasks : tasks_) {
    tasks.clear();
  }
  others_.clear();
}

void Arrivals::look(const CurrentState& state, std::span<const Event> enabled) {
  stamp_requests(state, enabled);
  stamp_responses(enabled);
  others_.carry(enabled, [this](const Event& event) { return is_other(event) ? ++now_ : kNever; });
  stamps_.clear();
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    stamps_.push_back(enabled[i].is_optional() ? kNever : stamp_of(state, enabled[i], i));
  }
  find_oldest(enabled);
}

void Arrivals::put_last(const CurrentState& state, std::span<const Event> enabled,
                        std::size_t index, std::uint64_t later) {
  if (stamps_[index] == kNever) {
    return;
  }
  const Stamp before = stamps_[index];
  const Stamp after = ++now_ + later;
  stamp_of(state, enabled[index], index) = after;
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    // The other answers that an environment may give to the same request.
    if (stamps_[i] == before) {
      stamps_[i] = after;
    }
  }
  find_oldest(enabled);
}

void Arrivals::chosen(const CurrentState& state, std::span<const Event> enabled,
                      std::size_t index) {
  others_.performed(index);
  const Event& event = enabled[index];
  // The number of a call may be given again, after `continue_as` and to helpers.
  switch (event.kind) {
    case EventKind::kStartRequest:
    case EventKind::kRejectRequest:
    case EventKind::kDropRequest: {
      const QueuedCall& queued = queued_.of(state, event)[event.index];
      call(queued.caller, queued.index) = {};
      break;
    }
    case EventKind::kDeliver:
      call(event.context, event.index) = {};
      break;
    case EventKind::kStartTask:
      tasks_[event.to].pop_front();
      break;
    case EventKind::kFireTimer:
    case EventKind::kHeartbeat:
      tasks_[event.to].push_back(++now_);
      break;
    default:
      break;
  }
}

Arrivals::Call& Arrivals::call(ContextId caller, CallIndex index) {
  if (const std::size_t* place = places_.find(caller, index)) {
    return calls_[*place];
  }
  places_.insert(caller, index, calls_.size());
  return calls_.emplace_back();
}

void Arrivals::stamp_requests(const CurrentState& state, std::span<const Event> enabled) {
  new_requests_.clear();
  for (const Event& event : enabled) {
    // A queue that is not empty has its head enabled. What is new is at its end.
    if (event.kind != EventKind::kStartRequest || event.index != 0 || event.is_optional() ||
        event.answer > 1) {
      continue;
    }
    const std::vector<QueuedCall>& queue = queued_.of(state, event);
    for (auto queued = queue.rbegin(); queued != queue.rend(); ++queued) {
      if (call(queued->caller, queued->index).request == 0) {
        new_requests_.push_back(*queued);
      } else if (!is_sorted_) {
        break;
      }
    }
  }
  // One step is one call's, and numbers its sends in order.
  std::ranges::sort(new_requests_, {}, &QueuedCall::index);
  for (const QueuedCall& queued : new_requests_) {
    call(queued.caller, queued.index).request = ++now_;
  }
}

void Arrivals::stamp_responses(std::span<const Event> enabled) {
  for (const Event& event : enabled) {
    if (event.kind == EventKind::kDeliver && !event.is_optional()) {
      Stamp& response = call(event.context, event.index).response;
      response = response == 0 ? ++now_ : response;
    }
  }
}

Arrivals::Stamp& Arrivals::stamp_of(const CurrentState& state, const Event& event,
                                    std::size_t index) {
  switch (event.kind) {
    case EventKind::kStartRequest: {
      const QueuedCall& queued = queued_.of(state, event)[event.index];
      return call(queued.caller, queued.index).request;
    }
    case EventKind::kDeliver:
      return call(event.context, event.index).response;
    case EventKind::kStartTask:
      // A task that nothing here has announced is the oldest.
      return tasks_[event.to].empty() ? tasks_[event.to].emplace_back(0) : tasks_[event.to].front();
    default:
      return others_[index];
  }
}

void Arrivals::find_oldest(std::span<const Event> enabled) {
  oldest_ = enabled.size();
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    if (!enabled[i].is_optional() && (oldest_ == enabled.size() || stamps_[i] < stamps_[oldest_])) {
      oldest_ = i;
    }
  }
}

}  // namespace heddle::internal
