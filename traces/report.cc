#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/report.h>

namespace heddle {
namespace {

using internal::display_width;
using internal::elided;
using internal::padded;
using internal::Painter;
using internal::printable;
using internal::Symbols;
using internal::Tone;
using internal::wrapped;
using Json = nlohmann::ordered_json;

/// Of the kinds of content that a state is made of, how many are named.
constexpr std::size_t kMostRemembered = 5;
/// Values of an outcome set that are listed; a program reads the JSON.
constexpr std::size_t kOutcomesMax = 20;

/// 1204331 is "1 204 331".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string seconds_text(double seconds) {
  return seconds < 10 ? fmt::format("{:.2f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

/// Of how many executions those are that an unfinished search has gone through, and how long the
/// rest may take if it goes on like that.
std::string executions_left(const Verdict& verdict) {
  const Estimate& all = *verdict.executions_estimated;
  const auto left = [&](double executions) {
    const auto done = static_cast<double>(verdict.executions);
    return std::max(0.0, executions - done) * verdict.seconds / done;
  };
  std::string text = fmt::format("of {}", to_string(all));
  if (std::isfinite(all.high)) {
    text += fmt::format(", up to {} more", seconds_text(left(all.high)));
  }
  return text;
}

std::string schedule_text(const ScheduleText& schedule) {
  return schedule.empty() ? "nothing" : fmt::format("{}", fmt::join(schedule, "; "));
}

class Writer {
 public:
  Writer(const Report& report, const TextOptions& options)
      : report_(report),
        verdict_(report.verdict),
        width_(text_width(options)),
        symbols_(internal::symbols(options.ascii)),
        painter_(options.color) {}

  std::string write() {
    title();
    say(verdict_.scope);
    if (verdict_.answered == Answered::kIncomplete) {
      say(fmt::format("ended by: {}", verdict_.bound));
      say(verdict_.coverage);
    }
    if (!report_.trace) {
      say(verdict_.why);
    }
    counts();
    strategies();
    outcomes();
    reached();
    peaks();
    findings();
    remembered();
    coverage();
    for (const std::string& note : verdict_.notes) {
      say(fmt::format("note: {}", note));
    }
    if (!report_.one_schedule.empty()) {
      say(fmt::format("ONE SCHEDULE: {}", report_.one_schedule), Tone::kBad);
    }
    for (const std::string& sentence : report_.uncovered) {
      say(fmt::format("NOT COVERED: {}", sentence), Tone::kBad);
    }
    return std::move(out_);
  }

 private:
  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }

  /// Wrapped, and indented by two columns and then four.
  void say(std::string_view text, Tone tone = Tone::kPlain) {
    if (text.empty()) {
      return;
    }
    for (const std::string& part : wrapped(printable(text, symbols_.ascii), width_ - 2, 2)) {
      line("  " + painter_.paint(part, tone));
    }
  }

  void title() {
    const std::string word(to_string(verdict_.answered));
    std::string rest = fmt::format(" {}", report_.name);
    if (!verdict_.property.empty()) {
      rest += fmt::format(": {} ({}), {} ", verdict_.property, verdict_.property_kind,
                          verdict_.schedule.size() == 1
                              ? "1 step"
                              : fmt::format("{} steps", verdict_.schedule.size()));
      rest += verdict_.minimality.empty() ? "" : fmt::format("({})", verdict_.minimality);
      rest.erase(rest.find_last_not_of(' ') + 1);
    }
    std::vector<std::string> lines = wrapped(word + printable(rest, symbols_.ascii), width_, 2);
    line(painter_.paint(word, Painter::tone_of(word)) +
         painter_.paint(std::string_view(lines.front()).substr(word.size()), Tone::kTitle));
    for (std::size_t i = 1; i < lines.size(); ++i) {
      line(painter_.paint(lines[i], Tone::kTitle));
    }
    if (!report_.expected.empty() && !report_.as_expected) {
      say(fmt::format("EXPECTED: {}", report_.expected), Tone::kBad);
    }
  }

  void counts() {
    std::vector<std::string> facts;
    if (verdict_.schedules > 0) {
      facts.push_back(counted(verdict_.schedules, "schedule", "schedules"));
      facts.push_back(fmt::format("seed {}", verdict_.seed));
    }
    if (verdict_.executions > 0) {
      facts.push_back(counted(verdict_.executions, "execution", "executions"));
      facts.push_back(fmt::format("{} blocked", grouped(verdict_.blocked)));
      if (verdict_.executions_estimated) {
        facts.push_back(executions_left(verdict_));
      }
    }
    // A finished check says these in its scope.
    if (verdict_.scope.find(" transition") == std::string::npos) {
      if (verdict_.states > 0) {
        facts.push_back(counted(verdict_.states, "state", "states"));
      }
      facts.push_back(counted(verdict_.transitions, "transition", "transitions"));
      facts.push_back(fmt::format("depth {}", verdict_.depth));
    }
    if (verdict_.quiescent > 0) {
      facts.push_back(counted(verdict_.quiescent, "final state", "final states"));
    }
    facts.push_back(verdict_.strategy);
    facts.push_back(seconds_text(verdict_.seconds));
    if (verdict_.pieces_run > 0) {
      facts.push_back(fmt::format("code ran {}, recalled {}",
                                  counted(verdict_.pieces_run, "time", "times"),
                                  grouped(verdict_.pieces_recalled)));
    }
    if (verdict_.memory_bytes > 0) {
      facts.push_back(fmt::format("{:.1f} MB", static_cast<double>(verdict_.memory_bytes) / 1e6));
    }
    say(fmt::format("{}", fmt::join(facts, fmt::format(" {} ", symbols_.dot))), Tone::kQuiet);
  }

  /// Who did what, where several strategies took turns.
  void strategies() {
    if (verdict_.strategies.size() < 2) {
      return;
    }
    for (const StrategyStatistics& strategy : verdict_.strategies) {
      say(fmt::format("{}: {}, covered {}, {} of it first{}", strategy.name,
                      counted(strategy.schedules, "schedule", "schedules"),
                      grouped(strategy.covered), grouped(strategy.covered_first),
                      strategy.first_hit
                          ? fmt::format(", failed in schedule {}", grouped(*strategy.first_hit))
                          : ""),
          Tone::kQuiet);
    }
  }

  void coverage() {
    if (!report_.shows_coverage) {
      return;
    }
    const CoverageReport& covered = verdict_.covered;
    say(fmt::format("covered: {}, {}, {}, {}", counted(covered.methods.size(), "method", "methods"),
                    counted(covered.pieces.size(), "piece", "pieces"),
                    counted(covered.awaits.size(), "await", "awaits"),
                    counted(covered.calls.size(), "call site", "call sites")));
    pairs(covered.interrupted, "while suspended: ");
    pairs(covered.rejects, "rejected: ");
    never(covered.never_run, "never run: ");
    never(covered.never_interrupted, "never interrupted: ");
    never(covered.never_rejected, "never rejected: ");
  }

  /// The seconds that belong to a first in one line.
  void pairs(const CoverageReport::Pairs& pairs, std::string_view head) {
    for (std::size_t i = 0; i < pairs.size();) {
      std::vector<std::string> seconds;
      const std::string& first = pairs[i].first;
      for (; i < pairs.size() && pairs[i].first == first; ++i) {
        seconds.push_back(pairs[i].second);
      }
      say(fmt::format("{}{}: {}", head, first, fmt::join(seconds, ", ")));
    }
  }

  void never(const std::vector<std::string>& names, std::string_view head) {
    for (const std::string& name : names) {
      say(fmt::format("{}{}", head, name));
    }
  }

  /// `head`, and as much of the schedule as fits beside it.
  void witness(std::string_view head, const ScheduleText& schedule) {
    const std::string clean = printable(head, symbols_.ascii);
    const std::string text = printable(schedule_text(schedule), symbols_.ascii);
    line(elided(fmt::format("  {}  after {}", clean, text), width_, symbols_.ellipsis));
  }

  void outcomes() {
    const bool exact = verdict_.answered == Answered::kVerified;
    for (const auto& [name, values] : verdict_.outcomes) {
      std::vector<std::string> texts;
      std::size_t widest = 0;
      for (const OutcomeWitness& outcome : values) {
        texts.push_back(outcome.value);
        widest = std::max(widest, display_width(printable(outcome.value, symbols_.ascii)));
      }
      const std::string all = fmt::format("{{{}}}", fmt::join(texts, ", "));
      say(fmt::format("outcomes of {}{}: {}", name, exact ? "" : ", of those seen",
                      display_width(all) < width_ / 2
                          ? all
                          : counted(values.size(), "value", "different values")),
          Tone::kTitle);
      for (std::size_t i = 0; i < std::min(values.size(), kOutcomesMax); ++i) {
        witness(
            "  " + padded(printable(values[i].value, symbols_.ascii), std::min(widest, width_ / 3)),
            values[i].schedule);
      }
      if (values.size() > kOutcomesMax) {
        say(fmt::format("  and {} more", values.size() - kOutcomesMax));
      }
    }
  }

  void reached() {
    for (const auto& [name, schedule] : verdict_.witnesses) {
      witness(fmt::format("reached: {}", name), schedule);
    }
  }

  void peaks() {
    for (const auto& [name, peak] : verdict_.peaks) {
      say(fmt::format("peak of {}: {}", name, grouped(peak)));
    }
  }

  void findings() {
    if (!report_.trace) {
      return;
    }
    std::map<std::string, std::size_t> findings;
    for (const Race& race : report_.trace->races) {
      if (!race.declared) {
        ++findings[fmt::format("{} on {}", race.pattern, race.variable)];
      }
    }
    if (findings.empty()) {
      return;
    }
    std::vector<std::string> texts;
    std::size_t sum = 0;
    for (const auto& [text, count] : findings) {
      texts.push_back(count == 1 ? text : fmt::format("{} ({} times)", text, count));
      sum += count;
    }
    say(fmt::format("{} in the counterexample, which no property forbids: {}",
                    counted(sum, "finding", "findings"), fmt::join(texts, ", ")));
  }

  void remembered() {
    std::vector<std::pair<std::uint64_t, std::string>> kinds;
    for (const auto& [name, count] : verdict_.distinct) {
      kinds.emplace_back(count, name);
    }
    std::sort(kinds.begin(), kinds.end(), [](const auto& left, const auto& right) {
      return left.first != right.first ? left.first > right.first : left.second < right.second;
    });
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(kinds.size(), kMostRemembered); ++i) {
      texts.push_back(fmt::format("{} {}", grouped(kinds[i].first), kinds[i].second));
    }
    if (!texts.empty()) {
      say(fmt::format("made of: {}", fmt::join(texts, ", ")), Tone::kQuiet);
    }
    texts.clear();
    for (const auto& [method, logs] : verdict_.logs_by_method) {
      if (texts.size() < kMostRemembered) {
        texts.push_back(fmt::format("{} {}", method, grouped(logs)));
      }
    }
    if (!texts.empty()) {
      say(fmt::format("distinct logs: {}", fmt::join(texts, ", ")), Tone::kQuiet);
    }
  }

  const Report& report_;
  const Verdict& verdict_;
  std::size_t width_;
  const Symbols& symbols_;
  Painter painter_;
  std::string out_;
};

/// What a table says beside the verdict's word.
std::string reason(const Verdict& verdict) {
  switch (verdict.answered) {
    case Answered::kViolated:
      return verdict.property;
    case Answered::kIncomplete:
      return verdict.bound;
    case Answered::kVerified:
      break;
  }
  return {};
}

Json outcomes_json(const Verdict& verdict) {
  Json outcomes = Json::array();
  for (const auto& [name, values] : verdict.outcomes) {
    for (const OutcomeWitness& outcome : values) {
      Json entry = Json::object();
      if (verdict.outcomes.size() > 1) {
        entry["set"] = name;
      }
      entry["value"] = outcome.value;
      entry["schedule"] = outcome.schedule;
      outcomes.push_back(std::move(entry));
    }
  }
  return outcomes;
}

Json findings_json(const Trace& trace) {
  Json findings = Json::array();
  for (const Race& race : trace.races) {
    findings.push_back(Json{{"pattern", race.pattern},
                            {"variable", race.variable},
                            {"declared", race.declared},
                            {"sentence", race.sentence}});
  }
  return findings;
}

Json strategies_json(const Verdict& verdict) {
  Json strategies = Json::array();
  for (const StrategyStatistics& strategy : verdict.strategies) {
    strategies.push_back(
        Json{{"name", strategy.name},
             {"schedules", strategy.schedules},
             {"covered", strategy.covered},
             {"covered_first", strategy.covered_first},
             {"first_hit", strategy.first_hit ? Json(*strategy.first_hit) : Json()}});
  }
  return strategies;
}

Json pairs_json(const CoverageReport::Pairs& pairs) {
  Json json = Json::array();
  for (const auto& [first, second] : pairs) {
    json.push_back(Json::array({first, second}));
  }
  return json;
}

Json covered_json(const CoverageReport& covered) {
  return Json{{"methods", covered.methods},
              {"pieces", covered.pieces},
              {"awaits", covered.awaits},
              {"calls", covered.calls},
              {"met", pairs_json(covered.met)},
              {"interrupted", pairs_json(covered.interrupted)},
              {"rejects", pairs_json(covered.rejects)},
              {"never_run", covered.never_run},
              {"never_interrupted", covered.never_interrupted},
              {"never_rejected", covered.never_rejected},
              {"never_interrupted_by", pairs_json(covered.never_interrupted_by)}};
}

Json estimate_json(const Estimate& estimate) {
  return Json{{"low", estimate.low},
              {"high", std::isfinite(estimate.high) ? Json(estimate.high) : Json()}};
}

Json report_json(const Report& report) {
  const Verdict& verdict = report.verdict;
  const bool violated = verdict.answered == Answered::kViolated;
  Json json{{"name", report.name}, {"verdict", to_string(verdict.answered)}};
  json["property"] = violated ? Json(verdict.property) : Json();
  if (violated) {
    json["property_kind"] = verdict.property_kind;
    json["why"] = verdict.why;
    json["minimality"] = verdict.minimality;
  }
  if (verdict.answered == Answered::kIncomplete) {
    json["bound"] = verdict.bound;
    json["coverage"] = verdict.coverage;
  }
  json["strategy"] = verdict.strategy;
  if (!verdict.storage.empty()) {
    json["storage"] = verdict.storage;
    json["missed_expected"] = verdict.missed_expected;
    json["missed_probability_max"] = std::min(1.0, verdict.missed_expected);
  }
  json["states"] = verdict.states;
  json["transitions"] = verdict.transitions;
  json["depth"] = verdict.depth;
  json["quiescent"] = verdict.quiescent;
  if (verdict.schedules > 0) {
    json["schedules"] = verdict.schedules;
    json["seed"] = verdict.seed;
    json["strategies"] = strategies_json(verdict);
  }
  if (verdict.schedules > 0 || report.shows_coverage) {
    json["covered"] = covered_json(verdict.covered);
  }
  if (verdict.executions > 0) {
    json["executions"] = verdict.executions;
    json["blocked"] = verdict.blocked;
    json["executions_estimated"] =
        verdict.executions_estimated ? estimate_json(*verdict.executions_estimated) : Json();
  }
  if (!report.one_schedule.empty()) {
    json["one_schedule"] = report.one_schedule;
  }
  if (!report.uncovered.empty()) {
    json["uncovered"] = report.uncovered;
  }
  json["seconds"] = verdict.seconds;
  json["scope"] = verdict.scope;
  json["schedule"] = verdict.schedule;
  json["outcomes"] = outcomes_json(verdict);
  json["witnesses"] = Json::object();
  for (const auto& [name, schedule] : verdict.witnesses) {
    json["witnesses"][name] = schedule;
  }
  json["peaks"] = Json::object();
  for (const auto& [name, peak] : verdict.peaks) {
    json["peaks"][name] = peak;
  }
  json["distinct"] = Json::object();
  for (const auto& [name, count] : verdict.distinct) {
    json["distinct"][name] = count;
  }
  json["logs"] = Json::object();
  for (const auto& [method, logs] : verdict.logs_by_method) {
    json["logs"][method] = logs;
  }
  json["races"] = report.trace ? findings_json(*report.trace) : Json::array();
  json["notes"] = verdict.notes;
  if (!report.expected.empty()) {
    json["expected"] = report.expected;
    json["as_expected"] = report.as_expected;
  }
  return json;
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_text(const Report& report, const TextOptions& options) {
  return Writer(report, options).write();
}

std::string to_table(std::span<const Report> reports, const TextOptions& options) {
  const Symbols& symbols = internal::symbols(options.ascii);
  const Painter painter(options.color);
  const std::size_t width = text_width(options);
  constexpr std::size_t kVerdict = 10;
  constexpr std::size_t kStates = 13;
  constexpr std::size_t kSeconds = 8;
  constexpr std::size_t kReasonMin = 12;
  constexpr std::size_t kGaps = 4;
  std::size_t name_width = 8;
  for (const Report& report : reports) {
    name_width = std::max(name_width, display_width(printable(report.name, symbols.ascii)));
  }
  name_width = std::min(name_width, width - kVerdict - kStates - kSeconds - kReasonMin - kGaps);
  const std::size_t reason_width = width - name_width - kVerdict - kStates - kSeconds - kGaps;

  std::string out;
  const auto row = [&](const std::string& name, const std::string& verdict, Tone tone,
                       const std::string& states, const std::string& seconds,
                       const std::string& why, Tone why_tone) {
    const std::string clean = elided(printable(why, symbols.ascii), reason_width, symbols.ellipsis);
    std::string line = fmt::format(
        "{} {} {:>{}} {:>{}} {}",
        padded(elided(printable(name, symbols.ascii), name_width, symbols.ellipsis), name_width),
        painter.paint(padded(verdict, kVerdict), tone), states, kStates, seconds, kSeconds,
        painter.paint(clean, why_tone));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  row("scenario", "verdict", Tone::kTitle, "states", "time", "", Tone::kPlain);
  std::size_t unexpected = 0;
  std::size_t one_schedule = 0;
  std::map<std::string, std::size_t> sums;
  double seconds = 0;
  for (const Report& report : reports) {
    const Verdict& verdict = report.verdict;
    const std::string word(to_string(verdict.answered));
    ++sums[word];
    seconds += verdict.seconds;
    const bool bad = !report.expected.empty() && !report.as_expected;
    unexpected += bad ? 1U : 0U;
    const bool is_one = !report.one_schedule.empty();
    one_schedule += is_one ? 1U : 0U;
    std::string why =
        bad ? fmt::format("EXPECTED: {}; {}", report.expected, reason(verdict)) : reason(verdict);
    if (is_one) {
      why = fmt::format("ONE SCHEDULE{}{}", why.empty() ? "" : "; ", why);
    }
    row(report.name, word, Painter::tone_of(word),
        verdict.states > 0 ? grouped(verdict.states)
                           : fmt::format("{} runs", grouped(verdict.schedules)),
        seconds_text(verdict.seconds), why, bad || is_one ? Tone::kBad : Tone::kPlain);
  }
  std::vector<std::string> texts;
  for (const auto& [word, count] : sums) {
    texts.push_back(fmt::format("{} {}", count, word));
  }
  const bool asked = std::any_of(reports.begin(), reports.end(),
                                 [](const Report& report) { return !report.expected.empty(); });
  std::string sum = fmt::format("{}: {}, in {}", counted(reports.size(), "scenario", "scenarios"),
                                fmt::join(texts, ", "), seconds_text(seconds));
  if (asked) {
    sum += unexpected == 0 ? "; all as expected" : fmt::format("; {} NOT as expected", unexpected);
  }
  if (one_schedule != 0) {
    sum += fmt::format("; {} with ONE SCHEDULE only", one_schedule);
  }
  for (const std::string& line : wrapped(sum, width, 2)) {
    out += painter.paint(line, unexpected + one_schedule == 0 ? Tone::kTitle : Tone::kBad) + '\n';
  }
  return out;
}

std::string to_json(const Report& report) {
  return dumped(report_json(report));
}

std::string to_json(std::span<const Report> reports) {
  Json json = Json::array();
  for (const Report& report : reports) {
    json.push_back(report_json(report));
  }
  return dumped(json);
}

}  // namespace heddle
