// Tones as terminal colours, or as nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <heddle/traces/internal/story.h>

namespace heddle::internal {

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}

  [[nodiscard]] std::string paint(std::string_view text, Tone tone) const;
  /// The bar of the n-th call that is open in a column.
  [[nodiscard]] std::string bar(std::string_view text, std::size_t slot) const;
  /// The tone of a verdict's word.
  [[nodiscard]] static Tone tone_of(std::string_view verdict);

 private:
  [[nodiscard]] std::string sgr(std::string_view text, std::string_view code) const;

  bool color_;
};

}  // namespace heddle::internal
