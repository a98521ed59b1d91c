#include <utility>

#include <fmt/format.h>

#include <heddle/wasm/engine/internal/reader.h>

namespace heddle::wasm::internal {

std::uint8_t Reader::byte() {
  const std::uint8_t value = peek();
  ++position_;
  return value;
}

std::uint8_t Reader::peek() const {
  if (at_end()) {
    malformed("unexpected end");
  }
  return bytes_[position_];
}

std::uint64_t Reader::unsigned_number(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t next = byte();
    const std::uint64_t digit = next & 0x7fU;
    const unsigned left = bits - shift;
    if (left < 7) {
      if ((next & 0x80U) != 0) {
        malformed("integer representation too long");
      }
      if (digit >> left != 0) {
        malformed("integer too large");
      }
    }
    value |= digit << shift;
    if ((next & 0x80U) == 0) {
      return value;
    }
  }
}

std::int64_t Reader::signed_number(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t next = byte();
    const std::uint64_t digit = next & 0x7fU;
    const unsigned left = bits - shift;
    if (left < 7) {
      if ((next & 0x80U) != 0) {
        malformed("integer representation too long");
      }
      // The unused bits repeat the sign.
      const std::uint64_t rest = digit >> (left - 1);
      if (rest != 0 && rest != 0x7fU >> (left - 1)) {
        malformed("integer too large");
      }
    }
    value |= digit << shift;
    if ((next & 0x80U) == 0) {
      if ((next & 0x40U) != 0 && shift + 7 < 64) {
        value |= ~std::uint64_t{0} << (shift + 7);
      }
      return static_cast<std::int64_t>(value);
    }
  }
}

std::uint32_t Reader::fixed_u32() {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    value |= std::uint32_t{byte()} << shift;
  }
  return value;
}

std::uint64_t Reader::fixed_u64() {
  const std::uint64_t low = fixed_u32();
  return low | std::uint64_t{fixed_u32()} << 32U;
}

std::span<const std::uint8_t> Reader::take(std::size_t count) {
  if (count > remaining()) {
    malformed("length out of bounds");
  }
  const auto taken = bytes_.subspan(position_, count);
  position_ += count;
  return taken;
}

std::string Reader::name() {
  const std::uint32_t size = u32();
  const auto bytes = take(size);
  std::string text(bytes.begin(), bytes.end());
  if (!is_utf8(text)) {
    malformed("malformed UTF-8 encoding");
  }
  return text;
}

std::uint32_t Reader::count(std::uint32_t max, std::string_view what) {
  const std::uint32_t number = u32();
  if (number > remaining()) {
    malformed(fmt::format("length out of bounds: {} {} announced, {} bytes left", number, what,
                          remaining()));
  }
  if (number > max) {
    beyond(what, max);
  }
  return number;
}

Reader Reader::part(std::size_t size, std::string_view section) {
  const std::size_t at = offset();
  return {take(size), at, section};
}

void Reader::fail(WasmError::Kind kind, std::string cause) const {
  throw WasmError(kind, offset(), std::string(section_), std::move(cause));
}

void Reader::beyond(std::string_view what, std::uint64_t limit) const {
  fail(WasmError::Kind::kLimit, fmt::format("more than {} {}", limit, what));
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    std::size_t length = 0;
    std::uint32_t point = 0;
    if (lead < 0x80) {
      length = 1;
      point = lead;
    } else if (lead >= 0xc2 && lead < 0xe0) {
      length = 2;
      point = lead & 0x1fU;
    } else if (lead >= 0xe0 && lead < 0xf0) {
      length = 3;
      point = lead & 0x0fU;
    } else if (lead >= 0xf0 && lead < 0xf5) {
      length = 4;
      point = lead & 0x07U;
    } else {
      return false;
    }
    if (length > text.size() - i) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xc0U) != 0x80) {
        return false;
      }
      point = point << 6U | (next & 0x3fU);
    }
    const bool is_overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool is_surrogate = point >= 0xd800 && point < 0xe000;
    if (is_overlong || is_surrogate || point > 0x10ffff) {
      return false;
    }
    i += length;
  }
  return true;
}

}  // namespace heddle::wasm::internal
