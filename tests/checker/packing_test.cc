// A packed state is the state, whatever leaves, values and layouts there are.
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/check.h>
#include <heddle/checker/internal/intern_table.h>
#include <heddle/checker/internal/masked_table.h>
#include <heddle/checker/lossy_set.h>
#include <heddle/checker/packing.h>
#include <heddle/checker/random.h>
#include <heddle/checker/state_store.h>

#include "checker/systems.h"

namespace heddle::testing {
namespace {

StateVector normalised(StateVector state) {
  state.normalise();
  return state;
}

struct Leaves {
  explicit Leaves(unsigned count) : kernel(subsets(1)) {
    for (unsigned i = 0; i < count; ++i) {
      positions.push_back(kernel.position({LeafKind::kVariable, 0, 100 + i, 0}));
    }
  }

  Kernel kernel;
  std::vector<LeafPosition> positions;
};

/// States that differ from one another in a few leaves, as steps make them.
std::vector<StateVector> walk(const Leaves& leaves, std::size_t count, std::uint64_t values,
                              Random& random) {
  std::vector<StateVector> states;
  StateVector at;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
      at.set(leaves.positions[random.below(leaves.positions.size())],
             static_cast<LeafValue>(random.below(values)));
    }
    states.push_back(normalised(at));
  }
  return states;
}

class Packings : public ::testing::TestWithParam<std::pair<unsigned, std::uint64_t>> {};

TEST_P(Packings, EqualStatesHaveEqualRootsAndRootsGiveTheStateBack) {
  const auto [count, values] = GetParam();
  const Leaves leaves(count);
  Random random(17, count);
  Kernel& kernel = const_cast<Kernel&>(leaves.kernel);
  Packing packing(kernel);
  Packed packed(packing);
  Packed other(packing);
  std::map<Root, StateVector> states;
  for (int layout = 0; layout < 3; ++layout) {
    for (const StateVector& state : walk(leaves, 2000, values, random)) {
      packed.load(state);
      packed.begin();
      const Root root = packed.root();
      const auto [known, fresh] = states.try_emplace(root, state);
      ASSERT_EQ(known->second, state);
      other.load(root);
      ASSERT_EQ(normalised(other.vector()), state);
      // From the loaded state to another one and back.
      const StateVector next = walk(leaves, 1, values, random).front();
      other.begin();
      for (const LeafPosition at : leaves.positions) {
        other.set(at, other.local(at, next[at]));
      }
      const Root there = other.root();
      packed.load(there);
      ASSERT_EQ(normalised(packed.vector()), next);
      other.begin();
      ASSERT_EQ(other.root(), root);
    }
    std::vector<StateVector> kept;
    for (const auto& [root, state] : states) {
      kept.push_back(state);
    }
    packing.lay_out();
    EXPECT_FALSE(packing.is_ragged());
    states.clear();
    for (const StateVector& state : kept) {
      packed.load(state);
      packed.begin();
      states.emplace(packed.root(), state);
    }
    ASSERT_EQ(states.size(), kept.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Packings,
                         ::testing::Values(std::pair(1U, 3U), std::pair(5U, 40U),
                                           std::pair(30U, 20U), std::pair(30U, 3000U),
                                           std::pair(200U, 30U), std::pair(700U, 5U)));

TEST(Packing, PlainRootsAreMovedToTheFieldsThatAreLaidOutAnew) {
  unsigned moved_plain = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Leaves leaves(1 + seed % 12);
    Random random(23, seed);
    Packing packing(const_cast<Kernel&>(leaves.kernel));
    Packed packed(packing);
    std::map<Root, StateVector> states;
    for (int layout = 0; layout < 3; ++layout) {
      for (const StateVector& state : walk(leaves, 300, 1 + random.below(60), random)) {
        packed.load(state);
        packed.begin();
        states.emplace(packed.root(), state);
      }
      const bool stays = packing.stays_plain();
      const Packing::Moved moved = packing.lay_out();
      std::map<Root, StateVector> after;
      for (const auto& [root, state] : states) {
        packed.load(state);
        packed.begin();
        after.emplace(packed.root(), state);
        if (stays) {
          ++moved_plain;
          ASSERT_EQ(moved(root), packed.root());
        }
      }
      states = std::move(after);
    }
  }
  EXPECT_GT(moved_plain, 10'000U);
}

/// What a function of some leaves says, by plain means.
std::uint32_t says(const StateVector& state, const std::vector<LeafPosition>& looked_at) {
  std::uint64_t result = 17;
  for (const LeafPosition at : looked_at) {
    result = internal::mix(result ^ state[at]);
  }
  return static_cast<std::uint32_t>(result) % internal::MaskedTable::kValueMax;
}

/// By how many leaves are looked at: an array, or a hash table with narrow or wide keys.
class MaskedTables : public ::testing::TestWithParam<unsigned> {};

TEST_P(MaskedTables, SayWhatTheFunctionSaysWhileLeavesAppearAndFieldsMove) {
  const unsigned always = GetParam();
  const Leaves leaves(24);
  Random random(29, always);
  Packing packing(const_cast<Kernel&>(leaves.kernel));
  Packed packed(packing);
  internal::MaskedTable table(64);
  unsigned found = 0;
  for (int layout = 0; layout < 4; ++layout) {
    const auto values = 2 + static_cast<std::uint64_t>(layout);
    std::vector<StateVector> states = walk(leaves, 3000, values, random);
    // They are met again, as states are.
    for (std::size_t at = 0; at < states.size(); at += 2) {
      states[at] = states[at / 64 * 32 + at % 8];
    }
    for (const StateVector& state : states) {
      packed.load(state);
      ASSERT_TRUE(packed.is_plain());
      table.follow(packed);
      // Which leaves are looked at depends on the first.
      std::vector<LeafPosition> looked_at(leaves.positions.begin(),
                                          leaves.positions.begin() + always);
      if (state[leaves.positions[0]] == 1) {
        looked_at.push_back(leaves.positions[always + static_cast<unsigned>(layout) % 2]);
      }
      const std::uint32_t expected = says(state, looked_at);
      if (const std::uint32_t known = table.find(packed.words()); known != 0) {
        ++found;
        ASSERT_EQ(known - 1, expected);
      } else {
        table.look_at(packed, looked_at);
        table.add(packed.words(), expected);
      }
      if (table.place().count() <= 64) {
        const Root mask = table.place().mask();
        ASSERT_EQ(table.place().scatter(table.place().gather(packed.words())),
                  (Root{packed.words().low & mask.low, packed.words().high & mask.high}));
      }
    }
    packing.lay_out();
    packed.refresh();
  }
  EXPECT_GT(found, 500U);
  EXPECT_EQ(table.times_full() != 0, always > 2);
}

INSTANTIATE_TEST_SUITE_P(ByLeaves, MaskedTables, ::testing::Values(2, 6, 12, 20));

TEST(GatheredBits, AreTheSameByInstructionsAndByRuns) {
  Random random(31, 1);
  for (int i = 0; i < 10000; ++i) {
    const auto draw = [&] { return random.below(~std::uint64_t{0}); };
    const std::uint64_t word = draw();
    std::uint64_t mask = i % 2 == 0 ? draw() : draw() & draw() & draw();
    mask = i == 0 ? 0 : i == 1 ? ~std::uint64_t{0} : mask;
    const std::uint64_t bits = internal::gather_runs(word, mask);
    ASSERT_EQ(internal::gather_bits(word, mask), bits);
    ASSERT_EQ(internal::scatter_runs(bits, mask), word & mask);
    ASSERT_EQ(internal::scatter_bits(bits, mask), word & mask);
    // By the plain definition: the i-th one of the mask is the i-th bit.
    std::uint64_t plain = 0;
    for (int at = 0, next = 0; at < 64; ++at) {
      if ((mask >> at & 1U) != 0) {
        plain |= (word >> at & 1U) << next++;
      }
    }
    ASSERT_EQ(bits, plain);
  }
}

/// How many states lie up to `depth` events away, by plain sets of vectors.
std::size_t states_up_to(const System& system, std::size_t depth) {
  Kernel kernel(system);
  Stepper stepper(kernel);
  const auto leaves_of = [](StateVector state) {
    state.normalise();
    return std::vector<LeafValue>(state.leaves().begin(), state.leaves().end());
  };
  std::set<std::vector<LeafValue>> met{leaves_of(kernel.initial())};
  std::vector<StateVector> level{kernel.initial()};
  std::vector<Event> events;
  for (std::size_t i = 0; i < depth; ++i) {
    std::vector<StateVector> next;
    for (const StateVector& state : level) {
      stepper.enabled(state, events);
      for (const Event& event : std::vector<Event>(events)) {
        StateVector after = stepper.next(state, event);
        if (met.insert(leaves_of(after)).second) {
          next.push_back(std::move(after));
        }
      }
    }
    level = std::move(next);
  }
  return met.size();
}

TEST(Packing, SearchesFindTheSameStatesWhenTheyOutgrowTwoWords) {
  for (const unsigned users : {9U, 12U, 14U, 17U, 40U}) {
    const std::size_t depth = users > 20 ? 2 : users > 14 ? 4 : 5;
    const System system = withdrawals(users, {});
    const std::size_t expected = states_up_to(system, depth);
    for (const unsigned threads : {1U, 2U}) {
      CheckOptions options;
      options.depth_max = depth;
      options.threads = threads;
      EXPECT_EQ(check(system, {}, options).states, expected) << users << " users";
    }
  }
}

TEST(StateStore, KnowsEveryStateHoweverOftenItHasGrown) {
  const auto root = [](std::uint64_t i) { return Root{internal::mix(i) >> 20U, i % 3}; };
  StateStore store;
  store.widen(9);
  std::uint64_t size = 0;
  for (std::uint64_t check_at = 100; size < 2'400'000; check_at = check_at * 3 / 2) {
    for (; size < check_at; ++size) {
      ASSERT_TRUE(store.insert(root(size))) << size;
    }
    for (std::uint64_t i = 0; i < size; ++i) {
      ASSERT_TRUE(store.contains(root(i))) << i << " of " << size;
    }
  }
  ASSERT_EQ(store.size(), size);
  EXPECT_FALSE(store.insert(root(size / 2)));
  EXPECT_FALSE(store.contains(root(size)));
  EXPECT_LT(store.memory_bytes(), size * 22);
}

TEST(StateStore, NumbersNewStatesInOrderAndKnowsWhereTheyCameFrom) {
  Random random(5, 0);
  for (const unsigned workers : {1U, 2U, 3U}) {
    StateStore store;
    store.start({7, 0});
    std::map<Root, StateNumber> known{{{7, 0}, 0}};
    std::vector<StateNumber> from{0};
    std::size_t expanded = 0;
    while (known.size() < 60'000) {
      const std::size_t end = known.size();
      const std::size_t round = end - expanded;
      const std::size_t shares = workers * 2 + 1;
      const auto share_of = [&](std::size_t state) { return (state - expanded) * shares / round; };
      if (workers > 1) {
        store.begin(workers, shares, round);
      }
      for (std::size_t state = expanded; state < end; ++state) {
        // Workers may take any shares, each in order.
        const std::size_t share = share_of(state);
        const auto worker = static_cast<unsigned>(share * 7 / 3 % workers);
        // Some states lead to very many.
        const std::uint64_t count = random.below(500) == 0 ? 700 : random.below(5);
        for (std::uint64_t i = 0; i < count || (round == 1 && i < 3); ++i) {
          const Root root{random.below(1'000'000), 0};
          const auto place = static_cast<std::uint32_t>(state - expanded);
          if (workers == 1) {
            store.push(root, place, static_cast<std::uint32_t>(i));
          } else {
            store.collect(worker, share, root, place, static_cast<std::uint32_t>(i));
          }
          if (known.try_emplace(root, known.size()).second) {
            from.push_back(static_cast<StateNumber>(state));
          }
        }
        if (workers != 1 && (state + 1 == end || share_of(state + 1) != share)) {
          store.end_share(worker, share);
        }
      }
      if (workers == 1) {
        store.end_pushes(round);
      } else {
        for (unsigned worker = 0; worker < workers; ++worker) {
          store.look_up(worker);
        }
        for (unsigned worker = 0; worker < workers; ++worker) {
          store.number(worker);
        }
        store.end_round();
      }
      expanded = end;
      ASSERT_EQ(store.size(), known.size());
    }
    for (const auto& [root, number] : known) {
      ASSERT_EQ(store[number], root);
      ASSERT_TRUE(store.contains(root));
      if (number != 0) {
        ASSERT_EQ(store.before(number), from[number]);
      }
    }
    EXPECT_FALSE(store.contains({1'000'001, 0}));
    store.widen(11);
    EXPECT_TRUE(store.contains({7, 0}));
    store.rewrite(13, [](Root root) { return Root{root.low, root.low << 3U}; });
    EXPECT_TRUE(store.contains({7, 56}));
    EXPECT_FALSE(store.contains({7, 0}));
    EXPECT_EQ(store[0], (Root{7, 56}));
    EXPECT_LT(store.memory_bytes(), known.size() * 30);
  }
}

TEST(StateStore, ARoundThatWasGivenUpIsDoneAgainInHashCompaction) {
  constexpr unsigned kWorkers = 2;
  constexpr std::uint32_t kEvents = 600;  // more than fit into a byte
  StateStore store;
  store.keep_events();
  store.start({7, 0});
  const auto collect = [&] {
    store.begin(kWorkers, 1, 1);
    for (std::uint32_t event = 0; event < kEvents; ++event) {
      store.collect(0, 0, {1000 + event, 0}, 0, event);
    }
    store.end_share(0, 0);
    for (unsigned worker = 0; worker < kWorkers; ++worker) {
      store.look_up(worker);
    }
  };
  collect();
  store.give_up_round();
  EXPECT_EQ(store.size(), 1);
  store.go_on_in(LossySet::fingerprints(store.size(), 0), 0);
  collect();
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    store.number(worker);
  }
  store.end_round();
  ASSERT_EQ(store.size(), 1 + kEvents);
  for (std::uint32_t event = 0; event < kEvents; ++event) {
    ASSERT_EQ(store[event + 1], (Root{1000 + event, 0}));
    ASSERT_EQ(store.before(event + 1), 0);
    ASSERT_EQ(store.event_of(event + 1), event);
  }
}

// A round of one worker may end within a state. The next one goes on from that state again.
TEST(StateStore, AStateThatIsGoneOnFromTwiceLedToWhatWasNewEachTime) {
  constexpr unsigned kWorkers = 2;
  StateStore store;
  store.start({7, 0});
  store.push({8, 0}, 0, 0);
  store.end_pushes(0);
  ASSERT_EQ(store.size(), 2);
  const auto round = [&](std::span<const Root> roots) {
    store.begin(kWorkers, 1, 1);
    std::uint32_t event = 0;
    for (const Root root : roots) {
      store.collect(0, 0, root, 0, event++);
    }
    store.end_share(0, 0);
    for (unsigned worker = 0; worker < kWorkers; ++worker) {
      store.look_up(worker);
    }
    for (unsigned worker = 0; worker < kWorkers; ++worker) {
      store.number(worker);
    }
    store.end_round();
  };
  round(std::array{Root{8, 0}, Root{9, 0}});
  round(std::array{Root{10, 0}, Root{11, 0}});
  ASSERT_EQ(store.size(), 5);
  EXPECT_EQ(store.before(1), 0);
  EXPECT_EQ(store.before(2), 0);
  EXPECT_EQ(store.before(3), 1);
  EXPECT_EQ(store.before(4), 1);
}

// A state's root may be another state's after a rewrite.
TEST(StateStore, ARootThatWasMetBeforeARewriteIsNewAfterIt) {
  for (const unsigned workers : {1U, 2U}) {
    StateStore store;
    store.start({7, 0});
    const auto meet = [&](std::uint64_t low) {
      if (workers == 1) {
        store.push({low, 0}, 0, 0);
        store.end_pushes(1);
        return;
      }
      store.begin(workers, workers, 1);
      for (unsigned worker = 0; worker < workers; ++worker) {
        store.collect(worker, worker, {low, 0}, 0, 0);
        store.end_share(worker, worker);
      }
      for (unsigned worker = 0; worker < workers; ++worker) {
        store.look_up(worker);
      }
      for (unsigned worker = 0; worker < workers; ++worker) {
        store.number(worker);
      }
      store.end_round();
    };
    meet(8);
    ASSERT_EQ(store.size(), 2);
    store.rewrite(8, [](Root root) { return Root{root.low + 100, root.high}; });
    meet(8);
    ASSERT_EQ(store.size(), 3);
    EXPECT_EQ(store[1], (Root{108, 0}));
    EXPECT_EQ(store[2], (Root{8, 0}));
  }
}

}  // namespace
}  // namespace heddle::testing
