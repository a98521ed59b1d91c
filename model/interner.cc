#include <stdexcept>

#include <heddle/model/interner.h>

namespace heddle {

namespace {

constexpr std::size_t kChunksMax = std::size_t{1} << 16;

}  // namespace

Interner::Interner() : chunks_(std::make_unique<std::atomic<Chunk*>[]>(kChunksMax)) {}

Interner::~Interner() {
  for (std::size_t i = 0; i < kChunksMax; ++i) {
    Chunk* chunk = chunks_[i].load(std::memory_order_relaxed);
    if (chunk == nullptr) {
      break;
    }
    delete chunk;
  }
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
  const std::size_t chunk_index = id >> kChunkBits;
  if (chunk_index >= kChunksMax) {
    throw std::length_error("interner: more than 268 million distinct values");
  }
  Chunk* chunk = chunks_[chunk_index].load(std::memory_order_acquire);
  if (chunk == nullptr) {
    const std::scoped_lock chunk_lock(chunk_mutex_);
    // All earlier chunks are made first: the destructor stops at the first gap.
    for (std::size_t i = 0; i <= chunk_index; ++i) {
      if (chunks_[i].load(std::memory_order_relaxed) == nullptr) {
        chunks_[i].store(new Chunk{}, std::memory_order_release);
      }
    }
    chunk = chunks_[chunk_index].load(std::memory_order_relaxed);
  }
  (*chunk)[id & ((1U << kChunkBits) - 1U)].store(&content, std::memory_order_release);
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
  const Chunk* chunk = chunks_[id >> kChunkBits].load(std::memory_order_acquire);
  return *(*chunk)[id & ((1U << kChunkBits) - 1U)].load(std::memory_order_acquire);
}

}  // namespace heddle
