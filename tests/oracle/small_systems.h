// What the oracle's own tests share: small systems of one caller and one callee, and what the
// oracle and the model say of them.
#pragma once

#include <set>
#include <vector>

#include "oracle/oracle.h"
#include "oracle/program.h"

namespace heddle::oracle {

using Outcomes = std::set<std::vector<int>>;

/// What the oracle says of a system; the model must say the same, in either way of running it.
Report explored(const System& system, const ExploreOptions& options = {});
Outcomes outcomes_of(const System& system, ExploreOptions options = {});

Method method(Block body);
Canister canister(std::vector<int> variables, std::vector<Block> methods,
                  Dialect dialect = Dialect::kMotoko);
/// A user for each call.
std::vector<User> users(const std::vector<UserCall>& calls);
/// Replies its argument.
Block echo();

constexpr int kCaller = 0;
constexpr int kCallee = 1;

/// One user calls method 0 of a caller with these methods; the callee's methods are given.
System caller_and_callee(Canister caller, Canister callee);

/// `calls` parallel calls joined, replying how many succeeded.
Block parallel_joined(int calls);
System in_flight_limit(int clients, int calls, int limit);

}  // namespace heddle::oracle
