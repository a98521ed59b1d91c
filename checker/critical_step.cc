#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <heddle/checker/critical_step.h>
#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/internal/one_property.h>

namespace heddle {

namespace {

/// The event without its faults and the environment's choice: what it is about.
Event bare(const Event& with_faults) {
  Event event = with_faults.without_faults();
  event.answer = 0;
  event.fatal = false;
  if (event.kind == EventKind::kDropIngress) {
    event.kind = EventKind::kStartIngress;
  }
  if ((event.kind == EventKind::kRejectRequest || event.kind == EventKind::kDropRequest) &&
      event.index == 0) {
    event.kind = EventKind::kStartRequest;
  }
  if (event.kind == EventKind::kExpireCall || event.kind == EventKind::kGarbleReply) {
    event.kind = EventKind::kDeliver;
  }
  return event;
}

bool same_matter(const Event& a, const Event& b) {
  return bare(a) == bare(b);
}

class CriticalSearch {
 public:
  CriticalSearch(Kernel& kernel, const Claims& claims, const Failure& failure,
                 const CriticalOptions& options)
      : kernel_(kernel), property_(kernel, claims, failure.property), options_(options) {}

  CriticalStep run(const Schedule& failing) {
    if (!perform(failing)) {
      return {};
    }
    const CriticalStep found = find_step();
    if (found.known != CriticalStep::Known::kStep) {
      return found;
    }
    CriticalStep result = found;
    work_ = 0;
    go_on_to_the_end();
    result.sibling = nearest(result.step);
    return result;
  }

 private:
  [[nodiscard]] bool over() {
    stopped_ = stopped_ || (options_.stop && options_.stop());
    return stopped_ || work_ > options_.work_max;
  }

  void enabled(const StateVector& state, std::vector<Event>& events) {
    property_.stepper().enabled(state, events);
    work_ += 1 + events.size();
  }

  // The counterexample up to where it fails: the states before each event and after the last, and
  // whose event each is. False when it does not fail, or cannot be performed.
  bool perform(const Schedule& failing) {
    states_.push_back(kernel_.initial());
    std::vector<Event> events;
    for (const Event& wanted : failing) {
      StateVector state = states_.back();
      // Events that were read from text do not say all that enabled ones do.
      enabled(state, events);
      const auto found = std::ranges::find(events, kernel_.to_text(wanted),
                                           [this](const Event& e) { return kernel_.to_text(e); });
      if (found == events.end()) {
        return false;
      }
      const Event event = *found;
      const auto done = property_.perform(state, event);
      base_.push_back(event);
      owners_.push_back(internal::root_of(kernel_, done.context));
      states_.push_back(std::move(state));
      if (done.violated) {
        failing_size_ = base_.size();
        return true;
      }
    }
    return false;
  }

  // ---- The critical step.

  // From the end: what has no passing continuation has none later either.
  CriticalStep find_step() {
    for (std::size_t i = failing_size_; i-- > 0;) {
      switch (passes_from(states_[i])) {
        case Answer::kYes:
          return {CriticalStep::Known::kStep, i + 1, {}};
        case Answer::kUnknown:
          return {};
        case Answer::kNo:
          break;
      }
    }
    return {CriticalStep::Known::kNever, 0, {}};
  }

  enum class Answer : std::uint8_t { kYes, kNo, kUnknown };

  struct Level {
    StateVector state;
    std::vector<Event> events;
    std::size_t next = 0;
  };

  // Depth first, the first events first. States from which nothing passes stay in `seen_`.
  Answer passes_from(StateVector state) {
    std::vector<Level> path;
    continuation_.clear();
    state.normalise();
    if (!seen_.insert(state).second) {
      return seen_again();
    }
    path.push_back(level(std::move(state)));
    while (!path.empty()) {
      Level& last = path.back();
      if (last.events.empty()) {
        if (property_.violated_in(last.state)) {
          path.pop_back();
          continue;
        }
        for (std::size_t i = 0; i + 1 < path.size(); ++i) {
          continuation_.push_back(path[i].events[path[i].next - 1]);
        }
        return Answer::kYes;
      }
      if (last.next == last.events.size()) {
        path.pop_back();
        continue;
      }
      if (over() || seen_.size() >= options_.states_max) {
        return Answer::kUnknown;
      }
      StateVector after = last.state;
      if (property_.perform(after, last.events[last.next++]).violated) {
        continue;
      }
      after.normalise();
      if (seen_.insert(after).second) {
        path.push_back(level(std::move(after)));
      } else if (std::ranges::find(path, after, &Level::state) != path.end()) {
        goes_round_ = true;  // a continuation without an end: it may pass
      }
    }
    return seen_again();
  }

  [[nodiscard]] Answer seen_again() const { return goes_round_ ? Answer::kUnknown : Answer::kNo; }

  Level level(StateVector state) {
    Level made;
    enabled(state, made.events);
    std::erase_if(made.events, [](const Event& event) { return event.is_optional(); });
    made.state = std::move(state);
    return made;
  }

  // ---- The nearest schedule that passes.

  // What the failing schedule would have gone on with: its order is what siblings keep to.
  void go_on_to_the_end() {
    StateVector state = states_.back();
    std::vector<Event> events;
    const std::size_t size_max = 4 * failing_size_ + kTailMax;
    while (base_.size() < size_max && !over()) {
      enabled(state, events);
      const auto first =
          std::ranges::find_if(events, [](const Event& event) { return !event.is_optional(); });
      if (first == events.end()) {
        return;
      }
      base_.push_back(*first);
      owners_.push_back(internal::root_of(kernel_, property_.perform(state, *first).context));
    }
  }

  // What is wanted, each event as soon as it is enabled and nothing wanted before it is; then what
  // else must happen. Nothing when that fails or takes too long.
  std::optional<Schedule> passing(std::size_t kept, const Schedule& wanted) {
    Schedule performed(base_.begin(), base_.begin() + static_cast<std::ptrdiff_t>(kept));
    StateVector state = states_[kept];
    std::vector<bool> done(wanted.size(), false);
    std::size_t first_open = 0;
    std::vector<Event> events;
    const std::size_t size_max = 2 * base_.size() + kTailMax;
    while (performed.size() < size_max && !over()) {
      enabled(state, events);
      while (first_open < wanted.size() && done[first_open]) {
        ++first_open;
      }
      std::optional<Event> event;
      for (std::size_t i = first_open; i < wanted.size() && !event; ++i) {
        if (!done[i] && std::ranges::find(events, wanted[i]) != events.end()) {
          event = wanted[i];
          done[i] = true;
        }
      }
      if (!event) {
        const auto first =
            std::ranges::find_if(events, [](const Event& e) { return !e.is_optional(); });
        if (first == events.end()) {
          return property_.violated_in(state) ? std::nullopt : std::optional(performed);
        }
        event = *first;
      }
      performed.push_back(*event);
      if (property_.perform(state, *event).violated) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  /// What a schedule has done of the failing one, and at what cost.
  struct Beside {
    std::vector<bool> done;  ///< of `base_`
    std::size_t differences = 0;
  };

  // Adds an event: it costs what of the failing schedule it overtakes, and one when it is done
  // differently. What the failing schedule does not have overtakes all that is left of that.
  // Faults that are left out are not overtaken: they cost one in the end.
  void add(Beside& beside, const Event& event) const {
    std::size_t at = 0;
    std::size_t overtaken = 0;
    for (; at < base_.size(); ++at) {
      if (!beside.done[at] && same_matter(base_[at], event)) {
        break;
      }
      overtaken += beside.done[at] || base_[at].is_optional() ? 0 : 1;
    }
    beside.differences += overtaken;
    if (at < base_.size()) {
      beside.done[at] = true;
      beside.differences += base_[at] == event ? 0 : 1;
    }
  }

  [[nodiscard]] std::size_t left_out(const Beside& beside) const {
    return static_cast<std::size_t>(
        std::count(beside.done.begin(),
                   beside.done.begin() + static_cast<std::ptrdiff_t>(failing_size_), false));
  }

  [[nodiscard]] Beside nothing_done() const { return {std::vector<bool>(base_.size(), false), 0}; }

  [[nodiscard]] std::size_t differences(const Schedule& schedule) const {
    Beside beside = nothing_done();
    for (const Event& event : schedule) {
      add(beside, event);
    }
    return beside.differences + left_out(beside);
  }

  struct Node {
    StateVector state;
    Beside beside;
    std::size_t parent = 0;
    Event event;
  };

  // Dijkstra's algorithm over what is done and in which state: the least differences first. False
  // when the work became too much.
  bool search_nearest() {
    struct Open {
      std::size_t cost;
      std::size_t node;
      bool ends;

      bool operator>(const Open& other) const {
        return std::tie(cost, node) > std::tie(other.cost, other.node);
      }
    };

    std::vector<Node> nodes;
    std::priority_queue<Open, std::vector<Open>, std::greater<>> open;
    // Where a state was met with the same done, at the least cost.
    std::unordered_map<StateVector, std::vector<std::size_t>, internal::HashOfState> met;
    const auto meet = [&](Node node) {
      node.state.normalise();
      std::vector<std::size_t>& there = met[node.state];
      for (const std::size_t other : there) {
        if (nodes[other].beside.done == node.beside.done &&
            nodes[other].beside.differences <= node.beside.differences) {
          return;
        }
      }
      there.push_back(nodes.size());
      open.push({node.beside.differences, nodes.size(), false});
      nodes.push_back(std::move(node));
    };
    meet({states_.front(), nothing_done(), 0, {}});
    std::vector<Event> events;
    while (!open.empty()) {
      if (over() || nodes.size() >= options_.states_max) {
        return false;
      }
      const Open least = open.top();
      open.pop();
      if (least.ends) {
        best_ = Sibling{schedule_to(nodes, least.node), least.cost, true};
        return true;
      }
      const Node node = nodes[least.node];
      enabled(node.state, events);
      if (std::ranges::all_of(events, [](const Event& event) { return event.is_optional(); })) {
        if (!property_.violated_in(node.state)) {
          open.push({least.cost + left_out(node.beside), least.node, true});
        }
      }
      for (const Event& event : events) {
        // Of faults only those that the failing schedule has.
        if (event.is_optional() && std::ranges::find(base_, event) == base_.end()) {
          continue;
        }
        Node next{node.state, node.beside, least.node, event};
        if (!property_.perform(next.state, event).violated) {
          add(next.beside, event);
          meet(std::move(next));
        }
      }
    }
    return true;
  }

  static Schedule schedule_to(const std::vector<Node>& nodes, std::size_t node) {
    Schedule schedule;
    for (; node != 0; node = nodes[node].parent) {
      schedule.push_back(nodes[node].event);
    }
    std::ranges::reverse(schedule);
    return schedule;
  }

  void consider(std::size_t kept, const Schedule& wanted) {
    if (auto schedule = passing(kept, wanted)) {
      const std::size_t distance = differences(*schedule);
      if (!best_ || distance < best_->differences) {
        best_ = Sibling{std::move(*schedule), distance, false};
      }
    }
  }

  std::optional<Sibling> nearest(std::size_t critical) {
    // The continuation that was found: a sibling, though perhaps a distant one.
    Schedule first(base_.begin(), base_.begin() + static_cast<std::ptrdiff_t>(critical) - 1);
    first.insert(first.end(), continuation_.begin(), continuation_.end());
    best_ = Sibling{first, differences(first), false};
    if (search_nearest()) {
      return best_;
    }
    work_ = 0;
    leave_out_or_replace(critical);
    for (std::size_t far = 1; far < base_.size() && far <= best_->differences && !over(); ++far) {
      for (std::size_t i = std::min(critical, base_.size() - far); i-- > 0;) {
        bring_forward(i, i + far);
        put_off(i, i + far);
      }
    }
    put_back();
    return best_;
  }

  [[nodiscard]] Schedule from(std::size_t begin) const {
    return {base_.begin() + static_cast<std::ptrdiff_t>(begin), base_.end()};
  }

  // Without the event, where it need not happen; or what else might have happened in its place.
  void leave_out_or_replace(std::size_t critical) {
    std::vector<Event> events;
    for (std::size_t i = critical; i-- > 0;) {
      Schedule wanted = from(i + 1);
      if (base_[i].is_optional()) {
        consider(i, wanted);
      }
      enabled(states_[i], events);
      for (const Event& other : events) {
        if (!other.is_optional() && other != base_[i] && same_matter(other, base_[i])) {
          wanted.insert(wanted.begin(), other);
          consider(i, wanted);
          wanted.erase(wanted.begin());
        }
      }
    }
  }

  // The j-th event before the i-th: alone, and with all that its call does in between.
  void bring_forward(std::size_t i, std::size_t j) {
    for (const bool whole_call : {false, true}) {
      Schedule moved;
      Schedule rest;
      for (std::size_t at = i; at < base_.size(); ++at) {
        const bool goes = at == j || (whole_call && at < j && owners_[at] == owners_[j]);
        (goes ? moved : rest).push_back(base_[at]);
      }
      moved.insert(moved.end(), rest.begin(), rest.end());
      consider(i, moved);
    }
  }

  // The i-th event after the j-th, the same way.
  void put_off(std::size_t i, std::size_t j) {
    for (const bool whole_call : {false, true}) {
      Schedule wanted;
      Schedule late;
      for (std::size_t at = i; at < base_.size(); ++at) {
        const bool waits = at == i || (whole_call && at <= j && owners_[at] == owners_[i]);
        (waits ? late : wanted).push_back(base_[at]);
        if (at == j) {
          wanted.insert(wanted.end(), late.begin(), late.end());
          late.clear();
        }
      }
      consider(i, wanted);
    }
  }

  // Neighbours of the best one in the order of the failing schedule again, where it still passes.
  void put_back() {
    for (bool again = true; again && !over();) {
      again = false;
      for (std::size_t i = 1; i < best_->schedule.size() && !again && !over(); ++i) {
        Schedule wanted = best_->schedule;
        std::swap(wanted[i], wanted[i - 1]);
        if (differences(wanted) < best_->differences) {
          const std::size_t before = best_->differences;
          consider(0, wanted);
          again = best_->differences < before;
        }
      }
    }
  }

  static constexpr std::size_t kTailMax = 200;

  Kernel& kernel_;
  internal::OneProperty property_;
  const CriticalOptions& options_;
  std::uint64_t work_ = 0;
  bool stopped_ = false;
  bool goes_round_ = false;
  Schedule base_;  ///< the failing schedule, and what it would have gone on with
  std::size_t failing_size_ = 0;
  std::vector<ContextId> owners_;    ///< of `base_`
  std::vector<StateVector> states_;  ///< before each event of the failing schedule, after the last
  std::unordered_set<StateVector, internal::HashOfState> seen_;
  Schedule continuation_;
  std::optional<Sibling> best_;
};

}  // namespace

CriticalStep critical_step(Kernel& kernel, const Claims& claims, const Failure& failure,
                           const CriticalOptions& options) {
  return CriticalSearch(kernel, claims, failure, options).run(failure.schedule);
}

}  // namespace heddle
