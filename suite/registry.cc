#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/suite/registry.h>

namespace heddle {
namespace {

std::string text(const std::source_location& place) {
  return fmt::format("{}:{}", place.file_name(), place.line());
}

}  // namespace

Registry& Registry::instance() {
  static Registry registry;
  return registry;
}

void Registry::add(RegisteredScenario scenario) {
  scenarios_.push_back(std::move(scenario));
}

std::vector<const RegisteredScenario*> Registry::all() const {
  std::vector<const RegisteredScenario*> sorted;
  for (const RegisteredScenario& scenario : scenarios_) {
    sorted.push_back(&scenario);
  }
  // The order of registration is the linker's; this one is the reader's.
  const auto key = [](const RegisteredScenario* scenario) {
    return std::tuple(std::string_view(scenario->story),
                      std::string_view(scenario->place.file_name()), scenario->place.line(),
                      std::string_view(scenario->scenario));
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const auto* left, const auto* right) { return key(left) < key(right); });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = i + 1; j < sorted.size() && sorted[j]->story == sorted[i]->story; ++j) {
      if (sorted[j]->scenario == sorted[i]->scenario) {
        throw Misuse(fmt::format("two scenarios are named {}: at {} and at {}; rename one of them",
                                 sorted[i]->name(), text(sorted[i]->place),
                                 text(sorted[j]->place)));
      }
    }
  }
  return sorted;
}

std::vector<const RegisteredScenario*> Registry::matching(std::string_view pattern) const {
  std::vector<const RegisteredScenario*> found = all();
  std::erase_if(
      found, [&](const auto* scenario) { return !internal::matches(pattern, scenario->name()); });
  return found;
}

const RegisteredScenario* Registry::find(std::string_view name) const {
  const auto found = std::find_if(scenarios_.begin(), scenarios_.end(),
                                  [&](const auto& scenario) { return scenario.name() == name; });
  return found == scenarios_.end() ? nullptr : &*found;
}

namespace internal {

bool register_scenario(const char* story, const char* scenario, const char* description,
                       void (*describe)(Scenario&), std::source_location place) {
  Registry::instance().add({story, scenario, description, describe, place});
  return true;
}

}  // namespace internal
}  // namespace heddle
