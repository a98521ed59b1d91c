#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/model/view.h>
#include <heddle/suite/internal/explorer.h>
#include <heddle/suite/internal/gone_on_with.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/export/formats.h>
#include <heddle/traces/html.h>
#include <heddle/traces/json.h>
#include <heddle/traces/report.h>

namespace heddle::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kEventsMax = 10'000;

/// What is asked makes no sense.
class BadRequest : public std::exception {
 public:
  BadRequest(int status, std::string text) : status_(status), text_(std::move(text)) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
  std::string text_;
};

std::string to_string(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json read(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    throw BadRequest(400, "expected an object in JSON");
  }
  return json;
}

ScheduleText schedule_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) {
    return {};
  }
  const bool is_schedule = found->is_array() && std::ranges::all_of(*found, [](const Json& event) {
                             return event.is_string();
                           });
  if (!is_schedule || found->size() > kEventsMax) {
    throw BadRequest(400,
                     fmt::format("\"{}\": expected a list of at most {} events", name, kEventsMax));
  }
  return found->get<ScheduleText>();
}

bool flag_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) {
    throw BadRequest(400, fmt::format("\"{}\": expected a text", name));
  }
  return found->get<std::string>();
}

Json outcomes_in(const Verdict& verdict) {
  Json list = Json::array();
  for (const auto& [set, witnesses] : verdict.outcomes) {
    for (const OutcomeWitness& witness : witnesses) {
      list.push_back({{"set", set}, {"value", witness.value}, {"schedule", witness.schedule}});
    }
  }
  return list;
}

/// Throws Misuse when the code does something else the second time.
void require_deterministic(const ScheduleText& schedule, Kernel& kernel) {
  Stepper stepper(kernel, {.recheck_every = 1});
  replay(stepper, schedule, ReplayMode::kStrict);
  replay(stepper, schedule, ReplayMode::kStrict);
}

}  // namespace

Explorer::Explorer(RegisteredScenario scenario, ScenarioOverrides overrides,
                   ExplorerOptions options)
    : scenario_(std::move(scenario)),
      overrides_(std::move(overrides)),
      options_(std::move(options)) {
  replays_.scenario = prepare(scenario_, overrides_);
  comparisons_.scenario = prepare(scenario_, overrides_);
}

HttpResponse Explorer::answer(std::string_view inside, const HttpRequest& request) {
  try {
    const bool posts = request.method == "POST";
    if (inside.empty() && !posts) {
      return {.type = "text/html; charset=utf-8", .body = page()};
    }
    if (inside == "replay" && posts) {
      return {.body = replay(request.body)};
    }
    if (inside == "check" && posts) {
      return {.body = check()};
    }
    if (inside == "stop" && posts) {
      stop_check();
      return {.body = "{}"};
    }
    if (inside == "export" && posts) {
      return {.body = export_as(request.body)};
    }
    if (inside == "save" && posts) {
      return {.body = save(request.body)};
    }
    return http_error(404, "there is nothing here");
  } catch (const BadRequest& bad) {
    return http_error(bad.status(), bad.what());
  } catch (const Misuse&) {
    // Of the schedule, or undefined use in canister code: what the command line says, too.
    return http_error(422, failed_by_current_exception().text);
  } catch (...) {
    return http_error(500, failed_by_current_exception().text);
  }
}

/// What is thrown leaves a scenario behind of which nothing is known, so it is made anew.
template <class Use>
auto Explorer::at(Desk& desk, const Use& use) {
  const std::lock_guard lock(desk.mutex);
  try {
    return use(desk.scenario);
  } catch (...) {
    desk.scenario = prepare(scenario_, overrides_);
    throw;
  }
}

void Explorer::close() {
  closed_ = true;
  stopped_ = true;
}

std::string Explorer::page() const {
  Json formats = Json::array();
  for (const ExportFormat& format : export_formats()) {
    formats.push_back({{"name", format.name}, {"help", format.help}});
  }
  Json about{{"scenario", scenario_.name()}, {"begin", options_.begin}, {"formats", formats}};
  if (options_.file) {
    about["file"] = *options_.file;
  }
  return to_live_html(scenario_.name(), to_string(about));
}

std::string Explorer::replay(const std::string& body) {
  const Json asked = read(body);
  ScheduleText schedule = schedule_in(asked, "schedule");
  const ScheduleText then = schedule_in(asked, "then");
  CheckRequest request = options_.check;
  request.compares = flag_in(asked, "compares");
  request.for_page = true;
  return at(request.compares ? comparisons_ : replays_, [&](PreparedScenario& scenario) {
    if (!then.empty() || flag_in(asked, "to_end")) {
      schedule = gone_on_with(schedule, *scenario.kernel, then);
    }
    request.replayable = !schedule.empty();
    const Trace trace = replay_prepared(scenario, schedule, {}, ReplayMode::kStrict, request);
    require_deterministic(schedule, *scenario.kernel);
    return to_compact_json(trace);
  });
}

std::string Explorer::check() {
  const std::unique_lock lock(check_, std::try_to_lock);
  if (!lock) {
    throw BadRequest(409, "a check is running already");
  }
  stopped_ = false;
  if (closed_) {
    stopped_ = true;
  }
  PreparedScenario scenario = prepare(scenario_, overrides_);
  CheckRequest request = options_.check;
  request.options.interrupted = &stopped_;
  request.compares = false;
  const Report report = check_prepared(scenario, request);
  const Verdict& verdict = report.verdict;
  TextOptions options;
  options.width = TextOptions::kWidthDefault;
  Json answer{{"verdict", heddle::to_string(verdict.answered)},
              {"text", to_text(report, options)},
              {"outcomes", outcomes_in(verdict)}};
  if (verdict.answered == Answered::kViolated) {
    answer["property"] = verdict.property;
    answer["why"] = verdict.why;
    if (report.trace) {
      answer["schedule"] = verdict.schedule;
    }
  }
  return to_string(answer);
}

Trace Explorer::trace_of(const ScheduleText& schedule) {
  CheckRequest request = options_.check;
  request.compares = !schedule.empty();
  request.replayable = !schedule.empty();
  return at(comparisons_, [&](PreparedScenario& scenario) {
    return replay_prepared(scenario, schedule, {}, ReplayMode::kStrict, request);
  });
}

std::string Explorer::export_as(const std::string& body) {
  const Json asked = read(body);
  const ExportFormat* format = find_export_format(text_in(asked, "format"));
  if (format == nullptr) {
    throw BadRequest(400, "\"format\": there is none of that name");
  }
  TextOptions options;
  options.width = TextOptions::kWidthDefault;
  options.lines_max = 0;
  return to_string({{"text", format->write(trace_of(schedule_in(asked, "schedule")), options)}});
}

std::string Explorer::save(const std::string& body) {
  const Json asked = read(body);
  if (!options_.file) {
    throw BadRequest(404, "no file was named: heddle explore ... --save FILE");
  }
  write_file(*options_.file, to_json(trace_of(schedule_in(asked, "schedule"))));
  return to_string({{"file", *options_.file}});
}

}  // namespace heddle::internal
