#include <cctype>

#include <fmt/format.h>

#include <heddle/suite/internal/expression_terms.h>
#include <heddle/suite/internal/expression_text.h>

namespace heddle::internal {

void ExpressionText::skip_space() {
  while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
    ++at_;
  }
}

std::string_view ExpressionText::name_at(std::size_t from) const {
  std::size_t end = from;
  if (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end])) != 0) {
    return {};
  }
  while (end < text_.size() && is_letter(text_[end])) {
    ++end;
  }
  return text_.substr(from, end - from);
}

bool ExpressionText::take_word(std::string_view word) {
  skip_space();
  if (name_at(at_) != word) {
    return false;
  }
  at_ += word.size();
  return true;
}

bool ExpressionText::at_symbol(std::string_view symbol) {
  skip_space();
  return text_.substr(at_).starts_with(symbol);
}

bool ExpressionText::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) {
    return false;
  }
  at_ += symbol.size();
  return true;
}

void ExpressionText::expect_symbol(std::string_view symbol, std::string_view after) {
  if (!take_symbol(symbol)) {
    fail(at_, fmt::format("expected {} after {}, found {}", symbol, after, found_text()));
  }
}

std::string ExpressionText::found_text() const {
  if (at_ >= text_.size()) {
    return "the end";
  }
  const std::string_view name = name_at(at_);
  return fmt::format("'{}'", name.empty() ? text_.substr(at_, 1) : name);
}

std::size_t ExpressionText::end_of_text(std::size_t from) const {
  for (std::size_t i = from + 1; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '"') {
      return i + 1;
    }
  }
  fail(from, "this text has no end", "A \" is missing.");
}

std::size_t ExpressionText::end_of_brackets(std::size_t from) const {
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

std::size_t ExpressionText::after_space(std::size_t from) const {
  while (from < text_.size() && std::isspace(static_cast<unsigned char>(text_[from])) != 0) {
    ++from;
  }
  return from;
}

std::size_t ExpressionText::end_of_literal(std::size_t from) const {
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

}  // namespace heddle::internal
