// Fair runs: finds a fair run of a state graph that an automaton accepts.
//
// The graph and the automaton are gone through together. A run that never ends stays, from some
// state on, within one strongly connected component (Boost.Graph finds them), and a component has a
// fair and accepted run when it has every mark of the automaton and does justice to every party. To
// one that is owed something in all of its states, under weak fairness; under strong fairness to
// one that is owed something in any, and if it does not, what is left without those states is
// looked at in turn (E. Allen Emerson, Chin-Laung Lei, 'Modalities for model checking: branching
// time logic strikes back', Science of Computer Programming 8, 1987). Of what is found, a short run
// is made: to the component, then round in it past what fairness and the automaton ask for.
//
// A run may end where nothing is owed. It then stays where it is for ever, which is a component of
// one state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <heddle/checker/internal/buchi.h>
#include <heddle/checker/internal/justice.h>
#include <heddle/checker/internal/state_graph.h>

namespace heddle::internal {

/// A run that never ends: its events, of which those from `repeats_from` on repeat for ever. When
/// there are none, nothing more happens.
struct EndlessRun {
  Schedule schedule;
  std::size_t repeats_from = 0;
};

class FairRuns {
 public:
  struct Options {
    Strength strength = Strength::kWeak;
    /// The automaton's predicates are the graph's labels from this one on.
    std::size_t first_label = 0;
    /// Asked now and then: true ends the search.
    std::function<bool()> stops{};
  };

  /// All three outlive it.
  FairRuns(const StateGraph& graph, const BuchiAutomaton& automaton, Options options);

  /// A run that is accepted and fair, if there is one.
  std::optional<EndlessRun> find();

  /// The search was ended before it was done, and has found nothing.
  [[nodiscard]] bool was_stopped() const { return stopped_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint32_t kEnd = 0xffffffff;  ///< the act of staying in a last state

  /// A state of the graph with one of the automaton; by number in the order in which they are met.
  using Place = std::uint32_t;

  struct Content {
    StateGraph::Number state = 0;
    std::uint32_t automaton = 0;
    bool is_end = false;  ///< the run has ended in this state
  };

  struct Edge {
    Place to = 0;
    std::uint32_t act = 0;
    BuchiAutomaton::Marks marks = 0;
  };

  /// An edge by its place in `edges_`, and where it begins.
  struct Gone {
    Place from = kNone;
    std::size_t edge = 0;
  };

  using Places = std::vector<Place>;
  using Path = std::vector<Gone>;

  bool go_through();
  Place place_of(const Content& content, const Gone& by);
  void add_edges(Place from);
  /// Strongly connected ones in which one can go round.
  [[nodiscard]] std::vector<Places> components(const Places& places);
  void judge(const Places& component);

  [[nodiscard]] bool is_within(Place place) const { return part_of_[place] == part_; }

  void mark(const Places& part);
  void pass(Place place);
  [[nodiscard]] bool is_owed_to_any(Place place, const std::vector<Justice::Party>& parties) const;
  [[nodiscard]] EndlessRun shortest();
  std::optional<Path> round_from(Place start, std::size_t events_max);
  bool way(Place from, const std::function<bool(const Gone&)>& is_wanted, Path& path);

  [[nodiscard]] bool is_event(const Gone& gone) const { return edges_[gone.edge].act != kEnd; }

  [[nodiscard]] std::size_t events_in(const Path& path) const;
  [[nodiscard]] Path way_to(Place place) const;

  const StateGraph& graph_;
  const BuchiAutomaton& automaton_;
  Options options_;
  bool stopped_ = false;
  std::vector<Place> numbers_;  ///< by state, whether the run has ended there, and automaton state
  std::vector<Content> contents_;
  std::vector<std::size_t> first_{0};
  std::vector<Edge> edges_;
  std::vector<Gone> met_by_;

  std::vector<Places> to_judge_;
  std::vector<Places> fair_;
  std::vector<std::uint32_t> part_of_;  ///< which set of places is looked at
  std::uint32_t part_ = 0;
  std::vector<Place> local_;  ///< places in the graph that Boost sees

  Justice justice_;
  BuchiAutomaton::Marks met_ = 0;  ///< in the part that is looked at

  // Ways within the part that is looked at.
  std::vector<std::uint32_t> seen_in_;  ///< in which search a place was seen last
  std::uint32_t search_ = 0;
  std::vector<Gone> came_by_;
  std::size_t work_ = 0;  ///< edges looked at
};

}  // namespace heddle::internal
