// The critical step and the nearest schedule that passes, against enumeration.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include <heddle/checker/critical_step.h>
#include <heddle/checker/replay.h>

#include "checker/systems.h"

namespace heddle {
namespace {

/// Schedules of a small system, one by one.
class Enumeration {
 public:
  Enumeration(Kernel& kernel, const std::shared_ptr<const Property>& property)
      : kernel_(kernel), stepper_(kernel), property_(property) {}

  /// All schedules that go on from `begin` to quiescence, without faults, and hold all along.
  std::vector<Schedule> passing(const Schedule& begin) {
    found_.clear();
    StateVector state = kernel_.initial();
    for (const Event& event : begin) {
      Stepper::apply(state, stepper_.step(state, event));
    }
    go_on(state, begin);
    return found_;
  }

  /// A schedule drawn event by event, up to where the property fails; empty when it does not.
  Schedule draw(std::mt19937& random) {
    Schedule schedule;
    StateVector state = kernel_.initial();
    std::vector<Event> enabled;
    while (holds(state)) {
      stepper_.enabled(state, enabled);
      if (enabled.empty()) {
        return {};
      }
      const Event event = enabled[random() % enabled.size()];
      Stepper::apply(state, stepper_.step(state, event));
      schedule.push_back(event);
    }
    return schedule;
  }

 private:
  bool holds(const StateVector& state) {
    if (property_->when() == Property::When::kQuiescence && !stepper_.quiescent(state)) {
      return true;
    }
    StateSource source(kernel_, state);
    return property_->holds(State(source, kernel_, state));
  }

  void go_on(const StateVector& state, const Schedule& schedule) {
    if (!holds(state)) {
      return;
    }
    std::vector<Event> enabled;
    stepper_.enabled(state, enabled);
    std::erase_if(enabled, [](const Event& event) { return event.is_optional(); });
    if (enabled.empty()) {
      found_.push_back(schedule);
      return;
    }
    for (const Event& event : enabled) {
      StateVector after = state;
      Stepper::apply(after, stepper_.step(after, event));
      Schedule longer = schedule;
      longer.push_back(event);
      go_on(after, longer);
    }
  }

  Kernel& kernel_;
  Stepper stepper_;
  std::shared_ptr<const Property> property_;
  std::vector<Schedule> found_;
};

Failure failure_of(const Schedule& schedule) {
  Failure failure;
  failure.schedule = schedule;
  return failure;
}

/// Pairs in different orders; both have the same events, equal ones in their order.
std::size_t swaps(const Schedule& a, Schedule b) {
  std::size_t count = 0;
  for (const Event& event : a) {
    const auto at = std::ranges::find(b, event);
    count += static_cast<std::size_t>(at - b.begin());
    b.erase(at);
  }
  return count;
}

void compare_with_enumeration(const System& system, const std::shared_ptr<const Property>& property,
                              unsigned drawn) {
  Kernel kernel(system);
  Claims claims;
  claims.properties = {property};
  Enumeration all(kernel, property);
  std::mt19937 random(7);
  unsigned compared = 0;
  for (unsigned i = 0; i < drawn; ++i) {
    const Schedule failing = all.draw(random);
    if (failing.empty()) {
      continue;
    }
    const CriticalStep critical = critical_step(kernel, claims, failure_of(failing));
    ASSERT_EQ(critical.known, CriticalStep::Known::kStep);
    ASSERT_GE(critical.step, 1);
    ASSERT_LE(critical.step, failing.size());
    const auto cut = [&](std::size_t length) {
      return Schedule(failing.begin(), failing.begin() + static_cast<std::ptrdiff_t>(length));
    };
    EXPECT_FALSE(all.passing(cut(critical.step - 1)).empty());
    EXPECT_TRUE(all.passing(cut(critical.step)).empty());
    ASSERT_TRUE(critical.sibling);
    const std::vector<Schedule> passing = all.passing({});
    EXPECT_NE(std::ranges::find(passing, critical.sibling->schedule), passing.end());
    if (property->when() == Property::When::kQuiescence) {
      std::size_t least = failing.size() * failing.size();
      for (const Schedule& schedule : passing) {
        least = std::min(least, swaps(failing, schedule));
      }
      EXPECT_EQ(critical.sibling->differences, swaps(failing, critical.sibling->schedule));
      EXPECT_EQ(critical.sibling->differences, least);
    }
    ++compared;
  }
  EXPECT_GE(compared, drawn / 4);
}

TEST(CriticalStep, IsWhereTheLastPassingContinuationIsLost) {
  compare_with_enumeration(testing::withdrawals(2), testing::conserved(), 40);
}

TEST(CriticalStep, OfThreeUsersTheNearestSiblingIsThatOfEnumeration) {
  compare_with_enumeration(testing::withdrawals(3), testing::conserved(), 24);
}

TEST(CriticalStep, OfAnInvariantIsFoundToo) {
  // The ledger has paid 21, and the bank says that nothing was paid yet.
  compare_with_enumeration(testing::withdrawals(2),
                           testing::always("told in time",
                                           [](const State& now) {
                                             return testing::value(now, 1, 0) != 21 ||
                                                    testing::value(now, 0, 0) != 100;
                                           }),
                           40);
}

TEST(CriticalStep, ThereIsNoneWhereNothingPasses) {
  Kernel kernel(testing::withdrawals(2));
  Claims claims;
  claims.properties = {testing::finally_(
      "nothing is paid", [](const State& now) { return testing::value(now, 1, 0) == 0; })};
  Enumeration all(kernel, claims.properties[0]);
  std::mt19937 random(1);
  const CriticalStep critical = critical_step(kernel, claims, failure_of(all.draw(random)));
  EXPECT_EQ(critical.known, CriticalStep::Known::kNever);
  EXPECT_FALSE(critical.sibling);
}

TEST(CriticalStep, AFaultIsLeftOut) {
  Faults faults;
  faults.rejects = 1;
  Kernel kernel(testing::withdrawals(1, faults));
  Claims claims;
  claims.properties = {testing::finally_(
      "is paid", [](const State& now) { return testing::value(now, 1, 0) != 0; })};
  Failure failure;
  for (const char* line : {"start user0#1", "reject bank>ledger@1", "deliver user0#1/1"}) {
    failure.schedule.push_back(kernel.from_text(line));
  }
  const CriticalStep critical = critical_step(kernel, claims, failure);
  EXPECT_EQ(critical.step, 2);
  ASSERT_TRUE(critical.sibling);
  EXPECT_EQ(to_text(kernel, critical.sibling->schedule),
            (ScheduleText{"start user0#1", "start bank>ledger", "deliver user0#1/1"}));
  EXPECT_EQ(critical.sibling->differences, 1);
}

TEST(CriticalStep, IsNotKnownWhereTheSystemGoesOnForEver) {
  Kernel kernel(testing::endless());
  Claims claims;
  claims.properties = {
      testing::always("below 3", [](const State& now) { return testing::value(now, 0, 0) < 3; })};
  Enumeration all(kernel, claims.properties[0]);
  std::mt19937 random(1);
  CriticalOptions options;
  options.work_max = 10'000;
  const CriticalStep critical =
      critical_step(kernel, claims, failure_of(all.draw(random)), options);
  EXPECT_NE(critical.known, CriticalStep::Known::kStep);
}

}  // namespace
}  // namespace heddle
