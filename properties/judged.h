// What properties that users write as functions of a state share.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <heddle/properties/property.h>

namespace heddle {

/// A claim about one state. Must depend on nothing but what it reads through the state.
using Predicate = std::function<bool(const State&)>;

/// What `evaluate` reads in `now`, for a person: "bank.balance = 40, ledger.balance = 100".
std::string values_read(const State& now, const std::function<void(const State&)>& evaluate);

}  // namespace heddle
