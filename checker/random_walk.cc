// Random walk: each next event is drawn uniformly from all that are enabled, faults included.
//
// Uniform over events is not uniform over schedules: a schedule with few alternatives on its way is
// drawn more often than one with many.
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class RandomWalker : public Scheduler {
 public:
  void begin(Random random) override { random_ = random; }

  std::optional<std::size_t> choose(const CurrentState& /*state*/,
                                    std::span<const Event> enabled) override {
    return random_.below(enabled.size());
  }

 private:
  Random random_{0, 0};
};

}  // namespace

std::unique_ptr<Scheduler> make_random_walker(Kernel& /*kernel*/) {
  return std::make_unique<RandomWalker>();
}

Findings random_walk(const Search& search) {
  return sample(search, search.options.schedules, {{Strategy::kRandom, make_random_walker}});
}

}  // namespace heddle
