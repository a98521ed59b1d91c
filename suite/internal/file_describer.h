// What a scenario file says, said to a Scenario.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/install_environment.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/internal/expression.h>
#include <heddle/suite/internal/toml_document.h>

namespace heddle::internal {

/// The names of a map's entries.
template <class Entries>
std::vector<std::string> keys_of(const Entries& entries) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : entries) {
    keys.emplace_back(key);
  }
  return keys;
}

/// Without the spaces around it.
std::string_view trimmed(std::string_view text);

class FileDescriber {
 public:
  /// Both outlive it.
  FileDescriber(Scenario& scenario, const TomlDocument& document)
      : scenario_(scenario), document_(document) {}

  /// Throws Misuse for the first mistake.
  void describe();

  /// Whether all that stands at the top of the file means something there.
  static bool knows_parts_of(const TomlDocument& document);

 private:
  using Keys = std::initializer_list<std::string_view>;
  using Kind = TomlNode::Kind;

  struct UsersCall {
    CallPosition position;
    CallText call;
  };

  // Reading nodes. `where` is what the node is called: "[canister.bank]".
  const TomlNode& as(const TomlNode& node, Kind kind) const;
  const TomlNode* entry(const TomlNode& table, std::string_view key, Kind kind) const;
  [[nodiscard]] const TomlNode& needed(const TomlNode& table, std::string_view key, Kind kind,
                                       std::string_view where, std::string_view example) const;
  [[nodiscard]] std::vector<const TomlNode*> texts(const TomlNode& list) const;
  [[nodiscard]] std::int64_t count(const TomlNode& node, std::int64_t least) const;
  void check_keys(const TomlNode& table, std::string_view where, Keys known) const;
  [[noreturn]] void fail_name(TextPlace place, std::string_view what, std::string_view name,
                              const std::vector<std::string>& known) const;
  /// What to do about a problem in a Candid text or expression: names may be mistyped there.
  [[nodiscard]] std::string next_after(std::string_view problem, std::string_view next) const;
  /// Runs `describe`, and says of a Misuse that it is about this place.
  template <class Describe>
  auto located(TextPlace place, Describe describe) const;

  // Who there is.
  void collect_names();
  /// What its `id` says.
  [[nodiscard]] Principal id_of(const TomlNode& canister, const Principal& otherwise) const;
  [[nodiscard]] Principal principal(const TomlNode& text) const;
  void install_canisters();
  void install(const TomlNode& canister);
  /// A bundled one, in C++.
  void install_model(const TomlNode& canister, std::string_view where);
  [[nodiscard]] Nat amount(const TomlNode& node) const;
  void install_environments();
  void add_answers_of(CandidEnvironment& environment, const TomlNode& method,
                      std::string_view where) const;
  /// The code's bytes, of `wasm` or `motoko`.
  [[nodiscard]] std::string module_of(const TomlNode& canister, std::string_view where) const;
  [[nodiscard]] WasmInstallation installation_of(const TomlNode& canister) const;
  [[nodiscard]] const CandidRef& canister(const TomlNode& at, std::size_t offset,
                                          std::string_view name) const;
  [[nodiscard]] std::pair<AnyRef, AnyRef> pair(const TomlNode& at, std::string_view text,
                                               bool is_key) const;
  void add_users();
  void add_calls(ScenarioUser& user, const TomlNode& node, const TomlNode& calls);
  [[nodiscard]] CallText call_of(const TomlNode& text) const;

  // What the surroundings are like.
  void set_surroundings();
  void set_limits(const TomlNode& limits);
  void set_faults(const TomlNode& faults);

  // What is claimed and expected.
  void add_claims();
  [[nodiscard]] std::shared_ptr<const Expression> expression(const TomlNode& text) const;
  [[nodiscard]] std::shared_ptr<const Expression> claim(const TomlNode& text) const;
  void add_state_claims(std::string_view key);
  void add_conserved();
  void add_answers();
  void add_in_flight();
  void add_outcomes();
  void add_watched();
  /// Shows it in traces where the other queries of its canister are.
  void watch_query(const CallText& call);
  void watch_queries_of(const Expression& expression);
  void expect(const TomlNode& expected);

  [[nodiscard]] std::vector<const TomlNode*> entries(std::string_view key) const;
  [[nodiscard]] std::string path(const std::string& relative) const;

  Scenario& scenario_;
  const TomlDocument& document_;
  std::map<std::string, Principal, std::less<>> principals_;
  ExpressionScope scope_;
  std::vector<CandidRef> environments_;
  std::map<std::string, UsersCall> calls_;
};

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

}  // namespace heddle::internal
