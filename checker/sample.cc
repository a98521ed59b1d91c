#include <algorithm>
#include <atomic>
#include <exception>

#include <fmt/format.h>

#include <heddle/checker/internal/team.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

/// Schedules for each thread between two looks at what they have shown.
constexpr std::uint64_t kRoundPerThread = 32;
/// Streams from here on are for schedules that are no part of the sample.
constexpr std::uint64_t kPilotStream = std::uint64_t{1} << 63U;

/// What one schedule has shown.
struct Sampled {
  bool done = false;  ///< not so when a budget ended it
  bool cut = false;   ///< by the bound on its depth
  std::uint64_t quiescent = 0;
  Schedule schedule;
  std::optional<std::size_t> violated;
  /// With the number of events after which each was seen.
  std::vector<std::pair<Sighting, std::size_t>> sightings;
  std::vector<std::uint64_t> peaks;
  std::exception_ptr thrown;
};

class Runner {
 public:
  Runner(const Search& search, const SchedulerMaker& make)
      : search_(search),
        stepper_(search.kernel, search.options.stepper),
        judge_(stepper_, search.claims, search.options.stepper.memo),
        scheduler_(make(search.kernel)),
        depth_max_(search.options.depth_max != 0 ? search.options.depth_max : kSampledDepthMax) {}

  /// `look` is called before each event.
  template <class Look>
  Sampled run(Random random, const Look& look) {
    Sampled sampled;
    try {
      scheduler_->begin(random);
      judge_.forget_peaks();
      StateVector state = search_.kernel.initial();
      judge(sampled, state);
      while (!sampled.violated && !sampled.done && !sampled.cut) {
        look();
        if (search_.budget.ended()) {
          return sampled;
        }
        go_on(sampled, state);
      }
      sampled.done = true;
      sampled.peaks = judge_.peaks();
    } catch (...) {
      sampled.thrown = std::current_exception();
    }
    return sampled;
  }

  [[nodiscard]] const Stepper::Statistics& statistics() const { return stepper_.statistics(); }

 private:
  void go_on(Sampled& sampled, StateVector& state) {
    stepper_.enabled(state, events_);
    const auto choice =
        events_.empty() ? std::nullopt : scheduler_->choose(state, std::span<const Event>(events_));
    if (!choice) {
      sampled.done = true;
      return;
    }
    if (sampled.schedule.size() >= depth_max_) {
      sampled.cut = true;
      return;
    }
    sampled.schedule.push_back(events_[*choice]);
    const Step& step = stepper_.step(state, events_[*choice]);
    scheduler_->performed(step);
    const Judge::Followed followed = judge_.follow(state, step);
    if (followed.violated) {
      sampled.violated = followed.violated;
      return;
    }
    for (const LeafChange& change : followed.changes) {
      state.set(change.position, change.after);
    }
    judge(sampled, state);
  }

  void judge(Sampled& sampled, const StateVector& state) {
    const Judge::Judged judged = judge_.judge(state);
    sampled.quiescent += judged.quiescent ? 1 : 0;
    for (const Sighting& sighting : judged.sightings) {
      if (sighting.kind == Sighting::Kind::kViolated) {
        sampled.violated = sighting.index;
      } else if (std::ranges::find(sampled.sightings, sighting,
                                   &std::pair<Sighting, std::size_t>::first) ==
                 sampled.sightings.end()) {
        sampled.sightings.emplace_back(sighting, sampled.schedule.size());
      }
    }
  }

  const Search& search_;
  Stepper stepper_;
  Judge judge_;
  std::unique_ptr<Scheduler> scheduler_;
  std::uint64_t depth_max_;
  std::vector<Event> events_;
};

class Sampling {
 public:
  Sampling(const Search& search, std::uint64_t count, const SchedulerMaker& make)
      : search_(search), count_(count), make_(make), team_(search.options.threads) {}

  Findings run() {
    while (findings_.schedules < count_ && !findings_.failure && !search_.budget.ended()) {
      round();
    }
    for (const auto& runner : runners_) {
      findings_.count(runner->statistics());
    }
    findings_.coverage = fmt::format("{} of {} schedules", findings_.schedules, count_);
    if (cut_ != 0) {
      findings_.notes.push_back(
          fmt::format("{} schedules were cut off at {} events", cut_, findings_.depth));
    }
    return std::move(findings_);
  }

 private:
  void round() {
    const std::uint64_t begin = findings_.schedules;
    const std::uint64_t size = std::min(count_ - begin, kRoundPerThread * team_.size());
    const auto threads = static_cast<unsigned>(std::min<std::uint64_t>(size, team_.size()));
    while (runners_.size() < threads) {
      runners_.push_back(std::make_unique<Runner>(search_, make_));
    }
    results_.clear();
    results_.resize(size);
    next_ = 0;
    lowest_failure_ = size;
    const auto work = [&](unsigned worker) {
      if (worker < threads) {
        serve(*runners_[worker], worker == 0, begin);
      }
    };
    if (threads == 1) {
      work(0);
    } else {
      team_.run(work);
    }
    for (Sampled& sampled : results_) {
      if (!take_in(std::move(sampled)) || findings_.failure) {
        break;
      }
    }
    search_.budget.look_closely(usage());
  }

  void serve(Runner& runner, bool reports, std::uint64_t begin) {
    while (true) {
      const std::size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      // What lies after a failure is not reported.
      if (at >= lowest_failure_.load(std::memory_order_relaxed) || search_.budget.ended()) {
        return;
      }
      const auto look = [&] {
        if (reports) {
          search_.budget.look([this] { return usage(); });
        }
      };
      results_[at] = runner.run(Random(search_.options.seed, begin + at), look);
      if (results_[at].violated || results_[at].thrown) {
        std::size_t lowest = lowest_failure_.load(std::memory_order_relaxed);
        while (at < lowest && !lowest_failure_.compare_exchange_weak(lowest, at)) {
        }
      }
    }
  }

  // False: this schedule was not run to its end.
  bool take_in(Sampled&& sampled) {
    if (sampled.thrown) {
      rethrow_after(search_.kernel, sampled.schedule, sampled.thrown);
    }
    if (!sampled.done) {
      return false;
    }
    ++findings_.schedules;
    findings_.states += sampled.schedule.size() + 1;
    findings_.transitions += sampled.schedule.size();
    findings_.depth = std::max<std::uint64_t>(findings_.depth, sampled.schedule.size());
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

  [[nodiscard]] Usage usage() const {
    Usage usage;
    usage.progress.states = findings_.states;
    usage.progress.transitions = findings_.transitions;
    usage.progress.depth = findings_.depth;
    usage.progress.schedules = findings_.schedules;
    return usage;
  }

  const Search& search_;
  std::uint64_t count_;
  const SchedulerMaker& make_;
  internal::Team team_;
  std::vector<std::unique_ptr<Runner>> runners_;
  std::vector<Sampled> results_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> lowest_failure_{0};
  std::uint64_t cut_ = 0;
  Findings findings_;
};

}  // namespace

Findings sample(const Search& search, std::uint64_t count, const SchedulerMaker& make) {
  return Sampling(search, count, make).run();
}

std::uint64_t longest(const Search& search, std::uint64_t count, const SchedulerMaker& make) {
  const Claims no_claims;
  const Search pilot{search.kernel, no_claims, search.options, search.budget};
  Runner runner(pilot, make);
  std::uint64_t longest = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Sampled sampled = runner.run(Random(search.options.seed, kPilotStream + i),
                                       [&] { search.budget.look([] { return Usage{}; }); });
    if (sampled.thrown) {
      rethrow_after(search.kernel, sampled.schedule, sampled.thrown);
    }
    longest = std::max<std::uint64_t>(longest, sampled.schedule.size());
  }
  return longest;
}

}  // namespace heddle
