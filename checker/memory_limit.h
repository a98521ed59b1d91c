// MemoryLimit: how much memory the process may hold, asked before a table grows.
//
// What counts is what the operating system has given to the whole process (its resident set), since
// that is what runs out: canister code, the binary itself, what malloc keeps, and tables of which
// nobody keeps count are in it. A table that is large asks whether there is room for its next size
// beside the present one. What is small, or grows in a standard container, does not ask; for that,
// some memory is kept back, and the resident set is looked at a thousand times a second.
#pragma once

#include <atomic>
#include <cstdint>

namespace heddle {

/// What the process holds; 0 where the system does not say.
std::uint64_t resident_bytes();

/// All of it may be called by any thread.
class MemoryLimit {
 public:
  /// 0: seven eighths of what this process can have now without taking it from others.
  explicit MemoryLimit(std::uint64_t bytes_max, unsigned threads = 1);
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  /// Whether the process may take so much more, besides what is kept back.
  [[nodiscard]] bool has_room(std::uint64_t more = 0) const;

  /// How much more it may take.
  [[nodiscard]] std::uint64_t room() const;

  /// Whether it may take so much, and it will: followed by `taken` with the same number when it
  /// has. If it may not, the memory is used up.
  bool take(std::uint64_t more);

  void taken(std::uint64_t more) { granted_.fetch_sub(more, std::memory_order_relaxed); }

  /// Looks at the resident set; the memory is used up if it leaves less than is kept back.
  void look();

  [[nodiscard]] bool is_used_up() const { return used_up_.load(std::memory_order_relaxed); }

  /// Room was made.
  void go_on() { used_up_.store(false, std::memory_order_relaxed); }

  /// Tables that grow without asking may take so much at once.
  void keep_back(std::uint64_t bytes) { growing_.store(bytes, std::memory_order_relaxed); }

  /// Whether somebody has set it.
  [[nodiscard]] bool is_given() const { return is_given_; }

  [[nodiscard]] std::uint64_t bytes_max() const;
  [[nodiscard]] std::uint64_t bytes_kept_back() const;

  /// What the process held when this was made.
  [[nodiscard]] std::uint64_t bytes_at_start() const { return bytes_at_start_; }

 private:
  bool is_given_;
  std::uint64_t bytes_at_start_ = resident_bytes();
  std::uint64_t always_kept_;
  mutable std::atomic<std::uint64_t> bytes_max_;  ///< 0: not looked up yet
  std::atomic<std::uint64_t> growing_{0};
  std::atomic<std::uint64_t> granted_{0};  ///< and perhaps not touched yet
  std::atomic<bool> used_up_{false};
};

}  // namespace heddle
