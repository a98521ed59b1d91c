// Counterexamples made smaller, against the oracle: what is left fails, and of what is said to be
// needed the oracle says so too, by going through all schedules of the system without it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/suite/check_scenario.h>
#include <heddle/suite/internal/smaller.h>

#include "oracle/adapter.h"
#include "oracle/generate.h"
#include "oracle/oracle.h"

namespace heddle::oracle {
namespace {

/// The generated system as a scenario with one claim.
RegisteredScenario scenario_of(const System& system) {
  RegisteredScenario scenario;
  scenario.scenario = "generated";
  scenario.describe = [system](Scenario& s) {
    const heddle::System adapted = adapt(system, Runner::kCoroutines);
    std::vector<AnyRef> canisters;
    for (const Installed& canister : adapted.canisters) {
      canisters.push_back(s.install_program(canister.name, canister.program));
    }
    for (const heddle::User& user : adapted.users) {
      ScenarioUser described = s.user(user.name);
      std::vector<std::vector<NamedRequest>> groups;
      for (const heddle::UserCall& call : user.calls) {
        const auto& info = adapted.canisters[call.canister].program->info();
        if (groups.empty() || !call.together) {
          groups.emplace_back();
        }
        groups.back().push_back(
            {canisters[call.canister], info.methods[call.method].name, call.arguments});
      }
      for (const std::vector<NamedRequest>& group : groups) {
        if (group.size() > 1) {
          described.all(group);
        } else {
          described.calls(group.front());
        }
      }
      if (user.order == ScriptOrder::kInOrder) {
        described.in_order();
      } else if (user.order == ScriptOrder::kThen) {
        described.then();
      }
    }
    s.profile(happy);
    s.faults().send_failures = adapted.faults.send_failures;
    s.faults().rejects = adapted.faults.rejects;
    s.faults().callback_traps = adapted.faults.callback_traps;
    s.faults().heartbeats = adapted.faults.heartbeats;
    s.faults().dropped_ingress = adapted.faults.dropped_ingress;
    s.faults().resubmissions = adapted.faults.resubmissions;
    if (adapted.weakened.overtaking) {
      s.weaken("G1");
    }
    for (const auto& [pair, limit] : adapted.limits) {
      s.limit(canisters[pair.first], canisters[pair.second], limit);
    }
    s.limit_all(adapted.limit_default);
    for (const char* property : {"no unexpected trap", "no deadlock", "every call answered",
                                 "every call answered by its method"}) {
      s.without(property);
    }
    s.finally("claim", [system](const State& end) { return holds(end, system); });
  };
  return scenario;
}

/// "u1", "u1#2".
struct Who {
  std::size_t user = 0;
  std::size_t call = 0;  ///< from 1; 0: all
};

Who who(const std::string& text) {
  const std::size_t mark = text.find('#');
  Who found;
  found.user = static_cast<std::size_t>(std::atoi(text.c_str() + 1));
  found.call =
      mark == std::string::npos ? 0 : static_cast<std::size_t>(std::atoi(text.c_str() + mark + 1));
  return found;
}

/// The system without those, for the oracle.
System without(System system, const std::set<std::string>& names) {
  std::vector<std::set<std::size_t>> gone(system.users.size());
  for (const std::string& name : names) {
    const Who one = who(name);
    for (std::size_t i = 0; i < system.users[one.user].calls.size(); ++i) {
      if (one.call == 0 || one.call == i + 1) {
        gone[one.user].insert(i);
      }
    }
  }
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    std::vector<UserCall> left;
    bool has_begun = false;
    for (std::size_t i = 0; i < system.users[u].calls.size(); ++i) {
      UserCall call = system.users[u].calls[i];
      has_begun = has_begun && call.together;
      if (!gone[u].contains(i)) {
        call.together = has_begun;
        left.push_back(call);
        has_begun = true;
      }
    }
    system.users[u].calls = left;
  }
  return system;
}

Budgets used_in(const Trace& trace) {
  Budgets used;
  for (const TraceStep& step : trace.steps) {
    used.d7 += step.event.find(" fail-send") != std::string::npos ? 1 : 0;
    used.d8 += step.event.starts_with("reject ") ? 1 : 0;
    used.d16 += step.event.ends_with(" trap") ? 1 : 0;
    used.d20 += step.event.starts_with("heartbeat ") ? 1 : 0;
    used.d23 += step.event.starts_with("drop ") ? 1 : 0;
    used.d24 += step.event.starts_with("resubmit ") ? 1 : 0;
  }
  return used;
}

Budgets one_less(Budgets budgets, const std::string& what) {
  const std::map<std::string, int Budgets::*> rules{{"D7", &Budgets::d7},   {"D8", &Budgets::d8},
                                                    {"D16", &Budgets::d16}, {"D20", &Budgets::d20},
                                                    {"D23", &Budgets::d23}, {"D24", &Budgets::d24}};
  const std::string rule = what.substr(6, what.find(':') - 6);
  --(budgets.*rules.at(rule));
  return budgets;
}

std::size_t variables_of(const System& system) {
  std::size_t count = 0;
  for (const Canister& canister : system.canisters) {
    count += canister.variables.size();
  }
  return count;
}

/// Values of variables in the end, as one number.
int end_of(const System& system, const std::vector<int>& outcome) {
  int end = 0;
  int weight = 1;
  for (std::size_t i = 0; i < variables_of(system); ++i, weight *= system.modulus) {
    end += weight * outcome[i];
  }
  return end;
}

std::set<int> ends_of(const System& system) {
  std::set<int> ends;
  for (const auto& [outcome, schedule] : explore(system, {}).outcomes) {
    ends.insert(end_of(system, outcome));
  }
  return ends;
}

/// Claims that the system never ends so, of all ends one that needs as many users as any.
void claim_what_needs_users(System& system) {
  std::vector<std::set<int>> without_user;
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    without_user.push_back(ends_of(without(system, {fmt::format("u{}", u)})));
  }
  int chosen = 0;
  std::ptrdiff_t most = -1;
  for (const int end : ends_of(system)) {
    const auto needed = std::ranges::count_if(
        without_user, [&](const std::set<int>& ends) { return !ends.contains(end); });
    if (needed > most) {
      most = needed;
      chosen = end;
    }
  }
  Property claim;
  int weight = 1;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    for (std::size_t v = 0; v < system.canisters[c].variables.size(); ++v) {
      claim.terms.push_back({static_cast<int>(c), static_cast<int>(v), weight});
      weight *= system.modulus;
    }
  }
  claim.relation = Property::Relation::kNotEqual;
  claim.constant = chosen;
  claim.at_quiescence = true;
  system.property = claim;
}

bool violated(System system, const Budgets& budgets) {
  system.budgets = budgets;
  const Report report = explore(system, {});
  EXPECT_TRUE(report.complete);
  return report.violated;
}

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    names.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

struct Seen {
  int systems = 0;
  int smaller = 0;
  std::map<TraceTried::Came, int> came;
  std::map<TraceTried::Kind, int> needed;
};

void compare_with_oracle(const System& system, Seen& seen) {
  const RegisteredScenario scenario = scenario_of(system);
  PreparedScenario prepared = prepare(scenario);
  const heddle::Report report = check_prepared(prepared);
  if (report.verdict.answered != Answered::kViolated) {
    return;
  }
  ASSERT_TRUE(report.trace);
  if (report.trace->steps.empty()) {
    return;
  }
  ++seen.systems;
  const Trace small =
      heddle::internal::made_smaller(scenario, {}, *report.trace, {}, {.seconds_max = 600});
  ScenarioOverrides overrides;
  for (const auto& [name, value] : small.settings) {
    if (name == kWithoutSetting) {
      overrides.without = names_in(value);
    } else if (name == kNumberSetting) {
      for (const std::string& number : names_in(value)) {
        const std::size_t equals = number.find('=');
        overrides.numbers[number.substr(0, equals)] = number.substr(equals + 1);
      }
    }
  }
  EXPECT_LE(small.steps.size(), report.trace->steps.size() + 20);
  PreparedScenario again = prepare(scenario, overrides);
  EXPECT_EQ(replay_prepared(again, small.schedule()).property, "claim");
  seen.smaller += overrides.without.empty() ? 0 : 1;

  System changed = system;
  for (const auto& [place, number] : overrides.numbers) {
    const Who one = who(place);
    changed.users[one.user].calls[one.call - 1].argument = std::atoi(number.c_str());
  }
  const System rest = without(changed, overrides.without);
  const Budgets budgets = used_in(small);
  EXPECT_TRUE(violated(rest, budgets))
      << to_string(system) << fmt::format("{}\n", fmt::join(small.schedule(), "\n"))
      << to_flags(overrides);
  std::set<std::string> tried_users;
  for (const TraceTried& tried : small.tried) {
    ++seen.came[tried.came];
    if (tried.came == TraceTried::Came::kLeftOut ||
        tried.came == TraceTried::Came::kNotEstablished) {
      continue;
    }
    seen.needed[tried.kind] += tried.came == TraceTried::Came::kNeeded ? 1 : 0;
    std::set<std::string> names = overrides.without;
    Budgets allowed = budgets;
    switch (tried.kind) {
      case TraceTried::Kind::kUser:
        names.insert(tried.what.substr(5, tried.what.find(':') - 5));
        tried_users.insert(tried.what);
        break;
      case TraceTried::Kind::kCall:
        names.insert(tried.what.substr(0, tried.what.find(' ')));
        break;
      case TraceTried::Kind::kFault:
        allowed = one_less(allowed, tried.what);
        break;
      default:
        continue;
    }
    EXPECT_EQ(violated(without(changed, names), allowed),
              tried.came == TraceTried::Came::kFailsOtherwise)
        << tried.what;
  }
  // Every user who is left was tried, unless there is but one.
  std::size_t users = 0;
  for (const User& user : rest.users) {
    users += user.calls.empty() ? 0 : 1;
  }
  if (users > 1) {
    EXPECT_EQ(tried_users.size(), users);
  }
}

TEST(Smaller, WhatIsNeededIsNeededByTheOraclesEnumeration) {
  constexpr std::uint64_t kSystems = 100;
  fmt::print("systems 0 to {}\n", kSystems - 1);
  Seen seen;
  for (std::uint64_t seed = 0; seed < kSystems; ++seed) {
    System system = generate(seed);
    if (std::ranges::any_of(system.canisters, &Canister::is_environment) ||
        variables_of(system) > 8) {
      continue;
    }
    claim_what_needs_users(system);
    SCOPED_TRACE(fmt::format("system {}", seed));
    compare_with_oracle(system, seen);
  }
  fmt::print("{} violated, {} made smaller; needed: {} users, {} calls, {} faults\n", seen.systems,
             seen.smaller, seen.needed[TraceTried::Kind::kUser],
             seen.needed[TraceTried::Kind::kCall], seen.needed[TraceTried::Kind::kFault]);
  EXPECT_GT(seen.systems, 10);
  EXPECT_GT(seen.smaller, 5);
  EXPECT_GT(seen.needed[TraceTried::Kind::kUser], 5);
  EXPECT_LE(seen.came[TraceTried::Came::kNotEstablished], 2);
}

}  // namespace
}  // namespace heddle::oracle
