#include <cctype>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/file_name.h>
#include <heddle/suite/internal/sarif.h>

namespace heddle::internal {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths are relative to; the reader knows where that is.
constexpr const char* kRoot = "SRCROOT";

Json message(const std::string& text) {
  return {{"text", text}};
}

/// RFC 3986: what may stand in a path stands, all else is escaped.
std::string uri_of(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("/-._~").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", byte);
    }
  }
  return uri;
}

Json physical(const SourcePlace& place) {
  Json artifact{{"uri", uri_of(place.file)}};
  if (!place.file.starts_with('/')) {
    artifact["uriBaseId"] = kRoot;
  }
  return {{"artifactLocation", std::move(artifact)}, {"region", {{"startLine", place.line}}}};
}

Json related_locations(const Trace& trace) {
  Json locations = Json::array();
  const auto add = [&](const SourcePlace& place, const std::string& what) {
    if (place.line > 0) {
      locations.push_back({{"id", locations.size() + 1},
                           {"physicalLocation", physical(place)},
                           {"message", message(what)}});
    }
  };
  for (const Race& race : trace.races) {
    add(race.told_place,
        fmt::format("{} was read by {} (step {})", race.variable, race.call, race.told_step));
    add(race.intruder_place, fmt::format("{} was written by {} (step {})", race.variable,
                                         race.intruder, race.intruder_step));
    add(race.write_place,
        fmt::format("{} goes on from what it read (step {})", race.call, race.write_step));
  }
  return locations;
}

/// The steps that have a place, in their order.
Json code_flows(const Trace& trace) {
  Json locations = Json::array();
  for (const TraceStep& step : trace.steps) {
    if (const SourcePlace place = place_of(step); place.line > 0) {
      const std::string what = fmt::format("{}: {}", step.number, step.event);
      locations.push_back(
          {{"location", {{"physicalLocation", physical(place)}, {"message", message(what)}}},
           {"executionOrder", step.number}});
    }
  }
  if (locations.empty()) {
    return locations;
  }
  Json flow{{"locations", std::move(locations)}};
  Json flows = Json::array();
  flows.push_back({{"threadFlows", Json::array({std::move(flow)})}});
  return flows;
}

/// The rules that results refer to, each once.
class Rules {
 public:
  std::size_t index(const Finding& finding) {
    const auto [place, is_new] = indexes_.try_emplace(finding.rule, rules_.size());
    if (is_new) {
      const std::size_t slash = finding.rule.find('/');
      const std::string text =
          slash == std::string::npos
              ? fmt::format("Heddle: {}", finding.rule)
              : fmt::format("\"{}\" ({}) is violated", finding.rule.substr(slash + 1),
                            finding.rule.substr(0, slash));
      rules_.push_back({{"id", finding.rule}, {"shortDescription", message(text)}});
    }
    return place->second;
  }

  [[nodiscard]] Json take() { return std::move(rules_); }

 private:
  std::map<std::string, std::size_t> indexes_;
  Json rules_ = Json::array();
};

Json result(const Attempt& attempt, const Finding& finding, Rules& rules) {
  Json location{{"logicalLocations", Json::array({Json{{"fullyQualifiedName", attempt.name}}})}};
  if (finding.place.line > 0) {
    location["physicalLocation"] = physical(finding.place);
  }
  const std::string identity = attempt.name + "\n" + finding.rule;
  Json json{{"ruleId", finding.rule},
            {"ruleIndex", rules.index(finding)},
            {"level", "error"},
            {"message", message(fmt::format("{}\n{}", finding.title, finding.text))},
            {"locations", Json::array({std::move(location)})},
            {"partialFingerprints", {{"heddle/v1", fmt::format("{:08x}", hash(identity))}}}};
  if (finding.trace != nullptr) {
    if (Json related = related_locations(*finding.trace); !related.empty()) {
      json["relatedLocations"] = std::move(related);
    }
    if (Json flows = code_flows(*finding.trace); !flows.empty()) {
      json["codeFlows"] = std::move(flows);
    }
  }
  return json;
}

}  // namespace

std::string to_sarif(std::span<const Attempt> attempts) {
  Rules rules;
  Json results = Json::array();
  Json notifications = Json::array();
  bool successful = true;
  for (const Attempt& attempt : attempts) {
    successful = successful && !attempt.failed;
    for (const Finding& finding : findings_of(attempt)) {
      if (attempt.failed || finding.level == Finding::Level::kWarning) {
        notifications.push_back(
            {{"level", attempt.failed ? "error" : "warning"},
             {"message", message(fmt::format("{}\n{}", finding.title, finding.text))}});
      } else {
        results.push_back(result(attempt, finding, rules));
      }
    }
  }
  Json driver{{"name", "Heddle"}, {"version", version()}, {"rules", rules.take()}};
  Json invocation{{"executionSuccessful", successful}};
  if (!notifications.empty()) {
    invocation["toolExecutionNotifications"] = std::move(notifications);
  }
  Json run{
      {"tool", {{"driver", std::move(driver)}}},
      {"originalUriBaseIds", {{kRoot, {{"description", message("The root of the sources.")}}}}},
      {"invocations", Json::array({std::move(invocation)})},
      {"results", std::move(results)}};
  const Json document{
      {"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace heddle::internal
