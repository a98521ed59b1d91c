#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/view.h>
#include <heddle/suite/registry.h>

namespace heddle {
namespace {

void nothing(Scenario& /*s*/) {}

std::vector<std::string> names(const std::vector<const RegisteredScenario*>& scenarios) {
  std::vector<std::string> found;
  for (const RegisteredScenario* scenario : scenarios) {
    found.push_back(scenario->name());
  }
  return found;
}

TEST(Registry, OrdersByStoryAndThenAsWritten) {
  Registry registry;
  registry.add({"b", "second", "", nothing, std::source_location::current()});
  registry.add({"a", "written_later", "", nothing, std::source_location::current()});
  registry.add({"a", "also_later", "", nothing, std::source_location::current()});
  EXPECT_EQ(names(registry.all()),
            (std::vector<std::string>{"a/written_later", "a/also_later", "b/second"}));
}

TEST(Registry, FindsByNameAndByPattern) {
  Registry registry;
  registry.add({"a", "one", "", nothing, std::source_location::current()});
  registry.add({"a", "two", "", nothing, std::source_location::current()});
  EXPECT_EQ(registry.find("a/two")->scenario, "two");
  EXPECT_EQ(registry.find("a/three"), nullptr);
  EXPECT_EQ(names(registry.matching("*o")), std::vector<std::string>{"a/two"});
}

TEST(Registry, RefusesTwoScenariosOfOneNameAndSaysWhere) {
  Registry registry;
  registry.add({"a", "one", "", nothing, std::source_location::current()});
  registry.add({"a", "one", "", nothing, std::source_location::current()});
  try {
    static_cast<void>(registry.all());
    FAIL() << "accepted";
  } catch (const Misuse& misuse) {
    const std::string text = misuse.what();
    EXPECT_NE(text.find("two scenarios are named a/one"), std::string::npos) << text;
    EXPECT_NE(text.find("registry_test.cc:"), std::string::npos) << text;
  }
}

TEST(Registry, HoldsWhatTheMacroRegisters) {
  const RegisteredScenario* scenario = Registry::instance().find("till/buggy");
  ASSERT_NE(scenario, nullptr);
  EXPECT_EQ(scenario->story, "till");
  EXPECT_NE(std::string(scenario->place.file_name()).find("tests/suite/stories.cc"),
            std::string::npos);
}

}  // namespace
}  // namespace heddle
