#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/properties/defaults.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/claims_nothing.h>
#include <heddle/suite/scenario_file.h>

namespace heddle::internal {
namespace {

bool claims_something(const RegisteredScenario& scenario) {
  try {
    const Claims claims = prepare(scenario).setup.claims;
    return !claims.outcome_sets.empty() || !claims.measures.empty() ||
           std::ranges::any_of(claims.properties, [](const auto& property) {
             return !is_default_property(property->name());
           });
  } catch (const Misuse&) {
    return true;
  }
}

}  // namespace

std::optional<std::string> claims_nothing(std::span<const RegisteredScenario* const> suite) {
  if (suite.empty() || std::ranges::any_of(suite, [](const RegisteredScenario* scenario) {
        return claims_something(*scenario);
      })) {
    return std::nullopt;
  }
  return fmt::format(
      "{} no property of its own, so that only traps, deadlocks and calls left unanswered would be "
      "found. Say what must hold: s.always(\"conserved\", ...), s.finally(...), s.outcomes(...); "
      "in a "
      "scenario file [[always]], [[finally]], [[outcomes]]",
      suite.size() == 1 ? fmt::format("{} states", suite.front()->name())
                        : fmt::format("the {} scenarios of this suite state", suite.size()));
}

std::optional<std::string> claims_nothing_of(std::span<const RegisteredScenario* const> run) {
  const auto is_file = [](const RegisteredScenario* scenario) {
    return names_scenario_file(scenario->name());
  };
  for (const RegisteredScenario* scenario : run) {
    if (is_file(scenario)) {
      if (auto told = claims_nothing(std::span(&scenario, 1))) {
        return told;
      }
    }
  }
  if (std::ranges::all_of(run, is_file)) {
    return std::nullopt;
  }
  std::vector<const RegisteredScenario*> suite = Registry::instance().all();
  std::erase_if(suite, is_file);
  return claims_nothing(suite);
}

}  // namespace heddle::internal
