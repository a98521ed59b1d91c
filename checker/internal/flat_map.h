// FlatMap: pairs of words to small values, for look-ups on the hot path of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle::internal {

/// Open addressing with linear probing; grows by doubling, forgets nothing.
template <class Value>
class FlatMap {
 public:
  /// Null when the key is not there. Valid until the next `insert`.
  const Value* find(std::uint64_t first, std::uint64_t second) const {
    if (slots_.empty()) {
      return nullptr;
    }
    for (std::size_t at = place(first, second);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (!slot.used) {
        return nullptr;
      }
      if (slot.first == first && slot.second == second) {
        return &slot.value;
      }
    }
  }

  /// The key must not be there.
  void insert(std::uint64_t first, std::uint64_t second, const Value& value) {
    if (2 * (used_ + 1) > slots_.size()) {
      grow();
    }
    put({first, second, value, true});
    ++used_;
  }

  [[nodiscard]] std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    Value value{};
    bool used = false;
  };

  static constexpr std::size_t kSlotsMin = 256;

  [[nodiscard]] std::size_t place(std::uint64_t first, std::uint64_t second) const {
    std::uint64_t hash = (first ^ second * 0x9e3779b97f4a7c15ULL) * 0x9fb21c651e98df25ULL;
    hash ^= hash >> 32U;
    return static_cast<std::size_t>(hash) & (slots_.size() - 1);
  }

  void put(const Slot& slot) {
    std::size_t at = place(slot.first, slot.second);
    while (slots_[at].used) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? kSlotsMin : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.used) {
        put(slot);
      }
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace heddle::internal
