// Claims about runs against the oracle: on generated systems with runs that never end, Heddle must
// find a fair run that violates a claim exactly where there is one in the oracle's graph.
//
// What is compared shares nothing: here no automaton is made and no component is looked for. For
// each kind of claim the states are named in which a violation has to stay, and of those the ones
// from which no fair run goes on are taken away until nothing changes (Yonit Kesten, Amir Pnueli,
// Li-on Raviv, 'Algorithmic verification of linear temporal logic specifications', ICALP 1998).
// Fairness is told here of messages by name, and there of queues.
//
// HEDDLE_SYSTEMS says how many systems (500), HEDDLE_SEED where they begin (0).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>
#include <heddle/properties/liveness.h>

#include "oracle/adapter.h"
#include "oracle/generate.h"
#include "oracle/machine.h"
#include "oracle/oracle.h"

namespace heddle::oracle {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// ---- Systems that never end.

/// Timers that start themselves again, methods that begin anew, an environment canister.
System with_endless_runs(System system, std::uint64_t seed) {
  Random random(seed * 977 + 5);
  for (Canister& canister : system.canisters) {
    if (canister.is_environment() || canister.variables.empty()) {
      continue;
    }
    const auto var = random.below(static_cast<int>(canister.variables.size()));
    if (random.percent(60)) {
      canister.timer_method = static_cast<int>(canister.methods.size());
      Block tick{read(var, 0), write(var, local(0, random.between(1, 7)))};
      if (random.percent(70)) {
        tick.push_back(set_timer());
      }
      canister.methods.push_back({false, tick});
    }
    if (canister.timer_method >= 0) {
      for (Method& method : canister.methods) {
        if (!method.query && random.percent(40)) {
          method.body.insert(method.body.begin(), set_timer());
        }
      }
    }
  }
  if (random.percent(60)) {
    // Asks until it is told something else than a reject, or than nothing.
    const int callee = random.below(static_cast<int>(system.canisters.size()));
    const int retrying = static_cast<int>(system.canisters.size());
    const int methods =
        static_cast<int>(system.canisters[static_cast<std::size_t>(callee)].methods.size());
    Block body{try_call(0, callee, random.below(std::max(1, methods)), argument(), 0),
               outcome(0, 0)};
    const Block again{continue_as(0, argument())};
    if (random.percent(50)) {
      body.push_back(if_positive(0, {reply(local(0))}, again));
    } else {
      body.push_back(if_ok(0, {reply(local(0))}, again));
    }
    Canister canister;
    canister.methods.push_back({false, body});
    system.canisters.push_back(canister);
    system.users.push_back({Order::kAny, {{retrying, 0, random.below(4)}}});
  }
  if (random.percent(40)) {
    // One that may answer in several ways, asked by the last method of some canister.
    const int asked = static_cast<int>(system.canisters.size());
    Canister environment;
    environment.methods.push_back({false, {reply(constant(0))}});
    environment.answers = {{Answer::Kind::kReply, random.below(3)}};
    if (random.percent(50)) {
      environment.answers.push_back({Answer::Kind::kReject, 0});
    }
    if (random.percent(30)) {
      environment.answers.push_back({Answer::Kind::kNever, 0});
    }
    Canister asking;
    asking.variables = {0};
    Block body{call(0, asked, 0, constant(1)), outcome(0, 0), write(0, local(0, 1))};
    if (random.percent(50)) {
      body.push_back(continue_as(0, argument()));
    }
    asking.methods.push_back({false, body});
    system.canisters.push_back(environment);
    system.canisters.push_back(asking);
    system.users.push_back({Order::kAny, {{asked + 1, 0, 1}}});
  }
  return system;
}

// ---- The oracle's graph.

using Party = std::tuple<int, Name, int>;

struct Rules {
  Strength strength = Strength::kWeak;
  FairTo to = FairTo::kMessage;
  bool environment_answers = false;
};

struct Edge {
  std::size_t to = 0;
  int party = -1;
  bool owed = false;
};

struct Graph {
  std::vector<std::vector<Edge>> edges;
  std::vector<bool> claim;     ///< the system's claim holds
  std::vector<bool> answered;  ///< the first user's first call is answered
  int parties = 0;
};

class Reader {
 public:
  Reader(const System& system, const Rules& rules) : system_(system), rules_(rules) {}

  /// Whom an event does justice to; none: nobody.
  std::optional<Party> party(const Event& event) const {
    using enum EventKind;
    if (rules_.to == FairTo::kCanister) {
      switch (event.kind) {
        case kStartIngress:
          return Party{0, 0, canister_of_user(event.name)};
        case kStartRequest:
          return Party{0, 0, event.to};
        case kDeliver:
        case kFireTimer:
        case kStartTask:
        case kStopped:
          return Party{0, 0, event.from};
        default:
          return std::nullopt;
      }
    }
    switch (event.kind) {
      case kStartIngress:
      case kDrop:
        return Party{1, event.name, 0};
      case kStartRequest:
      case kReject:
      case kVanish:
        return Party{event.again ? 3 : 2, event.name, 0};
      case kDeliver:
      case kExpire:
        return Party{4, event.name, event.position};
      case kFireTimer:
        return Party{5, 0, event.from};
      case kStartTask:
        return Party{6, 0, event.from};
      case kStopped:
        return Party{7, 0, event.from};
      default:
        return std::nullopt;
    }
  }

  bool is_owed(const Event& event, const State& state) const {
    switch (event.kind) {
      case EventKind::kStartIngress:
      case EventKind::kDeliver:
      case EventKind::kFireTimer:
      case EventKind::kStartTask:
        return !event.trap && !event.cleanup_trap && event.failing_send < 0;
      case EventKind::kStopped:
        return true;
      case EventKind::kStartRequest:
        return !event.trap && !event.twice && event.failing_send < 0 &&
               (event.answer < 0 || rules_.environment_answers);
      case EventKind::kExpire:
        for (const Context& context : state.contexts) {
          if (context.name == event.name) {
            return context.find(event.position)->bounded;
          }
        }
        return false;
      default:
        return false;
    }
  }

 private:
  int canister_of_user(Name name) const {
    for (std::size_t u = 0; u < system_.users.size(); ++u) {
      for (std::size_t c = 0; c < system_.users[u].calls.size(); ++c) {
        for (int copy = 0; copy < 4; ++copy) {
          if (user_name(static_cast<int>(u), static_cast<int>(c), copy) == name) {
            return system_.users[u].calls[c].canister;
          }
        }
      }
    }
    return -1;
  }

  const System& system_;
  Rules rules_;
};

/// Empty: there are more states than that.
std::optional<Graph> graph_of(const System& system, const Rules& rules, std::size_t states_max) {
  Oracle oracle(system, {});
  const Reader reader(system, rules);
  Graph graph;
  std::unordered_map<std::string, std::size_t> numbers;
  std::deque<State> frontier;
  std::map<Party, int> parties;
  const auto number = [&](State&& state) {
    const auto [known, is_new] = numbers.try_emplace(oracle.serialise(state), numbers.size());
    if (is_new) {
      frontier.push_back(std::move(state));
    }
    return known->second;
  };
  number(oracle.initial());
  while (!frontier.empty()) {
    if (numbers.size() > states_max) {
      return std::nullopt;
    }
    const State state = std::move(frontier.front());
    frontier.pop_front();
    graph.claim.push_back(oracle.holds(state));
    graph.answered.push_back(state.submissions.front().status == Script::kAnswered ||
                             state.submissions.front().status == Script::kDropped);
    auto& edges = graph.edges.emplace_back();
    oracle.successors(state, [&](State&& next, const Event& event) {
      Edge edge{number(std::move(next)), -1, reader.is_owed(event, state)};
      if (const auto party = reader.party(event)) {
        edge.party = parties.emplace(*party, static_cast<int>(parties.size())).first->second;
      }
      edges.push_back(edge);
    });
    // Where nothing is owed a run may end.
    if (std::ranges::none_of(edges, &Edge::owed)) {
      edges.push_back({graph.edges.size() - 1, -1, false});
    }
  }
  graph.parties = static_cast<int>(parties.size());
  return graph;
}

using States = std::vector<bool>;

/// Those of `within` from which some of `wanted` is reached without leaving `within`.
States reaching(const Graph& graph, const States& within, States wanted) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t state = graph.edges.size(); state-- > 0;) {
      if (within[state] && !wanted[state] &&
          std::ranges::any_of(graph.edges[state],
                              [&](const Edge& edge) { return wanted[edge.to]; })) {
        wanted[state] = true;
        changed = true;
      }
    }
  }
  return wanted;
}

/// Those of `within` from which a fair run stays there for ever.
States fair_within(const Graph& graph, States within, Strength strength) {
  for (bool changed = true; changed;) {
    const States before = within;
    for (int party = 0; party < graph.parties; ++party) {
      States just(within.size());
      States owed(within.size());
      for (std::size_t state = 0; state < within.size(); ++state) {
        for (const Edge& edge : graph.edges[state]) {
          owed[state] = owed[state] || (edge.party == party && edge.owed);
          just[state] = just[state] || (within[state] && within[edge.to] && edge.party == party);
        }
      }
      if (strength == Strength::kWeak) {
        for (std::size_t state = 0; state < within.size(); ++state) {
          just[state] = just[state] || (within[state] && !owed[state]);
        }
        within = reaching(graph, within, just);
      } else {
        const States to_just = reaching(graph, within, just);
        for (std::size_t state = 0; state < within.size(); ++state) {
          within[state] = within[state] && (!owed[state] || to_just[state]);
        }
      }
    }
    for (bool pruned = true; pruned;) {
      pruned = false;
      for (std::size_t state = 0; state < within.size(); ++state) {
        if (within[state] && std::ranges::none_of(graph.edges[state], [&](const Edge& edge) {
              return within[edge.to];
            })) {
          within[state] = false;
          pruned = true;
        }
      }
    }
    changed = within != before;
  }
  return within;
}

/// Those reached from `from` by states of `within` only, those of `from` that are in it included.
States reached(const Graph& graph, const States& from, const States& within) {
  States seen(from.size());
  std::deque<std::size_t> queue;
  for (std::size_t state = 0; state < from.size(); ++state) {
    if (from[state] && within[state]) {
      seen[state] = true;
      queue.push_back(state);
    }
  }
  while (!queue.empty()) {
    for (const Edge& edge : graph.edges[queue.front()]) {
      if (within[edge.to] && !seen[edge.to]) {
        seen[edge.to] = true;
        queue.push_back(edge.to);
      }
    }
    queue.pop_front();
  }
  return seen;
}

States complement(States states) {
  states.flip();
  return states;
}

enum class Kind : std::uint8_t { kEventually, kRecurs, kSettles, kLeadsTo, kNext };
constexpr std::array kKinds{Kind::kEventually, Kind::kRecurs, Kind::kSettles, Kind::kLeadsTo,
                            Kind::kNext};

/// Whether a fair run violates the claim of this kind: "p at some time", "p again and again", "from
/// some time on p", "after p some time q", "at no time p and directly then q for ever".
bool is_violated(const Graph& graph, Kind kind, const States& p, const States& q,
                 Strength strength) {
  States first(graph.edges.size());
  first[0] = true;
  const States all(graph.edges.size(), true);
  States begin = first;
  States within;
  switch (kind) {
    case Kind::kEventually:
      within = complement(p);
      break;
    case Kind::kRecurs:
      begin = all;  // every state of the graph is reached
      within = complement(p);
      break;
    case Kind::kSettles: {
      // p fails again and again: one more thing to do justice to, by the states where it fails.
      States fair = fair_within(graph, all, strength);
      for (bool changed = true; changed;) {
        const States before = fair;
        States failing = complement(p);
        for (std::size_t i = 0; i < failing.size(); ++i) {
          failing[i] = failing[i] && fair[i];
        }
        fair = fair_within(graph, reaching(graph, fair, failing), strength);
        changed = fair != before;
      }
      return std::ranges::find(fair, true) != fair.end();
    }
    case Kind::kLeadsTo:
      begin = p;
      within = complement(q);
      break;
    case Kind::kNext: {
      begin.assign(p.size(), false);
      for (std::size_t state = 0; state < p.size(); ++state) {
        for (const Edge& edge : graph.edges[state]) {
          begin[edge.to] = begin[edge.to] || p[state];
        }
      }
      within = q;
      break;
    }
  }
  const States where = reached(graph, begin, within);
  const States fair = fair_within(graph, where, strength);
  return std::ranges::find(fair, true) != fair.end();
}

// ---- Heddle.

std::shared_ptr<const heddle::Property> claim_of(Kind kind, const System& system) {
  const Formula p =
      heddle::holds("p", [system](const heddle::State& now) { return holds(now, system); });
  const Formula q = heddle::holds("q", [system](const heddle::State& now) {
    const auto values = outcome(now, system);
    std::size_t variables = 0;
    for (const Canister& canister : system.canisters) {
      variables += canister.variables.size();
    }
    return values[variables] != kUnanswered;
  });
  switch (kind) {
    case Kind::kEventually:
      return make_ltl("claim", eventually(p));
    case Kind::kRecurs:
      return make_ltl("claim", always(eventually(p)));
    case Kind::kSettles:
      return make_ltl("claim", eventually(always(p)));
    case Kind::kLeadsTo:
      return make_ltl("claim", leads_to(p, q));
    case Kind::kNext:
      return make_ltl("claim", !eventually(p && next(always(q))));
  }
  return nullptr;
}

Claims claims_of(Kind kind, const System& system, const Rules& rules) {
  Claims claims;
  claims.properties = {claim_of(kind, system)};
  claims.fairness.strength = rules.strength;
  claims.fairness.to = rules.to;
  for (std::size_t c = 0; c < system.canisters.size(); ++c) {
    if (rules.environment_answers && system.canisters[c].is_environment()) {
      claims.fairness.answering.insert(static_cast<CanisterId>(c));
    }
  }
  return claims;
}

/// Performs a counterexample in a kernel that knows nothing yet: it must come round, and do justice
/// to all by its own events.
std::string why_not_a_fair_run(const System& system, const Claims& claims, const Verdict& verdict) {
  Kernel kernel(adapt(system, Runner::kView));
  Stepper stepper(kernel);
  const auto from = static_cast<std::size_t>(verdict.repeats_from.value());
  StateVector begin;
  std::map<heddle::Party, std::pair<std::size_t, bool>> parties;  // owed so often, done
  std::size_t states = 0;
  const auto look = [&](const StateVector& state, const std::vector<heddle::Event>& enabled) {
    const auto leaf = [&](LeafPosition at) { return state[at]; };
    std::set<heddle::Party> owed;
    for (const heddle::Event& event : enabled) {
      if (is_owed(claims.fairness, kernel, event, leaf)) {
        owed.insert(party_of(claims.fairness, kernel, event, leaf));
      }
    }
    for (const auto& party : owed) {
      ++parties[party].first;
    }
    ++states;
  };
  std::size_t number = 0;
  const Replayed replayed =
      replay(stepper, verdict.schedule, ReplayMode::kStrict,
             [&](const StateVector& before, const std::vector<heddle::Event>& enabled,
                 const Step& step, const StateVector&) {
               if (number == from) {
                 begin = before;
               }
               if (number++ >= from) {
                 look(before, enabled);
                 const auto leaf = [&](LeafPosition at) { return before[at]; };
                 parties[party_of(claims.fairness, kernel, step.event, leaf)].second = true;
               }
             });
  StateVector end = replayed.end;
  if (from == verdict.schedule.size()) {
    std::vector<heddle::Event> enabled;
    stepper.enabled(end, enabled);
    look(end, enabled);
  } else {
    end.normalise();
    begin.normalise();
    if (end != begin) {
      return "it does not come round";
    }
  }
  for (const auto& [party, known] : parties) {
    const bool is_owed_enough =
        claims.fairness.strength == Strength::kStrong ? known.first > 0 : known.first == states;
    if (party.kind != heddle::Party::Kind::kNone && is_owed_enough && !known.second) {
      return fmt::format("it is unfair to {} {} {}", static_cast<int>(party.kind), party.a,
                         party.b);
    }
  }
  return {};
}

TEST(LivenessDifferential, FairRunsThatViolateAClaimAreFoundExactlyWhereTheOracleHasThem) {
  const std::uint64_t systems = from_environment("HEDDLE_SYSTEMS", 500) * 2 / 5;
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  constexpr std::size_t kStates = 6000;
  std::map<std::string, std::size_t> counts;
  for (std::uint64_t seed = first; seed < first + systems; ++seed) {
    System system = with_endless_runs(generate(seed), seed);
    if (seed % 5 == 3) {
      system = with_bounded_waits(std::move(system), seed);
    }
    if (seed % 11 == 7) {
      system.weaken_g1 = true;
    }
    if (seed % 7 == 5) {
      system = with_lifecycles(std::move(system), seed);
    }
    const Rules rules{seed % 3 == 0 ? Strength::kStrong : Strength::kWeak,
                      seed % 4 == 1 ? FairTo::kCanister : FairTo::kMessage, seed % 2 == 0};
    std::optional<Graph> graph;
    try {
      graph = graph_of(system, rules, kStates);
    } catch (const InvalidSystem&) {
      ++counts["invalid"];
      continue;
    }
    if (!graph) {
      ++counts["too large"];
      continue;
    }
    for (const Kind kind : kKinds) {
      const bool expected =
          is_violated(*graph, kind, graph->claim, graph->answered, rules.strength);
      CheckOptions options;
      options.threads = 1;
      options.states_max = 20 * kStates;
      const Claims claims = claims_of(kind, system, rules);
      const Verdict verdict = check(adapt(system, Runner::kView), claims, options);
      if (verdict.answered == Answered::kIncomplete) {
        ++counts["without end in the model"];
        break;
      }
      const bool found = verdict.answered == Answered::kViolated;
      ASSERT_EQ(found, expected) << "seed " << seed << ", kind " << static_cast<int>(kind) << ", "
                                 << (rules.strength == Strength::kStrong ? "strong " : "weak ")
                                 << (rules.to == FairTo::kCanister ? "per canister\n"
                                                                   : "per message\n")
                                 << verdict.why << "\n"
                                 << fmt::format("{}", fmt::join(verdict.schedule, "\n")) << "\n"
                                 << to_string(system);
      ++counts[found ? "violated" : "verified"];
      if (found) {
        ++counts[*verdict.repeats_from == verdict.schedule.size() ? "ends" : "goes round"];
        ASSERT_EQ(why_not_a_fair_run(system, claims, verdict), "")
            << "seed " << seed << "\n"
            << fmt::format("{}", fmt::join(verdict.schedule, "\n")) << "\nfrom "
            << *verdict.repeats_from << "\n"
            << to_string(system);
      }
    }
  }
  for (const auto& [what, count] : counts) {
    fmt::print("{}: {}\n", what, count);
  }
  EXPECT_GT(counts["violated"], systems / 2);
  EXPECT_GT(counts["verified"], systems / 2);
  EXPECT_GT(counts["ends"], systems / 20);
  EXPECT_GT(counts["goes round"], systems / 20);
}

}  // namespace
}  // namespace heddle::oracle
