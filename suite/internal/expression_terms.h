// Terms: the parts of a property expression that have been read, and what operators make of them.
// The types are those of Candid; a mistake is an ExpressionError at its place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/suite/internal/expression.h>
#include <heddle/wasm/candid/type.h>
#include <heddle/wasm/candid/value.h>

namespace heddle::internal {

/// A part of an expression that has been read.
struct Term {
  std::size_t offset = 0;
  candid::Type type;
  Expression::Evaluation evaluate;
  /// Of a literal: its text, to be read again at another type.
  std::string literal{};
  /// `(a, b)`, whose parts may be literals.
  std::vector<Term> parts{};
};

Term constant(std::size_t offset, candid::Type type, candid::Value value, std::string literal = {});

[[noreturn]] void fail(std::size_t offset, std::string problem, std::string next = {});

bool is_whole(const candid::Type& type);
bool is_float(const candid::Type& type);
bool is_ordered(const candid::Type& type);
double number_of(const candid::Value& value);

void expect_bool(const Term& term, std::string_view where);
/// `and`, `or`.
Term logical(Term left, Term right, std::string_view word);
/// A whole literal is one too.
Expression::Evaluation as_float(Term term);
/// The value of a literal, at a type where one is known.
candid::Value value_of(const ExpressionScope& scope, std::size_t offset, const std::string& literal,
                       const std::optional<candid::Type>& type);
/// Makes both be of one type, or fails.
void fit(const ExpressionScope& scope, Term& left, Term& right, std::size_t offset,
         std::string_view symbol);
/// Whether both have the same value.
Expression::Evaluation equal(const ExpressionScope& scope, Term left, Term right,
                             std::size_t offset, std::string_view symbol);
/// `==`, `<` and the like.
Term compared(const ExpressionScope& scope, Term left, std::string_view symbol, Term right,
              std::size_t offset);
/// `+`, `-`.
Term added(Term left, Term right, bool minus, std::size_t offset);

}  // namespace heddle::internal
