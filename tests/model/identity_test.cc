// When two states are the same: what a call context was told is part of it, and nothing else;
// neither is the order in which things arrived.
#include <atomic>

#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

/// Each method of `Listener` makes one kind of observation and then waits for a call. Two schedules
/// that agree in everything else lead to states that differ in that context at most.
class Listener : public Canister {
 public:
  explicit Listener(Ref<Server> server) : server(server) {}

  Update<> reads() {
    look(number.get());
    co_await hold();
  }

  Update<> compares() {
    look(number < 5);
    co_await hold();
  }

  Update<> compares_two() {
    look(number < limit);
    co_await hold();
  }

  Update<> subtracts() {
    number -= 1;
    number += 1;
    co_await hold();
  }

  Update<> overwrites() {
    number = 7;
    co_await hold();
  }

  Update<> updates() {
    look(number.update([](Nat& n) -> Nat { return n % 2; }));
    co_await hold();
  }

  Update<> asks_for_the_size() {
    look(list.size());
    co_await hold();
  }

  Update<> asks_for_an_element() {
    look(list.contains(1));
    co_await hold();
  }

  Update<> looks_up() {
    look(map.get(1));
    co_await hold();
  }

  Update<> looks_for_the_key() {
    look(map.contains(1));
    co_await hold();
  }

  Update<> counts_the_keys() {
    look(map.size());
    co_await hold();
  }

  Update<> lists_the_keys() {
    for (const auto& entry : map) {
      look(entry);
    }
    co_await hold();
  }

  Update<> sends() {
    Future<Nat> held = call(server, &Server::serve, 9);
    look(try_call(self(), &Listener::echo, 0));
    co_await held;
  }

  Update<> receives() {
    const Outcome<Nat> seen = co_await outcome(call(self(), &Listener::get));
    look(seen);
    co_await hold();
  }

  Update<> asks_the_time() {
    look(time());
    co_await hold();
  }

  Update<> asks_the_timer() {
    look(timer());
    co_await hold();
  }

  Update<> asks_nothing() { co_await hold(); }

  Update<> asks_who() {
    look(caller());
    co_await hold();
  }

  Update<> makes_a_deferred() {
    const Deferred<Nat> made = make_deferred<Nat>();
    co_await hold();
  }

  /// The same in two ways: with an await, and without.
  Update<> awaits_now_in_reverse() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 1);
    co_await await_now(second);
    co_await await_now(first);
    co_await hold();
  }

  Update<> set(Nat n) {
    number = n;
    co_return;
  }

  Update<> set_list(std::vector<Nat> values) {
    list = values;
    co_return;
  }

  Update<> put(Nat key, Nat value) {
    map.put(key, value);
    co_return;
  }

  Update<> erase(Nat key) {
    map.erase(key);
    co_return;
  }

  /// Takes a slot of this canister to itself until the response is delivered.
  Update<> occupy() { co_await call(self(), &Listener::echo, 0); }

  Update<> arm() {
    set_timer(5);
    co_return;
  }

  Update<Nat> echo(Nat n) { co_return n; }

  Update<Nat> get() { co_return number; }

  TimerTask tick() { co_return; }

  const Ref<Server> server;
  Var<Nat> number{this, "number", 1};
  Var<Nat> limit{this, "limit", 5};
  Var<std::vector<Nat>> list{this, "list"};
  VarMap<Nat, Nat> map{this, "map"};
  HEDDLE_CANISTER(Listener, reads, compares, compares_two, subtracts, overwrites, updates,
                  asks_for_the_size, asks_for_an_element, looks_up, looks_for_the_key,
                  counts_the_keys, lists_the_keys, sends, receives, asks_the_time, asks_the_timer,
                  asks_nothing, asks_who, makes_a_deferred, awaits_now_in_reverse, set, set_list,
                  put, erase, occupy, arm, echo, get, tick)

 private:
  /// Where what was seen goes.
  template <class T>
  static void look(const T& /*seen*/) {}

  Star<> hold() { co_await call(server, &Server::serve, 9); }
};

struct ListenerSetting : Setting {
  explicit ListenerSetting() { system.limits[{listener.id(), listener.id()}] = 1; }

  Handle<Server> server = install<Server>("server");
  Handle<Listener> listener = install<Listener>("listener", server);
};

/// The leaves in which the states after two schedules differ.
std::vector<LeafKey> difference(Walk& walk, const Events& one, const Events& other) {
  const auto after = [&](const Events& events) {
    walk.state = walk.kernel.initial();
    for (const std::string& event : events) {
      walk.perform(event);
    }
    return walk.state;
  };
  const StateVector left = after(one);
  const StateVector right = after(other);
  std::vector<LeafKey> leaves;
  for (LeafPosition at = 0; at < std::max(left.size(), right.size()); ++at) {
    if (left[at] != right[at]) {
      leaves.push_back(walk.kernel.key(at));
    }
  }
  return leaves;
}

/// alice's context is all that differs.
testing::AssertionResult only_alice(Walk& walk, const std::vector<LeafKey>& leaves) {
  const LeafKey context{LeafKind::kContext, 0, walk.kernel.context_named("alice#1"), 0};
  return leaves == std::vector<LeafKey>{context}
             ? testing::AssertionSuccess()
             : testing::AssertionFailure() << leaves.size() << " leaves differ";
}

/// alice observes, before bob's change or after it; carol's change makes the rest the same again.
class Told {
 public:
  template <class M>
  explicit Told(M method) {
    s.call("alice", s.listener, method);
  }

  template <class M, class... A>
  Told& bob(M method, const A&... arguments) {
    s.call("bob", s.listener, method, arguments...);
    return *this;
  }

  template <class M, class... A>
  Told& carol(M method, const A&... arguments) {
    s.call("carol", s.listener, method, arguments...);
    return *this;
  }

  [[nodiscard]] bool differ() const {
    Walk walk(s);
    const auto leaves = difference(walk, {"start alice#1", "start bob#1", "start carol#1"},
                                   {"start bob#1", "start alice#1", "start carol#1"});
    if (!leaves.empty()) {
      EXPECT_TRUE(only_alice(walk, leaves));
    }
    return !leaves.empty();
  }

 private:
  ListenerSetting s;
};

bool differ_in_number(Update<> (Listener::*observe)(), const Nat& changed) {
  return Told(observe).bob(&Listener::set, changed).carol(&Listener::set, Nat(20)).differ();
}

TEST(Identity, AReadTellsTheValue) {
  EXPECT_TRUE(differ_in_number(&Listener::reads, 2));
  EXPECT_FALSE(differ_in_number(&Listener::reads, 1));
}

TEST(Identity, AComparisonTellsOneBit) {
  EXPECT_TRUE(differ_in_number(&Listener::compares, 6));
  EXPECT_FALSE(differ_in_number(&Listener::compares, 2));
  EXPECT_TRUE(differ_in_number(&Listener::compares_two, 6));
  EXPECT_FALSE(differ_in_number(&Listener::compares_two, 2));
}

TEST(Identity, ChangingInPlaceAndOverwritingTellNothing) {
  EXPECT_FALSE(differ_in_number(&Listener::subtracts, 2));
  EXPECT_FALSE(differ_in_number(&Listener::overwrites, 2));
}

TEST(Identity, AnUpdateTellsWhatItsFunctionReturns) {
  EXPECT_TRUE(differ_in_number(&Listener::updates, 2));
  EXPECT_FALSE(differ_in_number(&Listener::updates, 3));
}

TEST(Identity, WhatIsNotLookedAtIsNotTold) {
  EXPECT_FALSE(differ_in_number(&Listener::asks_nothing, 2));
}

TEST(Identity, AListTellsWhatWasAskedOfIt) {
  const auto differ = [](Update<> (Listener::*observe)(), const std::vector<Nat>& changed) {
    return Told(observe)
        .bob(&Listener::set_list, changed)
        .carol(&Listener::set_list, std::vector<Nat>{})
        .differ();
  };
  EXPECT_TRUE(differ(&Listener::asks_for_the_size, {4, 5}));
  EXPECT_TRUE(differ(&Listener::asks_for_an_element, {1, 2}));
  EXPECT_FALSE(differ(&Listener::asks_for_an_element, {2, 3}));
}

TEST(Identity, AMapTellsOfTheKeyThatWasLookedUp) {
  const auto differ = [](Update<> (Listener::*observe)(), const Nat& key) {
    return Told(observe).bob(&Listener::put, key, Nat(5)).carol(&Listener::erase, key).differ();
  };
  EXPECT_TRUE(differ(&Listener::looks_up, 1));
  EXPECT_FALSE(differ(&Listener::looks_up, 2));
  EXPECT_TRUE(differ(&Listener::looks_for_the_key, 1));
  EXPECT_FALSE(differ(&Listener::looks_for_the_key, 2));
  EXPECT_TRUE(differ(&Listener::counts_the_keys, 2));
  EXPECT_TRUE(differ(&Listener::lists_the_keys, 2));
}

TEST(Identity, WhetherASendWasAcceptedIsTold) {
  ListenerSetting s;
  s.call("alice", s.listener, &Listener::sends);
  s.call("bob", s.listener, &Listener::occupy);
  Walk walk(s);
  const Events bob{"start bob#1", "start listener>listener", "deliver bob#1/1"};
  const Events sent{"start alice#1", "start listener>listener", "deliver alice#1/2", bob[0], bob[1],
                    bob[2]};
  const Events failed{bob[0], "start alice#1", bob[1], bob[2]};
  EXPECT_TRUE(only_alice(walk, difference(walk, sent, failed)));
}

TEST(Identity, TheAnswerToACallIsTold) {
  ListenerSetting s;
  s.call("alice", s.listener, &Listener::receives);
  s.call("bob", s.listener, &Listener::set, 2);
  Walk walk(s);
  const Events before{"start alice#1", "start listener>listener", "deliver alice#1/1",
                      "start bob#1"};
  const Events after{"start alice#1", "start bob#1", "start listener>listener",
                     "deliver alice#1/1"};
  EXPECT_TRUE(only_alice(walk, difference(walk, before, after)));
}

TEST(Identity, TheTimeIsTold) {
  ListenerSetting s;
  s.system.clock = true;
  s.call("alice", s.listener, &Listener::asks_the_time);
  s.call("bob", s.listener, &Listener::arm);
  Walk walk(s);
  EXPECT_TRUE(only_alice(walk, difference(walk, {"start bob#1", "start alice#1", "time"},
                                          {"start bob#1", "time", "start alice#1"})));
}

TEST(Identity, TheTimerIsTold) {
  ListenerSetting s;
  s.call("alice", s.listener, &Listener::asks_the_timer);
  s.call("bob", s.listener, &Listener::arm);
  Walk walk(s);
  EXPECT_TRUE(only_alice(
      walk, difference(walk, {"start alice#1", "start bob#1"}, {"start bob#1", "start alice#1"})));
}

// A context's name says who called it and what it is called, so no two states can differ in these
// alone: contexts of two users are compared.
TEST(Identity, TheCallerAndTheContextsOwnNameAreToldToThoseWhoAskOnly) {
  const auto differ = [](Update<> (Listener::*observe)()) {
    ListenerSetting s;
    s.system.limit_default = 5;
    s.system.limits.clear();
    s.call("alice", s.listener, observe);
    s.call("bob", s.listener, observe);
    Walk walk(s, "start alice#1", "start bob#1");
    return walk.context("alice#1").log != walk.context("bob#1").log;
  };
  EXPECT_TRUE(differ(&Listener::asks_who));
  EXPECT_TRUE(differ(&Listener::makes_a_deferred));
  EXPECT_FALSE(differ(&Listener::asks_nothing));
}

TEST(Identity, AwaitNowLeavesTheSameLogInEitherOrderOfArrival) {
  ListenerSetting s;
  s.call("alice", s.listener, &Listener::awaits_now_in_reverse);
  Walk walk(s);
  const Events sent{"start alice#1", "start listener>server", "start listener>server"};
  const auto then = [&](const char* first, const char* second) {
    Events events = sent;
    events.insert(events.end(), {first, second});
    return events;
  };
  EXPECT_TRUE(difference(walk, then("deliver alice#1/1", "deliver alice#1/2"),
                         then("deliver alice#1/2", "deliver alice#1/1"))
                  .empty());
}

/// In the end asks for the first of a call that may be answered already and one that cannot be
/// sent.
class Poller : public RustCanister {
 public:
  Poller(Ref<Server> server, Ref<Server> full) : server(server), full(full) {}

  Update<> polls() {
    std::vector<Future<Nat>> two;
    two.push_back(call(server, &Server::serve, 1));
    two.push_back(call(server, &Server::serve, 1));
    co_await any(two);
    co_await call(server, &Server::serve, 1);
    {
      std::vector<Future<Nat>> last;
      last.push_back(std::move(two[1]));
      last.push_back(call(full, &Server::serve, 1));
      const Outcome<First<Nat>> first = co_await outcome(any(last));
      EXPECT_TRUE(!first || first->index == 0);
    }
    co_await call(server, &Server::serve, 1);
  }

  const Ref<Server> server;
  const Ref<Server> full;
  HEDDLE_CANISTER(Poller, polls)
};

TEST(Identity, WhetherACallIsCompleteIsToldToAPollThatAsks) {
  Setting s;
  const auto server = s.install<Server>("server");
  const auto full = s.install<Server>("full");
  const auto poller = s.install<Poller>("poller", server, full);
  s.system.limits[{poller.id(), full.id()}] = 0;
  s.call("alice", poller, &Poller::polls);
  Walk walk(s);
  const auto with = [](const char* first, const char* second) {
    return Events{"start alice#1",
                  "start poller>server",
                  "start poller>server",
                  "deliver alice#1/1",
                  "start poller>server",
                  first,
                  second};
  };
  EXPECT_TRUE(only_alice(walk, difference(walk, with("deliver alice#1/2", "deliver alice#1/3"),
                                          with("deliver alice#1/3", "deliver alice#1/2"))));
}

/// A destination without a memory of its own.
class Sink : public Canister {
 public:
  Update<> take() { co_return; }

  Update<> refuse() {
    throw Reject("busy");
    co_return;
  }

  HEDDLE_CANISTER(Sink, take, refuse)
};

class Account : public Canister {
 public:
  Account(Ref<Sink> left, Ref<Sink> right) : left(left), right(right) {}

  Update<> pay() {
    balance -= 1;
    co_await call(left, &Sink::take);
    co_await call(right, &Sink::take);
  }

  Update<Nat> retry_for_ever(Nat tries) {
    const Outcome<> done = co_await outcome(call(left, &Sink::refuse));
    if (done) {
      co_return tries;
    }
    co_return continue_as(&Account::retry_for_ever, tries);
  }

  Update<Nat> sequential_calls(Nat n) {
    Nat successful = 0;
    for (Nat i = 0; i < n; ++i) {
      co_await call(left, &Sink::take);
      ++successful;
    }
    co_return successful;
  }

  const Ref<Sink> left;
  const Ref<Sink> right;
  Var<Nat> balance{this, "balance", 100};
  HEDDLE_CANISTER(Account, pay, retry_for_ever, sequential_calls)
};

struct AccountSetting : Setting {
  Handle<Sink> left = install<Sink>("left");
  Handle<Sink> right = install<Sink>("right");
  Handle<Account> account = install<Account>("account", left, right);

  AccountSetting() { system.keep_results = false; }

  /// `count` users who each pay once.
  explicit AccountSetting(int count) : AccountSetting() {
    for (int i = 0; i < count; ++i) {
      call(fmt::format("user{}", i), account, &Account::pay);
    }
  }
};

// The counts are those of an independent explicit-state model of the same system.
TEST(Identity, ConcurrentCallsThatAreAllOverLeaveOneState) {
  const std::vector<std::size_t> states{256, 1'848, 14'384};
  for (int users = 3; users <= 5; ++users) {
    AccountSetting s(users);
    Walk walk(s);
    const auto explored = explore(walk);
    EXPECT_EQ(explored.terminal, 1U);
    EXPECT_EQ(explored.states, states[static_cast<std::size_t>(users - 3)]) << users << " users";
  }
}

TEST(Identity, IdenticalPendingCallsOfOneUserAreAMultiset) {
  AccountSetting s;
  for (int i = 0; i < 3; ++i) {
    s.call("alice", s.left, &Sink::take);
  }
  s.call("alice", s.left, &Sink::refuse);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"start alice#1", "start alice#4"}));
  EXPECT_EQ(explore(walk).states, 8U);
}

TEST(Identity, AMethodThatRetriesForEverHasFinitelyManyStates) {
  AccountSetting s;
  s.call("alice", s.account, &Account::retry_for_ever, 0);
  Walk walk(s);
  const auto explored = explore(walk);
  // Not started, asking, refused.
  EXPECT_EQ(explored.states, 3U);
  EXPECT_EQ(explored.terminal, 0U);
}

TEST(Identity, ALongSequenceOfCallsIsOneContext) {
  AccountSetting s;
  s.system.keep_results = true;
  s.call("alice", s.account, &Account::sequential_calls, 2000);
  Walk walk(s);
  std::size_t events = 0;
  for (auto all = walk.events(); !all.empty(); all = walk.events()) {
    Stepper::apply(walk.state, walk.stepper.step(walk.state, all.front()));
    EXPECT_LE(walk.in_flight(s.account, s.left), 1U);
    ++events;
  }
  EXPECT_EQ(events, 4001U);
  EXPECT_EQ(walk.result("alice#1"), "2000");
}

/// What the methods of one system are made of: awaits, traps, cleanup, failing sends.
struct MixedSetting : ListenerSetting {
  MixedSetting() {
    system.faults = faults_of(Profile::kStrictSpec);
    call("alice", listener, &Listener::awaits_now_in_reverse);
    call("bob", listener, &Listener::occupy);
    call("carol", listener, &Listener::compares);
    call("dave", listener, &Listener::set, 9);
  }
};

TEST(Memo, ChangesNothingThatCanBeSeen) {
  const auto explored = [](const Stepper::Options& options, bool replay_always) {
    MixedSetting s;
    if (replay_always) {
      for (const Installed& canister : s.system.canisters) {
        dynamic_cast<CoroutineProgram&>(*canister.program).set_options({.frames_max = 0});
      }
    }
    Walk walk(s, options);
    const Explored all = explore(walk, [&] {
      return walk.result("alice#1") + walk.result("bob#1") + walk.result("carol#1");
    });
    return std::tuple(all.states, all.transitions, all.terminal, all.outcomes);
  };
  const auto expected = explored({.memo = false}, false);
  EXPECT_GT(std::get<0>(expected), 1000U);
  EXPECT_EQ(explored({.memo = false}, true), expected);
  EXPECT_EQ(explored({.memo = true, .recheck_every = 0}, false), expected);
  EXPECT_EQ(explored({.memo = true, .recheck_every = 1}, false), expected);
  EXPECT_EQ(explored({.memo = true, .recheck_every = 1}, true), expected);
}

TEST(Memo, RunsCodeOnceForEachThingItCanObserve) {
  AccountSetting s(4);
  Walk walk(s);
  explore(walk);
  // Of each of the three pieces of `pay`: once for each balance that the first finds, and once for
  // all users after that; and once `take`.
  EXPECT_EQ(walk.stepper.statistics().pieces_run, 4U + 1U + 1U + 2U);
  EXPECT_GT(walk.stepper.statistics().pieces_recalled, 1000U);
}

/// Depends on something that is none of its canister's variables.
class Fickle : public Canister {
 public:
  explicit Fickle(Ref<Sink> sink) : sink(sink) {}

  Update<> calls_this_and_that() {
    if (runs().fetch_add(1) % 2 == 0) {
      co_await call(sink, &Sink::take);
    } else {
      co_await call(sink, &Sink::refuse);
    }
    co_await call(sink, &Sink::take);
  }

  Update<> counts() {
    number = runs().fetch_add(1);
    co_return;
  }

  Update<> looks_at_this_or_that() {
    if (runs().fetch_add(1) == 0) {
      number += 1;
    } else {
      other += 1;
    }
    co_return;
  }

  static std::atomic<unsigned>& runs() {
    static std::atomic<unsigned> count{0};
    return count;
  }

  const Ref<Sink> sink;
  Var<Nat> number{this, "number", 0};
  Var<Nat> other{this, "other", 0};
  HEDDLE_CANISTER(Fickle, calls_this_and_that, counts, looks_at_this_or_that)
};

struct FickleSetting : Setting {
  Handle<Sink> sink = install<Sink>("sink");
  Handle<Fickle> fickle = install<Fickle>("fickle", sink);

  std::string misuse(const Events& events) {
    Fickle::runs() = 0;
    Walk walk(*this, Stepper::Options{.memo = true, .recheck_every = 1});
    try {
      for (const std::string& event : events) {
        walk.perform(event);
      }
    } catch (const Misuse& found) {
      return found.what();
    }
    return "";
  }
};

TEST(Determinism, AReplayThatGoesAnotherWayIsMisuse) {
  FickleSetting s;
  dynamic_cast<CoroutineProgram&>(*s.system.canisters[1].program).set_options({.frames_max = 0});
  s.call("alice", s.fickle, &Fickle::calls_this_and_that);
  const std::string text = s.misuse({"start alice#1", "start fickle>sink", "deliver alice#1/1"});
  EXPECT_TRUE(text.starts_with("fickle.calls_this_and_that")) << text;
  EXPECT_NE(text.find("this method is not deterministic: run again with the same answers, it first "
                      "called sink.take, now called sink.refuse"),
            std::string::npos)
      << text;
}

TEST(Determinism, APieceThatDoesSomethingElseWhenItIsCheckedIsMisuse) {
  FickleSetting s;
  s.call("alice", s.fickle, &Fickle::counts);
  s.call("bob", s.fickle, &Fickle::counts);
  const std::string text = s.misuse({"start alice#1", "start bob#1"});
  EXPECT_TRUE(text.starts_with("fickle.counts: this method is not deterministic")) << text;
}

TEST(Determinism, APieceThatLooksAtSomethingElseFirstIsMisuse) {
  FickleSetting s;
  s.call("alice", s.fickle, &Fickle::looks_at_this_or_that);
  s.call("bob", s.fickle, &Fickle::looks_at_this_or_that);
  // What it saw first has changed, so for bob it runs again.
  const std::string text = s.misuse({"start alice#1", "start bob#1"});
  EXPECT_TRUE(text.starts_with("fickle.looks_at_this_or_that: this method is not deterministic"))
      << text;
}

}  // namespace
}  // namespace heddle::rules
