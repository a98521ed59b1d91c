// The timer libraries of Motoko and the Rust CDK, and Motoko's heartbeat: T5 to T7 of
// ic-semantics.md.
#include <heddle/model/timers.h>

#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

class Backend : public Canister {
 public:
  Update<> serve() { co_return; }

  HEDDLE_CANISTER(Backend, serve)
};

class MotokoShop : public MotokoTimers<MotokoShop> {
 public:
  explicit MotokoShop(Ref<Backend> whom) : backend(whom) {}

  Update<> once(std::uint64_t seconds) {
    set_timer(seconds, &MotokoShop::count);
    co_return;
  }

  Update<> again(std::uint64_t seconds) {
    recurring_timer(seconds, &MotokoShop::ask);
    co_return;
  }

  Update<> many(std::uint64_t timers) {
    for (std::uint64_t i = 0; i < timers; ++i) {
      set_timer(1, &MotokoShop::count);
    }
    co_return;
  }

  Update<> set_and_cancel() {
    const std::uint64_t kept = set_timer(1, &MotokoShop::count);
    const std::uint64_t cancelled = set_timer(1, &MotokoShop::ask);
    cancel_timer(cancelled);
    ids = kept * 10 + cancelled;
    co_return;
  }

  Async<> count() {
    ++counted;
    co_return;
  }

  Async<> ask() {
    ++begun;
    co_await call(backend, &Backend::serve);
    ++ended;
  }

  static auto jobs() { return std::array{&MotokoShop::count, &MotokoShop::ask}; }

  HEDDLE_CANISTER(MotokoShop, once, again, many, set_and_cancel, count, ask, global_timer,
                  timer_helper)

  const Ref<Backend> backend;
  Var<std::uint64_t> counted{this, "counted", 0};
  Var<std::uint64_t> begun{this, "begun", 0};
  Var<std::uint64_t> ended{this, "ended", 0};
  Var<std::uint64_t> ids{this, "ids", 0};
};

class RustShop : public CdkTimers<RustShop> {
 public:
  explicit RustShop(Ref<Backend> whom) : backend(whom) {}

  Update<> once() {
    set_timer(1, &RustShop::count);
    co_return;
  }

  Update<> fragile() {
    set_timer(1, &RustShop::crash);
    co_return;
  }

  Update<> interval() {
    set_timer_interval(1, &RustShop::ask);
    co_return;
  }

  Update<> serial() {
    set_timer_interval_serial(1, &RustShop::ask);
    co_return;
  }

  Star<> count() {
    ++counted;
    co_return;
  }

  Star<> crash() {
    ++counted;
    expected_trap("crashed");
    co_return;
  }

  Star<> ask() {
    ++counted;
    co_await call(backend, &Backend::serve);
  }

  static auto jobs() { return std::array{&RustShop::count, &RustShop::crash, &RustShop::ask}; }

  HEDDLE_CANISTER(RustShop, once, fragile, interval, serial, global_timer, timer_executor)

  const Ref<Backend> backend;
  Var<std::uint64_t> counted{this, "counted", 0};
};

/// Motoko's heartbeat is `async`: its body is a message to itself.
class Beating : public Canister {
 public:
  HeartbeatTask heartbeat() {
    const Future<> started = async(&Beating::body);
    co_return;
  }

  Async<> body() {
    ++beats;
    co_return;
  }

  Var<Nat> beats{this, "beats", 0};
  HEDDLE_CANISTER(Beating, heartbeat, body)
};

template <class S>
struct ShopSetting : Setting {
  ShopSetting() {
    backend = install<Backend>("backend");
    shop = install<S>("shop", backend);
  }

  void model_clock() {
    system.clock = true;
    directory->clock = true;
  }

  Handle<Backend> backend;
  Handle<S> shop;
};

using MotokoSetting = ShopSetting<MotokoShop>;
using RustSetting = ShopSetting<RustShop>;

TEST(RuleT5, AJobBeginsTwoMessagesAfterTheTask) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::once, 1);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.enabled(), Events{"timer shop"});
  walk.perform("timer shop", "task shop");
  EXPECT_EQ(walk.queued(s.shop, s.shop), 1U);
  walk.perform("start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 0U);
  EXPECT_EQ(walk.queued(s.shop, s.shop), 1U);
  EXPECT_FALSE(walk.timer_armed(s.shop));
  walk.perform("start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 1U);
}

TEST(RuleT5, ARecurringJobMayMeetItsOwnNextTime) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::again, 1);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "start shop>shop", "start shop>shop",
            "timer shop", "task shop", "start shop>shop", "start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::begun), 2U);
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::ended), 0U);
}

TEST(RuleT5, TenJobsBeginAtATimeAndTheOthersAfterThem) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::many, 12);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "start shop>shop");
  EXPECT_EQ(walk.queued(s.shop, s.shop), 10U);
  EXPECT_TRUE(walk.timer_armed(s.shop));
  walk.run_on();
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 12U);
}

TEST(RuleT5, AJobWithoutASlotForItsMessageIsDueAgainAtOnce) {
  MotokoSetting s;
  s.system.limits[{s.shop.id(), s.shop.id()}] = 2;  // one is the helper's
  s.call("alice", s.shop, &MotokoShop::many, 2);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "start shop>shop");
  EXPECT_EQ(walk.queued(s.shop, s.shop), 1U);
  EXPECT_TRUE(walk.timer_armed(s.shop));
  walk.run_on();
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 2U);
}

TEST(RuleT5, ACancelledTimerRunsNothing) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::set_and_cancel);
  Walk walk(s, "start alice#1");
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::ids), 12U);
  walk.run_on();
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 1U);
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::begun), 0U);
}

TEST(RuleT5, WithAClockTimersAreDueAtTheirTimes) {
  MotokoSetting s;
  s.model_clock();
  s.user("alice", ScriptOrder::kThen);
  s.call("alice", s.shop, &MotokoShop::once, 20);
  s.call("alice", s.shop, &MotokoShop::again, 5);
  Walk walk(s, "start alice#1", "start alice#2");
  EXPECT_EQ(walk.enabled(), Events{"time"});
  walk.perform("time", "timer shop", "task shop", "start shop>shop", "start shop>shop");
  EXPECT_EQ(walk.leaf({LeafKind::kClock, 0, 0, 0}), 5U);
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::begun), 1U);
  EXPECT_EQ(walk.get(s.shop, &MotokoShop::counted), 0U);
  // The next time is on the grid of the first.
  EXPECT_EQ(walk.leaf({LeafKind::kTimer, s.shop.id(), 0, 0}), 1U + 10U);
}

TEST(RuleT5, AnUpgradeLosesTimers) {
  MotokoSetting s;
  s.call("alice", s.shop, &MotokoShop::once, 1);
  Program& program = *s.system.canisters[s.shop.id()].program;
  program.grant_management();
  s.user("ops").calls.push_back(
      {s.shop.id(), program.info().management(Management::kUpgrade), to_bytes(std::tuple<>())});
  Walk walk(s, "start alice#1", "start ops#1");
  EXPECT_TRUE(walk.enabled().empty());  // [S16]
}

TEST(RuleT6, ATaskIsABoundedWaitCallToItself) {
  RustSetting s;
  s.system.faults.expiries = 1;
  s.call("alice", s.shop, &RustShop::once);
  Walk walk(s, "start alice#1", "timer shop", "task shop");
  EXPECT_EQ(walk.enabled(), (Events{"start shop>shop", "expire shop!1/1"}));
  walk.perform("start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &RustShop::counted), 1U);
  walk.perform("deliver shop!1/1");
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(RuleT6, ATaskWhoseCallExpiresAfterItRanRunsTwice) {
  RustSetting s;
  s.system.faults.expiries = 1;
  s.call("alice", s.shop, &RustShop::once);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "start shop>shop", "expire shop!1/1",
            "deliver shop!1/1", "timer shop", "task shop", "start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &RustShop::counted), 2U);
}

TEST(RuleT6, ATaskThatIsRejectedBeforeItRunsRunsLater) {
  RustSetting s;
  s.system.faults.rejects = 1;
  s.call("alice", s.shop, &RustShop::once);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "reject shop>shop@1", "deliver shop!1/1",
            "timer shop", "task shop", "start shop>shop");
  EXPECT_EQ(walk.get(s.shop, &RustShop::counted), 1U);
}

TEST(RuleT6, ATaskThatTrapsIsDropped) {
  RustSetting s;
  s.call("alice", s.shop, &RustShop::fragile);
  Walk walk(s, "start alice#1", "timer shop", "task shop", "start shop>shop", "deliver shop!1/1");
  EXPECT_EQ(walk.get(s.shop, &RustShop::counted), 0U);
  EXPECT_TRUE(walk.enabled().empty());
}

TEST(RuleT6, AnIntervalOverlapsItselfAndASerialOneSkips) {
  const auto begun = [](auto method) {
    RustSetting s;
    s.call("alice", s.shop, method);
    Walk walk(s, "start alice#1");
    for (int i = 0; i < 7; ++i) {
      walk.perform("timer shop", "task shop");
      while (walk.is_enabled("start shop>shop")) {
        walk.perform("start shop>shop");
      }
    }
    return walk.get(s.shop, &RustShop::counted);
  };
  EXPECT_EQ(begun(&RustShop::interval), 5U);
  EXPECT_EQ(begun(&RustShop::serial), 1U);
}

TEST(RuleT6, NobodyElseRunsATask) {
  RustSetting s;
  s.call("mallory", s.shop, &RustShop::timer_executor, 1);
  Walk walk(s, "start mallory#1");
  EXPECT_EQ(walk.result("mallory#1"),
            "CANISTER_ERROR: only the canister itself may run its timers");
}

TEST(RuleT7, TheBodyOfMotokosHeartbeatIsAMessageToItself) {
  Setting s;
  const auto beating = s.install<Beating>("beating");
  s.system.faults.heartbeats = 1;
  Walk walk(s, "heartbeat beating", "task beating");
  EXPECT_EQ(walk.get(beating, &Beating::beats), 0);
  walk.perform("start beating>beating");
  EXPECT_EQ(walk.get(beating, &Beating::beats), 1);
}

}  // namespace
}  // namespace heddle::rules
