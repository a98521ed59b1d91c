/// What can be done with a place that holds a value: reading, comparing, changing. Shared by a
/// variable and by a key of a map variable; what each operation tells stands in var.h.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <heddle/model/internal/var_base.h>
#include <heddle/model/value.h>

namespace heddle::internal {

/// The value of an operand: of a variable, what it holds.
template <class U>
decltype(auto) operand(const U& value, const void* site) {
  if constexpr (requires { value.get_at(site); }) {
    return value.get_at(site);
  } else {
    static_cast<void>(site);
    return (value);
  }
}

/// Built-in integers of mixed signedness mean what the variable's type says.
template <class T, class U>
decltype(auto) matched(const U& value) {
  if constexpr (std::is_integral_v<T> && std::is_integral_v<U>) {
    return static_cast<T>(value);
  } else {
    return (value);
  }
}

template <class U>
concept NoPlace = !requires(const U& value) {
  value.get_at(nullptr);
};

/// Somewhere that a `T` is kept: a variable, or a key of a map variable. `Self` has `base()` and
/// `key()`, and says with `kKeyed` whether there may be nothing (which reads as a default-made
/// `T`).
template <class Self, class T>
class Place {
 public:
  /// The value.
  HEDDLE_INTERNAL_SITED operator T() const {  // NOLINT: implicit on purpose
    return get_at(HEDDLE_INTERNAL_SITE);
  }

  /// The value.
  [[nodiscard]] HEDDLE_INTERNAL_SITED T get() const { return get_at(HEDDLE_INTERNAL_SITE); }

  /// The value, for reading a part of it.
  HEDDLE_INTERNAL_SITED auto operator->() const {
    struct Reading {
      T value;

      const T* operator->() const { return &value; }
    };

    return Reading{get_at(HEDDLE_INTERNAL_SITE)};
  }

  /// What `question` returns of the value, and no more.
  template <class F>

  requires std::invocable<const F&, const T&> HEDDLE_INTERNAL_SITED auto ask(
      const F& question) const {
    return ask_at(question, HEDDLE_INTERNAL_SITE);
  }

  /// Changes the value in place; tells what `change` returns.
  template <class F>

  requires std::invocable<const F&, T&> HEDDLE_INTERNAL_SITED auto update(const F& change) {
    using Told = std::remove_cvref_t<std::invoke_result_t<const F&, T&>>;
    const void* const site = HEDDLE_INTERNAL_SITE;
    if constexpr (std::is_void_v<Told>) {
      modify_at([&change](T& value) { change(value); }, site);
    } else {
      require_encodable<Told>();
      return from_bytes<Told>(base().update_bytes(
          self().key(),
          [&change](VarBase::Bytes bytes) {
            T value = decoded(bytes);
            std::string told = to_bytes<Told>(change(value));
            return std::pair(to_bytes(value), std::move(told));
          },
          site));
    }
  }

  // Change in place, telling nothing.

  template <class U>

  requires requires(T& value, const U& other) { value += other; }

  HEDDLE_INTERNAL_SITED Self& operator+=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a += b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value -= other; }

  HEDDLE_INTERNAL_SITED Self& operator-=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a -= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value *= other; }

  HEDDLE_INTERNAL_SITED Self& operator*=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a *= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value /= other; }

  HEDDLE_INTERNAL_SITED Self& operator/=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a /= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value %= other; }

  HEDDLE_INTERNAL_SITED Self& operator%=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a %= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value &= other; }

  HEDDLE_INTERNAL_SITED Self& operator&=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a &= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value |= other; }

  HEDDLE_INTERNAL_SITED Self& operator|=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a |= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value ^= other; }

  HEDDLE_INTERNAL_SITED Self& operator^=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a ^= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value <<= other; }

  HEDDLE_INTERNAL_SITED Self& operator<<=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a <<= b; });
  }

  template <class U>

  requires requires(T& value, const U& other) { value >>= other; }

  HEDDLE_INTERNAL_SITED Self& operator>>=(const U& other) {
    const void* const site = HEDDLE_INTERNAL_SITE;
    return combine(operand(other, site), site, [](T& a, const auto& b) { a >>= b; });
  }

  HEDDLE_INTERNAL_SITED Self& operator++() requires requires(T& value) { ++value; }

  {
    return modify_at([](T& value) { ++value; }, HEDDLE_INTERNAL_SITE);
  }

  HEDDLE_INTERNAL_SITED Self& operator--() requires requires(T& value) { --value; }

  {
    return modify_at([](T& value) { --value; }, HEDDLE_INTERNAL_SITE);
  }

  /// Tells nothing, so it has no result: not even the old value.
  HEDDLE_INTERNAL_SITED void operator++(int) requires requires(T& value) { ++value; }

  {
    modify_at([](T& value) { ++value; }, HEDDLE_INTERNAL_SITE);
  }

  HEDDLE_INTERNAL_SITED void operator--(int) requires requires(T& value) { --value; }

  {
    modify_at([](T& value) { --value; }, HEDDLE_INTERNAL_SITE);
  }

  // Comparisons: one bit.

  template <NoPlace U>

  requires std::invocable < std::equal_to<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator==(const Self& a, const U& b) {
    return a.compare(std::equal_to<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator<(const Self& a, const U& b) {
    return a.compare(std::less<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator>(const Self& a, const U& b) {
    return a.compare_from(std::less<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less_equal<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator<=(const Self& a, const U& b) {
    return a.compare(std::less_equal<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less_equal<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator>=(const Self& a, const U& b) {
    return a.compare_from(std::less_equal<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator<(const U& a, const Self& b) {
    return b.compare_from(std::less<>(), a, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator>(const U& a, const Self& b) {
    return b.compare(std::less<>(), a, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less_equal<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator<=(const U& a, const Self& b) {
    return b.compare_from(std::less_equal<>(), a, HEDDLE_INTERNAL_SITE);
  }

  template <NoPlace U>

  requires std::invocable < std::less_equal<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator>=(const U& a, const Self& b) {
    return b.compare(std::less_equal<>(), a, HEDDLE_INTERNAL_SITE);
  }

  template <class OtherSelf, class U>

  requires std::invocable < std::equal_to<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator==(const Place& a,
                                                                    const Place<OtherSelf, U>& b) {
    return a.compare_both(std::equal_to<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <class OtherSelf, class U>

  requires std::invocable < std::less<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator<(const Place& a,
                                                                   const Place<OtherSelf, U>& b) {
    return a.compare_both(std::less<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <class OtherSelf, class U>

  requires std::invocable < std::less<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator>(const Place& a,
                                                                   const Place<OtherSelf, U>& b) {
    return a.compare_both(std::greater<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <class OtherSelf, class U>

  requires std::invocable < std::less_equal<>,

  const T&, const U& > HEDDLE_INTERNAL_SITED friend bool operator<=(const Self& a,
                                                                    const Place<OtherSelf, U>& b) {
    return a.compare_both(std::less_equal<>(), b, HEDDLE_INTERNAL_SITE);
  }

  template <class OtherSelf, class U>

  requires std::invocable < std::less_equal<>,

  const U&, const T& > HEDDLE_INTERNAL_SITED friend bool operator>=(const Self& a,
                                                                    const Place<OtherSelf, U>& b) {
    return a.compare_both(std::greater_equal<>(), b, HEDDLE_INTERNAL_SITE);
  }

  /// For the library: the value, read on behalf of the code at `site`.
  [[nodiscard]] T get_at(const void* site) const {
    return decoded(base().read_bytes(self().key(), site));
  }

 protected:
  template <class, class>
  friend class Place;

  [[nodiscard]] static T decoded(VarBase::Bytes bytes) {
    if constexpr (Self::kKeyed) {
      if (!bytes) {
        return T{};
      }
    }
    return from_bytes<T>(*bytes);
  }

  void set_at(const T& value, const void* site) {
    base().write_bytes(self().key(), to_bytes(value), site);
  }

  template <class F>
  [[nodiscard]] auto ask_at(const F& question, const void* site) const {
    using Told = std::remove_cvref_t<std::invoke_result_t<const F&, const T&>>;
    if constexpr (std::is_same_v<Told, bool>) {
      return base().ask_bit(
          self().key(), [&question](VarBase::Bytes bytes) { return question(decoded(bytes)); },
          site);
    } else {
      require_encodable<Told>();
      return from_bytes<Told>(base().ask_bytes(
          self().key(),
          [&question](VarBase::Bytes bytes) { return to_bytes<Told>(question(decoded(bytes))); },
          site));
    }
  }

  template <class F>
  Self& modify_at(const F& change, const void* site) {
    base().modify_bytes(
        self().key(),
        [&change](VarBase::Bytes bytes) {
          T value = decoded(bytes);
          change(value);
          return to_bytes(value);
        },
        site);
    return self();
  }

 private:
  [[nodiscard]] Self& self() { return static_cast<Self&>(*this); }

  [[nodiscard]] const Self& self() const { return static_cast<const Self&>(*this); }

  [[nodiscard]] VarBase& base() { return self().base(); }

  [[nodiscard]] const VarBase& base() const { return self().base(); }

  template <class U, class F>
  Self& combine(const U& other, const void* site, F change) {
    const auto& with = matched<T>(other);
    return modify_at([&](T& value) { change(value, with); }, site);
  }

  template <class F, class U>
  [[nodiscard]] bool compare(F comparison, const U& other, const void* site) const {
    const auto& with = matched<T>(other);
    return base().ask_bit(
        self().key(), [&](VarBase::Bytes bytes) { return bool(comparison(decoded(bytes), with)); },
        site);
  }

  template <class F, class U>
  [[nodiscard]] bool compare_from(F comparison, const U& other, const void* site) const {
    const auto& with = matched<T>(other);
    return base().ask_bit(
        self().key(), [&](VarBase::Bytes bytes) { return bool(comparison(with, decoded(bytes))); },
        site);
  }

  template <class F, class OtherSelf, class U>
  [[nodiscard]] bool compare_both(F comparison, const Place<OtherSelf, U>& other,
                                  const void* site) const {
    return base().ask_both(
        self().key(), other.base(), other.self().key(),
        [&](VarBase::Bytes mine, VarBase::Bytes others) {
          return bool(comparison(decoded(mine), Place<OtherSelf, U>::decoded(others)));
        },
        site);
  }
};

}  // namespace heddle::internal
