#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/suite/internal/verb_parser.h>
#include <heddle/traces/export/formats.h>
#include <heddle/traces/text_options.h>

namespace heddle::internal {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 verified, 1 violated, 2 incomplete, 64 wrong usage, 65 misuse or bad input,\n"
    "70 internal error; of several scenarios the first of 70, 65, 64, 1, 2, 0.";

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
  parser.shrink(false);
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

void describe_explain(VerbParser& parser, const Place& place, CommandLine& line, CLI::App& app) {
  parser.names("source", "a scenario's name, or a trace file", true, false);
  parser.text("--counterexamples", "N",
              "explains so many, of different properties or with different races",
              [&line, place](const std::string& value) {
                line.counterexamples = number(place, "--counterexamples", value);
                if (*line.counterexamples == 0) {
                  place.refuse("--counterexamples takes at least 1");
                }
              });
  parser.text("--outcome", "VALUE",
              "explains how this outcome comes about; SET=VALUE where several sets have the value",
              [&line](const std::string& value) { line.outcome = value; });
  app.add_flag("--outcomes", line.outcomes,
               "what the scenario can end in, how, and what decides, whatever else is violated");
  parser.shrink(true);
  parser.text("--trace", "FILE", "writes the trace as JSON",
              [&line](const std::string& value) { line.trace = value; });
  describe_search(parser);
  parser.view();
}

void describe_explore(VerbParser& parser, const Place& place, CommandLine& line, CLI::App& app) {
  parser.names("source", "a scenario's name, or a trace file", true, false);
  parser.text("--schedule", "EVENTS", "where to begin: 'start alice#1; deliver alice#1/1; ...'",
              [&line](const std::string& value) { line.schedule = value; });
  parser.text("--port", "N", "port of 127.0.0.1 (any that is free)",
              [&line, place](const std::string& value) {
                constexpr std::uint64_t kPortMax = 65535;
                const std::uint64_t port = number(place, "--port", value);
                if (port == 0 || port > kPortMax) {
                  place.refuse(fmt::format("--port takes 1 to {}, not {}", kPortMax, value));
                }
                line.port = static_cast<int>(port);
              });
  app.add_flag("--open", line.open, "opens the page in a browser");
  parser.text("--save", "FILE", "where the page saves a trace, besides downloads",
              [&line](const std::string& value) { line.save = value; });
  parser.strategy(kExhaustive);
  parser.reduction();
  parser.storage();
  parser.changes();
  parser.bounds();
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
  parser.shrink(false);
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

void describe_audit(VerbParser& parser) {
  parser.names("pattern", "scenarios by name; * matches any characters", true, true);
  parser.changes();
  parser.view();
}

/// "calls=10..90:20".
SimulationFlags::Vary vary_from(const Place& place, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t dots = text.find("..", equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || dots == std::string::npos) {
    place.refuse(fmt::format(
        "--vary takes NAME=FIRST..LAST or NAME=FIRST..LAST:STEP, such as calls=10..90:20, not '{}'",
        text));
  }
  const std::size_t colon = std::min(text.find(':', dots), text.size());
  const auto whole = [&](const std::string& digits) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(number(place, "--vary", digits), std::uint64_t{1} << 62U));
  };
  SimulationFlags::Vary vary;
  vary.parameter = text.substr(0, equals);
  vary.first = whole(text.substr(equals + 1, dots - equals - 1));
  vary.last = whole(text.substr(dots + 2, colon - dots - 2));
  vary.step = colon == text.size() ? 1 : whole(text.substr(colon + 1));
  if (vary.last < vary.first || vary.step == 0) {
    place.refuse(
        fmt::format("--vary {} is empty: the first value must not be above the last, and "
                    "the step not 0",
                    text));
  }
  return vary;
}

void describe_simulate(VerbParser& parser, const Place& place, CommandLine& line, CLI::App& app) {
  SimulationFlags& flags = line.simulation;
  parser.names("pattern", "scenarios by name; * matches any characters", true, true);
  parser.text(
      "--network", "NAME",
      fmt::format("how long rounds and hops take: {} (pocketic)", fmt::join(network_names(), ", ")),
      [&flags, place](const std::string& value) {
        const std::optional<Network> network = network_named(value);
        if (!network) {
          place.refuse(fmt::format("--network takes one of {}, not '{}'",
                                   fmt::join(network_names(), ", "), value));
        }
        flags.network = *network;
      });
  app.add_option_function<std::vector<std::string>>(
         "--place",
         [&flags, place](const std::vector<std::string>& values) {
           for (const std::string& value : values) {
             const std::size_t equals = value.find('=');
             if (equals == std::string::npos || equals == 0) {
               place.refuse(
                   fmt::format("--place takes CANISTER=SUBNET, such as ledger=2, not '{}'", value));
             }
             const std::uint64_t subnet = number(place, "--place", value.substr(equals + 1));
             if (subnet == 0 || subnet > 100) {
               place.refuse(fmt::format("--place takes subnets from 1 to 100, not '{}'", value));
             }
             flags.placement[value.substr(0, equals)] = static_cast<std::uint32_t>(subnet);
           }
         },
         "puts a canister on a subnet (all are on 1); may be repeated")
      ->type_name("CANISTER=SUBNET")
      ->take_all()
      ->expected(1);
  parser.text("--vary", "NAME=FIRST..LAST[:STEP]",
              "a table: one row for each value of this parameter, with all canisters on one subnet "
              "and,\nif some are placed elsewhere, as they are placed",
              [&flags, place](const std::string& value) { flags.vary = vary_from(place, value); });
  parser.text("--svg", "FILE", "with --vary, draws the table",
              [&flags](const std::string& value) { flags.svg = value; });
  app.add_flag("--events", flags.events, "shows every event with its round");
  parser.changes();
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
    {Verb::kExplore, "explore",
     "shows a scenario in the browser: what happens next is chosen there"},
    {Verb::kExport, "export", "writes a trace for other tools: a page, a diagram, a log"},
    {Verb::kDiff, "diff", "shows two traces side by side, or one and what became of it"},
    {Verb::kRely, "rely", "shows what fails when a guarantee is given up or a fault allowed"},
    {Verb::kAudit, "audit", "shows what is held across awaits, and whether it is let go"},
    {Verb::kSimulate, "simulate", "tells how long calls take, by rounds of subnets"},
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
      describe_explain(parser, place, line, app);
      break;
    case Verb::kExplore:
      describe_explore(parser, place, line, app);
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
    case Verb::kAudit:
      describe_audit(parser);
      break;
    case Verb::kSimulate:
      describe_simulate(parser, place, line, app);
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
  if (line.schedule && line.schedule->empty()) {
    place.refuse("--schedule is empty; give events such as 'start alice#1; deliver alice#1/1'");
  }
  if (line.verb == Verb::kDiff && line.names.size() > 2) {
    place.refuse(fmt::format("takes one or two trace files, not {}", line.names.size()));
  }
  if (line.counterexamples && line.outcome) {
    place.refuse("--counterexamples and --outcome do not go together: an outcome is none");
  }
  if (line.outcomes && (line.counterexamples || line.outcome)) {
    place.refuse(
        "--outcomes goes together with neither --counterexamples nor --outcome: it shows them all");
  }
  if (line.simulation.svg && !line.simulation.vary) {
    place.refuse("--svg draws what --vary varies; give both");
  }
  if (line.simulation.events && line.simulation.vary) {
    place.refuse("--events is for one run; leave out --vary");
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
