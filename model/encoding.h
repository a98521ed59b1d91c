/// Bytes in and bytes out: the lower half of the codec of value.h.
///
/// The encoding is canonical: a value has one encoding and every reader refuses any other, so that
/// equal bytes are equal values. It is not self-describing (the type says how to read) and promises
/// nothing about order.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace heddle {

/// Bytes that are not the encoding of a value of the type asked for.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How deeply lists, maps and sets may nest. A decoder refuses more before the stack is at risk, so
/// an encoder does too.
inline constexpr unsigned kNestingMax = 1000;

/// Collects bytes.
class Encoder {
 public:
  /// Holds one level of nesting for as long as it lives. More than `kNestingMax` is a trap, as it
  /// is on the Internet Computer, where such a value exhausts the stack.
  class Nested {
   public:
    explicit Nested(Encoder& encoder) : encoder_(encoder) { encoder.enter(); }

    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

    ~Nested() { --encoder_.depth_; }

   private:
    Encoder& encoder_;
  };

  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }

  void raw(std::string_view bytes) { bytes_.append(bytes); }

  /// 7 bits a byte, least first, as few bytes as possible.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) {
      byte(static_cast<std::uint8_t>(value | 0x80U));
    }
    byte(static_cast<std::uint8_t>(value));
  }

  /// sizeof(T) bytes, least first.
  template <std::integral T>
  void fixed(T value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8U) {
      byte(static_cast<std::uint8_t>(bits));
    }
  }

  const std::string& bytes() const& { return bytes_; }

  std::string bytes() && { return std::move(bytes_); }

 private:
  void enter();

  std::string bytes_;
  unsigned depth_ = 0;
};

/// Reads what an `Encoder` wrote. Every reading function throws `DecodeError` where the bytes are
/// not what an encoder writes; none reads past the end. Borrows the bytes.
class Decoder {
 public:
  /// Holds one level of nesting for as long as it lives.
  class Nested {
   public:
    explicit Nested(Decoder& decoder) : decoder_(decoder) { decoder.enter(); }

    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

    ~Nested() { --decoder_.depth_; }

   private:
    Decoder& decoder_;
  };

  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (position_ == bytes_.size()) {
      fail("it ends too early");
    }
    return static_cast<std::uint8_t>(bytes_[position_++]);
  }

  std::string_view raw(std::size_t size);
  std::uint64_t varint();
  /// The bytes of a varint of any size, for `Nat` and `Int`.
  std::string_view unbounded_varint();

  template <std::integral T>
  T fixed() {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bits |= std::uint64_t{byte()} << (8 * i);
    }
    return static_cast<T>(bits);
  }

  /// A number of elements to come. Each takes at least one byte, so more than there are bytes left
  /// is refused.
  std::size_t count();

  std::size_t remaining() const { return bytes_.size() - position_; }

  /// Throws unless everything was read.
  void finish() const;
  /// Throws `DecodeError`: "not an encoded value: <why>, at byte <n>".
  [[noreturn]] void fail(std::string_view why) const;

 private:
  void enter();

  std::string_view bytes_;
  std::size_t position_ = 0;
  unsigned depth_ = 0;
};

}  // namespace heddle
