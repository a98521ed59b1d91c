#include <heddle/traces/trace.h>

namespace heddle {

ScheduleText Trace::schedule() const {
  ScheduleText schedule;
  schedule.reserve(steps.size());
  for (const TraceStep& step : steps) {
    schedule.push_back(step.event);
  }
  return schedule;
}

}  // namespace heddle
