// No double spend: nobody is paid more than is due to him.
//
// "Mark before sending, undo on a clean reject" (the security guide on inter-canister calls [S2]):
// what goes wrong is two calls of one user, both of which are past the check when the first pays.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <heddle/model/nat.h>
#include <heddle/properties/property.h>
#include <heddle/properties/text.h>

namespace heddle {

/// Amounts by whom they are for; a single one has an empty name.
using Amounts = std::map<std::string, Int>;
using AmountsIn = std::function<Amounts(const State&)>;

/// Violated by a state in which `paid` is more than `due`, for anyone; who is not listed is due
/// nothing.
std::shared_ptr<const Property> make_no_double_spend(std::string name, AmountsIn paid,
                                                     AmountsIn due);

namespace internal {

/// A number, or numbers by name.
template <class T>
Amounts amounts_of(const T& value) {
  if constexpr (std::convertible_to<const T&, Int>) {
    return {{std::string(), Int(value)}};
  } else {
    Amounts amounts;
    for (const auto& [who, amount] : value) {
      amounts.emplace(text_of(who), Int(amount));
    }
    return amounts;
  }
}

}  // namespace internal
}  // namespace heddle
