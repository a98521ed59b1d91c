// A suite that claims nothing is told so.
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/suite/internal/claims_nothing.h>

#include "suite/folder.h"
#include "suite/stories.h"

namespace heddle::internal {
namespace {

using testing::Clerk;
using testing::Till;

RegisteredScenario scenario(const std::string& name, void (*claim)(Scenario&, Ref<Till>)) {
  RegisteredScenario made;
  made.story = "made";
  made.scenario = name;
  made.describe = [claim](Scenario& s) {
    const auto clerk = s.install<Clerk>("clerk");
    const auto till = s.install<Till>("till", clerk);
    s.user("alice").calls(till, &Till::careful, Nat(1));
    claim(s, till);
  };
  return made;
}

const RegisteredScenario kNothing = scenario("nothing", [](Scenario& /*s*/, Ref<Till> /*till*/) {});
const RegisteredScenario kProperty = scenario("property", [](Scenario& s, Ref<Till> till) {
  s.always("never empty", [=](const State& now) { return now[till].cash != 0; });
});
const RegisteredScenario kOutcomes = scenario("outcomes", [](Scenario& s, Ref<Till> till) {
  s.outcomes("cash", [=](const State& end) { return end[till].cash.get(); });
});

std::optional<std::string> told(const std::vector<const RegisteredScenario*>& suite) {
  return claims_nothing(suite);
}

TEST(ClaimsNothing, IsToldOfASuiteWithoutAPropertyOfItsOwn) {
  const auto one = told({&kNothing});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->rfind("made/nothing states no property", 0), 0U) << *one;
  EXPECT_EQ(told({&kNothing, &kNothing})->rfind("the 2 scenarios of this suite state", 0), 0U);
}

TEST(ClaimsNothing, OneScenarioThatClaimsSomethingIsEnough) {
  EXPECT_FALSE(told({&kNothing, &kProperty}));
  EXPECT_FALSE(told({&kOutcomes, &kNothing}));
  EXPECT_FALSE(told({}));
}

TEST(ClaimsNothing, FailsTheCheckOfAScenarioFileByItself) {
  const std::string module =
      (std::filesystem::current_path() / "examples/real/withdraw/Ledger.wasm").string();
  const testing::TemporaryFolder folder;
  std::ofstream("nothing.toml") << "profile = \"happy\"\none_schedule = true\n[canister.ledger]\n"
                                << "wasm = \"" << module << "\"\ninit = \"(100)\"\n"
                                << "[user.alice]\ncalls = [\"ledger.pay(10)\"]\n";
  const testing::Ran ran = testing::heddle({"check", "nothing.toml"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_TRUE(testing::contains(ran.err, "nothing.toml states no property")) << ran.err;
}

}  // namespace
}  // namespace heddle::internal
