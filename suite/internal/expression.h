// Property expressions: what scenario files claim of a state.
//
//     bank.get() + ledger.total() == 200
//     bank.get() in {1, 2} or not bank.is_open()
//     ledger.account(record { owner = principal "alice" }).balance >= 100
//
// The grammar is docs/expressions.md. An expression is checked against the canisters' interfaces
// when it is read; what can still go wrong afterwards is a query that traps.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/ref.h>
#include <heddle/properties/state.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::internal {

/// What is wrong with an expression, and where in its text.
class ExpressionError : public std::exception {
 public:
  ExpressionError(std::size_t offset, std::string problem, std::string next = {})
      : offset_(offset), problem_(std::move(problem)), next_(std::move(next)) {}

  [[nodiscard]] const char* what() const noexcept override { return problem_.c_str(); }

  [[nodiscard]] std::size_t offset() const { return offset_; }

  /// What to do about it; may be empty.
  [[nodiscard]] const std::string& next() const { return next_; }

 private:
  std::size_t offset_;
  std::string problem_;
  std::string next_;
};

/// Whom an expression can ask.
struct ExpressionScope {
  std::vector<CandidRef> canisters;
  PrincipalNames names;
  /// Of what `reply` stands for; none: there is no such thing.
  std::optional<candid::Type> reply;
};

/// A text split into canister, method and arguments: `bank.withdraw(60)`.
struct CallText {
  CandidRef canister;
  std::string method;
  candid::Type type;      ///< a func
  std::string arguments;  ///< encoded
  std::string text;       ///< as it is written
};

/// Reads `bank.withdraw(60)`; the canister may be left out where only one has such a method. Throws
/// ExpressionError.
CallText parse_call(std::string_view text, const ExpressionScope& scope);

/// Immutable; evaluations on several threads do not disturb each other.
class Expression {
 public:
  /// What an expression is evaluated in.
  struct Moment {
    const State* now = nullptr;            ///< none: it asks no queries
    const candid::Value* reply = nullptr;  ///< what `reply` stands for
  };

  using Evaluation = std::function<candid::Value(const Moment&)>;

  /// Throws ExpressionError.
  static Expression parse(std::string_view text, const ExpressionScope& scope);

  [[nodiscard]] const candid::Type& type() const { return type_; }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] candid::Value evaluate(const Moment& moment) const { return evaluation_(moment); }

  /// Of an expression whose type is bool.
  [[nodiscard]] bool holds(const State& now) const { return evaluate({&now, {}}).boolean(); }

  /// The value as text, in one line and without types: "40", "(40, 100)".
  [[nodiscard]] std::string observe(const State& now) const;

  /// The queries that it asks and their replies: "bank.get() = 40, ledger.get() = 100".
  [[nodiscard]] std::string queries(const State& now) const;

  /// The queries that it asks, each once.
  [[nodiscard]] const std::vector<CallText>& calls() const { return calls_; }

 private:
  std::string text_;
  candid::Type type_;
  Evaluation evaluation_;
  std::vector<CallText> calls_;
  PrincipalNames names_;
};

/// Where in `text`, in bytes, the error is.
std::size_t offset_of(const candid::CandidError& error, std::string_view text);

/// The value as people read it, in one line and without types.
std::string to_text(const candid::Value& value, const PrincipalNames& names);

}  // namespace heddle::internal
