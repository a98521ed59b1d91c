#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/shiviz.h>
#include <heddle/traces/internal/happens_before.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

/// Of each host, how many of its events happened before (Mattern 1989; Fidge 1988). ShiViz wants
/// the first event of a host to be its number 1, and the next ones to count by one.
using Clock = std::map<std::string, std::uint64_t>;

void merge(Clock& clock, const Clock& other) {
  for (const auto& [host, count] : other) {
    clock[host] = std::max(clock[host], count);
  }
}

class Log {
 public:
  explicit Log(const Trace& trace) : trace_(trace), story_(trace, false) {}

  std::string write() {
    out_ = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n";
    for (const internal::StoryStep& told : story_.steps()) {
      write_step(told);
    }
    return std::move(out_);
  }

 private:
  /// What happens at `host` now, after all of `causes`; its clock.
  Clock event(const std::string& host, std::string_view text, const Clock& causes) {
    Clock& clock = clocks_[host];
    merge(clock, causes);
    ++clock[host];
    out_ += fmt::format("{}\n{} {}\n", text, host, nlohmann::json(clock).dump());
    return clock;
  }

  /// A host without blanks, by which ShiViz's expression would be misled, that no other has.
  std::string host(const std::string& name) {
    if (const auto known = hosts_.find(name); known != hosts_.end()) {
      return known->second;
    }
    std::string result = internal::printable(name.empty() ? "time" : name, false);
    std::replace(result.begin(), result.end(), ' ', '_');
    while (clocks_.contains(result)) {
      result += '_';
    }
    clocks_[result];
    return hosts_[name] = result;
  }

  /// At whom a step happens that is in no canister's column.
  std::string host_of(const TraceStep& step) {
    const bool of_user = step.lane.empty() && !step.call.empty();
    return host(of_user ? step.call.substr(0, step.call.find('#')) : step.lane);
  }

  Clock causes_of(const TraceStep& step) {
    switch (step.kind) {
      case EventKind::kStartIngress: {
        const std::string user = step.call.substr(0, step.call.find('#'));
        return event(host(user), fmt::format("submits {}", internal::printable(step.call, false)),
                     {});
      }
      case EventKind::kStartRequest:
      case EventKind::kRejectRequest:
      case EventKind::kDropRequest:
        return sent_[step.call];
      case EventKind::kDeliver:
        return answered_[step.delivered_call];
      case EventKind::kExpireCall:
      case EventKind::kGarbleReply:
        return answered_[step.call];
      case EventKind::kFireTimer:
        return passed_;
      default:
        return {};
    }
  }

  void write_step(const internal::StoryStep& told) {
    const TraceStep& step = *told.step;
    std::string text = fmt::format("{}.", step.number);
    for (const internal::StoryLine& line : told.lines) {
      text += fmt::format("{} {}{}{}", &line == &told.lines.front() ? "" : ";", line.text,
                          line.mark.empty() ? "" : " ", line.mark);
    }
    const Clock causes = causes_of(step);
    const Clock clock = event(host_of(step), text, causes);
    if (step.kind == EventKind::kAdvanceTime) {
      passed_ = clock;
    }
    for (const TraceSend& send : step.sends) {
      sent_[send.call] = clock;
    }
    if (const std::string copy = internal::copy_left_by(step); !copy.empty()) {
      sent_[copy] = clock;
    }
    for (const TraceResponse& response : step.responses) {
      answered_[response.call] = clock;
      if (std::find(trace_.users.begin(), trace_.users.end(), response.to) != trace_.users.end()) {
        event(host(response.to),
              fmt::format("{} is {}", internal::printable(response.call, false),
                          response.replied ? "replied to" : "rejected"),
              clock);
      }
    }
  }

  const Trace& trace_;
  internal::Story story_;
  std::map<std::string, std::string> hosts_;  ///< by name of a canister or user
  std::map<std::string, Clock> clocks_;       ///< of hosts
  std::map<std::string, Clock> sent_;         ///< where a call was sent
  std::map<std::string, Clock> answered_;     ///< where it was answered
  Clock passed_;                              ///< where time passed last
  std::string out_;
};

}  // namespace

std::string to_shiviz(const Trace& trace) {
  return Log(trace).write();
}

}  // namespace heddle
