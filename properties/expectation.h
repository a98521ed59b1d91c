// What a scenario's author expects of a check, and how it is to be checked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace heddle {

/// The answer that a scenario is written to get.
enum class ExpectedVerdict : std::uint8_t { kVerified, kViolated, kIncomplete };
/// "VERIFIED", "VIOLATED", "INCOMPLETE".
std::string_view to_string(ExpectedVerdict verdict);

struct Expectation {
  ExpectedVerdict verdict = ExpectedVerdict::kVerified;
  /// kViolated: which property; empty for any.
  std::string property;
  /// The exact outcome sets that are expected, by name, as texts.
  std::map<std::string, std::set<std::string>> outcomes;
  /// The verdict was said by `expect`; else it is what follows from the procedure.
  bool declared = false;
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

/// For Scenario::expect.
Expectation verified();
/// The property is named as its claim was; without a name any will do.
Expectation violated(std::string property = {});
Expectation incomplete();

/// Whether a scenario shows a bug, its repair, or neither.
enum class Form : std::uint8_t { kNeutral, kBuggy, kFixed };

/// The order of the one schedule that `one_schedule` runs.
enum class ScheduleOrder : std::uint8_t {
  kInOrder  ///< first come, first served: every queue in arrival order
};
inline constexpr ScheduleOrder in_order = ScheduleOrder::kInOrder;

/// How `check` treats a scenario. What is not exhaustive answers INCOMPLETE.
struct Procedure {
  enum class Kind : std::uint8_t { kExhaustive, kSampled, kOneSchedule };
  Kind kind = Kind::kExhaustive;
  std::uint64_t schedules = 0;  ///< kSampled
  friend bool operator==(const Procedure&, const Procedure&) = default;
};

}  // namespace heddle
