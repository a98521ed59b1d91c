// Scenario files as texts in a test: what checking one says, and how its mistakes are answered.
// Names of modules in it are relative to the folder of the file that it is called.
#pragma once

#include <string>

#include <heddle/checker/verdict.h>
#include <heddle/model/view.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/scenario_file.h>

namespace heddle::testing {

inline PreparedScenario prepared(const std::string& file, const std::string& text,
                                 const ScenarioOverrides& overrides = {}) {
  return prepare(
      file, "", [&](Scenario& s) { describe_scenario(s, file, text); }, overrides);
}

inline Report checked(const std::string& file, const std::string& text,
                      const ScenarioOverrides& overrides = {}) {
  PreparedScenario scenario = prepared(file, text, overrides);
  return check_prepared(scenario);
}

/// What the first mistake is answered with.
inline std::string mistake(const std::string& file, const std::string& text,
                           const ScenarioOverrides& overrides = {}) {
  try {
    prepared(file, text, overrides);
    return "no mistake";
  } catch (const Misuse& misuse) {
    return misuse.what();
  }
}

/// The values of an outcome set, each with a space behind it.
inline std::string outcomes(const Report& report, const std::string& set) {
  std::string text;
  for (const OutcomeWitness& outcome : report.verdict.outcomes.at(set)) {
    text += outcome.value + " ";
  }
  return text;
}

}  // namespace heddle::testing
