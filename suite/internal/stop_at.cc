#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <heddle/checker/replay.h>
#include <heddle/model/coroutine_program.h>
#include <heddle/model/internal/debugger_stop.h>
#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/stop_at.h>

namespace heddle::internal {

bool is_debugged() {
  std::ifstream status("/proc/self/status");
  const std::string field = "TracerPid:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) {
      return line.find_first_of("123456789", field.size()) != std::string::npos;
    }
  }
  return false;
}

void stop_at(PreparedScenario& scenario, const ScheduleText& schedule, std::uint64_t number) {
  if (number == 0 || number > schedule.size()) {
    throw WrongUsage(
        fmt::format("--stop-at {}: the schedule has events 1 to {}", number, schedule.size()));
  }
  for (const Installed& canister : scenario.setup.system.canisters) {
    if (auto* const program = dynamic_cast<CoroutineProgram*>(canister.program.get())) {
      // A person in a debugger takes longer than code may.
      program->set_options({.frames_max = 0, .piece_ms_max = 0});
    }
  }
  Stepper::Options options;
  options.memo = false;
  Stepper stepper(*scenario.kernel, options);
  const std::string& wanted = schedule[number - 1];
  const ScheduleText before(schedule.begin(),
                            schedule.begin() + static_cast<std::ptrdiff_t>(number) - 1);
  const StateVector state = replay(stepper, before, ReplayMode::kStrict).end;
  std::vector<Event> enabled;
  stepper.enabled(state, enabled);
  const auto event = std::ranges::find_if(enabled, [&](const Event& candidate) {
    return scenario.kernel->to_text(candidate) == wanted;
  });
  if (event == enabled.end()) {
    throw WrongUsage(fmt::format("--stop-at {}: \"{}\" is not possible there", number, wanted));
  }
  const DebuggerStop stop;
  stepper.step(state, *event);
  if (DebuggerStop::is_wanted()) {
    throw WrongUsage(fmt::format(
        "--stop-at {}: \"{}\" runs no code of a canister in C++, so there is nowhere to stop",
        number, wanted));
  }
}

}  // namespace heddle::internal
