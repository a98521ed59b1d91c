// RapidCheck and Heddle in one: the workload is generated, the interleavings are explored.
//
//     HEDDLE_PROPERTY(Bank, NeverLosesMoney, (const std::vector<std::uint16_t>& amounts)) {
//       RC_PRE(!amounts.empty() && amounts.size() <= 3);  // each is explored in full
//       auto bank = s.install<Bank>("bank", Nat{100});
//       for (std::size_t i = 0; i < amounts.size(); ++i) {
//         s.user(fmt::format("user{}", i)).calls(bank, &Bank::withdraw, Nat{amounts[i]});
//       }
//       s.always("solvent", [=](const State& now) { return now[bank].paid <= 100; });
//     }
//
// RapidCheck generates the arguments and shrinks those with which the scenario is not what it
// expects to be (VERIFIED, unless `s.expect` says otherwise); Heddle explores each of them in full
// and hands back the shortest schedule. A failing test prints the workload, the trace, and
// RapidCheck's line that repeats it (RC_PARAMS="reproduce=...").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/nat.h>
#include <heddle/model/sized.h>
#include <heddle/model/value.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/registry.h>

namespace heddle::internal {

/// Explores the scenario that `describe` describes. Empty when it is as it expects to be; else why
/// it is not, and the trace.
std::string explore_workload(const std::string& name,
                             const std::function<void(Scenario&)>& describe);

/// The value of a workload's argument, for a person.
template <class T>
std::string workload_text(const T& value) {
  if constexpr (Encodable<T>) {
    return to_string(show(value));
  } else {
    return rc::toString(value);
  }
}

template <class... Arguments>
void check_workloads(const std::string& name, void (*describe)(Scenario&, Arguments...)) {
  rc::detail::checkGTest([&name, describe](const std::decay_t<Arguments>&... workload) {
    const std::string failure =
        explore_workload(name, [&](Scenario& s) { describe(s, workload...); });
    if (!failure.empty()) {
      std::string shown = "workload:";
      ((shown += "\n  " + workload_text(workload)), ...);
      RC_FAIL(shown + "\n\n" + failure);
    }
  });
}

}  // namespace heddle::internal

#define HEDDLE_UNPARENTHESISED(...) __VA_ARGS__

/// A GoogleTest test, Story.name. `arguments` is a parenthesised list of at least one parameter,
/// each of a type that RapidCheck can generate; the body that follows describes the scenario to
/// `s`.
#define HEDDLE_PROPERTY(story, name, arguments)                                               \
  static void heddle_property_##story##_##name(::heddle::Scenario& s,                         \
                                               HEDDLE_UNPARENTHESISED arguments);             \
  TEST(story, name) {                                                                         \
    ::heddle::internal::check_workloads(#story "/" #name, &heddle_property_##story##_##name); \
  }                                                                                           \
  static void heddle_property_##story##_##name([[maybe_unused]] ::heddle::Scenario& s,        \
                                               HEDDLE_UNPARENTHESISED arguments)

namespace rc {

/// Small numbers, up to RapidCheck's size: what tells two amounts apart is their order, seldom how
/// large they are.
template <>
struct Arbitrary<heddle::Nat> {
  static Gen<heddle::Nat> arbitrary() {
    return gen::map(magnitude(), [](std::uint64_t value) { return heddle::Nat(value); });
  }

  static Gen<std::uint64_t> magnitude() {
    return gen::withSize([](int size) {
      // inRange alone would scale with the size once more.
      return gen::resize(kNominalSize,
                         gen::inRange<std::uint64_t>(0, static_cast<std::uint64_t>(size) + 2));
    });
  }
};

/// As Nat, of either sign.
template <>
struct Arbitrary<heddle::Int> {
  static Gen<heddle::Int> arbitrary() {
    return gen::map(gen::pair(Arbitrary<heddle::Nat>::magnitude(), gen::arbitrary<bool>()),
                    [](const std::pair<std::uint64_t, bool>& value) {
                      const heddle::Int magnitude(value.first);
                      return value.second ? -magnitude : magnitude;
                    });
  }
};

template <class T>
struct Arbitrary<heddle::Sized<T>> {
  static Gen<heddle::Sized<T>> arbitrary() {
    return gen::map(gen::arbitrary<T>(), [](T value) { return heddle::Sized<T>(value); });
  }
};

}  // namespace rc
