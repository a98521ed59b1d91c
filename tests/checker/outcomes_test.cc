// What systems end in, and what decides, against enumeration.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/outcomes.h>
#include <heddle/checker/replay.h>

#include "checker/systems.h"

namespace heddle {
namespace {

/// All values in which continuations of a schedule end.
class Ends {
 public:
  Ends(Kernel& kernel, const OutcomeSet& set) : kernel_(kernel), stepper_(kernel), set_(set) {}

  std::set<std::string> after(const Schedule& schedule) {
    StateVector state = kernel_.initial();
    for (const Event& event : schedule) {
      Stepper::apply(state, stepper_.step(state, event));
    }
    found_.clear();
    go_on(state);
    return found_;
  }

 private:
  void go_on(const StateVector& state) {
    if (stepper_.quiescent(state)) {
      StateSource source(kernel_, state);
      found_.insert(set_.observe(State(source, kernel_, state)));
    }
    std::vector<Event> enabled;
    stepper_.enabled(state, enabled);
    for (const Event& event : enabled) {
      StateVector after = state;
      Stepper::apply(after, stepper_.step(after, event));
      go_on(after);
    }
  }

  Kernel& kernel_;
  Stepper stepper_;
  const OutcomeSet& set_;
  std::set<std::string> found_;
};

Schedule begin_of(const Schedule& schedule, std::size_t length) {
  return {schedule.begin(), schedule.begin() + static_cast<std::ptrdiff_t>(length)};
}

void compare_with_enumeration(const System& system) {
  Kernel kernel(system);
  Claims claims;
  claims.outcome_sets = {
      {"balance", [](const State& end) { return fmt::format("{}", testing::value(end, 0, 0)); }}};
  const AllOutcomes all = all_outcomes(kernel, claims);
  ASSERT_TRUE(all.finished);
  const Verdict verdict = check(system, claims, {});
  EXPECT_EQ(all.states, verdict.states);
  EXPECT_EQ(all.final_states, verdict.quiescent);
  ASSERT_EQ(all.sets.size(), 1U);
  const auto& outcomes = all.sets.front().outcomes;
  EXPECT_GT(outcomes.size(), 1U);
  std::map<std::string, std::size_t> shortest;
  for (const OutcomeWitness& witness : verdict.outcomes.at("balance")) {
    shortest[witness.value] = witness.schedule.size();
  }
  Ends ends(kernel, claims.outcome_sets.front());
  std::uint64_t final_states = 0;
  std::set<std::string> values;
  for (const ReachedOutcome& outcome : outcomes) {
    final_states += outcome.final_states;
    values.insert(outcome.value);
    EXPECT_EQ(outcome.witness.size(), shortest.at(outcome.value));
    const std::set<std::string> only{outcome.value};
    if (outcome.decides == 0) {
      continue;
    }
    EXPECT_EQ(ends.after(begin_of(outcome.witness, outcome.decides)), only);
    EXPECT_NE(ends.after(begin_of(outcome.witness, outcome.decides - 1)), only);
    ASSERT_TRUE(outcome.other);
    EXPECT_NE(outcome.other->value, outcome.value);
    EXPECT_EQ(begin_of(outcome.other->schedule, outcome.decides - 1),
              begin_of(outcome.witness, outcome.decides - 1));
    EXPECT_TRUE(ends.after(outcome.other->schedule).contains(outcome.other->value));
  }
  EXPECT_EQ(final_states, all.final_states);
  EXPECT_EQ(values, ends.after({}));
}

TEST(Outcomes, AreThoseOfEnumeration) {
  compare_with_enumeration(testing::withdrawals(2));
}

TEST(Outcomes, UnderFaultsAreThoseOfEnumeration) {
  Faults faults;
  faults.rejects = 1;
  compare_with_enumeration(testing::withdrawals(2, faults));
}

TEST(Outcomes, OfASearchThatIsCutShortNothingDecides) {
  Kernel kernel(testing::withdrawals(3));
  Claims claims;
  claims.outcome_sets = {
      {"balance", [](const State& end) { return fmt::format("{}", testing::value(end, 0, 0)); }}};
  OutcomesOptions options;
  options.states_max = all_outcomes(kernel, claims).states - 1;
  const AllOutcomes all = all_outcomes(kernel, claims, options);
  EXPECT_FALSE(all.finished);
  for (const ReachedOutcome& outcome : all.sets.front().outcomes) {
    EXPECT_EQ(outcome.decides, 0U);
  }
}

}  // namespace
}  // namespace heddle
