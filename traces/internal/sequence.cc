#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <heddle/traces/internal/sequence.h>
#include <heddle/traces/internal/story.h>

namespace heddle::internal {
namespace {

using Kind = SequenceElement::Kind;

std::string user_of(const std::string& call) {
  return call.substr(0, call.find('#'));
}

class Teller {
 public:
  explicit Teller(const Trace& trace) : trace_(trace), story_(trace, false) {}

  Sequence tell() {
    participants();
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      tell_step(trace_.steps[i], story_.steps()[i]);
    }
    if (!trace_.property.empty() && !positions_.empty()) {
      tell_verdict();
    }
    return std::move(sequence_);
  }

 private:
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
    const auto declare = [&](const std::string& name, bool is_user) {
      if (active.contains(name) && positions_.try_emplace(name, positions_.size()).second) {
        sequence_.participants.push_back({name, is_user});
      }
    };
    for (const std::string& user : trace_.users) {
      declare(user, true);
    }
    for (const std::string& canister : trace_.canisters) {
      declare(canister, false);
    }
  }

  bool known(const std::string& name) const { return positions_.contains(name); }

  void arrow(Kind kind, std::size_t from, std::size_t to, std::string text) {
    sequence_.elements.push_back(
        {.kind = kind, .from = from, .to = to, .lines = {std::move(text)}});
  }

  void bar(Kind kind, std::size_t at) {
    sequence_.elements.push_back({.kind = kind, .from = at, .to = at});
  }

  void note(const std::string& lane, std::vector<std::string> lines) {
    if (lines.empty() || positions_.empty()) {
      return;
    }
    const std::size_t at = known(lane) ? positions_.at(lane) : 0;
    sequence_.elements.push_back({.kind = Kind::kNote,
                                  .from = at,
                                  .to = at,
                                  .over = !known(lane),
                                  .lines = std::move(lines)});
  }

  /// Over all canisters.
  void tell_verdict() {
    SequenceElement verdict{.kind = Kind::kNote, .over = true};
    bool found = false;
    for (std::size_t i = 0; i < sequence_.participants.size(); ++i) {
      if (!sequence_.participants[i].is_user) {
        verdict.to = i;
        verdict.from = std::exchange(found, true) ? verdict.from : i;
      }
    }
    verdict.lines = {fmt::format("{} {}", trace_.verdict, trace_.property)};
    std::istringstream why(trace_.why);
    for (std::string line; std::getline(why, line);) {
      verdict.lines.push_back(line);
    }
    sequence_.elements.push_back(std::move(verdict));
  }

  /// Where the caller of `call` runs; `otherwise` when it is no one in the diagram.
  std::size_t caller_of(const std::string& call, std::size_t otherwise) const {
    const std::size_t slash = call.rfind('/');
    std::string caller = user_of(call);
    if (slash != std::string::npos) {
      const auto lane = lanes_.find(call.substr(0, slash));
      caller = lane == lanes_.end() ? std::string() : lane->second;
    }
    return known(caller) ? positions_.at(caller) : otherwise;
  }

  void tell_step(const TraceStep& step, const StoryStep& told) {
    const bool placed = known(step.lane);
    const std::size_t here = placed ? positions_.at(step.lane) : 0;
    const bool starts =
        step.kind == EventKind::kStartIngress || step.kind == EventKind::kStartRequest;
    std::size_t first = 0;
    if (starts && placed) {
      lanes_[step.call] = step.lane;
      arrow(Kind::kRequest, caller_of(step.call, here), here,
            fmt::format("{}. {} {}{}{}", step.number, step.call, step.method, step.arguments,
                        step.event.ends_with(" again") ? ", a second time" : ""));
      first = 1;
    } else if (step.kind == EventKind::kDeliver && placed) {
      const auto callee = lanes_.find(step.delivered_call);
      arrow(step.delivered.starts_with("reply") ? Kind::kReply : Kind::kReject,
            callee == lanes_.end() ? here : positions_.at(callee->second), here,
            fmt::format("{}. {} to {}", step.number, step.delivered, step.delivered_call));
      first = step.ran == "code" ? 1 : 0;
    }
    if (step.ran == "code" && placed && open_.insert(step.call).second) {
      bar(Kind::kOpenBar, here);
    }
    note(step.lane, note_lines(step, told, first));
    tell_responses(step, here, placed);
    if (step.ran == "code" && step.ended != "suspended" && placed && open_.erase(step.call) > 0) {
      bar(Kind::kCloseBar, here);
    }
  }

  static std::vector<std::string> note_lines(const TraceStep& step, const StoryStep& told,
                                             std::size_t first) {
    std::string number = first == 0 ? fmt::format("{}. ", step.number) : "";
    std::vector<std::string> lines;
    for (std::size_t i = first; i < told.lines.size(); ++i) {
      const StoryLine& line = told.lines[i];
      if (!line.user.empty() && i > 0) {
        continue;  // the arrow to the user says it
      }
      lines.push_back(fmt::format("{}{}{}{}", std::exchange(number, {}), line.text,
                                  line.mark.empty() ? "" : " ", line.mark));
    }
    return lines;
  }

  void tell_responses(const TraceStep& step, std::size_t here, bool placed) {
    for (const TraceResponse& response : step.responses) {
      if (placed && known(response.to) && user_of(response.call) == response.to) {
        const std::string text =
            response.replied
                ? fmt::format("reply {}", response.value)
                : fmt::format("reject {} {}", to_string(response.code), response.value);
        arrow(response.replied ? Kind::kReply : Kind::kReject, here, positions_.at(response.to),
              text);
      }
    }
  }

  const Trace& trace_;
  Story story_;
  std::map<std::string, std::size_t> positions_;  ///< of users and canisters
  std::map<std::string, std::string> lanes_;      ///< call to the canister where it runs
  std::set<std::string> open_;                    ///< calls that have a bar
  Sequence sequence_;
};

}  // namespace

Sequence sequence_of(const Trace& trace) {
  return Teller(trace).tell();
}

std::string name_of(const Sequence& sequence, std::size_t position) {
  return fmt::format("{}{}", sequence.participants[position].is_user ? "u" : "c", position + 1);
}

}  // namespace heddle::internal
