#include <algorithm>
#include <vector>

#include <heddle/checker/internal/possible.h>

namespace heddle::internal {

std::optional<StateGraph::Number> first_hopeless(const StateGraph& graph, std::size_t label) {
  using Number = StateGraph::Number;
  const auto counts = [&](const StateGraph::Edge& edge) {
    const StateGraph::Act& act = graph.act(edge.act);
    return act.is_owed || !act.event.is_fault();
  };
  // The edges backwards, those to each state together.
  std::vector<std::size_t> first(graph.size() + 1, 0);
  for (Number state = 0; state < graph.expanded(); ++state) {
    for (const StateGraph::Edge& edge : graph.from(state)) {
      first[edge.to + 1] += counts(edge) ? 1 : 0;
    }
  }
  for (std::size_t state = 1; state <= graph.size(); ++state) {
    first[state] += first[state - 1];
  }
  std::vector<Number> before(first.back());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  for (Number state = 0; state < graph.expanded(); ++state) {
    for (const StateGraph::Edge& edge : graph.from(state)) {
      if (counts(edge)) {
        before[next[edge.to]++] = state;
      }
    }
  }
  std::vector<bool> hopeful(graph.size());
  std::vector<Number> queue;
  for (Number state = 0; state < graph.size(); ++state) {
    if (state >= graph.expanded() || (graph.label(state) >> label & 1U) != 0) {
      hopeful[state] = true;
      queue.push_back(state);
    }
  }
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (std::size_t edge = first[queue[i]]; edge < first[queue[i] + 1]; ++edge) {
      if (!hopeful[before[edge]]) {
        hopeful[before[edge]] = true;
        queue.push_back(before[edge]);
      }
    }
  }
  const auto hopeless = std::ranges::find(hopeful, false);
  return hopeless == hopeful.end() ? std::nullopt
                                   : std::optional(static_cast<Number>(hopeless - hopeful.begin()));
}

}  // namespace heddle::internal
