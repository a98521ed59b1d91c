// HugeArray: a large array of zeros, on huge pages where the system gives them. Memory is taken
// when it is first touched, so an array may be made as large as it can ever get.
//
// Searches touch their tables at random. With pages of 4 KiB nearly each touch is also a miss of
// the address translation, which costs as much as the touch itself.
#pragma once

#include <cstddef>
#include <memory>
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

  /// How many elements fill whole huge pages, at least `size`; small sizes stay as they are.
  static std::size_t whole_pages(std::size_t size) {
    const std::size_t page = kHugePage / sizeof(T);
    return !is_huge(size) ? size : (size + page - 1) / page * page;
  }

  /// Whether so many elements lie on huge pages.
  static bool is_huge(std::size_t size) { return size >= kHugePage / sizeof(T) / 2; }

  /// Throws std::bad_alloc when so much address space is not to be had.
  explicit HugeArray(std::size_t size) : size_(size) {
    const bool huge = bytes() >= kHugePage / 2;
    mapped_ = huge ? (bytes() + kHugePage - 1) / kHugePage * kHugePage + kHugePage : bytes();
    memory_ = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) {
      throw std::bad_alloc();
    }
    void* begin = memory_;
    if (huge) {
      std::size_t space = mapped_;
      std::align(kHugePage, kHugePage, begin, space);
      static_cast<void>(::madvise(begin, space, MADV_HUGEPAGE));
    }
    data_ = static_cast<T*>(begin);
  }

  HugeArray(HugeArray&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)),
        mapped_(std::exchange(other.mapped_, 0)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}

  HugeArray& operator=(HugeArray&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(mapped_, other.mapped_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  ~HugeArray() {
    if (memory_ != nullptr) {
      ::munmap(memory_, mapped_);
    }
  }

  /// Gives back the memory of whole pages among these bytes; they are zeros afterwards.
  void release(std::size_t first_byte, std::size_t last_byte) {
    const std::size_t first = (first_byte + kHugePage - 1) / kHugePage * kHugePage;
    const std::size_t last = last_byte / kHugePage * kHugePage;
    if (first < last) {
      static_cast<void>(
          ::madvise(reinterpret_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED));
    }
  }

  /// Whether what is touched from now on lies on huge pages; at first it does in large arrays.
  void use_huge_pages(bool use) {
    static_cast<void>(::madvise(memory_, mapped_, use ? MADV_HUGEPAGE : MADV_NOHUGEPAGE));
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::size_t bytes() const { return size_ * sizeof(T); }

  [[nodiscard]] T* data() const { return data_; }

  T& operator[](std::size_t index) const { return data_[index]; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21U;

  void* memory_ = nullptr;
  std::size_t mapped_ = 0;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace heddle::internal
