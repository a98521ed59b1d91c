#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/checker/replay.h>

namespace heddle {

namespace {

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

/// The enabled event of the same kind whose text differs least; nothing when all differ by more
/// than half.
std::optional<std::size_t> nearest(std::string_view wanted,
                                   const std::vector<std::string>& enabled) {
  std::optional<std::size_t> best;
  std::size_t least = wanted.size() / 2 + 1;
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    if (first_word(wanted) != first_word(enabled[i])) {
      continue;
    }
    if (const std::size_t between = distance(wanted, enabled[i]); between < least) {
      best = i;
      least = between;
    }
  }
  return best;
}

std::string not_enabled(std::size_t line, std::string_view wanted,
                        const std::vector<std::string>& enabled) {
  return fmt::format(
      "schedule line {}: \"{}\" is not enabled here. {}. The schedule was made with other "
      "canisters, "
      "another scenario or other faults; a lenient replay takes the nearest event and goes on.",
      line, wanted,
      enabled.empty() ? "Nothing is enabled any more"
                      : fmt::format("Enabled: {}", fmt::join(enabled, ", ")));
}

}  // namespace

Replayed replay(Stepper& stepper, const ScheduleText& schedule, ReplayMode mode,
                const ReplayObserver& observer) {
  Kernel& kernel = stepper.kernel();
  Replayed replayed;
  replayed.end = kernel.initial();
  std::vector<Event> enabled;
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    stepper.enabled(replayed.end, enabled);
    std::vector<std::string> texts;
    for (const Event& event : enabled) {
      texts.push_back(kernel.to_text(event));
    }
    auto chosen = static_cast<std::size_t>(std::ranges::find(texts, schedule[i]) - texts.begin());
    if (chosen == texts.size()) {
      if (mode == ReplayMode::kStrict) {
        kernel.from_text(schedule[i]);  // a line that is no event at all is a better message
        throw Misuse(not_enabled(i + 1, schedule[i], texts));
      }
      const auto instead = nearest(schedule[i], texts);
      replayed.divergences.push_back(
          {i + 1, schedule[i], instead ? texts[*instead] : std::string(), texts});
      if (!instead) {
        continue;
      }
      chosen = *instead;
    }
    const Step& step = stepper.step(replayed.end, enabled[chosen]);
    StateVector after = replayed.end;
    Stepper::apply(after, step);
    replayed.schedule.push_back(enabled[chosen]);
    if (observer) {
      observer(replayed.end, enabled, step, after);
    }
    replayed.end = std::move(after);
  }
  return replayed;
}

ScheduleText to_text(const Kernel& kernel, const Schedule& schedule) {
  ScheduleText text;
  text.reserve(schedule.size());
  for (const Event& event : schedule) {
    text.push_back(kernel.to_text(event));
  }
  return text;
}

}  // namespace heddle
