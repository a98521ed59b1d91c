// Calls, awaits and combinators, one context at a time: what is sent, awaited, told and given.
#include <gtest/gtest.h>

#include "model/bench.h"

namespace heddle {
namespace {

class Peer : public Canister {
 public:
  Update<Nat> get(Nat key) { co_return key; }

  Update<> ping() { co_return; }

  Query<std::string> name() const { co_return "peer"; }
  HEDDLE_CANISTER(Peer, get, ping, name)
};

const Ref<Peer> kPeer{1};

/// The same code under both dialects' rules.
template <class Base>
class Client : public Base {
 public:
  Update<Nat> later() {
    Future<Nat> value = call(kPeer, &Peer::get, 1);
    steps = 1;
    const Nat result = co_await value;
    co_return result;
  }

  Update<> drop() {
    const Future<Nat> dropped = call(kPeer, &Peer::get, 1);
    Future<> awaited = call(kPeer, &Peer::ping);
    co_await awaited;
  }

  Update<Nat> now() {
    Future<Nat> a = call(kPeer, &Peer::get, 1);
    Future<Nat> b = call(kPeer, &Peer::get, 2);
    const First<> first = co_await any_of_two();
    const Outcome<Nat> x = co_await outcome(await_now(a));
    const Outcome<Nat> y = co_await await_now(outcome(b));
    co_return first.index + (x ? *x : Nat(0)) + y.value_or(0);
  }

  Star<First<>> any_of_two() {
    std::vector<Future<>> pings;
    pings.push_back(call(kPeer, &Peer::ping));
    pings.push_back(call(kPeer, &Peer::ping));
    const First<> first = co_await any(pings);
    co_return first;
  }

  Update<Nat> sum() {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < 3; ++i) {
      calls.push_back(call(kPeer, &Peer::get, i));
    }
    const std::vector<Nat> values = co_await all(std::move(calls));
    Nat total = 0;
    for (const Nat& value : values) {
      total += value;
    }
    co_return total;
  }

  Update<std::string> mixed() {
    Future<Nat> number = call(kPeer, &Peer::get, 1);
    const auto [nothing, value, text] =
        co_await all(call(kPeer, &Peer::ping), number, call(kPeer, &Peer::name));
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(nothing)>, std::monostate>);
    co_return text + value.to_string();
  }

  Update<Nat> settled() {
    Future<Nat> a = call(kPeer, &Peer::get, 1);
    Future<> b = call(kPeer, &Peer::ping);
    const auto outcomes = co_await all_settled(a, b);
    const auto& [first, second] = outcomes;
    co_return (first ? 1 : 0) + (second ? 2 : 0);
  }

  Update<Nat> first_of_two_types() {
    Future<Nat> a = call(kPeer, &Peer::get, 1);
    Future<std::string> b = call(kPeer, &Peer::name);
    const std::variant<Nat, std::string> first = co_await any(a, b);
    co_return first.index() == 0 ? std::get<0>(first) : Nat(std::get<1>(first).size());
  }

  Update<std::string> caught() {
    std::vector<Future<Nat>> calls;
    calls.push_back(call(kPeer, &Peer::get, 1));
    calls.push_back(call(kPeer, &Peer::get, 2));
    const Outcome<std::vector<Nat>> values = co_await outcome(all(calls));
    co_return values ? "all" : values.reject().text;
  }

  Update<std::string> caught_star() {
    const Outcome<Nat> value = co_await outcome(helper(3));
    co_return value ? value->to_string() : value.reject().text;
  }

  Star<Nat> helper(Nat key) {
    if (key == 0) {
      throw Reject{"no key"};
    }
    const Nat value = co_await call(kPeer, &Peer::get, key);
    co_return value + 1;
  }

  Update<> ignoring() {
    ignore(call(kPeer, &Peer::get, 1));
    co_return;
  }

  Update<Nat> by_name() {
    const Nat value =
        co_await call<Nat>(Principal::named("nobody"), "get", Nat(1), std::string("x"));
    co_return value;
  }

  Update<Nat> tried() {
    Outcome<Future<Nat>> sent = try_call(kPeer, &Peer::get, 1);
    if (!sent) {
      co_return 100;
    }
    const Outcome<Nat> value = co_await outcome(*sent);
    co_return value ? 1 : 10;
  }

  Update<Nat> loop(Nat i) {
    const Nat value = co_await call(kPeer, &Peer::get, i);
    if (value > 100) {
      co_return value;
    }
    co_return continue_as(&Client::loop, i + 1);
  }

  Update<> forever() {
    co_await call(kPeer, &Peer::ping);
    steps = 1;
    co_return continue_as(&Client::forever);
  }

  Async<Nat> body(Nat x) { co_return x + 1; }

  Update<Nat> local() {
    const Nat value = co_await async(&Client::body, 4);
    co_return value;
  }

  Var<Nat> steps{this, "steps"};
  HEDDLE_CANISTER(Client, later, drop, now, sum, mixed, settled, first_of_two_types, caught,
                  caught_star, ignoring, by_name, tried, loop, forever, body, local)
};

using Motoko = Client<Canister>;
using Rust = Client<RustCanister>;

std::size_t accepted(const Effects& effects) {
  std::size_t count = 0;
  for (const Send& send : effects.sends) {
    count += send.accepted ? 1 : 0;
  }
  return count;
}

TEST(Future, MotokoSendsAtTheCallAndRustAtTheFirstPoll) {
  Bench<Motoko> motoko;
  motoko.source.slots = 0;
  EXPECT_FALSE(motoko.written<Nat>(motoko.start("later"), "steps"));
  Bench<Rust> rust;
  rust.source.slots = 0;
  EXPECT_EQ(rust.written<Nat>(rust.start("later"), "steps"), Nat(1));
}

TEST(Future, DroppedFutureReleasesItsCall) {
  Bench<Motoko> motoko;
  const Effects first = motoko.start("drop");
  EXPECT_EQ(accepted(first), 2U);
  const Effects second = motoko.resume(first, {motoko.reply()});
  EXPECT_EQ(second.released, std::vector<CallIndex>{0});
  Bench<Rust> rust;
  EXPECT_EQ(accepted(rust.start("drop")), 1U);
}

TEST(Future, IgnoredCallIsSentAndReleasedInBothDialects) {
  Bench<Motoko> motoko;
  const Effects in_motoko = motoko.start("ignoring");
  EXPECT_EQ(accepted(in_motoko), 1U);
  EXPECT_EQ(in_motoko.released, std::vector<CallIndex>{0});
  Bench<Rust> rust;
  const Effects in_rust = rust.start("ignoring");
  EXPECT_EQ(accepted(in_rust), 1U);
  EXPECT_EQ(in_rust.released, std::vector<CallIndex>{0});
}

TEST(Future, AwaitNowOfACompleteFutureGoesOnWithoutCommit) {
  for (const bool replay : {false, true}) {
    Bench<Motoko> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("now");
    EXPECT_EQ(first.await.kind, Await::Kind::kAny);
    EXPECT_EQ(first.await.calls, (std::vector<CallIndex>{2, 3}));
    bench.complete(0, bench.reply(Nat(10)));
    const Effects second = bench.resume(first, {bench.reply()}, 3);
    // a was complete, b was not; the other ping is nobody's any more.
    EXPECT_EQ(second.end, PieceEnd::kSuspended);
    EXPECT_EQ(second.taken, std::vector<CallIndex>{0});
    EXPECT_EQ(second.released, std::vector<CallIndex>{2});
    EXPECT_EQ(second.await.calls, std::vector<CallIndex>{1});
    const Effects third = bench.resume(second, {bench.reply(Nat(100))});
    EXPECT_EQ(bench.replied<Nat>(third), 111U);
  }
}

TEST(All, AwaitsInOrderInMotoko) {
  Bench<Motoko> bench;
  bench.always_replay();
  Effects at = bench.start("sum");
  EXPECT_EQ(accepted(at), 3U);
  for (CallIndex call = 0; call < 3; ++call) {
    EXPECT_EQ(at.await.kind, Await::Kind::kOne);
    EXPECT_EQ(at.await.calls, std::vector<CallIndex>{call});
    at = bench.resume(at, {bench.reply(Nat(call + 1))});
  }
  EXPECT_EQ(bench.replied<Nat>(at), 6U);
}

TEST(All, AwaitsOnceInRust) {
  for (const bool replay : {false, true}) {
    Bench<Rust> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("sum");
    EXPECT_EQ(first.await.kind, Await::Kind::kAll);
    EXPECT_EQ(first.await.calls, (std::vector<CallIndex>{0, 1, 2}));
    const Effects second =
        bench.resume(first, {bench.reply(Nat(1)), bench.reply(Nat(2)), bench.reply(Nat(3))});
    EXPECT_EQ(bench.replied<Nat>(second), 6U);
  }
}

TEST(All, TakesFuturesOfDifferentTypes) {
  Bench<Rust> bench;
  const Effects first = bench.start("mixed");
  // The three are polled in the order of the list, not of their making.
  ASSERT_EQ(first.sends.size(), 3U);
  const Effects second =
      bench.resume(first, {bench.reply(), bench.reply(Nat(7)), bench.reply(std::string("peer"))});
  EXPECT_EQ(bench.replied<std::string>(second), "peer7");
}

TEST(All, ItsPlaceIsThatOfTheAwait) {
  Bench<Rust> bench;
  const Effects first = bench.start("mixed");
  EXPECT_EQ(std::string(first.await_where.file_name()), "tests/model/future_test.cc");
  EXPECT_NE(first.await_where.line(), 0U);
}

TEST(AllSettled, HoldsRejectsAndFailedSends) {
  Bench<Rust> bench;
  bench.source.failing_send = 1;
  const Effects first = bench.start("settled");
  EXPECT_EQ(first.await.calls, std::vector<CallIndex>{0});
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply(Nat(5))})), 1U);
  Bench<Motoko> motoko;
  Effects at = motoko.start("settled");
  at = motoko.resume(at, {motoko.reject(RejectCode::kCanisterReject, "no")});
  EXPECT_EQ(at.end, PieceEnd::kSuspended);
  EXPECT_EQ(motoko.replied<Nat>(motoko.resume(at, {motoko.reply()})), 2U);
}

TEST(Any, GivesTheFirstOfDifferentTypes) {
  Bench<Motoko> bench;
  const Effects first = bench.start("first_of_two_types");
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply(std::string("four"))}, 1)), 4U);
}

TEST(Any, FailedSendIsTheFirstAnswerThoughAllAreSent) {
  Bench<Rust> bench;
  bench.source.failing_send = 0;
  const Effects effects = bench.start("first_of_two_types");
  EXPECT_EQ(effects.end, PieceEnd::kRejected);
  EXPECT_EQ(effects.sends.size(), 2U);
}

TEST(Outcome, HoldsTheRejectOfACombinator) {
  Bench<Motoko> bench;
  const Effects first = bench.start("caught");
  const Effects second = bench.resume(first, {bench.reject(RejectCode::kCanisterReject, "no")});
  EXPECT_EQ(second.end, PieceEnd::kReplied);
  EXPECT_EQ(bench.replied<std::string>(second), "no");
  EXPECT_EQ(second.released, std::vector<CallIndex>{1});
}

TEST(Outcome, HoldsTheRejectOfAStar) {
  Bench<Motoko> bench;
  const Effects first = bench.start("caught_star");
  EXPECT_EQ(bench.replied<std::string>(bench.resume(first, {bench.reply(Nat(3))})), "4");
}

TEST(TryCall, HoldsAFailedSend) {
  Bench<Motoko> motoko;
  motoko.source.slots = 0;
  EXPECT_EQ(motoko.replied<Nat>(motoko.start("tried")), 100U);
  Bench<Rust> rust;
  rust.source.slots = 0;
  EXPECT_EQ(rust.replied<Nat>(rust.start("tried")), 10U);
}

TEST(Call, ByPrincipalThatNobodyHasGoesNowhere) {
  Bench<Motoko> bench;
  const Effects effects = bench.start("by_name");
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_EQ(effects.sends[0].callee, kNoCanister);
  EXPECT_EQ(bench.tables.values[effects.sends[0].method_name], "get");
  EXPECT_EQ(bench.tables.values[effects.sends[0].callee_principal],
            to_bytes(Principal::named("nobody")));
  EXPECT_EQ(bench.tables.values[effects.sends[0].arguments],
            to_bytes(std::tuple(Nat(1), std::string("x"))));
  EXPECT_NE(effects.sends[0].where.line(), 0U);
}

TEST(Call, ByPrincipalFindsCanisterAndMethod) {
  Bench<Motoko> bench;
  const auto peer = make_program<Peer>(1, "peer");
  bench.program->connect(std::make_shared<const Directory>(
      Directory{{"bank", "peer"},
                {Principal::named("bank"), Principal::named("nobody")},
                {&bench.program->info(), &peer->info()}}));
  const Effects effects = bench.start("by_name");
  ASSERT_EQ(effects.sends.size(), 1U);
  EXPECT_EQ(effects.sends[0].callee, 1U);
  EXPECT_EQ(effects.sends[0].method, peer->info().method("get"));
}

TEST(Call, ReplyOfAnotherTypeTrapsTheCallback) {
  Bench<Motoko> bench;
  const Effects first = bench.start("later");
  const Effects second = bench.resume(first, {bench.reply(std::string("text"))});
  EXPECT_EQ(second.end, PieceEnd::kTrapped);
  EXPECT_NE(bench.text(second).find("the reply cannot be decoded"), std::string::npos);
}

TEST(Call, ArgumentsOfAnotherTypeTrapTheCallee) {
  Bench<Motoko> bench;
  const Effects effects = bench.start("loop", std::string("text"));
  EXPECT_EQ(effects.end, PieceEnd::kTrapped);
  EXPECT_NE(bench.text(effects).find("the arguments of loop cannot be decoded"), std::string::npos);
}

TEST(Async, IsACallOfTheCanisterToItself) {
  Bench<Motoko> bench;
  const Effects first = bench.start("local");
  ASSERT_EQ(first.sends.size(), 1U);
  EXPECT_EQ(first.sends[0].callee, 0U);
  EXPECT_EQ(first.sends[0].method, bench.program->info().method("body"));
  EXPECT_NE(first.sends[0].site, nullptr);
  EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply(Nat(5))})), 5U);
}

TEST(ContinueAs, StartsTheLogAnew) {
  for (const bool replay : {false, true}) {
    Bench<Motoko> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("loop", Nat(0));
    const Effects second = bench.resume(first, {bench.reply(Nat(1))});
    EXPECT_EQ(second.end, PieceEnd::kSuspended);
    EXPECT_TRUE(second.continued);
    EXPECT_EQ(bench.tables.values[second.arguments], to_bytes(std::tuple(Nat(1))));
    EXPECT_EQ(second.next_call, first.next_call);
    const Effects third = bench.resume(second, {bench.reply(Nat(101))});
    EXPECT_EQ(bench.replied<Nat>(third), 101U);
  }
}

TEST(ContinueAs, LoopThatNeverEndsComesBackToItsState) {
  for (const bool replay : {false, true}) {
    Bench<Motoko> bench;
    if (replay) {
      bench.always_replay();
    }
    Effects at = bench.start("forever");
    const Effects first = at;
    for (int i = 0; i < 3; ++i) {
      at = bench.resume(at, {bench.reply()});
      EXPECT_EQ(at.end, PieceEnd::kSuspended);
      EXPECT_EQ(at.log, first.log);
      EXPECT_EQ(at.method, first.method);
      EXPECT_EQ(at.arguments, first.arguments);
      EXPECT_EQ(at.next_call, first.next_call);
    }
  }
}

class Waiter : public Canister {
 public:
  Update<Nat> wait() {
    const Deferred<Nat> ticket = make_deferred<Nat>();
    waiting = ticket;
    Future<Nat> number = ticket.future();
    const Nat value = co_await number;
    co_return value;
  }

  Update<> serve(Nat value) {
    const Deferred<Nat> ticket = waiting;
    ticket.resolve(value);
    co_return;
  }

  Update<> refuse() {
    waiting.get().reject(Reject{"closed"});
    co_return;
  }

  Update<Nat> resolve_own() {
    const Deferred<Nat> ticket = make_deferred<Nat>();
    ticket.resolve(1);
    const Nat value = co_await ticket.future();
    co_return value;
  }

  Update<> serve_twice() {
    const Deferred<Nat> ticket = waiting;
    ticket.resolve(1);
    ticket.resolve(2);
    co_return;
  }

  Update<> wait_for_another() {
    const Deferred<Nat> ticket = waiting;
    co_await ticket.future();
  }

  Update<> wait_twice() {
    const Deferred<Nat> ticket = make_deferred<Nat>();
    Future<Nat> once = ticket.future();
    Future<Nat> twice = ticket.future();
    co_await once;
    co_await twice;
  }

  Var<Deferred<Nat>> waiting{this, "waiting"};
  HEDDLE_CANISTER(Waiter, wait, serve, refuse, resolve_own, serve_twice, wait_for_another,
                  wait_twice)
};

TEST(Deferred, IsACallToOneselfWithoutAMessage) {
  for (const bool replay : {false, true}) {
    Bench<Waiter> bench;
    if (replay) {
      bench.always_replay();
    }
    const Effects first = bench.start("wait");
    ASSERT_EQ(first.sends.size(), 1U);
    EXPECT_TRUE(first.sends[0].deferred);
    EXPECT_EQ(first.sends[0].callee, 0U);
    EXPECT_EQ(first.await.calls, std::vector<CallIndex>{0});
    EXPECT_EQ(bench.written<Deferred<Nat>>(first, "waiting")->handle(),
              (DeferredHandle{"alice#1", 0}));
    EXPECT_EQ(bench.replied<Nat>(bench.resume(first, {bench.reply(Nat(7))})), 7U);
  }
}

TEST(Deferred, ResolutionIsStaged) {
  Bench<Waiter> bench;
  const DeferredHandle handle{"bob#1", 2};
  bench.set("waiting", Deferred<Nat>(handle));
  const ValueId id = bench.tables.values.intern(handle.to_bytes());
  bench.source.open_deferreds[id] = true;
  const Effects served = bench.start("serve", Nat(3));
  ASSERT_EQ(served.resolutions.size(), 1U);
  EXPECT_EQ(served.resolutions[0].handle, id);
  EXPECT_EQ(served.resolutions[0].answer, bench.reply(Nat(3)));
  const Effects refused = bench.start("refuse");
  EXPECT_EQ(refused.resolutions.at(0).answer, bench.reject(RejectCode::kCanisterReject, "closed"));
}

TEST(Deferred, SecondResolveTraps) {
  Bench<Waiter> bench;
  const DeferredHandle handle{"bob#1", 2};
  bench.set("waiting", Deferred<Nat>(handle));
  EXPECT_EQ(bench.start("serve", Nat(3)).end, PieceEnd::kTrapped);
  bench.source.open_deferreds[bench.tables.values.intern(handle.to_bytes())] = true;
  const Effects twice = bench.start("serve_twice");
  EXPECT_EQ(twice.end, PieceEnd::kTrapped);
  EXPECT_TRUE(twice.resolutions.empty());
}

TEST(Deferred, CanBeResolvedInTheExecutionThatMadeIt) {
  Bench<Waiter> bench;
  const Effects effects = bench.start("resolve_own");
  EXPECT_EQ(effects.end, PieceEnd::kSuspended);
  EXPECT_EQ(effects.resolutions.size(), 1U);
}

TEST(Deferred, IsAwaitedOnceAndByItsMakerOnly) {
  Bench<Waiter> bench;
  bench.set("waiting", Deferred<Nat>(DeferredHandle{"bob#1", 2}));
  EXPECT_NE(misuse_of([&] {
              bench.start("wait_for_another");
            }).find("a Deferred was awaited by another context than made it"),
            std::string::npos);
  EXPECT_NE(
      misuse_of([&] { bench.start("wait_twice"); }).find("future() of a Deferred was called twice"),
      std::string::npos);
}

TEST(Outcome, IsAValueOrAReject) {
  const Outcome<Nat> value = Nat(3);
  EXPECT_TRUE(value);
  EXPECT_EQ(*value, 3U);
  const Outcome<Nat> rejected = Reject(RejectCode::kSysTransient, "busy");
  EXPECT_FALSE(rejected);
  EXPECT_EQ(rejected.reject().code, RejectCode::kSysTransient);
  EXPECT_EQ(rejected.value_or(9), 9U);
  EXPECT_THROW(static_cast<void>(rejected.value()), Reject);
  EXPECT_THROW(static_cast<void>(value.reject()), Trap);
}

}  // namespace
}  // namespace heddle
