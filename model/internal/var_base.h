/// What Var and VarMap have in common: everything that needs no type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/internal/function_ref.h>
#include <heddle/model/program.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

/// The place in canister code that called the function in which this stands.
#define HEDDLE_INTERNAL_SITE __builtin_return_address(0)
/// A function whose return address is looked at must be one, and its call a real call.
#if defined(__clang__)
#define HEDDLE_INTERNAL_SITED __attribute__((noinline, not_tail_called))
#else
#define HEDDLE_INTERNAL_SITED __attribute__((noinline))
#endif

namespace heddle {

class Canister;
class CoroutineProgram;

/// Whether a variable keeps its value when its canister is upgraded [X4].
enum class Lifetime : std::uint8_t {
  kOfDialect,  ///< stable in Motoko, transient in Rust
  kStable,
  kTransient,
};

inline constexpr Lifetime stable = Lifetime::kStable;
inline constexpr Lifetime transient = Lifetime::kTransient;

namespace internal {

template <class Self, class T>
class Place;

/// A variable of a canister, by number and name. Reads and writes bytes.
class VarBase {
 public:
  /// The encoding of a value; of a key nothing where it is absent.
  using Bytes = std::optional<std::string_view>;
  using Show = Shown (*)(std::string_view);

  VarBase(const VarBase&) = delete;
  VarBase& operator=(const VarBase&) = delete;

  [[nodiscard]] const std::string& heddle_name() const { return name_; }

 protected:
  template <class>
  friend class Entry;
  template <class, class>
  friend class Place;
  friend class heddle::CoroutineProgram;

  VarBase(Canister* canister, std::string_view name, VariableInfo info, Show show_value,
          Show show_key, Lifetime lifetime);
  ~VarBase() = default;

  // `key`: the encoded key, null for the variable itself.

  [[nodiscard]] Bytes read_bytes(const std::string* key, const void* site) const;
  [[nodiscard]] bool ask_bit(const std::string* key, FunctionRef<bool(Bytes)> question,
                             const void* site) const;
  [[nodiscard]] std::string ask_bytes(const std::string* key,
                                      FunctionRef<std::string(Bytes)> question,
                                      const void* site) const;
  [[nodiscard]] bool ask_both(const std::string* key, const VarBase& other,
                              const std::string* other_key,
                              FunctionRef<bool(Bytes, Bytes)> question, const void* site) const;
  /// No value: the key disappears.
  void write_bytes(const std::string* key, std::optional<std::string> value, const void* site);
  void modify_bytes(const std::string* key, FunctionRef<std::string(Bytes)> change,
                    const void* site);
  /// `change` gives the new value and what is told; returns that.
  std::string update_bytes(const std::string* key,
                           FunctionRef<std::pair<std::string, std::string>(Bytes)> change,
                           const void* site);

  /// The keys that there are, in no order.
  [[nodiscard]] std::vector<std::string_view> key_list(const void* site) const;
  [[nodiscard]] std::size_t key_count(const void* site) const;
  [[nodiscard]] bool has_keys(const void* site) const;

 private:
  /// The view to use, or null where the initial value stands in: in a constructor, in disposal.
  [[nodiscard]] View* view(std::string_view doing, const void* site) const;
  [[nodiscard]] Subject subject(View& view, const std::string* key) const;
  [[nodiscard]] CanisterId canister() const;
  [[nodiscard]] Bytes initial(const std::string* key) const;
  [[nodiscard]] Bytes bytes(View& view, const std::string* key, ValueId value) const;
  void set_initial(const std::string* key, std::optional<std::string> value, const void* site);

  Canister* canister_;
  std::string name_;
  std::uint32_t number_ = 0;
  Lifetime lifetime_ = Lifetime::kOfDialect;
  Show show_value_ = nullptr;
  Show show_key_ = nullptr;
  std::unique_ptr<VariableInfo> info_;  // apart, so that the object itself stays as installed
};

}  // namespace internal
}  // namespace heddle
