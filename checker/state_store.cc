#include <algorithm>
#include <bit>
#include <stdexcept>

#include <heddle/checker/state_store.h>

namespace heddle {

namespace {

constexpr std::size_t kBucketsMin = 8;
constexpr std::uint8_t kMany = 15;
constexpr std::size_t kStride = 512;
/// How many look-ups ahead a slot is fetched, and the root that it leads to.
constexpr std::size_t kAheadSlot = 24;
constexpr std::size_t kAheadRoot = 12;

/// By so much a shard grows.
constexpr double kGrowth = 1.35;

/// Between 0.86 and 0.93 of the slots, another part for each shard: they do not all grow at the
/// same time.
std::size_t used_max(std::size_t slots, std::uint32_t shard) {
  return slots * (860 + shard * 70 / StateStore::kShards) / 1000;
}

}  // namespace

StateStore::StateStore() {
  set_root_bytes(root_bytes_);
  for (std::uint32_t i = 0; i < kShards; ++i) {
    shards_[i].buckets = internal::HugeArray<Bucket>(kBucketsMin);
    shards_[i].used_max = used_max(kBucketsMin * kBucketSlots, i);
  }
}

unsigned StateStore::matches(const Bucket& bucket, std::uint8_t tag) {
  // A byte of the difference is 0 where the tag is; the usual trick finds these, and now and then
  // one too many, which costs a comparison of roots.
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const auto bits = [](std::uint64_t highs) {
    return static_cast<unsigned>((highs >> 7U) * 0x0102040810204080U >> 56U);
  };
  std::uint64_t first = 0;
  std::uint32_t second = 0;
  std::memcpy(&first, bucket.tags.data(), sizeof first);
  std::memcpy(&second, bucket.tags.data() + sizeof first, sizeof second);
  first ^= kOnes * tag;
  // The four bytes that are no tags are made to differ.
  const std::uint64_t rest = ((kOnes * tag) ^ second) | (kHighs << 32U);
  return bits((first - kOnes) & ~first & kHighs) | (bits((rest - kOnes) & ~rest & kHighs) & 0xfU)
                                                       << 8U;
}

StateStore::StateStore(internal::HugeArray<std::byte> roots, unsigned root_bytes) {
  set_root_bytes(root_bytes);
  roots_ = std::move(roots);
}

void StateStore::set_root_bytes(unsigned root_bytes) {
  root_bytes_ = root_bytes;
  const auto mask = [](unsigned bytes) {
    return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
  };
  low_mask_ = mask(root_bytes);
  high_mask_ = mask(root_bytes > 8 ? root_bytes - 8 : 0);
  // Whole roots are read and written, so the last one reaches beyond its bytes.
  roots_ = internal::HugeArray<std::byte>(std::size_t{kPending} * root_bytes + sizeof(Root));
}

void StateStore::widen(unsigned root_bytes) {
  if (root_bytes > root_bytes_) {
    const StateStore before(std::exchange(roots_, {}), root_bytes_);
    set_root_bytes(root_bytes);
    for (std::size_t i = 0; i < size_; ++i) {
      put(i, before[static_cast<StateNumber>(i)]);
    }
  }
}

void StateStore::put(std::size_t state, Root root) {
  // In order, so what is written beyond this root is overwritten by the next.
  std::byte* at = place_of(state);
  std::memcpy(at, &root.low, sizeof root.low);
  std::memcpy(at + sizeof root.low, &root.high, sizeof root.high);
}

std::size_t StateStore::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + size_ * root_bytes_ + led_to_bytes_ +
                      sums_.capacity() * sizeof(std::uint64_t) + many_.size() * 32;
  for (const Shard& shard : shards_) {
    bytes += shard.buckets.bytes();
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
  const auto fetch_root = [&](std::size_t i) { prefetch_root(window[i % kWindow].hash); };
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
      __builtin_prefetch(&shard.buckets[bucket_of(shard, hash)]);
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

void StateStore::prefetch_root(std::uint64_t hash) const {
  const Shard& shard = shards_[shard_of(hash)];
  const Bucket& bucket = shard.buckets[bucket_of(shard, hash)];
  if (const unsigned found = matches(bucket, tag_of(hash)); found != 0) {
    const Slot slot = bucket.slots[static_cast<unsigned>(std::countr_zero(found))];
    if (slot != 0 && (slot & kPending) == 0) {
      __builtin_prefetch(place_of(slot - 1));
    }
  }
}

bool StateStore::is_known(const Shard& shard, std::uint64_t hash, Root root) const {
  const std::uint8_t tag = tag_of(hash);
  for (std::size_t at = bucket_of(shard, hash);; at = next(shard, at)) {
    const Bucket& bucket = shard.buckets[at];
    for (unsigned found = matches(bucket, tag); found != 0; found &= found - 1) {
      const Slot slot = bucket.slots[static_cast<unsigned>(std::countr_zero(found))];
      if (slot != 0 && root_of(slot) == root) {
        return true;
      }
    }
    if (bucket.count < kBucketSlots) {
      return false;
    }
  }
}

void StateStore::insert(Shard& shard, std::uint64_t hash, Candidate& candidate,
                        std::uint32_t place) {
  if (is_known(shard, hash, candidate.root)) {
    return;
  }
  candidate.fresh = true;
  add(shard, hash, kPending | place);
  if (++shard.used > shard.used_max) {
    grow(shard_of(hash));
  }
}

void StateStore::push(Root root, std::uint32_t from) {
  const std::uint64_t hash = hash_of(root);
  const Shard& shard = shards_[shard_of(hash)];
  __builtin_prefetch(&shard.buckets[bucket_of(shard, hash)]);
  pushed_[push_end_++ % kPushed] = {root, hash, from};
  if (push_end_ - push_fetched_ > kAheadSlot) {
    prefetch_root(pushed_[push_fetched_++ % kPushed].hash);
  }
  if (push_end_ - push_begin_ > kAheadSlot + kAheadRoot) {
    finish_push();
  }
}

void StateStore::finish_push() {
  const Pushed& pushed = pushed_[push_begin_++ % kPushed];
  Shard& shard = shards_[shard_of(pushed.hash)];
  if (is_known(shard, pushed.hash, pushed.root)) {
    return;
  }
  number(pushed.root);
  add(shard, pushed.hash, static_cast<Slot>(size_));
  if (++shard.used > shard.used_max) {
    grow(shard_of(pushed.hash));
  }
  lead_to(round_first_ + pushed.from);
}

void StateStore::end_pushes(std::size_t expanded) {
  while (push_begin_ != push_end_) {
    finish_push();
  }
  push_fetched_ = push_end_;
  while (expanded_ < round_first_ + expanded) {
    close();
  }
  round_first_ = expanded_;
}

void StateStore::number(Root root) {
  if (size_ >= kPending - 1) {
    throw std::length_error("more than two thousand million states");
  }
  put(size_, root);
  ++size_;
}

void StateStore::lead_to(std::size_t state) {
  while (expanded_ < state) {
    close();
  }
  ++led_to_now_;
}

// How many states the next one in order led to is known.
void StateStore::close() {
  const std::size_t state = expanded_++;
  if (state % kStride == 0) {
    sums_.push_back(sum_);
  }
  led_to_bytes_ += led_to_.reach(state / 2);
  led_to_[state / 2] = static_cast<std::uint8_t>(
      led_to_[state / 2] | std::min<std::uint32_t>(led_to_now_, kMany) << (state % 2 * 4));
  if (led_to_now_ >= kMany) {
    many_[static_cast<StateNumber>(state)] = led_to_now_;
  }
  sum_ += led_to_now_;
  led_to_now_ = 0;
}

void StateStore::add(Shard& shard, std::uint64_t hash, Slot slot) {
  std::size_t at = bucket_of(shard, hash);
  while (shard.buckets[at].count == kBucketSlots) {
    at = next(shard, at);
  }
  Bucket& bucket = shard.buckets[at];
  bucket.tags[bucket.count] = tag_of(hash);
  bucket.slots[bucket.count] = slot;
  ++bucket.count;
}

void StateStore::grow(std::uint32_t number) {
  Shard& shard = shards_[number];
  const std::size_t larger = internal::HugeArray<Bucket>::whole_pages(
      static_cast<std::size_t>(static_cast<double>(shard.buckets.size()) * kGrowth) + 1);
  const auto before = std::exchange(shard.buckets, internal::HugeArray<Bucket>(larger));
  for (std::size_t i = 0; i < before.size(); ++i) {
    // Roots lie anywhere: those of some buckets ahead are fetched meanwhile.
    if (i + 2 < before.size()) {
      const Bucket& ahead = before[i + 2];
      for (unsigned slot = 0; slot < ahead.count; ++slot) {
        if ((ahead.slots[slot] & kPending) == 0) {
          __builtin_prefetch(place_of(ahead.slots[slot] - 1));
        }
      }
    }
    for (unsigned slot = 0; slot < before[i].count; ++slot) {
      add(shard, hash_of(root_of(before[i].slots[slot])), before[i].slots[slot]);
    }
  }
  shard.used_max = used_max(shard.buckets.size() * kBucketSlots, number);
}

std::uint32_t StateStore::led_to(std::size_t state) const {
  const std::uint8_t count = led_to_[state / 2] >> (state % 2 * 4) & 0xfU;
  return count == kMany ? many_.at(static_cast<StateNumber>(state)) : count;
}

void StateStore::take(std::size_t expanded) {
  std::uint32_t place = 0;
  for (const std::span<Candidate>& batch : batches_) {
    for (const Candidate& candidate : batch) {
      const std::uint32_t here = place++;
      if (!candidate.fresh) {
        continue;
      }
      number(candidate.root);
      const std::uint64_t hash = hash_of(candidate.root);
      Shard& shard = shards_[shard_of(hash)];
      for (std::size_t at = bucket_of(shard, hash);; at = next(shard, at)) {
        Bucket& bucket = shard.buckets[at];
        const auto slot = std::ranges::find(bucket.slots, kPending | here);
        if (slot != bucket.slots.end()) {
          *slot = static_cast<Slot>(size_);
          break;
        }
      }
      if (expanded != 0) {
        lead_to(round_first_ + candidate.from);
      }
    }
  }
  while (expanded_ < round_first_ + expanded) {
    close();
  }
  round_first_ = expanded_;
  batches_ = {};
}

bool StateStore::contains(Root root) const {
  const std::uint64_t hash = hash_of(root);
  return is_known(shards_[shard_of(hash)], hash, root);
}

StateNumber StateStore::before(StateNumber state) const {
  // State 0 comes from nowhere; state n is the n-th that a state led to, counted from 1.
  const auto stretch = std::ranges::lower_bound(sums_, std::uint64_t{state});
  std::size_t at = (static_cast<std::size_t>(stretch - sums_.begin()) - 1) * kStride;
  std::uint64_t sum = sums_[at / kStride];
  for (;; ++at) {
    const auto number = static_cast<StateNumber>(at);
    sum += led_to(at);
    if (sum >= state) {
      return number;
    }
  }
}

void StateStore::index_anew() {
  for (std::uint32_t i = 0; i < kShards; ++i) {
    shards_[i].buckets = internal::HugeArray<Bucket>(shards_[i].buckets.size());
    shards_[i].used = 0;
  }
  for (std::size_t i = 0; i < size_; ++i) {
    const std::uint64_t hash = hash_of((*this)[static_cast<StateNumber>(i)]);
    const std::uint32_t number = shard_of(hash);
    Shard& shard = shards_[number];
    add(shard, hash, static_cast<Slot>(i + 1));
    if (++shard.used > shard.used_max) {
      grow(number);
    }
  }
}

}  // namespace heddle
