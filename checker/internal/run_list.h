// RunList: a list of numbers to which short runs are appended.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace heddle::internal {

class RunList {
 public:
  /// So many are copied whatever the length of a run is: a processor cannot foresee lengths.
  static constexpr std::size_t kAtOnce = 4;

  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::span<const std::uint32_t> all() const { return {numbers_.data(), size_}; }

  std::uint32_t operator[](std::size_t index) const { return numbers_[index]; }

  void push_back(std::uint32_t number) {
    make_room_for(1);
    numbers_[size_++] = number;
  }

  /// `run` can be read to `kAtOnce`, even if it has fewer.
  void append(const std::uint32_t* run, std::size_t count) {
    make_room_for(count);
    std::memcpy(numbers_.data() + size_, run, kAtOnce * sizeof *run);
    if (count > kAtOnce) {
      std::copy(run + kAtOnce, run + count, numbers_.data() + size_ + kAtOnce);
    }
    size_ += count;
  }

 private:
  void make_room_for(std::size_t count) {
    if (size_ + count + kAtOnce > numbers_.size()) {
      numbers_.resize(2 * (size_ + count + kAtOnce));
    }
  }

  std::vector<std::uint32_t> numbers_;
  std::size_t size_ = 0;
};

}  // namespace heddle::internal
