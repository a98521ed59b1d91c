// SharedTable: from keys to objects of somebody else, for many readers and one writer at a time.
//
// Reading takes no lock: a slot, once it says something, says it for ever, and a table that has
// become too small stays until the end, since somebody may be reading it. The tables before the
// present one together are no larger than it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace heddle::internal {

template <class Key, class Value, class Hash>
class SharedTable {
 public:
  SharedTable() = default;
  SharedTable(const SharedTable&) = delete;
  SharedTable& operator=(const SharedTable&) = delete;

  ~SharedTable() { const std::unique_ptr<Block> all(current_.load(std::memory_order_relaxed)); }

  /// Null when there is none, or none yet. By any thread.
  [[nodiscard]] Value* find(const Key& key) const {
    const Block* const block = current_.load(std::memory_order_acquire);
    if (block == nullptr) {
      return nullptr;
    }
    for (std::size_t at = Hash{}(key)&block->mask;; at = (at + 1) & block->mask) {
      const Slot& slot = block->slots[at];
      Value* const value = slot.value.load(std::memory_order_acquire);
      if (value == nullptr || slot.key == key) {
        return value;
      }
    }
  }

  /// The key must not be there. By one thread at a time.
  void insert(const Key& key, Value& value) {
    Block* block = current_.load(std::memory_order_relaxed);
    if (block == nullptr || (block->count + 1) * 4 > (block->mask + 1) * 3) {
      auto larger = std::make_unique<Block>(block == nullptr ? kFirstSlots : (block->mask + 1) * 2);
      for (std::size_t at = 0; block != nullptr && at <= block->mask; ++at) {
        const Slot& slot = block->slots[at];
        if (Value* const old = slot.value.load(std::memory_order_relaxed)) {
          larger->add(slot.key, *old);
        }
      }
      larger->before.reset(block);
      block = larger.release();
      current_.store(block, std::memory_order_release);
    }
    block->add(key, value);
  }

 private:
  static constexpr std::size_t kFirstSlots = 4;

  struct Slot {
    Key key{};  ///< written before `value` is
    std::atomic<Value*> value{nullptr};
  };

  struct Block {
    explicit Block(std::size_t size) : mask(size - 1), slots(std::make_unique<Slot[]>(size)) {}

    void add(const Key& key, Value& value) {
      std::size_t at = Hash{}(key)&mask;
      while (slots[at].value.load(std::memory_order_relaxed) != nullptr) {
        at = (at + 1) & mask;
      }
      slots[at].key = key;
      slots[at].value.store(&value, std::memory_order_release);
      ++count;
    }

    std::size_t mask;
    std::size_t count = 0;
    std::unique_ptr<Slot[]> slots;
    std::unique_ptr<Block> before;
  };

  std::atomic<Block*> current_{nullptr};
};

}  // namespace heddle::internal
