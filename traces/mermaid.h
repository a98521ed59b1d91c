// A trace as a Mermaid sequence diagram, for pull requests and documents that draw these.
//
// What its arrows, notes and bars stand for: internal/sequence.h.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_mermaid(const Trace& trace);

}  // namespace heddle
