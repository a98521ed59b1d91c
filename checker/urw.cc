// Uniform random walk, URW: Huan Zhao, Dylan Wolff, Umang Mathur, Abhik Roychoudhury, 'Selectively
// Uniform Concurrency Testing', ASPLOS 2025.
//
// The thread that goes on is drawn with a probability proportional to the events that it still has.
// Of threads that do not wait for each other, every interleaving is then equally likely: after n
// steps of one thread with a left and m of another with b left, a / (a + b) of the interleavings
// that remain go on with the first.
//
// Where we differ:
//   - Threads are the calls that are open, nested (internal/lineage.h): first one of the users'
//     calls (or scripts, or canisters' tasks) is drawn by the events left of it and of all that it
//     caused, then one of the calls that it has open by the events left of that, and so on. So
//     calls that are made together are sampled as the paper's spawned threads are, and for calls
//     that are made and all awaited before anything else is sent the sample is uniform as well.
//   - Events left are those of the average of 64 random walks of the same seed less those that
//     happened, at least one. Where that depends on the order of events, the sample is not uniform.
//   - Requests of one queue wait for each other [P3], which the paper leaves out as we do: of a
//     queue only the head is enabled, and what it holds up does not count for it.
//   - Several ways in which one thing may happen (faults, answers of an environment) are equally
//     likely.
#include <numeric>

#include <heddle/checker/internal/census.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class UniformWalker : public Scheduler {
 public:
  explicit UniformWalker(std::shared_ptr<const internal::Census> census)
      : remaining_(std::move(census)) {}

  void begin(Random random) override {
    random_ = random;
    remaining_.begin();
  }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    remaining_.look(now, enabled);
    indices_.resize(enabled.size());
    std::iota(indices_.begin(), indices_.end(), std::size_t{0});
    const std::size_t chosen =
        remaining_.draw(random_, indices_, [this](auto node) { return remaining_.of(node); });
    remaining_.chosen(enabled, chosen);
    return chosen;
  }

 private:
  internal::Remaining remaining_;
  Random random_{0, 0};
  std::vector<std::size_t> indices_;
};

}  // namespace

SchedulerMaker urw_maker(std::shared_ptr<const internal::Census> census) {
  return [=](Kernel&) { return std::make_unique<UniformWalker>(census); };
}

Findings urw(const Search& search) {
  return sample(search, search.options.schedules,
                {{Strategy::kUrw, urw_maker(internal::take_census(search))}});
}

}  // namespace heddle
