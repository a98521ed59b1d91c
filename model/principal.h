/// Who calls and who is called: the Internet Computer's principals.
///
/// A principal is at most 29 bytes. The last one says of which class it is; of these, "reserved"
/// (0x7f) is left to implementations, and a model uses it for names: `Principal::named("alice")` is
/// the bytes of `alice` and 0x7f. Such a principal is a well-formed one, distinct from every real
/// canister and key, and it prints as its name.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include <heddle/model/internal/print.h>

namespace heddle {

/// An identity: a user, a canister, nobody (anonymous) or the management canister. Ordered by its
/// bytes.
class Principal {
 public:
  static constexpr std::size_t kSizeMax = 29;
  static constexpr std::size_t kNameSizeMax = kSizeMax - 1;

  /// The management canister, whose principal is the empty one (`aaaaa-aa`).
  constexpr Principal() = default;

  static constexpr Principal management() { return {}; }

  /// A caller who has not signed (`2vxsx-fae`).
  static Principal anonymous();
  /// The principal of a model's user or canister. Throws `std::invalid_argument` unless the name
  /// has 1 to 28 printable ASCII characters.
  static Principal named(std::string_view name);
  /// The principal that a subnet gives to its canister number `index`
  /// (`rwlgt-iiaaa-aaaaa-aaaaa-cai` is number 0).
  static Principal canister(std::uint64_t index);
  /// Throws `std::invalid_argument` if there are more than 29 bytes.
  static Principal from_bytes(std::string_view bytes);
  /// Reads the textual form (`aaaaa-aa`), checksum and dashes included; nothing if `text` is
  /// anything else.
  static std::optional<Principal> parse(std::string_view text);

  std::string_view bytes() const;
  bool is_anonymous() const;

  bool is_management() const { return size_ == 0; }

  /// The name given to `named`, if that is where this principal comes from.
  std::optional<std::string_view> name() const;
  /// The Internet Computer's textual form: CRC-32 and bytes in base 32, grouped by fives.
  std::string text() const;
  /// The name, or else the textual form.
  std::string to_string() const;
  std::size_t hash() const;

  friend bool operator==(const Principal&, const Principal&) = default;
  friend std::strong_ordering operator<=>(const Principal&, const Principal&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Principal& principal);

 private:
  std::array<unsigned char, kSizeMax>
      bytes_{};  // zero from size_ on, so the default order is that of the bytes
  std::uint8_t size_ = 0;
};

}  // namespace heddle

template <>
struct std::hash<heddle::Principal> {
  std::size_t operator()(const heddle::Principal& principal) const { return principal.hash(); }
};

template <>
struct fmt::formatter<heddle::Principal> : heddle::internal::TextFormatter {
  fmt::format_context::iterator format(const heddle::Principal& principal,
                                       fmt::format_context& context) const {
    return format_text(principal.to_string(), context);
  }
};
