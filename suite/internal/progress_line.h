// ProgressLine: one line on a terminal that says how far a search is, and leaves nothing behind.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include <heddle/checker/check.h>

namespace heddle::internal {

class ProgressLine {
 public:
  /// Writes to `out`; with `shown` false (a pipe) writes nothing at all. `what` begins the line.
  ProgressLine(std::ostream& out, bool shown, std::string what, std::size_t width);
  /// Wipes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  /// Writes a line that stays, whether the other is shown or not.
  void say(const std::string& text);

  /// The line without its control characters: states, rate, frontier, depth, elapsed.
  static std::string text(const Progress& progress);

 private:
  std::ostream& out_;
  bool shown_;
  bool dirty_ = false;
  std::string what_;
  std::size_t width_;
};

}  // namespace heddle::internal
