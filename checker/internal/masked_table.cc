#include <algorithm>
#include <utility>

#include <heddle/checker/internal/masked_table.h>

namespace heddle::internal {

namespace {

/// An array is for at most so many bits...
constexpr unsigned kArrayBits = 16;
/// ... and at most so much larger than the hash table that it replaces.
constexpr std::size_t kArrayFactor = 2;
constexpr unsigned kNarrowBits = 32;

}  // namespace

bool MaskedTable::look_at(const Packed& state, std::span<const LeafPosition> leaves) {
  bool is_new = fields_ != state.fields();
  for (const LeafPosition leaf : leaves) {
    const auto at = std::ranges::lower_bound(leaves_, leaf);
    if (at == leaves_.end() || *at != leaf) {
      leaves_.insert(at, leaf);
      is_new = true;
    }
  }
  if (is_new) {
    look_at_leaves(state);
  }
  return is_new;
}

void MaskedTable::add(Root words, std::uint32_t value) {
  if (form_ != Form::kArray && 2 * (used_ + 1) > slots_) {
    grow();
  }
  switch (form_) {
    case Form::kArray:
      array_[place_.gather(words)] = 1 + value;
      break;
    case Form::kNarrow:
      put_narrow(place_.gather(words), 1 + value);
      break;
    case Form::kWide:
      put_wide({masked(words), 1 + value});
      break;
  }
}

void MaskedTable::follow(const Packed& state) {
  if (fields_ != state.fields() && !leaves_.empty()) {
    look_at_leaves(state);
  }
}

void MaskedTable::drop() {
  leaves_ = {};
  place_ = {};
  start(kSlotsMin);
}

std::size_t MaskedTable::memory_bytes() const {
  return array_.capacity() * sizeof(array_[0]) + narrow_.capacity() * sizeof(narrow_[0]) +
         wide_.capacity() * sizeof(Wide);
}

void MaskedTable::look_at_leaves(const Packed& state) {
  fields_ = state.fields();
  Root mask;
  for (const LeafPosition leaf : leaves_) {
    const Root more = state.mask_of(leaf);
    mask.low |= more.low;
    mask.high |= more.high;
  }
  place_ = BitPlace(mask);
  start(kSlotsMin);
}

void MaskedTable::start(std::size_t slots) {
  array_ = {};
  narrow_ = {};
  wide_ = {};
  used_ = 0;
  slots_ = slots;
  shift_ = static_cast<std::uint8_t>(64 - std::countr_zero(slots));
  if (place_.count() <= kNarrowBits) {
    form_ = Form::kNarrow;
    const std::size_t bytes = slots_ * sizeof(std::uint64_t);
    if (place_.count() <= kArrayBits &&
        (sizeof(std::uint32_t) << place_.count()) <= kArrayFactor * bytes) {
      form_ = Form::kArray;
      array_.assign(std::size_t{1} << place_.count(), 0);
    } else {
      narrow_.assign(slots_, 0);
    }
  } else {
    form_ = Form::kWide;
    wide_.assign(slots_, Wide{});
  }
}

void MaskedTable::grow() {
  const bool is_full = slots_ >= slots_max_;
  if (is_full && place_.count() > kArrayBits) {
    ++times_full_;
    start(slots_max_);
    return;
  }
  const std::vector<std::uint64_t> narrow = std::move(narrow_);
  const std::vector<Wide> wide = std::move(wide_);
  start(std::max(kSlotsMin, slots_ * 2));
  for (const std::uint64_t slot : narrow) {
    const auto value = static_cast<std::uint32_t>(slot);
    if (value != 0 && form_ == Form::kArray) {
      array_[slot >> 32U] = value;
    } else if (value != 0) {
      put_narrow(slot >> 32U, value);
    }
  }
  for (const Wide& slot : wide) {
    if (slot.value != 0) {
      put_wide(slot);
    }
  }
}

std::uint32_t MaskedTable::find_hashed(Root words) const {
  if (form_ == Form::kNarrow) {
    const std::uint64_t key = place_.gather(words);
    for (std::size_t at = slot_of(key);; at = (at + 1) & (slots_ - 1)) {
      const std::uint64_t slot = narrow_[at];
      if (slot >> 32U == key || static_cast<std::uint32_t>(slot) == 0) {
        return static_cast<std::uint32_t>(slot);
      }
    }
  }
  const Root key = masked(words);
  for (std::size_t at = slot_of(key);; at = (at + 1) & (slots_ - 1)) {
    const Wide& slot = wide_[at];
    if (slot.value == 0 || slot.key == key) {
      return slot.value;
    }
  }
}

void MaskedTable::put_narrow(std::uint64_t key, std::uint32_t value) {
  std::size_t at = slot_of(key);
  while (static_cast<std::uint32_t>(narrow_[at]) != 0) {
    at = (at + 1) & (slots_ - 1);
  }
  narrow_[at] = key << 32U | value;
  ++used_;
}

void MaskedTable::put_wide(const Wide& slot) {
  std::size_t at = slot_of(slot.key);
  while (wide_[at].value != 0) {
    at = (at + 1) & (slots_ - 1);
  }
  wide_[at] = slot;
  ++used_;
}

}  // namespace heddle::internal
