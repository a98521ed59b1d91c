// A trace as a PlantUML sequence diagram: the same one as in Mermaid, for documents that draw
// these.
//
// Written for PlantUML 1.2020 and later. What its arrows, notes and bars stand for:
// internal/sequence.h.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_plantuml(const Trace& trace);

}  // namespace heddle
