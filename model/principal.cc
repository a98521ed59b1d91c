#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include <heddle/model/principal.h>

namespace heddle {
namespace {

// The class byte that ends a principal, as the Internet Computer's interface specification lists
// them.
constexpr char kOpaque = 0x01;
constexpr char kAnonymous = 0x04;
constexpr char kReserved = 0x7f;

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kChecksumSize = 4;

/// CRC-32 as in ISO 3309: reflected, polynomial 0x04c11db7.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
  }
  return ~crc;
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8U) {
    bytes[i] = static_cast<char>(value & 0xffU);
  }
  return bytes;
}

std::string to_base32(std::string_view bytes) {
  std::string text;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(byte);
    bits += 8;
    for (; bits >= 5; bits -= 5) {
      text.push_back(kBase32[(pending >> (bits - 5)) & 31U]);
    }
  }
  if (bits > 0) {
    text.push_back(kBase32[(pending << (5 - bits)) & 31U]);
  }
  return text;
}

std::optional<std::string> from_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kBase32.find(c);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    pending = (pending << 5U) | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((pending >> bits) & 0xffU));
    }
  }
  return bytes;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Principal Principal::anonymous() {
  return from_bytes(std::string_view(&kAnonymous, 1));
}

Principal Principal::named(std::string_view name) {
  if (name.empty() || name.size() > kNameSizeMax || !is_printable(name)) {
    throw std::invalid_argument(fmt::format(
        "\"{}\" cannot name a principal: a name has 1 to {} printable ASCII characters, no spaces",
        name, kNameSizeMax));
  }
  return from_bytes(std::string(name) + kReserved);
}

Principal Principal::canister(std::uint64_t index) {
  return from_bytes(big_endian(index, 8) + kOpaque + kOpaque);
}

Principal Principal::from_bytes(std::string_view bytes) {
  if (bytes.size() > kSizeMax) {
    throw std::invalid_argument(
        fmt::format("{} bytes are no principal: it has at most {}", bytes.size(), kSizeMax));
  }
  Principal principal;
  std::ranges::copy(bytes, principal.bytes_.begin());
  principal.size_ = static_cast<std::uint8_t>(bytes.size());
  return principal;
}

std::optional<Principal> Principal::parse(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '-');
  const std::optional<std::string> bytes = from_base32(digits);
  if (!bytes || bytes->size() < kChecksumSize || bytes->size() > kChecksumSize + kSizeMax) {
    return std::nullopt;
  }
  // Writing it again checks everything at once: checksum, dashes, and the unused bits of the last
  // digit.
  const Principal principal = from_bytes(std::string_view(*bytes).substr(kChecksumSize));
  return principal.text() == text ? std::optional(principal) : std::nullopt;
}

std::string_view Principal::bytes() const {
  return {reinterpret_cast<const char*>(bytes_.data()), size_};
}

bool Principal::is_anonymous() const {
  return *this == anonymous();
}

std::optional<std::string_view> Principal::name() const {
  const std::string_view all = bytes();
  if (all.size() < 2 || all.back() != kReserved || !is_printable(all.substr(0, all.size() - 1))) {
    return std::nullopt;
  }
  return all.substr(0, all.size() - 1);
}

std::string Principal::text() const {
  const std::string digits = to_base32(big_endian(crc32(bytes()), kChecksumSize).append(bytes()));
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 5 == 0) {
      grouped.push_back('-');
    }
    grouped.push_back(digits[i]);
  }
  return grouped;
}

std::string Principal::to_string() const {
  const std::optional<std::string_view> given = name();
  return given ? std::string(*given) : text();
}

std::size_t Principal::hash() const {
  return std::hash<std::string_view>()(bytes());
}

std::ostream& operator<<(std::ostream& out, const Principal& principal) {
  return internal::print(out, principal.to_string());
}

}  // namespace heddle
