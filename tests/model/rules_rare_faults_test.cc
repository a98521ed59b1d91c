// What the environment does rarely: decisions D9, D15, D17 and D18 of ic-semantics.md.
#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

using Events = std::vector<std::string>;

class Client : public Canister {
 public:
  explicit Client(Ref<Server> whom) : server(whom) {}

  Update<std::string> code() {
    const Outcome<Nat> got = co_await outcome(call(server, &Server::serve, 1));
    co_return got ? "replied" : std::string(to_string(got.reject().code));
  }

  Update<Nat> locked() {
    const auto unlock = finally([this] { ++unlocked; });
    const Nat got = co_await call(server, &Server::serve, 1);
    if (got == 1) {
      expected_trap("enough");
    }
    co_return got;
  }

  Update<Nat> not_locked() {
    const Nat got = co_await call(server, &Server::serve, 1);
    co_return got;
  }

  Update<> to_itself() {
    const Nat got = co_await async(&Client::one);
    unlocked += got;
  }

  Async<Nat> one() { co_return 1; }

  TimerTask tick() {
    ++ticks;
    co_return;
  }

  Update<> arm() {
    set_timer(1);
    co_return;
  }

  const Ref<Server> server;
  Var<Nat> unlocked{this, "unlocked", 0};
  Var<Nat> ticks{this, "ticks", 0};
  HEDDLE_CANISTER(Client, code, locked, not_locked, to_itself, one, tick, arm)
};

class RustClient : public RustCanister {
 public:
  explicit RustClient(Ref<Server> whom) : server(whom) {}

  Update<std::string> code() {
    const Outcome<Nat> got = co_await outcome(call(server, &Server::serve, 1));
    co_return got ? "replied" : std::string(to_string(got.reject().code));
  }

  const Ref<Server> server;
  HEDDLE_CANISTER(RustClient, code)
};

struct ClientSetting : Setting {
  Handle<Server> server = install<Server>("server");
  Handle<Client> client = install<Client>("client", server);
};

TEST(ChoiceD9, ARequestMayBeRejectedWithCodeOneOnce) {
  ClientSetting s;
  s.system.faults.fatal_rejects = 1;
  s.call("alice", s.client, &Client::code);
  s.call("bob", s.client, &Client::code);
  Walk walk(s, "start alice#1", "start bob#1");
  EXPECT_TRUE(walk.is_enabled("reject client>server@2 fatal"));
  EXPECT_FALSE(walk.is_enabled("reject client>server@1"));
  walk.perform("reject client>server@1 fatal");
  EXPECT_EQ(walk.enabled(), (Events{"start client>server", "deliver alice#1/1"}));
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "\"SYS_FATAL\"");
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "1");
}

TEST(ChoiceD15, AFirstExecutionMayTrapAndLeavesNothing) {
  ClientSetting s;
  s.system.faults.first_traps = 1;
  s.call("alice", s.client, &Client::code);
  Walk walk(s);
  EXPECT_EQ(walk.enabled(), (Events{"start alice#1", "start alice#1 trap"}));
  Walk ingress(s, "start alice#1 trap");
  EXPECT_EQ(ingress.result("alice#1"), "CANISTER_ERROR: injected trap");
  EXPECT_TRUE(ingress.enabled().empty());
  walk.perform("start alice#1", "start client>server trap");
  EXPECT_EQ(text(walk.get(s.server, &Server::served)), "");
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "\"CANISTER_ERROR\"");
}

TEST(ChoiceD15, ATrappedTimerTaskStaysDisarmed) {
  ClientSetting s;
  s.system.faults.first_traps = 1;
  s.call("alice", s.client, &Client::arm);
  Walk walk(s, "start alice#1", "timer client");
  EXPECT_EQ(walk.enabled(), (Events{"task client", "task client trap"}));
  walk.perform("task client trap");
  EXPECT_EQ(walk.get(s.client, &Client::ticks), 0);
  EXPECT_FALSE(walk.timer_armed(s.client));
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(ChoiceD15, WhatRunsNoCodeDoesNotTrap) {
  Setting s;
  s.system.faults.first_traps = 1;
  const auto server = s.environment<Server>("server");
  s.answers(server, &Server::serve, {{EnvironmentAnswer::Kind::kReply, to_bytes(Nat(2))}});
  const auto client = s.install<Client>("client", server);
  s.call("alice", client, &Client::code);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), (Events{"start client>server answer 1"}));
}

TEST(ChoiceD17, CleanupMayTrapWhoseverTrapItFollows) {
  ClientSetting s;
  s.system.faults.callback_traps = 1;
  s.system.faults.cleanup_traps = 1;
  s.call("alice", s.client, &Client::locked);
  Walk own(s, "start alice#1", "start client>server");
  EXPECT_EQ(own.enabled(),
            (Events{"deliver alice#1/1", "deliver alice#1/1 trap", "deliver alice#1/1 cleanup-trap",
                    "deliver alice#1/1 trap cleanup-trap"}));
  own.perform("deliver alice#1/1 cleanup-trap");
  EXPECT_EQ(own.get(s.client, &Client::unlocked), 0);
  EXPECT_EQ(own.result("alice#1"), "CANISTER_ERROR: enough");
  EXPECT_TRUE(own.enabled().empty());
}

TEST(ChoiceD17, ACleanupThatWritesNothingNeedNotTrap) {
  ClientSetting s;
  s.system.faults.callback_traps = 1;
  s.system.faults.cleanup_traps = 1;
  s.call("alice", s.client, &Client::not_locked);
  Walk walk(s, "start alice#1", "start client>server");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1", "deliver alice#1/1 trap"}));
}

TEST(ChoiceD18, AnUndecodableReplyTrapsMotokosCallbackAndIsARejectInRust) {
  Setting s;
  s.system.faults.undecodable_replies = 1;
  const auto server = s.install<Server>("server");
  const auto motoko = s.install<Client>("motoko", server);
  const auto rust = s.install<RustClient>("rust", server);
  s.call("alice", motoko, &Client::code);
  s.call("bob", rust, &RustClient::code);
  Walk walk(s, "start alice#1", "start bob#1", "start motoko>server", "start rust>server");
  EXPECT_TRUE(walk.is_enabled("garble alice#1/1"));
  Walk other(s, "start alice#1", "start bob#1", "start motoko>server", "start rust>server",
             "garble bob#1/1");
  EXPECT_FALSE(other.is_enabled("garble alice#1/1"));
  other.run_on();
  EXPECT_EQ(other.result("bob#1"), "\"CANDID_DECODE_FAILED\"");
  walk.perform("garble alice#1/1", "deliver alice#1/1");
  EXPECT_TRUE(walk.result("alice#1").starts_with("CANISTER_ERROR: the reply cannot be decoded"))
      << walk.result("alice#1");
}

TEST(ChoiceD18, ACanisterReadsItsOwnReplies) {
  ClientSetting s;
  s.system.faults.undecodable_replies = 1;
  s.call("alice", s.client, &Client::to_itself);
  Walk walk(s, "start alice#1", "start client>client");
  EXPECT_EQ(walk.enabled(), (Events{"deliver alice#1/1"}));
}

TEST(RareFaults, EventsReadBack) {
  ClientSetting s;
  s.system.faults = {.rejects = 1,
                     .fatal_rejects = 1,
                     .first_traps = 1,
                     .callback_traps = 1,
                     .cleanup_traps = 1,
                     .undecodable_replies = 1};
  s.call("alice", s.client, &Client::locked);
  Walk walk(s);
  for (const char* event : {"start alice#1", "start client>server", "deliver alice#1/1"}) {
    for (const Event& enabled : walk.events()) {
      const std::string text = walk.kernel.to_text(enabled);
      EXPECT_EQ(walk.kernel.to_text(walk.kernel.from_text(text)), text);
    }
    walk.perform(event);
  }
}

}  // namespace
}  // namespace heddle::rules
