#include <bit>
#include <limits>
#include <stdexcept>

#include <heddle/model/interner.h>

namespace heddle {

Interner::~Interner() {
  for (std::atomic<Slot*>& chunk : chunks_) {
    delete[] chunk.load(std::memory_order_relaxed);
  }
}

Interner::Place Interner::place_of(std::uint32_t id) {
  const std::uint64_t shifted = std::uint64_t{id} + (std::uint64_t{1} << kFirstChunkBits);
  const auto bits = static_cast<unsigned>(std::bit_width(shifted)) - 1;
  return {bits - kFirstChunkBits, shifted - (std::uint64_t{1} << bits)};
}

std::uint32_t Interner::intern(std::string_view bytes) {
  const std::size_t hash = std::hash<std::string_view>{}(bytes);
  Shard& shard = shards_[(hash >> 40U) % kShards];
  const std::scoped_lock lock(shard.mutex);
  if (const auto found = shard.ids.find(bytes); found != shard.ids.end()) {
    return found->second;
  }
  const std::string& content = shard.contents.emplace_back(bytes);
  const std::uint32_t id = next_.fetch_add(1, std::memory_order_relaxed);
  if (id == std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("interner: more than four thousand million distinct values");
  }
  const Place place = place_of(id);
  Slot* chunk = chunks_[place.chunk].load(std::memory_order_acquire);
  if (chunk == nullptr) {
    const std::scoped_lock chunk_lock(chunk_mutex_);
    chunk = chunks_[place.chunk].load(std::memory_order_relaxed);
    if (chunk == nullptr) {
      chunk = new Slot[std::size_t{1} << (kFirstChunkBits + place.chunk)]{};
      chunks_[place.chunk].store(chunk, std::memory_order_release);
    }
  }
  chunk[place.offset].store(&content, std::memory_order_release);
  shard.ids.emplace(std::string_view(content), id);
  memory_bytes_.fetch_add(bytes.size() + 96, std::memory_order_relaxed);
  return id;
}

std::uint32_t Interner::find(std::string_view bytes) const {
  const std::size_t hash = std::hash<std::string_view>{}(bytes);
  const Shard& shard = shards_[(hash >> 40U) % kShards];
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.ids.find(bytes);
  return found == shard.ids.end() ? 0 : found->second;
}

std::string_view Interner::operator[](std::uint32_t id) const {
  const Place place = place_of(id);
  const Slot* chunk = chunks_[place.chunk].load(std::memory_order_acquire);
  return *chunk[place.offset].load(std::memory_order_acquire);
}

}  // namespace heddle
