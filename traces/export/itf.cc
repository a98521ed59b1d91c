#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/itf.h>
#include <heddle/traces/internal/text.h>
#include <heddle/traces/json.h>

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kAbsent = "(none)";

bool is_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What stands for itself: a number, a truth value, or a name.
Json word(std::string_view text) {
  constexpr std::size_t kExactDigits = 15;  // fewer than 2^53
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (!is_integer(text)) {
    return internal::printable(text, false);
  }
  if (text.size() > kExactDigits) {
    return Json{{"#bigint", text}};
  }
  return std::stoll(std::string(text));
}

/// Reads the text in which traces show values (model/shown.h) as an expression of ITF.
class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  /// Nothing when the text is no value as a whole.
  std::optional<Json> read() {
    std::optional<Json> value = read_value(0);
    return at_ == text_.size() ? std::move(value) : std::nullopt;
  }

 private:
  static constexpr int kDepthMax = 50;

  bool take(std::string_view sign) {
    const bool found = text_.substr(at_).starts_with(sign);
    at_ += found ? sign.size() : 0;
    return found;
  }

  std::optional<Json> read_value(int depth) {
    if (depth > kDepthMax || at_ == text_.size()) {
      return std::nullopt;
    }
    if (take("[")) {
      return read_elements("]", depth);
    }
    if (take("(")) {
      std::optional<Json> elements = read_elements(")", depth);
      return elements ? std::optional<Json>(Json{{"#tup", *elements}}) : std::nullopt;
    }
    if (take("{")) {
      return read_named(depth);
    }
    if (take("?")) {
      std::optional<Json> value = read_value(depth + 1);
      return value ? std::optional<Json>(variant("Some", *value)) : std::nullopt;
    }
    if (text_[at_] == '"') {
      return read_text();
    }
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",;)]}(\"{[ ", at_), text_.size());
    const std::string_view found = text_.substr(begin, at_ - begin);
    if (found.empty()) {
      return std::nullopt;
    }
    if (found == "null") {
      return variant("None", Json{{"#tup", Json::array()}});
    }
    if (found.starts_with('#')) {
      std::optional<Json> value =
          take(" ") ? read_value(depth + 1) : std::optional<Json>(Json{{"#tup", Json::array()}});
      return value ? std::optional<Json>(variant(found.substr(1), *value)) : std::nullopt;
    }
    return word(found);
  }

  static Json variant(std::string_view tag, Json value) {
    return Json{{"tag", internal::printable(tag, false)}, {"value", std::move(value)}};
  }

  std::optional<Json> read_elements(std::string_view end, int depth) {
    Json elements = Json::array();
    while (!take(end)) {
      std::optional<Json> element = read_value(depth + 1);
      if (!element || (!take(", ") && !text_.substr(at_).starts_with(end))) {
        return std::nullopt;
      }
      elements.push_back(std::move(*element));
    }
    return elements;
  }

  /// A record, `a = 1; b = 2`, or a map, `alice -> 1, bob -> 2`; an empty one counts as a map.
  std::optional<Json> read_named(int depth) {
    Json fields = Json::object();
    Json entries = Json::array();
    while (!take("}")) {
      const std::size_t begin = at_;
      std::optional<Json> name = read_value(depth + 1);
      const std::string field(text_.substr(begin, at_ - begin));
      const bool is_field = take(" = ");
      if (!name || (!is_field && !take(" -> "))) {
        return std::nullopt;
      }
      std::optional<Json> value = read_value(depth + 1);
      if (!value || (!take(is_field ? "; " : ", ") && !text_.substr(at_).starts_with("}"))) {
        return std::nullopt;
      }
      if (is_field) {
        fields[internal::printable(field, false)] = std::move(*value);
      } else {
        entries.push_back(Json::array({std::move(*name), std::move(*value)}));
      }
    }
    return fields.empty() ? Json{{"#map", std::move(entries)}} : fields;
  }

  std::optional<Json> read_text() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) {
      at_ = text_.size();
      return std::nullopt;
    }
    ++at_;
    // A literal of ours is one of JSON, but for characters that are written `\u{1b}`.
    const std::string literal = internal::printable(text_.substr(begin, at_ - begin), false);
    const Json text = Json::parse(literal, nullptr, false);
    return text.is_string() ? text : Json(literal.substr(1, literal.size() - 2));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Json expression(std::string_view value) {
  std::optional<Json> read = ValueReader(value).read();
  return read ? std::move(*read) : Json(internal::printable(value, false));
}

/// A variable of ITF, and the key in it when it is a map.
struct Place {
  std::string variable;
  std::optional<std::string> key;
};

Place place_of(const VariableDiff& diff) {
  const std::size_t bracket = diff.variable.find('[');
  if (bracket == std::string::npos || bracket == 0 || !diff.variable.ends_with(']')) {
    return {full_name(diff), std::nullopt};
  }
  return {full_name({diff.canister, diff.variable.substr(0, bracket), {}, {}}),
          diff.variable.substr(bracket + 1, diff.variable.size() - bracket - 2)};
}

/// The variables of a state.
class Variables {
 public:
  /// Sets what is not yet known: the value before the first change.
  void introduce(const VariableDiff& diff) {
    const Place place = place_of(diff);
    if (introduced_.insert({place.variable, place.key.value_or("")}).second) {
      names_.try_emplace(place.variable, names_.size());
      set(place, diff.before);
    }
  }

  void change(const VariableDiff& diff) { set(place_of(diff), diff.after); }

  /// In the order in which they were introduced.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names(names_.size());
    for (const auto& [name, position] : names_) {
      names[position] = internal::printable(name, false);
    }
    return names;
  }

  [[nodiscard]] Json state(std::size_t index, std::string_view event) const {
    Json state{{"#meta", {{"index", index}}}};
    for (const std::string& name : names()) {
      state[name] = nullptr;
    }
    for (const auto& [name, value] : values_) {
      state[internal::printable(name, false)] = expression(value);
    }
    for (const auto& [name, entries] : maps_) {
      Json map = Json::array();
      for (const auto& [key, value] : entries) {
        map.push_back(Json::array({expression(key), expression(value)}));
      }
      state[internal::printable(name, false)] = Json{{"#map", std::move(map)}};
    }
    state["event"] = internal::printable(event, false);
    return state;
  }

 private:
  void set(const Place& place, const std::string& value) {
    if (!place.key) {
      values_[place.variable] = value;
    } else if (value == kAbsent) {
      maps_[place.variable].erase(*place.key);
    } else {
      maps_[place.variable][*place.key] = value;
    }
  }

  std::map<std::string, std::size_t> names_;
  std::set<std::pair<std::string, std::string>> introduced_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::map<std::string, std::string>> maps_;
};

bool is_variable(const VariableDiff& diff) {
  return !diff.variable.starts_with("the keys of ");
}

}  // namespace

std::string to_itf(const Trace& trace) {
  Variables variables;
  const auto introduce = [&](const std::vector<VariableDiff>& diffs) {
    for (const VariableDiff& diff : diffs) {
      if (is_variable(diff)) {
        variables.introduce(diff);
      }
    }
  };
  introduce(trace.final_variables);
  for (const TraceStep& step : trace.steps) {
    introduce(step.diffs);
  }
  Json states = Json::array({variables.state(0, "")});
  for (const TraceStep& step : trace.steps) {
    for (const VariableDiff& diff : step.diffs) {
      if (is_variable(diff)) {
        variables.change(diff);
      }
    }
    states.push_back(variables.state(states.size(), step.event));
  }
  std::vector<std::string> names = variables.names();
  names.emplace_back("event");
  std::string description = trace.verdict;
  description += trace.property.empty() ? "" : " " + trace.property;
  const Json document{
      {"#meta",
       {{"format", "ITF"},
        {"format-description", "https://apalache-mc.org/docs/adr/015adr-trace.html"},
        {"source", internal::printable(trace.scenario, false)},
        {"description", internal::printable(description, false)}}},
      {"vars", names},
      {"states", std::move(states)}};
  return document.dump(2) + "\n";
}

}  // namespace heddle
