// Bounded-wait calls: K1, K8, P8, P9, Q3, Q11, C12, D13 and M14 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

using Events = std::vector<std::string>;

class Backend : public Canister {
 public:
  Update<Nat> serve(Nat number) {
    ++served;
    co_return number;
  }

  HEDDLE_CANISTER(Backend, serve)

  Var<Nat> served{this, "served", 0};
};

class Service : public Canister {
 public:
  explicit Service(Ref<Backend> whom) : backend(whom) {}

  Update<Nat> work(Nat number) {
    ++started;
    const Nat got = co_await call(backend, &Backend::serve, number);
    ++finished;
    co_return got;
  }

  /// In seconds; 999 of a call without one.
  Update<Nat> ask_deadline() {
    const auto before = deadline();
    co_await call(backend, &Backend::serve, 1);
    const auto after = deadline();
    if (before != after) {
      trap("the deadline changed");
    }
    co_return after ? Nat(*after / 1'000'000'000) : Nat(999);
  }

  const Ref<Backend> backend;
  Var<Nat> started{this, "started", 0};
  Var<Nat> finished{this, "finished", 0};
  HEDDLE_CANISTER(Service, work, ask_deadline)
};

class Client : public Canister {
 public:
  Client(Ref<Service> first, Ref<Backend> second) : service(first), backend(second) {}

  Update<std::string> ask(Nat timeout) {
    const auto seconds = static_cast<std::uint32_t>(timeout);
    const Outcome<Nat> got =
        co_await outcome(call(with_timeout(service, seconds), &Service::work, 1));
    co_return got ? fmt::format("{}", *got) : std::string(to_string(got.reject().code));
  }

  Update<std::string> ask_without_timeout() {
    const Outcome<Nat> got = co_await outcome(call(service, &Service::work, 1));
    co_return got ? fmt::format("{}", *got) : std::string(to_string(got.reject().code));
  }

  Update<> ask_twice() {
    Future<Nat> first = call(with_timeout(backend, 1), &Backend::serve, 1);
    Future<Nat> second = call(with_timeout(backend, 1), &Backend::serve, 2);
    const Outcome<Nat> one = co_await outcome(first);
    const Outcome<Nat> two = co_await outcome(second);
  }

  Update<std::string> by_name() {
    const Outcome<Nat> got =
        co_await outcome(call<Nat>(with_timeout(principal_of(backend), 1), "serve", Nat(1)));
    co_return got ? fmt::format("{}", *got) : std::string(to_string(got.reject().code));
  }

  Update<Nat> deadline_of(Nat timeout) {
    const auto seconds = static_cast<std::uint32_t>(timeout);
    const Nat got = co_await call(with_timeout(service, seconds), &Service::ask_deadline);
    co_return got;
  }

  Update<Nat> no_deadline() {
    const Nat got = co_await call(service, &Service::ask_deadline);
    co_return got;
  }

  const Ref<Service> service;
  const Ref<Backend> backend;
  HEDDLE_CANISTER(Client, ask, ask_without_timeout, ask_twice, by_name, deadline_of, no_deadline)
};

struct ClientSetting : Setting {
  ClientSetting() {
    backend = install<Backend>("backend");
    service = install<Service>("service", backend);
    client = install<Client>("client", service, backend);
    system.faults.expiries = 1;
  }

  Handle<Backend> backend;
  Handle<Service> service;
  Handle<Client> client;
};

TEST(RuleK8, AQueuedRequestExpiresAndMayStillBeExecuted) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start client>service", "expire alice#1/1"}));
  const Step& expired = walk.perform("expire alice#1/1");
  ASSERT_EQ(expired.responses.size(), 1U);
  EXPECT_EQ(expired.responses.front().answer.code, RejectCode::kSysUnknown);
  EXPECT_TRUE(expired.responses.front().injected);
  EXPECT_EQ(walk.enabled(),
            (Events{"start client>service", "deliver alice#1/1", "drop client>service@1"}));
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "\"SYS_UNKNOWN\"");
  walk.perform("start client>service", "start service>backend");
  const Step& late = walk.perform("deliver alice#1/1/1");
  EXPECT_TRUE(late.responses.empty());
  ASSERT_EQ(late.dropped.size(), 1U);
  EXPECT_TRUE(late.dropped.front().answer.replied);
  EXPECT_EQ(walk.get(s.service, &Service::finished), 1);
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(RuleK8, AnExpiredRequestMayVanishAtAnyPositionAndTheOthersKeepTheirOrder) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask_twice);
  Walk walk(s, "start alice#1", "expire alice#1/2");
  EXPECT_EQ(walk.enabled(),
            (Events{"start client>backend", "deliver alice#1/2", "drop client>backend@2"}));
  walk.perform("drop client>backend@2");
  EXPECT_EQ(walk.queued(s.client, s.backend), 1U);
  walk.perform("start client>backend");
  EXPECT_EQ(walk.get(s.backend, &Backend::served), 1);
  EXPECT_FALSE(walk.is_enabled("start client>backend"));
}

TEST(RuleK8, AnExpiredRequestKeepsItsPlaceInTheQueue) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask_twice);
  Walk walk(s, "start alice#1", "expire alice#1/1");
  const Step& first = walk.perform("start client>backend");
  EXPECT_EQ(first.dropped.size(), 1U);
  const Step& second = walk.perform("start client>backend");
  EXPECT_EQ(second.responses.size(), 1U);
}

TEST(RuleK8, ACallExpiresWhileItsCalleeServesItWhichGoesOn) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "start client>service", "expire alice#1/1");
  EXPECT_EQ(walk.enabled(), (Events{"start service>backend", "deliver alice#1/1"}));
  walk.perform("start service>backend", "deliver alice#1/1/1", "deliver alice#1/1");
  EXPECT_EQ(walk.get(s.service, &Service::finished), 1);
  EXPECT_EQ(walk.result("alice#1"), "\"SYS_UNKNOWN\"");
}

TEST(RuleK8, AResponseInFlightExpiresThoughTheCalleeHasFinished) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "start client>service", "start service>backend",
            "deliver alice#1/1/1", "expire alice#1/1", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "\"SYS_UNKNOWN\"");
  EXPECT_EQ(walk.get(s.service, &Service::finished), 1);
}

TEST(RuleP8, ACallWithUnboundedWaitNeverExpires) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask_without_timeout);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start client>service"}));
  walk.perform("start client>service", "start service>backend", "deliver alice#1/1/1");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1"}));
}

TEST(RuleP9, TheCallerIsToldSysUnknownThoughTheCalleeRanAndAnswered) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "start client>service", "start service>backend",
            "deliver alice#1/1/1");
  EXPECT_EQ(walk.get(s.service, &Service::finished), 1);
  walk.perform("expire alice#1/1", "deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "\"SYS_UNKNOWN\"");
  EXPECT_TRUE(walk.enabled().empty());  // the real answer is gone
}

// The replica expires calls when their deadline has passed, at the start of a round; explored is
// what the specification allows, any time.
TEST(RuleQ11, ACallMayExpireAtAnyTimeUntilItsResponseIsDelivered) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 300);
  Walk walk(s);
  for (const char* event :
       {"start alice#1", "start client>service", "start service>backend", "deliver alice#1/1/1"}) {
    walk.perform(event);
    EXPECT_TRUE(walk.is_enabled("expire alice#1/1")) << event;
  }
  walk.perform("deliver alice#1/1");
  EXPECT_FALSE(walk.is_enabled("expire alice#1/1"));
}

TEST(ChoiceD13, WithoutABudgetABoundedCallDoesNotExpireAndItIsUsedUp) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask_twice);
  Walk once(s, "start alice#1", "expire alice#1/1");
  EXPECT_FALSE(once.is_enabled("expire alice#1/2"));
  EXPECT_FALSE(once.is_enabled("expire alice#1/1"));
  s.system.faults.expiries = 0;
  Walk never(s, "start alice#1");
  EXPECT_EQ(never.enabled(), (Events{"start client>backend"}));
}

TEST(RuleC12, TheCallerMayEndWhileAnExpiredRequestIsServed) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "start client>service", "expire alice#1/1", "deliver alice#1/1");
  EXPECT_EQ(walk.open_contexts(s.client), 0U);
  EXPECT_EQ(walk.open_contexts(s.service), 1U);
  EXPECT_EQ(walk.in_flight(s.client, s.service), 0U);
}

TEST(RuleQ3, ACallTakesItsSlotUntilItsExpiryIsDelivered) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "expire alice#1/1");
  EXPECT_EQ(walk.in_flight(s.client, s.service), 1U);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.in_flight(s.client, s.service), 0U);
  EXPECT_EQ(walk.queued(s.client, s.service), 1U);  // and the request is there still [Q6]
}

TEST(RuleK5, AnExpiredRequestVanishesInsteadOfBeingRejected) {
  ClientSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1");
  EXPECT_TRUE(walk.is_enabled("reject client>service@1"));
  walk.perform("expire alice#1/1");
  EXPECT_FALSE(walk.is_enabled("reject client>service@1"));
}

TEST(RuleK1, TheDeadlineIsTheTimeoutFromNowAndAtMost300Seconds) {
  ClientSetting s;
  s.system.faults.expiries = 0;
  s.call("alice", s.client, &Client::deadline_of, 7);
  s.call("bob", s.client, &Client::deadline_of, 1000);
  s.call("carol", s.client, &Client::no_deadline);
  Walk walk(s);
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "7");
  EXPECT_EQ(walk.result("bob#1"), "300");
  EXPECT_EQ(walk.result("carol#1"), "999");
}

TEST(RuleK8, TheDeadlineOfAnExpiredCallIsWhatItWas) {
  ClientSetting s;
  s.call("alice", s.client, &Client::deadline_of, 7);
  Walk walk(s, "start alice#1", "expire alice#1/1", "start client>service",
            "start service>backend");
  const Step& late = walk.perform("deliver alice#1/1/1");
  ASSERT_EQ(late.dropped.size(), 1U);
  EXPECT_EQ(walk.kernel.tables().values[late.dropped.front().answer.value], to_bytes(Nat(7)));
}

TEST(RuleM14, ACallByPrincipalHasATimeoutToo) {
  ClientSetting s;
  s.call("alice", s.client, &Client::by_name);
  Walk walk(s, "start alice#1");
  EXPECT_TRUE(walk.is_enabled("expire alice#1/1"));
}

TEST(RuleK8, EventsReadBack) {
  ClientSetting s;
  s.call("alice", s.client, &Client::ask, 1);
  Walk walk(s, "start alice#1", "expire alice#1/1");
  for (const Event& event : walk.events()) {
    const std::string text = walk.kernel.to_text(event);
    EXPECT_EQ(walk.kernel.to_text(walk.kernel.from_text(text)), text);
  }
}

}  // namespace
}  // namespace heddle::rules
