#include <algorithm>
#include <chrono>
#include <exception>

#include <heddle/checker/internal/team.h>

namespace heddle::internal {

Team::Team(unsigned size)
    : size_(size != 0 ? size : std::max(1U, std::thread::hardware_concurrency())) {}

Team::~Team() {
  {
    const std::scoped_lock lock(mutex_);
    over_.store(true, std::memory_order_release);
  }
  changed_.notify_all();
}

void Team::run(const std::function<void(unsigned)>& work) {
  if (size_ == 1) {
    work(0);
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    work_ = &work;
    busy_.store(size_ - 1, std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
  }
  for (auto worker = static_cast<unsigned>(threads_.size()) + 1; worker < size_; ++worker) {
    threads_.emplace_back([this, worker] { serve(worker); });
  }
  changed_.notify_all();
  std::exception_ptr thrown;
  try {
    work(0);
  } catch (...) {
    thrown = std::current_exception();
  }
  const auto all_done = [this] { return busy_.load(std::memory_order_acquire) == 0; };
  if (!soon(all_done)) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, all_done);
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

void Team::serve(unsigned worker) {
  std::uint64_t served = 0;
  while (true) {
    const auto called = [&] {
      return over_.load(std::memory_order_acquire) ||
             round_.load(std::memory_order_acquire) != served;
    };
    if (!soon(called)) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, called);
    }
    if (over_.load(std::memory_order_acquire)) {
      return;
    }
    served = round_.load(std::memory_order_acquire);
    (*work_)(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      // Under the lock, so that the one who waits either sees it or is woken.
      const std::scoped_lock lock(mutex_);
      changed_.notify_all();
    }
  }
}

bool Team::soon(const std::function<bool()>& happened) {
  constexpr std::chrono::microseconds kPatience{200};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
  }
  return true;
}

}  // namespace heddle::internal
