// In order: the one schedule in which everything is served first come, first served.
//
// Each thing that will happen is stamped when it comes into being: a user's call when it may start,
// a request when it is queued, a response when it is put in flight, a system task when it is
// queued, a timer when it is set. The oldest obligatory event happens; faults and heartbeats never
// do. Time passes only when nothing else can happen. What comes into being in one step is ordered
// as the step did it; calls that may start at the same moment by user and script position.
#include <deque>
#include <map>

#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class InOrder : public Scheduler {
 public:
  explicit InOrder(Kernel& kernel) : kernel_(kernel) {}

  void begin(Random /*random*/) override {
    now_ = 0;
    messages_.clear();
    others_.clear();
    tasks_.clear();
  }

  std::optional<std::size_t> choose(const StateVector& state,
                                    std::span<const Event> enabled) override {
    std::optional<std::size_t> oldest;
    Stamp oldest_stamp = kNever;
    std::map<Other, Stamp> others;
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      if (enabled[i].is_optional()) {
        continue;
      }
      const Stamp stamp = stamp_of(state, enabled[i], others);
      if (!oldest || stamp < oldest_stamp) {
        oldest = i;
        oldest_stamp = stamp;
      }
    }
    others_ = std::move(others);
    return oldest;
  }

  void performed(const Step& step) override {
    if (step.event.kind == EventKind::kStartTask && !tasks_[step.event.to].empty()) {
      tasks_[step.event.to].pop_front();
    }
    if (step.event.kind == EventKind::kFireTimer) {
      tasks_[step.event.to].push_back(++now_);
    }
    // A timer that fired and was set again is a new one.
    others_.erase({step.event.kind, step.event.to, step.event.context});
    for (const auto& [callee, request] : step.requests) {
      messages_[{Message::kRequest, request.caller, request.index}] = ++now_;
    }
    for (const Response& response : step.responses) {
      messages_[{Message::kResponse, response.to, response.index}] = ++now_;
    }
  }

 private:
  using Stamp = std::uint64_t;
  static constexpr Stamp kNever = ~Stamp{0};

  struct Message {
    enum Kind : std::uint8_t { kRequest, kResponse };

    Kind kind{};
    ContextId context = 0;
    CallIndex index = 0;
    friend auto operator<=>(const Message&, const Message&) = default;
  };

  /// What no step announces: it is stamped when it is first enabled.
  struct Other {
    EventKind kind{};
    CanisterId to = 0;
    ContextId context = 0;
    friend auto operator<=>(const Other&, const Other&) = default;
  };

  Stamp stamp_of(const StateVector& state, const Event& event, std::map<Other, Stamp>& others) {
    switch (event.kind) {
      case EventKind::kStartRequest:
        return stamp_of_request(state, event);
      case EventKind::kDeliver:
        return stamp_of_message({Message::kResponse, event.context, event.index});
      case EventKind::kStartTask:
        return tasks_[event.to].empty() ? 0 : tasks_[event.to].front();
      case EventKind::kAdvanceTime:
        return kNever;
      default:
        break;
    }
    const Other other{event.kind, event.to, event.context};
    const auto known = others_.find(other);
    const Stamp stamp = known != others_.end() ? known->second : ++now_;
    return others.emplace(other, stamp).first->second;
  }

  Stamp stamp_of_request(const StateVector& state, const Event& event) {
    const auto queue = kernel_.find({LeafKind::kQueue, event.from, event.to, 0});
    const Request request = kernel_.request(kernel_.list(state[*queue])[event.index]);
    return stamp_of_message({Message::kRequest, request.caller, request.index});
  }

  [[nodiscard]] Stamp stamp_of_message(const Message& message) const {
    const auto known = messages_.find(message);
    return known == messages_.end() ? 0 : known->second;
  }

  Kernel& kernel_;
  Stamp now_ = 0;
  std::map<Message, Stamp> messages_;
  std::map<Other, Stamp> others_;
  std::map<CanisterId, std::deque<Stamp>> tasks_;
};

}  // namespace

Findings in_order(const Search& search) {
  return sample(search, 1, [](Kernel& kernel) { return std::make_unique<InOrder>(kernel); });
}

}  // namespace heddle
