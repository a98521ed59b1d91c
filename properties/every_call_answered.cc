#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/every_call_answered.h>
#include <heddle/properties/state.h>
#include <heddle/properties/wait_for.h>

namespace heddle {

namespace {

class EveryCallAnswered : public Property {
 public:
  [[nodiscard]] std::string name() const override { return "every call answered"; }

  [[nodiscard]] std::string kind() const override { return "unanswered call"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool is_memoised() const override { return false; }

  [[nodiscard]] bool is_symmetric() const override { return true; }

  [[nodiscard]] bool holds(const State& now) const override {
    return WaitFor(now.kernel(), now.vector()).unanswered().empty();
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{}", fmt::join(WaitFor(now.kernel(), now.vector()).lines(), "\n"));
  }
};

/// The memory is the list of open contexts that ended by an excused trap: their answer, when the
/// last of their calls is delivered, is that trap's.
class AnsweredByMethod : public Property {
 public:
  explicit AnsweredByMethod(ExpectedTraps expected) : expected_(std::move(expected)) {}

  [[nodiscard]] std::string name() const override { return "every call answered by its method"; }

  [[nodiscard]] std::string kind() const override { return "unanswered call"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_one_context() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    const ContextId excused = trapped_with_excuse(step.step);
    const ContextId ended = answered_by_system(step.step);
    if (excused == 0 && ended == 0) {
      return memory;
    }
    const std::vector<std::uint32_t> list = step.kernel.list(memory);
    std::set<std::uint32_t> contexts(list.begin(), list.end());
    if (ended != 0 && contexts.erase(ended) == 0) {
      return std::nullopt;
    }
    if (excused != 0 && answer_of(step.step, excused) == nullptr) {
      contexts.insert(excused);
    }
    return step.kernel.intern(std::vector<std::uint32_t>(contexts.begin(), contexts.end()));
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel& kernel,
                                                 const Renaming& renaming) const override {
    if (!are_alike(expected_, renaming)) {
      return std::nullopt;
    }
    std::set<std::uint32_t> contexts;
    for (const ContextId context : kernel.list(memory)) {
      contexts.insert(renaming.context(context));
    }
    return kernel.intern(std::vector<std::uint32_t>(contexts.begin(), contexts.end()));
  }

  [[nodiscard]] bool renames_canisters() const override { return true; }

  [[nodiscard]] std::string explain(LeafValue /*memory*/, const StepView& step) const override {
    const ContextId ended = answered_by_system(step.step);
    return ended == 0 ? std::string{}
                      : fmt::format("{} ended without a response, so the system answered for it",
                                    step.kernel.name(ended));
  }

 private:
  [[nodiscard]] ContextId trapped_with_excuse(const Step& step) const {
    for (const Execution& execution : step.executions) {
      const bool expected = execution.effects != nullptr &&
                            execution.effects->end == PieceEnd::kTrapped &&
                            (execution.effects->trap_expected ||
                             expected_.contains({execution.canister, execution.method}));
      if (execution.kind == Execution::Kind::kCode && !execution.started &&
          (execution.injected_trap || expected)) {
        return execution.context;
      }
    }
    return 0;
  }

  /// What the step answers for the context, also when its caller has had an answer already (G2).
  static const Response* answer_of(const Step& step, ContextId context) {
    for (const auto* answers : {&step.responses, &step.dropped}) {
      const auto found = std::ranges::find(*answers, context, &Response::from);
      if (found != answers->end()) {
        return &*found;
      }
    }
    return nullptr;
  }

  /// A context that is answered by a delivery for which no code of it ran.
  static ContextId answered_by_system(const Step& step) {
    for (const Execution& execution : step.executions) {
      if (execution.kind != Execution::Kind::kConsume) {
        continue;
      }
      const Response* const response = answer_of(step, execution.context);
      if (response != nullptr && !response->answer.replied) {
        return execution.context;
      }
    }
    return 0;
  }

  ExpectedTraps expected_;
};

}  // namespace

std::shared_ptr<const Property> make_every_call_answered() {
  return std::make_shared<EveryCallAnswered>();
}

std::shared_ptr<const Property> make_answered_by_method(ExpectedTraps expected) {
  return std::make_shared<AnsweredByMethod>(std::move(expected));
}

}  // namespace heddle
