#include "oracle/oracle.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "oracle/machine.h"

namespace heddle::oracle {

bool Oracle::holds(const State& state) const {
  if (system_.property.terms.empty()) {
    return true;
  }
  int sum = 0;
  for (const Property::Term& term : system_.property.terms) {
    sum += term.coefficient *
           state.variables[static_cast<std::size_t>(
               first_variable_[static_cast<std::size_t>(term.canister)] + term.var)];
  }
  switch (system_.property.relation) {
    case Property::Relation::kEqual:
      return sum == system_.property.constant;
    case Property::Relation::kNotEqual:
      return sum != system_.property.constant;
    case Property::Relation::kAtMost:
      return sum <= system_.property.constant;
    case Property::Relation::kAtLeast:
      return sum >= system_.property.constant;
  }
  return true;
}

bool Oracle::is_deadlocked(const State& state) const {
  const bool outside_owes =
      std::any_of(state.contexts.begin(), state.contexts.end(), [](const Context& context) {
        return std::any_of(context.calls.begin(), context.calls.end(),
                           [](const OpenCall& call) { return call.silent; });
      });
  const bool unanswered =
      !state.contexts.empty() ||
      std::any_of(state.submissions.begin(), state.submissions.end(), [](const Submission& s) {
        return s.status == Script::kPending || s.status == Script::kStarted;
      });
  return unanswered && !outside_owes;
}

std::vector<int> Oracle::outcome(const State& state) const {
  std::vector<int> values(state.variables.begin(), state.variables.end());
  if (options_.results) {
    for (const Submission& s : state.submissions) {
      const bool done = s.status == Script::kAnswered || s.status == Script::kDropped;
      if (s.copy == 0) {
        values.push_back(!done ? kUnanswered : is_reject(s.result) ? -code_of(s.result) : s.result);
      }
    }
  }
  if (options_.count_executions_of >= 0) {
    values.push_back(state.executions);
  }
  return values;
}

void Oracle::cover(const State& state) {
  for (std::size_t i = 0; i < state.contexts.size(); ++i) {
    const Context& context = state.contexts[i];
    if (context.ended) {
      continue;
    }
    for (std::size_t j = 0; j < i; ++j) {
      coverage_.two_suspended |=
          !state.contexts[j].ended && state.contexts[j].canister == context.canister;
    }
    const auto in_flight =
        std::count_if(context.calls.begin(), context.calls.end(),
                      [](const OpenCall& call) { return call.status == CallStatus::kInFlight; });
    coverage_.two_in_flight |= in_flight >= 2;
  }
}

Report explore(const System& system, const ExploreOptions& options) {
  struct Reached {
    std::size_t parent;
    std::size_t depth;
    Event event;
  };

  Oracle oracle(system, options);
  Report report;
  std::unordered_map<std::string, std::size_t> visited;
  std::vector<Reached> reached;
  std::deque<State> frontier;

  const auto visit = [&](State&& state, std::size_t parent, const Event& event) {
    const auto [entry, is_new] = visited.try_emplace(oracle.serialise(state), reached.size());
    if (is_new) {
      reached.push_back({parent, reached.empty() ? 0 : reached[parent].depth + 1, event});
      frontier.push_back(std::move(state));
    }
  };
  const auto schedule_to = [&](std::size_t index) {
    std::vector<std::string> schedule;
    for (; index != 0; index = reached[index].parent) {
      schedule.push_back(print(reached[index].event, system));
    }
    std::reverse(schedule.begin(), schedule.end());
    return schedule;
  };

  visit(oracle.initial(), 0, {});
  for (std::size_t index = 0; !frontier.empty(); ++index) {
    if (reached.size() > options.max_states) {
      report.states = reached.size();
      report.coverage = oracle.coverage();
      return report;
    }
    const State state = std::move(frontier.front());
    frontier.pop_front();
    oracle.cover(state);
    bool quiescent = true;
    bool terminal = true;
    oracle.successors(state, [&](State&& next, const Event& event) {
      ++report.transitions;
      terminal = false;
      quiescent &= !oracle.is_quiescent_event(event);
      visit(std::move(next), index, event);
    });
    report.depth = std::max(report.depth, reached[index].depth);
    report.terminal += terminal ? 1 : 0;
    if (quiescent) {
      ++report.quiescent;
      report.deadlocked += oracle.is_deadlocked(state) ? 1 : 0;
      const std::vector<int> values = oracle.outcome(state);
      if (!report.outcomes.contains(values)) {
        report.outcomes.emplace(values, schedule_to(index));
      }
    }
    const bool judged = quiescent || !system.property.at_quiescence;
    if (judged && !report.violated && !oracle.holds(state)) {
      report.violated = true;
      report.violation_depth = reached[index].depth;
      report.violation_schedule = schedule_to(index);
    }
  }
  report.complete = true;
  report.states = reached.size();
  report.coverage = oracle.coverage();
  return report;
}

}  // namespace heddle::oracle
