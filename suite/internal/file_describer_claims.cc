// The part of FileDescriber that says what is claimed and what is expected.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/properties/always.h>
#include <heddle/properties/call_outcome.h>
#include <heddle/properties/conserved.h>
#include <heddle/properties/finally.h>
#include <heddle/properties/sometimes.h>
#include <heddle/suite/internal/expression_property.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/wasm/candid/error.h>

namespace heddle::internal {
namespace {

/// "get()" of "bank.get()".
std::string query_of(const CallText& call) {
  return call.text.substr(call.canister.canister().name().size() + 1);
}

/// What is watched is no claim: a query of it that traps ends no run.
std::function<std::string(const State&)> unless_trapped(
    std::function<std::string(const State&)> observe) {
  return [observe = std::move(observe)](const State& now) {
    try {
      return observe(now);
    } catch (const Misuse&) {
      return std::string("(trapped)");
    }
  };
}

}  // namespace

void FileDescriber::add_claims() {
  add_state_claims("always");
  add_state_claims("finally");
  add_state_claims("sometimes");
  add_conserved();
  add_answers();
  add_in_flight();
  add_outcomes();
  add_watched();
}

std::shared_ptr<const Expression> FileDescriber::expression(const TomlNode& text) const {
  try {
    return std::make_shared<const Expression>(Expression::parse(text.text, scope_));
  } catch (const ExpressionError& error) {
    document_.fail(document_.within(text, error.offset()), error.what(),
                   next_after(error.what(), error.next()));
  }
}

std::shared_ptr<const Expression> FileDescriber::claim(const TomlNode& text) const {
  auto parsed = expression(text);
  if (parsed->type().kind() != candid::Kind::kBool) {
    document_.fail(document_.within(text, 0),
                   fmt::format("{} must be true or false, and this is of type {}", text.key,
                               candid::to_text(parsed->type())),
                   "Compare it with something: bank.get() >= 0.");
  }
  return parsed;
}

void FileDescriber::add_state_claims(std::string_view key) {
  for (const TomlNode* node : entries(key)) {
    const std::string where = fmt::format("[[{}]]", key);
    check_keys(*node, where, {"name", "holds"});
    const TomlNode& name = needed(*node, "name", Kind::kText, where, "\"conserved\"");
    const auto parsed = claim(needed(*node, "holds", Kind::kText, where, "\"bank.get() <= 100\""));
    const auto holds = [parsed](const State& now) { return parsed->holds(now); };
    scenario_.claims(explained(key == "always"    ? make_always(name.text, holds)
                               : key == "finally" ? make_finally(name.text, holds)
                                                  : make_sometimes(name.text, holds),
                               parsed));
    watch_queries_of(*parsed);
  }
}

void FileDescriber::add_conserved() {
  for (const TomlNode* node : entries("conserved")) {
    check_keys(*node, "[[conserved]]", {"name", "sum"});
    const TomlNode& name = needed(*node, "name", Kind::kText, "[[conserved]]", "\"money\"");
    const TomlNode& sum =
        needed(*node, "sum", Kind::kText, "[[conserved]]", "\"bank.get() + ledger.get()\"");
    const auto parsed = expression(sum);
    const candid::Kind kind = parsed->type().kind();
    if (kind < candid::Kind::kNat || kind > candid::Kind::kInt64) {
      document_.fail(document_.within(sum, 0),
                     fmt::format("sum must be a whole number, and this is of type {}",
                                 candid::to_text(parsed->type())));
    }
    scenario_.claims(
        explained(make_conserved(name.text,
                                 [parsed](const State& now) {
                                   return *parsed->evaluate({&now, nullptr}).whole_number();
                                 }),
                  parsed));
    watch_queries_of(*parsed);
  }
}

void FileDescriber::add_answers() {
  for (const TomlNode* node : entries("answers")) {
    check_keys(*node, "[[answers]]", {"name", "call", "holds", "or_rejected"});
    const TomlNode& call = needed(*node, "call", Kind::kText, "[[answers]]", "\"alice#1\"");
    const auto known = calls_.find(call.text);
    if (known == calls_.end()) {
      fail_name(document_.within(call, 0), "user's call", call.text, keys_of(calls_));
    }
    const std::vector<candid::Type> results = candid::types_of(known->second.call.type.results());
    scope_.reply = results.size() == 1 ? results.front() : candid::Type::tuple(results);
    const TomlNode& holds =
        needed(*node, "holds", Kind::kText, "[[answers]]", "\"reply in {40, 100}\"");
    const auto parsed = claim(holds);
    scope_.reply.reset();
    if (!parsed->calls().empty()) {
      document_.fail(document_.within(holds, 0), "a claim about an answer asks no queries",
                     "Write reply for what the call is answered.");
    }
    const TomlNode* or_rejected = entry(*node, "or_rejected", Kind::kBoolean);
    const bool rejects = or_rejected != nullptr && or_rejected->boolean;
    const TomlNode* name = entry(*node, "name", Kind::kText);
    const auto reply = [results, asked = known->second.call](const Tables& tables,
                                                             const Answer& answer) {
      std::vector<candid::Value> values =
          asked.canister.canister().reply(asked.method, tables.values[answer.value]);
      return results.size() == 1 ? values.front() : candid::Value::tuple(std::move(values));
    };
    scenario_.claims(make_call_outcome(
        name != nullptr ? name->text : fmt::format("{} answers {}", call.text, holds.text),
        known->second.position,
        [=](const Tables& tables, const Answer& answer) {
          if (!answer.replied) {
            return rejects;
          }
          const candid::Value value = reply(tables, answer);
          return parsed->evaluate({nullptr, &value}).boolean();
        },
        [=, names = scope_.names](const Tables& tables, const Answer& answer) {
          return answer.replied ? to_text(reply(tables, answer), names)
                                : fmt::format("reject {} {}", to_string(answer.code),
                                              text_literal(tables.values[answer.value]));
        }));
  }
}

void FileDescriber::add_in_flight() {
  for (const TomlNode* node : entries("in_flight")) {
    check_keys(*node, "[[in_flight]]", {"pair", "at_most"});
    const TomlNode& text = needed(*node, "pair", Kind::kText, "[[in_flight]]", "\"bank > ledger\"");
    const auto [caller, callee] = pair(text, text.text, false);
    if (const TomlNode* most = node->find("at_most")) {
      scenario_.in_flight_at_most(caller, callee, static_cast<std::uint32_t>(count(*most, 0)));
    } else {
      scenario_.occupancy(caller, callee);
    }
  }
}

void FileDescriber::add_outcomes() {
  for (const TomlNode* node : entries("outcomes")) {
    check_keys(*node, "[[outcomes]]", {"name", "of"});
    const TomlNode& name = needed(*node, "name", Kind::kText, "[[outcomes]]", "\"balance\"");
    const auto parsed =
        expression(needed(*node, "of", Kind::kText, "[[outcomes]]", "\"bank.get()\""));
    scenario_.outcomes(name.text, [parsed](const State& end) { return parsed->observe(end); });
  }
}

void FileDescriber::add_watched() {
  const TomlNode* list = document_.root().find("watch");
  if (list == nullptr) {
    return;
  }
  for (const TomlNode* text : texts(*list)) {
    const auto parsed = expression(*text);
    if (parsed->calls().empty()) {
      document_.fail(document_.within(*text, 0), "what is watched asks no query, and never changes",
                     "Write a query, bank.get(), or an expression of queries.");
    }
    const std::string_view written = trimmed(text->text);
    const CallText& call = parsed->calls().front();
    if (written == call.text || written == query_of(call)) {
      watch_query(call);
    } else {
      scenario_.watch(
          {.name = std::string(written),
           .observe = unless_trapped([=](const State& now) { return parsed->observe(now); })});
    }
  }
}

void FileDescriber::watch_query(const CallText& call) {
  const auto observe = [call](const State& now) {
    return call.canister.canister().reply_value(
        call.method, now.query(call.canister, call.method, call.arguments));
  };
  scenario_.watch({.canister = call.canister.canister().name(),
                   .name = query_of(call),
                   .observe = unless_trapped(observe)});
}

void FileDescriber::watch_queries_of(const Expression& expression) {
  for (const CallText& call : expression.calls()) {
    watch_query(call);
  }
}

// ---- What is expected ---------------------------------------------------------------------------

void FileDescriber::expect(const TomlNode& expected) {
  check_keys(expected, "[expect]", {"verdict", "property", "outcomes"});
  const TomlNode& verdict = needed(expected, "verdict", Kind::kText, "[expect]", "\"verified\"");
  const TomlNode* property = entry(expected, "property", Kind::kText);
  if (verdict.text == "violated") {
    scenario_.expect(violated(property == nullptr ? std::string() : property->text));
  } else if (verdict.text == "verified") {
    scenario_.expect(verified());
  } else if (verdict.text == "incomplete") {
    scenario_.expect(incomplete());
  } else {
    fail_name(document_.within(verdict, 0), "verdict", verdict.text,
              {"verified", "violated", "incomplete"});
  }
  if (property != nullptr && verdict.text != "violated") {
    document_.fail(
        property->key_place,
        fmt::format("a property is expected to be violated, but the verdict is {}", verdict.text),
        "Write verdict = \"violated\", or leave the property out.");
  }
  if (const TomlNode* outcomes = entry(expected, "outcomes", Kind::kTable)) {
    std::vector<std::string> names;
    for (const TomlNode* node : entries("outcomes")) {
      names.push_back(node->find("name")->text);
    }
    for (const TomlNode& set : outcomes->items) {
      if (std::ranges::find(names, set.key) == names.end()) {
        fail_name(set.key_place, "outcome set", set.key, names);
      }
      std::set<std::string> values;
      for (const TomlNode* value : texts(set)) {
        values.insert(value->text);
      }
      scenario_.expect_outcomes(set.key, std::move(values));
    }
  }
}

}  // namespace heddle::internal
