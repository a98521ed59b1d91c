#include <map>
#include <optional>

#include <fmt/format.h>

#include <heddle/properties/one_at_a_time.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class OneAtATime : public Property {
 public:
  OneAtATime(std::string name, std::vector<Section> sections)
      : name_(std::move(name)), sections_(std::move(sections)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "mutual exclusion"; }

  [[nodiscard]] When when() const override { return When::kEveryState; }

  [[nodiscard]] bool holds(const State& now) const override { return !two(now); }

  [[nodiscard]] std::string explain(const State& now) const override {
    return two(now).value_or(std::string());
  }

 private:
  /// Says which two are inside.
  [[nodiscard]] std::optional<std::string> two(const State& now) const {
    std::map<std::string, std::string> inside;  // by key
    for (const Section& section : sections_) {
      for (const SuspendedCall& call : now.suspended(section.canister, section.method)) {
        const std::string key = section.key(call.caller, call.arguments);
        const std::string text = fmt::format("{} {}", call.name,
                                             now.kernel()
                                                 .system()
                                                 .canisters[section.canister]
                                                 .program->info()
                                                 .methods[section.method]
                                                 .name);
        const auto [other, first] = inside.try_emplace(key, text);
        if (!first) {
          return fmt::format("{} and {} are both inside{}", other->second, text,
                             key.empty() ? "" : fmt::format(", of {}", key));
        }
      }
    }
    return std::nullopt;
  }

  std::string name_;
  std::vector<Section> sections_;
};

}  // namespace

std::shared_ptr<const Property> make_one_at_a_time(std::string name,
                                                   std::vector<Section> sections) {
  return std::make_shared<OneAtATime>(std::move(name), std::move(sections));
}

}  // namespace heddle
