// ProgressLine: how far a search is. On a terminal one line that leaves nothing behind; in a log a
// line a minute.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include <heddle/checker/check.h>

namespace heddle::internal {

class ProgressLine {
 public:
  /// Writes to `out`. `what` begins the line.
  ProgressLine(std::ostream& out, bool is_terminal, std::string what, std::size_t width);
  /// Wipes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  /// Writes a line that stays.
  void say(const std::string& text);

  /// The line without its control characters: states, rate, frontier, depth, elapsed.
  static std::string text(const Progress& progress);

 private:
  std::ostream& out_;
  bool is_terminal_;
  bool dirty_ = false;
  double logged_seconds_ = 0;  ///< when the log got its last line
  std::string what_;
  std::size_t width_;
};

}  // namespace heddle::internal
