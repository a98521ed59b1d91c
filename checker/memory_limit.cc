#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <limits>
#include <string>
#include <string_view>
#include <unistd.h>

#include <heddle/checker/memory_limit.h>

namespace heddle {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
/// A few arrays touch a huge page at a time, small tables grow without asking, and what is learnt
/// between two looks is not much.
constexpr std::uint64_t kKeptBack = 6 * kMiB;
constexpr std::uint64_t kKeptBackPerThread = 2 * kMiB;

/// The beginning of a file, empty if it cannot be read. Without a stream, since this is asked often
/// and must not take memory itself.
template <std::size_t kSize>
std::string_view read_into(std::array<char, kSize>& buffer, const char* file) {
  const int descriptor = ::open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return {};
  }
  const ::ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
  ::close(descriptor);
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// The first number at or after `at`; 0 if there is none.
std::uint64_t number_after(std::string_view text, std::size_t at) {
  const std::size_t begin = text.find_first_of("0123456789", at);
  std::uint64_t number = 0;
  if (begin != std::string_view::npos) {
    std::from_chars(text.data() + begin, text.data() + text.size(), number);
  }
  return number;
}

/// What is free or can be freed on this machine, and what the process holds already.
std::uint64_t bytes_there() {
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  std::array<char, 4096> buffer{};
  std::uint64_t bytes = kNoLimit;
  std::string_view text = read_into(buffer, "/proc/meminfo");
  constexpr std::string_view kAvailable = "MemAvailable:";
  if (const std::size_t at = text.find(kAvailable); at != std::string_view::npos) {
    bytes = number_after(text, at) * 1024 + resident_bytes();
  }
  // A container's own limit: version 2 of control groups, then version 1.
  for (const char* const file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    text = read_into(buffer, file);
    if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      bytes = std::min(bytes, number_after(text, 0));
    }
  }
  return bytes == kNoLimit ? bytes : bytes / 8 * 7;
}

}  // namespace

std::uint64_t resident_bytes() {
  // The second number of the file, in pages.
  std::array<char, 256> buffer{};
  const std::string_view text = read_into(buffer, "/proc/self/statm");
  const std::size_t second = text.find(' ');
  return second == std::string_view::npos
             ? 0
             : number_after(text, second) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryLimit::MemoryLimit(std::uint64_t bytes_max, unsigned threads)
    : is_given_(bytes_max != 0),
      always_kept_(kKeptBack + threads * kKeptBackPerThread),
      bytes_max_(bytes_max) {}

std::uint64_t MemoryLimit::bytes_max() const {
  std::uint64_t bytes = bytes_max_.load(std::memory_order_relaxed);
  if (bytes == 0) {
    // Small searches end before anybody asks.
    bytes = std::max<std::uint64_t>(1, bytes_there());
    bytes_max_.store(bytes, std::memory_order_relaxed);
  }
  return bytes;
}

std::uint64_t MemoryLimit::bytes_kept_back() const {
  return always_kept_ + growing_.load(std::memory_order_relaxed);
}

std::uint64_t MemoryLimit::room() const {
  const std::uint64_t taken =
      resident_bytes() + granted_.load(std::memory_order_relaxed) + bytes_kept_back();
  const std::uint64_t most = bytes_max();
  return taken <= most ? most - taken : 0;
}

bool MemoryLimit::has_room(std::uint64_t more) const {
  return more < room();
}

bool MemoryLimit::take(std::uint64_t more) {
  granted_.fetch_add(more, std::memory_order_relaxed);
  if (has_room()) {
    return true;
  }
  granted_.fetch_sub(more, std::memory_order_relaxed);
  used_up_.store(true, std::memory_order_relaxed);
  return false;
}

void MemoryLimit::look() {
  if (!has_room()) {
    used_up_.store(true, std::memory_order_relaxed);
  }
}

}  // namespace heddle
