// PieceMemo: what pieces of canister code did, so that a piece runs once for each distinct thing
// that it can observe, on however many threads.
//
// It is a tree as in memo.h, one for each key: an entry asks a question, its branches are the
// answers, and at the end stand the effects. Ids in questions, answers and effects are those of the
// kernel's tables, so Steppers of one kernel can have one PieceMemo in common. Reading takes no
// lock.
//
// Who finds nothing holds the entry at which the tree ends, and is to run the piece; others who
// come there meanwhile wait. They wait for one run of a piece, which nothing interrupts anyhow, so
// a search ends no later for that. Who runs a piece waits for nobody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

#include <heddle/model/internal/shared_table.h>
#include <heddle/model/memo.h>
#include <heddle/model/view.h>

namespace heddle {

/// Thread-safe. What it says of effects stays valid as long as it does.
class PieceMemo {
 public:
  class Claim;

  PieceMemo() = default;
  PieceMemo(const PieceMemo&) = delete;
  PieceMemo& operator=(const PieceMemo&) = delete;

  /// What is known of the piece under the answers that `source` gives; else the right to run it.
  /// Waits as long as another thread has that.
  [[nodiscard]] Claim find(const MemoKey& key, ObservationSource& source);

  /// How many effects it holds.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Entry;

  struct AnswerHash {
    std::size_t operator()(std::uint32_t answer) const {
      const std::uint64_t hash = answer * 0x9fb21c651e98df25ULL;
      return static_cast<std::size_t>(hash >> 32U);
    }
  };

  enum class Phase : std::uint32_t {
    kOpen,  ///< nobody has been further
    kHeld,  ///< somebody runs the piece
    kAsks,  ///< `question` is valid
    kEnds,  ///< `effects` is valid
  };

  struct Entry {
    std::atomic<Phase> phase{Phase::kOpen};
    Observation question{};
    // Branches: nearly always one, else very many.
    std::uint32_t answer = 0;  ///< that leads to `first`
    std::atomic<Entry*> first{nullptr};
    internal::SharedTable<std::uint32_t, Entry, AnswerHash> others;
    const Effects* effects = nullptr;
  };

  struct Shard {
    std::mutex mutex;  ///< of whoever adds something
    std::deque<Entry> entries;
    std::deque<Effects> effects;
    internal::SharedTable<MemoKey, Entry, MemoKeyHash> roots;
  };

  static constexpr std::size_t kShards = 16;

  Shard& shard_of(const MemoKey& key) { return shards_[(MemoKeyHash{}(key) >> 24U) % kShards]; }

  static Entry* branch(const Entry& entry, std::uint32_t answer);
  static Entry& add_branch(Shard& shard, Entry& entry, std::uint32_t answer);
  static Entry& root(Shard& shard, const MemoKey& key);

  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> size_{0};
};

/// Effects that are known, or the right to run the piece, which is given back unless it is used.
class PieceMemo::Claim {
 public:
  using Consulted = std::span<const std::pair<Observation, std::uint32_t>>;

  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim();

  /// Null: the caller is to run the piece.
  [[nodiscard]] const Effects* known() const { return known_; }

  /// What the piece did under what it consulted, in order. Null, and nothing is remembered, if with
  /// the same answers it asked something else than before.
  const Effects* remember(Consulted consulted, Effects effects);

 private:
  friend class PieceMemo;

  explicit Claim(const Effects& known) : known_(&known) {}

  Claim(PieceMemo& memo, Shard& shard, Entry& root, Entry& held)
      : memo_(&memo), shard_(&shard), root_(&root), held_(&held) {}

  void settle(Phase phase);

  const Effects* known_ = nullptr;
  PieceMemo* memo_ = nullptr;
  Shard* shard_ = nullptr;
  Entry* root_ = nullptr;
  Entry* held_ = nullptr;  ///< null: nothing is held
};

}  // namespace heddle
