// Reservation: address space that costs memory only where it is touched, and reads as zero there
// at first.
#pragma once

#include <cstddef>

namespace heddle::wasm::internal {

class Reservation {
 public:
  /// Throws std::bad_alloc.
  explicit Reservation(std::size_t bytes);
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation();

  template <class T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(start_);
  }

  /// Makes a range read as zero again. Both ends are multiples of the system's page size.
  void discard(std::size_t from, std::size_t to);

 private:
  std::size_t bytes_;
  void* start_;
};

}  // namespace heddle::wasm::internal
