// `motoko =`: what is compiled, when it is compiled again, and what is said when it cannot be. The
// compiler is played by a script here; tests/style/tutorial_test.py has the real one.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/suite/internal/compile_motoko.h>

#include "suite/stories.h"

namespace heddle::testing {
namespace {

namespace fs = std::filesystem;

/// An environment variable that has another value as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) {
      before_ = before;
    }
    ::setenv(name, value.c_str(), 1);
  }

  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// A folder with an actor, a `node` that compiles any actor to the Counter of examples/real and
/// counts how often it does, and the compiler's package.
class Motoko : public ::testing::Test {
 protected:
  Motoko() {
    fs::remove_all(folder_);
    write("Counter.mo", "actor {}");
    write("node_modules/motoko/package.json", R"({"version": "1"})");
    const std::string wasm = fs::absolute("examples/real/counter/Counter.wasm");
    // node -e SCRIPT -- PACKAGE OUTPUT ROOT SOURCES...
    write("bin/node", fmt::format("#!/bin/sh\necho \"$6 $7 $8 $9\" >>{0}/ran\ncp {1} \"$5\"\n",
                                  folder_.string(), wasm));
    fs::permissions(folder_ / "bin/node", fs::perms::owner_all);
    write("counter.toml",
          "profile = 'happy'\n[canister.counter]\nmotoko = 'Counter.mo'\n"
          "[user.alice]\ncalls = ['counter.set1()']\n"
          "[user.bob]\ncalls = ['counter.set2()']\n"
          "[[outcomes]]\nname = 'counter'\nof = 'counter.get()'\n"
          "[expect]\nverdict = 'verified'\noutcomes.counter = ['1', '2']\n");
  }

  ~Motoko() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  /// A line for each time that the compiler ran: the root and the sources.
  [[nodiscard]] std::string ran() const {
    std::ifstream stream(folder_ / "ran");
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  [[nodiscard]] Ran check() const {
    return heddle({"check", file("counter.toml"), "--expect", "--no-checkpoint"});
  }

  fs::path folder_ = fs::temp_directory_path() /
                     fmt::format("heddle-motoko-test-{}",
                                 ::testing::UnitTest::GetInstance()->current_test_info()->name());
  Variable cache_{"XDG_CACHE_HOME", (folder_ / "cache").string()};
  Variable programs_{"PATH", (folder_ / "bin").string() + ":/usr/bin:/bin"};
  Variable packages_{"NODE_PATH", ""};
};

TEST_F(Motoko, AnActorIsCompiledAndChecked) {
  const Ran checked = check();
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_TRUE(contains(ran(), "Counter.mo")) << ran();
}

TEST_F(Motoko, WhatHasNotChangedIsNotCompiledAgain) {
  EXPECT_EQ(check().code, 0);
  const std::string once = ran();
  EXPECT_EQ(check().code, 0);
  EXPECT_EQ(ran(), once);
  write("Counter.mo", "actor { }");
  EXPECT_EQ(check().code, 0);
  EXPECT_EQ(ran(), once + once);
}

TEST_F(Motoko, WhatIsImportedIsASourceToo) {
  write("Counter.mo",
        "import A \"lib/A\"; import { b } \"../shared/B\"; import L \"mo:core/List\"; actor {}");
  write("lib/A.mo", "import C \"C.mo\"; module {}");
  write("lib/C.mo", "module {}");
  internal::compile_motoko(file("Counter.mo"));
  EXPECT_EQ(ran(), fmt::format("{} Counter.mo lib/A.mo lib/C.mo\n", folder_.string()));
  write("lib/C.mo", "module { }");
  internal::compile_motoko(file("Counter.mo"));
  const std::string once = fmt::format("{} Counter.mo lib/A.mo lib/C.mo\n", folder_.string());
  EXPECT_EQ(ran(), once + once);
}

TEST_F(Motoko, ImportsFromAboveMoveTheRoot) {
  write("actors/Counter.mo", "import A \"../lib\"; actor {}");
  write("lib/lib.mo", "module {}");
  internal::compile_motoko(file("actors/Counter.mo"));
  EXPECT_EQ(ran(), fmt::format("{} actors/Counter.mo lib/lib.mo \n", folder_.string()));
}

TEST_F(Motoko, AnotherCompilerCompilesAgain) {
  internal::compile_motoko(file("Counter.mo"));
  const std::string once = ran();
  write("node_modules/motoko/package.json", R"({"version": "2"})");
  internal::compile_motoko(file("Counter.mo"));
  EXPECT_EQ(ran(), once + once);
}

TEST_F(Motoko, MistakesAreShownAtTheirPlaces) {
  write("bin/node", "#!/bin/sh\necho 'Counter.mo:3:5: unbound variable y [M0057]'\nexit 1\n");
  const Ran checked = check();
  EXPECT_EQ(checked.code, 65);
  EXPECT_TRUE(contains(checked.err, "counter.toml:3:11: ")) << checked.err;
  EXPECT_TRUE(contains(checked.err, "Counter.mo does not compile:\n  ")) << checked.err;
  EXPECT_TRUE(contains(checked.err, "Counter.mo:3:5: unbound variable y [M0057]\n")) << checked.err;
}

TEST_F(Motoko, WithoutNodeItIsSaidWhatToInstallUnlessTheModuleIsKept) {
  {
    const Variable nothing("PATH", (folder_ / "none").string());
    const Ran checked = check();
    EXPECT_EQ(checked.code, 65);
    EXPECT_TRUE(contains(checked.err, "Node.js is not installed")) << checked.err;
    EXPECT_TRUE(contains(checked.err, "wasm = ")) << checked.err;
  }
  EXPECT_EQ(check().code, 0);
  const Variable nothing("PATH", (folder_ / "none").string());
  EXPECT_EQ(check().code, 0);
}

TEST_F(Motoko, WithoutThePackageItIsSaidWhatToInstall) {
  fs::remove_all(folder_ / "node_modules");
  const Ran checked = check();
  EXPECT_EQ(checked.code, 65);
  EXPECT_TRUE(contains(checked.err, "npm install motoko")) << checked.err;
  EXPECT_TRUE(contains(checked.err, "wasm = ")) << checked.err;
}

TEST_F(Motoko, IsNoSecondSource) {
  write("counter.toml", "[canister.counter]\nwasm = 'Counter.wasm'\nmotoko = 'Counter.mo'\n");
  const Ran checked = check();
  EXPECT_EQ(checked.code, 65);
  EXPECT_TRUE(contains(checked.err, "[canister.counter] has wasm and motoko")) << checked.err;
}

TEST_F(Motoko, InitWritesAScenarioOfAnActor) {
  const std::string scenario = file("new.toml");
  const Ran written = heddle({"init", file("Counter.mo"), "-o", scenario});
  EXPECT_EQ(written.code, 0) << written.err;
  std::ifstream stream(scenario);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_TRUE(contains(text, "[canister.counter]\nmotoko = \"Counter.mo\"\n")) << text;
  EXPECT_EQ(heddle({"check", scenario}).code, 0);
}

}  // namespace
}  // namespace heddle::testing
