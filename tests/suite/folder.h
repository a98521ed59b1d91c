// TemporaryFolder: a current folder of a test's own.
#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace heddle::testing {

/// While it lives, the current folder is a new and empty one.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : before_(std::filesystem::current_path()),
        path_(std::filesystem::path(::testing::TempDir()) /
              ("heddle-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
    std::filesystem::current_path(path_);
  }

  ~TemporaryFolder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

}  // namespace heddle::testing
