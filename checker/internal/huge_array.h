// HugeArray: a large array of zeros, on huge pages where the system gives them.
//
// Searches touch their tables at random. With pages of 4 KiB nearly each touch is also a miss of
// the address translation, which costs as much as the touch itself.
#pragma once

#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <type_traits>
#include <utility>

namespace heddle::internal {

template <class T>
class HugeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  HugeArray() = default;

  /// Memory is taken when it is first touched. Throws std::bad_alloc.
  explicit HugeArray(std::size_t size) : size_(size) {
    void* memory =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      throw std::bad_alloc();
    }
    if (bytes() >= kHugePage) {
      static_cast<void>(::madvise(memory, bytes(), MADV_HUGEPAGE));
    }
    data_ = static_cast<T*>(memory);
  }

  HugeArray(HugeArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

  HugeArray& operator=(HugeArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  ~HugeArray() {
    if (data_ != nullptr) {
      ::munmap(data_, bytes());
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::size_t bytes() const { return size_ * sizeof(T); }

  [[nodiscard]] T* data() const { return data_; }

  T& operator[](std::size_t index) const { return data_[index]; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21U;

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace heddle::internal
