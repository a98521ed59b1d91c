#include <string>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/rapidcheck.h>
#include <heddle/traces/terminal.h>

namespace heddle::internal {

namespace {

std::string explored(const std::string& name, const std::function<void(Scenario&)>& describe) {
  // A kernel for each workload: what one of them interned is of no use to the next.
  PreparedScenario prepared = prepare(name, "", describe);
  CheckRequest request;
  request.replayable = false;
  const Report report = check_prepared(prepared, request);
  std::string text;
  for (const std::string& difference : differences(report.verdict, prepared.setup.expectation)) {
    text += difference + '\n';
  }
  if (text.empty()) {
    return text;
  }
  TextOptions options;
  options.width = TextOptions::kWidthDefault;
  text += '\n';
  if (report.trace) {
    text += to_terminal(*report.trace, options) + '\n';
  }
  return text + to_text(report, options);
}

}  // namespace

std::string explore_workload(const std::string& name,
                             const std::function<void(Scenario&)>& describe) {
  // RapidCheck's own exceptions (RC_PRE, RC_ASSERT in the body) are not ours to catch.
  try {
    return explored(name, describe);
  } catch (const Misuse& misuse) {
    return fmt::format("misuse: {}\n", misuse.what());
  }
}

}  // namespace heddle::internal
