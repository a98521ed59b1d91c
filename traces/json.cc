#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/internal/json_words.h>
#include <heddle/traces/json.h>

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;
using internal::word_of;

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
      .set("kind", word_of(internal::kAccessWords, access.kind))
      .text("value", access.value)
      .place("place", access.place)
      .take();
}

Json alternative_json(const TraceAlternative& alternative) {
  return Object()
      .set("event", alternative.event)
      .text("verdict", alternative.verdict)
      .text("property", alternative.property)
      .number("after", alternative.after)
      .take();
}

Json judgement_json(const TraceJudgement& judgement) {
  return Object()
      .set("step", judgement.step)
      .set("is", judgement.is)
      .text("why", judgement.why)
      .take();
}

Json property_json(const TraceProperty& property) {
  return Object()
      .set("name", property.name)
      .text("kind", property.kind)
      .always("changes", property.changes, judgement_json)
      .take();
}

Json step_json(const TraceStep& step) {
  return Object()
      .set("number", step.number)
      .set("event", step.event)
      .set("kind", word_of(internal::kEventWords, step.kind))
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
      .flag("kept_writes", step.kept_writes)
      .flag("cleanup_ran", step.cleanup_ran)
      .flag("gone", step.gone)
      .list("sends", step.sends, send_json)
      .list("responses", step.responses, response_json)
      .list("diffs", step.diffs, diff_json)
      .list("accesses", step.accesses, access_json)
      .list("notes", step.notes, text_json)
      .list("enabled", step.enabled, text_json)
      .number("enabled_count", step.enabled_count)
      .list("alternatives", step.alternatives, alternative_json)
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
      .place("await_place", race.await_place)
      .number("told_step", race.told_step)
      .number("intruder_step", race.intruder_step)
      .number("write_step", race.write_step)
      .place("told_place", race.told_place)
      .place("intruder_place", race.intruder_place)
      .place("write_place", race.write_place)
      .text("sentence", race.sentence)
      .take();
}

Json tried_json(const TraceTried& tried) {
  return Object()
      .set("kind", word_of(internal::kTriedWords, tried.kind))
      .set("came", word_of(internal::kCameWords, tried.came))
      .set("what", tried.what)
      .take();
}

/// What a reader needs to see the other schedule beside the failing one; all else is a replay away.
Json sibling_json(const TraceSibling& sibling) {
  const auto brief_step = [](const TraceStep& step) {
    Json json = step_json(step);
    for (const char* name : {"enabled", "enabled_count", "alternatives", "accesses"}) {
      json.erase(name);
    }
    return json;
  };
  return Object()
      .set("differences", sibling.differences)
      .text("sentence", sibling.sentence)
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
  document.number("repeats_from", trace.repeats_from)
      .number("critical_step", trace.critical_step)
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
      .list("tried", trace.tried, tried_json)
      .list("final_variables", trace.final_variables, diff_json)
      .list("wait_for", trace.wait_for, text_json)
      .list("divergences", trace.divergences, text_json)
      .list("properties", trace.properties, property_json)
      .list("next", trace.next, alternative_json);
  if (trace.sibling) {
    document.set("sibling", sibling_json(*trace.sibling));
  }
  return document.take();
}

}  // namespace

std::string to_json(const Trace& trace) {
  return document_json(trace).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_compact_json(const Trace& trace) {
  return document_json(trace).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace heddle
