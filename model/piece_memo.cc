#include <heddle/model/piece_memo.h>

namespace heddle {

PieceMemo::Entry* PieceMemo::branch(const Entry& entry, std::uint32_t answer) {
  Entry* const first = entry.first.load(std::memory_order_acquire);
  return first != nullptr && entry.answer == answer ? first : entry.others.find(answer);
}

PieceMemo::Entry& PieceMemo::add_branch(Shard& shard, Entry& entry, std::uint32_t answer) {
  Entry& added = shard.entries.emplace_back();
  if (entry.first.load(std::memory_order_relaxed) == nullptr) {
    entry.answer = answer;
    entry.first.store(&added, std::memory_order_release);
  } else {
    entry.others.insert(answer, added);
  }
  return added;
}

PieceMemo::Entry& PieceMemo::root(Shard& shard, const MemoKey& key) {
  if (Entry* const known = shard.roots.find(key)) {
    return *known;
  }
  const std::scoped_lock lock(shard.mutex);
  if (Entry* const known = shard.roots.find(key)) {
    return *known;
  }
  Entry& added = shard.entries.emplace_back();
  shard.roots.insert(key, added);
  return added;
}

PieceMemo::Claim PieceMemo::find(const MemoKey& key, ObservationSource& source) {
  Shard& shard = shard_of(key);
  Entry& begin = root(shard, key);
  Entry* at = &begin;
  while (true) {
    Phase phase = at->phase.load(std::memory_order_acquire);
    switch (phase) {
      case Phase::kOpen:
        if (at->phase.compare_exchange_strong(phase, Phase::kHeld, std::memory_order_acquire)) {
          return {*this, shard, begin, *at};
        }
        break;
      case Phase::kHeld:
        at->phase.wait(Phase::kHeld, std::memory_order_acquire);
        break;
      case Phase::kAsks: {
        const std::uint32_t answer = source.answer(at->question);
        Entry* next = branch(*at, answer);
        if (next == nullptr) {
          const std::scoped_lock lock(shard.mutex);
          next = branch(*at, answer);
          next = next != nullptr ? next : &add_branch(shard, *at, answer);
        }
        at = next;
        break;
      }
      case Phase::kEnds:
        return Claim(*at->effects);
    }
  }
}

PieceMemo::Claim::~Claim() {
  if (held_ != nullptr) {
    settle(Phase::kOpen);
  }
}

void PieceMemo::Claim::settle(Phase phase) {
  held_->phase.store(phase, std::memory_order_release);
  held_->phase.notify_all();
  held_ = nullptr;
}

const Effects* PieceMemo::Claim::remember(Consulted consulted, Effects effects) {
  // What is known already asks the same.
  Entry* at = root_;
  std::size_t asked = 0;
  for (; at != held_; ++asked) {
    if (asked == consulted.size() || at->question != consulted[asked].first) {
      return nullptr;
    }
    at = branch(*at, consulted[asked].second);
    if (at == nullptr) {
      return nullptr;
    }
  }
  const std::scoped_lock lock(shard_->mutex);
  known_ = &shard_->effects.emplace_back(std::move(effects));
  memo_->size_.fetch_add(1, std::memory_order_relaxed);
  // Nobody comes to what is behind the held entry before that says what it asks.
  for (; asked < consulted.size(); ++asked) {
    at->question = consulted[asked].first;
    Entry& next = add_branch(*shard_, *at, consulted[asked].second);
    if (at != held_) {
      at->phase.store(Phase::kAsks, std::memory_order_relaxed);
    }
    at = &next;
  }
  at->effects = known_;
  if (at == held_) {
    settle(Phase::kEnds);
  } else {
    at->phase.store(Phase::kEnds, std::memory_order_relaxed);
    settle(Phase::kAsks);
  }
  return known_;
}

}  // namespace heddle
