// The verbs of a suite binary, a file each, and what they share.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <heddle/checker/replay.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/run.h>
#include <heddle/traces/text_options.h>

namespace heddle::internal {

inline constexpr int kVerifiedCode = 0;
inline constexpr int kViolatedCode = 1;
inline constexpr int kIncompleteCode = 2;
inline constexpr int kUsageCode = 64;
inline constexpr int kMisuseCode = 65;
inline constexpr int kInternalCode = 70;

// Each returns the exit code, and throws WrongUsage, Misuse, BrokenInvariant.
int run_list(const CommandLine& line, const Console& console);
/// check and sample.
int run_check(const CommandLine& line, const Console& console);
/// check --grow.
int run_grow(const CommandLine& line, const Console& console);
int run_replay(const CommandLine& line, const Console& console);
int run_explain(const CommandLine& line, const Console& console);
int run_explore(const CommandLine& line, const Console& console);
int run_export(const CommandLine& line, const Console& console);
int run_diff(const CommandLine& line, const Console& console);
int run_rely(const CommandLine& line, const Console& console);
int run_audit(const CommandLine& line, const Console& console);
int run_simulate(const CommandLine& line, const Console& console);
int run_init(const CommandLine& line, const Console& console);
int run_forget(const CommandLine& line, const Console& console);

/// Whether the fault can happen there: heartbeats need a canister that has one, silence an
/// environment canister.
bool can_happen(const System& system, const FaultName& fault);

/// Of several scenarios' exit codes the one that counts: the first in 70, 65, 64, 1, 2, 0.
int worst(const std::vector<int>& codes);

/// Something that ended a run, as an exit code and words.
struct Failed {
  int code = kInternalCode;
  std::string text;
};

/// What the exception that is being handled comes to.
Failed failed_by_current_exception();

TextOptions text_options(const CommandLine& line, const Console& console);

/// The scenarios that match the line's patterns, each once. Throws WrongUsage for a pattern that
/// matches none.
std::vector<RegisteredScenario> selected(const CommandLine& line);
/// The one that the line names. Throws WrongUsage unless there is exactly one.
RegisteredScenario selected_one(const CommandLine& line);

/// Whether `--set` of that name says something to the scenario, whose parameters these are.
bool takes(const RegisteredScenario& scenario,
           const std::map<std::string, std::int64_t>& parameters, const std::string& name);

/// What of the line is for this scenario. A parameter that it does not have is left out when
/// `lenient`; else it throws WrongUsage, as it does for a value that the scenario refuses.
ScenarioOverrides overrides_for(const CommandLine& line, const RegisteredScenario& scenario,
                                bool lenient = false);

/// Whether the traces of the line are drawn as pages.
bool draws_page(const CommandLine& line);

/// Explores with the line's options, a progress line and Ctrl-C.
Report checked(PreparedScenario& scenario, const CommandLine& line, const Console& console);

/// What `explain` and `export` are about.
struct Found {
  std::optional<Trace> trace;
  /// Of a scenario that was checked for it; none when the trace was stored in a file.
  std::optional<Report> report;
};

/// The trace that the line asks for: a stored one, replayed; or that of a scenario, checked.
Found find_trace(const CommandLine& line, const Console& console);

/// The counterexample with as little of the scenario as it needs (smaller.h), and the commands in
/// it those of the line.
Trace made_smaller(const RegisteredScenario& scenario, const ScenarioOverrides& overrides,
                   const Trace& found, const CommandLine& line);

/// A stored trace, or a schedule, replayed.
struct Again {
  Trace trace;
  /// The property that failed when the trace was stored; empty when none did.
  std::string failed_before;
  /// In which system.
  RegisteredScenario scenario;
  ScenarioOverrides overrides;
};

/// The schedule of the stored trace `file`, in the scenario that it names.
Again replay_file(const CommandLine& line, const std::string& file, ReplayMode mode);
/// The schedule that the line gives, in the scenario that it names.
Again replay_schedule(const CommandLine& line, ReplayMode mode);

/// Whether the line's one name is a file and no scenario.
bool names_file(const CommandLine& line);

/// Throws WrongUsage when the file cannot be read.
std::string read_file(const std::string& file);
/// Throws WrongUsage when the file cannot be written.
void write_file(const std::string& file, const std::string& text);

}  // namespace heddle::internal
