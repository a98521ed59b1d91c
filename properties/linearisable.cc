#include <algorithm>
#include <compare>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/linearisable.h>

namespace heddle {

namespace {

/// A user's call that is open, or whose effect may still come, in one explanation.
struct OpenCallOfUser {
  enum Status : std::uint32_t {
    kNotYet,
    kReplied,  ///< it has happened, and this is what it is to be answered
    kRefused,
    kMayCome,  ///< rejected, and nobody knows whether it will happen
  };

  ContextId context = 0;
  std::uint32_t status = kNotYet;
  ValueId reply = 0;  ///< kReplied
  friend auto operator<=>(const OpenCallOfUser&, const OpenCallOfUser&) = default;
};

/// One way to explain the answers so far.
struct Explanation {
  ValueId state = 0;                  ///< the specification's
  std::vector<OpenCallOfUser> calls;  ///< by context
  friend auto operator<=>(const Explanation&, const Explanation&) = default;

  [[nodiscard]] auto find(ContextId context) const {
    return std::ranges::find(calls, context, &OpenCallOfUser::context);
  }

  [[nodiscard]] OpenCallOfUser status_of(ContextId context) const {
    const auto found = find(context);
    return found == calls.end() ? OpenCallOfUser{context} : *found;
  }

  [[nodiscard]] Explanation with(const OpenCallOfUser& call) const {
    Explanation changed = without(call.context);
    changed.calls.insert(std::ranges::upper_bound(changed.calls, call), call);
    return changed;
  }

  [[nodiscard]] Explanation without(ContextId context) const {
    Explanation changed{state, {}};
    std::ranges::copy_if(calls, std::back_inserter(changed.calls),
                         [&](const OpenCallOfUser& call) { return call.context != context; });
    return changed;
  }
};

using Explanations = std::set<Explanation>;

class Linearisable : public Property {
 public:
  Linearisable(std::string name, Specification specification)
      : name_(std::move(name)), specification_(std::move(specification)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string kind() const override { return "linearisable"; }

  [[nodiscard]] When when() const override { return When::kEveryStep; }

  [[nodiscard]] bool looks_at_answers() const override { return true; }

  [[nodiscard]] std::optional<LeafValue> after(LeafValue memory,
                                               const StepView& step) const override {
    const std::vector<ContextId> started = started_in(step);
    const std::vector<const Response*> answered = answered_in(step);
    if (started.empty() && answered.empty()) {
      return memory;
    }
    Explanations explanations = with_started(recalled(memory, step.kernel), started);
    for (const Response* response : answered) {
      explanations = explained(explanations, *response, step);
    }
    return explanations.empty() ? std::nullopt
                                : std::optional(remembered(explanations, step.kernel));
  }

  [[nodiscard]] std::string explain(LeafValue memory, const StepView& step) const override {
    Explanations explanations = with_started(recalled(memory, step.kernel), started_in(step));
    for (const Response* response : answered_in(step)) {
      Explanations next = explained(explanations, *response, step);
      if (next.empty()) {
        return why_not(explanations, *response, step.kernel);
      }
      explanations = std::move(next);
    }
    return {};
  }

 private:
  // The memory is 0 until the first call starts, then a list: of each explanation the state, the
  // number of its calls, and these.

  [[nodiscard]] Explanations recalled(LeafValue memory, Kernel& kernel) const {
    if (memory == 0) {
      return {{kernel.tables().values.intern(specification_.initial), {}}};
    }
    Explanations explanations;
    const std::vector<std::uint32_t> list = kernel.list(memory);
    for (std::size_t at = 0; at < list.size();) {
      Explanation explanation{list[at], {}};
      const std::size_t calls = list[at + 1];
      at += 2;
      for (std::size_t i = 0; i < calls; ++i, at += 3) {
        explanation.calls.push_back({list[at], list[at + 1], list[at + 2]});
      }
      explanations.insert(std::move(explanation));
    }
    return explanations;
  }

  static LeafValue remembered(const Explanations& explanations, Kernel& kernel) {
    std::vector<std::uint32_t> list;
    for (const Explanation& explanation : explanations) {
      list.push_back(explanation.state);
      list.push_back(static_cast<std::uint32_t>(explanation.calls.size()));
      for (const OpenCallOfUser& call : explanation.calls) {
        list.insert(list.end(), {call.context, call.status, call.reply});
      }
    }
    return kernel.intern(list);
  }

  [[nodiscard]] const SpecifiedMethod* method_of(const Kernel& kernel, ContextId context) const {
    const ContextOrigin origin = kernel.origin(context);
    return origin.kind == ContextOrigin::Kind::kIngress
               ? specification_.find(kernel.user_call(origin))
               : nullptr;
  }

  [[nodiscard]] std::vector<ContextId> started_in(const StepView& step) const {
    std::vector<ContextId> started;
    for (const Execution& execution : step.step.executions) {
      if (execution.started && method_of(step.kernel, execution.context) != nullptr) {
        started.push_back(execution.context);
      }
    }
    return started;
  }

  [[nodiscard]] std::vector<const Response*> answered_in(const StepView& step) const {
    std::vector<const Response*> answered;
    for (const Response& response : step.step.responses) {
      if (response.to == 0 && response.from != 0 &&
          method_of(step.kernel, response.from) != nullptr) {
        answered.push_back(&response);
      }
    }
    return answered;
  }

  static Explanations with_started(const Explanations& before,
                                   const std::vector<ContextId>& started) {
    Explanations after;
    for (Explanation explanation : before) {
      for (const ContextId context : started) {
        explanation = explanation.with({context});
      }
      after.insert(std::move(explanation));
    }
    return after;
  }

  /// The explanations that go on from these, now that there is one more answer.
  [[nodiscard]] Explanations explained(const Explanations& before, const Response& response,
                                       const StepView& step) const {
    const ContextId context = response.from;
    const Answer& answer = response.answer;
    if (answer.replied) {
      return ended(before, context, OpenCallOfUser::kReplied, answer.value, step.kernel);
    }
    const RejectMeans means = is_undone(context, step.step)
                                  ? RejectMeans::kNoEffect
                                  : reject_means(*method_of(step.kernel, context), answer.code);
    if (means == RejectMeans::kAsSpecified) {
      return ended(before, context, OpenCallOfUser::kRefused, 0, step.kernel);
    }
    Explanations after;
    for (const Explanation& explanation : before) {
      const std::uint32_t status = explanation.status_of(context).status;
      if (status == OpenCallOfUser::kReplied && means == RejectMeans::kNoEffect) {
        continue;
      }
      after.insert(status == OpenCallOfUser::kNotYet && means == RejectMeans::kAnyEffect
                       ? explanation.with({context, OpenCallOfUser::kMayCome, 0})
                       : explanation.without(context));
    }
    return after;
  }

  /// Nothing of the call was done: the system refused it, or it trapped before it had awaited
  /// anything.
  static bool is_undone(ContextId context, const Step& step) {
    return std::ranges::any_of(step.executions, [&](const Execution& execution) {
      const bool trapped = execution.started && execution.effects != nullptr &&
                           execution.effects->end == PieceEnd::kTrapped;
      return execution.context == context &&
             (execution.kind == Execution::Kind::kRefused || trapped);
    });
  }

  /// Those in which the call has come to this, and is no longer spoken of.
  [[nodiscard]] Explanations ended(const Explanations& before, ContextId context,
                                   OpenCallOfUser::Status status, ValueId reply,
                                   Kernel& kernel) const {
    Explanations after;
    for (const Explanation& explanation : with_happened(before, context, kernel)) {
      const OpenCallOfUser call = explanation.status_of(context);
      if (call.status == status && call.reply == reply) {
        after.insert(explanation.without(context));
      }
    }
    return after;
  }

  /// All ways in which open calls can happen, the last of them this one.
  [[nodiscard]] Explanations with_happened(const Explanations& before, ContextId context,
                                           Kernel& kernel) const {
    Explanations happened;
    Explanations visited = before;
    std::vector<Explanation> open(before.begin(), before.end());
    while (!open.empty()) {
      const Explanation explanation = std::move(open.back());
      open.pop_back();
      if (explanation.status_of(context).status != OpenCallOfUser::kNotYet) {
        happened.insert(explanation);
        continue;
      }
      for (const OpenCallOfUser& call : explanation.calls) {
        std::optional<Explanation> next = served(explanation, call, context, kernel);
        if (next && visited.insert(*next).second) {
          open.push_back(std::move(*next));
        }
      }
    }
    return happened;
  }

  /// The call happens. Nothing when it cannot, or when that explains no more than that it does not.
  [[nodiscard]] std::optional<Explanation> served(const Explanation& explanation,
                                                  const OpenCallOfUser& call, ContextId wanted,
                                                  Kernel& kernel) const {
    const bool answered = call.status == OpenCallOfUser::kMayCome;
    if (call.status != OpenCallOfUser::kNotYet && !answered) {
      return std::nullopt;
    }
    const SpecifiedMethod& method = *method_of(kernel, call.context);
    std::string state(kernel.tables().values[explanation.state]);
    const auto reply = method.serve(state, kernel.caller(call.context),
                                    kernel.user_call(kernel.origin(call.context)).arguments);
    if (!reply) {
      return !answered && (method.refused_as_specified || call.context == wanted)
                 ? std::optional(explanation.with({call.context, OpenCallOfUser::kRefused, 0}))
                 : std::nullopt;
    }
    Interner& values = kernel.tables().values;
    Explanation next =
        answered
            ? explanation.without(call.context)
            : explanation.with({call.context, OpenCallOfUser::kReplied, values.intern(*reply)});
    next.state = values.intern(state);
    return next;
  }

  [[nodiscard]] std::string why_not(const Explanations& before, const Response& response,
                                    Kernel& kernel) const {
    const ContextId context = response.from;
    // Ordered by what they say, since the order of explanations is that of their numbers.
    std::set<std::string> possible;
    for (const Explanation& explanation : with_happened(before, context, kernel)) {
      const OpenCallOfUser call = explanation.status_of(context);
      std::optional<std::string> reply;
      if (call.status == OpenCallOfUser::kReplied) {
        reply = std::string(kernel.tables().values[call.reply]);
      }
      possible.insert(Specification::shown_reply(kernel, *method_of(kernel, context), reply));
    }
    std::set<std::string> states;
    for (const Explanation& explanation : before) {
      states.insert(specification_.shown(kernel.tables().values[explanation.state]));
    }
    return fmt::format(
        "no order of the calls explains that {} is answered {}: the answers before it leave {}, "
        "and in any order of the calls that are open it would then be {}",
        Specification::shown_call(kernel, context),
        Specification::shown_answer(kernel, context, response.answer), fmt::join(states, " or "),
        fmt::join(possible, " or "));
  }

  std::string name_;
  Specification specification_;
};

}  // namespace

std::shared_ptr<const Property> make_linearisable(std::string name, Specification specification) {
  return std::make_shared<Linearisable>(std::move(name), std::move(specification));
}

}  // namespace heddle
