// Journalled: what is about to be done elsewhere is noted before.
//
// A canister that notes an intent before it sends, and the result afterwards, can find out what
// became of it when the code after the await traps, or the answer is lost [S6, S7]. The note and
// the request are committed together at the latest.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <heddle/properties/property.h>

namespace heddle {

/// Whether a request with these encoded arguments is noted.
using Noted = std::function<bool(const State& now, std::string_view arguments)>;

/// The requests of one canister for a method of another.
struct Sending {
  CanisterId caller = 0;
  CanisterId callee = 0;
  MethodId method = 0;
};

/// Violated by a state in which such a request is queued and not noted.
std::shared_ptr<const Property> make_journalled(std::string name, Sending sending, Noted noted);

}  // namespace heddle
