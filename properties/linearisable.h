// Linearisable: to its users the system is one object that serves one call after another.
//
// Each call of a user seems to happen at one moment between its start and its answer, and what it
// is answered is what the specification replies when it serves the calls in the order of these
// moments (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects",
// TOPLAS 1990).
//
// A call starts when its first execution does. Ingress messages have no order [I1], so a user may
// have submitted the call just before; to have submitted it earlier would only allow more orders.
// It is answered when its response is produced: a user may read it then. So no order between calls
// is demanded that a client could not have seen, and none is forgotten.
//
// Judged as it happens: the automaton's memory is the set of all explanations of the answers so
// far, each a specification's state and those calls that have happened in it but are not answered;
// of calls that are open, only those happen that an answer needs (G. Lowe, "Testing for
// linearizability", Concurrency and Computation 2017). The set is empty when an answer has none.
#pragma once

#include <memory>
#include <string>

#include <heddle/properties/property.h>
#include <heddle/properties/specification.h>

namespace heddle {

/// Violated by an answer that no order of the calls explains.
std::shared_ptr<const Property> make_linearisable(std::string name, Specification specification);

}  // namespace heddle
