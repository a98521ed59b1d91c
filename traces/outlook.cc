#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
        told.verdict = "fails";
        told.property = claims_.properties[*violated]->name();
        told.after = count;
        return;
      }
      next = next_of(state, left);
    }
    told.verdict = "passes";
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
};

}  // namespace

void add_outlooks(Kernel& kernel, const Claims& claims, Trace& trace,
                  const OutlookOptions& options) {
  if (trace.steps.size() <= options.steps_max) {
    Outlooks(kernel, claims, trace, options).add();
  }
}

}  // namespace heddle
