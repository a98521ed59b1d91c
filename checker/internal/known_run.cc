#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_set>
#include <utility>

#include <heddle/checker/internal/hash_of_state.h>
#include <heddle/checker/internal/known_run.h>
#include <heddle/properties/state.h>

namespace heddle::internal {

KnownRun::KnownRun(Kernel& kernel, const Fairness& fairness, const Schedule& schedule)
    : kernel_(kernel), fairness_(fairness), stepper_(kernel) {
  states_.push_back(kernel.initial());
  states_.back().normalise();
  look();
  for (const Event& event : schedule) {
    const StateVector& before = states_.back();
    const auto leaf = [&](LeafPosition at) { return before[at]; };
    done_.push_back(party_of(fairness, kernel, event, leaf));
    StateVector after = before;
    Stepper::apply(after, stepper_.step(before, event));
    after.normalise();
    states_.push_back(std::move(after));
    look();
  }
}

void KnownRun::look() {
  const StateVector& state = states_.back();
  const auto leaf = [&](LeafPosition at) { return state[at]; };
  std::vector<Event> enabled;
  stepper_.enabled(state, enabled);
  std::set<Party>& owed = owed_.emplace_back();
  for (const Event& event : enabled) {
    if (is_owed(fairness_, kernel_, event, leaf)) {
      owed.insert(party_of(fairness_, kernel_, event, leaf));
    }
  }
}

bool KnownRun::is_fair(std::size_t repeats_from) const {
  if (repeats_from == events()) {
    return owed_.back().empty();
  }
  if (states_[repeats_from] != states_.back()) {
    return false;
  }
  const auto first = owed_.begin() + static_cast<std::ptrdiff_t>(repeats_from);
  const std::set<Party> done(done_.begin() + static_cast<std::ptrdiff_t>(repeats_from),
                             done_.end());
  std::set<Party> parties;
  for (auto owed = first; owed != owed_.end(); ++owed) {
    parties.insert(owed->begin(), owed->end());
  }
  return std::ranges::all_of(parties, [&](const Party& party) {
    const auto is_owed_it = [&](const std::set<Party>& owed) { return owed.contains(party); };
    return done.contains(party) ||
           (fairness_.strength == Strength::kWeak && !std::all_of(first, owed_.end(), is_owed_it));
  });
}

std::size_t KnownRun::size(std::size_t repeats_from) const {
  return repeats_from == events() ? states_.size() : states_.size() - 1;
}

HoldsAt KnownRun::holds_at(const Formula& formula) const {
  const auto predicates = predicates_in(formula);
  auto held = std::make_shared<std::vector<std::vector<bool>>>();
  for (const StateVector& state : states_) {
    StateSource source(kernel_, state);
    std::vector<bool>& holding = held->emplace_back();
    for (const Formula::Node* predicate : predicates) {
      holding.push_back(predicate->predicate(State(source, kernel_, state)));
    }
  }
  return [held](std::size_t predicate, std::size_t at) { return bool{(*held)[at][predicate]}; };
}

bool KnownRun::is_hopeless(const Formula& predicate) const {
  constexpr std::size_t kStatesMax = 30'000;
  std::unordered_set<StateVector, HashOfState> met{states_.back()};
  std::deque<StateVector> queue{states_.back()};
  std::vector<Event> enabled;
  for (; !queue.empty(); queue.pop_front()) {
    const StateVector& state = queue.front();
    StateSource source(kernel_, state);
    if (met.size() > kStatesMax || predicate->predicate(State(source, kernel_, state))) {
      return false;
    }
    const auto leaf = [&](LeafPosition at) { return state[at]; };
    stepper_.enabled(state, enabled);
    for (const Event& event : enabled) {
      if (is_owed(fairness_, kernel_, event, leaf) || !event.is_fault()) {
        StateVector after = stepper_.next(state, event);
        after.normalise();
        if (met.insert(after).second) {
          queue.push_back(std::move(after));
        }
      }
    }
  }
  return true;
}

std::set<CanisterId> KnownRun::silent() const {
  std::vector<Event> enabled;
  stepper_.enabled(states_.back(), enabled);
  std::set<CanisterId> silent;
  for (const Event& event : enabled) {
    if (event.kind == EventKind::kStartRequest && event.answer != 0) {
      silent.insert(event.to);
    }
  }
  return silent;
}

}  // namespace heddle::internal
