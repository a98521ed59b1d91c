// The part of FileDescriber that says which canisters have no code of their own in the file:
// bundled models in C++, and what stands for the environment.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/canisters/icrc1_ledger.h>
#include <heddle/model/nat.h>
#include <heddle/model/view.h>
#include <heddle/suite/install_environment.h>
#include <heddle/suite/install_model.h>
#include <heddle/suite/internal/file_describer.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::internal {

Nat FileDescriber::amount(const TomlNode& node) const {
  if (node.kind == Kind::kInteger && node.integer >= 0) {
    return {static_cast<std::uint64_t>(node.integer)};
  }
  if (node.kind == Kind::kText) {
    try {
      return candid::parse_value(node.text, candid::Type(candid::Kind::kNat)).nat();
    } catch (const candid::CandidError&) {
      document_.fail(document_.within(node, 0), fmt::format("\"{}\" is no amount", node.text),
                     "Write digits: 100 or \"1_000_000_000_000_000_000_000\".");
    }
  }
  document_.fail(node.place, fmt::format("{} must be an amount of tokens, 0 or more", node.key),
                 "Write 100, or \"1_000_000_000_000_000_000_000\" for more than 64 bits.");
}

void FileDescriber::install_model(const TomlNode& canister, std::string_view where) {
  constexpr std::string_view kLedger = "icrc1_ledger";
  const TomlNode& model = needed(canister, "model", Kind::kText, where, "\"icrc1_ledger\"");
  if (model.text != kLedger) {
    fail_name(document_.within(model, 0), "bundled model", model.text, {std::string(kLedger)});
  }
  for (const std::string_view code : {"wasm", "motoko"}) {
    if (canister.find(code) != nullptr) {
      document_.fail(model.key_place, fmt::format("{} has {} and model", where, code),
                     "Name the code, or the bundled model.");
    }
  }
  check_keys(canister, where,
             {"model", "id", "balances", "fee", "minting_account", "name", "symbol", "decimals"});
  icrc1::Options options;
  if (const TomlNode* balances = entry(canister, "balances", Kind::kTable)) {
    for (const TomlNode& balance : balances->items) {
      TomlNode owner;
      owner.text = balance.key;
      owner.place = balance.key_place;
      options.balances[principal(owner)] += amount(balance);
    }
  }
  if (const TomlNode* fee = canister.find("fee")) {
    options.fee = amount(*fee);
  }
  if (const TomlNode* minting = entry(canister, "minting_account", Kind::kText)) {
    options.minting_account = principal(*minting);
    if (options.balances.contains(*options.minting_account)) {
      document_.fail(document_.within(*minting, 0),
                     fmt::format("{} is the minting account, and has a balance", minting->text),
                     "The minting account makes tokens, and has none. Leave its balance out.");
    }
  }
  if (const TomlNode* name = entry(canister, "name", Kind::kText)) {
    options.name = name->text;
  }
  if (const TomlNode* symbol = entry(canister, "symbol", Kind::kText)) {
    options.symbol = symbol->text;
  }
  if (const TomlNode* decimals = canister.find("decimals")) {
    const std::int64_t number = count(*decimals, 0);
    if (number > std::numeric_limits<std::uint8_t>::max()) {
      document_.fail(decimals->place, "decimals is a nat8, 255 at most");
    }
    options.decimals = static_cast<std::uint8_t>(number);
  }
  located(canister.key_place, [&] {
    scope_.canisters.push_back(
        heddle::install_model<Icrc1Ledger>(scenario_, canister.key,
                                           {.candid = Icrc1Ledger::candid(),
                                            .id = principals_.at(canister.key),
                                            .names = scope_.names},
                                           options));
  });
}

void FileDescriber::install_environments() {
  if (const TomlNode* environments = entry(document_.root(), "environment", Kind::kTable)) {
    for (const TomlNode& node : environments->items) {
      const std::string where = fmt::format("[environment.{}]", node.key);
      check_keys(node, where, {"candid", "id", "answers"});
      const TomlNode& did = needed(node, "candid", Kind::kText, where, "\"Rates.did\"");
      candid::Interface interface;
      try {
        interface = candid::load_did(path(did.text));
      } catch (const candid::CandidError& error) {
        document_.fail(document_.within(did, 0),
                       fmt::format("the interface {} cannot be read", did.text), error.what());
      }
      CandidEnvironment environment = located(node.key_place, [&] {
        return install_environment(scenario_, node.key, std::move(interface),
                                   principals_.at(node.key), scope_.names);
      });
      const TomlNode& answers = needed(node, "answers", Kind::kTable, where, "{ rate = [\"5\"] }");
      for (const TomlNode& method : answers.items) {
        add_answers_of(environment, method, where);
      }
      environments_.push_back(environment);
    }
  }
  if (const TomlNode* node = entry(document_.root(), "management", Kind::kTable)) {
    CandidEnvironment management =
        located(node->key_place, [&] { return install_management(scenario_, scope_.names); });
    for (const TomlNode& method : node->items) {
      add_answers_of(management, method, "[management]");
    }
    environments_.push_back(management);
  }
}

void FileDescriber::add_answers_of(CandidEnvironment& environment, const TomlNode& method,
                                   std::string_view where) const {
  const std::vector<std::string> methods = environment.canister().interface().method_names();
  if (std::ranges::find(methods, method.key) == methods.end()) {
    fail_name(method.key_place, fmt::format("method in {}:", where), method.key, methods);
  }
  if (as(method, Kind::kList).items.empty()) {
    document_.fail(method.place, fmt::format("{} has no answers", method.key),
                   "State values that it may reply, or leave it out: then it is refused.");
  }
  for (const TomlNode& answer : method.items) {
    if (answer.kind == Kind::kText) {
      const bool is_list = answer.text.starts_with('(');
      try {
        environment.replies(method.key, is_list ? answer.text : fmt::format("({})", answer.text));
      } catch (const candid::CandidError& error) {
        const std::size_t offset = offset_of(error, answer.text);
        document_.fail(
            document_.within(answer, is_list || offset == 0 ? offset : offset - 1),
            error.details().problem,
            next_after(error.details().problem,
                       fmt::format("{} replies {}.", method.key,
                                   candid::to_text(candid::types_of(
                                       environment.canister().method(method.key).results())))));
      }
      continue;
    }
    check_keys(as(answer, Kind::kTable), fmt::format("an answer of {}", method.key),
               {"reject", "error", "never"});
    if (answer.items.size() != 1) {
      document_.fail(answer.place, "an answer that is no value has one key",
                     "Write { reject = \"...\" }, { error = \"...\" } or { never = true }.");
    }
    if (const TomlNode* reject = entry(answer, "reject", Kind::kText)) {
      environment.rejects(method.key, reject->text);
    } else if (const TomlNode* error = entry(answer, "error", Kind::kText)) {
      environment.errors(method.key, error->text);
    } else if (entry(answer, "never", Kind::kBoolean)->boolean) {
      environment.never(method.key);
    }
  }
}

}  // namespace heddle::internal
