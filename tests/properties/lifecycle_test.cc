// Canisters that users and the environment stop, upgrade and remove, as scenarios say it.
#include <algorithm>

#include <gtest/gtest.h>

#include <heddle/model/future.h>
#include <heddle/model/var.h>
#include <heddle/properties/scenario.h>

#include "properties/explored.h"

namespace heddle {
namespace {

using properties_tests::explore;
using properties_tests::Explored;
using Names = std::set<std::string>;

class Ledger : public Canister {
 public:
  Update<Nat> pay(Nat amount) {
    paid += amount;
    co_return paid.get();
  }

  Var<Nat> paid{this, "paid", 0};
  HEDDLE_CANISTER(Ledger, pay)
};

class Bank : public RustCanister {
 public:
  explicit Bank(Ref<Ledger> where) : ledger(where) {}

  Update<> withdraw(Nat amount) {
    co_await call(ledger, &Ledger::pay, amount);
    done += amount;
  }

  Query<Nat> get() { co_return done.get(); }

  const Ref<Ledger> ledger;
  Var<Nat> done{this, "done", 0, stable};
  HEDDLE_CANISTER(Bank, withdraw, get)
};

class BankV2 : public Bank {
 public:
  using Bank::Bank;

  Update<> withdraw(Nat amount) {
    co_await call(ledger, &Ledger::pay, amount);
    done += amount * 10;
  }

  Query<Nat> get() { co_return done.get() + 1000; }

  HEDDLE_CANISTER(BankV2, withdraw, get)
};

TEST(NoUnsafeUpgrade, IsViolatedAtOnceWhereCallbacksAreOpen) {
  Scenario s("upgrade");
  const auto ledger = s.install<Ledger>("ledger");
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::withdraw, Nat{1});
  s.user("ops").upgrades(bank);
  s.profile(happy);
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{"no unsafe upgrade"});
  EXPECT_EQ(explored.schedule.at("no unsafe upgrade"),
            (std::vector<std::string>{"start alice#1", "start ops#1"}));
  EXPECT_EQ(
      explored.why.at("no unsafe upgrade"),
      "bank's code was replaced while 1 of its callbacks was open: the response of each traps "
      "in the new code, or goes on in the wrong place. Stop the canister first");
}

TEST(NoUnsafeUpgrade, HoldsWhereTheCanisterIsStoppedFirst) {
  Scenario s("upgrade");
  const auto ledger = s.install<Ledger>("ledger");
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::withdraw, Nat{1});
  s.user("ops").stops(bank);
  s.user("ops").upgrades(bank);
  s.user("ops").starts(bank);
  s.user("ops").then();
  s.profile(happy);
  s.finally("paid is booked", [=](const State& end) { return end[bank].done == end[ledger].paid; });
  s.finally("it runs",
            [=](const State& end) { return end.status(bank) == CanisterStatus::kRunning; });
  EXPECT_EQ(explore(s).violated, Names{});
}

TEST(NoUnsafeUpgrade, IsClaimedOnlyWhereCodeMayBeReplaced) {
  const auto is_claimed = [](Scenario& s) {
    const heddle::Setup setup = s.build();
    return std::ranges::any_of(setup.claims.properties, [](const auto& property) {
      return property->name() == "no unsafe upgrade";
    });
  };
  Scenario stops("stops");
  stops.user("ops").stops(stops.install<Ledger>("ledger"));
  EXPECT_FALSE(is_claimed(stops));
  Scenario upgrades("upgrades");
  upgrades.user("ops").upgrades(upgrades.install<Ledger>("ledger"));
  EXPECT_TRUE(is_claimed(upgrades));
  Scenario faults("faults");
  faults.user("alice").calls(faults.install<Ledger>("ledger"), &Ledger::pay, Nat{1});
  faults.profile(ops);
  EXPECT_TRUE(is_claimed(faults));
}

TEST(Stopping, IsBlockedByACalleeThatNeverAnswersAndThatIsVisible) {
  Scenario s("blocked");
  auto ledger = s.install_environment<Ledger>("ledger");
  ledger.never(&Ledger::pay);
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::withdraw, Nat{1});
  const auto stop = s.user("ops").stops(bank);
  s.profile(happy);
  s.finally("it can be stopped", [=](const State& end) { return !end.stopping(bank); });
  s.finally("the stop is answered", [=](const State& end) { return end.result(stop).has_value(); });
  EXPECT_EQ(explore(s).violated, (Names{"it can be stopped", "the stop is answered"}));
}

TEST(Uninstalling, LeavesACanisterWithoutCode) {
  Scenario s("gone");
  const auto ledger = s.install<Ledger>("ledger");
  const auto bank = s.install<Bank>("bank", ledger);
  const auto withdrawn = s.user("alice").calls(bank, &Bank::withdraw, Nat{1});
  s.user("ops").uninstalls(bank);
  s.profile(happy);
  s.outcomes("alice", [=](const State& end) {
    const auto result = end.result(withdrawn);
    return result->replied() ? std::string("replied")
                             : std::string(to_string(result->reject().code));
  });
  s.finally("no code", [=](const State& end) { return !end.has_code(bank); });
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{});
  EXPECT_EQ(explored.outcomes.at("alice"), (Names{"replied", "CANISTER_REJECT", "CANISTER_ERROR"}));
}

TEST(Upgrading, ToAnotherClassRunsItsCodeAndItsQueries) {
  Scenario s("second");
  const auto ledger = s.install<Ledger>("ledger");
  const auto bank = s.install<Bank>("bank", ledger);
  s.user("alice").calls(bank, &Bank::withdraw, Nat{1});
  s.user("ops").stops(bank);
  s.user("ops").upgrades_to<BankV2>(bank, ledger);
  s.user("ops").starts(bank);
  s.user("ops").then();
  s.profile(happy);
  s.outcomes("done", [=](const State& end) { return end.query(bank, &Bank::get); });
  const Explored explored = explore(s);
  EXPECT_EQ(explored.violated, Names{});
  // Before, refused, or after.
  EXPECT_EQ(explored.outcomes.at("done"), (Names{"1001", "1000", "1010"}));
}

TEST(Ops, IsSafetyAndLifecycles) {
  const Faults faults = faults_of(Profile::kOps);
  EXPECT_EQ(faults.callback_traps, 1);
  EXPECT_EQ(faults.stops, 1);
  EXPECT_EQ(faults.upgrades, 1);
  EXPECT_EQ(faults.open_upgrades, 1);
  EXPECT_EQ(faults.uninstalls, 1);
  EXPECT_EQ(faults.snapshots, 1);
  Scenario s("ops");
  s.user("alice").calls(s.install<Ledger>("ledger"), &Ledger::pay, Nat{1});
  s.profile(ops);
  EXPECT_NE(s.build().scope.find("1 stop, 1 upgrade, 1 upgrade without a stop, 1 uninstallation, "
                                 "1 snapshot"),
            std::string::npos);
}

TEST(Managing, AnEnvironmentCanisterIsRefused) {
  Scenario s("environment");
  const auto ledger = s.install_environment<Ledger>("ledger");
  EXPECT_THROW(s.user("ops").stops(ledger), Misuse);
}

}  // namespace
}  // namespace heddle
