// What a trace shows of canisters that are stopped, upgraded and removed [X1-X7]. The golden files
// hold line numbers of this file.
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

class Shop : public RustCanister {
 public:
  explicit Shop(Ref<Mint> by) : mint(by) {}

  Update<> buy(Nat amount) {
    co_await call(mint, &Mint::mint, amount);
    sold += amount;
  }

  PostUpgrade restore() {
    ++upgrades;
    co_return;
  }

  const Ref<Mint> mint;
  Var<Nat> sold{this, "sold", 3};
  Var<Nat> upgrades{this, "upgrades", 0, stable};
  HEDDLE_CANISTER(Shop, buy, restore)
};

Trace trace_of(const ScheduleText& schedule) {
  Scenario s("test/lifecycle");
  auto mint = s.install<Mint>("mint");
  auto shop = s.install<Shop>("shop", mint);
  s.user("alice").calls(shop, &Shop::buy, Nat{5});
  s.user("ops").stops(shop);
  s.user("ops").upgrades(shop);
  s.user("ops").in_order();
  s.profile(ops);
  const Setup setup = s.build();
  Kernel kernel(setup.system);
  return make_trace(kernel, setup.claims, {.scenario = "test/lifecycle", .schedule = schedule});
}

TEST(Lifecycle, AStopAnUpgradeAndAStartByAController) {
  const Trace trace =
      trace_of({"start alice#1", "start ops#1", "start shop>mint", "deliver alice#1/1",
                "stopped shop", "start ops#2", "restart shop"});
  EXPECT_TRUE(test::matches_golden("lifecycle_stopped.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(to_json(read_whole_trace(to_json(trace), "trace.json")), to_json(trace));
}

TEST(Lifecycle, AnUpgradeOfTheEnvironmentWhileACallbackIsOpen) {
  const Trace trace =
      trace_of({"start alice#1", "upgrade shop", "start shop>mint", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("lifecycle_unsafe.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(trace.property, "no unsafe upgrade");
  EXPECT_TRUE(trace.steps[1].is_fault);
  EXPECT_EQ(to_json(read_whole_trace(to_json(trace), "trace.json")), to_json(trace));
}

TEST(Lifecycle, ACanisterThatIsUninstalledAndGoesBackToItsSnapshot) {
  const Trace trace = trace_of({"take-snapshot shop", "start alice#1", "uninstall shop",
                                "load-snapshot shop", "start shop>mint", "deliver alice#1/1"});
  EXPECT_TRUE(test::matches_golden("lifecycle_snapshot.txt", to_terminal(trace, {.width = 100})));
  EXPECT_EQ(to_json(read_whole_trace(to_json(trace), "trace.json")), to_json(trace));
}

}  // namespace
}  // namespace heddle
