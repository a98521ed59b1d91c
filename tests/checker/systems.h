// Small systems for testing the checker without the language for canisters: programs are functions
// over the View, variables and arguments are numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include <heddle/checker/check.h>
#include <heddle/model/kernel.h>
#include <heddle/properties/state.h>

namespace heddle::testing {

/// A canister of functions. A method is grown again by calling it from its start; at an await that
/// does not go on it returns.
class Functions : public Program {
 public:
  using Method = std::function<void(View&)>;

  explicit Functions(std::vector<std::pair<std::string, std::uint64_t>> variables);

  Functions& method(std::string name, Method code, MethodKind kind = MethodKind::kUpdate);

  [[nodiscard]] const ProgramInfo& info() const override { return info_; }

  void run(View& view) override;

 private:
  ProgramInfo info_;
  std::vector<Method> methods_;
};

// What methods do.
std::uint64_t read(View& view, std::uint32_t variable);
void write(View& view, std::uint32_t variable, std::uint64_t value);
void add(View& view, std::uint32_t variable, std::uint64_t value);
std::uint64_t argument(View& view);
void reply(View& view, std::uint64_t value = 0);
/// Calls and waits; false: the method returns at once.
bool call(View& view, CanisterId callee, MethodId method, std::uint64_t argument,
          std::source_location where = std::source_location::current());
/// The value of a variable in a committed state.
std::uint64_t value(const State& state, CanisterId canister, std::uint32_t variable);

void install(System& system, std::string name, std::shared_ptr<Program> program);
void user(System& system, std::string name, std::vector<UserCall> calls,
          ScriptOrder order = ScriptOrder::kAny);
UserCall calls(CanisterId canister, MethodId method, std::uint64_t argument = 0);

/// `users` users who each add another power of two to one variable: the states are the subsets.
System subsets(unsigned users);
/// A bank that reads its balance, calls the ledger, and writes the balance back: canister 0 is the
/// bank, 1 the ledger; each user withdraws once.
System withdrawals(unsigned users, Faults faults = {});
/// One of each of four kinds.
Faults some_faults();
/// A counter that a timer raises for ever: no end and no repetition.
System endless();

std::shared_ptr<const Property> always(std::string name, std::function<bool(const State&)> holds);
std::shared_ptr<const Property> finally_(std::string name, std::function<bool(const State&)> holds);
std::shared_ptr<const Property> sometimes(std::string name,
                                          std::function<bool(const State&)> holds);
/// At most `most` requests start in the whole schedule: an automaton that counts.
std::shared_ptr<const Property> at_most_requests(LeafValue most);
/// What the bank and the ledger hold is the same at quiescence.
std::shared_ptr<const Property> conserved();
/// All claims about `withdrawals` that hold in every schedule, and questions about it.
Claims questions_about_withdrawals();

/// All that does not depend on time.
void expect_equal(const Verdict& left, const Verdict& right);

}  // namespace heddle::testing
