// measure FILE COMMAND...: runs the command and writes its wall and processor time in seconds, its
// peak memory in bytes and its exit code to the file.
//
// A process inherits the peak memory of the one that started it, so what starts the measured ones
// must be small: this is, Python is not.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: measure FILE COMMAND...\n", stderr);
    return 64;
  }
  const auto start = std::chrono::steady_clock::now();
  pid_t process = 0;
  if (posix_spawnp(&process, words[2], nullptr, nullptr, words + 2, environ) != 0) {
    std::perror(words[2]);
    return 70;
  }
  int status = 0;
  rusage used{};
  if (wait4(process, &status, 0, &used) != process) {
    std::perror("wait4");
    return 70;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  std::FILE* const file = std::fopen(words[1], "w");
  if (file == nullptr) {
    std::perror(words[1]);
    return 70;
  }
  std::fprintf(file, "%.6f %.6f %lld %d\n", wall.count(),
               seconds(used.ru_utime) + seconds(used.ru_stime),
               static_cast<long long>(used.ru_maxrss) * 1024,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return std::fclose(file) == 0 ? 0 : 70;
}
