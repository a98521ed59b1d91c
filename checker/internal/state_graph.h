// State graph: all states that a search meets and all events between them, for claims about runs.
//
// Nothing is reduced and nothing is lost: whether a run goes round depends on each single edge. An
// edge is two numbers; what the event is, and to whom it does justice, is said once for all edges
// that are alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <heddle/checker/packing.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/transitions.h>
#include <heddle/properties/fairness.h>

namespace heddle::internal {

class StateGraph {
 public:
  /// A state, from 0, in the order in which they are met.
  using Number = std::uint32_t;
  /// Parties are numbered from 1; 0 is none.
  using PartyNumber = std::uint32_t;
  /// Which of the labels hold, a bit each.
  using Label = std::uint64_t;

  /// What an edge does.
  struct Act {
    Event event;
    PartyNumber party = 0;
    bool is_owed = false;
  };

  struct Edge {
    Number to = 0;
    std::uint32_t act = 0;
  };

  /// The labels of states are those properties of `labels` that hold, which look at single states
  /// and are wanted (Property::is_wanted).
  StateGraph(const Search& search, const Claims& labels);

  /// Meets all states, breadth first, within the budget. False: some were not gone on from.
  bool build();

  [[nodiscard]] std::size_t size() const { return size_; }

  /// States from this one on have been met and not gone on from.
  [[nodiscard]] std::size_t expanded() const { return first_.size() - 1; }

  [[nodiscard]] std::size_t edges() const { return edges_.size(); }

  [[nodiscard]] std::size_t depth() const { return depth_; }

  /// Of an expanded state.
  [[nodiscard]] std::span<const Edge> from(Number state) const {
    return std::span(edges_).subspan(first_[state], first_[state + 1] - first_[state]);
  }

  [[nodiscard]] const Act& act(std::uint32_t number) const { return acts_[number]; }

  [[nodiscard]] Label label(Number state) const { return labels_[state]; }

  /// Of an expanded state: nothing that is possible in it is owed, so that a run may end there.
  [[nodiscard]] bool may_be_last(Number state) const;

  /// The events that lead to a state by a shortest way.
  [[nodiscard]] Schedule way_to(Number state) const;

  [[nodiscard]] std::size_t parties() const { return parties_.size(); }

  [[nodiscard]] std::uint64_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kUnknown = 0xffffffff;

  Number number_of(Root root);
  [[nodiscard]] std::size_t slot_of(Root root) const;
  std::uint32_t act_of(EventNumber event);
  std::uint32_t new_act(const Event& event);
  [[nodiscard]] bool goes_on(Number state);
  void expand(Number state);
  [[nodiscard]] Usage usage() const;

  const Search& search_;
  Stepper stepper_;
  Judge judge_;
  Packing packing_;
  Transitions transitions_;
  std::size_t size_ = 0;
  std::size_t depth_ = 0;
  std::vector<Root> roots_;           ///< until all is built
  std::vector<std::uint32_t> slots_;  ///< 1 + state by hash of its root; as long
  std::vector<Label> labels_;
  std::vector<std::size_t> first_{0};
  std::vector<Edge> edges_;
  std::vector<Act> acts_;
  std::vector<std::uint32_t> act_of_event_;  ///< of events that are the same everywhere
  std::map<std::pair<EventNumber, std::pair<PartyNumber, bool>>, std::uint32_t> further_acts_;
  std::map<Party, PartyNumber> parties_;
  std::vector<EventNumber> enabled_;
};

}  // namespace heddle::internal
