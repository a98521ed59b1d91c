// Spill: a temporary file for what a search does not need in memory for a while.
//
// It lies where TMPDIR says, else in /var/tmp (what is in /tmp may be in memory), and has no name:
// it is gone with the process, however that ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace heddle::internal {

class Spill {
 public:
  Spill();
  ~Spill();
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

  /// False when it cannot be written, for lack of space or a limit; `error` says why. Files are
  /// sparse: `at` is anywhere.
  bool write(std::uint64_t at, const std::byte* bytes, std::size_t size);

  /// What was written there. Throws std::runtime_error when it cannot be read.
  void read(std::uint64_t at, std::byte* bytes, std::size_t size) const;

  /// Why it could not be made or written, with the directory; empty if it could.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void fail(int error);

  std::string directory_;
  int file_ = -1;
  std::string error_;
};

}  // namespace heddle::internal
