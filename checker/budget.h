// Budget: what a search may use up, and whether it has. Running out of anything is never a pass.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include <heddle/checker/check.h>
#include <heddle/checker/memory_limit.h>

namespace heddle {

/// Counts of a search, and what its own tables take.
struct Usage {
  Progress progress;
  std::uint64_t memory_bytes = 0;
  /// Of that, tables that may double without asking the MemoryLimit.
  std::uint64_t growing_bytes = 0;
};

class Budget {
 public:
  Budget(const CheckOptions& options, const Kernel& kernel);

  /// Looks at the clock and the interrupt flag, a thousand times a second at the memory, and
  /// reports progress. For the thread that called `check`, before each state or schedule; `usage`
  /// is called when the counts are needed.
  template <class UsageNow>
  void look(const UsageNow& usage) {
    const Clock::time_point now = Clock::now();
    look_at_clock(now);
    if (now >= next_report_) {
      report(usage(), now);
    }
    look_at_memory();
    if (memory_.is_used_up() && !memory_is_theirs_) {
      end(kMemory);
    }
  }

  /// Looks at the memory, at most a thousand times a second. For any thread.
  void look_at_memory();

  /// The bound that ends a search when the memory is used up.
  static constexpr const char* kMemory = "max-memory";

  [[nodiscard]] MemoryLimit& memory() { return memory_; }

  /// The search knows what to do when the memory is used up, and looks itself whether it is.
  void leave_memory_to_search() { memory_is_theirs_ = true; }

  /// True: stop and see which, the search has ended or the memory is used up. Any thread may ask.
  [[nodiscard]] bool stops() const { return ended() || memory_.is_used_up(); }

  /// The same at once, for the end of a round: a search too small to be looked at in between still
  /// keeps its budget.
  void look_closely(const Usage& usage);

  /// Ends the search. The first bound stays.
  void end(std::string bound);

  /// True: stop as soon as possible. Any thread may ask.
  [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_relaxed); }

  /// Which bound ended the search; empty while none did.
  [[nodiscard]] const std::string& bound() const { return bound_; }

  [[nodiscard]] double seconds() const;

  /// The search has gone on for so long in another process. Does not count for the bound.
  void add_seconds(double seconds) { seconds_before_ += seconds; }

  /// The most that was seen in use.
  [[nodiscard]] std::uint64_t memory_bytes_peak() const { return memory_bytes_peak_; }

 private:
  using Clock = std::chrono::steady_clock;

  void look_at_clock(Clock::time_point now);
  void note_memory(const Usage& usage);
  void report(Usage usage, Clock::time_point now);

  const CheckOptions& options_;
  const Kernel& kernel_;
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point next_report_;
  std::atomic<bool> ended_{false};
  std::mutex ending_;
  std::string bound_;
  MemoryLimit memory_;
  bool memory_is_theirs_ = false;
  std::atomic<Clock::rep> next_memory_look_;
  std::uint64_t memory_bytes_peak_ = 0;
};

}  // namespace heddle
