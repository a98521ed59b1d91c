// One memory of what pieces did, for several threads: each runs once, and whoever asks is told.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/internal/shared_table.h>
#include <heddle/model/piece_memo.h>

namespace heddle {
namespace {

Observation variable(std::uint32_t number) {
  return {ObservationKind::kVariable, 0, {number, 0}, 0};
}

/// What a piece sees: the values of a few variables.
struct Variables : ObservationSource {
  explicit Variables(std::array<std::uint32_t, 3> values) : values(values) {}

  std::uint32_t answer(const Observation& question) override {
    return values.at(question.subject.variable);
  }

  std::array<std::uint32_t, 3> values;
};

/// Looks at variable 0, and goes on to 1, and to 2, as far as what it has seen is odd. What it says
/// in `log` tells all.
Effects look(ObservationSource& source) {
  Effects effects;
  for (std::uint32_t number = 0; number < 3; ++number) {
    const std::uint32_t value = source.answer(variable(number));
    effects.log = effects.log * 1000 + value;
    if (value % 2 == 0) {
      break;
    }
  }
  return effects;
}

/// The effects, run or remembered. `runs` counts the former.
template <class Count>
const Effects* recalled(PieceMemo& memo, const MemoKey& key, ObservationSource& source,
                        Count& runs) {
  PieceMemo::Claim claim = memo.find(key, source);
  if (claim.known() != nullptr) {
    return claim.known();
  }
  ++runs;
  std::this_thread::yield();  // others may come meanwhile
  RecordingSource recording(source);
  Effects effects = look(recording);
  return claim.remember(recording.consulted(), std::move(effects));
}

TEST(PieceMemo, APieceRunsOnceForEachThingThatItCanObserve) {
  PieceMemo memo;
  std::size_t runs = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t first = 0; first < 100; ++first) {
      for (std::uint32_t second = 0; second < 10; ++second) {
        Variables source({first, second, 8});
        const Effects* effects = recalled(memo, {1, 2}, source, runs);
        ASSERT_NE(effects, nullptr);
        EXPECT_EQ(effects->log, look(source).log);
      }
    }
  }
  // Fifty first values end it, fifty go on to ten second ones.
  EXPECT_EQ(runs, 50U + 50U * 10U);
  EXPECT_EQ(memo.size(), runs);
  Variables source({0, 0, 0});
  recalled(memo, {2, 1}, source, runs);
  EXPECT_EQ(memo.size(), 551U);
}

TEST(PieceMemo, EffectsStayWhereTheyAre) {
  PieceMemo memo;
  std::size_t runs = 0;
  std::vector<const Effects*> effects;
  for (std::uint32_t value = 0; value < 1000; ++value) {
    Variables source({2 * value, 0, 0});
    effects.push_back(recalled(memo, {value % 7, 0}, source, runs));
  }
  for (std::uint32_t value = 0; value < 1000; ++value) {
    Variables source({2 * value, 0, 0});
    EXPECT_EQ(recalled(memo, {value % 7, 0}, source, runs), effects[value]);
    EXPECT_EQ(effects[value]->log, 2 * value);
  }
  EXPECT_EQ(runs, 1000U);
}

TEST(PieceMemo, WhatIsNotRememberedIsRunByTheNext) {
  PieceMemo memo;
  Variables source({4, 0, 0});
  {
    const PieceMemo::Claim given_up = memo.find({1, 1}, source);
    EXPECT_EQ(given_up.known(), nullptr);
  }
  std::size_t runs = 0;
  EXPECT_NE(recalled(memo, {1, 1}, source, runs), nullptr);
  EXPECT_NE(recalled(memo, {1, 1}, source, runs), nullptr);
  EXPECT_EQ(runs, 1U);
}

TEST(PieceMemo, OtherQuestionsWithTheSameAnswersAreNotRemembered) {
  PieceMemo memo;
  std::size_t runs = 0;
  Variables source({1, 1, 2});
  recalled(memo, {1, 1}, source, runs);
  source.values = {1, 3, 2};
  const std::vector<std::pair<Observation, std::uint32_t>> wrong{{variable(0), 1},
                                                                 {variable(2), 3}};
  for (const std::size_t asked : {0U, 1U, 2U}) {
    PieceMemo::Claim claim = memo.find({1, 1}, source);
    ASSERT_EQ(claim.known(), nullptr);
    EXPECT_EQ(claim.remember(std::span(wrong).first(asked), {}), nullptr) << asked;
  }
  EXPECT_EQ(memo.size(), 1U);
  EXPECT_EQ(recalled(memo, {1, 1}, source, runs)->log, 1'003'002U);
}

TEST(PieceMemo, OnSeveralThreadsAPieceStillRunsOnce) {
  constexpr std::uint32_t kValues = 40;
  PieceMemo memo;
  std::atomic<std::size_t> runs{0};
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t key = random() % 3;
        Variables source({static_cast<std::uint32_t>(random() % kValues),
                          static_cast<std::uint32_t>(random() % kValues), 6});
        const Effects* effects = recalled(memo, {key, key}, source, runs);
        wrong += effects == nullptr || effects->log != look(source).log ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0U);
  // All there is, which 80 000 random draws meet.
  EXPECT_EQ(runs, 3U * (kValues / 2 + kValues / 2 * kValues));
  EXPECT_EQ(memo.size(), runs);
}

TEST(PieceMemo, WhoWaitedRunsThePieceThatWasGivenUp) {
  PieceMemo memo;
  std::atomic<std::size_t> runs{0};
  std::atomic<std::size_t> given_up{0};
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (std::uint32_t value = 0; value < 2000; ++value) {
        Variables source({2 * value, 0, 0});
        if (number % 2 == 0) {
          const PieceMemo::Claim claim = memo.find({0, 0}, source);
          given_up += claim.known() == nullptr ? 1 : 0;
        } else {
          recalled(memo, {0, 0}, source, runs);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(runs, 2000U) << given_up << " were given up";
}

TEST(SharedTable, ReadersFindWhatWasPutInWhileItGrows) {
  struct Same {
    std::size_t operator()(std::uint32_t key) const { return key; }
  };

  constexpr std::uint32_t kKeys = 20'000;
  std::vector<std::uint32_t> objects(kKeys);
  internal::SharedTable<std::uint32_t, std::uint32_t, Same> table;
  EXPECT_EQ(table.find(0), nullptr);
  std::atomic<std::uint32_t> inserted{0};
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> readers;
  for (unsigned seed = 1; seed <= 2; ++seed) {
    readers.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (std::uint32_t known = 0; known < kKeys;) {
        known = inserted.load(std::memory_order_acquire);
        const std::uint32_t key = static_cast<std::uint32_t>(random() % kKeys);
        const std::uint32_t* found = table.find(key * 3);
        const bool right = found == nullptr ? key >= known : found == &objects[key];
        wrong += right && table.find(key * 3 + 1) == nullptr ? 0 : 1;
      }
    });
  }
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    table.insert(key * 3, objects[key]);
    inserted.store(key + 1, std::memory_order_release);
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(wrong, 0U);
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    EXPECT_EQ(table.find(key * 3), &objects[key]);
  }
}

}  // namespace
}  // namespace heddle
