#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <heddle/checker/internal/archive.h>
#include <heddle/model/view.h>

namespace heddle::internal {

namespace {

/// A multiple of 8.
constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
constexpr std::size_t kWord = sizeof(std::uint64_t);

}  // namespace

// Checksum.

void Checksum::add(const char* bytes, std::size_t size) {
  for (std::size_t at = 0; at < size; at += kWord) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, std::min(kWord, size - at));
    value_ = std::rotl(value_ ^ word, 29) * 0xd6e8feb86659fd93U;
  }
}

// ArchiveWriter.

ArchiveWriter::ArchiveWriter(int file) : file_(file), buffer_(kBufferBytes) {}

void ArchiveWriter::bytes(const void* bytes, std::size_t size) {
  const char* from = static_cast<const char*>(bytes);
  while (size != 0) {
    const std::size_t now = std::min(size, buffer_.size() - used_);
    std::memcpy(buffer_.data() + used_, from, now);
    used_ += now;
    from += now;
    size -= now;
    if (used_ == buffer_.size()) {
      flush();
    }
  }
}

void ArchiveWriter::finish() {
  flush();
  const std::uint64_t checksum = checksum_.value();
  put(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

void ArchiveWriter::flush() {
  checksum_.add(buffer_.data(), used_);
  put(buffer_.data(), used_);
  used_ = 0;
}

void ArchiveWriter::put(const char* bytes, std::size_t size) {
  while (size != 0 && error_ == 0) {
    const ::ssize_t written = ::write(file_, bytes, size);
    if (written < 0) {
      error_ = errno == EINTR ? 0 : errno;
      continue;
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

// ArchiveReader.

ArchiveReader::ArchiveReader(int file) : file_(file), buffer_(kBufferBytes) {
  is_whole_ = check();
  at_ = filled_ = 0;
  if (::lseek(file_, 0, SEEK_SET) != 0) {
    is_whole_ = false;
  }
}

ArchiveReader::~ArchiveReader() {
  ::close(file_);
}

std::size_t ArchiveReader::fill() {
  at_ = 0;
  filled_ = 0;
  while (filled_ < buffer_.size()) {
    const ::ssize_t got = ::read(file_, buffer_.data() + filled_, buffer_.size() - filled_);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      break;
    }
    filled_ += static_cast<std::size_t>(got);
  }
  return filled_;
}

bool ArchiveReader::check() {
  const ::off_t size = ::lseek(file_, 0, SEEK_END);
  if (size < static_cast<::off_t>(sizeof(std::uint64_t)) || ::lseek(file_, 0, SEEK_SET) != 0) {
    return false;
  }
  Checksum checksum;
  std::size_t left = static_cast<std::size_t>(size) - sizeof(std::uint64_t);
  std::uint64_t stored = 0;
  std::size_t stored_bytes = 0;
  while (fill() != 0) {
    const std::size_t now = std::min(left, filled_);
    checksum.add(buffer_.data(), now);
    left -= now;
    // What remains of the buffer belongs to the checksum.
    const std::size_t rest = std::min(filled_ - now, sizeof stored - stored_bytes);
    std::memcpy(reinterpret_cast<char*>(&stored) + stored_bytes, buffer_.data() + now, rest);
    stored_bytes += rest;
  }
  return left == 0 && stored_bytes == sizeof stored && stored == checksum.value();
}

void ArchiveReader::bytes(void* bytes, std::size_t size) {
  char* to = static_cast<char*>(bytes);
  while (size != 0) {
    if (at_ == filled_ && fill() == 0) {
      throw BrokenInvariant("a checkpoint ends too early");
    }
    const std::size_t now = std::min(size, filled_ - at_);
    std::memcpy(to, buffer_.data() + at_, now);
    at_ += now;
    to += now;
    size -= now;
  }
}

}  // namespace heddle::internal
