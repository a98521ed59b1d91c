#include <algorithm>
#include <cctype>
#include <deque>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <heddle/traces/internal/rust_source.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle::internal {
namespace {

constexpr std::size_t kWidth = 96;
/// How the story of a trace begins what the environment did.
constexpr std::string_view kFault = "FAULT: ";

class Translator {
 public:
  explicit Translator(const Trace& trace) : story_(trace, false), users_(trace.users) {
    for (const TraceCall& call : trace.calls) {
      calls_.emplace(call.name, &call);
    }
  }

  std::vector<ReplicaMessage> translate() {
    std::vector<ReplicaMessage> messages;
    for (const StoryStep& told : story_.steps()) {
      ReplicaMessage message = translate(*told.step);
      message.what = fmt::format("{}. {}{}", told.step->number,
                                 told.lines.empty() ? told.step->event : told.lines.front().text,
                                 message.kind == Kind::kNone ? " (no message does this)" : "");
      for (const StoryLine& line : told.lines) {
        if (line.text.starts_with(kFault)) {
          message.fault = fmt::format("step {}, {}", told.step->number,
                                      std::string_view(line.text).substr(kFault.size()));
        }
      }
      messages.push_back(std::move(message));
    }
    return messages;
  }

 private:
  using Kind = ReplicaMessage::Kind;

  /// Where the caller of `call` runs, or `otherwise`.
  std::string caller_of(const std::string& call, const std::string& otherwise) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? otherwise : found->second->caller;
  }

  std::string callee_of(const std::string& call, const std::string& otherwise) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? otherwise : found->second->canister;
  }

  std::size_t user_of(const std::string& call) const {
    const auto user = std::find(users_.begin(), users_.end(), call.substr(0, call.find('#')));
    return static_cast<std::size_t>(user - users_.begin());
  }

  ReplicaMessage translate(const TraceStep& step) {
    for (const TraceSend& send : step.sends) {
      if (send.deferred) {
        deferreds_.insert(send.call);
      }
    }
    switch (step.kind) {
      case EventKind::kStartIngress:
        return {.kind = Kind::kIngress,
                .target = step.lane,
                .call = step.call,
                .user = user_of(step.call),
                .method = step.method,
                .arguments = step.arguments};
      case EventKind::kStartRequest:
        if (step.event.ends_with(" again")) {
          return {};  // no replica has such a message
        }
        // What is no call of the author's is a canister's call of itself.
        return {.kind = Kind::kRequest,
                .source = step.ran == "helper" ? step.lane : caller_of(step.call, step.lane),
                .target = step.lane};
      case EventKind::kDeliver:
        if (deferreds_.contains(step.delivered_call)) {
          return {};
        }
        return {.kind = Kind::kResponse,
                .source = callee_of(step.delivered_call, step.lane),
                .target = step.lane};
      case EventKind::kFireTimer:
        tasks_[step.lane].push_back(Kind::kTimer);
        return {};
      case EventKind::kHeartbeat:
        tasks_[step.lane].push_back(Kind::kHeartbeat);
        return {};
      case EventKind::kStartTask: {
        std::deque<Kind>& tasks = tasks_[step.lane];
        const Kind kind = tasks.empty() ? Kind::kTimer : tasks.front();
        if (!tasks.empty()) {
          tasks.pop_front();
        }
        return {.kind = kind, .target = step.lane};
      }
      case EventKind::kAdvanceTime:
        return {.kind = Kind::kTime};
      case EventKind::kRejectRequest:
      case EventKind::kDropIngress:
      case EventKind::kResubmit:
      case EventKind::kExpireCall:
      case EventKind::kDropRequest:
      case EventKind::kStopped:
      case EventKind::kManage:
      case EventKind::kGarbleReply:
        break;
    }
    return {};
  }

  Story story_;
  const std::vector<std::string>& users_;
  std::map<std::string, const TraceCall*> calls_;
  std::set<std::string> deferreds_;
  std::map<std::string, std::deque<Kind>> tasks_;  ///< queued at each canister
};

}  // namespace

std::string rust_literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : printable(text, false)) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + '"';
}

std::string rust_comment(std::string_view indent, std::string_view text) {
  std::string result;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    for (const std::string& part : wrapped(printable(line, false), kWidth - indent.size(), 2)) {
      result += fmt::format("{}// {}\n", indent, part);
    }
  }
  return result;
}

const std::string& RustNames::name(std::string_view prefix, const std::string& text) {
  std::string& name = names_[fmt::format("{}:{}", prefix, text)];
  if (name.empty()) {
    std::string result(prefix);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_word = byte < 0x80 && std::isalnum(byte) != 0;
      if (is_word) {
        result += static_cast<char>(std::tolower(byte));
      } else if (!result.ends_with('_')) {
        result += '_';
      }
    }
    result.erase(result.find_last_not_of('_') + 1);
    name = result;
    for (int i = 2; !taken_.insert(name).second; ++i) {
      name = fmt::format("{}_{}", result, i);
    }
  }
  return name;
}

std::vector<ReplicaMessage> replica_messages(const Trace& trace) {
  return Translator(trace).translate();
}

std::string rust_head(const Trace& trace, const std::vector<ReplicaMessage>& messages,
                      std::string_view format, std::string_view by) {
  std::string head = rust_comment(
      "", fmt::format("A schedule of {}, generated by `heddle export --format {}`. Not checked: "
                      "nothing of Heddle has compiled or run it. {}",
                      trace.scenario, format, by));
  head += rust_comment("",
                       "Fill in where the modules are and what they are initialised with. In "
                       "arguments a number without a type is an int: write (60 : nat) where the "
                       "method takes a nat.");
  for (const ReplicaMessage& message : messages) {
    if (!message.fault.empty()) {
      head += rust_comment(
          "", fmt::format("A fault that only Heddle injects is left out: {}", message.fault));
    }
  }
  return head;
}

}  // namespace heddle::internal
