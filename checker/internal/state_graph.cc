#include <algorithm>

#include <heddle/checker/internal/state_graph.h>

namespace heddle::internal {

namespace {

/// States between two looks at what is used up.
constexpr std::size_t kRound = 1024;
constexpr std::size_t kSlotsMin = 1024;

}  // namespace

StateGraph::StateGraph(const Search& search, const Claims& labels)
    : search_(search),
      stepper_(search.kernel, search.options.stepper),
      judge_(stepper_, labels, search.options.stepper.memo),
      packing_(search.kernel),
      transitions_(stepper_, judge_, packing_, Transitions::options_for(search.options.stepper)),
      slots_(kSlotsMin, 0) {}

bool StateGraph::build() {
  Budget& budget = search_.budget;
  const CheckOptions& options = search_.options;
  number_of(transitions_.load(search_.kernel.initial()));
  std::size_t level_end = 1;
  Number state = 0;
  for (; state < size_ && !budget.ended(); ++state) {
    if (state == level_end) {
      level_end = size_;
      ++depth_;
    }
    if (options.depth_max != 0 && depth_ >= options.depth_max && goes_on(state)) {
      budget.end("max-depth");
      break;
    }
    expand(state);
    if (options.states_max != 0 && size_ > options.states_max) {
      budget.end("max-states");
    }
    budget.look([this] { return usage(); });
    if (state % kRound == 0) {
      budget.look_closely(usage());
    }
    if (budget.memory().is_used_up()) {
      budget.end(Budget::kMemory);
    }
  }
  budget.look_closely(usage());
  // States that were not gone on from are not judged either; no run goes further than they.
  labels_.resize(size_, 0);
  roots_ = {};
  slots_ = {};
  return state == size_;
}

bool StateGraph::goes_on(Number state) {
  transitions_.load(roots_[state]);
  return !transitions_.enabled().empty();
}

void StateGraph::expand(Number state) {
  transitions_.load(roots_[state]);
  const auto enabled = transitions_.enabled();
  enabled_.assign(enabled.begin(), enabled.end());
  Label label = 0;
  for (const Sighting& sighting : transitions_.judge().sightings) {
    label |= Label{1} << sighting.index;
  }
  labels_.push_back(label);
  for (const EventNumber event : enabled_) {
    const std::uint32_t act = act_of(event);
    edges_.push_back({number_of(transitions_.take(event).root), act});
  }
  first_.push_back(edges_.size());
}

bool StateGraph::may_be_last(Number state) const {
  return std::ranges::none_of(from(state),
                              [this](const Edge& edge) { return acts_[edge.act].is_owed; });
}

Schedule StateGraph::way_to(Number state) const {
  // States are numbered as they are met, so the first edge to one is that of a shortest way.
  Schedule back;
  while (state != 0) {
    const auto edge = std::ranges::find(edges_, state, &Edge::to);
    back.push_back(acts_[edge->act].event);
    const auto place = static_cast<std::size_t>(edge - edges_.begin());
    state = static_cast<Number>(std::ranges::upper_bound(first_, place) - first_.begin() - 1);
  }
  std::ranges::reverse(back);
  return back;
}

std::size_t StateGraph::slot_of(Root root) const {
  std::uint64_t hash = (root.low ^ root.high * 0x9e3779b97f4a7c15U) * 0x9fb21c651e98df25U;
  hash ^= hash >> 32U;
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != 0 && roots_[slots_[slot] - 1] != root) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

StateGraph::Number StateGraph::number_of(Root root) {
  if (const std::uint32_t known = slots_[slot_of(root)]; known != 0) {
    return known - 1;
  }
  roots_.push_back(root);
  ++size_;
  if (2 * size_ > slots_.size()) {
    slots_.assign(2 * slots_.size(), 0);
    for (std::size_t state = 0; state < size_; ++state) {
      slots_[slot_of(roots_[state])] = static_cast<std::uint32_t>(state + 1);
    }
  } else {
    slots_[slot_of(root)] = static_cast<std::uint32_t>(size_);
  }
  return static_cast<Number>(size_ - 1);
}

std::uint32_t StateGraph::new_act(const Event& event) {
  const auto leaf = [this](LeafPosition at) { return transitions_.leaf(at); };
  const Fairness& fairness = search_.claims.fairness;
  const Party party = party_of(fairness, search_.kernel, event, leaf);
  PartyNumber number = 0;
  if (party.kind != Party::Kind::kNone) {
    number = parties_.emplace(party, static_cast<PartyNumber>(parties_.size() + 1)).first->second;
  }
  acts_.push_back({event, number, is_owed(fairness, search_.kernel, event, leaf)});
  return static_cast<std::uint32_t>(acts_.size() - 1);
}

std::uint32_t StateGraph::act_of(EventNumber number) {
  if (number >= act_of_event_.size()) {
    act_of_event_.resize(number + 1, kUnknown);
  }
  if (act_of_event_[number] != kUnknown) {
    return act_of_event_[number];
  }
  const Event event = transitions_.event(number);
  const std::uint32_t act = new_act(event);
  if (is_same_everywhere(search_.kernel.system(), event)) {
    act_of_event_[number] = act;
    return act;
  }
  const auto [known, is_new] = further_acts_.emplace(
      std::pair(number, std::pair(acts_[act].party, acts_[act].is_owed)), act);
  if (!is_new) {
    acts_.pop_back();
  }
  return known->second;
}

Usage StateGraph::usage() const {
  Usage usage;
  usage.progress.states = size_;
  usage.progress.transitions = edges_.size();
  usage.progress.frontier = size_ - expanded();
  usage.progress.depth = depth_;
  usage.memory_bytes = memory_bytes();
  usage.growing_bytes = memory_bytes() - packing_.memory_bytes();
  return usage;
}

std::uint64_t StateGraph::memory_bytes() const {
  return packing_.memory_bytes() + transitions_.memory_bytes() + roots_.capacity() * sizeof(Root) +
         slots_.capacity() * sizeof(std::uint32_t) + labels_.capacity() * sizeof(Label) +
         first_.capacity() * sizeof(std::size_t) + edges_.capacity() * sizeof(Edge);
}

}  // namespace heddle::internal
