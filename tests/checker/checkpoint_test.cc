// Checkpoints: a search that was killed goes on and ends as if nothing had happened; what does not
// fit, is damaged or cannot be written is said and does no harm.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/random.h>

#include "checker/symmetric.h"
#include "checker/systems.h"

namespace heddle {
namespace {

using testing::at_most_requests;
using testing::expect_equal;

/// A folder of its own for each test, gone with it.
class Scratch {
 public:
  Scratch()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                fmt::format("heddle_checkpoint_{}_{}", ::getpid(), count_++)) {
    std::filesystem::create_directories(folder_);
  }

  ~Scratch() { std::filesystem::remove_all(folder_); }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string file(const std::string& name = "search.checkpoint") const {
    return (folder_ / name).string();
  }

  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(folder_); }

 private:
  static inline int count_ = 0;
  std::filesystem::path folder_;
};

/// All that is claimed of withdrawals and holds, with an automaton and a measure.
Claims claims() {
  return testing::questions_about_withdrawals();
}

/// The same without the automaton, which asks for all orders of events.
Claims claims_to_reduce() {
  Claims claimed = claims();
  std::erase_if(claimed.properties, [](const auto& property) {
    return property->when() == Property::When::kEveryStep;
  });
  return claimed;
}

std::string text_of(const Verdict& verdict) {
  std::string text =
      fmt::format("{} {} {} {} {}\n{} {} {} {} {} {} {}\n{}\n{}\n{}\n", to_string(verdict.answered),
                  verdict.property, verdict.why, verdict.bound, verdict.scope, verdict.states,
                  verdict.transitions, verdict.depth, verdict.quiescent, verdict.schedules,
                  verdict.executions, verdict.blocked, fmt::join(verdict.schedule, "; "),
                  verdict.peaks, fmt::join(verdict.notes, "; "));
  for (const auto& [name, schedule] : verdict.witnesses) {
    text += fmt::format("{}: {}\n", name, fmt::join(schedule, "; "));
  }
  for (const auto& [name, outcomes] : verdict.outcomes) {
    for (const OutcomeWitness& outcome : outcomes) {
      text += fmt::format("{} {}: {}\n", name, outcome.value, fmt::join(outcome.schedule, "; "));
    }
  }
  for (const StrategyStatistics& of : verdict.strategies) {
    text += fmt::format("{} {} {} {} {}\n", of.name, of.schedules, of.covered, of.covered_first,
                        of.first_hit ? fmt::to_string(*of.first_hit) : "-");
  }
  const CoverageReport& covered = verdict.covered;
  for (const auto& some : {covered.methods, covered.pieces}) {
    text += fmt::format("{}\n", fmt::join(some, "; "));
  }
  for (const auto& pairs : {covered.met, covered.interrupted, covered.rejects}) {
    for (const auto& [first, second] : pairs) {
      text += fmt::format("{} + {}; ", first, second);
    }
    text += '\n';
  }
  return text;
}

/// A check that a process of its own performs.
struct Work {
  System system;
  Claims claims;
  CheckOptions options;
};

/// A process that performs a check, until it is done or killed.
class Process {
 public:
  explicit Process(const Work& work) {
    int ends[2];
    if (::pipe(ends) != 0) {
      throw std::runtime_error("no pipe");
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      CheckOptions options = work.options;
      std::string said;
      options.checkpoint.tell = [&](const std::string& line) { said += line + "\n"; };
      const std::string result = text_of(check(work.system, work.claims, options));
      const std::string all = said + "---\n" + result + "===";
      for (std::size_t at = 0; at < all.size();) {
        at += static_cast<std::size_t>(::write(ends[1], all.data() + at, all.size() - at));
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }

  void kill() const { ::kill(pid_, SIGKILL); }

  [[nodiscard]] bool is_over() const {
    ::siginfo_t info{};
    return ::waitid(P_PID, static_cast<::id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
  }

  /// Of processor time, until now or until it ended.
  [[nodiscard]] std::chrono::nanoseconds took() const {
    ::clockid_t clock{};
    ::timespec time{};
    if (took_ == std::chrono::nanoseconds{} && ::clock_getcpuclockid(pid_, &clock) == 0 &&
        ::clock_gettime(clock, &time) == 0) {
      return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
    return took_;
  }

  struct Ended {
    bool whole = false;  ///< it was not killed before
    std::string said;
    std::string result;
  };

  Ended wait() {
    std::string text;
    char buffer[4096];
    for (;;) {
      const ::ssize_t got = ::read(pipe_, buffer, sizeof buffer);
      if (got <= 0) {
        break;
      }
      text.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(pipe_);
    int status = 0;
    ::rusage usage{};
    ::wait4(pid_, &status, 0, &usage);
    for (const ::timeval time : {usage.ru_utime, usage.ru_stime}) {
      took_ += std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    }
    const std::size_t middle = text.find("---\n");
    if (middle == std::string::npos || !text.ends_with("===")) {
      return {};
    }
    return {true, text.substr(0, middle), text.substr(middle + 4)};
  }

 private:
  int pid_ = 0;
  int pipe_ = -1;
  std::chrono::nanoseconds took_{};  ///< once it has ended
};

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const std::string& file, const std::string& contents) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << contents;
}

// ---- Killed at random moments.

/// Kills `work` so many times; after each the next process goes on, and it must end as one that
/// nobody disturbed. A process is killed when it has had a share of the processor time of a whole
/// run that a seed decides, so how busy the machine is does not matter; every other one not before
/// there is a checkpoint. Wherever there is one the next process must go on from it.
void kill_at_random(Work work, int times, std::uint64_t seed) {
  using namespace std::chrono_literals;
  const Scratch scratch;
  Process first(work);
  const Process::Ended undisturbed = first.wait();
  const std::chrono::nanoseconds took = first.took();
  ASSERT_TRUE(undisturbed.whole);

  work.options.checkpoint.file = scratch.file();
  work.options.checkpoint.every_seconds = 0.001;
  Random random(seed, 0);
  int went_on = 0;
  int attempts = 0;
  for (int killed = 0; killed < times;) {
    ASSERT_LT(attempts++, times * 100) << "processes end before they can be killed";
    const bool not_before_checkpoint = killed % 2 == 1;
    const std::chrono::nanoseconds moment(
        random.below(static_cast<std::uint64_t>(took.count()) + 1));
    Process process(work);
    while (!process.is_over() &&
           (process.took() < moment ||
            (not_before_checkpoint && !std::filesystem::exists(work.options.checkpoint.file)))) {
      std::this_thread::sleep_for(50us);
    }
    process.kill();
    if (process.wait().whole) {
      continue;
    }
    ++killed;
    const bool has_checkpoint = std::filesystem::exists(work.options.checkpoint.file);
    const Process::Ended ended = Process(work).wait();
    ASSERT_TRUE(ended.whole);
    EXPECT_EQ(ended.result, undisturbed.result) << "after " << killed << " kills; " << ended.said;
    EXPECT_TRUE(scratch.is_empty()) << "a finished run has left something behind";
    EXPECT_EQ(ended.said.find("going on from the checkpoint") != std::string::npos, has_checkpoint)
        << ended.said;
    went_on += has_checkpoint ? 1 : 0;
  }
  std::printf("seed %llu: %d of %d runs went on from a checkpoint, of %.0f ms each\n",
              static_cast<unsigned long long>(seed), went_on, times,
              std::chrono::duration<double, std::milli>(took).count());
  EXPECT_GE(went_on, times / 2);
}

Work withdrawals(Strategy strategy, unsigned threads, unsigned users) {
  Work work{testing::withdrawals(users, testing::some_faults()), claims(), {}};
  work.options.strategy = strategy;
  work.options.threads = threads;
  work.options.schedules = 10'000;
  return work;
}

TEST(CheckpointKilled, BreadthFirstOnOneThread) {
  kill_at_random(withdrawals(Strategy::kBreadthFirst, 1, 5), 10, 1);
}

TEST(CheckpointKilled, BreadthFirstOnTwoThreads) {
  kill_at_random(withdrawals(Strategy::kBreadthFirst, 2, 5), 8, 2);
}

TEST(CheckpointKilled, BreadthFirstThatFindsAViolation) {
  Work work = withdrawals(Strategy::kBreadthFirst, 1, 5);
  work.claims.properties.push_back(at_most_requests(4));
  kill_at_random(work, 8, 3);
}

TEST(CheckpointKilled, BreadthFirstReduced) {
  Work work = withdrawals(Strategy::kBreadthFirst, 2, 5);
  work.claims = claims_to_reduce();
  work.options.reduction.partial_order = true;
  kill_at_random(work, 8, 4);
}

/// Users who all make the same calls, each so many at once.
Work alike(Strategy strategy, unsigned threads, unsigned users, unsigned calls) {
  Work work = withdrawals(strategy, threads, users);
  work.claims = claims_to_reduce();
  for (User& user : work.system.users) {
    user.calls.assign(calls, work.system.users.front().calls.front());
  }
  work.options.reduction.symmetry = true;
  return work;
}

TEST(CheckpointKilled, BreadthFirstOfRepresentatives) {
  kill_at_random(alike(Strategy::kBreadthFirst, 2, 7, 1), 5, 7);
}

TEST(CheckpointKilled, BreadthFirstWithAllReductions) {
  Work work = alike(Strategy::kBreadthFirst, 1, 1, 6);
  work.options.reduction.partial_order = true;
  kill_at_random(work, 8, 8);
}

TEST(CheckpointKilled, DepthFirstOfRepresentatives) {
  kill_at_random(alike(Strategy::kDepthFirst, 1, 8, 1), 6, 9);
}

TEST(CheckpointKilled, Dpor) {
  Work work = withdrawals(Strategy::kDpor, 1, 4);
  work.system.faults = {};
  work.system.faults.dropped_ingress = 1;
  kill_at_random(work, 10, 10);
}

TEST(CheckpointKilled, DepthFirst) {
  kill_at_random(withdrawals(Strategy::kDepthFirst, 1, 5), 8, 5);
}

TEST(CheckpointKilled, Sampled) {
  kill_at_random(withdrawals(Strategy::kPortfolio, 2, 5), 8, 6);
}

// ---- Interrupted by bounds.

struct Told {
  std::vector<std::string> lines;

  [[nodiscard]] bool says(const std::string& text) const {
    for (const std::string& line : lines) {
      if (line.find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

CheckOptions storing(const std::string& file, Told& told, Strategy strategy) {
  CheckOptions options;
  options.strategy = strategy;
  options.threads = 1;
  options.schedules = 3000;
  options.checkpoint.file = file;
  options.checkpoint.every_seconds = 1e-6;
  options.checkpoint.tell = [&told](const std::string& line) { told.lines.push_back(line); };
  return options;
}

TEST(Checkpoint, ABoundedRunIsGoneOnWithUntilItIsDone) {
  const System system = testing::withdrawals(4, testing::some_faults());
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    for (const bool reduced : {false, true}) {
      const Scratch scratch;
      Told told;
      CheckOptions options = storing(scratch.file(), told, strategy);
      options.reduction.partial_order = reduced;
      CheckOptions undisturbed = options;
      undisturbed.checkpoint = {};
      const Claims claimed = reduced ? claims_to_reduce() : claims();
      const Verdict expected = check(system, claimed, undisturbed);
      ASSERT_EQ(expected.answered, Answered::kVerified);
      int parts = 0;
      for (options.states_max = 100;; options.states_max += options.states_max) {
        const Verdict part = check(system, claimed, options);
        ++parts;
        if (part.answered != Answered::kIncomplete) {
          expect_equal(part, expected);
          EXPECT_EQ(part.distinct, expected.distinct);
          break;
        }
        EXPECT_EQ(part.bound, "max-states");
        EXPECT_TRUE(told.says("kept the checkpoint"));
      }
      EXPECT_GT(parts, 3);
      EXPECT_TRUE(told.says("going on from the checkpoint"));
      EXPECT_TRUE(scratch.is_empty());
    }
  }
}

TEST(Checkpoint, ABoundedRunOfRepresentativesIsGoneOnWithUntilItIsDone) {
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
    const Scratch scratch;
    Told told;
    const Work work = alike(strategy, 1, 2, 2);
    CheckOptions options = storing(scratch.file(), told, strategy);
    options.reduction = work.options.reduction;
    CheckOptions undisturbed = options;
    undisturbed.checkpoint = {};
    const Verdict expected = check(work.system, work.claims, undisturbed);
    for (options.states_max = 100;; options.states_max += options.states_max) {
      const Verdict part = check(work.system, work.claims, options);
      if (part.answered != Answered::kIncomplete) {
        expect_equal(part, expected);
        EXPECT_EQ(part.distinct, expected.distinct);
        break;
      }
    }
    EXPECT_TRUE(told.says("going on from the checkpoint"));
  }
}

// Where nobody's name is looked at any more, nobody would find out.
TEST(Checkpoint, WhatWasFoundToBeToldApartIsKept) {
  const heddle::Setup setup = symmetric::built([](Scenario& s) {
    auto clerk = s.install<symmetric::Clerk>("clerk");
    for (const std::string& name : symmetric::kUsers) {
      auto user = s.user(name).then();
      user.calls(clerk, &symmetric::Clerk::greet);
      user.calls(clerk, &symmetric::Clerk::who);
      user.calls(clerk, &symmetric::Clerk::who);
    }
    s.outcomes("first", [=](const State& end) { return end[clerk].first.get(); });
  });
  const Scratch scratch;
  Told told;
  CheckOptions options = storing(scratch.file(), told, Strategy::kBreadthFirst);
  options.reduction.symmetry = true;
  CheckOptions undisturbed = options;
  undisturbed.checkpoint = {};
  const Verdict expected = check(setup.system, setup.claims, undisturbed);
  ASSERT_EQ(symmetric::refusal(expected), "clerk.greet does not treat alice and bob alike");
  options.states_max = expected.states - 5;
  EXPECT_EQ(check(setup.system, setup.claims, options).bound, "max-states");
  options.states_max = 0;
  expect_equal(check(setup.system, setup.claims, options), expected);
  EXPECT_TRUE(told.says("going on from the checkpoint"));
}

TEST(Checkpoint, ABoundedDporIsGoneOnWithUntilItIsDone) {
  const System system = testing::withdrawals(3, {});
  const Scratch scratch;
  Told told;
  CheckOptions options = storing(scratch.file(), told, Strategy::kDpor);
  CheckOptions undisturbed = options;
  undisturbed.checkpoint = {};
  const Verdict expected = check(system, claims(), undisturbed);
  ASSERT_EQ(expected.answered, Answered::kVerified);
  int parts = 0;
  for (options.states_max = 10;; options.states_max += options.states_max) {
    const Verdict part = check(system, claims(), options);
    ++parts;
    if (part.answered != Answered::kIncomplete) {
      expect_equal(part, expected);
      EXPECT_EQ(part.executions, expected.executions);
      break;
    }
  }
  EXPECT_GT(parts, 3);
  EXPECT_TRUE(told.says("going on from the checkpoint"));
}

TEST(Checkpoint, AnInterruptedRunIsGoneOnWithOnAnyNumberOfThreads) {
  const System system = testing::withdrawals(5, testing::some_faults());
  for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kPortfolio}) {
    const Scratch scratch;
    Told told;
    CheckOptions options = storing(scratch.file(), told, strategy);
    CheckOptions undisturbed = options;
    undisturbed.checkpoint = {};
    const Verdict expected = check(system, claims(), undisturbed);
    // The flag is raised in the middle of a round.
    std::atomic<bool> interrupted{false};
    std::atomic<int> judged{0};
    Claims watched = claims();
    watched.measures.push_back({"watched", [&](const State& now) {
                                  interrupted = ++judged >= 300;
                                  return testing::value(now, 0, 0) % 2;
                                }});
    Claims same = claims();
    same.measures.push_back(
        {"watched", [](const State& now) { return testing::value(now, 0, 0) % 2; }});
    const Verdict with_measure = check(system, same, undisturbed);
    options.interrupted = &interrupted;
    options.stepper.memo = false;  // so that each state is looked at
    Verdict last = check(system, watched, options);
    EXPECT_EQ(last.bound, "interrupted");
    interrupted = false;
    judged = -1'000'000'000;
    options.threads = 2;
    options.stepper.memo = true;
    last = check(system, watched, options);
    expect_equal(last, with_measure);
    EXPECT_TRUE(told.says("going on from the checkpoint"));
    EXPECT_TRUE(scratch.is_empty());
  }
}

// ---- Files that are not to be taken.

/// Leaves a checkpoint of a search that a bound has ended.
CheckOptions leave_one(const std::string& file, Told& told) {
  CheckOptions options = storing(file, told, Strategy::kBreadthFirst);
  options.checkpoint.about = {{"scenario", "withdraw/three"}};
  options.states_max = 300;
  EXPECT_EQ(check(testing::withdrawals(3, testing::some_faults()), claims(), options).bound,
            "max-states");
  EXPECT_TRUE(std::filesystem::exists(file));
  options.states_max = 0;
  told.lines.clear();
  return options;
}

TEST(Checkpoint, OneOfSomethingElseIsRefused) {
  const System system = testing::withdrawals(3, testing::some_faults());

  struct Case {
    std::string says;
    System system;
    Claims claims;
    std::function<void(CheckOptions&)> change;
  };

  Claims fewer = claims();
  fewer.properties.pop_back();
  System limited = system;
  limited.limits[{CanisterId{0}, CanisterId{1}}] = 1;
  const std::vector<Case> cases = {
      {"is of scenario \"withdraw/three\", not \"withdraw/four\"", system, claims(),
       [](CheckOptions& options) { options.checkpoint.about[0].second = "withdraw/four"; }},
      {"is of strategy \"breadth-first\", not \"depth-first\"", system, claims(),
       [](CheckOptions& options) { options.strategy = Strategy::kDepthFirst; }},
      {"is of reduction \"none\", not \"partial-order\"", system, claims(),
       [](CheckOptions& options) { options.reduction.partial_order = true; }},
      {"is of depth bound \"0\", not \"7\"", system, claims(),
       [](CheckOptions& options) { options.depth_max = 7; }},
      {"other canisters, calls, limits or faults", testing::withdrawals(4, testing::some_faults()),
       claims(), [](CheckOptions&) {}},
      {"other canisters, calls, limits or faults", limited, claims(), [](CheckOptions&) {}},
      {"other properties, outcome sets or measures", system, fewer, [](CheckOptions&) {}},
  };
  for (const Case& of : cases) {
    const Scratch scratch;
    Told told;
    CheckOptions options = leave_one(scratch.file(), told);
    of.change(options);
    options.checkpoint.must_fit = true;
    try {
      check(of.system, of.claims, options);
      ADD_FAILURE() << "was taken: " << of.says;
    } catch (const Misuse& misuse) {
      EXPECT_NE(std::string(misuse.what()).find(of.says), std::string::npos) << misuse.what();
    }
    options.checkpoint.must_fit = false;
    CheckOptions undisturbed = options;
    undisturbed.checkpoint = {};
    expect_equal(check(of.system, of.claims, options), check(of.system, of.claims, undisturbed));
    EXPECT_TRUE(told.says(of.says));
    EXPECT_TRUE(told.says("beginning anew"));
  }
}

TEST(Checkpoint, ADamagedOneIsNeverTaken) {
  const System system = testing::withdrawals(3, testing::some_faults());
  const Scratch scratch;
  Told told;
  CheckOptions options = leave_one(scratch.file(), told);
  const std::string whole = contents(scratch.file());
  CheckOptions undisturbed = options;
  undisturbed.checkpoint = {};
  const Verdict expected = check(system, claims(), undisturbed);
  std::vector<std::string> damaged = {"", "short", whole.substr(0, whole.size() - 1), whole + "x",
                                      whole + std::string(8, '\0')};
  Random random(7, 0);
  for (int i = 0; i < 20; ++i) {
    damaged.push_back(whole.substr(0, random.below(whole.size())));
    std::string flipped = whole;
    flipped[random.below(whole.size())] ^= static_cast<char>(1U << random.below(8));
    damaged.push_back(flipped);
  }
  options.checkpoint.every_seconds = 1000;
  for (const std::string& bytes : damaged) {
    write(scratch.file(), bytes);
    told.lines.clear();
    expect_equal(check(system, claims(), options), expected);
    ASSERT_EQ(told.lines.size(), 1);
    EXPECT_TRUE(told.says("is damaged; beginning anew")) << told.lines[0];
  }
  write(scratch.file(), whole);
  told.lines.clear();
  expect_equal(check(system, claims(), options), expected);
  EXPECT_TRUE(told.says("going on from the checkpoint"));
}

TEST(Checkpoint, WhatAKilledProcessLeftUnfinishedIsIgnoredAndCleanedUp) {
  const System system = testing::withdrawals(4, testing::some_faults());
  const Scratch scratch;
  Told told;
  CheckOptions options = storing(scratch.file(), told, Strategy::kBreadthFirst);
  write(scratch.file() + ".new", "half a checkpoint");
  EXPECT_EQ(check(system, claims(), options).answered, Answered::kVerified);
  EXPECT_TRUE(told.lines.empty());
  EXPECT_TRUE(scratch.is_empty());
}

// ---- Folders and disks that do not take one.

TEST(Checkpoint, AFolderThatCannotBeIsSaidOnceAndTheSearchGoesOn) {
  const System system = testing::withdrawals(4, testing::some_faults());
  const Scratch scratch;
  write(scratch.file("file"), "no folder");
  Told told;
  CheckOptions options =
      storing(scratch.file("file/search.checkpoint"), told, Strategy::kBreadthFirst);
  CheckOptions undisturbed = options;
  undisturbed.checkpoint = {};
  expect_equal(check(system, claims(), options), check(system, claims(), undisturbed));
  ASSERT_EQ(told.lines.size(), 1);
  EXPECT_TRUE(told.says("cannot be written: Not a directory; the search goes on without"))
      << told.lines[0];
}

TEST(Checkpoint, AFullDiskIsSaidOnceAndTheSearchGoesOn) {
  Work work = withdrawals(Strategy::kBreadthFirst, 1, 4);
  const Process::Ended undisturbed = Process(work).wait();
  const Scratch scratch;
  work.options.checkpoint.file = scratch.file();
  work.options.checkpoint.every_seconds = 1e-6;

  // No file may grow beyond this in the processes that are started meanwhile.
  struct rlimit before {};

  ::getrlimit(RLIMIT_FSIZE, &before);
  struct rlimit tight = before;
  tight.rlim_cur = 64;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const Process::Ended ended = Process(work).wait();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_TRUE(ended.whole);
  EXPECT_EQ(ended.result, undisturbed.result);
  EXPECT_EQ(ended.said, fmt::format("the checkpoint {} cannot be written: File too large; the "
                                    "search goes on without\n",
                                    scratch.file()));
  EXPECT_TRUE(scratch.is_empty());
}

}  // namespace
}  // namespace heddle
