// Two traces in two columns.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <heddle/traces/compare.h>
#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

using internal::display_width;
using internal::padded;
using internal::Painter;
using internal::Story;
using internal::Tone;
using internal::wrapped;

using Kind = ComparedSteps::Kind;

class SideBySide {
 public:
  SideBySide(const Trace& left, const Trace& right, const TextOptions& options)
      : symbols_(internal::symbols(options.ascii)),
        painter_(options.color),
        left_(left, options.ascii),
        right_(right, options.ascii),
        column_((text_width(options) - 3) / 2) {
    number_ = std::max<std::size_t>(
        2, std::to_string(std::max(left.steps.size(), right.steps.size())).size());
  }

  std::string render(const Comparison& comparison, std::string_view left_title,
                     std::string_view right_title) {
    row(std::string(left_title), std::string(right_title), Tone::kTitle, Tone::kTitle);
    std::string rule;
    for (std::size_t i = 0; i < 2 * column_ + 3; ++i) {
      rule += i == column_ + 1 ? symbols_.crossing : symbols_.rule;
    }
    line(painter_.paint(rule, Tone::kQuiet));
    const std::vector<ComparedSteps>& rows = comparison.rows;
    for (std::size_t i = 0; i < rows.size();) {
      std::size_t end = i;
      while (end < rows.size() && rows[end].kind == Kind::kSame) {
        ++end;
      }
      if (end - i > kEqualShown) {
        const std::string text = fmt::format("{} {} equal steps", symbols_.more, end - i);
        row(text, text, Tone::kQuiet, Tone::kQuiet);
        i = end;
      } else {
        steps(rows[i]);
        ++i;
      }
    }
    if (!comparison.ends.empty()) {
      line("");
      line(painter_.paint("At the end", Tone::kTitle));
      for (const VariableDiff& diff : comparison.ends) {
        const std::string name = full_name(diff);
        row(fmt::format("{} = {}", name, diff.before), fmt::format("{} = {}", name, diff.after),
            Tone::kChange, Tone::kChange);
      }
    }
    return std::move(text_);
  }

 private:
  void steps(const ComparedSteps& compared) {
    // What happens, with what it changes where that is not the same in both.
    const bool whole = compared.kind != Kind::kSame;
    const std::vector<std::string> at_left = told(left_, compared.left, whole);
    const std::vector<std::string> at_right = told(right_, compared.right, whole);
    const Tone tone = compared.kind == Kind::kSame      ? Tone::kQuiet
                      : compared.kind == Kind::kChanged ? Tone::kChange
                                                        : Tone::kPlain;
    for (std::size_t i = 0; i < std::max(at_left.size(), at_right.size()); ++i) {
      std::string left_text = i < at_left.size() ? at_left[i] : std::string();
      std::string right_text = i < at_right.size() ? at_right[i] : std::string();
      if (i == 0 && compared.left == 0) {
        left_text = elsewhere(compared);
      }
      if (i == 0 && compared.right == 0) {
        right_text = elsewhere(compared);
      }
      row(left_text, right_text, compared.left == 0 ? Tone::kQuiet : tone,
          compared.right == 0 ? Tone::kQuiet : tone);
    }
  }

  [[nodiscard]] std::string elsewhere(const ComparedSteps& compared) const {
    const std::string margin(number_ + 1, ' ');
    return compared.kind == Kind::kMoved ? fmt::format("{}(step {})", margin, compared.other)
                                         : margin + "-";
  }

  [[nodiscard]] std::vector<std::string> told(const Story& story, std::uint64_t number,
                                              bool whole) const {
    std::vector<std::string> lines;
    if (number == 0) {
      return lines;
    }
    const internal::StoryStep& step = story.steps()[number - 1];
    const std::string lane =
        step.step->lane.empty() ? std::string() : fmt::format("{}: ", step.step->lane);
    lines.push_back(fmt::format("{:>{}} {}{}", number, number_, lane, step.lines.front().text));
    for (std::size_t i = 1; whole && i < step.lines.size(); ++i) {
      lines.push_back(fmt::format("{} {}", std::string(number_ + 2, ' '), step.lines[i].text));
    }
    return lines;
  }

  void line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    text_ += text;
    text_ += '\n';
  }

  /// One row, wrapped in both columns.
  void row(const std::string& left, const std::string& right, Tone left_tone, Tone right_tone) {
    const std::size_t indent = number_ + 5;
    const std::vector<std::string> of_left =
        wrapped(internal::printable(left, symbols_.ascii), column_, indent);
    const std::vector<std::string> of_right =
        wrapped(internal::printable(right, symbols_.ascii), column_, indent);
    for (std::size_t i = 0; i < std::max(of_left.size(), of_right.size()); ++i) {
      const std::string a = i < of_left.size() ? of_left[i] : std::string();
      const std::string b = i < of_right.size() ? of_right[i] : std::string();
      line(painter_.paint(padded(a, column_), left_tone) +
           painter_.paint(fmt::format(" {} ", symbols_.column), Tone::kQuiet) +
           painter_.paint(b, right_tone));
    }
  }

  static constexpr std::size_t kEqualShown = 4;

  const internal::Symbols& symbols_;
  Painter painter_;
  Story left_;
  Story right_;
  std::size_t column_;
  std::size_t number_ = 2;
  std::string text_;
};

}  // namespace

std::string to_sentence(const Trace& left, const Trace& right, const Comparison& comparison,
                        bool ascii) {
  const Story of_left(left, ascii);
  const Story of_right(right, ascii);
  const auto title = [](const Story& story, std::uint64_t number) {
    const internal::StoryStep& step = story.steps()[number - 1];
    const std::string& text = step.lines.front().text;
    return step.step->lane.empty() ? fmt::format("\"{}\"", text)
                                   : fmt::format("\"{}: {}\"", step.step->lane, text);
  };
  std::string sentence;
  std::size_t more = 0;
  for (const ComparedSteps& row : comparison.rows) {
    std::string text;
    if (row.kind == Kind::kMoved && row.left != 0) {
      const bool later = row.other > row.left;
      const std::uint64_t beside = later ? row.other - 1 : row.other + 1;
      text = fmt::format("{} comes {} {}", title(of_left, row.left), later ? "after" : "before",
                         title(of_right, beside));
    } else if (row.kind == Kind::kOnly && row.left != 0 && left.steps[row.left - 1].is_fault) {
      text = fmt::format("{} does not happen", title(of_left, row.left));
    } else {
      continue;
    }
    if (sentence.empty()) {
      sentence = text;
    } else {
      ++more;
    }
  }
  return more == 0 ? sentence
                   : fmt::format("{}, with {} more {} moved", sentence, more,
                                 more == 1 ? "step" : "steps");
}

std::string to_terminal(const Trace& left, const Trace& right, const Comparison& comparison,
                        std::string_view left_title, std::string_view right_title,
                        const TextOptions& options) {
  return SideBySide(left, right, options).render(comparison, left_title, right_title);
}

}  // namespace heddle
