#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <heddle/checker/internal/intern_table.h>
#include <heddle/checker/lossy_set.h>

namespace heddle {

namespace {

constexpr unsigned kHashBits = 64;
constexpr std::size_t kHomesMin = std::size_t{1} << 13U;
/// Address space of a shard: enough for 2^31 states in all.
constexpr std::size_t kHomesMost = std::size_t{1} << 25U;
/// A shard grows when so much of it is full, by so much.
constexpr double kFull = 0.88;
constexpr double kGrowth = 1.2;
/// It is on huge pages when it is so large that a part of one does not matter.
constexpr std::size_t kHugeBytes = std::size_t{1} << 23U;
constexpr std::size_t kHugePage = std::size_t{1} << 21U;
/// It grows as well when more than these have found no place, and one in so many of the rest.
constexpr std::size_t kOthersMax = 64;
constexpr std::size_t kOthersPart = 512;
/// Of a value, what is in a slot.
constexpr std::uint64_t kPart = (std::uint64_t{1} << 40U) - 1;

/// The high half of a product.
std::uint64_t scaled(std::uint64_t value, std::uint64_t factor, unsigned bits) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(value) * factor >> bits);
}

/// The first value of `bits` bits that `scaled` by `factor` is `home`.
std::uint64_t first_of(std::uint64_t home, std::uint64_t factor, unsigned bits) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(((static_cast<Wide>(home) << bits) + factor - 1) / factor);
}

}  // namespace

std::uint64_t LossySet::Bucket::slot(unsigned slot) const {
  std::uint64_t part = 0;
  std::memcpy(&part, slots.data() + std::size_t{slot} * kSlotBits / 8, kSlotBits / 8);
  return part;
}

void LossySet::Bucket::set(unsigned slot, std::uint64_t part, unsigned behind) {
  std::memcpy(slots.data() + std::size_t{slot} * kSlotBits / 8, &part, kSlotBits / 8);
  meta = (meta & ~(3U << (4 + 2 * slot))) | behind << (4 + 2 * slot);
}

unsigned LossySet::Bucket::nearest() const {
  unsigned nearest = 0;
  for (unsigned slot = 1; slot < count(); ++slot) {
    nearest = behind(slot) < behind(nearest) ? slot : nearest;
  }
  return nearest;
}

LossySet LossySet::fingerprints(std::size_t states, unsigned bits) {
  LossySet set;
  set.bits_ = bits;
  // The more buckets there are from the beginning, the more bits their numbers say.
  const std::size_t buckets =
      static_cast<std::size_t>(static_cast<double>(states / kShards / kSlots) / kFull);
  set.homes_min_ = std::clamp(std::bit_floor(buckets), kHomesMin, kHomesMost / 2);
  set.value_bits_ = kSlotBits + static_cast<unsigned>(std::countr_zero(set.homes_min_));
  set.shards_ = std::vector<Shard>(kShards);
  for (Shard& shard : set.shards_) {
    shard.buckets = internal::HugeArray<Bucket>(kHomesMost + kReach);
  }
  set.clear();
  return set;
}

LossySet LossySet::filter(std::size_t bytes, bool at_once) {
  LossySet set;
  set.is_filter_ = true;
  set.shards_ = std::vector<Shard>(kShards);
  // No part of a huge page is taken besides.
  const std::size_t part = bytes / kShards;
  const std::size_t whole = part < kHugeBytes ? part : part / kHugePage * kHugePage;
  const std::size_t lines = std::max<std::size_t>(1, whole / sizeof(Line));
  for (Shard& shard : set.shards_) {
    shard.lines = no_lines(lines);
    if (at_once) {
      std::memset(shard.lines.data(), 0, shard.lines.bytes());
    }
  }
  return set;
}

internal::HugeArray<LossySet::Line> LossySet::no_lines(std::size_t size) {
  internal::HugeArray<Line> lines(size);
  if (lines.bytes() < kHugeBytes) {
    lines.use_huge_pages(false);
  }
  return lines;
}

std::size_t LossySet::bytes_at_first(std::size_t states) {
  const std::size_t homes = std::max(kHomesMin * kShards, states / kSlots);
  return homes * sizeof(Bucket);
}

void LossySet::clear() {
  for (Shard& shard : shards_) {
    if (is_filter_) {
      shard.lines = no_lines(shard.lines.size());
    } else {
      shard.buckets = internal::HugeArray<Bucket>(shard.buckets.size());
      shard.buckets.use_huge_pages(false);
      shard.homes = homes_min_;
      shard.used_max = static_cast<std::size_t>(static_cast<double>(homes_min_ * kSlots) * kFull);
    }
    shard.in_buckets = 0;
    shard.others.clear();
    shard.missed = 0;
    shard.size = 0;
  }
}

std::uint64_t LossySet::value_of(std::uint64_t hash) const {
  return hash << kShardBits >> (kHashBits - value_bits_);
}

std::size_t LossySet::home_of(const Shard& shard, std::uint64_t value) const {
  return scaled(value, shard.homes, value_bits_);
}

// For few bits: all of the hash, but no more different ones.
std::uint64_t LossySet::folded(std::uint64_t hash, unsigned bits) {
  return internal::mix((hash >> (kHashBits - bits)) + 1);
}

void LossySet::prefetch(std::uint64_t hash) const {
  const Shard& shard = shards_[shard_of(hash)];
  if (is_filter_) {
    __builtin_prefetch(&shard.lines[scaled(hash << kShardBits, shard.lines.size(), kHashBits)]);
  } else if (bits_ == 0) {
    __builtin_prefetch(&shard.buckets[home_of(shard, value_of(hash))]);
  }
}

bool LossySet::insert(std::uint64_t hash) {
  Shard& shard = shards_[shard_of(hash)];
  if (is_filter_) {
    return insert_bits(shard, hash);
  }
  // The shard stays that of the whole hash: it says which thread may work on it.
  const std::uint64_t value = value_of(bits_ == 0 ? hash : folded(hash, bits_) >> kShardBits);
  const std::uint64_t part = value & kPart;
  const std::size_t home = home_of(shard, value);
  for (unsigned behind = 0; behind < kReach; ++behind) {
    const Bucket& bucket = shard.buckets[home + behind];
    for (unsigned slot = 0; slot < bucket.count(); ++slot) {
      if (bucket.slot(slot) == part && bucket.behind(slot) == behind) {
        return false;
      }
    }
    if (bucket.count() < kSlots) {
      break;
    }
  }
  if (!shard.others.empty() && shard.others.contains(value)) {
    return false;
  }
  put(shard, value);
  ++shard.size;
  if (shard.in_buckets > shard.used_max ||
      shard.others.size() > kOthersMax + shard.in_buckets / kOthersPart) {
    grow(shard);
  }
  return true;
}

std::uint64_t LossySet::value_at(std::size_t homes, std::size_t home, std::uint64_t part) const {
  const std::uint64_t first = first_of(home, homes, value_bits_);
  return first + ((part - first) & kPart);
}

void LossySet::put(Shard& shard, std::uint64_t value) {
  std::uint64_t part = value & kPart;
  unsigned behind = 0;
  for (std::size_t at = home_of(shard, value);; ++at, ++behind) {
    if (behind == kReach) {
      shard.others.insert(value_at(shard.homes, at - behind, part));
      return;
    }
    Bucket& bucket = shard.buckets[at];
    if (bucket.count() < kSlots) {
      bucket.set(bucket.count(), part, behind);
      ++bucket.meta;
      ++shard.in_buckets;
      return;
    }
    if (const unsigned slot = bucket.nearest(); bucket.behind(slot) < behind) {
      const std::uint64_t its_part = bucket.slot(slot);
      const unsigned its_behind = bucket.behind(slot);
      bucket.set(slot, part, behind);
      part = its_part;
      behind = its_behind;
    }
  }
}

void LossySet::grow(Shard& shard) {
  const std::size_t before = shard.homes;
  const std::size_t after =
      std::min(kHomesMost, static_cast<std::size_t>(static_cast<double>(before) * kGrowth));
  const std::size_t bytes = (after - before) * sizeof(Bucket);
  if (after == before || (limit_ != nullptr && !limit_->take(bytes))) {
    return;
  }
  shard.homes = after;
  if (before * sizeof(Bucket) < kHugeBytes && after * sizeof(Bucket) >= kHugeBytes) {
    shard.buckets.use_huge_pages(true);
  }
  shard.used_max = static_cast<std::size_t>(static_cast<double>(after * kSlots) * kFull);
  shard.in_buckets = 0;
  // Values move to buckets that are as far or farther behind, so from the last to the first there
  // is place; but for the first few of those that were not in their own bucket.
  std::vector<std::uint64_t> later(shard.others.begin(), shard.others.end());
  shard.others.clear();
  for (std::size_t at = before + kReach - 1; at-- > 0;) {
    Bucket& bucket = shard.buckets[at];
    const Bucket old = bucket;
    bucket = {};
    for (unsigned slot = 0; slot < old.count(); ++slot) {
      const std::uint64_t value = value_at(before, at - old.behind(slot), old.slot(slot));
      if (home_of(shard, value) < at) {
        later.push_back(value);
      } else {
        put(shard, value);
      }
    }
  }
  for (const std::uint64_t value : later) {
    put(shard, value);
  }
  if (limit_ != nullptr) {
    limit_->taken(bytes);
  }
}

bool LossySet::insert_bits(Shard& shard, std::uint64_t hash) {
  Line& line = shard.lines[scaled(hash << kShardBits, shard.lines.size(), kHashBits)];
  const std::uint64_t places = internal::mix(hash ^ 0x9e3779b97f4a7c15U);
  std::array<std::uint64_t, 8> wanted{};
  for (unsigned i = 0; i < kBitsOfState; ++i) {
    const auto place = static_cast<unsigned>(places >> (9 * i)) & 511U;
    wanted[place / 64] |= std::uint64_t{1} << place % 64;
  }
  std::uint64_t missing = 0;
  int set = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    missing |= wanted[i] & ~line.words[i];
    set += std::popcount(line.words[i]);
  }
  if (missing == 0) {
    return false;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    line.words[i] |= wanted[i];
  }
  // Each new state that is stored stands for so many that were not.
  const double taken_for_known = std::pow(set / 512.0, kBitsOfState);
  shard.missed += taken_for_known / (1 - taken_for_known);
  ++shard.size;
  return true;
}

double LossySet::missed(std::uint64_t certain) const {
  if (is_filter_) {
    double sum = 0;
    for (const Shard& shard : shards_) {
      sum += shard.missed;
    }
    return sum;
  }
  const auto states = static_cast<double>(size());
  const auto first = static_cast<double>(std::max<std::uint64_t>(1, certain));
  return std::ldexp(std::max(0.0, states * (states - 1) - first * (first - 1)),
                    -static_cast<int>(bits() + 1));
}

std::uint64_t LossySet::size() const {
  std::uint64_t size = 0;
  for (const Shard& shard : shards_) {
    size += shard.size;
  }
  return size;
}

std::size_t LossySet::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Shard& shard : shards_) {
    bytes += shard.homes * sizeof(Bucket) + shard.lines.bytes() + shard.others.size() * 32;
  }
  return bytes;
}

}  // namespace heddle
