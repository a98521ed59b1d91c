// Archive: values to bytes in a file and back, for checkpoints.
//
// One function says what belongs to an object, for both directions: `archive(values...)` writes
// them, or reads them in the same order. Bytes are those of memory: a file is read by the program
// that wrote it, and by no other (checkpoint.h). The last eight bytes are a checksum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace heddle::internal {

/// Of the bytes added, in pieces of any size that is a multiple of 8 (the last may be shorter).
class Checksum {
 public:
  void add(const char* bytes, std::size_t size);

  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x9e3779b97f4a7c15U;
};

/// The cases that reading and writing have in common. `Derived` has `bytes(void*, size)` and
/// `kReads`.
template <class Derived>
class Archive {
 public:
  template <class... Values>
  void operator()(Values&... values) {
    (one(values), ...);
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }

  std::size_t count(std::size_t size) {
    std::uint64_t count = size;
    self().bytes(&count, sizeof count);
    return static_cast<std::size_t>(count);
  }

  template <class Value>
  void one(Value& value) {
    if constexpr (requires { value.archive(self()); }) {
      value.archive(self());
    } else {
      static_assert(std::is_trivially_copyable_v<Value> && !std::is_pointer_v<Value>);
      self().bytes(&value, sizeof value);
    }
  }

  void one(std::string& text) {
    text.resize(count(text.size()));
    self().bytes(text.data(), text.size());
  }

  template <class Value>
  void one(std::vector<Value>& values) {
    values.resize(count(values.size()));
    if constexpr (std::is_trivially_copyable_v<Value>) {
      self().bytes(values.data(), values.size() * sizeof(Value));
    } else {
      for (Value& value : values) {
        one(value);
      }
    }
  }

  template <class First, class Second>
  void one(std::pair<First, Second>& pair) {
    one(pair.first);
    one(pair.second);
  }

  template <class Value>
  void one(std::optional<Value>& value) {
    if (count(value ? 1 : 0) == 0) {
      value.reset();
      return;
    }
    if (!value) {
      value.emplace();
    }
    one(*value);
  }

  template <class Value>
  void one(std::set<Value>& values) {
    std::vector<Value> all(values.begin(), values.end());
    one(all);
    if constexpr (Derived::kReads) {
      values = std::set<Value>(all.begin(), all.end());
    }
  }

  template <class Key, class Value>
  void one(std::map<Key, Value>& values) {
    map<Key, Value>(values);
  }

  template <class Key, class Value>
  void one(std::unordered_map<Key, Value>& values) {
    map<Key, Value>(values);
  }

  template <class Key, class Value, class Map>
  void map(Map& values) {
    std::vector<std::pair<Key, Value>> all(values.begin(), values.end());
    one(all);
    if constexpr (Derived::kReads) {
      values = Map(all.begin(), all.end());
    }
  }
};

/// Writes to a file that is open for writing. After an error nothing more is written.
class ArchiveWriter : public Archive<ArchiveWriter> {
 public:
  static constexpr bool kReads = false;

  explicit ArchiveWriter(int file);

  void bytes(const void* bytes, std::size_t size);
  /// Ends with the checksum.
  void finish();

  /// The first error (errno); 0 for none.
  [[nodiscard]] int error() const { return error_; }

 private:
  void flush();
  void put(const char* bytes, std::size_t size);

  int file_;
  int error_ = 0;
  Checksum checksum_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
};

/// Reads what a writer has written.
class ArchiveReader : public Archive<ArchiveReader> {
 public:
  static constexpr bool kReads = true;

  /// Takes over the file. Reads it to its end and compares the checksum: see `is_whole`.
  explicit ArchiveReader(int file);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// Whether there is a checksum, and it is right. If not, nothing must be read.
  [[nodiscard]] bool is_whole() const { return is_whole_; }

  /// Throws BrokenInvariant past the end.
  void bytes(void* bytes, std::size_t size);

 private:
  std::size_t fill();
  bool check();

  int file_;
  bool is_whole_ = false;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace heddle::internal
