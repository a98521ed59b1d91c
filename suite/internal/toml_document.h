// A TOML text as data that remembers where each part stands, in the order in which it is written,
// so that every mistake in it can be shown at its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {

/// A byte of the file's text, or of a `--set`.
struct TextPlace {
  std::size_t offset = 0;
  std::size_t text = 0;  ///< 0: the file; else which `--set`
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

  [[nodiscard]] const std::string& file() const { return sources_.front().name; }

  [[nodiscard]] const TomlNode& root() const { return root_; }

  /// Changes what stands at `path`, as `--set` says it: `user.alice.calls`,
  /// `always.conserved.holds`, with quotes around what is no plain name. An item of a list is named
  /// by its number, from 1, or by its `name`. `value` is TOML; what is none is a text. Throws
  /// Misuse that names the path.
  void set(const std::string& path, const std::string& value);

  /// The place of byte `offset` of a text node's content.
  [[nodiscard]] TextPlace within(const TomlNode& node, std::size_t offset) const;

  /// Throws Misuse: "file:3:7: problem", the line and a caret, and the next step if there is one.
  /// Of a `--set` the path stands for the file.
  [[noreturn]] void fail(TextPlace place, std::string_view problem,
                         std::string_view next = {}) const;

 private:
  struct Source {
    std::string name;
    std::string text;
  };

  /// Line and column are counted from 1, columns in code points.
  [[nodiscard]] TextPlace place_of(std::size_t source, std::size_t line, std::size_t column) const;
  /// The text of that number as data. Throws Misuse for what is no TOML.
  [[nodiscard]] TomlNode parsed(std::size_t source) const;
  /// The part of `node` that `entry` names; a table gets one that it lacks, unless it is one of
  /// tables inside others: those say who there is.
  [[nodiscard]] TomlNode& part(TomlNode& node, const TomlNode& entry, bool is_inside) const;

  std::vector<Source> sources_;  ///< the file's text, and one for each `--set`
  TomlNode root_;
};

}  // namespace heddle::internal
