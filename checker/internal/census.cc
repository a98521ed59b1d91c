#include <algorithm>
#include <utility>

#include <heddle/checker/internal/census.h>

namespace heddle::internal {

namespace {

constexpr std::uint64_t kPilotWalks = 64;
/// Pilot walks end when they have had so many events together.
constexpr std::uint64_t kPilotEventsMax = 20'000;

/// A random walk that counts.
class Counting : public Scheduler {
 public:
  explicit Counting(Kernel& kernel)
      : census_{Lineage(kernel), {}, {}}, canisters_(kernel.system().canisters.size()) {}

  void begin(Random random) override {
    random_ = random;
    census_.lineage.begin();
    ++walk_;
  }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    Lineage& lineage = census_.lineage;
    lineage.look(now, enabled);
    const std::size_t chosen = random_.below(enabled.size());
    lineage.chosen(chosen);
    while (census_.tallies.size() < lineage.size()) {
      census_.tallies.push_back({0, 0, std::vector<std::uint64_t>(canisters_)});
      last_walk_.push_back(0);
    }
    const CanisterId touched = touched_canister(enabled[chosen]);
    for (Lineage::Node node = lineage[chosen];; node = lineage.parent(node)) {
      Census::Tally& tally = census_.tallies[node];
      tally.walks += std::exchange(last_walk_[node], walk_) != walk_ ? 1 : 0;
      ++tally.events;
      ++tally.at[touched];
      if (node == Lineage::kWhole) {
        break;
      }
    }
    return chosen;
  }

  std::shared_ptr<const Census> done() {
    std::vector<CanisterId> among_siblings;
    for (CanisterId canister = 0; canister < canisters_; ++canister) {
      const std::vector<int> touching = touching_by_parent(canister);
      const auto several = [](int nodes) { return nodes > 1; };
      if (!touching.empty() && several(touching[Lineage::kWhole])) {
        census_.contested.push_back(canister);
      } else if (std::ranges::any_of(touching, several)) {
        among_siblings.push_back(canister);
      }
    }
    if (census_.contested.empty()) {
      census_.contested = std::move(among_siblings);
    }
    return std::make_shared<const Census>(std::move(census_));
  }

 private:
  /// How many nodes below each node touch the canister.
  [[nodiscard]] std::vector<int> touching_by_parent(CanisterId canister) const {
    std::vector<int> touching(census_.tallies.size());
    for (Lineage::Node node = 1; node < census_.tallies.size(); ++node) {
      touching[census_.lineage.parent(node)] += census_.tallies[node].at[canister] != 0 ? 1 : 0;
    }
    return touching;
  }

  Census census_;
  std::size_t canisters_;
  Random random_{0, 0};
  std::uint64_t walk_ = 0;
  std::vector<std::uint64_t> last_walk_;  ///< by node: the last walk that had an event of it
};

}  // namespace

std::shared_ptr<const Census> take_census(const Search& search) {
  Counting counting(search.kernel);
  pilot(search, kPilotWalks, kPilotEventsMax, counting);
  return counting.done();
}

Remaining::Remaining(std::shared_ptr<const Census> census)
    : census_(std::move(census)),
      lineage_(census_->lineage),
      done_at_(census_->tallies.empty() ? 0 : census_->tallies.front().at.size()),
      total_at_(done_at_.size()) {
  for (const Census::Tally& tally : census_->tallies) {
    const auto average = [&](std::uint64_t events) {
      return tally.walks == 0 ? 0 : (kUnit * events + tally.walks / 2) / tally.walks;
    };
    total_.push_back(average(tally.events));
    for (std::size_t canister = 0; canister < total_at_.size(); ++canister) {
      total_at_[canister].push_back(average(tally.at[canister]));
    }
  }
}

void Remaining::begin() {
  lineage_.begin();
  std::ranges::fill(done_, 0);
  for (std::vector<std::uint64_t>& done : done_at_) {
    std::ranges::fill(done, 0);
  }
}

void Remaining::look(const CurrentState& state, std::span<const Event> enabled) {
  lineage_.look(state, enabled);
  done_.resize(lineage_.size());
  grouped_.resize(lineage_.size());
  for (std::vector<std::uint64_t>& done : done_at_) {
    done.resize(lineage_.size());
  }
}

std::uint64_t Remaining::of(Node node) const {
  if (node >= total_.size()) {
    return kUnit;
  }
  const std::uint64_t total = total_[node];
  return total > done_[node] + kUnit ? total - done_[node] : kUnit;
}

std::uint64_t Remaining::of(Node node, CanisterId canister) const {
  // Never nothing, so that no order is ruled out by what the pilot walks did not see.
  if (node >= total_.size()) {
    return 1;
  }
  const std::uint64_t total = total_at_[canister][node];
  const std::uint64_t done = done_at_[canister][node];
  return total > done ? total - done : 1;
}

void Remaining::chosen(std::span<const Event> enabled, std::size_t index) {
  const CanisterId touched = touched_canister(enabled[index]);
  for (Node node = lineage_[index]; node != Lineage::kWhole; node = lineage_.parent(node)) {
    done_[node] += kUnit;
    if (touched < done_at_.size()) {
      done_at_[touched][node] += kUnit;
    }
  }
  lineage_.chosen(index);
}

}  // namespace heddle::internal
