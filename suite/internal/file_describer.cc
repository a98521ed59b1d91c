#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <set>
#include <span>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/view.h>
#include <heddle/properties/always.h>
#include <heddle/properties/call_outcome.h>
#include <heddle/properties/conserved.h>
#include <heddle/properties/finally.h>
#include <heddle/properties/sometimes.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/expression_property.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/suite/internal/pattern.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>

namespace heddle::internal {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

template <class Entries>
std::vector<std::string> keys_of(const Entries& entries) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : entries) {
    keys.emplace_back(key);
  }
  return keys;
}

std::span<const std::uint8_t> bytes_of(const std::string& module) {
  return {reinterpret_cast<const std::uint8_t*>(module.data()), module.size()};
}

struct Budget {
  std::string_view name;
  std::optional<int> FaultBudgets::*budget;
};

constexpr std::array<Budget, 7> kBudgets{{
    {"send_failures", &FaultBudgets::send_failures},
    {"rejects", &FaultBudgets::rejects},
    {"callback_traps", &FaultBudgets::callback_traps},
    {"heartbeats", &FaultBudgets::heartbeats},
    {"dropped_ingress", &FaultBudgets::dropped_ingress},
    {"resubmissions", &FaultBudgets::resubmissions},
    {"environment_silence", &FaultBudgets::environment_silence},
}};

}  // namespace

void FileDescriber::describe() {
  check_keys(document_.root(), "",
             {"description",  "profile",  "clock",     "weaken",  "without",   "form",   "sampled",
              "one_schedule", "canister", "user",      "limits",  "faults",    "always", "finally",
              "sometimes",    "outcomes", "conserved", "answers", "in_flight", "expect"});
  entry(document_.root(), "description", Kind::kText);
  collect_names();
  install_canisters();
  add_users();
  set_surroundings();
  add_claims();
  if (const TomlNode* expected = entry(document_.root(), "expect", Kind::kTable)) {
    expect(*expected);
  }
}

// ---- Reading nodes ------------------------------------------------------------------------------

const TomlNode& FileDescriber::as(const TomlNode& node, Kind kind) const {
  if (node.kind != kind) {
    document_.fail(node.place,
                   node.key.empty()
                       ? fmt::format("expected {}, found {}", to_string(kind), to_string(node.kind))
                       : fmt::format("{} must be {}, and this is {}", node.key, to_string(kind),
                                     to_string(node.kind)));
  }
  return node;
}

const TomlNode* FileDescriber::entry(const TomlNode& table, std::string_view key, Kind kind) const {
  const TomlNode* node = table.find(key);
  return node == nullptr ? nullptr : &as(*node, kind);
}

const TomlNode& FileDescriber::needed(const TomlNode& table, std::string_view key, Kind kind,
                                      std::string_view where, std::string_view example) const {
  const TomlNode* node = entry(table, key, kind);
  if (node == nullptr) {
    document_.fail(table.place, fmt::format("{} has no {}", where, key),
                   fmt::format("Add {} = {}.", key, example));
  }
  return *node;
}

std::vector<const TomlNode*> FileDescriber::texts(const TomlNode& list) const {
  std::vector<const TomlNode*> found;
  for (const TomlNode& item : as(list, Kind::kList).items) {
    found.push_back(&as(item, Kind::kText));
  }
  return found;
}

std::int64_t FileDescriber::count(const TomlNode& node, std::int64_t least) const {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const std::int64_t number = as(node, Kind::kInteger).integer;
  if (number < least || number > kMost) {
    document_.fail(node.place,
                   fmt::format("{} must be {} or more, and this is {}",
                               node.key.empty() ? "the number" : node.key, least, number));
  }
  return number;
}

void FileDescriber::check_keys(const TomlNode& table, std::string_view where, Keys known) const {
  for (const TomlNode& item : table.items) {
    if (std::ranges::find(known, item.key) == known.end()) {
      const std::vector<std::string> names(known.begin(), known.end());
      const auto near = nearest(item.key, names);
      document_.fail(item.key_place,
                     where.empty() ? fmt::format("unknown key {}", item.key)
                                   : fmt::format("unknown key {} in {}", item.key, where),
                     near.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                                  : fmt::format("Did you mean {}?", fmt::join(near, " or ")));
    }
  }
}

void FileDescriber::fail_name(TextPlace place, std::string_view what, std::string_view name,
                              const std::vector<std::string>& known) const {
  const auto near = nearest(name, known);
  document_.fail(place, fmt::format("there is no {} {}", what, name),
                 !near.empty()   ? fmt::format("Did you mean {}?", fmt::join(near, " or "))
                 : known.empty() ? "There are none."
                                 : fmt::format("There are {}.", fmt::join(known, ", ")));
}

std::string FileDescriber::next_after(std::string_view problem, std::string_view next) const {
  const std::size_t end = problem.find("\" is no principal");
  if (!problem.starts_with('"') || end == std::string_view::npos) {
    return std::string(next);
  }
  const std::vector<std::string> names = keys_of(principals_);
  const auto near = nearest(problem.substr(1, end - 1), names);
  return near.empty() ? fmt::format("Canisters and users are {}.", fmt::join(names, ", "))
                      : fmt::format("Did you mean {}?", fmt::join(near, " or "));
}

template <class Describe>
auto FileDescriber::located(TextPlace place, Describe describe) const {
  try {
    return describe();
  } catch (const Misuse& misuse) {
    std::string text = misuse.what();
    const std::string prefix = fmt::format("scenario {}: ", scenario_.name());
    if (text.starts_with(prefix)) {
      text.erase(0, prefix.size());
    }
    document_.fail(place, text);
  }
}

std::vector<const TomlNode*> FileDescriber::entries(std::string_view key) const {
  std::vector<const TomlNode*> found;
  if (const TomlNode* list = document_.root().find(key)) {
    if (list->kind != Kind::kList) {
      document_.fail(list->key_place, fmt::format("{} is {}", key, to_string(list->kind)),
                     fmt::format("Write [[{}]] with two brackets: there may be several.", key));
    }
    for (const TomlNode& item : list->items) {
      found.push_back(&as(item, Kind::kTable));
    }
  }
  return found;
}

std::string FileDescriber::path(const std::string& relative) const {
  const std::filesystem::path folder = std::filesystem::path(document_.file()).parent_path();
  return (folder / relative).lexically_normal().string();
}

// ---- Who there is -------------------------------------------------------------------------------

void FileDescriber::collect_names() {
  const auto named = [&](const TomlNode& node) {
    return located(node.key_place, [&] {
      if (node.key.empty() || node.key.size() > Principal::kNameSizeMax) {
        throw Misuse(fmt::format("\"{}\" is no name: give it 1 to {} letters and digits", node.key,
                                 Principal::kNameSizeMax));
      }
      return Principal::named(node.key);
    });
  };
  if (const TomlNode* canisters = entry(document_.root(), "canister", Kind::kTable)) {
    for (const TomlNode& canister : canisters->items) {
      as(canister, Kind::kTable);
      Principal principal = named(canister);
      if (const TomlNode* id = entry(canister, "id", Kind::kText)) {
        const auto parsed = Principal::parse(id->text);
        if (!parsed) {
          document_.fail(document_.within(*id, 0), fmt::format("{} is no principal", id->text),
                         "Its checksum does not fit: a letter is wrong or missing.");
        }
        principal = *parsed;
      }
      principals_.emplace(canister.key, principal);
    }
  }
  if (const TomlNode* users = entry(document_.root(), "user", Kind::kTable)) {
    for (const TomlNode& user : users->items) {
      principals_.emplace(as(user, Kind::kTable).key, named(user));
    }
  }
  scope_.names.principal_of = [names = principals_](std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? std::nullopt : std::optional(found->second);
  };
  std::map<Principal, std::string> by_principal;
  for (const auto& [name, principal] : principals_) {
    by_principal.emplace(principal, name);
  }
  scope_.names.name_of =
      [names = std::move(by_principal)](const Principal& principal) -> std::optional<std::string> {
    const auto found = names.find(principal);
    return found == names.end() ? std::nullopt : std::optional(found->second);
  };
}

Principal FileDescriber::principal(const TomlNode& text) const {
  if (const auto found = principals_.find(text.text); found != principals_.end()) {
    return found->second;
  }
  if (const auto parsed = Principal::parse(text.text)) {
    return *parsed;
  }
  fail_name(document_.within(text, 0), "canister, user or principal", text.text,
            keys_of(principals_));
}

void FileDescriber::install_canisters() {
  const TomlNode* canisters = document_.root().find("canister");
  if (canisters == nullptr || canisters->items.empty()) {
    document_.fail({}, "the scenario has no canister",
                   "Begin with\n  [canister.bank]\n  wasm = \"Bank.wasm\"");
  }
  for (const TomlNode& canister : canisters->items) {
    install(canister);
  }
}

WasmInstallation FileDescriber::installation_of(const TomlNode& canister) const {
  WasmInstallation installation;
  installation.names = scope_.names;
  if (const TomlNode* init = entry(canister, "init", Kind::kText)) {
    installation.init = init->text;
  }
  if (canister.find("id") != nullptr) {
    installation.id = principals_.at(canister.key);
  }
  if (const TomlNode* controllers = canister.find("controllers")) {
    for (const TomlNode* name : texts(*controllers)) {
      installation.controllers.push_back(principal(*name));
    }
  }
  if (const TomlNode* environment = entry(canister, "environment", Kind::kTable)) {
    for (const TomlNode& variable : environment->items) {
      const std::string& value = as(variable, Kind::kText).text;
      const auto named = principals_.find(value);
      installation.environment.emplace(variable.key,
                                       named == principals_.end() ? value : named->second.text());
    }
  }
  if (const TomlNode* fuel = entry(canister, "fuel", Kind::kInteger)) {
    installation.fuel = static_cast<std::uint64_t>(count(*fuel, 1));
  }
  if (const TomlNode* did = entry(canister, "candid", Kind::kText)) {
    try {
      installation.interface = candid::load_did(path(did->text));
    } catch (const candid::CandidError& error) {
      document_.fail(document_.within(*did, 0),
                     fmt::format("the interface {} cannot be read", did->text), error.what());
    }
  }
  return installation;
}

void FileDescriber::install(const TomlNode& canister) {
  const std::string where = fmt::format("[canister.{}]", canister.key);
  check_keys(canister, where,
             {"wasm", "motoko", "init", "id", "candid", "controllers", "environment", "fuel",
              "inspect_may_drop"});
  const std::string module = module_of(canister, where);
  const WasmInstallation installation = installation_of(canister);
  const TomlNode* init = canister.find("init");
  try {
    scope_.canisters.push_back(
        install_wasm(scenario_, canister.key, bytes_of(module), installation));
  } catch (const BadInitArgument& error) {
    const TextPlace place = init == nullptr
                                ? canister.key_place
                                : document_.within(*init, offset_of(error.error(), init->text));
    document_.fail(place, fmt::format("the init argument: {}", error.error().details().problem),
                   next_after(error.error().details().problem,
                              fmt::format("{} takes {}.", canister.key, error.types())));
  } catch (const Misuse&) {
    located(canister.key_place, [] { throw; });
  }
  if (const TomlNode* drops = entry(canister, "inspect_may_drop", Kind::kBoolean);
      drops != nullptr && drops->boolean) {
    scenario_.inspect_may_drop(scope_.canisters.back());
  }
}

const CandidRef& FileDescriber::canister(const TomlNode& at, std::size_t offset,
                                         std::string_view name) const {
  std::vector<std::string> names;
  for (const CandidRef& known : scope_.canisters) {
    if (known.canister().name() == name) {
      return known;
    }
    names.push_back(known.canister().name());
  }
  fail_name(at.text.empty() ? at.key_place : document_.within(at, offset), "canister", name, names);
}

std::pair<AnyRef, AnyRef> FileDescriber::pair(const TomlNode& at, std::string_view text,
                                              bool is_key) const {
  const std::size_t arrow = text.find('>');
  if (arrow == std::string_view::npos) {
    document_.fail(is_key ? at.key_place : document_.within(at, 0),
                   fmt::format("{} is no pair of canisters", text), "Write \"caller > callee\".");
  }
  const std::string_view caller = trimmed(text.substr(0, arrow));
  const std::string_view callee = trimmed(text.substr(arrow + 1));
  const auto offset = [&](std::string_view part) {
    return static_cast<std::size_t>(part.data() - text.data());
  };
  const AnyRef from = canister(at, is_key ? 0 : offset(caller), caller);
  return {from, canister(at, is_key ? 0 : offset(callee), callee)};
}

void FileDescriber::add_users() {
  const TomlNode* users = document_.root().find("user");
  if (users == nullptr) {
    return;
  }
  for (const TomlNode& node : users->items) {
    const std::string where = fmt::format("[user.{}]", node.key);
    check_keys(node, where, {"calls", "order"});
    const TomlNode& calls =
        needed(node, "calls", Kind::kList, where, "[\"canister.method(arguments)\"]");
    if (calls.items.empty()) {
      document_.fail(calls.place, fmt::format("user {} calls nothing", node.key),
                     "Add a call, or leave the user out.");
    }
    ScenarioUser user = located(node.key_place, [&] { return scenario_.user(node.key); });
    if (const TomlNode* order = entry(node, "order", Kind::kText)) {
      if (order->text == "in_order") {
        user.in_order();
      } else if (order->text == "then") {
        user.then();
      } else if (order->text != "any") {
        document_.fail(document_.within(*order, 0), fmt::format("unknown order {}", order->text),
                       "Orders are any (concurrently), in_order (received in this order) and then "
                       "(each after the answer to the one before).");
      }
    }
    std::size_t number = 0;
    for (const TomlNode* text : texts(calls)) {
      try {
        CallText call = parse_call(text->text, scope_);
        const CallPosition position = located(document_.within(*text, 0), [&] {
          return user.calls(call.canister, call.method, call.arguments);
        });
        calls_.emplace(fmt::format("{}#{}", node.key, ++number),
                       UsersCall{position, std::move(call)});
      } catch (const ExpressionError& error) {
        document_.fail(document_.within(*text, error.offset()), error.what(),
                       next_after(error.what(), error.next()));
      }
    }
  }
}

// ---- What the surroundings are like -------------------------------------------------------------

void FileDescriber::set_surroundings() {
  const TomlNode& root = document_.root();
  if (const TomlNode* profile = entry(root, "profile", Kind::kText)) {
    std::string name = profile->text;
    std::ranges::replace(name, '_', '-');
    located(document_.within(*profile, 0), [&] { scenario_.profile(profile_from(name)); });
  }
  if (const TomlNode* clock = entry(root, "clock", Kind::kBoolean); clock && clock->boolean) {
    scenario_.clock();
  }
  const auto each = [&](std::string_view key, auto use) {
    if (const TomlNode* list = root.find(key)) {
      for (const TomlNode* text : texts(*list)) {
        located(document_.within(*text, 0), [&] { use(text->text); });
      }
    }
  };
  each("weaken", [&](const std::string& guarantee) { scenario_.weaken(guarantee); });
  each("without", [&](const std::string& property) { scenario_.without(property); });
  if (const TomlNode* one = root.find("one_schedule")) {
    if (one->kind == Kind::kText && one->text == "in_order") {
      scenario_.one_schedule(in_order);
    } else if (one->kind == Kind::kBoolean && one->boolean) {
      scenario_.one_schedule();
    } else {
      document_.fail(one->place, "one_schedule is true or \"in_order\"");
    }
  }
  if (const TomlNode* sampled = root.find("sampled")) {
    scenario_.sampled(static_cast<std::uint64_t>(count(*sampled, 1)));
  }
  if (const TomlNode* form = entry(root, "form", Kind::kText)) {
    if (form->text != "buggy" && form->text != "fixed") {
      document_.fail(document_.within(*form, 0), fmt::format("unknown form {}", form->text),
                     "Forms are buggy and fixed.");
    }
    scenario_.form(form->text == "buggy" ? Form::kBuggy : Form::kFixed);
  }
  if (const TomlNode* limits = entry(root, "limits", Kind::kTable)) {
    set_limits(*limits);
  }
  if (const TomlNode* faults = entry(root, "faults", Kind::kTable)) {
    set_faults(*faults);
  }
}

void FileDescriber::set_limits(const TomlNode& limits) {
  for (const TomlNode& limit : limits.items) {
    const auto calls = static_cast<std::uint32_t>(count(limit, 0));
    if (limit.key == "default") {
      scenario_.limit_all(calls);
    } else {
      const auto [caller, callee] = pair(limit, limit.key, true);
      scenario_.limit(caller, callee, calls);
    }
  }
}

void FileDescriber::set_faults(const TomlNode& faults) {
  for (const TomlNode& fault : faults.items) {
    const auto known = std::ranges::find(kBudgets, fault.key, &Budget::name);
    if (known == kBudgets.end()) {
      std::vector<std::string> names;
      for (const Budget& budget : kBudgets) {
        names.emplace_back(budget.name);
      }
      fail_name(fault.key_place, "fault", fault.key, names);
    }
    scenario_.faults().*(known->budget) = static_cast<int>(count(fault, 0));
  }
}

// ---- What is claimed ----------------------------------------------------------------------------

void FileDescriber::add_claims() {
  add_state_claims("always");
  add_state_claims("finally");
  add_state_claims("sometimes");
  add_conserved();
  add_answers();
  add_in_flight();
  add_outcomes();
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
