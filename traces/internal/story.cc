#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include <heddle/model/shown.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle::internal {
namespace {

constexpr Symbols kUnicode{.runs = "█",
                           .suspended = "░",
                           .sends = "→",
                           .receives = "←",
                           .commits = "✓",
                           .rolls_back = "↺",
                           .column = "│",
                           .rule = "─",
                           .crossing = "┼",
                           .ellipsis = "…",
                           .dot = "·",
                           .more = "⋮",
                           .ascii = false};
constexpr Symbols kAscii{.runs = "#",
                         .suspended = ":",
                         .sends = "->",
                         .receives = "<-",
                         .commits = "ok",
                         .rolls_back = "undo",
                         .column = "|",
                         .rule = "-",
                         .crossing = "+",
                         .ellipsis = "...",
                         .dot = "-",
                         .more = "...",
                         .ascii = true};

/// Steps of the same call that send the same message as often as this are told in one line.
constexpr std::size_t kAlike = 3;

std::string response_text(const TraceResponse& response) {
  if (response.replied) {
    return fmt::format("reply {}", response.value);
  }
  return fmt::format("reject {} {}", to_string(response.code), text_literal(response.value));
}

bool same_message(const TraceSend& left, const TraceSend& right) {
  return left.callee == right.callee && left.method == right.method &&
         left.accepted == right.accepted && !left.deferred && !right.deferred;
}

/// Whether the event has this word behind what it is about ("... trap", "... again").
bool has_word(std::string_view event, std::string_view word) {
  for (std::size_t at = event.find(word); at != std::string_view::npos;
       at = event.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && event[at - 1] == ' ' && (end == event.size() || event[end] == ' ')) {
      return true;
    }
  }
  return false;
}

/// The number behind these words of `event`, "" if it has none.
std::string number_behind(std::string_view words, std::string_view event) {
  const std::size_t at = event.find(words);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = event.substr(at + words.size());
  return std::string(rest.substr(0, rest.find(' ')));
}

/// The number of the send that `event` makes fail ("... fail-send 2"), "" if none.
std::string failing_send(std::string_view event) {
  return number_behind(" fail-send ", event);
}

/// The number of the write after which `event` makes the code trap ("... trap-after 2"), "" if
/// none.
std::string trap_after(std::string_view event) {
  return number_behind(" trap-after ", event);
}

/// What a controller of the canister does to it.
std::string managed(const TraceStep& step) {
  const std::string verb = step.event.substr(0, step.event.find(' '));
  if (verb == "time-out") {
    return fmt::format("FAULT: {} is told that {} has not stopped in time", step.call, step.lane);
  }
  return fmt::format("FAULT: {} {}", step.lane,
                     verb == "stop"            ? "is to stop: new calls are refused"
                     : verb == "restart"       ? "is started again"
                     : verb == "upgrade"       ? "is upgraded to the same code"
                     : verb == "uninstall"     ? "is uninstalled"
                     : verb == "take-snapshot" ? "has a snapshot taken of it"
                                               : "goes back to its snapshot");
}

/// Whether the environment made it trap.
bool is_made_to_trap(const TraceStep& step) {
  return has_word(step.event, "trap") || !trap_after(step.event).empty();
}

/// The last access of this kind to the variable, or none.
const TraceAccess* last_access(const TraceStep& step, std::string_view variable, bool told) {
  const TraceAccess* found = nullptr;
  for (const TraceAccess& access : step.accesses) {
    const bool writes =
        access.kind == Access::Kind::kWritten || access.kind == Access::Kind::kModified;
    if (access.variable == variable && (told ? access.kind == Access::Kind::kTold : writes)) {
      found = &access;
    }
  }
  return found;
}

const VariableDiff* find_diff(const TraceStep& step, std::string_view variable) {
  const auto found = std::find_if(step.diffs.begin(), step.diffs.end(),
                                  [&](const VariableDiff& d) { return d.variable == variable; });
  return found == step.diffs.end() ? nullptr : &*found;
}

}  // namespace

const Symbols& symbols(bool ascii) {
  return ascii ? kAscii : kUnicode;
}

std::string to_text(const SourcePlace& place, bool whole_path) {
  if (place.line == 0) {
    return whole_path ? place.file : std::string();
  }
  const std::size_t slash = whole_path ? std::string::npos : place.file.rfind('/');
  return fmt::format(
      "{}:{}", slash == std::string::npos ? place.file : place.file.substr(slash + 1), place.line);
}

std::string without_canister(std::string_view variable, std::string_view canister) {
  constexpr std::string_view kKeys = "the keys of ";
  if (variable.starts_with(kKeys)) {
    return std::string(kKeys) + without_canister(variable.substr(kKeys.size()), canister);
  }
  if (variable.size() > canister.size() && variable.starts_with(canister) &&
      variable[canister.size()] == '.') {
    variable.remove_prefix(canister.size() + 1);
  }
  return std::string(variable);
}

Story::Story(const Trace& trace, bool ascii) : trace_(trace), symbols_(symbols(ascii)) {
  mark_races();
  for (const TraceStep& step : trace.steps) {
    for (const TraceSend& send : step.sends) {
      if (send.deferred) {
        deferreds_.insert(send.call);
      }
    }
  }
  steps_.reserve(trace.steps.size());
  for (const TraceStep& step : trace.steps) {
    StoryStep told = tell(step);
    for (StoryLine& line : told.lines) {
      line.text = printable(line.text, ascii);
      line.user = printable(line.user, ascii);
      line.place = printable(line.place, ascii);
      told.essential = told.essential || !line.mark.empty();
    }
    told.essential = told.essential || step.is_fault || step.rolled_back;
    steps_.push_back(std::move(told));
  }
}

const TraceStep* Story::step_at(std::uint64_t number) const {
  return number == 0 || number > trace_.steps.size() ? nullptr : &trace_.steps[number - 1];
}

/// Which thing of which step the told (0), intruding (1) or last (2) moment of a race is.
Story::Moment Story::moment_of(const Race& race, int which) const {
  const std::uint64_t number = which == 0   ? race.told_step
                               : which == 1 ? race.intruder_step
                                            : race.write_step;
  const TraceStep* step = step_at(number);
  if (step == nullptr) {
    return {0, Part::kTold, {}};
  }
  const std::string variable = without_canister(race.variable, step->lane);
  const bool torn = race.pattern == "torn group";
  Part part = (which == 0 && !torn) || (which == 1 && torn) ? Part::kTold : Part::kWritten;
  if (part == Part::kTold && last_access(*step, variable, true) == nullptr) {
    part = Part::kStart;
  }
  if (part == Part::kWritten && which == 2 && last_access(*step, variable, false) == nullptr) {
    part = Part::kSent;
  }
  return {number, part, part == Part::kTold || part == Part::kWritten ? variable : std::string()};
}

void Story::mark_races() {
  std::set<Moment> moments;
  for (std::size_t i = 0; i < std::min(trace_.races.size(), kRacesShown); ++i) {
    for (int which = 0; which < 3; ++which) {
      const Moment moment = moment_of(trace_.races[i], which);
      if (std::get<0>(moment) != 0) {
        moments.insert(moment);
      }
    }
  }
  char letter = 'a';
  for (const Moment& moment : moments) {
    marks_[moment] = fmt::format("({})", letter++);
  }
}

std::string Story::mark_at(const Moment& moment) const {
  const auto found = marks_.find(moment);
  return found == marks_.end() ? std::string() : found->second;
}

std::vector<RaceMoment> Story::moments(std::size_t race_number) const {
  const Race& race = trace_.races[race_number];
  std::vector<RaceMoment> result;
  for (int which = 0; which < 3; ++which) {
    const Moment moment = moment_of(race, which);
    const auto& [number, part, variable] = moment;
    if (number == 0) {
      continue;
    }
    RaceMoment told;
    told.mark = mark_at(moment);
    told.step = number;
    told.place = which == 0 ? race.told_place : which == 1 ? race.intruder_place : race.write_place;
    const std::string& call = which == 1 ? race.intruder : race.call;
    switch (part) {
      case Part::kTold:
        told.said = fmt::format("{} looks at it", call);
        break;
      case Part::kWritten:
        told.said = fmt::format("{} writes it", call);
        break;
      case Part::kSent:
        told.said = fmt::format("{} sends because of it", call);
        break;
      case Part::kStart:
        told.said = fmt::format("{} starts", call);
        break;
    }
    if (which == 1 && !race.awaited.empty()) {
      told.said += fmt::format(" while {} awaits {}", race.call, race.awaited);
    }
    result.push_back(std::move(told));
  }
  return result;
}

StoryStep Story::tell(const TraceStep& step) const {
  StoryStep told;
  told.step = &step;
  told.runs = step.ran == "code";
  tell_event(step, told.lines);
  if (step.ran == "code" && !step.rolled_back) {
    tell_code(step, told.lines);
  } else if (!step.rolled_back) {
    // What is watched may depend on the time.
    for (const VariableDiff& diff : step.diffs) {
      tell_change(step, diff.variable, {}, told.lines);
    }
  }
  tell_end(step, told.lines);
  tell_responses(step, told.lines);
  for (const std::string& note : step.notes) {
    told.lines.push_back({.text = fmt::format("note: {}", note), .tone = Tone::kQuiet});
  }
  return told;
}

void Story::tell_event(const TraceStep& step, std::vector<StoryLine>& lines) const {
  StoryLine line;
  line.mark = mark_at({step.number, Part::kStart, {}});
  switch (step.kind) {
    case EventKind::kStartIngress:
      line.text = fmt::format("{} {}{}", step.call, step.method, step.arguments);
      line.user = fmt::format("{} {}", step.call, symbols_.sends);
      break;
    case EventKind::kStartRequest:
      line.text = fmt::format("{} {}{}", step.call, step.method, step.arguments);
      if (step.ran == "helper") {
        line.text =
            fmt::format("{}: its self-call executes, as it awaits what is complete", step.call);
      } else if (step.ran == "environment") {
        line.text += " (environment)";
      } else if (has_word(step.event, "again")) {
        line.text += " (the same request, a second time)";
      }
      break;
    case EventKind::kDeliver:
      if (step.ran == "store") {
        line.text = fmt::format("{} {} to {}: kept until awaited", symbols_.receives,
                                step.delivered, step.delivered_call);
        line.tone = Tone::kQuiet;
      } else if (step.ran == "consume") {
        line.text = fmt::format("{} {} to {}: dropped, nobody awaits it", symbols_.receives,
                                step.delivered, step.delivered_call);
        line.tone = Tone::kQuiet;
      } else {
        line.text = fmt::format("{} resumes {} {}", step.call, symbols_.receives, step.delivered);
      }
      break;
    case EventKind::kStartTask:
      line.text = fmt::format("{} {}{}", step.call, step.method, step.arguments);
      break;
    case EventKind::kFireTimer:
      line.text = "timer fires: its task is queued";
      break;
    case EventKind::kAdvanceTime:
      line.text = "time passes until the next timer";
      break;
    case EventKind::kHeartbeat:
      line.text = "heartbeat: its task is queued";
      break;
    case EventKind::kRejectRequest:
      line.text = fmt::format("FAULT: {} is rejected before it executes{}", step.call,
                              has_word(step.event, "fatal") ? ", with SYS_FATAL" : "");
      break;
    case EventKind::kDropIngress:
      line.text = fmt::format("FAULT: {} is lost before it executes", step.call);
      break;
    case EventKind::kResubmit:
      line.text = fmt::format("FAULT: {} is submitted once more", step.call);
      break;
    case EventKind::kExpireCall:
      line.text = fmt::format("FAULT: {} expires: its outcome is unknown to its caller", step.call);
      break;
    case EventKind::kStopped:
      line.text = "stopped: no call context is left";
      break;
    case EventKind::kManage:
      line.text = managed(step);
      break;
    case EventKind::kDropRequest:
      line.text = fmt::format("FAULT: {} vanishes, expired, before it executes", step.call);
      break;
    case EventKind::kGarbleReply:
      line.text =
          fmt::format("FAULT: the reply to {} becomes one that cannot be decoded", step.call);
      break;
  }
  if (step.kind >= EventKind::kRejectRequest) {
    line.tone = Tone::kFault;
  }
  lines.push_back(std::move(line));
  if (has_word(step.event, "trap")) {
    lines.push_back({.text = step.kind == EventKind::kDeliver ? "FAULT: this callback traps"
                                                              : "FAULT: this execution traps",
                     .tone = Tone::kFault});
  }
  if (has_word(step.event, "cleanup-trap")) {
    lines.push_back({.text = "FAULT: its cleanup traps", .tone = Tone::kFault});
  }
  if (const std::string writes = trap_after(step.event); !writes.empty()) {
    lines.push_back(
        {.text = fmt::format("FAULT: this callback traps after its write number {}", writes),
         .tone = Tone::kFault});
  }
  if (has_word(step.event, "twice")) {
    lines.push_back(
        {.text = "FAULT: the same request is delivered once more, later", .tone = Tone::kFault});
  }
  if (has_word(step.event, "silent")) {
    lines.push_back({.text = "FAULT: it never answers", .tone = Tone::kFault});
  } else if (step.ran == "environment" && step.responses.empty()) {
    lines.push_back({.text = "it never answers", .tone = Tone::kBad});
  }
  if (const std::string send = failing_send(step.event); !send.empty()) {
    lines.push_back(
        {.text = fmt::format("FAULT: its send number {} fails", send), .tone = Tone::kFault});
  }
}

/// Sends and changes in program order: a change stands where the last write of it did.
void Story::tell_code(const TraceStep& step, std::vector<StoryLine>& lines) const {
  std::set<std::string> changes_told;
  bool sends_told = false;
  for (std::size_t i = 0; i < step.accesses.size(); ++i) {
    const TraceAccess& access = step.accesses[i];
    switch (access.kind) {
      case Access::Kind::kTold: {
        const std::string mark = mark_at({step.number, Part::kTold, access.variable});
        if (!mark.empty() && last_access(step, access.variable, true) == &access) {
          lines.push_back(
              {.text = access.value.empty()
                           ? fmt::format("looks at {}", access.variable)
                           : fmt::format("looks at {}: {}", access.variable, access.value),
               .mark = mark,
               .place = to_text(access.place, false)});
        }
        break;
      }
      case Access::Kind::kWritten:
      case Access::Kind::kModified:
        if (last_access(step, access.variable, false) == &access) {
          tell_change(step, access.variable, access.place, lines);
          changes_told.insert(access.variable);
        }
        break;
      case Access::Kind::kSent:
        if (!sends_told) {
          tell_sends(step, lines);
          sends_told = true;
        }
        break;
      case Access::Kind::kAwaitReady:
        break;
    }
  }
  if (!sends_told) {
    tell_sends(step, lines);
  }
  for (const VariableDiff& diff : step.diffs) {
    if (!changes_told.contains(diff.variable)) {
      tell_change(step, diff.variable, {}, lines);
    }
  }
}

void Story::tell_change(const TraceStep& step, const std::string& variable,
                        const SourcePlace& place, std::vector<StoryLine>& lines) const {
  const std::string mark = mark_at({step.number, Part::kWritten, variable});
  const VariableDiff* diff = find_diff(step, variable);
  StoryLine line{.tone = Tone::kChange, .mark = mark, .place = to_text(place, false)};
  if (diff != nullptr) {
    line.text = fmt::format("{}: {} -> {}", variable, diff->before, diff->after);
  } else if (!mark.empty()) {
    const TraceAccess* write = last_access(step, variable, false);
    line.text = write == nullptr || write->value.empty()
                    ? fmt::format("writes {}, the same value", variable)
                    : fmt::format("{}: {} -> {} (the same)", variable, write->value, write->value);
  } else {
    return;
  }
  lines.push_back(std::move(line));
}

/// All sends of a step; a run of the same message is one line.
void Story::tell_sends(const TraceStep& step, std::vector<StoryLine>& lines) const {
  std::string mark = mark_at({step.number, Part::kSent, {}});
  for (std::size_t i = 0; i < step.sends.size();) {
    const TraceSend& send = step.sends[i];
    std::size_t end = i + 1;
    bool same_arguments = true;
    while (end < step.sends.size() && same_message(send, step.sends[end])) {
      same_arguments = same_arguments && send.arguments == step.sends[end].arguments;
      ++end;
    }
    if (end - i < kAlike) {
      end = i + 1;
    }
    StoryLine line{.mark = std::exchange(mark, {}), .place = to_text(send.place, false)};
    const std::string message =
        fmt::format("{}.{}{}", send.callee, send.method,
                    end - i > 1 && !same_arguments ? "(..)" : send.arguments);
    if (send.deferred) {
      line.text = send.accepted ? fmt::format("makes Deferred {}", send.call)
                                : std::string("making a Deferred fails at once");
    } else if (!send.accepted) {
      line.text = fmt::format("{} {} fails at once", symbols_.sends, message);
      line.tone = Tone::kBad;
    } else if (end - i > 1) {
      line.text = fmt::format("{} {} to {} {}", symbols_.sends, send.call, step.sends[end - 1].call,
                              message);
    } else {
      line.text = fmt::format("{} {} {}", symbols_.sends, send.call, message);
    }
    if (end - i > 1) {
      line.text += fmt::format(" x{}", end - i);
    }
    if (send.one_way) {
      line.text += ", one way";
    }
    lines.push_back(std::move(line));
    i = end;
  }
}

void Story::tell_end(const TraceStep& step, std::vector<StoryLine>& lines) const {
  if (step.ended == "suspended") {
    lines.push_back({.text = fmt::format("{} await {}", symbols_.commits, step.awaiting),
                     .tone = Tone::kGood,
                     .place = to_text(step.await_place, false)});
  } else if (step.ended == "trapped" && !is_made_to_trap(step)) {
    lines.push_back({.text = fmt::format("trap: {}", text_literal(step.trap)), .tone = Tone::kBad});
  }
  if (step.kept_writes) {
    lines.push_back({.text = "not rolled back: what it wrote stays, what it sent does not",
                     .tone = Tone::kBad});
  }
  if (step.rolled_back) {
    lines.push_back({.text = fmt::format("{} rolled back to {}", symbols_.rolls_back,
                                         step.segment == 0 ? "before its start" : "its await"),
                     .tone = Tone::kBad});
    for (const VariableDiff& diff : step.diffs) {
      lines.push_back(
          {.text = fmt::format("cleanup: {}: {} -> {}", diff.variable, diff.before, diff.after),
           .tone = Tone::kChange,
           .mark = mark_at({step.number, Part::kWritten, diff.variable})});
    }
    if (step.cleanup_ran && step.diffs.empty()) {
      lines.push_back({.text = "cleanup changes nothing", .tone = Tone::kQuiet});
    }
  }
}

void Story::tell_responses(const TraceStep& step, std::vector<StoryLine>& lines) const {
  bool own = false;
  for (const TraceResponse& response : step.responses) {
    StoryLine line{.text = response_text(response),
                   .tone = response.replied ? Tone::kGood : Tone::kBad};
    const bool to_user =
        std::find(trace_.users.begin(), trace_.users.end(), response.to) != trace_.users.end();
    if (to_user) {
      line.user = fmt::format("{} {}", symbols_.receives, response.call);
    }
    if (response.call == step.call) {
      own = true;
    } else {
      line.text = deferreds_.contains(response.call)
                      ? fmt::format("resolves Deferred {}: {}", response.call, line.text)
                      : fmt::format("{}: {}", response.call, line.text);
    }
    if (step.committed && response.call == step.call && !step.rolled_back) {
      line.text = fmt::format("{} {}", symbols_.commits, line.text);
    }
    lines.push_back(std::move(line));
  }
  const bool ended = step.ended == "replied" || step.ended == "rejected";
  if (ended && !own) {
    lines.push_back({.text = fmt::format("{} ends", symbols_.commits), .tone = Tone::kGood});
  }
}

}  // namespace heddle::internal
