#include <array>

#include <fmt/format.h>

#include <heddle/traces/internal/painter.h>

namespace heddle::internal {

std::string Painter::sgr(std::string_view text, std::string_view code) const {
  if (!color_ || code.empty() || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string Painter::paint(std::string_view text, Tone tone) const {
  switch (tone) {
    case Tone::kPlain:
      return std::string(text);
    case Tone::kQuiet:
      return sgr(text, "2");
    case Tone::kTitle:
      return sgr(text, "1");
    case Tone::kChange:
      return sgr(text, "1;36");
    case Tone::kGood:
      return sgr(text, "32");
    case Tone::kBad:
      return sgr(text, "1;31");
    case Tone::kFault:
      return sgr(text, "1;35");
  }
  return std::string(text);
}

std::string Painter::bar(std::string_view text, std::size_t slot) const {
  constexpr std::array<std::string_view, 6> kColors{"34", "33", "35", "36", "32", "31"};
  return sgr(text, kColors[slot % kColors.size()]);
}

Tone Painter::tone_of(std::string_view verdict) {
  if (verdict == "VIOLATED") {
    return Tone::kBad;
  }
  return verdict == "VERIFIED" ? Tone::kGood : Tone::kTitle;
}

}  // namespace heddle::internal
