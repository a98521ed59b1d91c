// The ITF export: golden files, and the rules of ADR-015
// (https://apalache-mc.org/docs/adr/015adr-trace.html).
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <heddle/traces/export/itf.h>

#include "traces/golden.h"
#include "traces/sample_traces.h"

namespace heddle {
namespace {

using Json = nlohmann::json;

/// Why this is no expression of ITF; "" when it is one.
std::string expression_error(const Json& value) {
  if (value.is_string() || value.is_boolean()) {
    return {};
  }
  if (value.is_number_integer()) {
    constexpr std::int64_t kMax = (std::int64_t{1} << 53) - 1;
    const auto number = value.get<std::int64_t>();
    return number <= kMax && number >= -kMax ? "" : "too large a number: " + value.dump();
  }
  if (value.is_array()) {
    for (const Json& element : value) {
      if (std::string error = expression_error(element); !error.empty()) {
        return error;
      }
    }
    return {};
  }
  if (!value.is_object()) {
    return "no expression: " + value.dump();
  }
  for (const auto& [field, content] : value.items()) {
    const bool is_special = field.starts_with('#');
    if (is_special && value.size() != 1) {
      return "a field that begins with #: " + value.dump();
    }
    if (field == "#bigint") {
      return content.is_string() ? "" : "no big integer: " + value.dump();
    }
    if (is_special && field != "#tup" && field != "#set" && field != "#map") {
      return "unknown: " + field;
    }
    if (field == "#map") {
      for (const Json& entry : content) {
        if (!entry.is_array() || entry.size() != 2) {
          return "no entry of a map: " + entry.dump();
        }
      }
    }
    if (std::string error = expression_error(content); !error.empty()) {
      return error;
    }
  }
  return {};
}

Json exported(const Trace& trace) {
  return Json::parse(to_itf(trace));
}

/// What a variable that changes from "0" to `value` is in the last state.
Json value_of(const std::string& value) {
  Trace trace;
  trace.steps.resize(1);
  trace.steps[0].diffs = {{"c", "v", "0", value}};
  return exported(trace).at("states").back().at("c.v");
}

TEST(Itf, LostUpdate) {
  EXPECT_TRUE(test::matches_golden("lost_update.itf.json", to_itf(test::lost_update())));
}

TEST(Itf, TrapRollbackAndCleanup) {
  EXPECT_TRUE(test::matches_golden("trap_and_cleanup.itf.json", to_itf(test::trap_and_cleanup())));
}

TEST(Itf, EveryStateHasEveryVariableAndNoOther) {
  for (const Trace& trace :
       {test::lost_update(), test::trap_and_cleanup(), test::deadlock(), test::awkward_text(),
        test::many_canisters(), test::many_steps(60), Trace{}}) {
    const Json document = exported(trace);
    const Json& variables = document.at("vars");
    ASSERT_EQ(document.at("states").size(), trace.steps.size() + 1) << trace.scenario;
    for (const Json& state : document.at("states")) {
      EXPECT_EQ(state.size(), variables.size() + 1) << state;
      for (const Json& variable : variables) {
        const std::string name = variable.get<std::string>();
        ASSERT_TRUE(state.contains(name)) << trace.scenario << ": " << name;
        EXPECT_EQ(expression_error(state.at(name)), "") << trace.scenario << ": " << name;
      }
    }
  }
}

TEST(Itf, TheLastStateIsTheEndOfTheTrace) {
  const Json states = exported(test::lost_update()).at("states");
  EXPECT_EQ(states.front().at("bank.balance"), 200);
  EXPECT_EQ(states.back().at("bank.balance"), 140);
  EXPECT_EQ(states.back().at("ledger.balance"), 80);
  EXPECT_EQ(states.back().at("event"), "deliver bob#1/1");
}

TEST(Itf, KeysOfAMapAreOneVariable) {
  const Json states = exported(test::trap_and_cleanup()).at("states");
  EXPECT_EQ(states.front().at("bank.locked"), Json::parse(R"({"#map": []})"));
  EXPECT_EQ(states.back().at("bank.locked"), Json::parse(R"({"#map": [["alice", true]]})"));
}

TEST(Itf, AWatchedValueOfSeveralCanistersHasItsOwnName) {
  Trace trace;
  trace.steps.resize(1);
  trace.steps[0].diffs = {{"", "bank.get() + ledger.get()", "0", "5"}};
  const Json document = exported(trace);
  EXPECT_EQ(document.at("vars"), Json({"bank.get() + ledger.get()", "event"}));
  EXPECT_EQ(document.at("states").back().at("bank.get() + ledger.get()"), 5);
}

TEST(Itf, ValuesKeepTheirShape) {
  EXPECT_EQ(value_of("-5"), -5);
  EXPECT_EQ(value_of("123456789012345678901"),
            Json::parse(R"({"#bigint": "123456789012345678901"})"));
  // Beyond 2^53 - 1 a reader of JSON may round.
  EXPECT_EQ(value_of("9007199254740993"), Json::parse(R"({"#bigint": "9007199254740993"})"));
  EXPECT_EQ(value_of("-9007199254740993"), Json::parse(R"({"#bigint": "-9007199254740993"})"));
  EXPECT_EQ(value_of("true"), true);
  EXPECT_EQ(value_of(R"("a \"b\", c")"), R"(a "b", c)");
  EXPECT_EQ(value_of("[1, [2], \"x\"]"), Json::parse(R"([1, [2], "x"])"));
  EXPECT_EQ(value_of("{owner = alice; amount = ?5}"),
            Json::parse(R"({"owner": "alice", "amount": {"tag": "Some", "value": 5}})"));
  EXPECT_EQ(value_of("{alice -> {n = 1}, \"b, c\" -> null}"),
            Json::parse(R"({"#map": [["alice", {"n": 1}],
                                     ["b, c", {"tag": "None", "value": {"#tup": []}}]]})"));
  EXPECT_EQ(value_of("(1, ())"), Json::parse(R"({"#tup": [1, {"#tup": []}]})"));
  EXPECT_EQ(value_of("#Deposit {amount = 5}"),
            Json::parse(R"({"tag": "Deposit", "value": {"amount": 5}})"));
}

TEST(Itf, WhatIsNoValueIsText) {
  for (const std::string text : {"record { a = 1 }", "[1, 2", "{a = }", "\"open", "1.5", "x y", "{",
                                 "(", "blob \"\\00\"", "[1,2]", "\"\\"}) {
    EXPECT_EQ(value_of(text), text);
  }
  EXPECT_EQ(value_of("\"\\u{1b}\""), "\\u{1b}");
}

TEST(Itf, DeepNestingIsText) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(value_of(deep), deep);
}

}  // namespace
}  // namespace heddle
