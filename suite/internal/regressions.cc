#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include <heddle/checker/liveness.h>
#include <heddle/checker/replay.h>
#include <heddle/model/view.h>
#include <heddle/suite/internal/file_name.h>
#include <heddle/suite/internal/gone_on_with.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/suite/internal/regressions.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/json.h>

namespace heddle::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".trace.json";

/// All files of ours in the folder, sorted.
std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().filename().string().ends_with(kEnding)) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

StoredTrace stored_in(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open()) {
    throw Misuse(fmt::format("{}: {}", file.string(), std::strerror(errno)));
  }
  StoredTrace stored = read_trace(text, file.string());
  if (stored.property.empty() || stored.schedule.empty()) {
    throw Misuse(fmt::format("{}: it is a trace on which nothing fails", file.string()));
  }
  return stored;
}

Regression damaged(const fs::path& file, const Misuse& why) {
  std::string text = why.what();
  // The sentence stands behind the file's name.
  if (const std::string prefix = file.string() + ": "; text.starts_with(prefix)) {
    text.erase(0, prefix.size());
  }
  return {Regression::State::kDamaged,
          file.string(),
          {},
          {},
          fmt::format("damaged, and left alone: {}", text)};
}

/// What of a trace is needed to replay it. The rest comes out of the replay, and would only make
/// the file large and its changes unreadable.
Trace needed_of(const Trace& trace) {
  Trace needed;
  needed.scenario = trace.scenario;
  needed.profile = trace.profile;
  needed.verdict = trace.verdict;
  needed.property = trace.property;
  needed.property_kind = trace.property_kind;
  needed.why = trace.why;
  needed.violated_step = trace.violated_step;
  needed.repeats_from = trace.repeats_from;
  needed.minimality = trace.minimality;
  needed.strategy = trace.strategy;
  needed.seed = trace.seed;
  needed.settings = trace.settings;
  for (const TraceStep& step : trace.steps) {
    TraceStep event;
    event.number = step.number;
    event.event = step.event;
    event.kind = step.kind;
    needed.steps.push_back(std::move(event));
  }
  return needed;
}

/// As flags, for people.
std::string settings_text(const StoredTrace& stored) {
  return fmt::format("--profile {}{}", stored.profile, to_flags(overrides_from(stored.settings)));
}

bool declares(const Expectation& expectation, const std::string& property) {
  return expectation.verdict == ExpectedVerdict::kViolated &&
         (expectation.property.empty() || expectation.property == property);
}

/// The stored schedule as far as it still goes, and where that ends, on to quiescence.
struct Followed {
  ScheduleText schedule;
  std::vector<Divergence> divergences;
};

Followed follow(Kernel& kernel, const Claims& claims, const ScheduleText& schedule) {
  Stepper stepper(kernel);
  Replayed replayed = replay(stepper, schedule, ReplayMode::kLenient);
  if (failure_of_run(kernel, claims, replayed.schedule)) {
    return {to_text(kernel, replayed.schedule), std::move(replayed.divergences)};
  }
  return {gone_on_with(to_text(kernel, replayed.schedule), kernel),
          std::move(replayed.divergences)};
}

void judge(Regression& regression, const Trace& trace, const std::vector<Divergence>& divergences,
           const Expectation& expectation) {
  const std::string before = std::exchange(regression.property, trace.property);
  const std::string left = divergences.empty()
                               ? std::string()
                               : fmt::format(": event {}, \"{}\", is not possible there any more",
                                             divergences.front().line, divergences.front().wanted);
  if (trace.property.empty()) {
    regression.property = before;
    regression.state =
        divergences.empty() ? Regression::State::kFixed : Regression::State::kNotApplicable;
    regression.sentence = divergences.empty()
                              ? fmt::format("fixed: \"{}\" holds on this schedule", before)
                              : fmt::format("no longer applicable{}; nothing fails", left);
    return;
  }
  const std::string where =
      fmt::format("\"{}\" is violated by event {}", trace.property, trace.violated_step);
  if (declares(expectation, trace.property)) {
    regression.state = Regression::State::kDeclared;
    regression.sentence = fmt::format("still fails, as the scenario declares: {}", where);
    return;
  }
  regression.state = Regression::State::kStillFails;
  const std::string otherwise =
      trace.property == before ? std::string() : fmt::format("; before, \"{}\" was", before);
  regression.sentence = fmt::format("still fails: {}{}{}", where, otherwise,
                                    left.empty() ? "" : fmt::format(" (left{})", left));
}

}  // namespace

Regressions::Regressions(const std::string& scenario) : folder_(kFolder) {
  if (names_scenario_file(scenario)) {
    folder_ = (fs::path(scenario).parent_path() / kFolder).string();
  }
}

std::vector<Regression> Regressions::replay(const RegisteredScenario& scenario,
                                            const ScenarioOverrides& overrides) const {
  std::vector<Regression> regressions;
  const std::string beginning = file_name(scenario.name()) + "-";
  for (const fs::path& file : files_in(folder_)) {
    if (!file.filename().string().starts_with(beginning)) {
      continue;
    }
    try {
      const StoredTrace stored = stored_in(file);
      if (stored.scenario != scenario.name()) {
        continue;
      }
      Regression regression{{}, file.string(), stored.scenario, stored.property, {}};
      // A kernel of its own: what it remembers must not be counted to the search.
      PreparedScenario prepared = prepare(scenario, overrides);
      if (stored.profile != to_string(prepared.setup.profile) ||
          stored.settings != settings_of(overrides)) {
        regression.state = Regression::State::kOtherSettings;
        regression.sentence =
            fmt::format("not replayed: it was found with {}", settings_text(stored));
      } else {
        const Followed followed = follow(*prepared.kernel, prepared.setup.claims, stored.schedule);
        CheckRequest request;
        request.compares = false;
        const Trace trace =
            replay_prepared(prepared, followed.schedule, {}, ReplayMode::kStrict, request);
        judge(regression, trace, followed.divergences, prepared.setup.expectation);
      }
      regressions.push_back(std::move(regression));
    } catch (const Misuse& misuse) {
      regressions.push_back(damaged(file, misuse));
    }
  }
  return regressions;
}

std::optional<std::string> Regressions::keep(const Report& report, const Expectation& expectation,
                                             const std::vector<Regression>& known) const {
  if (!report.trace || declares(expectation, report.verdict.property) ||
      report.trace->steps.empty()) {
    return std::nullopt;
  }
  const bool is_known = std::ranges::any_of(known, [&](const Regression& regression) {
    return regression.state == Regression::State::kStillFails &&
           regression.property == report.verdict.property;
  });
  if (is_known) {
    return std::nullopt;
  }
  const std::string text = to_json(needed_of(*report.trace));
  const std::string file =
      fmt::format("{}/{}-{:08x}{}", folder_, file_name(report.name), hash(text), kEnding);
  const std::string unfinished = fmt::format("{}.{}", file, ::getpid());
  std::error_code failed;
  fs::create_directories(folder_, failed);
  std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (stream) {
    fs::rename(unfinished, file, failed);
  } else if (!failed) {
    failed = std::error_code(errno, std::generic_category());
  }
  if (failed) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    return fmt::format("the failing schedule could not be stored as {}: {}", file,
                       failed.message());
  }
  return fmt::format("the failing schedule is stored as {}, which the next run replays first",
                     file);
}

std::vector<Regression> Regressions::list(const std::string& pattern) const {
  std::vector<Regression> regressions;
  for (const fs::path& file : files_in(folder_)) {
    try {
      StoredTrace stored = stored_in(file);
      if (matches(pattern, stored.scenario)) {
        regressions.push_back({Regression::State::kStored,
                               file.string(),
                               std::move(stored.scenario),
                               std::move(stored.property),
                               {}});
      }
    } catch (const Misuse& misuse) {
      regressions.push_back(damaged(file, misuse));
    }
  }
  return regressions;
}

bool still_fails(const std::vector<Regression>& regressions) {
  return std::ranges::any_of(regressions, [](const Regression& regression) {
    return regression.state == Regression::State::kStillFails;
  });
}

}  // namespace heddle::internal
