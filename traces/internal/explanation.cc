#include <algorithm>

#include <fmt/format.h>

#include <heddle/traces/compare.h>
#include <heddle/traces/internal/explanation.h>
#include <heddle/traces/internal/names.h>
#include <heddle/traces/internal/text.h>

namespace heddle::internal {
namespace {

constexpr std::size_t kIndent = 2;

class Lines {
 public:
  Lines(std::size_t width, const Symbols& symbols, const Painter& painter)
      : width_(width), symbols_(symbols), painter_(painter) {}

  void blank() { lines_.emplace_back(); }

  /// `text` at the left margin, wrapped.
  void say(std::string_view text, Tone tone = Tone::kPlain, std::size_t indent = 0,
           std::size_t hanging = 0) {
    const std::string clean = printable(text, symbols_.ascii);
    for (const std::string& line : wrapped(clean, width_ - indent, hanging)) {
      lines_.push_back(std::string(indent, ' ') + painter_.paint(line, tone));
    }
  }

  /// Every line of `text` by itself, indented.
  void quote(std::string_view text, Tone tone = Tone::kPlain) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (end > 0) {
        say(text.substr(0, end), tone, kIndent, kIndent);
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  void add(std::string line) { lines_.push_back(std::move(line)); }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::size_t width_;
  const Symbols& symbols_;
  const Painter& painter_;
  std::vector<std::string> lines_;
};

std::string steps_text(std::size_t count) {
  return count == 1 ? "1 step" : fmt::format("{} steps", count);
}

/// What usually mends a race of this kind.
std::string_view remedy(std::string_view pattern) {
  if (pattern == "stale write") {
    return "look at it again after the await, change it by a difference (-=), or hold a guard "
           "across the await.";
  }
  if (pattern == "late write") {
    return "write before the await, or check after it that nobody has written since.";
  }
  if (pattern == "stale check") {
    return "check again after the await, take what was checked before it, or hold a guard across "
           "the await.";
  }
  if (pattern == "torn group") {
    return "write all of the group in one execution, without an await in between.";
  }
  return {};
}

void explain_race(const Trace& trace, const Story& story, std::size_t number, Lines& lines) {
  const Race& race = trace.races[number];
  lines.blank();
  lines.say(fmt::format("Race on {}: {}{}", race.variable, race.pattern,
                        race.declared ? "" : " (a finding: no property forbids it)"),
            Tone::kTitle);
  lines.quote(race.sentence);
  std::string moments;
  for (const RaceMoment& moment : story.moments(number)) {
    const std::string place = race.sentence.empty() ? to_text(moment.place, true) : std::string();
    moments += fmt::format("{}{} {}, step {}{}{}", moments.empty() ? "" : "; ", moment.mark,
                           moment.said, moment.step, place.empty() ? "" : ", ", place);
  }
  lines.say(moments, Tone::kQuiet, kIndent, kIndent);
  if (const std::string_view words = remedy(race.pattern); !words.empty()) {
    lines.say(fmt::format("To mend it: {}", words), Tone::kGood, kIndent, 2);
  }
}

void explain_races(const Trace& trace, const Story& story, Lines& lines) {
  const std::size_t shown = std::min(trace.races.size(), Story::kRacesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    explain_race(trace, story, i, lines);
  }
  if (shown < trace.races.size()) {
    lines.say(fmt::format("and {} more: {}", trace.races.size() - shown,
                          [&] {
                            std::string names;
                            for (std::size_t i = shown; i < trace.races.size(); ++i) {
                              names += fmt::format("{}{} on {}", names.empty() ? "" : ", ",
                                                   trace.races[i].pattern, trace.races[i].variable);
                            }
                            return names;
                          }()),
              Tone::kQuiet, kIndent, 2);
  }
}

/// Which step decides, and what would have to be otherwise.
void explain_decision(const Trace& trace, const Symbols& symbols, Lines& lines) {
  if (trace.never_passes) {
    lines.blank();
    lines.say("No order helps", Tone::kTitle);
    lines.quote("it fails on every schedule: what is wrong is not the interleaving");
    return;
  }
  if (trace.critical_step == 0) {
    return;
  }
  lines.blank();
  lines.say(fmt::format("Step {} decides", trace.critical_step), Tone::kTitle);
  lines.quote("before it some continuation still passes, after it none does");
  if (!trace.sibling) {
    return;
  }
  const Trace& passing = *trace.sibling->trace;
  if (const std::string words = to_sentence(trace, passing, compare(trace, passing), symbols.ascii);
      !words.empty()) {
    lines.quote(fmt::format("It passes when {}.", words), Tone::kGood);
  }
}

/// What was left out, and what is needed, each kind in a line; swaps of events in a line each.
void explain_tried(const Trace& trace, TraceTried::Came came, std::string_view title, Tone tone,
                   const Symbols& symbols, Lines& lines) {
  constexpr std::size_t kOrdersShown = 4;
  std::string joined;
  std::vector<std::string> orders;
  for (const TraceTried& tried : trace.tried) {
    if (tried.came == came && tried.kind == TraceTried::Kind::kOrder) {
      orders.push_back(tried.what);
    } else if (tried.came == came) {
      joined +=
          fmt::format("{}{}", joined.empty() ? "" : fmt::format(" {} ", symbols.dot), tried.what);
    }
  }
  if (joined.empty() && orders.empty()) {
    return;
  }
  lines.blank();
  lines.say(title, Tone::kTitle);
  lines.quote(joined, tone);
  for (std::size_t i = 0; i < std::min(orders.size(), kOrdersShown); ++i) {
    lines.quote(orders[i], tone);
  }
  if (orders.size() > kOrdersShown) {
    lines.quote(fmt::format("and {} more such pairs", orders.size() - kOrdersShown), Tone::kQuiet);
  }
}

void explain_tried(const Trace& trace, const Symbols& symbols, Lines& lines) {
  using Came = TraceTried::Came;
  explain_tried(trace, Came::kLeftOut, "Left out, and it still fails", Tone::kPlain, symbols,
                lines);
  explain_tried(trace, Came::kNeeded, "Needed: without any one of these the property holds",
                Tone::kPlain, symbols, lines);
  explain_tried(trace, Came::kFailsOtherwise, "Needed: without it, it fails in another way only",
                Tone::kPlain, symbols, lines);
  explain_tried(trace, Came::kNotEstablished,
                "Not established: the search without it was not finished", Tone::kQuiet, symbols,
                lines);
}

void explain_end(const Trace& trace, const Symbols& symbols, Lines& lines) {
  constexpr std::size_t kShown = 8;
  std::string text;
  std::size_t count = 0;
  for (const VariableDiff& diff : told_once(trace.final_variables)) {
    if (diff.before == diff.after) {
      continue;
    }
    if (++count <= kShown) {
      text += fmt::format("{}{}: {} -> {}", text.empty() ? "" : fmt::format(" {} ", symbols.dot),
                          full_name(diff), diff.before, diff.after);
    }
  }
  if (count == 0) {
    return;
  }
  if (count > kShown) {
    text += fmt::format(" {} {} more", symbols.dot, count - kShown);
  }
  lines.blank();
  lines.say("From the first state to the last", Tone::kTitle);
  lines.quote(text);
}

}  // namespace

std::vector<std::string> wrapped_command(std::string_view command, std::size_t width) {
  // Words as the shell sees them: a space inside quotes is part of one.
  std::vector<std::string> words(1);
  char quote = 0;
  for (const char c : command) {
    if (quote == 0 && c == ' ') {
      if (!words.back().empty()) {
        words.emplace_back();
      }
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    words.back() += c;
  }
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) {
      continue;
    }
    const std::size_t reserve = i + 1 < words.size() ? 2 : 0;  // for " \"
    if (!line.empty() && display_width(line) + 1 + display_width(words[i]) + reserve > width) {
      lines.push_back(line + " \\");
      line = "  " + words[i];
    } else {
      line += (line.empty() ? "" : " ") + words[i];
    }
  }
  lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> header(const Trace& trace, std::size_t width, const Symbols& symbols,
                                const Painter& painter) {
  Lines lines(width, symbols, painter);
  std::string title;
  if (!trace.property.empty()) {
    title = fmt::format("{} ({})", trace.property, trace.property_kind);
  }
  title += fmt::format("{}{}", title.empty() ? "" : " in ", trace.scenario);
  const std::string verdict = trace.verdict.empty() ? "REPLAY" : trace.verdict;
  const std::vector<std::string> wrapped_title =
      wrapped(printable(fmt::format("{} {}", verdict, title), symbols.ascii), width, kIndent);
  for (std::size_t i = 0; i < wrapped_title.size(); ++i) {
    const std::string& line = wrapped_title[i];
    const std::size_t head = i == 0 ? std::min(verdict.size(), line.size()) : 0;
    lines.add(painter.paint(line.substr(0, head), Painter::tone_of(verdict)) +
              painter.paint(line.substr(head), Tone::kTitle));
  }
  if (!trace.description.empty()) {
    lines.say(trace.description, Tone::kPlain, kIndent, 0);
  }
  std::vector<std::string> facts{steps_text(trace.steps.size())};
  if (!trace.minimality.empty()) {
    facts.back() += fmt::format(" ({})", trace.minimality);
  }
  if (!trace.profile.empty()) {
    facts.push_back(fmt::format("profile {}", trace.profile));
  }
  if (!trace.strategy.empty()) {
    facts.push_back(trace.strategy);
  }
  if (trace.seed != 0) {
    facts.push_back(fmt::format("seed {}", trace.seed));
  }
  for (const auto& [name, value] : trace.settings) {
    facts.push_back(fmt::format("{}{}{}", name, name.starts_with("--") ? " " : " = ", value));
  }
  lines.say(fmt::format("{}", fmt::join(facts, fmt::format(" {} ", symbols.dot))), Tone::kQuiet,
            kIndent, 0);
  for (const std::string& divergence : trace.divergences) {
    lines.say(fmt::format("diverged, {}", divergence), Tone::kFault, kIndent, kIndent);
  }
  return lines.take();
}

std::vector<std::string> explanation(const Trace& trace, const Story& story, std::size_t width,
                                     const Symbols& symbols, const Painter& painter) {
  Lines lines(width, symbols, painter);
  if (!trace.property.empty() && trace.verdict == "VIOLATED") {
    lines.blank();
    const bool at_the_end = trace.violated_step == trace.steps.size();
    lines.say(fmt::format(
                  "Why {} fails{}", trace.property,
                  at_the_end ? std::string() : fmt::format(" after step {}", trace.violated_step)),
              Tone::kTitle);
    lines.quote(trace.why.empty() ? std::string_view("it does not hold in the last state")
                                  : std::string_view(trace.why));
  } else if (!trace.why.empty()) {
    lines.blank();
    lines.quote(trace.why);
  }
  // Some properties say it as their reason already.
  if (!trace.wait_for.empty() && trace.why.find(trace.wait_for.front()) == std::string::npos) {
    lines.blank();
    lines.say("Who waits for whom", Tone::kTitle);
    for (const std::string& line : trace.wait_for) {
      lines.quote(line);
    }
  }
  explain_races(trace, story, lines);
  explain_decision(trace, symbols, lines);
  explain_tried(trace, symbols, lines);
  explain_end(trace, symbols, lines);
  if (!trace.repro.empty()) {
    lines.blank();
    lines.say("To see it again", Tone::kTitle);
    for (const std::string& line :
         wrapped_command(printable(trace.repro, symbols.ascii), width - kIndent)) {
      lines.add(std::string(kIndent, ' ') + line);
    }
  }
  return lines.take();
}

}  // namespace heddle::internal
