// Comparisons of terms. A literal is read again at the type of the other side.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <heddle/suite/internal/expression_terms.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/subtype.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {

using candid::Kind;
using candid::Type;
using candid::Value;
using Evaluation = Expression::Evaluation;
using Moment = Expression::Moment;

Value value_of(const ExpressionScope& scope, std::size_t offset, const std::string& literal,
               const std::optional<Type>& type) {
  candid::ParseOptions options;
  options.principal_of_name = scope.names.principal_of;
  if (!options.principal_of_name && !scope.canisters.empty()) {
    options.principal_of_name =
        scope.canisters.front().canister().parse_options().principal_of_name;
  }
  try {
    return type ? candid::parse_value(literal, *type, options)
                : candid::parse_value(literal, options);
  } catch (const candid::CandidError& error) {
    fail(offset + offset_of(error, literal), error.details().problem, error.details().likely_cause);
  }
}

void fit(const ExpressionScope& scope, Term& left, Term& right, std::size_t offset,
         std::string_view symbol) {
  const auto reread = [&](Term& literal, const Term& other) {
    if (!literal.literal.empty() && !is_whole(literal.type) && !is_float(literal.type) &&
        literal.type != other.type && !is_whole(other.type) && !is_float(other.type)) {
      literal =
          constant(literal.offset, other.type,
                   value_of(scope, literal.offset, literal.literal, other.type), literal.literal);
    }
  };
  if (right.literal.empty()) {
    reread(left, right);
  } else {
    reread(right, left);
  }
  const bool numbers = (is_whole(left.type) && is_whole(right.type)) ||
                       (is_float(left.type) && is_float(right.type)) ||
                       (is_float(left.type) && is_whole(right.type) && !right.literal.empty()) ||
                       (is_whole(left.type) && is_float(right.type) && !left.literal.empty());
  // That 5 can be read at `opt nat` is for messages; in a claim it is a mistake.
  const bool related =
      left.type.kind() == right.type.kind() &&
      (candid::is_subtype(left.type, right.type) || candid::is_subtype(right.type, left.type));
  if (numbers || related) {
    return;
  }
  std::string next = "Both sides must be of one type.";
  const auto optional = [&](const Term& one, const Term& other) {
    return one.type.kind() == Kind::kOpt && other.type.kind() != Kind::kOpt &&
           !other.literal.empty();
  };
  if (optional(left, right) || optional(right, left)) {
    next = fmt::format("Write opt {}.", left.literal.empty() ? right.literal : left.literal);
  }
  fail(offset,
       fmt::format("{} {} {}: these are not of one type", candid::to_text(left.type), symbol,
                   candid::to_text(right.type)),
       next);
}

Evaluation equal(const ExpressionScope& scope, Term left, Term right, std::size_t offset,
                 std::string_view symbol) {
  if (!left.parts.empty() && left.parts.size() == right.parts.size()) {
    std::vector<Evaluation> all;
    for (std::size_t i = 0; i < left.parts.size(); ++i) {
      all.push_back(
          equal(scope, std::move(left.parts[i]), std::move(right.parts[i]), offset, symbol));
    }
    return [all = std::move(all)](const Moment& moment) {
      return Value(
          std::ranges::all_of(all, [&](const Evaluation& each) { return each(moment).boolean(); }));
    };
  }
  fit(scope, left, right, offset, symbol);
  if (is_whole(left.type) && is_whole(right.type)) {
    return [a = std::move(left.evaluate), b = std::move(right.evaluate)](const Moment& moment) {
      return Value(*a(moment).whole_number() == *b(moment).whole_number());
    };
  }
  if (is_whole(left.type) || is_float(left.type)) {
    return [a = as_float(std::move(left)), b = as_float(std::move(right))](const Moment& moment) {
      return Value(number_of(a(moment)) == number_of(b(moment)));
    };
  }
  const Type type = candid::is_subtype(left.type, right.type) ? right.type : left.type;
  return [a = std::move(left.evaluate), b = std::move(right.evaluate), type](const Moment& moment) {
    return Value(candid::coerce(a(moment), type) == candid::coerce(b(moment), type));
  };
}

Term compared(const ExpressionScope& scope, Term left, std::string_view symbol, Term right,
              std::size_t offset) {
  const std::size_t begin = left.offset;
  if (symbol == "==" || symbol == "!=") {
    const bool wanted = symbol == "==";
    return {begin,
            Kind::kBool,
            [same = equal(scope, std::move(left), std::move(right), offset, symbol),
             wanted](const Moment& moment) { return Value(same(moment).boolean() == wanted); },
            {},
            {}};
  }
  fit(scope, left, right, offset, symbol);
  if (!is_ordered(left.type)) {
    fail(offset,
         fmt::format("{} has no order, so {} says nothing", candid::to_text(left.type), symbol),
         "Compare with == or !=.");
  }
  const auto holds = [symbol](const auto& a, const auto& b) {
    return symbol == "<" ? a < b : symbol == "<=" ? a <= b : symbol == ">" ? a > b : a >= b;
  };
  Evaluation evaluation;
  if (is_whole(left.type) && is_whole(right.type)) {
    evaluation = [a = std::move(left.evaluate), b = std::move(right.evaluate),
                  holds](const Moment& moment) {
      return Value(holds(*a(moment).whole_number(), *b(moment).whole_number()));
    };
  } else if (left.type.kind() == Kind::kText) {
    evaluation = [a = std::move(left.evaluate), b = std::move(right.evaluate),
                  holds](const Moment& moment) {
      return Value(holds(a(moment).bytes(), b(moment).bytes()));
    };
  } else {
    evaluation = [a = as_float(std::move(left)), b = as_float(std::move(right)),
                  holds](const Moment& moment) {
      return Value(holds(number_of(a(moment)), number_of(b(moment))));
    };
  }
  return {begin, Kind::kBool, std::move(evaluation), {}, {}};
}

}  // namespace heddle::internal
