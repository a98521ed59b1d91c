#include <algorithm>
#include <cstring>

#include <heddle/wasm/engine/memory.h>
#include <heddle/wasm/engine/trap.h>

namespace heddle::wasm {

Memory::Memory(const MemoryType& type, std::uint64_t pages_max)
    : type_(type),
      pages_max_(std::min(pages_max, type.limits.max)),
      bytes_(pages_max_ * kPageBytes),
      mark_bytes_(pages_max_ * kBlocksPerPage),
      list_bytes_(pages_max_ * kBlocksPerPage * sizeof(std::uint32_t)),
      base_(bytes_.as<std::uint8_t>()),
      size_(type.limits.min * kPageBytes),
      marks_(mark_bytes_.as<std::uint8_t>()),
      list_(list_bytes_.as<std::uint32_t>()) {}

bool Memory::grow(std::uint64_t pages) {
  if (this->pages() > pages_max_ || pages > pages_max_ - this->pages()) {
    return false;
  }
  size_ += pages * kPageBytes;
  return true;
}

void Memory::set_pages(std::uint64_t pages) {
  const std::uint64_t size = pages * kPageBytes;
  if (size < size_) {
    bytes_.discard(size, size_);
    const std::uint64_t blocks = size >> kBlockShift;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < dirty_count_; ++i) {
      if (list_[i] < blocks) {
        list_[kept++] = list_[i];
      } else {
        marks_[list_[i]] = 0;
      }
    }
    dirty_count_ = kept;
  }
  size_ = size;
}

std::span<const std::uint8_t> Memory::read(std::uint64_t address, std::uint64_t size) const {
  if (address > size_ || size > size_ - address) {
    throw Trap(TrapKind::kMemoryOutOfBounds);
  }
  return {base_ + address, size};
}

void Memory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (address > size_ || bytes.size() > size_ - address) {
    throw Trap(TrapKind::kMemoryOutOfBounds);
  }
  if (!bytes.empty()) {
    std::memmove(base_ + address, bytes.data(), bytes.size());
    mark(address, bytes.size());
  }
}

void Memory::clear_dirty() {
  for (std::size_t i = 0; i < dirty_count_; ++i) {
    marks_[list_[i]] = 0;
  }
  dirty_count_ = 0;
}

void Memory::set_block(std::uint32_t index, std::span<const std::uint8_t, kBlockBytes> bytes) {
  std::memcpy(base_ + (std::size_t{index} << kBlockShift), bytes.data(), kBlockBytes);
}

}  // namespace heddle::wasm
