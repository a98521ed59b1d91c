// The definitions of atomicity, pattern by pattern, and the automata against brute force.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/properties/atomicity.h>

namespace heddle {
namespace {

constexpr std::uint32_t kBalance = 0;
constexpr std::uint32_t kGuard = 1;
constexpr std::uint32_t kMap = 2;

using Records = std::vector<std::optional<AccessRecord>>;

/// One context's executions, written as in a story: `alice.starts().told(kBalance).suspends()`.
class Story {
 public:
  class Piece {
   public:
    explicit Piece(AccessRecord& record) : record_(record) {}

    Piece& told(std::uint32_t variable, std::uint32_t key = 0) {
      return add(Access::Kind::kTold, variable, key);
    }

    Piece& writes(std::uint32_t variable, std::uint32_t key = 0) {
      return add(Access::Kind::kWritten, variable, key);
    }

    Piece& changes(std::uint32_t variable, std::uint32_t key = 0) {
      return add(Access::Kind::kModified, variable, key);
    }

    Piece& sends() { return add(Access::Kind::kSent, 0, 0); }

    /// The execution ends in an await; without it the context ends here.
    Piece& suspends() {
      record_.goes_on = true;
      return *this;
    }

   private:
    Piece& add(Access::Kind kind, std::uint32_t variable, std::uint32_t key) {
      Access access;
      access.kind = kind;
      access.subject = {variable, key};
      record_.accesses.push_back(access);
      return *this;
    }

    AccessRecord& record_;
  };

  Piece runs(ContextId context) {
    AccessRecord record;
    record.context = context;
    record.started = started_.insert(context).second;
    records_.emplace_back(std::move(record));
    return Piece(*records_.back());
  }

  [[nodiscard]] const Records& records() const { return records_; }

  /// Patterns of a plain variable that brute force finds, as text.
  [[nodiscard]] std::multiset<std::string> races(std::vector<VariableGroup> groups = {}) const {
    std::multiset<std::string> found;
    for (const FoundRace& race : find_races(records_, groups)) {
      found.insert(std::string(to_string(race.pattern)));
    }
    return found;
  }

 private:
  Records records_;
  std::set<ContextId> started_;
};

using Set = std::multiset<std::string>;
constexpr ContextId kAlice = 1;
constexpr ContextId kBob = 2;

TEST(StaleWrite, IsReportedWhenAnotherWroteBetweenReadAndWrite) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).told(kBalance).writes(kBalance);
  story.runs(kAlice).writes(kBalance);
  const auto races = find_races(story.records());
  ASSERT_EQ(races.size(), 2U);  // in start order it would have been written first: a late write too
  EXPECT_EQ(races[0].pattern, RacePattern::kStaleWrite);
  EXPECT_EQ(races[0].overtaken, kAlice);
  EXPECT_EQ(races[0].intruder, kBob);
  EXPECT_EQ(races[0].told_step, 0U);
  EXPECT_EQ(races[0].intruder_step, 1U);
  EXPECT_EQ(races[0].step, 2U);
}

TEST(StaleWrite, IsReportedWhenTheOtherOnlyChangedByADelta) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).changes(kBalance);
  story.runs(kAlice).writes(kBalance);
  EXPECT_EQ(story.races(), (Set{"stale write", "late write"}));
}

TEST(StaleWrite, IsNoneWhenTheContextLooksAgain) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).told(kBalance).writes(kBalance).sends();
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleWrite, IsNoneWhenTheContextOnlyAppliesADelta) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).changes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleWrite, IsNoneWhenTheOtherWasRolledBack) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob);  // a rolled-back execution has no operations that count
  story.runs(kAlice).writes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleWrite, IsNoneWithinOneExecution) {
  Story story;
  story.runs(kBob).writes(kBalance).suspends();
  story.runs(kAlice).told(kBalance).writes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleCheck, IsReportedWhenTheContextSendsOnAnOutdatedAnswer) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).changes(kBalance);
  story.runs(kAlice).sends().suspends();
  EXPECT_EQ(story.races(), (Set{"stale check"}));
}

TEST(StaleCheck, IsReportedWhenTheContextWritesAnotherVariable) {
  Story story;
  story.runs(kAlice).told(kBalance).suspends();
  story.runs(kBob).changes(kBalance);
  story.runs(kAlice).writes(kGuard);
  EXPECT_EQ(story.races(), (Set{"stale check"}));
}

TEST(StaleCheck, IsNoneForReleasingAGuardThatNobodyElseWrote) {
  Story story;
  story.runs(kAlice).told(kGuard).writes(kGuard).told(kBalance).suspends();
  story.runs(kBob).changes(kBalance);
  story.runs(kAlice).writes(kGuard);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleCheck, IsReportedForReleasingAGuardThatAnotherTook) {
  Story story;
  story.runs(kAlice).writes(kGuard).told(kBalance).suspends();
  story.runs(kBob).writes(kGuard).changes(kBalance).suspends();
  story.runs(kAlice).writes(kGuard);
  EXPECT_EQ(story.races(), (Set{"stale check"}));
}

TEST(StaleCheck, IsNoneWhenTheContextOnlyReplies) {
  Story story;
  story.runs(kAlice).told(kBalance).changes(kBalance).suspends();
  story.runs(kBob).changes(kBalance);
  story.runs(kAlice);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleCheck, OfOneKeyIsNotCausedByAnotherKey) {
  Story story;
  story.runs(kAlice).told(kMap, 7).suspends();
  story.runs(kBob).writes(kMap, 8);
  story.runs(kAlice).writes(kMap, 7);
  EXPECT_EQ(story.races(), Set{});
}

TEST(StaleCheck, OfTheKeySetIsCausedByAnInsertion) {
  Story story;
  story.runs(kAlice).told(kMap, Subject::kKeySet).suspends();
  story.runs(kBob).changes(kMap, Subject::kKeySet).writes(kMap, 8);
  story.runs(kAlice).sends();
  EXPECT_EQ(story.races(), (Set{"stale check"}));
}

TEST(LateWrite, IsReportedWhenALaterCallWroteFirst) {
  Story story;
  story.runs(kAlice).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).writes(kBalance);
  EXPECT_EQ(story.races(), (Set{"late write"}));
}

TEST(LateWrite, IsNoneWhenTheOtherCallStartedBefore) {
  Story story;
  story.runs(kBob).suspends();
  story.runs(kAlice).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).writes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(LateWrite, IsNoneWhenTheContextWroteBeforeItsAwait) {
  Story story;
  story.runs(kAlice).writes(kBalance).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).writes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(LateWrite, IsNoneWhenTheContextLooksAgain) {
  Story story;
  story.runs(kAlice).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).told(kBalance).writes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

TEST(LateWrite, IsNoneForADelta) {
  Story story;
  story.runs(kAlice).suspends();
  story.runs(kBob).writes(kBalance);
  story.runs(kAlice).changes(kBalance);
  EXPECT_EQ(story.races(), Set{});
}

const std::vector<VariableGroup> kGroup{{0, {kBalance, kGuard}}};

TEST(TornGroup, IsReportedWhenAnotherIsToldOneHalfInBetween) {
  Story story;
  story.runs(kAlice).writes(kBalance).suspends();
  story.runs(kBob).told(kGuard);
  story.runs(kAlice).writes(kGuard);
  EXPECT_EQ(story.races(kGroup), (Set{"torn group"}));
}

TEST(TornGroup, IsReportedForHalvesThatAreDeltas) {
  Story story;
  story.runs(kAlice).changes(kBalance).suspends();
  story.runs(kBob).told(kBalance);
  story.runs(kAlice).changes(kGuard);
  EXPECT_EQ(story.races(kGroup), (Set{"torn group"}));
}

TEST(TornGroup, IsNoneWhenBothHalvesAreWrittenInOneExecution) {
  Story story;
  story.runs(kAlice).writes(kBalance).writes(kGuard).suspends();
  story.runs(kBob).told(kGuard).told(kBalance);
  story.runs(kAlice).writes(kBalance).writes(kGuard);
  EXPECT_EQ(story.races(kGroup), Set{});
}

TEST(TornGroup, IsNoneWhenNobodyLooksInBetween) {
  Story story;
  story.runs(kAlice).writes(kBalance).suspends();
  story.runs(kBob).changes(kMap);
  story.runs(kAlice).writes(kGuard);
  story.runs(kBob + 1).told(kBalance);
  EXPECT_EQ(story.races(kGroup), Set{});
}

TEST(Atomicity, ATaskThatReusesANameKnowsNothingOfItsPredecessor) {
  Records records;
  AccessRecord first;
  first.context = kAlice;
  first.started = true;
  first.accesses.push_back({Access::Kind::kTold, {kBalance, 0}, 0, nullptr, {}});
  AccessRecord other = first;
  other.context = kBob;
  other.accesses[0].kind = Access::Kind::kWritten;
  AccessRecord second = first;
  second.accesses[0].kind = Access::Kind::kWritten;
  records = {first, other, second};
  EXPECT_TRUE(find_races(records).empty());
  AutomatonMemory memory;
  for (const auto& record : records) {
    EXPECT_FALSE(automata::atomic(memory, kBalance, false, *record));
  }
  EXPECT_TRUE(memory.empty());
}

TEST(Atomicity, TheMemoryIsEmptyWhenAllContextsHaveEnded) {
  Story story;
  story.runs(kAlice).told(kBalance).writes(kGuard).suspends();
  story.runs(kBob).told(kGuard);
  story.runs(kAlice).changes(kBalance);
  AutomatonMemory atomic_memory;
  AutomatonMemory order_memory;
  AutomatonMemory group_memory;
  for (const auto& record : story.records()) {
    automata::atomic(atomic_memory, kBalance, false, *record);
    automata::in_start_order(order_memory, kBalance, false, *record);
    automata::together(group_memory, {kBalance, kMap}, *record);
  }
  EXPECT_TRUE(atomic_memory.empty());
  EXPECT_TRUE(order_memory.empty());
  EXPECT_TRUE(group_memory.empty());
}

TEST(Atomicity, StartOrderIsForgottenWhereItCannotMatter) {
  const auto memory_of = [](ContextId first, ContextId second) {
    Story story;
    story.runs(first).writes(kBalance).suspends();
    story.runs(second).writes(kBalance).suspends();
    AutomatonMemory memory;
    for (const auto& record : story.records()) {
      automata::in_start_order(memory, kBalance, false, *record);
    }
    return memory;
  };
  EXPECT_EQ(memory_of(kAlice, kBob), memory_of(kBob, kAlice));
}

/// A run of up to five contexts (each name used again by a later context now and then) over two
/// plain variables and a map.
Records random_run() {
  Records records;
  std::set<ContextId> suspended;
  const int length = *rc::gen::inRange(1, 25);
  for (int i = 0; i < length; ++i) {
    if (*rc::gen::inRange(0, 12) == 0) {
      records.emplace_back();
      continue;
    }
    AccessRecord record;
    record.context = *rc::gen::inRange<ContextId>(1, 6);
    record.canister = *rc::gen::inRange(0, 10) == 0 ? 1 : 0;
    if (record.canister == 1) {
      record.context += 100;
    }
    record.started = !suspended.contains(record.context);
    record.goes_on = *rc::gen::inRange(0, 4) != 0;
    if (record.goes_on) {
      suspended.insert(record.context);
    } else {
      suspended.erase(record.context);
    }
    const int operations = *rc::gen::inRange(0, 4);
    for (int o = 0; o < operations; ++o) {
      Access access;
      access.kind = *rc::gen::elementOf(std::vector<Access::Kind>{
          Access::Kind::kTold, Access::Kind::kTold, Access::Kind::kWritten, Access::Kind::kWritten,
          Access::Kind::kModified, Access::Kind::kSent});
      if (access.kind != Access::Kind::kSent) {
        access.subject.variable = *rc::gen::inRange<std::uint32_t>(0, 3);
        if (access.subject.variable == kMap) {
          access.subject.key =
              *rc::gen::elementOf(std::vector<std::uint32_t>{7, 8, 7, 8, Subject::kKeySet});
          if (access.subject.key == Subject::kKeySet && access.kind == Access::Kind::kWritten) {
            access.kind = Access::Kind::kModified;
          }
        }
      }
      record.accesses.push_back(access);
    }
    records.emplace_back(std::move(record));
  }
  return records;
}

using Advance = std::function<std::optional<RaceSeen>(AutomatonMemory&, const AccessRecord&)>;

/// The first step at which the automaton answers, and its answer.
std::optional<std::pair<std::size_t, RaceSeen>> first_seen(const Records& records,
                                                           const Advance& advance) {
  AutomatonMemory memory;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->canister != 0) {
      continue;
    }
    if (const auto seen = advance(memory, *records[i])) {
      return {{i, *seen}};
    }
  }
  return std::nullopt;
}

/// Every race of the first step at which brute force finds one of these.
template <class Ours>
std::vector<FoundRace> first_found(const Records& records, std::span<const VariableGroup> groups,
                                   const Ours& ours) {
  std::vector<FoundRace> first;
  for (const FoundRace& race : find_races(records, groups)) {
    if (race.canister == 0 && ours(race) && (first.empty() || first[0].step == race.step)) {
      first.push_back(race);
    }
  }
  return first;
}

void expect_same(const std::optional<std::pair<std::size_t, RaceSeen>>& seen,
                 const std::vector<FoundRace>& found) {
  RC_ASSERT(seen.has_value() == !found.empty());
  if (!seen) {
    return;
  }
  RC_ASSERT(seen->first == found[0].step);
  RC_ASSERT(seen->second.context == found[0].overtaken);
  RC_ASSERT(std::ranges::any_of(found, [&](const FoundRace& race) {
    // Of a torn group brute force names what the last intruder was told, the automaton any one.
    return race.pattern == seen->second.pattern &&
           (race.pattern == RacePattern::kTornGroup || race.subject == seen->second.subject);
  }));
}

RC_GTEST_PROP(AtomicAutomaton, AgreesWithBruteForce, ()) {
  const Records records = random_run();
  for (const std::uint32_t variable : {kBalance, kMap}) {
    const auto seen = first_seen(records, [&](AutomatonMemory& memory, const AccessRecord& record) {
      return automata::atomic(memory, variable, variable == kMap, record);
    });
    const auto found = first_found(records, {}, [&](const FoundRace& race) {
      return race.subject.variable == variable &&
             (race.pattern == RacePattern::kStaleWrite || race.pattern == RacePattern::kStaleCheck);
    });
    RC_CLASSIFY(seen.has_value(), "race");
    expect_same(seen, found);
  }
}

RC_GTEST_PROP(InStartOrderAutomaton, AgreesWithBruteForce, ()) {
  const Records records = random_run();
  for (const std::uint32_t variable : {kBalance, kMap}) {
    const auto seen = first_seen(records, [&](AutomatonMemory& memory, const AccessRecord& record) {
      return automata::in_start_order(memory, variable, variable == kMap, record);
    });
    const auto found = first_found(records, {}, [&](const FoundRace& race) {
      return race.subject.variable == variable && race.pattern == RacePattern::kLateWrite;
    });
    RC_CLASSIFY(seen.has_value(), "race");
    expect_same(seen, found);
  }
}

RC_GTEST_PROP(TogetherAutomaton, AgreesWithBruteForce, ()) {
  const Records records = random_run();
  for (const VariableGroup& group : std::vector<VariableGroup>{
           {0, {kBalance, kGuard}}, {0, {kBalance, kMap}}, {0, {kBalance, kGuard, kMap}}}) {
    const auto seen = first_seen(records, [&](AutomatonMemory& memory, const AccessRecord& record) {
      return automata::together(memory, group.variables, record);
    });
    const auto found = first_found(records, std::span(&group, 1), [&](const FoundRace& race) {
      return race.pattern == RacePattern::kTornGroup;
    });
    RC_CLASSIFY(seen.has_value(), "race");
    expect_same(seen, found);
  }
}

}  // namespace
}  // namespace heddle
