#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <heddle/traces/export/plantuml.h>
#include <heddle/traces/internal/sequence.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

using internal::Sequence;
using internal::SequenceElement;

bool is_letter(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Text that means nothing to PlantUML, neither to its preprocessor nor to Creole, its markup: what
/// may begin an escape, a tag, a link, a macro or a style is written as `<U+002F>`, Creole's form
/// for any character (https://plantuml.com/creole, "Special characters"). Some signs mean something
/// only twice in a row, and many only at the beginning of a line.
std::string escaped(std::string_view text) {
  constexpr std::string_view kMarkup = "\\<~\"%[]{}!'$@|&`";
  constexpr std::string_view kMarkupIfTwice = "*/_-.=^+#";
  std::string result;
  char before = '\0';
  for (const char c : internal::printable(text, false)) {
    const bool is_markup = kMarkup.find(c) != std::string_view::npos ||
                           (c == before && kMarkupIfTwice.find(c) != std::string_view::npos) ||
                           (before == '\0' && !is_letter(c));
    result += is_markup ? fmt::format("<U+{:04X}>", static_cast<unsigned>(c)) : std::string(1, c);
    before = c;
  }
  return result;
}

std::string escaped(const std::vector<std::string>& lines) {
  std::string result;
  for (const std::string& line : lines) {
    result += (result.empty() ? "" : "\\n") + escaped(line);
  }
  return result;
}

std::string line_of(const Sequence& sequence, const SequenceElement& element) {
  const std::string from = internal::name_of(sequence, element.from);
  const std::string to = internal::name_of(sequence, element.to);
  const std::string text = escaped(element.lines);
  switch (element.kind) {
    case SequenceElement::Kind::kRequest:
      return fmt::format("{} ->> {} : {}", from, to, text);
    case SequenceElement::Kind::kReply:
      return fmt::format("{} -->> {} : {}", from, to, text);
    case SequenceElement::Kind::kReject:
      return fmt::format("{} -->x {} : {}", from, to, text);
    case SequenceElement::Kind::kNote:
      if (element.from != element.to) {
        return fmt::format("note over {}, {} : {}", from, to, text);
      }
      return fmt::format("note {} {} : {}", element.over ? "over" : "right of", to, text);
    case SequenceElement::Kind::kOpenBar:
      return fmt::format("activate {}", to);
    case SequenceElement::Kind::kCloseBar:
      return fmt::format("deactivate {}", to);
  }
  return {};
}

}  // namespace

std::string to_plantuml(const Trace& trace) {
  const Sequence sequence = internal::sequence_of(trace);
  std::string out = "@startuml\nhide footbox\n";
  if (!trace.scenario.empty()) {
    out += fmt::format("title {}\n", escaped(trace.scenario));
  }
  for (std::size_t i = 0; i < sequence.participants.size(); ++i) {
    const internal::Participant& participant = sequence.participants[i];
    out += fmt::format("{} \"{}\" as {}\n", participant.is_user ? "actor" : "participant",
                       escaped(participant.name), internal::name_of(sequence, i));
  }
  for (const SequenceElement& element : sequence.elements) {
    out += line_of(sequence, element) + "\n";
  }
  return out + "@enduml\n";
}

}  // namespace heddle
