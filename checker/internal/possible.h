// Possible: from which states of a graph some state with a label can be reached without a fault.
#pragma once

#include <cstddef>
#include <optional>

#include <heddle/checker/internal/state_graph.h>

namespace heddle::internal {

/// The first state from which none can; empty if there is none. What lies behind a state that was
/// not gone on from is not known, and counts as if there were one.
std::optional<StateGraph::Number> first_hopeless(const StateGraph& graph, std::size_t label);

}  // namespace heddle::internal
