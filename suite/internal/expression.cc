#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/nat.h>
#include <heddle/suite/internal/expression.h>
#include <heddle/suite/internal/expression_calls.h>
#include <heddle/suite/internal/expression_terms.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {
namespace {

using candid::Kind;
using candid::Type;
using candid::Value;
using Evaluation = Expression::Evaluation;
using Moment = Expression::Moment;

class Parser : private CallReader {
 public:
  Parser(std::string_view text, const ExpressionScope& scope) : CallReader(text, scope) {}

  Term whole() {
    Term term = disjunction();
    skip_space();
    if (at_ != text_.size()) {
      fail_at_rest();
    }
    return term;
  }

  [[nodiscard]] const std::vector<CallText>& calls() const { return calls_; }

 private:
  // Words.

  [[noreturn]] void fail_at_rest() const {
    struct Habit {
      std::string_view found;
      std::string_view meant;
    };

    constexpr std::array<Habit, 6> kHabits{
        {{"&&", "and"}, {"||", "or"}, {"=", "=="}, {"!", "not"}, {"*", ""}, {"/", ""}}};
    for (const Habit& habit : kHabits) {
      if (text_.substr(at_).starts_with(habit.found)) {
        fail(at_, fmt::format("unexpected {}", habit.found),
             habit.meant.empty() ? "Expressions know + and - only."
                                 : fmt::format("Write {} instead.", habit.meant));
      }
    }
    fail(at_, fmt::format("expected an operator or the end, found {}", found_text()),
         "Operators are + - == != < <= > >= in and or not.");
  }

  // Operators, the loosest first.

  Term disjunction() {
    Term left = conjunction();
    while (take_word("or")) {
      left = logical(std::move(left), conjunction(), "or");
    }
    return left;
  }

  Term conjunction() {
    Term left = negation();
    while (take_word("and")) {
      left = logical(std::move(left), negation(), "and");
    }
    return left;
  }

  Term negation() {
    skip_space();
    const std::size_t offset = at_;
    if (!take_word("not")) {
      return comparison();
    }
    Term term = negation();
    expect_bool(term, "not");
    return {offset,
            Kind::kBool,
            [a = std::move(term.evaluate)](const Moment& moment) {
              return Value(!a(moment).boolean());
            },
            {},
            {}};
  }

  std::string_view comparison_operator() {
    for (const std::string_view symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (take_symbol(symbol)) {
        return symbol;
      }
    }
    return {};
  }

  Term comparison() {
    Term left = sum();
    skip_space();
    const std::size_t offset = at_;
    if (const std::string_view symbol = comparison_operator(); !symbol.empty()) {
      Term result = compared(scope_, std::move(left), symbol, sum(), offset);
      check_chain();
      return result;
    }
    if (take_word("in")) {
      return membership(std::move(left));
    }
    if (name_at(at_) == "not") {
      const std::size_t before = at_;
      take_word("not");
      if (take_word("in")) {
        Term inside = membership(std::move(left));
        return {inside.offset,
                Kind::kBool,
                [a = std::move(inside.evaluate)](const Moment& moment) {
                  return Value(!a(moment).boolean());
                },
                {},
                {}};
      }
      at_ = before;
    }
    return left;
  }

  void check_chain() {
    skip_space();
    const std::size_t offset = at_;
    if (!comparison_operator().empty()) {
      fail(offset, "comparisons do not chain", "Write a < b and b < c.");
    }
  }

  Term membership(Term left) {
    skip_space();
    const std::size_t offset = at_;
    if (!at_symbol("{")) {
      Term list = sum();
      if (list.type.kind() != Kind::kVec) {
        fail(offset, fmt::format("expected {{...}} or a vec after in, found {}",
                                 candid::to_text(list.type)));
      }
      // An element of the list, as far as types go.
      Term element{offset, list.type.element(), {}, {}, {}};
      fit(scope_, left, element, offset, "in");
      const std::size_t begin = left.offset;
      const Type type = element.type;
      return {
          begin,
          Kind::kBool,
          [a = std::move(left.evaluate), b = std::move(list.evaluate), type](const Moment& moment) {
            const Value wanted = a(moment);
            const Value all = b(moment);
            if (all.is_blob()) {
              return Value(false);
            }
            return Value(std::ranges::any_of(all.elements(), [&](const Value& each) {
              return is_whole(type) ? *each.whole_number() == *wanted.whole_number()
                                    : each == wanted;
            }));
          },
          {},
          {}};
    }
    take_symbol("{");
    std::vector<Evaluation> any;
    while (!take_symbol("}")) {
      skip_space();
      const std::size_t at = at_;
      any.push_back(equal(scope_, left, sum(), at, "=="));
      if (!take_symbol(",")) {
        expect_symbol("}", "the values of a set");
        break;
      }
    }
    return {left.offset,
            Kind::kBool,
            [any = std::move(any)](const Moment& moment) {
              return Value(std::ranges::any_of(
                  any, [&](const Evaluation& each) { return each(moment).boolean(); }));
            },
            {},
            {}};
  }

  Term sum() {
    Term left = operand();
    while (true) {
      skip_space();
      const std::size_t offset = at_;
      const bool minus = at_symbol("-");
      if (!minus && !at_symbol("+")) {
        return left;
      }
      ++at_;
      left = added(std::move(left), operand(), minus, offset);
    }
  }

  Term operand() {
    skip_space();
    const std::size_t offset = at_;
    if (take_symbol("-")) {
      Term term = operand();
      const std::string literal = term.literal.empty() ? std::string() : "-" + term.literal;
      Term zero = is_float(term.type) ? constant(offset, Kind::kFloat64, Value(0.0))
                                      : constant(offset, Kind::kInt, Value(Int(0)));
      Term negative = added(std::move(zero), std::move(term), true, offset);
      negative.literal = literal;
      return negative;
    }
    Term term = primary();
    while (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      term = field(std::move(term));
    }
    return term;
  }

  Term field(Term term) {
    const std::size_t offset = at_;
    std::size_t end = at_;
    while (end < text_.size() && is_letter(text_[end])) {
      ++end;
    }
    const std::string name(text_.substr(at_, end - at_));
    at_ = end;
    if (name.empty()) {
      fail(offset, fmt::format("expected a field's name after the point, found {}", found_text()));
    }
    const bool is_number =
        std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c); });
    const std::uint32_t id =
        is_number ? static_cast<std::uint32_t>(std::stoul(name)) : candid::field_hash(name);
    const bool is_variant = term.type.kind() == Kind::kVariant;
    if (!is_variant && term.type.kind() != Kind::kRecord) {
      fail(offset, fmt::format("{} has no fields", candid::to_text(term.type)));
    }
    const auto type = term.type.field(id);
    if (!type) {
      std::vector<std::string> names;
      for (const candid::Field& known : term.type.fields()) {
        names.push_back(known.label.to_text());
      }
      const auto near = nearest(name, names);
      fail(offset, fmt::format("{} has no field {}", candid::to_text(term.type), name),
           near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                        : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
    }
    const std::size_t begin = term.offset;
    if (is_variant) {
      return {begin,
              Type::opt(*type),
              [a = std::move(term.evaluate), id](const Moment& moment) {
                const Value value = a(moment);
                const candid::FieldValue& chosen = value.fields().front();
                return chosen.label.id == id ? Value::opt(chosen.value) : Value::opt();
              },
              {},
              {}};
    }
    return {begin,
            *type,
            [a = std::move(term.evaluate), id](const Moment& moment) {
              const Value value = a(moment);
              return *value.find(id);
            },
            {},
            {}};
  }

  // What has no operators.

  Term primary() {
    skip_space();
    const std::size_t offset = at_;
    if (take_symbol("(")) {
      return parenthesised(offset);
    }
    if (at_ >= text_.size()) {
      fail(offset, "expected a value or a query, found the end");
    }
    const char c = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '"') {
      return literal(offset);
    }
    const std::string_view name = name_at(at_);
    const std::size_t after = at_ + name.size();
    const bool is_canister = after < text_.size() && text_[after] == '.';
    static constexpr std::array<std::string_view, 11> kLiteralWords{
        "true", "false",     "null",    "opt",  "record", "variant",
        "vec",  "principal", "service", "blob", "func"};
    if (!is_canister && std::ranges::find(kLiteralWords, name) != kLiteralWords.end()) {
      return literal(offset);
    }
    if (name == "reply" && scope_.reply && (after >= text_.size() || text_[after] != '(')) {
      at_ = after;
      return {offset, *scope_.reply, [](const Moment& moment) { return *moment.reply; }, {}, {}};
    }
    if (name.empty()) {
      fail(offset, fmt::format("expected a value or a query, found {}", found_text()),
           c == '!'    ? "Write not instead."
           : c == '\'' ? "Texts are in double quotes."
                       : "");
    }
    return query(offset);
  }

  Term parenthesised(std::size_t offset) {
    std::vector<Term> parts;
    do {
      parts.push_back(disjunction());
    } while (take_symbol(","));
    expect_symbol(")", "an expression in parentheses");
    if (parts.size() == 1) {
      parts.front().offset = offset;
      return std::move(parts.front());
    }
    std::vector<Type> types;
    std::vector<Evaluation> evaluations;
    for (const Term& part : parts) {
      types.push_back(part.type);
      evaluations.push_back(part.evaluate);
    }
    return {offset,
            Type::tuple(types),
            [evaluations = std::move(evaluations)](const Moment& moment) {
              std::vector<Value> values;
              for (const Evaluation& each : evaluations) {
                values.push_back(each(moment));
              }
              return Value::tuple(std::move(values));
            },
            {},
            std::move(parts)};
  }

  Term literal(std::size_t offset) {
    const std::size_t end = end_of_literal(offset);
    at_ = end;
    std::string text(text_.substr(offset, end - offset));
    Value value = value_of(scope_, offset, text, std::nullopt);
    Type type = candid::type_of(value);
    return constant(offset, std::move(type), std::move(value), std::move(text));
  }

  Term query(std::size_t offset) {
    CallText call = this->call();
    const candid::Annotations annotations = call.type.annotations();
    if (!annotations.query) {
      fail(offset,
           fmt::format("{}.{} is an update, and a property runs queries only",
                       call.canister.canister().name(), call.method),
           "An update would change the state. Let the canister have a query for it.");
    }
    const std::vector<Type> results = candid::types_of(call.type.results());
    if (results.empty()) {
      fail(offset,
           fmt::format("{}.{} replies with nothing", call.canister.canister().name(), call.method));
    }
    if (std::ranges::find(calls_, call.text, &CallText::text) == calls_.end()) {
      calls_.push_back(call);
    }
    const bool is_single = results.size() == 1;
    return {offset,
            is_single ? results.front() : Type::tuple(results),
            [call, is_single](const Moment& moment) {
              std::vector<Value> values = call.canister.canister().reply(
                  call.method, moment.now->query(call.canister, call.method, call.arguments));
              return is_single ? std::move(values.front()) : Value::tuple(std::move(values));
            },
            {},
            {}};
  }

  std::vector<CallText> calls_;
};

}  // namespace

std::size_t offset_of(const candid::CandidError& error, std::string_view text) {
  const auto& place = error.details().place;
  if (!place) {
    return 0;
  }
  std::size_t offset = 0;
  for (std::size_t line = 1; line < place->line; ++line) {
    offset = std::min(text.find('\n', offset), text.size() - 1) + 1;
  }
  for (std::size_t column = 1; column < place->column && offset < text.size(); ++column) {
    do {
      ++offset;
    } while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0U) == 0x80U);
  }
  return offset;
}

Expression Expression::parse(std::string_view text, const ExpressionScope& scope) {
  Parser parser(text, scope);
  Term term = parser.whole();
  Expression expression;
  expression.text_ = text;
  expression.type_ = std::move(term.type);
  expression.evaluation_ = std::move(term.evaluate);
  expression.calls_ = parser.calls();
  expression.names_ = scope.names;
  return expression;
}

std::string Expression::observe(const State& now) const {
  return to_text(evaluate({&now, nullptr}), names_);
}

std::string Expression::queries(const State& now) const {
  std::vector<std::string> replies;
  for (const CallText& call : calls_) {
    replies.push_back(
        fmt::format("{} = {}", call.text,
                    call.canister.canister().reply_value(
                        call.method, now.query(call.canister, call.method, call.arguments))));
  }
  return fmt::format("{}", fmt::join(replies, ", "));
}

std::string to_text(const Value& value, const PrincipalNames& names) {
  candid::PrintOptions options;
  options.annotated = false;
  options.name_of_principal = names.name_of;
  std::vector<Value> parts;
  if (value.kind() == Kind::kRecord) {
    // A tuple.
    for (std::uint32_t i = 0; i < value.fields().size(); ++i) {
      if (const Value* part = value.find(i)) {
        parts.push_back(*part);
      }
    }
    if (parts.size() > 1 && parts.size() == value.fields().size()) {
      return candid::to_text(parts, options);
    }
  }
  return candid::to_text(value, options);
}

}  // namespace heddle::internal
