// What every schedule of a small system adds up to: numbers of executions, orders of starts,
// whatever a test counts along a schedule. An automaton of the test's own, carried through all
// schedules.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include <heddle/model/kernel.h>

namespace heddle {

/// Explores all schedules of `kernel`'s system that end where nothing obligatory can happen, and
/// gives what `after(memory, step)` has made of `initial` at their ends. States are visited once
/// for each memory.
template <class Memory, class After>
std::set<Memory> over_all_schedules(Kernel& kernel, const Memory& initial, const After& after) {
  Stepper stepper(kernel);
  std::set<Memory> ends;
  std::set<std::pair<std::vector<LeafValue>, Memory>> visited;
  std::vector<std::pair<StateVector, Memory>> frontier{{kernel.initial(), initial}};
  std::vector<Event> events;
  while (!frontier.empty()) {
    auto [state, memory] = std::move(frontier.back());
    frontier.pop_back();
    state.normalise();
    const auto leaves = state.leaves();
    if (!visited.emplace(std::vector<LeafValue>(leaves.begin(), leaves.end()), memory).second) {
      continue;
    }
    if (stepper.quiescent(state)) {
      ends.insert(memory);
    }
    stepper.enabled(state, events);
    for (const Event& event : events) {
      const Step& step = stepper.step(state, event);
      StateVector next = state;
      Stepper::apply(next, step);
      frontier.emplace_back(std::move(next), after(memory, step));
    }
  }
  return ends;
}

}  // namespace heddle
