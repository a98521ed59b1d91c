// ValueTable: what the ends of an event's trees say by the value of one leaf.
//
// Where a leaf has very many values, most of which are met a few times only, an entry for each is
// all that is kept of it: a search meets as many of them as it has states, within a small factor.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <heddle/checker/internal/intern_table.h>
#include <heddle/checker/packing.h>

namespace heddle::internal {

class ValueTable {
 public:
  struct Entry {
    std::uint32_t end = 0;
    LocalValue local = 0;       ///< of the leaf before the event
    std::uint32_t outcome = 0;  ///< what becomes of the other leaves
    LocalValue after = 0;       ///< of the leaf afterwards, if the outcome writes it
  };

  static constexpr std::uint32_t kNone = 0xffffffff;

  /// The number of the entry for an end and a value; kNone when there is none.
  [[nodiscard]] std::uint32_t find(std::uint32_t end, LocalValue local) const {
    for (std::size_t at = place(end, local);; at = (at + 1) & (slots_.size() - 1)) {
      const std::uint32_t slot = slots_[at];
      if (slot == 0) {
        return kNone;
      }
      const Entry& entry = entries_[slot - 1];
      if (entry.end == end && entry.local == local) {
        return slot - 1;
      }
    }
  }

  /// Puts in an entry for which there is none. Its number.
  std::uint32_t add(const Entry& entry) {
    if (4 * (entries_.size() + 1) > 3 * slots_.size()) {
      slots_.assign(2 * slots_.size(), 0);
      for (std::uint32_t number = 0; number < entries_.size(); ++number) {
        put(number);
      }
    }
    const auto number = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(entry);
    put(number);
    return number;
  }

  [[nodiscard]] const Entry& operator[](std::uint32_t number) const { return entries_[number]; }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] std::size_t memory_bytes() const {
    return entries_.size() * sizeof(Entry) + slots_.capacity() * sizeof(slots_[0]);
  }

 private:
  static constexpr std::size_t kSlotsMin = 16;

  [[nodiscard]] std::size_t place(std::uint32_t end, LocalValue local) const {
    return mix(std::uint64_t{end} << 32U | local) & (slots_.size() - 1);
  }

  void put(std::uint32_t number) {
    std::size_t at = place(entries_[number].end, entries_[number].local);
    while (slots_[at] != 0) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = 1 + number;
  }

  std::deque<Entry> entries_;
  /// 1 + number; 0 is free. As many as a power of two, at most three quarters of them in use.
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(kSlotsMin);
};

}  // namespace heddle::internal
