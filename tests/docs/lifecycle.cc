// The C++ of docs/lifecycle.md, with scenarios that run it.
#include <gtest/gtest.h>

#include <heddle/heddle.h>
#include <heddle/suite/check_scenario.h>
#include <heddle/suite/gtest.h>

namespace {

using namespace heddle;

class Cache : public RustCanister {
 public:
  Update<> put(Nat value) {
    heap = value;
    co_return;
  }

  PreUpgrade save() {
    saved = heap.get();
    co_return;
  }

  PostUpgrade restore() {
    heap = saved.get();
    co_return;
  }

  Var<Nat> heap{this, "heap", 0};
  Var<Nat> saved{this, "saved", 0, stable};
  HEDDLE_CANISTER(Cache, put, save, restore)
};

HEDDLE_SCENARIO(lifecycle, saved, "what is saved before an upgrade is there after it") {
  auto cache = s.install<Cache>("cache");
  s.user("alice").calls(cache, &Cache::put, Nat{5});
  auto ops = s.user("ops");
  ops.then();
  ops.stops(cache);
  ops.upgrades(cache);
  ops.starts(cache);
  s.profile(happy);
  s.outcomes("value", [=](const State& end) { return end[cache].heap.get(); });
  s.expect_outcomes("value", {"0", "5"});
}

TEST(Lifecycle, EverySnippetRuns) {
  for (const RegisteredScenario* scenario : Registry::instance().matching("lifecycle/*")) {
    EXPECT_TRUE(as_declared(scenario->name()));
  }
}

}  // namespace
