// Stateless search against counting: as many schedules as there are kinds, none given up half-way.
//
// HEDDLE_SYSTEMS says how many systems, times five (500), HEDDLE_SEED where they begin (0).
#include "oracle/kinds_of_schedules.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>

#include "oracle/adapter.h"
#include "oracle/generate.h"

namespace heddle::oracle {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr std::size_t kSchedulesMax = 3000;

using Made = System (*)(std::uint64_t seed);

System as_generated(std::uint64_t seed) {
  return generate(seed);
}

/// With one guarantee given up: G2, G3 or G5.
System without_a_guarantee(std::uint64_t seed) {
  System system = generate(seed);
  switch (seed % 3) {
    case 0:
      system.budgets.g2 = 1;
      break;
    case 1:
      system.budgets.g3 = 1;
      break;
    default:
      system.budgets.d16 = 1;
      system.weaken_g5 = true;
  }
  return system;
}

System without_three_guarantees(std::uint64_t seed) {
  System system = generate(seed);
  system.budgets.g2 = system.budgets.g3 = 1;
  system.weaken_g5 = true;
  return system;
}

System with_expiries(std::uint64_t seed) {
  return with_bounded_waits(generate(seed), seed);
}

/// Fewer users, calls and statements, so that all schedules can be gone through.
System small_enough(std::uint64_t seed, Made make) {
  System system = make(seed);
  while (true) {
    if (kinds_of_schedules(adapt(system, Runner::kView), kSchedulesMax)) {
      return system;
    }
    if (system.users.size() > 1) {
      system.users.pop_back();
    } else if (!system.users.empty() && system.users[0].calls.size() > 1) {
      system.users[0].calls.pop_back();
    } else {
      system.users.clear();
      return system;
    }
  }
}

/// The number of kinds, nothing if no part of the system is small enough.
std::size_t expect_each_once(std::uint64_t seed, Made make = as_generated) {
  const System system = small_enough(seed, make);
  if (system.users.empty()) {
    return 0;
  }
  const std::size_t kinds = *kinds_of_schedules(adapt(system, Runner::kView), kSchedulesMax);
  CheckOptions options;
  options.strategy = Strategy::kDpor;
  options.threads = 1;
  SCOPED_TRACE(fmt::format("system {}\n{}", seed, to_string(system)));
  const Verdict verdict = check(adapt(system, Runner::kView), {}, options);
  EXPECT_EQ(verdict.executions, kinds);
  EXPECT_EQ(verdict.blocked, 0U);
  EXPECT_EQ(verdict.answered, Answered::kVerified);
  return kinds;
}

/// Of one in so many systems.
void expect_each_once_of_all(Made make, std::uint64_t one_in) {
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  const std::uint64_t count = from_environment("HEDDLE_SYSTEMS", 500) / one_in;
  std::size_t counted = 0;
  std::size_t of_several = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = first; seed < first + count && !::testing::Test::HasFailure(); ++seed) {
    const std::size_t kinds = expect_each_once(seed, make);
    counted += kinds > 0 ? 1U : 0U;
    of_several += kinds > 1 ? 1U : 0U;
    all += kinds;
  }
  fmt::print("{} systems, {} with several kinds, {} kinds in all\n", counted, of_several, all);
  EXPECT_GE(4 * of_several, count) << "too few systems say something";
}

TEST(KindsOfSchedules, DporGoesThroughEachOnceAndGivesNoneUp) {
  expect_each_once_of_all(as_generated, 5);
}

TEST(KindsOfSchedules, DporGoesThroughEachOnceAlsoWithoutAGuarantee) {
  expect_each_once_of_all(without_a_guarantee, 5);
}

TEST(KindsOfSchedules, DporGoesThroughEachOnceAlsoWithBoundedWaits) {
  expect_each_once_of_all(with_expiries, 5);
}

// There, a call that could not make its Deferred for want of a slot commutes with one that looks
// for it; had there been a slot, it would not.
TEST(KindsOfSchedules, DporKnowsThatARaceChangesWhatTheLaterEventTouches) {
  EXPECT_EQ(expect_each_once(235), 126U);
}

// There, contexts end with calls open, of which some can run out of slots.
TEST(KindsOfSchedules, DporTellsResponsesApartToContextsThatHaveEnded) {
  EXPECT_EQ(expect_each_once(1272), 31U);
}

void expect_to_commute(Made make) {
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  const std::uint64_t count = from_environment("HEDDLE_SYSTEMS", 500) / 5;
  std::size_t pairs = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const System system = make(seed);
    const std::string difference =
        first_that_do_not_commute(adapt(system, Runner::kView), 3, pairs);
    ASSERT_EQ(difference, "") << "system " << seed << "\n" << to_string(system);
  }
  fmt::print("{} pairs\n", pairs);
  EXPECT_GE(pairs, 10 * count);
}

TEST(KindsOfSchedules, ChoicesThatDoNotMeetCommute) {
  expect_to_commute(as_generated);
}

TEST(KindsOfSchedules, ChoicesThatDoNotMeetCommuteAlsoWithoutGuarantees) {
  expect_to_commute(without_three_guarantees);
}

TEST(KindsOfSchedules, ChoicesThatDoNotMeetCommuteAlsoWithBoundedWaits) {
  expect_to_commute(with_expiries);
}

}  // namespace
}  // namespace heddle::oracle
