#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/candid/error.h>

namespace heddle::candid {
namespace {

std::string describe(const CandidError::Details& details) {
  std::string text;
  if (!details.source.empty()) {
    text += details.source + ":";
  }
  if (details.place) {
    text += details.source.empty()
                ? fmt::format("line {}, column {}: ", details.place->line, details.place->column)
                : fmt::format("{}:{}: ", details.place->line, details.place->column);
  }
  if (!details.path.empty()) {
    text += details.path + ": ";
  }
  text += details.problem;
  if (details.offset) {
    text += fmt::format(" (at byte {})", *details.offset);
  }
  if (!details.likely_cause.empty()) {
    text += "; " + details.likely_cause;
  }
  if (!details.caret.empty()) {
    text += "\n" + details.caret;
  }
  return text;
}

bool starts_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

}  // namespace

CandidError::CandidError(Details details)
    : std::runtime_error(describe(details)), details_(std::move(details)) {}

namespace internal {

CandidError::Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t start = before.rfind('\n') + 1;  // 0 if there is none
  return {.line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
          .column = 1 + static_cast<std::size_t>(
                            std::ranges::count_if(before.substr(start), starts_code_point))};
}

CandidError error_in_text(std::string_view text, std::size_t offset, std::string problem,
                          std::string likely_cause, std::string source) {
  offset = std::min(offset, text.size());
  const std::size_t start = text.substr(0, offset).rfind('\n') + 1;
  std::string_view line = text.substr(start, text.find('\n', offset) - start);
  const CandidError::Place place = place_of(text, offset);

  // Of a long line only the surroundings are shown.
  constexpr std::size_t kShownBefore = 60;
  constexpr std::size_t kShownAfter = 40;
  std::size_t shown_from = offset - start > kShownBefore ? offset - start - kShownBefore : 0;
  while (shown_from < line.size() && !starts_code_point(line[shown_from])) {
    ++shown_from;
  }
  std::size_t shown_to = std::min(line.size(), offset - start + kShownAfter);
  while (shown_to < line.size() && !starts_code_point(line[shown_to])) {
    ++shown_to;
  }
  line = line.substr(shown_from, shown_to - shown_from);
  std::string shown(line);
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const auto indent = static_cast<std::size_t>(std::ranges::count_if(
      line.substr(0, offset - start - std::min(shown_from, offset - start)), starts_code_point));
  return CandidError({.problem = std::move(problem),
                      .path = {},
                      .likely_cause = std::move(likely_cause),
                      .offset = std::nullopt,
                      .place = place,
                      .source = std::move(source),
                      .caret = fmt::format("    {}\n    {:>{}}", shown, "^", indent + 1)});
}

}  // namespace internal
}  // namespace heddle::candid
