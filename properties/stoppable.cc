#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/state.h>
#include <heddle/properties/stoppable.h>

namespace heddle {

namespace {

class Stoppable : public Property {
 public:
  Stoppable(CanisterId canister, std::string shown)
      : canister_(canister), shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("{} can be stopped", shown_);
  }

  [[nodiscard]] std::string kind() const override { return "stoppable"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override {
    return !now.stopping(AnyRef(canister_));
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    std::vector<std::string> names;
    for (const OpenContext& context : now.open_contexts(AnyRef(canister_))) {
      names.push_back(context.name);
    }
    return fmt::format("{} is stopping for ever: {} open", shown_,
                       names.empty() ? std::string("nothing is")
                                     : fmt::format("{} {}", fmt::join(names, ", "),
                                                   names.size() == 1 ? "is" : "are"));
  }

 private:
  CanisterId canister_;
  std::string shown_;
};

}  // namespace

std::shared_ptr<const Property> make_stoppable(const System& system, CanisterId canister) {
  return std::make_shared<Stoppable>(canister, system.canisters[canister].name);
}

}  // namespace heddle
