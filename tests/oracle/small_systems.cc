#include "oracle/small_systems.h"

#include <utility>

#include <gtest/gtest.h>

#include "oracle/adapter.h"

namespace heddle::oracle {

Report explored(const System& system, const ExploreOptions& options) {
  const Report expected = explore(system, {.keep = Keep::kHistory});
  for (const Runner runner : {Runner::kView, Runner::kCoroutines}) {
    EXPECT_EQ(difference(expected, explore_model(system, runner)), "") << to_string(system);
  }
  return explore(system, options);
}

Outcomes outcomes_of(const System& system, ExploreOptions options) {
  const Report report = explored(system, options);
  EXPECT_TRUE(report.complete);
  Outcomes outcomes;
  for (const auto& [values, schedule] : report.outcomes) {
    outcomes.insert(values);
  }
  return outcomes;
}

Method method(Block body) {
  return {.query = false, .body = std::move(body)};
}

Canister canister(std::vector<int> variables, std::vector<Block> methods, Dialect dialect) {
  Canister result;
  result.dialect = dialect;
  result.variables = std::move(variables);
  for (Block& body : methods) {
    result.methods.push_back(method(std::move(body)));
  }
  return result;
}

std::vector<User> users(const std::vector<UserCall>& calls) {
  std::vector<User> result;
  for (const UserCall& call : calls) {
    result.push_back({Order::kAny, {call}});
  }
  return result;
}

Block echo() {
  return {reply(argument())};
}

System caller_and_callee(Canister caller, Canister callee) {
  System system;
  system.canisters = {std::move(caller), std::move(callee)};
  system.users = users({{kCaller, 0, 0}});
  return system;
}

Block parallel_joined(int calls) {
  Block body;
  std::vector<int> slots;
  std::vector<int> locals;
  for (int i = 0; i < calls; ++i) {
    body.push_back(call(i, kCallee, 0, constant(0)));
    slots.push_back(i);
    locals.push_back(i + 1);
  }
  body.push_back(await_all(slots, locals));
  for (int i = 0; i < calls; ++i) {
    body.push_back(set(0, counted(0, i + 1)));
  }
  body.push_back(reply(local(0)));
  return body;
}

System in_flight_limit(int clients, int calls, int limit) {
  System system = caller_and_callee(canister({}, {parallel_joined(calls)}, Dialect::kRust),
                                    canister({0}, {Block{delta(0, 1)}}));
  system.users = users(std::vector<UserCall>(static_cast<std::size_t>(clients)));
  system.limits = {{kCaller, kCallee, limit}};
  return system;
}

}  // namespace heddle::oracle
