#include <algorithm>

#include <fmt/format.h>

#include <heddle/properties/specification.h>
#include <heddle/properties/text.h>

namespace heddle {

namespace {

const MethodInfo& info_of(const Kernel& kernel, CanisterId canister, MethodId method) {
  return kernel.system().canisters[canister].program->info().methods[method];
}

}  // namespace

const SpecifiedMethod* Specification::find(CanisterId canister, MethodId method) const {
  const auto found = std::ranges::find_if(methods, [&](const SpecifiedMethod& specified) {
    return specified.canister == canister && specified.method == method;
  });
  return found == methods.end() ? nullptr : &*found;
}

const SpecifiedMethod* Specification::find(const UserCall& call) const {
  return find(call.canister, call.method);
}

std::string Specification::shown_reply(const Kernel& kernel, const SpecifiedMethod& method,
                                       const std::optional<std::string>& reply) {
  if (!reply) {
    return "refused";
  }
  const MethodInfo& info = info_of(kernel, method.canister, method.method);
  return fmt::format("reply {}", to_string(info.show_reply(*reply)));
}

std::string Specification::shown_call(const Kernel& kernel, ContextId ingress) {
  const UserCall& call = kernel.user_call(kernel.origin(ingress));
  const MethodInfo& info = info_of(kernel, call.canister, call.method);
  return fmt::format("{} {}{}", kernel.name(ingress), info.name,
                     to_string(info.show_arguments(call.arguments)));
}

std::string Specification::shown_answer(const Kernel& kernel, ContextId ingress,
                                        const Answer& answer) {
  const std::string value(kernel.tables().values[answer.value]);
  if (!answer.replied) {
    return text_of(Reject(answer.code, value));
  }
  const UserCall& call = kernel.user_call(kernel.origin(ingress));
  const MethodInfo& info = info_of(kernel, call.canister, call.method);
  return fmt::format("reply {}", to_string(info.show_reply(value)));
}

RejectMeans reject_means(const SpecifiedMethod& method, RejectCode code) {
  if (is_clean(code)) {
    return RejectMeans::kNoEffect;
  }
  if (method.refused_as_specified && code == RejectCode::kCanisterReject) {
    return RejectMeans::kAsSpecified;
  }
  return method.all_or_nothing ? RejectMeans::kNoEffect : RejectMeans::kAnyEffect;
}

namespace internal {

SpecificationRuns::SpecificationRuns() : hook_(trap_hook()) {
  trap_hook() = nullptr;
}

SpecificationRuns::~SpecificationRuns() {
  trap_hook() = hook_;
}

}  // namespace internal
}  // namespace heddle
