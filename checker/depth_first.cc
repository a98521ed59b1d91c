// Depth-first search: iterative, with the same lossless store as breadth-first, on one thread.
//
// It judges the same states and counts the same steps; what differs is the order, so schedules are
// long (a counterexample is shrunk afterwards) and the frontier is one schedule. With a bound on
// the depth a state may be met first at the end of a long schedule and cut off there: what is then
// left out is more than what lies deeper than the bound, and the answer is INCOMPLETE.
#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include <heddle/checker/search_coverage.h>
#include <heddle/checker/state_store.h>
#include <heddle/checker/strategy.h>
#include <heddle/checker/symmetry.h>
#include <heddle/checker/transitions.h>

namespace heddle {

namespace {

/// Steps between two looks at the memory, besides those at fixed times.
constexpr std::uint64_t kRound = 4096;
/// Deeper states of the stack stand for too little to count in an estimate.
constexpr std::size_t kEstimated = 64;

class DepthFirst {
 public:
  explicit DepthFirst(const Search& search)
      : search_(search),
        representatives_(hand_on(search)),
        stepper_(search.kernel, watched(search.options.stepper, representatives_.get())),
        judge_(stepper_, search.claims, search.options.stepper.memo, representatives_.get()),
        packing_(search.kernel),
        transitions_(stepper_, judge_, packing_, Transitions::options_for(search.options.stepper),
                     representatives_.get()) {
    if (search.partial_order != nullptr) {
      transitions_.reduce(*search.partial_order);
    }
    if (search.aligns_answers) {
      transitions_.align_answers();
    }
    if (search.coverage != nullptr) {
      transitions_.watch(search.coverage->watch());
    }
  }

  Findings run() {
    visited_.keep_within(search_.budget.memory());
    search_.budget.leave_memory_to_search();
    if (search_.options.storage.kind != Storage::kLossless) {
      visited_.go_on_in(lossy_set(search_), 0);
    }
    if (search_.options.threads > 1) {
      findings_.notes.push_back("depth-first search ran on one thread");
    }
    const bool resumed = search_.checkpoint != nullptr && search_.checkpoint->resume(*this);
    const Root root = transitions_.load(search_.kernel.initial());
    try {
      if (!resumed && visited_.insert(root)) {
        enter(root);
      }
      search();
    } catch (...) {
      rethrow_after(search_.kernel, schedule(), std::current_exception());
    }
    return result();
  }

  void settle() { transitions_.report(); }

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = visited_.size();
    usage.progress.transitions = findings_.transitions;
    usage.progress.frontier = stack_.size();
    usage.progress.depth = findings_.depth;
    usage.progress.estimate = estimate();
    usage.growing_bytes = packing_.growing_bytes() + transitions_.memory_bytes() / 2 +
                          events_.capacity() * sizeof(EventNumber) +
                          stack_.capacity() * sizeof(Frame);
    usage.memory_bytes = visited_.memory_bytes() + packing_.memory_bytes() +
                         transitions_.memory_bytes() + events_.capacity() * sizeof(EventNumber) +
                         stack_.capacity() * sizeof(Frame);
    return usage;
  }

  /// For checkpoints. What can be performed in the states of the stack is found out again.
  template <class Archive>
  void archive(Archive& archive) {
    packing_.archive(archive);
    visited_.archive(archive);
    archive(stack_, cut_, findings_.transitions, findings_.depth, findings_.quiescent,
            findings_.witnesses);
    Findings gathered = findings_;
    add_to(gathered);
    archive(gathered.peaks, gathered.pieces_run, gathered.pieces_recalled);
    if constexpr (Archive::kReads) {
      findings_.take_peaks(gathered.peaks);
      findings_.pieces_run = gathered.pieces_run;
      findings_.pieces_recalled = gathered.pieces_recalled;
      for (std::size_t at = 0; at < stack_.size(); ++at) {
        transitions_.load(stack_[at].root);
        list_events(transitions_.enabled().empty(), at);
      }
      loaded_.reset();
    }
  }

 private:
  /// A state of the current schedule. Its enabled events are those of `events_` from `begin` to the
  /// next frame's.
  struct Frame {
    Root root;
    std::size_t begin = 0;
    std::size_t next = 0;  ///< which of its events is performed next
  };

  void search() {
    while (!stack_.empty() && !findings_.failure && !search_.budget.ended() && !is_outgrown()) {
      search_.budget.look([this] { return usage(); });
      if (search_.budget.memory().is_used_up() && !make_room()) {
        search_.budget.end(Budget::kMemory);
        break;
      }
      go_on();
      if (findings_.transitions % kRound == 0) {
        search_.budget.look_closely(usage());
        if (search_.checkpoint != nullptr && search_.checkpoint->is_due()) {
          search_.checkpoint->save(*this);
        }
      }
      if (search_.options.states_max != 0 && visited_.size() > search_.options.states_max) {
        search_.budget.end("max-states");
      }
    }
    if (search_.checkpoint != nullptr && search_.budget.ended() && !findings_.failure) {
      search_.checkpoint->save_last(*this);
    }
  }

  // The memory is used up. True: by giving up something, there is some again.
  bool make_room() {
    MemoryLimit& memory = search_.budget.memory();
    if (visited_.lossy() != nullptr ||
        search_.options.storage.on_memory_full != OnMemoryFull::kHashCompaction ||
        !visited_.has_room_for_fingerprints()) {
      return false;
    }
    memory.go_on();
    visited_.go_on_in(
        LossySet::fingerprints(visited_.size(), search_.options.storage.fingerprint_bits),
        visited_.size());
    memory.look();
    return !memory.is_used_up();
  }

  // Whether a reduced search has to begin anew.
  bool is_outgrown() {
    transitions_.report();
    return search_.partial_order != nullptr &&
           search_.partial_order->is_outgrown(findings_.transitions);
  }

  // Judges a new state and puts it on the stack.
  void enter(Root root) {
    findings_.depth = std::max<std::uint64_t>(findings_.depth, stack_.size());
    transitions_.load(root);
    const bool is_end = transitions_.enabled().empty();
    const Judge::Judged judged = transitions_.judge();
    findings_.quiescent += judged.quiescent ? 1 : 0;
    for (const Sighting& sighting : judged.sightings) {
      if (sighting.kind == Sighting::Kind::kViolated) {
        findings_.failure = Failure{sighting.index, schedule(sighting)};
      } else if (!findings_.witnesses.contains(sighting)) {
        findings_.witnesses.emplace(sighting, schedule(sighting));
      }
    }
    stack_.push_back({root, events_.size(), events_.size()});
    cut_ += list_events(is_end, stack_.size() - 1) ? 0 : 1;
  }

  // Lists what is performed in the loaded state, which lies so deep. False: nothing, for the bound.
  bool list_events(bool is_end, std::size_t depth) {
    if (search_.options.depth_max != 0 && depth >= search_.options.depth_max && !is_end) {
      return false;
    }
    const auto to_take = transitions_.to_take();
    events_.insert(events_.end(), to_take.begin(), to_take.end());
    return true;
  }

  void add_to(Findings& findings) const {
    findings.take_peaks(judge_.peaks());
    findings.count(stepper_.statistics());
    findings.pieces_recalled += transitions_.looked_up();
  }

  // Performs the next event of the last state, or leaves it.
  void go_on() {
    Frame& frame = stack_.back();
    if (frame.next == events_.size()) {
      events_.resize(frame.begin);
      stack_.pop_back();
      return;
    }
    if (loaded_ != frame.root) {
      transitions_.load(frame.root);
      loaded_ = frame.root;
    }
    ++findings_.transitions;
    const Transitions::Taken taken = transitions_.take(events_[frame.next++]);
    if (taken.violated) {
      findings_.failure = Failure{*taken.violated, schedule()};
      return;
    }
    const bool has_room = visited_.lossy() != nullptr || visited_.widen(packing_.root_bytes());
    if (!has_room) {
      --findings_.transitions;
      --frame.next;  // it is performed again, or never
      return;
    }
    if (visited_.insert(taken.root)) {
      loaded_ = taken.root;
      enter(taken.root);
    }
  }

  // The events performed last in each state of the stack.
  [[nodiscard]] Schedule performed() const {
    Schedule schedule;
    for (const Frame& frame : stack_) {
      if (frame.next != frame.begin) {
        schedule.push_back(transitions_.event(events_[frame.next - 1]));
      }
    }
    return schedule;
  }

  Schedule schedule() { return unfolded(search_, stepper_, representatives_.get(), performed()); }

  // To where the sighting is true, of all that the loaded state stands for.
  Schedule schedule(const Sighting& sighting) {
    if (representatives_ == nullptr) {
      return schedule();
    }
    const auto renaming = judge_.renaming_for(sighting, transitions_.vector());
    return unfolded(search_, stepper_, representatives_.get(), performed(), &renaming);
  }

  [[nodiscard]] std::optional<Estimate> estimate() const {
    std::vector<Branching> branchings;
    for (std::size_t i = 0; i < stack_.size() && i < kEstimated; ++i) {
      const Frame& frame = stack_[i];
      const std::size_t end = i + 1 < stack_.size() ? stack_[i + 1].begin : events_.size();
      const std::size_t under_way = i + 1 < stack_.size() ? 1 : 0;
      branchings.push_back({frame.next - frame.begin - under_way, end - frame.begin});
    }
    return estimate_from_stack(branchings, visited_.size());
  }

  Findings result() {
    const Usage now = usage();
    if (!findings_.failure && stack_.empty() && cut_ != 0) {
      search_.budget.end("max-depth");
    }
    search_.budget.look_closely(now);
    findings_.finished = !findings_.failure && stack_.empty() && cut_ == 0 && !is_outgrown() &&
                         visited_.lossy() == nullptr;
    if (visited_.lossy() != nullptr) {
      findings_.tell_loss(*visited_.lossy(), visited_.certain());
    }
    findings_.states = now.progress.states;
    findings_.nodes = packing_.nodes();
    const auto estimate = now.progress.estimate;
    findings_.coverage = fmt::format(
        "{} states judged; {} states of the current schedule were not done with; {}",
        findings_.states, stack_.size() + cut_,
        estimate ? fmt::format("if all went on alike, {} states in all", to_string(*estimate))
                 : "no estimate of the rest");
    add_to(findings_);
    return std::move(findings_);
  }

  const Search& search_;
  StateStore visited_;
  std::unique_ptr<Representatives> representatives_;
  Stepper stepper_;
  Judge judge_;
  Packing packing_;
  Transitions transitions_;
  std::optional<Root> loaded_;
  std::vector<Frame> stack_;
  std::vector<EventNumber> events_;
  std::uint64_t cut_ = 0;
  Findings findings_;
};

}  // namespace

Findings depth_first(const Search& search) {
  return DepthFirst(search).run();
}

}  // namespace heddle
