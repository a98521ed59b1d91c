#include <utility>

#include <fmt/format.h>

#include <heddle/model/nat.h>
#include <heddle/suite/internal/expression_terms.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {

using candid::Kind;
using candid::Type;
using candid::Value;
using Evaluation = Expression::Evaluation;
using Moment = Expression::Moment;

bool is_whole(const Type& type) {
  return type.kind() >= Kind::kNat && type.kind() <= Kind::kInt64;
}

bool is_float(const Type& type) {
  return type.kind() == Kind::kFloat32 || type.kind() == Kind::kFloat64;
}

bool is_ordered(const Type& type) {
  return is_whole(type) || is_float(type) || type.kind() == Kind::kText;
}

double number_of(const Value& value) {
  return value.kind() == Kind::kFloat32 ? static_cast<double>(value.float32()) : value.float64();
}

Term constant(std::size_t offset, Type type, Value value, std::string literal) {
  return {offset,
          std::move(type),
          [value = std::move(value)](const Moment&) { return value; },
          std::move(literal),
          {}};
}

void fail(std::size_t offset, std::string problem, std::string next) {
  throw ExpressionError(offset, std::move(problem), std::move(next));
}

void expect_bool(const Term& term, std::string_view where) {
  if (term.type.kind() != Kind::kBool) {
    fail(term.offset,
         fmt::format("{} is of type {}, and {} is between true and false", "this",
                     candid::to_text(term.type), where),
         "Compare it with something.");
  }
}

Term logical(Term left, Term right, std::string_view word) {
  expect_bool(left, word);
  expect_bool(right, word);
  const bool decided = word == "or";
  const std::size_t offset = left.offset;
  return {
      offset,
      Kind::kBool,
      [a = std::move(left.evaluate), b = std::move(right.evaluate), decided](const Moment& moment) {
        return a(moment).boolean() == decided ? Value(decided) : b(moment);
      },
      {},
      {}};
}

Evaluation as_float(Term term) {
  if (is_float(term.type)) {
    return std::move(term.evaluate);
  }
  const double number = std::stod(term.literal);
  return [number](const Moment&) { return Value(number); };
}

Term added(Term left, Term right, bool minus, std::size_t offset) {
  const std::size_t begin = left.offset;
  if (is_whole(left.type) && is_whole(right.type)) {
    return {
        begin,
        Kind::kInt,
        [a = std::move(left.evaluate), b = std::move(right.evaluate), minus](const Moment& moment) {
          const Int first = *a(moment).whole_number();
          const Int second = *b(moment).whole_number();
          return Value(minus ? first - second : first + second);
        },
        {},
        {}};
  }
  if (is_float(left.type) && is_float(right.type)) {
    return {
        begin,
        Kind::kFloat64,
        [a = std::move(left.evaluate), b = std::move(right.evaluate), minus](const Moment& moment) {
          const double first = number_of(a(moment));
          const double second = number_of(b(moment));
          return Value(minus ? first - second : first + second);
        },
        {},
        {}};
  }
  fail(offset,
       fmt::format("{} {} {}: only numbers of one kind are added and subtracted",
                   candid::to_text(left.type), minus ? "-" : "+", candid::to_text(right.type)));
}

}  // namespace heddle::internal
