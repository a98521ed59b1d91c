// Partial-order sampling: Xinhao Yuan, Junfeng Yang, Ronghui Gu, 'Partial Order Aware Concurrency
// Sampling', CAV 2018.
//
// Each event gets a random priority when it is first enabled; always the event of highest priority
// happens; then the events that race with it, those that are enabled and depend on it, get new
// priorities. What does not race keeps its place, so that many schedules of one partial order do
// not take the sample from a partial order that has few.
//
// Where we differ:
//   - Two events race when they touch the same canister (where their code runs or their response
//     arrives) or the same queue. That is more than the paper's accesses to one location of which
//     one writes: two pieces at one canister that read and write different variables, or two
//     responses that are only put aside, are taken for racing. It is less where pieces at different
//     canisters meet: they fill queues towards the same canister, each its own, so they commute;
//     whether a send still finds a free slot depends on responses to the same canister only.
//   - Faults and the other optional events have priorities as all others have. Those that use up
//     one budget depend on each other through it; this is not counted as a race.
//   - The passing of time depends on everything.
//   - An event that is enabled again at once after it was performed (the next request of a queue)
//     counts as newly enabled.
#include <heddle/checker/internal/carried.h>
#include <heddle/checker/internal/touched.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

bool race(const Event& a, const Event& b) {
  if (a.kind == EventKind::kAdvanceTime || b.kind == EventKind::kAdvanceTime) {
    return true;
  }
  const bool same_queue = takes_request(a) && takes_request(b) && a.from == b.from && a.to == b.to;
  return same_queue || internal::touched_canister(a) == internal::touched_canister(b);
}

class PartialOrderSampler : public Scheduler {
 public:
  void begin(Random random) override {
    random_ = random;
    priorities_.clear();
  }

  std::optional<std::size_t> choose(const CurrentState& /*state*/,
                                    std::span<const Event> enabled) override {
    priorities_.carry(enabled, [this](const Event&) { return random_.next(); });
    std::size_t chosen = 0;
    for (std::size_t i = 1; i < priorities_.size(); ++i) {
      if (priorities_[i] > priorities_[chosen]) {
        chosen = i;
      }
    }
    for (std::size_t i = 0; i < priorities_.size(); ++i) {
      if (i != chosen && race(enabled[i], enabled[chosen])) {
        priorities_[i] = random_.next();
      }
    }
    priorities_.performed(chosen);
    return chosen;
  }

 private:
  Random random_{0, 0};
  internal::Carried<std::uint64_t> priorities_;
};

}  // namespace

std::unique_ptr<Scheduler> make_partial_order_sampler(Kernel& /*kernel*/) {
  return std::make_unique<PartialOrderSampler>();
}

Findings partial_order_sampling(const Search& search) {
  return sample(search, search.options.schedules, {{Strategy::kPos, make_partial_order_sampler}});
}

}  // namespace heddle
