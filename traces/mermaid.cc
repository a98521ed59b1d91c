#include <vector>

#include <fmt/format.h>

#include <heddle/traces/internal/sequence.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/mermaid.h>

namespace heddle {
namespace {

using internal::Participant;
using internal::Sequence;
using internal::SequenceElement;

/// Text that means nothing to Mermaid.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : internal::printable(text, false)) {
    switch (c) {
      case '#':
        result += "#35;";
        break;
      case ';':
        result += "#59;";
        break;
      case '<':
        result += "#lt;";
        break;
      case '>':
        result += "#gt;";
        break;
      case '%':
        result += "#37;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string escaped(const std::vector<std::string>& lines) {
  std::string result;
  for (const std::string& line : lines) {
    result += (result.empty() ? "" : "<br/>") + escaped(line);
  }
  return result;
}

std::string line_of(const Sequence& sequence, const SequenceElement& element) {
  const std::string from = internal::name_of(sequence, element.from);
  const std::string to = internal::name_of(sequence, element.to);
  const std::string text = escaped(element.lines);
  switch (element.kind) {
    case SequenceElement::Kind::kRequest:
      return fmt::format("{}->>{}: {}", from, to, text);
    case SequenceElement::Kind::kReply:
      return fmt::format("{}-->>{}: {}", from, to, text);
    case SequenceElement::Kind::kReject:
      return fmt::format("{}--x{}: {}", from, to, text);
    case SequenceElement::Kind::kNote:
      if (element.from != element.to) {
        return fmt::format("Note over {},{}: {}", from, to, text);
      }
      return fmt::format("Note {} {}: {}", element.over ? "over" : "right of", to, text);
    case SequenceElement::Kind::kOpenBar:
      return fmt::format("activate {}", to);
    case SequenceElement::Kind::kCloseBar:
      return fmt::format("deactivate {}", to);
  }
  return {};
}

}  // namespace

std::string to_mermaid(const Trace& trace) {
  const Sequence sequence = internal::sequence_of(trace);
  std::string out = "sequenceDiagram\n";
  for (std::size_t i = 0; i < sequence.participants.size(); ++i) {
    const Participant& participant = sequence.participants[i];
    out += fmt::format("  {} {} as {}\n", participant.is_user ? "actor" : "participant",
                       internal::name_of(sequence, i), escaped(participant.name));
  }
  for (const SequenceElement& element : sequence.elements) {
    out += fmt::format("  {}\n", line_of(sequence, element));
  }
  return out;
}

}  // namespace heddle
