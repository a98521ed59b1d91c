#include <new>
#include <sys/mman.h>

#include <heddle/wasm/engine/internal/reservation.h>

namespace heddle::wasm::internal {

Reservation::Reservation(std::size_t bytes) : bytes_(bytes), start_(nullptr) {
  if (bytes_ == 0) {
    return;
  }
  void* const start = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) {
    throw std::bad_alloc();
  }
  start_ = start;
}

Reservation::~Reservation() {
  if (start_ != nullptr) {
    munmap(start_, bytes_);
  }
}

void Reservation::discard(std::size_t from, std::size_t to) {
  if (from < to) {
    madvise(as<char>() + from, to - from, MADV_DONTNEED);
  }
}

}  // namespace heddle::wasm::internal
