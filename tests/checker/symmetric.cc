#include "checker/symmetric.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "checker/systems.h"

namespace heddle::symmetric {

CheckOptions options_of(bool symmetry, Strategy strategy, unsigned threads) {
  CheckOptions options;
  options.reduction.symmetry = symmetry;
  options.strategy = strategy;
  options.threads = threads;
  return options;
}

Setup built(const Describe& describe) {
  Scenario s("symmetry", {});
  s.profile(happy);
  describe(s);
  return s.build();
}

void replayed(const Setup& setup, const ScheduleText& schedule,
              const std::function<void(const State&)>& look) {
  Kernel kernel(setup.system);
  Stepper stepper(kernel);
  const Replayed replayed = replay(stepper, schedule, ReplayMode::kStrict);
  StateSource source(kernel, replayed.end);
  look(State(source, kernel, replayed.end));
}

std::set<std::string> values_of(const std::vector<OutcomeWitness>& outcomes) {
  std::set<std::string> values;
  for (const OutcomeWitness& outcome : outcomes) {
    values.insert(outcome.value);
  }
  return values;
}

void expect_same_answers(const Setup& setup, const Verdict& all, const Verdict& reduced) {
  EXPECT_EQ(to_string(all.answered), to_string(reduced.answered)) << reduced.why;
  EXPECT_EQ(all.property, reduced.property);
  EXPECT_EQ(all.peaks, reduced.peaks);
  for (const OutcomeSet& outcomes : setup.claims.outcome_sets) {
    if (reduced.answered == Answered::kVerified) {
      EXPECT_EQ(values_of(all.outcomes.at(outcomes.name)),
                values_of(reduced.outcomes.at(outcomes.name)));
    }
    for (const OutcomeWitness& witness : reduced.outcomes.at(outcomes.name)) {
      replayed(setup, witness.schedule,
               [&](const State& end) { EXPECT_EQ(outcomes.observe(end), witness.value); });
    }
  }
  for (const auto& property : setup.claims.properties) {
    const bool by_state = property->when() != Property::When::kEveryStep;
    if (by_state && reduced.property == property->name() && !property->is_wanted()) {
      replayed(setup, reduced.schedule,
               [&](const State& end) { EXPECT_FALSE(property->holds(end)); });
    }
    if (const auto witness = reduced.witnesses.find(property->name());
        witness != reduced.witnesses.end()) {
      replayed(setup, witness->second,
               [&](const State& end) { EXPECT_TRUE(property->holds(end)); });
    }
  }
}

Verdict compared(const Describe& describe) {
  const heddle::Setup setup = built(describe);
  const Verdict all = check(setup.system, setup.claims, options_of(false));
  const Verdict reduced = check(setup.system, setup.claims, options_of(true));
  expect_same_answers(setup, all, reduced);
  EXPECT_EQ(all.schedule.size(), reduced.schedule.size()) << "the shortest stays the shortest";
  const Verdict threads =
      check(setup.system, setup.claims, options_of(true, Strategy::kBreadthFirst, 4));
  testing::expect_equal(reduced, threads);
  const Verdict deep = check(setup.system, setup.claims, options_of(true, Strategy::kDepthFirst));
  expect_same_answers(setup, all, deep);
  if (reduced.answered == Answered::kVerified) {
    EXPECT_EQ(reduced.states, deep.states);
    EXPECT_EQ(reduced.transitions, deep.transitions);
  }
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    CheckOptions options = options_of(true, strategy);
    options.reduction.partial_order = true;
    const Verdict both = check(setup.system, setup.claims, options);
    expect_same_answers(setup, all, both);
    if (reduced.answered == Answered::kVerified) {
      // Clones of canisters are told apart by partial-order reduction.
      const auto of_clones = [](const std::string& note) {
        return note.ends_with("are told apart by partial-order reduction");
      };
      if (std::ranges::none_of(both.notes, of_clones)) {
        EXPECT_EQ(reduced.quiescent, both.quiescent);
        EXPECT_LE(both.states, reduced.states);
      }
    }
  }
  return reduced;
}

bool is_reduced(const Verdict& verdict) {
  return verdict.scope.find("up to symmetry of") != std::string::npos;
}

std::string refusal(const Verdict& verdict) {
  EXPECT_FALSE(is_reduced(verdict)) << verdict.scope;
  constexpr std::string_view kPrefix = "symmetry reduction is off: ";
  return verdict.notes.size() == 1 && verdict.notes[0].starts_with(kPrefix)
             ? verdict.notes[0].substr(kPrefix.size())
             : fmt::format("notes: {}", fmt::join(verdict.notes, "; "));
}

}  // namespace heddle::symmetric
