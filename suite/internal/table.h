// Table: rows of text in columns that line up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::internal {

class Table {
 public:
  enum class Align : unsigned char { kLeft, kRight };

  struct Column {
    std::string heading;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  /// As many cells as there are columns.
  void add(std::vector<std::string> cells);

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Heading and rows, each line ended by a newline and without trailing spaces. The last column is
  /// wrapped so that no line is wider than `width`, if that leaves it room for a word.
  [[nodiscard]] std::string to_text(std::size_t width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// `text` in lines of at most `width` columns (a longer word keeps a line of its own), broken at
/// spaces; the lines after the first are indented by `indent`. Newlines in it are kept. No newline
/// at the end.
std::string wrapped_text(const std::string& text, std::size_t width, std::size_t indent);

/// "1 204 331": a number for people, in groups of three.
std::string grouped(std::uint64_t number);

/// "0.8 s", "2 min 5 s", "3 h 10 min".
std::string duration(double seconds);

/// "1.2 GiB".
std::string byte_size(std::uint64_t bytes);

/// "1 event", "3 events": `noun` takes an s.
std::string count(std::uint64_t number, const std::string& noun);

}  // namespace heddle::internal
