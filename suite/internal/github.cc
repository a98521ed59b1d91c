#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include <heddle/suite/internal/github.h>
#include <heddle/suite/internal/table.h>
#include <heddle/traces/mermaid.h>

namespace heddle::internal {
namespace {

/// So many violations are shown in full: a summary holds 1 MiB.
constexpr std::size_t kShownMax = 10;
/// GitHub draws diagrams of at most 50 000 characters; nobody reads one half as large.
constexpr std::size_t kDiagramMax = 20'000;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The value of a command's message, or, with `in_property`, of one of its properties.
std::string escaped(std::string_view text, bool in_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (in_property && (c == ':' || c == ','))) {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

/// Text in a cell of a table, or between tags: nothing in it is markup.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      result += ' ';
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else if (std::string_view("|*_`[]\\~$").find(c) != std::string_view::npos) {
      result += '\\';
      result += c;
    } else {
      result += c;
    }
  }
  return result;
}

/// In HTML, where Markdown's backslashes would stand.
std::string in_html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '<' ? std::string("&lt;") : c == '&' ? std::string("&amp;") : std::string(1, c);
  }
  return result;
}

/// `text` between fences that do not occur in it.
std::string fenced(std::string_view language, const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) {
    fence += '`';
  }
  return fmt::format("{0}{1}\n{2}{3}{0}\n", fence, language, text,
                     text.ends_with('\n') ? "" : "\n");
}

std::string row(const Attempt& attempt) {
  const Verdict& verdict = attempt.report.verdict;
  const std::string_view mark = attempt.code == kVerifiedCode     ? ":white_check_mark:"
                                : attempt.code == kIncompleteCode ? ":warning:"
                                                                  : ":x:";
  if (attempt.failed) {
    return fmt::format("| {} | {} | not checked | {} | | |\n", mark, plain(attempt.name),
                       plain(attempt.failed->text));
  }
  std::string what = verdict.property.empty() ? verdict.bound : verdict.property;
  if (!attempt.report.expected.empty() && attempt.code == kVerifiedCode) {
    what += what.empty() ? "as declared" : ", as declared";
  }
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", mark, plain(attempt.name),
                     to_string(verdict.answered), plain(what), grouped(verdict.states),
                     grouped(verdict.depth));
}

/// One that a reader opens.
std::string detail(const Finding& finding) {
  std::string text = fmt::format("\n<details><summary>{}</summary>\n\n", in_html(finding.title));
  const std::string where =
      finding.place.line > 0 ? fmt::format("{}:{}\n", finding.place.file, finding.place.line) : "";
  text += fenced("text", where + finding.text);
  if (finding.trace != nullptr) {
    const std::string diagram = to_mermaid(*finding.trace);
    text += diagram.size() <= kDiagramMax
                ? "\n" + fenced("mermaid", diagram)
                : fmt::format(
                      "\nIts {} are too many for a diagram here; `--html FOLDER` writes a "
                      "page.\n",
                      count(finding.trace->steps.size(), "event"));
  }
  return text + "\n</details>\n";
}

}  // namespace

std::optional<GitHub> GitHub::from_environment() {
  if (environment("GITHUB_ACTIONS") != "true") {
    return std::nullopt;
  }
  GitHub github;
  github.summary_file_ = environment("GITHUB_STEP_SUMMARY");
  return github;
}

void GitHub::tell(std::span<const Attempt> attempts, std::ostream& out) const {
  for (const Attempt& attempt : attempts) {
    for (const Finding& finding : findings_of(attempt)) {
      out << annotation(finding);
    }
  }
  if (summary_file_.empty()) {
    return;
  }
  std::ofstream stream(summary_file_, std::ios::binary | std::ios::app);
  stream << job_summary(attempts);
  stream.close();
  if (!stream) {
    out << fmt::format("cannot write the job's summary to {}\n", summary_file_);
  }
}

std::string annotation(const Finding& finding) {
  std::string properties;
  if (finding.place.line > 0) {
    properties =
        fmt::format("file={},line={},", escaped(finding.place.file, true), finding.place.line);
  }
  return fmt::format("::{} {}title={}::{}\n",
                     finding.level == Finding::Level::kError ? "error" : "warning", properties,
                     escaped(finding.title, true), escaped(finding.text, false));
}

std::string job_summary(std::span<const Attempt> attempts) {
  const auto passed = static_cast<std::size_t>(std::ranges::count_if(
      attempts, [](const Attempt& attempt) { return attempt.code == kVerifiedCode; }));
  std::string text =
      passed == attempts.size()
          ? fmt::format("### Heddle: {} passed\n\n", count(attempts.size(), "scenario"))
          : fmt::format("### Heddle: {} of {} did not pass\n\n", attempts.size() - passed,
                        count(attempts.size(), "scenario"));
  text += "| | scenario | verdict | property or bound | states | depth |\n";
  text += "|---|---|---|---|---:|---:|\n";
  for (const Attempt& attempt : attempts) {
    text += row(attempt);
  }
  std::size_t shown = 0;
  for (const Attempt& attempt : attempts) {
    for (const Finding& finding : findings_of(attempt)) {
      if (finding.level == Finding::Level::kError && shown++ < kShownMax) {
        text += detail(finding);
      }
    }
  }
  if (shown > kShownMax) {
    text += fmt::format("\nand {} more.\n", shown - kShownMax);
  }
  return text + "\n";
}

}  // namespace heddle::internal
