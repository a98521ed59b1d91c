// A Motoko actor's variables by name, for people: `balance: 100 -> 40`.
//
// The memory of a running actor has no names. But the compiler leaves two things in the module: its
// metadata `motoko:stable-types` says what the stable variables are called and of which types they
// are, and the function `@get_actor_to_persist`, which an upgrade begins with, makes an object of
// them whose fields are known by the hashes of their names. It changes nothing that matters, and
// whoever calls it undoes even that.
//
// Shown are variables of type Nat, Int, Bool, Text and Principal, options and arrays of these.
// Transient variables have no names anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/wasm/candid/value.h>
#include <heddle/wasm/engine/instance.h>
#include <heddle/wasm/engine/module.h>

namespace heddle::wasm {

class MotokoVariables {
 public:
  /// Nothing when the module has none that can be shown.
  static std::optional<MotokoVariables> find(const Module& module);

  /// In the order of the metadata.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// What the variables hold, in that order; nothing where it is not understood. Runs code: what it
  /// does to the instance has to be undone.
  [[nodiscard]] std::vector<std::optional<candid::Value>> read(Instance& instance) const;

 private:
  class Reader;

  enum class Kind : std::uint8_t { kNat, kInt, kBool, kText, kPrincipal };

  /// A simple type, or an option or an array of one.
  struct Type {
    Kind kind = Kind::kNat;
    bool option = false;
    bool array = false;
  };

  static std::optional<Type> parse(std::string_view text);

  std::vector<std::string> names_;
  std::vector<Type> types_;
  std::uint32_t function_ = 0;
  bool wide_ = true;  ///< 64 bits
};

}  // namespace heddle::wasm
