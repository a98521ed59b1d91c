#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/coverage.h>
#include <heddle/checker/internal/team.h>
#include <heddle/checker/internal/turns.h>
#include <heddle/checker/packing.h>
#include <heddle/checker/sample.h>
#include <heddle/checker/transitions.h>
#include <heddle/model/piece_memo.h>

namespace heddle {

namespace {

/// Schedules for each thread between two looks at what they have shown: few at first, so that a
/// failure among the first is seen at once.
constexpr std::uint64_t kRoundPerThreadMin = 32;
constexpr std::uint64_t kRoundPerThreadMax = 512;
/// Streams from here on are for schedules that are no part of the sample.
constexpr std::uint64_t kPilotStream = std::uint64_t{1} << 63U;
/// Events between two looks at the clock.
constexpr std::uint64_t kLookEvery = 16;

/// What one schedule has shown.
struct Sampled {
  bool done = false;  ///< not so when a budget ended it
  bool cut = false;   ///< by the bound on its depth
  std::uint64_t quiescent = 0;
  std::uint64_t length = 0;
  std::optional<std::size_t> violated;
  /// Those that had not been seen before, with the number of events after which each was.
  std::vector<std::pair<Sighting, std::size_t>> sightings;
  /// Kept where something is shown by it: a violation, a sighting, what was thrown.
  Schedule schedule;
  std::vector<std::uint64_t> peaks;
  std::size_t part = 0;
  bool watched = false;  ///< for coverage
  /// What none of its part had covered before, on the same thread.
  std::vector<CoverageItem> covered;
  std::exception_ptr thrown;

  /// Makes room for the next, in the same memory.
  void clear() {
    done = false;
    cut = false;
    quiescent = 0;
    length = 0;
    violated.reset();
    sightings.clear();
    schedule.clear();
    covered.clear();
    thrown = nullptr;
  }
};

/// Whether coverage is watched in this schedule. Looking at what a step did takes the kernel, which
/// is slower than looking its outcome up, so after the first round of turns it is done now and
/// then: one schedule in 17, which goes round all parts of a portfolio whatever turns they have.
bool is_watched(std::uint64_t schedule) {
  return schedule < internal::Turns::kRound || schedule % 17 == 0;
}

/// One thread's way through one schedule after the other.
class Runner {
 public:
  using Witnesses = std::map<Sighting, Schedule>;

  Runner(const Search& search, Packing& packing, CoveragePoints& points, PieceMemo& pieces)
      : search_(search),
        stepper_(search.kernel, sharing(search.options.stepper, pieces)),
        judge_(stepper_, search.claims, search.options.stepper.memo),
        transitions_(stepper_, judge_, packing, Transitions::options_for(search.options.stepper)),
        probe_(search.kernel, points, search.options.stepper.memo),
        depth_max_(search.options.depth_max != 0 ? search.options.depth_max : kSampledDepthMax) {}

  /// `look` is called now and then. What is among the `witnesses` is not sighted again.
  template <class Look>
  void run(Sampled& sampled, Scheduler& scheduler, Random random, const Witnesses& witnesses,
           const Look& look) {
    try {
      scheduler.begin(random);
      if (sampled.watched) {
        probe_.begin(static_cast<unsigned>(sampled.part));
      }
      judge_.forget_peaks();
      schedule_.clear();
      transitions_.start(search_.kernel.initial());
      while (go_on(sampled, scheduler, witnesses)) {
        if (schedule_.size() % kLookEvery == 0) {
          look();
          if (search_.budget.ended()) {
            return;
          }
        }
      }
      sampled.done = true;
      sampled.peaks = judge_.peaks();
      if (sampled.watched) {
        sampled.covered.assign(probe_.fresh().begin(), probe_.fresh().end());
      }
    } catch (...) {
      sampled.thrown = std::current_exception();
    }
    sampled.length = schedule_.size();
    if (sampled.violated || sampled.thrown || !sampled.sightings.empty()) {
      sampled.schedule = schedule_;
    }
  }

  void count(Findings& findings) const {
    findings.count(stepper_.statistics());
    findings.pieces_recalled += transitions_.looked_up();
  }

  [[nodiscard]] std::size_t memory_bytes() const { return transitions_.memory_bytes(); }

 private:
  // False: the schedule ends here.
  bool go_on(Sampled& sampled, Scheduler& scheduler, const Witnesses& witnesses) {
    const std::span<const EventNumber> enabled = transitions_.enabled();
    judge(sampled, witnesses);
    if (sampled.violated) {
      return false;
    }
    if (enabled.empty()) {
      return false;
    }
    events_.clear();
    for (const EventNumber number : enabled) {
      events_.push_back(transitions_.event(number));
    }
    const auto choice = scheduler.choose(CurrentState(transitions_), events_);
    if (!choice) {
      return false;
    }
    if (schedule_.size() >= depth_max_) {
      sampled.cut = true;
      return false;
    }
    schedule_.push_back(events_[*choice]);
    if (sampled.watched) {
      const Transitions::Gone gone = transitions_.go_slowly(enabled[*choice]);
      probe_.performed(gone.step);
      sampled.violated = gone.violated;
    } else {
      sampled.violated = transitions_.go(enabled[*choice]);
    }
    return !sampled.violated;
  }

  void judge(Sampled& sampled, const Witnesses& witnesses) {
    const Judge::Judged judged = transitions_.judge();
    sampled.quiescent += judged.quiescent ? 1 : 0;
    for (const Sighting& sighting : judged.sightings) {
      if (sighting.kind == Sighting::Kind::kViolated) {
        sampled.violated = sighting.index;
      } else if (!witnesses.contains(sighting) &&
                 std::ranges::find(sampled.sightings, sighting,
                                   &std::pair<Sighting, std::size_t>::first) ==
                     sampled.sightings.end()) {
        sampled.sightings.emplace_back(sighting, schedule_.size());
      }
    }
  }

  const Search& search_;
  Stepper stepper_;
  Judge judge_;
  Transitions transitions_;
  CoverageProbe probe_;
  std::uint64_t depth_max_;
  std::vector<Event> events_;
  Schedule schedule_;
};

class Sampling {
 public:
  Sampling(const Search& search, std::uint64_t count, const std::vector<Part>& parts)
      : search_(search),
        count_(count),
        parts_(parts),
        team_(search.options.threads),
        packing_(search.kernel),
        turns_(parts.size()),
        covered_by_(parts.size()),
        found_(parts.size()) {
    for (const Part& part : parts) {
      findings_.strategies.push_back({std::string(to_string(part.strategy)), 0, 0, 0, {}});
    }
  }

  Findings run() {
    Checkpoint* const checkpoint = search_.checkpoint;
    if (checkpoint != nullptr) {
      checkpoint->resume(*this);
    }
    while (findings_.schedules < count_ && !findings_.failure && !search_.budget.ended()) {
      round();
      if (checkpoint != nullptr && !findings_.failure && checkpoint->is_due()) {
        checkpoint->save(*this);
      }
    }
    if (checkpoint != nullptr && !findings_.failure && search_.budget.ended()) {
      checkpoint->save_last(*this);
    }
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      findings_.strategies[part].covered = covered_by_[part].size();
    }
    findings_.covered = covered_.report(search_.kernel, points_);
    for (const Worker& worker : workers_) {
      worker.runner->count(findings_);
    }
    findings_.coverage = fmt::format("{} of {} schedules", findings_.schedules, count_);
    if (cut_ != 0) {
      findings_.notes.push_back(
          fmt::format("{} schedules were cut off at {} events", cut_, findings_.depth));
    }
    return std::move(findings_);
  }

  void settle() {}

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = findings_.states;
    usage.progress.transitions = findings_.transitions;
    usage.progress.depth = findings_.depth;
    usage.progress.schedules = findings_.schedules;
    usage.memory_bytes = memory_bytes_;
    return usage;
  }

  /// For checkpoints: everything between two rounds. What schedule i does depends on (seed, i)
  /// alone, so there is nothing to store of generators.
  template <class Archive>
  void archive(Archive& archive) {
    Findings gathered = findings_;
    for (const Worker& worker : workers_) {
      worker.runner->count(gathered);
    }
    archive(gathered.schedules, gathered.states, gathered.transitions, gathered.depth,
            gathered.quiescent, gathered.peaks, gathered.witnesses, gathered.strategies,
            gathered.pieces_run, gathered.pieces_recalled);
    archive(points_, covered_, covered_by_, turns_, found_, per_thread_, cut_);
    if constexpr (Archive::kReads) {
      findings_ = std::move(gathered);
    }
  }

 private:
  struct Worker {
    std::vector<std::unique_ptr<Scheduler>> schedulers;  ///< by part
    std::unique_ptr<Runner> runner;
  };

  void round() {
    const std::uint64_t begin = findings_.schedules;
    // Up to the end of the round that the turns are dealt for.
    const std::uint64_t size =
        std::min({count_ - begin, per_thread_ * team_.size(),
                  internal::Turns::kRound - begin % internal::Turns::kRound});
    per_thread_ = std::min(2 * per_thread_, kRoundPerThreadMax);
    const auto threads = static_cast<unsigned>(std::min<std::uint64_t>(size, team_.size()));
    while (workers_.size() < threads) {
      Worker& worker = workers_.emplace_back();
      worker.runner = std::make_unique<Runner>(search_, packing_, points_, pieces_);
      for (const Part& part : parts_) {
        worker.schedulers.push_back(part.make(search_.kernel));
      }
    }
    results_.resize(std::max<std::size_t>(results_.size(), size));
    for (std::size_t at = 0; at < size; ++at) {
      results_[at].clear();
      results_[at].part = turns_.part(begin + at);
      results_[at].watched = is_watched(begin + at);
    }
    next_ = 0;
    lowest_failure_ = size;
    const auto work = [&](unsigned worker) {
      if (worker < threads) {
        serve(workers_[worker], worker == 0, begin, size);
      }
    };
    if (threads == 1) {
      work(0);
    } else {
      team_.run(work);
    }
    for (std::size_t at = 0; at < size; ++at) {
      if (!take_in(results_[at]) || findings_.failure) {
        break;
      }
    }
    if (findings_.schedules % internal::Turns::kRound == 0) {
      turns_.next_round(found_);
      std::ranges::fill(found_, 0);
    }
    lay_out();
    memory_bytes_ = packing_.memory_bytes();
    for (const Worker& worker : workers_) {
      memory_bytes_ += worker.runner->memory_bytes();
    }
    search_.budget.look_closely(usage());
  }

  // States are nowhere kept, so they can be stored better whenever more is known of them.
  void lay_out() {
    if (++rounds_ >= lay_out_at_) {
      lay_out_at_ *= 2;
      if (packing_.is_ragged()) {
        packing_.lay_out();
      }
    }
  }

  void serve(Worker& worker, bool reports, std::uint64_t begin, std::uint64_t size) {
    const auto look = [&] {
      if (reports) {
        search_.budget.look([this] { return usage(); });
      }
    };
    while (true) {
      const std::size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      // What lies after a failure is not reported.
      if (at >= size || at >= lowest_failure_.load(std::memory_order_relaxed) ||
          search_.budget.ended()) {
        return;
      }
      Sampled& sampled = results_[at];
      worker.runner->run(sampled, *worker.schedulers[sampled.part],
                         Random(search_.options.seed, begin + at), findings_.witnesses, look);
      if (sampled.violated || sampled.thrown) {
        std::size_t lowest = lowest_failure_.load(std::memory_order_relaxed);
        while (at < lowest && !lowest_failure_.compare_exchange_weak(lowest, at)) {
        }
      }
    }
  }

  // False: this schedule was not run to its end.
  bool take_in(Sampled& sampled) {
    if (sampled.thrown) {
      rethrow_after(search_.kernel, sampled.schedule, sampled.thrown);
    }
    if (!sampled.done) {
      return false;
    }
    StrategyStatistics& statistics = findings_.strategies[sampled.part];
    if (sampled.violated && !statistics.first_hit) {
      statistics.first_hit = findings_.schedules;
    }
    ++statistics.schedules;
    ++findings_.schedules;
    for (const CoverageItem& item : sampled.covered) {
      if (!item.counts()) {
        covered_.add(item);
        continue;
      }
      covered_by_[sampled.part].add(item);
      if (covered_.add(item)) {
        ++statistics.covered_first;
        ++found_[sampled.part];
      }
    }
    findings_.states += sampled.length + 1;
    findings_.transitions += sampled.length;
    findings_.depth = std::max(findings_.depth, sampled.length);
    findings_.quiescent += sampled.quiescent;
    findings_.take_peaks(sampled.peaks);
    cut_ += sampled.cut ? 1 : 0;
    for (const auto& [sighting, length] : sampled.sightings) {
      if (!findings_.witnesses.contains(sighting)) {
        findings_.witnesses.emplace(
            sighting, Schedule(sampled.schedule.begin(),
                               sampled.schedule.begin() + static_cast<std::ptrdiff_t>(length)));
      }
    }
    if (sampled.violated) {
      findings_.failure = Failure{*sampled.violated, std::move(sampled.schedule)};
    }
    return true;
  }

  const Search& search_;
  std::uint64_t count_;
  const std::vector<Part>& parts_;
  internal::Team team_;
  Packing packing_;
  PieceMemo pieces_;
  internal::Turns turns_;
  CoveragePoints points_;
  Coverage covered_;
  std::vector<Coverage> covered_by_;  ///< by part
  std::vector<std::uint64_t> found_;  ///< by part: what it covered first in this round of turns
  std::vector<Worker> workers_;
  std::vector<Sampled> results_;
  std::uint64_t per_thread_ = kRoundPerThreadMin;
  std::uint64_t rounds_ = 0;
  std::uint64_t lay_out_at_ = 1;  ///< rounds
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> lowest_failure_{0};
  std::uint64_t cut_ = 0;
  std::uint64_t memory_bytes_ = 0;  ///< at the end of the last round
  Findings findings_;
};

}  // namespace

LeafValue CurrentState::operator[](LeafPosition position) const {
  return state_ == nullptr ? transitions_->leaf(position) : (*state_)[position];
}

Findings sample(const Search& search, std::uint64_t count, const std::vector<Part>& parts) {
  return Sampling(search, count, parts).run();
}

std::vector<std::uint64_t> pilot(const Search& search, std::uint64_t count,
                                 std::uint64_t events_max, Scheduler& scheduler) {
  const Claims no_claims;
  const Search unjudged{search.kernel, no_claims, search.options, search.budget};
  Packing packing(search.kernel);
  CoveragePoints points;
  PieceMemo pieces;
  Runner runner(unjudged, packing, points, pieces);
  Sampled sampled;
  std::vector<std::uint64_t> lengths;
  std::uint64_t events = 0;
  while (lengths.size() < count && (events_max == 0 || events < events_max)) {
    sampled.clear();
    runner.run(sampled, scheduler, Random(search.options.seed, kPilotStream + lengths.size()), {},
               [&] { search.budget.look([] { return Usage{}; }); });
    if (sampled.thrown) {
      rethrow_after(search.kernel, sampled.schedule, sampled.thrown);
    }
    if (!sampled.done) {
      break;
    }
    lengths.push_back(sampled.length);
    events += sampled.length;
  }
  return lengths;
}

}  // namespace heddle
