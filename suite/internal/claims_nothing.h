// A suite that claims nothing would pass unless its canisters trap, deadlock or leave a call
// unanswered; that is said, and fails.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <heddle/suite/registry.h>

namespace heddle::internal {

/// What to tell the author of a suite in which no scenario has a property of its own, an outcome
/// set or a measure; nothing when one has. A scenario that makes no sense counts as one that has:
/// it is answered elsewhere.
std::optional<std::string> claims_nothing(std::span<const RegisteredScenario* const> suite);

/// The same of what a run is about: the scenarios of this binary, and each scenario file by itself.
std::optional<std::string> claims_nothing_of(std::span<const RegisteredScenario* const> run);

}  // namespace heddle::internal
