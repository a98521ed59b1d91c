#include <memory>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/one_schedule.h>

#include "checker/systems.h"

namespace heddle {
namespace {

constexpr Strategy kAll[] = {Strategy::kBreadthFirst, Strategy::kDepthFirst, Strategy::kDpor,
                             Strategy::kRandom,       Strategy::kPortfolio,  Strategy::kInOrder};

CheckOptions with(Strategy strategy, Reduction reduction = {}) {
  CheckOptions options;
  options.strategy = strategy;
  options.reduction = reduction;
  options.threads = 1;
  options.schedules = 20;
  return options;
}

/// A timer that sets itself again: the same state for ever.
System clockwork() {
  auto program = std::make_shared<testing::Functions>(
      std::vector<std::pair<std::string, std::uint64_t>>{{"wound", 0}});
  const auto wind = [](View& view) {
    testing::write(view, 0, 1);
    view.set_timer(1);
    testing::reply(view);
  };
  program->method("wind", wind);
  program->method(
      "tick", [](View& view) { view.set_timer(1); }, MethodKind::kTimer);
  System system;
  testing::install(system, "clock", program);
  testing::user(system, "alice", {testing::calls(0, 0)});
  return system;
}

TEST(OneSchedule, IsWhatACallAloneHasForEveryStrategy) {
  for (const Strategy strategy : kAll) {
    EXPECT_TRUE(check(testing::withdrawals(1), {}, with(strategy)).one_schedule)
        << to_string(strategy);
    EXPECT_FALSE(check(testing::withdrawals(2), {}, with(strategy)).one_schedule)
        << to_string(strategy);
  }
}

TEST(OneSchedule, IsNotWhatAReductionLeavesOfSeveral) {
  // Two users of two canisters: one order of the two stands for both.
  System system;
  for (const char* const name : {"left", "right"}) {
    auto program = std::make_shared<testing::Functions>(
        std::vector<std::pair<std::string, std::uint64_t>>{{"written", 0}});
    program->method("write", [](View& view) {
      testing::write(view, 0, 1);
      testing::reply(view);
    });
    testing::install(system, name, program);
  }
  testing::user(system, "alice", {testing::calls(0, 0)});
  testing::user(system, "bob", {testing::calls(1, 0)});
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDpor}) {
    const Reduction reduction{.partial_order = strategy == Strategy::kBreadthFirst};
    const Verdict verdict = check(system, {}, with(strategy, reduction));
    EXPECT_EQ(verdict.answered, Answered::kVerified);
    EXPECT_EQ(verdict.transitions, 2);
    EXPECT_FALSE(verdict.one_schedule) << to_string(strategy);
  }
  EXPECT_TRUE(check(testing::withdrawals(1), {},
                    with(Strategy::kBreadthFirst, {.partial_order = true, .symmetry = true}))
                  .one_schedule);
}

TEST(OneSchedule, AFaultIsAScheduleToo) {
  Faults faults;
  faults.rejects = 1;
  EXPECT_FALSE(
      check(testing::withdrawals(1, faults), {}, with(Strategy::kBreadthFirst)).one_schedule);
}

TEST(OneSchedule, MayComeRoundToWhereItHasBeen) {
  const Verdict verdict = check(clockwork(), {}, with(Strategy::kBreadthFirst));
  EXPECT_EQ(verdict.answered, Answered::kVerified);
  EXPECT_EQ(verdict.transitions, verdict.states);
  EXPECT_TRUE(verdict.one_schedule);
}

TEST(OneSchedule, IsNotKnownOfWhatHasNoEnd) {
  Kernel kernel(testing::endless());
  EXPECT_EQ(choice_in(kernel, 100), Choice::kNoneYet);
  CheckOptions options = with(Strategy::kBreadthFirst);
  options.states_max = 50;
  EXPECT_FALSE(check(testing::endless(), {}, options).one_schedule);
  options = with(Strategy::kRandom);
  options.depth_max = 50;
  EXPECT_FALSE(check(testing::endless(), {}, options).one_schedule);
}

TEST(OneSchedule, IsNotAskedOfAScheduleThatFails) {
  Claims claims;
  claims.properties = {testing::always("never", [](const State&) { return false; })};
  EXPECT_FALSE(check(testing::withdrawals(1), claims, with(Strategy::kBreadthFirst)).one_schedule);
}

}  // namespace
}  // namespace heddle
