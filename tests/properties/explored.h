// Every interleaving of a scenario by a few lines of breadth-first search, judging all claims in
// each state and at each step. Slow and plain: what the properties' own tests need.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/properties/scenario.h>
#include <heddle/properties/state.h>

namespace heddle::properties_tests {

struct Explored {
  std::set<std::string> violated;                            ///< names
  std::map<std::string, std::string> why;                    ///< the first violation of each
  std::map<std::string, std::vector<std::string>> schedule;  ///< of that
  std::set<std::string> reached;                             ///< `sometimes` properties
  std::map<std::string, std::set<std::string>> outcomes;
  std::map<std::string, std::uint64_t> peaks;
  std::size_t states = 0;
  std::size_t quiescent = 0;
};

class Explorer {
 public:
  explicit Explorer(Setup setup)
      : setup_(std::move(setup)), kernel_(setup_.system), stepper_(kernel_) {}

  Explored run() {
    std::set<std::vector<LeafValue>> visited;
    std::deque<Reached> frontier;
    frontier.push_back({kernel_.initial(), {}});
    visited.insert(key(kernel_.initial()));
    for (; !frontier.empty(); frontier.pop_front()) {
      const Reached at = frontier.front();
      ++explored_.states;
      judge(at);
      std::vector<Event> events;
      stepper_.enabled(at.state, events);
      for (const Event& event : events) {
        Reached next{at.state, at.schedule};
        next.schedule.push_back(kernel_.to_text(event));
        const Step& step = stepper_.step(at.state, event);
        Stepper::apply(next.state, step);
        if (follow(at.state, step, next) && visited.insert(key(next.state)).second) {
          frontier.push_back(std::move(next));
        }
      }
    }
    return std::move(explored_);
  }

 private:
  struct Reached {
    StateVector state;
    std::vector<std::string> schedule;
  };

  static std::vector<LeafValue> key(StateVector state) {
    state.normalise();
    return {state.leaves().begin(), state.leaves().end()};
  }

  LeafPosition memory(std::size_t property) {
    return kernel_.position({LeafKind::kAutomaton, static_cast<std::uint32_t>(property), 0, 0});
  }

  void violated(const Property& property, const Reached& at, std::string why) {
    if (explored_.violated.insert(property.name()).second) {
      explored_.why[property.name()] = std::move(why);
      explored_.schedule[property.name()] = at.schedule;
    }
  }

  void judge(const Reached& at) {
    StateSource source(kernel_, at.state);
    const bool quiescent = stepper_.quiescent(at.state);
    explored_.quiescent += quiescent ? 1U : 0U;
    for (const auto& property : setup_.claims.properties) {
      if (property->when() == Property::When::kEveryStep ||
          (property->when() == Property::When::kQuiescence && !quiescent)) {
        continue;
      }
      const State now(source, kernel_, at.state);
      if (property->is_wanted()) {
        if (property->holds(now)) {
          explored_.reached.insert(property->name());
        }
      } else if (!property->holds(now)) {
        violated(*property, at, property->explain(now));
      }
    }
    for (const Measure& measure : setup_.claims.measures) {
      const State now(source, kernel_, at.state);
      auto& peak = explored_.peaks[measure.name];
      peak = std::max(peak, measure.observe(now));
    }
    for (const OutcomeSet& outcomes : setup_.claims.outcome_sets) {
      if (quiescent) {
        const State end(source, kernel_, at.state);
        explored_.outcomes[outcomes.name].insert(outcomes.observe(end));
      }
    }
  }

  /// False when the step violates a property: what follows it says nothing more.
  bool follow(const StateVector& before, const Step& step, Reached& next) {
    bool goes_on = true;
    const StepView view{kernel_, step};
    for (std::size_t i = 0; i < setup_.claims.properties.size(); ++i) {
      const Property& property = *setup_.claims.properties[i];
      if (property.when() != Property::When::kEveryStep) {
        continue;
      }
      const LeafValue had = before[memory(i)];
      if (const auto after = property.after(had, view)) {
        next.state.set(memory(i), *after);
      } else {
        violated(property, next, property.explain(had, view));
        goes_on = false;
      }
    }
    return goes_on;
  }

  Setup setup_;
  Kernel kernel_;
  Stepper stepper_;
  Explored explored_;
};

/// Builds what was described and explores it.
inline Explored explore(Scenario& scenario) {
  return Explorer(scenario.build()).run();
}

}  // namespace heddle::properties_tests
