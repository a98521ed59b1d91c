#include <algorithm>

#include <fmt/format.h>

#include <heddle/properties/event_order.h>

namespace heddle {

namespace {

bool happens(const Moment& moment, const Step& step) {
  for (const Execution& execution : step.executions) {
    if (execution.canister != moment.canister || execution.method != moment.method) {
      continue;
    }
    const auto answered = [&](bool replied) {
      return std::ranges::any_of(step.responses, [&](const Response& response) {
        return response.answer.replied == replied &&
               (response.from == execution.context ||
                execution.kind == Execution::Kind::kEnvironment);
      });
    };
    switch (moment.kind) {
      case Moment::Kind::kStarts:
        if (execution.started || execution.kind == Execution::Kind::kEnvironment) {
          return true;
        }
        break;
      case Moment::Kind::kReplies:
        if (answered(true)) {
          return true;
        }
        break;
      case Moment::Kind::kRejects:
        if (answered(false)) {
          return true;
        }
        break;
    }
  }
  return false;
}

std::string text(const System& system, const Moment& moment) {
  const Installed& installed = system.canisters[moment.canister];
  const std::string& method = installed.program->info().methods[moment.method].name;
  switch (moment.kind) {
    case Moment::Kind::kStarts:
      return fmt::format("{}.{} starts", installed.name, method);
    case Moment::Kind::kReplies:
      return fmt::format("{}.{} replies", installed.name, method);
    case Moment::Kind::kRejects:
      return fmt::format("{}.{} rejects", installed.name, method);
  }
  return {};
}

class Before : public Property {
 public:
  Before(Moment first, Moment second, std::string first_text, std::string second_text)
      : first_(first),
        second_(second),
        first_text_(std::move(first_text)),
        second_text_(std::move(second_text)) {}

  [[nodiscard]] std::string name() const override {
    return fmt::format("{} before {}", first_text_, second_text_);
  }

  [[nodiscard]] std::string kind() const override { return "event order"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    if (memory != 0) {
      return memory;
    }
    if (happens(second_, step.step)) {
      return std::nullopt;
    }
    return happens(first_, step.step) ? 1 : 0;
  }

  [[nodiscard]] std::optional<LeafValue> renamed(LeafValue memory, Kernel& /*kernel*/,
                                                 const Renaming& renaming) const override {
    const auto stays = [&](const Moment& moment) {
      return renaming.canister(moment.canister) == moment.canister;
    };
    return stays(first_) && stays(second_) ? std::optional(memory) : std::nullopt;
  }

  [[nodiscard]] bool renames_canisters() const override { return true; }

  [[nodiscard]] std::string explain(LeafValue /*memory*/, const StepView& /*step*/) const override {
    return fmt::format("here {}, and never yet has it been that {}", second_text_, first_text_);
  }

 private:
  Moment first_;
  Moment second_;
  std::string first_text_;
  std::string second_text_;
};

}  // namespace

std::shared_ptr<const Property> make_before(const System& system, Moment first, Moment second) {
  return std::make_shared<Before>(first, second, text(system, first), text(system, second));
}

}  // namespace heddle
