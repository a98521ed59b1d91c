// The command line of a suite binary as data. Everything that is wrong with it is said here, before
// anything runs.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <heddle/checker/check.h>
#include <heddle/properties/scenario.h>
#include <heddle/simulation/network.h>

namespace heddle::internal {

/// A command line that makes no sense (exit code 64). The text names the place, the likely cause
/// and the next step.
class WrongUsage : public std::exception {
 public:
  explicit WrongUsage(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

enum class Verb : std::uint8_t {
  kHelp,
  kList,
  kCheck,
  kSample,
  kReplay,
  kExplain,
  kExplore,
  kExport,
  kDiff,
  kRely,
  kAudit,
  kSimulate,
  kInit,
  kForget
};
std::string_view to_string(Verb verb);

enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };

/// Flags of every view.
struct ViewFlags {
  std::size_t width = 0;  ///< 0: that of the terminal
  bool ascii = false;
  ColorChoice color = ColorChoice::kAuto;
};

/// What `simulate` runs, and on what.
struct SimulationFlags {
  Network network = *network_named("pocketic");
  /// Canisters by name, and the number of the subnet, from 1; the others are on subnet 1.
  std::map<std::string, std::uint32_t> placement{};

  /// A parameter that takes values from `first` to `last`, `step` apart.
  struct Vary {
    std::string parameter;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t step = 1;
  };

  std::optional<Vary> vary{};
  std::optional<std::string> svg{};  ///< file
  bool events = false;               ///< shows each
};

struct CommandLine {
  /// How the binary was called; commands that are shown to be repeated begin with it.
  std::string program;
  Verb verb = Verb::kHelp;
  /// kHelp: what to print.
  std::string text;
  ViewFlags view;

  /// kList, kCheck, kSample, kRely, kAudit, kSimulate, kForget: patterns. kReplay, kExplain,
  /// kExplore, kExport: the scenario or trace file. kDiff: one or two trace files. kInit: the
  /// module or .did file.
  std::vector<std::string> names;
  ScenarioOverrides overrides;
  /// kCheck, kSample, and where a scenario must be checked to get its trace.
  CheckOptions options;
  std::optional<Strategy> strategy;        ///< when asked for
  std::optional<std::uint64_t> schedules;  ///< when asked for
  std::optional<std::string> json;         ///< file, or "-" for the standard output
  std::optional<std::string> trace;        ///< file
  std::optional<std::string> html;         ///< folder
  std::optional<std::string> sarif;        ///< file
  bool no_checkpoint = false;              ///< else one is made, where `options` or we say
  bool no_regressions = false;             ///< else they are replayed, and new ones stored
  bool expect = false;
  /// What must have been covered: "methods", "awaits", "interrupts", "rejects".
  std::vector<std::string> require_coverage;
  std::optional<std::string> grow;  ///< parameter
  /// kReplay, kExplore: events separated by semicolons.
  std::optional<std::string> schedule;
  bool lenient = false;
  std::optional<std::uint64_t> stop_at;  ///< event, from 1
  /// kExplain, kExport: the outcome whose witness is asked for.
  std::optional<std::string> outcome;
  bool outcomes = false;  ///< kExplain: all of them
  /// kExplain: how many counterexamples, no two of one kind.
  std::optional<std::size_t> counterexamples;
  /// kCheck, kExplain, kExport: whether counterexamples are made smaller by leaving out what the
  /// failure does not need of the scenario. None: what the verb does.
  std::optional<bool> shrink;
  /// kSimulate.
  SimulationFlags simulation;
  // kExplore.
  int port = 0;                     ///< 0: any that is free
  bool open = false;                ///< in a browser
  std::optional<std::string> save;  ///< where the page's schedule is saved
  /// kExport; `output` also kInit.
  std::string format = "text";
  std::optional<std::string> output;
};

/// `arguments[0]` is the program. Throws WrongUsage.
CommandLine parse(const std::vector<std::string>& arguments);

/// How messages of this verb begin: "heddle check", without the folder that the program is in.
std::string message_prefix(const std::string& program, Verb verb);

/// "0.1.0".
std::string_view version();

}  // namespace heddle::internal
