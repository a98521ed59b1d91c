#include <algorithm>
#include <thread>
#include <utility>

#include <heddle/checker/budget.h>

namespace heddle {

namespace {

constexpr std::chrono::milliseconds kReportEvery{100};
constexpr std::chrono::milliseconds kMemoryLookEvery{1};
/// The largest of the kernel's tables that grow at once takes no more than this part of them all.
constexpr std::uint64_t kKernelPart = 8;
/// Above this many seconds (300 years) the clock's own range ends.
constexpr double kSecondsMax = 9e9;

}  // namespace

Budget::Budget(const CheckOptions& options, const Kernel& kernel)
    : options_(options),
      kernel_(kernel),
      next_report_(start_ + kReportEvery),
      memory_(options.memory_bytes_max, options.threads != 0
                                            ? options.threads
                                            : std::max(1U, std::thread::hardware_concurrency())),
      next_memory_look_(
          (memory_.is_given() ? start_ : start_ + kMemoryLookEvery).time_since_epoch().count()) {
  if (options.seconds_max > 0 && options.seconds_max < kSecondsMax) {
    deadline_ = start_ + std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(options.seconds_max));
  }
}

void Budget::look_closely(const Usage& usage) {
  look_at_clock(Clock::now());
  note_memory(usage);
  if (memory_.is_given()) {
    memory_.look();
  } else {
    look_at_memory();
  }
  if (memory_.is_used_up() && !memory_is_theirs_) {
    end(kMemory);
  }
}

void Budget::look_at_memory() {
  const Clock::rep now = Clock::now().time_since_epoch().count();
  Clock::rep next = next_memory_look_.load(std::memory_order_relaxed);
  constexpr Clock::rep kEvery =
      std::chrono::duration_cast<Clock::duration>(kMemoryLookEvery).count();
  if (now >= next &&
      next_memory_look_.compare_exchange_strong(next, now + kEvery, std::memory_order_relaxed)) {
    memory_.look();
  }
}

void Budget::end(std::string bound) {
  const std::scoped_lock lock(ending_);
  if (!ended()) {
    bound_ = std::move(bound);
    ended_.store(true, std::memory_order_relaxed);
  }
}

double Budget::seconds() const {
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

void Budget::look_at_clock(Clock::time_point now) {
  if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
    end("interrupted");
  }
  if (now >= deadline_) {
    end("max-seconds");
  }
}

void Budget::note_memory(const Usage& usage) {
  const std::uint64_t of_kernel = kernel_.memory_bytes();
  memory_bytes_peak_ = std::max(memory_bytes_peak_, usage.memory_bytes + of_kernel);
  memory_.keep_back(usage.growing_bytes + of_kernel / kKernelPart);
}

void Budget::report(Usage usage, Clock::time_point now) {
  next_report_ = now + kReportEvery;
  note_memory(usage);
  if (options_.progress) {
    usage.progress.seconds = seconds_before_ + std::chrono::duration<double>(now - start_).count();
    options_.progress(usage.progress);
  }
}

}  // namespace heddle
