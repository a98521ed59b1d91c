// The part of FileDescriber that says who there is: canisters, and users with their calls.
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>

namespace heddle::internal {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& module) {
  return {reinterpret_cast<const std::uint8_t*>(module.data()), module.size()};
}

NamedRequest request_of(const CallText& call) {
  return {call.canister, call.method, call.arguments};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

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
      principals_.emplace(canister.key, id_of(canister, named(canister)));
    }
  }
  if (const TomlNode* environments = entry(document_.root(), "environment", Kind::kTable)) {
    for (const TomlNode& environment : environments->items) {
      as(environment, Kind::kTable);
      principals_.emplace(environment.key, id_of(environment, named(environment)));
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

Principal FileDescriber::id_of(const TomlNode& canister, const Principal& otherwise) const {
  const TomlNode* const id = entry(canister, "id", Kind::kText);
  if (id == nullptr) {
    return otherwise;
  }
  const auto parsed = Principal::parse(id->text);
  if (!parsed) {
    document_.fail(document_.within(*id, 0), fmt::format("{} is no principal", id->text),
                   "Its checksum does not fit: a letter is wrong or missing.");
  }
  return *parsed;
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
  if (canister.find("model") != nullptr) {
    install_model(canister, where);
    return;
  }
  check_keys(canister, where,
             {"wasm", "motoko", "model", "init", "id", "candid", "controllers", "environment",
              "fuel", "inspect_may_drop"});
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
  for (const CandidRef& known : environments_) {
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
    add_calls(user, node, calls);
  }
}

void FileDescriber::add_calls(ScenarioUser& user, const TomlNode& node, const TomlNode& calls) {
  const TomlNode* const order = node.find("order");
  std::size_t number = 0;
  for (const TomlNode& stage : calls.items) {
    if (stage.kind != Kind::kList) {
      const CallText call = call_of(as(stage, Kind::kText));
      const CallPosition position =
          located(document_.within(stage, 0), [&] { return user.calls(request_of(call)); });
      calls_.emplace(fmt::format("{}#{}", node.key, ++number), UsersCall{position, call});
      continue;
    }
    // Where several are submitted together, what follows waits for them.
    if (order != nullptr && order->text != "then") {
      document_.fail(stage.place,
                     fmt::format("{} has calls that are submitted together, and order {}", node.key,
                                 order->text),
                     "What stands after such a list waits for its answers, so the order is "
                     "\"then\". Write that, or no order.");
    }
    if (stage.items.empty()) {
      document_.fail(stage.place, "no calls are submitted together here",
                     "Add a call, or leave the list out.");
    }
    std::vector<CallText> together;
    std::vector<NamedRequest> requests;
    for (const TomlNode* text : texts(stage)) {
      together.push_back(call_of(*text));
      requests.push_back(request_of(together.back()));
    }
    const std::vector<CallPosition> positions =
        located(stage.place, [&] { return user.all(requests); });
    for (std::size_t i = 0; i < positions.size(); ++i) {
      calls_.emplace(fmt::format("{}#{}", node.key, ++number),
                     UsersCall{positions[i], together[i]});
    }
  }
}

CallText FileDescriber::call_of(const TomlNode& text) const {
  try {
    return parse_call(text.text, scope_);
  } catch (const ExpressionError& error) {
    document_.fail(document_.within(text, error.offset()), error.what(),
                   next_after(error.what(), error.next()));
  }
}

}  // namespace heddle::internal
