#include <algorithm>

#include <fmt/format.h>

#include <heddle/properties/no_unexpected_trap.h>

namespace heddle {

namespace {

class NoUnexpectedTrap : public Property {
 public:
  explicit NoUnexpectedTrap(ExpectedTraps expected) : expected_(std::move(expected)) {}

  [[nodiscard]] std::string name() const override { return "no unexpected trap"; }

  [[nodiscard]] std::string kind() const override { return "trap"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_one_context() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    return trapped(step) == nullptr ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel& /*kernel*/,
                                                 const Renaming& renaming) const override {
    return are_alike(expected_, renaming) ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] bool renames_canisters() const override { return true; }

  [[nodiscard]] std::string explain(LeafValue /*memory*/, const StepView& step) const override {
    const Execution* execution = trapped(step);
    if (execution == nullptr) {
      return {};
    }
    const Installed& installed = step.kernel.system().canisters[execution->canister];
    return fmt::format("{} traps in {}{}.{}: {}", step.kernel.name(execution->context),
                       execution->kind == Execution::Kind::kCleanup ? "the cleanup of " : "",
                       installed.name, installed.program->info().methods[execution->method].name,
                       step.kernel.tables().values[execution->effects->response.value]);
  }

 private:
  [[nodiscard]] const Execution* trapped(const StepView& step) const {
    const auto found = std::ranges::find_if(step.step.executions, [&](const Execution& execution) {
      return execution.effects != nullptr && !execution.injected_trap &&
             execution.effects->end == PieceEnd::kTrapped && !execution.effects->trap_expected &&
             !expected_.contains({execution.canister, execution.method});
    });
    return found == step.step.executions.end() ? nullptr : &*found;
  }

  ExpectedTraps expected_;
};

}  // namespace

bool are_alike(const ExpectedTraps& expected, const Renaming& renaming) {
  return std::ranges::all_of(expected, [&](const auto& method) {
    return expected.contains({renaming.canister(method.first), method.second});
  });
}

std::shared_ptr<const Property> make_no_unexpected_trap(ExpectedTraps expected) {
  return std::make_shared<NoUnexpectedTrap>(std::move(expected));
}

}  // namespace heddle
