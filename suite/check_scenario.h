// check_scenario: a registered scenario, described, explored and reported. What the verbs, the
// GoogleTest cases and the RapidCheck macro have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/registry.h>
#include <heddle/traces/report.h>
#include <heddle/traces/trace.h>

namespace heddle {

/// A scenario with a kernel to explore it in. The claims may hold names of that kernel's contexts.
struct PreparedScenario {
  std::string name;
  std::string description;
  ScenarioOverrides overrides;
  Setup setup;
  std::unique_ptr<Kernel> kernel;
};

/// Runs the scenario's body. Throws Misuse when it makes no sense, with the scenario's name.
PreparedScenario prepare(const RegisteredScenario& scenario,
                         const ScenarioOverrides& overrides = {});

/// The same of a scenario that is registered nowhere.
PreparedScenario prepare(const std::string& name, const std::string& description,
                         const std::function<void(Scenario&)>& describe,
                         const ScenarioOverrides& overrides = {});

/// How to explore, where it differs from what the scenario declares.
struct CheckRequest {
  CheckOptions options{};  ///< `strategy` and `schedules` in it do not count
  /// None: what the scenario declares, breadth-first if it declares nothing.
  std::optional<Strategy> strategy{};
  /// Of sampled strategies. None: what the scenario declares, 10 000 if it declares nothing.
  std::optional<std::uint64_t> schedules{};
  /// How commands in traces begin: the program as it was called.
  std::string program = "heddle";
  /// Where the counterexample's trace will be stored: then commands cite the file.
  std::optional<std::string> trace_file{};
  /// Whether there is a command that replays it: traces show one.
  bool replayable = true;
  /// Whether counterexamples are compared with the nearest schedule that passes.
  bool compares = true;
  /// Whether traces hold what only a page shows (TraceRequest::for_page).
  bool for_page = false;
  /// GoogleTest cases: whether schedules that failed before are replayed first, and new ones are
  /// stored, below `.heddle` (docs/ci.md).
  bool regressions = true;
};

/// Explores. The report has a trace when a property is violated by a schedule, and says what the
/// scenario declares, and when it allows one schedule only without saying so. Throws Misuse for
/// undefined use in canister code.
Report check_prepared(PreparedScenario& scenario, const CheckRequest& request = {});

/// The registered scenario of that name, or that of the scenario file. Throws Misuse when there is
/// none.
RegisteredScenario scenario_named(std::string_view name);

/// `prepare` and `check_prepared` of the scenario of that name. Throws Misuse when there is none.
Report check_scenario(std::string_view name, const ScenarioOverrides& overrides = {},
                      const CheckRequest& request = {});

/// `schedule` replayed in the scenario; the trace says which property fails on it, if one does.
/// `about` says where the schedule comes from: strategy, seed, minimality. Throws Misuse for an
/// event that is not possible, if `mode` is strict.
Trace replay_prepared(PreparedScenario& scenario, const ScheduleText& schedule,
                      const Verdict& about = {}, ReplayMode mode = ReplayMode::kStrict,
                      const CheckRequest& request = {});

/// What a stored trace needs, besides the profile, to be replayed in the same system.
std::vector<std::pair<std::string, std::string>> settings_of(const ScenarioOverrides& overrides);
/// What `settings` were made from; profiles are no settings.
ScenarioOverrides overrides_from(const std::vector<std::pair<std::string, std::string>>& settings);

/// "VIOLATED conserved", "VERIFIED, balance: {1, 2}".
std::string to_text(const Expectation& expectation);

/// In which points the verdict is not the expected one, a sentence each; none when it is. Outcome
/// sets are compared as sets, except that of a search that a violation ended only the values that
/// it should not have met count.
std::vector<std::string> differences(const Verdict& verdict, const Expectation& expectation);

/// "buggy", "fixed" or "neutral".
std::string_view to_string(Form form);

/// The form of the scenario: what it declares, else what its name begins with.
Form form_of(const RegisteredScenario& scenario, const Setup& setup);

/// As flags of the command line: ` --profile happy --set users=3 --weaken G1`.
std::string to_flags(const ScenarioOverrides& overrides);

/// `text` as one word of a POSIX shell, quoted only where it must be.
std::string shell_word(const std::string& text);

}  // namespace heddle
