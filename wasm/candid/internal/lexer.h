/// The words of Candid's two languages, values and .did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/candid/error.h>

namespace heddle::candid::internal {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kName,    ///< an identifier or keyword
    kNumber,  ///< without a sign, as written
    kText,    ///< `text` is what the quotes hold, escapes resolved; not necessarily UTF-8
    kSymbol,  ///< one of ( ) { } ; : , = . + - ->
  };

  Kind kind = Kind::kEnd;
  std::string text;
  std::size_t offset = 0;
  bool is_float = false;  // of a number: it has a point or an exponent
};

/// Splits a text into words and hands them out one by one. Errors are `CandidError`s with the place
/// and a caret; the text must outlive the lexer.
class Lexer {
 public:
  /// How deeply braces and parentheses may nest.
  static constexpr std::size_t kNestingMax = 500;

  explicit Lexer(std::string_view text, std::string source = {});

  const Token& peek(std::size_t ahead = 0) const;
  Token next();

  bool at_symbol(std::string_view symbol) const;
  bool at_name(std::string_view name) const;
  /// Takes the symbol if it is next.
  bool take_symbol(std::string_view symbol);
  bool take_name(std::string_view name);
  /// Throws if the symbol is not next.
  void expect_symbol(std::string_view symbol, std::string_view after);
  void expect_end();

  /// "found ..." of the next word.
  std::string found() const;
  [[noreturn]] void fail(std::string problem, std::string likely_cause = {}) const;
  [[noreturn]] void fail_at(std::size_t offset, std::string problem,
                            std::string likely_cause = {}) const;

 private:
  void split();
  void skip_comment(std::size_t& at) const;
  Token word(std::size_t& at) const;
  Token number(std::size_t& at) const;
  Token quoted(std::size_t& at) const;
  void append_escape(std::size_t& at, std::string& out) const;

  std::string_view text_;
  std::string source_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
};

void append_utf8(std::uint32_t code_point, std::string& out);

}  // namespace heddle::candid::internal
