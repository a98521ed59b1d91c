#include <algorithm>

#include <fmt/format.h>

#include <heddle/properties/call_outcome.h>

namespace heddle {

namespace {

class CallOutcome : public Property {
 public:
  CallOutcome(std::string name, CallPosition call, AnswerPredicate accepts, AnswerText shown)
      : name_(std::move(name)),
        call_(call),
        accepts_(std::move(accepts)),
        shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "call outcome"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_one_context() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    if (refused(memory, step) != nullptr) {
      return std::nullopt;
    }
    const bool trapped = std::ranges::any_of(step.step.executions, [&](const Execution& execution) {
      return execution.injected_trap && is_ours(step.kernel, execution.context);
    });
    return trapped ? 1 : memory;
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel& kernel,
                                                 const Renaming& renaming) const override {
    const UserCall& call = kernel.system().users[call_.user].calls[call_.number];
    const ContextId ours = kernel.context(
        {ContextOrigin::Kind::kIngress, call.canister, call_.user, call_.number, 0, 0});
    return renaming.context(ours) == ours ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] bool renames_canisters() const override { return true; }

  [[nodiscard]] bool looks_at_answers() const override { return true; }

  [[nodiscard]] std::string explain(LeafValue memory, const StepView& step) const override {
    const Response* response = refused(memory, step);
    return response == nullptr ? std::string{}
                               : fmt::format("{} is answered {}", step.kernel.name(response->from),
                                             shown_(step.kernel.tables(), response->answer));
  }

 private:
  /// The response of this step that is ours and not accepted.
  [[nodiscard]] const Response* refused(LeafValue memory, const StepView& step) const {
    for (const Response& response : step.step.responses) {
      if (response.to == 0 && response.from != 0 && !response.injected &&
          is_ours(step.kernel, response.from) && !is_trap_of_environment(memory, step, response) &&
          !accepts_(step.kernel.tables(), response.answer)) {
        return &response;
      }
    }
    return nullptr;
  }

  /// What the system answers for a context whose callback was made to trap (D16), at once or with
  /// the last of its open calls [C6].
  static bool is_trap_of_environment(LeafValue memory, const StepView& step,
                                     const Response& response) {
    return std::ranges::any_of(step.step.executions, [&](const Execution& execution) {
      return execution.context == response.from &&
             (execution.injected_trap ||
              (execution.kind == Execution::Kind::kConsume && memory != 0));
    });
  }

  [[nodiscard]] bool is_ours(const Kernel& kernel, ContextId context) const {
    const ContextOrigin origin = kernel.origin(context);
    return origin.kind == ContextOrigin::Kind::kIngress && origin.user == call_.user &&
           &kernel.user_call(origin) == &kernel.system().users[call_.user].calls[call_.number];
  }

  // The memory is 1 once the environment has made a callback of this call trap.
  std::string name_;
  CallPosition call_;
  AnswerPredicate accepts_;
  AnswerText shown_;
};

}  // namespace

std::shared_ptr<const Property> make_call_outcome(std::string name, CallPosition call,
                                                  AnswerPredicate accepts, AnswerText shown) {
  return std::make_shared<CallOutcome>(std::move(name), call, std::move(accepts), std::move(shown));
}

}  // namespace heddle
