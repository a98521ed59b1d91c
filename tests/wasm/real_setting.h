/// What a test of compiled canisters needs: modules installed, called and asked in Candid's text,
/// and explored.
///
///     RealSetting s;
///     const AnyRef kv = s.install("kv", "examples/real/kv/Kv.wasm");
///     s.call("alice", kv, "withdraw", "(10)");
///     EXPECT_EQ(s.explore({{"account", [=](const State& end) { ... }}}).states, 4);
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/check.h>
#include <heddle/model/coroutine_program.h>
#include <heddle/model/kernel.h>
#include <heddle/model/system.h>
#include <heddle/properties/property.h>
#include <heddle/properties/state.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/wasm_program.h>

namespace heddle::wasm {

/// The bytes of a file under the repository's root.
std::string file_bytes(const std::string& path);

class RealSetting {
 public:
  RealSetting();

  struct Options {
    std::string init = "()";
    bool compare_bytes = false;
    bool swap_twins = false;
    std::map<std::string, std::string> environment{};
  };

  AnyRef install(const std::string& name, const std::string& path, const Options& options);

  AnyRef install(const std::string& name, const std::string& path) {
    return install(name, path, Options());
  }

  /// A model written in C++.
  template <class C, class... A>
  Ref<C> install_model(const std::string& name, A&&... arguments) {
    const auto id = static_cast<CanisterId>(system.canisters.size());
    const auto program = make_program<C>(id, name, std::forward<A>(arguments)...);
    add(name, program);
    programs_.push_back(nullptr);
    interfaces_.emplace_back();
    return program->template ref<C>();
  }

  /// `user` calls the method once more.
  void call(const std::string& user, const AnyRef& canister, const std::string& method,
            const std::string& arguments, ScriptOrder order = ScriptOrder::kAny);

  [[nodiscard]] Principal principal(const AnyRef& canister) const {
    return system.canisters[canister.id()].principal;
  }

  [[nodiscard]] WasmProgram& program(const AnyRef& canister) const {
    return *programs_[canister.id()];
  }

  /// The reply to a query in a state, as text.
  [[nodiscard]] std::string ask(const State& state, const AnyRef& canister,
                                const std::string& method,
                                const std::string& arguments = "()") const;

  using Outcome = std::function<std::string(const State&)>;
  /// All interleavings; the values in quiescent states of what `outcome` says.
  Verdict explore(const Outcome& outcome = {}, CheckOptions options = {});
  /// So many schedules at random; whatever ran before in the same surroundings is run again and
  /// must do the same. Returns how often.
  std::uint64_t walk_at_random(int schedules, std::uint64_t seed);
  /// The values of `explore`.
  static std::set<std::string> values(const Verdict& verdict);
  /// Takes the first enabled event as long as there is an obligatory one; the answers to the users'
  /// calls, as text, in the order of the calls.
  std::vector<std::string> run_in_order();

  System system;

 private:
  void add(const std::string& name, const std::shared_ptr<Program>& program);
  [[nodiscard]] std::string reply_text(CanisterId canister, const std::string& method,
                                       std::string_view bytes) const;

  std::vector<std::shared_ptr<WasmProgram>> programs_;
  std::vector<candid::Interface> interfaces_;
  std::shared_ptr<Directory> directory_ = std::make_shared<Directory>();
};

}  // namespace heddle::wasm
