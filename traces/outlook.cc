#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/judge.h>
#include <heddle/model/view.h>
#include <heddle/traces/outlook.h>

namespace heddle {
namespace {

class Outlooks {
 public:
  Outlooks(Kernel& kernel, const Claims& claims, Trace& trace, const OutlookOptions& options)
      : kernel_(kernel), claims_(claims), trace_(trace), options_(options) {
    begin();
  }

  void add() {
    if (!perform()) {
      return;
    }
    // From the end: what could have gone otherwise late is asked for first.
    for (std::size_t i = states_.size(); i-- > 0;) {
      stepper_->enabled(states_[i], enabled_);
      const std::vector<Event> enabled = enabled_;
      std::vector<TraceAlternative>& told =
          i < trace_.steps.size() ? trace_.steps[i].alternatives : trace_.next;
      told.clear();
      for (std::size_t k = 0; k < std::min(enabled.size(), TraceStep::kEnabledMax); ++k) {
        const bool happened = i < schedule_.size() && enabled[k] == schedule_[i];
        if (!happened) {
          told.push_back(of(i, enabled[k]));
        }
      }
    }
  }

 private:
  void begin() {
    judge_.reset();
    stepper_.emplace(kernel_);
    judge_.emplace(*stepper_, claims_, true);
  }

  /// The states before each event up to where a property fails, or to the end. False when the trace
  /// is none of this kernel, or fails at the beginning.
  bool perform() {
    StateVector state = kernel_.initial();
    if (fails(state)) {
      return false;
    }
    states_.push_back(state);
    for (const TraceStep& step : trace_.steps) {
      stepper_->enabled(state, enabled_);
      const auto found = std::ranges::find(
          enabled_, step.event, [this](const Event& event) { return kernel_.to_text(event); });
      if (found == enabled_.end()) {
        return false;
      }
      const Event event = *found;
      schedule_.push_back(event);
      if (perform(state, event)) {
        return true;
      }
      states_.push_back(state);
    }
    return true;
  }

  std::optional<std::size_t> fails(const StateVector& state) {
    for (const Sighting& sighting : judge_->judge(state).sightings) {
      if (sighting.kind == Sighting::Kind::kViolated) {
        return sighting.index;
      }
    }
    return std::nullopt;
  }

  /// The property that the event makes fail.
  std::optional<std::size_t> perform(StateVector& state, const Event& event) {
    const Judge::Followed followed = judge_->follow(state, stepper_->step(state, event));
    for (const LeafChange& change : followed.changes) {
      state.set(change.position, change.after);
    }
    state.normalise();
    return followed.violated ? followed.violated : fails(state);
  }

  /// What happens after `event` in place of the schedule's event `at`.
  TraceAlternative of(std::size_t at, const Event& event) {
    TraceAlternative told;
    told.event = kernel_.to_text(event);
    try {
      look(at, event, told);
    } catch (const Misuse&) {
      // Whoever chooses it is told; of a Stepper that threw nothing is known.
      told.verdict = "misuse";
      begin();
    }
    return told;
  }

  void look(std::size_t at, const Event& event, TraceAlternative& told) {
    StateVector state = states_[at];
    std::vector<Event> left(schedule_.begin() + static_cast<std::ptrdiff_t>(at), schedule_.end());
    std::optional<Event> next = event;
    for (std::uint64_t count = 1; next; ++count) {
      if (work_ >= options_.work_max || count > options_.events_max) {
        return;
      }
      ++work_;
      if (const auto same = std::ranges::find(left, *next); same != left.end()) {
        left.erase(same);
      }
      if (const auto violated = perform(state, *next)) {
        told.verdict = continuation_after(at, event);
        told.property = claims_.properties[*violated]->name();
        told.after = count;
        return;
      }
      next = next_of(state, left);
    }
    told.verdict = "passes";
  }

  /// "can pass", "never passes", or "fails" when that is not known.
  std::string continuation_after(std::size_t at, const Event& event) {
    StateVector state = states_[at];
    if (perform(state, event)) {
      return "never passes";
    }
    const std::optional<bool> passes = some_continuation_passes(state);
    return !passes ? "fails" : *passes ? "can pass" : "never passes";
  }

  /// Depth-first, without optional events. Nothing when the search was not finished, or met a state
  /// again on its way: who goes on for ever neither passes nor fails.
  std::optional<bool> some_continuation_passes(const StateVector& first) {
    if (const auto known = passes_.find(first); known != passes_.end()) {
      return known->second;
    }

    struct Visit {
      StateVector state;
      std::vector<Event> next;
      bool is_sure = true;  ///< of those looked at so far, that they do not pass
    };

    std::vector<Visit> path;
    const auto visit = [&](StateVector state) {
      stepper_->enabled(state, enabled_);
      std::vector<Event> next;
      std::ranges::copy_if(enabled_, std::back_inserter(next),
                           [](const Event& event) { return !event.is_optional(); });
      std::ranges::reverse(next);
      passes_[state] = std::nullopt;
      path.push_back({std::move(state), std::move(next)});
      return path.back().next.empty();
    };
    const auto pass = [&] {
      for (const Visit& visited : path) {
        passes_[visited.state] = true;
      }
      return true;
    };
    if (visit(first)) {
      return pass();
    }
    while (!path.empty()) {
      if (path.back().next.empty()) {
        const bool is_sure = path.back().is_sure;
        passes_[path.back().state] = is_sure ? std::optional(false) : std::nullopt;
        path.pop_back();
        if (path.empty()) {
          return is_sure ? std::optional(false) : std::nullopt;
        }
        path.back().is_sure = path.back().is_sure && is_sure;
        continue;
      }
      if (++searched_ > options_.search_max || path.size() > options_.events_max) {
        return std::nullopt;
      }
      const Event event = path.back().next.back();
      path.back().next.pop_back();
      StateVector state = path.back().state;
      if (perform(state, event)) {
        continue;
      }
      if (const auto known = passes_.find(state); known != passes_.end()) {
        if (known->second == true) {
          return pass();
        }
        path.back().is_sure = path.back().is_sure && known->second.has_value();
        continue;
      }
      if (visit(std::move(state))) {
        return pass();
      }
    }
    return std::nullopt;
  }

  std::optional<Event> next_of(const StateVector& state, const std::vector<Event>& left) {
    stepper_->enabled(state, enabled_);
    for (const Event& wanted : left) {
      if (std::ranges::find(enabled_, wanted) != enabled_.end()) {
        return wanted;
      }
    }
    const auto first =
        std::ranges::find_if(enabled_, [](const Event& event) { return !event.is_optional(); });
    return first == enabled_.end() ? std::nullopt : std::optional(*first);
  }

  Kernel& kernel_;
  const Claims& claims_;
  std::optional<Stepper> stepper_;
  std::optional<Judge> judge_;
  Trace& trace_;
  OutlookOptions options_;
  Schedule schedule_;
  std::vector<StateVector> states_;  ///< before each event of `schedule_`, and after the last
  std::vector<Event> enabled_;
  std::uint64_t work_ = 0;
  /// Whether some continuation of the state passes; nothing: not known.
  std::unordered_map<StateVector, std::optional<bool>, internal::HashOfState> passes_;
  std::uint64_t searched_ = 0;
};

}  // namespace

void add_outlooks(Kernel& kernel, const Claims& claims, Trace& trace,
                  const OutlookOptions& options) {
  if (trace.steps.size() <= options.steps_max) {
    Outlooks(kernel, claims, trace, options).add();
  }
}

}  // namespace heddle
