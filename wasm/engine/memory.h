// Memory: a linear memory that knows which of its blocks were written.
//
// A state is kept as the blocks that differ from some image, so what a message changed must be
// known at a cost proportional to it. Every store therefore marks its block: a byte a block, and a
// list of the blocks in the order of their first write. The address space up to the largest size is
// reserved at once and used lazily; the memory never moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <heddle/wasm/engine/internal/reservation.h>
#include <heddle/wasm/engine/types.h>

namespace heddle::wasm {

class Memory {
 public:
  static constexpr std::size_t kPageBytes = 65'536;
  /// 256 bytes: the smallest deltas; 4 to 18 blocks a message of a Motoko canister.
  static constexpr unsigned kBlockShift = 8;
  static constexpr std::size_t kBlockBytes = std::size_t{1} << kBlockShift;
  static constexpr std::size_t kBlocksPerPage = kPageBytes / kBlockBytes;

  /// Never grows beyond `pages_max`, whatever its type allows. Throws std::bad_alloc when the
  /// address space is used up.
  Memory(const MemoryType& type, std::uint64_t pages_max);

  [[nodiscard]] const MemoryType& type() const { return type_; }

  [[nodiscard]] std::uint64_t pages() const { return size_ / kPageBytes; }

  [[nodiscard]] std::uint64_t size_bytes() const { return size_; }

  [[nodiscard]] std::uint64_t block_count() const { return size_ >> kBlockShift; }

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {base_, size_}; }

  /// False, and nothing changes, when that is more than the memory may have.
  bool grow(std::uint64_t pages);

  /// For restoring: shrinks or grows to this size. What is cut off reads as zero when it comes
  /// back, and is no longer dirty. `pages` must not exceed what `grow` could reach.
  void set_pages(std::uint64_t pages);

  /// For the host. Throws Trap (out of bounds memory access).
  [[nodiscard]] std::span<const std::uint8_t> read(std::uint64_t address, std::uint64_t size) const;
  /// For the host: writes and marks. Throws Trap (out of bounds memory access).
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes);

  /// The blocks written since the last `clear_dirty`, each once, in the order of their first write.
  /// Memory that was gained by growing is not dirty until it is written.
  [[nodiscard]] std::span<const std::uint32_t> dirty_blocks() const {
    return {list_, dirty_count_};
  }

  void clear_dirty();

  [[nodiscard]] std::span<const std::uint8_t, kBlockBytes> block(std::uint32_t index) const {
    return std::span<const std::uint8_t, kBlockBytes>(base_ + (std::size_t{index} << kBlockShift),
                                                      kBlockBytes);
  }

  /// For restoring: overwrites a block and does not mark it.
  void set_block(std::uint32_t index, std::span<const std::uint8_t, kBlockBytes> bytes);

  /// For the interpreter.
  [[nodiscard]] std::uint8_t* base() { return base_; }

  /// For the interpreter: marks the blocks of a range of at least one byte within the memory.
  void mark(std::uint64_t address, std::uint64_t size) {
    const std::uint64_t last = (address + size - 1) >> kBlockShift;
    for (std::uint64_t block = address >> kBlockShift; block <= last; ++block) {
      mark_block(block);
    }
  }

  /// The same for a store of at most 8 bytes.
  template <unsigned kSize>
  void mark_store(std::uint64_t address) {
    const std::uint64_t block = address >> kBlockShift;
    mark_block(block);
    if constexpr (kSize > 1) {
      if ((address + kSize - 1) >> kBlockShift != block) {
        mark_block(block + 1);
      }
    }
  }

 private:
  void mark_block(std::uint64_t block) {
    if (marks_[block] == 0) {
      marks_[block] = 1;
      list_[dirty_count_++] = static_cast<std::uint32_t>(block);
    }
  }

  MemoryType type_;
  std::uint64_t pages_max_;
  internal::Reservation bytes_;
  internal::Reservation mark_bytes_;
  internal::Reservation list_bytes_;
  std::uint8_t* base_;
  std::uint64_t size_ = 0;
  std::uint8_t* marks_;  ///< by block: 1 if it is in the list
  std::uint32_t* list_;
  std::size_t dirty_count_ = 0;
};

}  // namespace heddle::wasm
