#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/internal/run_list.h>
#include <heddle/checker/random.h>

namespace heddle {
namespace {

TEST(RunList, HoldsWhatWasAppendedWhateverTheLengths) {
  Random random(7, 1);
  internal::RunList list;
  std::vector<std::uint32_t> expected;
  for (std::uint32_t round = 0; round < 2000; ++round) {
    std::vector<std::uint32_t> run(random.below(12));
    for (std::uint32_t& number : run) {
      number = static_cast<std::uint32_t>(random.below(1000));
    }
    expected.insert(expected.end(), run.begin(), run.end());
    const std::size_t count = run.size();
    run.resize(count + internal::RunList::kAtOnce, 4711);
    list.append(run.data(), count);
    if (round % 3 == 0) {
      list.push_back(round);
      expected.push_back(round);
    }
    ASSERT_EQ(std::vector<std::uint32_t>(list.all().begin(), list.all().end()), expected);
    if (round % 50 == 0) {
      list.clear();
      expected.clear();
    }
  }
}

}  // namespace
}  // namespace heddle
