#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/checkpoint_file.h>
#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/suite/internal/progress_line.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/suite/scenario_file.h>
#include <heddle/traces/source_place.h>

namespace heddle::internal {
namespace {

[[noreturn]] void refuse_name(const CommandLine& line, const std::string& name) {
  std::vector<std::string> names;
  for (const RegisteredScenario* scenario : Registry::instance().all()) {
    names.push_back(scenario->name());
  }
  const std::string list = fmt::format("\nSee '{} list'.", line.program);
  if (names.empty()) {
    throw WrongUsage(
        "this suite has no scenarios; write one with HEDDLE_SCENARIO and link its file");
  }
  if (name.find('*') != std::string::npos) {
    throw WrongUsage(fmt::format("no scenario's name matches '{}'{}", name, list));
  }
  const std::vector<std::string> near = nearest(name, names);
  // An unquoted * becomes the files of the folder before this program sees it.
  const bool is_file = std::ifstream(name).good();
  throw WrongUsage(
      fmt::format("no scenario is named '{}'{}{}", name,
                  !near.empty() ? fmt::format("; did you mean {}?", fmt::join(near, " or "))
                  : is_file     ? "; it is a file: was a * meant as a pattern? Then quote it: '*'"
                                : "; a pattern has a *, as in 'withdraw/*'",
                  list));
}

/// Where in canister code it happened, if that is known and not said yet.
std::string place_of(const Misuse& misuse) {
  if (misuse.site() == nullptr) {
    return {};
  }
  SourcePlaces places;
  const SourcePlace& place = places[misuse.site()];
  const std::string text = fmt::format("{}:{}", place.file, place.line);
  const bool is_said = std::string_view(misuse.what()).find(text) != std::string_view::npos;
  return place.line == 0 || is_said ? std::string() : fmt::format("\n  at {}", text);
}

}  // namespace

bool can_happen(const System& system, const FaultName& fault) {
  const auto is_silent = [](const Installed& canister) { return canister.environment; };
  const auto beats = [](const Installed& canister) {
    return !canister.environment &&
           canister.program->info().task(MethodKind::kHeartbeat) != Send::kNoMethod;
  };
  if (fault.budget == &Faults::environment_silence) {
    return std::ranges::any_of(system.canisters, is_silent);
  }
  return fault.budget != &Faults::heartbeats || std::ranges::any_of(system.canisters, beats);
}

int worst(const std::vector<int>& codes) {
  constexpr std::array kOrder = {kInternalCode, kMisuseCode,     kUsageCode,
                                 kViolatedCode, kIncompleteCode, kVerifiedCode};
  for (const int code : kOrder) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) {
      return code;
    }
  }
  return kVerifiedCode;
}

Failed failed_by_current_exception() {
  try {
    throw;
  } catch (const WrongUsage& usage) {
    return {kUsageCode, usage.what()};
  } catch (const Misuse& misuse) {
    return {kMisuseCode, misuse.what() + place_of(misuse)};
  } catch (const BrokenInvariant& broken) {
    return {kInternalCode, broken.what()};
  } catch (const std::bad_alloc&) {
    return {kInternalCode, "out of memory; set a bound with --max-memory"};
  } catch (const std::exception& other) {
    return {kInternalCode, fmt::format("internal error: {}", other.what())};
  } catch (...) {
    return {kInternalCode, "internal error: an exception of unknown type"};
  }
}

TextOptions text_options(const CommandLine& line, const Console& console) {
  TextOptions options;
  options.width = line.view.width;
  if (options.width == 0 && !console.out_is_terminal) {
    options.width = TextOptions::kWidthDefault;
  }
  options.ascii = line.view.ascii;
  // https://no-color.org
  const char* no_color = std::getenv("NO_COLOR");
  const bool wanted = console.out_is_terminal && (no_color == nullptr || *no_color == '\0');
  options.color =
      line.view.color == ColorChoice::kAlways || (line.view.color == ColorChoice::kAuto && wanted);
  return options;
}

std::vector<RegisteredScenario> selected(const CommandLine& line) {
  std::vector<RegisteredScenario> scenarios;
  const auto add = [&](const RegisteredScenario& scenario) {
    if (std::ranges::find(scenarios, scenario.name(), &RegisteredScenario::name) ==
        scenarios.end()) {
      scenarios.push_back(scenario);
    }
  };
  for (const std::string& pattern : line.names) {
    const auto matching = Registry::instance().matching(pattern);
    for (const RegisteredScenario* scenario : matching) {
      add(*scenario);
    }
    if (names_scenario_file(pattern)) {
      add(read_scenario_file(pattern));
    } else if (matching.empty()) {
      refuse_name(line, pattern);
    }
  }
  return scenarios;
}

RegisteredScenario selected_one(const CommandLine& line) {
  std::vector<RegisteredScenario> scenarios = selected(line);
  if (scenarios.size() != 1) {
    throw WrongUsage(fmt::format("'{}' matches {} scenarios, and this needs one\nSee '{} list'.",
                                 fmt::join(line.names, " "), scenarios.size(), line.program));
  }
  return std::move(scenarios.front());
}

bool takes(const RegisteredScenario& scenario,
           const std::map<std::string, std::int64_t>& parameters, const std::string& name) {
  return scenario.takes ? scenario.takes(name) : parameters.contains(name);
}

ScenarioOverrides overrides_for(const CommandLine& line, const RegisteredScenario& scenario,
                                bool lenient) {
  ScenarioOverrides overrides = line.overrides;
  if (overrides.parameters.empty() && overrides.without.empty() && overrides.numbers.empty()) {
    return overrides;
  }
  const auto known = prepare(scenario).setup.parameters;
  if (lenient) {
    std::erase_if(overrides.parameters,
                  [&](const auto& parameter) { return !takes(scenario, known, parameter.first); });
  }
  try {
    prepare(scenario, overrides);
  } catch (const Misuse& misuse) {
    // The scenario makes sense without what the line sets, so the line is to blame.
    throw WrongUsage(misuse.what());
  }
  return overrides;
}

bool draws_page(const CommandLine& line) {
  return line.html || (line.verb == Verb::kExport && line.format == "html");
}

Report checked(PreparedScenario& scenario, const CommandLine& line, const Console& console) {
  CheckRequest request;
  request.options = line.options;
  request.strategy = line.strategy;
  if (line.verb == Verb::kSample && !request.strategy &&
      scenario.setup.procedure.kind != Procedure::Kind::kOneSchedule) {
    request.strategy = Strategy::kPortfolio;
  }
  request.schedules = line.schedules;
  request.program = line.program;
  request.trace_file = line.trace;
  request.for_page = draws_page(line);
  const Interrupt interrupt;
  request.options.interrupted = Interrupt::flag();
  TextOptions width;
  width.width = line.view.width;
  ProgressLine progress(console.err, console.err_is_terminal, scenario.name, text_width(width));
  request.options.progress = [&progress](const Progress& now) { progress.show(now); };
  const bool is_compiled = std::ranges::any_of(
      scenario.setup.system.canisters,
      [](const Installed& canister) { return canister.program->info().candid; });
  if (is_compiled && !line.options.checkpoint.file.empty()) {
    throw WrongUsage(
        "--checkpoint does not go together with compiled canisters: a checkpoint does not hold "
        "their memory");
  }
  if (line.no_checkpoint || is_compiled) {
    return check_prepared(scenario, request);
  }
  const CheckpointFile checkpoint(scenario, request);
  request.options.checkpoint.tell = [&](const std::string& text) {
    progress.say(fmt::format("{}: {}", message_prefix(line.program, line.verb), text));
  };
  checkpoint.set(request.options.checkpoint);
  return check_prepared(scenario, request);
}

void write_file(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    throw WrongUsage(fmt::format("cannot write {}: {}; name a file in a folder that exists",
                                 shell_word(file), std::strerror(errno)));
  }
}

}  // namespace heddle::internal
