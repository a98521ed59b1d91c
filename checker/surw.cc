// Selectively uniform random walk, SURW: Huan Zhao, Dylan Wolff, Umang Mathur, Abhik Roychoudhury,
// 'Selectively Uniform Concurrency Testing', ASPLOS 2025.
//
// Uniform over the interleavings of some events only, the interesting ones, of which there are far
// fewer interleavings than of all: the thread that has the next interesting event is drawn with a
// probability proportional to the interesting events that it still has; until it has had it, all
// others go on up to theirs and wait.
//
// Where we differ:
//   - Interesting is, in one schedule, all that touches one canister: what runs there and which
//     responses arrive there. The canister is drawn for each schedule from those that several
//     users (scripts, canisters' tasks) come to, if there are none, that several calls come to. The
//     paper selects accesses to shared variables.
//   - Threads are the calls that are open, nested, and events left are estimated by pilot walks, as
//     for URW (urw.cc).
//   - What is drawn is the deepest call that had another beside it; all below it may have the next
//     interesting event. Where it has none after all, it is drawn again from those that wait.
//   - Which of the events that need not wait comes next is drawn as in URW.
#include <heddle/checker/internal/census.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

using internal::touched_canister;

class SelectiveWalker : public Scheduler {
 public:
  explicit SelectiveWalker(std::shared_ptr<const internal::Census> census)
      : census_(census), remaining_(census) {}

  void begin(Random random) override {
    random_ = random;
    remaining_.begin();
    intended_.reset();
    const std::vector<CanisterId>& contested = census_->contested;
    interesting_ = contested.empty() ? kNoCanister : contested[random_.below(contested.size())];
  }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    remaining_.look(now, enabled);
    if (!intended_) {
      indices_.clear();
      for (std::size_t i = 0; i < enabled.size(); ++i) {
        indices_.push_back(i);
      }
      draw_intended();
    }
    select_allowed(enabled);
    if (indices_.empty()) {
      for (std::size_t i = 0; i < enabled.size(); ++i) {
        indices_.push_back(i);
      }
      draw_intended();
      select_allowed(enabled);
    }
    const std::size_t chosen =
        remaining_.draw(random_, indices_, [this](auto node) { return remaining_.of(node); });
    if (is_interesting(enabled[chosen]) || *intended_ == internal::Lineage::kWhole) {
      intended_.reset();
    }
    remaining_.chosen(enabled, chosen);
    return chosen;
  }

 private:
  [[nodiscard]] bool is_interesting(const Event& event) const {
    return touched_canister(event) == interesting_ && event.kind != EventKind::kAdvanceTime;
  }

  void draw_intended() {
    internal::Lineage::Node branch = internal::Lineage::kWhole;
    remaining_.draw(
        random_, indices_, [this](auto node) { return weight(node); }, &branch);
    intended_ = branch;
  }

  [[nodiscard]] std::uint64_t weight(internal::Lineage::Node node) const {
    return interesting_ == kNoCanister ? remaining_.of(node) : remaining_.of(node, interesting_);
  }

  void select_allowed(std::span<const Event> enabled) {
    indices_.clear();
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      if (!is_interesting(enabled[i]) ||
          remaining_.lineage().is_within(remaining_.lineage()[i], *intended_)) {
        indices_.push_back(i);
      }
    }
  }

  std::shared_ptr<const internal::Census> census_;
  internal::Remaining remaining_;
  Random random_{0, 0};
  /// All that touches it is interesting.
  CanisterId interesting_ = kNoCanister;
  /// Who has the next interesting event.
  std::optional<internal::Lineage::Node> intended_;
  std::vector<std::size_t> indices_;
};

}  // namespace

SchedulerMaker surw_maker(std::shared_ptr<const internal::Census> census) {
  return [=](Kernel&) { return std::make_unique<SelectiveWalker>(census); };
}

Findings surw(const Search& search) {
  return sample(search, search.options.schedules,
                {{Strategy::kSurw, surw_maker(internal::take_census(search))}});
}

}  // namespace heddle
