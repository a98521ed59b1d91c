// Equal answers: of the answers that a context awaits all at once (`join_all`), those of one
// canister that say the same are told apart by nobody until the code goes on, and then they are all
// there. So it makes no difference which of them are delivered and which are still on their way: of
// the states that differ in that, a search up to symmetry goes on from the one in which the first
// ones are delivered. n calls at once that are answered alike have n + 1 such states instead of
// 2^n.
//
// Two calls change places here, which is a renaming of numbers that nothing else in the state
// knows: neither is queued nor being served any more. The code gets the same list of answers at the
// same time, its context has as many calls in flight, and what predicates can ask of open calls
// (which answers there are) is the same. Of the properties that follow steps, those that look at
// one context at a time see no step of code that is not there in both.
#pragma once

#include <string>

#include <heddle/model/kernel.h>
#include <heddle/properties/property.h>

namespace heddle {

/// Why equal answers are told apart all the same; empty when nobody does.
std::string tells_answers_apart(const Claims& claims);

/// Whether a context awaits several answers at once.
bool awaits_several(const ContextState& context);

/// Makes it the state that stands for it. O(leaves).
void align_answers(Kernel& kernel, StateVector& state);

/// A schedule of events of states that stand for others, as one of the system. Of the last event
/// nothing is performed.
Schedule with_answers_unfolded(Stepper& stepper, const Schedule& schedule);

}  // namespace heddle
