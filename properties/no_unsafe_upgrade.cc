#include <fmt/format.h>

#include <heddle/properties/no_unsafe_upgrade.h>

namespace heddle {

namespace {

class NoUnsafeUpgrade : public Property {
 public:
  [[nodiscard]] std::string name() const override { return "no unsafe upgrade"; }

  [[nodiscard]] std::string kind() const override { return "unsafe upgrade"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_one_context() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    return step.step.callbacks_cut_off == 0 ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] std::string explain(LeafValue /*memory*/, const StepView& step) const override {
    const std::uint32_t open = step.step.callbacks_cut_off;
    return fmt::format(
        "{}'s code was replaced while {} of its callbacks {} open: the response of each traps in "
        "the new code, or goes on in the wrong place. Stop the canister first",
        step.kernel.system().canisters[canister_of(step)].name, open, open == 1 ? "was" : "were");
  }

 private:
  static CanisterId canister_of(const StepView& step) {
    const Event& event = step.step.event;
    return event.kind == EventKind::kManage ? event.to : step.kernel.origin(event.context).canister;
  }
};

}  // namespace

std::shared_ptr<const Property> make_no_unsafe_upgrade() {
  return std::make_shared<NoUnsafeUpgrade>();
}

}  // namespace heddle
