#include <memory>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/program.h>
#include <heddle/model/shown.h>
#include <heddle/model/view.h>
#include <heddle/suite/install_environment.h>
#include <heddle/wasm/candid/codec.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/candid/text.h>

namespace heddle {
namespace {

/// The methods of an interface, without code.
class DeclaredProgram : public Program {
 public:
  explicit DeclaredProgram(const std::shared_ptr<const CandidCanister>& speaker) {
    info_.type_name = speaker->name();
    info_.candid = &candid::candid_form();
    for (const std::string& name : speaker->interface().method_names()) {
      MethodInfo method;
      method.name = name;
      method.show_arguments = [speaker, name](std::string_view bytes) {
        return Shown{Shown::Kind::kName, speaker->arguments_text(name, bytes)};
      };
      method.show_reply = [speaker, name](std::string_view bytes) {
        return Shown{Shown::Kind::kName, speaker->reply_text(name, bytes)};
      };
      info_.methods.push_back(std::move(method));
    }
  }

  [[nodiscard]] const ProgramInfo& info() const override { return info_; }

  void run(View& /*view*/) override {
    throw BrokenInvariant(fmt::format("{} has no code", info_.type_name));
  }

 private:
  ProgramInfo info_;
};

/// What canisters call of the management canister, by the interface specification of the Internet
/// Computer; any other method is refused as one that there is not.
constexpr std::string_view kManagement = R"did(
type canister_id = principal;
type http_header = record { name : text; value : text };
type http_response = record { status : nat; headers : vec http_header; body : blob };
type settings = record {
  controllers : opt vec principal;
  compute_allocation : opt nat;
  memory_allocation : opt nat;
  freezing_threshold : opt nat;
};
type ecdsa_key = record { curve : variant { secp256k1 }; name : text };
type schnorr_key = record { algorithm : variant { bip340secp256k1; ed25519 }; name : text };
type public_key = record { public_key : blob; chain_code : blob };
service : {
  raw_rand : () -> (blob);
  http_request : (record {
    url : text;
    max_response_bytes : opt nat64;
    method : variant { get; head; post };
    headers : vec http_header;
    body : opt blob;
    transform : opt record {
      function : func (record { response : http_response; context : blob }) -> (http_response) query;
      context : blob;
    };
    is_replicated : opt bool;
  }) -> (http_response);
  create_canister : (record { settings : opt settings; sender_canister_version : opt nat64 })
    -> (record { canister_id : canister_id });
  update_settings : (record {
    canister_id : canister_id; settings : settings; sender_canister_version : opt nat64 }) -> ();
  install_code : (record {
    mode : variant { install; reinstall; upgrade : opt reserved };
    canister_id : canister_id;
    wasm_module : blob;
    arg : blob;
    sender_canister_version : opt nat64;
  }) -> ();
  uninstall_code : (record {
    canister_id : canister_id; sender_canister_version : opt nat64 }) -> ();
  start_canister : (record { canister_id : canister_id }) -> ();
  stop_canister : (record { canister_id : canister_id }) -> ();
  delete_canister : (record { canister_id : canister_id }) -> ();
  deposit_cycles : (record { canister_id : canister_id }) -> ();
  ecdsa_public_key : (record {
    canister_id : opt canister_id; derivation_path : vec blob; key_id : ecdsa_key })
    -> (public_key);
  sign_with_ecdsa : (record {
    message_hash : blob; derivation_path : vec blob; key_id : ecdsa_key })
    -> (record { signature : blob });
  schnorr_public_key : (record {
    canister_id : opt canister_id; derivation_path : vec blob; key_id : schnorr_key })
    -> (public_key);
  sign_with_schnorr : (record {
    message : blob; derivation_path : vec blob; key_id : schnorr_key; aux : opt reserved })
    -> (record { signature : blob });
}
)did";

}  // namespace

CandidEnvironment& CandidEnvironment::replies(std::string_view method, std::string_view text) {
  constexpr std::size_t kRandomBytes = 32;
  const std::vector<candid::Type> types = candid::types_of(canister().method(method).results());
  std::vector<candid::Value> values =
      candid::parse_arguments(text, types, canister().parse_options());
  if (method == "raw_rand" && values.size() == 1 && values.front().is_blob() &&
      values.front().size() < kRandomBytes) {
    std::string bytes(values.front().size() == 0 ? std::string_view() : values.front().bytes());
    bytes.resize(kRandomBytes, '\0');
    values.front() = candid::Value::blob(std::move(bytes));
  }
  scenario_->may_answer(*this, method,
                        {EnvironmentAnswer::Kind::kReply, candid::encode(values, types)});
  return *this;
}

CandidEnvironment& CandidEnvironment::rejects(std::string_view method, std::string text) {
  scenario_->may_answer(*this, method, {EnvironmentAnswer::Kind::kReject, std::move(text)});
  return *this;
}

CandidEnvironment& CandidEnvironment::errors(std::string_view method, std::string text) {
  scenario_->may_answer(*this, method, {EnvironmentAnswer::Kind::kError, std::move(text)});
  return *this;
}

CandidEnvironment& CandidEnvironment::never(std::string_view method) {
  scenario_->may_answer(*this, method, {EnvironmentAnswer::Kind::kNever, {}});
  return *this;
}

CandidEnvironment install_environment(Scenario& scenario, std::string_view canister,
                                      candid::Interface interface, std::optional<Principal> id,
                                      PrincipalNames names) {
  auto speaker = std::make_shared<const CandidCanister>(std::string(canister), std::move(interface),
                                                        std::move(names));
  const AnyRef ref = scenario.install_environment_program(
      canister, std::make_shared<DeclaredProgram>(speaker), id);
  return {scenario, CandidRef(ref, speaker)};
}

CandidEnvironment install_management(Scenario& scenario, PrincipalNames names,
                                     std::string_view canister) {
  return install_environment(
      scenario, canister,
      candid::parse_did(kManagement, {.source = std::string(canister), .load = {}}),
      Principal::management(), std::move(names));
}

}  // namespace heddle
