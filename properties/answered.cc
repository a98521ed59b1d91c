#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/properties/answered.h>
#include <heddle/properties/state.h>
#include <heddle/properties/wait_for.h>

namespace heddle {

namespace {

class Answered : public Property {
 public:
  Answered(CallPosition call, CanisterId canister, std::string shown)
      : call_(call), canister_(canister), shown_(std::move(shown)) {}

  [[nodiscard]] std::string name() const override { return fmt::format("{} is answered", shown_); }

  [[nodiscard]] std::string kind() const override { return "unanswered call"; }

  [[nodiscard]] When when() const override { return When::kQuiescence; }

  [[nodiscard]] bool holds(const State& now) const override {
    Kernel& kernel = now.kernel();
    const ContextId context =
        kernel.context({ContextOrigin::Kind::kIngress, canister_, call_.user, call_.number, 0, 0});
    const ContextState state = kernel.context_state(
        now.source().answer({ObservationKind::kContextLeaf, canister_, {}, context}));
    return state.responded || state.phase == ContextState::Phase::kFinished ||
           state.phase == ContextState::Phase::kDropped;
  }

  [[nodiscard]] std::string explain(const State& now) const override {
    return fmt::format("{}", fmt::join(WaitFor(now.kernel(), now.vector()).lines(), "\n"));
  }

 private:
  CallPosition call_;
  CanisterId canister_;
  std::string shown_;
};

}  // namespace

std::shared_ptr<const Property> make_answered(const System& system, CallPosition call) {
  const User& user = system.users.at(call.user);
  return std::make_shared<Answered>(call, user.calls.at(call.number).canister,
                                    fmt::format("{}#{}", user.name, call.number + 1));
}

}  // namespace heddle
