#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/traces/kind.h>

namespace heddle {
namespace {

std::string method_of(const Trace& trace, const std::string& call) {
  const auto found = std::ranges::find(trace.calls, call, &TraceCall::name);
  return found == trace.calls.end() ? call : found->method;
}

std::string kind_of(const Trace& trace, const Race& race) {
  return fmt::format("{} on {}, {} by {}", race.pattern,
                     race.variable.substr(0, race.variable.find('[')), method_of(trace, race.call),
                     method_of(trace, race.intruder));
}

/// The kinds of faults, each once.
std::set<std::string> faults(const Trace& trace) {
  std::set<std::string> kinds;
  for (const TraceStep& step : trace.steps) {
    if (!step.is_fault) {
      continue;
    }
    switch (step.kind) {
      case EventKind::kRejectRequest:
        kinds.insert("a reject");
        break;
      case EventKind::kDropIngress:
        kinds.insert("a lost call");
        break;
      case EventKind::kResubmit:
        kinds.insert("a call submitted twice");
        break;
      case EventKind::kExpireCall:
        kinds.insert("a lost answer");
        break;
      case EventKind::kDropRequest:
        kinds.insert("a lost request");
        break;
      case EventKind::kManage:
        kinds.insert(step.event.starts_with("stop ")        ? "a stop"
                     : step.event.starts_with("restart ")   ? "a start"
                     : step.event.starts_with("upgrade ")   ? "an upgrade"
                     : step.event.starts_with("uninstall ") ? "an uninstallation"
                     : step.event.starts_with("time-out ")  ? "a stop that times out"
                                                            : "a snapshot");
        break;
      case EventKind::kGarbleReply:
        kinds.insert("an undecodable reply");
        break;
      default:
        kinds.insert(step.event.find(" trap") != std::string::npos ? "a trap"
                     : step.event.ends_with("silent")              ? "no answer"
                     : step.event.ends_with("twice")               ? "a request executed twice"
                                                                   : "a failing send");
    }
  }
  return kinds;
}

}  // namespace

std::string race_kind_of(const Trace& trace) {
  return trace.races.empty() ? std::string() : kind_of(trace, trace.races.front());
}

bool has_race_of_kind(const Trace& trace, const std::string& kind) {
  return std::ranges::any_of(trace.races,
                             [&](const Race& race) { return kind_of(trace, race) == kind; });
}

std::string kind_of(const Trace& trace) {
  std::vector<std::string> parts;
  if (std::string race = race_kind_of(trace); !race.empty()) {
    parts.push_back(std::move(race));
  }
  for (const std::string& fault : faults(trace)) {
    parts.push_back(fault);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace heddle
