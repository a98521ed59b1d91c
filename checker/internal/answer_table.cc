#include <algorithm>
#include <utility>

#include <heddle/checker/internal/answer_table.h>

namespace heddle::internal {

bool AnswerTable::asks(std::span<const LeafRead> reads) {
  bool is_new = false;
  for (const LeafRead& read : reads) {
    auto leaf = std::ranges::find(leaves_, read.position, &Leaf::position);
    if (leaf == leaves_.end()) {
      leaf = leaves_.insert(leaves_.end(), Leaf{});
      leaf->position = read.position;
    }
    if (std::ranges::find(leaf->questions, read.question) == leaf->questions.end()) {
      leaf->questions.push_back(read.question);
      leaf->classes.clear();
      leaf->by_answers.clear();
      is_new = true;
    }
  }
  if (is_new) {
    lay_out();
  }
  return is_new;
}

bool AnswerTable::learn(Leaf& leaf, LocalValue local, const std::vector<std::uint64_t>& answers) {
  const auto next = static_cast<Class>(leaf.by_answers.size());
  const Class known = leaf.by_answers.try_emplace(answers, next).first->second;
  if (local >= leaf.classes.size()) {
    leaf.classes.resize(std::max<std::size_t>(local + 1, 2 * leaf.classes.size()), 0);
  }
  leaf.classes[local] = 1 + known;
  return known >> leaf.width != 0;
}

void AnswerTable::lay_out() {
  unsigned bits = 0;
  for (Leaf& leaf : leaves_) {
    leaf.shift = static_cast<std::uint8_t>(std::min(bits, kKeyBits - 1));
    const std::size_t last = leaf.by_answers.empty() ? 0 : leaf.by_answers.size() - 1;
    leaf.width = static_cast<std::uint8_t>(std::bit_width(last));
    bits += leaf.width;
  }
  too_many_ = bits > kKeyBits;
  start(kSlotsMin);
}

std::size_t AnswerTable::slot_of(std::uint64_t key) const {
  return key * 0x9e3779b97f4a7c15U >>
         (kKeyBits - static_cast<unsigned>(std::countr_zero(slots_.size())));
}

std::uint32_t AnswerTable::find(std::uint64_t key) const {
  for (std::size_t at = slot_of(key);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.result == 0 || slot.key == key) {
      return slot.result;
    }
  }
}

void AnswerTable::add(std::uint64_t key, std::uint32_t result) {
  if (2 * (used_ + 1) > slots_.size()) {
    const std::vector<Slot> before = std::move(slots_);
    const bool is_full = before.size() >= slots_max_;
    start(is_full ? slots_max_ : 2 * before.size());
    for (const Slot& slot : before) {
      if (slot.result != 0 && !is_full) {
        put(slot);
      }
    }
  }
  put({key, 1 + result});
}

void AnswerTable::put(const Slot& slot) {
  std::size_t at = slot_of(slot.key);
  while (slots_[at].result != 0) {
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = slot;
  ++used_;
}

void AnswerTable::start(std::size_t slots) {
  slots_.assign(slots, Slot{});
  used_ = 0;
}

void AnswerTable::clear() {
  leaves_.clear();
  lay_out();
}

std::size_t AnswerTable::memory_bytes() const {
  std::size_t bytes = slots_.capacity() * sizeof(Slot);
  for (const Leaf& leaf : leaves_) {
    bytes += sizeof(Leaf) + leaf.classes.capacity() * sizeof(Class) +
             leaf.by_answers.size() * (64 + 8 * leaf.questions.size());
  }
  return bytes;
}

}  // namespace heddle::internal
