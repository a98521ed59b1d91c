#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/chrome.h>
#include <heddle/traces/internal/happens_before.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;
using internal::Precedence;

// Times are microseconds.
constexpr std::uint64_t kStepTime = 1000;
constexpr std::uint64_t kSliceTime = 800;
constexpr int kProcess = 1;

std::string clean(std::string_view text) {
  return internal::printable(text, false);
}

class Events {
 public:
  explicit Events(const Trace& trace) : trace_(trace), story_(trace, false) {}

  std::string write() {
    name_threads();
    for (const internal::StoryStep& told : story_.steps()) {
      write_slice(told);
      write_span(*told.step);
    }
    close_spans();
    write_flows();
    write_violation();
    const Json document{{"traceEvents", std::move(events_)},
                        {"displayTimeUnit", "ms"},
                        {"otherData",
                         {{"scenario", clean(trace_.scenario)},
                          {"verdict", trace_.verdict},
                          {"property", clean(trace_.property)},
                          {"why", trace_.why.empty() ? "" : clean(trace_.why)},
                          {"repro", clean(trace_.repro)}}}};
    return document.dump(1) + "\n";
  }

 private:
  /// A thread for each user and canister that does something, in that order.
  void name_threads() {
    name("process_name", 0, {{"name", clean(trace_.scenario)}});
    std::vector<std::string> lanes = trace_.users;
    lanes.insert(lanes.end(), trace_.canisters.begin(), trace_.canisters.end());
    lanes.emplace_back();  // time, and what concerns nobody in particular
    std::set<std::string> active;
    for (const TraceStep& step : trace_.steps) {
      active.insert(step.lane);
      for (const TraceResponse& response : step.responses) {
        active.insert(response.to);
      }
      active.insert(step.kind == EventKind::kStartIngress ? user_of(step.call) : step.lane);
    }
    for (const std::string& lane : lanes) {
      if (active.contains(lane) && threads_.try_emplace(lane, threads_.size() + 1).second) {
        const std::size_t thread = threads_.at(lane);
        name("thread_name", thread, {{"name", lane.empty() ? "the system" : clean(lane)}});
        name("thread_sort_index", thread, {{"sort_index", thread}});
      }
    }
  }

  void name(const char* what, std::size_t thread, Json arguments) {
    Json event{{"name", what}, {"ph", "M"}, {"pid", kProcess}};
    if (thread != 0) {
      event["tid"] = thread;
    }
    event["args"] = std::move(arguments);
    events_.push_back(std::move(event));
  }

  static std::string user_of(const std::string& call) { return call.substr(0, call.find('#')); }

  static std::uint64_t begin_of(const TraceStep& step) { return step.number * kStepTime; }

  std::size_t thread_of(const std::string& lane) const {
    const auto thread = threads_.find(lane);
    return thread == threads_.end() ? 0 : thread->second;
  }

  Json event(std::string_view what, const char* phase, const char* category, std::uint64_t time,
             std::size_t thread) const {
    return Json{{"name", clean(what)}, {"ph", phase},     {"cat", category},
                {"ts", time},          {"pid", kProcess}, {"tid", thread}};
  }

  void slice(std::string_view what, const char* category, std::uint64_t time, std::size_t thread,
             Json arguments) {
    Json slice = event(what, "X", category, time, thread);
    slice["dur"] = kSliceTime;
    slice["args"] = std::move(arguments);
    events_.push_back(std::move(slice));
  }

  void write_slice(const internal::StoryStep& told) {
    const TraceStep& step = *told.step;
    Json lines = Json::array();
    for (const internal::StoryLine& line : told.lines) {
      lines.push_back(fmt::format("{}{}{}{}{}", line.text, line.mark.empty() ? "" : "  ", line.mark,
                                  line.place.empty() ? "" : "  ", line.place));
    }
    const std::string what =
        step.call.empty() ? step.event : fmt::format("{} {}", step.call, step.method);
    slice(
        what, step.is_fault ? "fault" : "step", begin_of(step), thread_of(step.lane),
        {{"step", step.number}, {"event", clean(step.event)}, {"what happens", std::move(lines)}});
    if (step.kind == EventKind::kStartIngress) {
      slice(fmt::format("{} is submitted", step.call), "user", begin_of(step) - kStepTime / 2,
            thread_of(user_of(step.call)), Json::object());
      flow("ingress", step.call, begin_of(step) - kStepTime / 2, thread_of(user_of(step.call)),
           begin_of(step), thread_of(step.lane));
    }
    for (const TraceResponse& response : step.responses) {
      if (std::find(trace_.users.begin(), trace_.users.end(), response.to) != trace_.users.end()) {
        slice(fmt::format("{} is {}", response.call, response.replied ? "replied to" : "rejected"),
              "user", begin_of(step) + kStepTime / 2, thread_of(response.to),
              {{"value", clean(response.value)}});
        flow("answer", response.call, begin_of(step) + 1, thread_of(step.lane),
             begin_of(step) + kStepTime / 2, thread_of(response.to));
      }
    }
  }

  /// An end of an asynchronous span. Spans of one id nest.
  void span(std::string_view what, const char* phase, const std::string& call, std::uint64_t time,
            std::size_t thread) {
    Json span = event(what, phase, "call", time, thread);
    span["id"] = clean(call);
    events_.push_back(std::move(span));
  }

  /// A call that has started and not ended.
  struct Open {
    std::string name;
    std::string awaiting;  ///< of the span inside, when there is one
    std::size_t thread = 0;
  };

  void end_suspension(const std::string& call, Open& open, std::uint64_t time) {
    if (!open.awaiting.empty()) {
      span(std::exchange(open.awaiting, {}), "e", call, time, open.thread);
    }
  }

  void write_span(const TraceStep& step) {
    if (step.ran != "code" || step.call.empty()) {
      return;
    }
    const auto [found, starts] = open_.try_emplace(step.call);
    Open& open = found->second;
    if (starts) {
      open = {fmt::format("{} {}{}", step.call, step.method, step.arguments), "",
              thread_of(step.lane)};
      span(open.name, "b", step.call, begin_of(step), open.thread);
    }
    end_suspension(step.call, open, begin_of(step));
    const std::uint64_t end = begin_of(step) + kSliceTime;
    if (step.ended == "suspended") {
      open.awaiting = fmt::format("awaits {}", step.awaiting);
      span(open.awaiting, "b", step.call, end, open.thread);
    } else {
      span(open.name, "e", step.call, end, open.thread);
      open_.erase(found);
    }
  }

  /// What is open at the end of the trace ends there, because a span must.
  void close_spans() {
    for (auto& [call, open] : open_) {
      const std::uint64_t end = (trace_.steps.size() + 1) * kStepTime;
      end_suspension(call, open, end);
      span(open.name, "e", call, end, open.thread);
    }
  }

  /// An arrow between two slices: its ends stand inside them, and "e" binds the second one to the
  /// slice around it.
  void flow(const char* category, const std::string& call, std::uint64_t from_time,
            std::size_t from_thread, std::uint64_t to_time, std::size_t to_thread) {
    Json from = event(call, "s", category, from_time, from_thread);
    Json to = event(call, "f", category, to_time, to_thread);
    from["id"] = to["id"] = ++flows_;
    to["bp"] = "e";
    events_.push_back(std::move(from));
    events_.push_back(std::move(to));
  }

  void write_flows() {
    for (const Precedence& precedence : internal::happens_before(trace_)) {
      const bool is_request = precedence.why == Precedence::Why::kRequest;
      if (is_request || precedence.why == Precedence::Why::kResponse) {
        const TraceStep& from = trace_.steps[precedence.from];
        const TraceStep& to = trace_.steps[precedence.to];
        flow(is_request ? "request" : "response", precedence.call, begin_of(from) + 1,
             thread_of(from.lane), begin_of(to) + 1, thread_of(to.lane));
      }
    }
  }

  void write_violation() {
    if (trace_.property.empty()) {
      return;
    }
    const std::uint64_t time = trace_.violated_step * kStepTime + kSliceTime;
    Json mark =
        event(fmt::format("{} {}", trace_.verdict, trace_.property), "i", "verdict", time, 1);
    mark["s"] = "g";
    mark["args"] = {{"why", clean(trace_.why)}};
    events_.push_back(std::move(mark));
  }

  const Trace& trace_;
  internal::Story story_;
  std::map<std::string, std::size_t> threads_;
  std::map<std::string, Open> open_;
  std::uint64_t flows_ = 0;
  Json events_ = Json::array();
};

}  // namespace

std::string to_chrome(const Trace& trace) {
  return Events(trace).write();
}

}  // namespace heddle
