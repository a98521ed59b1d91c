// PCT: Sebastian Burckhardt, Pravesh Kothari, Madanlal Musuvathi, Santosh Nagarakatte, 'A
// Randomized Scheduler with Probabilistic Guarantees of Finding Bugs', ASPLOS 2010.
//
// Threads get distinct random priorities; always the enabled thread of highest priority goes on; at
// d - 1 of the k steps, drawn uniformly, the thread that is about to go on falls below all others.
// With n threads a bug of depth d (d ordering constraints) is found with probability at least
// 1 / (n k^(d-1)) in each schedule.
//
// Where we differ:
//   - A canister system has no threads. Events are put into chains instead, while the schedule runs
//     (as Burcu Kulahcioglu Ozkan and others do in 'Randomized Testing of Distributed Systems with
//     Probabilistic Guarantees', OOPSLA 2018): of the obligatory events that an event enables, the
//     first in canonical order continues its chain, each further one opens a chain with a new
//     random priority. So a call that awaits one call after the other is one chain, and calls made
//     together go separate ways. n is the number of chains; our greedy chains are not the fewest
//     possible.
//   - A fault or a heartbeat is a chain of its own, so it is drawn early, late or never happens.
//   - k is not given: it is the length of the longest of 16 random walks of the same seed. A
//     schedule that gets longer has its change points in its first k steps.
//   - An event that is enabled again at once after it was performed (the next request of a queue)
//     counts as newly enabled.
#include <algorithm>
#include <utility>

#include <heddle/checker/internal/carried.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

constexpr std::uint64_t kPilotWalks = 16;

class Pct : public Scheduler {
 public:
  Pct(std::uint64_t steps, std::uint32_t depth) : steps_(std::max<std::uint64_t>(1, steps)) {
    falls_.resize(depth > 0 ? depth - 1 : 0);
  }

  void begin(Random random) override {
    random_ = random;
    for (std::uint64_t& step : falls_) {
      step = 1 + random_.below(steps_);
    }
    priorities_.clear();
    chains_.clear();
    performed_chain_.reset();
    step_ = 0;
  }

  std::optional<std::size_t> choose(const CurrentState& /*state*/,
                                    std::span<const Event> enabled) override {
    assign_chains(enabled);
    ++step_;
    std::size_t chosen = highest();
    for (std::size_t i = 0; i < falls_.size(); ++i) {
      if (falls_[i] == step_) {
        // Below all initial priorities, and the earlier in the list the lower, as in the paper.
        priorities_[chains_[chosen]] = i;
        chosen = highest();
      }
    }
    chains_.performed(chosen);
    performed_chain_ = chains_[chosen];
    return chosen;
  }

 private:
  using Chain = std::size_t;

  Chain open_chain() {
    // The lower half is kept for those that fell.
    priorities_.push_back(random_.next() | std::uint64_t{1} << 63U);
    return priorities_.size() - 1;
  }

  void assign_chains(std::span<const Event> enabled) {
    bool goes_on = performed_chain_.has_value();
    const Chain performed = performed_chain_.value_or(0);
    chains_.carry(enabled, [&](const Event& event) {
      if (goes_on && !event.is_optional()) {
        goes_on = false;
        return performed;
      }
      return open_chain();
    });
  }

  [[nodiscard]] std::size_t highest() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < chains_.size(); ++i) {
      if (priorities_[chains_[i]] > priorities_[chains_[best]]) {
        best = i;
      }
    }
    return best;
  }

  std::uint64_t steps_;
  /// The steps at which the running chain falls.
  std::vector<std::uint64_t> falls_;
  Random random_{0, 0};
  std::vector<std::uint64_t> priorities_;
  internal::Carried<Chain> chains_;
  std::optional<Chain> performed_chain_;
  std::uint64_t step_ = 0;
};

}  // namespace

SchedulerMaker pct_maker(const Search& search) {
  const auto walker = make_random_walker(search.kernel);
  const std::vector<std::uint64_t> lengths = pilot(search, kPilotWalks, 0, *walker);
  const std::uint64_t steps =
      lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end());
  const std::uint32_t depth = search.options.pct_depth;
  return [=](Kernel&) { return std::make_unique<Pct>(steps, depth); };
}

Findings pct(const Search& search) {
  return sample(search, search.options.schedules, {{Strategy::kPct, pct_maker(search)}});
}

}  // namespace heddle
