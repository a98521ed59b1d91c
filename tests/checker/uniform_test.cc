// Is the sample uniform? Systems whose interleavings can be counted, and a chi-square test of how
// often each of them was drawn.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <heddle/checker/internal/census.h>
#include <heddle/checker/sample.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using testing::Functions;
using testing::install;

using Counts = std::map<std::string, std::uint64_t>;
using Keep = std::function<bool(const Event&)>;

constexpr std::uint64_t kSeed = 1;
/// Schedules for each interleaving.
constexpr std::uint64_t kPerInterleaving = 100;

/// Passes on, and counts how often each order of the events that `keep` keeps was drawn.
class Recording : public Scheduler {
 public:
  Recording(Kernel& kernel, std::unique_ptr<Scheduler> scheduler, Keep keep, Counts& counts)
      : kernel_(kernel),
        scheduler_(std::move(scheduler)),
        keep_(std::move(keep)),
        counts_(counts) {}

  ~Recording() override { count(); }

  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void begin(Random random) override {
    count();
    scheduler_->begin(random);
  }

  std::optional<std::size_t> choose(const CurrentState& now,
                                    std::span<const Event> enabled) override {
    const auto chosen = scheduler_->choose(now, enabled);
    if (keep_(enabled[*chosen])) {
      text_ += kernel_.to_text(enabled[*chosen]) + "; ";
    }
    return chosen;
  }

 private:
  void count() {
    if (!text_.empty()) {
      ++counts_[text_];
    }
    text_.clear();
  }

  Kernel& kernel_;
  std::unique_ptr<Scheduler> scheduler_;
  Keep keep_;
  Counts& counts_;
  std::string text_;
};

using MakerOf = std::function<SchedulerMaker(const Search&)>;

const MakerOf kRandomWalk = [](const Search&) { return SchedulerMaker(make_random_walker); };
const MakerOf kUrw = [](const Search& search) { return urw_maker(internal::take_census(search)); };
const MakerOf kSurw = [](const Search& search) {
  return surw_maker(internal::take_census(search));
};

Counts orders(
    const System& system, const MakerOf& maker_of, std::uint64_t schedules,
    const Keep& keep = [](const Event&) { return true; }) {
  Kernel kernel(system);
  const Claims claims;
  CheckOptions options;
  options.threads = 1;
  options.seed = kSeed;
  Budget budget(options, kernel);
  const Search search{kernel, claims, options, budget};
  const SchedulerMaker make = maker_of(search);
  Counts counts;
  const SchedulerMaker recording = [&](Kernel& of) {
    return std::make_unique<Recording>(of, make(of), keep, counts);
  };
  sample(search, schedules, {{Strategy::kRandom, recording}});
  return counts;
}

/// Pearson's statistic of `counts`, of `kinds` that should be equally frequent.
double chi_square(const Counts& counts, std::uint64_t kinds) {
  std::uint64_t sum = 0;
  for (const auto& [order, count] : counts) {
    sum += count;
  }
  const double expected = static_cast<double>(sum) / static_cast<double>(kinds);
  double statistic = expected * static_cast<double>(kinds - counts.size());
  for (const auto& [order, count] : counts) {
    const double difference = static_cast<double>(count) - expected;
    statistic += difference * difference / expected;
  }
  return statistic;
}

/// Canister 0 runs what users call: method 0 makes `argument` calls, one after the other; method 1
/// makes two at once and awaits both. Each user has helpers of its own, canisters 1 + 2 u and
/// 2 + 2 u, so that nobody waits in a queue for another.
System runners(const std::vector<std::uint64_t>& sequential, unsigned parallel) {
  System system;
  auto target = std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{});
  target->method("one_by_one", [](View& view) {
    const std::uint64_t number = testing::argument(view);
    const auto helper = static_cast<CanisterId>(number / 100);
    for (std::uint64_t i = 0; i < number % 100; ++i) {
      if (!testing::call(view, helper, 0, 0)) {
        return;
      }
    }
    testing::reply(view);
  });
  target->method("at_once", [](View& view) {
    const auto helper = static_cast<CanisterId>(testing::argument(view) / 100);
    Send send;
    send.callee = helper;
    send.arguments = view.input().arguments;
    const auto first = view.send(send);
    send.callee = static_cast<CanisterId>(helper + 1);
    const auto second = view.send(send);
    if (view.await(Await::Kind::kAll, {*first, *second}, AwaitMode::kNow, {})) {
      testing::reply(view);
    }
  });
  install(system, "target", target);
  const auto users = static_cast<unsigned>(sequential.size()) + parallel;
  for (unsigned user = 0; user < users; ++user) {
    for (const char* which : {"first", "second"}) {
      auto helper =
          std::make_shared<Functions>(std::vector<std::pair<std::string, std::uint64_t>>{});
      helper->method("help", [](View& view) { testing::reply(view); });
      install(system, which + std::to_string(user), helper);
    }
    const std::uint64_t helper = 1 + 2 * std::uint64_t{user};
    const bool at_once = user >= sequential.size();
    testing::user(
        system, "user" + std::to_string(user),
        {testing::calls(0, at_once ? 1 : 0, 100 * helper + (at_once ? 0 : sequential[user]))});
  }
  return system;
}

// Quantiles of the chi-square distribution at 0.999.
constexpr double kLimit55 = 93.2;
constexpr double kLimit335 = 420.0;
constexpr double kLimit9 = 27.9;

TEST(Urw, IsUniformOverTheInterleavingsOfUnequalCalls) {
  // 3 events and 5: 8! / (3! 5!) = 56 interleavings.
  const System system = runners({1, 2}, 0);
  const Counts drawn = orders(system, kUrw, 56 * kPerInterleaving);
  EXPECT_EQ(drawn.size(), 56) << "seed " << kSeed;
  EXPECT_LT(chi_square(drawn, 56), kLimit55);
  // The test can tell: a random walk is far from it.
  EXPECT_GT(chi_square(orders(system, kRandomWalk, 56 * kPerInterleaving), 56), 10 * kLimit55);
}

TEST(Urw, IsUniformWhereCallsAreMadeTogether) {
  // A start and two pairs, 6 orders; interleaved with 3 events: 6 * 8! / (3! 5!) = 336.
  const System system = runners({1}, 1);
  const Counts drawn = orders(system, kUrw, 336 * kPerInterleaving);
  EXPECT_EQ(drawn.size(), 336) << "seed " << kSeed;
  EXPECT_LT(chi_square(drawn, 336), kLimit335);
  EXPECT_GT(chi_square(orders(system, kRandomWalk, 336 * kPerInterleaving), 336), 2 * kLimit335);
}

TEST(Surw, IsUniformOverTheInterleavingsAtOneCanister) {
  // Only the target is common to both. There they have 2 and 3 pieces: 5! / (2! 3!) = 10 orders.
  const System system = runners({1, 2}, 0);
  const Keep at_target = [](const Event& event) { return event.to == 0; };
  const Counts drawn = orders(system, kSurw, 10 * kPerInterleaving, at_target);
  EXPECT_EQ(drawn.size(), 10) << "seed " << kSeed;
  EXPECT_LT(chi_square(drawn, 10), kLimit9);
  EXPECT_GT(chi_square(orders(system, kRandomWalk, 10 * kPerInterleaving, at_target), 10),
            2 * kLimit9);
}

}  // namespace
}  // namespace heddle
