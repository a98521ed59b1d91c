#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <heddle/checker/estimate.h>

namespace heddle {

namespace {

constexpr std::size_t kLevelsMin = 5;
/// How many levels the factor is watched over.
constexpr std::array<std::size_t, 4> kStretches{3, 4, 6, 9};
/// A search beyond this takes for ever in any case.
constexpr double kBeyond = 1e18;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What comes after a level of this size whose factor to the one before has this logarithm, when
/// the logarithm falls by `slope` with each level.
double rest(double size, double growth, double slope) {
  double sum = 0;
  while (size >= 1 && sum < kBeyond) {
    growth -= slope;
    size *= std::exp(growth);
    sum += size;
  }
  return sum < kBeyond ? sum : kInfinity;
}

std::string amount(double number) {
  if (number >= 1e12) {
    return fmt::format("{:.1e}", number);
  }
  if (number >= 1e9) {
    return fmt::format("{:.1f} billion", number / 1e9);
  }
  if (number >= 1e6) {
    return fmt::format("{:.1f} million", number / 1e6);
  }
  return fmt::format("{:.0f}", number);
}

}  // namespace

std::optional<Estimate> estimate_from_levels(std::span<const std::uint64_t> levels) {
  if (levels.size() < kLevelsMin) {
    return std::nullopt;
  }
  const auto growth_at = [&](std::size_t level) {
    return std::log(static_cast<double>(levels[level]) / static_cast<double>(levels[level - 1]));
  };
  double met = 0;
  for (const std::uint64_t level : levels) {
    met += static_cast<double>(level);
  }
  const std::size_t last = levels.size() - 1;
  Estimate estimate{kInfinity, 0};
  for (const std::size_t stretch : kStretches) {
    if (stretch >= last) {
      break;
    }
    const double slope =
        (growth_at(last - stretch) - growth_at(last)) / static_cast<double>(stretch);
    // The fall itself slows down in most systems: up to half of it may be lost on the way.
    for (const double fall : {slope, slope / 2}) {
      const double total =
          fall <= 0 && growth_at(last) >= 0
              ? kInfinity
              : met + rest(static_cast<double>(levels[last]), growth_at(last), std::max(fall, 0.0));
      estimate.low = std::min(estimate.low, total);
      estimate.high = std::max(estimate.high, total);
    }
  }
  if (estimate.low == kInfinity) {
    return std::nullopt;
  }
  return estimate;
}

std::optional<Estimate> estimate_from_stack(std::span<const Branching> stack,
                                            std::uint64_t states) {
  double share = 1;  // of the whole, below the state that is looked at
  double done = 0;
  for (const Branching& at : stack) {
    if (at.all == 0) {
      break;
    }
    share /= static_cast<double>(at.all);
    done += share * static_cast<double>(at.done);
  }
  if (done <= 0) {
    return std::nullopt;
  }
  const double high = static_cast<double>(states) / done;
  return Estimate{static_cast<double>(states), high < kBeyond ? high : kInfinity};
}

std::string to_string(const Estimate& estimate) {
  if (estimate.high == kInfinity) {
    return fmt::format("at least {}", amount(estimate.low));
  }
  const std::string low = amount(estimate.low);
  const std::string high = amount(estimate.high);
  return low == high ? fmt::format("about {}", low) : fmt::format("about {} to {}", low, high);
}

}  // namespace heddle
