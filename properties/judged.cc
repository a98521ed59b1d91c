#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/memo.h>
#include <heddle/model/trap.h>
#include <heddle/properties/atomicity.h>
#include <heddle/properties/judged.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

std::string shown(const State& now, const Observation& question, std::uint32_t answer) {
  Kernel& kernel = now.kernel();
  const auto canister = [&](std::uint32_t id) { return kernel.system().canisters[id].name; };
  switch (question.kind) {
    case ObservationKind::kVariable: {
      const std::string name = name_of(kernel, question.canister, question.subject);
      if (question.subject.key == Subject::kKeySet) {
        return fmt::format(
            "{}: {}", name,
            answer == 0 ? 0 : kernel.tables().values[answer].size() / sizeof(ValueId));
      }
      if (answer == 0) {
        return fmt::format("{} = (none)", name);
      }
      const auto& variables =
          kernel.system().canisters[question.canister].program->info().variables;
      const auto& show = variables[question.subject.variable].show_value;
      return fmt::format("{} = {}", name, to_string(show(kernel.tables().values[answer])));
    }
    case ObservationKind::kInFlight:
      return fmt::format("calls in flight from {} to {}: {}", canister(question.canister),
                         canister(question.detail), answer);
    case ObservationKind::kResult:
      return answer == 0 ? fmt::format("{} is not answered", kernel.name(question.detail))
                         : std::string{};
    default:
      return {};
  }
}

}  // namespace

std::string values_read(const State& now, const std::function<void(const State&)>& evaluate) {
  RecordingSource source(now.source());
  try {
    const State again(source, now.kernel(), now.vector());
    evaluate(again);
  } catch (const Trap&) {
    // What was read before is told all the same.
  }
  std::vector<std::string> values;
  for (const auto& [question, answer] : source.consulted()) {
    std::string text = shown(now, question, answer);
    if (!text.empty() && std::ranges::find(values, text) == values.end()) {
      values.push_back(std::move(text));
    }
  }
  // By name: in which order the two sides of a comparison are read is the compiler's choice.
  std::ranges::sort(values);
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace heddle
