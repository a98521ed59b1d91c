// Reading the text of a property expression, word by word. A mistake is an ExpressionError at its
// place.
#pragma once

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

namespace heddle::internal {

/// A text, and how far it has been read.
class ExpressionText {
 protected:
  explicit ExpressionText(std::string_view text) : text_(text) {}

  ~ExpressionText() = default;

  [[nodiscard]] static bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  void skip_space();
  /// The name that begins at `from`; empty when there is none.
  [[nodiscard]] std::string_view name_at(std::size_t from) const;
  bool take_word(std::string_view word);
  [[nodiscard]] bool at_symbol(std::string_view symbol);
  bool take_symbol(std::string_view symbol);
  void expect_symbol(std::string_view symbol, std::string_view after);
  /// What stands here, for messages.
  [[nodiscard]] std::string found_text() const;
  /// The place behind what closes the bracket at `from`.
  [[nodiscard]] std::size_t end_of_brackets(std::size_t from) const;
  /// Candid's own parser reads the literal; here it is only found where it ends.
  [[nodiscard]] std::size_t end_of_literal(std::size_t from) const;

  std::string_view text_;
  std::size_t at_ = 0;

 private:
  [[nodiscard]] std::size_t end_of_text(std::size_t from) const;
  [[nodiscard]] std::size_t after_space(std::size_t from) const;
};

}  // namespace heddle::internal
