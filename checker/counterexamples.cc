#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include <heddle/checker/counterexamples.h>
#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/internal/one_property.h>

namespace heddle {

namespace {

/// The violations of one property.
class Violations {
 public:
  Violations(Kernel& kernel, const Claims& claims, std::size_t property,
             const std::function<std::string(const Failure&)>& kind_of,
             const CounterexamplesOptions& options)
      : kernel_(kernel),
        property_(kernel, claims, property),
        number_(property),
        kind_of_(kind_of),
        options_(options) {}

  /// Appends to `found`. True when every state was looked at.
  bool search(std::vector<Counterexample>& found) {
    StateVector initial = kernel_.initial();
    if (property_.violated_in(initial)) {
      note(kNone, found);
      return true;
    }
    initial.normalise();
    visit(std::move(initial), {}, kNone);
    std::vector<Event> events;
    for (std::size_t at = 0; at < states_.size(); ++at) {
      property_.stepper().enabled(*states_[at], events);
      for (const Event& event : events) {
        if (found.size() >= options_.count_max || states_.size() >= options_.states_max ||
            candidates_ >= options_.candidates_max || (options_.stop && options_.stop())) {
          return false;
        }
        StateVector after = *states_[at];
        const bool violated = property_.perform(after, event).violated;
        after.normalise();
        if (violated) {
          // From here on everything fails; the same state by another way may be of another kind.
          links_.push_back({at, event});
          note(links_.size() - 1, found);
          links_.pop_back();
        } else {
          visit(std::move(after), event, at);
        }
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Link {
    std::size_t from = kNone;
    Event event;
  };

  void visit(StateVector state, const Event& event, std::size_t from) {
    const auto [stored, is_new] = visited_.insert(std::move(state));
    if (is_new) {
      states_.push_back(&*stored);
      links_.push_back({from, event});
    }
  }

  void note(std::size_t link, std::vector<Counterexample>& found) {
    Failure failure;
    failure.property = number_;
    for (; link != kNone && links_[link].from != kNone; link = links_[link].from) {
      failure.schedule.push_back(links_[link].event);
    }
    std::ranges::reverse(failure.schedule);
    ++candidates_;
    std::string kind = kind_of_(failure);
    if (kinds_.insert(kind).second) {
      found.push_back({std::move(failure), std::move(kind)});
    }
  }

  Kernel& kernel_;
  internal::OneProperty property_;
  std::size_t number_;
  const std::function<std::string(const Failure&)>& kind_of_;
  const CounterexamplesOptions& options_;
  std::unordered_set<StateVector, internal::HashOfState> visited_;
  std::vector<const StateVector*> states_;  ///< in the order in which they were found
  std::vector<Link> links_;                 ///< of `states_`
  std::set<std::string> kinds_;
  std::size_t candidates_ = 0;
};

}  // namespace

Counterexamples counterexamples(Kernel& kernel, const Claims& claims,
                                const std::function<std::string(const Failure&)>& kind_of,
                                const CounterexamplesOptions& options) {
  Counterexamples result;
  result.finished = true;
  for (std::size_t i = 0; i < claims.properties.size(); ++i) {
    if (claims.properties[i]->is_wanted()) {
      continue;  // what is never reached has no schedule that shows it
    }
    if (!Violations(kernel, claims, i, kind_of, options).search(result.found)) {
      result.finished = false;
    }
  }
  return result;
}

}  // namespace heddle
