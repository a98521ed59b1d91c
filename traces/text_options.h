// How text for people is laid out: what every view has in common.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

/// How wide a view may be and what it may be made of.
struct TextOptions {
  static constexpr std::size_t kWidthMin = 60;
  static constexpr std::size_t kWidthDefault = 100;

  /// Columns. 0: those of the terminal, or `kWidthDefault` where there is none. What is less than
  /// `kWidthMin` counts as that.
  std::size_t width = 0;
  /// Nothing but ASCII: other characters of names and values are written as `\u{e9}`.
  bool ascii = false;
  /// Colours and bold face by SGR sequences. They repeat what the text says anyway.
  bool color = false;
  /// A trace that would take more lines is told in a shorter way. 0: no bound.
  std::size_t lines_max = 80;
};

/// The width that `options` stand for.
std::size_t text_width(const TextOptions& options);

}  // namespace heddle
