// Regressions: failing schedules that earlier runs have stored, replayed before anything is
// searched.
//
// A run that finds a violation which the scenario does not declare stores its schedule as a trace
// below `.heddle`: of a scenario file beside it, else in the current folder. The next run of the
// scenario with the same settings replays it first, leniently, and says what came of it. A stored
// schedule stays, also when it is fixed, until `heddle forget`. What a scenario declares (bundled
// bugs) is not stored: the declaration keeps it. The search itself knows nothing of all this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heddle/suite/check_scenario.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

/// A stored schedule, and what became of it.
struct Regression {
  enum class State : std::uint8_t {
    kStillFails,     ///< its property or another one fails on it
    kFixed,          ///< nothing fails on it
    kNotApplicable,  ///< nothing fails, but it is no schedule of this scenario any more
    kDeclared,       ///< its property fails on it, and the scenario declares that
    kOtherSettings,  ///< not replayed: it was found with other settings than this run's
    kDamaged,        ///< not readable, and left alone
    kStored,         ///< listed, not replayed
  };

  State state{};
  std::string file;
  std::string scenario;  ///< kDamaged: empty
  std::string property;  ///< kStillFails: the one that fails now; else the one that failed
  /// What became of it: `still fails: "conserved" is violated by event 6`.
  std::string sentence;
};

/// The regressions that lie where those of one scenario do. Not safe against other processes that
/// forget meanwhile; files appear whole or not at all.
class Regressions {
 public:
  /// `scenario`: a scenario's name, or a scenario file.
  explicit Regressions(const std::string& scenario);

  /// Replays those of the scenario, in the order of their files' names. Throws nothing but what is
  /// no Misuse.
  [[nodiscard]] std::vector<Regression> replay(const RegisteredScenario& scenario,
                                               const ScenarioOverrides& overrides) const;

  /// Stores the counterexample of `report` when it has one that `expectation` does not declare and
  /// that no regression which still fails stands for already. Says where it is, or why it could not
  /// be stored; nothing when there was nothing to store.
  [[nodiscard]] std::optional<std::string> keep(const Report& report,
                                                const Expectation& expectation,
                                                const std::vector<Regression>& known) const;

  /// Those that are stored here whose scenario matches `pattern`, and the damaged ones, whose
  /// scenario nobody knows.
  [[nodiscard]] std::vector<Regression> list(const std::string& pattern) const;

 private:
  std::string folder_;
};

/// Whether one of them fails that the scenario does not declare.
bool still_fails(const std::vector<Regression>& regressions);

}  // namespace heddle::internal
