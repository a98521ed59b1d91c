// A seed means the same for ever: these numbers may never change.
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/random.h>

namespace heddle {
namespace {

template <class Generator>
std::vector<std::uint64_t> first(Generator generator, std::size_t count) {
  std::vector<std::uint64_t> outputs;
  for (std::size_t i = 0; i < count; ++i) {
    outputs.push_back(generator.next());
  }
  return outputs;
}

TEST(Random, SplitMix64GivesItsAuthorsNumbers) {
  const std::vector<std::uint64_t> expected{6457827717110365317U, 3203168211198807973U,
                                            9817491932198370423U, 4593380528125082431U,
                                            16408922859458223821U};
  EXPECT_EQ(first(SplitMix64(1234567), 5), expected);
}

TEST(Random, Xoshiro256StarStarGivesItsAuthorsNumbers) {
  const std::vector<std::uint64_t> expected{
      11520U,
      0U,
      1509978240U,
      1215971899390074240U,
      1216172134540287360U,
      607988272756665600U,
      16172922978634559625U,
      8476171486693032832U,
      10595114339597558777U,
      2904607092377533576U,
  };
  EXPECT_EQ(first(Random(Random::State{1, 2, 3, 4}), 10), expected);
}

TEST(Random, StreamsOfASeedAreFixed) {
  const std::vector<std::uint64_t> seed_one_first{474395863859787262U, 12088038987844520484U,
                                                  9995986526890572276U, 4629060143775130710U};
  const std::vector<std::uint64_t> seed_one_second{11091344671253066420U, 13793997310169335082U,
                                                   1900383378846508768U, 7684712102626143532U};
  EXPECT_EQ(first(Random(1, 0), 4), seed_one_first);
  EXPECT_EQ(first(Random(1, 1), 4), seed_one_second);
}

TEST(Random, DrawsBelowABoundAreFixed) {
  Random random(42, 7);
  std::vector<std::uint64_t> drawn;
  for (const std::uint64_t bound : {1U, 2U, 3U, 6U, 10U, 100U, 1000U, 7U}) {
    drawn.push_back(random.below(bound));
  }
  const std::vector<std::uint64_t> expected{0, 0, 1, 0, 1, 88, 613, 5};
  EXPECT_EQ(drawn, expected);
}

TEST(Random, DrawsBelowABoundAreUniform) {
  Random random(3, 0);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) {
    ++counts.at(random.below(6));
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10'000, 500);
  }
}

}  // namespace
}  // namespace heddle
