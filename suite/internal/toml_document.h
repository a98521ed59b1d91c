// A TOML text as data that remembers where each part stands, in the order in which it is written,
// so that every mistake in it can be shown at its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {

/// A byte of a text.
struct TextPlace {
  std::size_t offset = 0;
};

struct TomlNode {
  enum class Kind : std::uint8_t { kTable, kList, kText, kInteger, kBoolean, kOther };

  /// The entry of that key, or null.
  [[nodiscard]] const TomlNode* find(std::string_view wanted) const;

  Kind kind = Kind::kOther;
  std::string key;  ///< of a table's entry
  TextPlace key_place;
  TextPlace place;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<TomlNode> items;  ///< of a list or table
};

/// "a table", "a text".
std::string_view to_string(TomlNode::Kind kind);

class TomlDocument {
 public:
  /// Throws Misuse, with the place, for what is no TOML. `file` is what the text is called.
  TomlDocument(std::string file, std::string text);

  [[nodiscard]] const std::string& file() const { return file_; }

  [[nodiscard]] const TomlNode& root() const { return root_; }

  /// The place of byte `offset` of a text node's content.
  [[nodiscard]] TextPlace within(const TomlNode& node, std::size_t offset) const;

  /// Throws Misuse: "file:3:7: problem", the line and a caret, and the next step if there is one.
  [[noreturn]] void fail(TextPlace place, std::string_view problem,
                         std::string_view next = {}) const;

 private:
  /// Line and column are counted from 1, columns in code points.
  [[nodiscard]] TextPlace place_of(std::size_t line, std::size_t column) const;

  std::string file_;
  std::string text_;
  TomlNode root_;
};

}  // namespace heddle::internal
