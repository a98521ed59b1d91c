// Turns: which strategy of a portfolio has which schedule.
//
// Fixed for a round of schedules by what the rounds before have shown, so that it does not depend
// on the number of threads. In the first round all have equally many turns; later half of the turns
// are shared equally, and half in proportion to how many new things a strategy has lately shown in
// a schedule of its own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace heddle::internal {

class Turns {
 public:
  static constexpr std::uint64_t kRound = 1024;

  explicit Turns(std::size_t parts) : scores_(parts, 0) {
    deal(std::vector<std::uint64_t>(parts, 1));
  }

  /// Who has this schedule, of the round that is dealt.
  [[nodiscard]] std::size_t part(std::uint64_t schedule) const { return dealt_[schedule % kRound]; }

  /// For checkpoints.
  template <class Archive>
  void archive(Archive& archive) {
    archive(scores_, dealt_);
  }

  /// Deals the next round. `found`: how many new things each part has shown in the last one.
  void next_round(std::span<const std::uint64_t> found) {
    for (std::size_t part = 0; part < scores_.size(); ++part) {
      const auto turns = static_cast<std::uint64_t>(std::ranges::count(dealt_, part));
      // Things in 1024 schedules of its own; what was found before counts half each round.
      scores_[part] = scores_[part] / 2 + found[part] * kRound / std::max<std::uint64_t>(1, turns);
    }
    const std::uint64_t total = std::accumulate(scores_.begin(), scores_.end(), std::uint64_t{0});
    std::vector<std::uint64_t> shares;
    for (const std::uint64_t score : scores_) {
      shares.push_back(total == 0 ? 1 : total + score * scores_.size());
    }
    deal(shares);
  }

 private:
  // Spreads the turns evenly: each time whoever has waited longest for its share.
  void deal(const std::vector<std::uint64_t>& shares) {
    const std::uint64_t total = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
    std::vector<std::int64_t> credits(shares.size(), 0);
    dealt_.resize(kRound);
    for (std::size_t& turn : dealt_) {
      for (std::size_t part = 0; part < shares.size(); ++part) {
        credits[part] += static_cast<std::int64_t>(shares[part]);
      }
      turn = static_cast<std::size_t>(std::ranges::max_element(credits) - credits.begin());
      credits[turn] -= static_cast<std::int64_t>(total);
    }
  }

  std::vector<std::uint64_t> scores_;
  std::vector<std::size_t> dealt_;
};

}  // namespace heddle::internal
