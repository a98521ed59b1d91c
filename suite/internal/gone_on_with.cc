#include <algorithm>
#include <cstddef>
#include <vector>

#include <heddle/suite/internal/gone_on_with.h>

namespace heddle::internal {

ScheduleText gone_on_with(ScheduleText schedule, Kernel& kernel) {
  constexpr std::size_t kEventsMax = 1000;
  Stepper stepper(kernel);
  StateVector state = replay(stepper, schedule, ReplayMode::kStrict).end;
  std::vector<Event> enabled;
  while (schedule.size() < kEventsMax) {
    stepper.enabled(state, enabled);
    const auto event =
        std::ranges::find_if(enabled, [](const Event& e) { return !e.is_optional(); });
    if (event == enabled.end()) {
      break;
    }
    schedule.push_back(kernel.to_text(*event));
    Stepper::apply(state, stepper.step(state, *event));
  }
  return schedule;
}

}  // namespace heddle::internal
