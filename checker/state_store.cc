#include <algorithm>
#include <atomic>
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

/// Less than this is taken without asking. A table that is larger and full has room for what one
/// worker has pushed by then.
constexpr std::size_t kAskBytes = std::size_t{1} << 19U;

/// How many buckets ahead of what moves up roots are fetched.
constexpr std::size_t kAheadBuckets = 3;

/// By so much a shard grows, while it is small and then.
constexpr double kGrowthSmall = 3;
constexpr double kGrowth = 1.35;
constexpr std::size_t kSmall = std::size_t{1} << 14U;

/// Between 0.86 and 0.93 of the slots, another part for each two shards: they do not all grow at
/// the same time.
std::size_t used_max(std::size_t slots, std::uint32_t shard) {
  return slots * (860 + shard / 2 * 140 / StateStore::kShards) / 1000;
}

/// Buckets of a shard whose pages are huge: more than so many are not needed for all states that
/// can be numbered.
constexpr std::size_t kBucketsMax =
    (std::size_t{1} << 31U) / StateStore::kShards / StateStore::kBucketSlots * 3 / 2;

}  // namespace

StateStore::StateStore() {
  set_root_bytes(root_bytes_);
  make_room_for_roots();
  for (std::uint32_t i = 0; i < kShards; ++i) {
    shards_[i].buckets = internal::HugeArray<Bucket>(kBucketsMin);
    shards_[i].size = kBucketsMin;
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
}

void StateStore::make_room_for_roots() {
  // Whole roots are read and written, so the last one reaches beyond its bytes.
  roots_ = internal::HugeArray<std::byte>((std::size_t{kPending} + 1) * sizeof(Root));
}

bool StateStore::widen(unsigned root_bytes) {
  if (root_bytes <= root_bytes_) {
    return true;
  }
  const std::size_t more = (size_ - roots_from_) * (root_bytes - root_bytes_);
  if (!may_grow(more)) {
    return false;
  }
  // From the last to the first: none is overwritten before it is read.
  for (std::size_t i = size_; i > roots_from_; --i) {
    const Root root = (*this)[static_cast<StateNumber>(i - 1)];
    std::memcpy(roots_.data() + (i - 1) * root_bytes, &root, root_bytes);
  }
  set_root_bytes(root_bytes);
  has_grown(more);
  return true;
}

bool StateStore::may_grow(std::size_t bytes) {
  return bytes < kAskBytes || limit_ == nullptr || limit_->take(bytes);
}

void StateStore::has_grown(std::size_t bytes) {
  if (bytes >= kAskBytes && limit_ != nullptr) {
    limit_->taken(bytes);
  }
}

void StateStore::start(Root root) {
  if (lossy_) {
    lossy_->insert(hash_of(root));
    add_root(root);
  } else {
    insert(root);
  }
}

bool StateStore::has_room_for_fingerprints() {
  drop_index();
  return limit_ == nullptr || limit_->has_room(LossySet::bytes_at_first(size_));
}

void StateStore::go_on_in(LossySet visited, std::size_t first) {
  static_assert(LossySet::kShards == kShards);
  drop_index();
  certain_ = size_;
  lossy_ = std::make_unique<LossySet>(std::move(visited));
  lossy_->keep_within(limit_);
  constexpr std::size_t kStep = std::size_t{1} << 18U;
  for (std::size_t state = 0; state < size_; ++state) {
    lossy_->insert(hash_of((*this)[static_cast<StateNumber>(state)]));
    if (state % kStep == 0) {
      drop_roots_before(std::min(state, first));
    }
  }
  drop_roots_before(first);
  if (first != 0) {
    keep_places();
  }
}

void StateStore::keep_places() {
  widen(sizeof(Root));
}

// In whole blocks of bytes, which lie in the files as they lie in memory.
bool StateStore::spill(std::size_t next) {
  if (!lossy_ || root_bytes_ != sizeof(Root)) {
    return false;
  }
  if (!root_file_) {
    root_file_ = std::make_unique<internal::Spill>();
    event_file_ = std::make_unique<internal::Spill>();
  }
  const std::uint64_t before = spilled_bytes_;
  for (; keeps_events_ && events_spilled_ + kSpillBytes <= size_; events_spilled_ += kSpillBytes) {
    const auto* const from = reinterpret_cast<const std::byte*>(events_.data());
    if (!event_file_->write(events_spilled_, from + events_spilled_, kSpillBytes)) {
      break;
    }
    events_.release(events_spilled_, events_spilled_ + kSpillBytes);
    spilled_bytes_ += kSpillBytes;
  }
  if (spilled_from_ == spilled_to_) {
    spilled_from_ = (next * sizeof(Root) + kSpillBytes - 1) / kSpillBytes * kSpillBytes;
    spilled_to_ = spilled_from_;
  }
  for (; spilled_to_ + kSpillBytes <= size_ * sizeof(Root); spilled_to_ += kSpillBytes) {
    if (!root_file_->write(spilled_to_, roots_.data() + spilled_to_, kSpillBytes)) {
      break;
    }
    roots_.release(spilled_to_, spilled_to_ + kSpillBytes);
    spilled_bytes_ += kSpillBytes;
  }
  return spilled_bytes_ > before + kSpillBytes;
}

void StateStore::fetch(std::size_t last) {
  for (; spilled_from_ < spilled_to_ && spilled_from_ < last * sizeof(Root);
       spilled_from_ += kSpillBytes) {
    root_file_->read(spilled_from_, roots_.data() + spilled_from_, kSpillBytes);
  }
}

std::string StateStore::spill_error() const {
  if (!root_file_) {
    return {};
  }
  return root_file_->error().empty() ? event_file_->error() : root_file_->error();
}

void StateStore::drop_roots_before(std::size_t first) {
  if (first > roots_from_) {
    roots_.release(0, first * root_bytes_);
    roots_from_ = first;
  }
}

void StateStore::insert_anew() {
  lossy_->clear();
  for (std::size_t i = 0; i < size_; ++i) {
    lossy_->insert(hash_of((*this)[static_cast<StateNumber>(i)]));
  }
}

void StateStore::note_event(std::size_t state, std::uint32_t event) {
  events_[state] = static_cast<std::uint8_t>(std::min<std::uint32_t>(event, kManyEvents));
  if (event >= kManyEvents) {
    const std::scoped_lock lock(many_events_lock_);
    many_events_[static_cast<StateNumber>(state)] = event;
  }
}

void StateStore::look_up_lossily(unsigned worker) {
  std::vector<Fresh>& fresh = parts_[worker].fresh;
  for (const Share& share : shares_) {
    const List& due = share.collected[worker];
    for (std::size_t i = 0; i < due.size() + kAheadSlot; ++i) {
      if (i < due.size()) {
        lossy_->prefetch(hash_of(due[i].root));
      }
      if (i >= kAheadSlot && lossy_->insert(hash_of(due[i - kAheadSlot].root))) {
        fresh.push_back({due[i - kAheadSlot], {}});
      }
    }
    parts_[worker].fresh_until.push_back(fresh.size());
  }
}

void StateStore::give_up_round() {
  drop_index();
  shares_.clear();
  for (Part& part : parts_) {
    part.fresh.clear();
    part.recent.clear();
  }
}

void StateStore::drop_index() {
  for (Shard& shard : shards_) {
    shard.buckets = {};
    shard.size = 0;
  }
}

void StateStore::put(std::size_t state, Root root) {
  // In order, so what is written beyond this root is overwritten by the next.
  std::byte* at = place_of(state);
  std::memcpy(at, &root.low, sizeof root.low);
  std::memcpy(at + sizeof root.low, &root.high, sizeof root.high);
}

std::size_t StateStore::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + (size_ - roots_from_) * root_bytes_ + expanded_ / 2 +
                      (keeps_events_ ? size_ : 0) + (lossy_ ? lossy_->memory_bytes() : 0) +
                      sums_.capacity() * sizeof(std::uint64_t) + many_.size() * 32;
  for (const Shard& shard : shards_) {
    bytes += shard.size * sizeof(Bucket);
  }
  return bytes;
}

void StateStore::note_growing_bytes() {
  growing_bytes_ = 0;
  for (const Share& share : shares_) {
    for (const auto& collected : share.collected) {
      growing_bytes_ += collected.memory_bytes();
    }
  }
  for (const Part& part : parts_) {
    growing_bytes_ += part.fresh.capacity() * sizeof(Fresh);
  }
}

Root StateStore::root_of(const Shard& shard, Slot slot) const {
  if ((slot & kPending) == 0) {
    return (*this)[slot - 1];
  }
  const auto number = static_cast<std::size_t>(&shard - shards_.data());
  return parts_[number % parts_.size()].fresh[slot & ~kPending].collected.root;
}

bool StateStore::insert(Root root) {
  const std::uint64_t hash = hash_of(root);
  if (lossy_) {
    if (!lossy_->insert(hash)) {
      return false;
    }
    roots_from_ = ++size_;  // it is kept nowhere
    return true;
  }
  Shard& shard = shards_[shard_of(hash)];
  if (is_known(shard, hash, root)) {
    return false;
  }
  add_root(root);
  add_and_grow(hash, static_cast<Slot>(size_));
  return true;
}

void StateStore::begin(unsigned workers, std::size_t shares, std::size_t states) {
  parts_.resize(workers);
  for (Part& part : parts_) {
    part.fresh.clear();
    part.fresh_until.clear();
    part.due_count = 0;
  }
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    worker_of_[shard] = static_cast<std::uint8_t>(shard % workers);
  }
  shares_.resize(shares);
  for (Share& share : shares_) {
    share.collected.resize(workers);
    for (auto& collected : share.collected) {
      collected.clear();
    }
  }
  led_to_in_round_.assign(states, 0);
}

// In two loops without a branch that nobody can foresee.
void StateStore::sort_out(Part& part, Share& share) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < part.due_count; ++i) {
    const Collected due = part.due[i];
    part.due[count] = due;
    count += part.recent.meets(due.root) ? 0 : 1;
  }
  part.due_count = 0;
  for (List& list : share.collected) {
    list.make_room_for(count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    share.collected[worker_of_[shard_of(hash_of(part.due[i].root))]].add(part.due[i]);
  }
}

void StateStore::look_up(unsigned worker) {
  if (std::ranges::any_of(parts_, [](const Part& part) { return part.due_count != 0; })) {
    throw std::logic_error("a share was not ended before its states were looked up");
  }
  if (lossy_) {
    look_up_lossily(worker);
    return;
  }
  std::vector<Fresh>& fresh = parts_[worker].fresh;
  std::array<std::uint64_t, std::bit_ceil(kAheadSlot + kAheadRoot + 1)> hashes{};
  const auto hash = [&](std::size_t i) -> std::uint64_t& { return hashes[i % hashes.size()]; };
  for (const Share& share : shares_) {
    const List& due = share.collected[worker];
    for (std::size_t i = 0; i < due.size() + kAheadSlot + kAheadRoot; ++i) {
      if (i < due.size()) {
        hash(i) = hash_of(due[i].root);
        const Shard& shard = shards_[shard_of(hash(i))];
        __builtin_prefetch(&shard.buckets[bucket_of(shard, hash(i))]);
      }
      if (i >= kAheadSlot && i - kAheadSlot < due.size()) {
        prefetch_root(hash(i - kAheadSlot));
      }
      if (i < kAheadSlot + kAheadRoot) {
        continue;
      }
      if (limit_ != nullptr && limit_->is_used_up()) {
        return;
      }
      const std::size_t now = i - kAheadSlot - kAheadRoot;
      if (!is_known(shards_[shard_of(hash(now))], hash(now), due[now].root)) {
        const Slot pending = kPending | static_cast<Slot>(fresh.size());
        fresh.push_back({due[now], {}});
        fresh.back().place = add_and_grow(hash(now), pending);
      }
    }
    parts_[worker].fresh_until.push_back(fresh.size());
  }
}

void StateStore::number(unsigned worker) {
  if (fresh_in_round() >= kPending - 1 - size_) {
    return;
  }
  const std::size_t workers = parts_.size();
  const std::size_t first = shares_.size() * worker / workers;
  const std::size_t last = shares_.size() * (worker + 1) / workers;
  std::vector<std::size_t> at(workers, 0);
  std::size_t number = size_;
  for (std::size_t part = 0; first != 0 && part < workers; ++part) {
    at[part] = parts_[part].fresh_until[first - 1];
    number += at[part];
  }
  for (std::size_t share = first; share < last; ++share) {
    while (true) {
      // What each found is in order.
      std::size_t whose = workers;
      for (std::size_t part = 0; part < workers; ++part) {
        const auto next_of = [&](std::size_t of) -> const Collected& {
          return parts_[of].fresh[at[of]].collected;
        };
        if (at[part] < parts_[part].fresh_until[share] &&
            (whose == workers || next_of(part).is_before(next_of(whose)))) {
          whose = part;
        }
      }
      if (whose == workers) {
        break;
      }
      const std::size_t place = at[whose]++;
      if (place + kAheadSlot < parts_[whose].fresh.size()) {
        prefetch_slot(parts_[whose].fresh[place + kAheadSlot]);
      }
      settle(parts_[whose].fresh[place], kPending | static_cast<Slot>(place), number++);
    }
  }
}

std::size_t StateStore::fresh_in_round() const {
  std::size_t fresh = 0;
  for (const Part& part : parts_) {
    fresh += part.fresh.size();
  }
  return fresh;
}

void StateStore::prefetch_slot(const Fresh& fresh) const {
  if (!lossy_) {
    const Shard& shard = shards_[shard_of(hash_of(fresh.collected.root))];
    __builtin_prefetch(&shard.buckets[fresh.place.bucket].slots[fresh.place.slot], 1);
  }
}

void StateStore::settle(const Fresh& fresh, Slot pending, std::size_t number) {
  const Root root = fresh.collected.root;
  // Others write the roots beside it.
  std::memcpy(place_of(number), &root, root_bytes_);
  if (keeps_events_) {
    note_event(number, fresh.collected.event);
  }
  ++led_to_in_round_[fresh.collected.from];
  if (lossy_) {
    return;
  }
  // So they do with slots.
  const auto slot_at = [](const Shard& in, Place place) {
    return std::atomic_ref(in.buckets[place.bucket].slots[place.slot]);
  };
  const Shard& shard = shards_[shard_of(hash_of(root))];
  Place place = fresh.place;
  if (slot_at(shard, place).load(std::memory_order_relaxed) != pending) {
    place.bucket = static_cast<std::uint32_t>(bucket_of(shard, hash_of(root)));
    for (place.slot = 0; slot_at(shard, place).load(std::memory_order_relaxed) != pending;) {
      if (++place.slot == kBucketSlots) {
        place = {static_cast<std::uint32_t>(next(shard, place.bucket)), 0};
      }
    }
  }
  slot_at(shard, place).store(static_cast<Slot>(number + 1), std::memory_order_relaxed);
}

void StateStore::end_round() {
  const std::size_t fresh = fresh_in_round();
  if (fresh >= kPending - 1 - size_) {
    throw std::length_error("more than two thousand million states");
  }
  size_ += fresh;
  for (const std::uint32_t count : led_to_in_round_) {
    led_to_now_ += count;
    close();
  }
  round_first_ = expanded_;
  note_growing_bytes();
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
      if (slot != 0 && root_of(shard, slot) == root) {
        return true;
      }
    }
    if (bucket.count < kBucketSlots) {
      return false;
    }
  }
}

void StateStore::advance() {
  keeps_events_ ? advance_as<true>() : advance_as<false>();
}

// Each batch passes these loops a batch's time apart, so that memory is fetched while the search
// goes on from some states more. No loop has a branch that nobody can foresee, but for the first.
// A search that cannot lose states has loops of its own, without anything that it does not need.
template <bool kMayLose>
void StateStore::advance_as() {
  const bool lossy = kMayLose && lossy_ != nullptr;
  for (const Due& due : *roots_fetched_) {
    if (lossy) {
      if (!lossy_->insert(due.hash)) {
        continue;
      }
      add_root(due.root);
    } else {
      if (is_known(shards_[shard_of(due.hash)], due.hash, due.root)) {
        continue;
      }
      add_root(due.root);
      add_and_grow(due.hash, static_cast<Slot>(size_));
    }
    if constexpr (kMayLose) {
      note_event(size_ - 1, due.event);
    }
    lead_to(round_first_ + due.from);
  }
  std::swap(buckets_fetched_, roots_fetched_);
  if (!lossy) {
    for (const Due& due : *roots_fetched_) {
      prefetch_root(due.hash);
    }
  }
  Batch& batch = *buckets_fetched_;
  batch.count = 0;
  for (std::size_t i = 0; i < pushed_count_; ++i) {
    batch.due[batch.count] = pushed_[i];
    batch.count += recent_.meets(pushed_[i].root) ? 0 : 1;
  }
  pushed_count_ = 0;
  for (Due& due : batch) {
    due.hash = hash_of(due.root);
    if (lossy) {
      lossy_->prefetch(due.hash);
    } else {
      const Shard& shard = shards_[shard_of(due.hash)];
      __builtin_prefetch(&shard.buckets[bucket_of(shard, due.hash)]);
    }
  }
}

void StateStore::end_pushes(std::size_t expanded) {
  advance();
  advance();
  advance();
  close_to(round_first_ + expanded);
}

void StateStore::add_root(Root root) {
  if (size_ >= kPending - 1) {
    throw std::length_error("more than two thousand million states");
  }
  put(size_, root);
  ++size_;
}

StateStore::Place StateStore::add_and_grow(std::uint64_t hash, Slot slot) {
  Shard& shard = shards_[shard_of(hash)];
  const Place place = add(shard, hash, slot);
  if (++shard.used > shard.used_max) {
    grow(shard_of(hash));
  }
  return place;
}

void StateStore::close_to(std::size_t state) {
  while (expanded_ < state) {
    close();
  }
  round_first_ = expanded_;
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
  led_to_[state / 2] = static_cast<std::uint8_t>(
      led_to_[state / 2] | std::min<std::uint32_t>(led_to_now_, kMany) << (state % 2 * 4));
  if (led_to_now_ >= kMany) {
    many_[static_cast<StateNumber>(state)] = led_to_now_;
  }
  sum_ += led_to_now_;
  led_to_now_ = 0;
}

StateStore::Place StateStore::add(Shard& shard, std::uint64_t hash, Slot slot) {
  std::size_t at = bucket_of(shard, hash);
  while (shard.buckets[at].count == kBucketSlots) {
    at = next(shard, at);
  }
  put(shard.buckets[at], hash, slot);
  return {static_cast<std::uint32_t>(at), shard.buckets[at].count - 1};
}

void StateStore::put(Bucket& bucket, std::uint64_t hash, Slot slot) {
  bucket.tags[bucket.count] = tag_of(hash);
  bucket.slots[bucket.count] = slot;
  ++bucket.count;
}

void StateStore::grow(std::uint32_t number) {
  Shard& shard = shards_[number];
  const std::size_t before = shard.size;
  const std::size_t after = internal::HugeArray<Bucket>::whole_pages(
      static_cast<std::size_t>(static_cast<double>(before) *
                               (before < kSmall ? kGrowthSmall : kGrowth)) +
      1);
  const bool in_place = after <= shard.buckets.size();
  const std::size_t bytes = (in_place ? after - before : after) * sizeof(Bucket);
  if (!may_grow(bytes)) {
    return;
  }
  if (!in_place) {
    // Once pages are huge there is room for all that may come.
    const bool huge = internal::HugeArray<Bucket>::is_huge(after);
    internal::HugeArray<Bucket> larger(huge ? std::max(after, kBucketsMax) : after);
    std::copy_n(shard.buckets.data(), before, larger.data());
    shard.buckets = std::move(larger);
  }
  shard.size = after;
  spread(shard, before);
  shard.used_max = used_max(shard.size * kBucketSlots, number);
  has_grown(bytes);
}

// From the last bucket down, so that what moves up finds place: there is nothing yet, or only what
// has moved already. What would not find place there waits for the end.
void StateStore::spread(Shard& shard, std::size_t size_before) {
  std::vector<std::pair<std::uint64_t, Slot>> late;
  for (std::size_t i = size_before; i-- > 0;) {
    // Roots lie anywhere: those of some buckets ahead are fetched meanwhile.
    if (i >= kAheadBuckets) {
      const Bucket& ahead = shard.buckets[i - kAheadBuckets];
      for (unsigned slot = 0; slot < ahead.count; ++slot) {
        if ((ahead.slots[slot] & kPending) == 0) {
          __builtin_prefetch(place_of(ahead.slots[slot] - 1));
        }
      }
    }
    const Bucket before = std::exchange(shard.buckets[i], Bucket{});
    for (unsigned slot = 0; slot < before.count; ++slot) {
      const std::uint64_t hash = hash_of(root_of(shard, before.slots[slot]));
      std::size_t at = bucket_of(shard, hash);
      if (at < i) {
        late.emplace_back(hash, before.slots[slot]);
        continue;
      }
      while (at < shard.size && shard.buckets[at].count == kBucketSlots) {
        ++at;
      }
      if (at == shard.size) {
        late.emplace_back(hash, before.slots[slot]);
      } else {
        put(shard.buckets[at], hash, before.slots[slot]);
      }
    }
  }
  for (const auto& [hash, slot] : late) {
    add(shard, hash, slot);
  }
}

std::uint32_t StateStore::led_to(std::size_t state) const {
  const std::uint8_t count = led_to_[state / 2] >> (state % 2 * 4) & 0xfU;
  return count == kMany ? many_.at(static_cast<StateNumber>(state)) : count;
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
    add_and_grow(hash, static_cast<Slot>(i + 1));
  }
}

}  // namespace heddle
