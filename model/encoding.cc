#include <fmt/format.h>

#include <heddle/model/encoding.h>
#include <heddle/model/trap.h>

namespace heddle {

void Encoder::enter() {
  if (depth_ == kNestingMax) {
    trap(fmt::format("stack overflow: a value nests more than {} levels deep", kNestingMax));
  }
  ++depth_;
}

std::string_view Decoder::raw(std::size_t size) {
  if (size > remaining()) {
    fail("it ends too early");
  }
  position_ += size;
  return bytes_.substr(position_ - size, size);
}

std::string_view Decoder::unbounded_varint() {
  const std::size_t start = position_;
  std::uint8_t last = byte();
  while ((last & 0x80U) != 0) {
    last = byte();
  }
  if (last == 0 && position_ - start > 1) {
    fail("a number has a superfluous byte");
  }
  return bytes_.substr(start, position_ - start);
}

std::uint64_t Decoder::varint() {
  const std::string_view groups = unbounded_varint();
  constexpr std::size_t kGroupsMax = 10;  // 9 * 7 bits and one more
  if (groups.size() > kGroupsMax || (groups.size() == kGroupsMax && groups.back() != 1)) {
    fail("a number does not fit 64 bits");
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    value |= (std::uint64_t{static_cast<std::uint8_t>(groups[i])} & 0x7fU) << (7 * i);
  }
  return value;
}

std::size_t Decoder::count() {
  const std::uint64_t value = varint();
  if (value > remaining()) {
    fail("it has fewer elements than it claims");
  }
  return static_cast<std::size_t>(value);
}

void Decoder::finish() const {
  if (remaining() > 0) {
    fail("the value ends before the bytes do");
  }
}

void Decoder::fail(std::string_view why) const {
  throw DecodeError(fmt::format("not an encoded value: {}, at byte {}", why, position_));
}

void Decoder::enter() {
  if (depth_ == kNestingMax) {
    fail("it nests too deeply");
  }
  ++depth_;
}

}  // namespace heddle
