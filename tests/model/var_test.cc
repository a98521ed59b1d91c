// What each operation on a variable tells, does and says of itself.
#include <gtest/gtest.h>

#include "model/bench.h"

namespace heddle {
namespace {

/// Every method suspends after one operation, so that its log can be compared.
class Shelf : public Canister {
 public:
  Update<> pause() { co_return; }

  Update<> read() {
    const Nat now = count;
    seen = now;
    co_await call(self(), &Shelf::pause);
  }

  Update<> look() {
    const bool less = count < 5;
    co_await call(self(), &Shelf::pause);
    seen = less ? 1 : 0;
  }

  Update<> look_from_the_right() {
    const bool less = 5 >= count;
    co_await call(self(), &Shelf::pause);
    seen = less ? 1 : 0;
  }

  Update<> look_at_both() {
    const bool less = count <= limit;
    co_await call(self(), &Shelf::pause);
    seen = less ? 1 : 0;
  }

  Update<> add() {
    count += 3;
    ++count;
    count++;
    co_await call(self(), &Shelf::pause);
    const Nat now = count;
    seen = now;
  }

  Update<> take(Nat amount) {
    count -= amount;
    co_return;
  }

  Update<> write() {
    count = 9;
    const Nat now = count;
    co_await call(self(), &Shelf::pause);
    seen = now;
  }

  Update<> add_other() {
    count += limit;
    co_await call(self(), &Shelf::pause);
  }

  Update<Nat> pop() {
    const Nat last = items.update([](auto& list) {
      const Nat element = list.back();
      list.pop_back();
      return element;
    });
    co_await call(self(), &Shelf::pause);
    co_return last;
  }

  Update<> push() {
    items.update([](auto& list) { list.push_back(1); });
    co_await call(self(), &Shelf::pause);
  }

  Update<bool> has() {
    const bool found = items.contains(Nat(3));
    co_await call(self(), &Shelf::pause);
    co_return found;
  }

  Update<Nat> sizes() {
    const std::size_t size = items.size();
    co_await call(self(), &Shelf::pause);
    co_return size;
  }

  Update<bool> empty() {
    const bool nothing = items.empty();
    co_await call(self(), &Shelf::pause);
    co_return nothing;
  }

  Update<Nat> second() {
    const Nat element = items[1];
    co_await call(self(), &Shelf::pause);
    co_return element;
  }

  Update<Nat> sum() {
    Nat total = 0;
    for (const Nat& each : items) {
      total += each;
    }
    co_await call(self(), &Shelf::pause);
    co_return total;
  }

  Update<Nat> part() {
    const Nat x = corner->first;
    co_await call(self(), &Shelf::pause);
    co_return x;
  }

  Update<Nat> asked() {
    const Nat parity = count.ask([](const Nat& n) { return n % 2; });
    co_await call(self(), &Shelf::pause);
    co_return parity;
  }

  Update<Nat> kept_value() {
    const Nat first = count;
    co_await call(self(), &Shelf::pause);
    const Nat second = count;
    co_return first + second;
  }

  Var<Nat> count{this, "count", 1};
  Var<Nat> limit{this, "limit", 4};
  Var<Nat> seen{this, "seen"};
  Var<std::vector<Nat>> items{this, "items", {Nat(1), Nat(2), Nat(3)}};
  Var<std::pair<Nat, Nat>> corner{this, "corner", {7, 8}};
  HEDDLE_CANISTER(Shelf, pause, read, look, look_from_the_right, look_at_both, add, take, write,
                  add_other, pop, push, has, sizes, empty, second, sum, part, asked, kept_value)
};

using Items = std::vector<Nat>;

/// The log after the first piece of `method` with `variable` at `value`, all else alike.
template <class T>
LogId log_with(Bench<Shelf>& bench, const std::string& method, const std::string& variable,
               const T& value) {
  bench.set(variable, value);
  const Effects effects = bench.start(method);
  EXPECT_EQ(effects.end, PieceEnd::kSuspended);
  return effects.log;
}

template <class T>
bool told_apart(const std::string& method, const std::string& variable, const T& a, const T& b) {
  Bench<Shelf> bench;
  return log_with(bench, method, variable, a) != log_with(bench, method, variable, b);
}

TEST(VarTold, ConversionTellsTheValue) {
  EXPECT_TRUE(told_apart("read", "count", Nat(1), Nat(2)));
}

TEST(VarTold, ComparisonTellsOneBit) {
  EXPECT_FALSE(told_apart("look", "count", Nat(1), Nat(2)));
  EXPECT_TRUE(told_apart("look", "count", Nat(1), Nat(5)));
  EXPECT_FALSE(told_apart("look_from_the_right", "count", Nat(1), Nat(5)));
  EXPECT_TRUE(told_apart("look_from_the_right", "count", Nat(5), Nat(6)));
}

TEST(VarTold, ComparisonOfTwoVariablesTellsOneBit) {
  EXPECT_FALSE(told_apart("look_at_both", "count", Nat(1), Nat(4)));
  EXPECT_FALSE(told_apart("look_at_both", "limit", Nat(1), Nat(4)));
  EXPECT_TRUE(told_apart("look_at_both", "count", Nat(4), Nat(5)));
  EXPECT_TRUE(told_apart("look_at_both", "limit", Nat(0), Nat(1)));
}

TEST(VarTold, ChangingInPlaceTellsNothing) {
  EXPECT_FALSE(told_apart("add", "count", Nat(1), Nat(77)));
}

TEST(VarTold, WritingTellsNothingAndReadingItBackNeither) {
  EXPECT_FALSE(told_apart("write", "count", Nat(1), Nat(77)));
}

TEST(VarTold, OperandThatIsAVariableIsTold) {
  EXPECT_TRUE(told_apart("add_other", "limit", Nat(1), Nat(2)));
  EXPECT_FALSE(told_apart("add_other", "count", Nat(1), Nat(2)));
}

TEST(VarTold, UpdateTellsWhatItsFunctionReturns) {
  EXPECT_TRUE(told_apart("pop", "items", Items{1, 2}, Items{1, 3}));
  EXPECT_FALSE(told_apart("pop", "items", Items{1, 2}, Items{5, 6, 2}));
}

TEST(VarTold, UpdateThatReturnsNothingTellsNothing) {
  EXPECT_FALSE(told_apart("push", "items", Items{1, 2}, Items{}));
}

TEST(VarTold, ContainsAndEmptyTellOneBit) {
  EXPECT_FALSE(told_apart("has", "items", Items{3, 2}, Items{1, 3, 3}));
  EXPECT_TRUE(told_apart("has", "items", Items{3}, Items{2}));
  EXPECT_FALSE(told_apart("empty", "items", Items{3, 2}, Items{1}));
  EXPECT_TRUE(told_apart("empty", "items", Items{3, 2}, Items{}));
}

TEST(VarTold, SizeTellsTheSize) {
  EXPECT_FALSE(told_apart("sizes", "items", Items{3, 2}, Items{1, 1}));
  EXPECT_TRUE(told_apart("sizes", "items", Items{3, 2}, Items{1}));
}

TEST(VarTold, ElementIsToldAlone) {
  EXPECT_FALSE(told_apart("second", "items", Items{3, 2}, Items{1, 2, 5}));
  EXPECT_TRUE(told_apart("second", "items", Items{3, 2}, Items{3, 1}));
}

TEST(VarTold, IterationAndArrowTellTheValue) {
  EXPECT_TRUE(told_apart("sum", "items", Items{1, 2}, Items{2, 1}));
  EXPECT_TRUE(told_apart("part", "corner", std::pair(Nat(1), Nat(2)), std::pair(Nat(1), Nat(3))));
}

TEST(VarTold, AskTellsWhatItsFunctionReturns) {
  EXPECT_FALSE(told_apart("asked", "count", Nat(1), Nat(3)));
  EXPECT_TRUE(told_apart("asked", "count", Nat(1), Nat(2)));
}

TEST(Var, MemoBranchesOnTheValueThoughNothingIsTold) {
  Bench<Shelf> bench;
  bench.set("count", Nat(10));
  EXPECT_EQ(bench.written<Nat>(bench.start("add"), "count"), Nat(15));
  bench.set("count", Nat(20));
  EXPECT_EQ(bench.written<Nat>(bench.start("add"), "count"), Nat(25));
}

TEST(Var, ChangingInPlaceTrapsWhereTheNumberWould) {
  Bench<Shelf> bench;
  const Effects effects = bench.start("take", Nat(2));
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_NE(bench.text(effects).find("underflow"), std::string::npos);
  EXPECT_TRUE(effects.writes.empty());
}

TEST(Var, EachAwaitLooksAnew) {
  for (const bool replay : {false, true}) {
    Bench<Shelf> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("kept_value");
    bench.set("count", Nat(30));
    const Effects second = bench.resume(first, {bench.reply()});
    EXPECT_EQ(bench.replied<Nat>(second), 31U);
  }
}

TEST(Var, ReplayGivesWhatWasToldNotWhatIsThereNow) {
  Bench<Shelf> bench;
  bench.always_replay();
  const Effects first = bench.start("pop");
  bench.set("items", Items{9});
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply()})), 3U);
}

TEST(Var, AccessesAreRecordedInOrderWithTheirPlaces) {
  Bench<Shelf> bench;
  const Effects effects = bench.start("read");
  ASSERT_EQ(effects.accesses.size(), 3U);
  EXPECT_EQ(effects.accesses[0].kind, Access::Kind::kTold);
  EXPECT_EQ(effects.accesses[0].subject.variable, bench.number("count"));
  EXPECT_NE(effects.accesses[0].site, nullptr);
  EXPECT_EQ(effects.accesses[1].kind, Access::Kind::kWritten);
  EXPECT_NE(effects.accesses[1].site, effects.accesses[0].site);
  EXPECT_EQ(effects.accesses[2].kind, Access::Kind::kSent);
  EXPECT_NE(effects.accesses[2].where.line(), 0U);
}

class Accounts : public Canister {
 public:
  explicit Accounts(Nat alice) { balances.put("alice", alice); }

  Update<> pause() { co_return; }

  Update<bool> known(std::string who) {
    const bool there = balances.contains(who);
    co_await call(self(), &Accounts::pause);
    co_return there;
  }

  Update<Nat> balance(std::string who) {
    const Nat amount = balances.get_or(who, 0);
    co_await call(self(), &Accounts::pause);
    co_return amount;
  }

  Update<> credit(std::string who, Nat amount) {
    balances[who] += amount;
    co_await call(self(), &Accounts::pause);
  }

  Update<bool> poor(std::string who) {
    const bool less = balances[who] < 10;
    co_await call(self(), &Accounts::pause);
    co_return less;
  }

  Update<> close(std::string who) {
    balances.erase(who);
    co_return;
  }

  Update<Nat> count() {
    const std::size_t size = balances.size();
    co_await call(self(), &Accounts::pause);
    co_return size;
  }

  Update<bool> nobody() {
    const bool none = balances.empty();
    co_await call(self(), &Accounts::pause);
    co_return none;
  }

  Update<std::string> everybody() {
    std::string all;
    for (const auto& [name, amount] : balances) {
      all += name + "=" + amount.to_string() + " ";
    }
    co_await call(self(), &Accounts::pause);
    co_return all;
  }

  Update<std::string> insert_and_iterate() {
    balances.put("carol", 3);
    balances.erase("alice");
    std::string all;
    for (const std::string& name : balances.keys()) {
      all += name + " ";
    }
    balances["dave"] = 4;
    for (const std::string& name : balances.keys()) {
      all += name + " ";
    }
    co_await call(self(), &Accounts::pause);
    co_return all;
  }

  Update<Nat> demand(std::string who) { co_return balances.at(who); }

  VarMap<std::string, Nat> balances{this, "balances", {{"bob", 5}}};
  HEDDLE_CANISTER(Accounts, pause, known, balance, credit, poor, close, count, nobody, everybody,
                  insert_and_iterate, demand)
};

LogId log_after(const std::string& method, const std::string& who, Nat alice) {
  static Bench<Accounts> bench{Nat(0)};
  Bench<Accounts> other{alice};
  bench.source.variables = {};
  for (const auto& [place, value] : other.source.variables) {
    const auto translate = [&](ValueId id) {
      return id == 0 ? 0 : bench.tables.values.intern(other.tables.values[id]);
    };
    if (place.second.key != Subject::kKeySet) {
      bench.source.variables[{0, {place.second.variable, translate(place.second.key)}}] =
          translate(value);
    }
  }
  return bench.start(method, who).log;
}

TEST(VarMap, InitialEntriesComeFromListAndConstructor) {
  Bench<Accounts> bench{Nat(12)};
  const Effects first = bench.start("everybody");
  EXPECT_EQ(bench.replied<std::string>(bench.resume(first, {bench.reply()})), "alice=12 bob=5 ");
}

TEST(VarMap, LookUpThatFindsNothingIsAnObservation) {
  Bench<Accounts> bench{Nat(12)};
  const Effects first = bench.start("known", std::string("zoe"));
  ASSERT_FALSE(first.accesses.empty());
  EXPECT_EQ(first.accesses[0].kind, Access::Kind::kTold);
  EXPECT_EQ(bench.tables.values[first.accesses[0].subject.key], to_bytes(std::string("zoe")));
  EXPECT_FALSE(bench.replied<bool>(bench.resume(first, {bench.reply()})));
}

TEST(VarMap, ContainsAndComparisonOfAnEntryTellOneBit) {
  EXPECT_EQ(log_after("known", "alice", 1), log_after("known", "alice", 2));
  EXPECT_EQ(log_after("poor", "alice", 1), log_after("poor", "alice", 2));
  EXPECT_NE(log_after("poor", "alice", 1), log_after("poor", "alice", 20));
  EXPECT_NE(log_after("balance", "alice", 1), log_after("balance", "alice", 2));
}

TEST(VarMap, CreditTellsNothingAndMakesTheKey) {
  EXPECT_EQ(log_after("credit", "alice", 1), log_after("credit", "alice", 2));
  Bench<Accounts> bench{Nat(12)};
  const Effects effects = bench.start("credit", std::string("zoe"), Nat(3));
  ASSERT_EQ(effects.writes.size(), 1U);
  EXPECT_EQ(bench.tables.values[effects.writes[0].second], to_bytes(Nat(3)));
  // The set of keys was written too.
  ASSERT_GE(effects.accesses.size(), 2U);
  EXPECT_EQ(effects.accesses[1].subject.key, Subject::kKeySet);
}

TEST(VarMap, ChangingAnEntryThatIsThereLeavesTheKeySetAlone) {
  Bench<Accounts> bench{Nat(12)};
  const Effects effects = bench.start("credit", std::string("alice"), Nat(3));
  for (const Access& access : effects.accesses) {
    EXPECT_NE(access.subject.key, Subject::kKeySet);
  }
}

TEST(VarMap, EraseRemovesTheKey) {
  Bench<Accounts> bench{Nat(12)};
  bench.commit(bench.start("close", std::string("alice")));
  const Effects first = bench.start("everybody");
  EXPECT_EQ(bench.replied<std::string>(bench.resume(first, {bench.reply()})), "bob=5 ");
}

TEST(VarMap, SizeAndEmptyObserveTheKeySet) {
  Bench<Accounts> bench{Nat(12)};
  const Effects first = bench.start("count");
  EXPECT_EQ(first.accesses.at(0).subject.key, Subject::kKeySet);
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply()})), 2U);
  const Effects none = bench.start("nobody");
  EXPECT_EQ(none.accesses.at(0).subject.key, Subject::kKeySet);
  EXPECT_FALSE(bench.replied<bool>(bench.resume(none, {bench.reply()})));
}

TEST(VarMap, IterationSeesTheExecutionsOwnInsertionsInOrderOfKeys) {
  for (const bool replay : {false, true}) {
    Bench<Accounts> bench{Nat(12)};
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("insert_and_iterate");
    EXPECT_EQ(bench.replied<std::string>(bench.resume(first, {bench.reply()})),
              "bob carol bob carol dave ");
  }
}

TEST(VarMap, AtTrapsByNameOfTheKey) {
  Bench<Accounts> bench{Nat(12)};
  const Effects effects = bench.start("demand", std::string("zoe"));
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_EQ(bench.text(effects), "no key \"zoe\" in balances");
}

TEST(Var, IsNeitherCopyableNorMovable) {
  static_assert(!std::is_copy_constructible_v<Var<Nat>>);
  static_assert(!std::is_move_constructible_v<Var<Nat>>);
  static_assert(!std::is_copy_assignable_v<Var<Nat>>);
  static_assert(!std::is_move_assignable_v<Var<Nat>>);
  static_assert(!std::is_copy_constructible_v<VarMap<Nat, Nat>>);
}

}  // namespace
}  // namespace heddle
