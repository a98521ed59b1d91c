// Team: the threads of one search, which work in rounds.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::internal {

/// `size` workers, of which number 0 is the thread that calls. The other threads start when there
/// is first something to do for them.
class Team {
 public:
  /// 0: one for each core.
  explicit Team(unsigned size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  [[nodiscard]] unsigned size() const { return size_; }

  /// Calls `work` with each worker's number, on all threads at once, and waits for all. Only worker
  /// 0 may throw.
  void run(const std::function<void(unsigned)>& work);

 private:
  void serve(unsigned worker);
  /// Looks for a moment whether it has happened: rounds are short, and going to sleep takes long.
  static bool soon(const std::function<bool()>& happened);

  unsigned size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(unsigned)>* work_ = nullptr;
  std::atomic<std::uint64_t> round_{0};
  std::atomic<unsigned> busy_{0};
  std::atomic<bool> over_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace heddle::internal
