#include <algorithm>
#include <exception>

#include <heddle/checker/internal/team.h>

namespace heddle::internal {

Team::Team(unsigned size)
    : size_(size != 0 ? size : std::max(1U, std::thread::hardware_concurrency())) {}

Team::~Team() {
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
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
    busy_ = size_ - 1;
    ++round_;
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
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return busy_ == 0; });
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

void Team::serve(unsigned worker) {
  std::uint64_t served = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return over_ || round_ != served; });
    if (over_) {
      return;
    }
    served = round_;
    const auto& work = *work_;
    lock.unlock();
    work(worker);
    lock.lock();
    if (--busy_ == 0) {
      changed_.notify_all();
    }
  }
}

}  // namespace heddle::internal
