#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/verb_parser.h>
#include <heddle/traces/text_options.h>

namespace heddle::internal {
namespace {

constexpr std::uint64_t kThreadsMax = 1024;
constexpr std::uint64_t kBudgetMax = 100;

double seconds(const Place& place, const std::string& flag, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0)) {
    place.refuse(fmt::format("{} takes a number of seconds above 0, not '{}'", flag, text));
  }
  return value;
}

std::uint64_t bytes(const Place& place, const std::string& flag, const std::string& text) {
  static const std::map<std::string, unsigned> kShifts = {
      {"", 0},    {"B", 0},    {"K", 10}, {"KB", 10}, {"KIB", 10}, {"M", 20},
      {"MB", 20}, {"MIB", 20}, {"G", 30}, {"GB", 30}, {"GIB", 30}};
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(end, text.data() + text.size());
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto shift = kShifts.find(unit);
  if (error != std::errc() || shift == kShifts.end() || value == 0 ||
      value > (std::numeric_limits<std::uint64_t>::max() >> shift->second)) {
    place.refuse(fmt::format("{} takes a size such as 500M or 2G, not '{}'", flag, text));
  }
  return value << shift->second;
}

/// Runs a conversion of a layer below, whose Misuse is a wrong usage when it stands in a flag.
template <typename Convert>
auto converted(const Place& place, const std::string& flag, const std::string& text,
               Convert convert) {
  try {
    return convert(text);
  } catch (const Misuse& misuse) {
    place.refuse(fmt::format("{} {}: {}", flag, text, misuse.what()));
  }
}

std::pair<std::string, std::string> setting(const Place& place, const std::string& text,
                                            std::string_view flag, std::string_view example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    place.refuse(fmt::format("{} takes NAME=VALUE, such as {}, not '{}'", flag, example, text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <class Names>
std::string listed(const Names& names) {
  std::vector<std::string> texts;
  for (const auto& known : names) {
    texts.push_back(fmt::format("{} ({})", known.name, known.what));
  }
  return fmt::format("{}", fmt::join(texts, ",\n"));
}

template <class Names>
void require_known(const Place& place, const std::string& name, const Names& names,
                   std::string_view flag) {
  std::vector<std::string> known;
  for (const auto& each : names) {
    known.emplace_back(each.name);
  }
  if (std::ranges::find(known, name) == known.end()) {
    place.refuse(fmt::format("{} takes one of {}, not '{}'", flag, fmt::join(known, ", "), name));
  }
}

}  // namespace

std::string base_name(const std::string& program) {
  return program.substr(program.find_last_of('/') + 1);
}

std::string Place::text() const {
  return verb.empty() ? program : fmt::format("{} {}", program, verb);
}

void Place::refuse(const std::string& why) const {
  throw WrongUsage(fmt::format("{}: {}\nSee '{} --help'.", base_name(text()), why, text()));
}

std::uint64_t number(const Place& place, const std::string& flag, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    place.refuse(fmt::format("{} takes a whole number from 0 to {}, not '{}'", flag,
                             std::numeric_limits<std::uint64_t>::max(), text));
  }
  return value;
}

VerbParser::VerbParser(Place place, CLI::App& app, CommandLine& line)
    : place_(std::move(place)), app_(app), line_(line) {
  app_.option_defaults()->take_last();
}

void VerbParser::text(const std::string& flag, const std::string& kind, const std::string& help,
                      std::function<void(const std::string&)> use) {
  app_.add_option_function<std::string>(flag, std::move(use), help)->type_name(kind);
}

void VerbParser::names(const std::string& name, const std::string& help, bool required,
                       bool several) {
  CLI::Option* option = app_.add_option(name, line_.names, help)->type_name("");
  option->take_all()->required(required);
  several_ = several;
}

void VerbParser::check_names() const {
  if (!several_ && line_.names.size() > 1) {
    place_.refuse(fmt::format("'{}' is one argument too many", line_.names[1]));
  }
}

void VerbParser::view() {
  text("--width", "COLUMNS", "width of views (the terminal's, else 100)",
       [this](const std::string& value) {
         line_.view.width = number(place_, "--width", value);
         if (line_.view.width < TextOptions::kWidthMin) {
           place_.refuse(fmt::format(
               "--width takes at least {} columns, not {}; nothing readable fits into less",
               TextOptions::kWidthMin, value));
         }
       });
  app_.add_flag("--ascii", line_.view.ascii, "nothing but ASCII characters");
  text("--color", "WHEN", "auto, always or never; auto is: on a terminal",
       [this](const std::string& value) {
         static const std::map<std::string, ColorChoice> kChoices = {
             {"auto", ColorChoice::kAuto},
             {"always", ColorChoice::kAlways},
             {"never", ColorChoice::kNever}};
         const auto choice = kChoices.find(value);
         if (choice == kChoices.end()) {
           place_.refuse(fmt::format("--color takes auto, always or never, not '{}'", value));
         }
         line_.view.color = choice->second;
       });
}

void VerbParser::changes() {
  text("--profile", "NAME", "faults of the environment: happy, safety, strict-spec, ops or replica",
       [this](const std::string& value) {
         line_.overrides.profile = converted(place_, "--profile", value,
                                             [](const auto& name) { return profile_from(name); });
       });
  app_.add_option_function<std::vector<std::string>>(
          "--set",
          [this](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
              const auto [name, text] = setting(place_, value, "--set", "users=3");
              line_.overrides.parameters.insert_or_assign(name, text);
            }
          },
          "sets a parameter of the scenario, or a part of a scenario file (user.alice.calls); "
          "may be "
          "repeated")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->expected(1);
  app_.add_option_function<std::vector<std::string>>(
          "--weaken",
          [this](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
              require_known(place_, value, guarantee_names(), "--weaken");
              line_.overrides.weakened.push_back(value);
            }
          },
          fmt::format("gives up a guarantee: {}; may be repeated", listed(guarantee_names())))
      ->type_name("GUARANTEE")
      ->take_all()
      ->expected(1);
  app_.add_option_function<std::vector<std::string>>(
          "--allow",
          [this](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
              const std::size_t equals = std::min(value.find('='), value.size());
              const std::string name = value.substr(0, equals);
              require_known(place_, name, fault_names(), "--allow");
              const std::uint64_t budget =
                  equals == value.size() ? 1 : number(place_, "--allow", value.substr(equals + 1));
              if (budget > kBudgetMax) {
                place_.refuse(
                    fmt::format("--allow takes a budget up to {}, not {}", kBudgetMax, budget));
              }
              line_.overrides.allowed[name] = static_cast<int>(budget);
            }
          },
          fmt::format("lets the environment do so N times (1), whatever the profile says:\n{}",
                      listed(fault_names())))
      ->type_name("FAULT[=N]")
      ->take_all()
      ->expected(1);
  app_.add_option_function<std::vector<std::string>>(
          "--without",
          [this](const std::vector<std::string>& values) {
            line_.overrides.without.insert(values.begin(), values.end());
          },
          "leaves out a user, or one call of a user (alice#2); may be repeated")
      ->type_name("WHO")
      ->take_all()
      ->expected(1);
  app_.add_option_function<std::vector<std::string>>(
          "--number",
          [this](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
              const auto [place, text] = setting(place_, value, "--number", "alice#1.1=30");
              line_.overrides.numbers.insert_or_assign(place, text);
            }
          },
          "sets a number in the arguments of a user's call: alice#1.2 is the second one of\n"
          "alice's first call; may be repeated")
      ->type_name("PLACE=N")
      ->take_all()
      ->expected(1);
}

void VerbParser::shrink(bool by_default) {
  if (by_default) {
    app_.add_flag_callback(
        "--no-shrink", [this] { line_.shrink = false; },
        "shows the counterexample as it was found, with the whole scenario");
  } else {
    app_.add_flag_callback(
        "--shrink", [this] { line_.shrink = true; },
        "leaves out what the failure does not need: users, calls, faults, sizes of numbers");
  }
}

void VerbParser::strategy(const std::string& names) {
  text("--strategy", "NAME", names, [this](const std::string& value) {
    line_.strategy = converted(place_, "--strategy", value,
                               [](const auto& name) { return strategy_from(name); });
  });
}

void VerbParser::reduction() {
  text("--reduce", "NAME",
       "what an exhaustive search leaves out: none, partial-order, symmetry or all (none)",
       [this](const std::string& value) {
         line_.options.reduction = converted(place_, "--reduce", value,
                                             [](const auto& name) { return reduction_from(name); });
       });
}

void VerbParser::storage() {
  StorageOptions& storage = line_.options.storage;
  text("--storage", "NAME",
       "how exhaustive searches tell visited states apart: lossless, hash-compaction (8 bytes a\n"
       "state) or bitstate (a few bits); the last two may miss states, never verify, and say how\n"
       "likely it is (lossless)",
       [this, &storage](const std::string& value) {
         storage.kind = converted(place_, "--storage", value,
                                  [](const auto& name) { return storage_from(name); });
       });
  text("--on-memory-full", "WHAT",
       "stop, or hash-compaction: a lossless search goes on so from where it is (stop)",
       [this, &storage](const std::string& value) {
         storage.on_memory_full =
             converted(place_, "--on-memory-full", value,
                       [](const auto& name) { return on_memory_full_from(name); });
       });
}

void VerbParser::bounds() {
  CheckOptions& options = line_.options;
  text("--threads", "N", "threads (all cores)", [this, &options](const std::string& value) {
    const std::uint64_t threads = number(place_, "--threads", value);
    if (threads == 0 || threads > kThreadsMax) {
      place_.refuse(fmt::format("--threads takes 1 to {}, not {}", kThreadsMax, value));
    }
    options.threads = static_cast<unsigned>(threads);
  });
  bound("--max-states", "N", "ends the search after so many states", options.states_max);
  bound("--max-depth", "N", "no schedule longer than so many events", options.depth_max);
  text("--max-seconds", "N", "ends the search after this time",
       [this, &options](const std::string& value) {
         options.seconds_max = seconds(place_, "--max-seconds", value);
       });
  text("--max-memory", "SIZE",
       "ends the search before the process holds more, e.g. 2G (seven\neighths of what is "
       "available)",
       [this, &options](const std::string& value) {
         options.memory_bytes_max = bytes(place_, "--max-memory", value);
       });
  text("--schedules", "N", "how many schedules are sampled (10000)",
       [this](const std::string& value) {
         line_.schedules = number(place_, "--schedules", value);
         if (*line_.schedules == 0) {
           place_.refuse("--schedules takes at least 1");
         }
       });
  text("--seed", "N", "seed of the sampling (1)", [this, &options](const std::string& value) {
    options.seed = number(place_, "--seed", value);
  });
  checkpoints();
  app_.add_flag_callback(
      "--check-determinism", [&options] { options.stepper.recheck_every = 1; },
      "runs canister code again for every step and compares");
}

void VerbParser::checkpoints() {
  CheckpointOptions& checkpoint = line_.options.checkpoint;
  text("--checkpoint", "FILE",
       "where a long run is stored, and gone on with by the same command after it was\n"
       "killed (a file of its own in .heddle)",
       [&checkpoint](const std::string& value) { checkpoint.file = value; });
  text("--checkpoint-every", "SECONDS", "how often, and after how long the first time (60)",
       [this, &checkpoint](const std::string& value) {
         checkpoint.every_seconds = seconds(place_, "--checkpoint-every", value);
       });
  app_.add_flag("--no-checkpoint", line_.no_checkpoint, "begins anew, and stores nothing");
}

void VerbParser::results() {
  text("--json", "FILE", "writes verdicts as JSON; - is the standard output",
       [this](const std::string& value) { line_.json = value; });
  text("--trace", "FILE", "writes the counterexample's trace as JSON",
       [this](const std::string& value) { line_.trace = value; });
  text("--html", "FOLDER", "writes a page that explains itself for each violated scenario",
       [this](const std::string& value) { line_.html = value; });
  text("--sarif", "FILE", "writes what is wrong, by lines of the source, as SARIF 2.1.0",
       [this](const std::string& value) { line_.sarif = value; });
  app_.add_flag("--no-regressions", line_.no_regressions,
                "neither replays schedules that failed before, from .heddle, nor stores new ones");
  app_.add_flag("--expect", line_.expect, "compares with what the scenario declares; exits 0 or 1");
  app_.add_flag("--coverage", line_.options.coverage,
                "shows what was covered: methods, awaits and what ran meanwhile, rejects by call;\n"
                "exhaustive searches are slower for it, not reduced, and have no checkpoints");
  text("--require-coverage", "KINDS",
       "--coverage, and exits 1 unless all is covered of: methods (each has run), awaits (each\n"
       "was interrupted), interrupts (by each method of the canister that ran), rejects (each\n"
       "call has seen one); separated by commas",
       [this](const std::string& value) { require_coverage(value); });
}

void VerbParser::require_coverage(const std::string& text) {
  line_.options.coverage = true;
  line_.require_coverage.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string kind = text.substr(begin, end - begin);
    if (kind != "methods" && kind != "awaits" && kind != "interrupts" && kind != "rejects") {
      place_.refuse(fmt::format(
          "--require-coverage takes methods, awaits, interrupts, rejects or several of them with "
          "commas between, not '{}'",
          kind));
    }
    line_.require_coverage.push_back(kind);
    begin = end + 1;
  }
}

void VerbParser::bound(const std::string& flag, const std::string& kind, const std::string& help,
                       std::uint64_t& target) {
  text(flag, kind, help, [this, flag, &target](const std::string& value) {
    target = number(place_, flag, value);
    if (target == 0) {
      place_.refuse(fmt::format("{} takes at least 1; leave it out for no bound", flag));
    }
  });
}

}  // namespace heddle::internal
