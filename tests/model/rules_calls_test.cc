// Making calls, and the queues between canisters: rules K2-K6, Q1-Q5 and Q7 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Caller : public Canister {
 public:
  Caller(Ref<Server> server, Ref<Server> other) : server(server), other(other) {}

  Update<> send_and_trap() {
    const Future<Nat> lost = call(server, &Server::serve, 1);
    trap("after the send");
    co_return;
  }

  /// n calls at once; the number of those that were sent and answered.
  Update<Nat> many(Nat n) {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < n; ++i) {
      Outcome<Future<Nat>> sent = try_call(server, &Server::serve, i);
      if (sent) {
        calls.push_back(*std::move(sent));
      }
    }
    Nat answered = 0;
    for (Future<Nat>& each : calls) {
      co_await each;
      ++answered;
    }
    co_return answered;
  }

  /// The limit's worth of calls, and when one has been answered two more: how many of them are
  /// sent.
  Update<Nat> refill(Nat limit) {
    std::vector<Future<Nat>> calls;
    for (Nat i = 0; i < limit; ++i) {
      calls.push_back(call(server, &Server::serve, i));
    }
    co_await calls.front();
    Nat sent = 0;
    for (Nat i = 0; i < 2; ++i) {
      const Outcome<Future<Nat>> more = try_call(server, &Server::serve, 9);
      if (more) {
        ++sent;
      }
    }
    co_return sent;
  }

  Update<std::string> to_nobody() {
    const Outcome<Nat> got = co_await outcome(call(Ref<Server>(), &Server::serve, 1));
    co_return said(got);
  }

  Update<std::string> to_a_failing_send() {
    const Outcome<Future<Nat>> sent = try_call(server, &Server::serve, 1);
    reached = true;
    co_return sent ? "sent" : fmt::format("code {}", static_cast<int>(sent.reject().code));
  }

  Update<std::string> to_a_refusal() {
    const Outcome<Nat> got = co_await outcome(call(server, &Server::refuse, 1));
    co_return said(got);
  }

  Update<std::string> to_a_liar() {
    const Outcome<> got = co_await outcome(call(self(), &Caller::lies));
    co_return said(got);
  }

  Update<> lies() {
    throw Reject(RejectCode::kSysFatal, "so I say");
    co_return;
  }

  Update<> one_to_each() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(other, &Server::serve, 2);
    co_await first;
    co_await second;
  }

  Update<> two() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    co_await first;
    co_await second;
  }

  /// Calls itself, and its other self after that.
  Update<Nat> nested(Nat depth) {
    if (depth == 0) {
      co_return 0;
    }
    Outcome<Future<Nat>> deeper = try_call(self(), &Caller::nested, depth - 1);
    if (!deeper) {
      co_return 0;
    }
    const Nat below = co_await *deeper;
    co_return below + 1;
  }

  const Ref<Server> server;
  const Ref<Server> other;
  Var<bool> reached{this, "reached", false};
  HEDDLE_CANISTER(Caller, send_and_trap, many, refill, to_nobody, to_a_failing_send, to_a_refusal,
                  to_a_liar, lies, one_to_each, two, nested)

 private:
  template <class T>
  static std::string said(const Outcome<T>& got) {
    return got ? "replied"
               : fmt::format("code {}: {}", static_cast<int>(got.reject().code), got.reject().text);
  }
};

struct CallSetting : Setting {
  explicit CallSetting(std::uint32_t limit = 500) { system.limit_default = limit; }

  Handle<Server> server = install<Server>("server");
  Handle<Server> other = install<Server>("other");
  Handle<Caller> caller = install<Caller>("caller", server, other);
};

TEST(RuleK2, ACallLeavesOnlyIfItsExecutionCommits) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::send_and_trap);
  Walk walk(s);
  EXPECT_EQ(walk.perform("start alice#1").requests.size(), 0U);
  EXPECT_EQ(walk.queued(s.caller, s.server), 0U);
  EXPECT_EQ(walk.in_flight(s.caller, s.server), 0U);
}

TEST(RuleK3, AFailedSendSendsNothingAndTheExecutionGoesOn) {
  CallSetting s(0);
  s.call("alice", s.caller, &Caller::to_a_failing_send);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "\"code 7\"");
  EXPECT_TRUE(walk.get(s.caller, &Caller::reached));
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleK4, AnAcceptedCallIsAnsweredInALaterExecution) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::to_a_refusal);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.enabled(), Events{"start caller>server"});
  walk.perform("start caller>server");
  EXPECT_EQ(walk.enabled(), Events{"deliver alice#1/1"});
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(RuleK4, ACallToNobodyIsRejectedAsynchronously) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::to_nobody);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "\"code 3: no such canister\"");
}

TEST(RuleK5, ARequestMayBeRejectedAtAnyPlaceInItsQueue) {
  CallSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.caller, &Caller::two);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.enabled(),
            (Events{"start caller>server", "reject caller>server@1", "reject caller>server@2"}));
  // It disappears and can no longer execute; the rest keeps its order.
  walk.perform("reject caller>server@2", "start caller>server");
  EXPECT_EQ(walk.queued(s.caller, s.server), 0U);
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "1");
}

TEST(RuleK9, ARejectionSparesTheOrderOfTheOthers) {
  CallSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.caller, &Caller::two);
  Walk walk(s);
  walk.perform("start alice#1", "reject caller>server@1");
  EXPECT_EQ(walk.enabled(), (Events{"start caller>server", "deliver alice#1/1"}));
  walk.perform("start caller>server");
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "2");
}

TEST(RuleK6, TheCalleeChoosesTheTextAndNeverTheCode) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::to_a_refusal);
  s.call("bob", s.caller, &Caller::to_a_liar);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "\"code 4: refused\"");
  EXPECT_EQ(walk.result("bob#1"), "\"code 4: so I say\"");
}

TEST(RuleK6, OnlyCodesOneToThreeAndAFailedSendAreClean) {
  for (const RejectCode code : {RejectCode::kSysFatal, RejectCode::kSysTransient,
                                RejectCode::kDestinationInvalid, RejectCode::kCallError}) {
    EXPECT_TRUE(is_clean(code)) << to_string(code);
  }
  for (const RejectCode code :
       {RejectCode::kCanisterReject, RejectCode::kCanisterError, RejectCode::kSysUnknown}) {
    EXPECT_FALSE(is_clean(code)) << to_string(code);
  }
}

TEST(RuleQ1, EachOrderedPairHasSlotsOfItsOwn) {
  CallSetting s;
  s.system.limits[{s.caller.id(), s.server.id()}] = 1;
  s.call("alice", s.caller, &Caller::one_to_each);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.in_flight(s.caller, s.server), 1U);
  EXPECT_EQ(walk.in_flight(s.caller, s.other), 1U);
  EXPECT_EQ(walk.in_flight(s.server, s.caller), 0U);
}

TEST(RuleQ1, ThereAre500SlotsUnlessTheSystemSaysOtherwise) {
  EXPECT_EQ(System{}.limit(0, 1), 500U);
  EXPECT_EQ(System{}.limit(1, 1), 500U);
  CallSetting s(2);
  s.system.limits[{s.caller.id(), s.other.id()}] = 3;
  EXPECT_EQ(s.system.limit(s.caller.id(), s.server.id()), 2U);
  EXPECT_EQ(s.system.limit(s.caller.id(), s.other.id()), 3U);
}

/// Answers after a call back to whoever called.
class Echo : public Canister {
 public:
  Update<Nat> serve(Nat n) {
    const Future<Nat> back = call(Ref<Server>(canister_of(caller())), &Server::serve, n);
    co_return n;
  }
  HEDDLE_CANISTER(Echo, serve)
};

/// Calls an Echo and serves it.
class Served : public Canister {
 public:
  explicit Served(Ref<Echo> echo) : echo(echo) {}

  Update<Nat> serve(Nat n) { co_return n; }

  Update<Nat> ask() {
    const Nat got = co_await call(echo, &Echo::serve, 1);
    co_return got;
  }

  const Ref<Echo> echo;
  HEDDLE_CANISTER(Served, serve, ask)
};

TEST(RuleQ2, ResponsesNeverLackRoom) {
  Setting s;
  s.system.limit_default = 1;
  const auto echo = s.install<Echo>("echo");
  const auto served = s.install<Served>("served", echo);
  s.call("alice", served, &Served::ask);
  Walk walk(s);
  // The only slot from echo to served is taken, and the answer comes all the same.
  walk.perform("start alice#1", "start served>echo");
  EXPECT_EQ(walk.in_flight(echo, served), 1U);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
}

TEST(RuleQ3, OfTwoThousandCallsAtOnceFiveHundredAreSent) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::many, 2000);
  Walk walk(s);
  EXPECT_EQ(walk.perform("start alice#1").requests.size(), 500U);
  EXPECT_EQ(walk.in_flight(s.caller, s.server), 500U);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "500");
}

TEST(RuleQ3, SlotsAreCountedAtTheStartOfEachExecution) {
  CallSetting s(3);
  s.call("alice", s.caller, &Caller::many, 2);
  s.call("bob", s.caller, &Caller::many, 2);
  Walk walk(s);
  const auto explored =
      explore(walk, [&] { return walk.result("alice#1") + " " + walk.result("bob#1"); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1 2", "2 1", "2 2"}));
}

TEST(RuleQ4, TheCallbackAlreadyFindsItsSlotFree) {
  CallSetting s(2);
  s.call("alice", s.caller, &Caller::refill, 2);
  Walk walk(s);
  walk.perform("start alice#1", "start caller>server", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "1");
  EXPECT_EQ(walk.in_flight(s.caller, s.server), 2U);
}

TEST(RuleQ5, CallsToOneselfUseThePairOfOneself) {
  CallSetting s(2);
  s.call("alice", s.caller, &Caller::nested, 5);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "2");
}

TEST(RuleQ7, RequestsAreFifoAndResponsesComeInAnyOrder) {
  CallSetting s;
  s.call("alice", s.caller, &Caller::two);
  Walk walk(s);
  walk.perform("start alice#1");
  EXPECT_EQ(walk.enabled(), Events{"start caller>server"});
  walk.perform("start caller>server", "start caller>server");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/2"}));
}

TEST(RuleQ7, AResponseMayOvertakeARequestThatWasSentBeforeIt) {
  Setting s;
  const auto echo = s.install<Echo>("echo");
  const auto served = s.install<Served>("served", echo);
  s.call("alice", served, &Served::ask);
  Walk walk(s);
  walk.perform("start alice#1", "start served>echo");
  EXPECT_EQ(walk.enabled(), (Events{"start echo>served", "deliver alice#1/1"}));
}

}  // namespace
}  // namespace heddle::rules
