#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/nat.h>
#include <heddle/suite/internal/expression.h>
#include <heddle/suite/internal/expression_terms.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/subtype.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {
namespace {

using candid::Kind;
using candid::Type;
using candid::Value;
using Evaluation = Expression::Evaluation;
using Moment = Expression::Moment;

class Parser {
 public:
  Parser(std::string_view text, const ExpressionScope& scope) : text_(text), scope_(scope) {}

  Term whole() {
    Term term = disjunction();
    skip_space();
    if (at_ != text_.size()) {
      fail_at_rest();
    }
    return term;
  }

  CallText only_call() {
    skip_space();
    CallText found = call();
    skip_space();
    if (at_ != text_.size()) {
      fail(at_, fmt::format("expected the end of the call, found {}", found_text()));
    }
    return found;
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

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }

  [[nodiscard]] static bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  /// The name that begins at `from`; empty when there is none.
  [[nodiscard]] std::string_view name_at(std::size_t from) const {
    std::size_t end = from;
    if (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end])) != 0) {
      return {};
    }
    while (end < text_.size() && is_letter(text_[end])) {
      ++end;
    }
    return text_.substr(from, end - from);
  }

  bool take_word(std::string_view word) {
    skip_space();
    if (name_at(at_) != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  [[nodiscard]] bool at_symbol(std::string_view symbol) {
    skip_space();
    return text_.substr(at_).starts_with(symbol);
  }

  bool take_symbol(std::string_view symbol) {
    if (!at_symbol(symbol)) {
      return false;
    }
    at_ += symbol.size();
    return true;
  }

  void expect_symbol(std::string_view symbol, std::string_view after) {
    if (!take_symbol(symbol)) {
      fail(at_, fmt::format("expected {} after {}, found {}", symbol, after, found_text()));
    }
  }

  [[nodiscard]] std::string found_text() const {
    if (at_ >= text_.size()) {
      return "the end";
    }
    const std::string_view name = name_at(at_);
    return fmt::format("'{}'", name.empty() ? text_.substr(at_, 1) : name);
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
      Term result = compared(std::move(left), symbol, sum(), offset);
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

  /// Both have parts of their own, or are made to be of one type.
  void fit(Term& left, Term& right, std::size_t offset, std::string_view symbol) const {
    const auto reread = [&](Term& literal, const Term& other) {
      if (!literal.literal.empty() && !is_whole(literal.type) && !is_float(literal.type) &&
          literal.type != other.type && !is_whole(other.type) && !is_float(other.type)) {
        literal = constant(literal.offset, other.type,
                           value_of(literal.offset, literal.literal, other.type), literal.literal);
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

  Evaluation equal(Term left, Term right, std::size_t offset, std::string_view symbol) const {
    if (!left.parts.empty() && left.parts.size() == right.parts.size()) {
      std::vector<Evaluation> all;
      for (std::size_t i = 0; i < left.parts.size(); ++i) {
        all.push_back(equal(std::move(left.parts[i]), std::move(right.parts[i]), offset, symbol));
      }
      return [all = std::move(all)](const Moment& moment) {
        return Value(std::ranges::all_of(
            all, [&](const Evaluation& each) { return each(moment).boolean(); }));
      };
    }
    fit(left, right, offset, symbol);
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
    return
        [a = std::move(left.evaluate), b = std::move(right.evaluate), type](const Moment& moment) {
          return Value(candid::coerce(a(moment), type) == candid::coerce(b(moment), type));
        };
  }

  Term compared(Term left, std::string_view symbol, Term right, std::size_t offset) const {
    const std::size_t begin = left.offset;
    if (symbol == "==" || symbol == "!=") {
      const bool wanted = symbol == "==";
      return {begin,
              Kind::kBool,
              [same = equal(std::move(left), std::move(right), offset, symbol),
               wanted](const Moment& moment) { return Value(same(moment).boolean() == wanted); },
              {},
              {}};
    }
    fit(left, right, offset, symbol);
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
      fit(left, element, offset, "in");
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
      any.push_back(equal(left, sum(), at, "=="));
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

  Value value_of(std::size_t offset, const std::string& literal,
                 const std::optional<Type>& type) const {
    candid::ParseOptions options;
    options.principal_of_name = scope_.names.principal_of;
    if (!options.principal_of_name && !scope_.canisters.empty()) {
      options.principal_of_name =
          scope_.canisters.front().canister().parse_options().principal_of_name;
    }
    try {
      return type ? candid::parse_value(literal, *type, options)
                  : candid::parse_value(literal, options);
    } catch (const candid::CandidError& error) {
      fail(offset + offset_of(error, literal), error.details().problem,
           error.details().likely_cause);
    }
  }

  Term literal(std::size_t offset) {
    const std::size_t end = end_of_literal(offset);
    at_ = end;
    std::string text(text_.substr(offset, end - offset));
    Value value = value_of(offset, text, std::nullopt);
    Type type = candid::type_of(value);
    return constant(offset, std::move(type), std::move(value), std::move(text));
  }

  [[nodiscard]] std::size_t end_of_text(std::size_t from) const {
    for (std::size_t i = from + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        return i + 1;
      }
    }
    fail(from, "this text has no end", "A \" is missing.");
  }

  /// The place behind what closes the bracket at `from`.
  [[nodiscard]] std::size_t end_of_brackets(std::size_t from) const {
    std::size_t depth = 0;
    for (std::size_t i = from; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"') {
        i = end_of_text(i) - 1;
      } else if (c == '(' || c == '{') {
        ++depth;
      } else if ((c == ')' || c == '}') && --depth == 0) {
        return i + 1;
      }
    }
    fail(from, fmt::format("this {} is never closed", text_[from]));
  }

  [[nodiscard]] std::size_t after_space(std::size_t from) const {
    while (from < text_.size() && std::isspace(static_cast<unsigned char>(text_[from])) != 0) {
      ++from;
    }
    return from;
  }

  /// Candid's own parser reads the literal; here it is only found where it ends.
  [[nodiscard]] std::size_t end_of_literal(std::size_t from) const {
    from = after_space(from);
    if (from >= text_.size()) {
      fail(from, "expected a value, found the end");
    }
    const char c = text_[from];
    if (c == '"') {
      return end_of_text(from);
    }
    if (c == '(' || c == '{') {
      return end_of_brackets(from);
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+') {
      std::size_t end = from + 1;
      while (end < text_.size() && (is_letter(text_[end]) || text_[end] == '.')) {
        ++end;
      }
      return end;
    }
    const std::string_view word = name_at(from);
    const std::size_t rest = from + word.size();
    if (word == "opt" || word == "record" || word == "variant" || word == "vec" ||
        word == "principal" || word == "service" || word == "blob") {
      return end_of_literal(rest);
    }
    if (word == "func") {
      const std::size_t end = end_of_literal(rest);
      return end < text_.size() && text_[end] == '.' ? end + 1 + name_at(end + 1).size() : end;
    }
    if (word.empty()) {
      fail(from, fmt::format("expected a value, found '{}'", c));
    }
    return rest;
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

  // Calls.

  CallText call() {
    const std::size_t offset = at_;
    std::string first(canister_name());
    std::string_view method = first;
    const CandidRef* canister = nullptr;
    std::size_t method_at = offset;
    if (take_point()) {
      canister = &canister_named(first, offset);
      method_at = at_;
      method = name_at(at_);
      at_ += method.size();
    }
    if (method.empty()) {
      fail(at_, fmt::format("expected a method's name, found {}", found_text()),
           "Calls are written canister.method(arguments).");
    }
    if (!at_symbol("(")) {
      fail(at_, fmt::format("expected ( after {}, found {}", method, found_text()),
           "Calls are written canister.method(arguments), also without arguments: bank.get().");
    }
    if (canister == nullptr) {
      canister = &canister_with(method, offset);
    }
    const auto type = canister->canister().interface().method(method);
    if (!type) {
      fail_method(canister->canister(), method, method_at);
    }
    if (type->annotations().composite_query) {
      fail(method_at,
           fmt::format("{}.{} is a composite query, and these are not modelled",
                       canister->canister().name(), method),
           "Write the queries that it calls.");
    }
    const std::size_t begin = at_;
    at_ = end_of_brackets(at_);
    const std::string arguments(text_.substr(begin, at_ - begin));
    try {
      std::string encoded = canister->canister().arguments(method, arguments);
      return {*canister, std::string(method), *type, std::move(encoded),
              fmt::format("{}.{}{}", canister->canister().name(), method, arguments)};
    } catch (const candid::CandidError& error) {
      fail(begin + offset_of(error, arguments), error.details().problem,
           fmt::format("{}.{} takes {}.", canister->canister().name(), method,
                       candid::to_text(candid::types_of(type->arguments()))));
    }
  }

  /// Canisters' names may have a `-`; one is taken into a name only where a canister has it.
  std::string_view canister_name() {
    std::string_view longest = name_at(at_);
    for (const CandidRef& canister : scope_.canisters) {
      const std::string& name = canister.canister().name();
      if (name.size() > longest.size() && text_.substr(at_).starts_with(name + ".")) {
        longest = text_.substr(at_, name.size());
      }
    }
    at_ += longest.size();
    return longest;
  }

  bool take_point() {
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      return true;
    }
    return false;
  }

  [[nodiscard]] std::vector<std::string> canister_names() const {
    std::vector<std::string> names;
    for (const CandidRef& canister : scope_.canisters) {
      names.push_back(canister.canister().name());
    }
    return names;
  }

  [[nodiscard]] const CandidRef& canister_named(const std::string& name, std::size_t offset) const {
    for (const CandidRef& canister : scope_.canisters) {
      if (canister.canister().name() == name) {
        return canister;
      }
    }
    const std::vector<std::string> names = canister_names();
    const auto near = nearest(name, names);
    fail(offset, fmt::format("there is no canister {}", name),
         near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                      : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
  }

  [[nodiscard]] const CandidRef& canister_with(std::string_view method, std::size_t offset) const {
    std::vector<const CandidRef*> found;
    for (const CandidRef& canister : scope_.canisters) {
      if (canister.canister().interface().method(method)) {
        found.push_back(&canister);
      }
    }
    if (found.size() == 1) {
      return *found.front();
    }
    if (found.empty() && scope_.canisters.size() == 1) {
      fail_method(scope_.canisters.front().canister(), method, offset);
    }
    std::vector<std::string> choices;
    for (const CandidRef* canister : found) {
      choices.push_back(fmt::format("{}.{}", canister->canister().name(), method));
    }
    fail(offset,
         found.empty() ? fmt::format("no canister has a method {}", method)
                       : fmt::format("several canisters have a method {}", method),
         found.empty() ? fmt::format("Canisters are {}.", fmt::join(canister_names(), ", "))
                       : fmt::format("Write {}.", fmt::join(choices, " or ")));
  }

  [[noreturn]] static void fail_method(const CandidCanister& canister, std::string_view method,
                                       std::size_t offset) {
    const std::vector<std::string> names = canister.interface().method_names();
    const auto near = nearest(method, names);
    fail(offset, fmt::format("{} has no method {}", canister.name(), method),
         names.empty()  ? "Its Candid interface is unknown or empty: give it one, candid = \"...\"."
         : near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                        : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
  }

  std::string_view text_;
  const ExpressionScope& scope_;
  std::size_t at_ = 0;
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

CallText parse_call(std::string_view text, const ExpressionScope& scope) {
  return Parser(text, scope).only_call();
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
