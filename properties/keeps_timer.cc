#include <string>
#include <utility>

#include <fmt/format.h>

#include <heddle/properties/keeps_timer.h>
#include <heddle/properties/state.h>

namespace heddle {

namespace {

class KeepsTimer : public Property {
 public:
  KeepsTimer(CanisterId canister, std::string shown)
      : canister_(canister), shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("{} keeps its timer", shown_);
  }

  [[nodiscard]] std::string kind() const override { return "timer"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override {
    const AnyRef canister(canister_);
    return now.timer_armed(canister) || !now.has_code(canister) ||
           now.status(canister) != CanisterStatus::kRunning;
  }

  [[nodiscard]] std::string explain(const State& /*now*/) const override {
    return fmt::format("{} runs, and its timer is not armed: it will never fire again", shown_);
  }

 private:
  CanisterId canister_;
  std::string shown_;
};

}  // namespace

std::shared_ptr<const Property> make_keeps_timer(const System& system, CanisterId canister) {
  return std::make_shared<KeepsTimer>(canister, system.canisters[canister].name);
}

}  // namespace heddle
