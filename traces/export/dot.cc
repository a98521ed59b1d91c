#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <heddle/traces/export/dot.h>
#include <heddle/traces/internal/happens_before.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

using internal::Precedence;

/// Text inside a quoted label, where `\` begins an escape and `&` an HTML entity
/// (https://graphviz.org/doc/info/lang.html, https://graphviz.org/docs/attr-types/escString/).
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : internal::printable(text, false)) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '&':
        result += "&amp;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// A step's node: its story, line by line, to the left.
std::string node(const Trace& trace, const internal::StoryStep& told) {
  const TraceStep& step = *told.step;
  std::string label = fmt::format("{}. ", step.number);
  for (const internal::StoryLine& line : told.lines) {
    label += escaped(line.text);
    for (const std::string& more : {line.mark, line.place}) {
      label += more.empty() ? "" : "  " + escaped(more);
    }
    label += "\\l";
  }
  const bool violates = !trace.property.empty() && step.number == trace.violated_step;
  const bool bad = violates || step.is_fault || step.rolled_back || step.kept_writes;
  return fmt::format("s{} [label=\"{}\"{}{}]", step.number, label, bad ? ", color=\"#b3261e\"" : "",
                     violates ? ", penwidth=2" : "");
}

std::string arrow(const Trace& trace, const Precedence& precedence) {
  const auto number = [&](std::size_t i) { return trace.steps[i].number; };
  std::string attributes;
  switch (precedence.why) {
    case Precedence::Why::kCanister:
      attributes = "color=\"#767676\"";
      break;
    case Precedence::Why::kRequest:
      attributes = fmt::format("label=\"{}\"", escaped(precedence.call));
      break;
    case Precedence::Why::kResponse:
      attributes = fmt::format("label=\"{}\", style=dashed", escaped(precedence.call));
      break;
    case Precedence::Why::kClock:
      attributes = "style=dotted";
      break;
  }
  return fmt::format("s{} -> s{} [{}]", number(precedence.from), number(precedence.to), attributes);
}

}  // namespace

std::string to_dot(const Trace& trace) {
  const internal::Story story(trace, false);
  std::string out = fmt::format(
      "digraph trace {{\n"
      "  graph [label=\"{}\", labelloc=t, newrank=true, fontname=\"sans-serif\", bgcolor=white]\n"
      "  node [shape=box, fontname=\"monospace\", fontsize=10]\n"
      "  edge [fontname=\"monospace\", fontsize=10]\n",
      escaped(fmt::format("{}{}{}", trace.scenario, trace.property.empty() ? "" : ": ",
                          trace.property.empty() ? "" : trace.verdict + " " + trace.property)));
  for (std::size_t lane = 0; lane < trace.canisters.size(); ++lane) {
    std::string nodes;
    for (const internal::StoryStep& told : story.steps()) {
      if (told.step->lane == trace.canisters[lane]) {
        nodes += fmt::format("    {}\n", node(trace, told));
      }
    }
    if (!nodes.empty()) {
      out +=
          fmt::format("  subgraph cluster_{} {{\n    label=\"{}\"\n    color=\"#c8c8c8\"\n{}  }}\n",
                      lane + 1, escaped(trace.canisters[lane]), nodes);
    }
  }
  for (const internal::StoryStep& told : story.steps()) {
    if (told.step->lane.empty()) {
      out += fmt::format("  {}\n", node(trace, told));
    }
  }
  for (const Precedence& precedence :
       internal::without_implied(trace, internal::happens_before(trace))) {
    out += fmt::format("  {}\n", arrow(trace, precedence));
  }
  return out + "}\n";
}

}  // namespace heddle
