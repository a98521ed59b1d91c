// What a trace shows of a bounded-wait call that expires [K8]. The golden files hold line numbers
// of this file.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>
#include <heddle/traces/json.h>
#include <heddle/traces/make.h>
#include <heddle/traces/terminal.h>

#include "traces/golden.h"

namespace heddle {
namespace {

class Mint : public Canister {
 public:
  Update<Nat> mint(Nat amount) {
    supply += amount;
    co_return supply;
  }

  Var<Nat> supply{this, "supply", 0};
  HEDDLE_CANISTER(Mint, mint)
};

class Shop : public Canister {
 public:
  explicit Shop(Ref<Mint> by) : mint(by) {}

  Update<> buy(Nat amount) {
    const Outcome<Nat> minted = co_await outcome(call(with_timeout(mint, 10), &Mint::mint, amount));
    if (minted) {
      sold += amount;
    }
  }

  const Ref<Mint> mint;
  Var<Nat> sold{this, "sold", 0};
  HEDDLE_CANISTER(Shop, buy)
};

Trace trace_of(const ScheduleText& schedule) {
  Scenario s("test/bounded");
  auto mint = s.install<Mint>("mint");
  auto shop = s.install<Shop>("shop", mint);
  s.user("alice").calls(shop, &Shop::buy, Nat{5});
  s.faults().expiries = 1;
  s.faults().fatal_rejects = 1;
  s.faults().undecodable_replies = 1;
  const Setup setup = s.build();
  Kernel kernel(setup.system);
  return make_trace(kernel, setup.claims, {.scenario = "test/bounded", .schedule = schedule});
}

TEST(BoundedWait, ARequestThatExpiredIsServedAllTheSameAndItsAnswerDropped) {
  const Trace trace =
      trace_of({"start alice#1", "expire alice#1/1", "deliver alice#1/1", "start shop>mint"});
  EXPECT_TRUE(test::matches_golden("bounded_served_late.txt", to_terminal(trace, {.width = 100})));
  ASSERT_EQ(trace.steps.size(), 4U);
  EXPECT_TRUE(trace.steps[1].is_fault);
  EXPECT_FALSE(trace.steps[3].is_fault);
  EXPECT_EQ(to_json(read_whole_trace(to_json(trace), "trace.json")), to_json(trace));
}

TEST(BoundedWait, AnExpiredRequestThatVanishes) {
  const Trace trace =
      trace_of({"start alice#1", "expire alice#1/1", "drop shop>mint@1", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("bounded_vanished.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(to_json(read_whole_trace(to_json(trace), "trace.json")), to_json(trace));
}

TEST(BoundedWait, AnAnswerThatExpiresOnItsWayBack) {
  const Trace trace =
      trace_of({"start alice#1", "start shop>mint", "expire alice#1/1", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("bounded_answer_lost.txt", to_terminal(trace, {.width = 100})));
}

// Not of bounded-wait calls: the other faults that messages meet on their way.
TEST(RareFaults, AFatalRejectAndAnUndecodableReply) {
  const Trace rejected = trace_of({"start alice#1", "reject shop>mint@1 fatal"});
  EXPECT_TRUE(rejected.steps[1].is_fault);
  const Trace garbled =
      trace_of({"start alice#1", "start shop>mint", "garble alice#1/1", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("rare_faults.txt", to_terminal(rejected, {.width = 100}) + "\n" +
                                                          to_terminal(garbled, {.width = 100})));
  EXPECT_EQ(to_json(read_whole_trace(to_json(garbled), "trace.json")), to_json(garbled));
}

}  // namespace
}  // namespace heddle
