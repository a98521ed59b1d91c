#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/checker/internal/archive.h>
#include <heddle/model/view.h>

namespace heddle::internal {
namespace {

struct Part {
  std::string name;
  std::vector<std::uint32_t> numbers;
  friend bool operator==(const Part&, const Part&) = default;

  template <class Archive>
  void archive(Archive& archive) {
    archive(name, numbers);
  }
};

struct All {
  std::uint64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<Part> parts;
  std::map<std::string, std::pair<int, std::string>> map;
  std::unordered_map<std::uint32_t, std::uint32_t> unordered;
  std::set<std::pair<std::size_t, std::size_t>> set;
  std::optional<std::uint64_t> one;
  std::optional<std::uint64_t> none;
  friend bool operator==(const All&, const All&) = default;

  template <class Archive>
  void archive(Archive& archive) {
    archive(number, real, text, parts, map, unordered, set, one, none);
  }
};

/// A file without a name.
int new_file() {
  return ::memfd_create("archive", MFD_CLOEXEC);
}

All some() {
  All all;
  all.number = 1234567890123;
  all.real = 0.5;
  all.text = "some text";
  // More than a buffer, not a multiple of a word.
  all.parts = {{"first", std::vector<std::uint32_t>(300'001, 7)}, {"", {}}, {"last", {1, 2, 3}}};
  all.map = {{"a", {1, "x"}}, {"b", {2, "y"}}};
  all.unordered = {{1, 2}, {3, 4}};
  all.set = {{5, 6}, {7, 8}};
  all.one = 9;
  return all;
}

TEST(Archive, WhatIsReadIsWhatWasWritten) {
  const int file = new_file();
  ASSERT_GE(file, 0);
  All written = some();
  ArchiveWriter writer(file);
  writer(written);
  writer.finish();
  EXPECT_EQ(writer.error(), 0);
  ArchiveReader reader(file);
  ASSERT_TRUE(reader.is_whole());
  All read;
  read.none = 3;
  reader(read);
  EXPECT_EQ(read, written);
}

TEST(Archive, AnyByteThatDiffersIsNoticed) {
  const int file = new_file();
  ArchiveWriter writer(file);
  std::string text = "eleven byte";
  writer(text);
  writer.finish();
  const ::off_t size = ::lseek(file, 0, SEEK_END);
  for (::off_t at = 0; at < size; ++at) {
    char byte = 0;
    ASSERT_EQ(::pread(file, &byte, 1, at), 1);
    byte = static_cast<char>(byte ^ 4);
    ASSERT_EQ(::pwrite(file, &byte, 1, at), 1);
    EXPECT_FALSE(ArchiveReader(::dup(file)).is_whole()) << at;
    byte = static_cast<char>(byte ^ 4);
    ASSERT_EQ(::pwrite(file, &byte, 1, at), 1);
  }
  EXPECT_TRUE(ArchiveReader(::dup(file)).is_whole());
  ASSERT_EQ(::ftruncate(file, size - 1), 0);
  EXPECT_FALSE(ArchiveReader(file).is_whole());
}

TEST(Archive, NothingIsReadPastTheEnd) {
  const int file = new_file();
  ArchiveWriter writer(file);
  std::uint64_t number = 1;
  writer(number);
  writer.finish();
  ArchiveReader reader(file);
  ASSERT_TRUE(reader.is_whole());
  reader(number);
  std::vector<std::uint64_t> more(3);
  EXPECT_THROW(reader.bytes(more.data(), 24), BrokenInvariant);
}

TEST(Archive, AFileThatDoesNotGrowIsAnErrorOfTheWriter) {
  const int file = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  ArchiveWriter writer(file);
  std::string text(std::size_t{3} << 20U, 'x');
  writer(text);
  writer.finish();
  EXPECT_EQ(writer.error(), ENOSPC);
  ::close(file);
}

}  // namespace
}  // namespace heddle::internal
