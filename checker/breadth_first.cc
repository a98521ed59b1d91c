// Breadth-first search, level by level, on any number of threads with one result.
//
// States are numbered level by level; within a level by the least (number of the state before,
// position of the event among its enabled ones) that leads to them, whichever thread found them
// first. So the order of states is the lexicographic order of their least shortest schedules, and
// the counterexample, the witnesses and the counts do not depend on threads. A level is worked off
// in rounds of a fixed number of states; the budgets that depend on nothing but counts are looked
// at between rounds, hence they also end the search in the same place.
//
// What is kept for a state is its root and how it was first reached; schedules are made by
// enumerating the enabled events again along that way.
#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>

#include <fmt/format.h>

#include <heddle/checker/internal/team.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/visited.h>

namespace heddle {

namespace {

/// States expanded between two looks at the budget by counts.
constexpr std::size_t kRound = 4096;
/// States that a thread takes at a time.
constexpr std::size_t kShare = 16;
/// A smaller round is not worth waking other threads for.
constexpr std::size_t kRoundForTeam = 64;
/// Below this growth of the levels an end is in sight.
constexpr double kShrinking = 0.95;

struct Reached {
  Root root;
  StateId state = 0;
};

struct Sighted {
  StateId state = 0;
  Sighting sighting;
};

/// A step that violates a property.
struct BadStep {
  Link link;
  std::size_t property = 0;
};

/// A step that was undefined use.
struct Broken {
  Link link;
  bool in_enabled = false;  ///< met while the state's events were listed, before any was performed
  std::exception_ptr thrown;
};

struct Worker {
  Worker(const Search& search, VisitedSet& visited)
      : stepper(search.kernel, search.options.stepper),
        judge(stepper, search.claims, search.options.stepper.memo),
        folder(visited) {}

  Stepper stepper;
  Judge judge;
  Folder folder;
  std::vector<Event> events;
  // Of the level that is being worked off.
  std::vector<Reached> fresh;
  std::vector<Sighted> sighted;
  std::optional<BadStep> bad_step;
  std::optional<Broken> broken;
  // Written by this worker, read by the one that reports.
  std::atomic<std::uint64_t> transitions{0};
  std::uint64_t quiescent = 0;
};

class BreadthFirst {
 public:
  explicit BreadthFirst(const Search& search) : search_(search), team_(search.options.threads) {
    add_workers(1);
  }

  Findings run() {
    start();
    while (!findings_.failure && !frontier_.empty() && !search_.budget.ended()) {
      if (search_.options.depth_max != 0 && depth_ >= search_.options.depth_max) {
        if (anything_enabled()) {
          search_.budget.end("max-depth");
        }
        break;
      }
      expand_level();
      close_level();
    }
    return result();
  }

 private:
  void add_workers(unsigned count) {
    while (workers_.size() < count) {
      workers_.push_back(std::make_unique<Worker>(search_, visited_));
    }
  }

  // The initial state, as a level of its own.
  void start() {
    Worker& worker = *workers_[0];
    const StateVector& initial = search_.kernel.initial();
    const Root root = worker.folder.fold(initial);
    const StateId state = visited_.offer(root, {}).state;
    worker.fresh.push_back({root, state});
    try {
      judge(worker, state, initial);
    } catch (...) {
      rethrow_after(search_.kernel, {}, std::current_exception());
    }
    close_level();
    depth_ = 0;
    complete_depth_ = 0;
  }

  void judge(Worker& worker, StateId state, const StateVector& vector) {
    const Judge::Judged judged = worker.judge.judge(vector);
    worker.quiescent += judged.quiescent ? 1 : 0;
    for (const Sighting& sighting : judged.sightings) {
      if (!witnesses_.contains(sighting)) {
        worker.sighted.push_back({state, sighting});
      }
    }
  }

  void expand_level() {
    for (std::size_t begin = 0; begin < frontier_.size(); begin += kRound) {
      const std::size_t end = std::min(begin + kRound, frontier_.size());
      std::atomic<std::size_t> next{begin};
      const auto work = [&](unsigned worker) { expand(*workers_[worker], next, end); };
      if (end - begin < kRoundForTeam) {
        work(0);
      } else {
        add_workers(team_.size());
        team_.run(work);
      }
      throw_first_broken();
      if (!search_.budget.ended()) {
        expanded_ = end;
      }
      search_.budget.look_closely(usage());
      if (search_.options.states_max != 0 && visited_.size() > search_.options.states_max) {
        search_.budget.end("max-states");
      }
      if (search_.budget.ended()) {
        return;
      }
    }
  }

  void expand(Worker& worker, std::atomic<std::size_t>& next, std::size_t end) {
    const bool reports = &worker == workers_[0].get();
    while (true) {
      const std::size_t begin = next.fetch_add(kShare, std::memory_order_relaxed);
      for (std::size_t at = begin; at < std::min(begin + kShare, end); ++at) {
        if (reports) {
          search_.budget.look([this] { return usage(); });
        }
        if (search_.budget.ended()) {
          return;
        }
        expand(worker, static_cast<std::uint32_t>(at));
      }
      if (begin + kShare >= end) {
        return;
      }
    }
  }

  void expand(Worker& worker, std::uint32_t position) {
    Link link{position, 0};
    bool listed = false;
    try {
      worker.folder.load(frontier_[position].root);
      worker.stepper.enabled(worker.folder.state(), worker.events);
      listed = true;
      for (; link.event < worker.events.size(); ++link.event) {
        step(worker, link);
      }
    } catch (...) {
      if (!worker.broken || link < worker.broken->link) {
        worker.broken = Broken{link, !listed, std::current_exception()};
      }
    }
  }

  void step(Worker& worker, Link link) {
    const StateVector& before = worker.folder.state();
    const Step& step = worker.stepper.step(before, worker.events[link.event]);
    worker.transitions.store(worker.transitions.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
    const Judge::Followed followed = worker.judge.follow(before, step);
    if (followed.violated) {
      if (!worker.bad_step || link < worker.bad_step->link) {
        worker.bad_step = BadStep{link, *followed.violated};
      }
      return;
    }
    const Root root = worker.folder.fold(followed.changes);
    const auto [state, fresh] = visited_.offer(root, link);
    if (!fresh) {
      return;
    }
    worker.fresh.push_back({root, state});
    StateVector after = before;
    for (const LeafChange& change : followed.changes) {
      after.set(change.position, change.after);
    }
    judge(worker, state, after);
  }

  void throw_first_broken() {
    const Broken* first = nullptr;
    for (const auto& worker : workers_) {
      if (worker->broken && (first == nullptr || worker->broken->link < first->link)) {
        first = &*worker->broken;
      }
    }
    if (first != nullptr) {
      const StateId from = frontier_[first->link.from].state;
      rethrow_after(search_.kernel,
                    first->in_enabled ? schedule(from) : schedule(from, first->link.event),
                    first->thrown);
    }
  }

  // Puts the new states in order, and decides what the level has shown.
  void close_level() {
    find_failure();
    for (const auto& worker : workers_) {
      for (const Sighted& sighted : worker->sighted) {
        if (sighted.sighting.kind != Sighting::Kind::kViolated) {
          keep_least(sighted);
        }
      }
      worker->sighted.clear();
    }
    std::vector<std::pair<Link, Reached>> level;
    for (const auto& worker : workers_) {
      for (const Reached& reached : worker->fresh) {
        level.emplace_back(visited_.link(reached.state), reached);
      }
      worker->fresh.clear();
    }
    const auto by_link = [](const auto& a, const auto& b) { return a.first < b.first; };
    // When the search is over, only the links are still needed.
    if (!search_.budget.ended() && !std::ranges::is_sorted(level, by_link)) {
      std::ranges::sort(level, by_link);
    }
    // Links now name the state before instead of its position.
    for (auto& [link, reached] : level) {
      if (!frontier_.empty()) {
        visited_.set_link(reached.state, {frontier_[link.from].state, link.event});
      }
    }
    visited_.close_level();
    waiting_ = frontier_.size() - expanded_ + level.size();
    if (waiting_ == level.size()) {
      complete_depth_ = depth_ + 1;
      growth_ = static_cast<double>(level.size()) /
                static_cast<double>(std::max<std::size_t>(1, frontier_.size()));
    }
    frontier_.clear();
    for (const auto& [link, reached] : level) {
      frontier_.push_back(reached);
    }
    if (!level.empty()) {
      ++depth_;
    }
    new_witnesses_.clear();
    expanded_ = 0;
  }

  void find_failure() {
    std::optional<BadStep> least;
    const auto consider = [&](const BadStep& bad) {
      if (!least || bad.link < least->link) {
        least = bad;
      }
    };
    for (const auto& worker : workers_) {
      if (worker->bad_step) {
        consider(*worker->bad_step);
      }
      for (const Sighted& sighted : worker->sighted) {
        if (sighted.sighting.kind == Sighting::Kind::kViolated) {
          consider({visited_.link(sighted.state), sighted.sighting.index});
        }
      }
    }
    if (!least) {
      return;
    }
    findings_.failure = Failure{least->property, {}};
    if (!frontier_.empty()) {
      findings_.failure->schedule = schedule(frontier_[least->link.from].state, least->link.event);
    }
  }

  void keep_least(const Sighted& sighted) {
    const Link link = visited_.link(sighted.state);
    const auto [known, fresh] = new_witnesses_.try_emplace(sighted.sighting, link);
    if (fresh || link < known->second) {
      known->second = link;
      witnesses_[sighted.sighting] = sighted.state;
    }
  }

  // The schedule to a state of a closed level, and one event more.
  Schedule schedule(StateId state, std::optional<std::uint32_t> last = {}) {
    std::vector<std::uint32_t> choices;
    if (last) {
      choices.push_back(*last);
    }
    for (Link link = visited_.link(state); link.from != 0; link = visited_.link(link.from)) {
      choices.push_back(link.event);
    }
    Stepper& stepper = workers_[0]->stepper;
    std::vector<Event>& events = workers_[0]->events;
    Schedule schedule;
    StateVector at = search_.kernel.initial();
    for (auto choice = choices.rbegin(); choice != choices.rend(); ++choice) {
      stepper.enabled(at, events);
      schedule.push_back(events[*choice]);
      // What the last event does is not asked for, and may be undefined use.
      if (last && choice + 1 == choices.rend()) {
        break;
      }
      Stepper::apply(at, stepper.step(at, schedule.back()));
    }
    return schedule;
  }

  bool anything_enabled() {
    Worker& worker = *workers_[0];
    return std::ranges::any_of(frontier_, [&](const Reached& reached) {
      worker.folder.load(reached.root);
      worker.stepper.enabled(worker.folder.state(), worker.events);
      return !worker.events.empty();
    });
  }

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = visited_.size();
    usage.progress.frontier = frontier_.size();
    usage.progress.depth = depth_;
    for (const auto& worker : workers_) {
      usage.progress.transitions += worker->transitions.load(std::memory_order_relaxed);
    }
    usage.memory_bytes = visited_.memory_bytes() + frontier_.capacity() * sizeof(Reached) * 3;
    return usage;
  }

  [[nodiscard]] std::string coverage() const {
    std::string text = fmt::format(
        "{} states judged, among them all that lie up to {} events away; {} of them were "
        "not gone on from",
        visited_.size(), complete_depth_, waiting_);
    if (growth_ < kShrinking) {
      // The levels to come as a geometric series.
      const double rest = static_cast<double>(waiting_) * growth_ / (1 - growth_);
      return text + fmt::format("; the levels shrink by {:.2f}: roughly {:.0f} states to come",
                                growth_, rest);
    }
    return text + fmt::format(
                      "; the last whole level was {:.2f} times the one before: no estimate "
                      "of the rest",
                      growth_);
  }

  Findings result() {
    findings_.finished = !findings_.failure && !search_.budget.ended();
    const Usage now = usage();
    findings_.states = now.progress.states;
    findings_.transitions = now.progress.transitions;
    findings_.depth = depth_;
    findings_.nodes = visited_.nodes();
    findings_.coverage = coverage();
    for (const auto& [sighting, state] : witnesses_) {
      findings_.witnesses.emplace(sighting, schedule(state));
    }
    for (const auto& worker : workers_) {
      findings_.quiescent += worker->quiescent;
      findings_.take_peaks(worker->judge.peaks());
      findings_.count(worker->stepper.statistics());
    }
    return std::move(findings_);
  }

  const Search& search_;
  VisitedSet visited_;
  std::vector<std::unique_ptr<Worker>> workers_;
  internal::Team team_;
  std::vector<Reached> frontier_;
  /// How many states of the frontier have surely been expanded.
  std::size_t expanded_ = 0;
  std::uint64_t depth_ = 0;
  // For the estimate of what remains: up to where everything was judged, by how much the last whole
  // level was larger than the one before, and how many judged states were not gone on from.
  std::uint64_t complete_depth_ = 0;
  double growth_ = 1;
  std::size_t waiting_ = 0;
  /// Each with a state in which it was sighted: of the lowest level, there by the least link.
  std::map<Sighting, StateId> witnesses_;
  /// Links of the witnesses of the level that is being closed.
  std::map<Sighting, Link> new_witnesses_;
  Findings findings_;
};

}  // namespace

Findings breadth_first(const Search& search) {
  return BreadthFirst(search).run();
}

}  // namespace heddle
