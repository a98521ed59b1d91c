/// Canister state: `Var` and `VarMap`.
///
/// A Var knows its name and its canister, and every read and write of it is seen: state hashing,
/// diffs by name, rollback, atomicity checking and reduction rest on it. What the code is *told* by
/// an operation is kept in the context's log, so an operation that tells less makes fewer states:
///
///     balance.get(), a conversion, ->, iteration     the value
///     balance < amount, list.contains(x), empty()    one bit
///     list.size(), list[i], map.get(k)               the size, the element
///     ask([](const auto& list) { ... })              what the function returns
///     balance = x, balance -= x, ++balance           nothing
///     update([](auto& list) { ... })                 what the function returns, nothing if void
///
/// The function given to `ask` or `update` is run once for each value of the variable that occurs,
/// not every time that the code runs: it must depend on nothing but its parameter and what it
/// captured by value, and change nothing but its parameter.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <heddle/model/internal/place.h>
#include <heddle/model/internal/var_base.h>
#include <heddle/model/nat.h>
#include <heddle/model/trap.h>
#include <heddle/model/value.h>

namespace heddle {

namespace internal {

/// An index into a sequence; past every end if it is none.
template <class Index>
std::size_t position(const Index& index) {
  if constexpr (std::integral<Index>) {
    return std::in_range<std::size_t>(index) ? static_cast<std::size_t>(index)
                                             : std::numeric_limits<std::size_t>::max();
  } else {
    return index <= Nat(std::numeric_limits<std::size_t>::max())
               ? static_cast<std::size_t>(index)
               : std::numeric_limits<std::size_t>::max();
  }
}

template <class T, class Index>
concept Indexed = requires(const T& value, const Index& index) {
  value.find(index)->second;
}

|| ((std::integral<Index> || std::is_same_v<Index, Nat>)&&requires(const T& value) {
  value[value.size()];
});

template <class T, class Index>
struct Element {
  using Type = std::remove_cvref_t<decltype(std::declval<const T&>()[std::size_t{}])>;
};

template <class T, class Index>

requires requires(const T& value, const Index& index) {
  value.find(index)->second;
}

struct Element<T, Index> {
  using Type = typename T::mapped_type;
};

template <class T, class Index>
using ElementOf = typename Element<T, Index>::Type;

}  // namespace internal

/// A variable of a canister, declared as a member: `Var<Nat> balance{this, "balance", 0};`.
///
/// At an upgrade a Motoko canister's variables keep their values, as those of a persistent actor
/// do, unless they are declared `{this, "cache", {}, transient}`; a Rust canister's are its heap,
/// and are made anew from their initial values unless they are declared `stable` [X4].
///
/// Neither copyable nor movable: `auto b = balance;` does not compile, `const Nat b = balance;`
/// reads.
template <class T>
class Var : public internal::VarBase, public internal::Place<Var<T>, T> {
 public:
  using Value = T;

  Var(Canister* canister, std::string_view name, const T& initial = T{},
      Lifetime lifetime = Lifetime::kOfDialect)
      : VarBase(canister, name, VariableInfo{{}, false, to_bytes(initial), {}, {}, {}},
                type_ops<T>().show, nullptr, lifetime) {}

  Var(const Var&) = delete;             // to read it, write `const Nat b = balance;`
  Var& operator=(const Var&) = delete;  // to copy the value, write `a = b.get();`

  HEDDLE_INTERNAL_SITED Var& operator=(const T& value) {
    this->set_at(value, HEDDLE_INTERNAL_SITE);
    return *this;
  }

  // For values that are containers.

  /// How many elements there are; tells that number.
  [[nodiscard]] HEDDLE_INTERNAL_SITED std::size_t size() const requires requires(const T& value) {
    value.size();
  }

  {
    return this->ask_at([](const T& value) { return std::size_t{value.size()}; },
                        HEDDLE_INTERNAL_SITE);
  }

  /// One bit.
  [[nodiscard]] HEDDLE_INTERNAL_SITED bool empty() const requires requires(const T& value) {
    value.empty();
  }

  {
    return this->ask_at([](const T& value) { return bool(value.empty()); }, HEDDLE_INTERNAL_SITE);
  }

  /// One bit: is there such an element, or such a key?
  template <class U>

  requires requires(const T& value, const U& element) {
    value.begin();
    requires requires {
      value.contains(element);
    } || requires {
      *value.begin() == element;
    };
  }

  [[nodiscard]] HEDDLE_INTERNAL_SITED bool contains(const U& element) const {
    return this->ask_at(
        [&element](const T& value) {
          if constexpr (requires { value.contains(element); }) {
            return bool(value.contains(element));
          } else {
            for (const auto& each : value) {
              if (each == element) {
                return true;
              }
            }
            return false;
          }
        },
        HEDDLE_INTERNAL_SITE);
  }

  /// One bit: does the optional hold something?
  [[nodiscard]] HEDDLE_INTERNAL_SITED bool has_value() const requires requires(const T& value) {
    value.has_value();
  }

  {
    return this->ask_at([](const T& value) { return bool(value.has_value()); },
                        HEDDLE_INTERNAL_SITE);
  }

  /// The element at a position or key, told alone; traps if there is none. To change one, use
  /// `update`.
  template <class Index>
  requires internal::Indexed<T, Index>

  [[nodiscard]] HEDDLE_INTERNAL_SITED auto operator[](const Index& index) const
      -> const internal::ElementOf<T, Index> {
    using Element = internal::ElementOf<T, Index>;
    std::optional<Element> element = this->ask_at(
        [&index](const T& value) -> std::optional<Element> {
          if constexpr (requires { value.find(index); }) {
            const auto found = value.find(index);
            return found == value.end() ? std::nullopt : std::optional<Element>(found->second);
          } else {
            const std::size_t position = internal::position(index);
            return position < value.size() ? std::optional<Element>(value[position]) : std::nullopt;
          }
        },
        HEDDLE_INTERNAL_SITE);
    if (!element) {
      trap("index out of bounds");
    }
    return *std::move(element);
  }

  /// Iteration, over the value as it is when it begins; tells the value.
  [[nodiscard]] HEDDLE_INTERNAL_SITED auto begin() const requires requires(const T& value) {
    value.begin();
  }

  { return Iterator(this->get_at(HEDDLE_INTERNAL_SITE)); }

  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  template <class, class>
  friend class internal::Place;

  static constexpr bool kKeyed = false;

  /// Goes through a copy of the value that it holds.
  class Iterator {
   public:
    explicit Iterator(T value)
        : value_(std::make_shared<const T>(std::move(value))), at_(value_->begin()) {}

    decltype(auto) operator*() const { return *at_; }

    Iterator& operator++() {
      ++at_;
      return *this;
    }

    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) {
      return iterator.at_ == iterator.value_->end();
    }

   private:
    std::shared_ptr<const T> value_;
    decltype(std::declval<const T&>().begin()) at_;
  };

  [[nodiscard]] VarBase& base() { return *this; }

  [[nodiscard]] const VarBase& base() const { return *this; }

  [[nodiscard]] static const std::string* key() { return nullptr; }
};

}  // namespace heddle
