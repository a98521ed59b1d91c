// The visited set against plain vectors.
#include <map>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/checker/visited.h>

namespace heddle {
namespace {

using Leaves = std::vector<LeafValue>;

StateVector vector_of(const Leaves& leaves) {
  StateVector state;
  for (LeafPosition at = 0; at < leaves.size(); ++at) {
    state.set(at, leaves[at]);
  }
  return state;
}

Leaves normalised(Leaves leaves) {
  while (!leaves.empty() && leaves.back() == 0) {
    leaves.pop_back();
  }
  return leaves;
}

Leaves leaves_of(const StateVector& state) {
  return normalised({state.leaves().begin(), state.leaves().end()});
}

/// Few values, many of them 0, so that states share much and meet again.
rc::Gen<LeafValue> leaf_value() {
  return rc::gen::weightedElement<LeafValue>({{4, 0}, {3, 1}, {2, 2}, {1, 70'000}});
}

rc::Gen<std::map<LeafPosition, LeafValue>> changed_leaves() {
  const auto position = rc::gen::weightedOneOf<LeafPosition>(
      {{8, rc::gen::inRange<LeafPosition>(0, 9)}, {1, rc::gen::inRange<LeafPosition>(0, 70)}});
  using Pairs = std::vector<std::pair<LeafPosition, LeafValue>>;
  return rc::gen::map(rc::gen::container<Pairs>(rc::gen::pair(position, leaf_value())),
                      [](const Pairs& pairs) {
                        return std::map<LeafPosition, LeafValue>(pairs.begin(), pairs.end());
                      });
}

std::vector<LeafChange> changes_from(const StateVector& state,
                                     const std::map<LeafPosition, LeafValue>& after) {
  std::vector<LeafChange> changes;
  for (const auto& [position, value] : after) {
    changes.push_back({position, state[position], value});
  }
  return changes;
}

RC_GTEST_PROP(VisitedSet, UnfoldsWhatWasFolded, ()) {
  const auto leaves = *rc::gen::container<Leaves>(leaf_value());
  VisitedSet visited;
  Folder folder(visited);
  const Root root = folder.fold(vector_of(leaves));
  RC_ASSERT(leaves_of(visited.unfold(root)) == normalised(leaves));
  folder.load(root);
  RC_ASSERT(leaves_of(folder.state()) == normalised(leaves));
}

RC_GTEST_PROP(VisitedSet, EqualStatesHaveEqualRootsHoweverTheyCameToBe, ()) {
  VisitedSet visited;
  Folder folder(visited);
  std::vector<Leaves> states{{}};
  std::vector<Root> roots{folder.fold(StateVector())};
  std::map<Leaves, Root> known{{states[0], roots[0]}};
  RC_ASSERT(visited.insert(roots[0]).fresh);
  const auto length = *rc::gen::inRange(1, 60);
  for (int i = 0; i < length; ++i) {
    const auto from = *rc::gen::inRange<std::size_t>(0, states.size());
    const auto after = *changed_leaves();
    folder.load(roots[from]);
    RC_ASSERT(leaves_of(folder.state()) == states[from]);
    const Root root = folder.fold(changes_from(folder.state(), after));
    RC_ASSERT(leaves_of(folder.state()) == states[from]);

    StateVector expected = vector_of(states[from]);
    for (const auto& [position, value] : after) {
      expected.set(position, value);
    }
    const auto [entry, fresh] = known.emplace(leaves_of(expected), root);
    RC_ASSERT(entry->second == root);
    RC_ASSERT(folder.fold(expected) == root);
    RC_ASSERT(leaves_of(visited.unfold(root)) == leaves_of(expected));
    RC_ASSERT(visited.insert(root).fresh == fresh);
    states.push_back(leaves_of(expected));
    roots.push_back(root);
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, Leaves> by_root;
  for (const auto& [leaves, root] : known) {
    RC_ASSERT(by_root.emplace(std::pair(root.node, root.height), leaves).second);
  }
}

TEST(VisitedSet, LaterPositionsDoNotChangeEarlierRoots) {
  VisitedSet visited;
  Folder folder(visited);
  const Root before = folder.fold(vector_of({1, 2, 3}));
  const Root wide = folder.fold(vector_of({1, 2, 3, 0, 0, 0, 0, 0, 0, 9}));
  EXPECT_NE(before, wide);
  folder.load(wide);
  EXPECT_EQ(folder.fold(std::vector<LeafChange>{{9, 9, 0}}), before);
  EXPECT_EQ(folder.fold(vector_of({1, 2, 3, 0, 0, 0, 0, 0})), before);
}

TEST(VisitedSet, OneChangedLeafCostsAtMostOnePairALevel) {
  VisitedSet visited;
  Folder folder(visited);
  Leaves leaves;
  for (LeafValue value = 1; value <= 64; ++value) {
    leaves.push_back(value);
  }
  folder.load(folder.fold(vector_of(leaves)));
  EXPECT_EQ(visited.nodes(), 63);
  folder.fold(std::vector<LeafChange>{{17, 18, 100}});
  EXPECT_EQ(visited.nodes(), 63 + 6);
}

TEST(VisitedSet, ManyStatesCostLittleMoreThanAPairEach) {
  VisitedSet visited;
  Folder folder(visited);
  for (LeafValue a = 0; a < 100; ++a) {
    for (LeafValue b = 0; b < 100; ++b) {
      Leaves leaves(16, 7);
      leaves[2] = a;
      leaves[11] = b;
      visited.insert(folder.fold(vector_of(leaves)));
    }
  }
  EXPECT_EQ(visited.size(), 10'000);
  EXPECT_LT(visited.nodes(), 10'000 + 1'000);
  EXPECT_LT(visited.memory_bytes(), 10'000 * 64);
}

TEST(VisitedSet, ThreadsAgreeOnRoots) {
  constexpr LeafValue kSide = 60;
  VisitedSet visited;
  std::vector<std::vector<Root>> roots(4);
  std::vector<std::size_t> fresh(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < roots.size(); ++thread) {
      threads.emplace_back([&, thread] {
        Folder folder(visited);
        for (LeafValue i = 0; i < kSide * kSide; ++i) {
          const LeafValue at = (i * 7 + static_cast<LeafValue>(thread) * 1'000) % (kSide * kSide);
          const Root root = folder.fold(vector_of({at / kSide, 5, 6, 7, 8, at % kSide, 1}));
          roots[thread].push_back(root);
          fresh[thread] += visited.insert(root).fresh ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(visited.size(), kSide * kSide);
  EXPECT_EQ(fresh[0] + fresh[1] + fresh[2] + fresh[3], kSide * kSide);
  for (LeafValue i = 0; i < kSide * kSide; ++i) {
    const LeafValue at = (i * 7) % (kSide * kSide);
    EXPECT_EQ(leaves_of(visited.unfold(roots[0][i])),
              (Leaves{at / kSide, 5, 6, 7, 8, at % kSide, 1}));
  }
}

TEST(VisitedSet, KeepsTheLeastLinkOfALevel) {
  VisitedSet visited;
  Folder folder(visited);
  const Root root = folder.fold(vector_of({1, 2}));
  const auto first = visited.offer(root, {5, 1});
  EXPECT_TRUE(first.fresh);
  EXPECT_FALSE(visited.offer(root, {3, 9}).fresh);
  visited.offer(root, {4, 0});
  EXPECT_EQ(visited.link(first.state), (Link{3, 9}));
  visited.close_level();
  visited.offer(root, {0, 0});
  EXPECT_EQ(visited.link(first.state), (Link{3, 9}));
  EXPECT_EQ(visited.root(first.state), root);
}

}  // namespace
}  // namespace heddle
