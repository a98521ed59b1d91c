// MaskedTable: what a function makes of plain states, remembered by those of their bits that it
// looks at. One look-up costs a multiplication and one cache line, whatever the function is.
//
// The leaves that are looked at are found while the table is filled. When there are more of them
// than before, or when fields have moved, it starts anew; so it does when it is full, since what a
// search meets changes on its way. A table that was full too often is of no use and says so.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <heddle/checker/packing.h>

namespace heddle::internal {

template <class Value>
class MaskedTable {
 public:
  /// Holds at most `size_max` values, a power of two.
  explicit MaskedTable(std::size_t size_max) : slots_max_(2 * size_max) {}

  /// How often it was full.
  [[nodiscard]] unsigned times_full() const { return times_full_; }

  /// All bits that count.
  [[nodiscard]] Root mask() const { return mask_; }

  [[nodiscard]] unsigned bits() const {
    return static_cast<unsigned>(std::popcount(mask_.low) + std::popcount(mask_.high));
  }

  /// What is remembered for the state of these words; null: nothing.
  [[nodiscard]] const Value* find(Root words) const {
    if (slots_.empty()) {
      return nullptr;
    }
    const Root key{words.low & mask_.low, words.high & mask_.high};
    for (std::size_t at = slot_of(key);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.key == key) {
        return &slot.value;
      }
      if (slot.key.high == kFree) {
        return nullptr;
      }
    }
  }

  /// Remembers `value_of(mask)` for the loaded plain state, for which it follows from `looked_at`.
  /// True: the table has begun anew with another mask.
  template <class ValueOf>
  bool add(const Packed& state, std::span<const LeafPosition> looked_at, const ValueOf& value_of) {
    bool larger = fields_ != state.fields();
    for (const LeafPosition leaf : looked_at) {
      const auto at = std::ranges::lower_bound(leaves_, leaf);
      if (at == leaves_.end() || *at != leaf) {
        leaves_.insert(at, leaf);
        larger = true;
      }
    }
    if (larger) {
      look_at_leaves(state);
    } else if (2 * (used_ + 1) > slots_.size()) {
      grow();
    }
    put({{state.words().low & mask_.low, state.words().high & mask_.high}, value_of(mask_)});
    return larger;
  }

  /// Gives its memory back.
  void drop() {
    slots_ = {};
    used_ = 0;
    leaves_ = {};
  }

  /// Forgets everything if fields have moved or leaves become wider since.
  void follow(const Packed& state) {
    if (fields_ != state.fields() && !leaves_.empty()) {
      look_at_leaves(state);
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    Root key;
    Value value;
  };

  /// In Root::high; the words of a plain state never have all these bits.
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  static constexpr std::size_t kSlotsMin = 8;

  [[nodiscard]] std::size_t slot_of(Root key) const {
    return (key.low * 0x9e3779b97f4a7c15U + key.high * 0xd6e8feb86659fd93U) >> shift_;
  }

  void look_at_leaves(const Packed& state) {
    fields_ = state.fields();
    mask_ = {};
    for (const LeafPosition leaf : leaves_) {
      const Root mask = state.mask_of(leaf);
      mask_.low |= mask.low;
      mask_.high |= mask.high;
    }
    start(kSlotsMin);
  }

  void start(std::size_t size) {
    slots_.assign(size, Slot{{0, kFree}, Value{}});
    shift_ = static_cast<unsigned>(64 - std::countr_zero(size));
    used_ = 0;
  }

  void grow() {
    if (slots_.size() >= slots_max_) {
      ++times_full_;
      start(slots_max_);
      return;
    }
    const std::vector<Slot> before = std::move(slots_);
    start(std::max(kSlotsMin, before.size() * 2));
    for (const Slot& slot : before) {
      if (slot.key.high != kFree) {
        put(slot);
      }
    }
  }

  void put(const Slot& slot) {
    std::size_t at = slot_of(slot.key);
    while (slots_[at].key.high != kFree) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = slot;
    ++used_;
  }

  Root mask_;
  std::size_t slots_max_;
  std::vector<Slot> slots_;  ///< as many as a power of two, at most half of them in use
  std::size_t used_ = 0;
  unsigned shift_ = 63;
  unsigned times_full_ = 0;
  std::uint32_t fields_ = 0;          ///< Packed::fields that the mask is for
  std::vector<LeafPosition> leaves_;  ///< in order
};

}  // namespace heddle::internal
