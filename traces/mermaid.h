// A trace as a Mermaid sequence diagram, for pull requests and documents that draw these.
//
// A request's arrow is drawn where it starts executing and a response's where it is delivered (or
// reaches its user); where a call was sent, a note says so. The bar of a call stands from its start
// to its end, also while it is suspended, so that calls which are open together are seen together.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_mermaid(const Trace& trace);

}  // namespace heddle
