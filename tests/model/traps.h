/// Expecting a trap with a text.
#pragma once

#include <optional>
#include <string>

#include <heddle/model/trap.h>

namespace heddle::testing {

/// The text of the trap that `body` ends with, or nothing if it does not trap.
template <class Body>
std::optional<std::string> trap_text(Body body) {
  try {
    body();
  } catch (const Trap& trap) {
    return trap.text();
  }
  return std::nullopt;
}

}  // namespace heddle::testing
