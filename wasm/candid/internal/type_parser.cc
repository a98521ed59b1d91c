#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include <heddle/wasm/candid/internal/type_parser.h>

namespace heddle::candid::internal {
namespace {

/// The primitive type with this name, or kFuture.
Kind primitive_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Kind::kPrincipal); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (is_primitive(kind) && candid::to_text(kind) == name) {
      return kind;
    }
  }
  return Kind::kFuture;
}

/// How many letters have to be changed, inserted or left out.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::uint32_t label_number(const Lexer& lexer, const Token& token) {
  std::uint64_t value = 0;
  const bool hexadecimal = token.text.starts_with("0x") || token.text.starts_with("0X");
  for (const char c : std::string_view(token.text).substr(hexadecimal ? 2 : 0)) {
    if (c == '_') {
      continue;
    }
    const auto digit = static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value =
        std::min<std::uint64_t>(value * (hexadecimal ? 16 : 10) + digit, std::uint64_t{1} << 40U);
  }
  if (token.is_float || value > std::numeric_limits<std::uint32_t>::max()) {
    lexer.fail_at(token.offset, "the number of a field is a whole number below 2^32");
  }
  return static_cast<std::uint32_t>(value);
}

std::optional<Label> take_label(Lexer& lexer) {
  const Token& token = lexer.peek();
  switch (token.kind) {
    case Token::Kind::kName:
    case Token::Kind::kText:
      return Label(lexer.next().text);
    case Token::Kind::kNumber: {
      const Token number = lexer.next();
      return Label(label_number(lexer, number));
    }
    default:
      return std::nullopt;
  }
}

TypeRef TypeParser::type(Lexer& lexer) {
  if (lexer.peek().kind != Token::Kind::kName) {
    lexer.fail("expected a type, found " + lexer.found());
  }
  if (depth_ == Lexer::kNestingMax) {
    lexer.fail(fmt::format("types nest more than {} deep", Lexer::kNestingMax));
  }
  ++depth_;
  const Token token = lexer.next();
  TypeRef result;
  TypeNode node;
  if (const Kind kind = primitive_of(token.text); kind != Kind::kFuture) {
    result = TypeRef(kind);
  } else if (token.text == "blob") {
    node.kind = Kind::kVec;
    node.parts.push_back({Label(), TypeRef(Kind::kNat8)});
    result = builder_.add(std::move(node));
  } else if (token.text == "opt" || token.text == "vec") {
    node.kind = token.text == "opt" ? Kind::kOpt : Kind::kVec;
    node.parts.push_back({Label(), type(lexer)});
    result = builder_.add(std::move(node));
  } else if (token.text == "record" || token.text == "variant") {
    node.kind = token.text == "record" ? Kind::kRecord : Kind::kVariant;
    node.parts = fields(lexer, node.kind == Kind::kVariant);
    result = composite(lexer, std::move(node));
  } else if (token.text == "func") {
    result = function(lexer);
  } else if (token.text == "service") {
    result = service(lexer);
  } else {
    result = use(lexer, token.text, token.offset);
  }
  --depth_;
  return result;
}

TypeRef TypeParser::composite(Lexer& lexer, TypeNode node) {
  try {
    sort_parts(node);
  } catch (const CandidError& error) {
    lexer.fail(error.details().problem, error.details().likely_cause);
  }
  return builder_.add(std::move(node));
}

std::vector<Part> TypeParser::fields(Lexer& lexer, bool is_variant) {
  lexer.expect_symbol("{", is_variant ? "variant" : "record");
  std::vector<Part> parts;
  std::optional<std::uint64_t> previous;
  while (!lexer.take_symbol("}")) {
    parts.push_back(field(lexer, is_variant, previous));
    previous = parts.back().label.id;
    if (!lexer.take_symbol(";") && !lexer.at_symbol("}")) {
      lexer.fail("expected ; or } after a field, found " + lexer.found());
    }
  }
  return parts;
}

Part TypeParser::field(Lexer& lexer, bool is_variant, std::optional<std::uint64_t> previous) {
  const bool has_label =
      is_variant || (lexer.peek(1).kind == Token::Kind::kSymbol && lexer.peek(1).text == ":") ||
      lexer.peek().kind != Token::Kind::kName;
  if (!has_label) {
    const std::uint64_t id = previous ? *previous + 1 : 0;
    if (id > std::numeric_limits<std::uint32_t>::max()) {
      lexer.fail("there is no number left for this field");
    }
    return {Label(static_cast<std::uint32_t>(id)), type(lexer)};
  }
  std::optional<Label> label = take_label(lexer);
  if (!label) {
    lexer.fail("expected the name of a field, found " + lexer.found());
  }
  if (is_variant && !lexer.at_symbol(":")) {
    return {*std::move(label), TypeRef(Kind::kNull)};
  }
  lexer.expect_symbol(":", "the name of a field");
  const TypeRef field_type = type(lexer);
  return {*std::move(label), field_type};
}

std::vector<Part> TypeParser::tuple(Lexer& lexer) {
  lexer.expect_symbol("(", "this");
  std::vector<Part> parts;
  std::set<std::string> names;
  while (!lexer.take_symbol(")")) {
    Label label;
    if (lexer.peek(1).kind == Token::Kind::kSymbol && lexer.peek(1).text == ":") {
      const Token token = lexer.next();
      if (token.kind != Token::Kind::kName && token.kind != Token::Kind::kText) {
        lexer.fail_at(token.offset, "expected the name of an argument");
      }
      lexer.next();
      if (!names.insert(token.text).second) {
        lexer.fail_at(token.offset, fmt::format("two arguments are named {}", token.text));
      }
      label.name = token.text;
    }
    const TypeRef argument = type(lexer);
    parts.push_back({std::move(label), argument});
    if (!lexer.take_symbol(",") && !lexer.at_symbol(")")) {
      lexer.fail("expected , or ) after a type, found " + lexer.found());
    }
  }
  return parts;
}

TypeRef TypeParser::function(Lexer& lexer) {
  TypeNode node;
  node.kind = Kind::kFunc;
  node.parts = tuple(lexer);
  node.argument_count = node.parts.size();
  lexer.expect_symbol("->", "the arguments");
  std::vector<Part> results = tuple(lexer);
  std::ranges::move(results, std::back_inserter(node.parts));
  for (bool more = true; more;) {
    const std::size_t offset = lexer.peek().offset;
    if (lexer.take_name("query")) {
      node.annotations.query = true;
    } else if (lexer.take_name("composite_query")) {
      node.annotations.composite_query = true;
    } else if (lexer.take_name("oneway")) {
      node.annotations.oneway = true;
      if (!results.empty()) {
        lexer.fail_at(offset, "a oneway function has no results");
      }
    } else {
      more = false;
    }
  }
  return builder_.add(std::move(node));
}

TypeRef TypeParser::service(Lexer& lexer) {
  lexer.expect_symbol("{", "service");
  TypeNode node;
  node.kind = Kind::kService;
  while (!lexer.take_symbol("}")) {
    const Token name = lexer.next();
    if (name.kind != Token::Kind::kName && name.kind != Token::Kind::kText) {
      lexer.fail_at(name.offset, "expected the name of a method");
    }
    lexer.expect_symbol(":", "the name of a method");
    const Token& token = lexer.peek();
    const std::size_t offset = token.offset;
    TypeRef method;
    if (token.kind == Token::Kind::kName) {
      if (token.text == "func") {
        lexer.fail("a method's type is written without func");
      }
      method = use(lexer, lexer.next().text, offset);
    } else {
      method = function(lexer);
    }
    methods_.push_back({method, {&lexer, name.text, offset}});
    Label label;
    label.name = name.text;
    node.parts.push_back({std::move(label), method});
    if (!lexer.take_symbol(";") && !lexer.at_symbol("}")) {
      lexer.fail("expected ; or } after a method, found " + lexer.found());
    }
  }
  return composite(lexer, std::move(node));
}

void TypeParser::define(Lexer& lexer, std::string name, std::size_t offset, TypeRef type) {
  if (!meaning_.emplace(name, type).second) {
    lexer.fail_at(offset, fmt::format("type {} is defined twice", name));
  }
  if (!type.is_primitive() && !uses_.contains(type) && builder_.node(type).name.empty()) {
    builder_.node(type).name = name;
  }
  definitions_.emplace_back(std::move(name), type);
}

TypeRef TypeParser::use(Lexer& lexer, std::string_view name, std::size_t offset) {
  const auto known = stand_ins_.find(name);
  if (known != stand_ins_.end()) {
    return known->second;
  }
  const TypeRef stand_in = builder_.reserve();
  stand_ins_.emplace(name, stand_in);
  uses_.emplace(stand_in, Use{&lexer, std::string(name), offset});
  return stand_in;
}

TypeRef TypeParser::resolved(TypeRef type) const {
  const auto found = resolved_.find(type);
  return found == resolved_.end() ? type : found->second;
}

void TypeParser::resolve() {
  for (const auto& [stand_in, first_use] : uses_) {
    TypeRef meaning = stand_in;
    std::set<TypeRef> passed;
    while (uses_.contains(meaning)) {
      const Use& used = uses_.at(meaning);
      if (!passed.insert(meaning).second) {
        used.lexer->fail_at(used.offset,
                            fmt::format("type {} is defined as nothing but itself", used.name));
      }
      if (const auto defined = meaning_.find(used.name); defined != meaning_.end()) {
        meaning = defined->second;
        continue;
      }
      const std::optional<Type> outer = outer_ ? outer_(used.name) : std::nullopt;
      if (outer) {
        meaning = builder_.add(*outer);
        continue;
      }
      std::string hint;
      std::size_t nearest = 3;
      for (const auto& [name, type] : meaning_) {
        if (const std::size_t changes = distance(name, used.name); changes < nearest) {
          nearest = changes;
          hint = fmt::format("did you mean {}?", name);
        }
      }
      for (int i = 0; i <= static_cast<int>(Kind::kPrincipal); ++i) {
        const std::string_view name = candid::to_text(static_cast<Kind>(i));
        if (const std::size_t changes = distance(name, used.name); changes < nearest) {
          nearest = changes;
          hint = fmt::format("did you mean {}?", name);
        }
      }
      used.lexer->fail_at(used.offset, fmt::format("there is no type named {}", used.name),
                          std::move(hint));
    }
    resolved_[stand_in] = meaning;
  }
  for (TypeNode& node : builder_.table()->nodes) {
    for (Part& part : node.parts) {
      part.type = resolved(part.type);
    }
  }
  for (auto& [name, type] : definitions_) {
    type = resolved(type);
  }
  check_methods();
}

void TypeParser::check_methods() const {
  for (const auto& [type, use] : methods_) {
    const TypeView view(builder_.table().get(), resolved(type));
    if (view.kind() != Kind::kFunc) {
      use.lexer->fail_at(use.offset, fmt::format("the type of method {} is no function but {}",
                                                 quoted_unless_plain(use.name), to_text(view)));
    }
  }
}

}  // namespace heddle::candid::internal
