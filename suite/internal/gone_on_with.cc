#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <heddle/suite/internal/gone_on_with.h>

namespace heddle::internal {
namespace {

/// The first of `then` that is enabled, which is taken out, else the first obligatory event.
std::optional<Event> next(const std::vector<Event>& enabled, const Kernel& kernel,
                          ScheduleText& then) {
  for (auto wanted = then.begin(); wanted != then.end(); ++wanted) {
    const auto found = std::ranges::find(
        enabled, *wanted, [&kernel](const Event& event) { return kernel.to_text(event); });
    if (found != enabled.end()) {
      then.erase(wanted);
      return *found;
    }
  }
  const auto first =
      std::ranges::find_if(enabled, [](const Event& event) { return !event.is_optional(); });
  return first == enabled.end() ? std::nullopt : std::optional(*first);
}

}  // namespace

ScheduleText gone_on_with(ScheduleText schedule, Kernel& kernel, ScheduleText then) {
  constexpr std::size_t kEventsMax = 1000;
  Stepper stepper(kernel);
  StateVector state = replay(stepper, schedule, ReplayMode::kStrict).end;
  std::vector<Event> enabled;
  while (schedule.size() < kEventsMax) {
    stepper.enabled(state, enabled);
    const std::optional<Event> event = next(enabled, kernel, then);
    if (!event) {
      break;
    }
    schedule.push_back(kernel.to_text(*event));
    Stepper::apply(state, stepper.step(state, *event));
  }
  return schedule;
}

}  // namespace heddle::internal
