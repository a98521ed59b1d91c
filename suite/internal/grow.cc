// check --grow: one size after the other, so that it is known how large the next one would be.
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {
namespace {

constexpr double kSecondsDefault = 60;

struct Size {
  double states = 0;
  double seconds = 0;
};

/// The next size by the growth of the last two ratios: spaces of interleavings grow by factors that
/// grow themselves, so the last factor alone would always be too low.
std::optional<Size> estimate(const std::vector<Size>& sizes) {
  const std::size_t n = sizes.size();
  if (n < 2) {
    return std::nullopt;
  }
  const double last = sizes[n - 1].states / std::max(1.0, sizes[n - 2].states);
  double next = last;
  if (n >= 3) {
    const double before = sizes[n - 2].states / std::max(1.0, sizes[n - 3].states);
    next = before > 0 ? last * std::max(1.0, last / before) : last;
  }
  const double each = sizes[n - 1].seconds / std::max(1.0, sizes[n - 1].states);
  const double states = sizes[n - 1].states * next;
  return Size{states, states * each};
}

std::string rounded(double number) {
  constexpr double kTooMany = 1e15;
  if (number > kTooMany) {
    return fmt::format("{:.0e}", number);
  }
  // Two digits are what such an estimate is worth.
  const double unit = number < 100 ? 1 : std::pow(10, std::floor(std::log10(number)) - 1);
  return grouped(static_cast<std::uint64_t>(std::round(number / unit) * unit));
}

std::int64_t start_of(const PreparedScenario& scenario, const CommandLine& line) {
  const auto found = scenario.setup.parameters.find(*line.grow);
  if (found != scenario.setup.parameters.end()) {
    return found->second;
  }
  std::string names;
  for (const auto& [name, value] : scenario.setup.parameters) {
    names += (names.empty() ? "" : ", ") + name;
  }
  throw WrongUsage(fmt::format("{} has no parameter '{}' to grow{}", scenario.name, *line.grow,
                               names.empty() ? "; it has none at all (s.param makes one)"
                                             : fmt::format("; it has {}", names)));
}

class Growth {
 public:
  Growth(RegisteredScenario scenario, const CommandLine& line, const Console& console)
      : scenario_(std::move(scenario)), line_(line), console_(console) {
    if (line_.options.seconds_max <= 0) {
      line_.options.seconds_max = kSecondsDefault;
    }
    seconds_max_ = line_.options.seconds_max;
  }

  int run() {
    const std::string& name = *line_.grow;
    std::int64_t value = start_of(prepare(scenario_, overrides_for(line_, scenario_)), line_);
    heading();
    for (;; ++value) {
      line_.overrides.parameters[name] = std::to_string(value);
      line_.options.seconds_max = seconds_left();
      PreparedScenario prepared = prepare(scenario_, line_.overrides);
      const Report report = checked(prepared, line_, console_);
      row(value, report.verdict);
      if (report.verdict.answered == Answered::kViolated) {
        return violated(value, report);
      }
      if (report.verdict.answered == Answered::kIncomplete) {
        return incomplete(value, report.verdict);
      }
      sizes_.push_back({static_cast<double>(report.verdict.states), report.verdict.seconds});
      const auto next = estimate(sizes_);
      if (seconds_left() <= 0 || (next && next->seconds > seconds_left())) {
        console_.out << fmt::format(
            "Stopped before {} = {}: it would not be finished within --max-seconds {:g}.\n", name,
            value + 1, seconds_max_);
        return kVerifiedCode;
      }
    }
  }

 private:
  [[nodiscard]] double seconds_left() const {
    const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - started_;
    return seconds_max_ - gone.count();
  }

  void heading() {
    console_.out << fmt::format(
        "{:>10}  {:<10}  {:>15}  {:>15}  {:>10}  the next size, estimated\n", *line_.grow,
        "verdict", "states", "transitions", "time");
  }

  // Written at once: the next size may take long.
  void row(std::int64_t value, const Verdict& verdict) {
    std::string next;
    if (verdict.answered == Answered::kVerified) {
      std::vector<Size> sizes = sizes_;
      sizes.push_back({static_cast<double>(verdict.states), verdict.seconds});
      if (const auto estimated = estimate(sizes)) {
        next =
            fmt::format("{} states, {}", rounded(estimated->states), duration(estimated->seconds));
      }
    }
    std::string text = fmt::format("{:>10}  {:<10}  {:>15}  {:>15}  {:>10}  {}", value,
                                   to_string(verdict.answered), grouped(verdict.states),
                                   grouped(verdict.transitions), duration(verdict.seconds), next);
    text.erase(text.find_last_not_of(' ') + 1);
    console_.out << text << '\n' << std::flush;
  }

  int violated(std::int64_t value, const Report& report) {
    console_.out << fmt::format("\nViolated with {} = {}:\n\n", *line_.grow, value);
    if (report.trace) {
      console_.out << to_terminal(*report.trace, text_options(line_, console_));
    }
    return kViolatedCode;
  }

  int incomplete(std::int64_t value, const Verdict& verdict) {
    console_.out << fmt::format("Stopped within {} = {}: {}.\n", *line_.grow, value,
                                verdict.coverage.empty() ? verdict.bound : verdict.coverage);
    return sizes_.empty() || verdict.bound == "interrupted" ? kIncompleteCode : kVerifiedCode;
  }

  RegisteredScenario scenario_;
  CommandLine line_;
  const Console& console_;
  double seconds_max_ = 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<Size> sizes_;
};

}  // namespace

int run_grow(const CommandLine& line, const Console& console) {
  return Growth(selected_one(line), line, console).run();
}

}  // namespace heddle::internal
