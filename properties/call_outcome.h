// Call outcome: a claim about the response to one user's call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <heddle/properties/property.h>

namespace heddle {

/// Names one call of a user's script.
struct CallPosition {
  std::uint32_t user = 0;
  std::uint32_t number = 0;
  friend bool operator==(const CallPosition&, const CallPosition&) = default;
};

/// What is claimed of a response.
using AnswerPredicate = std::function<bool(const Tables&, const Answer&)>;
/// A response in words: `40`, `reject CANISTER_REJECT "too little"`.
using AnswerText = std::function<std::string(const Tables&, const Answer&)>;

/// Violated when a response reaches the user that the predicate does not accept. Judged when the
/// response is produced, a resubmitted call's [I4] as well; never for a response that the
/// environment injected. Needs no results in the state.
std::shared_ptr<const Property> make_call_outcome(std::string name, CallPosition call,
                                                  AnswerPredicate accepts, AnswerText shown);

}  // namespace heddle
