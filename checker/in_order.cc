// In order: the one schedule in which everything is served first come, first served.
//
// The oldest obligatory event happens (internal/arrivals.h says what is older); faults and
// heartbeats never do.
#include <heddle/checker/internal/arrivals.h>
#include <heddle/checker/sample.h>

namespace heddle {

namespace {

class InOrder : public Scheduler {
 public:
  explicit InOrder(Kernel& kernel) : arrivals_(kernel) {}

  void begin(Random /*random*/) override { arrivals_.begin(); }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    arrivals_.look(now, enabled);
    const std::size_t oldest = arrivals_.oldest();
    if (oldest == enabled.size()) {
      return std::nullopt;
    }
    arrivals_.chosen(now, enabled, oldest);
    return oldest;
  }

 private:
  internal::Arrivals arrivals_;
};

}  // namespace

std::unique_ptr<Scheduler> make_in_order(Kernel& kernel) {
  return std::make_unique<InOrder>(kernel);
}

Findings serve_in_order(const Search& search) {
  return sample(search, 1, {{Strategy::kInOrder, make_in_order}});
}

}  // namespace heddle
