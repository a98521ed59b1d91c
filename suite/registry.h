// Registry: the scenarios of a suite binary, by name.
//
//     HEDDLE_SCENARIO(withdraw, buggy, "two withdrawals use one balance read before the await") {
//       auto bank = s.install<Bank>("bank");
//       ...
//     }
//
// registers "withdraw/buggy". The body describes the scenario to `s`, a `heddle::Scenario&`. It
// runs each time the scenario is listed, checked or replayed, with that run's parameters, so it
// must depend on nothing else.
#pragma once

#include <deque>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/properties/scenario.h>

namespace heddle {

/// A scenario as it stands in the source.
struct RegisteredScenario {
  std::string story;
  std::string scenario;
  std::string description;
  std::function<void(Scenario&)> describe;
  std::source_location place;
  /// Of a scenario that is data: whether `--set` can name this in it. None: the names are those of
  /// the description's parameters.
  std::function<bool(const std::string& name)> takes{};

  /// "withdraw/buggy".
  [[nodiscard]] std::string name() const {
    return story.empty() ? scenario : story + "/" + scenario;
  }
};

/// What registration macros add to before main(); scenario files are read where they are named. Not
/// thread-safe while they do; what is registered stays where it is.
class Registry {
 public:
  /// The one of this binary: registration needs a place that exists before main().
  static Registry& instance();

  void add(RegisteredScenario scenario);

  /// All scenarios: by story, and within a story as they are written. Throws Misuse when two have
  /// one name.
  [[nodiscard]] std::vector<const RegisteredScenario*> all() const;
  /// Those whose name matches `pattern` (pattern.h), in the order of `all`.
  [[nodiscard]] std::vector<const RegisteredScenario*> matching(std::string_view pattern) const;
  /// Null when there is none of that name.
  [[nodiscard]] const RegisteredScenario* find(std::string_view name) const;

 private:
  std::deque<RegisteredScenario> scenarios_;
};

namespace internal {

/// What HEDDLE_SCENARIO expands to a call of. Always true, so that it can initialise a constant.
bool register_scenario(const char* story, const char* scenario, const char* description,
                       void (*describe)(Scenario&),
                       std::source_location place = std::source_location::current());

}  // namespace internal
}  // namespace heddle

/// Registers the scenario `story`/`name`; the body that follows describes it to `s`. Both names are
/// identifiers. A name that begins with `buggy` or `fixed` says the scenario's form; `s.form(...)`
/// says it for others.
#define HEDDLE_SCENARIO(story, name, description)                               \
  static void heddle_scenario_##story##_##name(::heddle::Scenario& s);          \
  [[maybe_unused]] static const bool heddle_registered_##story##_##name =       \
      ::heddle::internal::register_scenario(#story, #name, description,         \
                                            &heddle_scenario_##story##_##name); \
  static void heddle_scenario_##story##_##name([[maybe_unused]] ::heddle::Scenario& s)
