// Interning: equal content gets the equal small id, for as long as the table lives.
//
// States, messages, logs and values are compared and stored as ids; content is written once. Ids
// depend on the order of first sight (and so, with several threads, on timing): nothing that is
// shown, ordered or stored beyond one check may depend on their numeric value.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace heddle {

/// Byte strings to ids from 1 up; 0 is never given out. Thread-safe; looking an id up takes no
/// lock.
class Interner {
 public:
  Interner() = default;
  ~Interner();
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;

  /// The id of `bytes`, the same for equal content. Amortised O(size).
  std::uint32_t intern(std::string_view bytes);

  /// The id of `bytes` if it has one, else 0.
  [[nodiscard]] std::uint32_t find(std::string_view bytes) const;

  /// The content of an id that `intern` returned. Stays valid as long as the table.
  [[nodiscard]] std::string_view operator[](std::uint32_t id) const;

  /// How many distinct contents there are.
  [[nodiscard]] std::size_t size() const { return next_.load(std::memory_order_relaxed) - 1; }

  /// Approximate memory held, in bytes.
  [[nodiscard]] std::size_t memory_bytes() const {
    return memory_bytes_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kShards = 16;
  /// Each chunk is twice as long as the one before, so that a table of few contents is cheap to
  /// make and no id ever moves.
  static constexpr unsigned kFirstChunkBits = 6;
  static constexpr std::size_t kChunks = 32 - kFirstChunkBits + 1;

  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string_view, std::uint32_t> ids;
    std::deque<std::string> contents;
  };

  using Slot = std::atomic<const std::string*>;

  /// Where the content of an id stands.
  struct Place {
    std::size_t chunk;
    std::size_t offset;
  };

  static Place place_of(std::uint32_t id);

  std::array<Shard, kShards> shards_;
  std::array<std::atomic<Slot*>, kChunks> chunks_{};
  std::mutex chunk_mutex_;
  std::atomic<std::uint32_t> next_{1};
  std::atomic<std::size_t> memory_bytes_{0};
};

}  // namespace heddle
