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

/// Fewer users, calls and statements, so that all schedules can be gone through.
System small_enough(std::uint64_t seed) {
  System system = generate(seed);
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
std::size_t expect_each_once(std::uint64_t seed) {
  const System system = small_enough(seed);
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

TEST(KindsOfSchedules, DporGoesThroughEachOnceAndGivesNoneUp) {
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  const std::uint64_t count = from_environment("HEDDLE_SYSTEMS", 500) / 5;
  std::size_t counted = 0;
  std::size_t of_several = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    const std::size_t kinds = expect_each_once(seed);
    counted += kinds > 0 ? 1U : 0U;
    of_several += kinds > 1 ? 1U : 0U;
    all += kinds;
  }
  fmt::print("{} systems, {} with several kinds, {} kinds in all\n", counted, of_several, all);
  EXPECT_GE(4 * of_several, count) << "too few systems say something";
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

TEST(KindsOfSchedules, ChoicesThatDoNotMeetCommute) {
  const std::uint64_t first = from_environment("HEDDLE_SEED", 0);
  const std::uint64_t count = from_environment("HEDDLE_SYSTEMS", 500) / 5;
  std::size_t pairs = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const System system = generate(seed);
    const std::string difference =
        first_that_do_not_commute(adapt(system, Runner::kView), 3, pairs);
    ASSERT_EQ(difference, "") << "system " << seed << "\n" << to_string(system);
  }
  fmt::print("{} pairs\n", pairs);
  EXPECT_GE(pairs, 10 * count);
}

}  // namespace
}  // namespace heddle::oracle
