#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string full_name(const VariableDiff& diff) {
  return diff.canister.empty() ? diff.variable : diff.canister + "." + diff.variable;
}

ScheduleText Trace::schedule() const {
  ScheduleText schedule;
  schedule.reserve(steps.size());
  for (const TraceStep& step : steps) {
    schedule.push_back(step.event);
  }
  return schedule;
}

}  // namespace heddle
