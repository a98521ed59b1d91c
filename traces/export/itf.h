// A trace in the Informal Trace Format of Apalache and Quint: one state before the first step and
// one after each, by variable.
//
// ADR-015 of Apalache (https://apalache-mc.org/docs/adr/015adr-trace.html). A map's keys are one
// variable; those that no step changes are in it where the trace names them. The variable `event`
// holds the step that led to the state, as `mbt::actionTaken` does for Quint; "" in the first one.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_itf(const Trace& trace);

}  // namespace heddle
