#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/traces/internal/explanation.h>
#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/outcomes.h>

namespace heddle {
namespace {

using internal::elided;
using internal::Painter;
using internal::printable;
using internal::Story;
using internal::StoryStep;
using internal::Symbols;
using internal::Tone;
using internal::wrapped;

/// Steps of a witness that are shown; the rest of a long one is left out in the middle.
constexpr std::size_t kStepsShown = 8;

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

class Writer {
 public:
  explicit Writer(const TextOptions& options)
      : width_(text_width(options)),
        symbols_(internal::symbols(options.ascii)),
        painter_(options.color) {}

  std::string write(const OutcomesReport& report) {
    say(fmt::format("Outcomes of {}", report.scenario), Tone::kTitle, 0);
    say(report.description, Tone::kPlain, 2);
    say(fmt::format("{} of {}{}{}{}", counted(report.final_states, "final state"),
                    counted(report.states, "state"),
                    report.profile.empty() ? "" : fmt::format(" {} profile ", symbols_.dot),
                    report.profile,
                    report.finished ? ""
                                    : fmt::format(" {} not all were looked at: there may be other "
                                                  "outcomes",
                                                  symbols_.dot)),
        Tone::kQuiet, 2);
    for (const ToldOutcomes& set : report.sets) {
      write(set, report);
    }
    return std::move(text_);
  }

 private:
  void write(const ToldOutcomes& set, const OutcomesReport& report) {
    std::vector<std::string> values;
    bool as_expected = set.never_reached.empty();
    for (const ToldOutcome& outcome : set.outcomes) {
      values.push_back(outcome.value);
      as_expected = as_expected && outcome.is_expected;
    }
    const std::string judged = !set.is_declared ? ""
                               : as_expected    ? ", as declared"
                                                : ", NOT as declared";
    text_ += '\n';
    say(fmt::format("{} ends in {{{}}}{}", set.set, fmt::join(values, ", "), judged),
        as_expected ? Tone::kTitle : Tone::kBad, 0);
    for (const std::string& value : set.never_reached) {
      say(fmt::format("{} is declared, and {}", value,
                      report.finished ? "never reached" : "was not met so far"),
          Tone::kBad, 2);
    }
    for (const ToldOutcome& outcome : set.outcomes) {
      write(outcome, set, report);
    }
  }

  void write(const ToldOutcome& outcome, const ToldOutcomes& set, const OutcomesReport& report) {
    text_ += '\n';
    say(fmt::format("{}  in {} of {}{}", outcome.value, outcome.final_states,
                    counted(report.final_states, "final state"),
                    outcome.is_expected ? "" : ": NOT declared"),
        outcome.is_expected ? Tone::kTitle : Tone::kBad, 2);
    write_witness(outcome);
    if (outcome.decides != 0) {
      say(decision(outcome), Tone::kGood, 4);
    } else if (report.finished && set.outcomes.size() == 1) {
      say("Every schedule ends so.", Tone::kGood, 4);
    }
    if (!outcome.command.empty()) {
      for (const std::string& line :
           internal::wrapped_command(printable(outcome.command, symbols_.ascii), width_ - 4)) {
        text_ += "    " + painter_.paint(line, Tone::kQuiet) + "\n";
      }
    }
  }

  void write_witness(const ToldOutcome& outcome) {
    const Story story(outcome.witness, symbols_.ascii);
    const std::size_t count = story.steps().size();
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_shown = count <= kStepsShown || i < kStepsShown / 2 ||
                            count - i <= kStepsShown / 2 - 1 || i + 1 == outcome.decides;
      if (!is_shown) {
        ++left_out;
        continue;
      }
      if (left_out > 0) {
        say(fmt::format("   {} {}", symbols_.more, counted(left_out, "more step")), Tone::kQuiet,
            4);
        left_out = 0;
      }
      step(story.steps()[i], i + 1 == outcome.decides);
    }
  }

  /// What happens, and what it changes: in one line where there is room.
  void step(const StoryStep& told, bool decides) {
    constexpr std::size_t kIndent = 4;
    constexpr std::size_t kEffectLines = 2;
    const Tone tone = decides ? Tone::kChange : Tone::kPlain;
    const std::string event =
        printable(fmt::format("{:>2} {}", told.step->number, event_text(told)), symbols_.ascii);
    const std::string effects = printable(effects_text(told), symbols_.ascii);
    const std::size_t room = width_ - kIndent;
    const auto line = [&](std::string_view text) {
      text_ += std::string(kIndent, ' ') +
               painter_.paint(elided(text, room, symbols_.ellipsis), tone) + "\n";
    };
    if (effects.empty()) {
      line(event);
    } else if (internal::display_width(event) + 2 + internal::display_width(effects) <= room) {
      line(fmt::format("{}  {}", event, effects));
    } else {
      line(event);
      std::vector<std::string> lines = wrapped(effects, room - 5, 2);
      if (lines.size() > kEffectLines) {
        lines.resize(kEffectLines);
        lines.back() = elided(lines.back(), room - 9, "") + " " + std::string(symbols_.ellipsis);
      }
      for (const std::string& part : lines) {
        line("     " + part);
      }
    }
  }

  [[nodiscard]] std::string effects_text(const StoryStep& told) const {
    std::vector<std::string> parts;
    for (const VariableDiff& diff : told.step->diffs) {
      parts.push_back(fmt::format("{}: {} -> {}", diff.variable, diff.before, diff.after));
    }
    for (const TraceResponse& response : told.step->responses) {
      if (response.call.find('/') == std::string::npos) {
        parts.push_back(fmt::format(
            "{} {}", symbols_.receives,
            response.replied ? response.value : fmt::format("reject {}", response.value)));
      }
    }
    return fmt::format("{}", fmt::join(parts, "  "));
  }

  [[nodiscard]] static std::string event_text(const StoryStep& told) {
    const std::string& lane = told.step->lane;
    return fmt::format("{}{}", lane.empty() ? "" : lane + ": ", told.lines.front().text);
  }

  [[nodiscard]] std::string decision(const ToldOutcome& outcome) const {
    std::string text = fmt::format("Step {} decides: whatever follows, it ends in {}.",
                                   outcome.decides, outcome.value);
    if (outcome.other && outcome.other->steps.size() >= outcome.decides) {
      const Story story(*outcome.other, symbols_.ascii);
      text += fmt::format(" With \"{}\" in its place it can end in {}.",
                          event_text(story.steps()[outcome.decides - 1]), outcome.otherwise);
    }
    return text;
  }

  void say(std::string_view text, Tone tone, std::size_t indent) {
    if (text.empty()) {
      return;
    }
    for (const std::string& line :
         wrapped(printable(text, symbols_.ascii), width_ - indent, indent == 0 ? 2 : 0)) {
      text_ += std::string(indent, ' ') + painter_.paint(line, tone) + "\n";
    }
  }

  std::size_t width_;
  const Symbols& symbols_;
  Painter painter_;
  std::string text_;
};

}  // namespace

std::string to_terminal(const OutcomesReport& report, const TextOptions& options) {
  return Writer(options).write(report);
}

}  // namespace heddle
