// Symmetry against the search without it: the same answers, fewer states, and a line where users
// who look alike are not.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/internal/footprint.h>
#include <heddle/checker/internal/renamer.h>
#include <heddle/checker/replay.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using Describe = std::function<void(Scenario&)>;

CheckOptions options_of(bool symmetry, Strategy strategy = Strategy::kBreadthFirst,
                        unsigned threads = 1) {
  CheckOptions options;
  options.reduction.symmetry = symmetry;
  options.strategy = strategy;
  options.threads = threads;
  return options;
}

Setup built(const Describe& describe) {
  Scenario s("symmetry", {});
  s.profile(happy);
  describe(s);
  return s.build();
}

/// Performs a schedule in a kernel that knows nothing yet, and looks at where it ends.
void replayed(const Setup& setup, const ScheduleText& schedule,
              const std::function<void(const State&)>& look) {
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  const Replayed replayed = replay(stepper, schedule, ReplayMode::kStrict);
  StateSource source(kernel, replayed.end);
  look(State(source, kernel, replayed.end));
}

std::set<std::string> values_of(const std::vector<OutcomeWitness>& outcomes) {
  std::set<std::string> values;
  for (const OutcomeWitness& outcome : outcomes) {
    values.insert(outcome.value);
  }
  return values;
}

/// Whatever was searched, what is said of it must be the same; schedules must show what they say.
void expect_same_answers(const Setup& setup, const Verdict& all, const Verdict& reduced) {
  EXPECT_EQ(to_string(all.answered), to_string(reduced.answered)) << reduced.why;
  EXPECT_EQ(all.property, reduced.property);
  EXPECT_EQ(all.peaks, reduced.peaks);
  for (const OutcomeSet& outcomes : setup.claims.outcome_sets) {
    if (reduced.answered == Answered::kVerified) {
      EXPECT_EQ(values_of(all.outcomes.at(outcomes.name)),
                values_of(reduced.outcomes.at(outcomes.name)));
    }
    for (const OutcomeWitness& witness : reduced.outcomes.at(outcomes.name)) {
      replayed(setup, witness.schedule,
               [&](const State& end) { EXPECT_EQ(outcomes.observe(end), witness.value); });
    }
  }
  for (const auto& property : setup.claims.properties) {
    const bool by_state = property->when() != Property::When::kEveryStep;
    if (by_state && reduced.property == property->name() && !property->is_wanted()) {
      replayed(setup, reduced.schedule,
               [&](const State& end) { EXPECT_FALSE(property->holds(end)); });
    }
    if (const auto witness = reduced.witnesses.find(property->name());
        witness != reduced.witnesses.end()) {
      replayed(setup, witness->second,
               [&](const State& end) { EXPECT_TRUE(property->holds(end)); });
    }
  }
}

/// The verdict with symmetry, which every strategy agrees on with the search without it.
Verdict compared(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  const Verdict all = check(setup.system, setup.claims, options_of(false));
  const Verdict reduced = check(setup.system, setup.claims, options_of(true));
  expect_same_answers(setup, all, reduced);
  EXPECT_EQ(all.schedule.size(), reduced.schedule.size()) << "the shortest stays the shortest";
  const Verdict threads =
      check(setup.system, setup.claims, options_of(true, Strategy::kBreadthFirst, 4));
  testing::expect_equal(reduced, threads);
  const Verdict deep = check(setup.system, setup.claims, options_of(true, Strategy::kDepthFirst));
  expect_same_answers(setup, all, deep);
  if (reduced.answered == Answered::kVerified) {
    EXPECT_EQ(reduced.states, deep.states);
    EXPECT_EQ(reduced.transitions, deep.transitions);
  }
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    CheckOptions options = options_of(true, strategy);
    options.reduction.partial_order = true;
    const Verdict both = check(setup.system, setup.claims, options);
    expect_same_answers(setup, all, both);
    if (reduced.answered == Answered::kVerified) {
      EXPECT_EQ(reduced.quiescent, both.quiescent);
      EXPECT_LE(both.states, reduced.states);
    }
  }
  return reduced;
}

bool is_reduced(const Verdict& verdict) {
  return verdict.scope.find("up to symmetry of") != std::string::npos;
}

/// The line that says why the search was not reduced.
std::string refusal(const Verdict& verdict) {
  EXPECT_FALSE(is_reduced(verdict)) << verdict.scope;
  constexpr std::string_view kPrefix = "symmetry reduction is off: ";
  return verdict.notes.size() == 1 && verdict.notes[0].starts_with(kPrefix)
             ? verdict.notes[0].substr(kPrefix.size())
             : fmt::format("notes: {}", fmt::join(verdict.notes, "; "));
}

// ---- Canisters.

class Ledger : public Canister {
 public:
  explicit Ledger(Nat initial) : coins(this, "coins", initial) {}

  Update<bool> take() {
    if (coins < 1) {
      co_return false;
    }
    coins -= 1;
    co_return true;
  }

  Var<Nat> coins;
  HEDDLE_CANISTER(Ledger, take)
};

/// Does everything that leaves names about.
class Bank : public Canister {
 public:
  explicit Bank(Ref<Ledger> its_ledger) : ledger(its_ledger) {}

  /// Names in keys, in values and, as long as it waits, in logs.
  Update<bool> withdraw() {
    const Principal who = caller();
    asked = asked.get() + 1;
    Future<bool> taken = call(ledger, &Ledger::take);
    const bool got = co_await taken;
    if (got) {
      coins[who] = Nat(1);
      last = who;
    }
    co_return got;
  }

  Update<> pass_on() {
    Future<> noted = call(self(), &Bank::note, caller());
    co_await noted;
  }

  Update<> note(Principal who) {
    last = who;
    co_return;
  }

  /// Calls itself with a number that says who came first, and nothing else.
  Update<> draw() {
    const Nat drawn = asked.get();
    asked = drawn + 1;
    Future<> served = call(self(), &Bank::serve, drawn);
    co_await served;
  }

  Update<> serve(Nat) { co_return; }

  /// For as long as it waits, it holds what is entered under its caller.
  Update<> hold() {
    const Principal who = caller();
    coins[who] = Nat(1);
    Future<bool> taken = call(ledger, &Ledger::take);
    co_await taken;
    coins.erase(who);
  }

  Update<> twice() {
    Future<bool> first = call(ledger, &Ledger::take);
    Future<bool> second = call(ledger, &Ledger::take);
    co_await first;
    co_await second;
  }

  const Ref<Ledger> ledger;
  Var<Nat> asked{this, "asked", 0};
  Var<Principal> last{this, "last", Principal()};
  VarMap<Principal, Nat> coins{this, "coins"};
  HEDDLE_CANISTER(Bank, withdraw, pass_on, note, draw, serve, hold, twice)
};

/// Does in one step what gives users away, each method in another way.
class Clerk : public Canister {
 public:
  explicit Clerk(Principal its_owner = {}) : owner(this, "owner", its_owner) {}

  Update<Nat> greet() {
    first = first.get() != 0                        ? first.get()
            : caller() == Principal::named("alice") ? Nat(2)
                                                    : Nat(1);
    co_return first.get();
  }

  Update<> sign() {
    if (text.get().empty()) {
      text = caller().text();
    }
    co_return;
  }

  Update<> join() {
    members[caller()] = Nat(1);
    for (const auto& [who, unused] : members) {
      least = who;
      break;
    }
    co_return;
  }

  Update<> claim() {
    if (first.get() == 0) {
      first = caller() == owner ? Nat(2) : Nat(1);
    }
    co_return;
  }

  Update<> name(Principal who) {
    owner = who;
    co_return;
  }

  Update<Principal> who() { co_return owner.get(); }

  Var<Principal> owner;
  Var<Nat> first{this, "first", 0};
  Var<std::string> text{this, "text", ""};
  VarMap<Principal, Nat> members{this, "members"};
  Var<Principal> least{this, "least", Principal()};
  HEDDLE_CANISTER(Clerk, greet, sign, join, claim, name, who)
};

class Oracle : public Canister {
 public:
  Update<Principal> winner() { co_return Principal(); }

  HEDDLE_CANISTER(Oracle, winner)
};

class Asker : public Canister {
 public:
  explicit Asker(Ref<Oracle> whom) : oracle(whom) {}

  Update<> ask() {
    const Principal who = caller();
    Future<Principal> asked = call(oracle, &Oracle::winner);
    const Principal winner = co_await asked;
    if (winner == who) {
      won = won.get() + 1;
    }
  }

  const Ref<Oracle> oracle;
  Var<Nat> won{this, "won", 0};
  HEDDLE_CANISTER(Asker, ask)
};

/// Its Deferreds are named after the calls that made them.
class Desk : public Canister {
 public:
  Update<Nat> wait() {
    const Deferred<Nat> made = make_deferred<Nat>();
    ticket = made;
    const Nat got = co_await made.future();
    total += got;
    co_return got;
  }

  Update<> settle() {
    const Deferred<Nat> made = ticket.get();
    ticket = Deferred<Nat>();
    if (!(made == Deferred<Nat>())) {
      made.resolve(Nat(1));
    }
    co_return;
  }

  Update<Principal> echo(Principal who) { co_return who; }

  Update<Nat> same(Nat number) { co_return number; }

  Var<Deferred<Nat>> ticket{this, "ticket", Deferred<Nat>()};
  Var<Nat> total{this, "total", 0};
  HEDDLE_CANISTER(Desk, wait, settle, echo, same)
};

/// Is told its caller's name by another, or a number.
class Names : public Canister {
 public:
  explicit Names(Ref<Desk> its_desk) : desk(its_desk) {}

  Update<Principal> ask() {
    asked += 1;
    Future<Principal> told = call(desk, &Desk::echo, caller());
    const Principal name = co_await told;
    co_return name;
  }

  Update<> count() {
    const Nat number = asked.get();
    asked = number + 1;
    Future<Nat> told = call(desk, &Desk::same, number);
    co_await told;
  }

  const Ref<Desk> desk;
  Var<Nat> asked{this, "asked", 0};
  HEDDLE_CANISTER(Names, ask, count)
};

/// Remembers who came after whom, and who marked first, when how many had come.
class Chain : public Canister {
 public:
  Update<> come() {
    if (!(last == Principal())) {
      next[last.get()] = caller();
    }
    last = caller();
    come_yet += 1;
    co_return;
  }

  Update<> mark() {
    if (marked == Principal()) {
      marked = caller();
      when = come_yet.get();
    }
    co_return;
  }

  Var<Principal> last{this, "last", Principal()};
  Var<Principal> marked{this, "marked", Principal()};
  Var<Nat> come_yet{this, "come_yet", 0};
  Var<Nat> when{this, "when", 0};
  VarMap<Principal, Principal> next{this, "next"};
  HEDDLE_CANISTER(Chain, come, mark)
};

/// Has a favourite, and a pair of users whom it does not like to see one after the other.
class Partial : public Canister {
 public:
  Partial(Principal the_favourite, Principal the_first, Principal the_second)
      : favourite(the_favourite), first(the_first), second(the_second) {}

  Update<> come() {
    if (last == first && caller() == second) {
      seen = Nat(1);
    }
    last = caller();
    co_return;
  }

  Update<> crown() {
    last = favourite;
    co_return;
  }

  const Principal favourite;
  const Principal first;
  const Principal second;
  Var<Principal> last{this, "last", Principal()};
  Var<Nat> seen{this, "seen", 0};
  HEDDLE_CANISTER(Partial, come, crown)
};

/// A property of one's own: what it looks at is not recorded.
class Unrecorded : public Property {
 public:
  Unrecorded(When when, std::function<bool(const State&)> holds)
      : when_(when), holds_(std::move(holds)) {}

  [[nodiscard]] std::string name() const override { return "unrecorded"; }

  [[nodiscard]] std::string kind() const override { return "unrecorded"; }

  [[nodiscard]] When when() const override { return when_; }

  [[nodiscard]] bool is_memoised() const override { return false; }

  [[nodiscard]] bool holds(const State& now) const override { return holds_(now); }

 private:
  When when_;
  std::function<bool(const State&)> holds_;
};

const std::vector<std::string> kUsers{"alice", "bob", "caroline"};

// ---- What is reduced.

TEST(Symmetry, NamesInKeysValuesQueuesAndLogsAreRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(2));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
    s.outcomes("owners", [=](const State& end) { return end[bank].coins.keys(); });
    s.always("few", [=](const State& now) { return now[bank].coins.size() <= 2; });
    s.measure("asked", [=](const State& now) { return now[bank].coins.size(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.outcomes.at("last").size(), 3);
  EXPECT_EQ(verdict.outcomes.at("owners").size(), 3);
}

/// What a state says, as lines in which users are u1 to u4. Of logs nothing: only for canisters
/// whose logs say nothing that the rest does not say.
std::vector<std::string> lines_of(const Kernel& kernel, const StateVector& state) {
  std::vector<std::string> lines;
  const auto value = [&](ValueId id) {
    return id == 0 ? std::string() : std::string(kernel.tables().values[id]);
  };
  const auto answer = [&](std::uint32_t id) { return value(kernel.tables().answer(id).value); };
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] == 0) {
      continue;
    }
    const LeafKey key = kernel.key(at);
    std::string line = fmt::format("{} {} ", static_cast<int>(key.kind), key.a);
    switch (key.kind) {
      case LeafKind::kVariable:
        if (key.c == Subject::kKeySet) {
          continue;  // each key has a leaf of its own
        }
        line += fmt::format("{} {} {}", key.b, value(key.c), value(state[at]));
        break;
      case LeafKind::kContext: {
        const ContextState context = kernel.context_state(state[at]);
        line += fmt::format("{} {} {} {}", kernel.name(key.b), static_cast<int>(context.phase),
                            context.method, context.result == 0 ? "" : answer(context.result - 1));
        break;
      }
      case LeafKind::kOpenCalls:
        for (const OpenCall& call : kernel.open_calls(state[at])) {
          line += fmt::format("{} {} {} {};", kernel.name(key.b), call.index,
                              static_cast<int>(call.status),
                              call.status == OpenCall::Status::kWaiting ? "" : answer(call.answer));
        }
        break;
      case LeafKind::kQueue:
        for (const std::uint32_t request : kernel.list(state[at])) {
          line += kernel.name(kernel.request(request).caller) + ";";
        }
        break;
      default:
        line += fmt::format("{} {}", key.b, state[at]);
        break;
    }
    lines.push_back(line);
  }
  return lines;
}

/// How many states there are that differ whatever u1 to u4 are called, found by renaming texts in
/// a search of all states; and how many there are in all.
std::pair<std::size_t, std::size_t> orbits_of(const Setup& setup) {
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  std::vector<StateVector> frontier{kernel.initial()};
  std::set<std::vector<LeafValue>> known;
  std::set<std::vector<std::string>> orbits;
  while (!frontier.empty()) {
    StateVector state = frontier.back();
    frontier.pop_back();
    state.normalise();
    if (!known.emplace(state.leaves().begin(), state.leaves().end()).second) {
      continue;
    }
    std::vector<unsigned> names{0, 1, 2, 3};
    std::vector<std::string> least;
    do {
      std::vector<std::string> lines = lines_of(kernel, state);
      for (std::string& line : lines) {
        for (std::size_t at = 0; at + 1 < line.size(); ++at) {
          if (line[at] == 'u' && line[at + 1] >= '1' && line[at + 1] <= '4') {
            line[at + 1] =
                static_cast<char>('1' + names[static_cast<std::size_t>(line[at + 1] - '1')]);
          }
        }
      }
      std::ranges::sort(lines);
      least = least.empty() ? lines : std::min(least, lines);
    } while (std::ranges::next_permutation(names).found);
    orbits.insert(least);
    std::vector<Event> events;
    stepper.enabled(state, events);
    for (const Event& event : events) {
      frontier.push_back(stepper.next(state, event));
    }
  }
  return {orbits.size(), known.size()};
}

const std::vector<std::string> kFour{"u1", "u2", "u3", "u4"};

void expect_one_for_all(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  const auto [orbits, states] = orbits_of(setup);
  EXPECT_GT(states, 10 * orbits);
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    const Verdict reduced = check(setup.system, setup.claims, options_of(true, strategy));
    EXPECT_TRUE(is_reduced(reduced)) << refusal(reduced);
    EXPECT_EQ(reduced.states, orbits);
  }
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInQueues) {
  expect_one_for_all([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kFour) {
      s.user(name).calls(bank, &Bank::pass_on);
    }
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInKeys) {
  expect_one_for_all([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kFour) {
      s.user(name).calls(bank, &Bank::hold);
    }
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByNamesInAnswers) {
  expect_one_for_all([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kFour) {
      s.user(name).calls(asker, &Names::ask);
    }
    s.keep_results();
  });
}

TEST(Symmetry, OneStateStandsForAllThatDifferByWhoCameAfterWhom) {
  expect_one_for_all([](Scenario& s) {
    auto chain = s.install<Chain>("chain");
    for (const std::string& name : kFour) {
      s.user(name).calls(chain, &Chain::come);
      s.user(name).calls(chain, &Chain::mark);
    }
  });
}

// Those in the middle of a chain look alike from where they stand, and yet are not.
TEST(Symmetry, UsersWhoLookAlikeAreTwinsOnlyIfTheyMayChangePlaces) {
  const Verdict verdict = compared([](Scenario& s) {
    auto chain = s.install<Chain>("chain");
    for (const std::string& name : kFour) {
      auto user = s.user(name).then();
      user.calls(chain, &Chain::come);
      user.calls(chain, &Chain::mark);
    }
    s.outcomes("before and after", [=](const State& end) {
      std::size_t after = 0;
      for (Principal at = end[chain].marked.get(); end[chain].next.contains(at); ++after) {
        at = end[chain].next.at(at);
      }
      return fmt::format("{} {}", end[chain].when.get(), after);
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  // The one who marks when n have come may be any of them, and there are 4 - n to come.
  EXPECT_EQ(verdict.outcomes.at("before and after").size(), 1 + 2 + 3 + 4);
}

TEST(Symmetry, APropertyOfOneUserIsAskedOfAllWhomItMayStandFor) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
    const auto call = s.user("caroline").calls(bank, &Bank::withdraw);
    s.always("caroline gets nothing", [=](const State& now) {
      const auto result = now.result(call);
      return !result || !result->value();
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, WitnessesOfOneUserAreFound) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    std::vector<UserCallRef<bool>> calls;
    for (const std::string& name : kUsers) {
      calls.push_back(s.user(name).calls(bank, &Bank::withdraw));
    }
    s.sometimes("caroline has a coin", [=](const State& now) {
      return now[bank].coins.contains(Principal::named("caroline"));
    });
    s.outcomes("who got it", [=](const State& end) {
      std::string who;
      for (std::size_t i = 0; i < calls.size(); ++i) {
        who += end.result(calls[i])->value() ? kUsers[i] : "";
      }
      return who;
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(values_of(verdict.outcomes.at("who got it")),
            std::set<std::string>(kUsers.begin(), kUsers.end()));
}

TEST(Symmetry, FaultsAreReducedToo) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.profile(safety);
    s.faults().dropped_ingress = 1;
    s.faults().resubmissions = 1;
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(Symmetry, CopiesOfCallsAreThoseOfTheirUsers) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.faults().resubmissions = 3;
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

// Whose trap is excused is remembered by a default property, under his name.
TEST(Symmetry, TrapsThatLeaveCallsOpenAreExcusedUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::twice);
    }
    s.faults().callback_traps = 1;
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kVerified) << verdict.why;
}

TEST(Symmetry, OvertakingQueuesAreSortedAgain) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    s.weaken("G1");
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

// Without FIFO the order of requests is that of the calls' names, so it tells names apart even
// where the requests themselves name nobody.
TEST(Symmetry, TheOrderOfOvertakingRequestsIsThatOfNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::draw);
    }
    s.weaken("G1");
    const auto first_is_less = [=](const State& now, bool less) -> std::uint64_t {
      const auto queued = now.requests(bank, bank, &Bank::serve);
      return now[bank].asked == 2 && queued.size() == 2 && (queued[0] < queued[1]) == less ? 1 : 0;
    };
    s.measure("ascending", [=](const State& now) { return first_is_less(now, true); });
    s.measure("descending", [=](const State& now) { return first_is_less(now, false); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.peaks.at("ascending"), 1U);
  EXPECT_EQ(verdict.peaks.at("descending"), 1U);
}

TEST(Symmetry, OpenCallsOfOneUserAreSeenAsThoseOfAnother) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::withdraw);
    }
    const auto only = [=](const State& now, std::string_view name) -> std::uint64_t {
      const auto open =
          now.kernel().list(now.source().answer({ObservationKind::kContexts, bank.id(), {}, 0}));
      return now[bank].asked == 1 && open.size() == 1 &&
                     now.kernel().name(open.front()).starts_with(name)
                 ? 1
                 : 0;
    };
    for (const std::string& name : kUsers) {
      s.measure(name + " alone", [=](const State& now) { return only(now, name); });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  for (const std::string& name : kUsers) {
    EXPECT_EQ(verdict.peaks.at(name + " alone"), 1U);
  }
}

TEST(Symmetry, RequestsThatNameUsersAreSeenUnderAllNames) {
  std::vector<std::string> order = kUsers;
  const Verdict verdict = compared([&](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::pass_on);
    }
    do {
      s.measure(fmt::format("{}", fmt::join(order, ", ")), [=](const State& now) -> std::uint64_t {
        const auto queued = now.requests(bank, bank, &Bank::note);
        return std::ranges::equal(queued, order, [](const auto& request, const std::string& name) {
          return std::get<0>(request) == Principal::named(name);
        });
      });
    } while (std::ranges::next_permutation(order).found);
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.peaks.size(), 6U);
  for (const auto& [names, peak] : verdict.peaks) {
    EXPECT_EQ(peak, 1U) << names;
  }
}

// While two have asked and the third has done nothing, representatives show one pair of names only.
TEST(Symmetry, RepliesThatNameUsersAreSeenUnderAllNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kUsers) {
      s.user(name).calls(asker, &Names::ask);
    }
    for (const auto& [one, other] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
      const std::set<Principal> wanted{Principal::named(kUsers[static_cast<std::size_t>(one)]),
                                       Principal::named(kUsers[static_cast<std::size_t>(other)])};
      s.measure(fmt::format("{} and {}", one, other), [=](const State& now) -> std::uint64_t {
        std::set<Principal> named;
        for (const Outcome<Principal>& reply : now.replies(asker, desk, &Desk::echo)) {
          named.insert(reply.value());
        }
        return now[asker].asked == 2 && named == wanted ? 1 : 0;
      });
    }
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  for (const auto& [names, peak] : verdict.peaks) {
    EXPECT_EQ(peak, 1U) << names;
  }
}

TEST(Symmetry, RepliesAreInNoOrderOfNames) {
  const Verdict verdict = compared([](Scenario& s) {
    auto desk = s.install<Desk>("desk");
    auto asker = s.install<Names>("names", desk);
    for (const std::string& name : kUsers) {
      s.user(name).calls(asker, &Names::count);
    }
    s.always("ascending", [=](const State& now) {
      const auto replies = now.replies(asker, desk, &Desk::same);
      return std::ranges::is_sorted(replies, {},
                                    [](const Outcome<Nat>& got) { return got.value(); });
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kVerified);
}

// Handles are renamed where names are equally long. Where they are not, code that holds one is not
// the same under other names.
TEST(Symmetry, DeferredsAreNamedAfterTheirCalls) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"amy", "bob", "cal"}, kUsers}) {
    const Verdict verdict = compared([&](Scenario& s) {
      auto desk = s.install<Desk>("desk");
      for (const std::string& name : names) {
        s.user(name).calls(desk, &Desk::wait);
      }
      s.user("dave").calls(desk, &Desk::settle);
      s.without("every call answered");
      s.outcomes("total", [=](const State& end) { return end[desk].total.get(); });
    });
    EXPECT_EQ(is_reduced(verdict), names.front().size() == names.back().size());
    EXPECT_EQ(values_of(verdict.outcomes.at("total")), (std::set<std::string>{"0", "1"}));
  }
}

// ---- Together with partial-order reduction.

// What one user's call was seen to touch must count for all users, or events of users that come
// later to be representatives would seem to touch nothing of theirs.
TEST(Symmetry, WhatOneUsersCallTouchesStandsForWhatAnothersTouches) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::hold);
    s.user("bob").calls(bank, &Bank::hold);
  });
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  const internal::Renamer renamer(kernel, setup.claims, {0, 1});
  std::vector<Event> events;
  stepper.enabled(kernel.initial(), events);
  ASSERT_EQ(events.size(), 2U);
  const auto touched = [&](const Event& event, const internal::Renamer* names) {
    const Step& step = stepper.step(kernel.initial(), event);
    return internal::footprint_of(kernel, step.executions.at(0), names);
  };
  EXPECT_NE(touched(events[0], nullptr), touched(events[1], nullptr));
  EXPECT_EQ(touched(events[0], &renamer), touched(events[1], &renamer));
}

// Whoever it is that a predicate looks at, a representative may call him otherwise.
TEST(Symmetry, WhatIsOneUsersIsVisibleOfAll) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    auto desk = s.install<Bank>("desk", ledger);
    for (const std::string& name : kUsers) {
      s.user(name).calls(bank, &Bank::hold);
    }
    s.user("dave").calls(desk, &Bank::hold);
    s.always("not both", [=](const State& now) {
      return !now[bank].coins.contains(Principal::named("caroline")) ||
             !now[desk].coins.contains(Principal::named("dave"));
    });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, WithoutItPartialOrderReductionGoesOn) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::greet);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  CheckOptions options = options_of(true);
  options.reduction.partial_order = true;
  const Verdict verdict = check(setup.system, setup.claims, options);
  ASSERT_EQ(verdict.notes.size(), 2U);
  EXPECT_TRUE(verdict.notes[0].starts_with("partial-order reduction: ")) << verdict.notes[0];
  EXPECT_TRUE(verdict.notes[1].starts_with("symmetry reduction is off: ")) << verdict.notes[1];
  EXPECT_EQ(values_of(verdict.outcomes.at("first")), (std::set<std::string>{"1", "2"}));
}

// ---- What is refused, and why.

TEST(Symmetry, CodeThatKnowsAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::greet);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.greet does not treat alice and bob alike");
}

TEST(Symmetry, CodeThatMakesATextOfAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::sign);
    }
    s.outcomes("text", [=](const State& end) { return end[clerk].text.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.sign does not treat alice and bob alike");
}

TEST(Symmetry, CodeThatGoesByTheOrderOfUsersIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::join);
    }
    s.outcomes("least", [=](const State& end) { return end[clerk].least.get(); });
  });
  EXPECT_EQ(refusal(verdict), "clerk.join does not treat alice and bob alike");
}

// Whatever two of them it is, and whichever representatives show.
TEST(Symmetry, CodeThatKnowsAPairOfUsersIsNotReduced) {
  for (const std::string& first : kUsers) {
    for (const std::string& second : kUsers) {
      const Verdict verdict = compared([&](Scenario& s) {
        auto partial = s.install<Partial>("partial", Principal(), Principal::named(first),
                                          Principal::named(second));
        for (const std::string& name : kUsers) {
          s.user(name).calls(partial, &Partial::come);
        }
        s.outcomes("seen", [=](const State& end) { return end[partial].seen.get(); });
      });
      // Nobody comes twice.
      EXPECT_EQ(is_reduced(verdict), first == second);
    }
  }
}

TEST(Symmetry, CodeThatNamesAUserIsNotReduced) {
  const Verdict verdict = compared([](Scenario& s) {
    auto partial = s.install<Partial>("partial", Principal::named("bob"), Principal(), Principal());
    for (const std::string& name : kUsers) {
      s.user(name).calls(partial, &Partial::crown);
    }
    s.outcomes("last", [=](const State& end) { return end[partial].last.get(); });
  });
  EXPECT_EQ(refusal(verdict), "partial.crown does not treat alice and bob alike");
}

TEST(Symmetry, APropertyThatIsNotRecordedIsAskedUnderAllNames) {
  for (const Property::When when : {Property::When::kEveryState, Property::When::kQuiescence}) {
    for (const std::string& name : kUsers) {
      const Verdict verdict = compared([&](Scenario& s) {
        auto ledger = s.install<Ledger>("ledger", Nat(9));
        auto bank = s.install<Bank>("bank", ledger);
        for (const std::string& each : kUsers) {
          s.user(each).calls(bank, &Bank::pass_on);
        }
        s.claims(std::make_shared<Unrecorded>(when, [=](const State& now) {
          return !(now[bank].last.get() == Principal::named(name));
        }));
      });
      EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
      EXPECT_EQ(verdict.answered, Answered::kViolated);
    }
  }
}

TEST(Symmetry, APropertyThatIsNotRecordedPutsPartialOrderReductionOff) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(9));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::pass_on);
    s.user("bob").calls(bank, &Bank::pass_on);
    s.claims(std::make_shared<Unrecorded>(Property::When::kEveryState,
                                          [](const State&) { return true; }));
  });
  CheckOptions options = options_of(true);
  options.reduction.partial_order = true;
  const Verdict verdict = check(setup.system, setup.claims, options);
  EXPECT_TRUE(is_reduced(verdict));
  EXPECT_EQ(verdict.notes,
            std::vector<std::string>{"partial-order reduction is off: what \"unrecorded\" reads is "
                                     "not recorded"});
}

TEST(Symmetry, AUserThatACanisterStartsWithIsNotRenamed) {
  const auto describe = [](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk", Principal::named("alice"));
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::claim);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  };
  const Verdict verdict = compared(describe);
  EXPECT_NE(verdict.scope.find("up to symmetry of bob, caroline"), std::string::npos)
      << verdict.scope;
  EXPECT_EQ(verdict.notes,
            std::vector<std::string>{"less symmetry reduction: alice and bob are told apart by "
                                     "what clerk starts with"});
}

TEST(Symmetry, AUserWhomAnotherNamesIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    s.user("alice").calls(clerk, &Clerk::claim);
    s.user("bob").calls(clerk, &Clerk::claim);
    s.user("dave").calls(clerk, &Clerk::name, Principal::named("alice"));
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by the calls of dave");
}

TEST(Symmetry, UsersWhoNameThemselvesAreRenamedInTheirCalls) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  });
  EXPECT_TRUE(is_reduced(verdict)) << refusal(verdict);
}

TEST(Symmetry, AUserWhomTheEnvironmentNamesIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto oracle = s.install_environment<Oracle>("oracle");
    oracle.replies(&Oracle::winner, Principal::named("alice"));
    auto asker = s.install<Asker>("asker", oracle);
    s.user("alice").calls(asker, &Asker::ask);
    s.user("bob").calls(asker, &Asker::ask);
    s.outcomes("won", [=](const State& end) { return end[asker].won.get(); });
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by the answers of oracle");
}

TEST(Symmetry, AUserWhoseAnswerIsClaimedIsNotRenamed) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.answers(s.user("bob").calls(bank, &Bank::withdraw), true);
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by property \"bob#1 answers true\"");
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, AnAnswerThatNamesUsersMayTellThemApart) {
  const Verdict verdict = compared([](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (const std::string& name : kUsers) {
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    const auto asked = s.user("dave").calls(clerk, &Clerk::who);
    s.answers("not caroline", asked, [](const Outcome<Principal>& got) {
      return got.value() != Principal::named("caroline");
    });
  });
  EXPECT_EQ(refusal(verdict), "property \"not caroline\" looks at an answer that names users");
  EXPECT_EQ(verdict.answered, Answered::kViolated);
}

TEST(Symmetry, AnAutomatonThatSaysNothingOfNamesIsRefused) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
    s.atomic(bank, &Bank::asked);
  });
  EXPECT_EQ(refusal(verdict), "alice and bob are told apart by property \"atomic(bank.asked)\"");
}

TEST(Symmetry, TooManyNamesForAPredicateThatNeedsThemAllAreRefused) {
  const auto describe = [](Scenario& s) {
    auto clerk = s.install<Clerk>("clerk");
    for (int i = 0; i < 8; ++i) {
      const std::string name = fmt::format("u{}", i);
      s.user(name).calls(clerk, &Clerk::name, Principal::named(name));
    }
    s.outcomes("owner", [=](const State& end) { return end[clerk].owner.get(); });
  };
  const heddle::Setup setup = built(describe);
  const Verdict verdict = check(setup.system, setup.claims, options_of(true));
  EXPECT_EQ(refusal(verdict),
            "outcome set \"owner\" looks at who is who, and there are too many to be renamed");
  EXPECT_EQ(verdict.outcomes.at("owner").size(), 8);
}

TEST(Symmetry, UsersWhoDoOtherThingsAreNotInterchangeable) {
  const Verdict verdict = compared([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::pass_on);
    s.outcomes("last", [=](const State& end) { return end[bank].last.get(); });
  });
  EXPECT_EQ(refusal(verdict), "no two users do the same");
}

TEST(Symmetry, UsersWhoseScriptsGoOnOtherwiseAreNotInterchangeable) {
  using Script = std::function<void(Scenario&, const Ref<Bank>&, const std::string&)>;
  const Script any = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::draw);
    s.user(name).calls(bank, &Bank::withdraw);
  };
  const Script then = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    auto user = s.user(name).then();
    user.calls(bank, &Bank::draw);
    user.calls(bank, &Bank::withdraw);
  };
  const Script at_once = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).all(asks(bank, &Bank::draw), asks(bank, &Bank::withdraw));
  };
  const Script of_others = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::note, Principal::named("somebody" + name));
  };
  const Script of_one = [](Scenario& s, const Ref<Bank>& bank, const std::string& name) {
    s.user(name).calls(bank, &Bank::note, Principal::named("somebody"));
  };
  const auto are_interchangeable = [](const Script& one, const Script& other) {
    const heddle::Setup setup = built([&](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(1));
      auto bank = s.install<Bank>("bank", ledger);
      one(s, bank, "alice");
      other(s, bank, "bob");
    });
    return is_reduced(check(setup.system, setup.claims, options_of(true)));
  };
  EXPECT_TRUE(are_interchangeable(any, any));
  EXPECT_TRUE(are_interchangeable(then, then));
  EXPECT_TRUE(are_interchangeable(at_once, at_once));
  EXPECT_TRUE(are_interchangeable(of_one, of_one));
  EXPECT_FALSE(are_interchangeable(any, then));
  EXPECT_FALSE(are_interchangeable(then, at_once));
  EXPECT_FALSE(are_interchangeable(of_others, of_others));
  EXPECT_FALSE(are_interchangeable(of_one, of_others));
}

TEST(Symmetry, NamesThatCannotBeToldFromOthersAreNotRenamed) {
  const auto is_reduced_with = [](const std::string& name) {
    heddle::Setup setup = built([](Scenario& s) {
      auto ledger = s.install<Ledger>("ledger", Nat(1));
      auto bank = s.install<Bank>("bank", ledger);
      s.user("alice").calls(bank, &Bank::withdraw);
      s.user("bob").calls(bank, &Bank::withdraw);
    });
    setup.system.users[1].name = name;
    return is_reduced(check(setup.system, setup.claims, options_of(true)));
  };
  EXPECT_TRUE(is_reduced_with("carl"));
  EXPECT_FALSE(is_reduced_with("alice"));   // another user's
  EXPECT_FALSE(is_reduced_with("ledger"));  // a canister's
  EXPECT_FALSE(is_reduced_with("a#1"));     // looks like a call's
  EXPECT_FALSE(is_reduced_with("a/1"));
}

TEST(Symmetry, SampledSchedulesAndForgetfulSteppersSayThatTheyDoNotReduce) {
  const heddle::Setup setup = built([](Scenario& s) {
    auto ledger = s.install<Ledger>("ledger", Nat(1));
    auto bank = s.install<Bank>("bank", ledger);
    s.user("alice").calls(bank, &Bank::withdraw);
    s.user("bob").calls(bank, &Bank::withdraw);
  });
  EXPECT_EQ(refusal(check(setup.system, setup.claims, options_of(true, Strategy::kRandom))),
            "sampled schedules are what they are");
  CheckOptions both = options_of(true, Strategy::kPct);
  both.reduction.partial_order = true;
  EXPECT_EQ(check(setup.system, setup.claims, both).notes.size(), 2U);
  CheckOptions forgetful = options_of(true);
  forgetful.stepper.memo = false;
  EXPECT_EQ(refusal(check(setup.system, setup.claims, forgetful)),
            "canister code is compared under other names where it is remembered");
}

}  // namespace
}  // namespace heddle
