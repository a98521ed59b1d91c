/// Handles of installed canisters, as values: what one canister calls another by.
///
/// A `Ref<Ledger>` is an argument, a reply, a variable; it is two bytes, and traces print it as the
/// canister's name.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
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

Shown show_ref(CanisterId id);
/// Puts canisters' names where `show_ref` could only put numbers.
void name_refs(Shown& shown, const Directory& directory);

template <class R>
struct RefCodec {
  static void encode(const R& value, Encoder& out) { out.fixed(value.id()); }

  static R decode(Decoder& in) { return R(in.fixed<CanisterId>()); }

  static Shown show(const R& value) { return show_ref(value.id()); }

  static std::string name() { return "Canister"; }
};

}  // namespace internal

template <>
struct Codec<AnyRef> : internal::RefCodec<AnyRef> {};

template <class C>
struct Codec<Ref<C>> : internal::RefCodec<Ref<C>> {};

}  // namespace heddle
