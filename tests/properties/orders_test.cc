// Linearisable, sequentially consistent, serialisable against brute force: every schedule of
// generated workloads is gone through, its history written down, and every order of its calls
// tried, by code that shares nothing with the properties but the history.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/future.h>
#include <heddle/model/language.h>
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

namespace heddle {
namespace {

class Log : public Canister {
 public:
  Update<> note() { co_return; }

  HEDDLE_CANISTER(Log, note)
};

/// What a method does badly, as bits of its argument `how`.
enum How : std::uint32_t {
  kAwaitsFirst = 1,
  kAwaitsLast = 2,
  kStale = 4,    ///< goes on with what it read before the first await
  kRejects = 8,  ///< after all is done
  kTraps = 16,   ///< instead of its answer
  kRejectsFirst = 32
};

constexpr std::uint32_t kHows = 64;
/// From here on a counter counts no more.
constexpr std::uint32_t kFull = 2;

/// A number, kept with more or less care.
class Keeper : public Canister {
 public:
  explicit Keeper(Ref<Log> log) : log_(log) {}

  Update<Nat32> inc(Nat32 how) {
    const Nat32 before = value;
    if (has(how, kRejectsFirst) || before >= Nat32(kFull)) {
      throw Reject("full");
    }
    if (has(how, kAwaitsFirst)) {
      co_await call(log_, &Log::note);
    }
    const Nat32 counted = has(how, kStale) ? before + Nat32(1) : value + Nat32(1);
    value = counted;
    if (has(how, kAwaitsLast)) {
      co_await call(log_, &Log::note);
    }
    end(how);
    co_return counted;
  }

  Update<> set(Nat32 how, Nat32 to) {
    if (has(how, kRejectsFirst)) {
      throw Reject("no");
    }
    if (has(how, kAwaitsFirst)) {
      co_await call(log_, &Log::note);
    }
    value = to;
    if (has(how, kAwaitsLast)) {
      co_await call(log_, &Log::note);
    }
    end(how);
  }

  Update<Nat32> get(Nat32 how) {
    const Nat32 before = value;
    if (has(how, kAwaitsFirst)) {
      co_await call(log_, &Log::note);
    }
    co_return has(how, kStale) ? before : value.get();
  }

  Var<Nat32> value{this, "value", 0};
  HEDDLE_CANISTER(Keeper, inc, set, get)

 private:
  static bool has(const Nat32& how, How what) { return (how.value() & what) != 0; }

  static void end(const Nat32& how) {
    if (has(how, kTraps)) {
      trap("as told");
    }
    if (has(how, kRejects)) {
      throw Reject("as told");
    }
  }

  Ref<Log> log_;
};

/// What it should be.
struct KeeperSpec {
  // As large as a pointer: in a smaller object g++ 12 warns of the call through a pointer to a
  // member, which it takes for a virtual function's.
  alignas(void*) Nat32 value;

  Nat32 inc(const Nat32& /*how*/) {
    if (value >= Nat32(kFull)) {
      throw Reject("full");
    }
    value += Nat32(1);
    return value;
  }

  void set(const Nat32& /*how*/, const Nat32& to) { value = to; }

  [[nodiscard]] Nat32 get(const Nat32& /*how*/) const { return value; }
};

// ---- Brute force ------------------------------------------------------------------------------

enum class Does : std::uint8_t { kInc, kSet, kGet };

struct Drawn {
  Does does = Does::kInc;
  std::uint32_t how = 0;
  std::uint32_t to = 0;
};

/// One call of a history. Times are numbers of steps.
struct Called {
  Drawn drawn{};
  std::uint32_t user = 0;
  std::uint32_t number = 0;
  std::size_t start = 0;
  std::optional<std::size_t> answer{};
  RejectCode code = RejectCode::kNone;
  std::uint32_t reply = 0;
  bool undone = false;
};

/// What was drawn of a system, for both sides.
struct Workload {
  struct Script {
    ScriptOrder order = ScriptOrder::kAny;
    std::vector<Drawn> calls;
  };

  std::vector<Script> users;
  bool all_or_nothing = false;
  bool refused_as_specified = false;
};

enum class Kind : std::uint8_t { kLinearisable, kSequentially, kSerialisable };

/// Must it have happened, may it, must it have been refused, or is it nothing?
enum class Fate : std::uint8_t { kDone, kMaybe, kRefused, kNothing };

Fate fate_of(const Called& call, const Workload& workload, Kind kind) {
  if (!call.answer) {
    return Fate::kMaybe;
  }
  if (call.code == RejectCode::kNone) {
    return Fate::kDone;
  }
  if (call.undone && kind == Kind::kLinearisable) {
    return Fate::kNothing;
  }
  if (workload.refused_as_specified && call.code == RejectCode::kCanisterReject) {
    return Fate::kRefused;
  }
  return workload.all_or_nothing ? Fate::kNothing : Fate::kMaybe;
}

/// Serves one call after another.
bool serves(const std::vector<const Called*>& order, const Workload& workload, Kind kind) {
  std::uint32_t value = 0;
  for (const Called* call : order) {
    const Fate fate = fate_of(*call, workload, kind);
    const bool refuses = call->drawn.does == Does::kInc && value >= kFull;
    if (refuses != (fate == Fate::kRefused)) {
      // One of which nothing is known explains nothing by being refused.
      return false;
    }
    if (refuses) {
      continue;
    }
    std::uint32_t reply = 0;
    switch (call->drawn.does) {
      case Does::kInc:
        reply = ++value;
        break;
      case Does::kSet:
        value = call->drawn.to;
        break;
      case Does::kGet:
        reply = value;
        break;
    }
    if (fate == Fate::kDone && reply != call->reply) {
      return false;
    }
  }
  return true;
}

bool comes_before(const Called& first, const Called& second, const Workload& workload, Kind kind) {
  const Fate fate = fate_of(first, workload, kind);
  if (fate == Fate::kMaybe) {
    return false;  // it may come at any time later
  }
  switch (kind) {
    case Kind::kLinearisable:
      return first.answer && *first.answer < second.start;
    case Kind::kSequentially:
      return first.user == second.user && first.number < second.number &&
             workload.users[first.user].order != ScriptOrder::kAny;
    case Kind::kSerialisable:
      return false;
  }
  return false;
}

/// Tries every order of every choice of the calls that may have happened.
bool is_explained(const std::vector<Called>& history, const Workload& workload, Kind kind) {
  std::vector<const Called*> certain;
  std::vector<const Called*> maybe;
  for (const Called& call : history) {
    const Fate fate = fate_of(call, workload, kind);
    if (fate == Fate::kMaybe) {
      maybe.push_back(&call);
    } else if (fate != Fate::kNothing) {
      certain.push_back(&call);
    }
  }
  for (std::uint32_t chosen = 0; chosen < 1U << maybe.size(); ++chosen) {
    std::vector<const Called*> order = certain;
    for (std::size_t i = 0; i < maybe.size(); ++i) {
      if ((chosen >> i & 1U) != 0) {
        order.push_back(maybe[i]);
      }
    }
    std::ranges::sort(order);
    do {
      bool keeps = true;
      for (std::size_t i = 0; i < order.size() && keeps; ++i) {
        for (std::size_t j = i + 1; j < order.size() && keeps; ++j) {
          keeps = !comes_before(*order[j], *order[i], workload, kind);
        }
      }
      if (keeps && serves(order, workload, kind)) {
        return true;
      }
    } while (std::ranges::next_permutation(order).found);
  }
  return false;
}

// ---- Every schedule ---------------------------------------------------------------------------

Workload drawn(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  Workload workload;
  workload.all_or_nothing = below(2) == 0;
  workload.refused_as_specified = below(2) == 0;
  std::size_t calls = 0;
  for (std::uint32_t user = 0; user < 3 && calls < 4; ++user) {
    Workload::Script& script = workload.users.emplace_back();
    script.order = static_cast<ScriptOrder>(below(3));
    for (std::uint32_t i = 0; i <= below(2) && calls < 4; ++i, ++calls) {
      // Of the faults most calls have none.
      const std::uint32_t how = below(kHows) & (below(3) == 0 ? kHows - 1 : kAwaitsFirst | kStale);
      script.calls.push_back({static_cast<Does>(below(3)), how, below(3)});
    }
  }
  return workload;
}

template <class Spec>
Meaning<Spec> as_drawn(Meaning<Spec> meaning, const Workload& workload) {
  if (workload.all_or_nothing) {
    meaning = std::move(meaning).all_or_nothing();
  }
  if (workload.refused_as_specified) {
    meaning = std::move(meaning).refused_as_specified();
  }
  return meaning;
}

Setup described(const Workload& workload) {
  Scenario s("orders/test");
  const auto log = s.install<Log>("log");
  const auto keeper = s.install<Keeper>("keeper", log);
  for (std::size_t i = 0; i < workload.users.size(); ++i) {
    ScenarioUser user = s.user("user" + std::to_string(i));
    for (const Drawn& call : workload.users[i].calls) {
      switch (call.does) {
        case Does::kInc:
          user.calls(keeper, &Keeper::inc, Nat32(call.how));
          break;
        case Does::kSet:
          user.calls(keeper, &Keeper::set, Nat32(call.how), Nat32(call.to));
          break;
        case Does::kGet:
          user.calls(keeper, &Keeper::get, Nat32(call.how));
          break;
      }
    }
    if (workload.users[i].order == ScriptOrder::kInOrder) {
      user.in_order();
    } else if (workload.users[i].order == ScriptOrder::kThen) {
      user.then();
    }
  }
  s.profile(happy);
  const auto inc = as_drawn(means(keeper, &Keeper::inc, &KeeperSpec::inc), workload);
  const auto set = as_drawn(means(keeper, &Keeper::set, &KeeperSpec::set), workload);
  const auto get = as_drawn(means(keeper, &Keeper::get, &KeeperSpec::get), workload);
  s.linearisable("linearisable", KeeperSpec{}, inc, set, get);
  s.sequentially_consistent("sequentially", KeeperSpec{}, inc, set, get);
  s.serialisable("serialisable", KeeperSpec{}, inc, set, get);
  return s.build();
}

struct Compared {
  std::map<std::pair<std::string, bool>, std::uint64_t> verdicts;  ///< by property and result
  std::uint64_t undone = 0;
};

/// Goes through all schedules of a workload, depth-first and without a visited set.
class Schedules {
 public:
  Schedules(const Workload& workload, Compared& compared)
      : workload_(workload),
        compared_(compared),
        setup_(described(workload)),
        kernel_(setup_.system),
        stepper_(kernel_) {}

  void run() { go_on(kernel_.initial(), 0, {}, 0); }

 private:
  [[nodiscard]] const Property& property(std::string_view name) const {
    return **std::ranges::find(setup_.claims.properties, name,
                               [](const auto& one) { return one->name(); });
  }

  /// `memory` is that of "linearisable", until it is violated.
  void go_on(const StateVector& state, std::optional<LeafValue> memory,
             const std::vector<Called>& history, std::size_t depth) {
    std::vector<Event> events;
    stepper_.enabled(state, events);
    if (events.empty()) {
      judge_end(state, history);
    }
    for (const Event& event : events) {
      const Step& step = stepper_.step(state, event);
      StateVector next = state;
      Stepper::apply(next, step);
      const std::vector<Called> longer = with(history, step, depth);
      std::optional<LeafValue> after;
      if (memory) {
        after = property("linearisable").after(*memory, {kernel_, step});
        const bool answers =
            std::ranges::any_of(step.responses, [](const Response& one) { return one.to == 0; });
        note("linearisable", after.has_value(),
             !answers || is_explained(longer, workload_, Kind::kLinearisable));
      }
      go_on(next, after, longer, depth + 1);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }

  void judge_end(const StateVector& state, const std::vector<Called>& history) {
    StateSource source(kernel_, state);
    const State end(source, kernel_, state);
    note("sequentially", property("sequentially").holds(end),
         is_explained(history, workload_, Kind::kSequentially));
    note("serialisable", property("serialisable").holds(end),
         is_explained(history, workload_, Kind::kSerialisable));
  }

  void note(const std::string& name, bool holds, bool explained) {
    ASSERT_EQ(holds, explained) << name;
    ++compared_.verdicts[{name, holds}];
  }

  std::vector<Called> with(std::vector<Called> history, const Step& step, std::size_t time) {
    for (const Execution& execution : step.executions) {
      const ContextOrigin origin = kernel_.origin(execution.context);
      if (execution.started && origin.kind == ContextOrigin::Kind::kIngress) {
        history.push_back({.drawn = workload_.users[origin.user].calls[origin.number],
                           .user = origin.user,
                           .number = origin.number,
                           .start = time});
      }
    }
    for (const Response& response : step.responses) {
      if (response.to != 0) {
        continue;
      }
      const ContextOrigin origin = kernel_.origin(response.from);
      for (Called& call : history) {
        if (call.user == origin.user && call.number == origin.number) {
          call.answer = time;
          call.code = response.answer.code;
          call.undone = call.code == RejectCode::kCanisterError && call.start == time;
          compared_.undone += call.undone ? 1 : 0;
          if (response.answer.replied && call.drawn.does != Does::kSet) {
            call.reply = from_bytes<Nat32>(kernel_.tables().values[response.answer.value]).value();
          }
        }
      }
    }
    return history;
  }

  const Workload& workload_;
  Compared& compared_;
  Setup setup_;
  Kernel kernel_;
  Stepper stepper_;
};

TEST(Orders, AreThoseThatBruteForceFinds) {
  Compared compared;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const Workload workload = drawn(random);
    Schedules(workload, compared).run();
    if (HasFailure()) {
      return;
    }
  }
  // Both are seen often enough to be told apart.
  for (const char* name : {"linearisable", "sequentially", "serialisable"}) {
    EXPECT_GT((compared.verdicts[{name, true}]), 1000U) << name;
    EXPECT_GT((compared.verdicts[{name, false}]), 100U) << name;
  }
  EXPECT_GT(compared.undone, 0U);
}

}  // namespace
}  // namespace heddle
