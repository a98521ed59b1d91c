// The memory budget is one of the whole process, so it is checked from outside: a search runs in a
// process of its own, and what that process held at most is compared with the budget.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/memory_limit.h>

#include "checker/systems.h"

namespace heddle::testing {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

/// What is told of a search in a process of its own.
struct Told {
  Answered answered{};
  std::array<char, 32> bound{};
  std::array<char, 96> storage{};
  std::array<char, 1024> notes{};
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t events = 0;  ///< of the counterexample
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_peak = 0;
};

std::uint64_t bytes_peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::strtoull(line.c_str() + std::strlen("VmHWM:"), nullptr, 10) * 1024;
    }
  }
  return 0;
}

/// `more`: how much more than it has before the search the process may hold.
Told search_within(
    const System& system, const Claims& claims, CheckOptions options, std::uint64_t more,
    const std::function<void()>& prepare = [] {}) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    throw std::runtime_error("no pipe");
  }
  const ::pid_t process = ::fork();
  if (process == 0) {
    prepare();
    // What other tests have left would be used before anything is taken.
    ::malloc_trim(0);
    Told told;
    told.bytes_before = resident_bytes();
    options.memory_bytes_max = told.bytes_before + more;
    try {
      const Verdict verdict = check(system, claims, options);
      told.answered = verdict.answered;
      told.states = verdict.states;
      told.events = verdict.schedule.size();
      told.transitions = verdict.transitions;
      std::string notes;
      for (const std::string& note : verdict.notes) {
        notes += note + "\n";
      }
      notes.copy(told.notes.data(), told.notes.size() - 1);
      verdict.storage.copy(told.storage.data(), told.storage.size() - 1);
      verdict.bound.copy(told.bound.data(), told.bound.size() - 1);
    } catch (const std::exception& thrown) {
      std::string_view(thrown.what()).copy(told.bound.data(), told.bound.size() - 1);
    }
    told.bytes_peak = bytes_peak();
    static_cast<void>(::write(ends[1], &told, sizeof told) == 0);
    ::_exit(0);
  }
  ::close(ends[1]);
  Told told;
  const bool is_whole = ::read(ends[0], &told, sizeof told) == sizeof told;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_TRUE(is_whole) << "the search's process ended with " << status;
  return told;
}

struct Case {
  const char* name;
  System system;
  Strategy strategy = Strategy::kBreadthFirst;
  unsigned threads = 1;
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const unsigned threads : {1U, 3U}) {
    cases.push_back({"two words", withdrawals(11), Strategy::kBreadthFirst, threads});
    cases.push_back({"folded", withdrawals(20, some_faults()), Strategy::kBreadthFirst, threads});
  }
  cases.push_back({"two words", withdrawals(11), Strategy::kDepthFirst});
  cases.push_back({"folded", withdrawals(20, some_faults()), Strategy::kDepthFirst});
  cases.push_back({"sampled", withdrawals(11), Strategy::kPortfolio, 2});
  return cases;
}

TEST(MemoryBudget, IsNeverExceededByTheProcess) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not the search's";
  }
  for (const Case& now : cases()) {
    std::uint64_t states = 0;
    for (const std::uint64_t more : {18 * kMiB, 27 * kMiB, 40 * kMiB, 70 * kMiB}) {
      CheckOptions options;
      options.strategy = now.strategy;
      options.threads = now.threads;
      options.schedules = 3000;
      const Told told = search_within(now.system, {}, options, more);
      const auto in_mib = [](std::uint64_t bytes) {
        return std::to_string(static_cast<double>(bytes) / kMiB);
      };
      SCOPED_TRACE(std::string(now.name) + ", " + std::string(to_string(now.strategy)) + ", " +
                   std::to_string(now.threads) + " threads, " + in_mib(more) + " MiB more: held " +
                   in_mib(told.bytes_peak - told.bytes_before) + " more, " +
                   std::to_string(told.states) + " states");
      EXPECT_LE(told.bytes_peak, told.bytes_before + more);
      EXPECT_EQ(told.answered, Answered::kIncomplete);
      if (now.strategy != Strategy::kPortfolio) {
        EXPECT_EQ(std::string(told.bound.data()), "max-memory");
        EXPECT_GE(told.states, states);
        states = told.states;
      }
    }
    EXPECT_TRUE(states > 10'000 || now.strategy == Strategy::kPortfolio) << now.name;
  }
}

// There is room for a part of the states without loss. The schedule of what fails is made of events
// that were kept before and after the search went over to hash compaction.
TEST(MemoryBudget, ALosslessSearchThatReachesItGoesOnInHashCompaction) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not the search's";
  }
  // Counts of a lossless search without a bound; it takes some 150 MB.
  constexpr std::uint64_t kStates = 7'035'977;
  constexpr std::uint64_t kTransitions = 18'691'963;
  const System system = withdrawals(7);
  Claims failing;
  failing.properties = {finally_("no end", [](const State&) { return false; })};

  struct Run {
    Strategy strategy;
    unsigned threads;
    bool fails;
  };

  for (const Run run :
       {Run{Strategy::kBreadthFirst, 1, false}, Run{Strategy::kBreadthFirst, 2, false},
        Run{Strategy::kBreadthFirst, 2, true}, Run{Strategy::kDepthFirst, 1, false}}) {
    CheckOptions options;
    options.strategy = run.strategy;
    options.threads = run.threads;
    options.storage.on_memory_full = OnMemoryFull::kHashCompaction;
    const std::uint64_t more = 100 * kMiB;
    const Told told = search_within(system, run.fails ? failing : Claims{}, options, more);
    SCOPED_TRACE(std::string(to_string(run.strategy)) + " on " + std::to_string(run.threads) +
                 ": " + told.storage.data() + ", " + told.notes.data());
    EXPECT_LE(told.bytes_peak, told.bytes_before + more);
    EXPECT_TRUE(std::string_view(told.storage.data()).starts_with("hash compaction to 5"));
    EXPECT_NE(std::string_view(told.storage.data()).find("bits after the first"),
              std::string_view::npos);
    if (run.fails) {
      EXPECT_EQ(told.answered, Answered::kViolated);
      EXPECT_EQ(told.events, 21);  // three of each user
    } else {
      EXPECT_EQ(told.answered, Answered::kIncomplete);
      EXPECT_EQ(std::string(told.bound.data()), "hash-compaction");
      EXPECT_EQ(told.states, kStates);
      EXPECT_EQ(told.transitions, kTransitions);
    }
  }
}

TEST(MemoryBudget, IsKeptByStorageThatIsNotLossless) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not the search's";
  }
  for (const Storage kind : {Storage::kHashCompaction, Storage::kBitstate}) {
    for (const Strategy strategy : {Strategy::kBreadthFirst, Strategy::kDepthFirst}) {
      for (const std::uint64_t more : {27 * kMiB, 60 * kMiB}) {
        CheckOptions options;
        options.strategy = strategy;
        options.storage.kind = kind;
        options.states_max = 2'000'000;
        const Told told = search_within(withdrawals(11), {}, options, more);
        SCOPED_TRACE(std::string(told.storage.data()) + ", " + told.bound.data() + ", " +
                     std::to_string(told.states) + " states");
        EXPECT_EQ(told.answered, Answered::kIncomplete);
        EXPECT_LE(told.bytes_peak, told.bytes_before + more);
        EXPECT_GT(told.states, 10'000);
      }
    }
  }
}

// The filter is small and the frontier wide: what is given up to a file is most of what grows.
TEST(MemoryBudget, IsKeptByPuttingTheFrontierIntoAFile) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not the search's";
  }
  CheckOptions options;
  options.storage.kind = Storage::kBitstate;
  options.storage.filter_bytes = 8 * kMiB;
  options.threads = 1;
  std::uint64_t more = 0;
  const auto search = [&](const std::function<void()>& prepare) {
    return search_within(withdrawals(7), {}, options, more, prepare);
  };
  Told whole;
  for (const unsigned threads : {2U, 1U}) {
    options.threads = threads;
    more = (threads == 1 ? 49 : 66) * kMiB;  // what two of them collect takes some, too
    whole = search([] {});
    SCOPED_TRACE(std::to_string(threads) + " threads, " + whole.bound.data() + ", " +
                 std::to_string(whole.states) + " states: " + whole.notes.data());
    EXPECT_LE(whole.bytes_peak, whole.bytes_before + more);
    EXPECT_EQ(std::string(whole.bound.data()), "bitstate");
    EXPECT_GT(whole.states, 6'900'000);  // of 7 035 977
    EXPECT_NE(std::string(whole.notes.data()).find("MB were put into temporary files"),
              std::string::npos);
  }
  for (const bool no_directory : {true, false}) {
    const Told full = search([&] {
      if (no_directory) {
        ::setenv("TMPDIR", "/nonexistent", 1);
      } else {
        const ::rlimit limit{kMiB, kMiB};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      }
    });
    EXPECT_EQ(full.answered, Answered::kIncomplete);
    EXPECT_EQ(std::string(full.bound.data()), "max-memory");
    EXPECT_LE(full.bytes_peak, full.bytes_before + more);
    EXPECT_LT(full.states, whole.states);
    EXPECT_NE(std::string(full.notes.data()).find("no more could be put into temporary files"),
              std::string::npos)
        << full.notes.data();
  }
}

TEST(MemoryBudget, TooSmallForTheStartIsSaid) {
  for (const Strategy strategy :
       {Strategy::kBreadthFirst, Strategy::kDepthFirst, Strategy::kDpor, Strategy::kPortfolio}) {
    CheckOptions options;
    options.strategy = strategy;
    options.memory_bytes_max = 1'000'000;
    const Verdict verdict = check(withdrawals(3), {}, options);
    EXPECT_EQ(verdict.answered, Answered::kIncomplete);
    EXPECT_EQ(verdict.bound, "max-memory");
    EXPECT_LE(verdict.states, strategy == Strategy::kPortfolio ? 1000 : 2);
    ASSERT_FALSE(verdict.notes.empty());
    EXPECT_NE(std::ranges::find_if(verdict.notes,
                                   [](const std::string& note) {
                                     return note.starts_with("the process may hold 1 MB");
                                   }),
              verdict.notes.end());
  }
}

}  // namespace
}  // namespace heddle::testing
