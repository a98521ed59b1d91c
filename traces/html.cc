#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <zlib.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/formats.h>
#include <heddle/traces/html.h>
#include <heddle/traces/internal/explanation.h>
#include <heddle/traces/internal/page.h>
#include <heddle/traces/internal/painter.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/json.h>

namespace heddle {
namespace {

/// Alternatives of a step that the page lists; more would make the file large and help nobody.
constexpr std::size_t kAlternatives = 30;
/// Steps beyond which a diagram or a test is too long to be pasted anywhere.
constexpr std::size_t kCopiedSteps = 200;
/// Columns of the text that those without JavaScript read.
constexpr std::size_t kPlainWidth = 110;

/// A document larger than this stands deflated in the page: reading megabytes of text is most of
/// what a browser does to open it, and the file is small enough to be kept with every run. Smaller
/// ones, of fifty steps or so, stay readable.
constexpr std::size_t kPlainDocumentMax = 64 * 1024;

std::string in_base64(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(bytes.size() / 3 * 4 + 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= group.size() ? kLetters[bits >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return text;
}

std::string deflated(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string bytes(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
               reinterpret_cast<const Bytef*>(text.data()), text.size()) != Z_OK) {
    throw BrokenInvariant("zlib does not compress a trace");
  }
  bytes.resize(size);
  return in_base64(bytes);
}

/// JSON in which nothing ends the script element that holds it, or begins a comment: between its
/// own signs, JSON has '<' in texts only.
std::string in_script(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

Trace with_fewer_alternatives(Trace trace) {
  for (TraceStep& step : trace.steps) {
    if (step.enabled.size() > kAlternatives) {
      const bool is_kept = std::find(step.enabled.begin(), step.enabled.begin() + kAlternatives,
                                     step.event) != step.enabled.begin() + kAlternatives;
      step.enabled.resize(kAlternatives);
      if (!is_kept) {
        step.enabled.back() = step.event;
      }
      std::erase_if(step.alternatives, [&step](const TraceAlternative& alternative) {
        return std::ranges::find(step.enabled, alternative.event) == step.enabled.end();
      });
    }
  }
  return trace;
}

// ---- What is read without JavaScript.

std::string in_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += internal::in_markup(line) + "\n";
  }
  return text;
}

std::string row(const internal::StoryStep& told) {
  const TraceStep& step = *told.step;
  std::vector<std::string> lines;
  std::vector<std::string> users;
  for (const internal::StoryLine& line : told.lines) {
    lines.push_back(fmt::format("{}{}{}{}{}", line.text, line.mark.empty() ? "" : "  ", line.mark,
                                line.place.empty() ? "" : "  ", line.place));
    if (!line.user.empty()) {
      users.push_back(line.user);
    }
  }
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", step.number,
                     in_lines(users), internal::in_markup(step.lane), in_lines(lines));
}

std::string plain(const Trace& trace) {
  const internal::Story story(trace, false);
  const internal::Symbols& symbols = internal::symbols(false);
  const internal::Painter painter(false);
  std::vector<std::string> head = internal::header(trace, kPlainWidth, symbols, painter);
  std::string rows;
  for (const internal::StoryStep& step : story.steps()) {
    rows += row(step);
  }
  return fmt::format(
      "<div class=\"plain\">\n<h1>{}</h1>\n<pre>{}</pre>\n<p>This page draws the schedule with "
      "JavaScript, which is off here; this is all of it as text.</p>\n"
      "<section>\n<pre>{}</pre>\n</section>\n"
      "<section>\n<table>\n<thead><tr><th>step</th><th>users</th><th>canister</th><th>what "
      "happens</th></tr></thead>\n<tbody>\n{}</tbody>\n</table>\n</section>\n</div>\n",
      internal::in_markup(head.front()), in_lines({head.begin() + 1, head.end()}),
      in_lines(internal::explanation(trace, story, kPlainWidth, symbols, painter)), rows);
}

/// Exports to copy from the page, by what they are. Where there is no room for all, the first ones.
std::string copies(const Trace& trace) {
  constexpr std::string_view kCopied[] = {"gtest", "rust", "mermaid", "plantuml", "shiviz"};
  std::size_t room = 48 * 1024;
  nlohmann::ordered_json texts = nlohmann::ordered_json::object();
  for (const std::string_view name : kCopied) {
    const ExportFormat* format = find_export_format(name);
    if (format == nullptr || trace.steps.size() > kCopiedSteps) {
      continue;
    }
    const std::string text = format->write(trace, {});
    if (text.size() <= room) {
      room -= text.size();
      texts[fmt::format("{}: {}", name, format->help)] = text;
    }
  }
  return in_script(texts.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// `frame` with each {{name}} replaced.
std::string filled(std::string_view frame,
                   const std::map<std::string_view, std::string_view>& parts) {
  std::string text;
  for (;;) {
    const std::size_t begin = frame.find("{{");
    text += frame.substr(0, begin);
    if (begin == std::string_view::npos) {
      return text;
    }
    const std::size_t end = frame.find("}}", begin);
    text += parts.at(frame.substr(begin + 2, end - begin - 2));
    frame.remove_prefix(end + 2);
  }
}

}  // namespace

std::string to_html(const Trace& trace) {
  const internal::PageSources& page = internal::kPageSources;
  const std::string title = internal::in_markup(
      fmt::format("{} {} in {}", trace.verdict.empty() ? "Replay" : trace.verdict, trace.property,
                  trace.scenario));
  const std::string text = plain(trace);
  const std::string json = to_compact_json(with_fewer_alternatives(trace));
  const bool is_large = json.size() > kPlainDocumentMax;
  const std::string document = is_large ? deflated(json) : in_script(json);
  const std::string texts = copies(trace);
  return filled(page.frame, {{"title", title},
                             {"style", page.style},
                             {"style hash", page.style_hash},
                             {"plain", text},
                             {"packed", is_large ? " data-deflated" : ""},
                             {"document", document},
                             {"copies", texts},
                             {"script", page.script},
                             {"script hash", page.script_hash}});
}

std::string to_live_html(const std::string& scenario, const std::string& about) {
  const internal::PageSources& page = internal::kPageSources;
  const std::string title = internal::in_markup(scenario);
  const std::string document = in_script(about);
  return filled(page.live_frame, {{"title", title},
                                  {"style", page.style},
                                  {"style hash", page.style_hash},
                                  {"about", document},
                                  {"script", page.script},
                                  {"script hash", page.script_hash},
                                  {"live script", page.live_script},
                                  {"live script hash", page.live_script_hash}});
}

}  // namespace heddle
