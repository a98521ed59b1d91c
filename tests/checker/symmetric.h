// What the tests of symmetry share: searches with it beside searches without it, and canisters that
// treat users alike.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/checker/check.h>
#include <heddle/checker/replay.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>

namespace heddle::symmetric {

using Describe = std::function<void(Scenario&)>;

CheckOptions options_of(bool symmetry, Strategy strategy = Strategy::kBreadthFirst,
                        unsigned threads = 1);
Setup built(const Describe& describe);
/// Performs a schedule in a kernel that knows nothing yet, and looks at where it ends.
void replayed(const Setup& setup, const ScheduleText& schedule,
              const std::function<void(const State&)>& look);
std::set<std::string> values_of(const std::vector<OutcomeWitness>& outcomes);
/// Whatever was searched, what is said of it must be the same; schedules must show what they say.
void expect_same_answers(const Setup& setup, const Verdict& all, const Verdict& reduced);
/// The verdict with symmetry, which every strategy agrees on with the search without it.
Verdict compared(const Describe& describe);
bool is_reduced(const Verdict& verdict);
/// The line that says why the search was not reduced.
std::string refusal(const Verdict& verdict);

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

inline const std::vector<std::string> kUsers{"alice", "bob", "caroline"};

}  // namespace heddle::symmetric
