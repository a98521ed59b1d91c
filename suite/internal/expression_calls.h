// Calls in the texts of scenario files: `bank.withdraw(60)`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/expression.h>
#include <heddle/suite/internal/expression_text.h>

namespace heddle::internal {

/// Reads calls; throws ExpressionError with the names that there are.
class CallReader : protected ExpressionText {
 public:
  /// The scope outlives it.
  CallReader(std::string_view text, const ExpressionScope& scope)
      : ExpressionText(text), scope_(scope) {}

  /// Nothing but a call.
  CallText only_call();

 protected:
  CallText call();

  const ExpressionScope& scope_;

 private:
  /// Canisters' names may have a `-`; one is taken into a name only where a canister has it.
  std::string_view canister_name();
  bool take_point();
  [[nodiscard]] std::vector<std::string> canister_names() const;
  [[nodiscard]] const CandidRef& canister_named(const std::string& name, std::size_t offset) const;
  [[nodiscard]] const CandidRef& canister_with(std::string_view method, std::size_t offset) const;
  [[noreturn]] static void fail_method(const CandidCanister& canister, std::string_view method,
                                       std::size_t offset);
};

}  // namespace heddle::internal
