#include <memory>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/model/view.h>
#include <heddle/traces/internal/json_words.h>
#include <heddle/traces/json.h>

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

/// Walks a parsed document; every complaint says where in the file.
class Reader {
 public:
  Reader(std::string_view file, const Json& json, std::string where = {})
      : file_(file), where_(std::move(where)), json_(json) {}

  [[noreturn]] void fail(std::string_view where, std::string_view what) const {
    const std::string place = fmt::format("{}{}", where_, where);
    throw Misuse(fmt::format("{}: at {}: {}", file_, place.empty() ? "/" : place, what));
  }

  void expect_object() const {
    if (!json_.is_object()) {
      fail("", fmt::format("expected an object{}, but this is {}",
                           where_.empty() ? ", the trace" : "", kind_of(json_)));
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

  bool flag(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) {
      return false;
    }
    if (!found->is_boolean()) {
      fail(fmt::format("/{}", name),
           fmt::format("expected true or false, but this is {}", kind_of(*found)));
    }
    return found->get<bool>();
  }

  /// One of the words; nothing when it is missing or this version does not know it.
  template <class Words>
  auto word(const char* name, const Words& words) const {
    return internal::value_of(words, text(name));
  }

  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> result;
    each_of(name, [&](const Json& item, const std::string& where) {
      if (!item.is_string()) {
        fail(where, fmt::format("expected text, but this is {}", kind_of(item)));
      }
      result.push_back(item.get<std::string>());
    });
    return result;
  }

  /// `read` of each object of a list.
  template <class Read>
  auto list(const char* name, const Read& read) const {
    std::vector<std::invoke_result_t<Read, const Reader&>> result;
    each_of(name, [&](const Json& item, const std::string& where) {
      const Reader reader(file_, item, where_ + where);
      reader.expect_object();
      result.push_back(read(reader));
    });
    return result;
  }

  SourcePlace place(const char* name) const {
    if (!has_object(name)) {
      return {};
    }
    const Reader place = inside(name);
    return {place.text("file"), static_cast<std::uint32_t>(place.number("line")),
            place.text("function")};
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
    return {file_, json_.at(name), fmt::format("{}/{}", where_, name)};
  }

  [[nodiscard]] bool has_object(const char* name) const {
    const auto found = json_.find(name);
    return found != json_.end() && found->is_object();
  }

 private:
  template <class Use>
  void each_of(const char* name, const Use& use) const {
    const auto found = json_.find(name);
    if (found == json_.end()) {
      return;
    }
    if (!found->is_array()) {
      fail(fmt::format("/{}", name),
           fmt::format("expected a list, but this is {}", kind_of(*found)));
    }
    std::size_t number = 0;
    for (const Json& item : *found) {
      use(item, fmt::format("/{}/{}", name, number++));
    }
  }

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
  std::string where_;  ///< in the document
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

Json parsed(std::string_view text, std::string_view file) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Misuse(
        fmt::format("{}: expected a trace in JSON; {}", file, parse_error_text(error.what())));
  }
}

RejectCode code_named(const std::string& name) {
  for (const RejectCode code :
       {RejectCode::kSysFatal, RejectCode::kSysTransient, RejectCode::kDestinationInvalid,
        RejectCode::kCanisterReject, RejectCode::kCanisterError, RejectCode::kSysUnknown,
        RejectCode::kCallError, RejectCode::kDecodeFailed}) {
    if (to_string(code) == name) {
      return code;
    }
  }
  return RejectCode::kNone;
}

VariableDiff read_diff(const Reader& json) {
  return {json.text("canister"), json.text("variable"), json.text("before"), json.text("after")};
}

TraceSend read_send(const Reader& json) {
  TraceSend send;
  send.call = json.text("call");
  send.callee = json.text("callee");
  send.method = json.text("method");
  send.arguments = json.text("arguments");
  send.accepted = json.flag("accepted");
  send.deferred = json.flag("deferred");
  send.one_way = json.flag("one_way");
  send.place = json.place("place");
  return send;
}

TraceResponse read_response(const Reader& json) {
  TraceResponse response;
  response.call = json.text("call");
  response.to = json.text("to");
  response.replied = json.flag("replied");
  response.code = code_named(json.text("code"));
  response.value = json.text("value");
  response.injected = json.flag("injected");
  return response;
}

TraceAccess read_access(const Reader& json) {
  TraceAccess access;
  access.variable = json.text("variable");
  access.kind = json.word("kind", internal::kAccessWords).value_or(Access::Kind::kTold);
  access.value = json.text("value");
  access.place = json.place("place");
  return access;
}

TraceAlternative read_alternative(const Reader& json) {
  return {json.text("event"), json.text("verdict"), json.text("property"), json.number("after")};
}

TraceProperty read_property(const Reader& json) {
  return {json.text("name"), json.text("kind"), json.list("changes", [](const Reader& change) {
            return TraceJudgement{change.number("step"), change.text("is"), change.text("why")};
          })};
}

TraceStep read_step(const Reader& json) {
  TraceStep step;
  step.number = json.number("number");
  step.event = json.text("event");
  step.kind = json.word("kind", internal::kEventWords).value_or(EventKind::kStartIngress);
  step.is_fault = json.flag("fault");
  step.lane = json.text("lane");
  step.call = json.text("call");
  step.method = json.text("method");
  step.arguments = json.text("arguments");
  step.segment = static_cast<std::uint32_t>(json.number("segment"));
  step.delivered = json.text("delivered");
  step.delivered_call = json.text("delivered_call");
  step.ran = json.text("ran");
  step.ended = json.text("ended");
  step.trap = json.text("trap");
  step.awaiting = json.text("awaiting");
  step.await_place = json.place("await_place");
  step.committed = json.flag("committed");
  step.rolled_back = json.flag("rolled_back");
  step.kept_writes = json.flag("kept_writes");
  step.cleanup_ran = json.flag("cleanup_ran");
  step.gone = json.flag("gone");
  step.sends = json.list("sends", read_send);
  step.responses = json.list("responses", read_response);
  step.diffs = json.list("diffs", read_diff);
  step.accesses = json.list("accesses", read_access);
  step.notes = json.texts("notes");
  step.enabled = json.texts("enabled");
  step.enabled_count = json.number("enabled_count");
  step.alternatives = json.list("alternatives", read_alternative);
  return step;
}

TraceCall read_call(const Reader& json) {
  return {json.text("name"),   json.text("parent"),    json.text("caller"), json.text("canister"),
          json.text("method"), json.text("arguments"), json.text("result")};
}

Race read_race(const Reader& json) {
  Race race;
  race.pattern = json.text("pattern");
  race.variable = json.text("variable");
  race.declared = json.flag("declared");
  race.call = json.text("call");
  race.intruder = json.text("intruder");
  race.awaited = json.text("awaited");
  race.await_place = json.place("await_place");
  race.told_step = json.number("told_step");
  race.intruder_step = json.number("intruder_step");
  race.write_step = json.number("write_step");
  race.told_place = json.place("told_place");
  race.intruder_place = json.place("intruder_place");
  race.write_place = json.place("write_place");
  race.sentence = json.text("sentence");
  return race;
}

TraceTried read_tried(const Reader& json) {
  TraceTried tried;
  tried.kind = json.word("kind", internal::kTriedWords).value_or(TraceTried::Kind::kUser);
  tried.came = json.word("came", internal::kCameWords).value_or(TraceTried::Came::kNotEstablished);
  tried.what = json.text("what");
  return tried;
}

/// What a trace and its sibling have in common.
void read_story(const Reader& json, Trace& trace) {
  trace.calls = json.list("calls", read_call);
  trace.steps = json.list("steps", read_step);
  trace.final_variables = json.list("final_variables", read_diff);
}

StoredTrace stored_in(const Reader& reader) {
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

}  // namespace

StoredTrace read_trace(std::string_view text, std::string_view file) {
  const Json json = parsed(text, file);
  return stored_in(Reader(file, json));
}

Trace read_whole_trace(std::string_view text, std::string_view file) {
  const Json json = parsed(text, file);
  const Reader reader(file, json);
  const StoredTrace stored = stored_in(reader);
  Trace trace;
  trace.scenario = stored.scenario;
  trace.description = reader.text("description");
  trace.profile = stored.profile;
  trace.verdict = stored.verdict;
  trace.property = stored.property;
  trace.property_kind = stored.property_kind;
  if (reader.has_object("property")) {
    trace.why = reader.inside("property").text("why");
    trace.violated_step = reader.inside("property").number("step");
  }
  trace.repeats_from = reader.number("repeats_from");
  trace.critical_step = reader.number("critical_step");
  trace.never_passes = reader.flag("never_passes");
  trace.minimality = stored.minimality;
  trace.strategy = stored.strategy;
  trace.seed = stored.seed;
  trace.repro = reader.text("repro");
  trace.settings = stored.settings;
  trace.canisters = reader.texts("canisters");
  trace.users = reader.texts("users");
  read_story(reader, trace);
  trace.races = reader.list("races", read_race);
  trace.tried = reader.list("tried", read_tried);
  trace.divergences = reader.texts("divergences");
  trace.wait_for = reader.texts("wait_for");
  trace.properties = reader.list("properties", read_property);
  trace.next = reader.list("next", read_alternative);
  if (reader.has_object("sibling")) {
    const Reader inside = reader.inside("sibling");
    auto sibling = std::make_shared<Trace>();
    sibling->scenario = trace.scenario;
    sibling->canisters = trace.canisters;
    sibling->users = trace.users;
    read_story(inside, *sibling);
    trace.sibling =
        TraceSibling{inside.number("differences"), std::move(sibling), inside.text("sentence")};
  }
  return trace;
}

}  // namespace heddle
