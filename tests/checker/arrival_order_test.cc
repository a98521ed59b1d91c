// Failing schedules put in the order of arrival as far as they still fail.
#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/arrival_order.h>

#include "checker/systems.h"

namespace heddle {
namespace {

/// Schedules performed by themselves.
class Runs {
 public:
  Runs(Kernel& kernel, const std::shared_ptr<const Property>& property)
      : kernel_(kernel), stepper_(kernel), property_(property) {}

  /// Whether the property fails on the schedule, of which what is not enabled is left out, or where
  /// it goes on to after it.
  bool fails(const Schedule& schedule) {
    StateVector state = kernel_.initial();
    bool failed = violated(state);
    for (const Event& event : schedule) {
      if (enabled(state, event)) {
        Stepper::apply(state, stepper_.step(state, event));
        failed = failed || violated(state);
      }
    }
    for (;;) {
      stepper_.enabled(state, events_);
      if (events_.empty() || events_.front().is_optional()) {
        return failed || violated(state);
      }
      Stepper::apply(state, stepper_.step(state, Event(events_.front())));
      failed = failed || violated(state);
    }
  }

  /// Drawn event by event, up to the failure; empty when it does not fail.
  Schedule draw(std::mt19937& random) {
    Schedule schedule;
    StateVector state = kernel_.initial();
    while (!violated(state)) {
      stepper_.enabled(state, events_);
      if (events_.empty()) {
        return {};
      }
      const Event event = events_[random() % events_.size()];
      Stepper::apply(state, stepper_.step(state, event));
      schedule.push_back(event);
    }
    return schedule;
  }

  /// Whether all of it is possible as it stands.
  bool possible(const Schedule& schedule) {
    StateVector state = kernel_.initial();
    for (const Event& event : schedule) {
      if (!enabled(state, event)) {
        return false;
      }
      Stepper::apply(state, stepper_.step(state, event));
    }
    return true;
  }

 private:
  bool enabled(const StateVector& state, const Event& event) {
    stepper_.enabled(state, events_);
    return std::ranges::find(events_, event) != events_.end();
  }

  bool violated(const StateVector& state) {
    if (property_->when() == Property::When::kQuiescence && !stepper_.quiescent(state)) {
      return false;
    }
    StateSource source(kernel_, state);
    return !property_->holds(State(source, kernel_, state));
  }

  Kernel& kernel_;
  Stepper stepper_;
  std::shared_ptr<const Property> property_;
  std::vector<Event> events_;
};

void expect_ordered(const System& system, const std::shared_ptr<const Property>& property,
                    unsigned drawn) {
  Kernel kernel(system);
  Claims claims;
  claims.properties = {property};
  Runs runs(kernel, property);
  std::mt19937 random(11);
  unsigned failing = 0;
  unsigned early = 0;
  unsigned in_order = 0;
  for (unsigned i = 0; i < drawn; ++i) {
    Failure failure;
    failure.schedule = runs.draw(random);
    if (failure.schedule.empty()) {
      continue;
    }
    ++failing;
    const ArrivalOrder order = by_arrival(kernel, claims, failure);
    ASSERT_TRUE(order.finished);
    EXPECT_LE(order.schedule.size(), failure.schedule.size());
    EXPECT_TRUE(runs.possible(order.schedule));
    EXPECT_TRUE(runs.fails(order.schedule));
    for (const std::size_t first : order.early) {
      Schedule swapped = order.schedule;
      std::swap(swapped.at(first), swapped.at(first + 1));
      EXPECT_FALSE(runs.fails(swapped));
    }
    EXPECT_FALSE(order.in_order && !order.early.empty());
    early += order.early.empty() ? 0 : 1;
    in_order += order.in_order ? 1 : 0;
    // Nothing is left to be done.
    Failure again;
    again.schedule = order.schedule;
    EXPECT_EQ(by_arrival(kernel, claims, again).schedule, order.schedule);
  }
  EXPECT_GE(failing, drawn / 4);
  EXPECT_GE(early + in_order, failing / 2);
}

TEST(ArrivalOrder, ALostUpdateNeedsNoDisorder) {
  expect_ordered(testing::withdrawals(2), testing::conserved(), 40);
}

TEST(ArrivalOrder, OfThreeUsersAndFaultsEachEarlyEventIsNeeded) {
  expect_ordered(testing::withdrawals(3, testing::some_faults()), testing::conserved(), 40);
}

TEST(ArrivalOrder, WhatMustComeBeforeSomethingOlderIsFound) {
  // Fails where the second user's number was added, and the first one's was not.
  const System system = testing::subsets(2);
  Kernel kernel(system);
  Claims claims;
  claims.properties = {testing::always(
      "not the second alone", [](const State& now) { return testing::value(now, 0, 0) != 2; })};
  Stepper stepper(kernel);
  std::vector<Event> enabled;
  stepper.enabled(kernel.initial(), enabled);
  ASSERT_EQ(enabled.size(), 2U);
  Failure failure;
  failure.schedule = {enabled[1]};
  const ArrivalOrder order = by_arrival(kernel, claims, failure);
  EXPECT_EQ(order.schedule, failure.schedule);
  EXPECT_FALSE(order.in_order);
  EXPECT_TRUE(order.early.empty());  // the older one does not happen at all

  claims.properties = {testing::finally_(
      "the first is last", [](const State& now) { return testing::value(now, 0, 0) != 3; })};
  failure.schedule = {enabled[1], enabled[0]};
  const ArrivalOrder both = by_arrival(kernel, claims, failure);
  EXPECT_TRUE(both.in_order);
  EXPECT_EQ(both.schedule, (Schedule{enabled[0], enabled[1]}));
}

}  // namespace
}  // namespace heddle
