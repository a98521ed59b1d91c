// The limit on calls in flight in small, with canisters as users write them, against the oracle and
// against a formula.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/model/language.h>

#include "oracle/adapter.h"
#include "oracle/oracle.h"

namespace heddle::oracle {
namespace {

class Callee : public heddle::Canister {
 public:
  Update<> ping() { co_return; }

  HEDDLE_CANISTER(Callee, ping)
};

class Caller : public heddle::Canister {
 public:
  explicit Caller(Ref<Callee> whom) : callee(whom) {}

  Update<Nat> parallel_calls(Nat n) {
    std::vector<Future<>> pings;
    for (Nat i = 0; i < n; ++i) {
      try {
        pings.push_back(heddle::call(callee, &Callee::ping));
      } catch (const Reject&) {
      }
    }
    Nat successful = 0;
    for (auto& ping : pings) {
      try {
        co_await ping;
        ++successful;
      } catch (const Reject&) {
      }
    }
    co_return successful;
  }

  /// Calls that nobody awaits.
  Update<> hold(Nat n) {
    for (Nat i = 0; i < n; ++i) {
      try {
        ignore(heddle::call(callee, &Callee::ping));
      } catch (const Reject&) {
      }
    }
    co_return;
  }

  const Ref<Callee> callee;

  HEDDLE_CANISTER(Caller, parallel_calls, hold)
};

/// User 0 calls parallel_calls(4), user 1 hold(earlier).
System parallel_calls(int limit, int earlier) {
  Block parallel;
  for (int i = 0; i < 4; ++i) {
    parallel.push_back(try_call(i, 1, 0, constant(0), i + 1));
  }
  for (int i = 0; i < 4; ++i) {
    parallel.push_back(if_ok(i + 1, {outcome(i, 5), if_ok(5, {set(6, local(6, 1))})}));
  }
  parallel.push_back(reply(local(6)));
  Block hold;
  for (int i = 0; i < earlier; ++i) {
    hold.push_back(try_call(i, 1, 0, constant(0), 0));
  }
  System system;
  system.canisters.resize(2);
  system.canisters[0].methods = {{.query = false, .body = parallel},
                                 {.query = false, .body = hold}};
  system.canisters[1].methods.resize(1);
  system.users = {{Order::kAny, {{0, 0, 0}}}, {Order::kAny, {{0, 1, 0}}}};
  system.limits = {{0, 1, limit}};
  return system;
}

/// The same with the canisters above.
heddle::System parallel_calls_as_written(int limit, int earlier) {
  heddle::System system;
  const auto install = [&](const char* name, std::shared_ptr<Program> program) {
    Installed installed;
    installed.name = name;
    installed.principal = Principal::named(name);
    installed.program = std::move(program);
    system.canisters.push_back(std::move(installed));
  };
  install("caller", make_program<Caller>(0, "caller", Ref<Callee>(1)));
  install("callee", make_program<Callee>(1, "callee"));
  const auto user = [&](const char* name, MethodId method, int argument) {
    heddle::User caller;
    caller.name = name;
    caller.calls = {{0, method, to_bytes(std::tuple<Nat>(Nat(argument)))}};
    system.users.push_back(std::move(caller));
  };
  user("u0", 0, 4);
  user("u1", 1, earlier);
  system.limits[{0, 1}] = static_cast<std::uint32_t>(limit);
  system.keep_results = true;
  return system;
}

/// An outcome as verdicts tell it.
std::string text_of(const std::vector<int>& values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

Claims claims_of(const System& system) {
  Claims claims;
  claims.outcome_sets.push_back(
      {"outcome", [system](const heddle::State& end) { return text_of(outcome(end, system)); }});
  return claims;
}

TEST(ParallelCalls, Q3WithEarlierCallsOpenTheyEndAsTheOracleSays) {
  for (int limit = 1; limit <= 5; ++limit) {
    for (int earlier = 0; earlier <= 5; ++earlier) {
      const System system = parallel_calls(limit, earlier);
      const Report expected = explore(system, {.keep = Keep::kHistory});
      EXPECT_EQ(difference(expected, explore_model(system, Runner::kCoroutines)), "");
      std::set<std::string> outcomes;
      for (const auto& [values, schedule] : expected.outcomes) {
        outcomes.insert(text_of(values));
      }
      std::set<std::string> found;
      const Verdict verdict =
          check(parallel_calls_as_written(limit, earlier), claims_of(system), {});
      for (const OutcomeWitness& witness : verdict.outcomes.at("outcome")) {
        found.insert(witness.value);
      }
      EXPECT_EQ(found, outcomes) << "limit " << limit << ", earlier " << earlier;
      // min(4, limit - open), for each number of earlier calls that can be open still.
      std::set<std::string> formula;
      for (int open = 0; open <= std::min(earlier, limit); ++open) {
        formula.insert(text_of({std::min(4, limit - open), 0}));
      }
      EXPECT_EQ(found, formula) << "limit " << limit << ", earlier " << earlier;
    }
  }
}

}  // namespace
}  // namespace heddle::oracle
