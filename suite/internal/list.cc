// list: the scenarios of a suite.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <heddle/suite/internal/table.h>
#include <heddle/suite/internal/verbs.h>

namespace heddle::internal {
namespace {

using Json = nlohmann::ordered_json;

/// The values of the one outcome set; of several each value with its set's name.
Json outcomes_json(const Expectation& expectation) {
  Json json = Json::array();
  for (const auto& [name, values] : expectation.outcomes) {
    for (const std::string& value : values) {
      json.push_back(expectation.outcomes.size() == 1 ? Json(value)
                                                      : Json{{"set", name}, {"value", value}});
    }
  }
  return json;
}

Json expectation_json(const Expectation& expectation) {
  Json json = Json::object();
  json["verdict"] = to_string(expectation.verdict);
  if (!expectation.property.empty()) {
    json["property"] = expectation.property;
  }
  json["outcomes"] = outcomes_json(expectation);
  return json;
}

Json scenario_json(const RegisteredScenario& scenario) {
  const PreparedScenario prepared = prepare(scenario);
  Json json = Json::object();
  json["name"] = prepared.name;
  json["description"] = prepared.description;
  json["form"] = to_string(form_of(scenario, prepared.setup));
  json["expect"] = expectation_json(prepared.setup.expectation);
  json["parameters"] = prepared.setup.parameters;
  return json;
}

}  // namespace

int run_list(const CommandLine& line, const Console& console) {
  CommandLine all = line;
  if (all.names.empty() && !Registry::instance().all().empty()) {
    all.names.emplace_back("*");
  }
  const auto scenarios = selected(all);
  if (line.json) {
    Json array = Json::array();
    for (const RegisteredScenario& scenario : scenarios) {
      array.push_back(scenario_json(scenario));
    }
    const std::string text = array.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    if (*line.json == "-") {
      console.out << text;
    } else {
      write_file(*line.json, text);
    }
    return kVerifiedCode;
  }
  Table table({{"scenario"}, {"form"}, {"expected"}, {"what it is"}});
  for (const RegisteredScenario& scenario : scenarios) {
    const PreparedScenario prepared = prepare(scenario);
    table.add({prepared.name, std::string(to_string(form_of(scenario, prepared.setup))),
               std::string(to_string(prepared.setup.expectation.verdict)), prepared.description});
  }
  if (table.empty()) {
    console.out << "no scenarios: write one with HEDDLE_SCENARIO and link its file\n";
    return kVerifiedCode;
  }
  console.out << table.to_text(text_width(text_options(line, console)));
  return kVerifiedCode;
}

}  // namespace heddle::internal
