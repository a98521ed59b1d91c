// replay: one schedule again, event by event.
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/suite/internal/stop_at.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/json.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {
namespace {

Again replay_again(const CommandLine& line) {
  const ReplayMode mode = line.lenient ? ReplayMode::kLenient : ReplayMode::kStrict;
  const std::string& name = line.names.front();
  if (names_file(line)) {
    if (line.schedule) {
      throw WrongUsage(
          fmt::format("{} is a trace and has a schedule; --schedule goes with a scenario's name",
                      shell_word(name)));
    }
    return replay_file(line, name, mode);
  }
  if (!line.schedule && name.ends_with(".json")) {
    throw WrongUsage(fmt::format("there is no file {}; '{} check NAME --trace {}' writes one",
                                 shell_word(name), line.program, shell_word(name)));
  }
  const RegisteredScenario scenario = selected_one(line);
  if (!line.schedule) {
    throw WrongUsage(
        fmt::format("which schedule of {1}? Give --schedule 'start ...; deliver ...', or a trace "
                    "file; '{0} explain {1}' looks for a counterexample",
                    line.program, scenario.name()));
  }
  return replay_schedule(line, mode);
}

}  // namespace

int run_replay(const CommandLine& line, const Console& console) {
  if (line.stop_at && !is_debugged()) {
    throw WrongUsage(fmt::format(
        "--stop-at stops this process in a debugger, and none has it; start it in one: gdb --args "
        "{} replay {} ... --stop-at {}",
        line.program, shell_word(line.names.front()), *line.stop_at));
  }
  const Again result = replay_again(line);
  const Trace& trace = result.trace;
  if (line.trace) {
    write_file(*line.trace, to_json(trace));
  }
  console.out << to_terminal(trace, text_options(line, console));
  if (line.stop_at) {
    console.out << std::flush;
    PreparedScenario prepared = prepare(result.scenario, result.overrides);
    stop_at(prepared, trace.schedule(), *line.stop_at);
  }
  const bool fails = !trace.property.empty();
  if (!fails && result.failed_before.empty()) {
    console.out << "\nNo property fails on this schedule.\n";
  } else if (!fails) {
    console.out << fmt::format(
        "\nNo property fails any more: when the trace was stored, \"{}\" did.\n",
        result.failed_before);
  } else if (!result.failed_before.empty() && result.failed_before != trace.property) {
    console.out << fmt::format(
        "\nAnother property fails now: when the trace was stored, \"{}\" did.\n",
        result.failed_before);
  }
  return fails ? kViolatedCode : kVerifiedCode;
}

}  // namespace heddle::internal
