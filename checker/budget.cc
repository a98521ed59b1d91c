#include <algorithm>
#include <utility>

#include <heddle/checker/budget.h>

namespace heddle {

namespace {

constexpr std::chrono::milliseconds kReportEvery{100};
/// Above this many seconds (300 years) the clock's own range ends.
constexpr double kSecondsMax = 9e9;

}  // namespace

Budget::Budget(const CheckOptions& options, const Kernel& kernel)
    : options_(options), kernel_(kernel), next_report_(start_ + kReportEvery) {
  if (options.seconds_max > 0 && options.seconds_max < kSecondsMax) {
    deadline_ = start_ + std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(options.seconds_max));
  }
}

void Budget::look_closely(const Usage& usage) {
  look_at_clock(Clock::now());
  look_at_memory(usage.memory_bytes);
}

void Budget::end(std::string bound) {
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

void Budget::look_at_memory(std::uint64_t memory_bytes) {
  const std::uint64_t total = memory_bytes + kernel_.memory_bytes();
  memory_bytes_peak_ = std::max(memory_bytes_peak_, total);
  if (options_.memory_bytes_max != 0 && total > options_.memory_bytes_max) {
    end("max-memory");
  }
}

void Budget::report(Usage usage, Clock::time_point now) {
  next_report_ = now + kReportEvery;
  look_at_memory(usage.memory_bytes);
  if (options_.progress) {
    usage.progress.seconds = seconds_before_ + std::chrono::duration<double>(now - start_).count();
    options_.progress(usage.progress);
  }
}

}  // namespace heddle
