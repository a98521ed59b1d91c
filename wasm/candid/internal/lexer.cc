#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/internal/lexer.h>

namespace heddle::candid::internal {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_hex(char c) {
  return hex_value(c) >= 0;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The end of digits with single underscores between them.
template <class IsDigit>
std::size_t digits_end(std::string_view text, std::size_t at, IsDigit digit) {
  while (at < text.size() &&
         (digit(text[at]) || (text[at] == '_' && at + 1 < text.size() && digit(text[at + 1])))) {
    ++at;
  }
  return at;
}

}  // namespace

Lexer::Lexer(std::string_view text, std::string source) : text_(text), source_(std::move(source)) {
  split();
}

const Token& Lexer::peek(std::size_t ahead) const {
  return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

Token Lexer::next() {
  Token token = peek();
  if (next_ + 1 < tokens_.size()) {
    ++next_;
  }
  return token;
}

bool Lexer::at_symbol(std::string_view symbol) const {
  return peek().kind == Token::Kind::kSymbol && peek().text == symbol;
}

bool Lexer::at_name(std::string_view name) const {
  return peek().kind == Token::Kind::kName && peek().text == name;
}

bool Lexer::take_symbol(std::string_view symbol) {
  const bool taken = at_symbol(symbol);
  if (taken) {
    next();
  }
  return taken;
}

bool Lexer::take_name(std::string_view name) {
  const bool taken = at_name(name);
  if (taken) {
    next();
  }
  return taken;
}

void Lexer::expect_symbol(std::string_view symbol, std::string_view after) {
  if (!take_symbol(symbol)) {
    fail(fmt::format("expected {} after {}, found {}", symbol, after, found()));
  }
}

void Lexer::expect_end() {
  if (peek().kind != Token::Kind::kEnd) {
    fail("expected the end, found " + found());
  }
}

std::string Lexer::found() const {
  const Token& token = peek();
  switch (token.kind) {
    case Token::Kind::kEnd:
      return "the end";
    case Token::Kind::kText:
      return "a text";
    default:
      return token.text;
  }
}

void Lexer::fail(std::string problem, std::string likely_cause) const {
  fail_at(peek().offset, std::move(problem), std::move(likely_cause));
}

void Lexer::fail_at(std::size_t offset, std::string problem, std::string likely_cause) const {
  throw error_in_text(text_, offset, std::move(problem), std::move(likely_cause), source_);
}

void Lexer::split() {
  std::size_t nesting = 0;
  for (std::size_t at = 0; at < text_.size();) {
    const char c = text_[at];
    const std::string_view rest = text_.substr(at);
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
    } else if (rest.starts_with("//") || rest.starts_with("/*")) {
      skip_comment(at);
    } else if (is_letter(c)) {
      tokens_.push_back(word(at));
    } else if (is_digit(c)) {
      tokens_.push_back(number(at));
    } else if (c == '"') {
      tokens_.push_back(quoted(at));
    } else if (std::string_view("(){};:,=.+-").find(c) != std::string_view::npos) {
      const std::size_t size = rest.starts_with("->") ? 2 : 1;
      tokens_.push_back({Token::Kind::kSymbol, std::string(rest.substr(0, size)), at, false});
      at += size;
      nesting += c == '(' || c == '{' ? 1 : 0;
      nesting -= (c == ')' || c == '}') && nesting > 0 ? 1 : 0;
      if (nesting > kNestingMax) {
        fail_at(at - 1, fmt::format("braces nest more than {} deep", kNestingMax));
      }
    } else {
      fail_at(at, "this character means nothing here",
              c == '\'' ? "texts stand in double quotes" : "");
    }
  }
  tokens_.push_back({Token::Kind::kEnd, {}, text_.size(), false});
}

void Lexer::skip_comment(std::size_t& at) const {
  if (text_[at + 1] == '/') {
    at = std::min(text_.find('\n', at), text_.size());
    return;
  }
  const std::size_t start = at;
  std::size_t depth = 0;
  do {
    const std::string_view rest = text_.substr(at);
    if (rest.empty()) {
      fail_at(start, "this comment has no end");
    }
    const bool opens = rest.starts_with("/*");
    const bool closes = rest.starts_with("*/");
    depth += opens ? 1 : 0;
    depth -= closes ? 1 : 0;
    at += opens || closes ? 2 : 1;
  } while (depth > 0);
}

Token Lexer::word(std::size_t& at) const {
  const std::size_t start = at;
  while (at < text_.size() && (is_letter(text_[at]) || is_digit(text_[at]))) {
    ++at;
  }
  return {Token::Kind::kName, std::string(text_.substr(start, at - start)), start, false};
}

Token Lexer::number(std::size_t& at) const {
  const std::size_t start = at;
  bool is_float = false;
  const bool hexadecimal = text_.substr(at).starts_with("0x") || text_.substr(at).starts_with("0X");
  const auto digits = [&](std::size_t from) {
    return hexadecimal ? digits_end(text_, from, is_hex) : digits_end(text_, from, is_digit);
  };
  at = digits(hexadecimal ? at + 2 : at);
  if (hexadecimal && at == start + 2) {
    fail_at(start, "0x is followed by no hexadecimal digits");
  }
  if (at < text_.size() && text_[at] == '.') {
    is_float = true;
    at = digits(at + 1);
  }
  const std::string_view exponents = hexadecimal ? "pP" : "eE";
  if (at < text_.size() && exponents.find(text_[at]) != std::string_view::npos) {
    is_float = true;
    ++at;
    if (at < text_.size() && (text_[at] == '+' || text_[at] == '-')) {
      ++at;
    }
    const std::size_t before = at;
    at = digits_end(text_, at, is_digit);
    if (at == before) {
      fail_at(start, "the exponent of this number has no digits");
    }
  }
  if (at < text_.size() && (is_letter(text_[at]) || is_digit(text_[at]))) {
    fail_at(at, "this belongs to no number",
            text_[at] == '_' ? "underscores stand singly between digits" : "");
  }
  return {Token::Kind::kNumber, std::string(text_.substr(start, at - start)), start, is_float};
}

Token Lexer::quoted(std::size_t& at) const {
  Token token{Token::Kind::kText, {}, at, false};
  ++at;
  while (at < text_.size() && text_[at] != '"') {
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (text_[at] == '\\') {
      append_escape(at, token.text);
    } else if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
      fail_at(at, "a control character in a text is to be escaped");
    } else {
      token.text.push_back(text_[at++]);
    }
  }
  if (at == text_.size()) {
    fail_at(token.offset, "this text has no end", "a double quote is missing");
  }
  ++at;
  return token;
}

void Lexer::append_escape(std::size_t& at, std::string& out) const {
  const std::string_view rest = text_.substr(at + 1);
  constexpr std::string_view kEscapes = "nrt\\\"'";
  constexpr std::string_view kMeanings = "\n\r\t\\\"'";
  if (rest.size() >= 2 && is_hex(rest[0]) && is_hex(rest[1])) {
    out.push_back(static_cast<char>(16 * hex_value(rest[0]) + hex_value(rest[1])));
    at += 3;
    return;
  }
  if (!rest.empty() && kEscapes.find(rest[0]) != std::string_view::npos) {
    out.push_back(kMeanings[kEscapes.find(rest[0])]);
    at += 2;
    return;
  }
  if (rest.starts_with("u{")) {
    const std::size_t end = digits_end(rest, 2, is_hex);
    std::uint64_t code_point = 0;
    for (const char c : rest.substr(2, end - 2)) {
      if (c != '_') {
        code_point = std::min<std::uint64_t>(
            16 * code_point + static_cast<std::uint64_t>(hex_value(c)), 0x110000);
      }
    }
    const bool is_scalar = code_point < 0xd800 || (code_point >= 0xe000 && code_point < 0x110000);
    if (end == 2 || end >= rest.size() || rest[end] != '}' || !is_scalar) {
      fail_at(at, "\\u{...} takes the hexadecimal number of a Unicode scalar value");
    }
    append_utf8(static_cast<std::uint32_t>(code_point), out);
    at += 1 + end + 1;
    return;
  }
  fail_at(at, "this escape means nothing",
          "a backslash is followed by n, r, t, \\, \", ', two hexadecimal digits or u{...}");
}

void append_utf8(std::uint32_t code_point, std::string& out) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0U | code_point >> 6U);
    byte(0x80U | (code_point & 0x3fU));
  } else if (code_point < 0x10000) {
    byte(0xe0U | code_point >> 12U);
    byte(0x80U | (code_point >> 6U & 0x3fU));
    byte(0x80U | (code_point & 0x3fU));
  } else {
    byte(0xf0U | code_point >> 18U);
    byte(0x80U | (code_point >> 12U & 0x3fU));
    byte(0x80U | (code_point >> 6U & 0x3fU));
    byte(0x80U | (code_point & 0x3fU));
  }
}

}  // namespace heddle::candid::internal
