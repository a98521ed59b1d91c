// Answered: a user gets an answer, whoever else stays silent.
//
// A callee that is not trusted may never answer [P7, S11]. What the default "every call answered"
// forgives, since the silence is not the canisters' fault, is a claim here: that this call does not
// depend on it.
#pragma once

#include <memory>
#include <string>

#include <heddle/properties/call_outcome.h>
#include <heddle/properties/property.h>

namespace heddle {

/// "alice#1 is answered". Violated by a quiescent state in which the user's call has no answer. One
/// that was dropped before it executed (D23) needs none.
std::shared_ptr<const Property> make_answered(const System& system, CallPosition call);

}  // namespace heddle
