// What the environment may choose, and how often: decisions D1-D8, D10-D12, D16, D19, D20,
// D23-D25 and D37 of ic-semantics.md, the profiles made of them, and the guarantee G1 that can be
// weakened.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Client : public Canister {
 public:
  explicit Client(Ref<Server> server) : server(server) {}

  Update<Nat> ask(Nat n) {
    const Nat got = co_await call(server, &Server::serve, n);
    last = n;
    co_return got;
  }

  Update<> ask_twice() {
    Future<Nat> first = call(server, &Server::serve, 1);
    Future<Nat> second = call(server, &Server::serve, 2);
    co_await second;
    co_await first;
  }

  /// Which of two sends were accepted: "sent failed" and so on.
  Update<std::string> try_two() {
    const Outcome<Future<Nat>> first = try_call(server, &Server::serve, 1);
    const Outcome<Future<Nat>> second = try_call(server, &Server::serve, 2);
    co_return fmt::format("{} {}", first ? "sent" : "failed", second ? "sent" : "failed");
  }

  Update<> to_itself() {
    ignore(async(&Client::note, 1));
    ignore(async(&Client::note, 2));
    co_return;
  }

  Async<> note(Nat n) {
    notes.update([n](auto& list) { list.push_back(n); });
    co_return;
  }

  Update<std::string> no_such_method() {
    const Outcome<> got = co_await outcome(call(principal_of(server), "no_such_method"));
    co_return fmt::format("code {}", static_cast<int>(got.reject().code));
  }

  Update<> locked() {
    const auto unlock = finally([this] { ++unlocked; });
    co_await call(server, &Server::serve, 1);
    last = 1;
  }

  Update<> add() {
    ++last;
    co_return;
  }

  const Ref<Server> server;
  Var<Nat> last{this, "last", 0};
  Var<Nat> unlocked{this, "unlocked", 0};
  Var<std::vector<Nat>> notes{this, "notes"};
  HEDDLE_CANISTER(Client, ask, ask_twice, try_two, to_itself, note, no_such_method, locked, add)
};

struct ClientSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Client> client = install<Client>("client", server);

  Outcomes served() {
    Walk walk(*this);
    return explore(walk, [&] { return text(walk.get(server, &Server::served)); }).outcomes;
  }

  Outcomes results() {
    Walk walk(*this);
    return explore(walk, [&] { return walk.result("alice#1"); }).outcomes;
  }
};

const Outcomes kOrdersOfThree{"1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1"};

TEST(ChoiceD1, AnyCanisterMayGoNext) {
  Setting s;
  const auto left = s.install<Server>("left");
  const auto right = s.install<Server>("right");
  s.call("alice", left, &Server::serve, 1);
  s.call("bob", right, &Server::serve, 2);
  Walk walk(s);
  const auto explored = explore(walk);
  EXPECT_EQ(explored.states, 4U);
  EXPECT_EQ(explored.transitions, 4U);
  EXPECT_EQ(explored.terminal, 1U);
}

TEST(ChoiceD2, IngressMessagesComeInAnyOrderAlsoThoseOfOneUser) {
  ClientSetting s;
  s.call("alice", s.server, &Server::serve, 1);
  s.call("alice", s.server, &Server::serve, 2);
  s.call("bob", s.server, &Server::serve, 3);
  EXPECT_EQ(s.served(), kOrdersOfThree);
}

TEST(ChoiceD3, RequestsOfDifferentSendersComeInAnyOrder) {
  ClientSetting s;
  const auto other = s.install<Client>("other", s.server);
  s.call("alice", s.client, &Client::ask, 1);
  s.call("bob", other, &Client::ask, 2);
  Walk walk(s, "start alice#1", "start bob#1");
  EXPECT_EQ(walk.enabled(), (Events{"start client>server", "start other>server"}));
}

TEST(ChoiceD4, RequestsOfOneSenderComeInOrderAlsoToItself) {
  ClientSetting s;
  s.call("alice", s.client, &Client::to_itself);
  Walk walk(s);
  const auto explored = explore(walk, [&] { return text(walk.get(s.client, &Client::notes)); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1 2"}));
}

TEST(ChoiceD5, ResponsesComeInAnyOrder) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  s.call("bob", s.client, &Client::ask, 2);
  Walk walk(s, "start alice#1", "start bob#1", "start client>server", "start client>server");
  const auto explored =
      explore(walk, [&] { return walk.get(s.client, &Client::last).to_string(); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1", "2"}));
}

TEST(ChoiceD6, ASendFailsWhenThereIsNoSlotAndOnlyThen) {
  for (const std::uint32_t limit : {0U, 1U, 2U}) {
    ClientSetting s;
    s.system.limit_default = limit;
    s.call("alice", s.client, &Client::try_two);
    EXPECT_EQ(s.results(), (Outcomes{limit == 0   ? "\"failed failed\""
                                     : limit == 1 ? "\"sent failed\""
                                                  : "\"sent sent\""}));
  }
}

TEST(ChoiceD7, AnySendMayFailOnceThoughASlotIsFree) {
  ClientSetting s;
  s.system.faults.send_failures = 1;
  s.call("alice", s.client, &Client::try_two);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(),
            (Events{"start alice#1", "start alice#1 fail-send 1", "start alice#1 fail-send 2"}));
  EXPECT_EQ(s.results(), (Outcomes{"\"sent sent\"", "\"failed sent\"", "\"sent failed\""}));
}

TEST(ChoiceD7, SendsThatFailAnywayAreNotCounted) {
  ClientSetting s;
  s.system.faults.send_failures = 1;
  s.system.limit_default = 1;
  s.call("alice", s.client, &Client::try_two);
  Walk walk(s);
  // When the first fails, the slot is there for the second.
  EXPECT_EQ(walk.enabled(), (Events{"start alice#1", "start alice#1 fail-send 1"}));
  EXPECT_EQ(s.results(), (Outcomes{"\"sent failed\"", "\"failed sent\""}));
}

TEST(ChoiceD7, TheHelperCallOfAnAwaitMayFailToo) {
  ClientSetting s;
  s.system.faults.send_failures = 1;
  s.call("alice", s.client, &Client::ask_twice);
  Walk walk(s, "start alice#1", "start client>server", "start client>server", "deliver alice#1/1");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/2", "deliver alice#1/2 fail-send 1"}));
  walk.perform("deliver alice#1/2 fail-send 1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_REJECT: await: no free slot for the self-call");
}

TEST(ChoiceD8, AQueuedRequestMayBeRejectedOnce) {
  ClientSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.client, &Client::ask, 1);
  s.call("bob", s.client, &Client::ask, 2);
  EXPECT_EQ(s.served(), (Outcomes{"1", "2", "1 2", "2 1"}));
  s.system.faults.rejects = 2;
  EXPECT_EQ(s.served(), (Outcomes{"", "1", "2", "1 2", "2 1"}));
}

// What is accepted starts or is rejected, what was produced is delivered; the rest need not happen.
TEST(ChoiceD37, WhatIsQueuedAndWhatIsInFlightIsOwedAndFaultsAndAnswersFromOutsideAreNot) {
  ClientSetting s;
  s.system.faults = {.send_failures = 1, .rejects = 1, .callback_traps = 1};
  const auto silent = s.environment<Server>("silent");
  s.answers(silent, &Server::serve, {{EnvironmentAnswer::Kind::kNever, {}}});
  const auto asker = s.install<Client>("asker", Ref<Server>(AnyRef(silent)));
  s.call("alice", s.client, &Client::ask, 1);
  s.call("bob", asker, &Client::ask, 1);
  Walk walk(s, "start alice#1", "start bob#1");
  for (const Event& event : walk.events()) {
    const std::string text = walk.kernel.to_text(event);
    EXPECT_EQ(event.is_optional(),
              text != "start client>server" && text != "start asker>silent answer 1")
        << text;
  }
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "1");
  EXPECT_EQ(walk.result("bob#1"), "");
}

TEST(ChoiceD10, WhetherTheDestinationExistsIsNoChoice) {
  ClientSetting s;
  s.call("alice", s.client, &Client::no_such_method);
  EXPECT_EQ(s.results(), (Outcomes{"\"code 5\""}));
}

/// A client of an environment canister.
struct EnvironmentSetting : Setting {
  Handle<Server> server = environment<Server>("server");
  Handle<Client> client = install<Client>("client", server);
};

using Kind = EnvironmentAnswer::Kind;

TEST(ChoiceD11, AnEnvironmentCanisterGivesAnyOfItsAnswers) {
  EnvironmentSetting s;
  s.answers(s.server, &Server::serve,
            {{Kind::kReply, to_bytes(Nat(1))},
             {Kind::kReply, to_bytes(Nat(2))},
             {Kind::kReject, "closed"},
             {Kind::kError, "boom"}});
  s.call("alice", s.client, &Client::ask, 0);
  Walk walk(s);
  const auto explored = explore(walk, [&] { return walk.result("alice#1"); });
  // The canister passes both rejects on as its own.
  EXPECT_EQ(explored.outcomes,
            (Outcomes{"1", "2", "CANISTER_REJECT: closed", "CANISTER_REJECT: boom"}));
}

TEST(ChoiceD12, AnEnvironmentCanisterThatMayNeverAnswerLeavesTheCallOpen) {
  EnvironmentSetting s;
  s.answers(s.server, &Server::serve, {{Kind::kReply, to_bytes(Nat(1))}, {Kind::kNever, ""}});
  s.call("alice", s.client, &Client::ask, 0);
  Walk walk(s);
  EXPECT_EQ(explore(walk, [&] { return walk.result("alice#1"); }).outcomes, (Outcomes{"1", ""}));
}

TEST(ChoiceD12, SilenceThatIsNotDeclaredUsesItsBudget) {
  EnvironmentSetting s;
  s.answers(s.server, &Server::serve, {{Kind::kReply, to_bytes(Nat(1))}});
  s.system.faults.environment_silence = 1;
  s.call("alice", s.client, &Client::ask, 0);
  s.call("bob", s.client, &Client::ask, 0);
  Walk walk(s);
  const auto explored =
      explore(walk, [&] { return walk.result("alice#1") + "|" + walk.result("bob#1"); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1|1", "1|", "|1"}));
}

TEST(ChoiceD12, SilenceThatIsNotDeclaredIsAFaultAndADeclaredOneIsNot) {
  EnvironmentSetting s;
  s.answers(s.server, &Server::serve, {{Kind::kReply, to_bytes(Nat(1))}, {Kind::kNever, ""}});
  s.system.faults.environment_silence = 1;
  s.call("alice", s.client, &Client::ask, 0);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start client>server answer 1", "start client>server answer 2",
                                    "start client>server silent"}));
  for (const Event& event : walk.events()) {
    const bool undeclared = walk.kernel.to_text(event).ends_with("silent");
    EXPECT_EQ(event.is_fault(), undeclared);
    EXPECT_EQ(event.is_optional(), undeclared);
  }
  walk.perform("start client>server silent");
  EXPECT_EQ(walk.enabled(), Events{});
}

TEST(ChoiceD16, TheCodeThatADeliveryResumesMayTrap) {
  ClientSetting s;
  s.system.faults.callback_traps = 1;
  s.call("alice", s.client, &Client::locked);
  Walk walk(s, "start alice#1", "start client>server");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/1 trap"}));
  walk.perform("deliver alice#1/1 trap");
  EXPECT_EQ(walk.get(s.client, &Client::last), 0);
  EXPECT_EQ(walk.get(s.client, &Client::unlocked), 1);
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: injected trap");
}

TEST(ChoiceD16, ADeliveryThatResumesNoCodeDoesNotTrap) {
  ClientSetting s;
  s.system.faults.callback_traps = 1;
  s.call("alice", s.client, &Client::ask_twice);
  s.call("bob", s.client, &Client::to_itself);
  Walk walk(s, "start alice#1", "start client>server", "start client>server", "start bob#1",
            "start client>client");
  EXPECT_TRUE(walk.is_enabled("deliver alice#1/1"));
  EXPECT_FALSE(walk.is_enabled("deliver alice#1/1 trap"));
  EXPECT_TRUE(walk.is_enabled("deliver alice#1/2 trap"));
  EXPECT_TRUE(walk.is_enabled("deliver bob#1/1"));
  EXPECT_FALSE(walk.is_enabled("deliver bob#1/1 trap"));
}

/// Has a timer and a heartbeat.
class Ticker : public Canister {
 public:
  Update<> arm(Nat64 seconds) {
    set_timer(seconds.value());
    co_return;
  }

  Update<> work() {
    note(0);
    co_return;
  }

  TimerTask tick() {
    note(1);
    co_return;
  }

  HeartbeatTask beat() { co_return; }

  Var<std::vector<Nat>> order{this, "order"};
  HEDDLE_CANISTER(Ticker, arm, work, tick, beat)

 private:
  void note(Nat n) {
    order.update([n](auto& list) { list.push_back(n); });
  }
};

TEST(ChoiceD19, ATimerFiresAtAnyTimeAfterItsDeadline) {
  for (const bool clock : {false, true}) {
    Setting s;
    s.system.clock = clock;
    const auto ticker = s.install<Ticker>("ticker");
    s.call("alice", ticker, &Ticker::arm, 5);
    s.call("bob", ticker, &Ticker::work);
    Walk walk(s);
    const auto explored = explore(walk, [&] { return text(walk.get(ticker, &Ticker::order)); });
    EXPECT_EQ(explored.outcomes, (Outcomes{"0 1", "1 0"}));
  }
}

TEST(ChoiceD20, HeartbeatsComeAsOftenAsTheBudgetAllows) {
  Setting s;
  s.install<Ticker>("ticker");
  s.install<Server>("server");
  s.system.faults.heartbeats = 2;
  Walk walk(s);
  // Only where a canister has one.
  EXPECT_EQ(walk.enabled(), Events{"heartbeat ticker"});
  // (used, queued): 0 0, 1 0, 1 1, 2 0, 2 1, 2 2.
  EXPECT_EQ(explore(walk).states, 6U);
}

TEST(ChoiceD23, AnIngressMessageMayBeLost) {
  ClientSetting s;
  s.system.faults.dropped_ingress = 1;
  s.call("alice", s.server, &Server::serve, 1);
  s.call("bob", s.server, &Server::serve, 2);
  EXPECT_EQ(s.served(), (Outcomes{"1", "2", "1 2", "2 1"}));
}

TEST(ChoiceD24, ACallThatIsNotAnsweredMayBeSentAgainAsANewOne) {
  ClientSetting s;
  s.system.faults.resubmissions = 1;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s);
  EXPECT_FALSE(walk.is_enabled("resubmit alice#1"));
  walk.perform("start alice#1", "resubmit alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start alice#2", "start client>server"}));
  walk.perform("start alice#2");
  EXPECT_EQ(walk.queued(s.client, s.server), 2U);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "1");
  EXPECT_EQ(walk.result("alice#2"), "1");
}

TEST(ChoiceD24, ALostCallMayBeSentAgainAndAnAnsweredOneNot) {
  ClientSetting s;
  s.system.faults.resubmissions = 1;
  s.system.faults.dropped_ingress = 1;
  s.call("alice", s.server, &Server::serve, 1);
  Walk walk(s, "drop alice#1");
  EXPECT_EQ(walk.enabled(), Events{"resubmit alice#1"});
  Walk answered(s, "start alice#1");
  EXPECT_EQ(answered.enabled(), Events{});
}

TEST(ChoiceD25, InspectMessageMayDropIngressWithoutABudget) {
  ClientSetting s;
  s.system.canisters[s.server.id()].inspect_may_drop = true;
  s.call("alice", s.server, &Server::serve, 1);
  s.call("bob", s.server, &Server::serve, 2);
  EXPECT_EQ(s.served(), (Outcomes{"", "1", "2", "1 2", "2 1"}));
}

TEST(Profiles, HoldTheBudgetsOfSection19) {
  EXPECT_EQ(faults_of(Profile::kHappy), Faults{});
  Faults faults;
  faults.rejects = 1;
  faults.callback_traps = 1;
  faults.heartbeats = 1;
  faults.expiries = 1;
  EXPECT_EQ(faults_of(Profile::kSafety), faults);
  faults.send_failures = 1;
  faults.environment_silence = 1;
  faults.fatal_rejects = 1;
  faults.cleanup_traps = 1;
  faults.undecodable_replies = 1;
  EXPECT_EQ(faults_of(Profile::kStrictSpec), faults);
}

TEST(Faults, EachIsAnEventAndWhatIsLeftOfItsBudgetIsPartOfTheState) {
  ClientSetting s;
  s.install<Ticker>("ticker");
  s.system.faults = faults_of(Profile::kStrictSpec);
  s.system.faults.dropped_ingress = 1;
  s.system.faults.resubmissions = 1;
  s.call("alice", s.client, &Client::ask_twice);
  Walk walk(s);
  explore(
      walk, [] { return ""; },
      [&](const Step& step) {
        std::size_t spent = 0;
        for (const LeafChange& change : step.changes) {
          if (walk.kernel.key(change.position).kind == LeafKind::kBudget) {
            EXPECT_EQ(change.after, change.before + 1);
            ++spent;
          }
        }
        EXPECT_EQ(spent, step.event.is_optional() ? 1U : 0U) << walk.kernel.to_text(step.event);
      });
}

TEST(Faults, OneKindDoesNotUseUpTheBudgetOfAnother) {
  ClientSetting s;
  s.system.faults = faults_of(Profile::kStrictSpec);
  s.call("alice", s.client, &Client::ask, 1);
  s.call("bob", s.client, &Client::ask, 2);
  Walk walk(s, "start alice#1", "start bob#1", "reject client>server@1", "deliver alice#1/1 trap");
  EXPECT_EQ(walk.enabled(), (Events{"start client>server", "reject client>server@1 fatal"}));
}

TEST(WeakenedG1, RequestsOfAPairOvertakeEachOther) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask_twice);
  EXPECT_EQ(s.served(), (Outcomes{"1 2"}));
  s.system.weakened.overtaking = true;
  EXPECT_EQ(s.served(), (Outcomes{"1 2", "2 1"}));
}

TEST(Schedules, EventsReadBackFromTheirText) {
  ClientSetting s;
  s.install<Ticker>("ticker");
  s.system.faults = {1, 1, 1, 1, 1, 1, 1};
  s.system.weakened.overtaking = true;
  s.call("alice", s.client, &Client::ask_twice);
  Walk walk(s);
  explore(
      walk, [] { return ""; },
      [&](const Step& step) {
        const std::string line = walk.kernel.to_text(step.event);
        EXPECT_EQ(walk.kernel.to_text(walk.kernel.from_text(line)), line);
      });
}

}  // namespace
}  // namespace heddle::rules
