// A trace as a Graphviz graph: its steps, and which of them had to happen before which others.
//
// Steps that no path joins could have happened the other way round. A canister's steps stand in a
// box; an arrow without a label joins the steps of one canister, one with a label is a message.
// What follows from other arrows is left out.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_dot(const Trace& trace);

}  // namespace heddle
