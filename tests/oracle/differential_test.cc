// Heddle against the oracle, on generated systems: the kernel, the language for canisters and every
// strategy of the checker must find the oracle's states, transitions, outcomes and verdicts.
//
// HEDDLE_SYSTEMS says how many systems (500), HEDDLE_SEED where they begin (0). What disagrees is
// made small and printed with the first schedule on which the two part.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>
#include <heddle/checker/symmetry.h>
#include <heddle/model/language.h>
#include <heddle/properties/always.h>
#include <heddle/properties/finally.h>

#include "oracle/adapter.h"
#include "oracle/generate.h"
#include "oracle/oracle.h"

namespace heddle::oracle {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// ---- Ways of exploring, each with how its findings differ from the oracle's.

using Difference = std::function<std::string(const System&, const Report&)>;

/// Where exploring the model ends that finds states without end.
std::size_t states_max(const Report& expected) {
  return 2 * expected.states + 1000;
}

Difference naive(Runner runner, Stepper::Options options = {}) {
  return [=](const System& system, const Report& expected) {
    return difference(expected, explore_model(system, runner, options, states_max(expected)));
  };
}

Difference in_lockstep(Runner runner) {
  return [=](const System& system, const Report&) { return first_divergence(system, runner); };
}

std::string text_of(const std::vector<int>& values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

/// Which results of calls are taken for the same.
enum class Results : std::uint8_t {
  kByNumber,   ///< those of the same call
  kInAnOrder,  ///< those of equal calls of a user, in whatever order
};

/// An outcome as it is compared.
std::string text_of(std::vector<int> values, const System& system, Results results) {
  if (results == Results::kInAnOrder) {
    auto first = values.end();
    for (auto user = system.users.rbegin(); user != system.users.rend(); ++user) {
      const auto& calls = user->calls;
      first -= static_cast<std::ptrdiff_t>(calls.size());
      for (std::size_t i = 0; i < calls.size(); ++i) {
        for (std::size_t j = 0; user->order == Order::kAny && j < i; ++j) {
          int& earlier = first[static_cast<std::ptrdiff_t>(j)];
          int& later = first[static_cast<std::ptrdiff_t>(i)];
          if (calls[j] == calls[i] && later < earlier) {
            std::swap(earlier, later);
          }
        }
      }
    }
  }
  return text_of(values);
}

/// The outcome set, and the claim if asked for.
Claims claims_of(const System& system, bool with_claim, Results results = Results::kByNumber) {
  const auto shared = std::make_shared<const System>(system);
  Claims claims;
  claims.outcome_sets.push_back({"outcome", [shared, results](const heddle::State& end) {
                                   return text_of(outcome(end, *shared), *shared, results);
                                 }});
  if (with_claim) {
    const auto predicate = [shared](const heddle::State& now) { return holds(now, *shared); };
    claims.properties.push_back(system.property.at_quiescence ? make_finally("claim", predicate)
                                                              : make_always("claim", predicate));
  }
  return claims;
}

/// Collects differences as lines.
class Comparison {
 public:
  template <typename Value>
  void expect(const char* what, const Value& oracle, const Value& model) {
    if (oracle != model) {
      text_ += fmt::format("{}: oracle {}, model {}\n", what, oracle, model);
    }
  }

  void add(const std::string& line) { text_ += line + "\n"; }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Performs the schedule in a kernel that knows nothing yet.
template <typename Look>
void replay_afresh(const System& system, const ScheduleText& schedule, Comparison& comparison,
                   const Look& look) {
  try {
    Kernel kernel(adapt(system, Runner::kCoroutines));
    Stepper stepper(kernel);
    const Replayed replayed = replay(stepper, schedule, ReplayMode::kStrict);
    StateSource source(kernel, replayed.end);
    look(heddle::State(source, kernel, replayed.end), stepper.quiescent(replayed.end));
  } catch (const Misuse& misuse) {
    comparison.add(fmt::format("a schedule cannot be replayed: {}\n  {}", misuse.what(),
                               fmt::join(schedule, "\n  ")));
  }
}

void compare_outcomes(const System& system, const Report& expected, const Verdict& verdict,
                      bool all, Comparison& comparison, Results results = Results::kByNumber) {
  std::set<std::string> wanted;
  for (const auto& [values, schedule] : expected.outcomes) {
    wanted.insert(text_of(values, system, results));
  }
  for (const OutcomeWitness& witness : verdict.outcomes.at("outcome")) {
    if (!wanted.contains(witness.value)) {
      comparison.add(fmt::format("outcome [{}] only in the model:\n  {}", witness.value,
                                 fmt::join(witness.schedule, "\n  ")));
    }
    replay_afresh(system, witness.schedule, comparison,
                  [&](const heddle::State& end, bool quiescent) {
                    comparison.expect("an outcome's schedule ends quiescent", true, quiescent);
                    comparison.expect("an outcome's schedule ends in", witness.value,
                                      text_of(outcome(end, system), system, results));
                  });
  }
  if (all) {
    comparison.expect("outcomes", wanted.size(), verdict.outcomes.at("outcome").size());
  }
}

void compare_violation(const System& system, const Report& expected, const Verdict& verdict,
                       Comparison& comparison) {
  if (verdict.answered != Answered::kViolated) {
    return;
  }
  comparison.expect("claim violated", expected.violated, true);
  replay_afresh(
      system, verdict.schedule, comparison, [&](const heddle::State& end, bool quiescent) {
        comparison.expect("the claim fails where the counterexample ends", false,
                          holds(end, system) || (system.property.at_quiescence && !quiescent));
      });
}

CheckOptions options_of(Strategy strategy, unsigned threads, const Report& expected) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = threads;
  options.schedules = 20;
  options.states_max = states_max(expected);
  return options;
}

/// The whole state space, then the claim. Storage that is not lossless never verifies.
Difference exhaustive(Strategy strategy, unsigned threads, Storage storage = Storage::kLossless) {
  return [=](const System& system, const Report& expected) {
    CheckOptions options = options_of(strategy, threads, expected);
    options.storage.kind = storage;
    options.storage.filter_bytes = 1'000'000;
    const Answered nothing_failed =
        storage == Storage::kLossless ? Answered::kVerified : Answered::kIncomplete;
    Comparison comparison;
    const Verdict all =
        check(adapt(system, Runner::kCoroutines), claims_of(system, false), options);
    comparison.expect("answer", to_string(nothing_failed), to_string(all.answered));
    comparison.expect<std::uint64_t>("states", expected.states, all.states);
    comparison.expect<std::uint64_t>("transitions", expected.transitions, all.transitions);
    comparison.expect<std::uint64_t>("quiescent states", expected.quiescent, all.quiescent);
    compare_outcomes(system, expected, all, true, comparison);

    const Verdict judged =
        check(adapt(system, Runner::kCoroutines), claims_of(system, true), options);
    comparison.expect("answer", to_string(expected.violated ? Answered::kViolated : nothing_failed),
                      to_string(judged.answered));
    compare_violation(system, expected, judged, comparison);
    if (strategy == Strategy::kBreadthFirst) {
      comparison.expect<std::uint64_t>("depth", expected.depth, all.depth);
      if (expected.violated) {
        comparison.expect("depth of the violation", expected.violation_depth,
                          judged.schedule.size());
      }
    }
    return comparison.text();
  };
}

/// What reductions have left out of all systems that were compared.
struct Saved {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t states_reduced = 0;
  std::uint64_t transitions_reduced = 0;
  std::uint64_t systems = 0;
  std::uint64_t systems_reduced = 0;

  void add(const Report& expected, const Verdict& reduced) {
    ++systems;
    systems_reduced += reduced.transitions < expected.transitions ? 1U : 0U;
    states += expected.states;
    transitions += expected.transitions;
    states_reduced += reduced.states;
    transitions_reduced += reduced.transitions;
  }

  void print(const char* what) const {
    fmt::print("{}: {} of {} systems reduced; {} of {} states, {} of {} transitions\n", what,
               systems_reduced, systems, states_reduced, states, transitions_reduced, transitions);
  }
};

/// The same final states, outcomes and verdicts, from fewer states.
Difference reduced(Strategy strategy, unsigned threads, Reduction reduction, Saved& saved) {
  return [=, &saved](const System& system, const Report& expected) {
    CheckOptions options = options_of(strategy, threads, expected);
    options.reduction = reduction;
    Comparison comparison;
    const Verdict all =
        check(adapt(system, Runner::kCoroutines), claims_of(system, false), options);
    comparison.expect("answer", to_string(Answered::kVerified), to_string(all.answered));
    comparison.expect<std::uint64_t>("quiescent states", expected.quiescent, all.quiescent);
    compare_outcomes(system, expected, all, true, comparison);
    if (all.states > expected.states || all.transitions > expected.transitions) {
      comparison.add("the reduced search is larger than the whole one");
    }
    const Verdict judged =
        check(adapt(system, Runner::kCoroutines), claims_of(system, true), options);
    comparison.expect("answer",
                      to_string(expected.violated ? Answered::kViolated : Answered::kVerified),
                      to_string(judged.answered));
    compare_violation(system, expected, judged, comparison);
    if (judged.minimality == "shortest") {
      comparison.expect("depth of the violation", expected.violation_depth, judged.schedule.size());
    }
    saved.add(expected, all);
    return comparison.text();
  };
}

/// Users as the first, which makes them interchangeable: generated code never looks at callers. Of
/// three or more the last stays, in half of the systems.
System with_interchangeable_users(System system) {
  const bool all = system.users.size() < 3 || system.users.back().calls.size() % 2 == 0;
  for (std::size_t i = 0; i + (all ? 0 : 1) < system.users.size(); ++i) {
    system.users[i] = system.users.front();
  }
  return system;
}

/// Users who each submit the same call several times at once; in half of the systems they are
/// interchangeable as well.
System with_equal_calls(System system) {
  constexpr std::size_t kCallsMin = 2;
  constexpr std::size_t kCallsMax = 4;
  for (User& user : system.users) {
    if (user.calls.empty()) {
      continue;
    }
    user.order = Order::kAny;
    const std::size_t count = std::clamp(user.calls.size(), kCallsMin, kCallsMax);
    user.calls.assign(system.users.size() == 1 ? kCallsMax : count, user.calls.front());
  }
  system.budgets.d24 = 0;  // else they are told apart by calls that are sent again
  return system.modulus % 2 == 0 ? system : with_interchangeable_users(std::move(system));
}

/// Calls of `from` become calls of `to`.
void redirect(Block& block, int from, int to) {
  for (Statement& statement : block) {
    if (statement.op == Op::kCall && statement.callee == from) {
      statement.callee = to;
    }
    redirect(statement.body, from, to);
    redirect(statement.otherwise, from, to);
  }
}

void redirect(Canister& canister, int from, int to) {
  for (Method& method : canister.methods) {
    redirect(method.body, from, to);
  }
}

/// Limits of `of` are limits of its clone, too, with others and with itself.
void limit_clone(System& system, int of, int clone) {
  const std::vector<PairLimit> limits = system.limits;
  for (const PairLimit& limit : limits) {
    if (limit.caller == of || limit.callee == of) {
      system.limits.push_back({limit.caller == of ? clone : limit.caller,
                               limit.callee == of ? clone : limit.callee, limit.limit});
    }
  }
}

constexpr int kNobody = 9;

/// Two clones of one canister, in one of these ways: each has a user of its own; one user calls
/// both; two users call both; each has a user and clones of all others of its own.
System with_clones(System system) {
  const auto way = static_cast<unsigned>(system.modulus + system.property.constant +
                                         static_cast<int>(system.users.size())) %
                   4;
  const auto is_code = [&](const UserCall& call) {
    return !system.canisters[static_cast<std::size_t>(call.canister)].is_environment();
  };
  UserCall first;
  for (const User& user : system.users) {
    const auto call = std::ranges::find_if(user.calls, is_code);
    if (call != user.calls.end()) {
      first = *call;
      break;
    }
  }
  first.together = false;
  const int of = first.canister;
  const int count = static_cast<int>(system.canisters.size());
  UserCall second = first;
  second.canister = count;
  if (way == 3) {
    for (int c = 0; c < count; ++c) {
      system.canisters.push_back(system.canisters[static_cast<std::size_t>(c)]);
      for (int other = 0; other < count; ++other) {
        redirect(system.canisters.back(), other, count + other);
      }
    }
    const std::vector<PairLimit> limits = system.limits;
    for (const PairLimit& limit : limits) {
      system.limits.push_back({count + limit.caller, count + limit.callee, limit.limit});
    }
    second.canister = count + of;
  } else {
    // Whoever calls one of them by name tells them apart.
    for (int c = 0; c < count; ++c) {
      if (c != of) {
        redirect(system.canisters[static_cast<std::size_t>(c)], of, kNobody);
      }
    }
    Canister clone = system.canisters[static_cast<std::size_t>(of)];
    redirect(clone, of, count);
    system.canisters.push_back(std::move(clone));
    limit_clone(system, of, count);
  }
  const User both{Order::kAny, {first, second}};
  switch (way) {
    case 1:
      system.users = {both};
      break;
    case 2:
      system.users = {both, both};
      break;
    default:
      system.users = {{Order::kAny, {first}}, {Order::kAny, {second}}};
      break;
  }
  if (way == 1 || way == 2) {
    system.budgets.d24 = 0;  // else calls are told apart
  }
  return system;
}

bool has_equal_calls(const System& system) {
  return std::ranges::any_of(system.users, [](const User& user) {
    return std::ranges::any_of(
        user.calls, [&](const UserCall& call) { return std::ranges::count(user.calls, call) > 1; });
  });
}

/// How many searches were of representatives, and of how many states.
struct Folded {
  std::size_t folded = 0;
  std::size_t refused = 0;
  std::size_t states = 0;
  std::size_t states_reduced = 0;
};

/// What systems are made of to be symmetric.
struct Symmetric {
  System (*of)(System) = with_interchangeable_users;
  Results results = Results::kByNumber;
};

const Symmetric kUsers{};
const Symmetric kCalls{with_equal_calls, Results::kInAnOrder};
const Symmetric kClones{with_clones};

/// The verdict and outcome set of the system made symmetric, with fewer states.
Difference up_to_symmetry(const Symmetric& made, Strategy strategy, unsigned threads,
                          bool partial_order, Folded& folded) {
  return [=, &folded](const System& generated, const Report&) {
    const System system = made.of(generated);
    const Report expected = explore(system, {.keep = Keep::kHistory, .max_states = 3 * kMaxStates});
    if (!expected.complete) {
      return std::string();  // larger than what was generated
    }
    CheckOptions options = options_of(strategy, threads, expected);
    options.reduction.symmetry = true;
    options.reduction.partial_order = partial_order;
    Comparison comparison;
    const Verdict all =
        check(adapt(system, Runner::kCoroutines), claims_of(system, false, made.results), options);
    comparison.expect("answer", to_string(Answered::kVerified), to_string(all.answered));
    compare_outcomes(system, expected, all, true, comparison, made.results);
    if (made.of != with_interchangeable_users || system.users.size() > 1) {
      const std::size_t of = all.scope.find("up to symmetry of");
      const bool is_folded =
          of != std::string::npos &&
          (made.results == Results::kByNumber || all.scope.find('#', of) != std::string::npos);
      ++(is_folded ? folded.folded : folded.refused);
      folded.states += expected.states;
      folded.states_reduced += all.states;
      comparison.expect("no more states than without", true, all.states <= expected.states);
      comparison.expect("no more final states than without", true,
                        all.quiescent <= expected.quiescent);
    }
    if (partial_order && made.of != with_clones) {
      // Of the final states nothing more is left out.
      options.reduction.partial_order = false;
      const Verdict by_names = check(adapt(system, Runner::kCoroutines),
                                     claims_of(system, false, made.results), options);
      comparison.expect("final states up to symmetry", by_names.quiescent, all.quiescent);
      options.reduction.partial_order = true;
    }
    const Verdict judged =
        check(adapt(system, Runner::kCoroutines), claims_of(system, true, made.results), options);
    comparison.expect("answer",
                      to_string(expected.violated ? Answered::kViolated : Answered::kVerified),
                      to_string(judged.answered));
    compare_violation(system, expected, judged, comparison);
    if (strategy == Strategy::kBreadthFirst && !partial_order) {
      // Of equal calls the first starts first. So states that differ by their numbers may be
      // reached at different depths, and the least counts.
      const bool is_less = has_equal_calls(system) && all.depth < expected.depth;
      comparison.expect<std::uint64_t>("depth", is_less ? all.depth : expected.depth, all.depth);
    }
    if (judged.minimality == "shortest") {
      comparison.expect("depth of the violation", expected.violation_depth, judged.schedule.size());
    }
    return comparison.text();
  };
}

/// Whether all renamings of a state have one representative, in as many states of the system.
Difference one_representative(const Symmetric& made, std::size_t states_max,
                              std::size_t& looked_at) {
  return [=, &looked_at](const System& generated, const Report&) {
    const System system = made.of(generated);
    Kernel kernel(adapt(system, Runner::kCoroutines));
    const Claims claims = claims_of(system, false, made.results);
    const Symmetry symmetry(kernel, claims);
    if (symmetry.empty()) {
      return std::string();
    }
    Representatives representatives(symmetry);
    Stepper stepper(kernel, {.watcher = &representatives});
    std::vector<StateVector> states{kernel.initial()};
    std::set<std::vector<LeafValue>> known;
    std::vector<Event> events;
    try {
      for (std::size_t at = 0; at < states.size() && known.size() < states_max; ++at) {
        const StateVector state = states[at];
        StateVector representative = state;
        representatives.canonicalise(representative);
        ++looked_at;
        for (const auto& how : symmetry.generators()) {
          StateVector other = representatives.renamed(state, how);
          representatives.canonicalise(other);
          if (!(other == representative)) {
            return fmt::format("{}: state {} has two representatives", symmetry.text(), at);
          }
        }
        events.clear();
        stepper.enabled(state, events);
        for (const Event& event : events) {
          StateVector next = stepper.next(state, event);
          next.normalise();
          if (known.emplace(next.leaves().begin(), next.leaves().end()).second) {
            states.push_back(std::move(next));
          }
        }
      }
    } catch (const NotSymmetric&) {
      return std::string();
    }
    return std::string();
  };
}

/// One schedule for all orders of events that commute: the same outcomes and verdicts. Of systems
/// with too many kinds of schedules only that nothing is found which the oracle does not find.
Difference stateless(std::uint64_t states_max, std::uint64_t& finished) {
  return [=, &finished](const System& system, const Report& expected) {
    CheckOptions options = options_of(Strategy::kDpor, 1, expected);
    options.states_max = states_max;
    Comparison comparison;
    const Verdict all =
        check(adapt(system, Runner::kCoroutines), claims_of(system, false), options);
    const bool is_all = all.answered == Answered::kVerified;
    finished += is_all ? 1U : 0U;
    comparison.expect<std::uint64_t>("executions given up", 0, all.blocked);
    compare_outcomes(system, expected, all, is_all, comparison);
    const Verdict judged =
        check(adapt(system, Runner::kCoroutines), claims_of(system, true), options);
    if (judged.answered != Answered::kIncomplete) {
      comparison.expect("answer",
                        to_string(expected.violated ? Answered::kViolated : Answered::kVerified),
                        to_string(judged.answered));
    }
    compare_violation(system, expected, judged, comparison);
    return comparison.text();
  };
}

/// Finds nothing that the oracle does not.
Difference sampled(Strategy strategy, unsigned threads) {
  return [=](const System& system, const Report& expected) {
    const CheckOptions options = options_of(strategy, threads, expected);
    Comparison comparison;
    const Verdict seen =
        check(adapt(system, Runner::kCoroutines), claims_of(system, false), options);
    comparison.expect("answer", to_string(Answered::kIncomplete), to_string(seen.answered));
    compare_outcomes(system, expected, seen, false, comparison);
    const Verdict judged =
        check(adapt(system, Runner::kCoroutines), claims_of(system, true), options);
    compare_violation(system, expected, judged, comparison);
    return comparison.text();
  };
}

/// What is compared for one system in `one_in`; the first few of them at `offset`.
struct Way {
  const char* name;
  std::uint64_t one_in;
  std::uint64_t offset;
  Difference difference;
};

std::string difference_of(const Way& way, const System& system) {
  const Report expected = explore(system, {.keep = Keep::kHistory, .max_states = 40 * kMaxStates});
  try {
    return way.difference(system, expected);
  } catch (const Misuse& misuse) {
    return fmt::format("misuse: {}\n", misuse.what());
  } catch (const BrokenInvariant& broken) {
    return fmt::format("{}\n", broken.what());
  }
}

/// The smallest system found on which this way still differs, and where it parts from the oracle.
std::string explanation(const Way& way, const System& system) {
  const System small = shrink(
      system, [&](const System& candidate) { return !difference_of(way, candidate).empty(); });
  std::string text = to_string(small) + difference_of(way, small);
  for (const Runner runner : {Runner::kView, Runner::kCoroutines}) {
    try {
      text += first_divergence(small, runner);
    } catch (const std::exception& stopped) {
      text += fmt::format("{}\n", stopped.what());
    }
  }
  return text;
}

/// Of systems in all, or of one in so many of them.
void expect_no_difference(const std::vector<Way>& ways, std::uint64_t one_in = 1) {
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  const std::uint64_t count = from_environment("HEDDLE_SYSTEMS", 500) / one_in;
  fmt::print("systems {} to {} (HEDDLE_SEED, HEDDLE_SYSTEMS)\n", first, first + count - 1);
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    const System system = generate(seed);
    const Report expected = explore(system, {.keep = Keep::kHistory});
    for (const Way& way : ways) {
      if (seed % way.one_in != way.offset) {
        continue;
      }
      std::string difference;
      try {
        difference = way.difference(system, expected);
      } catch (const Misuse& misuse) {
        difference = misuse.what();
      } catch (const BrokenInvariant& broken) {
        difference = broken.what();
      }
      if (!difference.empty()) {
        ++failures;
        ADD_FAILURE() << "system " << seed << ", " << way.name << ":\n" << explanation(way, system);
        break;
      }
    }
  }
}

TEST(Differential, NaiveExplorationFindsTheOraclesGraph) {
  expect_no_difference({
      {"kernel", 2, 0, naive(Runner::kView)},
      {"language", 1, 0, naive(Runner::kCoroutines)},
      {"without memo", 8, 1, naive(Runner::kCoroutines, {.memo = false})},
      {"every piece run again", 8, 3, naive(Runner::kCoroutines, {.recheck_every = 1})},
      {"every frame grown again", 8, 5, naive(Runner::kReplayedCoroutines, {.memo = false})},
      {"kernel, event by event", 16, 7, in_lockstep(Runner::kView)},
      {"language, event by event", 16, 15, in_lockstep(Runner::kCoroutines)},
  });
}

TEST(Differential, CheckFindsTheOraclesVerdictsOutcomesAndCounts) {
  expect_no_difference({
      {"breadth-first", 3, 0, exhaustive(Strategy::kBreadthFirst, 1)},
      {"breadth-first on 2 threads", 3, 1, exhaustive(Strategy::kBreadthFirst, 2)},
      {"breadth-first on 4 threads", 3, 2, exhaustive(Strategy::kBreadthFirst, 4)},
      {"depth-first", 6, 2, exhaustive(Strategy::kDepthFirst, 1)},
      {"depth-first on 2 threads", 6, 4, exhaustive(Strategy::kDepthFirst, 2)},
      {"depth-first on 4 threads", 6, 0, exhaustive(Strategy::kDepthFirst, 4)},
      {"random walk", 4, 0, sampled(Strategy::kRandom, 1)},
      {"random walk on 4 threads", 16, 3, sampled(Strategy::kRandom, 4)},
      {"PCT", 4, 1, sampled(Strategy::kPct, 1)},
      {"in order", 4, 2, sampled(Strategy::kInOrder, 1)},
  });
}

TEST(Differential, StorageThatIsNotLosslessFindsTheSameAndVerifiesNothing) {
  expect_no_difference({
      {"hash compaction", 3, 0, exhaustive(Strategy::kBreadthFirst, 1, Storage::kHashCompaction)},
      {"hash compaction on 4 threads", 6, 1,
       exhaustive(Strategy::kBreadthFirst, 4, Storage::kHashCompaction)},
      {"hash compaction, depth-first", 6, 4,
       exhaustive(Strategy::kDepthFirst, 1, Storage::kHashCompaction)},
      {"bitstate", 3, 2, exhaustive(Strategy::kBreadthFirst, 1, Storage::kBitstate)},
      {"bitstate on 2 threads", 6, 2, exhaustive(Strategy::kBreadthFirst, 2, Storage::kBitstate)},
      {"bitstate, depth-first", 6, 5, exhaustive(Strategy::kDepthFirst, 1, Storage::kBitstate)},
  });
}

TEST(Differential, PartialOrderReductionFindsTheOraclesVerdictsOutcomesAndFinalStates) {
  const Reduction reduction{.partial_order = true};
  Saved saved;
  expect_no_difference({
      {"breadth-first", 2, 0, reduced(Strategy::kBreadthFirst, 1, reduction, saved)},
      {"breadth-first on 4 threads", 4, 1, reduced(Strategy::kBreadthFirst, 4, reduction, saved)},
      {"depth-first", 4, 3, reduced(Strategy::kDepthFirst, 1, reduction, saved)},
  });
  saved.print("partial-order reduction");
}

/// One in 2, 4 and 4 systems, from the parts that the caller says.
void expect_no_difference_up_to_symmetry(const Symmetric& made, bool partial_order,
                                         std::array<std::uint64_t, 3> parts) {
  const bool tells_apart = partial_order && made.of == with_clones;
  Folded folded;
  expect_no_difference({
      {"breadth-first", 2, parts[0],
       up_to_symmetry(made, Strategy::kBreadthFirst, 1, partial_order, folded)},
      {"breadth-first on 2 threads", 4, parts[1],
       up_to_symmetry(made, Strategy::kBreadthFirst, 2, partial_order, folded)},
      {"depth-first", 4, parts[2],
       up_to_symmetry(made, Strategy::kDepthFirst, 1, partial_order, folded)},
  });
  fmt::print("{} searches of representatives, {} refused; {} states became {}\n", folded.folded,
             folded.refused, folded.states, folded.states_reduced);
  if (tells_apart) {
    return;
  }
  EXPECT_GT(folded.folded, 0);
  // Clones that were generated may be told apart by what others have of them.
  EXPECT_LE(folded.refused, made.of == with_clones ? folded.folded / 100 : 0);
  EXPECT_LT(folded.states_reduced, folded.states);
}

TEST(Differential, SymmetryFindsTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kUsers, false, {0, 1, 3});
}

TEST(Differential, AllReductionsFindTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kUsers, true, {1, 0, 2});
}

TEST(Differential, SymmetryOfEqualCallsFindsTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kCalls, false, {0, 1, 3});
}

TEST(Differential, AllReductionsOfEqualCallsFindTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kCalls, true, {1, 0, 2});
}

TEST(Differential, SymmetryOfClonesFindsTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kClones, false, {0, 1, 3});
}

TEST(Differential, AllReductionsOfSystemsWithClonesFindTheOraclesVerdictsAndOutcomes) {
  expect_no_difference_up_to_symmetry(kClones, true, {1, 0, 2});
}

TEST(Differential, AllRenamingsOfAStateHaveOneRepresentative) {
  constexpr std::size_t kStatesMax = 300;
  std::size_t of_users = 0;
  std::size_t of_calls = 0;
  std::size_t of_clones = 0;
  expect_no_difference({
      {"users", 4, 0, one_representative(kUsers, kStatesMax, of_users)},
      {"equal calls", 4, 1, one_representative(kCalls, kStatesMax, of_calls)},
      {"clones", 2, 0, one_representative(kClones, kStatesMax, of_clones)},
  });
  EXPECT_GT(of_users, 0U);
  EXPECT_GT(of_calls, 0U);
  EXPECT_GT(of_clones, 0U);
}

TEST(Differential, DporFindsTheOraclesVerdictsAndOutcomes) {
  std::uint64_t finished = 0;
  expect_no_difference({{"dpor", 8, 5, stateless(20'000, finished)}});
  fmt::print("dpor: {} systems gone through\n", finished);
  EXPECT_GT(finished, from_environment("HEDDLE_SYSTEMS", 500) / 16);
}

// ---- Guarantees of the Internet Computer given up.

System without_p6(System system) {
  system.budgets.g2 = 1;
  return system;
}

System without_p8(System system) {
  system.budgets.g3 = 1;
  return system;
}

System without_p5(System system) {
  system.budgets.d16 = std::max(1, system.budgets.d16);
  system.weaken_g5 = true;
  return system;
}

System without_p3_p5_p6_p8(System system) {
  system.weaken_g1 = true;
  return without_p5(without_p6(without_p8(std::move(system))));
}

System with_rare_faults(System system) {
  Budgets& budgets = system.budgets;
  budgets.d9 = budgets.d15 = budgets.d17 = budgets.d18 = 1;
  budgets.d16 = std::max(1, budgets.d16);
  return system;
}

System with_expiries(System system) {
  return with_bounded_waits(std::move(system), 1);
}

System with_expiries_without_p3_p6(System system) {
  system.weaken_g1 = true;
  return without_p6(with_expiries(std::move(system)));
}

System with_controllers(System system) {
  const bool has_deferreds = std::ranges::any_of(
      system.canisters, [](const Canister& canister) { return canister.handles > 0; });
  const std::size_t seed = std::hash<std::string>()(to_string(system));
  return has_deferreds ? system : with_lifecycles(std::move(system), seed);
}

System with_controllers_and_expiries(System system) {
  return with_controllers(with_expiries(std::move(system)));
}

/// What differs of the system with a guarantee given up. `compared` counts those that are not too
/// large then.
Difference given_up(System (*weaken)(System), const Difference& difference, std::size_t& compared) {
  return [=, &compared](const System& generated, const Report&) {
    const System system = weaken(generated);
    Report expected;
    try {
      expected = explore(system, {.keep = Keep::kHistory, .max_states = 3 * kMaxStates});
    } catch (const InvalidSystem&) {
      return std::string();  // calls nest too deeply, or a number is too high
    }
    if (!expected.complete) {
      return std::string();
    }
    ++compared;
    return difference(system, expected);
  };
}

/// All ways of exploring, each for some of a quarter of the systems.
/// Of the systems that are asked for one in so many is generated.
void expect_no_difference_without(System (*weaken)(System), std::uint64_t one_in_all = 4) {
  std::size_t compared = 0;
  Saved saved;
  Folded folded;
  std::uint64_t finished = 0;
  const auto way = [&](const char* name, std::uint64_t one_in, std::uint64_t offset,
                       const Difference& difference) {
    return Way{name, one_in, offset, given_up(weaken, difference, compared)};
  };
  const Reduction reduction{.partial_order = true};
  expect_no_difference(
      {
          way("kernel", 2, 0, naive(Runner::kView)),
          way("language", 2, 1, naive(Runner::kCoroutines)),
          way("every piece run again", 8, 3, naive(Runner::kCoroutines, {.recheck_every = 1})),
          way("every frame grown again", 8, 5, naive(Runner::kReplayedCoroutines, {.memo = false})),
          way("event by event", 16, 7, in_lockstep(Runner::kCoroutines)),
          way("breadth-first", 4, 0, exhaustive(Strategy::kBreadthFirst, 1)),
          way("breadth-first on 2 threads", 4, 1, exhaustive(Strategy::kBreadthFirst, 2)),
          way("depth-first", 4, 2, exhaustive(Strategy::kDepthFirst, 1)),
          way("in order", 8, 6, sampled(Strategy::kInOrder, 1)),
          way("random walk", 8, 7, sampled(Strategy::kRandom, 1)),
          way("PCT", 16, 9, sampled(Strategy::kPct, 1)),
          way("partial order, breadth-first", 2, 0,
              reduced(Strategy::kBreadthFirst, 1, reduction, saved)),
          way("partial order, depth-first", 4, 3,
              reduced(Strategy::kDepthFirst, 1, reduction, saved)),
          way("symmetry of users", 4, 1,
              up_to_symmetry(kUsers, Strategy::kBreadthFirst, 1, false, folded)),
          way("all reductions, users", 4, 3,
              up_to_symmetry(kUsers, Strategy::kBreadthFirst, 1, true, folded)),
          way("symmetry of calls", 8, 4,
              up_to_symmetry(kCalls, Strategy::kBreadthFirst, 1, false, folded)),
          way("symmetry of clones", 8, 6,
              up_to_symmetry(kClones, Strategy::kBreadthFirst, 1, false, folded)),
          way("dpor", 8, 5, stateless(20'000, finished)),
      },
      one_in_all);
  fmt::print("{} comparisons; dpor went through {} systems; {} searches of representatives\n",
             compared, finished, folded.folded);
  saved.print("partial-order reduction");
  EXPECT_GT(compared, 2 * from_environment("HEDDLE_SYSTEMS", 500) / one_in_all);
  EXPECT_GT(folded.folded, 0U);
}

TEST(Differential, WeakenedG2FindsTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(without_p6);
}

TEST(Differential, WeakenedG3FindsTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(without_p8);
}

TEST(Differential, WeakenedG5FindsTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(without_p5);
}

TEST(Differential, AllGuaranteesGivenUpTogetherFindTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(without_p3_p5_p6_p8, 8);
}

TEST(Differential, RareFaultsFindTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(with_rare_faults);
}

TEST(Differential, BoundedWaitCallsFindTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_without(with_expiries);
}

TEST(Differential, BoundedWaitCallsInNoOrderAndRepeatedFindTheOraclesStatesAndVerdicts) {
  expect_no_difference_without(with_expiries_without_p3_p6);
}

/// Ways of exploring where canisters are stopped, upgraded and removed.
void expect_no_difference_with(System (*controlled)(System)) {
  constexpr std::uint64_t kOneIn = 5;
  std::size_t compared = 0;
  Saved saved;
  std::uint64_t finished = 0;
  const auto way = [&](const char* name, std::uint64_t one_in, std::uint64_t offset,
                       const Difference& difference) {
    return Way{name, one_in, offset, given_up(controlled, difference, compared)};
  };
  const Reduction all{.partial_order = true, .symmetry = true};
  expect_no_difference(
      {
          way("kernel", 1, 0, naive(Runner::kView)),
          way("language", 2, 1, naive(Runner::kCoroutines)),
          way("every piece run again", 8, 3, naive(Runner::kCoroutines, {.recheck_every = 1})),
          way("every frame grown again", 8, 5, naive(Runner::kReplayedCoroutines, {.memo = false})),
          way("event by event", 4, 2, in_lockstep(Runner::kCoroutines)),
          way("breadth-first", 4, 0, exhaustive(Strategy::kBreadthFirst, 1)),
          way("breadth-first on 2 threads", 4, 1, exhaustive(Strategy::kBreadthFirst, 2)),
          way("depth-first", 4, 2, exhaustive(Strategy::kDepthFirst, 1)),
          way("in order", 8, 6, sampled(Strategy::kInOrder, 1)),
          way("random walk", 8, 7, sampled(Strategy::kRandom, 1)),
          way("POS", 8, 1, sampled(Strategy::kPos, 1)),
          way("PCT", 16, 9, sampled(Strategy::kPct, 1)),
          way("all reductions", 4, 3, reduced(Strategy::kBreadthFirst, 1, all, saved)),
          way("dpor", 4, 1, stateless(20'000, finished)),
      },
      kOneIn);
  fmt::print("{} comparisons; dpor went through {} systems\n", compared, finished);
  EXPECT_GT(compared, from_environment("HEDDLE_SYSTEMS", 500) / kOneIn);
  EXPECT_GT(finished, 0U);
}

TEST(Differential, LifecyclesFindTheOraclesStatesOutcomesAndVerdicts) {
  expect_no_difference_with(with_controllers);
}

TEST(Differential, LifecyclesWithBoundedWaitCallsFindTheOraclesStatesAndVerdicts) {
  expect_no_difference_with(with_controllers_and_expiries);
}

}  // namespace
}  // namespace heddle::oracle
