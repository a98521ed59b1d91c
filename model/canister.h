/// The base class of canisters, and the list of a canister's methods.
///
///     class Counter : public Canister {
///      public:
///       Query<Nat> get() { co_return counter; }
///       Update<> set(Nat value) { counter = value; co_return; }
///
///       Var<Nat> counter{this, "counter", 0};
///       HEDDLE_CANISTER(Counter, get, set)
///     };
///
/// One object of the class serves all threads, all contexts and all states at once: its `Var`s are
/// names for places in whatever state the code runs in. Everything else in the object is constant
/// after installation, which is checked after every piece.
#pragma once

#include <array>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <heddle/model/fields.h>
#include <heddle/model/method.h>
#include <heddle/model/program.h>
#include <heddle/model/ref.h>
#include <heddle/model/type_info.h>
#include <heddle/model/value.h>
#include <heddle/model/view.h>

namespace heddle {

class Canister;
class CoroutineProgram;

namespace internal {

class VarBase;

/// A pointer to a member function of any class: for finding it in a table, and for calling it by
/// those who know its type.
class MethodKey {
 public:
  template <class Pointer>
  requires std::is_member_function_pointer_v<Pointer>

  explicit MethodKey(Pointer pointer) : type_(&typeid(Pointer)) {
    static_assert(sizeof pointer <= sizeof bits_);
    std::memcpy(bits_.data(), &pointer, sizeof pointer);
  }

  template <class Pointer>
  [[nodiscard]] Pointer get() const {
    Pointer pointer;
    std::memcpy(&pointer, bits_.data(), sizeof pointer);
    return pointer;
  }

  friend bool operator==(const MethodKey& a, const MethodKey& b) {
    return *a.type_ == *b.type_ && a.bits_ == b.bits_;
  }

 private:
  const std::type_info* type_;
  std::array<std::uintptr_t, 2> bits_{};
};

/// A method of a class, as HEDDLE_CANISTER lists it.
struct MethodEntry {
  using Start = std::coroutine_handle<> (*)(Canister&, const MethodKey&,
                                            std::string_view arguments);

  std::string name;
  MethodKind kind;
  MethodKey key;
  Start start;  ///< throws DecodeError if the arguments are of other types
  Shown (*show_arguments)(std::string_view);
  Shown (*show_reply)(std::string_view);
  const TypeInfo& (*arguments_type)();
  const TypeInfo& (*reply_type)();
};

/// The methods of a class, by MethodId.
struct MethodTable {
  std::string type_name;
  std::vector<MethodEntry> entries;

  /// Throws Misuse that says where to list the method when it is not there.
  [[nodiscard]] const MethodEntry& find(const MethodKey& key) const;
};

template <class C, class B, class Pointer, class T, MethodKind kKind, class... A>
MethodEntry make_entry(const char* name, Pointer method) {
  static_assert(std::derived_from<C, B>);
  static_assert((!std::is_reference_v<A> && ...),
                "heddle: a canister method takes its parameters by value: they come in a message, "
                "and a reference would outlive it across an await");
  (require_encodable<A>(), ...);
  require_encodable<Kept<T>>();
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
  return {name,
          kKind,
          MethodKey(method),
          [](Canister& canister, const MethodKey& key, std::string_view bytes) {
            auto arguments = from_bytes<Arguments>(bytes);
            return std::apply(
                [&](auto&... argument) {
                  return (static_cast<C&>(canister).*key.get<Pointer>())(std::move(argument)...)
                      .release();
                },
                arguments);
          },
          type_ops<Arguments>().show,
          type_ops<Kept<T>>().show,
          &type_info<Arguments>,
          &type_info<Kept<T>>};
}

template <class C, class B, class T, MethodKind kKind, class... A>
MethodEntry entry(const char* name, Method<T, kKind> (B::*method)(A...)) {
  return make_entry<C, B, decltype(method), T, kKind, A...>(name, method);
}

template <class C, class B, class T, MethodKind kKind, class... A>
MethodEntry entry(const char* name, Method<T, kKind> (B::*method)(A...) const) {
  return make_entry<C, B, decltype(method), T, kKind, A...>(name, method);
}

template <class C, class Other>
MethodEntry entry(const char* /*name*/, Other /*method*/) {
  static_assert(
      !std::is_same_v<Other, Other>,
      "heddle: HEDDLE_CANISTER lists methods that return Update, Query, Async, TimerTask, "
      "HeartbeatTask, PreUpgrade or PostUpgrade; a Star function is called directly and "
      "not listed");
  throw Misuse("no method");
}

}  // namespace internal

/// Of a canister, as the management canister and the canister itself know it [X1].
enum class CanisterStatus : std::uint8_t { kRunning = 1, kStopping = 2, kStopped = 3 };

/// What canisters derive from. Motoko's rules (M1-M17) hold; see RustCanister for the others.
class Canister {
 public:
  Canister(const Canister&) = delete;
  Canister& operator=(const Canister&) = delete;
  virtual ~Canister();

  /// Which dialect's rules this canister's code follows.
  [[nodiscard]] virtual Dialect heddle_dialect() const { return Dialect::kMotoko; }

  /// Defined by HEDDLE_CANISTER.
  [[nodiscard]] virtual const internal::MethodTable& heddle_table() const = 0;

  [[nodiscard]] CanisterId heddle_id() const { return id_; }

  /// Null in tests that run a canister alone.
  [[nodiscard]] const Directory* heddle_directory() const { return directory_; }

 protected:
  Canister() = default;

  /// This canister, to call or to pass on.
  [[nodiscard]] AnyRef self() const { return AnyRef(id_); }

  /// Who made this call; the same before and after awaits [M15].
  [[nodiscard]] static Principal caller();
  /// The principal of a canister.
  [[nodiscard]] Principal principal_of(AnyRef canister) const;
  /// The canister with this principal; one to which calls come to nothing if there is none.
  [[nodiscard]] AnyRef canister_of(const Principal& principal) const;

  /// Nanoseconds on the model's clock. Misuse in a system without one.
  [[nodiscard]] static std::uint64_t time();
  /// By when the caller of this call wants its answer, on the clock of `time()`, which without one
  /// stands at 0; nothing when it waits as long as it takes. The same whether the call has expired
  /// or not [K8].
  [[nodiscard]] static std::optional<std::uint64_t> deadline();
  /// Arms the global timer: the canister's TimerTask runs at some time at least this many seconds
  /// from now, once. Arming again replaces [T1]. Without a clock, at any later time.
  static void set_timer(std::uint64_t seconds = 1);
  static void cancel_timer();
  /// Seconds until the timer is due, at least 1; 0 when it is not armed.
  [[nodiscard]] static std::uint64_t timer();
  /// Whether this canister is running, stopping or stopped [X1].
  [[nodiscard]] static CanisterStatus status();

 private:
  friend class internal::VarBase;
  friend class CoroutineProgram;

  std::vector<internal::VarBase*> variables_;
  const Directory* directory_ = nullptr;
  CanisterId id_ = kNoCanister;
  bool installed_ = false;
};

/// A canister whose code follows the rules of the Rust CDK (U1-U12): calls are sent when first
/// polled (awaited, or by join_all), an await of a complete call does not commit, guards are C++
/// destructors and run in cleanup.
class RustCanister : public Canister {
 public:
  [[nodiscard]] Dialect heddle_dialect() const final { return Dialect::kRust; }

 protected:
  RustCanister() = default;
};

#define HEDDLE_INTERNAL_METHOD(Type, method) ::heddle::internal::entry<Type>(#method, &Type::method)

/// Lists the methods of a canister class, once, inside the class: schedules, traces and scenario
/// files know them by these names, and a call to a method that is not listed is misuse. Methods are
/// neither overloaded nor templates.
#define HEDDLE_CANISTER(Type, ...)                                                     \
 public:                                                                               \
  using HeddleSelf = Type;                                                             \
  static const ::heddle::internal::MethodTable& heddle_methods() {                     \
    static const ::heddle::internal::MethodTable table{                                \
        #Type, {HEDDLE_INTERNAL_FOR_EACH(HEDDLE_INTERNAL_METHOD, Type, __VA_ARGS__)}}; \
    return table;                                                                      \
  }                                                                                    \
  [[nodiscard]] const ::heddle::internal::MethodTable& heddle_table() const override { \
    return heddle_methods();                                                           \
  }

/// `trap`, where the canister states that this may happen: no default property objects to it.
[[noreturn]] void expected_trap(std::string text);

/// A class that can be installed: derived from Canister, its methods listed.
template <class C>
concept CanisterClass = std::derived_from<C, Canister> && requires {
  requires std::same_as<typename C::HeddleSelf, C>;
};

}  // namespace heddle
