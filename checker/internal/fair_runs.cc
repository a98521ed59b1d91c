#include <algorithm>
#include <iterator>
#include <limits>

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/property_map/property_map.hpp>

#include <heddle/checker/internal/fair_runs.h>
#include <heddle/model/trap.h>

namespace heddle::internal {

namespace {

/// Places between two questions whether to stop.
constexpr std::size_t kRound = 4096;
/// Edges looked at for a shorter run once there is one.
constexpr std::size_t kWorkMax = 20'000'000;
constexpr std::size_t kStartsMax = 64;

using Graph =
    boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                       boost::no_property, std::uint32_t, std::size_t>;

}  // namespace

FairRuns::FairRuns(const StateGraph& graph, const BuchiAutomaton& automaton, Options options)
    : graph_(graph),
      automaton_(automaton),
      options_(std::move(options)),
      numbers_(2 * graph.size() * automaton.size(), kNone),
      justice_(graph, options_.strength) {}

std::optional<EndlessRun> FairRuns::find() {
  if (!go_through()) {
    stopped_ = true;
    return std::nullopt;
  }
  part_of_.assign(contents_.size(), 0);
  local_.assign(contents_.size(), 0);
  Places all(contents_.size());
  for (Place place = 0; place < all.size(); ++place) {
    all[place] = place;
  }
  to_judge_.push_back(std::move(all));
  while (!to_judge_.empty()) {
    const Places places = std::move(to_judge_.back());
    to_judge_.pop_back();
    for (const Places& component : components(places)) {
      judge(component);
    }
    if (options_.stops && options_.stops()) {
      stopped_ = fair_.empty();
      break;
    }
  }
  return fair_.empty() ? std::nullopt : std::optional(shortest());
}

// ---- All places, breadth first.

bool FairRuns::go_through() {
  place_of({0, 0, false}, {});
  for (Place place = 0; place < contents_.size(); ++place) {
    add_edges(place);
    first_.push_back(edges_.size());
    if (place % kRound == 0 && options_.stops && options_.stops()) {
      return false;
    }
  }
  return true;
}

FairRuns::Place FairRuns::place_of(const Content& content, const Gone& by) {
  const std::size_t state = 2 * std::size_t{content.state} + (content.is_end ? 1 : 0);
  Place& number = numbers_[state * automaton_.size() + content.automaton];
  if (number == kNone) {
    if (contents_.size() == kNone) {
      throw Misuse("there are too many states for this claim about runs: use a smaller scenario.");
    }
    number = static_cast<Place>(contents_.size());
    contents_.push_back(content);
    met_by_.push_back(by);
  }
  return number;
}

void FairRuns::add_edges(Place from) {
  const Content content = contents_[from];
  if (content.state >= graph_.expanded()) {
    return;
  }
  const BuchiAutomaton::Label label = graph_.label(content.state) >> options_.first_label;
  const bool may_end = content.is_end || graph_.may_be_last(content.state);
  const auto add = [&](StateGraph::Number state, bool is_end, std::uint32_t act,
                       const BuchiAutomaton::Transition& transition) {
    const Place to = place_of({state, transition.to, is_end}, {from, edges_.size()});
    edges_.push_back({to, act, transition.marks});
  };
  for (const BuchiAutomaton::Transition& transition : automaton_.from(content.automaton)) {
    if (!transition.reads(label)) {
      continue;
    }
    if (may_end) {
      add(content.state, true, kEnd, transition);
    }
    if (!content.is_end) {
      for (const StateGraph::Edge& edge : graph_.from(content.state)) {
        add(edge.to, false, edge.act, transition);
      }
    }
  }
}

// ---- Components.

std::vector<FairRuns::Places> FairRuns::components(const Places& places) {
  mark(places);
  for (std::size_t i = 0; i < places.size(); ++i) {
    local_[places[i]] = static_cast<Place>(i);
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t edge = first_[places[i]]; edge < first_[places[i] + 1]; ++edge) {
      if (is_within(edges_[edge].to)) {
        edges.emplace_back(static_cast<std::uint32_t>(i), local_[edges_[edge].to]);
      }
    }
  }
  const Graph graph(boost::edges_are_sorted, edges.begin(), edges.end(),
                    static_cast<std::uint32_t>(places.size()), edges.size());
  std::vector<std::uint32_t> component_of(places.size());
  const std::uint32_t count = boost::strong_components(
      graph, boost::make_iterator_property_map(component_of.begin(),
                                               boost::get(boost::vertex_index, graph)));
  // Most have one place, and no way round it.
  std::vector<std::size_t> sizes(count, 0);
  for (const std::uint32_t component : component_of) {
    ++sizes[component];
  }
  for (const auto& [from, to] : edges) {
    sizes[component_of[from]] += from == to ? 1 : 0;
  }
  std::vector<std::size_t> numbers(count, 0);
  std::vector<Places> components;
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::size_t& number = numbers[component_of[i]];
    if (sizes[component_of[i]] > 1) {
      if (number == 0) {
        components.emplace_back();
        number = components.size();
      }
      components[number - 1].push_back(places[i]);
    }
  }
  return components;
}

/// It is the part that is looked at from now on.
void FairRuns::mark(const Places& part) {
  ++part_;
  for (const Place place : part) {
    part_of_[place] = part_;
  }
}

/// Puts a component, or what is left of it, where it belongs.
void FairRuns::judge(const Places& component) {
  mark(component);
  justice_.begin();
  met_ = 0;
  bool goes_round = false;
  for (const Place place : component) {
    for (std::size_t edge = first_[place]; edge < first_[place + 1]; ++edge) {
      if (is_within(edges_[edge].to)) {
        goes_round = true;
        met_ |= edges_[edge].marks;
        if (edges_[edge].act != kEnd) {
          justice_.take(edges_[edge].act);
        }
      }
    }
  }
  if (!goes_round || met_ != automaton_.marks()) {
    return;
  }
  for (const Place place : component) {
    pass(place);
  }
  const std::vector<Justice::Party> wronged = justice_.wronged();
  if (wronged.empty()) {
    fair_.push_back(component);
  } else if (options_.strength == Strength::kStrong) {
    Places rest;
    std::ranges::copy_if(component, std::back_inserter(rest),
                         [&](Place place) { return !is_owed_to_any(place, wronged); });
    if (!rest.empty()) {
      to_judge_.push_back(std::move(rest));
    }
  }
}

void FairRuns::pass(Place place) {
  contents_[place].is_end ? justice_.pass_end() : justice_.pass(contents_[place].state);
}

bool FairRuns::is_owed_to_any(Place place, const std::vector<Justice::Party>& parties) const {
  const Content& content = contents_[place];
  return !content.is_end &&
         std::ranges::any_of(graph_.from(content.state), [&](const StateGraph::Edge& edge) {
           const StateGraph::Act& act = graph_.act(edge.act);
           return act.is_owed && std::ranges::find(parties, act.party) != parties.end();
         });
}

// ---- A run.

/// The shortest of those that are tried: from the first places of all fair components.
EndlessRun FairRuns::shortest() {
  seen_in_.assign(contents_.size(), 0);
  came_by_.assign(contents_.size(), {});
  std::vector<std::pair<Place, std::size_t>> starts;
  for (std::size_t i = 0; i < fair_.size(); ++i) {
    for (const Place place : fair_[i]) {
      starts.emplace_back(place, i);
    }
  }
  const auto tried = std::min(starts.size(), kStartsMax);
  std::ranges::partial_sort(starts, starts.begin() + static_cast<std::ptrdiff_t>(tried));
  starts.resize(tried);
  Path best_way;
  Path best_round;
  std::size_t best = std::numeric_limits<std::size_t>::max();
  for (const auto& [start, component] : starts) {
    Path to_start = way_to(start);
    const std::size_t events = events_in(to_start);
    if (events >= best || (work_ > kWorkMax && !best_round.empty())) {
      continue;
    }
    mark(fair_[component]);
    std::optional<Path> round = round_from(start, best - events);
    if (round) {
      best = events + events_in(*round);
      best_way = std::move(to_start);
      best_round = std::move(*round);
    }
  }
  EndlessRun run;
  for (const Path* part : {&best_way, &best_round}) {
    run.repeats_from = run.schedule.size();
    for (const Gone& gone : *part) {
      if (is_event(gone)) {
        run.schedule.push_back(graph_.act(edges_[gone.edge].act).event);
      }
    }
  }
  return run;
}

/// From a place of a fair component round to it again, so that all is met and justice is done.
/// None: it takes as many events or more.
std::optional<FairRuns::Path> FairRuns::round_from(Place start, std::size_t events_max) {
  Path path;
  Place at = start;
  while (true) {
    Path round = path;
    const bool is_back =
        !path.empty() && at == start
            ? true
            : way(
                  at, [&](const Gone& gone) { return edges_[gone.edge].to == start; }, round);
    if (!is_back) {
      throw BrokenInvariant("a strongly connected component is not connected");
    }
    if (events_in(round) >= events_max) {
      return std::nullopt;
    }
    justice_.begin();
    met_ = 0;
    for (const Gone& gone : round) {
      pass(gone.from);
      met_ |= edges_[gone.edge].marks;
      if (is_event(gone)) {
        justice_.take(edges_[gone.edge].act);
      }
    }
    const std::vector<Justice::Party> wronged = justice_.wronged();
    const BuchiAutomaton::Marks missing = automaton_.marks() & ~met_;
    if (missing == 0 && wronged.empty()) {
      return round;
    }
    const auto does_justice = [&](const Gone& gone) {
      const Edge& edge = edges_[gone.edge];
      const auto is_wronged = [&](Justice::Party party) {
        return std::ranges::find(wronged, party) != wronged.end();
      };
      if ((edge.marks & missing) != 0 ||
          (edge.act != kEnd && is_wronged(graph_.act(edge.act).party))) {
        return true;
      }
      // Weak fairness owes nothing to those for whom nothing could be done at some time.
      return options_.strength == Strength::kWeak &&
             std::ranges::any_of(
                 wronged, [&](Justice::Party party) { return !is_owed_to_any(edge.to, {party}); });
    };
    if (!way(at, does_justice, path)) {
      throw BrokenInvariant("a fair component has no fair run");
    }
    at = edges_[path.back().edge].to;
  }
}

/// Adds to `path` the shortest way from a place, within the part that is looked at, of which the
/// last edge is a wanted one. False: there is none.
bool FairRuns::way(Place from, const std::function<bool(const Gone&)>& is_wanted, Path& path) {
  ++search_;
  Places queue{from};
  seen_in_[from] = search_;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (std::size_t edge = first_[queue[i]]; edge < first_[queue[i] + 1]; ++edge) {
      const Place to = edges_[edge].to;
      if (!is_within(to)) {
        continue;
      }
      ++work_;
      const Gone gone{queue[i], edge};
      if (is_wanted(gone)) {
        Path back{gone};
        while (back.back().from != from) {
          back.push_back(came_by_[back.back().from]);
        }
        path.insert(path.end(), back.rbegin(), back.rend());
        return true;
      }
      if (seen_in_[to] != search_) {
        seen_in_[to] = search_;
        came_by_[to] = gone;
        queue.push_back(to);
      }
    }
  }
  return false;
}

std::size_t FairRuns::events_in(const Path& path) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(path, [this](const Gone& gone) { return is_event(gone); }));
}

/// As it was first met.
FairRuns::Path FairRuns::way_to(Place place) const {
  Path path;
  for (; place != 0; place = met_by_[place].from) {
    path.push_back(met_by_[place]);
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace heddle::internal
