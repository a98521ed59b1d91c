// Attempt: what came of one scenario in a run, as every report of the run needs it; and its
// findings, what is wrong in it with a place in the source, as services that review code show them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/regressions.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/report.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

/// One scenario, explored or ended by an error.
struct Attempt {
  std::string name;
  SourcePlace place;  ///< of the scenario
  Report report;
  std::vector<std::string> differences;  ///< from what the scenario declares
  bool expects = false;                  ///< and they count
  std::vector<Regression> regressions;
  std::optional<std::string> kept;  ///< what is said of the schedule that was stored
  std::optional<Failed> failed;
  int code = kVerifiedCode;
};

/// Something that makes a scenario's exit code another one than 0.
struct Finding {
  enum class Level : std::uint8_t { kWarning, kError };

  Level level = Level::kError;
  std::string rule{};  ///< "always/conserved", "misuse", "one-schedule"
  std::string title{};
  std::string text{};
  SourcePlace place{};           ///< line 0: unknown
  const Trace* trace = nullptr;  ///< the attempt's, where the finding is its violation
};

/// Nothing when the exit code is 0. Valid as long as the attempt.
std::vector<Finding> findings_of(const Attempt& attempt);

/// Where the scenario stands.
SourcePlace place_of(const RegisteredScenario& scenario);

/// The line to look at first: the await at which the overtaken call was suspended; without a race
/// the one that trapped, or the last await before the violation. Line 0 if there is none.
SourcePlace place_of(const Trace& trace);

/// A place of the step's code, where it has one: its await, else its last access or send.
SourcePlace place_of(const TraceStep& step);

}  // namespace heddle::internal
