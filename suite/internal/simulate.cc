// simulate: how long calls take on subnets that work in rounds. One run, or a table of runs.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/simulation/round_simulation.h>
#include <heddle/suite/internal/interrupt.h>
#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>
#include <heddle/traces/plot.h>

namespace heddle::internal {
namespace {

std::string milliseconds(double seconds) {
  return seconds < 1 ? fmt::format("{:.1f} ms", seconds * 1000) : fmt::format("{:.2f} s", seconds);
}

/// From the shortest to the longest of what several networks gave; nothing when one of them gave no
/// answer.
struct Band {
  double low = 0;
  double high = 0;

  [[nodiscard]] std::string to_text() const {
    return milliseconds(low) == milliseconds(high)
               ? milliseconds(low)
               : fmt::format("{} to {}", milliseconds(low), milliseconds(high));
  }
};

Placement placement_in(const PreparedScenario& scenario, const SimulationFlags& flags) {
  Placement placement;
  const std::vector<Installed>& canisters = scenario.setup.system.canisters;
  for (const auto& [name, subnet] : flags.placement) {
    const auto found = std::ranges::find(canisters, name, &Installed::name);
    if (found == canisters.end()) {
      std::vector<std::string> names;
      for (const Installed& canister : canisters) {
        names.push_back(canister.name);
      }
      throw WrongUsage(fmt::format("--place {}={}: {} has no canister '{}'; it has {}", name,
                                   subnet, scenario.name, name, fmt::join(names, ", ")));
    }
    placement[static_cast<CanisterId>(found - canisters.begin())] = subnet - 1;
  }
  return placement;
}

Simulated simulated(PreparedScenario& scenario, const Placement& placement, const Network& network,
                    bool keeps_events) {
  SimulationOptions options;
  options.keep_events = keeps_events;
  options.stop = [] { return Interrupt::flag()->load(); };
  return simulate(*scenario.kernel, placement, network, options);
}

/// The longest that a client waited.
std::optional<double> latency_of(const Simulated& run) {
  double longest = 0;
  for (const SimulatedCall& call : run.calls) {
    const std::optional<double> latency = call.latency_seconds();
    if (!latency) {
      return std::nullopt;
    }
    longest = std::max(longest, *latency);
  }
  return longest;
}

std::optional<Band> band(PreparedScenario& scenario, const Placement& placement,
                         const Network& network, std::string& why_not) {
  std::optional<Band> all;
  for (const Network& corner : band_of(network)) {
    const Simulated run = simulated(scenario, placement, corner, false);
    const std::optional<double> latency = latency_of(run);
    if (!latency) {
      why_not = run.cut_short.empty() ? "a call is never answered" : run.cut_short;
      return std::nullopt;
    }
    all = !all ? Band{*latency, *latency}
               : Band{std::min(all->low, *latency), std::max(all->high, *latency)};
  }
  return all;
}

std::string about(const Network& network) {
  std::string text =
      fmt::format("{}: {} a round", network.name, milliseconds(network.round_seconds));
  if (network.execution_seconds > 0) {
    text += fmt::format(" and {} an execution", milliseconds(network.execution_seconds));
  }
  const std::vector<Network> corners = band_of(network);
  if (corners.size() > 1) {
    text = fmt::format("{}: {} to {} a round, {} to {} rounds to another subnet", network.name,
                       milliseconds(corners.front().round_seconds),
                       milliseconds(corners.back().round_seconds), corners.front().hop_rounds,
                       corners.back().hop_rounds);
  } else {
    text += network.hop_rounds == 0
                ? ", subnets in turn"
                : fmt::format(", {} rounds to another subnet", network.hop_rounds);
  }
  return text;
}

int tell_one(const RegisteredScenario& registered, const CommandLine& line,
             const Console& console) {
  PreparedScenario scenario = prepare(registered, overrides_for(line, registered, true));
  const SimulationFlags& flags = line.simulation;
  const Placement placement = placement_in(scenario, flags);
  const Simulated run = simulated(scenario, placement, flags.network, flags.events);
  console.out << fmt::format("{} on {}\n", scenario.name, about(flags.network));
  if (flags.events) {
    Table events({{"round", Table::Align::kRight},
                  {"iteration", Table::Align::kRight},
                  {"subnet", Table::Align::kRight},
                  {"canister"},
                  {"event"}});
    for (const SimulatedEvent& event : run.events) {
      events.add({fmt::to_string(event.round), fmt::to_string(event.iteration),
                  fmt::to_string(event.subnet + 1),
                  scenario.setup.system.canisters[event.canister].name, event.event});
    }
    console.out << events.to_text(text_width(text_options(line, console))) << "\n";
  }
  Table calls({{"call"},
               {"method"},
               {"sent", Table::Align::kRight},
               {"answered", Table::Align::kRight},
               {"waited", Table::Align::kRight},
               {"rounds", Table::Align::kRight},
               {"answer"}});
  bool all_answered = run.cut_short.empty();
  for (const SimulatedCall& call : run.calls) {
    const std::optional<double> latency = call.latency_seconds();
    all_answered = all_answered && latency;
    calls.add({call.name, call.method, milliseconds(call.submitted_seconds),
               latency ? milliseconds(*call.answered_seconds) : "-",
               latency ? milliseconds(*latency) : "-",
               latency ? fmt::to_string(call.last_round - call.first_round + 1) : "-",
               !latency       ? "none"
               : call.replied ? "reply"
                              : "reject"});
  }
  console.out << calls.to_text(text_width(text_options(line, console)))
              << fmt::format("{}, {}, {}\n", count(run.rounds, "round"),
                             count(run.executions, "execution"), milliseconds(run.seconds));
  if (!run.cut_short.empty()) {
    console.out << fmt::format("cut short: {}\n", run.cut_short);
  }
  return all_answered ? kVerifiedCode : kIncompleteCode;
}

/// One column: a scenario, as placed or on one subnet.
struct Column {
  RegisteredScenario scenario;
  bool placed = false;
  std::string name;
};

class Variation {
 public:
  Variation(const CommandLine& line, const Console& console)
      : line_(line), console_(console), vary_(*line.simulation.vary) {
    for (const RegisteredScenario& scenario : selected(line)) {
      if (!takes(scenario, prepare(scenario, overrides_for(line, scenario, true)).setup.parameters,
                 vary_.parameter)) {
        throw WrongUsage(
            fmt::format("{} has no parameter '{}' to vary", scenario.name(), vary_.parameter));
      }
      if (line.simulation.placement.empty()) {
        columns_.push_back({scenario, false, scenario.name()});
        continue;
      }
      columns_.push_back({scenario, false, scenario.name() + ", one subnet"});
      columns_.push_back({scenario, true, scenario.name() + ", as placed"});
    }
    shorten_names();
    plot_.series.resize(columns_.size());
  }

  int tell() {
    std::vector<Table::Column> headings = {{vary_.parameter, Table::Align::kRight}};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      headings.push_back({columns_[i].name, Table::Align::kRight});
      plot_.series[i].name = columns_[i].name;
    }
    Table table(headings);
    for (std::int64_t value = vary_.first; value <= vary_.last && !Interrupt::flag()->load();
         value += vary_.step) {
      table.add(row(value));
    }
    console_.out << about(line_.simulation.network) << "\n"
                 << table.to_text(text_width(text_options(line_, console_)));
    for (const std::string& note : notes_) {
      console_.out << note << "\n";
    }
    if (line_.simulation.svg) {
      plot_.title = fmt::format("How long a client waits, {}", line_.simulation.network.name);
      plot_.x_label = vary_.parameter;
      plot_.y_label = "seconds";
      write_file(*line_.simulation.svg, to_svg(plot_));
    }
    return notes_.empty() ? kVerifiedCode : kIncompleteCode;
  }

 private:
  /// Without the folder that all have in common.
  void shorten_names() {
    const std::string& first = columns_.front().name;
    const std::string folder = first.substr(0, first.rfind('/', first.find(',')) + 1);
    const bool is_common = std::ranges::all_of(
        columns_, [&](const Column& column) { return column.name.starts_with(folder); });
    for (Column& column : columns_) {
      column.name.erase(0, is_common ? folder.size() : 0);
    }
  }

  std::vector<std::string> row(std::int64_t value) {
    std::vector<std::string> cells = {fmt::to_string(value)};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      ScenarioOverrides overrides = overrides_for(line_, column.scenario, true);
      overrides.parameters.insert_or_assign(vary_.parameter, fmt::to_string(value));
      PreparedScenario scenario = prepare(column.scenario, overrides);
      const Placement placement =
          column.placed ? placement_in(scenario, line_.simulation) : Placement{};
      std::string why_not;
      const std::optional<Band> waited =
          band(scenario, placement, line_.simulation.network, why_not);
      cells.push_back(waited ? waited->to_text() : "-");
      if (waited) {
        plot_.series[i].points.push_back({static_cast<double>(value), waited->low, waited->high});
      } else {
        notes_.push_back(
            fmt::format("{} = {}, {}: {}", vary_.parameter, value, column.name, why_not));
      }
    }
    return cells;
  }

  const CommandLine& line_;
  const Console& console_;
  SimulationFlags::Vary vary_;
  std::vector<Column> columns_;
  Plot plot_;
  std::vector<std::string> notes_;
};

}  // namespace

int run_simulate(const CommandLine& line, const Console& console) {
  const Interrupt interrupt;
  if (line.simulation.vary) {
    return Variation(line, console).tell();
  }
  std::vector<int> codes;
  for (const RegisteredScenario& scenario : selected(line)) {
    console.out << (codes.empty() ? "" : "\n");
    codes.push_back(tell_one(scenario, line, console));
  }
  return worst(codes);
}

}  // namespace heddle::internal
