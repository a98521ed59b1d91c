// install_wasm: a compiled canister in a scenario, spoken to in Candid's text.
//
//     auto ledger = install_wasm(s, "ledger", "Ledger.wasm", {.init = "(100)"});
//     auto bank   = install_wasm(s, "bank", "Bank.wasm", {.init = R"((service "ledger", 100))"});
//     s.user("alice").calls(bank, "withdraw", bank.arguments("withdraw", "(60)"));
//     s.outcomes("balance", [=](const State& end) { return bank.query(end, "get"); });
//
// Models in C++ beside it answer its calls, and call it by its principal and the method's name, or
// by a handle of a class that stands for it (`Ref<Ledger>(ledger)`); their values become Candid and
// back (model_values.h).
//
// Its interface comes from the module's `candid:service` metadata or from a .did text. Arguments
// are checked against it, and traces show messages by it: `withdraw(60)`, `(500 : nat)`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/type_info.h>
#include <heddle/model/view.h>
#include <heddle/properties/scenario.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/text.h>
#include <heddle/wasm/candid/value.h>

namespace heddle {

/// Names in Candid's texts, both ways: `principal "ledger"`.
struct PrincipalNames {
  /// What a name that is no principal's text stands for. By default the canister or user of that
  /// name, whose principal is made of it (Principal::named).
  std::function<std::optional<Principal>(std::string_view)> principal_of;
  /// What traces show for a principal. By default the name that it was made of.
  std::function<std::optional<std::string>(const Principal&)> name_of;
};

/// How a compiled canister is installed.
struct WasmInstallation {
  /// Candid text of the init argument, `(service "ledger", 100)`.
  std::string init = "()";
  /// Its principal; none: one made of the canister's name.
  std::optional<Principal> id{};
  std::vector<Principal> controllers{};
  /// Environment variables, `PUBLIC_CANISTER_ID:ledger` and the like.
  std::map<std::string, std::string> environment{};
  /// One execution may make this many calls and turns of loops; one that wants more traps. None:
  /// 2 000 million.
  std::optional<std::uint64_t> fuel{};
  /// Instead of what the module says of itself.
  std::optional<candid::Interface> interface {};
  PrincipalNames names{};
};

/// What a canister's Candid interface says, and how its messages are written and read by it.
class CandidCanister {
 public:
  /// How a canister in C++ encodes the messages of a method (MethodInfo).
  struct ModelMessages {
    const TypeInfo& (*arguments)();
    const TypeInfo& (*reply)();
  };

  /// `model`: by method, of a canister in C++; empty where messages are Candid's.
  CandidCanister(std::string canister, candid::Interface interface, PrincipalNames names,
                 std::map<std::string, ModelMessages, std::less<>> model = {});

  [[nodiscard]] const std::string& name() const { return canister_; }

  [[nodiscard]] const candid::Interface& interface() const { return interface_; }

  /// A func type. Throws Misuse, with the names that there are.
  [[nodiscard]] candid::Type method(std::string_view method) const;
  /// Encodes `(60)`. Throws Misuse, or CandidError with the place in the text.
  [[nodiscard]] std::string arguments(std::string_view method, std::string_view text) const;
  /// Decodes a reply.
  [[nodiscard]] std::vector<candid::Value> reply(std::string_view method,
                                                 std::string_view bytes) const;
  /// In one line, shortened: "(60)", "(500 : nat)".
  [[nodiscard]] std::string arguments_text(std::string_view method, std::string_view bytes) const;
  [[nodiscard]] std::string reply_text(std::string_view method, std::string_view bytes) const;
  /// As a value, in one line and without types: "500", "(1, 2)".
  [[nodiscard]] std::string reply_value(std::string_view method, std::string_view bytes) const;

  /// A value of the canister's, in one line, shortened and without types.
  [[nodiscard]] std::string text(const candid::Value& value) const;

  [[nodiscard]] candid::ParseOptions parse_options() const;

 private:
  [[nodiscard]] std::string text(std::string_view bytes, const std::vector<candid::Type>& types,
                                 bool known, bool annotated) const;
  /// As a Candid message, whatever the canister's encoding.
  [[nodiscard]] std::string message(std::string_view method, std::string_view bytes,
                                    bool is_reply) const;

  std::string canister_;
  candid::Interface interface_;
  PrincipalNames names_;
  std::map<std::string, ModelMessages, std::less<>> model_;
};

/// An installed canister that speaks Candid.
class CandidRef : public AnyRef {
 public:
  CandidRef(AnyRef ref, std::shared_ptr<const CandidCanister> canister)
      : AnyRef(ref), canister_(std::move(canister)) {}

  [[nodiscard]] const CandidCanister& canister() const { return *canister_; }

  /// For ScenarioUser::calls: encodes `(60)`.
  [[nodiscard]] std::string arguments(std::string_view method, std::string_view text = "()") const {
    return canister_->arguments(method, text);
  }

  /// The results of a query that runs in this state, as text: "100", "(1, 2)".
  [[nodiscard]] std::string query(const State& now, std::string_view method,
                                  std::string_view text = "()") const;

 private:
  std::shared_ptr<const CandidCanister> canister_;
};

/// An init argument that is no Candid, or does not fit.
class BadInitArgument : public Misuse {
 public:
  BadInitArgument(std::string text, candid::CandidError error, std::string types)
      : Misuse(std::move(text)), error_(std::move(error)), types_(std::move(types)) {}

  /// With the place in WasmInstallation::init.
  [[nodiscard]] const candid::CandidError& error() const { return error_; }

  /// What is expected: "(principal, nat)".
  [[nodiscard]] const std::string& types() const { return types_; }

 private:
  candid::CandidError error_;
  std::string types_;
};

/// Installs a module. Throws Misuse that names the canister and the cause: no module, an init
/// argument that does not fit, an init that traps.
CandidRef install_wasm(Scenario& scenario, std::string_view canister,
                       std::span<const std::uint8_t> module, WasmInstallation installation = {});
/// The same of a file; a relative name is one in the working directory.
CandidRef install_wasm(Scenario& scenario, std::string_view canister,
                       const std::filesystem::path& file, WasmInstallation installation = {});

}  // namespace heddle
