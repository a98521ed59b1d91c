// VisitedSet: the states that a search has met, stored losslessly by tree compression.
//
// A state's vector is folded by a binary tree over leaf positions; each inner node is a pair of
// numbers, interned, so that what two states have in common below a node is stored once and a state
// costs little more than one or two new pairs. The idea is from Alfons Laarman, Jaco van de Pol,
// Michael Weber, 'Parallel Recursive State Compression for Free', SPIN 2011 (LTSmin).
//
// Where we differ:
//   - Vectors have no fixed length, since leaf positions appear while the search runs. A subtree of
//     zeros is the number 0 and takes no pair, and a state's root is the lowest node of the left
//     spine that covers all its leaves that are not 0. Its height is part of the root, so equal
//     states have equal roots however many positions there were when each was folded.
//   - The tree is balanced over positions with bits for directions, not over a given vector.
//   - Incremental as in the paper's section 3.3, but from the whole unfolded tree of the state that
//     is expanded, which is brought from one state to the next by unfolding only what differs.
//   - The tables are sharded with a mutex each and grow by themselves; the paper's are lock-free
//   and
//     of a fixed size. A thread's Folder asks a small cache of its own first.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <heddle/checker/internal/key_table.h>
#include <heddle/model/kernel.h>

namespace heddle {

/// A folded state. Equal roots are equal states.
struct Root {
  std::uint32_t node = 0;    ///< the id of a pair, or at height 0 the value of leaf 0
  std::uint32_t height = 0;  ///< the state has no leaf other than 0 from position 2^height on
  friend bool operator==(const Root&, const Root&) = default;
};

/// The number of a state in a visited set: not dense, and different from run to run.
using StateId = std::uint32_t;

/// How a state was reached. While a level is open `from` is a position in it, then a StateId.
struct Link {
  std::uint32_t from = 0;
  std::uint32_t event = 0;  ///< position among the enabled events, in canonical order
  friend auto operator<=>(const Link&, const Link&) = default;
};

/// Thread-safe unless said otherwise.
class VisitedSet {
 public:
  struct Insertion {
    StateId state = 0;  ///< never 0
    bool fresh = false;
  };

  VisitedSet() = default;
  VisitedSet(const VisitedSet&) = delete;
  VisitedSet& operator=(const VisitedSet&) = delete;

  Insertion insert(Root root);

  /// The same, with a link. Of a state that is new since the last `close_level` the least link
  /// offered is kept, whoever came first.
  Insertion offer(Root root, Link link);

  /// What has been offered until now is settled. No other thread may be at work.
  void close_level();

  /// Links of states that came by `offer`. Not while other threads offer.
  [[nodiscard]] Link link(StateId state) const;
  void set_link(StateId state, Link link);

  [[nodiscard]] Root root(StateId state) const;
  [[nodiscard]] StateVector unfold(Root root) const;

  /// The id of a pair of ids; of two zeros it is 0.
  std::uint32_t intern(std::uint32_t left, std::uint32_t right);
  /// What `intern` was given.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> pair(std::uint32_t node) const;

  /// How many states.
  [[nodiscard]] std::size_t size() const { return roots_.size(); }

  /// How many pairs.
  [[nodiscard]] std::size_t nodes() const { return nodes_.size(); }

  [[nodiscard]] std::size_t memory_bytes() const {
    return nodes_.memory_bytes() + roots_.memory_bytes() +
           link_bytes_.load(std::memory_order_relaxed);
  }

 private:
  using KeyTable = internal::KeyTable;

  KeyTable nodes_;
  KeyTable roots_;
  /// By shard of `roots_`, under its lock.
  std::array<internal::Chunked<Link>, KeyTable::kShards> links_;
  std::array<std::uint32_t, KeyTable::kShards> settled_{};
  std::atomic<std::size_t> link_bytes_{0};
};

/// One thread's hand on a visited set: folds the states that one step leads to from a loaded one.
class Folder {
 public:
  explicit Folder(VisitedSet& visited);

  /// Unfolds a state. Costs as much as it differs from the one before.
  void load(Root root);

  /// The state that was loaded.
  [[nodiscard]] const StateVector& state() const { return state_; }

  /// The root of the loaded state with these changes, each position at most once. Only the paths of
  /// the changed leaves are folded again. The loaded state stays.
  Root fold(std::span<const LeafChange> changes);

  /// The root of a whole state; loads nothing.
  Root fold(const StateVector& state);

 private:
  struct Cached {
    std::uint64_t key = 0;
    std::uint32_t id = 0;
  };

  /// Stands above the root on the left spine, where there is no pair. No id is this large.
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// The index of the left-most tree node that has `height` levels below it.
  [[nodiscard]] std::size_t spine(std::uint32_t height) const {
    return std::size_t{1} << (height_max_ - height);
  }

  void reach(std::uint32_t height);
  void place(std::size_t index, std::uint32_t height, std::uint32_t node);
  void put(std::size_t index, std::uint32_t node);
  std::uint32_t fold_branches();
  Root fold_spine(std::uint32_t lowest);
  std::uint32_t intern(std::uint32_t left, std::uint32_t right);
  void grow_cache();

  VisitedSet& visited_;
  StateVector state_;
  /// The loaded state's tree as a heap: children of i at 2i and 2i + 1, leaves last. Above height_
  /// the spine is kNone and everything beside it 0.
  std::vector<std::uint32_t> tree_;
  std::uint32_t height_max_ = 0;
  std::uint32_t height_ = 0;
  std::vector<std::pair<std::size_t, std::uint32_t>> undo_;
  std::vector<std::size_t> changed_;
  std::vector<Cached> cache_;
  std::size_t cache_misses_ = 0;
};

}  // namespace heddle
