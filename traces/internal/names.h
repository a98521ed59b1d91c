// What the ids of a kernel are called, and what its encoded values look like.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/kernel.h>
#include <heddle/model/ref.h>
#include <heddle/traces/trace.h>

namespace heddle::internal {

/// A method of a canister, or a Deferred.
struct Callee {
  CanisterId canister = kNoCanister;
  MethodId method = Send::kNoMethod;
  bool is_deferred = false;
  Shown (*show_value)(std::string_view) = nullptr;  ///< of a Deferred
};

class Names {
 public:
  explicit Names(const Kernel& kernel);

  /// "withdraw", "" when it has no name.
  [[nodiscard]] std::string method(const Callee& callee) const;
  /// "bank.withdraw".
  [[nodiscard]] std::string full_method(const Callee& callee) const;
  /// In parentheses.
  [[nodiscard]] std::string arguments(const Callee& callee, std::string_view encoded) const;
  [[nodiscard]] std::string arguments(const Callee& callee, ValueId id) const;
  [[nodiscard]] std::string reply(const Callee& callee, ValueId id) const;
  /// "reply 40", "reject SYS_TRANSIENT \"...\"".
  [[nodiscard]] std::string answer(const Answer& answer, const Callee& callee) const;
  /// Of an id whose content is text.
  [[nodiscard]] std::string text(ValueId id) const;
  [[nodiscard]] std::string principal(ValueId id) const;

  /// "balance", "accounts[alice]", "the keys of accounts".
  [[nodiscard]] std::string variable(CanisterId canister, Subject subject) const;
  /// "(none)" of a key that is absent; "" of a set of keys.
  [[nodiscard]] std::string value(CanisterId canister, Subject subject, ValueId id) const;
  [[nodiscard]] std::string value_in(const StateVector& state, CanisterId canister,
                                     Subject subject) const;

  /// The changes that are of variables, in order of canister, variable and key.
  [[nodiscard]] std::vector<VariableDiff> diffs(std::span<const LeafChange> changes) const;
  /// Every variable and key that one of the states has, changed or not.
  [[nodiscard]] std::vector<VariableDiff> changed(const StateVector& before,
                                                  const StateVector& after) const;

 private:
  /// `whole`: of compiled canisters also what has not changed.
  [[nodiscard]] std::vector<VariableDiff> diffs(std::span<const LeafChange> changes,
                                                bool whole) const;
  [[nodiscard]] const MethodInfo* method_info(const Callee& callee) const;
  [[nodiscard]] const VariableInfo& variable_info(CanisterId canister, Subject subject) const;

  const Kernel& kernel_;
  Directory directory_;
};

/// Without the variables of which a query has told the same: where one query and one variable of a
/// canister changed from and to the same.
std::vector<VariableDiff> told_once(const std::vector<VariableDiff>& diffs);

}  // namespace heddle::internal
