#include <algorithm>

#include <fmt/format.h>

#include <heddle/model/ref.h>

namespace heddle {

CanisterId Directory::find(const Principal& principal) const {
  const auto found = std::ranges::find(principals, principal);
  return found == principals.end() ? kNoCanister
                                   : static_cast<CanisterId>(found - principals.begin());
}

namespace internal {

namespace {

constexpr std::string_view kRefPrefix = "canister#";

/// Then the number, 6 bits a byte, greatest first.
constexpr std::uint8_t kRefMark = 0xff;
constexpr std::uint8_t kDigit = 0x80;
constexpr unsigned kDigitBits = 6;
constexpr std::uint8_t kDigitMax = (1U << kDigitBits) - 1;

}  // namespace

void encode_ref(CanisterId id, Encoder& out) {
  out.byte(kRefMark);
  for (unsigned left = kRefSize - 1; left > 0; --left) {
    const unsigned digit = std::uint32_t{id} >> kDigitBits * (left - 1) & kDigitMax;
    out.byte(static_cast<std::uint8_t>(kDigit | digit));
  }
}

std::optional<CanisterId> ref_at_start_of(std::string_view bytes) {
  if (bytes.size() < kRefSize || static_cast<std::uint8_t>(bytes[0]) != kRefMark) {
    return std::nullopt;
  }
  std::uint32_t id = 0;
  for (std::size_t at = 1; at < kRefSize; ++at) {
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    if ((byte & ~kDigitMax) != kDigit) {
      return std::nullopt;
    }
    id = id << kDigitBits | (byte & kDigitMax);
  }
  return id > kNoCanister ? std::nullopt : std::optional(static_cast<CanisterId>(id));
}

CanisterId decode_ref(Decoder& in) {
  const auto id = ref_at_start_of(in.raw(kRefSize));
  if (!id) {
    throw DecodeError("a canister's handle looks otherwise");
  }
  return *id;
}

Shown show_ref(CanisterId id) {
  return {Shown::Kind::kName,
          id == kNoCanister ? "no canister" : fmt::format("{}{}", kRefPrefix, id)};
}

void name_refs(Shown& shown, const Directory& directory) {
  const auto rename = [&directory](std::string& text) {
    if (!text.starts_with(kRefPrefix)) {
      return;
    }
    std::size_t id = 0;
    for (const char digit : text.substr(kRefPrefix.size())) {
      if (digit < '0' || digit > '9') {
        return;
      }
      id = 10 * id + static_cast<std::size_t>(digit - '0');
    }
    if (id < directory.names.size()) {
      text = directory.names[id];
    }
  };
  if (shown.kind == Shown::Kind::kName) {
    rename(shown.text);
  }
  for (auto& [name, child] : shown.children) {
    if (shown.kind == Shown::Kind::kMap) {
      rename(name);
    }
    name_refs(child, directory);
  }
}

}  // namespace internal
}  // namespace heddle
