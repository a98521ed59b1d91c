#include <cctype>
#include <sstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/traces/export/gtest_case.h>
#include <heddle/traces/internal/story.h>
#include <heddle/traces/internal/text.h>

namespace heddle {
namespace {

/// Columns of a comment.
constexpr std::size_t kWidth = 96;

/// A literal of C++. Octal escapes end after three digits, so that none runs into what follows.
std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      result += fmt::format("\\{:03o}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

/// "atomic(bank.balance)" becomes "AtomicBankBalance".
std::string identifier(std::string_view text) {
  std::string result;
  bool begins_word = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) == 0) {
      begins_word = true;
      continue;
    }
    result += begins_word ? static_cast<char>(std::toupper(byte)) : c;
    begins_word = false;
  }
  return result;
}

/// Text in lines of a comment. None ends in a backslash, which would join the next line to it.
std::string comment(std::string_view indent, std::string_view text) {
  std::string result;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    for (const std::string& part :
         internal::wrapped(internal::printable(line, false), kWidth - indent.size(), 2)) {
      result += fmt::format("{}// {}{}\n", indent, part, part.ends_with('\\') ? "." : "");
    }
  }
  return result;
}

std::string overrides(const Trace& trace) {
  std::vector<std::string> parameters;
  std::vector<std::string> weakened;
  std::vector<std::string> allowed;
  std::vector<std::string> without;
  std::vector<std::string> numbers;
  for (const auto& [name, value] : trace.settings) {
    if (name.starts_with("--")) {
      std::istringstream parts{value};
      for (std::string part; std::getline(parts, part, ',');) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string before = literal(part.substr(0, equals));
        const std::string after = part.substr(std::min(equals + 1, part.size()));
        if (name == kWeakenSetting) {
          weakened.push_back(literal(part));
        } else if (name == kAllowSetting) {
          allowed.push_back(fmt::format("{{{}, {}}}", before, after));
        } else if (name == kWithoutSetting) {
          without.push_back(literal(part));
        } else if (name == kNumberSetting) {
          numbers.push_back(fmt::format("{{{}, {}}}", before, literal(after)));
        }
      }
    } else {
      parameters.push_back(fmt::format("{{{}, {}}}", literal(name), literal(value)));
    }
  }
  std::vector<std::string> fields;
  if (!parameters.empty()) {
    fields.push_back(fmt::format(".parameters = {{{}}}", fmt::join(parameters, ", ")));
  }
  if (!trace.profile.empty()) {
    fields.push_back(fmt::format(".profile = heddle::profile_from({})", literal(trace.profile)));
  }
  if (!weakened.empty()) {
    fields.push_back(fmt::format(".weakened = {{{}}}", fmt::join(weakened, ", ")));
  }
  if (!allowed.empty()) {
    fields.push_back(fmt::format(".allowed = {{{}}}", fmt::join(allowed, ", ")));
  }
  if (!without.empty()) {
    fields.push_back(fmt::format(".without = {{{}}}", fmt::join(without, ", ")));
  }
  if (!numbers.empty()) {
    fields.push_back(fmt::format(".numbers = {{{}}}", fmt::join(numbers, ", ")));
  }
  return fmt::format("{{{}}}", fmt::join(fields, ", "));
}

/// The event, and beside it what it does where the event does not say so.
std::string event(const internal::StoryStep& told) {
  const std::string what = told.lines.empty() ? std::string() : told.lines.front().text;
  const std::string text = literal(told.step->event);
  const std::size_t width = kWidth - std::min(kWidth / 2, text.size());
  return fmt::format(
      "      {},{}\n", text,
      what.empty() ? "" : fmt::format("  // {}.", internal::elided(what, width, "..")));
}

}  // namespace

std::string to_gtest_case(const Trace& trace) {
  const internal::Story story(trace, false);
  const std::string property = identifier(trace.property);
  std::string out = comment("", fmt::format("A schedule of {} as a test, written by `heddle export "
                                            "--format gtest`.",
                                            trace.scenario));
  out += fmt::format(
      "#include <heddle/suite/gtest.h>\n\n"
      "TEST(CounterexampleOf{}, {}) {{\n",
      identifier(trace.scenario), property.empty() ? "NothingFails" : property);
  if (!trace.property.empty()) {
    out += comment("  ", fmt::format("{} {}: {}", trace.verdict, trace.property, trace.why));
  }
  for (const Race& race : trace.races) {
    out += comment("  ", race.sentence);
  }
  out += fmt::format(
      "  // Where the fixed scenario has a name of its own, say that one.\n"
      "  const char* const scenario = {};\n"
      "  const heddle::ScheduleText schedule = {{\n",
      literal(trace.scenario));
  for (const internal::StoryStep& told : story.steps()) {
    out += event(told);
  }
  out += fmt::format(
      "  }};\n"
      "  const heddle::ScenarioOverrides overrides = {};\n"
      "  EXPECT_TRUE(heddle::no_longer_fails(scenario, schedule, overrides));\n"
      "}}\n",
      overrides(trace));
  return out;
}

}  // namespace heddle
