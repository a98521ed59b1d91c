// A suite as a process of its own: GoogleTest's JUnit file, and a debugger in a canister's method.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "suite/folder.h"
#include "suite/stories.h"

namespace heddle::testing {
namespace {

/// The suite of stories.cc, which is built beside this program.
std::string stories() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "heddle_stories")
      .string();
}

/// A shell's command, with all that it prints in `out`.
Ran ran(const std::string& command) {
  Ran result;
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    return {-1, {}, {}};
  }
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    result.out += static_cast<char>(c);
  }
  result.code = WEXITSTATUS(pclose(pipe));
  return result;
}

std::string read(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(SuiteProcess, JUnitHasTheCounterexampleInTheFailuresText) {
  const TemporaryFolder folder;
  const Ran result =
      ran(stories() + " --gtest_filter=wrong.bug --no-regressions --gtest_output=xml:junit.xml");
  EXPECT_EQ(result.code, 1) << result.out;
  const std::string xml = read("junit.xml");
  const std::size_t failure = xml.find("<failure");
  ASSERT_NE(failure, std::string::npos) << xml;
  EXPECT_NE(xml.find("VIOLATED both are paid (finally) in wrong/bug", failure), std::string::npos)
      << xml;
  EXPECT_NE(xml.find("replay wrong/bug --schedule", failure), std::string::npos) << xml;
  EXPECT_FALSE(std::filesystem::exists(".heddle"));
}

TEST(SuiteProcess, GoogleTestCasesStoreFailingSchedules) {
  const TemporaryFolder folder;
  EXPECT_EQ(ran(stories() + " --gtest_filter=wrong.bug").code, 1);
  EXPECT_TRUE(std::filesystem::exists(".heddle"));
  const Ran again = ran(stories() + " --gtest_filter=wrong.bug");
  EXPECT_TRUE(contains(again.out, "still fails: \"both are paid\"")) << again.out;
}

TEST(SuiteProcess, AnnotatesOnGitHubWhatFails) {
  const TemporaryFolder folder;
  const Ran failing = ran("GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=summary.md " + stories() +
                          " --gtest_filter=wrong.bug:till.buggy --no-regressions");
  EXPECT_TRUE(contains(failing.out, "::error file=")) << failing.out;
  EXPECT_TRUE(contains(failing.out, "title=both are paid is violated in wrong/bug::"));
  EXPECT_FALSE(contains(failing.out, "violated in till/buggy::"));
  EXPECT_TRUE(contains(read("summary.md"), "```mermaid"));
}

/// Until the text stands in the file, in a shell.
std::string wait_for(const std::string& text, const std::string& file) {
  return "until grep -q '" + text + "' " + file + " 2>/dev/null; do sleep 0.05; done; ";
}

TEST(SuiteProcess, ExploreSaysWhereItIsAndEndsWithCtrlC) {
  const TemporaryFolder folder;
  const Ran result = ran(stories() + " explore till/buggy > out & " + wait_for("Ctrl-C", "out") +
                         "kill -INT $!; wait $!; echo code $?; cat out");
  EXPECT_TRUE(contains(result.out, "code 0")) << result.out;
  EXPECT_TRUE(contains(result.out, "Exploring till/buggy at http://127.0.0.1:")) << result.out;
}

TEST(SuiteProcess, ExploreOpensABrowserWhenAsked) {
  const TemporaryFolder folder;
  std::ofstream("xdg-open") << "#!/bin/sh\necho \"opened $1\" > opened\n";
  std::filesystem::permissions("xdg-open", std::filesystem::perms::owner_all);
  const Ran result = ran("PATH=.:$PATH " + stories() + " explore till/buggy --open > out & " +
                         wait_for("opened", "opened") + "kill -INT $!; wait $!; cat opened out");
  EXPECT_TRUE(contains(result.out, "opened http://127.0.0.1:")) << result.out;
}

TEST(SuiteProcess, ExploreSaysThatAPortIsTaken) {
  const TemporaryFolder folder;
  const Ran result =
      ran(stories() + " explore till/buggy > out & " + wait_for("Ctrl-C", "out") +
          "port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\).*/\\1/p' out); " + stories() +
          " explore till/buggy --port $port 2>&1; echo code $?; kill -INT $!; wait $!");
  EXPECT_TRUE(contains(result.out, "code 64")) << result.out;
  EXPECT_TRUE(contains(result.out, "is taken")) << result.out;
}

TEST(Explore, NeedsOneScenarioOrTrace) {
  EXPECT_EQ(heddle({"explore", "till/*"}).code, 64);
  EXPECT_EQ(heddle({"explore", "no/such"}).code, 64);
  EXPECT_EQ(heddle({"explore", "wrong/scenario"}).code, 65);
}

/// Two careless payments, the second overtaken by the first.
constexpr const char* kSchedule =
    "'start user1#1; start user2#1; start till>clerk; start till>clerk; deliver user1#1/1'";

Ran in_gdb(int event, const std::string& commands) {
  return ran("gdb -nx -batch -ex 'set debuginfod enabled off' -ex run " + commands + " --args " +
             stories() + " replay till/buggy --schedule " + kSchedule + " --stop-at " +
             std::to_string(event));
}

class Debugger : public ::testing::Test {
 protected:
  void SetUp() override {
    if (ran("gdb --version").code != 0) {
      GTEST_SKIP() << "gdb is not installed";
    }
    const Ran works = ran("gdb -nx -batch -ex run --args /bin/true");
    if (!contains(works.out, "exited normally")) {
      GTEST_SKIP() << "no process can be debugged here: " << works.out;
    }
  }
};

TEST_F(Debugger, StandsInTheMethodThatIsResumed) {
  const Ran result = in_gdb(5, "-ex bt -ex continue");
  EXPECT_TRUE(contains(result.out, "SIGTRAP")) << result.out;
  EXPECT_TRUE(contains(result.out, "careless (")) << result.out;
  EXPECT_TRUE(contains(result.out, "at tests/suite/stories.h:")) << result.out;
  EXPECT_TRUE(contains(result.out, "exited normally")) << result.out;
}

TEST_F(Debugger, ReachesTheMethodThatIsStarted) {
  const Ran result =
      in_gdb(2, "-ex 'tbreak *(long)heddle_method' -ex continue -ex bt -ex continue");
  EXPECT_TRUE(contains(result.out, "SIGTRAP")) << result.out;
  EXPECT_TRUE(contains(result.out, "careless (")) << result.out;
  EXPECT_TRUE(contains(result.out, "at tests/suite/stories.h:")) << result.out;
  EXPECT_TRUE(contains(result.out, "exited normally")) << result.out;
}

TEST_F(Debugger, SaysWhyItDoesNotStop) {
  EXPECT_TRUE(contains(in_gdb(6, "").out, "--stop-at 6: the schedule has events 1 to 5"));
}

TEST(StopAt, WithoutADebuggerIsRefusedWithTheCommand) {
  const Ran result =
      heddle({"replay", "till/buggy", "--schedule", "start user1#1", "--stop-at", "1"});
  EXPECT_EQ(result.code, 64);
  EXPECT_TRUE(contains(result.err, "gdb --args heddle replay till/buggy")) << result.err;
}

}  // namespace
}  // namespace heddle::testing
