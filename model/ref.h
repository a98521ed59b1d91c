/// Handles of installed canisters, as values: what one canister calls another by.
///
/// A `Ref<Ledger>` is an argument, a reply, a variable; traces print it as the canister's name.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/principal.h>
#include <heddle/model/program.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle {

/// A canister, whatever its class. A default-made one stands for no canister: a call to it is
/// answered with DESTINATION_INVALID.
class AnyRef {
 public:
  constexpr AnyRef() = default;

  constexpr explicit AnyRef(CanisterId id) : id_(id) {}

  [[nodiscard]] constexpr CanisterId id() const { return id_; }

  friend auto operator<=>(const AnyRef&, const AnyRef&) = default;

 private:
  CanisterId id_ = kNoCanister;
};

/// A canister of class `C`.
template <class C>
class Ref : public AnyRef {
 public:
  using Canister = C;

  constexpr Ref() = default;

  constexpr explicit Ref(CanisterId id) : AnyRef(id) {}

  constexpr explicit Ref(AnyRef any) : AnyRef(any) {}

  friend auto operator<=>(const Ref&, const Ref&) = default;
};

/// Who is installed where: what principals and handles stand for. One for all canisters of a
/// system.
struct Directory {
  std::vector<std::string> names;         ///< by CanisterId
  std::vector<Principal> principals;      ///< by CanisterId
  std::vector<const ProgramInfo*> infos;  ///< by CanisterId
  bool clock = false;                     ///< the system models time (System::clock)

  /// kNoCanister when nobody has it.
  [[nodiscard]] CanisterId find(const Principal& principal) const;
};

namespace internal {

/// An encoded handle has so many bytes. None of them is one of a name or a small number, so that it
/// is found in a value whose type is not known, and two handles there never overlap.
inline constexpr std::size_t kRefSize = 4;

void encode_ref(CanisterId id, Encoder& out);
/// Throws DecodeError.
CanisterId decode_ref(Decoder& in);
/// The canister whose encoded handle these bytes begin with.
std::optional<CanisterId> ref_at_start_of(std::string_view bytes);

Shown show_ref(CanisterId id);
/// Puts canisters' names where `show_ref` could only put numbers.
void name_refs(Shown& shown, const Directory& directory);

template <class R>
struct RefCodec {
  static void encode(const R& value, Encoder& out) { encode_ref(value.id(), out); }

  static R decode(Decoder& in) { return R(decode_ref(in)); }

  static Shown show(const R& value) { return show_ref(value.id()); }

  static std::string name() { return "Canister"; }
};

}  // namespace internal

template <>
struct Codec<AnyRef> : internal::RefCodec<AnyRef> {};

template <class C>
struct Codec<Ref<C>> : internal::RefCodec<Ref<C>> {};

}  // namespace heddle
