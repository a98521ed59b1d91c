// Watch: a value of the system that traces show beside the variables, before and after each step
// that changes it. It claims nothing: searches do not look at it, and no verdict depends on it.
#pragma once

#include <functional>
#include <string>

#include <heddle/properties/state.h>

namespace heddle {

struct Watch {
  std::string canister{};  ///< whose state it shows; empty: of several, or of none in particular
  std::string name{};      ///< "balance(principal \"alice\")", without the canister
  std::function<std::string(const State&)> observe{};
};

}  // namespace heddle
