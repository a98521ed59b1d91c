/// RapidCheck generators of the model's values, with the edges (0, the 64-bit limits and their
/// neighbours) often.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <rapidcheck.h>

#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/sized.h>

namespace heddle::testing {

using boost::multiprecision::cpp_int;

/// 64 bits that are near a limit half of the time.
inline rc::Gen<std::uint64_t> limb() {
  return rc::gen::weightedOneOf<std::uint64_t>({
      {2, rc::gen::arbitrary<std::uint64_t>()},
      {1, rc::gen::inRange<std::uint64_t>(0, 4)},
      {1, rc::gen::map(rc::gen::inRange<std::int64_t>(-3, 4),
                       [](std::int64_t near) {
                         return (std::uint64_t{1} << 63U) + static_cast<std::uint64_t>(near);
                       })},
      {1, rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 4),
                       [](std::uint64_t below) {
                         return std::numeric_limits<std::uint64_t>::max() - below;
                       })},
  });
}

/// A magnitude of up to three limbs, one of them mostly.
inline rc::Gen<cpp_int> magnitude() {
  const auto limbs = [](std::size_t count) {
    return rc::gen::map(rc::gen::container<std::vector<std::uint64_t>>(count, limb()),
                        [](const std::vector<std::uint64_t>& parts) {
                          cpp_int value;
                          for (const std::uint64_t part : parts) {
                            value = (value << 64) | part;
                          }
                          return value;
                        });
  };
  return rc::gen::weightedOneOf<cpp_int>({{3, limbs(1)}, {1, limbs(2)}, {1, limbs(3)}});
}

inline rc::Gen<cpp_int> signed_magnitude() {
  return rc::gen::mapcat(
      magnitude(), [](const cpp_int& value) { return rc::gen::element(value, cpp_int(-value)); });
}

}  // namespace heddle::testing

namespace rc {

template <>
struct Arbitrary<heddle::Nat> {
  static Gen<heddle::Nat> arbitrary() {
    return gen::map(heddle::testing::magnitude(), [](const heddle::testing::cpp_int& value) {
      return *heddle::Nat::parse(value.str());
    });
  }
};

template <>
struct Arbitrary<heddle::Int> {
  static Gen<heddle::Int> arbitrary() {
    return gen::map(heddle::testing::signed_magnitude(), [](const heddle::testing::cpp_int& value) {
      return *heddle::Int::parse(value.str());
    });
  }
};

template <class T>
struct Arbitrary<heddle::Sized<T>> {
  static Gen<heddle::Sized<T>> arbitrary() {
    using Limits = std::numeric_limits<T>;
    return gen::map(gen::weightedOneOf<T>({{3, gen::arbitrary<T>()},
                                           {1, gen::element<T>(Limits::min(), Limits::max(), T{0},
                                                               T{1}, static_cast<T>(-1))}}),
                    [](T value) { return heddle::Sized<T>(value); });
  }
};

template <>
struct Arbitrary<heddle::Principal> {
  static Gen<heddle::Principal> arbitrary() {
    const auto bytes = gen::mapcat(
        gen::inRange<std::size_t>(0, heddle::Principal::kSizeMax + 1),
        [](std::size_t size) { return gen::container<std::string>(size, gen::arbitrary<char>()); });
    return gen::oneOf(
        gen::map(bytes, [](const std::string& raw) { return heddle::Principal::from_bytes(raw); }),
        gen::map(gen::element<std::string>("alice", "bob", "ledger"),
                 [](const std::string& name) { return heddle::Principal::named(name); }));
  }
};

template <class T>
struct Arbitrary<std::optional<T>> {
  static Gen<std::optional<T>> arbitrary() {
    return gen::mapcat(gen::arbitrary<bool>(), [](bool full) {
      return full ? gen::map(gen::arbitrary<T>(), [](T value) { return std::optional<T>(value); })
                  : gen::just(std::optional<T>());
    });
  }
};

}  // namespace rc
