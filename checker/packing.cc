#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <heddle/checker/packing.h>

namespace heddle {

namespace {

constexpr std::uint8_t kWordBits = 64;
/// A word of those that are folded is filled up to here, which leaves room for later fields.
constexpr std::size_t kFillBits = 52;
/// What fits into this many bits when fields are laid out is not folded.
constexpr std::size_t kPlainBits = 118;
/// In Root::high: `low` is what the words were folded to.
constexpr std::uint64_t kFolded = std::uint64_t{1} << 63U;
/// Fields' widths until they are laid out for the first time, which is soon.
constexpr std::uint8_t kEarlyWidth = 4;
/// Fields' widths later on: every state that is stored has them.
constexpr std::uint8_t kLateWidth = 1;
/// In the lower half of a folded block's content: what follows is not zero, and this is its id.
constexpr std::uint32_t kGoesOn = 1U << 31U;

std::uint64_t pair_of(std::uint32_t left, std::uint32_t right) {
  return std::uint64_t{left} << 32U | right;
}

std::uint64_t ones(std::uint8_t width) {
  return width >= kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

/// Blocks of 2, 2, 4, 8, ... words.
std::size_t block_size(std::size_t first) {
  return std::max<std::size_t>(2, first);
}

}  // namespace

// Packing.

std::size_t Packing::memory_bytes() const {
  std::size_t bytes = words_.memory_bytes() + pairs_.memory_bytes();
  const std::scoped_lock lock(mutex_);
  for (const Leaf& leaf : leaves_) {
    bytes += leaf.values.size() * (sizeof(LeafValue) + 48);
  }
  return bytes;
}

LocalValue Packing::local(LeafPosition position, LeafValue value) {
  const std::scoped_lock lock(mutex_);
  while (leaves_.size() <= position) {
    leaves_.emplace_back();
  }
  Leaf& leaf = leaves_[position];
  const auto [at, fresh] =
      leaf.locals.try_emplace(value, static_cast<LocalValue>(leaf.values.size()));
  if (fresh) {
    leaf.values.push_back(value);
    while (leaf.width < static_cast<unsigned>(std::bit_width(at->second))) {
      add_field(position, layout_ == 1 ? kEarlyWidth : kLateWidth);
    }
    version_.fetch_add(1, std::memory_order_release);
  }
  return at->second;
}

unsigned Packing::root_bytes() const {
  if (folds_) {
    return 8;
  }
  if (used_.size() > 2) {
    return 16;
  }
  const unsigned bits = used_.empty() ? 0 : used_.size() == 1 ? used_[0] : 64U + used_[1];
  return std::max(1U, (bits + 7) / 8);
}

void Packing::add_field(LeafPosition position, std::uint8_t width) {
  // The last bit of the second word says whether a root is folded.
  const std::uint8_t room = used_.size() == 2 ? kWordBits - 1 : kWordBits;
  if (used_.empty() || used_.back() + width > room) {
    if (used_.size() >= std::size_t{1} << 16U) {
      throw std::length_error("a state of more than 65536 words: too many things to tell apart");
    }
    used_.push_back(0);
  }
  Leaf& leaf = leaves_[position];
  fields_.push_back(
      {position, static_cast<std::uint16_t>(used_.size() - 1), used_.back(), width, leaf.width});
  used_.back() = static_cast<std::uint8_t>(used_.back() + width);
  leaf.width = static_cast<std::uint8_t>(leaf.width + width);
  ragged_ = true;
}

std::size_t Packing::bits_needed() const {
  std::size_t bits = 0;
  for (const Leaf& leaf : leaves_) {
    bits += static_cast<std::size_t>(std::bit_width(leaf.values.size() - 1));
  }
  return bits;
}

bool Packing::stays_plain() const {
  return !folds_ && used_.size() <= 2 && bits_needed() <= kPlainBits;
}

Root Packing::Moved::operator()(Root before) const {
  const std::array<std::uint64_t, 2> from{before.low, before.high};
  std::array<std::uint64_t, 2> to{};
  for (const Run& run : runs_) {
    to[run.to_word] |= (from[run.from_word] >> run.from_shift & run.ones) << run.to_shift;
  }
  return {to[0], to[1]};
}

// Of a leaf whose fields were these. The wider ones of before have zeros where there is no place.
Packing::Moved Packing::moved_from(const std::vector<Field>& before) const {
  Moved moved;
  for (const Field& old : before) {
    for (const Field& now : fields_) {
      const int low = std::max(old.low, now.low);
      const int high = std::min(old.low + old.width, now.low + now.width);
      if (old.leaf == now.leaf && low < high) {
        moved.runs_.push_back({ones(static_cast<std::uint8_t>(high - low)),
                               static_cast<std::uint8_t>(old.word),
                               static_cast<std::uint8_t>(old.shift + low - old.low),
                               static_cast<std::uint8_t>(now.word),
                               static_cast<std::uint8_t>(now.shift + low - now.low)});
      }
    }
  }
  return moved;
}

Packing::Moved Packing::lay_out() {
  const bool stays = stays_plain();
  const std::vector<Field> before = std::exchange(fields_, {});
  words_.clear();
  pairs_.clear();
  used_.clear();
  std::vector<LeafPosition> order(leaves_.size());
  std::iota(order.begin(), order.end(), 0U);
  // What belongs to one context stays together, so do the variables and queues of a canister.
  const auto is_of_context = [](const LeafKey& key) {
    return key.kind == LeafKind::kContext || key.kind == LeafKind::kOpenCalls;
  };
  std::ranges::sort(order, [&](LeafPosition left, LeafPosition right) {
    const LeafKey a = kernel_.key(left);
    const LeafKey b = kernel_.key(right);
    if (is_of_context(a) != is_of_context(b)) {
      return is_of_context(a);
    }
    if (is_of_context(a)) {
      return a.b == b.b ? a.kind < b.kind : kernel_.before(a.b, b.b);
    }
    return std::tie(a.a, a.kind, a.b, a.c) < std::tie(b.a, b.kind, b.b, b.c);
  });
  const std::size_t bits = bits_needed();
  for (Leaf& leaf : leaves_) {
    leaf.width = static_cast<std::uint8_t>(std::bit_width(leaf.values.size() - 1));
  }
  folds_ = bits > kPlainBits;
  const std::size_t words =
      std::max<std::size_t>(2, std::bit_ceil((bits + kFillBits - 1) / kFillBits));
  const std::size_t fill = folds_ ? (bits + words - 1) / words : kWordBits;
  for (const LeafPosition position : order) {
    Leaf& leaf = leaves_[position];
    if (used_.empty() || used_.back() >= fill) {
      used_.push_back(0);
    }
    // A leaf may lie across two words, if they are not folded.
    std::uint8_t low = 0;
    while (low < leaf.width) {
      const int room = kWordBits - used_.back();
      const auto width = static_cast<std::uint8_t>(std::min<int>(leaf.width - low, room));
      if (width == 0 || (folds_ && width < leaf.width)) {
        used_.push_back(0);
        continue;
      }
      fields_.push_back(
          {position, static_cast<std::uint16_t>(used_.size() - 1), used_.back(), width, low});
      used_.back() = static_cast<std::uint8_t>(used_.back() + width);
      low = static_cast<std::uint8_t>(low + width);
    }
  }
  ragged_ = false;
  ++layout_;
  version_.fetch_add(1, std::memory_order_release);
  return stays ? moved_from(before) : Moved();
}

void Packing::settle() {
  words_.settle();
  pairs_.settle();
}

// Packed.

void Packed::refresh() {
  const std::scoped_lock lock(packing_.mutex_);
  version_ = packing_.version_.load(std::memory_order_relaxed);
  const std::size_t leaves = packing_.leaves_.size();
  places_.assign(leaves, Place{});
  further_.clear();
  for (const Packing::Field& field : packing_.fields_) {
    if (field.low == 0) {
      places_[field.leaf].word = field.word;
      places_[field.leaf].shift = field.shift;
      places_[field.leaf].width = field.width;
    } else {
      further_.push_back(field);
    }
  }
  std::ranges::sort(further_, {},
                    [](const Packing::Field& field) { return std::pair(field.leaf, field.low); });
  for (std::size_t i = 0; i < further_.size(); ++i) {
    Place& place = places_[further_[i].leaf];
    if (place.further_count == 0) {
      place.further = static_cast<std::uint32_t>(i);
    }
    ++place.further_count;
  }
  if (layout_ != packing_.layout_ || field_count_ != packing_.fields_.size()) {
    ++fields_;
    field_count_ = packing_.fields_.size();
  }
  values_.resize(leaves);
  known_.resize(leaves);
  for (std::size_t i = 0; i < leaves; ++i) {
    const auto& values = packing_.leaves_[i].values;
    for (std::size_t local = values_[i].size(); local < values.size(); ++local) {
      values_[i].push_back(values[local]);
      known_[i].emplace(values[local], static_cast<LocalValue>(local));
    }
  }
  locals_.resize(leaves, 0);
  const std::size_t words = std::bit_ceil(std::max<std::size_t>(2, packing_.used_.size()));
  if (layout_ != packing_.layout_) {
    layout_ = packing_.layout_;
    folds_ = packing_.folds_;
    words_.clear();
    changed_.clear();
    touched_.clear();
  }
  if (words != words_.size()) {
    words_.resize(words, 0);
    changed_.resize(words, 0);
    ids_.assign(words * 2, kUnknown);
    dirty_.assign(words * 2, 0);
    for (const std::size_t word : touched_) {
      mark(word);
    }
  }
}

LocalValue Packed::local(LeafPosition position, LeafValue value) {
  if (position < known_.size()) {
    if (const auto at = known_[position].find(value); at != known_[position].end()) {
      return at->second;
    }
  }
  if (value == 0) {
    return 0;
  }
  const LocalValue local = packing_.local(position, value);
  refresh();
  return local;
}

void Packed::load(Root root) {
  if (version_ != packing_.version_.load(std::memory_order_acquire)) {
    refresh();
  }
  if (is_plain()) {
    words_[0] = root.low;
    words_[1] = root.high;
    unpacked_ = false;
    return;
  }
  clean();
  if ((root.high & kFolded) != 0 || folds_) {
    unfold_from(root.low, 0);
  } else {
    words_[0] = root.low;
    words_[1] = root.high;
    std::fill(words_.begin() + 2, words_.end(), 0);
    std::ranges::fill(ids_, kUnknown);
  }
  changed_ = words_;
  read_leaves();
}

void Packed::unpack_words() {
  clean();
  changed_ = words_;
  read_leaves();
}

void Packed::load(const StateVector& state) {
  if (version_ != packing_.version_.load(std::memory_order_acquire)) {
    refresh();
  }
  clean();
  std::ranges::fill(words_, 0);
  std::ranges::fill(changed_, 0);
  std::ranges::fill(ids_, kUnknown);
  for (LeafPosition at = 0; at < state.size(); ++at) {
    if (state[at] != 0) {
      set(at, local(at, state[at]));
    }
  }
  clean();
  words_ = changed_;
  read_leaves();
}

void Packed::read_leaves() {
  unpacked_ = true;
  vector_is_current_ = false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    locals_[i] = static_cast<LocalValue>((words_[place.word] >> place.shift) & ones(place.width));
  }
  for (const Packing::Field& field : further_) {
    const std::uint64_t part = (words_[field.word] >> field.shift) & ones(field.width);
    locals_[field.leaf] |= static_cast<LocalValue>(part << field.low);
  }
}

const StateVector& Packed::vector() {
  unpack();
  if (!vector_is_current_) {
    vector_ = StateVector();
    for (std::size_t i = locals_.size(); i > 0; --i) {
      const auto at = static_cast<LeafPosition>(i - 1);
      if (locals_[at] != 0) {
        vector_.set(at, value(at, locals_[at]));
      }
    }
    vector_is_current_ = true;
  }
  return vector_;
}

void Packed::clean() {
  for (const std::size_t word : touched_) {
    for (std::size_t node = words_.size() + word; node != 0; node /= 2) {
      dirty_[node] = 0;
    }
  }
  touched_.clear();
}

void Packed::begin() {
  unpack();
  for (const std::size_t word : touched_) {
    changed_[word] = words_[word];
  }
  clean();
}

void Packed::mark(std::size_t word) {
  for (std::size_t node = words_.size() + word; node != 0 && dirty_[node] == 0; node /= 2) {
    dirty_[node] = 1;
  }
}

void Packed::put(std::size_t word, std::uint8_t shift, std::uint8_t width, std::uint64_t part) {
  std::uint64_t& changed = changed_[word];
  const std::uint64_t mask = ones(width) << shift;
  const std::uint64_t after = (changed & ~mask) | ((part << shift) & mask);
  if (after == changed) {
    return;
  }
  changed = after;
  if (dirty_[words_.size() + word] == 0) {
    touched_.push_back(word);
    mark(word);
  }
}

void Packed::set(LeafPosition position, LocalValue local) {
  if (position >= places_.size()) {
    return;  // no state has anything there
  }
  const Place& place = places_[position];
  put(place.word, place.shift, place.width, local);
  for (std::uint32_t i = 0; i < place.further_count; ++i) {
    const Packing::Field& field = further_[place.further + i];
    put(field.word, field.shift, field.width, std::uint64_t{local} >> field.low);
  }
}

// What `part(low)` gives of each field, at its place.
template <class Part>
Root Packed::bits_by(LeafPosition position, const Part& part) const {
  if (position >= places_.size()) {
    return {};
  }
  std::array<std::uint64_t, 2> words{};
  const Place& place = places_[position];
  words[place.word] = (part(0) & ones(place.width)) << place.shift;
  for (std::uint32_t i = 0; i < place.further_count; ++i) {
    const Packing::Field& field = further_[place.further + i];
    words[field.word] |= (part(field.low) & ones(field.width)) << field.shift;
  }
  return {words[0], words[1]};
}

Root Packed::mask_of(LeafPosition position) const {
  return bits_by(position, [](unsigned /*low*/) { return ~std::uint64_t{0}; });
}

Root Packed::bits_of(LeafPosition position, LocalValue local) const {
  return bits_by(position, [local](unsigned low) { return std::uint64_t{local} >> low; });
}

Root Packed::root() {
  if (folds_) {
    return {fold_from(0), 0};
  }
  if (words_.size() <= 2 || is_zero_from(2)) {
    return {changed_[0], changed_[1]};
  }
  return {fold_from(0), kFolded};
}

bool Packed::is_zero_from(std::size_t word) const {
  return std::all_of(changed_.begin() + static_cast<std::ptrdiff_t>(word), changed_.end(),
                     [](std::uint64_t content) { return content == 0; });
}

std::uint64_t Packed::fold_from(std::size_t first) {
  const std::size_t size = block_size(first);
  const std::size_t node = (words_.size() + first) / size;
  const std::size_t next = first + size;
  if (next >= words_.size() || is_zero_from(next)) {
    const std::uint32_t left = fold(2 * node);
    return pair_of(left, fold(2 * node + 1));
  }
  const std::uint32_t block = fold(node);
  return pair_of(block, kGoesOn | packing_.pairs_.intern(fold_from(next)));
}

std::uint32_t Packed::fold(std::size_t node) {
  if (dirty_[node] == 0 && ids_[node] != kUnknown) {
    return ids_[node];
  }
  std::uint32_t id = 0;
  if (node >= words_.size()) {
    id = packing_.words_.intern(changed_[node - words_.size()]);
  } else {
    const std::uint32_t left = fold(2 * node);
    id = packing_.pairs_.intern(pair_of(left, fold(2 * node + 1)));
  }
  if (dirty_[node] == 0) {
    ids_[node] = id;
  }
  return id;
}

void Packed::unfold_from(std::uint64_t content, std::size_t first) {
  if (first >= words_.size()) {
    return;
  }
  const std::size_t size = block_size(first);
  const std::size_t node = (words_.size() + first) / size;
  const auto left = static_cast<std::uint32_t>(content >> 32U);
  const auto right = static_cast<std::uint32_t>(content);
  if ((right & kGoesOn) != 0) {
    unfold(left, node);
    unfold_from(packing_.pairs_[right & ~kGoesOn], first + size);
    return;
  }
  ids_[node] = kUnknown;
  unfold(left, 2 * node);
  unfold(right, 2 * node + 1);
  unfold_from(0, first + size);
}

void Packed::unfold(std::uint32_t id, std::size_t node) {
  if (ids_[node] == id) {
    return;
  }
  ids_[node] = id;
  if (node >= words_.size()) {
    words_[node - words_.size()] = packing_.words_[id];
    return;
  }
  const std::uint64_t content = packing_.pairs_[id];
  unfold(static_cast<std::uint32_t>(content >> 32U), 2 * node);
  unfold(static_cast<std::uint32_t>(content), 2 * node + 1);
}

}  // namespace heddle
