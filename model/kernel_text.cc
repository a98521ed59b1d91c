// Events and context names as text, and back.
#include <charconv>

#include <fmt/format.h>

#include <heddle/model/kernel.h>

namespace heddle {

namespace {

/// Reads words and numbers off the front of an event's text; every failure quotes the whole.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  [[noreturn]] void fail(std::string_view expected) const {
    throw Misuse(fmt::format("not an event of this scenario: \"{}\"; at \"{}\" expected {}.", text_,
                             rest_, expected));
  }

  std::string_view word() {
    const auto end = rest_.find(' ');
    const std::string_view word = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    return word;
  }

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  std::uint32_t number(std::string_view digits, std::string_view what) const {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value == 0) {
      fail(fmt::format("{} (a number from 1 up), got \"{}\"", what, digits));
    }
    return value;
  }

 private:
  std::string_view text_;
  std::string_view rest_;
};

constexpr std::string_view kUpgradeText = "upgrade";

std::string call_text(CallIndex index) {
  return index == kHelperCall ? "h" : std::to_string(index + 1);
}

}  // namespace

std::string Kernel::name(ContextId context) const {
  const ContextOrigin where = origin(context);
  switch (where.kind) {
    case ContextOrigin::Kind::kIngress:
      return fmt::format("{}#{}", system_.users[where.user].name, where.number + 1);
    case ContextOrigin::Kind::kCall:
      return fmt::format("{}/{}{}", name(where.parent), call_text(where.index),
                         where.number == 0 ? "" : fmt::format("~{}", where.number + 1));
    case ContextOrigin::Kind::kTask:
      return fmt::format("{}!{}", system_.canisters[where.canister].name, where.number + 1);
    case ContextOrigin::Kind::kUpgrade:
      return fmt::format("{}!{}", system_.canisters[where.canister].name, kUpgradeText);
  }
  return "?";
}

ContextId Kernel::context_named(std::string_view text) {
  return contexts_named(text).front();
}

std::vector<ContextId> Kernel::contexts_named(std::string_view text) {
  const Reader reader(text);
  if (const auto slash = text.rfind('/'); slash != std::string_view::npos) {
    std::string_view digits = text.substr(slash + 1);
    std::uint32_t number = 0;
    if (const auto mark = digits.find('~'); mark != std::string_view::npos) {
      number = reader.number(digits.substr(mark + 1), "an execution") - 1;
      digits = digits.substr(0, mark);
    }
    const CallIndex index = digits == "h" ? kHelperCall : reader.number(digits, "a call") - 1;
    std::vector<ContextId> known;
    for (const ContextId parent : contexts_named(text.substr(0, slash))) {
      for (std::size_t c = 0; c < system_.canisters.size(); ++c) {
        const ContextId context = find_context(
            {ContextOrigin::Kind::kCall, static_cast<CanisterId>(c), 0, number, parent, index});
        if (context != 0) {
          known.push_back(context);
        }
      }
    }
    if (known.empty()) {
      reader.fail("a call that has been made");
    }
    return known;
  }
  if (const auto mark = text.rfind('#'); mark != std::string_view::npos) {
    for (std::size_t u = 0; u < system_.users.size(); ++u) {
      if (system_.users[u].name == text.substr(0, mark)) {
        const std::uint32_t number = reader.number(text.substr(mark + 1), "a user's call") - 1;
        const auto& calls = system_.users[u].calls;
        if (calls.empty() || (number >= calls.size() && system_.faults.resubmissions == 0)) {
          reader.fail(
              fmt::format("one of the {} calls of user {}", calls.size(), system_.users[u].name));
        }
        return {context({ContextOrigin::Kind::kIngress, calls[number % calls.size()].canister,
                         static_cast<std::uint32_t>(u), number, 0, 0})};
      }
    }
    reader.fail("a user of this scenario before the #");
  }
  if (const auto mark = text.rfind('!'); mark != std::string_view::npos) {
    if (text.substr(mark + 1) == kUpgradeText) {
      return {context(
          {ContextOrigin::Kind::kUpgrade, system_.canister(text.substr(0, mark)), 0, 0, 0, 0})};
    }
    return {context({ContextOrigin::Kind::kTask, system_.canister(text.substr(0, mark)), 0,
                     reader.number(text.substr(mark + 1), "a task") - 1, 0, 0})};
  }
  reader.fail("a context name such as alice#1, alice#1/2 or ledger!1");
}

std::string Kernel::to_text(const Event& event) const {
  const auto canister = [this](CanisterId id) { return system_.canisters[id].name; };
  const auto queue = [&](bool with_position) {
    return with_position
               ? fmt::format("{}>{}@{}", canister(event.from), canister(event.to), event.index + 1)
               : fmt::format("{}>{}", canister(event.from), canister(event.to));
  };
  std::string text;
  switch (event.kind) {
    case EventKind::kStartIngress:
      text = "start " + name(event.context);
      break;
    case EventKind::kStartRequest:
      text = "start " + queue(event.index != 0);
      break;
    case EventKind::kDeliver:
      text = fmt::format("deliver {}/{}", name(event.context), call_text(event.index));
      break;
    case EventKind::kStartTask:
      text = "task " + canister(event.to);
      break;
    case EventKind::kFireTimer:
      text = "timer " + canister(event.to);
      break;
    case EventKind::kAdvanceTime:
      text = "time";
      break;
    case EventKind::kHeartbeat:
      text = "heartbeat " + canister(event.to);
      break;
    case EventKind::kRejectRequest:
      text = "reject " + queue(true);
      break;
    case EventKind::kDropIngress:
      text = "drop " + name(event.context);
      break;
    case EventKind::kResubmit:
      text = "resubmit " + name(event.context);
      break;
    case EventKind::kDropRequest:
      text = "drop " + queue(true);
      break;
    case EventKind::kStopped:
      text = "stopped " + canister(event.to);
      break;
    case EventKind::kManage:
      text = fmt::format(
          "{} {}", to_string(event.action),
          event.action == Management::kTimeOut ? name(event.context) : canister(event.to));
      break;
    case EventKind::kGarbleReply:
      text = fmt::format("garble {}/{}", name(event.context), call_text(event.index));
      break;
    case EventKind::kExpireCall:
      text = fmt::format("expire {}/{}", name(event.context), call_text(event.index));
      break;
  }
  if (event.answer != 0) {
    text += fmt::format(" answer {}", event.answer);
  }
  if (event.silent) {
    text += " silent";
  }
  if (event.failing_send != 0) {
    text += fmt::format(" fail-send {}", event.failing_send);
  }
  if (event.trap) {
    text += event.trap_after == 0 ? " trap" : fmt::format(" trap-after {}", event.trap_after);
  }
  if (event.cleanup_trap) {
    text += " cleanup-trap";
  }
  if (event.fatal) {
    text += " fatal";
  }
  if (event.twice) {
    text += " twice";
  }
  if (event.again) {
    text += " again";
  }
  return text;
}

Event Kernel::from_text(std::string_view text) {
  Reader reader(text);
  Event event;
  const std::string_view verb = reader.word();
  const auto queue = [&](std::string_view subject) {
    const auto arrow = subject.find('>');
    if (arrow == std::string_view::npos) {
      reader.fail("a queue such as bank>ledger");
    }
    std::string_view to = subject.substr(arrow + 1);
    if (const auto at = to.rfind('@'); at != std::string_view::npos) {
      event.index = reader.number(to.substr(at + 1), "a position in the queue") - 1;
      to = to.substr(0, at);
    }
    event.from = system_.canister(subject.substr(0, arrow));
    event.to = system_.canister(to);
  };
  Management action = Management::kNone;
  for (const Management each :
       {Management::kStop, Management::kStart, Management::kUpgrade, Management::kReinstall,
        Management::kUninstall, Management::kTakeSnapshot, Management::kLoadSnapshot,
        Management::kTimeOut}) {
    action = verb == to_string(each) ? each : action;
  }
  if (action != Management::kNone) {
    event.kind = EventKind::kManage;
    event.action = action;
    const std::string_view subject = reader.word();
    if (action == Management::kTimeOut) {
      event.context = context_named(subject);
      event.to = origin(event.context).canister;
    } else {
      event.to = system_.canister(subject);
    }
  } else if (verb == "stopped") {
    event.kind = EventKind::kStopped;
    event.to = system_.canister(reader.word());
  } else if (verb == "time") {
    event.kind = EventKind::kAdvanceTime;
  } else if (verb == "start") {
    const std::string_view subject = reader.word();
    if (subject.find('>') != std::string_view::npos) {
      event.kind = EventKind::kStartRequest;
      queue(subject);
    } else {
      event.kind = EventKind::kStartIngress;
      event.context = context_named(subject);
    }
  } else if (verb == "deliver" || verb == "expire" || verb == "garble") {
    event.kind = verb == "deliver"  ? EventKind::kDeliver
                 : verb == "expire" ? EventKind::kExpireCall
                                    : EventKind::kGarbleReply;
    const std::string_view subject = reader.word();
    const auto slash = subject.rfind('/');
    if (slash == std::string_view::npos) {
      reader.fail(fmt::format("the call {}, such as alice#1/2",
                              verb == "deliver"  ? "whose response is delivered"
                              : verb == "expire" ? "that expires"
                                                 : "whose reply becomes undecodable"));
    }
    event.context = context_named(subject.substr(0, slash));
    const std::string_view digits = subject.substr(slash + 1);
    event.index = digits == "h" ? kHelperCall : reader.number(digits, "a call") - 1;
  } else if (verb == "task" || verb == "timer" || verb == "heartbeat") {
    event.kind = verb == "task"    ? EventKind::kStartTask
                 : verb == "timer" ? EventKind::kFireTimer
                                   : EventKind::kHeartbeat;
    event.to = system_.canister(reader.word());
  } else if (verb == "reject") {
    event.kind = EventKind::kRejectRequest;
    queue(reader.word());
  } else if (verb == "drop" || verb == "resubmit") {
    const std::string_view subject = reader.word();
    if (verb == "drop" && subject.find('>') != std::string_view::npos) {
      event.kind = EventKind::kDropRequest;
      queue(subject);
    } else {
      event.kind = verb == "drop" ? EventKind::kDropIngress : EventKind::kResubmit;
      event.context = context_named(subject);
    }
  } else {
    reader.fail(
        "start, deliver, task, timer, time, heartbeat, reject, drop, resubmit, expire, garble, "
        "stop, "
        "stopped, restart, upgrade, reinstall, uninstall, take-snapshot, load-snapshot or "
        "time-out");
  }
  while (!reader.empty()) {
    const std::string_view word = reader.word();
    if (word == "trap") {
      event.trap = true;
    } else if (word == "trap-after") {
      event.trap = true;
      event.trap_after = static_cast<std::uint16_t>(reader.number(reader.word(), "a write"));
    } else if (word == "cleanup-trap") {
      event.cleanup_trap = true;
    } else if (word == "fatal") {
      event.fatal = true;
    } else if (word == "twice") {
      event.twice = true;
    } else if (word == "again") {
      event.again = true;
    } else if (word == "fail-send") {
      event.failing_send = static_cast<std::uint16_t>(reader.number(reader.word(), "a send"));
    } else if (word == "silent") {
      event.silent = true;
    } else if (word == "answer") {
      event.answer = static_cast<std::uint16_t>(reader.number(reader.word(), "an answer"));
    } else {
      reader.fail(
          "trap, trap-after N, cleanup-trap, fail-send N, answer N, silent, fatal, twice or again");
    }
  }
  return event;
}

}  // namespace heddle
