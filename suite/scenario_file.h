// Scenario files: a scenario of compiled canisters as a TOML text, for `heddle check bank.toml`.
//
//     [canister.ledger]  wasm = "Ledger.wasm"  init = "(100)"
//     [canister.bank]    wasm = "Bank.wasm"    init = '(service "ledger", 100)'
//     [user.alice]       calls = ["bank.withdraw(60)"]
//     [[always]]         name = "conserved"    holds = "bank.get() == ledger.get()"
//
// docs/scenario-files.md says what there is, docs/scenario.schema.json says it to editors. A
// mistake is a Misuse with file, line and column, what was found, and what was expected.
#pragma once

#include <string>
#include <string_view>

#include <heddle/properties/scenario.h>
#include <heddle/suite/registry.h>

namespace heddle {

/// Whether a scenario of that name is one of a file: it ends in ".toml".
bool names_scenario_file(std::string_view name);

/// Describes what the TOML text says. `file` is what messages call it; relative names in it are
/// looked for beside it. Throws Misuse.
void describe_scenario(Scenario& scenario, const std::string& file, const std::string& text);

/// The file's scenario, under the file's name; the file is read once. It is in no registry. Throws
/// Misuse when the file cannot be read or is no TOML.
RegisteredScenario read_scenario_file(const std::string& file);

}  // namespace heddle
