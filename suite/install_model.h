// install_model: a canister in C++ that is spoken to in Candid's text, as compiled ones are.
//
//     auto ledger = install_model<Icrc1Ledger>(s, "ledger", {.candid = Icrc1Ledger::candid()},
//                                              icrc1::Options{.fee = 1});
//     s.user("alice").calls(ledger, "icrc1_transfer", ledger.arguments("icrc1_transfer", "(...)"));
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <heddle/model/canister.h>
#include <heddle/model/principal.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/install_wasm.h>

namespace heddle {

struct ModelInstallation {
  /// Its interface, as a .did text: methods that it does not name cannot be asked for in Candid.
  std::string_view candid;
  /// Its principal; none: one made of the canister's name.
  std::optional<Principal> id{};
  PrincipalNames names{};
};

/// The same of an object of `object_bytes` bytes.
CandidRef install_model(Scenario& scenario, std::string_view canister,
                        ModelInstallation installation, std::unique_ptr<Canister> object,
                        std::size_t object_bytes);

/// `arguments`: of the constructor. Throws Misuse when the interface is none.
template <CanisterClass C, class... A>
CandidRef install_model(Scenario& scenario, std::string_view canister,
                        ModelInstallation installation, A&&... arguments) {
  return install_model(scenario, canister, std::move(installation),
                       std::make_unique<C>(std::forward<A>(arguments)...), sizeof(C));
}

}  // namespace heddle
