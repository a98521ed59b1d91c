// A result that is remembered by answers is the result, whatever is asked when.
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/internal/answer_table.h>
#include <heddle/checker/packing.h>
#include <heddle/checker/random.h>

#include "checker/systems.h"

namespace heddle {
namespace {

using internal::AnswerTable;

struct Leaves {
  explicit Leaves(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      positions.push_back(kernel.position({LeafKind::kVariable, 0, 100 + i, 0}));
    }
  }

  StateVector any(std::uint64_t values, Random& random) const {
    StateVector state;
    for (const LeafPosition position : positions) {
      state.set(position, static_cast<LeafValue>(random.below(values)));
    }
    return state;
  }

  Kernel kernel{testing::subsets(1)};
  std::vector<LeafPosition> positions;
};

/// A leaf is asked for its remainder.
LeafQuestion remainder(std::uint32_t by) {
  return {LeafQuestion::Kind::kValue, by, 0};
}

std::uint64_t answer(const LeafQuestion& question, LeafValue value) {
  return value % question.a;
}

/// What a function says, and what it asked for that: of a leaf that is odd also the leaf behind it,
/// and of the first, for some other leaf, something else as well.
std::uint32_t says(const Leaves& leaves, const StateVector& state, std::vector<LeafRead>& reads) {
  std::uint32_t result = 0;
  const auto ask = [&](std::size_t leaf, std::uint32_t by) {
    const LeafPosition position = leaves.positions[leaf];
    const LeafQuestion question = remainder(by);
    reads.push_back({position, question, answer(question, state[position])});
    result = 5 * result + static_cast<std::uint32_t>(reads.back().answer);
    return reads.back().answer;
  };
  for (std::size_t leaf = 0; leaf < 4; ++leaf) {
    if (ask(leaf, 2) == 1) {
      ask(leaf + 4, 3);
    }
  }
  if (ask(8, 17) == 16) {
    ask(0, 5);
  }
  return result;
}

TEST(AnswerTable, SaysWhatTheFunctionSaysWhileQuestionsAndClassesAreNew) {
  const Leaves leaves(12);
  Random random(43, 0);
  Kernel& kernel = const_cast<Kernel&>(leaves.kernel);
  Packing packing(kernel);
  Packed packed(packing);
  AnswerTable table(4096);
  std::size_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    // More values from time to time: classes need more bits.
    const StateVector state = leaves.any(i < 5'000 ? 4 : 20, random);
    packed.load(state);
    packed.unpack();
    const auto key =
        table.key(packed, [&](LeafPosition leaf, const LeafQuestion& question, LocalValue local) {
          return answer(question, packed.value(leaf, local));
        });
    ASSERT_TRUE(key);
    std::vector<LeafRead> reads;
    const std::uint32_t expected = says(leaves, state, reads);
    if (const std::uint32_t known = table.find(*key); known != 0) {
      ASSERT_EQ(known - 1, expected);
      ++found;
      continue;
    }
    if (!table.asks(reads)) {
      table.add(*key, expected);
    }
  }
  EXPECT_GT(found, 400U);
}

TEST(AnswerTable, HasNoKeyForTooManyClasses) {
  const Leaves leaves(40);
  Random random(47, 0);
  Kernel& kernel = const_cast<Kernel&>(leaves.kernel);
  Packing packing(kernel);
  Packed packed(packing);
  AnswerTable table(64);
  std::vector<LeafRead> reads;
  for (const LeafPosition position : leaves.positions) {
    reads.push_back({position, remainder(4), 0});
  }
  table.asks(reads);
  const auto key_of = [&](const StateVector& state) {
    packed.load(state);
    packed.unpack();
    return table.key(packed,
                     [&](LeafPosition leaf, const LeafQuestion& question, LocalValue local) {
                       return answer(question, packed.value(leaf, local));
                     });
  };
  EXPECT_TRUE(key_of({}));
  // Two bits each do not fit.
  bool has_key = true;
  for (int i = 0; i < 50; ++i) {
    has_key = key_of(leaves.any(8, random)).has_value();
  }
  EXPECT_FALSE(has_key);
}

}  // namespace
}  // namespace heddle
