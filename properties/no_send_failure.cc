#include <algorithm>

#include <fmt/format.h>

#include <heddle/properties/no_send_failure.h>

namespace heddle {

namespace {

class NoUnhandledSendFailure : public Property {
 public:
  [[nodiscard]] std::string name() const override { return "no unhandled send failure"; }

  [[nodiscard]] std::string kind() const override { return "send failure"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_one_context() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    return failed(step) == nullptr ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel& /*kernel*/,
                                                 const Renaming& /*renaming*/) const override {
    return memory;
  }

  [[nodiscard]] bool renames_canisters() const override { return true; }

  [[nodiscard]] std::string explain(LeafValue /*memory*/, const StepView& step) const override {
    const Execution* execution = failed(step);
    if (execution == nullptr) {
      return {};
    }
    const Installed& installed = step.kernel.system().canisters[execution->canister];
    return fmt::format("{}: a call could not be sent, and the failure left {}.{} uncaught",
                       step.kernel.name(execution->context), installed.name,
                       installed.program->info().methods[execution->method].name);
  }

 private:
  static const Execution* failed(const StepView& step) {
    const auto found = std::ranges::find_if(step.step.executions, [](const Execution& execution) {
      return execution.effects != nullptr && !execution.injected_trap &&
             execution.effects->send_failure_unhandled;
    });
    return found == step.step.executions.end() ? nullptr : &*found;
  }
};

}  // namespace

std::shared_ptr<const Property> make_no_unhandled_send_failure() {
  return std::make_shared<NoUnhandledSendFailure>();
}

}  // namespace heddle
