#include <map>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/mermaid.h>

namespace heddle {
namespace {

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

class Diagram {
 public:
  explicit Diagram(const Trace& trace) : trace_(trace), story_(trace, false) {}

  std::string draw() {
    out_ = "sequenceDiagram\n";
    participants();
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      draw_step(trace_.steps[i], story_.steps()[i]);
    }
    if (!trace_.property.empty() && !names_.empty()) {
      std::string text = escaped(fmt::format("{} {}", trace_.verdict, trace_.property));
      std::istringstream why(trace_.why);
      for (std::string line; std::getline(why, line);) {
        text += "<br/>" + escaped(line);
      }
      say(fmt::format("Note over {}: {}", all_canisters(), text));
    }
    return std::move(out_);
  }

 private:
  void say(std::string_view line) { out_ += fmt::format("  {}\n", line); }

  void participants() {
    std::set<std::string> active;
    for (const TraceStep& step : trace_.steps) {
      active.insert(step.lane);
      for (const TraceResponse& response : step.responses) {
        active.insert(response.to);
      }
      if (step.kind == EventKind::kStartIngress) {
        active.insert(user_of(step.call));
      }
    }
    const auto declare = [&](const std::string& name, const char* keyword, const char* prefix) {
      if (active.contains(name)) {
        names_[name] = fmt::format("{}{}", prefix, names_.size() + 1);
        say(fmt::format("{} {} as {}", keyword, names_[name], escaped(name)));
      }
    };
    for (const std::string& user : trace_.users) {
      declare(user, "actor", "u");
    }
    for (const std::string& canister : trace_.canisters) {
      declare(canister, "participant", "c");
    }
  }

  /// Mermaid wants the two ends of what a note spans.
  std::string all_canisters() const {
    std::string first;
    std::string last;
    for (const std::string& canister : trace_.canisters) {
      if (names_.contains(canister)) {
        last = names_.at(canister);
        first = first.empty() ? last : first;
      }
    }
    if (first.empty()) {
      return names_.begin()->second;
    }
    return first == last ? first : fmt::format("{},{}", first, last);
  }

  static std::string user_of(const std::string& call) { return call.substr(0, call.find('#')); }

  /// Where the caller of `call` runs; "" when it is no one in the diagram.
  std::string caller_of(const std::string& call) const {
    const std::size_t slash = call.rfind('/');
    const std::string caller =
        slash == std::string::npos
            ? user_of(call)
            : (lanes_.contains(call.substr(0, slash)) ? lanes_.at(call.substr(0, slash)) : "");
    return names_.contains(caller) ? names_.at(caller) : "";
  }

  /// Lines that are escaped already, in one note beside a lane.
  void note(const std::string& lane, const std::vector<std::string>& lines) {
    if (lines.empty() || names_.empty()) {
      return;
    }
    const bool known = names_.contains(lane);
    say(fmt::format("Note {} {}: {}", known ? "right of" : "over",
                    known ? names_.at(lane) : names_.begin()->second, fmt::join(lines, "<br/>")));
  }

  void draw_step(const TraceStep& step, const internal::StoryStep& told) {
    const std::string here = names_.contains(step.lane) ? names_.at(step.lane) : "";
    const bool starts =
        step.kind == EventKind::kStartIngress || step.kind == EventKind::kStartRequest;
    std::size_t first = 0;
    if (starts && !here.empty()) {
      lanes_[step.call] = step.lane;
      arrow(caller_of(step.call), here, "->>",
            fmt::format("{}. {} {}{}", step.number, step.call, step.method, step.arguments));
      first = 1;
    } else if (step.kind == EventKind::kDeliver && !here.empty()) {
      const auto callee = lanes_.find(step.delivered_call);
      const bool replied = step.delivered.starts_with("reply");
      arrow(callee == lanes_.end() ? here : names_.at(callee->second), here,
            replied ? "-->>" : "--x",
            fmt::format("{}. {} to {}", step.number, step.delivered, step.delivered_call));
      first = step.ran == "code" ? 1 : 0;
    }
    if (step.ran == "code" && !here.empty() && open_.insert(step.call).second) {
      say(fmt::format("activate {}", here));
    }
    std::string number = first == 0 ? fmt::format("{}. ", step.number) : "";
    std::vector<std::string> notes;
    for (std::size_t i = first; i < told.lines.size(); ++i) {
      const internal::StoryLine& line = told.lines[i];
      if (!line.user.empty() && i > 0) {
        continue;  // the arrow to the user says it
      }
      notes.push_back(escaped(fmt::format("{}{}{}{}", std::exchange(number, {}), line.text,
                                          line.mark.empty() ? "" : " ", line.mark)));
    }
    note(step.lane, notes);
    for (const TraceResponse& response : step.responses) {
      if (names_.contains(response.to) && user_of(response.call) == response.to && !here.empty()) {
        const std::string text =
            response.replied
                ? fmt::format("reply {}", response.value)
                : fmt::format("reject {} {}", to_string(response.code), response.value);
        arrow(here, names_.at(response.to), response.replied ? "-->>" : "--x", text);
      }
    }
    if (step.ran == "code" && step.ended != "suspended" && !here.empty() &&
        open_.erase(step.call) > 0) {
      say(fmt::format("deactivate {}", here));
    }
  }

  void arrow(const std::string& from, const std::string& to, std::string_view kind,
             std::string_view text) {
    say(fmt::format("{}{}{}: {}", from.empty() ? to : from, kind, to, escaped(text)));
  }

  const Trace& trace_;
  internal::Story story_;
  std::map<std::string, std::string> names_;  ///< of users and canisters, in Mermaid
  std::map<std::string, std::string> lanes_;  ///< call to the canister where it runs
  std::set<std::string> open_;                ///< calls that have a bar
  std::string out_;
};

}  // namespace

std::string to_mermaid(const Trace& trace) {
  return Diagram(trace).draw();
}

}  // namespace heddle
