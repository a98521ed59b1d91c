// Environment canisters that are spoken to in Candid: they run no code, and every request to them
// is answered with each of the answers that are stated for its method.
//
//     install_management(s).replies("raw_rand", R"((blob "\00"))")
//                          .replies("raw_rand", R"((blob "\01"))")
//                          .rejects("http_request", "no route to host");
//
// Compiled canisters and those in C++ (`call<Blob>(Principal::management(), "raw_rand")`) call
// them alike. A method without a stated answer is answered with an error that says so. D11, D38.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <heddle/model/principal.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/wasm/candid/did.h>

namespace heddle {

class CandidEnvironment : public CandidRef {
 public:
  CandidEnvironment(Scenario& scenario, CandidRef canister)
      : CandidRef(std::move(canister)), scenario_(&scenario) {}

  /// `text`: the results, `(5, "x")`. Of the management canister's raw_rand fewer bytes than 32 are
  /// filled up with zeros. Throws Misuse, or CandidError with the place in the text.
  CandidEnvironment& replies(std::string_view method, std::string_view text);
  /// A reject by the canister (code 4).
  CandidEnvironment& rejects(std::string_view method, std::string text = "rejected");
  /// A trap or another error (code 5).
  CandidEnvironment& errors(std::string_view method, std::string text = "error");
  /// No answer, ever [D12]. Declared so, it costs no budget.
  CandidEnvironment& never(std::string_view method);

 private:
  Scenario* scenario_;
};

CandidEnvironment install_environment(Scenario& scenario, std::string_view canister,
                                      candid::Interface interface,
                                      std::optional<Principal> id = std::nullopt,
                                      PrincipalNames names = {});

/// The management canister, `aaaaa-aa`, under this name.
CandidEnvironment install_management(Scenario& scenario, PrincipalNames names = {},
                                     std::string_view canister = "management");

}  // namespace heddle
