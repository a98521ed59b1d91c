#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/json.h>

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kStartIngress:
      return "start-ingress";
    case EventKind::kStartRequest:
      return "start-request";
    case EventKind::kDeliver:
      return "deliver";
    case EventKind::kStartTask:
      return "start-task";
    case EventKind::kFireTimer:
      return "fire-timer";
    case EventKind::kAdvanceTime:
      return "advance-time";
    case EventKind::kHeartbeat:
      return "heartbeat";
    case EventKind::kRejectRequest:
      return "reject-request";
    case EventKind::kDropIngress:
      return "drop-ingress";
    case EventKind::kResubmit:
      return "resubmit";
  }
  return "";
}

std::string_view to_string(Access::Kind kind) {
  switch (kind) {
    case Access::Kind::kTold:
      return "told";
    case Access::Kind::kWritten:
      return "written";
    case Access::Kind::kModified:
      return "modified";
    case Access::Kind::kSent:
      return "sent";
    case Access::Kind::kAwaitReady:
      return "await-ready";
  }
  return "";
}

/// An object whose empty fields are left out.
class Object {
 public:
  Object& text(const char* name, std::string_view value) {
    if (!value.empty()) {
      json_[name] = value;
    }
    return *this;
  }

  Object& flag(const char* name, bool value) {
    if (value) {
      json_[name] = true;
    }
    return *this;
  }

  Object& number(const char* name, std::uint64_t value) {
    if (value != 0) {
      json_[name] = value;
    }
    return *this;
  }

  Object& place(const char* name, const SourcePlace& value) {
    if (!value.file.empty()) {
      Json place{{"file", value.file}};
      if (value.line != 0) {
        place["line"] = value.line;
      }
      if (!value.function.empty()) {
        place["function"] = value.function;
      }
      json_[name] = std::move(place);
    }
    return *this;
  }

  template <class T, class F>
  Object& list(const char* name, const std::vector<T>& values, F element) {
    if (!values.empty()) {
      always(name, values, element);
    }
    return *this;
  }

  template <class T, class F>
  Object& always(const char* name, const std::vector<T>& values, F element) {
    Json& list = json_[name] = Json::array();
    for (const T& value : values) {
      list.push_back(element(value));
    }
    return *this;
  }

  template <class T>
  Object& set(const char* name, T&& value) {
    json_[name] = std::forward<T>(value);
    return *this;
  }

  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Json text_json(const std::string& text) {
  return text;
}

Json send_json(const TraceSend& send) {
  return Object()
      .text("call", send.call)
      .text("callee", send.callee)
      .text("method", send.method)
      .text("arguments", send.arguments)
      .set("accepted", send.accepted)
      .flag("deferred", send.deferred)
      .flag("one_way", send.one_way)
      .place("place", send.place)
      .take();
}

Json response_json(const TraceResponse& response) {
  Object object;
  object.set("call", response.call).text("to", response.to).set("replied", response.replied);
  if (!response.replied) {
    object.set("code", heddle::to_string(response.code));
  }
  return object.set("value", response.value).flag("injected", response.injected).take();
}

Json diff_json(const VariableDiff& diff) {
  return Object()
      .set("canister", diff.canister)
      .set("variable", diff.variable)
      .set("before", diff.before)
      .set("after", diff.after)
      .take();
}

Json access_json(const TraceAccess& access) {
  return Object()
      .text("variable", access.variable)
      .set("kind", to_string(access.kind))
      .text("value", access.value)
      .place("place", access.place)
      .take();
}

Json step_json(const TraceStep& step) {
  return Object()
      .set("number", step.number)
      .set("event", step.event)
      .set("kind", to_string(step.kind))
      .flag("fault", step.is_fault)
      .text("lane", step.lane)
      .text("call", step.call)
      .text("method", step.method)
      .text("arguments", step.arguments)
      .number("segment", step.segment)
      .text("delivered", step.delivered)
      .text("delivered_call", step.delivered_call)
      .text("ran", step.ran)
      .text("ended", step.ended)
      .text("trap", step.trap)
      .text("awaiting", step.awaiting)
      .place("await_place", step.await_place)
      .flag("committed", step.committed)
      .flag("rolled_back", step.rolled_back)
      .flag("cleanup_ran", step.cleanup_ran)
      .flag("gone", step.gone)
      .list("sends", step.sends, send_json)
      .list("responses", step.responses, response_json)
      .list("diffs", step.diffs, diff_json)
      .list("accesses", step.accesses, access_json)
      .list("notes", step.notes, text_json)
      .list("enabled", step.enabled, text_json)
      .number("enabled_count", step.enabled_count)
      .take();
}

Json call_json(const TraceCall& call) {
  return Object()
      .set("name", call.name)
      .text("parent", call.parent)
      .text("caller", call.caller)
      .text("canister", call.canister)
      .text("method", call.method)
      .text("arguments", call.arguments)
      .text("result", call.result)
      .take();
}

Json race_json(const Race& race) {
  return Object()
      .set("pattern", race.pattern)
      .set("variable", race.variable)
      .set("declared", race.declared)
      .set("call", race.call)
      .set("intruder", race.intruder)
      .text("awaited", race.awaited)
      .number("told_step", race.told_step)
      .number("intruder_step", race.intruder_step)
      .number("write_step", race.write_step)
      .place("told_place", race.told_place)
      .place("intruder_place", race.intruder_place)
      .place("write_place", race.write_place)
      .text("sentence", race.sentence)
      .take();
}

/// What a reader needs to see the other schedule beside the failing one; all else is a replay away.
Json sibling_json(const TraceSibling& sibling) {
  const auto brief_step = [](const TraceStep& step) {
    Json json = step_json(step);
    for (const char* name : {"enabled", "enabled_count", "accesses"}) {
      json.erase(name);
    }
    return json;
  };
  return Object()
      .set("differences", sibling.differences)
      .always("schedule", sibling.trace->schedule(), text_json)
      .always("calls", sibling.trace->calls, call_json)
      .always("steps", sibling.trace->steps, brief_step)
      .list("final_variables", sibling.trace->final_variables, diff_json)
      .take();
}

Json document_json(const Trace& trace) {
  Object settings;
  for (const auto& [name, value] : trace.settings) {
    settings.set(name.c_str(), value);
  }
  Object document;
  document.set("schema", kTraceSchema)
      .set("scenario", trace.scenario)
      .text("description", trace.description)
      .text("profile", trace.profile)
      .text("verdict", trace.verdict);
  if (!trace.property.empty()) {
    document.set("property", Object()
                                 .set("name", trace.property)
                                 .text("kind", trace.property_kind)
                                 .text("why", trace.why)
                                 .set("step", trace.violated_step)
                                 .take());
  }
  document.number("critical_step", trace.critical_step)
      .flag("never_passes", trace.never_passes)
      .text("minimality", trace.minimality)
      .text("strategy", trace.strategy)
      .number("seed", trace.seed)
      .text("repro", trace.repro)
      .set("settings", settings.take())
      .always("schedule", trace.schedule(), text_json)
      .always("canisters", trace.canisters, text_json)
      .always("users", trace.users, text_json)
      .always("calls", trace.calls, call_json)
      .always("steps", trace.steps, step_json)
      .list("races", trace.races, race_json)
      .list("final_variables", trace.final_variables, diff_json)
      .list("wait_for", trace.wait_for, text_json)
      .list("divergences", trace.divergences, text_json);
  if (trace.sibling) {
    document.set("sibling", sibling_json(*trace.sibling));
  }
  return document.take();
}

/// Walks a parsed document; every complaint says where in the file.
class Reader {
 public:
  Reader(std::string_view file, const Json& json) : file_(file), json_(json) {}

  [[noreturn]] void fail(std::string_view where, std::string_view what) const {
    throw Misuse(fmt::format("{}: at {}: {}", file_, where.empty() ? "/" : where, what));
  }

  void expect_object() const {
    if (!json_.is_object()) {
      fail("", fmt::format("expected an object, the trace, but this is {}", kind_of(json_)));
    }
  }

  std::string text(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) {
      return {};
    }
    if (!found->is_string()) {
      fail(fmt::format("/{}", name), fmt::format("expected text, but this is {}", kind_of(*found)));
    }
    return found->get<std::string>();
  }

  std::string required_text(const char* name) const {
    if (!json_.contains(name)) {
      fail("", fmt::format("expected a field \"{}\", a text, but there is none", name));
    }
    return text(name);
  }

  std::uint64_t number(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) {
      return 0;
    }
    if (!found->is_number_unsigned()) {
      fail(fmt::format("/{}", name),
           fmt::format("expected a number from 0 on, but this is {}", kind_of(*found)));
    }
    return found->get<std::uint64_t>();
  }

  ScheduleText schedule() const {
    const auto found = json_.find("schedule");
    if (found == json_.end()) {
      fail("", "expected a field \"schedule\", a list of events, but there is none");
    }
    if (!found->is_array()) {
      fail("/schedule", fmt::format("expected a list of events, but this is {}", kind_of(*found)));
    }
    ScheduleText schedule;
    for (const Json& event : *found) {
      if (!event.is_string()) {
        fail(fmt::format("/schedule/{}", schedule.size()),
             fmt::format("expected an event, a text like \"start alice#1\", but this is {}",
                         kind_of(event)));
      }
      schedule.push_back(event.get<std::string>());
    }
    return schedule;
  }

  std::vector<std::pair<std::string, std::string>> settings() const {
    std::vector<std::pair<std::string, std::string>> settings;
    const auto found = json_.find("settings");
    if (found == json_.end()) {
      return settings;
    }
    if (!found->is_object()) {
      fail("/settings", fmt::format("expected an object, but this is {}", kind_of(*found)));
    }
    for (const auto& [name, value] : found->items()) {
      if (!value.is_string()) {
        fail(fmt::format("/settings/{}", name),
             fmt::format("expected text, but this is {}", kind_of(value)));
      }
      settings.emplace_back(name, value.get<std::string>());
    }
    return settings;
  }

  Reader inside(const char* name) const {
    return {fmt::format("{} (in {})", file_, name), json_.at(name)};
  }

  [[nodiscard]] bool has_object(const char* name) const {
    const auto found = json_.find(name);
    return found != json_.end() && found->is_object();
  }

 private:
  static std::string_view kind_of(const Json& json) {
    switch (json.type()) {
      case Json::value_t::null:
        return "null";
      case Json::value_t::object:
        return "an object";
      case Json::value_t::array:
        return "a list";
      case Json::value_t::string:
        return "text";
      case Json::value_t::boolean:
        return "true or false";
      default:
        return "a number";
    }
  }

  std::string file_;
  const Json& json_;
};

/// The library's message without its own prefix: "at line 2, column 5: ...".
std::string_view parse_error_text(std::string_view what) {
  const std::size_t at = what.find("at line ");
  return at == std::string_view::npos ? what : what.substr(at);
}

void check_format(const Reader& reader) {
  constexpr std::string_view kFamily = "heddle/trace/";
  const std::string schema = reader.text("schema");
  if (schema == kTraceSchema) {
    return;
  }
  if (schema.starts_with(kFamily)) {
    reader.fail(
        "/schema",
        fmt::format("the trace is of format {}, and this version of Heddle reads {}; make it "
                    "anew, or replay it with the version that wrote it",
                    schema, kTraceSchema));
  }
  reader.fail("/schema",
              fmt::format("expected \"{}\"; this is no trace of Heddle's", kTraceSchema));
}

}  // namespace

std::string to_json(const Trace& trace) {
  return document_json(trace).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_compact_json(const Trace& trace) {
  return document_json(trace).dump(-1, ' ', false, Json::error_handler_t::replace);
}

StoredTrace read_trace(std::string_view text, std::string_view file) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Misuse(
        fmt::format("{}: expected a trace in JSON; {}", file, parse_error_text(error.what())));
  }
  const Reader reader(file, json);
  reader.expect_object();
  check_format(reader);
  StoredTrace stored;
  stored.scenario = reader.required_text("scenario");
  stored.profile = reader.text("profile");
  stored.verdict = reader.text("verdict");
  if (reader.has_object("property")) {
    const Reader property = reader.inside("property");
    stored.property = property.required_text("name");
    stored.property_kind = property.text("kind");
  }
  stored.strategy = reader.text("strategy");
  stored.minimality = reader.text("minimality");
  stored.seed = reader.number("seed");
  stored.settings = reader.settings();
  stored.schedule = reader.schedule();
  return stored;
}

}  // namespace heddle
