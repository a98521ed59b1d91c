// How many schedules each strategy needs for bugs of a known depth, and how many it runs a second.
//
//     heddle_bench_sampling [--seeds N] [--schedules-max N] [--depth-max N] [--speed N]
//                           [--strategy NAME] [--model TEXT]
//
// First hit: the number of the first schedule that fails, the median over seeds 1 to N; "> M" where
// at least half of the seeds had none among the first M. Speed: N schedules on one thread, by its
// processor time; every state is judged and coverage is watched as `sample` does it. `--strategy`
// and `--model` (part of its name) leave out the others.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <heddle/checker/budget.h>
#include <heddle/checker/strategy.h>

#include "bench/models/models.h"
#include "checker/rare_bugs.h"

namespace {

using namespace heddle;

constexpr std::array kStrategies{Strategy::kRandom,   Strategy::kPct,  Strategy::kPos,
                                 Strategy::kUrw,      Strategy::kSurw, Strategy::kDelay,
                                 Strategy::kPortfolio};

Findings run(Kernel& kernel, const Claims& claims, const CheckOptions& options) {
  Budget budget(options, kernel);
  const Search search{kernel, claims, options, budget};
  switch (options.strategy) {
    case Strategy::kPct:
      return pct(search);
    case Strategy::kPos:
      return partial_order_sampling(search);
    case Strategy::kUrw:
      return urw(search);
    case Strategy::kSurw:
      return surw(search);
    case Strategy::kDelay:
      return delay_bounding(search);
    case Strategy::kPortfolio:
      return portfolio(search);
    default:
      return random_walk(search);
  }
}

struct Arguments {
  std::uint64_t seeds = 100;
  std::uint64_t schedules_max = 10'000;
  std::uint64_t depth_max = 6;
  std::uint64_t speed = 200'000;
  std::string model;
  std::vector<Strategy> strategies{kStrategies.begin(), kStrategies.end()};
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == "--seeds") {
      arguments.seeds = std::stoull(words[i + 1]);
    } else if (words[i] == "--schedules-max") {
      arguments.schedules_max = std::stoull(words[i + 1]);
    } else if (words[i] == "--depth-max") {
      arguments.depth_max = std::stoull(words[i + 1]);
    } else if (words[i] == "--speed") {
      arguments.speed = std::stoull(words[i + 1]);
    } else if (words[i] == "--strategy") {
      arguments.strategies = {strategy_from(words[i + 1])};
    } else if (words[i] == "--model") {
      arguments.model = words[i + 1];
    } else {
      throw Misuse("there is no flag " + words[i]);
    }
  }
  return arguments;
}

void print_heads(std::string_view title, const Arguments& arguments) {
  fmt::print("{:<28}", title);
  for (const Strategy strategy : arguments.strategies) {
    fmt::print("{:>12}", to_string(strategy));
  }
  fmt::print("\n");
}

std::string median_first_hit(const testing::RareBug& bug, Strategy strategy,
                             const Arguments& arguments) {
  Kernel kernel(bug.system);
  CheckOptions options;
  options.strategy = strategy;
  options.threads = 1;
  options.schedules = arguments.schedules_max;
  std::vector<std::uint64_t> hits;
  for (options.seed = 1; options.seed <= arguments.seeds; ++options.seed) {
    const Findings findings = run(kernel, bug.claims, options);
    hits.push_back(findings.failure ? findings.schedules : arguments.schedules_max + 1);
  }
  std::ranges::sort(hits);
  const std::uint64_t median = hits[hits.size() / 2];
  return median > arguments.schedules_max ? fmt::format("> {}", arguments.schedules_max)
                                          : fmt::format("{}", median);
}

void first_hits(const Arguments& arguments) {
  fmt::print("Schedules to the first hit, median of {} seeds\n", arguments.seeds);
  print_heads("bug", arguments);
  for (const testing::RareBug& bug : testing::rare_bugs()) {
    if (bug.depth > arguments.depth_max) {
      continue;
    }
    fmt::print("{:<28}",
               fmt::format("depth {}, {} contexts, {} ev.", bug.depth, bug.contexts, bug.events()));
    for (const Strategy strategy : arguments.strategies) {
      fmt::print("{:>12}", median_first_hit(bug, strategy, arguments));
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
}

void speed(std::string_view name, const System& system, const Claims& claims,
           const Arguments& arguments) {
  if (name.find(arguments.model) == std::string_view::npos) {
    return;
  }
  fmt::print("{:<28}", name);
  std::uint64_t events = 0;
  for (const Strategy strategy : arguments.strategies) {
    Kernel kernel(system);
    CheckOptions options;
    options.strategy = strategy;
    options.threads = 1;
    options.schedules = arguments.speed;
    const std::clock_t start = std::clock();
    const Findings findings = run(kernel, claims, options);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    fmt::print("{:>12.0f}", static_cast<double>(findings.schedules) / seconds);
    events = findings.transitions / std::max<std::uint64_t>(1, findings.schedules);
    std::fflush(stdout);
  }
  fmt::print("   {} events each\n", events);
}

template <class Model, class... More>
Setup described(Model model, More... more) {
  Scenario scenario("bench", {});
  bench::describe(scenario, model, more..., bench::Checked::kInvariants);
  return scenario.build();
}

void speeds(const Arguments& arguments) {
  print_heads("Schedules a second", arguments);
  const Setup swaps = described(bench::TokenSwaps{6, 3, 2});
  speed("token swap (6, 3, 2)", swaps.system, swaps.claims, arguments);
  const Setup fan = described(bench::CallsAtOnce{3, 4, 6});
  speed("calls at once (3, 4, 6)", fan.system, fan.claims, arguments);
  const Setup books = described(bench::Withdrawals{3, 2, 12}, bench::Requests::kInOrder);
  speed("withdrawals (3, 2, 12)", books.system, books.claims, arguments);
  const testing::RareBug bug = testing::rare_bug(6, 4, 3);
  speed(fmt::format("4 calls, {} events", bug.events()), bug.system, {}, arguments);
}

}  // namespace

int main(int count, char** words) {
  const Arguments arguments = parse(std::vector<std::string>(words + 1, words + count));
  if (arguments.speed > 0) {
    speeds(arguments);
  }
  if (arguments.seeds > 0) {
    first_hits(arguments);
  }
}
