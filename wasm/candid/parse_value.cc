#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/coercion.h>
#include <heddle/wasm/candid/internal/lexer.h>
#include <heddle/wasm/candid/internal/type_parser.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

using internal::Lexer;
using internal::Part;
using internal::Token;
using internal::TypeView;

/// A value as it is written, before types say what it is. An annotation stands behind its value, so
/// the whole has to be read first.
struct Literal {
  enum class Kind {
    kNumber,
    kText,
    kBlob,
    kName,  // true, false, null
    kOpt,
    kVec,
    kRecord,
    kVariant,
    kPrincipal,
    kService,
    kFunc,
  };

  Kind kind = Kind::kName;
  std::size_t offset = 0;
  std::string text;  // a number with its sign; a text; a principal's text
  std::string method;
  bool is_float = false;
  std::vector<Literal> parts;
  std::vector<Label> labels;  // of the parts of a record or variant
  std::optional<Type> annotation;
};

class LiteralParser {
 public:
  LiteralParser(Lexer& lexer, const ParseOptions& options) : lexer_(lexer), options_(options) {}

  /// A value with or without an annotation.
  Literal annotated() {
    Literal literal = plain();
    if (lexer_.take_symbol(":")) {
      internal::TypeParser types(options_.type_of_name);
      const internal::TypeRef type = types.type(lexer_);
      types.resolve();
      // A second annotation, around parentheses, is for the value as annotated before.
      if (literal.annotation) {
        Literal outer = std::move(literal);
        outer.annotation = coerced_annotation(outer, types.finished(type));
        return outer;
      }
      literal.annotation = types.finished(type);
    }
    return literal;
  }

  std::vector<Literal> arguments() {
    lexer_.expect_symbol("(", "the beginning");
    std::vector<Literal> literals;
    while (!lexer_.take_symbol(")")) {
      literals.push_back(annotated());
      if (!lexer_.take_symbol(",") && !lexer_.at_symbol(")")) {
        lexer_.fail("expected , or ) after a value, found " + lexer_.found());
      }
    }
    return literals;
  }

 private:
  Type coerced_annotation(const Literal& literal, Type outer) const {
    if (*literal.annotation != outer) {
      lexer_.fail_at(literal.offset, fmt::format("this value has two types, {} and {}",
                                                 to_text(*literal.annotation), to_text(outer)));
    }
    return outer;
  }

  Literal plain() {
    if (depth_ == Lexer::kNestingMax) {
      lexer_.fail(fmt::format("values nest more than {} deep", Lexer::kNestingMax));
    }
    ++depth_;
    Literal literal = unlimited();
    --depth_;
    return literal;
  }

  Literal unlimited() {
    Literal literal;
    literal.offset = lexer_.peek().offset;
    if (lexer_.take_symbol("(")) {
      literal = annotated();
      lexer_.expect_symbol(")", "a value");
      return literal;
    }
    if (lexer_.at_symbol("+") || lexer_.at_symbol("-") ||
        lexer_.peek().kind == Token::Kind::kNumber) {
      return number();
    }
    if (lexer_.peek().kind == Token::Kind::kText) {
      literal.kind = Literal::Kind::kText;
      literal.text = utf8(lexer_.next());
      return literal;
    }
    if (lexer_.peek().kind != Token::Kind::kName) {
      lexer_.fail("expected a value, found " + lexer_.found());
    }
    const std::string word = lexer_.next().text;
    if (word == "true" || word == "false" || word == "null") {
      literal.text = word;
    } else if (word == "opt") {
      literal.kind = Literal::Kind::kOpt;
      literal.parts.push_back(plain());
    } else if (word == "vec") {
      vec(literal);
    } else if (word == "record") {
      record(literal);
    } else if (word == "variant") {
      variant(literal);
    } else if (word == "blob") {
      literal.kind = Literal::Kind::kBlob;
      literal.text = quoted("blob").text;
    } else if (word == "principal" || word == "service") {
      literal.kind = word == "service" ? Literal::Kind::kService : Literal::Kind::kPrincipal;
      literal.text = quoted(word).text;
    } else if (word == "func") {
      literal.kind = Literal::Kind::kFunc;
      literal.text = quoted("func").text;
      lexer_.expect_symbol(".", "the principal");
      const Token method = lexer_.next();
      if (method.kind != Token::Kind::kName && method.kind != Token::Kind::kText) {
        lexer_.fail_at(method.offset, "expected the name of a method");
      }
      literal.method = utf8(method);
    } else {
      lexer_.fail_at(literal.offset, fmt::format("{} is no value", word),
                     "texts stand in double quotes");
    }
    return literal;
  }

  Literal number() {
    Literal literal;
    literal.kind = Literal::Kind::kNumber;
    literal.offset = lexer_.peek().offset;
    if (lexer_.take_symbol("-")) {
      literal.text = "-";
    } else {
      lexer_.take_symbol("+");
    }
    if (lexer_.at_name("inf") || lexer_.at_name("nan")) {
      literal.text += lexer_.next().text;
      literal.is_float = true;
      return literal;
    }
    if (lexer_.peek().kind != Token::Kind::kNumber) {
      lexer_.fail("expected a number after the sign, found " + lexer_.found());
    }
    const Token token = lexer_.next();
    literal.text += token.text;
    literal.is_float = token.is_float;
    std::erase(literal.text, '_');
    return literal;
  }

  std::string utf8(const Token& token) const {
    if (!is_utf8(token.text)) {
      lexer_.fail_at(token.offset, "this text is not UTF-8", "bytes are written blob \"...\"");
    }
    return token.text;
  }

  Token quoted(std::string_view after) {
    if (lexer_.peek().kind != Token::Kind::kText) {
      lexer_.fail(fmt::format("expected a text in double quotes after {}, found {}", after,
                              lexer_.found()));
    }
    return lexer_.next();
  }

  void vec(Literal& literal) {
    literal.kind = Literal::Kind::kVec;
    lexer_.expect_symbol("{", "vec");
    while (!lexer_.take_symbol("}")) {
      literal.parts.push_back(annotated());
      if (!lexer_.take_symbol(";") && !lexer_.at_symbol("}")) {
        lexer_.fail("expected ; or } after an element, found " + lexer_.found(),
                    lexer_.at_symbol(",") ? "elements are separated by semicolons" : "");
      }
    }
  }

  /// `name = value`, `5 = value`.
  bool at_labelled() const {
    return lexer_.peek(1).kind == Token::Kind::kSymbol && lexer_.peek(1).text == "=";
  }

  void record(Literal& literal) {
    literal.kind = Literal::Kind::kRecord;
    lexer_.expect_symbol("{", "record");
    std::uint64_t next_id = 0;
    while (!lexer_.take_symbol("}")) {
      if (at_labelled()) {
        const std::size_t offset = lexer_.peek().offset;
        std::optional<Label> label = internal::take_label(lexer_);
        if (!label) {
          lexer_.fail_at(offset, "expected the name of a field");
        }
        lexer_.next();
        literal.labels.push_back(*std::move(label));
      } else {
        if (next_id > std::numeric_limits<std::uint32_t>::max()) {
          lexer_.fail("there is no number left for this field");
        }
        literal.labels.emplace_back(static_cast<std::uint32_t>(next_id));
      }
      literal.parts.push_back(annotated());
      next_id = std::uint64_t{literal.labels.back().id} + 1;
      if (!lexer_.take_symbol(";") && !lexer_.at_symbol("}")) {
        lexer_.fail("expected ; or } after a field, found " + lexer_.found(),
                    lexer_.at_symbol(",")   ? "fields are separated by semicolons"
                    : lexer_.at_symbol(":") ? "a field's value follows =, its type : behind that"
                                            : "");
      }
    }
  }

  void variant(Literal& literal) {
    literal.kind = Literal::Kind::kVariant;
    lexer_.expect_symbol("{", "variant");
    std::optional<Label> label = internal::take_label(lexer_);
    if (!label) {
      lexer_.fail("expected the name of a case, found " + lexer_.found());
    }
    literal.labels.push_back(*std::move(label));
    if (lexer_.take_symbol("=")) {
      literal.parts.push_back(annotated());
    } else {
      Literal null;
      null.offset = literal.offset;
      null.text = "null";
      literal.parts.push_back(std::move(null));
    }
    lexer_.take_symbol(";");
    lexer_.expect_symbol("}", "the one case of a variant");
  }

  Lexer& lexer_;
  const ParseOptions& options_;
  std::size_t depth_ = 0;
};

/// Makes literals values.
class Elaboration {
 public:
  Elaboration(Lexer& lexer, const ParseOptions& options) : lexer_(lexer), options_(options) {}

  /// The value at a type, or, where none is expected, at what it looks like.
  Value value(const Literal& literal, const TypeView* expected) {
    if (!literal.annotation) {
      return expected == nullptr ? by_looks(literal) : at_type(literal, *expected);
    }
    const TypeView annotated(*literal.annotation);
    Value result = at_type(literal, annotated);
    if (expected == nullptr) {
      return result;
    }
    internal::Coercion coercion(kMissingMax, kStepsMax);
    std::optional<Value> coerced = coercion.coerce(result, *expected);
    if (!coerced) {
      lexer_.fail_at(literal.offset, coercion.problem());
    }
    return *std::move(coerced);
  }

 private:
  static constexpr std::size_t kMissingMax = 1'000'000;
  static constexpr std::size_t kStepsMax = 1'000'000;

  static std::string_view looks(const Literal& literal) {
    switch (literal.kind) {
      case Literal::Kind::kNumber:
        return literal.is_float ? "a number with a point" : "a whole number";
      case Literal::Kind::kText:
        return "a text";
      case Literal::Kind::kBlob:
        return "a blob";
      case Literal::Kind::kOpt:
        return "an option";
      case Literal::Kind::kVec:
        return "a vec";
      case Literal::Kind::kRecord:
        return "a record";
      case Literal::Kind::kVariant:
        return "a variant";
      case Literal::Kind::kPrincipal:
        return "a principal";
      case Literal::Kind::kService:
        return "a service";
      case Literal::Kind::kFunc:
        return "a function";
      case Literal::Kind::kName:
        break;
    }
    return literal.text == "null" ? "null" : "a bool";
  }

  [[noreturn]] void unfit(const Literal& literal, TypeView expected, std::string hint = {}) const {
    lexer_.fail_at(
        literal.offset,
        fmt::format("expected {}, found {}", internal::to_text(expected), looks(literal)),
        std::move(hint));
  }

  Value by_looks(const Literal& literal) {
    switch (literal.kind) {
      case Literal::Kind::kNumber:
        return literal.is_float ? Value(floating<double>(literal)) : Value(whole(literal));
      case Literal::Kind::kText:
        return Value::text(literal.text);
      case Literal::Kind::kBlob:
        return Value::blob(literal.text);
      case Literal::Kind::kName:
        return literal.text == "null" ? Value() : Value(literal.text == "true");
      case Literal::Kind::kOpt:
        return Value::opt(value(literal.parts.front(), nullptr));
      case Literal::Kind::kVec: {
        std::vector<Value> elements;
        for (const Literal& part : literal.parts) {
          elements.push_back(value(part, nullptr));
        }
        return Value::vec(std::move(elements));
      }
      case Literal::Kind::kRecord: {
        std::vector<FieldValue> fields;
        for (std::size_t i = 0; i < literal.parts.size(); ++i) {
          fields.push_back({literal.labels[i], value(literal.parts[i], nullptr)});
        }
        return record(literal, std::move(fields));
      }
      case Literal::Kind::kVariant:
        return Value::variant(literal.labels.front(), value(literal.parts.front(), nullptr));
      case Literal::Kind::kPrincipal:
        return Value(principal(literal));
      case Literal::Kind::kService:
        return Value::service(principal(literal));
      case Literal::Kind::kFunc:
        break;
    }
    return Value::func(principal(literal), literal.method);
  }

  Value at_type(const Literal& literal, TypeView expected) {
    switch (expected.kind()) {
      case Kind::kReserved:
        by_looks(literal);  // anything, if it is well-formed
        return Value::reserved();
      case Kind::kOpt:
        return opt(literal, expected);
      case Kind::kNull:
        if (literal.kind == Literal::Kind::kName && literal.text == "null") {
          return {};
        }
        break;
      case Kind::kBool:
        if (literal.kind == Literal::Kind::kName && literal.text != "null") {
          return Value(literal.text == "true");
        }
        break;
      case Kind::kText:
        if (literal.kind == Literal::Kind::kText) {
          return Value::text(literal.text);
        }
        break;
      case Kind::kPrincipal:
        if (literal.kind == Literal::Kind::kPrincipal) {
          return Value(principal(literal));
        }
        if (literal.kind == Literal::Kind::kText) {
          unfit(literal, expected, "write principal before the text");
        }
        break;
      case Kind::kEmpty:
      case Kind::kFuture:
        unfit(literal, expected, "this type has no values");
      default:
        return literal.kind == Literal::Kind::kNumber ? number(literal, expected)
                                                      : composite(literal, expected);
    }
    unfit(literal, expected);
  }

  Value composite(const Literal& literal, TypeView expected) {
    switch (expected.kind()) {
      case Kind::kVec:
        if (literal.kind == Literal::Kind::kVec) {
          return vec(literal, expected.part(0));
        }
        if (literal.kind == Literal::Kind::kBlob && expected.is_blob()) {
          return Value::blob(literal.text);
        }
        break;
      case Kind::kRecord:
        if (literal.kind == Literal::Kind::kRecord) {
          return record(literal, expected);
        }
        break;
      case Kind::kVariant:
        if (literal.kind == Literal::Kind::kVariant) {
          return variant(literal, expected);
        }
        break;
      case Kind::kService:
        if (literal.kind == Literal::Kind::kService) {
          return Value::service(principal(literal), owned(expected));
        }
        break;
      case Kind::kFunc:
        if (literal.kind == Literal::Kind::kFunc) {
          return Value::func(principal(literal), literal.method, owned(expected));
        }
        break;
      default:
        break;
    }
    unfit(literal, expected,
          expected.is_blob() && literal.kind == Literal::Kind::kText ? "write blob before the text"
                                                                     : "");
  }

  /// A reference keeps its type, and a borrowed one would not last.
  static Type owned(TypeView type) {
    return Type(std::make_shared<internal::TypeTable>(*type.table), type.ref);
  }

  Value opt(const Literal& literal, TypeView expected) {
    const TypeView content = expected.part(0);
    if (literal.kind == Literal::Kind::kOpt) {
      return Value::opt(value(literal.parts.front(), &content));
    }
    if (literal.kind == Literal::Kind::kName && literal.text == "null") {
      return Value::opt();
    }
    const bool ambiguous = content.kind() == Kind::kNull || content.kind() == Kind::kOpt ||
                           content.kind() == Kind::kReserved;
    if (ambiguous) {
      unfit(literal, expected, "write opt before the value");
    }
    return Value::opt(value(literal, &content));
  }

  Value vec(const Literal& literal, TypeView element) {
    std::vector<Value> elements;
    for (const Literal& part : literal.parts) {
      elements.push_back(value(part, &element));
    }
    return Value::vec(std::move(elements));
  }

  Value record(const Literal& literal, std::vector<FieldValue> fields) const {
    try {
      return Value::record(std::move(fields));
    } catch (const CandidError& error) {
      lexer_.fail_at(literal.offset, error.details().problem);
    }
  }

  Value record(const Literal& literal, TypeView expected) {
    std::vector<FieldValue> fields;
    for (std::size_t i = 0; i < literal.parts.size(); ++i) {
      const Label& label = literal.labels[i];
      const Part* part = expected.find(label.id);
      if (part != nullptr) {
        const TypeView type(expected.table, part->type);
        fields.push_back({part->label, value(literal.parts[i], &type)});
        continue;
      }
      if (!options_.additional_fields) {
        lexer_.fail_at(literal.parts[i].offset,
                       fmt::format("there is no field {} in {}", label.to_text(),
                                   internal::to_text(expected)));
      }
      value(literal.parts[i], nullptr);
    }
    for (const Part& part : expected.node().parts) {
      const auto given = std::ranges::find(fields, part.label, &FieldValue::label);
      if (given != fields.end()) {
        continue;
      }
      internal::Coercion coercion(1, kStepsMax);
      std::optional<Value> missing = coercion.missing({expected.table, part.type});
      if (!missing) {
        lexer_.fail_at(literal.offset,
                       fmt::format("field {} is missing, a {}", part.label.to_text(),
                                   internal::to_text({expected.table, part.type})));
      }
      fields.push_back({part.label, *std::move(missing)});
    }
    return record(literal, std::move(fields));
  }

  Value variant(const Literal& literal, TypeView expected) {
    const Part* part = expected.find(literal.labels.front().id);
    if (part == nullptr) {
      lexer_.fail_at(literal.offset,
                     fmt::format("{} is no case of {}", literal.labels.front().to_text(),
                                 internal::to_text(expected)));
    }
    const TypeView type(expected.table, part->type);
    return Value::variant(part->label, value(literal.parts.front(), &type));
  }

  Principal principal(const Literal& literal) const {
    if (const std::optional<Principal> parsed = Principal::parse(literal.text)) {
      return *parsed;
    }
    if (options_.principal_of_name) {
      if (const std::optional<Principal> named = options_.principal_of_name(literal.text)) {
        return *named;
      }
    }
    lexer_.fail_at(literal.offset, fmt::format("\"{}\" is no principal", literal.text),
                   "its checksum does not fit; a letter is wrong or missing");
  }

  Int whole(const Literal& literal) const {
    std::string_view digits = literal.text;
    const bool negative = digits.starts_with('-');
    digits.remove_prefix(negative ? 1 : 0);
    Int magnitude;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      constexpr std::size_t kDigitsPerChunk = 15;
      digits.remove_prefix(2);
      while (!digits.empty()) {
        const std::string chunk(digits.substr(0, kDigitsPerChunk));
        magnitude *= Int(std::uint64_t{1} << (4 * chunk.size()));
        magnitude += Int(std::strtoull(chunk.c_str(), nullptr, 16));
        digits.remove_prefix(chunk.size());
      }
    } else {
      constexpr std::size_t kDigitsMax = 10'000;
      if (digits.size() > kDigitsMax) {
        lexer_.fail_at(literal.offset,
                       fmt::format("this number has more than {} digits", kDigitsMax));
      }
      magnitude = *Int::parse(digits);
    }
    return negative ? -magnitude : magnitude;
  }

  template <class T>
  T floating(const Literal& literal) const {
    // The syntax is a part of what these functions read.
    if constexpr (sizeof(T) == sizeof(float)) {
      return std::strtof(literal.text.c_str(), nullptr);
    } else {
      return std::strtod(literal.text.c_str(), nullptr);
    }
  }

  Value number(const Literal& literal, TypeView expected) const {
    const Kind kind = expected.kind();
    if (kind == Kind::kFloat32) {
      return floating<float>(literal);
    }
    if (kind == Kind::kFloat64) {
      return floating<double>(literal);
    }
    if (kind < Kind::kNat || kind > Kind::kInt64) {
      unfit(literal, expected);
    }
    if (literal.is_float) {
      unfit(literal, expected, "it has a point or an exponent");
    }
    const Int number = whole(literal);
    if (kind == Kind::kInt) {
      return number;
    }
    const auto step = [kind](Kind first) {
      return static_cast<unsigned>(kind) - static_cast<unsigned>(first);
    };
    if (kind == Kind::kNat) {
      if (number < 0) {
        unfit(literal, expected, "it is negative");
      }
      return Nat(number);
    }
    const bool is_signed = kind >= Kind::kInt8;
    const std::size_t bits = std::size_t{8} << step(is_signed ? Kind::kInt8 : Kind::kNat8);
    const Int high = is_signed ? Int(std::numeric_limits<std::int64_t>::max() >> (64 - bits))
                               : Int(std::numeric_limits<std::uint64_t>::max() >> (64 - bits));
    const Int low = is_signed ? -high - 1 : Int(0);
    if (number < low || number > high) {
      lexer_.fail_at(literal.offset,
                     fmt::format("{} does not fit {}, which ends at {}", number.to_string(),
                                 to_text(kind), (number < low ? low : high).to_string()));
    }
    return is_signed ? Value::signed_number(bits, static_cast<std::int64_t>(number))
                     : Value::unsigned_number(bits, static_cast<std::uint64_t>(number));
  }

  Lexer& lexer_;
  const ParseOptions& options_;
};

Value parse_one(std::string_view text, const Type* expected, const ParseOptions& options) {
  Lexer lexer(text);
  const Literal literal = LiteralParser(lexer, options).annotated();
  lexer.expect_end();
  const TypeView view = expected == nullptr ? TypeView() : TypeView(*expected);
  return Elaboration(lexer, options).value(literal, expected == nullptr ? nullptr : &view);
}

}  // namespace

Value parse_value(std::string_view text, const ParseOptions& options) {
  return parse_one(text, nullptr, options);
}

Value parse_value(std::string_view text, const Type& expected, const ParseOptions& options) {
  return parse_one(text, &expected, options);
}

std::vector<Value> parse_arguments(std::string_view text, const ParseOptions& options) {
  Lexer lexer(text);
  std::vector<Value> values;
  const std::vector<Literal> literals = LiteralParser(lexer, options).arguments();
  lexer.expect_end();
  for (const Literal& literal : literals) {
    values.push_back(Elaboration(lexer, options).value(literal, nullptr));
  }
  return values;
}

std::vector<Value> parse_arguments(std::string_view text, const std::vector<Type>& expected,
                                   const ParseOptions& options) {
  Lexer lexer(text);
  const std::vector<Literal> literals = LiteralParser(lexer, options).arguments();
  lexer.expect_end();
  if (literals.size() > expected.size()) {
    lexer.fail_at(literals[expected.size()].offset,
                  fmt::format("there are {} values, but the types are {}", literals.size(),
                              to_text(expected)));
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const TypeView type(expected[i]);
    if (i < literals.size()) {
      values.push_back(Elaboration(lexer, options).value(literals[i], &type));
      continue;
    }
    std::optional<Value> missing = internal::Coercion(1, 1).missing(type);
    if (!missing) {
      lexer.fail(fmt::format("argument {} is missing, a {}", i + 1, to_text(expected[i])));
    }
    values.push_back(*std::move(missing));
  }
  return values;
}

Type parse_type(std::string_view text, const ParseOptions& options) {
  Lexer lexer(text);
  internal::TypeParser types(options.type_of_name);
  const internal::TypeRef type = types.type(lexer);
  lexer.expect_end();
  types.resolve();
  return types.finished(type);
}

std::vector<Argument> parse_types(std::string_view text, const ParseOptions& options) {
  Lexer lexer(text);
  internal::TypeParser types(options.type_of_name);
  const std::vector<Part> parts = types.tuple(lexer);
  lexer.expect_end();
  types.resolve();
  std::vector<Argument> arguments;
  for (const Part& part : parts) {
    arguments.emplace_back(part.label.name, types.finished(part.type));
  }
  return arguments;
}

}  // namespace heddle::candid
