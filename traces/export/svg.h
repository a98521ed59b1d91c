// A trace as one picture: a column a canister, a row a step, the bars of calls that are open, where
// they run and where they are suspended, and an arrow from where a message is sent to where it is
// delivered.
//
// The file stands alone: SVG 1.1 without scripts, fonts or references to elsewhere. Dark on white.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

std::string to_svg(const Trace& trace);

}  // namespace heddle
