// Rejects held as values, several calls awaited together, and promises resolved from elsewhere, as
// the kernel schedules them.
#include <optional>

#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

/// The same methods in both dialects.
template <class Base>
class Gatherer : public Base {
 public:
  explicit Gatherer(Ref<Server> server) : server(server) {}

  Update<std::string> held() {
    const Outcome<Nat> good = co_await outcome(call(server, &Server::serve, 1));
    const Outcome<Nat> bad = co_await outcome(call(server, &Server::refuse, 2));
    co_return fmt::format("{} {}", good.value().to_string(), bad.reject().text);
  }

  Update<std::string> failing_send() {
    const Outcome<Future<Nat>> sent = try_call(server, &Server::serve, 1);
    co_return sent ? "sent" : std::string(to_string(sent.reject().code));
  }

  Update<std::vector<Nat>> all_of_three() {
    std::vector<Future<Nat>> calls = three(&Server::serve);
    const std::vector<Nat> values = co_await all(calls);
    resumed = true;
    co_return values;
  }

  Update<std::vector<Nat>> all_with_a_reject() {
    std::vector<Future<Nat>> calls = three(&Server::refuse);
    const std::vector<Nat> values = co_await all(calls);
    co_return values;
  }

  Update<Nat> settled() {
    std::vector<Future<Nat>> calls = three(&Server::refuse);
    const std::vector<Outcome<Nat>> outcomes = co_await all_settled(calls);
    Nat replied = 0;
    for (const Outcome<Nat>& each : outcomes) {
      if (each) {
        ++replied;
      }
    }
    co_return replied;
  }

  Update<std::string> of_different_types() {
    const std::tuple<Nat, std::string> both =
        co_await all(call(server, &Server::serve, 4), call(this->self(), &Gatherer::name));
    co_return fmt::format("{} {}", std::get<0>(both).to_string(), std::get<1>(both));
  }

  Update<std::string> name() { co_return "gatherer"; }

  Update<Nat> first_of_three() {
    std::vector<Future<Nat>> calls = three(&Server::serve);
    const First<Nat> first = co_await any(calls);
    resumed = true;
    co_return 10 * Nat(first.index) + first.value;
  }

  /// One is answered before the others are looked at.
  Update<Nat> first_of_a_complete_one() {
    std::vector<Future<Nat>> calls = three(&Server::serve);
    co_await calls.back();
    calls.pop_back();
    const First<Nat> first = co_await any(calls);
    resumed = true;
    co_return first.value;
  }

  const Ref<Server> server;
  Var<bool> resumed{this, "resumed", false};
  HEDDLE_CANISTER(Gatherer, held, failing_send, all_of_three, all_with_a_reject, settled,
                  of_different_types, name, first_of_three, first_of_a_complete_one)

 private:
  /// serve(1), `second`(2), serve(3).
  std::vector<Future<Nat>> three(Update<Nat> (Server::*second)(Nat)) const {
    std::vector<Future<Nat>> calls;
    calls.push_back(call(server, &Server::serve, 1));
    calls.push_back(call(server, second, 2));
    calls.push_back(call(server, &Server::serve, 3));
    return calls;
  }
};

using Motoko = Gatherer<Canister>;
using Rust = Gatherer<RustCanister>;

template <class C>
struct GatherSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<C> gatherer = install<C>("gatherer", server);

  /// The results of the method over all schedules.
  template <class M>
  Outcomes results(M method) {
    call("alice", gatherer, method);
    Walk walk(*this);
    return explore(walk, [&] { return walk.result("alice#1"); }).outcomes;
  }
};

/// Requests served, nothing delivered.
template <class C, class M>
Walk all_served(GatherSetting<C>& s, M method) {
  s.call("alice", s.gatherer, method);
  return Walk(s, "start alice#1", "start gatherer>server", "start gatherer>server",
              "start gatherer>server");
}

template <class C>
class BothDialects : public ::testing::Test {};

using Dialects = ::testing::Types<Motoko, Rust>;
TYPED_TEST_SUITE(BothDialects, Dialects);

TYPED_TEST(BothDialects, OutcomeHoldsReplyAndReject) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::held), (Outcomes{"\"1 refused\""}));
}

TYPED_TEST(BothDialects, AllGivesTheValuesInTheOrderOfTheCalls) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::all_of_three), (Outcomes{"[1, 2, 3]"}));
}

TYPED_TEST(BothDialects, AllThrowsAReject) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::all_with_a_reject),
            (Outcomes{"CANISTER_REJECT: refused"}));
}

TYPED_TEST(BothDialects, AllSettledThrowsNothing) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::settled), (Outcomes{"2"}));
}

TYPED_TEST(BothDialects, AllTakesFuturesOfDifferentTypes) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::of_different_types),
            (Outcomes{"\"4 gatherer\""}));
}

TYPED_TEST(BothDialects, AnyResumesWithTheFirstWhicheverItIs) {
  EXPECT_EQ(GatherSetting<TypeParam>().results(&TypeParam::first_of_three),
            (Outcomes{"1", "12", "23"}));
}

TYPED_TEST(BothDialects, AnyLeavesTheOthersOpen) {
  GatherSetting<TypeParam> s;
  Walk walk = all_served(s, &TypeParam::first_of_three);
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "12");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
  walk.perform("deliver alice#1/3", "deliver alice#1/1");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
}

TEST(TryCall, HoldsAFailedSendInMotokoOnly) {
  GatherSetting<Motoko> motoko;
  motoko.system.limit_default = 0;
  EXPECT_EQ(motoko.results(&Motoko::failing_send), (Outcomes{"\"CALL_ERROR\""}));
  // In Rust the call has not been sent yet: that it fails is what its first poll says [U1, U2].
  GatherSetting<Rust> rust;
  rust.system.limit_default = 0;
  EXPECT_EQ(rust.results(&Rust::failing_send), (Outcomes{"\"sent\""}));
}

TEST(All, AwaitsOneAfterTheOtherInMotokoAndOnceInRust) {
  GatherSetting<Motoko> motoko;
  Walk in_turn = all_served(motoko, &Motoko::all_of_three);
  in_turn.perform("deliver alice#1/3", "deliver alice#1/2", "deliver alice#1/1");
  EXPECT_FALSE(in_turn.get(motoko.gatherer, &Motoko::resumed));
  EXPECT_EQ(in_turn.enabled(), Events{"start gatherer>gatherer"});

  GatherSetting<Rust> rust;
  rust.call("alice", rust.gatherer, &Rust::all_of_three);
  Walk at_once(rust, "start alice#1", "start gatherer>server", "start gatherer>server",
               "start gatherer>server", "deliver alice#1/3", "deliver alice#1/2",
               "deliver alice#1/1");
  EXPECT_TRUE(at_once.get(rust.gatherer, &Rust::resumed));
}

TEST(All, ARejectInMotokoDoesNotWaitForLaterCalls) {
  GatherSetting<Motoko> s;
  Walk walk = all_served(s, &Motoko::all_with_a_reject);
  walk.perform("deliver alice#1/1", "deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: refused");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kEnded);
}

TEST(Any, OfACompleteFutureGoesOnAtOnceInRustAndByHelperInMotoko) {
  GatherSetting<Motoko> motoko;
  Walk helped = all_served(motoko, &Motoko::first_of_a_complete_one);
  helped.perform("deliver alice#1/2", "deliver alice#1/3");
  EXPECT_EQ(helped.enabled(), (Events{"start gatherer>gatherer", "deliver alice#1/1"}));
  // What arrives meanwhile changes nothing: the await has chosen.
  helped.perform("deliver alice#1/1", "start gatherer>gatherer", "deliver alice#1/h");
  EXPECT_EQ(helped.result("alice#1"), "2");
}

/// Hands out tickets that another call redeems.
class Desk : public Canister {
 public:
  Update<Nat> wait() {
    const Deferred<Nat> ticket = make_deferred<Nat>();
    waiting = ticket;
    const Nat got = co_await ticket.future();
    co_return got;
  }

  Update<> redeem(Nat value) {
    const std::optional<Deferred<Nat>> ticket = waiting;
    if (ticket) {
      ticket->resolve(value);
    }
    co_return;
  }

  Update<> refuse() {
    const std::optional<Deferred<Nat>> ticket = waiting;
    if (ticket) {
      ticket->reject(Reject("closed"));
    }
    co_return;
  }

  Update<> redeem_and_trap() {
    const std::optional<Deferred<Nat>> ticket = waiting;
    if (ticket) {
      ticket->resolve(1);
    }
    trap("no");
    co_return;
  }

  Var<std::optional<Deferred<Nat>>> waiting{this, "waiting"};
  HEDDLE_CANISTER(Desk, wait, redeem, refuse, redeem_and_trap)
};

struct DeskSetting : Setting {
  Handle<Desk> desk = install<Desk>("desk");
};

TEST(Deferred, TheWaiterResumesInAnExecutionOfItsOwn) {
  DeskSetting s;
  s.call("alice", s.desk, &Desk::wait);
  s.call("bob", s.desk, &Desk::redeem, 7);
  Walk walk(s, "start alice#1", "start bob#1");
  EXPECT_EQ(walk.result("bob#1"), "()");
  EXPECT_EQ(walk.result("alice#1"), "");
  EXPECT_EQ(walk.enabled(), Events{"deliver alice#1/1"});
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "7");
}

TEST(Deferred, MakingOneTakesASlotOfTheCanisterToItself) {
  DeskSetting s;
  s.system.limit_default = 1;
  s.call("alice", s.desk, &Desk::wait);
  s.call("bob", s.desk, &Desk::wait);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.in_flight(s.desk, s.desk), 1U);
  EXPECT_EQ(walk.queued(s.desk, s.desk), 0U);
  walk.perform("start bob#1");
  EXPECT_TRUE(walk.result("bob#1").starts_with("CANISTER_REJECT: the Deferred could not be made"));
}

TEST(Deferred, ARejectIsThrownAtTheAwait) {
  DeskSetting s;
  s.call("alice", s.desk, &Desk::wait);
  s.call("bob", s.desk, &Desk::refuse);
  Walk walk(s, "start alice#1", "start bob#1", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: closed");
}

TEST(Deferred, ATrapUndoesTheResolution) {
  DeskSetting s;
  s.call("alice", s.desk, &Desk::wait);
  s.call("bob", s.desk, &Desk::redeem_and_trap);
  Walk walk(s, "start alice#1", "start bob#1");
  EXPECT_EQ(walk.enabled(), Events{});
  EXPECT_EQ(walk.result("alice#1"), "");
}

TEST(Deferred, ASecondResolutionTraps) {
  DeskSetting s;
  s.call("alice", s.desk, &Desk::wait);
  s.call("bob", s.desk, &Desk::redeem, 7);
  s.call("carol", s.desk, &Desk::redeem, 8);
  Walk walk(s, "start alice#1", "start bob#1", "start carol#1");
  EXPECT_TRUE(walk.result("carol#1").starts_with("CANISTER_ERROR: a Deferred was resolved"));
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "7");
}

TEST(Deferred, NeverResolvedTheCallStaysOpen) {
  DeskSetting s;
  s.call("alice", s.desk, &Desk::wait);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), Events{});
  EXPECT_EQ(walk.phase("alice#1"), Phase::kSuspended);
  EXPECT_EQ(walk.result("alice#1"), "");
}

/// Calls one of two desks, whichever is called first being the same call of its context.
class Chooser : public Canister {
 public:
  Chooser(Ref<Desk> left, Ref<Desk> right) : left(left), right(right) {}

  Update<Nat> wait() {
    const Ref<Desk> desk = go_right ? right : left;
    const Nat got = co_await call(desk, &Desk::wait);
    co_return got;
  }

  Update<> turn() {
    go_right = true;
    co_return;
  }

  const Ref<Desk> left;
  const Ref<Desk> right;
  Var<bool> go_right{this, "go_right", false};
  HEDDLE_CANISTER(Chooser, wait, turn)
};

TEST(Deferred, ItsNameIsThatOfAContextAtItsOwnCanister) {
  Setting s;
  const auto left = s.install<Desk>("left");
  const auto right = s.install<Desk>("right");
  const auto chooser = s.install<Chooser>("chooser", left, right);
  s.call("alice", chooser, &Chooser::wait);
  s.call("bob", chooser, &Chooser::turn);
  s.call("carol", left, &Desk::redeem, 1);
  s.call("dave", right, &Desk::redeem, 2);
  Walk walk(s);
  // alice#1/1 is a context of the left desk in some schedules and of the right one in others.
  const auto explored = explore(walk, [&] { return walk.result("alice#1"); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"", "1", "2"}));
}

/// Gets a ticket by message, and tries to redeem it.
class Stranger : public Canister {
 public:
  Update<> redeem(Deferred<Nat> ticket) {
    ticket.resolve(7);
    co_return;
  }
  HEDDLE_CANISTER(Stranger, redeem)
};

class GenerousDesk : public Canister {
 public:
  explicit GenerousDesk(Ref<Stranger> stranger) : stranger(stranger) {}

  Update<> give_away() {
    const Deferred<Nat> ticket = make_deferred<Nat>();
    co_await call(stranger, &Stranger::redeem, ticket);
  }

  const Ref<Stranger> stranger;
  HEDDLE_CANISTER(GenerousDesk, give_away)
};

TEST(Deferred, OnlyItsOwnCanisterResolvesIt) {
  Setting s;
  const auto stranger = s.install<Stranger>("stranger");
  const auto desk = s.install<GenerousDesk>("desk", stranger);
  s.call("alice", desk, &GenerousDesk::give_away);
  s.call("bob", stranger, &Stranger::redeem, Deferred<Nat>());
  Walk walk(s, "start alice#1", "start desk>stranger", "deliver alice#1/2", "start bob#1");
  EXPECT_TRUE(walk.result("alice#1").starts_with("CANISTER_REJECT: a Deferred was resolved"));
  EXPECT_TRUE(walk.result("bob#1").starts_with("CANISTER_ERROR: a Deferred was resolved"));
}

}  // namespace
}  // namespace heddle::rules
