// InternTable: 64-bit contents to 31-bit ids from 1 up, lossless, growing, shared by threads.
//
// Open addressing. Looking something up that is known takes no lock; what is new is put in under a
// mutex. A table that has become too small is replaced by one of twice the size; threads that still
// read the old one miss at worst, and then ask again under the lock. Old tables are freed by
// `settle`, when no other thread is at work.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace heddle::internal {

/// A 64-bit permutation that spreads every bit (Pelle Evensen's rrmxmx is of this family).
inline std::uint64_t mix(std::uint64_t key) {
  key = (key ^ (key >> 32U)) * 0xd6e8feb86659fd93U;
  key = (key ^ (key >> 32U)) * 0xd6e8feb86659fd93U;
  return key ^ (key >> 32U);
}

/// An array that grows by chunks of doubling size: elements keep their place. One thread at a time
/// grows it; elements may be read meanwhile by threads that learnt of them from the growing one.
/// A large chunk takes memory only as it is filled.
template <class T>
class Chunked {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Chunked() = default;
  Chunked(const Chunked&) = delete;
  Chunked& operator=(const Chunked&) = delete;

  ~Chunked() {
    for (const auto& chunk : chunks_) {
      std::free(chunk.load(std::memory_order_relaxed));
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
    void* const zeros = std::calloc(size, sizeof(T));
    if (zeros == nullptr) {
      throw std::bad_alloc();
    }
    chunks_[place.chunk].store(static_cast<T*>(zeros), std::memory_order_release);
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

class InternTable {
 public:
  InternTable() { publish(kSlotsMin); }

  InternTable(const InternTable&) = delete;
  InternTable& operator=(const InternTable&) = delete;

  /// The id of `content`; content 0 has id 0. Thread-safe.
  std::uint32_t intern(std::uint64_t content) {
    if (content == 0) {
      return 0;
    }
    const std::uint64_t hash = mix(content);
    const Table& table = *table_.load(std::memory_order_acquire);
    for (std::size_t at = hash & table.mask;; at = (at + 1) & table.mask) {
      const std::uint32_t id = table.slots[at].id.load(std::memory_order_acquire);
      if (id == 0) {
        return insert(content, hash);
      }
      if (table.slots[at].content == content) {
        return id;
      }
    }
  }

  [[nodiscard]] std::uint64_t operator[](std::uint32_t id) const {
    return id == 0 ? 0 : contents_[id];
  }

  /// How many contents there are.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed) - 1; }

  [[nodiscard]] std::size_t memory_bytes() const {
    return memory_bytes_.load(std::memory_order_relaxed);
  }

  /// What it will take at once when it grows, if that may be soon.
  [[nodiscard]] std::size_t growing_bytes() const {
    const std::size_t slots = table_.load(std::memory_order_acquire)->mask + 1;
    const bool soon = slots <= kSlotsSmall || size() * 8 > slots * 5;
    return soon ? 2 * slots * sizeof(Slot) : 0;
  }

  /// Frees what only threads at work could still read. No other thread may be at work.
  void settle() {
    if (tables_.size() > 1) {
      std::size_t freed = 0;
      for (std::size_t i = 0; i + 1 < tables_.size(); ++i) {
        freed += (tables_[i]->mask + 1) * sizeof(Slot);
      }
      tables_.erase(tables_.begin(), tables_.end() - 1);
      memory_bytes_.fetch_sub(freed, std::memory_order_relaxed);
    }
  }

  /// For checkpoints: all contents in the order of their ids, into or out of an empty table. No
  /// other thread may be at work.
  template <class Archive>
  void archive(Archive& archive) {
    std::uint64_t count = size();
    archive(count);
    for (std::uint32_t id = 1; id <= count; ++id) {
      std::uint64_t content = id <= size() ? contents_[id] : 0;
      archive(content);
      if constexpr (Archive::kReads) {
        intern(content);
        settle();
      }
    }
  }

  /// Forgets everything. No other thread may be at work.
  void clear() {
    tables_.clear();
    memory_bytes_.store(0, std::memory_order_relaxed);
    size_.store(1, std::memory_order_relaxed);
    publish(kSlotsMin);
  }

 private:
  static constexpr std::size_t kSlotsMin = 64;
  static constexpr std::size_t kSlotsSmall = std::size_t{1} << 18U;
  static constexpr std::uint32_t kIdMax = (1U << 31U) - 1;

  /// `content` is written before `id` is published.
  struct Slot {
    std::uint64_t content = 0;
    std::atomic<std::uint32_t> id{0};
  };

  struct Table {
    explicit Table(std::size_t size) : mask(size - 1), slots(new Slot[size]) {}

    std::size_t mask;
    std::unique_ptr<Slot[]> slots;
  };

  void publish(std::size_t slots) {
    tables_.push_back(std::make_unique<Table>(slots));
    memory_bytes_.fetch_add(slots * sizeof(Slot), std::memory_order_relaxed);
    table_.store(tables_.back().get(), std::memory_order_release);
  }

  std::uint32_t insert(std::uint64_t content, std::uint64_t hash) {
    const std::scoped_lock lock(mutex_);
    const std::uint32_t next = size_.load(std::memory_order_relaxed);
    if (std::size_t{next} * 4 > (tables_.back()->mask + 1) * 3) {
      grow();
    }
    const Table& table = *tables_.back();
    std::size_t at = hash & table.mask;
    for (; table.slots[at].id.load(std::memory_order_relaxed) != 0; at = (at + 1) & table.mask) {
      if (table.slots[at].content == content) {
        return table.slots[at].id.load(std::memory_order_relaxed);
      }
    }
    if (next > kIdMax) {
      throw std::length_error("more than two thousand million different parts of states");
    }
    memory_bytes_.fetch_add(contents_.reach(next), std::memory_order_relaxed);
    contents_[next] = content;
    size_.store(next + 1, std::memory_order_relaxed);
    table.slots[at].content = content;
    table.slots[at].id.store(next, std::memory_order_release);
    return next;
  }

  void grow() {
    const Table& old = *tables_.back();
    auto larger = std::make_unique<Table>((old.mask + 1) * 2);
    for (std::size_t i = 0; i <= old.mask; ++i) {
      const std::uint32_t id = old.slots[i].id.load(std::memory_order_relaxed);
      if (id == 0) {
        continue;
      }
      std::size_t at = mix(old.slots[i].content) & larger->mask;
      while (larger->slots[at].id.load(std::memory_order_relaxed) != 0) {
        at = (at + 1) & larger->mask;
      }
      larger->slots[at].content = old.slots[i].content;
      larger->slots[at].id.store(id, std::memory_order_relaxed);
    }
    memory_bytes_.fetch_add((larger->mask + 1) * sizeof(Slot), std::memory_order_relaxed);
    tables_.push_back(std::move(larger));
    table_.store(tables_.back().get(), std::memory_order_release);
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Table>> tables_;  ///< the last is in use
  std::atomic<const Table*> table_{nullptr};
  Chunked<std::uint64_t> contents_;
  std::atomic<std::uint32_t> size_{1};  ///< and one: the next id
  std::atomic<std::size_t> memory_bytes_{0};
};

}  // namespace heddle::internal
