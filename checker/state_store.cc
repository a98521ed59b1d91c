#include <algorithm>
#include <bit>
#include <stdexcept>

#include <heddle/checker/state_store.h>

namespace heddle {

namespace {

constexpr std::size_t kSlotsMin = 64;
constexpr std::uint8_t kMany = 255;
constexpr std::size_t kStride = 512;
/// How many look-ups ahead a slot is fetched, and the root that it leads to.
constexpr std::size_t kAheadSlot = 24;
constexpr std::size_t kAheadRoot = 12;

/// Between 0.72 and 0.88, another one for each shard: they do not all grow at the same time.
std::size_t used_max(std::size_t slots, std::uint32_t shard) {
  return slots * (720 + shard * 160 / StateStore::kShards) / 1000;
}

}  // namespace

StateStore::StateStore() {
  set_root_bytes(root_bytes_);
  for (std::uint32_t i = 0; i < kShards; ++i) {
    shards_[i].slots.assign(kSlotsMin, 0);
    shards_[i].used_max = used_max(kSlotsMin, i);
  }
}

void StateStore::set_root_bytes(unsigned root_bytes) {
  root_bytes_ = root_bytes;
  const auto mask = [](unsigned bytes) {
    return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
  };
  low_mask_ = mask(root_bytes);
  high_mask_ = mask(root_bytes > 8 ? root_bytes - 8 : 0);
}

void StateStore::widen(unsigned root_bytes) {
  if (root_bytes <= root_bytes_) {
    return;
  }
  StateStore old_format(root_bytes_);
  old_format.chunks_ = std::exchange(chunks_, {});
  set_root_bytes(root_bytes);
  for (std::size_t i = 0; i < size_; ++i) {
    put(i, old_format[static_cast<StateNumber>(i)]);
    if (i % kChunk == kChunk - 1) {
      old_format.chunks_[i >> kChunkBits].reset();
    }
  }
}

void StateStore::put(std::size_t state, Root root) {
  if (state >> kChunkBits == chunks_.size()) {
    // Whole roots are read and written: the last one reaches beyond.
    chunks_.push_back(std::make_unique<std::byte[]>(kChunk * root_bytes_ + sizeof root));
  }
  // In order, so what is written beyond this root is overwritten by the next.
  std::byte* at = place_of(state);
  std::memcpy(at, &root.low, sizeof root.low);
  std::memcpy(at + sizeof root.low, &root.high, sizeof root.high);
}

std::size_t StateStore::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + chunks_.size() * (kChunk * root_bytes_ + sizeof(Root)) + led_to_.capacity() +
                      sums_.capacity() * sizeof(std::uint64_t) + many_.size() * 32;
  for (const Shard& shard : shards_) {
    bytes += shard.slots.capacity() * sizeof(Slot);
  }
  return bytes;
}

Root StateStore::root_of(Slot slot) const {
  if ((slot & kPending) == 0) {
    return (*this)[slot - 1];
  }
  const std::size_t place = slot & ~kPending;
  const auto after = std::ranges::upper_bound(batch_begin_, place);
  const auto batch = static_cast<std::size_t>(after - batch_begin_.begin()) - 1;
  return batches_[batch][place - batch_begin_[batch]].root;
}

bool StateStore::insert(Root root) {
  Candidate candidate{root, 0, false};
  const std::array<std::span<Candidate>, 1> batches{std::span(&candidate, 1)};
  begin(batches);
  offer(0, 1);
  take(0);
  return candidate.fresh;
}

void StateStore::begin(std::span<const std::span<Candidate>> batches) {
  batches_ = batches;
  batch_begin_.clear();
  std::size_t place = 0;
  for (const std::span<Candidate>& batch : batches) {
    batch_begin_.push_back(place);
    place += batch.size();
  }
  if (place >= kPending) {
    throw std::length_error("a round of more than two thousand million steps");
  }
}

void StateStore::offer(unsigned worker, unsigned workers) {
  struct Due {
    Candidate* candidate = nullptr;
    std::uint64_t hash = 0;
    std::uint32_t place = 0;
  };

  // A window of look-ups: first the slot is fetched, then the root of the state in it.
  constexpr std::size_t kWindow = 32;
  std::array<Due, kWindow> window;
  std::size_t entered = 0;
  std::size_t done = 0;
  const auto fetch_root = [&](std::size_t i) {
    const Due& due = window[i % kWindow];
    const Shard& shard = shards_[shard_of(due.hash)];
    const Slot slot = shard.slots[due.hash & (shard.slots.size() - 1)];
    if (slot != 0 && (slot & kPending) == 0) {
      __builtin_prefetch(place_of(slot - 1));
    }
  };
  const auto finish = [&](std::size_t i) {
    const Due& due = window[i % kWindow];
    insert(shards_[shard_of(due.hash)], due.hash, *due.candidate, due.place);
  };
  std::uint32_t place = 0;
  for (const std::span<Candidate>& batch : batches_) {
    for (Candidate& candidate : batch) {
      const std::uint64_t hash = hash_of(candidate.root);
      const std::uint32_t here = place++;
      if (workers != 1 && shard_of(hash) % workers != worker) {
        continue;
      }
      const Shard& shard = shards_[shard_of(hash)];
      __builtin_prefetch(&shard.slots[hash & (shard.slots.size() - 1)]);
      window[entered % kWindow] = {&candidate, hash, here};
      ++entered;
      if (entered > kAheadSlot - kAheadRoot) {
        fetch_root(entered - 1 - (kAheadSlot - kAheadRoot));
      }
      if (entered - done > kAheadSlot) {
        finish(done++);
      }
    }
  }
  while (done < entered) {
    finish(done++);
  }
}

void StateStore::insert(Shard& shard, std::uint64_t hash, Candidate& candidate,
                        std::uint32_t place) {
  const std::size_t mask = shard.slots.size() - 1;
  std::size_t at = hash & mask;
  for (; shard.slots[at] != 0; at = (at + 1) & mask) {
    if (root_of(shard.slots[at]) == candidate.root) {
      return;
    }
  }
  candidate.fresh = true;
  shard.slots[at] = kPending | place;
  if (++shard.used > shard.used_max) {
    grow(shard_of(hash));
  }
}

void StateStore::grow(std::uint32_t number) {
  Shard& shard = shards_[number];
  std::vector<Slot> slots(shard.slots.size() * 2, 0);
  const std::size_t mask = slots.size() - 1;
  for (const Slot slot : shard.slots) {
    if (slot == 0) {
      continue;
    }
    std::size_t at = hash_of(root_of(slot)) & mask;
    while (slots[at] != 0) {
      at = (at + 1) & mask;
    }
    slots[at] = slot;
  }
  shard.slots = std::move(slots);
  shard.used_max = used_max(shard.slots.size(), number);
}

void StateStore::take(std::size_t expanded) {
  const std::size_t first = led_to_.size();
  for (std::size_t i = 0; i < expanded; ++i) {
    if ((first + i) % kStride == 0) {
      sums_.push_back(0);  // filled in below
    }
  }
  led_to_.resize(first + expanded, 0);
  std::uint32_t place = 0;
  for (const std::span<Candidate>& batch : batches_) {
    for (const Candidate& candidate : batch) {
      const std::uint32_t here = place++;
      if (!candidate.fresh) {
        continue;
      }
      if (size_ >= kPending - 1) {
        throw std::length_error("more than two thousand million states");
      }
      put(size_, candidate.root);
      ++size_;
      const std::uint64_t hash = hash_of(candidate.root);
      Shard& shard = shards_[shard_of(hash)];
      const std::size_t mask = shard.slots.size() - 1;
      std::size_t at = hash & mask;
      while (shard.slots[at] != (kPending | here)) {
        at = (at + 1) & mask;
      }
      shard.slots[at] = static_cast<Slot>(size_);
      if (expanded == 0) {
        continue;
      }
      const std::size_t from = first + candidate.from;
      if (led_to_[from] == kMany) {
        ++many_[static_cast<StateNumber>(from)];
      } else if (++led_to_[from] == kMany) {
        many_[static_cast<StateNumber>(from)] = kMany;
      }
    }
  }
  for (std::size_t i = first; i < first + expanded; ++i) {
    if (i % kStride == 0) {
      sums_[i / kStride] = sum_;
    }
    sum_ += led_to_[i] == kMany ? many_.at(static_cast<StateNumber>(i)) : led_to_[i];
  }
  batches_ = {};
}

bool StateStore::contains(Root root) const {
  const std::uint64_t hash = hash_of(root);
  const Shard& shard = shards_[shard_of(hash)];
  const std::size_t mask = shard.slots.size() - 1;
  for (std::size_t at = hash & mask; shard.slots[at] != 0; at = (at + 1) & mask) {
    if ((*this)[shard.slots[at] - 1] == root) {
      return true;
    }
  }
  return false;
}

StateNumber StateStore::before(StateNumber state) const {
  // State 0 comes from nowhere; state n is the n-th that a state led to, counted from 1.
  const auto stretch = std::ranges::lower_bound(sums_, std::uint64_t{state});
  std::size_t at = (static_cast<std::size_t>(stretch - sums_.begin()) - 1) * kStride;
  std::uint64_t sum = sums_[at / kStride];
  for (;; ++at) {
    const auto number = static_cast<StateNumber>(at);
    sum += led_to_[at] == kMany ? many_.at(number) : led_to_[at];
    if (sum >= state) {
      return number;
    }
  }
}

void StateStore::index_anew() {
  for (std::uint32_t i = 0; i < kShards; ++i) {
    std::ranges::fill(shards_[i].slots, 0);
    shards_[i].used = 0;
  }
  for (std::size_t i = 0; i < size_; ++i) {
    const std::uint64_t hash = hash_of((*this)[static_cast<StateNumber>(i)]);
    const std::uint32_t number = shard_of(hash);
    Shard& shard = shards_[number];
    const std::size_t mask = shard.slots.size() - 1;
    std::size_t at = hash & mask;
    while (shard.slots[at] != 0) {
      at = (at + 1) & mask;
    }
    shard.slots[at] = static_cast<Slot>(i + 1);
    if (++shard.used > shard.used_max) {
      grow(number);
    }
  }
}

}  // namespace heddle
