// Breadth-first search, level by level, on any number of threads with one result.
//
// A level is worked off in rounds. In a round, workers go on from consecutive states (what they
// lead to is collected in order), then look up what is new, each in shards of its own, and then the
// new states are numbered in the order in which they were collected. So states have the same
// numbers on any number of threads, and the order of numbers is the lexicographic order of least
// shortest schedules: the counterexample, the witnesses and the counts do not depend on threads.
//
// A state is judged when it is gone on from. A violation in a level ends the search with it: what
// was found of the next level by then is not counted.
//
// What is kept of a state is its root and how many new states it led to; schedules are made by
// going back through the states and asking which event led on.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/internal/team.h>
#include <heddle/checker/search_coverage.h>
#include <heddle/checker/state_store.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/symmetry.h>
#include <heddle/checker/transitions.h>
#include <heddle/model/piece_memo.h>

namespace heddle {

namespace {

/// States that each worker goes on from between two looks at the budget by counts. What they lead
/// to should stay in a core's cache until it is numbered.
constexpr std::size_t kRound = 16384;
/// A round is cut so much finer than there are workers, who take what is left.
constexpr std::size_t kSharesOfWorker = 16;
/// A smaller round is not worth waking other threads for.
constexpr std::size_t kRoundForTeam = 128;
/// States between two looks at the clock.
constexpr std::size_t kGlance = 64;
constexpr std::chrono::milliseconds kJudgeRest{300};
/// States are laid out anew when there are first this many, and then at each multiple by the
/// factor.
constexpr std::size_t kLayOutFirst = 1024;
constexpr std::size_t kLayOutFactor = 8;
constexpr std::size_t kLayOutMost = std::size_t{1} << 20U;
/// A search that is not lossless keeps the roots of visited states, by which states can be laid out
/// anew, as long as there are so few.
constexpr std::size_t kRootsKept = std::size_t{1} << 17U;

/// A state and one of its enabled events, by position.
struct Link {
  StateNumber from = 0;
  std::uint32_t event = 0;
  friend auto operator<=>(const Link&, const Link&) = default;
};

struct Sighted {
  StateNumber state = 0;
  Sighting sighting;

  template <class Archive>
  void archive(Archive& archive) {
    archive(state, sighting);
  }
};

/// A step that violates a property.
struct BadStep {
  Link link;
  std::size_t property = 0;
};

/// A state, or a step from it, that was undefined use.
struct Broken {
  Link link;
  bool in_state = false;  ///< met while the state was judged or its events were listed
  std::exception_ptr thrown;
};

struct Worker {
  Worker(const Search& search, Packing& packing, PieceMemo& pieces)
      : representatives(hand_on(search)),
        stepper(search.kernel,
                sharing(watched(search.options.stepper, representatives.get()), pieces)),
        judge(stepper, search.claims, search.options.stepper.memo, representatives.get()),
        transitions(stepper, judge, packing, Transitions::options_for(search.options.stepper),
                    representatives.get()) {
    if (search.partial_order != nullptr) {
      transitions.reduce(*search.partial_order);
    }
    if (search.aligns_answers) {
      transitions.align_answers();
    }
    if (search.coverage != nullptr) {
      transitions.watch(search.coverage->watch());
    }
  }

  void add_to(Findings& findings) const {
    findings.take_peaks(judge.peaks());
    findings.count(stepper.statistics());
    findings.pieces_recalled += transitions.looked_up();
  }

  std::unique_ptr<Representatives> representatives;  ///< null: all states are gone through
  Stepper stepper;
  Judge judge;
  Transitions transitions;
  // Of the round.
  std::uint64_t transitions_now = 0;
  std::uint64_t quiescent_now = 0;
  std::size_t expanded = 0;
  // Of the level.
  std::vector<Sighted> sighted;
  std::optional<BadStep> bad_step;
  std::optional<Broken> broken;
  bool anything_enabled = false;
};

class BreadthFirst {
 public:
  explicit BreadthFirst(const Search& search)
      : search_(search), packing_(search.kernel), team_(search.options.threads) {
    store_.keep_within(search.budget.memory());
    if (search.options.storage.kind != Storage::kLossless) {
      store_.go_on_in(lossy_set(search), 0);
    }
    if (search.options.storage.may_lose()) {
      store_.keep_events();
    }
    search.budget.leave_memory_to_search();
    add_workers(1);
  }

  Findings run() {
    bool within_level = search_.checkpoint != nullptr && search_.checkpoint->resume(*this);
    if (!within_level) {
      store_.start(workers_[0]->transitions.load(search_.kernel.initial()));
    }
    while (within_level ||
           (level_begin_ < store_.size() && !search_.budget.ended() && !is_outgrown())) {
      if (!within_level) {
        begin_level();
      }
      within_level = false;
      const bool last = bad_step_.has_value();
      const bool bounded =
          search_.options.depth_max != 0 && levels_.size() > search_.options.depth_max;
      work_off_level(!last && !bounded);
      if (!close_level()) {
        transitions_ = last ? transitions_ : transitions_before_;
        break;
      }
      if (bounded) {
        if (anything_enabled()) {
          search_.budget.end("max-depth");
        }
        break;
      }
    }
    if (search_.budget.memory().is_used_up()) {
      store_.drop_index();
    }
    if (!findings_.failure && search_.budget.ended()) {
      judge_rest();
    }
    if (!findings_.failure && bad_step_) {
      fail({}, bad_step_);
    }
    return result();
  }

  void settle() {
    for (const auto& worker : workers_) {
      worker->transitions.report();
    }
  }

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = store_.size();
    usage.progress.frontier = store_.size() - expanded_;
    usage.progress.depth = levels_.empty() ? 0 : levels_.size() - 1;
    usage.progress.transitions = transitions_;
    usage.progress.estimate = estimate();
    const std::size_t learnt = workers_[0]->transitions.memory_bytes() * workers_.size();
    usage.memory_bytes = store_.memory_bytes() + packing_.memory_bytes() + learnt;
    usage.growing_bytes = store_.growing_bytes() + packing_.growing_bytes() + learnt / 2;
    return usage;
  }

  /// For checkpoints: everything between two rounds. What each worker has found in the level goes
  /// to the first one.
  template <class Archive>
  void archive(Archive& archive) {
    Findings gathered = gather();
    Worker& first = *workers_[0];
    packing_.archive(archive);
    store_.archive(archive);
    archive(level_begin_, level_end_, levels_, expanded_, transitions_, transitions_before_,
            quiescent_, lay_out_at_, bad_step_, complete_depth_, waiting_, witnesses_);
    archive(first.sighted, first.bad_step, first.anything_enabled);
    archive(gathered.peaks, gathered.pieces_run, gathered.pieces_recalled);
    if constexpr (Archive::kReads) {
      findings_ = std::move(gathered);
    }
  }

 private:
  void add_workers(unsigned count) {
    while (workers_.size() < count) {
      workers_.push_back(std::make_unique<Worker>(search_, packing_, pieces_));
    }
  }

  // Whether a reduced search has to begin anew.
  bool is_outgrown() {
    if (search_.partial_order == nullptr) {
      return false;
    }
    settle();
    return search_.partial_order->is_outgrown(transitions_);
  }

  void begin_level() {
    level_end_ = store_.size();
    levels_.push_back(level_begin_);
    transitions_before_ = transitions_;
    expanded_ = level_begin_;
    for (const auto& worker : workers_) {
      worker->anything_enabled = false;
    }
  }

  // Judges the states of the level, and goes on from them if `expand`.
  void work_off_level(bool expand) {
    const std::size_t size = kRound * team_.size();
    while (expanded_ < level_end_) {
      round(expanded_, std::min(expanded_ + size, level_end_), expand);
      if (search_.budget.memory().is_used_up() && !make_room()) {
        search_.budget.end(Budget::kMemory);
      }
      if (search_.checkpoint != nullptr) {
        if (search_.budget.ended()) {
          search_.checkpoint->save_last(*this);
        } else if (search_.checkpoint->is_due()) {
          search_.checkpoint->save(*this);
        }
      }
      if (search_.budget.ended()) {
        return;
      }
    }
  }

  // The memory is used up. True: by giving up something, there is some again.
  bool make_room() {
    MemoryLimit& memory = search_.budget.memory();
    if (search_.budget.ended()) {
      return false;
    }
    if (store_.lossy() != nullptr) {
      // The states that the next rounds go on from stay.
      if (!store_.spill(expanded_ + 2 * kRound * team_.size())) {
        return false;
      }
      memory.go_on();
    } else if (search_.options.storage.on_memory_full == OnMemoryFull::kHashCompaction &&
               store_.has_room_for_fingerprints()) {
      memory.go_on();
      store_.go_on_in(
          LossySet::fingerprints(store_.size(), search_.options.storage.fingerprint_bits),
          expanded_);
    } else {
      return false;
    }
    memory.look();
    return !memory.is_used_up();
  }

  // Puts together what the workers found in the level, and adds up what they have done.
  Findings gather() {
    Worker& first = *workers_[0];
    Findings gathered = findings_;
    for (const auto& worker : workers_) {
      worker->add_to(gathered);
      if (worker.get() == &first) {
        continue;
      }
      std::ranges::move(worker->sighted, std::back_inserter(first.sighted));
      worker->sighted.clear();
      if (worker->bad_step && (!first.bad_step || worker->bad_step->link < first.bad_step->link)) {
        first.bad_step = worker->bad_step;
      }
      worker->bad_step.reset();
      first.anything_enabled = first.anything_enabled || worker->anything_enabled;
    }
    return gathered;
  }

  void round(std::size_t begin, std::size_t end, bool expand) {
    const bool together = end - begin >= kRoundForTeam && team_.size() > 1;
    const unsigned workers = together ? team_.size() : 1;
    add_workers(workers);
    if (search_.budget.memory().is_used_up() || !store_.widen(packing_.root_bytes())) {
      return;
    }
    store_.fetch(end);
    const std::size_t shares = together ? std::size_t{workers} * kSharesOfWorker : 1;
    if (together) {
      store_.begin(workers, shares, end - begin);
    }
    for (const auto& worker : workers_) {
      worker->transitions_now = 0;
      worker->quiescent_now = 0;
      worker->expanded = 0;
    }
    const auto on_all = [&](const std::function<void(unsigned)>& work) {
      if (together) {
        team_.run(work);
      } else {
        work(0);
      }
    };
    std::atomic<std::size_t> next_share{0};
    on_all([&](unsigned worker) {
      for (std::size_t share = next_share++; share < shares; share = next_share++) {
        const std::size_t from = begin + (end - begin) * share / shares;
        const std::size_t to = begin + (end - begin) * (share + 1) / shares;
        expand_states({worker, share, begin,
                       !expand    ? Then::kNothing
                       : together ? Then::kCollect
                                  : Then::kStore},
                      from, to);
        if (together) {
          store_.end_share(worker, share);
        }
      }
    });
    throw_first_broken();
    if (!together) {
      // What the states led to has been stored on the way.
      transitions_ += workers_[0]->transitions_now;
      quiescent_ += workers_[0]->quiescent_now;
      if (expand) {
        store_.end_pushes(workers_[0]->expanded);
      }
      expanded_ = begin + workers_[0]->expanded;
    }
    if (search_.budget.ended()) {
      return;  // some states of the round were not gone on from
    }
    bool looked_up =
        expand && together && !search_.budget.stops() && store_.widen(packing_.root_bytes());
    if (looked_up) {
      on_all([&](unsigned worker) { store_.look_up(worker); });
    }
    // What a LossySet was told it cannot forget, so there is no way back.
    looked_up = looked_up && store_.lossy() != nullptr;
    if (search_.budget.stops() && !looked_up) {
      if (together) {
        store_.give_up_round();
      }
      return;
    }
    for (unsigned worker = 0; together && worker < workers; ++worker) {
      transitions_ += workers_[worker]->transitions_now;
      quiescent_ += workers_[worker]->quiescent_now;
    }
    if (expand && together) {
      on_all([&](unsigned worker) { store_.number(worker); });
      store_.end_round();
    }
    packing_.settle();
    expanded_ = end;
    if (store_.lossy() != nullptr && store_.size() > kRootsKept) {
      if (store_.has_all_roots()) {
        store_.keep_places();
      }
      store_.drop_roots_before(expanded_);
    }
    search_.budget.look_closely(usage());
    if (search_.options.states_max != 0 && store_.size() > search_.options.states_max) {
      search_.budget.end("max-states");
    }
    lay_out();
  }

  /// What becomes of that to which a state leads.
  enum class Then : std::uint8_t { kNothing, kCollect, kStore };

  /// Part of a round for one worker.
  struct Task {
    unsigned worker = 0;
    std::size_t share = 0;
    std::size_t round_begin = 0;
    Then then = Then::kNothing;
  };

  void expand_states(const Task& task, std::size_t from, std::size_t to) {
    Worker& worker = *workers_[task.worker];
    const Then then = task.then;
    const bool reports = task.worker == 0;
    for (std::size_t at = from; at < to; ++at) {
      if (at % kGlance == 0) {
        if (reports) {
          search_.budget.look([this] { return usage(); });
        } else {
          search_.budget.look_at_memory();
        }
      }
      if (search_.budget.stops()) {
        return;
      }
      const std::uint64_t transitions_before = worker.transitions_now;
      const std::uint64_t quiescent_before = worker.quiescent_now;
      Link link{static_cast<StateNumber>(at), 0};
      bool in_state = true;
      try {
        worker.transitions.load(store_[link.from]);
        const bool is_end = worker.transitions.enabled().empty();
        worker.anything_enabled = worker.anything_enabled || !is_end;
        judge(worker, link.from);
        const auto events = worker.transitions.to_take();
        in_state = false;
        const auto place = static_cast<std::uint32_t>(at - task.round_begin);
        for (; then != Then::kNothing && link.event < events.size(); ++link.event) {
          const Transitions::Taken taken = worker.transitions.take(events[link.event]);
          ++worker.transitions_now;
          if (taken.violated) {
            if (!worker.bad_step) {
              worker.bad_step = BadStep{link, *taken.violated};
            }
          } else if (then == Then::kStore) {
            if (!widen_for(taken.root)) {
              // The state is gone on from again, or never.
              worker.transitions_now = transitions_before;
              worker.quiescent_now = quiescent_before;
              return;
            }
            store_.push(taken.root, place, link.event);
          } else {
            store_.collect(task.worker, task.share, taken.root, place, link.event);
          }
        }
      } catch (...) {
        if (!worker.broken) {
          worker.broken = Broken{link, in_state, std::current_exception()};
        }
      }
      ++worker.expanded;
    }
  }

  // The root may have more bytes than any before. False: there is no memory for them.
  bool widen_for(Root root) {
    return store_.has_room_for(root) || store_.widen(packing_.root_bytes());
  }

  void judge(Worker& worker, StateNumber state) {
    const Judge::Judged judged = worker.transitions.judge();
    worker.quiescent_now += judged.quiescent ? 1 : 0;
    for (const Sighting& sighting : judged.sightings) {
      if (!witnesses_.contains(sighting)) {
        worker.sighted.push_back({state, sighting});
      }
    }
  }

  void throw_first_broken() {
    const Broken* first = nullptr;
    for (const auto& worker : workers_) {
      if (worker->broken && (first == nullptr || worker->broken->link < first->link)) {
        first = &*worker->broken;
      }
    }
    if (first == nullptr) {
      return;
    }
    rethrow_after(search_.kernel,
                  first->in_state ? schedule_to(first->link.from) : schedule_through(first->link),
                  first->thrown);
  }

  // A search that a bound has ended still judges what it has met, as far as that takes no time
  // worth speaking of.
  void judge_rest() {
    Worker& worker = *workers_[0];
    worker.quiescent_now = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t at = expanded_; at < store_.size(); ++at) {
      if (at % kGlance == 0 && std::chrono::steady_clock::now() - begin > kJudgeRest) {
        break;
      }
      const auto state = static_cast<StateNumber>(at);
      if (!store_.is_in_memory(state)) {
        break;
      }
      try {
        worker.transitions.load(store_[state]);
        worker.transitions.enabled();
        judge(worker, state);
      } catch (...) {
        rethrow_after(search_.kernel, schedule_to(state), std::current_exception());
      }
      for (const Sighted& sighted : worker.sighted) {
        if (sighted.sighting.kind == Sighting::Kind::kViolated) {
          fail(sighted, {});
          quiescent_ += worker.quiescent_now;
          return;
        }
        witnesses_.try_emplace(sighted.sighting, sighted.state);
      }
      worker.sighted.clear();
    }
    quiescent_ += worker.quiescent_now;
  }

  // Takes in what the level has shown. False: the search is over.
  bool close_level() {
    const std::optional<BadStep> bad_step_before = bad_step_;
    std::optional<Sighted> bad_state;
    for (const auto& worker : workers_) {
      for (const Sighted& sighted : worker->sighted) {
        if (sighted.sighting.kind != Sighting::Kind::kViolated) {
          const auto [known, fresh] = witnesses_.try_emplace(sighted.sighting, sighted.state);
          known->second = std::min(known->second, sighted.state);
        } else if (!bad_state || sighted.state < bad_state->state) {
          bad_state = sighted;
        }
      }
      worker->sighted.clear();
      if (worker->bad_step && (!bad_step_ || worker->bad_step->link < bad_step_->link)) {
        bad_step_ = worker->bad_step;
      }
      worker->bad_step.reset();
    }
    const bool over = bad_state || bad_step_before;
    if (over) {
      fail(bad_state, bad_step_before);
      states_ = level_end_;
    }
    if (search_.budget.ended()) {
      waiting_ = store_.size() - expanded_;
      return true;
    }
    complete_depth_ = levels_.size() - 1;
    const std::size_t next = store_.size() - level_end_;
    waiting_ = next;
    level_begin_ = level_end_;
    return !over;
  }

  // A step that fails from the level before is as long a schedule as a state that fails in this
  // one: then the lexicographically least counts.
  void fail(const std::optional<Sighted>& bad_state, const std::optional<BadStep>& bad_step) {
    if (bad_state && (!bad_step || link_to(bad_state->state) < bad_step->link)) {
      findings_.failure = Failure{bad_state->sighting.index, schedule_to(*bad_state)};
      return;
    }
    findings_.failure = Failure{bad_step->property, schedule_through(bad_step->link)};
  }

  Link link_to(StateNumber state) { return {store_.before(state), event_to(state)}; }

  // The position of the first event that leads to a state from the one before it.
  std::uint32_t event_to(StateNumber state) {
    if (store_.keeps_events()) {
      return store_.event_of(state);
    }
    Transitions& transitions = workers_[0]->transitions;
    transitions.load(store_[store_.before(state)]);
    transitions.enabled();
    const auto to_take = transitions.to_take();
    const std::vector<EventNumber> events(to_take.begin(), to_take.end());
    for (std::uint32_t at = 0; at < events.size(); ++at) {
      const Transitions::Taken taken = transitions.take(events[at]);
      if (!taken.violated && taken.root == store_[state]) {
        return at;
      }
    }
    throw BrokenInvariant("no event leads to a state that was reached");
  }

  Event event_at(Link link) {
    Transitions& transitions = workers_[0]->transitions;
    transitions.load(root_of(link.from));
    transitions.enabled();
    return transitions.event(transitions.to_take()[link.event]);
  }

  // The root of a visited state, which may have to be reached again.
  Root root_of(StateNumber state) {
    if (store_.has_root(state)) {
      return store_[state];
    }
    Root root;
    reach(state, root);
    return root;
  }

  // From the initial state by the events that states were first met by.
  Schedule reach(StateNumber state, Root& root) {
    std::vector<std::uint32_t> events;
    for (; state != 0; state = store_.before(state)) {
      events.push_back(store_.event_of(state));
    }
    Transitions& transitions = workers_[0]->transitions;
    root = transitions.load(search_.kernel.initial());
    Schedule schedule;
    for (; !events.empty(); events.pop_back()) {
      transitions.load(root);
      transitions.enabled();
      const EventNumber event = transitions.to_take()[events.back()];
      schedule.push_back(transitions.event(event));
      root = transitions.take(event).root;
    }
    return schedule;
  }

  // The events that lead to a state, each as one of the state before it.
  Schedule events_to(StateNumber state) {
    if (store_.keeps_events()) {
      Root root;
      return reach(state, root);
    }
    Schedule schedule;
    for (; state != 0; state = store_.before(state)) {
      schedule.push_back(event_at(link_to(state)));
    }
    std::ranges::reverse(schedule);
    return schedule;
  }

  Schedule unfolded(Schedule schedule, const internal::Permutation* renaming = nullptr) {
    Worker& worker = *workers_[0];
    return heddle::unfolded(search_, worker.stepper, worker.representatives.get(),
                            std::move(schedule), renaming);
  }

  Schedule schedule_to(StateNumber state) { return unfolded(events_to(state)); }

  Schedule schedule_through(Link link) {
    Schedule schedule = events_to(link.from);
    schedule.push_back(event_at(link));
    return unfolded(std::move(schedule));
  }

  // To where the sighting is true, of all that the state stands for.
  Schedule schedule_to(const Sighted& sighted) {
    Worker& worker = *workers_[0];
    Schedule schedule = events_to(sighted.state);
    if (worker.representatives == nullptr) {
      return unfolded(std::move(schedule));
    }
    worker.transitions.load(root_of(sighted.state));
    const auto renaming = worker.judge.renaming_for(sighted.sighting, worker.transitions.vector());
    return unfolded(std::move(schedule), &renaming);
  }

  bool anything_enabled() {
    return std::ranges::any_of(workers_,
                               [](const auto& worker) { return worker->anything_enabled; });
  }

  // While there are few states it is cheap to store them better: by then it is known what leaves
  // and values there are.
  void lay_out() {
    const bool due = store_.size() >= lay_out_at_ || packing_.is_mixed();
    if (!due || store_.size() > kLayOutMost || !store_.has_all_roots()) {
      return;
    }
    while (lay_out_at_ <= store_.size()) {
      lay_out_at_ *= kLayOutFactor;
    }
    if (!packing_.is_ragged() || !has_room_to_lay_out()) {
      return;
    }
    if (packing_.stays_plain()) {
      const Packing::Moved moved = packing_.lay_out();
      store_.rewrite(packing_.root_bytes(), moved);
      return;
    }
    std::vector<StateVector> states;
    Transitions& transitions = workers_[0]->transitions;
    states.reserve(store_.size());
    for (StateNumber state = 0; state < store_.size(); ++state) {
      transitions.load(store_[state]);
      states.push_back(transitions.vector());
    }
    packing_.lay_out();
    std::size_t next = 0;
    store_.rewrite(packing_.root_bytes(), [&](Root) { return transitions.load(states[next++]); });
  }

  // States are there twice meanwhile, and with all their leaves if they are not plain.
  [[nodiscard]] bool has_room_to_lay_out() const {
    const std::size_t leaves = packing_.stays_plain() ? 0 : search_.kernel.leaf_count();
    return search_.budget.memory().has_room(store_.size() *
                                            (2 * sizeof(Root) + leaves * sizeof(LeafValue)));
  }

  [[nodiscard]] std::string coverage() const {
    std::string text = fmt::format(
        "{} states met, among them all that lie up to {} events away; {} of them were "
        "not gone on from",
        store_.size(), complete_depth_, waiting_);
    if (const auto estimate = this->estimate()) {
      return text +
             fmt::format("; from how the levels grow, {} states in all", to_string(*estimate));
    }
    return text + "; the levels do not grow less and less: no estimate of the rest";
  }

  [[nodiscard]] std::optional<Estimate> estimate() const {
    std::vector<std::uint64_t> sizes;
    for (std::size_t level = 1; level < levels_.size(); ++level) {
      sizes.push_back(levels_[level] - levels_[level - 1]);
    }
    if (expanded_ >= level_end_ && !levels_.empty()) {
      sizes.push_back(level_end_ - levels_.back());
    }
    return estimate_from_levels(sizes);
  }

  Findings result() {
    findings_.finished = !findings_.failure && !search_.budget.ended() && !is_outgrown() &&
                         store_.lossy() == nullptr;
    if (store_.lossy() != nullptr) {
      findings_.tell_loss(*store_.lossy(), store_.certain());
      if (store_.spilled_bytes() != 0) {
        findings_.notes.push_back(fmt::format("{} MB were put into temporary files meanwhile",
                                              store_.spilled_bytes() / 1'000'000));
      }
      if (!store_.spill_error().empty()) {
        findings_.notes.push_back("no more could be put into temporary files in " +
                                  store_.spill_error());
      }
    }
    findings_.states = findings_.failure && states_ != 0 ? states_ : store_.size();
    findings_.transitions = transitions_;
    findings_.depth = levels_.empty() ? 0 : levels_.size() - 1;
    findings_.nodes = packing_.nodes();
    findings_.coverage = coverage();
    for (const auto& [sighting, state] : witnesses_) {
      findings_.witnesses.emplace(sighting, schedule_to(Sighted{state, sighting}));
    }
    findings_.quiescent = quiescent_;
    for (const auto& worker : workers_) {
      worker->add_to(findings_);
    }
    return std::move(findings_);
  }

  const Search& search_;
  Packing packing_;
  PieceMemo pieces_;
  StateStore store_;
  std::vector<std::unique_ptr<Worker>> workers_;
  internal::Team team_;
  /// The level that is worked off.
  std::size_t level_begin_ = 0;
  std::size_t level_end_ = 0;
  /// The first states of all levels until now.
  std::vector<std::size_t> levels_;
  /// States from which the search has gone on.
  std::size_t expanded_ = 0;
  std::uint64_t transitions_ = 0;
  std::uint64_t transitions_before_ = 0;  ///< the level
  std::uint64_t quiescent_ = 0;
  std::uint64_t states_ = 0;  ///< up to the level of the failure
  std::size_t lay_out_at_ = kLayOutFirst;
  /// Of the level before: the least step that violates a property.
  std::optional<BadStep> bad_step_;
  // What was covered: up to where everything was judged, and how many states were not gone on from.
  std::uint64_t complete_depth_ = 0;
  std::size_t waiting_ = 0;
  /// Each with the first state in which it was sighted.
  std::map<Sighting, StateNumber> witnesses_;
  Findings findings_;
};

}  // namespace

Findings breadth_first(const Search& search) {
  return BreadthFirst(search).run();
}

}  // namespace heddle
