// LossySet: a visited set that keeps less of a state than would tell it from all others, so it may
// take a new state for a visited one, never the other way round.
//
//   hash compaction   a fingerprint of each state. Pierre Wolper, Denis Leroy, 'Reliable Hashing
//                     without Collision Detection', CAV 1993; Ulrich Stern, David L. Dill,
//                     'Improved Probabilistic Verification by Hash Compaction', CHARME 1995.
//   bitstate          a few bits of one large array for each state. Gerard J. Holzmann, 'An
//                     Analysis of Bitstate Hashing', FMSD 13(3), 1998; Peter C. Dillinger,
//                     Panagiotis Manolios, 'Bloom Filters in Probabilistic Verification',
//                     FMCAD 2004.
//
// Where we differ:
//   - Fingerprints lie in buckets of a cache line, in the order of their first bits, which the
//     place says; so 40 bits are kept of 56 or more. A table grows inside its own address space,
//     from its end to its begin, so that there is no second one beside it.
//   - The bits of a state lie in one cache line of the filter (Felix Putze, Peter Sanders, Johannes
//     Singler, 'Cache-, Hash- and Space-Efficient Bloom Filters', WEA 2007), and how likely a new
//     state was to find all of them set is counted from the line itself when one is added.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include <heddle/checker/internal/huge_array.h>
#include <heddle/checker/memory_limit.h>

namespace heddle {

class LossySet {
 public:
  /// One thread may work on each, at the same time as others on others.
  static constexpr std::uint32_t kShards = 8;

  static std::uint32_t shard_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 61U);
  }

  /// Hash compaction of at least `states` states; what is kept tells so many bits of a hash, or
  /// fewer if `bits` is not 0.
  static LossySet fingerprints(std::size_t states, unsigned bits);
  /// About what that takes when so many states are in it.
  static std::size_t bytes_at_first(std::size_t states);
  /// Bitstate, in so many bytes or a little less. `at_once`: all of the memory is taken at once, so
  /// that nobody else does.
  static LossySet filter(std::size_t bytes, bool at_once);

  /// `limit` is asked before a table grows, and outlives the set. When it may not, the memory is
  /// used up, and what is inserted from then on takes more of it: the search has to end, or to make
  /// room, soon.
  void keep_within(MemoryLimit* limit) { limit_ = limit; }

  /// Whether it was not there. It is from now on.
  bool insert(std::uint64_t hash);

  /// Fetches the memory for `insert` of the same.
  void prefetch(std::uint64_t hash) const;

  /// Forgets all.
  void clear();

  [[nodiscard]] bool is_filter() const { return is_filter_; }

  /// Of hash compaction: how many bits of a hash two states must have in common to be taken for
  /// one.
  [[nodiscard]] unsigned bits() const { return bits_ != 0 ? bits_ : value_bits_ + kShardBits; }

  /// How many inserted states are expected to have been taken for others, when `certain` of the
  /// first were known to be new: at most so many as the probability that there was one. Of hash
  /// compaction, with n states and b bits, n (n - 1) / 2^(b + 1) (Wolper and Leroy, section 4).
  [[nodiscard]] double missed(std::uint64_t certain) const;

  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr unsigned kShardBits = 3;
  static constexpr unsigned kSlots = 12;
  static constexpr unsigned kSlotBits = 40;
  /// A fingerprint is at most so many buckets behind its own.
  static constexpr unsigned kReach = 4;
  static constexpr unsigned kBitsOfState = 7;

  /// Filled from the front. Who finds a bucket full takes the place of one that is less far behind,
  /// which goes on (Pedro Celis, 'Robin Hood Hashing', 1986), so hardly any goes far. `meta`: in
  /// the lowest four bits how many there are, then for each, in two bits, how far it is behind its
  /// own bucket.
  struct alignas(64) Bucket {
    std::uint32_t meta;
    std::array<std::uint8_t, std::size_t{kSlots} * kSlotBits / 8> slots;

    [[nodiscard]] unsigned count() const { return meta & 0xfU; }

    [[nodiscard]] unsigned behind(unsigned slot) const { return meta >> (4 + 2 * slot) & 3U; }

    [[nodiscard]] std::uint64_t slot(unsigned slot) const;
    void set(unsigned slot, std::uint64_t part, unsigned behind);
    /// The slot of one that is least far behind.
    [[nodiscard]] unsigned nearest() const;
  };

  static_assert(sizeof(Bucket) == 64);

  struct alignas(64) Line {
    std::array<std::uint64_t, 8> words;
  };

  struct alignas(64) Shard {
    internal::HugeArray<Bucket> buckets;  ///< address space for many more than are in use
    std::size_t homes = 0;                ///< in use, besides kReach - 1 behind them
    std::size_t in_buckets = 0;
    std::size_t used_max = 0;
    /// Values that found no slot.
    std::unordered_set<std::uint64_t> others;
    // Of a filter.
    internal::HugeArray<Line> lines;
    double missed = 0;
    std::uint64_t size = 0;
  };

  LossySet() = default;
  static internal::HugeArray<Line> no_lines(std::size_t size);
  [[nodiscard]] std::uint64_t value_of(std::uint64_t hash) const;
  [[nodiscard]] std::size_t home_of(const Shard& shard, std::uint64_t value) const;
  static std::uint64_t folded(std::uint64_t hash, unsigned bits);
  bool insert_bits(Shard& shard, std::uint64_t hash);
  [[nodiscard]] std::uint64_t value_at(std::size_t homes, std::size_t home,
                                       std::uint64_t part) const;
  void put(Shard& shard, std::uint64_t value);
  void grow(Shard& shard);

  bool is_filter_ = false;
  unsigned bits_ = 0;        ///< 0: all that are kept
  unsigned value_bits_ = 0;  ///< of a hash, in a shard
  std::size_t homes_min_ = 0;
  std::vector<Shard> shards_;
  MemoryLimit* limit_ = nullptr;
};

}  // namespace heddle
