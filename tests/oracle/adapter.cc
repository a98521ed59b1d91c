#include "oracle/adapter.h"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/model/reject.h>
#include <heddle/model/value.h>

#include "oracle/runner.h"

namespace heddle::oracle {

namespace {

EnvironmentAnswer adapted(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::kReply:
      return {EnvironmentAnswer::Kind::kReply, encoded(answer.value)};
    case Answer::Kind::kReject:
      return {EnvironmentAnswer::Kind::kReject, ""};
    case Answer::Kind::kError:
      return {EnvironmentAnswer::Kind::kError, ""};
    case Answer::Kind::kNever:
      break;
  }
  return {EnvironmentAnswer::Kind::kNever, ""};
}

Installed adapted(const Canister& canister, std::size_t index, std::shared_ptr<Program> program) {
  Installed installed;
  installed.name = canister_name(index);
  installed.principal = canister_principal(index);
  installed.program = std::move(program);
  installed.environment = canister.is_environment();
  for (const Answer& answer : canister.answers) {
    installed.answers[Send::kNoMethod].push_back(adapted(answer));
    for (MethodId method = 0; method < installed.program->info().methods.size(); ++method) {
      installed.answers[method].push_back(adapted(answer));
    }
  }
  return installed;
}

MethodId method_id(const System& system, const std::vector<std::shared_ptr<Program>>& programs,
                   const UserCall& call) {
  if (call.canister >= static_cast<int>(system.canisters.size())) {
    throw InvalidSystem("a user calls no canister");
  }
  const auto c = static_cast<std::size_t>(call.canister);
  const auto m = static_cast<std::size_t>(call.method);
  if (call.method >= kManagement) {
    constexpr std::array kActions = {Management::kStop,         Management::kStart,
                                     Management::kUpgrade,      Management::kReinstall,
                                     Management::kUninstall,    Management::kTakeSnapshot,
                                     Management::kLoadSnapshot, Management::kTimeOut};
    if (system.canisters[c].is_environment()) {
      throw InvalidSystem("a user manages an environment canister");
    }
    programs[c]->grant_management();
    return programs[c]->info().management(
        kActions.at(static_cast<std::size_t>(call.method - kManagement)));
  }
  if (m >= system.canisters[c].methods.size()) {
    throw InvalidSystem("a user calls no method");
  }
  const char prefix = system.canisters[c].methods[m].query ? 'q' : 'm';
  return programs[c]->info().method(fmt::format("{}{}", prefix, m));
}

int variable(const heddle::State& now, int canister, int index) {
  const Observation question{ObservationKind::kVariable,
                             static_cast<CanisterId>(canister),
                             {static_cast<std::uint32_t>(index), 0},
                             0};
  const ValueId value = now.source().answer(question);
  return value == 0 ? 0 : decoded(now.kernel().tables().values[value]);  // 0: there is no code
}

int result(const heddle::State& now, std::size_t user, std::size_t call) {
  Kernel& kernel = now.kernel();
  const auto canister = kernel.system().users[user].calls[call].canister;
  const ContextId ingress =
      kernel.context({ContextOrigin::Kind::kIngress, canister, static_cast<std::uint32_t>(user),
                      static_cast<std::uint32_t>(call), 0, 0});
  const std::uint32_t known =
      now.source().answer({ObservationKind::kResult, canister, {}, ingress});
  if (known == 0) {
    return kUnanswered;
  }
  const heddle::Answer answer = kernel.tables().answer(known - 1);
  const MethodId method = kernel.system().users[user].calls[call].method;
  if (answer.replied && kernel.system().canisters[canister].program->info().methods[method].kind ==
                            MethodKind::kManagement) {
    return 0;
  }
  return answer.replied ? decoded(kernel.tables().values[answer.value])
                        : -static_cast<int>(answer.code);
}

struct LeavesHash {
  std::size_t operator()(const StateVector& state) const {
    std::uint64_t hash = state.size();
    for (const LeafValue value : state.leaves()) {
      hash = (hash ^ value) * 0x9fb21c651e98df25ULL;
      hash ^= hash >> 29U;
    }
    return hash;
  }
};

}  // namespace

std::string encoded(int value) {
  return to_bytes(Nat(value));
}

int decoded(std::string_view bytes) {
  return bytes.empty() ? 0 : static_cast<int>(from_bytes<Nat>(bytes));
}

std::string canister_name(std::size_t canister) {
  return std::string(1, static_cast<char>('A' + canister));
}

Principal canister_principal(std::size_t canister) {
  return Principal::named(canister_name(canister));
}

heddle::System adapt(const System& system, Runner runner) {
  heddle::System adapted_system;
  const auto programs =
      runner == Runner::kView
          ? make_view_programs(system)
          : make_coroutine_programs(system, runner == Runner::kReplayedCoroutines);
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    adapted_system.canisters.push_back(adapted(system.canisters[c], c, programs[c]));
  }
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    heddle::User user;
    user.name = fmt::format("u{}", u);
    user.order = static_cast<ScriptOrder>(system.users[u].order);
    for (const UserCall& call : system.users[u].calls) {
      user.calls.push_back(
          {static_cast<CanisterId>(call.canister), method_id(system, programs, call),
           call.method >= kManagement ? to_bytes(std::tuple<>()) : encoded(call.argument),
           call.together});
    }
    adapted_system.users.push_back(std::move(user));
  }
  const Budgets& budgets = system.budgets;
  adapted_system.faults.send_failures = budgets.d7;
  adapted_system.faults.rejects = budgets.d8;
  adapted_system.faults.fatal_rejects = budgets.d9;
  adapted_system.faults.expiries = budgets.d13;
  adapted_system.faults.first_traps = budgets.d15;
  adapted_system.faults.cleanup_traps = budgets.d17;
  adapted_system.faults.undecodable_replies = budgets.d18;
  adapted_system.faults.callback_traps = budgets.d16;
  adapted_system.faults.heartbeats = budgets.d20;
  adapted_system.faults.dropped_ingress = budgets.d23;
  adapted_system.faults.resubmissions = budgets.d24;
  adapted_system.faults.stops = budgets.d28;
  adapted_system.faults.upgrades = budgets.d29;
  adapted_system.faults.open_upgrades = budgets.d30;
  adapted_system.faults.uninstalls = budgets.d31;
  adapted_system.faults.snapshots = budgets.snapshots;
  adapted_system.weakened.overtaking = system.weaken_g1;
  adapted_system.weakened.repeated_requests = budgets.g2;
  adapted_system.weakened.expired_answers = budgets.g3;
  adapted_system.weakened.traps_keep_writes = system.weaken_g5;
  for (const PairLimit& limit : system.limits) {
    adapted_system.limits.try_emplace(
        {static_cast<CanisterId>(limit.caller), static_cast<CanisterId>(limit.callee)},
        static_cast<std::uint32_t>(limit.limit));
  }
  adapted_system.limit_default = static_cast<std::uint32_t>(system.default_limit);
  adapted_system.keep_results = true;
  return adapted_system;
}

std::vector<int> outcome(const heddle::State& now, const System& system) {
  std::vector<int> values;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    for (std::size_t v = 0; v < system.canisters[c].variables.size(); ++v) {
      values.push_back(variable(now, static_cast<int>(c), static_cast<int>(v)));
    }
  }
  for (std::size_t u = 0; u < system.users.size(); ++u) {
    for (std::size_t i = 0; i < system.users[u].calls.size(); ++i) {
      values.push_back(result(now, u, i));
    }
  }
  return values;
}

bool holds(const heddle::State& now, const System& system) {
  const Property& claim = system.property;
  if (claim.terms.empty()) {
    return true;
  }
  int sum = 0;
  for (const Property::Term& term : claim.terms) {
    sum += term.coefficient * variable(now, term.canister, term.var);
  }
  switch (claim.relation) {
    case Property::Relation::kEqual:
      return sum == claim.constant;
    case Property::Relation::kNotEqual:
      return sum != claim.constant;
    case Property::Relation::kAtMost:
      return sum <= claim.constant;
    case Property::Relation::kAtLeast:
      return sum >= claim.constant;
  }
  return true;
}

ModelReport explore_model(const System& system, Runner runner, Stepper::Options options,
                          std::size_t states_max) {
  struct Reached {
    std::size_t parent;
    std::size_t depth;
    Event event;
  };

  Kernel kernel(adapt(system, runner));
  Stepper stepper(kernel, options);
  ModelReport report;
  std::unordered_map<StateVector, std::size_t, LeavesHash> visited;
  std::vector<Reached> reached{{0, 0, {}}};
  std::deque<StateVector> frontier{kernel.initial()};
  visited.emplace(kernel.initial(), 0);
  const auto schedule_to = [&](std::size_t index) {
    std::vector<std::string> schedule;
    for (; index != 0; index = reached[index].parent) {
      schedule.push_back(kernel.to_text(reached[index].event));
    }
    std::ranges::reverse(schedule);
    return schedule;
  };

  std::vector<Event> events;
  for (std::size_t index = 0; !frontier.empty(); ++index) {
    if (reached.size() > states_max) {
      break;
    }
    const StateVector state = std::move(frontier.front());
    frontier.pop_front();
    StateSource source(kernel, state);
    const heddle::State now(source, kernel, state);
    const std::size_t depth = reached[index].depth;
    report.depth = std::max(report.depth, depth);
    stepper.enabled(state, events);
    const bool quiescent = std::ranges::all_of(events, &Event::is_optional);
    report.transitions += events.size();
    report.quiescent += quiescent ? 1 : 0;
    report.terminal += events.empty() ? 1 : 0;
    if (quiescent) {
      const std::vector<int> values = outcome(now, system);
      if (!report.outcomes.contains(values)) {
        report.outcomes.emplace(values, schedule_to(index));
      }
    }
    if ((quiescent || !system.property.at_quiescence) && !report.violated && !holds(now, system)) {
      report.violated = true;
      report.violation_depth = depth;
      report.violation_schedule = schedule_to(index);
    }
    for (const Event& event : events) {
      StateVector next = stepper.next(state, event);
      const auto [entry, is_new] = visited.try_emplace(std::move(next), reached.size());
      if (is_new) {
        reached.push_back({index, depth + 1, event});
        frontier.push_back(entry->first);
      }
    }
  }
  report.states = reached.size();
  return report;
}

std::string difference(const Report& expected, const ModelReport& found) {
  std::string text;
  const auto compare = [&](const char* what, auto oracle, auto model) {
    if (oracle != model) {
      text += fmt::format("{}: oracle {}, model {}\n", what, oracle, model);
    }
  };
  compare("states", expected.states, found.states);
  compare("transitions", expected.transitions, found.transitions);
  compare("quiescent states", expected.quiescent, found.quiescent);
  compare("terminal states", expected.terminal, found.terminal);
  compare("depth", expected.depth, found.depth);
  compare("claim violated", expected.violated, found.violated);
  if (expected.violated && found.violated) {
    compare("depth of the violation", expected.violation_depth, found.violation_depth);
  }
  const auto list_missing = [&](const char* who, const auto& from, const auto& in) {
    for (const auto& [values, schedule] : from) {
      if (!in.contains(values)) {
        text += fmt::format("outcome [{}] only in the {}:\n  {}\n", fmt::join(values, ", "), who,
                            fmt::join(schedule, "\n  "));
      }
    }
  };
  list_missing("oracle", expected.outcomes, found.outcomes);
  list_missing("model", found.outcomes, expected.outcomes);
  return text;
}

}  // namespace heddle::oracle
