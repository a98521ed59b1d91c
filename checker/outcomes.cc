#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/outcomes.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// All states, and how they are reached from each other.
class Graph {
 public:
  struct Edge {
    std::size_t to = 0;
    Event event;
  };

  struct Node {
    std::size_t from = kNone;  ///< on a shortest way from the first state
    Event event;
    bool is_final = false;
    std::vector<Edge> edges;
  };

  Graph(Kernel& kernel, const OutcomesOptions& options) : stepper_(kernel), options_(options) {}

  /// `end` is called with each final state. True when there are no others.
  template <class End>
  bool explore(End end) {
    StateVector first = stepper_.kernel().initial();
    first.normalise();
    visit(std::move(first), kNone, {});
    std::vector<Event> events;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      if (stepper_.quiescent(*states_[at])) {
        nodes_[at].is_final = true;
        end(at, *states_[at]);
      }
      stepper_.enabled(*states_[at], events);
      for (const Event& event : std::vector<Event>(events)) {
        if (nodes_.size() >= options_.states_max || (options_.stop && options_.stop())) {
          return false;
        }
        StateVector after = *states_[at];
        Stepper::apply(after, stepper_.step(after, event));
        after.normalise();
        const std::size_t to = visit(std::move(after), at, event);
        nodes_[at].edges.push_back({to, event});
      }
    }
    return true;
  }

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// The states of a shortest way to `node`, the first state included.
  [[nodiscard]] std::vector<std::size_t> way_to(std::size_t node) const {
    std::vector<std::size_t> way;
    for (; node != kNone; node = nodes_[node].from) {
      way.push_back(node);
    }
    std::ranges::reverse(way);
    return way;
  }

  [[nodiscard]] Schedule schedule_to(std::size_t node) const {
    Schedule schedule;
    for (const std::size_t at : way_to(node)) {
      if (nodes_[at].from != kNone) {
        schedule.push_back(nodes_[at].event);
      }
    }
    return schedule;
  }

 private:
  std::size_t visit(StateVector state, std::size_t from, const Event& event) {
    const auto [stored, is_new] = numbers_.try_emplace(std::move(state), nodes_.size());
    if (is_new) {
      states_.push_back(&stored->first);
      nodes_.push_back({from, event, false, {}});
    }
    return stored->second;
  }

  Stepper stepper_;
  const OutcomesOptions& options_;
  std::unordered_map<StateVector, std::size_t, internal::HashOfState> numbers_;
  std::vector<const StateVector*> states_;
  std::vector<Node> nodes_;
};

/// One outcome set in the graph.
class Values {
 public:
  Values(const Graph& graph, std::string set) : graph_(graph) { reached_.set = std::move(set); }

  void add(std::size_t node, std::string value) {
    by_node_[node] = value;
    auto [at, is_new] = first_.try_emplace(std::move(value), node);
    ++counts_[at->first];
  }

  ReachedOutcomes told(bool finished) {
    for (const auto& [value, node] : first_) {
      ReachedOutcome outcome;
      outcome.value = value;
      outcome.final_states = counts_[value];
      outcome.witness = graph_.schedule_to(node);
      if (finished && first_.size() > 1) {
        decide(outcome, node);
      }
      reached_.outcomes.push_back(std::move(outcome));
    }
    return std::move(reached_);
  }

 private:
  /// For each state, whether a continuation ends in another value.
  [[nodiscard]] std::vector<bool> may_end_otherwise(const std::string& value) const {
    const std::vector<Graph::Node>& nodes = graph_.nodes();
    std::vector<std::vector<std::size_t>> before(nodes.size());
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      for (const Graph::Edge& edge : nodes[at].edges) {
        before[edge.to].push_back(at);
      }
    }
    std::vector<bool> may(nodes.size(), false);
    std::deque<std::size_t> open;
    const auto mark = [&](std::size_t node) {
      if (!may[node]) {
        may[node] = true;
        open.push_back(node);
      }
    };
    for (const auto& [node, other] : by_node_) {
      if (other != value) {
        mark(node);
      }
    }
    while (!open.empty()) {
      const std::size_t node = open.front();
      open.pop_front();
      std::ranges::for_each(before[node], mark);
    }
    return may;
  }

  void decide(ReachedOutcome& outcome, std::size_t node) const {
    const std::vector<bool> may = may_end_otherwise(outcome.value);
    const std::vector<std::size_t> way = graph_.way_to(node);
    for (std::size_t i = way.size(); i-- > 0;) {
      if (may[way[i]]) {
        // A final state that faults can still lead out of decides nothing.
        if (i + 1 < way.size()) {
          outcome.decides = i + 1;
          outcome.other = soonest_other(way[i], outcome.value);
        }
        return;
      }
    }
  }

  /// From `start` on the shortest way to a final state of another value, faults only where there is
  /// no other way.
  [[nodiscard]] std::optional<OtherOutcome> soonest_other(std::size_t start,
                                                          const std::string& value) const {
    for (const bool with_faults : {false, true}) {
      std::map<std::size_t, std::pair<std::size_t, Event>> from;  // by state
      std::deque<std::size_t> open{start};
      from[start] = {kNone, {}};
      while (!open.empty()) {
        const std::size_t at = open.front();
        open.pop_front();
        const auto ends = by_node_.find(at);
        if (ends != by_node_.end() && ends->second != value) {
          Schedule rest;
          for (std::size_t node = at; node != start; node = from[node].first) {
            rest.push_back(from[node].second);
          }
          OtherOutcome other{ends->second, graph_.schedule_to(start)};
          other.schedule.insert(other.schedule.end(), rest.rbegin(), rest.rend());
          return other;
        }
        for (const Graph::Edge& edge : graph_.nodes()[at].edges) {
          if ((with_faults || !edge.event.is_optional()) &&
              from.try_emplace(edge.to, at, edge.event).second) {
            open.push_back(edge.to);
          }
        }
      }
    }
    return std::nullopt;
  }

  const Graph& graph_;
  ReachedOutcomes reached_;
  std::map<std::size_t, std::string> by_node_;  ///< of final states
  std::map<std::string, std::size_t> first_;    ///< final state that is reached soonest
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace

AllOutcomes all_outcomes(Kernel& kernel, const Claims& claims, const OutcomesOptions& options) {
  Graph graph(kernel, options);
  std::vector<Values> values;
  for (const OutcomeSet& set : claims.outcome_sets) {
    values.emplace_back(graph, set.name);
  }
  AllOutcomes all;
  all.finished = graph.explore([&](std::size_t node, const StateVector& state) {
    ++all.final_states;
    StateSource source(kernel, state);
    const State end(source, kernel, state);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i].add(node, claims.outcome_sets[i].observe(end));
    }
  });
  all.states = graph.nodes().size();
  for (Values& each : values) {
    all.sets.push_back(each.told(all.finished));
  }
  return all;
}

}  // namespace heddle
