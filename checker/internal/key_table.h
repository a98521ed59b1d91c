// KeyTable: 64-bit keys to 32-bit ids, lossless, growing, shared by threads. What the visited set
// keeps its tree nodes and its roots in.
//
// Sharded by hash, a mutex and an open-addressed index for each shard. Keys lie in chunks that
// never move, so that an id is turned back into its key without a lock.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace heddle::internal {

/// An array that grows by chunks of doubling size: elements keep their place. One thread at a time
/// grows it; elements may be read meanwhile by threads that learnt of them from the growing one.
template <class T>
class Chunked {
 public:
  Chunked() = default;
  Chunked(const Chunked&) = delete;
  Chunked& operator=(const Chunked&) = delete;

  ~Chunked() {
    for (const auto& chunk : chunks_) {
      delete[] chunk.load(std::memory_order_relaxed);
    }
  }

  T& operator[](std::size_t index) const {
    const Place place = place_of(index);
    return chunks_[place.chunk].load(std::memory_order_acquire)[place.offset];
  }

  /// Makes room for `index`. Returns the bytes that were taken for that, usually none.
  std::size_t reach(std::size_t index) {
    const Place place = place_of(index);
    if (chunks_[place.chunk].load(std::memory_order_relaxed) != nullptr) {
      return 0;
    }
    const std::size_t size = kFirst << place.chunk;
    chunks_[place.chunk].store(new T[size]{}, std::memory_order_release);
    return size * sizeof(T);
  }

 private:
  static constexpr std::size_t kFirst = 16;

  struct Place {
    std::size_t chunk;
    std::size_t offset;
  };

  static Place place_of(std::size_t index) {
    const auto chunk = static_cast<std::size_t>(std::bit_width(index / kFirst + 1)) - 1;
    return {chunk, index - kFirst * ((std::size_t{1} << chunk) - 1)};
  }

  std::array<std::atomic<T*>, 32> chunks_{};
};

class KeyTable {
 public:
  static constexpr std::uint32_t kShardBits = 6;
  static constexpr std::uint32_t kShards = 1U << kShardBits;

  struct Found {
    std::uint32_t id = 0;  ///< never 0
    bool fresh = false;    ///< this call put it in
  };

  KeyTable() = default;
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  /// The id of `key`. Amortised constant time; thread-safe.
  Found insert(std::uint64_t key) {
    return insert(key, [](Found) {});
  }

  /// The same; `visit` is called with what is returned while the key's shard is locked.
  template <class Visit>
  Found insert(std::uint64_t key, const Visit& visit) {
    const std::uint64_t hash = mix(key);
    const auto number = static_cast<std::uint32_t>(hash >> (64 - kShardBits));
    Shard& shard = shards_[number];
    const std::scoped_lock lock(shard.mutex);
    const Found found = insert_into(shard, number, key, hash);
    visit(found);
    return found;
  }

  [[nodiscard]] std::uint64_t operator[](std::uint32_t id) const {
    return shards_[shard_of(id)].keys[index_of(id)];
  }

  static std::uint32_t shard_of(std::uint32_t id) { return id & (kShards - 1); }

  /// Dense from 0 within the shard, in order of insertion.
  static std::uint32_t index_of(std::uint32_t id) { return (id >> kShardBits) - 1; }

  /// How many keys a shard holds.
  [[nodiscard]] std::uint32_t shard_size(std::uint32_t shard) const {
    return shards_[shard].size.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
      total += shard.size.load(std::memory_order_relaxed);
    }
    return total;
  }

  [[nodiscard]] std::size_t memory_bytes() const {
    return memory_bytes_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t kIndexMax = (1U << (32 - kShardBits)) - 2;

  struct alignas(64) Shard {
    std::mutex mutex;
    std::vector<std::uint32_t> slots;  ///< 1 + index, 0 free; a power of two, at most 3/4 full
    Chunked<std::uint64_t> keys;
    std::atomic<std::uint32_t> size{0};
  };

  static std::uint64_t mix(std::uint64_t key) {
    key = (key ^ (key >> 32U)) * 0xd6e8feb86659fd93U;
    key = (key ^ (key >> 32U)) * 0xd6e8feb86659fd93U;
    return key ^ (key >> 32U);
  }

  Found insert_into(Shard& shard, std::uint32_t number, std::uint64_t key, std::uint64_t hash) {
    const std::uint32_t size = shard.size.load(std::memory_order_relaxed);
    if ((size + 1) * std::size_t{4} > shard.slots.size() * 3) {
      grow(shard);
    }
    const std::size_t mask = shard.slots.size() - 1;
    std::size_t slot = hash & mask;
    while (shard.slots[slot] != 0) {
      const std::uint32_t index = shard.slots[slot] - 1;
      if (shard.keys[index] == key) {
        return {((index + 1) << kShardBits) | number, false};
      }
      slot = (slot + 1) & mask;
    }
    if (size >= kIndexMax) {
      throw std::length_error("visited set: more than four thousand million entries");
    }
    if (const std::size_t taken = shard.keys.reach(size); taken != 0) {
      memory_bytes_.fetch_add(taken, std::memory_order_relaxed);
    }
    shard.keys[size] = key;
    shard.slots[slot] = size + 1;
    shard.size.store(size + 1, std::memory_order_relaxed);
    return {((size + 1) << kShardBits) | number, true};
  }

  void grow(Shard& shard) {
    const std::size_t before = shard.slots.size();
    const std::size_t after = std::max<std::size_t>(16, before * 2);
    std::vector<std::uint32_t> slots(after);
    const std::uint32_t size = shard.size.load(std::memory_order_relaxed);
    for (std::uint32_t index = 0; index < size; ++index) {
      std::size_t slot = mix(shard.keys[index]) & (after - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (after - 1);
      }
      slots[slot] = index + 1;
    }
    shard.slots = std::move(slots);
    memory_bytes_.fetch_add((after - before) * sizeof(std::uint32_t), std::memory_order_relaxed);
  }

  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> memory_bytes_{sizeof(shards_)};
};

}  // namespace heddle::internal
