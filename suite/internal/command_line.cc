#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/traces/export/formats.h>
#include <heddle/traces/text_options.h>

namespace heddle::internal {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 verified, 1 violated, 2 incomplete, 64 wrong usage, 65 misuse or bad input,\n"
    "70 internal error; of several scenarios the first of 70, 65, 64, 1, 2, 0.";

std::string base_name(const std::string& program) {
  return program.substr(program.find_last_of('/') + 1);
}

/// What is being parsed, for messages: "heddle check".
struct Place {
  std::string program;
  std::string verb;

  [[nodiscard]] std::string text() const {
    return verb.empty() ? program : fmt::format("{} {}", program, verb);
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw WrongUsage(fmt::format("{}: {}\nSee '{} --help'.", base_name(text()), why, text()));
  }
};

/// A whole number that is not negative. `what` says which, for the message.
std::uint64_t number(const Place& place, const std::string& flag, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    place.refuse(fmt::format("{} takes a whole number from 0 to {}, not '{}'", flag,
                             std::numeric_limits<std::uint64_t>::max(), text));
  }
  return value;
}

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

std::pair<std::string, std::string> setting(const Place& place, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    place.refuse(fmt::format("--set takes NAME=VALUE, such as users=3, not '{}'", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// The options of one verb, bound to what they fill. CLI11 splits the line; conversions are ours,
/// because its messages name neither the cause nor the next step.
class VerbParser {
 public:
  VerbParser(Place place, CLI::App& app, CommandLine& line)
      : place_(std::move(place)), app_(app), line_(line) {
    app_.option_defaults()->take_last();
  }

  void text(const std::string& flag, const std::string& kind, const std::string& help,
            std::function<void(const std::string&)> use) {
    app_.add_option_function<std::string>(flag, std::move(use), help)->type_name(kind);
  }

  void names(const std::string& name, const std::string& help, bool required, bool several) {
    CLI::Option* option = app_.add_option(name, line_.names, help)->type_name("");
    option->take_all()->required(required);
    several_ = several;
  }

  /// Call when everything is parsed.
  void check_names() const {
    if (!several_ && line_.names.size() > 1) {
      place_.refuse(fmt::format("'{}' is one argument too many", line_.names[1]));
    }
  }

  void view() {
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

  void changes() {
    text("--profile", "NAME", "faults of the environment: happy, safety or strict-spec",
         [this](const std::string& value) {
           line_.overrides.profile = converted(place_, "--profile", value,
                                               [](const auto& name) { return profile_from(name); });
         });
    app_.add_option_function<std::vector<std::string>>(
            "--set",
            [this](const std::vector<std::string>& values) {
              for (const std::string& value : values) {
                const auto [name, text] = setting(place_, value);
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
                require_known(value, guarantee_names(), "--weaken");
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
                require_known(name, fault_names(), "--allow");
                const std::uint64_t budget =
                    equals == value.size() ? 1
                                           : number(place_, "--allow", value.substr(equals + 1));
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
  }

  void strategy(const std::string& names) {
    text("--strategy", "NAME", names, [this](const std::string& value) {
      line_.strategy = converted(place_, "--strategy", value,
                                 [](const auto& name) { return strategy_from(name); });
    });
  }

  void reduction() {
    text("--reduce", "NAME",
         "what an exhaustive search leaves out: none, partial-order, symmetry or all (none)",
         [this](const std::string& value) {
           line_.options.reduction = converted(
               place_, "--reduce", value, [](const auto& name) { return reduction_from(name); });
         });
  }

  void storage() {
    StorageOptions& storage = line_.options.storage;
    text(
        "--storage", "NAME",
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

  void bounds() {
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

  void checkpoints() {
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

  void results() {
    text("--json", "FILE", "writes verdicts as JSON; - is the standard output",
         [this](const std::string& value) { line_.json = value; });
    text("--trace", "FILE", "writes the counterexample's trace as JSON",
         [this](const std::string& value) { line_.trace = value; });
    text("--html", "FOLDER", "writes a page that explains itself for each violated scenario",
         [this](const std::string& value) { line_.html = value; });
    text("--sarif", "FILE", "writes what is wrong, by lines of the source, as SARIF 2.1.0",
         [this](const std::string& value) { line_.sarif = value; });
    app_.add_flag(
        "--no-regressions", line_.no_regressions,
        "neither replays schedules that failed before, from .heddle, nor stores new ones");
    app_.add_flag("--expect", line_.expect,
                  "compares with what the scenario declares; exits 0 or 1");
    app_.add_flag(
        "--coverage", line_.options.coverage,
        "shows what was covered: methods, awaits and what ran meanwhile, rejects by call;\n"
        "exhaustive searches are slower for it, not reduced, and have no checkpoints");
    text("--require-coverage", "KINDS",
         "--coverage, and exits 1 unless all is covered of: methods (each has run), awaits (each\n"
         "was interrupted), interrupts (by each method of the canister that ran), rejects (each\n"
         "call has seen one); separated by commas",
         [this](const std::string& value) { require_coverage(value); });
  }

 private:
  static constexpr std::uint64_t kThreadsMax = 1024;
  static constexpr std::uint64_t kBudgetMax = 100;

  template <class Names>
  static std::string listed(const Names& names) {
    std::vector<std::string> texts;
    for (const auto& known : names) {
      texts.push_back(fmt::format("{} ({})", known.name, known.what));
    }
    return fmt::format("{}", fmt::join(texts, ",\n"));
  }

  template <class Names>
  void require_known(const std::string& name, const Names& names, std::string_view flag) const {
    std::vector<std::string> known;
    for (const auto& each : names) {
      known.emplace_back(each.name);
    }
    if (std::ranges::find(known, name) == known.end()) {
      place_.refuse(
          fmt::format("{} takes one of {}, not '{}'", flag, fmt::join(known, ", "), name));
    }
  }

  void require_coverage(const std::string& text) {
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

  void bound(const std::string& flag, const std::string& kind, const std::string& help,
             std::uint64_t& target) {
    text(flag, kind, help, [this, flag, &target](const std::string& value) {
      target = number(place_, flag, value);
      if (target == 0) {
        place_.refuse(fmt::format("{} takes at least 1; leave it out for no bound", flag));
      }
    });
  }

  Place place_;
  CLI::App& app_;
  CommandLine& line_;
  bool several_ = true;
};

constexpr const char* kExhaustive =
    "breadth-first (exhaustive, shortest counterexample), depth-first, dpor (exhaustive, stores\n"
    "no states: one schedule for all orders of events that commute); or one that samples:\n"
    "portfolio (random, pct, pos, urw, surw and delay in turns), any of these, or in-order";
constexpr const char* kSampled =
    "portfolio (the default: the following in turns), random (uniform over events),\n"
    "pct (priorities that change at few moments), pos (partial orders), urw (uniform over\n"
    "interleavings), surw (the same at one canister), delay (in order of arrival but for a few\n"
    "delays); or in-order (the one schedule that serves first what came first)";

/// What every verb takes that may search a scenario exhaustively.
void describe_search(VerbParser& parser) {
  parser.strategy(kExhaustive);
  parser.reduction();
  parser.storage();
  parser.changes();
  parser.bounds();
}

void describe_list(VerbParser& parser, CommandLine& line, CLI::App& app) {
  parser.names("pattern", "which scenarios (all); * matches any characters", false, true);
  app.add_flag_callback(
      "--json", [&line] { line.json = "-"; }, "as JSON");
  parser.view();
}

void describe_check(VerbParser& parser, const Place& place, CommandLine& line) {
  parser.names("pattern", "scenarios by name; * matches any characters", true, true);
  describe_search(parser);
  parser.results();
  parser.text("--grow", "NAME",
              "checks with this parameter one larger each time, until --max-seconds",
              [&line, place](const std::string& value) { line.grow = value; });
  parser.view();
}

void describe_sample(VerbParser& parser) {
  parser.names("pattern", "scenarios by name; * matches any characters", true, true);
  parser.strategy(kSampled);
  parser.changes();
  parser.bounds();
  parser.results();
  parser.view();
}

void describe_replay(VerbParser& parser, const Place& place, CommandLine& line, CLI::App& app) {
  parser.names("source", "a trace file, or a scenario's name with --schedule", true, false);
  parser.text("--schedule", "EVENTS", "'start alice#1; deliver alice#1/1; ...'",
              [&line](const std::string& value) { line.schedule = value; });
  app.add_flag("--lenient", line.lenient,
               "where an event is not possible takes the nearest one, and says so");
  parser.text("--stop-at", "N",
              "in a debugger: SIGTRAP in the canister's code at event N (docs/debugger.md)",
              [&line, place](const std::string& value) {
                line.stop_at = number(place, "--stop-at", value);
              });
  parser.changes();
  parser.text("--trace", "FILE", "writes the trace as JSON",
              [&line](const std::string& value) { line.trace = value; });
  parser.view();
}

void describe_explain(VerbParser& parser, const Place& place, CommandLine& line) {
  parser.names("source", "a scenario's name, or a trace file", true, false);
  parser.text("--counterexamples", "N",
              "explains so many, of different properties or with different races",
              [&line, place](const std::string& value) {
                line.counterexamples = number(place, "--counterexamples", value);
                if (*line.counterexamples == 0) {
                  place.refuse("--counterexamples takes at least 1");
                }
              });
  parser.text("--outcome", "VALUE", "explains how this outcome comes about",
              [&line](const std::string& value) { line.outcome = value; });
  describe_search(parser);
  parser.view();
}

void describe_export(VerbParser& parser, const Place& place, CommandLine& line) {
  parser.names("source", "a trace file, or a scenario's name", true, false);
  std::string help = "what to write (text):";
  std::vector<std::string_view> names;
  for (const ExportFormat& format : export_formats()) {
    help += fmt::format("\n{:<9} {}", format.name, format.help);
    names.push_back(format.name);
  }
  parser.text("--format", "NAME", help, [&line, place, names](const std::string& value) {
    if (find_export_format(value) == nullptr) {
      place.refuse(
          fmt::format("--format takes one of {}, not '{}'", fmt::join(names, ", "), value));
    }
    line.format = value;
  });
  parser.text("--output", "FILE", "where to write (the standard output)",
              [&line](const std::string& value) { line.output = value; });
  parser.text("--outcome", "VALUE", "the trace that ends in this outcome",
              [&line](const std::string& value) { line.outcome = value; });
  describe_search(parser);
  parser.view();
}

void describe_diff(VerbParser& parser) {
  parser.names("trace", "two trace files; of one only, it is compared with its schedule today",
               true, true);
  parser.view();
}

void describe_rely(VerbParser& parser) {
  parser.names("pattern", "scenarios by name; * matches any characters", true, true);
  describe_search(parser);
  parser.view();
}

void describe_init(VerbParser& parser, CommandLine& line) {
  parser.names("file", "a canister's .wasm or .mo, or its .did beside which the .wasm is", true,
               false);
  parser.text("-o,--output", "FILE", "where to write (the standard output)",
              [&line](const std::string& value) { line.output = value; });
}

void describe_forget(VerbParser& parser) {
  parser.names("pattern", "of which scenarios (all); * matches any characters", false, true);
}

struct VerbText {
  Verb verb;
  const char* name;
  const char* help;
};

constexpr VerbText kVerbs[] = {
    {Verb::kList, "list", "the scenarios of this suite"},
    {Verb::kCheck, "check", "explores every interleaving and gives a verdict"},
    {Verb::kSample, "sample", "tries some interleavings by chance: may find, never proves"},
    {Verb::kReplay, "replay", "runs one schedule again and shows it"},
    {Verb::kExplain, "explain", "shows how a counterexample or an outcome comes about"},
    {Verb::kExport, "export", "writes a trace for other tools: a page, a diagram, a log"},
    {Verb::kDiff, "diff", "shows two traces side by side, or one and what became of it"},
    {Verb::kRely, "rely", "shows what fails when a guarantee is given up or a fault allowed"},
    {Verb::kInit, "init", "writes a first scenario file for a compiled canister"},
    {Verb::kForget, "forget", "removes failing schedules that earlier runs have stored"},
};

/// The flags that `app` knows, for "did you mean".
std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  return flags;
}

std::string did_you_mean(const std::string& text, const std::vector<std::string>& candidates) {
  const std::vector<std::string> near = nearest(text, candidates);
  return near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "));
}

/// CLI11's complaint in our words.
[[noreturn]] void refuse(const Place& place, const CLI::App& app, const CLI::ParseError& error,
                         const std::vector<std::string>& words) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extras = app.remaining(true);
    const std::string extra = extras.empty() ? std::string("?") : extras.front();
    const std::string name = extra.substr(0, extra.find('='));
    if (extra.rfind('-', 0) == 0) {
      place.refuse(fmt::format("{} is no flag here{}", name, did_you_mean(name, flags_of(app))));
    }
    place.refuse(fmt::format("'{}' is one argument too many", extra));
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    if (app.get_option_no_throw("trace") != nullptr) {
      place.refuse(
          fmt::format("which trace? Name a file or two; '{} check NAME --trace FILE' writes one",
                      place.program));
    }
    if (app.get_option_no_throw("file") != nullptr) {
      place.refuse("which canister? Name its .wasm or .did file");
    }
    place.refuse(fmt::format("which scenario? Name one, or '*' for all; '{} list' shows them",
                             place.program));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    if (!words.empty() && words.back().rfind("--", 0) == 0) {
      place.refuse(fmt::format("{} needs a value", words.back()));
    }
  }
  place.refuse(error.what());
}

std::string overview(const std::string& program) {
  std::string text = fmt::format(
      "Heddle {}: checks every interleaving of a set of Internet Computer canisters.\n\n"
      "usage: {} <verb> [arguments]\n\n",
      version(), program);
  for (const VerbText& verb : kVerbs) {
    text += fmt::format("  {:<10} {}\n", verb.name, verb.help);
  }
  text += fmt::format(
      "\nFor example:\n"
      "  {0} list\n"
      "  {0} check 'withdraw/*'\n"
      "  {0} check --help\n\n"
      "It is a GoogleTest program too: {0} --gtest_list_tests\n\n{1}\n",
      program, kExitCodes);
  return text;
}

CommandLine finished(CommandLine line, std::string text) {
  line.verb = Verb::kHelp;
  line.text = std::move(text);
  return line;
}

const VerbText& verb_named(const Place& place, const std::string& word) {
  std::vector<std::string> names;
  for (const VerbText& verb : kVerbs) {
    if (word == verb.name) {
      return verb;
    }
    names.emplace_back(verb.name);
  }
  if (word.rfind('-', 0) == 0) {
    place.refuse(
        fmt::format("{} is no flag here; a verb comes first: {}", word, fmt::join(names, ", ")));
  }
  place.refuse(fmt::format("'{}' is no verb{}", word,
                           did_you_mean(word, names).empty()
                               ? fmt::format("; there are {}", fmt::join(names, ", "))
                               : did_you_mean(word, names)));
}

void describe(Verb verb, const Place& place, VerbParser& parser, CLI::App& app, CommandLine& line) {
  switch (verb) {
    case Verb::kHelp:
      break;
    case Verb::kList:
      describe_list(parser, line, app);
      break;
    case Verb::kCheck:
      describe_check(parser, place, line);
      break;
    case Verb::kSample:
      describe_sample(parser);
      break;
    case Verb::kReplay:
      describe_replay(parser, place, line, app);
      break;
    case Verb::kExplain:
      describe_explain(parser, place, line);
      break;
    case Verb::kExport:
      describe_export(parser, place, line);
      break;
    case Verb::kDiff:
      describe_diff(parser);
      break;
    case Verb::kRely:
      describe_rely(parser);
      break;
    case Verb::kInit:
      describe_init(parser, line);
      break;
    case Verb::kForget:
      describe_forget(parser);
      break;
  }
}

/// What no single flag can know.
void check_together(const Place& place, const CommandLine& line) {
  const auto is_exhaustive = [](Strategy strategy) {
    return strategy == Strategy::kBreadthFirst || strategy == Strategy::kDepthFirst ||
           strategy == Strategy::kDpor;
  };
  if (line.verb == Verb::kSample && line.strategy && is_exhaustive(*line.strategy)) {
    place.refuse(fmt::format(
        "--strategy {} is exhaustive; use '{} check', or sample with portfolio, its default",
        to_string(*line.strategy), place.program));
  }
  if (line.verb == Verb::kReplay && line.schedule && line.schedule->empty()) {
    place.refuse("--schedule is empty; give events such as 'start alice#1; deliver alice#1/1'");
  }
  if (line.verb == Verb::kDiff && line.names.size() > 2) {
    place.refuse(fmt::format("takes one or two trace files, not {}", line.names.size()));
  }
  if (line.counterexamples && line.outcome) {
    place.refuse("--counterexamples and --outcome do not go together: an outcome is none");
  }
  if (line.no_checkpoint && !line.options.checkpoint.file.empty()) {
    place.refuse("--checkpoint and --no-checkpoint do not go together");
  }
  if (line.grow && !line.options.checkpoint.file.empty()) {
    place.refuse("--grow and --checkpoint do not go together: each size has a file of its own");
  }
  if (line.grow && (line.html || line.sarif)) {
    place.refuse("--grow goes together with neither --html nor --sarif: these are for one size");
  }
  if (line.grow && line.expect) {
    place.refuse("--grow and --expect do not go together: expectations are for one size");
  }
  if (line.grow && line.options.coverage) {
    place.refuse("--grow and --coverage do not go together: coverage is shown of one size");
  }
}

}  // namespace

std::string_view version() {
  return HEDDLE_VERSION;
}

std::string message_prefix(const std::string& program, Verb verb) {
  return fmt::format("{} {}", base_name(program), to_string(verb));
}

std::string_view to_string(Verb verb) {
  for (const VerbText& text : kVerbs) {
    if (text.verb == verb) {
      return text.name;
    }
  }
  return "help";
}

CommandLine parse(const std::vector<std::string>& arguments) {
  CommandLine line;
  line.program = arguments.empty() ? "heddle" : arguments.front();
  Place place{line.program, ""};
  if (arguments.size() < 2 || arguments[1] == "--help" || arguments[1] == "-h" ||
      arguments[1] == "help") {
    return finished(std::move(line), overview(place.program));
  }
  const std::string version_text = fmt::format("heddle {}\n", version());
  if (arguments[1] == "--version") {
    return finished(std::move(line), version_text);
  }
  const VerbText& verb = verb_named(place, arguments[1]);
  place.verb = verb.name;
  line.verb = verb.verb;

  CLI::App app(verb.help, place.text());
  app.set_help_flag("-h,--help", "prints this");
  app.set_version_flag("--version", version_text, "prints the version");
  app.footer(kExitCodes);
  VerbParser parser(place, app, line);  // the flags' conversions live in it
  describe(verb.verb, place, parser, app, line);
  std::vector<std::string> words(arguments.begin() + 2, arguments.end());
  try {
    // CLI11 takes words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    return finished(std::move(line), app.help());
  } catch (const CLI::CallForVersion&) {
    return finished(std::move(line), version_text);
  } catch (const CLI::ParseError& error) {
    refuse(place, app, error, words);
  }
  parser.check_names();
  check_together(place, line);
  return line;
}

}  // namespace heddle::internal
